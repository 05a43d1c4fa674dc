"""Mean and sum of a column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from disteval.metrics.base import RowMean
from disteval.metrics.checks import require_numbers, require_weights_of
from disteval.metrics.rows import Raw
from disteval.protocol import Y_TRUE, Metric, Reduction, RowFunction, Schema, Value
from disteval.reductions import ExactSum, SumState


@dataclass(frozen=True, repr=False)
class Mean(RowMean):
    """Mean of a column, Σ wᵢ xᵢ / Σ wᵢ; over all elements where rows have several.

    Parameters
    ----------
    column : str
        "y_true" (the values, where only they are given) or "y_pred".

    Returns
    -------
    float
        0.0 with a warning where the total weight is zero.

    Notes
    -----
    Shapes: numbers (N,) or (N, ...), of y_true alone; weights (N,), or of elements.
    Range: that of the values, no direction.
    State: one exact sum and the total weight.
    Exact: the exact mean of fl(w * x), rounded once; integers beyond 2**53 too.
    Reference: keras.metrics.Mean.

    Examples
    --------
    >>> Mean()([1e16, 1.0, -1e16])
    0.3333333333333333
    """

    column: str = Y_TRUE
    key: ClassVar[str] = "mean"

    def resolve(self, schema: Schema) -> Metric:
        """Check the kind."""
        require_numbers(schema, self.column)
        return self.with_elements(schema, self.column)

    @property
    def values(self) -> RowFunction:
        """The column."""
        return Raw(self.column)


@dataclass(frozen=True, repr=False)
class Sum(Metric):
    """Sum of a column, Σ wᵢ xᵢ.

    Parameters
    ----------
    column : str
        "y_true" (the values, where only they are given) or "y_pred".

    Returns
    -------
    float
        0.0 of no rows.

    Notes
    -----
    Shapes: numbers (N,) or (N, ...), of y_true alone; weights (N,), or of elements.
    Range: any, no direction.
    State: one exact sum.
    Exact: the exact sum of fl(w * x), rounded once; integers beyond 2**53 too.
    Reference: keras.metrics.Sum.

    Examples
    --------
    >>> Sum()([1e16, 1.0, -1e16])
    1.0
    """

    column: str = Y_TRUE
    key: ClassVar[str] = "sum"

    def resolve(self, schema: Schema) -> Metric:
        """Check the kind."""
        require_numbers(schema, self.column)
        return self

    def weighted_by(self, schema: Schema) -> Metric:
        """Every element times its weight."""
        require_weights_of(schema, self.column)
        return self

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The sum."""
        return (ExactSum(Raw(self.column)),)

    def compute(self, total: SumState) -> Value:
        """The sum, rounded once."""
        return total.value()
