"""Rows of the reference table: data, references, and exact values.

A row says how to make data, and what scikit-learn (or, where it has no such metric, the
definition in NumPy) gives on whole float64 arrays. `exact` is the definition in rational
numbers, for a tie between us and the reference. `tests/test_references.py` inherits all its
tests to every row.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn import metrics as sk

import disteval
from disteval import metrics as dm

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from disteval.protocol import Metric

Array = np.ndarray[Any, np.dtype[Any]]
Columns = dict[str, Array]


@dataclass(frozen=True)
class Row:
    """One metric and its reference.

    Parameters
    ----------
    metric : a name or a metric
    make : data of n rows from a generator
    reference : (y_true, y_pred, sample_weight or None) to the value
    exact : the value of column pairs as exact numbers, where the reference rounds on its way
    weighted : whether an integer weight is a row that is repeated
    dtypes : of the scores or values, besides float64
    undefined : the value that the metric was given for 0/0, and then does not warn of
    own_clip : the metric's value depends on the dtype that arrived (eps of a cross-entropy)
    alone : whether `update_state` of the metric alone takes rows, and not one row
    """

    metric: Any
    make: Callable[[np.random.Generator, int], Columns]
    reference: Callable[..., Any]
    exact: Callable[..., Any] | None = None
    weighted: bool = True
    dtypes: tuple[str, ...] = ()
    undefined: float | None = None
    own_clip: bool = False
    alone: bool = True
    id: str = field(default="")

    @property
    def name(self) -> str:
        """The name of the value."""
        return str(metric_of(self).name)

    def data(self, n: int = 1_000, seed: int = 0, *, weights: str = "") -> Columns:
        """Columns of n rows; weights "" (none), "int" or "float"."""
        rng = np.random.default_rng(seed)
        columns = self.make(rng, n)
        if weights == "int":
            columns["sample_weight"] = rng.integers(0, 4, n)
        elif weights == "float":
            columns["sample_weight"] = np.where(rng.random(n) < 0.1, 0.0, rng.random(n) * 3)
        return columns


# --- data ---------------------------------------------------------------------------------------


def values(rng: np.random.Generator, n: int, outputs: int = 0) -> Columns:
    shape = (n, outputs) if outputs else (n,)
    y = rng.normal(size=shape) * 10
    return {"y_true": y, "y_pred": y + rng.normal(size=shape)}


def one_column(rng: np.random.Generator, n: int) -> Columns:
    return {"y_true": rng.normal(size=n) * 1e3 + 7}


def scores(rng: np.random.Generator, n: int) -> Columns:
    # of 11 bits: the same number in float16, float32 and float64
    p = rng.integers(0, 2049, n) / 2048
    return {"y_true": (rng.random(n) < p).astype(np.int64), "y_pred": p}


def int_labels(rng: np.random.Generator, n: int, classes: int = 4) -> Columns:
    y = rng.integers(0, classes, n)
    return {"y_true": y, "y_pred": np.where(rng.random(n) < 0.6, y, rng.integers(0, classes, n))}


def names(rng: np.random.Generator, n: int) -> Columns:
    known = np.array(["ant", "bee", "cat", "dög"])
    return {name: known[column] for name, column in int_labels(rng, n).items()}


def probabilities(rng: np.random.Generator, n: int, classes: int = 5) -> Columns:
    p = rng.integers(1, 200, (n, classes)).astype(np.float64)
    return {"y_true": rng.integers(0, classes, n), "y_pred": p / p.sum(axis=1, keepdims=True)}


def one_hot(rng: np.random.Generator, n: int) -> Columns:
    columns = probabilities(rng, n)
    return columns | {"y_true": np.eye(5)[columns["y_true"]]}


def multilabel(rng: np.random.Generator, n: int) -> Columns:
    p = rng.integers(0, 2049, (n, 3)) / 2048
    return {"y_true": (rng.random((n, 3)) < p).astype(np.int64), "y_pred": p}


# --- references ---------------------------------------------------------------------------------


def of(function: Callable[..., Any], **arguments: Any) -> Callable[..., Any]:
    """Return a scikit-learn function of (y_true, y_pred, sample_weight=)."""

    def reference(y: Array, p: Array, w: Array | None) -> Any:
        return function(y, p, sample_weight=w, **arguments)

    return reference


def thresholded(function: Callable[..., Any], cut: float = 0.5, **arguments: Any) -> Any:
    """Return the same of labels that a threshold makes of scores."""

    def reference(y: Array, p: Array, w: Array | None) -> Any:
        return function(y, (p > cut).astype(np.int64), sample_weight=w, **arguments)

    return reference


def largest(function: Callable[..., Any], **arguments: Any) -> Any:
    """Return the same of the largest score's place; one-hot labels likewise."""

    def reference(y: Array, p: Array, w: Array | None) -> Any:
        y = y.argmax(axis=1) if y.ndim > 1 else y
        return function(y, p.argmax(axis=1), sample_weight=w, **arguments)

    return reference


