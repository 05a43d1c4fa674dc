"""Reference rows of quantiles, and their definition in rational numbers."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn import metrics as sk
from sklearn.utils.stats import _weighted_percentile

from disteval import metrics as dm
from tests.references.regression import multioutput, tied
from tests.references.rows import F, Row, one_column, values, wide

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.references.rows import Array

Of = Any
"""A function of (y_true, y_pred) to the values of rows."""


def labels(y: Array, _: Array | None) -> Array:
    return y


def predictions(_: Array, p: Array) -> Array:
    return p


def error(y: Array, p: Array) -> Array:
    return p - y


def absolute_error(y: Array, p: Array) -> Array:
    return abs(y - p)


# --- exact values -------------------------------------------------------------------------------


def exact_quantile(x: Sequence[Any], w: Sequence[Any] | None, q: Fraction, method: str) -> Any:
    """Return the definition; integer weights repeat rows."""
    weights = [Fraction(1)] * len(x) if w is None else [Fraction(v) for v in w]
    pairs = sorted((Fraction(a), v) for a, v in zip(x, weights, strict=True) if v)
    upto = list(accumulate(v for _, v in pairs))

    def first(reached: Callable[[Fraction], bool]) -> Fraction:
        found = (a for (a, _), v in zip(pairs, upto, strict=True) if reached(v))
        return next(found, pairs[-1][0])

    if method == "linear":
        place = q * (upto[-1] - 1)
        low, high = (first(lambda v, k=k: v > k) for k in (math.floor(place), math.ceil(place)))  # type: ignore[misc]
        return low + (place - math.floor(place)) * (high - low)
    low = first(lambda v: v >= q * upto[-1])
    if method == "inverted_cdf":
        return low
    return (low + first(lambda v: v > q * upto[-1])) / 2


def exactly(of: Of, *levels: str, method: str | None = None, outputs: int = 0) -> Any:
    """Return the exact value, of each output where there are several."""

    def exact(y: Array, p: Array | None, w: Array | None) -> list[Fraction]:
        x = of(y, p).reshape(len(y), -1)
        own = None if w is None else w.tolist()
        kind = method or usual(w)
        found = [
            [exact_quantile(column.tolist(), own, Fraction(q), kind) for column in x.T]
            for q in levels
        ]
        if outputs:
            return [value for row in found for value in row]
        return [sum(row, Fraction(0)) / len(row) for row in found]

    return exact


def usual(w: Array | None) -> str:
    fractional = w is not None and w.dtype.kind == "f"
    return "averaged_inverted_cdf" if fractional else "linear"


def one(of: Of) -> Callable[..., Fraction]:
    """Return the exact median."""
    exact = exactly(of, "0.5", method="averaged_inverted_cdf")

    def median(y: Array, p: Array | None, w: Array | None) -> Fraction:
        found: list[Fraction] = exact(y, p, w)
        return found[0]

    return median


# --- references ---------------------------------------------------------------------------------


def quantile(of: Of, q: Any, method: str | None = None, outputs: int = 0) -> Any:
    """Return NumPy's or scikit-learn's quantile of each output, or its mean."""

    def reference(y: Array, p: Array | None, w: Array | None) -> Any:
        x, kind = of(y, p), method or usual(w)
        if w is not None and kind == "linear":
            x, w = np.repeat(x, w, axis=0), None
        if w is None:
            found = np.quantile(x, q, axis=0, method=kind)  # type: ignore[call-overload]
        elif kind == "inverted_cdf":
            found = np.quantile(x, q, axis=0, method=kind, weights=w)  # type: ignore[call-overload]
        else:
            ranks = 100 * np.atleast_1d(q)
            found = np.array([_weighted_percentile(x, w, rank, average=True) for rank in ranks])
            found = found if isinstance(q, tuple) else found[0]
        if x.ndim > 1 and not outputs:
            return found.mean(axis=-1)
        return found

    return reference


# --- rows

TENTHS = (0.1, 0.5, 0.9)

ROWS: tuple[Row, ...] = (
    *multioutput("median_absolute_error", sk.median_absolute_error, one(absolute_error)),
    Row("median", one_column, quantile(labels, 0.5), one(labels), dtypes=F),
    Row(dm.Median(of="error"), tied, quantile(error, 0.5), one(error), dtypes=F),
    Row("quantile", one_column, quantile(labels, 0.5), exactly(labels, "0.5"), dtypes=F),
    Row(
        dm.Quantile(0.95, of="absolute_error"),
        values,
        quantile(absolute_error, 0.95),
        exactly(absolute_error, "0.95"),
        dtypes=F,
    ),
    Row(
        dm.Quantile(TENTHS, of="error", multioutput="raw_values"),
        wide,
        quantile(error, TENTHS, outputs=3),
        exactly(error, *map(str, TENTHS), outputs=3),
        dtypes=F,
    ),
    Row(
        dm.Quantile(TENTHS, of="y_pred", method="inverted_cdf"),
        partial(tied, outputs=3),
        quantile(predictions, TENTHS, "inverted_cdf"),
        exactly(predictions, *map(str, TENTHS), method="inverted_cdf"),
        dtypes=F,
    ),
    Row(
        dm.Quantile((0, 0.25, 1), method="averaged_inverted_cdf"),
        tied,
        quantile(labels, (0, 0.25, 1), "averaged_inverted_cdf"),
        exactly(labels, "0", "0.25", "1", method="averaged_inverted_cdf"),
        dtypes=F,
    ),
)
