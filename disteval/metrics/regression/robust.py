"""Errors that grow more slowly than squares, and those of quantiles."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from disteval import backend
from disteval.errors import ArgumentError
from disteval.metrics.checks import require_number_arguments
from disteval.metrics.regression.means import CARRIED, ElementMean, OutputMean
from disteval.metrics.rows import PRED, TRUE, AbsoluteError
from disteval.numerics import elementary
from disteval.protocol import Batch, Metric, Schema

_LOG_2 = 0.6931471805599453
_NEAR = 2.0


@dataclass(frozen=True)
class LogCosh:
    """log(cosh(y - p)) of each element."""

    carries: ClassVar[tuple[str, ...]] = CARRIED

    def __call__(self, batch: Batch) -> Any:
        x = batch.derive(AbsoluteError())
        xp = backend.namespace(x)
        far = x + (elementary.log1p(elementary.exp(-2.0 * x)) - _LOG_2)
        # near zero the terms cancel: cosh x - 1 = 2 sinh²(x/2) does not
        half = elementary.expm1(xp.minimum(x, _NEAR) * 0.5)
        sinh = (half + half / (1.0 + half)) * 0.5
        return xp.where(x < _NEAR, elementary.log1p(2.0 * sinh * sinh), far)


@dataclass(frozen=True, repr=False)
class LogCoshError(ElementMean):
    """Mean logarithm of the hyperbolic cosine of the error, Σ wᵢ log(cosh(yᵢ - pᵢ)) / Σ wᵢ.

    About (y - p)² / 2 for small errors, and |y - p| - log 2 for large ones.

    Returns
    -------
    float
        0.0 with a warning where the total weight is zero.

    Notes
    -----
    Shapes: numbers (N,), (N, k) or (N, ...), y_true and y_pred alike.
    Range: [0, inf), lower is better.
    State: one exact sum, and the total weight.
    Exact: the exact mean of the float64 values of the rows, rounded once.
    Reference: keras.metrics.LogCoshError; keras.losses.LogCosh.

    Examples
    --------
    >>> LogCoshError()([0.0, 1.0], [1.0, 1.0])
    0.216890...
    """

    key: ClassVar[str] = "log_cosh_error"

    @property
    def values(self) -> LogCosh:
        """log(cosh(y - p))."""
        return LogCosh()


@dataclass(frozen=True)
class HuberLoss:
    """e² / 2 of each element where e = abs(y - p) is at most delta, else delta (e - delta / 2)."""

    delta: float

    carries: ClassVar[tuple[str, ...]] = CARRIED

    def __call__(self, batch: Batch) -> Any:
        e = batch.derive(AbsoluteError())
        xp = backend.namespace(e)
        return xp.where(e <= self.delta, 0.5 * e * e, self.delta * (e - 0.5 * self.delta))


@dataclass(frozen=True, repr=False)
class Huber(ElementMean):
    """Huber loss: the mean of e² / 2 where e = |y - p| is at most δ, and δ (e - δ / 2) elsewhere.

    Parameters
    ----------
    delta : float
        Where the loss turns from quadratic to linear; in units of y, above 0.

    Returns
    -------
    float
        0.0 with a warning where the total weight is zero.

    Notes
    -----
    Shapes: numbers (N,), (N, k) or (N, ...), y_true and y_pred alike.
    Range: [0, inf), lower is better.
    State: one exact sum, and the total weight.
    Exact: the exact mean of the float64 values of the rows, rounded once.
    Reference: keras.losses.Huber; keras.losses.huber.

    Examples
    --------
    >>> Huber()([0.0, 0.0], [1.0, 3.0])
    1.5
    >>> Huber(delta=2.0)([0.0, 0.0], [1.0, 3.0])
    2.25
    """

    delta: float = 1.0

    key: ClassVar[str] = "huber"

    def resolve(self, schema: Schema) -> Metric:
        """Check delta, kinds and shapes."""
        require_number_arguments(delta=self.delta)
        if not 0 < self.delta < math.inf:
            msg = f"expected a finite delta above 0, got {self.delta}"
            raise ArgumentError(msg)
        return super().resolve(schema)

    @property
    def values(self) -> HuberLoss:
        """The loss of each element."""
        return HuberLoss(float(self.delta))


@dataclass(frozen=True)
class PinballLoss:
    """alpha (y - p) of each element where that is not negative, else (alpha - 1) (y - p)."""

    alpha: float

    carries: ClassVar[tuple[str, ...]] = CARRIED

    def __call__(self, batch: Batch) -> Any:
        return pinball(batch.derive(TRUE) - batch.derive(PRED), self.alpha)


def pinball(e: Any, alpha: float) -> Any:
    """alpha e where e is not negative, else (alpha - 1) e."""
    return e * backend.namespace(e).where(e >= 0, alpha, -(1.0 - alpha))


@dataclass(frozen=True, repr=False)
class MeanPinballLoss(OutputMean):
    """Mean pinball loss of predicted quantiles q, Σ wᵢ max(q eᵢ, (q - 1) eᵢ) / Σ wᵢ, e = y - p.

    Parameters
    ----------
    alpha : float in [0, 1]
        The quantile q; at 0.5 the loss is half the mean absolute error.
    multioutput : "uniform_average", "raw_values" or one weight an output
        For rows (N, k): one value over all outputs, k values, or their weighted mean.

    Returns
    -------
    float, or float64 array (k,)
        In units of y. 0.0 with a warning where the total weight is zero.

    Notes
    -----
    Shapes: numbers (N,), (N, k) or (N, ...), y_true and y_pred alike; by output (N,) or (N, k).
    Range: [0, inf), lower is better.
    State: one exact sum (or k), and the total weight.
    Exact: the exact mean of the float64 values of the rows, rounded once.
    Reference: sklearn.metrics.mean_pinball_loss.

    Examples
    --------
    >>> MeanPinballLoss(alpha=0.1)([1.0, 2.0, 3.0], [0.0, 2.0, 3.0])
    0.03333333333333333
    """

    alpha: float = 0.5

    key: ClassVar[str] = "mean_pinball_loss"

    def resolve(self, schema: Schema) -> Metric:
        """Check alpha, kinds and shapes."""
        require_quantile(self.alpha)
        return super().resolve(schema)

    @property
    def values(self) -> PinballLoss:
        """The loss of each element."""
        return PinballLoss(float(self.alpha))


def require_quantile(alpha: Any) -> None:
    """Refuse what is no quantile."""
    require_number_arguments(alpha=alpha)
    if not 0 <= alpha <= 1:
        msg = f"expected alpha in [0, 1], got {alpha}"
        raise ArgumentError(msg)
