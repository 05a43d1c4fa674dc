"""How much of a Tweedie deviance predictions explain."""

from __future__ import annotations

import decimal
import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar

from disteval.metrics.base import NO_WEIGHT, TOO_FEW, is_weightless
from disteval.metrics.regression.deviance import Tweedie
from disteval.metrics.regression.fits import INFINITE, Fit, fits_of, moments
from disteval.metrics.regression.maximum import Present
from disteval.metrics.regression.outputs import as_float
from disteval.metrics.rows import TRUE, Every, Raw
from disteval.numerics import elementary
from disteval.protocol import Y_TRUE, Batch, Outcome, Reduction, Value
from disteval.reductions import Count, CountState, ExactSum, MinMax, SumState, TotalWeight

_CONSTANT = "y_true is constant"
_NO_POWER = "the mean of y_true is not above 0"
_DIGITS = decimal.Context(prec=60, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN)


@dataclass(frozen=True)
class Potential:
    """What the deviance from the mean is made of: y^(2 - q), y log y or log y of each row."""

    power: float

    def __call__(self, batch: Batch) -> Any:
        y = batch.derive(TRUE)
        if self.power == 2:
            return elementary.log(y)
        if self.power == 1:
            # 0 log 0 = 0
            return y * elementary.log(y + (y == 0))
        if self.power == 3:
            return 1.0 / y
        return elementary.power(y * (y > 0) if self.power < 0 else y, 2.0 - self.power)


@dataclass(frozen=True, repr=False)
class D2TweedieScore(Tweedie):
    """D²: the fraction of the Tweedie deviance explained, 1 - Σ wᵢ d(yᵢ, pᵢ) / Σ wᵢ d(yᵢ, ȳ).

    Parameters
    ----------
    power : float, at most 0 or at least 1
        As of `MeanTweedieDeviance`; 0 is R².

    Returns
    -------
    float
        NaN with a warning for fewer than two rows and for constant labels. What lies outside the
        domain of the deviance is an error.

    Notes
    -----
    The deviance from the mean is a function of the mean and of one more sum, so that one pass
    does.

    Shapes: numbers (N,), y_true and y_pred alike.
    Range: (-inf, 1], higher is better.
    State: three exact sums and the total weight (for the power 0 five), ranges of the columns,
        the number of rows.
    Exact: a formula of exact sums of the float64 values of the rows, in 60 digits, rounded once;
        for the power 0 the rational number that the inputs give.
    Reference: sklearn.metrics.d2_tweedie_score.

    Examples
    --------
    >>> D2TweedieScore(power=1)([0.5, 1.0, 2.5, 7.0], [1.0, 1.0, 5.0, 3.5])
    0.4879151349031141
    """

    power: float = 0

    key: ClassVar[str] = "d2_tweedie_score"

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The deviance, what its value at the mean is made of, and the flags."""
        rows = Count(Every(), weighted=False)
        if self.power == 0:
            return (moments(1), TotalWeight(), rows)
        return (
            ExactSum(self.values),
            TotalWeight(),
            rows,
            ExactSum(TRUE),
            ExactSum(Potential(float(self.power))),
            MinMax(Present(Raw(Y_TRUE))),
            *self.checks,
        )

    def compute(self, left: Any, weight: Any, rows: CountState, *others: Any) -> Value | Outcome:
        """From exact sums."""
        if others:
            self.check(*others[3:])
        few = rows.rows < 2
        if few or is_weightless(weight):
            return Outcome(math.nan, undefined=TOO_FEW if few else NO_WEIGHT)
        fit = self._fit(left, weight, *others[:3]) if others else _squared(left, weight)
        if isinstance(fit, str):
            return Outcome(math.nan, undefined=fit)
        return as_float(1 - fit.left / fit.there)

    def _fit(self, left: Any, weight: Any, y: Any, potential: Any, labels: Any) -> Fit | str:
        """The deviances of predictions and of the mean, or why there are none."""
        if any(state.special() is not None for state in (left, weight, y, potential)):
            return INFINITE
        if labels.low[0] == labels.high[0]:
            return _CONSTANT
        w = weight.fractions()[0]
        there = _from_mean(float(self.power), potential.fractions()[0] / w, y.fractions()[0] / w)
        return _NO_POWER if there is None else Fit(left.fractions()[0] / w, there)


def _squared(left: SumState, weight: SumState) -> Fit | str:
    fits = fits_of(left, weight, 1)
    if fits is None:
        return INFINITE
    return fits[0] if fits[0].there else _CONSTANT


def _from_mean(q: float, potential: Fraction, mean: Fraction) -> Fraction | None:
    """The mean deviance from the mean; None where that has no such power."""
    if q == 2:
        return 2 * (_log(mean) - potential)
    if q == 1:
        return 2 * (potential - mean * _log(mean))
    a = 2.0 - q
    powered = _power(mean, a)
    return None if powered is None else 2 * (potential - powered) / Fraction((1.0 - q) * a)


def _power(x: Fraction, a: float) -> Fraction | None:
    if a.is_integer() and abs(a) < 100:
        return x ** int(a)
    if x <= 0:
        return Fraction(0) if x == 0 and a > 0 else None
    return Fraction(_DIGITS.exp(_DIGITS.multiply(Decimal(a), _decimal_log(x))))


def _log(x: Fraction) -> Fraction:
    return Fraction(_decimal_log(x))


def _decimal_log(x: Fraction) -> Decimal:
    return _DIGITS.ln(_DIGITS.divide(Decimal(x.numerator), Decimal(x.denominator)))
