"""Reference rows of the family `curves`: curves, and values at every threshold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from sklearn import metrics as sk

from disteval import metrics as dm
from tests.references.rows import LOW, Array, F, Row, scores

Totals = tuple[list[Fraction], list[Fraction], list[Fraction]]


def weight_of(y: Array, w: Array | None) -> list[Fraction]:
    return [Fraction(1)] * len(y) if w is None else [Fraction(v) for v in w.tolist()]


def at_scores(y: Array, p: Array, w: Array | None) -> Totals:
    """Each score that has a weight, from the highest, and the negatives and positives from it."""
    rows = sorted(zip(p.tolist(), y.tolist(), weight_of(y, w), strict=True), reverse=True)
    cuts: list[Fraction] = []
    fp: list[Fraction] = []
    tp: list[Fraction] = []
    below = [Fraction(0), Fraction(0)]
    for score, label, weight in rows:
        if not weight:
            continue
        below[label] += weight
        if not cuts or cuts[-1] != score:
            cuts.append(Fraction(score))
            fp.append(below[0])
            tp.append(below[1])
        fp[-1], tp[-1] = below
    return cuts, fp, tp


def together(function: Callable[..., Any], **arguments: Any) -> Callable[..., Any]:
    """The arrays of a scikit-learn function one after the other."""

    def reference(y: Array, p: Array, w: Array | None) -> Array:
        return np.concatenate(function(y, p, sample_weight=w, **arguments))

    return reference


def exact_roc(y: Array, p: Array, w: Array | None) -> list[Any]:
    cuts, fp, tp = at_scores(y, p, w)
    zero = Fraction(0)
    rates = [zero, *(v / fp[-1] for v in fp)], [zero, *(v / tp[-1] for v in tp)]
    return [*rates[0], *rates[1], zero, *cuts]  # the threshold inf is never off


def exact_precision_recall(y: Array, p: Array, w: Array | None) -> list[Fraction]:
    cuts, fp, tp = at_scores(y, p, w)
    precision = [a / (a + b) for a, b in zip(tp, fp, strict=True)]
    recall = [a / tp[-1] for a in tp]
    return [*precision[::-1], Fraction(1), *recall[::-1], Fraction(0), *cuts[::-1]]


def exact_det(y: Array, p: Array, w: Array | None) -> list[Any]:
    cuts, fp, tp = ([Fraction(0), *column] for column in at_scores(y, p, w))
    first = max(i for i, v in enumerate(fp) if not v)
    last = min(i for i, v in enumerate(tp) if v == tp[-1])
    index = range(last, first - 1, -1)
    fpr, fnr = [fp[i] / fp[-1] for i in index], [1 - tp[i] / tp[-1] for i in index]
    return [*fpr, *fnr, *(cuts[i] for i in index)]


def exact_counts(y: Array, p: Array, w: Array | None) -> list[Fraction]:
    cuts, fp, tp = at_scores(y, p, w)
    return [*(fp[-1] - v for v in fp), *fp, *(tp[-1] - v for v in tp), *tp, *cuts]


def metric_at(function: Callable[..., Any], **arguments: Any) -> Callable[..., Any]:
    def reference(y: Array, p: Array, w: Array | None) -> Array:
        found = sk.metric_at_thresholds(
            y, p, function, sample_weight=w, metric_params=arguments or None
        )
        return np.concatenate(found)

    return reference


def exact_f1(y: Array, p: Array, w: Array | None) -> list[Fraction]:
    cuts, fp, tp = at_scores(y, p, w)
    return [*(2 * a / (a + b + tp[-1]) for a, b in zip(tp, fp, strict=True)), *cuts]


def exact_accuracy(y: Array, p: Array, w: Array | None) -> list[Fraction]:
    cuts, fp, tp = at_scores(y, p, w)
    right = [a + fp[-1] - b for a, b in zip(tp, fp, strict=True)]
    return [*(v / (fp[-1] + tp[-1]) for v in right), *cuts]


def kept(fp: Sequence[Any], tp: Sequence[Any], cells: int) -> list[int]:
    """The places of the vertices that `max_points` keeps, from the highest score down.

    fp, tp: what is at each score and above.
    """
    last, negatives, positives = len(fp) - 1, fp[-1], tp[-1]
    half = Fraction(1, 2) if negatives and positives else Fraction(1)

    def cell(i: int) -> int:
        if i < 0:
            return 0
        shares = [Fraction(v[i]) / Fraction(v[-1]) for v in (fp, tp) if v[-1]]
        return int(half * sum(shares) * cells)

    found = {i for i in range(len(fp)) if cell(i) != cell(i - 1)} | {0, last}
    found |= set([i for i in range(len(fp)) if not fp[i]][-1:]) if negatives else set()
    found |= set([i for i in range(len(tp)) if tp[i] == positives][:1]) if positives else set()
    return sorted(found)


def corners(tp: Sequence[Any]) -> list[int]:
    """The places where tp is higher than at the place before, and those just before them."""
    higher = [i for i in range(len(tp)) if tp[i] != (tp[i - 1] if i else 0)]
    return sorted({*higher, *(i - 1 for i in higher if i), len(tp) - 1})


def thinned_roc(y: Array, p: Array, w: Array | None) -> Array:
    """Of at most 40 points; of few scores all corners."""
    cuts, fp, tp = at_scores(y, p, w)
    if len(cuts) < 40:
        return np.concatenate(sk.roc_curve(y, p, sample_weight=w))
    cuts, fp, tp = ([column[i] for i in corners(tp)] for column in (cuts, fp, tp))
    index = kept(fp, tp, 36) if len(cuts) >= 40 else range(len(cuts))
    fpr, tpr = [fp[i] / fp[-1] for i in index], [tp[i] / tp[-1] for i in index]
    found: list[Any] = [0.0, *fpr, 0.0, *tpr, np.inf, *(cuts[i] for i in index)]
    return np.array([float(v) for v in found])


ROWS: tuple[Row, ...] = (
    Row(dm.RocCurve(max_points=40), scores, thinned_roc, dtypes=F),
    Row(
        dm.RocCurve(drop_intermediate=False), scores,
        together(sk.roc_curve, drop_intermediate=False), exact_roc, dtypes=F,
    ),
    Row("precision_recall_curve", scores, together(sk.precision_recall_curve),
        exact_precision_recall, dtypes=F),
    Row("det_curve", scores, together(sk.det_curve), exact_det, dtypes=F),
    Row("confusion_matrix_at_thresholds", scores, together(sk.confusion_matrix_at_thresholds),
        exact_counts, dtypes=F),
    Row(dm.MetricAtThresholds("f1_score", None), scores, metric_at(sk.f1_score), exact_f1,
        dtypes=LOW),
    Row(dm.MetricAtThresholds("accuracy"), scores, metric_at(sk.accuracy_score), exact_accuracy),
)  # fmt: skip
