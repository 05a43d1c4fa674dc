"""The element-wise mean of rows that are tensors."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from disteval.errors import ShapeError
from disteval.metrics.base import NO_WEIGHT
from disteval.metrics.checks import require_numbers, shown, size
from disteval.numerics.limbs import to_float
from disteval.protocol import (
    WEIGHT,
    Y_TRUE,
    Accumulator,
    Array,
    Batch,
    Metric,
    Outcome,
    Reduction,
    Schema,
    Value,
)
from disteval.reductions import ExactSum, SumState, TotalWeight


@dataclass(frozen=True)
class Elements:
    """The elements of each row of a column, one after the other: (rows, k)."""

    column: str

    @property
    def carries(self) -> tuple[str, ...]:
        """The columns whose NaN makes the value NaN."""
        return (self.column,)

    def __call__(self, batch: Batch) -> Any:
        return batch[self.column].reshape(batch.rows, -1)


@dataclass(frozen=True, repr=False)
class MeanTensor(Metric):
    """Mean of rows, element by element, Σ wᵢ xᵢ / Σ wᵢ: a tensor of the shape of a row.

    Alone, as in Keras, each `update_state` is one tensor, and a weight one for each element or
    for all of them; `evaluate` and `Evaluator` take the rows of an array (N, ...).

    Parameters
    ----------
    shape : tuple of int, optional
        Of a row; others are refused. None: that of the rows.
    column : str
        "y_true" (the values, where only they are given) or "y_pred".

    Returns
    -------
    float64 array of the shape of a row, or float
        0.0 with a warning where the total weight of an element is zero.

    Notes
    -----
    Shapes: numbers (N,) or (N, ...), of y_true alone; weights (N,), or of rows (N, k) also (N, k).
    Range: that of the values, no direction.
    State: one exact sum an element, and the total weight (of each element where they differ).
    Exact: the exact mean of fl(w * x), rounded once; integers beyond 2**53 too.
    Reference: tf.keras.metrics.MeanTensor.

    Examples
    --------
    >>> metric = MeanTensor()
    >>> metric.update_state([0.0, 1.0, 2.0, 3.0])
    >>> metric.update_state([4.0, 5.0, 6.0, 7.0])
    >>> metric.result()
    array([2., 3., 4., 5.])
    """

    shape: tuple[int, ...] | None = None
    column: str = Y_TRUE
    axes: tuple[int, ...] = field(default=(), kw_only=True, repr=False)
    """The shape of a row; set by `resolve`."""
    weights: int = field(default=1, kw_only=True, repr=False)
    """Weights of a row; set by `weighted_by`."""
    key: ClassVar[str] = "mean_tensor"

    def resolve(self, schema: Schema) -> Metric:
        """Check kind and shape."""
        require_numbers(schema, self.column)
        axes = schema[self.column].axes
        if self.shape is not None and self.shape != axes:
            msg = (
                f"expected rows of shape={self.shape}, got {self.column} of shape {shown(axes)}; "
                "leave shape out to take the rows as they are"
            )
            raise ShapeError(msg)
        return replace(self, axes=axes)

    def weighted_by(self, schema: Schema) -> Metric:
        """A weight for each element, of rows (N, k)."""
        if schema[WEIGHT].shape != schema[self.column].shape or len(self.axes) > 1:
            return super().weighted_by(schema)
        return replace(self, weights=size(self.axes))

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The sums, and the total weights."""
        return (ExactSum(Elements(self.column), size(self.axes)), TotalWeight(self.weights))

    def compute(self, total: SumState, weight: SumState) -> Value | Outcome:
        """The quotients, each rounded once."""
        sums, weights = total.fractions(), weight.fractions()
        values = np.zeros(len(sums))
        undefined = ""
        for i, numerator in enumerate(sums):
            j = i if self.weights > 1 else 0
            special = _special(total.special(i), weight.special(j), int(weights[j] > 0))
            if special is not None:
                values[i] = special
            elif weights[j]:
                values[i] = to_float(numerator / weights[j])
            else:
                undefined = NO_WEIGHT
        value: Array | float = values.reshape(self.axes) if self.axes else float(values[0])
        return Outcome(value, undefined=undefined) if undefined else value

    @property
    def _accumulated(self) -> Accumulator:
        return _OfTensors(super()._accumulated)


@dataclass(frozen=True)
class _OfTensors:
    """An accumulator of rows that takes one tensor, one row, at a time."""

    rows: Accumulator

    def update_state(self, y_true: Any, y_pred: Any = None, sample_weight: Any = None) -> None:
        tensor = np.asarray(y_true)
        if sample_weight is not None:
            sample_weight = np.broadcast_to(np.asarray(sample_weight, float), tensor.shape)[None]
        self.rows.update_state(tensor[None], y_pred, sample_weight)

    def value(self) -> Value:
        return self.rows.value()

    def reset_state(self) -> None:
        self.rows.reset_state()

    def merge_state(self, others: Any) -> None:
        self.rows.merge_state([other.rows for other in others])


def _special(total: float | None, weight: float | None, positive: int) -> float | None:
    """What the quotient is where the sum or the weight is not finite; None: both are."""
    if weight is not None:
        return math.nan
    if total is None:
        return None
    return total if positive else math.nan
