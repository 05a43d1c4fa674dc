"""Reference rows of the family `regression`."""

from __future__ import annotations

from fractions import Fraction

from sklearn import metrics as sk

from disteval import metrics as dm
from tests.references.rows import (
    F,
    Row,
    exact_r2,
    mae,
    mean_of_roots,
    mse,
    of,
    root_of,
    values,
    wide,
)

ROWS: tuple[Row, ...] = (
    Row("mean_squared_error", values, of(sk.mean_squared_error), mse, dtypes=F),
    Row(dm.MeanSquaredError(name="outputs"), wide, of(sk.mean_squared_error), mse, dtypes=F),
    Row(
        dm.MeanSquaredError(multioutput="raw_values"),
        wide,
        of(sk.mean_squared_error, multioutput="raw_values"),
        lambda y, p, w: [mse(y[:, j], p[:, j], w) for j in range(3)],
        dtypes=F,
    ),
    Row(
        dm.MeanAbsoluteError(multioutput=(0.5, 0.25, 0.25)),
        wide,
        of(sk.mean_absolute_error, multioutput=[0.5, 0.25, 0.25]),
        lambda y, p, w: sum(
            (Fraction(v) * mae(y[:, j], p[:, j], w) for j, v in enumerate((0.5, 0.25, 0.25))),
            Fraction(0),
        ),
        dtypes=F,
    ),
    Row("root_mean_squared_error", values, of(sk.root_mean_squared_error), root_of(mse), dtypes=F),
    Row(
        "sklearn:root_mean_squared_error",
        wide,
        of(sk.root_mean_squared_error),
        mean_of_roots,
        dtypes=F,
    ),
    Row("mean_absolute_error", values, of(sk.mean_absolute_error), mae, dtypes=F),
    Row("r2_score", values, of(sk.r2_score), exact_r2, dtypes=F),
    Row(dm.R2Score(name="outputs"), wide, of(sk.r2_score), exact_r2, dtypes=F),
    Row("sklearn:r2_score", wide, of(sk.r2_score), exact_r2, dtypes=F),
)  # fmt: skip
