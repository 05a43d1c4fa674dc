"""Counts of positives and negatives between fixed thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import Any

import numpy as np

from disteval import backend
from disteval.protocol import Batch, RowFunction
from disteval.reductions.counts import CountState, OpenCounts, weights_of_counts

MOST_BUCKETS = 1 << 22
"""Thresholds of `BucketCounts` at most: their numbers, doubled, are integers of float32."""
_EVEN = 1e-7


def are_even(thresholds: Sequence[float]) -> bool:
    """Whether they are 0, 1/(n-1), ..., 1, at least three: those that Keras buckets."""
    n = len(thresholds)
    return n > 2 and all(abs(cut - i / (n - 1)) <= _EVEN for i, cut in enumerate(thresholds))


class _Histograms:
    """Positives and negatives by the number of thresholds that the score exceeds."""

    true: RowFunction
    pred: RowFunction
    columns: int

    @property
    def steps(self) -> int:
        """How many numbers of thresholds a score can exceed."""
        raise NotImplementedError

    def numbers(self, xp: Any, positive: Any, score: Any) -> Any:
        """Twice the number of thresholds that each score exceeds, and 1 more where positive."""
        raise NotImplementedError

    def add_two(self, counts: OpenCounts, positive: Any, score: Any) -> bool:  # noqa: ARG002
        """Count unweighted rows of one cell, where there is one threshold: whether that is so."""
        return False

    @property
    def bins(self) -> int:
        """Bins of a cell."""
        return self.columns * self.steps * 2

    def empty(self, cells: int = 1) -> CountState:
        """No rows."""
        return CountState.zeros(cells, self.bins)

    def update(self, state: CountState | OpenCounts, batch: Batch) -> OpenCounts:
        """Count a batch."""
        counts = OpenCounts(state) if isinstance(state, CountState) else state
        positive, score = batch.derive(self.true), batch.derive(self.pred)
        weight = weights_of_counts(batch, score.shape[1:])
        xp = backend.namespace(score)
        if weight is None and not batch.sliced and self.add_two(counts, positive, score):
            return counts
        index = self.numbers(xp, positive, score)
        if self.columns > 1:
            index += xp.arange(self.columns) * (2 * self.steps)
        counts.add(index.reshape(-1), batch, weight)
        return counts

    def seal(self, state: CountState | OpenCounts) -> CountState:
        """The canonical form."""
        return state if isinstance(state, CountState) else state.sealed()

    def merge(self, a: CountState, b: CountState) -> CountState:
        """Addition."""
        return a.merged(b)

    def table(self, state: CountState) -> list[ThresholdTable]:
        """True and false positives and negatives at each threshold, one table a column."""
        size = 2 * self.steps
        totals = state.totals()
        parts = [totals[size * column : size * (column + 1)] for column in range(self.columns)]
        return [ThresholdTable.of(part[0::2], part[1::2]) for part in parts]


@dataclass(frozen=True)
class ThresholdCounts(_Histograms):
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
    def steps(self) -> int:
        """How many numbers of thresholds a score can exceed."""
        return len(self.thresholds) + 1

    def numbers(self, xp: Any, positive: Any, score: Any) -> Any:
        """Twice the number of thresholds that each score exceeds, and 1 more where positive."""
        if score.dtype.kind != "f":  # thresholds made integers would be other thresholds
            score = score.astype(xp.float64)
        if len(self.thresholds) == 1:
            exceeded = self._above(score).astype(xp.int64)
        else:
            thresholds = xp.asarray(np.asarray(self.thresholds, dtype=score.dtype))
            # side="left": how many thresholds lie strictly below the score
            flat = xp.searchsorted(thresholds, score.reshape(-1), side="left")
            exceeded = flat.reshape(score.shape).astype(xp.int64)
        return exceeded * 2 + positive

    def add_two(self, counts: OpenCounts, positive: Any, score: Any) -> bool:
        """Count unweighted rows of one cell, where there is one threshold: whether that is so.

        Booleans are counted in a fraction of the time that it takes to number them.
        """
        if len(self.thresholds) != 1 or self.columns != 1 or score.dtype.kind != "f":
            return False
        count = backend.namespace(score).count_nonzero
        above = self._above(score)
        right, positives, exceeded = (int(count(a)) for a in (above & positive, positive, above))
        below = score.size - exceeded
        counts.counts += [below - (positives - right), positives - right, exceeded - right, right]
        return True

    def _above(self, score: Any) -> Any:
        return score > score.dtype.type(self.thresholds[0])


@dataclass(frozen=True)
class BucketCounts(_Histograms):
    """Positives and negatives by bucket of the score, between thresholds 0, 1/(n-1), ..., 1.

    The bucket is Keras's, ceil(score * (n - 1)) in float32. A score on a threshold, or next to
    one, may fall on its other side than float64 has it; in all else it is the number of
    thresholds that the score exceeds. It never falls as the score rises.

    Parameters
    ----------
    true, pred : row functions
        True where positive, and scores; (rows,) or (rows, k) with `columns` = k.
    n : int
        How many thresholds, at least 2.
    columns : int
        1: all elements are counted together; k: each column by itself.

    Notes
    -----
    State: 2 * (n + 1) integers a column, or exact sums of weights.
    Exact: the counts are; scores are taken as float32.
    """

    true: RowFunction
    pred: RowFunction
    n: int
    columns: int = 1

    @property
    def thresholds(self) -> tuple[float, ...]:
        """The thresholds, ascending."""
        return tuple(i / (self.n - 1) for i in range(self.n))

    @property
    def steps(self) -> int:
        """How many numbers of thresholds a score can exceed."""
        return self.n + 1

    def numbers(self, xp: Any, positive: Any, score: Any) -> Any:
        """Twice the bucket, and 1 more where positive."""
        with np.errstate(over="ignore"):  # what float32 cannot hold is beyond 1 anyway
            bucket = score.astype(xp.float32)
            bucket *= xp.float32(self.n - 1)
        xp.ceil(bucket, out=bucket)
        xp.fmax(bucket, xp.float32(0), out=bucket)  # and NaN, which a policy leaves out later
        xp.fmin(bucket, xp.float32(self.n), out=bucket)
        bucket += bucket
        bucket += positive
        return bucket.astype(xp.int64)


@dataclass(frozen=True)
class ThresholdTable:
    """Exact totals at each threshold."""

    tp: tuple[int | Fraction, ...]
    fp: tuple[int | Fraction, ...]
    tn: tuple[int | Fraction, ...]
    fn: tuple[int | Fraction, ...]

    @classmethod
    def of(
        cls, negatives: Sequence[int | Fraction], positives: Sequence[int | Fraction]
    ) -> ThresholdTable:
        """From totals by the number of thresholds exceeded."""
        return cls(_above(positives), _above(negatives), _below(negatives), _below(positives))


def _below(totals: Sequence[int | Fraction]) -> tuple[int | Fraction, ...]:
    return tuple(accumulate(totals[:-1]))


def _above(totals: Sequence[int | Fraction]) -> tuple[int | Fraction, ...]:
    return tuple(accumulate(reversed(totals[1:])))[::-1]
