"""Rows of several outputs: `multioutput`, and exact means of each output."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Literal, Self

import numpy as np

from disteval.errors import ArgumentError, ShapeError
from disteval.metrics.checks import (
    require_numbers,
    require_same_shape,
    require_weights_of,
    shown,
    size,
)
from disteval.numerics import limbs
from disteval.protocol import Y_PRED, Y_TRUE, Metric, Schema, Value
from disteval.reductions import SumState, TotalWeight

MultiOutput = Literal["uniform_average", "raw_values"] | tuple[float, ...]


@dataclass(frozen=True, repr=False)
class ByOutput(Metric):
    """A metric of rows (N,) or (N, k) that has a value for each of the k outputs."""

    outputs: int = field(default=1, kw_only=True, repr=False)
    """Set by `resolve`."""
    weights: int = field(default=1, kw_only=True, repr=False)
    """Weights of a row: one, or one an output; set by `weighted_by`."""

    @property
    def total_weight(self) -> TotalWeight:
        """The total weight, of all outputs or of each."""
        return TotalWeight(self.weights)

    def by_output(self, schema: Schema) -> Self:
        """The metric for as many outputs as there are."""
        return replace(self, outputs=outputs_of(schema))

    def weighted_by(self, schema: Schema) -> Metric:
        """Each output by its own weights."""
        require_weights_of(schema, Y_TRUE, Y_PRED)
        return replace(self, weights=self.outputs)


def weights_of_outputs(weight: SumState, outputs: int) -> list[Fraction]:
    """The total weight of each output."""
    found = weight.fractions()
    return [found[j * len(found) // outputs] for j in range(outputs)]


def outputs_of(schema: Schema) -> int:
    """The number of outputs of rows (N,) or (N, k) of numbers."""
    require_numbers(schema, Y_TRUE, Y_PRED)
    require_same_shape(schema)
    shape = schema[Y_PRED].shape
    if len(shape) > 1:
        msg = f"expected rows of shape (N,) or (N, k) for values by output, got {shown(shape)}"
        raise ShapeError(msg)
    return size(shape)


def check_multioutput(multioutput: Any, outputs: int) -> None:
    """Refuse what is neither a rule nor one weight an output."""
    if isinstance(multioutput, tuple):
        if len(multioutput) != outputs:
            msg = f"expected one weight for each of {outputs} outputs, got {len(multioutput)}"
            raise ArgumentError(msg)
        numbers = all(isinstance(w, int | float) and math.isfinite(w) for w in multioutput)
        if not numbers or not any(multioutput):
            msg = f"expected finite weights of outputs, not all zero, got {multioutput!r}"
            raise ArgumentError(msg)
    elif multioutput not in ("uniform_average", "raw_values", None):
        msg = (
            "expected multioutput 'uniform_average', 'raw_values' or one weight an output, got "
            f"{multioutput!r}"
        )
        raise ArgumentError(msg)


def exact_means(total: SumState, weight: SumState, elements: int = 1) -> list[Any]:
    """Exact mean of each column; inf or nan where a value was not finite."""
    sums = total.fractions()
    weights = weights_of_outputs(weight, len(sums))
    several = weight.limbs.shape[1] > 1
    return [
        _quotient(s, w * elements, total.special(j), weight.special(j if several else 0))
        for j, (s, w) in enumerate(zip(sums, weights, strict=True))
    ]


def _quotient(s: Fraction, w: Fraction, special: float | None, w_special: float | None) -> Any:
    if w_special is not None or not w:
        return math.nan
    return s / w if special is None else math.copysign(1.0, w) * special


def averaged(values: list[Any], multioutput: Any) -> Value:
    """One value an output, or their (weighted) mean, rounded once."""
    if multioutput == "raw_values":
        return np.array([as_float(v) for v in values])
    weights = (
        [Fraction(w) for w in multioutput]
        if isinstance(multioutput, tuple)
        else [Fraction(1)] * len(values)
    )
    return as_float(weighted_mean(values, weights))


def weighted_mean(values: list[Any], weights: list[Fraction]) -> Any:
    """Weighted mean; plain floats (NaN, infinities) carry over."""
    specials = [float(v) for v in values if isinstance(v, float)]
    if specials:
        return math.fsum(specials) if len({*specials}) == 1 else math.nan
    total = sum(weights)
    return sum(v * w for v, w in zip(values, weights, strict=True)) / total if total else math.nan


def exactly(value: float) -> Any:
    """A double as a fraction; NaN and infinities as they are."""
    return Fraction(value) if math.isfinite(value) else value


def as_float(value: Any) -> float:
    """An exact number rounded once; floats as they are."""
    return limbs.to_float(value) if isinstance(value, Fraction) else float(value)
