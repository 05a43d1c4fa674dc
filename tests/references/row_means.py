"""Means of row values: by NumPy, and exactly."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.references.rows import Array

DIGITS = 40


def averaged(losses: Callable[..., Array]) -> Callable[..., float]:
    """Return the weighted mean of a function that gives one loss a row, or several."""

    def reference(y: Array, p: Array, w: Array | None) -> float:
        found = losses(y, p).reshape(len(y), -1).mean(axis=1)
        return float(np.average(found, weights=w))

    return reference


def exactly(loss: Callable[[list[Fraction], list[Fraction]], Fraction]) -> Callable[..., Fraction]:
    """Return the weighted mean of the loss of a row, exactly; a label alone is a list of one."""

    def exact(y: Array, p: Array, w: Array | None) -> Fraction:
        weights = fractions([1] * len(y) if w is None else w.tolist())
        rows = zip(y.reshape(len(y), -1).tolist(), p.reshape(len(p), -1).tolist(), strict=True)
        with localcontext(prec=DIGITS):
            losses = [loss(fractions(t), fractions(q)) for t, q in rows]
        pairs = zip(weights, losses, strict=True)
        return sum((v * x for v, x in pairs), Fraction(0)) / sum(weights)

    return exact


def fractions(values: Iterable[Any]) -> list[Fraction]:
    return [Fraction(v) for v in values]


def decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def log(value: Fraction) -> Fraction:
    """Natural logarithm, to 40 digits."""
    return Fraction(decimal(value).ln())


def exp(value: Fraction) -> Fraction:
    return Fraction(decimal(value).exp())


def power(value: Fraction, exponent: float) -> Fraction:
    """A power to 40 digits; 0 of 0."""
    return exp(Fraction(exponent) * log(value)) if value else Fraction(0)


def mean(values: Iterable[Fraction]) -> Fraction:
    found = list(values)
    return sum(found, Fraction(0)) / len(found)