def flat(function: Callable[..., Any], cut: float) -> Any:
    """Of all elements together, above a threshold."""

    def reference(y: Array, p: Array, w: Array | None) -> Any:
        w = None if w is None else np.repeat(w, p.shape[1])
        return function(y.ravel(), (p > cut).ravel().astype(np.int64), sample_weight=w)

    return reference


def at_each(function: Callable[..., Any], cuts: tuple[float, ...]) -> Any:
    def reference(y: Array, p: Array, w: Array | None) -> Any:
        return np.array([thresholded(function, cut)(y, p, w) for cut in cuts])

    return reference


def columnwise(function: Callable[..., Any], cut: float) -> Any:
    """F-score of indicators (N, k): scikit-learn's multilabel form."""

    def reference(y: Array, p: Array, w: Array | None) -> Any:
        return function(y, (p > cut).astype(np.int64), sample_weight=w)

    return reference


def mean_of_column(y: Array, _: Array | None, w: Array | None) -> float:
    return float(np.average(y, weights=w))


def sum_of_column(y: Array, _: Array | None, w: Array | None) -> float:
    return float(np.sum(y if w is None else y * w))


def binary_log_loss(y: Array, p: Array, w: Array | None) -> Any:
    return sk.log_loss(y, np.clip(p, 1e-7, 1 - 1e-7), labels=[0, 1], sample_weight=w)


def sparse_log_loss(y: Array, p: Array, w: Array | None) -> Any:
    p = p / p.sum(axis=1, keepdims=True)  # as Keras; scikit-learn only warns
    return sk.log_loss(y, p, labels=range(p.shape[1]), sample_weight=w)


def one_hot_log_loss(y: Array, p: Array, w: Array | None) -> Any:
    return sparse_log_loss(y.argmax(axis=1), p, w)


# --- exact values -------------------------------------------------------------------------------


def exact_mean(rows: Callable[[Any, Any], Fraction], y: Array, p: Any, w: Any) -> Fraction:
    """Σ w f(y, p) / Σ w over all elements, exactly."""
    p = y if p is None else p
    each = y.size // len(y)
    weight = np.ones(len(y)) if w is None else w
    total = sum(
        (
            Fraction(float(wi)) * rows(Fraction(float(a)), Fraction(float(b)))
            for wi, ai, bi in zip(weight, y.reshape(len(y), -1), p.reshape(len(y), -1), strict=True)
            for a, b in zip(ai, bi, strict=True)
        ),
        Fraction(0),
    )
    return total / (sum((Fraction(float(wi)) for wi in weight), Fraction(0)) * each)


def squared(y: Fraction, p: Fraction) -> Fraction:
    return (y - p) ** 2


def absolute(y: Fraction, p: Fraction) -> Fraction:
    return abs(y - p)


def itself(y: Fraction, _: Fraction) -> Fraction:
    return y


def exact_total(y: Array, p: Any, w: Any) -> Fraction:
    weight = np.ones(len(y)) if w is None else w
    return exact_mean(itself, y, p, w) * sum((Fraction(float(v)) for v in weight), Fraction(0))


def root_of(exact: Callable[..., Fraction]) -> Callable[..., Fraction]:
    """√ of an exact value to 50 digits."""

    def value(y: Array, p: Any, w: Any) -> Fraction:
        return _root(exact(y, p, w))

    return value


