"""Reference rows of areas under curves through all scores, of the family `curves`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
from sklearn import metrics as sk

from disteval import metrics as dm
from tests.references.rows import (
    LOW,
    Array,
    Columns,
    F,
    Row,
    multilabel,
    of,
    probabilities,
    scores,
)

Exact = Callable[..., Any]
CLASSES = ("ant", "bee", "cat", "dög", "eel")


# --- data ---------------------------------------------------------------------------------------


def signed(rng: np.random.Generator, n: int) -> Columns:
    """Labels -1 and 1, decision values with ties."""
    x = np.round(rng.normal(size=n) * 4) / 4
    y = np.where(rng.random(n) < 0.4 + 0.1 * np.sign(x), 1, -1)
    return {"y_true": y, "y_pred": x}


def named(rng: np.random.Generator, n: int) -> Columns:
    columns = scores(rng, n)
    return columns | {"y_true": np.array(["ham", "spam"])[columns["y_true"]]}


def classes_named(rng: np.random.Generator, n: int) -> Columns:
    columns = probabilities(rng, n)
    return columns | {"y_true": np.array(CLASSES)[columns["y_true"]]}


def numbered(rng: np.random.Generator, n: int) -> Columns:
    """Classes that are not 0, 1, ..."""
    columns = probabilities(rng, n, 3)
    return columns | {"y_true": np.array([-2, 5, 7])[columns["y_true"]]}


# --- exact values -------------------------------------------------------------------------------


def steps(y: Array, p: Array, w: Array | None) -> list[tuple[Fraction, Fraction]]:
    """Negatives and positives at each distinct score, from the highest down."""
    weight = [Fraction(1)] * len(y) if w is None else [Fraction(float(v)) for v in w]
    at: dict[float, list[Fraction]] = {}
    for label, score, v in zip(y.tolist(), p.tolist(), weight, strict=True):
        at.setdefault(score + 0.0, [Fraction(0), Fraction(0)])[int(label > 0)] += v
    return [(at[score][0], at[score][1]) for score in sorted(at, reverse=True)]


def exact_roc(y: Array, p: Array, w: Array | None, max_fpr: float = 1.0) -> Fraction:
    """By trapezoids, up to a rate; standardised as McClish (1989) where that is below 1."""
    found = steps(y, p, w)
    negatives, positives = (sum(side, Fraction(0)) for side in zip(*found, strict=True))
    area = above = seen = Fraction(0)
    limit = Fraction(max_fpr) * negatives
    for n, positive in found:
        width = min(n, limit - seen)
        rise = positive * width / n if n else positive
        area += width * (2 * above + rise) / 2
        above, seen = above + rise, seen + width
    area /= positives * negatives
    if max_fpr == 1:
        return area
    rate = Fraction(max_fpr)
    return (1 + (area - rate**2 / 2) / (rate - rate**2 / 2)) / 2


def exact_gini(y: Array, p: Array, w: Array | None) -> Fraction:
    return 2 * exact_roc(y, p, w) - 1


def exact_precision(y: Array, p: Array, w: Array | None) -> Fraction:
    found = steps(y, p, w)
    true = seen = total = Fraction(0)
    for n, positive in found:
        true, seen = true + positive, seen + positive + n
        total += positive * true / seen if positive else 0
    return total / true


def indicators(y: Array, classes: int) -> Array:
    return y if y.ndim > 1 else (y[:, None] == np.arange(classes)).astype(np.int64)


def by_column(exact: Exact, average: str | None) -> Exact:
    """The same of columns, averaged."""

    def value(y: Array, p: Array, w: Array | None) -> Any:
        y = indicators(y, p.shape[1])
        if average == "micro":
            return exact(y.ravel(), p.ravel(), None if w is None else np.repeat(w, p.shape[1]))
        values = [exact(y[:, j], p[:, j], w) for j in range(p.shape[1])]
        if average is None:
            return values
        weights = [Fraction(1)] * len(values)
        if average == "weighted":
            each = np.ones(len(y)) if w is None else w
            own = [each[y[:, j] > 0].tolist() for j in range(p.shape[1])]
            weights = [sum(map(Fraction, column), Fraction(0)) for column in own]
        return sum(a * b for a, b in zip(values, weights, strict=True)) / sum(weights)

    return value


def one_vs_one(area: Exact, number: Callable[[Any], Any], average: str) -> Exact:
    """Hand and Till's mean over pairs of classes, with sample weights."""

    def value(y: Array, p: Array, w: Array | None) -> Any:
        each = np.ones(len(y)) if w is None else w
        total = whole = number(0)
        for a, b in combinations(range(p.shape[1]), 2):
            among = (y == a) | (y == b)
            own = [
                area((y[among] == c).astype(int), p[among, c], None if w is None else w[among])
                for c in (a, b)
            ]
            share = number(1)
            if average == "weighted":
                share = sum((number(v) for v in each[among].tolist()), number(0))
            total, whole = total + share * (own[0] + own[1]) / 2, whole + share
        return total / whole

    return value


def roc_of(y: Array, p: Array, w: Array | None) -> Any:
    return sk.roc_auc_score(y, p, sample_weight=w)


def relabelled(function: Exact, labels: Sequence[Any]) -> Exact:
    """The same of labels that are places in a list."""

    def value(y: Array, p: Array, w: Array | None) -> Any:
        return function(np.searchsorted(np.array(labels), y), p, w)

    return value


def spam(function: Exact) -> Exact:
    """The same of rows that are spam."""
    return lambda y, p, w: function((y == "spam").astype(int), p, w)


