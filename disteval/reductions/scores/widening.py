"""Scores of one dtype as those of a wider one: the same scores, in the same order."""

from __future__ import annotations

from typing import Any

import numpy as np

from disteval.errors import StateError
from disteval.numerics.scores import KeyOrder, Layout
from disteval.reductions.scores.runs import Pieces, Run, Workspace, run_of_counts

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
    found = []
    with Workspace.lent(layout) as space:
        for own, start, stop in Pieces.of(runs, layout.classes).walk(layout):
            keys, counts = space.count(own, start, stop)
            keys = wide_keys(keys, layout.order, wide)
            classes, at = np.nonzero(counts)
            rows, group = counts[classes, at], int(own.parts[start]) >> layout.prefix_bits
            found.append(run_of_counts(target, keys[at], classes, rows, group))
    return tuple(found)
