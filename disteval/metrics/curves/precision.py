"""Sweeps for areas under curves of precision, and average precision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from disteval.metrics.curves.areas import Area
from disteval.numerics.precision import Method, gain_sum, height, precision_sum
from disteval.reductions import Segment, Totals


@dataclass(frozen=True)
class PrecisionArea:
    """The area under the curve of precision over recall through all scores.

    Parameters
    ----------
    method : between two scores
        "average_precision": the precision at the lower one. "interpolation": true positives rise
        with all that is predicted (Davis and Goadrich 2006). "trapezoid", "minoring" and
        "majoring": the mean, lower and higher precision of both; where nothing is predicted it
        is 0, and for "trapezoid" that at the highest score.
    """

    method: Method

    may_merge: ClassVar[bool] = True

    def over(self, segment: Segment, before: Totals, totals: Totals) -> Fraction:
        """The terms of a segment."""
        none, some = segment.counts
        return precision_sum(self.method, none, some, seen(before, totals), pair(totals))

    def combine(self, results: Sequence[Fraction], totals: Totals) -> Area:
        """Of all scores."""
        n, p = totals
        return Area(sum(results, Fraction(0)) / p if p else None, n, p)


@dataclass(frozen=True)
class Gains:
    """The terms of some scores, and the true and false positives where recall gain gets positive.

    Parameters
    ----------
    total : of the scores above which it is positive already
    points : negatives and positives at a score or above, and above it; or ()
    """

    total: Fraction
    points: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class GainArea:
    """The area under the curve of precision gain over recall gain (Flach and Kull 2015).

    Where recall gain is positive, through all scores.
    """

    method: Method

    may_merge: ClassVar[bool] = True

    def over(self, segment: Segment, before: Totals, totals: Totals) -> Gains:
        """The terms of a segment."""
        n, p = totals
        if not n or not p:
            return Gains(Fraction(0))
        none, some = segment.counts
        lowest = seen(before, totals)
        found = gain_sum(self.method, none, some, lowest, (n, p))
        whole, square = n + p, p * p
        above = lowest[0] - int(none.sum()), lowest[1] - int(some.sum())
        if above[1] * whole > square or lowest[1] * whole <= square:
            return Gains(found)
        fp, tp = lowest
        for a, b in zip(none.tolist(), some.tolist(), strict=True):
            if (tp - b) * whole <= square:
                return Gains(found, ((fp, tp), (fp - a, tp - b)))
            fp, tp = fp - a, tp - b
        raise AssertionError

    def combine(self, results: Sequence[Gains], totals: Totals) -> Area:
        """Of all scores."""
        n, p = totals
        if not n or not p:
            return Area(None, n, p)
        area = sum((result.total for result in results), Fraction(0))
        for result in results:
            if result.points:
                (fp, tp), (false, true) = result.points
                rise = 1 - Fraction(p * (p - tp), n * tp)
                shares = Fraction(fp, tp), Fraction(false, true) if true else Fraction(0)
                area += rise * (1 - Fraction(p, n) * height(self.method, *shares, gain=True))
        return Area(area, n, p)


def seen(before: Totals, totals: Totals) -> tuple[int, int]:
    """Negatives and positives that are not before."""
    return totals[0] - before[0], totals[1] - before[1]


def pair(totals: Totals) -> tuple[int, int]:
    """Negatives and positives."""
    return totals[0], totals[1]
