"""Scores of 16 bits: a table with a place for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

import numpy as np

from disteval import backend
from disteval.numerics import limbs as limb_arithmetic
from disteval.numerics.contiguous import for_kernel
from disteval.numerics.scores import KeyOrder
from disteval.protocol import Batch
from disteval.reductions.counts import CountState, OpenCounts
from disteval.reductions.scores.sweeping import Columns, Segment, Sweep, Sweepable

Array = np.ndarray[Any, np.dtype[Any]]
Narrow = Literal["float16", "bfloat16"]

BINS = 1 << 16
_ORDER = KeyOrder(32, "f")


@dataclass(frozen=True, eq=False)
class NarrowScoreState(Sweepable, CountState):
    """Rows, or their total weight, of each score and class: by the bits of the score."""

    columns: int = 1
    classes: int = 2
    narrow: Narrow = "float16"
    saw_nan: bool = False
    _swept: dict[Sweep[Any, Any], list[Any]] = field(default_factory=dict, repr=False)

    def _like(self, state: CountState) -> Self:
        return replace(self, counts=state.counts, base=state.base, limbs=state.limbs, _swept={})

    def canonical(self) -> Self:
        limbs, base = limb_arithmetic.normal(self.limbs, int(self.base[0]))
        return replace(self, base=np.array([base], np.int64), limbs=limbs, _swept={})

    def take(self, index: Array) -> Self:
        """The state whose cell i is this state's cell index[i], or an empty one where it is -1."""
        return self._like(CountState(self.counts, self.base, self.limbs).take(index))

    def cell(self, i: int) -> Self:
        """The state of one cell."""
        return self.take(np.array([i]))

    def merged(self, other: Self) -> Self:
        """The scores of both."""
        plain = (CountState(s.counts, s.base, s.limbs) for s in (self, other))
        merged = self._like(next(plain).merged(next(plain)))
        return replace(merged, saw_nan=self.saw_nan or other.saw_nan)

    def results(self, sweeps: Sequence[Sweep[Any, Any]]) -> Columns:
        """What each sweep makes of each segment, and the totals, of each column."""
        counts: Array = self.counts[0]
        if self.limbs.shape[-1]:
            counts = limb_arithmetic.to_integers(self.limbs[0])
        keys, order = _bins_in_order(self.narrow)
        found: Columns = []
        for own in counts.reshape(self.columns, BINS, self.classes):
            table = _one_zero(own)[order].T
            used = np.flatnonzero(table.any(axis=0))
            segment = Segment(keys[used], np.ascontiguousarray(table[:, used]), _ORDER)
            totals = tuple(int(row.sum()) for row in table)
            zero = (0,) * self.classes
            found.append(([[sweep.over(segment, zero, totals) for sweep in sweeps]], totals))
        return found


class OpenNarrow:
    """Counts of narrow scores that are added to."""

    def __init__(self, state: NarrowScoreState) -> None:
        self.state = state
        self.saw_nan = state.saw_nan
        self._counts = OpenCounts(CountState(state.counts, state.base, state.limbs))

    def add(self, scores: Any, classes: Any, batch: Batch, weight: Any) -> None:
        """Add the rows of a batch; weights of each element of `scores`."""
        from disteval.numerics.kernels import scores as kernels

        state = self.state
        half = state.narrow == "float16"
        if not (batch.sliced or weight is not None or backend.is_device(scores)):
            columns = scores.reshape(len(scores), -1)
            labels = np.zeros((len(scores), 0)) if classes is None else classes
            labels = labels.reshape(len(scores), -1)
            tables = self._counts.counts.reshape(state.columns, BINS, state.classes)
            for column in range(state.columns):
                own = labels[:, min(column, labels.shape[1] - 1) :][:, :1].reshape(-1)
                self.saw_nan |= kernels.count_narrow(
                    for_kernel(np.ascontiguousarray(columns[:, column], dtype=np.float32)),
                    for_kernel(np.ascontiguousarray(own).astype(np.uint8, copy=False)),
                    half, classes is not None, tables[column],
                )  # fmt: skip
            return
        xp = backend.namespace(scores)
        self.saw_nan |= bool(xp.isnan(scores).any())
        rows = scores.reshape(len(scores), -1)
        if half:
            bins = rows.astype(xp.float16).view(xp.uint16).astype(xp.int64)
        else:
            bins = (rows.astype(xp.float32).view(xp.uint32) >> 16).astype(xp.int64)
        bins = (bins + xp.arange(state.columns) * BINS) * state.classes
        if classes is not None:
            bins = bins + xp.asarray(classes).reshape(len(scores), -1).astype(xp.int64)
        self._counts.add(bins.reshape(-1), batch, weight)

    def sealed(self) -> NarrowScoreState:
        """The state; rows may be added after it."""
        sealed = self._counts.sealed()
        return replace(self.state._like(sealed), saw_nan=self.saw_nan)


def empty_narrow(cells: int, columns: int, classes: int, narrow: Narrow) -> NarrowScoreState:
    """No rows."""
    none = CountState.zeros(cells, columns * BINS * classes)
    return NarrowScoreState(none.counts, none.base, none.limbs, columns, classes, narrow)


def _bins_in_order(narrow: Narrow) -> tuple[Array, Array]:
    """The keys of all scores that are numbers, ascending, and their bins."""
    bits = np.arange(BINS, dtype=np.uint32)
    if narrow == "float16":
        scores = bits.astype(np.uint16).view(np.float16).astype(np.float32)
    else:
        scores = (bits << np.uint32(16)).view(np.float32)
    keys = _ORDER.keys(scores)
    order = np.argsort(keys, kind="stable")
    order = order[~np.isnan(scores[order]) & (bits[order] != BINS >> 1)]
    return keys[order], order


def _one_zero(table: Array) -> Array:
    """The table with what is at -0.0 added to 0.0."""
    table = table.copy()
    table[0] += table[BINS >> 1]
    return table
