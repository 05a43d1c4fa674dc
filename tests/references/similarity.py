"""Reference rows of the family `similarity`."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from disteval import metrics as dm
from tests.references.regression import total, weighted
from tests.references.row_means import decimal, exactly
from tests.references.rows import F, Row, values, wide

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.references.rows import Array, Columns

EPSILON = 1e-7


def vectors(rng: np.random.Generator, n: int) -> Columns:
    """Make rows (2, 5)."""
    y = rng.normal(size=(n, 2, 5))
    return {"y_true": y, "y_pred": y + rng.normal(size=y.shape)}


# --- by NumPy -----------------------------------------------------------------------------------


def np_cosine(y: Array, p: Array, axis: int) -> Any:
    return np.sum(y * p, axis) / np.sqrt(np.sum(y * y, axis) * np.sum(p * p, axis))


def np_pearson(y: Array, p: Array, axis: int) -> Any:
    return np_cosine(y - y.mean(axis, keepdims=True), p - p.mean(axis, keepdims=True), axis)


def np_concordance(y: Array, p: Array, axis: int) -> Any:
    apart = y.mean(axis) - p.mean(axis)
    both = np.mean((y - y.mean(axis, keepdims=True)) * (p - p.mean(axis, keepdims=True)), axis)
    return 2 * both / (y.var(axis) + p.var(axis) + apart**2 + EPSILON)


def of_rows(function: Callable[..., Any], axis: int = -1, factor: float = 1) -> Any:
    def reference(y: Array, p: Array, w: Array | None) -> float:
        found = function(y, p, axis).reshape(len(y), -1).mean(axis=1)
        return factor * float(np.average(found, weights=w))

    return reference


def of_dataset(kind: str) -> Callable[..., float]:
    """The mean over columns of what the whole columns give, by weighted averages."""

    def reference(y: Array, p: Array, w: Array | None) -> float:
        y, p = y.reshape(len(y), -1), p.reshape(len(p), -1)
        mean = partial(np.average, axis=0, weights=w)
        a, b = (y, p) if kind == "cosine" else (y - mean(y), p - mean(p))
        if kind == "concordance":
            apart = (mean(y) - mean(p)) ** 2
            return float(np.mean(2 * mean(a * b) / (mean(a * a) + mean(b * b) + apart + EPSILON)))
        return float(np.mean(mean(a * b) / np.sqrt(mean(a * a) * mean(b * b))))

    return reference


# --- exactly ------------------------------------------------------------------------------------

Sums = tuple[Fraction, Fraction, Fraction, Fraction]


def over_root(both: Fraction, true: Fraction, pred: Fraction) -> Fraction:
    return both / Fraction(decimal(true * pred).sqrt())


def scatter(y: list[Fraction], p: list[Fraction], w: list[Fraction]) -> Sums:
    """Weighted means of products of deviations, and the difference of the means."""
    my, mp = (weighted(w, x) / total(w) for x in (y, p))
    dy, dp = [a - my for a in y], [b - mp for b in p]
    both, true, pred = (
        weighted(w, products(*x)) / total(w) for x in ((dy, dp), (dy, dy), (dp, dp))
    )
    return both, true, pred, my - mp


def products(x: list[Fraction], y: list[Fraction]) -> list[Fraction]:
    return [a * b for a, b in zip(x, y, strict=True)]


def cosine(y: list[Fraction], p: list[Fraction], w: list[Fraction]) -> Fraction:
    both, true, pred = (weighted(w, products(*x)) for x in ((y, p), (y, y), (p, p)))
    return over_root(both, true, pred)


def pearson(y: list[Fraction], p: list[Fraction], w: list[Fraction]) -> Fraction:
    both, true, pred, _ = scatter(y, p, w)
    return over_root(both, true, pred)


def concordance(y: list[Fraction], p: list[Fraction], w: list[Fraction]) -> Fraction:
    both, true, pred, apart = scatter(y, p, w)
    return 2 * both / (true + pred + apart**2 + Fraction(EPSILON))


def rows_exactly(of: Callable[..., Fraction], length: int, factor: Fraction = Fraction(1)) -> Any:
    """Return the exact mean over the vectors of so many numbers of each row."""
    ones = [Fraction(1)] * length

    def row(y: list[Fraction], p: list[Fraction]) -> Fraction:
        found = [of(y[i : i + length], p[i : i + length], ones) for i in range(0, len(y), length)]
        return factor * sum(found, Fraction(0)) / len(found)

    return exactly(row)


def columns_exactly(of: Callable[..., Fraction]) -> Callable[..., Fraction]:
    def value(y: Array, p: Array, w: Array | None) -> Fraction:
        y, p = y.reshape(len(y), -1), p.reshape(len(p), -1)
        weights = [Fraction(v) for v in ([1] * len(y) if w is None else w.tolist())]
        found = [
            of([*map(Fraction, a.tolist())], [*map(Fraction, b.tolist())], weights)
            for a, b in zip(y.T, p.T, strict=True)
        ]
        return sum(found, Fraction(0)) / len(found)

    return value


def family(name: str, make: type, function: Any, exact: Any) -> tuple[Row, ...]:
    """Rows along each vector, and down the columns."""
    kind = name.partition("_")[0]
    down = of_dataset(kind)
    return (
        Row(name, wide, of_rows(function), rows_exactly(exact, 3), dtypes=F),
        Row(make(name="in rows"), vectors, of_rows(function), rows_exactly(exact, 5), dtypes=F),
        Row(make(axis=0), wide, down, columns_exactly(exact), dtypes=F),
        Row(make(axis=0), values, down, columns_exactly(exact), dtypes=F),
    )


ROWS: tuple[Row, ...] = (
    *family("cosine_similarity", dm.CosineSimilarity, np_cosine, cosine),
    Row(dm.CosineSimilarity(axis=1), vectors, of_rows(np_cosine, axis=1), dtypes=F),
    Row(
        "losses:cosine_similarity",
        wide,
        of_rows(np_cosine, factor=-1),
        rows_exactly(cosine, 3, Fraction(-1)),
        dtypes=F,
    ),
    Row(
        "keras1:cosine_proximity",
        wide,
        of_rows(np_cosine, factor=-1 / 3),
        rows_exactly(cosine, 3, Fraction(-1, 3)),
        dtypes=F,
    ),
    *family("pearson_correlation", dm.PearsonCorrelation, np_pearson, pearson),
    *family("concordance_correlation", dm.ConcordanceCorrelation, np_concordance, concordance),
    Row(
        dm.PearsonCorrelation(name="of one output"),
        values,
        of_dataset("pearson"),
        columns_exactly(pearson),
        dtypes=F,
    ),
)
