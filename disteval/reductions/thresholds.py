"""Counts of positives and negatives between fixed thresholds."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from disteval import backend
from disteval.protocol import Batch, RowFunction
from disteval.reductions.counts import CountState, OpenCounts, weights_of_counts


@dataclass(frozen=True)
class ThresholdCounts:
    """Positives and negatives by the number of thresholds that the score exceeds (score > t).

    Parameters
    ----------
    true, pred : row functions
        True where positive, and scores; (rows,) or (rows, k) with `columns` = k.
    thresholds : ascending floats
        Compared in the score's own dtype; integers and booleans in float64.
    columns : int
        1: all elements are counted together; k: each column by itself.

    Notes
    -----
    State: 2 * (thresholds + 1) integers a column, or exact sums of weights.
    Exact: always.
    """

    true: RowFunction
    pred: RowFunction
    thresholds: tuple[float, ...]
    columns: int = 1

    @property
    def bins(self) -> int:
        """Bins of a cell."""
        return self.columns * (len(self.thresholds) + 1) * 2

    def empty(self, cells: int = 1) -> CountState:
        """No rows."""
        return CountState.zeros(cells, self.bins)

    def update(self, state: CountState | OpenCounts, batch: Batch) -> OpenCounts:
        """Count a batch."""
        counts = OpenCounts(state) if isinstance(state, CountState) else state
        weight = weights_of_counts(batch)
        positive, score = batch.derive(self.true), batch.derive(self.pred)
        xp = backend.namespace(score)
        index = self._bins(xp, positive, score).reshape(-1)
        if weight is not None and len(index) != len(weight):
            weight = xp.repeat(weight, len(index) // len(weight))
        counts.add(index, batch, weight)
        return counts

    def seal(self, state: CountState | OpenCounts) -> CountState:
        """The canonical form."""
        return state if isinstance(state, CountState) else state.sealed()

    def merge(self, a: CountState, b: CountState) -> CountState:
        """Addition."""
        return a.merged(b)

    def _bins(self, xp: Any, positive: Any, score: Any) -> Any:
        if score.dtype.kind != "f":  # thresholds made integers would be other thresholds
            score = score.astype(xp.float64)
        thresholds = xp.asarray(np.asarray(self.thresholds, dtype=score.dtype))
        if len(self.thresholds) == 1:
            exceeded = (score > thresholds[0]).astype(xp.int64)
        else:
            # side="left": how many thresholds lie strictly below the score
            flat = xp.searchsorted(thresholds, score.reshape(-1), side="left")
            exceeded = flat.reshape(score.shape).astype(xp.int64)
        index = exceeded * 2 + positive
        if self.columns > 1:
            index = index + xp.arange(self.columns) * (2 * (len(self.thresholds) + 1))
        return index

    def table(self, state: CountState) -> list[ThresholdTable]:
        """True and false positives and negatives at each threshold, one table a column."""
        steps = len(self.thresholds) + 1
        totals = state.totals()
        tables = []
        for column in range(self.columns):
            part = totals[column * 2 * steps : (column + 1) * 2 * steps]
            tables.append(ThresholdTable.of(part[0::2], part[1::2]))
        return tables


@dataclass(frozen=True)
class ThresholdTable:
    """Exact totals at each threshold."""

    tp: tuple[int | Fraction, ...]
    fp: tuple[int | Fraction, ...]
    tn: tuple[int | Fraction, ...]
    fn: tuple[int | Fraction, ...]

    @classmethod
    def of(cls, negatives: list[int | Fraction], positives: list[int | Fraction]) -> ThresholdTable:
        """From totals by the number of thresholds exceeded."""
        steps = range(1, len(negatives))
        return cls(
            tuple(sum(positives[i:]) for i in steps),
            tuple(sum(negatives[i:]) for i in steps),
            tuple(sum(negatives[:i]) for i in steps),
            tuple(sum(positives[:i]) for i in steps),
        )
