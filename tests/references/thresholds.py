"""Reference rows of the family `thresholds`.

Scores are multiples of 1/2048, so that none stands on a threshold i/(n-1) but 0 and 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
from sklearn import metrics as sk

from disteval import metrics as dm
from tests.references.rows import LOW, Array, Columns, F, Row, multilabel, of, scores

Number = Any
Totals = tuple[list[Number], list[Number], Number, Number]
SIDES = {"tn": (0, 0), "fp": (0, 1), "fn": (1, 0), "tp": (1, 1)}
EVEN = (0.0, 0.25, 0.5, 0.75, 1.0)
SOME = (0.3, 0.6)
SHARES = (0.5, 0.25, 2.0)


def logits(rng: np.random.Generator, n: int) -> Columns:
    x = rng.normal(size=n).astype(np.float32).astype(np.float64) * 3
    return {"y_true": (rng.random(n) < 1 / (1 + np.exp(-x))).astype(np.int64), "y_pred": x}


# --- counts -------------------------------------------------------------------------------------


def decided(side: str, *cuts: float) -> Callable[..., Any]:
    """One cell of scikit-learn's confusion matrix at each threshold, of all elements."""

    def reference(y: Array, p: Array, w: Array | None) -> Any:
        y, p, w = flattened(y, p, w)
        tables = [sk.confusion_matrix(y, p > cut, sample_weight=w, labels=[0, 1]) for cut in cuts]
        found = np.array([table[SIDES[side]] for table in tables])
        return found if len(found) > 1 else found[0]

    return reference


def exactly(side: str, *cuts: float) -> Callable[..., list[Fraction]]:
    true, above = SIDES[side]

    def exact(y: Array, p: Array, w: Array | None) -> list[Fraction]:
        y, p, w = flattened(y, p, w)
        chosen = [(y == true) & ((p > cut) == above) for cut in cuts]
        return [sum(map(Fraction, weights_of(y, w)[c].tolist()), Fraction(0)) for c in chosen]

    return exact


def flattened(y: Array, p: Array, w: Array | None) -> tuple[Array, Array, Any]:
    each = y.size // len(y)
    return y.ravel(), p.ravel(), None if w is None else np.repeat(w, each)


def weights_of(y: Array, w: Array | None) -> Array:
    return np.ones(len(y)) if w is None else w


# --- totals at thresholds -----------------------------------------------------------------------


def grid(n: int) -> list[float]:
    """Keras's thresholds: nothing is above the last, all rows are above the first."""
    return [-1.0, *(i / (n - 1) for i in range(1, n - 1)), 2.0]


def open_grid(n: int) -> list[float]:
    """Thresholds of operating points: 0 is never above one."""
    return [i / (n - 1) for i in range(n)] if n > 1 else [0.5]


def totals(
    y: Array, p: Array, w: Array | None, cuts: Sequence[float], number: Callable[[Any], Number]
) -> Totals:
    """Positives and negatives above each threshold, and of each class in all."""
    number_above = np.searchsorted(cuts, p, side="left")
    kept = [[number(0) for _ in range(len(cuts) + 1)] for _ in (0, 1)]
    for label, above, weight in zip(y, number_above, weights_of(y, w).tolist(), strict=True):
        kept[int(label)][above] += number(weight)
    tp, fp = ([sum(side[i:]) for i in range(1, len(side))] for side in kept[::-1])
    return tp, fp, sum(kept[1]), sum(kept[0])


def natural_log(value: Number) -> Number:
    if not isinstance(value, Fraction):
        return np.log(value)
    # for a quotient near 1 so many digits more as are lost there
    near = (value - 1).denominator.bit_length() - abs(value - 1).numerator.bit_length()
    with localcontext(prec=60 + max(near, 0)):
        return Fraction((Decimal(value.numerator) / Decimal(value.denominator)).ln())


# --- areas --------------------------------------------------------------------------------------


def divided(a: Number, b: Number) -> Number:
    return a / b if b else 0 * a


def points(kind: str, tp: Number, fp: Number, p: Number, n: Number) -> tuple[Number, Number]:
    if kind == "ROC":
        return divided(fp, n), divided(tp, p)
    if kind == "PR":
        return divided(tp, p), divided(tp, tp + fp)
    gain = 1 - divided(p, n) * divided(p - tp, tp)
    return (max(0 * tp, gain) if tp else 0 * tp), 1 - divided(p, n) * divided(fp, tp)


