"""Sweeps that give the vertices of curves over all thresholds: every one, or some."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Any, ClassVar, NamedTuple

import numpy as np

from disteval.numerics.contiguous import for_kernel
from disteval.protocol import Array
from disteval.reductions import Segment, Totals

BUDGET = 1 << 26
"""Distinct scores of which every vertex is given, at 24 bytes each."""
FEWEST = 5
"""The least that `max_points` can be: one cell, and the four points that are always kept."""


_WORD = 1 << 63


class Gap(NamedTuple):
    """Rows between a vertex and the next one above it that is kept.

    Parameters
    ----------
    scores : vertices, the lower of both among them
    negatives, positives : rows of these scores
    w : twice the pairs of a positive above a negative within, ties half
    """

    scores: int
    negatives: int
    positives: int
    w: int

    def below(self, other: Gap) -> Gap:
        """Both together, where the other one comes next above."""
        crossed = 2 * self.negatives * other.positives
        found = Gap(*(a + b for a, b in zip(self, other, strict=True)))
        return found._replace(w=found.w + crossed)


@dataclass(frozen=True, eq=False)
class Vertices:
    """Rows at or above scores, from the highest score down.

    Parameters
    ----------
    scores : (n,), of the dtype in which they came
    fp, tp : (n,) int64; of weighted rows Python integers, in an unknown unit
    negatives, positives : all rows, in this unit
    gaps : from each vertex to the one above it (or to none), where some vertices are left out
    """

    scores: Array
    fp: Array
    tp: Array
    negatives: int
    positives: int
    gaps: tuple[Gap, ...] = ()

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def distinct(self) -> int:
        """All vertices that there are, or all corners."""
        return sum(gap.scores for gap in self.gaps) or len(self)

    def chosen(self, index: Array) -> Vertices:
        """Some of these vertices; what lies between is told of all alone."""
        fp, tp = self.fp[index], self.tp[index]
        return Vertices(self.scores[index], fp, tp, self.negatives, self.positives)


@dataclass(frozen=True)
class DistinctScores:
    """How many there are."""

    def over(self, segment: Segment, *_: Totals) -> int:
        """Of a segment."""
        return len(segment.keys)

    def combine(self, results: Sequence[int], *_: Totals) -> int:
        """Of all."""
        return sum(results)


@dataclass(frozen=True)
class EveryVertex:
    """The vertex of each score; or how many there are, where that is too many to hold.

    Parameters
    ----------
    counted : whether it is known that they are not too many
    """

    counted: bool = False

    def over(self, segment: Segment, before: Totals, totals: Totals) -> Any:
        """Scores and the rows at or above them, from the highest down; or their number."""
        none = segment.counts[0]
        # weighted scores are in memory: their state sees to it that they are not too many
        if not self.counted and none.dtype != object and sum(totals) > BUDGET:
            return len(none)
        return _vertices(segment.scores, segment.counts, before, totals)

    def combine(self, results: Sequence[Any], totals: Totals) -> Vertices | int:
        """All of them, or their number."""
        if any(isinstance(part, int) for part in results):
            return int(sum(results))
        return _joined(results[::-1], totals)


@dataclass(frozen=True)
class EveryCorner:
    """The vertices without those between two others with the same positives."""

    may_merge: ClassVar[bool] = True

    def over(self, segment: Segment, before: Totals, totals: Totals) -> Any:
        """Scores and the rows at or above them, from the highest down."""
        corners = corners_of(segment)
        return _vertices(corners.scores, corners.counts, before, totals)

    def combine(self, results: Sequence[Any], totals: Totals) -> Vertices:
        """All of them."""
        found = _joined(results[::-1], totals)
        without = np.diff(found.tp, prepend=0) == 0
        # what was cut between two segments has a vertex in each
        return found.chosen(np.flatnonzero(~(without & np.append(without[1:], False))))


def _vertices(scores: Array, counts: Array, before: Totals, totals: Totals) -> tuple[Array, ...]:
    """Scores and the rows at or above them, from the highest down."""
    above = [
        total - lower - np.cumsum(own) + own
        for own, lower, total in zip(counts, before, totals, strict=True)
    ]
    return scores[::-1], above[0][::-1], above[1][::-1]


def corners_of(segment: Segment) -> Segment:
    """All scores without positives between two that have some as one, the lowest of them."""
    if segment.merged:
        return segment
    none, some = segment.counts
    has = some != 0
    starts = np.flatnonzero(np.append(True, has[1:] | has[:-1])[: len(has)])
    counts = np.stack([np.add.reduceat(none, starts), some[starts]])
    return Segment(segment.keys[starts], counts, segment.order, merged=True)


@dataclass(frozen=True)
class ThinnedVertices:
    """Some vertices: the first from above in each cell, by (fp / negatives + tp / positives) / 2.

    Besides them the highest, the lowest, the last without negatives at or above it and the first
    with all positives: at most cells + 3.

    Parameters
    ----------
    cells : how many there are, evenly from 0 to 1
    corners : whether only corners count as vertices, as of `EveryCorner`
    """

    cells: int
    corners: bool = False

    @property
    def may_merge(self) -> bool:
        """Whether scores without positives may come merged."""
        return self.corners

    def over(self, segment: Segment, before: Totals, totals: Totals) -> Any:
        """What may be kept, and the gap from each one on.

        The two lowest and the highest are among them, as what is below or above decides on them.
        """
        if self.corners:
            segment = corners_of(segment)
        none, some = segment.counts
        n = len(none)
        forced = {0, 1, n - 1}
        if not before[1] and some.any():
            forced.add(int(np.flatnonzero(some)[0]))
        negatives = int(none.sum())
        if negatives and before[0] + negatives == totals[0]:
            forced.add(int(np.flatnonzero(none)[-1]) + 1)
        forced -= {n}
        kept, gaps = self._thinned(none, some, before, totals, [*sorted(forced), n])
        return segment.order, segment.keys[kept], gaps[1:]

    def _thinned(
        self, none: Array, some: Array, before: Totals, totals: Totals, forced: list[int]
    ) -> tuple[Array, list[list[int]]]:
        """The places of what is kept, and the gaps."""
        from disteval.numerics.kernels import vertices as kernels

        factors, bounds, words = _grid(totals, self.cells)
        start = factors[0] * (totals[0] - before[0]) + factors[1] * (totals[1] - before[1])
        cell = start * self.cells // bounds[-1]
        most = min(self.cells + len(forced), len(none))
        kept, gaps = np.empty(most, np.int64), np.empty((most + 1, 4), none.dtype)
        if none.dtype != object and words is not None:
            none, some = for_kernel(none), for_kernel(some)
            k = kernels.thin(none, some, start, *words, cell, np.array(forced), kept, gaps)
        else:
            none, some, gaps = none.astype(object), some.astype(object), gaps.astype(object)
            k = kernels.thin.py_func(none, some, start, factors, bounds, cell, forced, kept, gaps)
        return kept[:k], gaps[: k + 1].tolist()

    def combine(self, results: Sequence[Any], totals: Totals) -> Vertices:
        """What is kept, with the gaps between."""
        places: list[Array] = []
        gaps: list[Gap] = []
        for _, keys, rows in results:
            own = [Gap(*row) for row in rows]
            if self.corners and gaps and not gaps[-1].positives and not own[0].positives:
                # between two corners lies where the segments were cut
                gaps[-1] = gaps[-1].below(own[0])._replace(scores=1)
                own, keys = own[1:], keys[1:]  # noqa: PLW2901
            gaps += own
            places.append(keys)
        if not gaps:
            return _joined((), totals)
        index, gaps = self._kept(gaps, totals)
        upwards = [[gap.negatives for gap in gaps], [gap.positives for gap in gaps]]
        dtype = np.dtype(np.int64 if max(totals) < _WORD else object)
        fp, tp = (np.array(list(accumulate(rows[::-1])), dtype) for rows in upwards)
        scores = results[0][0].scores(np.concatenate(places)[index][::-1])
        return Vertices(scores, fp, tp, totals[0], totals[1], tuple(gaps[::-1]))

    def _kept(self, gaps: Sequence[Gap], totals: Totals) -> tuple[list[int], list[Gap]]:
        """The places of what is kept of all, and the gap from each one on."""
        factors, bounds, _ = _grid(totals, self.cells)
        last = max((i for i, gap in enumerate(gaps) if gap.negatives), default=-2)
        first = next((i for i, gap in enumerate(gaps) if gap.positives), -1)
        index: list[int] = []
        found: list[Gap] = []
        above = bounds[-1]
        for i, gap in enumerate(gaps):
            q, above = above, above - factors[0] * gap.negatives - factors[1] * gap.positives
            begins = above < bounds[q * self.cells // bounds[-1]]
            if begins or not above or i in (first, last + 1):
                index.append(i)
                found.append(gap)
            else:
                found[-1] = found[-1].below(gap)
        return index, found


@lru_cache(maxsize=64)
def _grid(
    totals: Totals, cells: int
) -> tuple[tuple[int, int], tuple[int, ...], tuple[Array, Array] | None]:
    """Factors of fp and tp, the least of their sum in each cell, and both as arrays if they fit.

    The last of the sums is that of all rows. That of a class without rows does not count.
    """
    negatives, positives = totals
    factors = max(positives, 1), max(negatives, 1)
    whole = factors[0] * negatives + factors[1] * positives
    bounds = tuple(-(-whole * k // cells) for k in range(cells + 1))
    words = (np.array(factors), np.array(bounds)) if whole < _WORD else None
    return factors, bounds, words


def _joined(parts: Sequence[Any], totals: Totals) -> Vertices:
    """Of arrays of scores, fp and tp."""
    if not parts:
        none = np.zeros(0, np.int64)
        return Vertices(none.astype(np.float32), none, none, totals[0], totals[1])
    scores, fp, tp = (np.concatenate(each) for each in zip(*parts, strict=True))
    return Vertices(scores, fp, tp, totals[0], totals[1])