def gini(y: Array, p: Array, w: Array | None) -> Any:
    return 2 * sk.roc_auc_score(y, p, sample_weight=w) - 1


# --- rows ---------------------------------------------------------------------------------------

ROC, AP = sk.roc_auc_score, sk.average_precision_score
AVERAGES: tuple[Any, ...] = ("macro", "weighted", None)


def averaged(make: Any, function: Any, exact: Exact, averages: Sequence[Any]) -> tuple[Row, ...]:
    """Of several labels a row."""
    return tuple(
        Row(
            make(average=average), multilabel, of(function, average=average),
            by_column(exact, average), dtypes=F,
        )
        for average in averages
    )  # fmt: skip


def against_the_rest(average: Any) -> Row:
    metric = dm.RocAuc(multi_class="ovr", average=average)
    reference = of(ROC, multi_class="ovr", average=average)
    return Row(metric, probabilities, reference, by_column(exact_roc, average), dtypes=LOW)


def classwise(average: Any) -> Row:
    metric = dm.AveragePrecision(average=average)
    reference = of(AP, average=average)
    return Row(metric, probabilities, reference, by_column(exact_precision, average), dtypes=LOW)


def pairs(metric: Any, average: str) -> Row:
    reference, exact = (
        one_vs_one(area, number, average)
        for area, number in ((roc_of, float), (exact_roc, Fraction))
    )
    return Row(metric, probabilities, reference, exact, dtypes=LOW)


def both_labels(rng: np.random.Generator, n: int) -> Columns:
    """Rows of several labels, of which each has some and lacks some."""
    p = np.round(rng.random((n, 5)) * 8) / 8
    y = (rng.random((n, 5)) < p).astype(np.int64)
    y[np.arange(n), 1 + np.argmin(y[:, 1:], axis=1)] = 0
    y[:, 0] = ~y[:, 1:].any(axis=1)
    return {"y_true": y, "y_pred": p}


def by_row(exact: Exact) -> Exact:
    def value(y: Array, p: Array, w: Array | None) -> Fraction:
        each = [Fraction(1)] * len(y) if w is None else [Fraction(float(v)) for v in w]
        values = [exact(a, b, None) for a, b in zip(y, p, strict=True)]
        whole = sum((v * a for v, a in zip(each, values, strict=True)), Fraction(0))
        return whole / sum(each)

    return value


ROWS: tuple[Row, ...] = (
    Row(
        dm.RocAuc(average="samples"), both_labels, of(ROC, average="samples"), by_row(exact_roc),
        dtypes=F,
    ),
    Row(
        dm.AveragePrecision(average="samples"), both_labels, of(AP, average="samples"),
        by_row(exact_precision), dtypes=F,
    ),
    Row("roc_auc_score", scores, of(ROC), exact_roc, dtypes=F),
    Row("roc_auc_score", signed, of(ROC), exact_roc, dtypes=F),
    Row(dm.RocAuc(pos_label="spam"), named, spam(of(ROC)), spam(exact_roc), dtypes=F),
    Row(
        dm.RocAuc(max_fpr=0.3), scores, of(ROC, max_fpr=0.3), partial(exact_roc, max_fpr=0.3),
        dtypes=F,
    ),
    Row(dm.RocAuc(max_fpr=1), signed, of(ROC, max_fpr=1), exact_roc, dtypes=F),
    *averaged(dm.RocAuc, ROC, exact_roc, AVERAGES),
    Row(
        dm.RocAuc(max_fpr=0.25), multilabel, of(ROC, max_fpr=0.25),
        by_column(partial(exact_roc, max_fpr=0.25), "macro"), dtypes=F,
    ),
    *map(against_the_rest, AVERAGES),
    Row("roc_auc_ovr", probabilities, of(ROC, multi_class="ovr"), by_column(exact_roc, "macro")),
    Row(
        "roc_auc_ovr_weighted", probabilities, of(ROC, multi_class="ovr", average="weighted"),
        by_column(exact_roc, "weighted"),
    ),
    Row(
        dm.RocAuc(multi_class="ovr", labels=CLASSES), classes_named, of(ROC, multi_class="ovr"),
        relabelled(by_column(exact_roc, "macro"), CLASSES),
    ),
    pairs("roc_auc_ovo", "macro"),
    pairs("roc_auc_ovo_weighted", "weighted"),
    Row(
        dm.RocAuc(multi_class="ovo", labels=(-2, 5, 7)), numbered,
        relabelled(one_vs_one(roc_of, float, "macro"), (-2, 5, 7)),
        relabelled(one_vs_one(exact_roc, Fraction, "macro"), (-2, 5, 7)),
    ),
    Row("gini", scores, gini, exact_gini, dtypes=F),
    Row("average_precision_score", scores, of(AP), exact_precision, dtypes=F),
    Row("average_precision_score", signed, of(AP), exact_precision, dtypes=F),
    Row(
        dm.AveragePrecision(pos_label="spam"), named, of(AP, pos_label="spam"),
        spam(exact_precision), dtypes=F,
    ),
    *averaged(dm.AveragePrecision, AP, exact_precision, AVERAGES),
    *map(classwise, AVERAGES),
    Row(
        dm.AveragePrecision(labels=CLASSES), classes_named, of(AP),
        relabelled(by_column(exact_precision, "macro"), CLASSES),
    ),
    # all elements of a row together
    *averaged(dm.RocAuc, ROC, exact_roc, ("micro",)),
    *averaged(dm.AveragePrecision, AP, exact_precision, ("micro",)),
    against_the_rest("micro"),
    classwise("micro"),
)  # fmt: skip
