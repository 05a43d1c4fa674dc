"""Means of errors of logarithms."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from disteval import backend
from disteval.errors import DomainError
from disteval.metrics.regression.means import CARRIED, ElementMean, OutputMean, RootMean
from disteval.metrics.regression.outputs import MultiOutput
from disteval.metrics.rows import PRED, TRUE, Raw
from disteval.numerics import elementary
from disteval.protocol import Y_PRED, Y_TRUE, Batch, Reduction
from disteval.reductions import MinMax, MinMaxState


@dataclass(frozen=True)
class SquaredLogError:
    """(log(1 + y) - log(1 + p))² of each element, by one logarithm, in which nothing cancels.

    Parameters
    ----------
    floor : values below are raised to it first; None: they stay as they are
    """

    floor: float | None = None

    carries: ClassVar[tuple[str, ...]] = CARRIED

    def __call__(self, batch: Batch) -> Any:
        y, p = batch.derive(TRUE), batch.derive(PRED)
        xp = backend.namespace(y)
        low, high = xp.minimum(y, p), xp.maximum(y, p)
        if self.floor is not None:
            low, high = xp.maximum(low, self.floor), xp.maximum(high, self.floor)
        e = elementary.log1p((high - low) / (1.0 + low))
        e *= e
        return e


@dataclass(frozen=True, repr=False)
class MeanSquaredLogarithmicError(ElementMean):
    """Mean squared logarithmic error, Σ wᵢ (log(1 + yᵢ) - log(1 + pᵢ))² / Σ wᵢ.

    Values below 1e-7, negative ones among them, count as 1e-7.

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
    Reference: keras.metrics.MeanSquaredLogarithmicError.

    Examples
    --------
    >>> MeanSquaredLogarithmicError()([3.0, 5.0], [2.5, 7.0])
    0.050295803813198064
    """

    key: ClassVar[str] = "mean_squared_logarithmic_error"

    @property
    def values(self) -> SquaredLogError:
        """(log(1 + y) - log(1 + p))², of values of at least 1e-7."""
        return SquaredLogError(1e-7)


class _AboveMinusOne:
    """The domain of log(1 + x), of labels and of predictions."""

    name: str | None

    @property
    def checks(self) -> tuple[Reduction[Any], ...]:
        """The range of each column."""
        return (MinMax(Raw(Y_TRUE)), MinMax(Raw(Y_PRED)))

    def check(self, *ranges: MinMaxState) -> None:
        """Refuse -1 and below."""
        for column, state in zip((Y_TRUE, Y_PRED), ranges, strict=True):
            low = float(state.low[0])
            if low <= -1:
                msg = (
                    f"{self.name}: expected values above -1 in {column}, got {low}; "
                    "mean_squared_logarithmic_error raises negative ones to zero"
                )
                raise DomainError(msg)


@dataclass(frozen=True, repr=False)
class MeanSquaredLogError(_AboveMinusOne, OutputMean):
    """Mean squared logarithmic error of values above -1, Σ wᵢ (log(1 + yᵢ) - log(1 + pᵢ))² / Σ wᵢ.

    Parameters
    ----------
    multioutput : "uniform_average", "raw_values" or one weight an output
        For rows (N, k): one value over all outputs, k values, or their weighted mean.

    Returns
    -------
    float, or float64 array (k,)
        0.0 with a warning where the total weight is zero. Values of -1 and below are an error.

    Notes
    -----
    Shapes: numbers (N,), (N, k) or (N, ...), y_true and y_pred alike; by output (N,) or (N, k).
    Range: [0, inf), lower is better.
    State: one exact sum (or k), the total weight, and the ranges of both columns.
    Exact: the exact mean of the float64 values of the rows, rounded once.
    Reference: sklearn.metrics.mean_squared_log_error.

    Examples
    --------
    >>> MeanSquaredLogError()([3.0, 5.0], [2.5, 7.0])
    0.050295803813198064
    """

    key: ClassVar[str] = "mean_squared_log_error"

    @property
    def values(self) -> SquaredLogError:
        """(log(1 + y) - log(1 + p))²."""
        return SquaredLogError()


@dataclass(frozen=True, repr=False)
class RootMeanSquaredLogError(_AboveMinusOne, RootMean):
    """Root mean squared logarithmic error, √(Σ wᵢ (log(1 + yᵢ) - log(1 + pᵢ))² / Σ wᵢ).

    Parameters
    ----------
    multioutput : "uniform_average", "raw_values", one weight an output, or None
        For rows (N, k): the mean of one root an output, k roots, or their weighted mean. None:
        the root of the mean over all outputs.

    Returns
    -------
    float, or float64 array (k,)
        0.0 with a warning where the total weight is zero. Values of -1 and below are an error.

    Notes
    -----
    Shapes: numbers (N,) or (N, k), y_true and y_pred alike; (N, ...) where multioutput is None.
    Range: [0, inf), lower is better.
    State: one exact sum (or k), the total weight, and the ranges of both columns.
    Exact: the root of the exact mean of the float64 values of the rows, rounded once.
    Reference: sklearn.metrics.root_mean_squared_log_error.

    Examples
    --------
    >>> RootMeanSquaredLogError()([3.0, 5.0], [2.5, 7.0])
    0.2242672597888467
    """

    multioutput: MultiOutput | None = field(default="uniform_average", kw_only=True)

    key: ClassVar[str] = "root_mean_squared_log_error"

    @property
    def values(self) -> SquaredLogError:
        """(log(1 + y) - log(1 + p))²."""
        return SquaredLogError()