def mean(a: Number, b: Number) -> Number:
    return (a + b) / 2


def first(a: Number, _: Number) -> Number:
    return a


METHODS = ("interpolation", "minoring", "majoring")
HEIGHTS: dict[str, Callable[[Number, Number], Number]] = {
    "minoring": min, "majoring": max, "interpolation": mean, "trapezoid": mean,
    "average_precision": first,
}  # fmt: skip


def area(kind: str, method: str, found: Totals) -> Number:
    """Keras's definition (and scikit-learn's and Spark's), for floats and for fractions."""
    tp, fp, positives, negatives = found
    if (kind, method) == ("PR", "interpolation"):
        return davis_goadrich(tp, fp, positives)
    height = HEIGHTS[method]
    curve = [points(kind, a, b, positives, negatives) for a, b in zip(tp, fp, strict=True)]
    if method == "trapezoid":  # nothing predicted: the precision before
        for i in range(1, len(curve)):
            if not tp[i] + fp[i]:
                curve[i] = (curve[i][0], curve[i - 1][1])
    return sum((x - u) * height(y, v) for (x, y), (u, v) in pairwise(curve))


def davis_goadrich(tp: list[Number], fp: list[Number], positives: Number) -> Number:
    total = 0 * positives
    for (a, b), (c, d) in pairwise(zip(tp, fp, strict=True)):
        if a + b == c + d:
            continue
        slope = (a - c) / (a + b - c - d)
        intercept = c - slope * (c + d)
        total += slope * (a - c + (intercept * natural_log((a + b) / (c + d)) if c + d else 0))
    return divided(total, positives)


def auc_of(
    cuts: Sequence[float] | None, number: Callable[[Any], Number], kind: str = "ROC",
    method: str = "interpolation",
) -> Callable[..., Any]:  # fmt: skip
    """Of thresholds; None: of those that part all scores."""

    def value(y: Array, p: Array, w: Array | None) -> Any:
        y, p, w = flattened(y, p, w)
        if cuts is not None:
            return area(kind, method, totals(y, p, w, cuts, number))
        known, ranks = np.unique(p, return_inverse=True)
        return area(kind, method, totals(y, ranks, w, range(-1, len(known)), number))

    return value


def binned_auc(cuts: Sequence[float]) -> Callable[..., Any]:
    """scikit-learn's area of the scores as numbers of thresholds below."""

    def reference(y: Array, p: Array, w: Array | None) -> Any:
        y, p, w = flattened(y, p, w)
        return sk.roc_auc_score(y, np.searchsorted(cuts, p), sample_weight=w)

    return reference


def by_label(
    value: Callable[..., Any], shares: Sequence[float], number: Callable[[Any], Number]
) -> Callable[..., Any]:
    """The mean over columns."""

    def mean(y: Array, p: Array, w: Array | None) -> Any:
        areas = [value(y[:, j], p[:, j], w) for j in range(y.shape[1])]
        total = sum(number(share) for share in shares)
        return sum(number(s) * a for s, a in zip(shares, areas, strict=True)) / total

    return mean


def with_shares(value: Callable[..., Any]) -> Callable[..., Any]:
    """Of all elements, those of a column with its weight."""

    def whole(y: Array, p: Array, w: Array | None) -> Any:
        weight = np.outer(weights_of(y, w), SHARES)
        return value(y.ravel(), p.ravel(), weight.ravel())

    return whole


def of_logits(value: Callable[..., Any], n: int) -> Callable[..., Any]:
    """Of the sigmoid in float32, by Keras's bucket."""

    def reference(y: Array, x: Array, w: Array | None) -> Any:
        p = (1 / (1 + np.exp(-x))).astype(np.float32)
        return value(y, (np.ceil(p * np.float32(n - 1)) - 0.5) / (n - 1), w)

    return reference


def auc_row(kind: str, method: str, n: int = 50) -> Row:
    metric = dm.AUC(num_thresholds=n, curve=kind, summation_method=method)
    reference = auc_of(grid(n), float, kind, method)
    return Row(metric, scores, reference, auc_of(grid(n), Fraction, kind, method), dtypes=F)


