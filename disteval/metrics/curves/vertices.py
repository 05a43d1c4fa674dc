"""Sweeps that give the vertices of curves over all thresholds: every one, or some."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np

from disteval.numerics.contiguous import for_kernel
from disteval.protocol import Array
from disteval.reductions import Segment

BUDGET = 1 << 26
"""Distinct scores of which every vertex is given, at 24 bytes each."""
FEWEST = 5
"""The least that `max_points` can be: one cell, and the four points that are always kept."""

_WORD = 1 << 63


class Gap(NamedTuple):
    """Rows between a vertex and the next one above it that is kept.

    Parameters
    ----------
    scores : distinct ones, that of the lower vertex among them
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
        """All vertices that there are."""
        return sum(gap.scores for gap in self.gaps) or len(self)

    def chosen(self, index: Array) -> Vertices:
        """Some of these vertices; what lies between is told of all alone."""
        fp, tp = self.fp[index], self.tp[index]
        return Vertices(self.scores[index], fp, tp, self.negatives, self.positives)


@dataclass(frozen=True)
class EveryVertex:
    """The vertex of each score; or how many there are, where that is too many to hold.

    Parameters
    ----------
    counted : whether it is known that they are not too many
    """

    counted: bool = False

    def over(self, segment: Segment, before: tuple[int, ...], totals: tuple[int, ...]) -> Any:
        """Scores and the rows at or above them, from the highest down; or their number."""
        none, some = segment.counts
        # weighted scores are in memory: their state sees to it that they are not too many
        if not self.counted and none.dtype != object and sum(totals) > BUDGET:
            return len(none)
        above = [
            total - lower - np.cumsum(own) + own
            for own, lower, total in zip((none, some), before, totals, strict=True)
        ]
        return segment.scores[::-1], above[0][::-1], above[1][::-1]

    def combine(self, results: Sequence[Any], totals: tuple[int, ...]) -> Vertices | int:
        """All of them, or their number."""
        if any(isinstance(part, int) for part in results):
            return int(sum(results))
        return _joined(results[::-1], totals)


@dataclass(frozen=True)
class ThinnedVertices:
    """Some vertices: the first from above in each cell, by (fp / negatives + tp / positives) / 2.

    Besides them the highest, the lowest, the last without negatives at or above it and the first
    with all positives: at most cells + 3.

    Parameters
    ----------
    cells : how many there are, evenly from 0 to 1
    """

    cells: int

    def over(self, segment: Segment, before: tuple[int, ...], totals: tuple[int, ...]) -> Any:
        """What is kept, and the gaps below the first, from each one on."""
        none, some = segment.counts
        corners = [-1, -1]
        if not before[1] and some.any():
            corners[0] = int(np.flatnonzero(some)[0])
        kept, gaps = self._thinned(none, some, before, totals, corners)
        negatives = sum(gap[1] for gap in gaps)
        if negatives and before[0] + negatives == totals[0]:
            # above the last of all negatives is a corner, which may be in the next segment
            corners[1] = int(np.flatnonzero(none)[-1]) + 1
            kept, gaps = self._thinned(none, some, before, totals, corners)
        keys = segment.keys[np.concatenate([[0], kept])]
        return segment.order, keys, gaps, corners[1] == len(none)

    def _thinned(
        self,
        none: Array,
        some: Array,
        before: tuple[int, ...],
        totals: tuple[int, ...],
        corners: list[int],
    ) -> tuple[Array, list[list[int]]]:
        """The places of what is kept, and the gaps."""
        from disteval.numerics.kernels import vertices as kernels

        factors, bounds, words = _grid(totals, self.cells)
        start = factors[0] * (totals[0] - before[0]) + factors[1] * (totals[1] - before[1])
        cell = start * self.cells // bounds[-1]
        most = min(self.cells + 3, len(none))
        kept, gaps = np.empty(most, np.int64), np.empty((most + 1, 4), none.dtype)
        if none.dtype != object and words is not None:
            none, some = for_kernel(none), for_kernel(some)
            k = kernels.thin(none, some, start, *words, cell, np.array(corners), kept, gaps)
        else:
            none, some, gaps = none.astype(object), some.astype(object), gaps.astype(object)
            k = kernels.thin.py_func(none, some, start, factors, bounds, cell, corners, kept, gaps)
        return kept[:k], gaps[: k + 1].tolist()

    def combine(self, results: Sequence[Any], totals: tuple[int, ...]) -> Vertices:
        """What is kept, with the gaps between."""
        places: list[Array] = []
        gaps: list[Gap] = []
        begins = False
        for _, keys, rows, ends in results:
            below, *others = (Gap(*row) for row in rows)
            # the last negative is just below this segment, whose first score is a corner
            own = begins and below.scores > 0
            if own:
                gaps.append(below)
            elif below.scores:
                gaps[-1] = gaps[-1].below(below)
            gaps += others
            places.append(keys if own else keys[1:])
            begins = ends
        if not gaps:
            return _joined((), totals)
        upwards = [[gap.negatives for gap in gaps], [gap.positives for gap in gaps]]
        dtype = np.dtype(np.int64 if max(totals) < _WORD else object)
        fp, tp = (np.array(list(accumulate(rows[::-1])), dtype) for rows in upwards)
        scores = results[0][0].scores(np.concatenate(places)[::-1])
        return Vertices(scores, fp, tp, totals[0], totals[1], tuple(gaps[::-1]))


@lru_cache(maxsize=64)
def _grid(
    totals: tuple[int, ...], cells: int
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


def _joined(parts: Sequence[Any], totals: tuple[int, ...]) -> Vertices:
    """Of arrays of scores, fp and tp."""
    if not parts:
        none = np.zeros(0, np.int64)
        return Vertices(none.astype(np.float32), none, none, totals[0], totals[1])
    scores, fp, tp = (np.concatenate(each) for each in zip(*parts, strict=True))
    return Vertices(scores, fp, tp, totals[0], totals[1])