def _root(value: Fraction) -> Fraction:
    scale = 10**100
    return Fraction(math.isqrt(value.numerator * scale // value.denominator), 10**50)


def mean_of_roots(y: Array, p: Array, w: Any) -> Fraction:
    outputs = range(y.shape[1])
    roots = [_root(exact_mean(squared, y[:, j], p[:, j], w)) for j in outputs]
    return sum(roots, Fraction(0)) / len(roots)


def exact_r2(y: Array, p: Array, w: Any) -> Fraction:
    """Mean R² over outputs, exactly."""
    y, p = y.reshape(len(y), -1), p.reshape(len(p), -1)
    weight = [Fraction(1)] * len(y) if w is None else [Fraction(float(v)) for v in w]
    found = []
    for j in range(y.shape[1]):
        t, q = ([Fraction(float(v)) for v in a[:, j]] for a in (y, p))
        mean = sum((a * v for a, v in zip(t, weight, strict=True)), Fraction(0)) / sum(weight)
        residual = sum(
            (v * (a - b) ** 2 for a, b, v in zip(t, q, weight, strict=True)), Fraction(0)
        )
        around = sum((v * (a - mean) ** 2 for a, v in zip(t, weight, strict=True)), Fraction(0))
        found.append(1 - residual / around)
    return sum(found, Fraction(0)) / len(found)


def exact_log_loss(y: Array, p: Array, w: Any, *, normalise: bool = True) -> Fraction:
    """-log of the probability of the label, by Decimal logarithms of 40 digits."""
    if p.ndim == 1:
        p, normalise = np.stack([1 - p, p], axis=1), False
    y = y.argmax(axis=1) if y.ndim > 1 else y
    weight = np.ones(len(y)) if w is None else w
    total = Fraction(0)
    with localcontext(prec=40):
        for label, row, wi in zip(y.tolist(), p.tolist(), weight.tolist(), strict=True):
            q = Fraction(row[label])
            if normalise:
                q /= sum(map(Fraction, row))
            q = min(max(q, Fraction(1e-7)), Fraction(1 - 1e-7))
            log = (Decimal(q.numerator) / Decimal(q.denominator)).ln()
            total -= Fraction(wi) * Fraction(log)
    return total / sum(map(Fraction, weight.tolist()), Fraction(0))


def exact_matthews(y: Array, p: Array, w: Any) -> Fraction:
    """From a table of exact weights, to 50 digits."""
    weight = [Fraction(1)] * len(y) if w is None else [Fraction(float(v)) for v in w]
    table: dict[tuple[Any, Any], Fraction] = {}
    for pair, v in zip(zip(y.tolist(), p.tolist(), strict=True), weight, strict=True):
        table[pair] = table.get(pair, Fraction(0)) + v
    labels = sorted({label for pair in table for label in pair})
    true = [sum((v for (a, _), v in table.items() if a == k), Fraction(0)) for k in labels]
    pred = [sum((v for (_, b), v in table.items() if b == k), Fraction(0)) for k in labels]
    s = sum(true, Fraction(0))
    right = sum((v for (a, b), v in table.items() if a == b), Fraction(0))
    covariance = s * right - sum((t * q for t, q in zip(true, pred, strict=True)), Fraction(0))
    scale = (s * s - sum(t * t for t in true)) * (s * s - sum(q * q for q in pred))
    return (1 if covariance >= 0 else -1) * _root(covariance * covariance / scale)


def matthews_of_scores(y: Array, p: Array, w: Any) -> Fraction:
    return exact_matthews(y, (p > 0.5).astype(np.int64), w)


def exact_table(y: Array, p: Array, w: Any, labels: Any = None) -> list[Fraction]:
    """Total weight by true and predicted label, row by row."""
    weight = [Fraction(1)] * len(y) if w is None else [Fraction(float(v)) for v in w]
    labels = sorted({*y.tolist(), *p.tolist()}) if labels is None else labels
    table = dict.fromkeys(((a, b) for a in labels for b in labels), Fraction(0))
    for pair, v in zip(zip(y.tolist(), p.tolist(), strict=True), weight, strict=True):
        if pair in table:
            table[pair] += v
    return list(table.values())


def exact_scores(
    y: Array, p: Array, w: Any, *, recall: int = 0, precision: int = 0, column: int | None = None
) -> list[Fraction]:
    """Recall, precision, or with both F1, by label: 2 right / (true + predicted)."""
    flat_table = exact_table(y, p, w)
    k = math.isqrt(len(flat_table))
    table = np.array(flat_table, object).reshape(k, k)
    out = [
        (recall + precision)
        * table[i, i]
        / (recall * table[i].sum() + precision * table[:, i].sum())
        for i in range(k)
    ]
    return out if column is None else [out[column]]


def of_scores(exact: Callable[..., Any]) -> Callable[..., Any]:
    """Return the exact value of the labels that 0.5 makes of scores."""
    return lambda y, p, w: exact(y, (p > 0.5).astype(np.int64), w)


def exact_indicators(y: Array, p: Array, w: Any) -> list[Fraction]:
    """F1 of each column above 0.25."""
    above = (p > 0.25).astype(np.int64)
    f1 = partial(exact_scores, recall=1, precision=1, column=1)
    return [f1(y[:, j], above[:, j], w)[0] for j in range(y.shape[1])]


# --- short names

F, LOW = ("float32", "float16"), ("float32",)
wide = partial(values, outputs=3)
mse, mae, mean = (partial(exact_mean, f) for f in (squared, absolute, itself))
precisions = partial(exact_scores, precision=1)
precision = partial(exact_scores, column=1, precision=1)
recall = partial(exact_scores, column=1, recall=1)
f1s = partial(exact_scores, precision=1, recall=1)
f1 = partial(f1s, column=1)


def metric_of(row: Row) -> Metric:
    (metric,) = dm.as_metrics(row.metric)
    return metric


def maker(row: Row) -> str:
    """Return the name of what makes the row's data."""
    make: Any = row.make.func if isinstance(row.make, partial) else row.make
    return str(make.__name__)


def identifier(row: Row) -> str:
    return "-".join(filter(None, (row.name, maker(row), row.id)))


def compute(row: Row, columns: Mapping[str, Any], **options: Any) -> disteval.Result:
    """Evaluate a row of the table with disteval."""
    return disteval.evaluate(
        columns["y_true"],
        columns.get("y_pred"),
        [row.metric],
        sample_weight=columns.get("sample_weight"),
        **options,
    )
