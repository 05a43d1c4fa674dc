"""Logarithms of exact numbers, to 40 digits."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

DIGITS = Context(prec=40, rounding=ROUND_HALF_EVEN, traps=[])


def log(value: Fraction) -> Fraction:
    """The natural logarithm of a number above 0."""
    quotient = DIGITS.divide(Decimal(value.numerator), Decimal(value.denominator))
    return Fraction(DIGITS.ln(quotient))
