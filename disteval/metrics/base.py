"""What families share: means of row values, and the reasons and numbers that several use."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Self, TypeVar

from disteval.errors import ArgumentError
from disteval.metrics.checks import require_weights_of, size
from disteval.protocol import (
    WEIGHT,
    Y_PRED,
    Y_TRUE,
    Metric,
    Outcome,
    Reduction,
    RowFunction,
    Schema,
    Value,
)
from disteval.reductions import ExactSum, SumState, TotalWeight, quotients

NO_WEIGHT = "the total weight is zero, or there are no rows"
NOT_FINITE = "there are weights that are not finite"
TOO_FEW = "D² needs two rows"
EPSILON = 1e-7
"""Keras's ``keras.config.epsilon()``."""

T = TypeVar("T")


@dataclass(frozen=True, repr=False)
class RowMean(Metric):
    """Σ wᵢ fᵢ / Σ wᵢ of a row function f; over all elements where rows have several.

    A metric of this kind is its `values`, and a check of the schema in `resolve`.
    """

    elements: int = field(default=1, kw_only=True, repr=False)
    """Values of a row, of each of its weights; set by `resolve` and `weighted_by`."""

    @property
    def values(self) -> RowFunction:
        """The row function."""
        raise NotImplementedError

    @property
    def checks(self) -> tuple[Reduction[Any], ...]:
        """Reductions whose states `check` judges."""
        return ()

    def check(self, *states: Any) -> None:
        """Raise where the data is outside the metric's domain."""

    def weighted_by(self, schema: Schema) -> Metric:
        """Of weights of single elements: the mean over all elements that have one."""
        require_weights_of(schema, Y_TRUE, Y_PRED)
        weights = size(schema[WEIGHT].shape)
        if self.elements % weights:  # of classes, which make one value
            return super().weighted_by(schema)
        return replace(self, elements=self.elements // weights)

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The sum, the total weight, and the flags."""
        return (ExactSum(self.values), TotalWeight(), *self.checks)

    def compute(self, total: SumState, weight: SumState, *flags: Any) -> Value | Outcome:
        """The quotient, rounded once."""
        self.check(*flags)
        if is_weightless(weight):
            return Outcome(0.0, undefined=NO_WEIGHT)
        return mean(total, weight, self.elements)

    def with_elements(self, schema: Schema, column: str = Y_PRED) -> Self:
        """The metric for rows of this column's shape."""
        return replace(self, elements=size(schema[column].shape))


def once_resolved(metric: Metric, found: T | None) -> T:
    """What `resolve` sets; an error before."""
    if found is None:
        msg = f"{metric!r} has not been resolved against a schema"
        raise ArgumentError(msg)
    return found


def is_weightless(weight: SumState) -> bool:
    """Whether the total weight is zero (infinite weights are another thing)."""
    return weight.special() is None and not weight.limbs[0].any()


def mean(total: SumState, weight: SumState, elements: int = 1) -> float:
    """total / (weight * elements) of the first column, rounded once."""
    return quotients(total, weight, elements)[0]
