"""Rows of several outputs: `multioutput`, and exact means of each output."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from disteval.errors import ArgumentError
from disteval.numerics import limbs
from disteval.protocol import Value
from disteval.reductions import (
    SumState,
    quotients,
)

MultiOutput = Literal["uniform_average", "raw_values"] | tuple[float, ...]


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
    w = weight.fractions()[0] * elements
    rounded = quotients(total, weight)
    finite = weight.special() is None
    return [
        s / w if finite and total.special(j) is None else rounded[j]
        for j, s in enumerate(total.fractions())
    ]


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


def as_float(value: Any) -> float:
    """An exact number rounded once; floats as they are."""
    return limbs.to_float(value) if isinstance(value, Fraction) else float(value)
