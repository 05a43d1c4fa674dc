"""Operating points by definition: every threshold tried, in floats and in fractions.

At a threshold the scores of at least this are positive; there is one at each score, and one above
all of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from sklearn import metrics as sk

from disteval import metrics as dm
from tests.references.rows import LOW, Array, Columns, Row, multilabel, scores

Number = Any
Value = Callable[..., Any]


@dataclass(frozen=True)
class Point:
    """Totals at or above a threshold, and of each class in all."""

    threshold: float
    fp: Number
    tp: Number
    n: Number
    p: Number

    @property
    def tpr(self) -> Number:
        return divided(self.tp, self.p)

    @property
    def fpr(self) -> Number:
        return divided(self.fp, self.n)

    @property
    def specificity(self) -> Number:
        return divided(self.n - self.fp, self.n)

    @property
    def precision(self) -> Number:
        return divided(self.tp, self.tp + self.fp)

    def fbeta(self, beta: float) -> Number:
        square = Fraction(beta) ** 2 if isinstance(self.tp, Fraction) else beta**2
        return divided((1 + square) * self.tp, square * self.p + self.tp + self.fp)


def divided(a: Number, b: Number) -> Number:
    return a / b if b else 0 * a


def points(y: Array, p: Array, w: Array | None, number: Callable[[Any], Number]) -> list[Point]:
    """From the lowest threshold to one above all scores; of no weight there is no row."""
    weights = [1.0] * len(y) if w is None else w.tolist()
    totals: dict[float, list[Number]] = {}
    for score, label, weight in zip(p.tolist(), y.tolist(), weights, strict=True):
        if weight:
            at = totals.setdefault(score, [number(0), number(0)])
            at[int(label > 0)] += number(weight)
    n, positives = (sum((at[k] for at in totals.values()), number(0)) for k in (0, 1))
    found, fp, tp = [Point(math.inf, number(0), number(0), n, positives)], number(0), number(0)
    for score in sorted(totals, reverse=True):
        fp, tp = fp + totals[score][0], tp + totals[score][1]
        found.append(Point(score, fp, tp, n, positives))
    return found[::-1]


# --- the best of all points ---------------------------------------------------------------------


def highest(name: str, given: str, least: float, found: list[Point]) -> Point | None:
    """The one with the highest rate where another, as a float, is at least so much."""
    allowed = [point for point in found if float(getattr(point, given)) >= least]
    rates = [(getattr(point, name), getattr(point, given)) for point in allowed]
    return allowed[rates.index(max(rates))] if allowed else None


def with_few_false(most: float, found: list[Point]) -> Point:
    allowed = [point for point in found if float(point.fpr) <= most]
    return max(allowed, key=lambda point: (point.tpr, -point.fpr))


def equal_errors(found: list[Point]) -> Number:
    """Where the line through the points has as many misses as false positives."""
    for low, high in pairwise(found):
        a, b = low.fpr + low.tpr - 1, high.fpr + high.tpr - 1
        if a >= 0 > b:
            return low.fpr - a / (a - b) * (low.fpr - high.fpr)
    raise AssertionError


def at_rate(name: str, given: str, least: float, number: Callable[[Any], Number]) -> Value:
    def value(y: Array, p: Array, w: Array | None) -> Number:
        point = highest(name, given, least, points(y, p, w, number))
        return number(0) if point is None else getattr(point, name)

    return value


def over_points(of: Callable[[list[Point]], Number], number: Callable[[Any], Number]) -> Value:
    def value(y: Array, p: Array, w: Array | None) -> Number:
        return of(points(y, p, w, number))

    return value


def most_apart(found: list[Point]) -> Number:
    return max(abs(point.tpr - point.fpr) for point in found)


def best_fbeta(beta: float, found: list[Point]) -> Number:
    return max(point.fbeta(beta) for point in found)


# --- the rows of highest scores -----------------------------------------------------------------


def head(found: list[Point], size: Number) -> tuple[Number, Number]:
    """How many rows, and how many of them are positive, in the mean over orders of equal scores."""
    size = min(size, found[0].n + found[0].p)
    for low, high in pairwise(found):
        inside, above = low.tp + low.fp, high.tp + high.fp
        if above < size <= inside:
            return size, high.tp + (size - above) / (inside - above) * (low.tp - high.tp)
    raise AssertionError


def of_head(metric: str, size: float | Fraction, number: Callable[[Any], Number]) -> Value:
    """A size that is a fraction is one of all rows."""

    def value(y: Array, p: Array, w: Array | None) -> Number:
        found = points(y, p, w, number)
        n, positives = found[0].n, found[0].p
        share = isinstance(size, Fraction)
        rows, true = head(found, number(size) * (n + positives) if share else number(size))
        return {
            "precision": true / rows, "recall": true / positives,
            "lift": true / rows * (n + positives) / positives,
        }[metric]  # fmt: skip

    return value


# --- by scikit-learn ----------------------------------------------------------------------------


def by_roc_curve(of: Callable[[Array, Array], Any]) -> Value:
    def reference(y: Array, p: Array, w: Array | None) -> Any:
        fpr, tpr, _ = sk.roc_curve(y, p, sample_weight=w, drop_intermediate=False)
        return of(fpr, tpr)

    return reference


def by_precision_recall_curve(of: Callable[[Array, Array], Any]) -> Value:
    """Without scikit-learn's last point, where nothing is predicted."""

    def reference(y: Array, p: Array, w: Array | None) -> Any:
        precision, recall, _ = sk.precision_recall_curve(y, p, sample_weight=w)
        return of(precision[:-1], recall[:-1])

    return reference