def exact_row(kind: str, method: str) -> Row:
    metric = dm.AUC(curve=kind, summation_method=method)
    reference = auc_of(None, float, kind, method)
    if (kind, method) == ("PR", "average_precision"):
        reference = of(sk.average_precision_score)
    return Row(metric, scores, reference, auc_of(None, Fraction, kind, method), dtypes=F)


# --- operating points ---------------------------------------------------------------------------


def rates(found: Totals) -> dict[str, list[Number]]:
    tp, fp, positives, negatives = found
    recall = [divided(a, positives) for a in tp]
    return {
        "recall": recall,
        "sensitivity": recall,
        "specificity": [divided(negatives - b, negatives) for b in fp],
        "precision": [divided(a, a + b) for a, b in zip(tp, fp, strict=True)],
    }


def best_where(
    best: str, given: str, least: float, number: Callable[[Any], Number], n: int = 200,
    column: int | None = None,
) -> Callable[..., Any]:  # fmt: skip
    """Of Keras's buckets."""

    def value(y: Array, p: Array, w: Array | None) -> Any:
        y, p, w = flattened(y, p, w) if column is None else (y[:, column], p[:, column], w)
        found = rates(totals(y, p, w, open_grid(n), number))
        allowed = [a for a, b in zip(found[best], found[given], strict=True) if b >= least]
        return max(allowed, default=number(0))

    return value


def by_roc_curve(best: str, least: float) -> Callable[..., Any]:
    """Sensitivity at specificity, or the other way, from scikit-learn's curve of the buckets."""

    def reference(y: Array, p: Array, w: Array | None) -> Any:
        bins = np.searchsorted(open_grid(200), p)
        fpr, tpr, cuts = sk.roc_curve(y, bins, sample_weight=w, drop_intermediate=False)
        fpr, tpr = fpr[cuts > 0], tpr[cuts > 0]
        pairs = {"sensitivity": (tpr, 1 - fpr), "specificity": (1 - fpr, tpr)}[best]
        return pairs[0][pairs[1] >= least].max()

    return reference


def by_precision_recall_curve(best: str, least: float) -> Callable[..., Any]:
    def reference(y: Array, p: Array, w: Array | None) -> Any:
        bins = np.searchsorted(open_grid(200), p)
        precision, recall, cuts = sk.precision_recall_curve(y, bins, sample_weight=w)
        precision, recall = precision[:-1][cuts > 0], recall[:-1][cuts > 0]
        pairs = {"precision": (precision, recall), "recall": (recall, precision)}[best]
        return pairs[0][pairs[1] >= least].max()

    return reference


def point_row(metric: Any, best: str, given: str, least: float) -> Row:
    curve = by_roc_curve if "specificity" in (best, given) else by_precision_recall_curve
    exact = best_where(best, given, least, Fraction)
    return Row(metric, scores, curve(best, least), exact, dtypes=F)


ENDS = (-1e-7, *SOME, 1 + 1e-7)

