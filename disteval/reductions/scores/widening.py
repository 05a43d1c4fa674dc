"""Scores of one dtype as those of a wider one: the same scores, in the same order."""

from __future__ import annotations

from typing import Any

import numpy as np

from disteval.errors import StateError
from disteval.numerics.scores import KeyOrder, Layout
from disteval.reductions.scores.runs import Pieces, Run, Workspace, run_of_rows

Array = np.ndarray[Any, np.dtype[Any]]


def common(a: KeyOrder | None, b: KeyOrder | None) -> KeyOrder | None:
    """The order of the narrowest dtype that holds the scores of both; of no rows there is none."""
    if a is None or b is None or a == b:
        return a or b
    wide = np.promote_types(a.dtype, b.dtype)
    for order in (a, b):
        # NumPy makes float64 of int64, which it does not hold
        if order.kind != "f" and wide.kind == "f" and order.bits == 64:
            msg = (
                f"expected scores of dtypes with a common one, got {a.dtype} and {b.dtype}; "
                "convert one of them"
            )
            raise StateError(msg)
    return KeyOrder.of(wide)


def wide_keys(keys: Array, order: KeyOrder, wide: KeyOrder) -> Array:
    """Keys of the same scores in a wider dtype."""
    found: Array = wide.keys(order.scores(keys).astype(wide.dtype))
    return found


def widened(runs: tuple[Run, ...], layout: Layout, wide: KeyOrder) -> tuple[Run, ...]:
    """The runs with entries of a wider dtype."""
    if not runs or layout.order == wide:
        return runs
    target = Layout(wide, layout.classes)
    pieces, space = Pieces.of(runs, layout.classes), Workspace(layout)
    groups = pieces.parts >> layout.prefix_bits
    found = []
    for first, last in pieces.batches(groups):
        for own, start, stop in pieces.ranges(layout, first, last):
            keys, counts = space.count(own, start, stop)
            keys = wide_keys(keys, layout.order, wide)
            found.append(_run_of_counts(target, keys, counts, int(groups[first])))
    return tuple(found)


def _run_of_counts(layout: Layout, keys: Array, counts: Array, group: int) -> Run:
    """A run of distinct keys with their counts by class."""
    classes, places = np.nonzero(counts)
    rows = counts[classes, places].astype(np.uint64)
    numbers = np.full(len(places), group, np.int64)
    parts, ones = layout.split(keys[places], classes, numbers)
    digit_mask = np.uint64((1 << layout.digit_bits) - 1)
    all_parts, entries = [], []
    place = 0
    while rows.any():
        digit = rows & digit_mask
        used = digit != 0
        code = ones[used] - np.uint64(1)
        entries.append(code | np.uint64(place << layout.digit_bits) | digit[used])
        all_parts.append(parts[used])
        rows >>= np.uint64(layout.digit_bits)
        place += 1
    return run_of_rows(layout, np.concatenate(all_parts), np.concatenate(entries))
