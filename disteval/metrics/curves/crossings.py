"""Sweeps for where a count of rows below reaches a bound: one score, found by bisection."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Literal

import numpy as np

from disteval.metrics.curves.operating import Array, Point, Threshold, least_count, score_at
from disteval.reductions import Segment, Totals


@dataclass(frozen=True)
class InAll:
    """The rows of each class."""

    may_merge: ClassVar[bool] = True

    def over(self, segment: Segment, before: Totals, totals: Totals) -> None:
        """Nothing."""

    def combine(self, results: Sequence[None], totals: Totals) -> Totals:  # noqa: ARG002
        """The totals."""
        return totals


@dataclass(frozen=True)
class MostSensitive:
    """The highest true positive rate where specificity is high, or false positives are few.

    A rate is compared as a float. Of thresholds with the same true positive rate, the one with
    fewest false positives.

    Parameters
    ----------
    bound : of the other rate
    rate : specificity must be at least, fpr (false positive rate) at most the bound
    """

    bound: float
    rate: Literal["specificity", "fpr"] = "specificity"

    may_merge: ClassVar[bool] = True

    def least(self, negatives: int) -> int:
        """How many negatives must be below the threshold."""
        if self.rate == "specificity":
            return least_count(self.bound, negatives)
        if self.bound >= 1 or not negatives:
            return 0
        return negatives + 1 - least_count(math.nextafter(self.bound, 2), negatives)

    def over(self, segment: Segment, before: Totals, totals: Totals) -> Point | None:
        """At the first positive above so many negatives."""
        none, some = segment.counts
        short = self.least(totals[0]) - before[0]
        start, below = 0, 0
        if short > 0:
            if short > int(none.sum()):
                return None
            sums = np.cumsum(none)
            start = int(np.searchsorted(sums, short)) + 1
            below = int(sums[start - 1])
        positive = np.flatnonzero(some[start:] > 0)
        if not len(positive):
            return None
        place = start + int(positive[0])
        fp = totals[0] - before[0] - below - int(none[start:place].sum())
        tp = totals[1] - before[1] - int(some[:place].sum())
        return Point(score_at(segment, place), fp, tp, *totals)

    def combine(self, results: Sequence[Point | None], totals: Totals) -> Point | None:
        """The first; else no row is positive, if that has the rate."""
        found = next((point for point in results if point is not None), None)
        if found is None and self.least(totals[0]) <= totals[0]:
            return Point.none(totals)
        return found


@dataclass(frozen=True)
class MostSpecific:
    """The highest specificity where sensitivity, as a float, is at least so much.

    Of thresholds with the same specificity, the one with most true positives.
    """

    sensitivity: float

    may_merge: ClassVar[bool] = True

    def most(self, positives: int) -> int:
        """How many positives may be below the threshold; below 0, there is no threshold."""
        return positives - least_count(self.sensitivity, positives)

    def over(self, segment: Segment, before: Totals, totals: Totals) -> Any:
        """The first score; and the point above the last negative that may be below."""
        none, some = segment.counts
        n = len(none)
        if not n:
            return None
        first, room = score_at(segment, 0), self.most(totals[1]) - before[1]
        if room < 0:
            return first, None
        last = n
        if room < int(some.sum()):
            last = int(np.searchsorted(np.cumsum(some), room, side="right"))
        negative = none[:last][::-1] > 0
        if not negative.any():
            return first, None
        place = last - int(negative.argmax())
        fp, tp = (
            int(t - b - c[:place].sum())
            for t, b, c in zip(totals, before, (none, some), strict=True)
        )
        return first, (score_at(segment, place) if place < n else None, fp, tp)

    def combine(self, results: Sequence[Any], totals: Totals) -> Point | None:
        """The last; else all rows are positive, if that has the sensitivity."""
        if self.most(totals[1]) < 0:
            return None
        found = [each for each in results if each is not None]
        above: Threshold = math.inf
        for first, point in reversed(found):
            if point is not None:
                threshold, fp, tp = point
                return Point(above if threshold is None else threshold, fp, tp, *totals)
            above = first
        return Point(above, totals[0], totals[1], *totals)


@dataclass(frozen=True, slots=True)
class Crossing:
    """A score at which a count is reached.

    Parameters
    ----------
    at, above : points whose threshold is this score, and the next higher one
    """

    at: Point
    above: Point


class _Crossings:
    """The score where a weighted sum of rows up to it first exceeds a bound."""

    def bound(self, totals: Totals) -> tuple[int, int, Fraction | int]:
        """Weights of negatives and positives, and what must be exceeded."""
        raise NotImplementedError

    def over(self, segment: Segment, before: Totals, totals: Totals) -> Any:
        """The first score; and the counts at the one that is looked for."""
        none, some = segment.counts
        if not len(none):
            return None
        first = score_at(segment, 0)
        a, b, bound = self.bound(totals)
        bound = bound - a * before[0] - b * before[1]
        if bound < 0 or a * int(none.sum()) + b * int(some.sum()) <= bound:
            return first, None
        sums = np.cumsum(none), np.cumsum(some)

        def reached(place: int) -> int:
            return a * int(sums[0][place]) + b * int(sums[1][place])

        place = bisect_right(range(len(none)), bound, key=reached)
        here = tuple(_total(column, place) for column in sums)
        own = int(none[place]), int(some[place])
        fp, tp = (t - lower - n for t, lower, n in zip(totals, before, here, strict=True))
        following = score_at(segment, place + 1) if place + 1 < len(none) else None
        at = Point(score_at(segment, place), fp, tp, *totals)
        return first, (at, (following, fp - own[0], tp - own[1]))

    def combine(self, results: Sequence[Any], totals: Totals) -> Crossing | None:
        """The only one; None where there are no rows."""
        above: Threshold = math.inf
        for each in reversed(results):
            if each is None:
                continue
            first, found = each
            if found is not None:
                at, (threshold, fp, tp) = found
                higher = above if threshold is None else threshold
                return Crossing(at, Point(higher, fp, tp, *totals))
            above = first
        return None


def _total(sums: Array, place: int) -> int:
    return int(sums[place - 1]) if place else 0


@dataclass(frozen=True)
class EqualErrors(_Crossings):
    """The score at which the rate of misses overtakes the rate of false alarms."""

    def bound(self, totals: Totals) -> tuple[int, int, Fraction | int]:
        """Of each class the share up to the score; together more than all of one class."""
        return totals[1], totals[0], totals[0] * totals[1]


@dataclass(frozen=True)
class Top(_Crossings):
    """The score of the last of the rows with the highest scores.

    Parameters
    ----------
    rows : how many, in the unit of the counts; or
    share : of all
    """

    rows: int | Fraction = 0
    share: Fraction | None = None

    def size(self, totals: Totals) -> Fraction:
        """How many rows, at most all."""
        every = sum(totals)
        if self.share is None:
            return Fraction(min(self.rows, every))
        return min(self.share, Fraction(1)) * every

    def bound(self, totals: Totals) -> tuple[int, int, Fraction | int]:
        """Rows below those."""
        return 1, 1, sum(totals) - self.size(totals)
