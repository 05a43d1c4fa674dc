"""Deviances of the Tweedie family: normal, Poisson, compound Poisson, gamma, inverse Gaussian."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from disteval import backend
from disteval.errors import ArgumentError, DomainError
from disteval.metrics.checks import require_number_arguments
from disteval.metrics.regression.maximum import require_one_output
from disteval.metrics.regression.means import CARRIED, ElementMean
from disteval.metrics.rows import PRED, TRUE, Raw, SquaredError
from disteval.numerics import elementary
from disteval.protocol import Y_PRED, Y_TRUE, Batch, Metric, Reduction, RowFunction, Schema
from disteval.reductions import MinMax, MinMaxState

_NEAR = 0.25  # where abs(y / p - 1) is less, the formulas cancel and the series is used
_SMALLEST_TERM = 2.0**-56
_MOST_TERMS = 200


@dataclass(frozen=True)
class Deviance:
    """The unit deviance of each row, for a power of the Tweedie family other than 0.

    2 (y^a / ((1 - q) a) - y p^(1 - q) / (1 - q) + p^a / a) with q the power and a = 2 - q, and
    its limits at 1 and 2.
    """

    power: float

    carries: ClassVar[tuple[str, ...]] = CARRIED

    def __call__(self, batch: Batch) -> Any:
        y, p = batch.derive(TRUE), batch.derive(PRED)
        t = (y - p) / p
        if self.power == 3:
            return t * t / y
        scale = self._scale(p)
        series = self._series(t)
        series *= scale
        return 2.0 * backend.namespace(y).where(
            abs(t) < _NEAR, series, self._formula(y, p, t, scale)
        )

    def _scale(self, p: Any) -> Any:
        """P to the power of 2 - q."""
        if self.power in (1, 2):
            return p if self.power == 1 else 1.0
        return elementary.power(p, 2.0 - self.power)

    def _series(self, t: Any) -> Any:
        """t² Σ c(k) t^k: half the deviance of y = (1 + t) p by p to the power of 2 - q."""
        first, *others = reversed(_coefficients(self.power))
        total = first + 0.0 * t
        for coefficient in others:
            total *= t
            total += coefficient
        total *= t
        total *= t
        return total

    def _formula(self, y: Any, p: Any, t: Any, scale: Any) -> Any:
        q, a = self.power, 2.0 - self.power
        xp = backend.namespace(y)
        if q == 1:
            # 0 log 0 = 0
            return y * elementary.log(xp.where(y > 0, y / p, 1.0)) - (y - p)
        if q == 2:
            return t - elementary.log(y / p)
        own = elementary.power(xp.maximum(y, 0.0) if q < 0 else y, a)
        return own / ((1.0 - q) * a) - y / p * scale / (1.0 - q) + scale / a


def _coefficients(power: float) -> list[float]:
    """C(0) = 1/2, c(k + 1) = c(k) (-q - k) / (k + 3): as many as count where t is below _NEAR."""
    found = [0.5]
    size = 1.0
    while size > _SMALLEST_TERM and found[-1] and len(found) < _MOST_TERMS:
        k = len(found) - 1
        found.append(found[-1] * (-power - k) / (k + 3))
        size = abs(found[-1]) * _NEAR ** (k + 1)
    return found


class Tweedie(ElementMean):
    """What metrics of a power share: its check, and the domain that it has."""

    power: float

    def resolve(self, schema: Schema) -> Metric:
        """Check the power, kinds and shapes."""
        require_number_arguments(power=self.power)
        if not (self.power <= 0 or self.power >= 1) or abs(self.power) == float("inf"):
            msg = f"expected a power of at most 0 or at least 1, got {self.power}"
            raise ArgumentError(msg)
        resolved = super().resolve(schema)
        require_one_output(schema)
        return resolved

    @property
    def values(self) -> RowFunction:
        """The unit deviance."""
        return SquaredError() if self.power == 0 else Deviance(float(self.power))

    @property
    def checks(self) -> tuple[Reduction[Any], ...]:
        """The range of each column."""
        return (MinMax(Raw(Y_TRUE)), MinMax(Raw(Y_PRED))) if self.power else ()

    def check(self, *ranges: MinMaxState) -> None:
        """Refuse what has no deviance of this power."""
        for column, state in zip((Y_TRUE, Y_PRED), ranges, strict=bool(ranges)):
            low = float(state.low[0])
            strict = column == Y_PRED or self.power >= 2
            if (column == Y_PRED or self.power > 0) and (low <= 0 if strict else low < 0):
                wanted = "above 0" if strict else "of at least 0"
                msg = (
                    f"{self.name}: expected values {wanted} in {column} for the power "
                    f"{self.power}, got {low}; only the power 0 takes all values"
                )
                raise DomainError(msg)


@dataclass(frozen=True, repr=False)
class MeanTweedieDeviance(Tweedie):
    """Mean deviance of a Tweedie distribution whose variance grows as the mean to a power.

    Parameters
    ----------
    power : float, at most 0 or at least 1
        0: the squared error. 1: Poisson, 2 (y log(y / p) - y + p). 2: gamma,
        2 (log(p / y) + y / p - 1). 3: inverse Gaussian. Negative: extreme stable distributions.

    Returns
    -------
    float
        0.0 with a warning where the total weight is zero. Predictions of 0 and below are an
        error, except for the power 0; so are negative labels from the power 1 on, and zeros
        from 2 on.

    Notes
    -----
    Shapes: numbers (N,), y_true and y_pred alike.
    Range: [0, inf), lower is better.
    State: one exact sum, the total weight, and the ranges of both columns.
    Exact: the exact mean of the float64 values of the rows, rounded once; where y is near p
        these come from a series that loses nothing.
    Reference: sklearn.metrics.mean_tweedie_deviance, mean_poisson_deviance, mean_gamma_deviance.

    Examples
    --------
    >>> MeanTweedieDeviance(power=1)([2.0, 0.0, 1.0, 4.0], [0.5, 0.5, 2.0, 2.0])
    1.426...
    """

    power: float = 0

    key: ClassVar[str] = "mean_tweedie_deviance"
