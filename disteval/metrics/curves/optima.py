"""Sweeps for the best threshold of all: compared as integers, score by score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from disteval.metrics.curves.operating import (
    Array,
    Point,
    at_or_above,
    least_count,
    score_at,
)
from disteval.numerics import limbs
from disteval.numerics.contiguous import for_kernel
from disteval.reductions import Segment, Totals

_WORD, _LARGEST, _FLOAT = 1 << 62, 1 << 110, 1 << 53
"""What the compiled loop compares: in a word; with floats beside it; and floats without loss."""
_CLOSE = 1 - 2.0**-40

Weights = tuple[int, int, int]
"""A point is better by a (tp - tp') + b (fp' - fp) + c (tp fp' - tp' fp)."""


def best_of(
    none: Array, some: Array, start: tuple[int, int], least: int, weights: Weights
) -> tuple[int, int, int] | None:
    """Place, fp and tp of the best score with tp >= least, the first of equals.

    Parameters
    ----------
    none, some : of each score, ascending
    start : fp and tp at the first
    """
    fp, tp = start
    if not len(none) or tp < least:
        return None
    if none.dtype == object:
        return _best(_points(none, some, start, least), weights)
    a, b, c = weights
    largest = a * tp + b * fp + 2 * c * tp * fp
    if fp + tp >= _FLOAT or largest >= _LARGEST:
        return _best_near(none, some, start, least, weights)
    from disteval.numerics.kernels import points as kernels

    out = np.empty(3, np.int64)
    words = np.array([weight % (1 << 64) for weight in weights], np.uint64)
    near = np.array([limbs.to_float(Fraction(weight)) for weight in weights])
    small = largest < _WORD
    kernels.highest(for_kernel(none), for_kernel(some), fp, tp, least, words, near, small, out)
    place, fp, tp = out.tolist()
    return place, fp, tp


Numbered = Sequence[tuple[int, int, int]]


def _best(points: Numbered, weights: Weights) -> tuple[int, int, int]:
    """The first of the best, in Python integers."""
    a, b, c = weights
    best = points[0]
    for point in points[1:]:
        (_, f, t), (_, best_f, best_t) = point, best
        if a * (t - best_t) + b * (best_f - f) + c * (t * best_f - best_t * f) > 0:
            best = point
    return best


def _points(none: Array, some: Array, start: tuple[int, int], least: int) -> Numbered:
    """Place, fp and tp of each score with enough true positives."""
    found, (fp, tp) = [], start
    for i, (a, b) in enumerate(zip(none.tolist(), some.tolist(), strict=True)):
        if tp < least:
            break
        found.append((i, fp, tp))
        fp, tp = fp - a, tp - b
    return found


def _best_near(
    none: Array, some: Array, start: tuple[int, int], least: int, weights: Weights
) -> tuple[int, int, int]:
    """Where integers are too large for the compiled loop: of those that floats leave, the best."""
    false, true = start[0] - (np.cumsum(none) - none), start[1] - (np.cumsum(some) - some)
    n = int((true >= least).sum())
    false, true = false[:n], true[:n]
    a, b, c = weights
    if c:
        near = true / (limbs.to_float(Fraction(a, c)) + true + false)
        slack = near.max() * (1 - _CLOSE)
    else:
        near = float(a) * true - float(b) * false
        slack = float(a) * start[1] * (1 - _CLOSE) + float(b) * start[0] * (1 - _CLOSE)
    places = np.flatnonzero(near >= near.max() - slack)
    chosen = zip(places.tolist(), false[places].tolist(), true[places].tolist(), strict=True)
    return _best(list(chosen), weights)


@dataclass(frozen=True)
class MostApart:
    """Where tpr - fpr is highest, and where it is lowest; of several, the lowest threshold."""

    may_merge: ClassVar[bool] = True

    def over(self, segment: Segment, before: Totals, totals: Totals) -> tuple[Point, Point] | None:
        """Both of a segment."""
        none, some = segment.counts
        fp, tp = at_or_above(before, totals)
        n, p = totals
        high = best_of(none, some, (fp, tp), 0, (n, p, 0))
        low = best_of(some, none, (tp, fp), 0, (p, n, 0))  # fpr - tpr: both classes in turn
        if high is None or low is None:
            return None
        return (
            Point(score_at(segment, high[0]), high[1], high[2], n, p),
            Point(score_at(segment, low[0]), low[2], low[1], n, p),
        )

    def combine(
        self,
        results: Sequence[tuple[Point, Point] | None],
        totals: Totals,  # noqa: ARG002  (points have them)
    ) -> tuple[Point, Point] | None:
        """Both of all; None where there are no rows."""
        found = [each for each in results if each is not None]
        if not found:
            return None
        high, low = zip(*found, strict=True)
        return max(high, key=apart), min(low, key=apart)


def apart(point: Point) -> int:
    """tpr - fpr, times the negatives and the positives."""
    return point.tp * point.negatives - point.fp * point.positives


@dataclass(frozen=True)
class HighestRatio:
    """Where F-beta is highest, of thresholds with enough recall; of several, the lowest.

    (1 + beta**2) tp / (beta**2 positives + tp + fp): precision for a beta of 0.

    Parameters
    ----------
    beta
    recall : tp / positives must be at least this, as floats
    """

    beta: float = 0.0
    recall: float = 0.0

    may_merge: ClassVar[bool] = True

    def weights(self, totals: Totals) -> Weights:
        """Of better points."""
        more = Fraction(self.beta) ** 2 * totals[1]
        return more.numerator, 0, more.denominator

    def over(self, segment: Segment, before: Totals, totals: Totals) -> Point | None:
        """The point of a segment."""
        none, some = segment.counts
        least = least_count(self.recall, totals[1])
        found = best_of(none, some, at_or_above(before, totals), least, self.weights(totals))
        if found is None:
            return None
        return Point(score_at(segment, found[0]), found[1], found[2], *totals)

    def combine(self, results: Sequence[Point | None], totals: Totals) -> Point | None:
        """The point of all; None where no threshold has the recall."""
        found = [point for point in results if point is not None]
        if not found:
            return None
        points = [(i, point.fp, point.tp) for i, point in enumerate(found)]
        return found[_best(points, self.weights(totals))[0]]


@dataclass(frozen=True)
class FirstPrecise:
    """The highest recall where precision, as a float, is at least so much.

    Of thresholds with the same recall, the one with fewest false positives.
    """

    precision: float

    may_merge: ClassVar[bool] = True

    def over(self, segment: Segment, before: Totals, totals: Totals) -> Point | None:
        """The first positive of a segment that has the precision."""
        none, some = segment.counts
        start = at_or_above(before, totals)
        if none.dtype == object or sum(totals) >= _FLOAT:
            found = self._first(none, some, *start)
        else:
            from disteval.numerics.kernels import points as kernels

            out = np.empty(3, np.int64)
            args = for_kernel(none), for_kernel(some), *start, float(self.precision), out
            found = out.tolist() if kernels.first_precise(*args) else None
        if found is None:
            return None
        return Point(score_at(segment, found[0]), found[1], found[2], *totals)

    def _first(self, none: Array, some: Array, fp: int, tp: int) -> Any:
        """As the compiled loop, in Python integers."""
        for i, (a, b) in enumerate(zip(none.tolist(), some.tolist(), strict=True)):
            if b and tp / (tp + fp) >= self.precision:
                return i, fp, tp
            fp, tp = fp - a, tp - b
        return None

    def combine(self, results: Sequence[Point | None], totals: Totals) -> Point | None:
        """The first; else no row is positive, if that is asked for."""
        found = next((point for point in results if point is not None), None)
        return Point.none(totals) if found is None and self.precision <= 0 else found
