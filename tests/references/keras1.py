"""Reference rows of the label metrics of Keras 1."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from disteval import metrics as dm
from tests.references.row_means import fractions
from tests.references.rows import Array, F, Row, _root, multilabel, scores

_EPSILON = 1e-7


def totals(y: Array, p: Array, w: Array | None) -> list[Fraction]:
    """Sum true positives, true negatives, predictions and labels, with their weight."""
    weights = fractions([1] * len(y) if w is None else w.tolist())
    each = [v for v in weights for _ in range(y.size // len(y))]
    # np.round rounds half to even, as Keras 1 did
    true, pred = (np.round(np.clip(a, 0, 1)).ravel().astype(int).tolist() for a in (y, p))
    right = np.round(np.clip(y * p, 0, 1)).ravel().astype(int).tolist()
    rows = list(zip(true, pred, right, each, strict=True))
    zero = Fraction(0)
    return [
        sum((v for _, _, r, v in rows if r), zero),
        sum((v for t, q, _, v in rows if not (t or q)), zero),
        sum((v for _, q, _, v in rows if q), zero),
        sum((v for t, _, _, v in rows if t), zero),
    ]


def precision(y: Array, p: Array, w: Any) -> Fraction:
    right, _, predicted, _ = totals(y, p, w)
    return right / (predicted + Fraction(_EPSILON))


def recall(y: Array, p: Array, w: Any) -> Fraction:
    right, _, _, true = totals(y, p, w)
    return right / (true + Fraction(_EPSILON))


def fbeta(y: Array, p: Array, w: Any, beta: int = 1) -> Fraction:
    a, b = precision(y, p, w), recall(y, p, w)
    return (1 + beta**2) * a * b / (beta**2 * a + b + Fraction(_EPSILON))


def matthews(y: Array, p: Array, w: Any) -> Fraction:
    tp, tn, predicted, true = totals(y, p, w)
    fp, fn = predicted - tp, true - tp
    root = _root((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return (tp * tn - fp * fn) / (root + Fraction(_EPSILON))


def rounded(exact: Any) -> Any:
    return lambda y, p, w: float(exact(y, p, w))


def row(metric: Any, make: Any, exact: Any) -> Row:
    return Row(metric, make, rounded(exact), exact, dtypes=F)


ROWS: tuple[Row, ...] = (
    row("keras1:precision", scores, precision),
    row("keras1:recall", scores, recall),
    row("keras1:fbeta_score", multilabel, fbeta),
    row(dm.Keras1FBetaScore(beta=2), scores, lambda y, p, w: fbeta(y, p, w, 2)),
    row("keras1:matthews_correlation", multilabel, matthews),
)
