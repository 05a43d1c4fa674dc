"""Sweeps for areas under ROC curves, and what is told of the areas."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from disteval.metrics.base import NO_WEIGHT
from disteval.numerics import limbs
from disteval.numerics.areas import RangeSummary, total
from disteval.numerics.precision import quotient_of_sum
from disteval.reductions import Segment, Sweep, Totals
from disteval.reductions.scores import WeightedScoreState

_MOST = 1 << 31
"""Rows of which int64 holds twice the square."""
_WHOLE = 1 << 53
_BLOCK = 1 << 20

EVERY_SCORE = "every score of y_pred is a threshold"

NORMAL_95 = 1.959963984540054
"""A normal value lies within so many standard deviations with probability 0.95."""


@dataclass(frozen=True)
class Area:
    """An area under a curve, and the total weight of each class.

    Parameters
    ----------
    value : None where it is not defined
    """

    value: Fraction | None
    negatives: int
    positives: int

    @classmethod
    def of(cls, found: RangeSummary) -> Area:
        """Under the ROC curve."""
        return cls(found.area if found.pairs else None, found.negatives, found.positives)


@dataclass(frozen=True)
class RocArea:
    """The area under the ROC curve, as the integers that it is a quotient of."""

    may_merge: ClassVar[bool] = True

    def over(self, segment: Segment, *_: Totals) -> RangeSummary:
        """Of a segment."""
        return RangeSummary.of(*segment.counts)

    def combine(self, results: Sequence[RangeSummary], *_: Totals) -> RangeSummary:
        """Of all scores."""
        return total(results)


@dataclass(frozen=True)
class Crossing:
    """The highest scores up to a rate of false positives, and the score at which it is reached.

    Parameters
    ----------
    above : the scores of which all negatives are within the rate
    negatives, positives : of the next score, of which only some are; or none
    """

    above: RangeSummary
    negatives: int = 0
    positives: int = 0


@dataclass(frozen=True)
class PartialRocArea:
    """The area under the ROC curve up to a false positive rate, standardised (McClish 1989).

    0.5 for scores that tell nothing, 1 for perfect ones.
    """

    max_fpr: float

    may_merge: ClassVar[bool] = True

    def over(self, segment: Segment, before: Totals, totals: Totals) -> Crossing:
        """Those of a segment that count, from the highest score down."""
        none, some = segment.counts
        limit = self._limit(totals)
        above = totals[0] - before[0] - int(none.sum())
        if above >= limit:
            return Crossing(RangeSummary())
        seen = above + np.cumsum(none[::-1])
        first = len(none) - int(np.searchsorted(seen, int(limit), side="right"))
        inside = RangeSummary.of(none[first:], some[first:])
        if not first or above + inside.negatives == limit:
            return Crossing(inside)
        return Crossing(inside, int(none[first - 1]), int(some[first - 1]))

    def combine(self, results: Sequence[Crossing], totals: Totals) -> Area:
        """The area, exactly."""
        n, p = totals
        if not n or not p:
            return Area(None, n, p)
        inside = total(result.above for result in results)
        last = next((result for result in results if result.negatives), Crossing(inside))
        area = Fraction(inside.w, 2)
        rest = self._limit(totals) - inside.negatives
        if last.negatives and rest:  # along the line to the crossing score
            rise = last.positives * rest / last.negatives
            area += rest * (2 * inside.positives + rise) / 2
        rate = Fraction(self.max_fpr)
        least = rate * rate / 2
        return Area((1 + (area / (n * p) - least) / (rate - least)) / 2, n, p)

    def _limit(self, totals: Totals) -> Fraction:
        """So many negatives."""
        return Fraction(self.max_fpr) * totals[0]


@dataclass(frozen=True)
class Mixed:
    """A sweep over the scores of several columns, the rows of each with a weight.

    Parameters
    ----------
    of : the sweep, of negatives and positives
    weights : of the columns; class 2 j holds the negatives of column j, 2 j + 1 its positives
    """

    of: Sweep[Any, Any]
    weights: tuple[int, ...]

    def over(self, segment: Segment, before: Totals, totals: Totals) -> Any:
        """Of all columns together."""
        fits = segment.counts.dtype != object and max(self.weights) * sum(totals) < 1 << 53
        kind = np.int64 if fits else object
        counts, weights = segment.counts.astype(kind), np.array(self.weights, kind)
        counts = np.stack([weights @ counts[side::2] for side in (0, 1)])
        used = counts.any(axis=0)
        part = Segment(segment.keys[used], np.ascontiguousarray(counts[:, used]), segment.order)
        return self.of.over(part, self._mixed(before), self._mixed(totals))

    def combine(self, results: Sequence[Any], totals: Totals) -> Any:
        """Of all columns together."""
        return self.of.combine(results, self._mixed(totals))

    def _mixed(self, totals: Totals) -> Totals:
        sides = (zip(self.weights, totals[side::2], strict=True) for side in (0, 1))
        return tuple(sum(w * rows for w, rows in side) for side in sides)


@dataclass(frozen=True)
class Against:
    """The first class against each of the others.

    Parameters
    ----------
    w : twice the pairs in the right order, ties half, of each other class
    totals : weight of each class
    """

    w: tuple[int, ...]
    totals: Totals

    def area(self, other: int) -> Fraction:
        """Under the ROC curve, against a class, which is not the first."""
        return Fraction(self.w[other - 1], 2 * self.totals[0] * self.totals[other])


@dataclass(frozen=True)
class OneVsOthers:
    """The areas under the ROC curves of the first class against each of the others."""

    def over(self, segment: Segment, before: Totals, *_: Totals) -> list[int]:
        """Of a segment."""
        counts = segment.counts
        if counts.dtype != object and int(counts.sum()) >= _MOST:
            counts = counts.astype(object)
        own, rows = counts[0], int(counts[0].sum())
        step = max(_BLOCK // len(own), 1)
        within: list[int] = []
        for first in range(1, len(counts), step):
            block = counts[first : first + step]
            within += ((2 * np.cumsum(block, axis=1) - block) @ own).tolist()
        return [w + 2 * rows * below for w, below in zip(within, before[1:], strict=True)]

    def combine(self, results: Sequence[list[int]], totals: Totals) -> Against:
        """Of all scores."""
        sums = map(sum, zip(*results, strict=True)) if results else [0] * (len(totals) - 1)
        return Against(tuple(sums), totals)


# --- what is told ---------------------------------------------------------------------------


def unit_of(state: Any) -> Fraction | None:
    """Of the integers that weights are; None where rows are counted, not weighed."""
    return state.unit if isinstance(state, WeightedScoreState) else None


def described(
    found: RangeSummary, unit: Fraction | None, *, independent: bool = True
) -> dict[str, Any]:
    """The integers that an area is made of, its standard error and interval, by name.

    The interval is that of a normal distribution: 1.96 standard errors to both sides, within
    [0, 1]. The standard error is that of DeLong et al. (1988), for rows without weights.

    Parameters
    ----------
    unit : as `unit_of`
    independent : whether no two of the scores are of one row
    """
    square = None if unit is None else unit * unit
    facts: dict[str, Any] = {
        "numerator": plain(found.w, square),
        "denominator": plain(2 * found.pairs, square),
        "positives": plain(found.positives, unit),
        "negatives": plain(found.negatives, unit),
        "ties": plain(found.ties, square),
    }
    variance = found.variance if unit is None and independent else None
    if variance is not None:
        error, area = limbs.sqrt(variance), limbs.to_float(found.area)
        facts["standard_error"] = error
        ends = (area - NORMAL_95 * error, area + NORMAL_95 * error)
        facts["interval"] = (max(ends[0], 0.0), min(ends[1], 1.0))
    return {**facts, "exact": True}


def plain(value: int, unit: Fraction | None) -> int | float:
    """A count, or so many units of weight: an integer where a float holds it, else a float."""
    if unit is None:
        return value
    found = limbs.to_float(value * unit)
    return int(found) if found == value * unit and found.is_integer() and found < _WHOLE else found


def missing(negatives: int, positives: int, *, precision: bool = False) -> str:
    """Why an area is not defined; "" where it is. Precision needs no negatives."""
    if not negatives and not positives:
        return NO_WEIGHT
    if not positives:
        return "there are no positives"
    return "" if negatives or precision else "there are no negatives"


def missing_in(reasons: Sequence[str]) -> str:
    """The same for columns, from the reason of each."""
    bad = [i for i, reason in enumerate(reasons) if reason]
    if len(reasons) == 1 or not bad or set(reasons) == {NO_WEIGHT}:
        return reasons[0]
    what = " or ".join(dict.fromkeys(_CLASSES.get(reasons[i], "rows") for i in bad))
    return f"there are no {what} in the columns {bad[:6]} of {len(reasons)}"


_CLASSES = {f"there are no {name}": name for name in ("positives", "negatives")}


def mean_of(values: Sequence[Fraction | None], weights: Sequence[int | Fraction]) -> float:
    """The weighted mean, rounded once; NaN where one that weighs is None, 0.0 without weight."""
    used = [(v, Fraction(w)) for v, w in zip(values, weights, strict=True) if w]
    known = [w * v for v, w in used if v is not None]
    if len(known) < len(used):
        return math.nan
    whole = sum((w for _, w in used), Fraction(0))
    a, b = quotient_of_sum(known)
    return limbs.to_quotient(a * whole.denominator, 0, b * whole.numerator, 0) if whole else 0.0
