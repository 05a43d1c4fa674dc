"""Reference rows of the family `aggregation`."""

from __future__ import annotations

from tests.references.rows import (
    F,
    Row,
    exact_total,
    mean,
    mean_of_column,
    one_column,
    sum_of_column,
)

ROWS: tuple[Row, ...] = (
    Row("mean", one_column, mean_of_column, mean, dtypes=F),
    Row("sum", one_column, sum_of_column, exact_total, dtypes=F),
)  # fmt: skip
