"""Areas under curves through the totals at thresholds, as exact fractions."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from disteval.metrics.curves.operating import quotient
from disteval.metrics.decimals import log
from disteval.numerics import limbs
from disteval.numerics.precision import Method, quotient_of_sum
from disteval.reductions import ThresholdTable

Kind = Literal["ROC", "PR", "PRGAIN"]


@dataclass(frozen=True)
class Curve:
    """Totals of positives and negatives above each threshold, from the lowest threshold up.

    Integers, in any unit: all that is made of them is a quotient.
    """

    tp: tuple[int, ...]
    fp: tuple[int, ...]
    positives: int
    negatives: int

    @classmethod
    def of(cls, table: ThresholdTable) -> Curve:
        """The curve of a table."""
        tp, fp = table.tp, table.fp
        whole = _integers([*tp, *fp, tp[0] + table.fn[0], fp[0] + table.tn[0]])
        return cls(whole[: len(tp)], whole[len(tp) : -2], whole[-2], whole[-1])

    def from_all(self) -> Curve:
        """The same with all rows above the first threshold."""
        tp, fp = (self.positives, *self.tp[1:]), (self.negatives, *self.fp[1:])
        return replace(self, tp=tp, fp=fp)

    def to_none(self) -> Curve:
        """The same with no row above the last threshold."""
        return replace(self, tp=(*self.tp[:-1], 0), fp=(*self.fp[:-1], 0))

    @property
    def whole(self) -> bool:
        """Whether it starts with all rows and ends with none."""
        first, last = (self.tp[0], self.fp[0]), (self.tp[-1], self.fp[-1])
        return first == (self.positives, self.negatives) and last == (0, 0)

    @property
    def missing(self) -> str:
        """The class of which there is nothing; "" where both have some weight."""
        if not self.positives:
            return "positives" if self.negatives else "rows"
        return "" if self.negatives else "negatives"


def _integers(totals: Sequence[int | Fraction]) -> tuple[int, ...]:
    """The same, times what makes them integers."""
    if all(isinstance(total, int) for total in totals):
        return tuple(map(int, totals))
    exact = [Fraction(total) for total in totals]
    unit = math.lcm(*(total.denominator for total in exact))
    return tuple(total.numerator * (unit // total.denominator) for total in exact)


def table_of(tables: Sequence[ThresholdTable], weights: Sequence[Fraction]) -> ThresholdTable:
    """The table of the rows of all, each with its weight."""

    def totals(side: str) -> tuple[Fraction, ...]:
        columns = zip(*(getattr(table, side) for table in tables), strict=True)
        return tuple(
            sum((w * t for w, t in zip(weights, column, strict=True)), Fraction(0))
            for column in columns
        )

    return ThresholdTable(*map(totals, ("tp", "fp", "tn", "fn")))


def area(curve: Curve, kind: Kind, method: Method) -> float:
    """The area, rounded once; 0/0 is 0, as in Keras."""
    if kind == "ROC":
        low, high = bounds(curve)
        return limbs.to_float({"minoring": low, "majoring": high}.get(method, (low + high) / 2))
    if kind == "PR" and method == "interpolation":
        return _rounded_sum(_davis_goadrich(curve))
    points = _POINTS[kind](curve)
    if method == "trapezoid":
        points = _carried(points, curve)
    height = _HEIGHTS[method]
    return _rounded_sum([(x - u) * height(y, v) for (x, y), (u, v) in pairwise(points)])


def bounds(curve: Curve) -> tuple[Fraction, Fraction]:
    """Between what the ROC area of the scores lies that were put between these thresholds.

    A positive and a negative between the same two are in the wrong order, or in the right one.
    """
    pairs = curve.positives * curve.negatives
    steps = [fp - lower for fp, lower in pairwise(curve.fp)]
    low = sum(n * tp for n, tp in zip(steps, curve.tp[1:], strict=True))
    high = sum(n * tp for n, tp in zip(steps, curve.tp[:-1], strict=True))
    return quotient(low, pairs), quotient(high, pairs)


# --- the points of curves -----------------------------------------------------------------------

Points = list[tuple[Fraction, Fraction]]


def _precision_recall(curve: Curve) -> Points:
    """Recall, precision."""
    return [
        (quotient(tp, curve.positives), quotient(tp, tp + fp))
        for tp, fp in zip(curve.tp, curve.fp, strict=True)
    ]


def _carried(points: Points, curve: Curve) -> Points:
    """Points of precision and recall, with the last precision also where nothing is predicted."""
    found: Points = []
    for (recall, precision), tp, fp in zip(points, curve.tp, curve.fp, strict=True):
        empty = found and not tp + fp
        found.append((recall, found[-1][1] if empty else precision))
    return found


def _gain(curve: Curve) -> Points:
    """Recall gain, precision gain (Flach and Kull 2015), as Keras has them."""
    odds = quotient(curve.positives, curve.negatives)
    return [
        (
            max(Fraction(0), 1 - odds * quotient(curve.positives - tp, tp)) if tp else Fraction(0),
            1 - odds * quotient(fp, tp),
        )
        for tp, fp in zip(curve.tp, curve.fp, strict=True)
    ]


def _mean(a: Fraction, b: Fraction) -> Fraction:
    return (a + b) / 2


def _first(a: Fraction, _: Fraction) -> Fraction:
    return a


_POINTS: dict[Kind, Callable[[Curve], Points]] = {"PR": _precision_recall, "PRGAIN": _gain}
_HEIGHTS: dict[Method, Callable[[Fraction, Fraction], Fraction]] = {
    "average_precision": _first,
    "interpolation": _mean,
    "trapezoid": _mean,
    "minoring": min,
    "majoring": max,
}


def _davis_goadrich(curve: Curve) -> list[Fraction]:
    """Recall times precision between the points, true positives rising with all that is predicted.

    Davis and Goadrich 2006, in Keras's form: there is nothing below the lowest threshold where
    something is predicted.
    """
    if not curve.positives:
        return []
    terms = []
    predicted = [tp + fp for tp, fp in zip(curve.tp, curve.fp, strict=True)]
    for (tp, lower_tp), (p, lower_p) in zip(pairwise(curve.tp), pairwise(predicted), strict=True):
        if p == lower_p:
            continue
        slope = Fraction(tp - lower_tp, p - lower_p)
        intercept = lower_tp - slope * lower_p
        curved = intercept * log(Fraction(p, lower_p)) if intercept and lower_p else 0
        terms.append(slope * (tp - lower_tp + curved) / curve.positives)
    return terms


def _rounded_sum(terms: Sequence[Fraction]) -> float:
    """The float nearest to the sum."""
    a, b = quotient_of_sum(terms)
    return limbs.to_quotient(a, 0, b, 0)