def fbeta_of(beta: float) -> Callable[[Array, Array], Any]:
    def best(precision: Array, recall: Array) -> Any:
        with np.errstate(invalid="ignore"):
            found = (1 + beta**2) * precision * recall / (beta**2 * precision + recall)
        return np.nanmax(found)

    return best


# --- data ---------------------------------------------------------------------------------------


def logits(rng: np.random.Generator, n: int) -> Columns:
    """Scores of any sign, many of them equal."""
    x = np.round(rng.normal(size=n) * 2, 1).astype(np.float32).astype(np.float64)
    return {"y_true": (rng.random(n) < 1 / (1 + np.exp(-x))).astype(np.int64), "y_pred": x}


def row(metric: Any, make: Any, reference: Value, of: Callable[[list[Point]], Number]) -> Row:
    return Row(metric, make, reference, over_points(of, Fraction), dtypes=LOW)


def head_row(metric: Any, make: Any, name: str, size: float | Fraction) -> Row:
    return Row(metric, make, of_head(name, size, float), of_head(name, size, Fraction), dtypes=LOW)


def rate_of(name: str, given: str, least: float) -> Callable[..., Any]:
    """The same from scikit-learn's curve."""
    if "specificity" in (name, given):

        def roc(fpr: Array, tpr: Array) -> Any:
            rates = {"specificity": 1 - fpr, "tpr": tpr}
            return rates[name][rates[given] >= least].max()

        return by_roc_curve(roc)

    def curve(precision: Array, recall: Array) -> Any:
        rates = {"precision": precision, "tpr": recall}
        return rates[name][rates[given] >= least].max(initial=0)

    return by_precision_recall_curve(curve)


def rate_row(metric: Any, make: Any, name: str, given: str, least: float) -> Row:
    """A rate where another is high enough."""
    exact = at_rate(name, given, least, Fraction)
    return Row(metric, make, rate_of(name, given, least), exact, dtypes=LOW)


def of_column(column: int, value: Value) -> Value:
    return lambda y, p, w: value(y[:, column], p[:, column], w)


def of_elements(value: Value) -> Value:
    """Of all elements together, each with the weight of its row."""

    def whole(y: Array, p: Array, w: Array | None) -> Any:
        return value(y.ravel(), p.ravel(), None if w is None else np.repeat(w, y.shape[1]))

    return whole


TENTH = Fraction(1, 10)

ROWS: tuple[Row, ...] = (
    rate_row(dm.SensitivityAtSpecificity(0.8), logits, "tpr", "specificity", 0.8),
    rate_row(dm.SpecificityAtSensitivity(0.75), logits, "specificity", "tpr", 0.75),
    rate_row(dm.PrecisionAtRecall(0.9), logits, "precision", "tpr", 0.9),
    rate_row(dm.RecallAtPrecision(0.7), scores, "tpr", "precision", 0.7),
    Row(
        dm.RecallAtPrecision(0.7, class_id=1), multilabel,
        of_column(1, rate_of("tpr", "precision", 0.7)),
        of_column(1, at_rate("tpr", "precision", 0.7, Fraction)), dtypes=LOW,
    ),
    Row(
        dm.PrecisionAtRecall(0.6), multilabel, of_elements(rate_of("precision", "tpr", 0.6)),
        of_elements(at_rate("precision", "tpr", 0.6, Fraction)), dtypes=LOW,
    ),
    row(
        dm.TruePositiveRateAtFalsePositiveRate(0.1), logits,
        by_roc_curve(lambda fpr, tpr: tpr[fpr <= 0.1].max()),
        lambda found: with_few_false(0.1, found).tpr,
    ),
    row(
        "ks_statistic", logits, by_roc_curve(lambda fpr, tpr: abs(tpr - fpr).max()), most_apart
    ),
    row(
        "youden_j", scores, by_roc_curve(lambda fpr, tpr: (tpr - fpr).max()),
        lambda found: max(point.tpr - point.fpr for point in found),
    ),
    row("equal_error_rate", logits, over_points(equal_errors, float), equal_errors),
    row("best_f1", logits, by_precision_recall_curve(fbeta_of(1.0)), partial(best_fbeta, 1.0)),
    row(
        dm.BestFBeta(0.5), scores, by_precision_recall_curve(fbeta_of(0.5)),
        partial(best_fbeta, 0.5),
    ),
    row(
        "best_fbeta", scores, by_precision_recall_curve(fbeta_of(1.0)), partial(best_fbeta, 1.0)
    ),
    head_row(dm.PrecisionAtKRows(20), logits, "precision", 20),
    head_row(dm.PrecisionAtKRows(fraction=0.3), scores, "precision", Fraction(3, 10)),
    head_row(dm.RecallAtKRows(33), logits, "recall", 33),
    head_row("cumulative_gain", logits, "recall", TENTH),
    head_row("lift", logits, "lift", TENTH),
    head_row(dm.Lift(0.25), scores, "lift", Fraction(1, 4)),
)  # fmt: skip
