"""Reference rows of the family `aggregation`."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from sklearn import metrics as sk

from disteval import metrics as dm
from tests.references.rows import (
    Array,
    Columns,
    F,
    Row,
    absolute,
    exact_mean,
    exact_total,
    itself,
    mean,
    mean_of_column,
    of,
    one_column,
    sum_of_column,
    values,
)


def tensors(rng: np.random.Generator, n: int) -> Columns:
    # of few bits: three times a value is no more rounded than the value three times
    return {"y_true": rng.integers(-2_000, 2_000, (n, 2, 3)) / 16}


def mean_of_tensors(y: Array, _: Array | None, w: Array | None) -> Any:
    return np.average(y, axis=0, weights=w)


def exact_means(y: Array, _: Any, w: Any) -> list[Fraction]:
    flat = y.reshape(len(y), -1)
    return [exact_mean(itself, flat[:, j], None, w) for j in range(flat.shape[1])]


def absolute_error(y_true: Array, y_pred: Array) -> Array:
    return abs(y_true - y_pred)


def wide(rng: np.random.Generator, n: int) -> Columns:
    return values(rng, n, 3)


WRAPPED = dm.MeanMetricWrapper(absolute_error)
MAE = of(sk.mean_absolute_error)

ROWS: tuple[Row, ...] = (
    Row("mean", one_column, mean_of_column, mean, dtypes=F),
    Row("sum", one_column, sum_of_column, exact_total, dtypes=F),
    Row("mean_tensor", tensors, mean_of_tensors, exact_means, dtypes=F, alone=False),
    Row(WRAPPED, values, MAE, partial(exact_mean, absolute), dtypes=F, id="a value a row"),
    Row(WRAPPED, wide, MAE, partial(exact_mean, absolute), dtypes=F, id="values a row"),
    Row(dm.MeanMetricWrapper("mae"), values, MAE, partial(exact_mean, absolute), id="a name"),
)  # fmt: skip