ROWS: tuple[Row, ...] = (
    Row("true_positives", scores, decided("tp", 0.5), exactly("tp", 0.5), dtypes=F, undefined=0),
    Row("true_negatives", scores, decided("tn", 0.5), exactly("tn", 0.5), dtypes=F, undefined=0),
    Row("false_positives", scores, decided("fp", 0.5), exactly("fp", 0.5), dtypes=F, undefined=0),
    Row("false_negatives", scores, decided("fn", 0.5), exactly("fn", 0.5), dtypes=F, undefined=0),
    Row(
        dm.TruePositives(thresholds=(0.75, 0.25, 0.75)), scores, decided("tp", 0.75, 0.25, 0.75),
        exactly("tp", 0.75, 0.25, 0.75), dtypes=F, undefined=0,
    ),
    Row(
        dm.FalsePositives(thresholds=EVEN), multilabel, decided("fp", *EVEN),
        exactly("fp", *EVEN), dtypes=F, undefined=0,
    ),
    Row("auc", scores, of(sk.roc_auc_score), auc_of(None, Fraction), dtypes=F),
    *(exact_row("ROC", method) for method in ("minoring", "majoring")),
    *(exact_row("PR", method) for method in (*METHODS, "average_precision", "trapezoid")),
    *(exact_row("PRGAIN", method) for method in METHODS),
    Row(
        dm.AUC(multi_label=True, label_weights=SHARES), multilabel,
        by_label(of(sk.roc_auc_score), SHARES, float),
        by_label(auc_of(None, Fraction), SHARES, Fraction), dtypes=F,
    ),
    Row(
        dm.AUC(multi_label=True, curve="PR", summation_method="average_precision"), multilabel,
        of(sk.average_precision_score),
        by_label(auc_of(None, Fraction, "PR", "average_precision"), (1, 1, 1), Fraction), dtypes=F,
    ),
    Row(dm.AUC(from_logits=True), logits, of(sk.roc_auc_score), auc_of(None, Fraction), dtypes=LOW),
    # all elements of a row together
    Row(dm.AUC(), multilabel, of(sk.roc_auc_score, average="micro"), auc_of(None, Fraction)),
    Row(
        dm.AUC(label_weights=SHARES), multilabel, with_shares(auc_of(None, float)),
        with_shares(auc_of(None, Fraction)), dtypes=F,
    ),
    Row(
        dm.AUC(label_weights=SHARES, curve="PR"), multilabel,
        with_shares(auc_of(None, float, "PR")), with_shares(auc_of(None, Fraction, "PR")), dtypes=F,
    ),
    Row(
        dm.AUC(num_thresholds=200), scores, binned_auc(grid(200)), auc_of(grid(200), Fraction),
        dtypes=F,
    ),
    *(auc_row(kind, method) for kind in ("ROC", "PR", "PRGAIN") for method in METHODS),
    *(auc_row("PR", method) for method in ("average_precision", "trapezoid")),
    Row(
        dm.AUC(thresholds=SOME), scores, binned_auc(ENDS), auc_of(ENDS, Fraction), dtypes=F
    ),
    Row(
        dm.AUC(thresholds=EVEN[1:-1], curve="PR"), scores, auc_of(grid(5), float, "PR"),
        auc_of(grid(5), Fraction, "PR"), dtypes=F,
    ),
    Row(dm.AUC(num_thresholds=30), multilabel, binned_auc(grid(30)), auc_of(grid(30), Fraction)),
    Row(
        dm.AUC(multi_label=True, num_thresholds=200), multilabel,
        by_label(binned_auc(grid(200)), (1, 1, 1), float),
        by_label(auc_of(grid(200), Fraction), (1, 1, 1), Fraction), dtypes=F,
    ),
    Row(
        dm.AUC(multi_label=True, label_weights=SHARES, num_thresholds=9), multilabel,
        by_label(binned_auc(grid(9)), SHARES, float),
        by_label(auc_of(grid(9), Fraction), SHARES, Fraction), dtypes=F,
    ),
    Row(
        dm.AUC(label_weights=SHARES, num_thresholds=9), multilabel,
        with_shares(binned_auc(grid(9))), with_shares(auc_of(grid(9), Fraction)), dtypes=F,
    ),
    Row(
        dm.AUC(from_logits=True, num_thresholds=200), logits, of_logits(binned_auc(grid(200)), 200),
        of_logits(auc_of(grid(200), Fraction), 200), dtypes=LOW,
    ),
    point_row(dm.SensitivityAtSpecificity(0.8, 200), "sensitivity", "specificity", 0.8),
    point_row(dm.SpecificityAtSensitivity(0.75, 200), "specificity", "sensitivity", 0.75),
    point_row(dm.PrecisionAtRecall(0.9, 200), "precision", "recall", 0.9),
    point_row(dm.RecallAtPrecision(0.7, 200), "recall", "precision", 0.7),
    Row(
        dm.RecallAtPrecision(0.3, num_thresholds=1, class_id=1), multilabel,
        best_where("recall", "precision", 0.3, float, 1, 1),
        best_where("recall", "precision", 0.3, Fraction, 1, 1), dtypes=F,
    ),
    Row(
        dm.PrecisionAtRecall(0.6, num_thresholds=20), multilabel,
        best_where("precision", "recall", 0.6, float, 20),
        best_where("precision", "recall", 0.6, Fraction, 20), dtypes=F,
    ),
)  # fmt: skip
