"""Means of errors of numeric predictions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from disteval.metrics.regression.means import CARRIED, OutputMean, RootMean
from disteval.metrics.regression.outputs import MultiOutput
from disteval.metrics.rows import PRED, TRUE, AbsoluteError, SquaredError
from disteval.protocol import Batch


@dataclass(frozen=True, repr=False)
class MeanSquaredError(OutputMean):
    """Mean squared error, Σ wᵢ (yᵢ - pᵢ)² / Σ wᵢ.

    Parameters
    ----------
    multioutput : "uniform_average", "raw_values" or one weight an output
        For rows (N, k): one value over all outputs, k values, or their weighted mean.

    Returns
    -------
    float, or float64 array (k,)
        In squared units of y. 0.0 with a warning where the total weight is zero.

    Notes
    -----
    Shapes: numbers (N,), (N, k) or (N, ...), y_true and y_pred alike; by output (N,) or (N, k).
    Range: [0, inf), lower is better.
    State: one exact sum (or k), and the total weight.
    Exact: the exact mean of fl(fl(y - p)²), rounded once, for any chunking and order.
    Reference: keras.metrics.MeanSquaredError; sklearn.metrics.mean_squared_error.

    Examples
    --------
    >>> m = MeanSquaredError()
    >>> m.update_state([1.0, 2.0, 3.0], [1.0, 2.0, 5.0])
    >>> m.result()
    1.3333333333333333
    """

    key: ClassVar[str] = "mean_squared_error"

    @property
    def values(self) -> SquaredError:
        """(y - p)²."""
        return SquaredError()


@dataclass(frozen=True, repr=False)
class MeanAbsoluteError(OutputMean):
    """Mean absolute error, Σ wᵢ |yᵢ - pᵢ| / Σ wᵢ.

    Parameters
    ----------
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
    Exact: the exact mean of fl(|y - p|), rounded once, for any chunking and order.
    Reference: keras.metrics.MeanAbsoluteError; sklearn.metrics.mean_absolute_error.

    Examples
    --------
    >>> MeanAbsoluteError()([1.0, 2.0], [1.0, 5.0])
    1.5
    """

    key: ClassVar[str] = "mean_absolute_error"

    @property
    def values(self) -> AbsoluteError:
        """|y - p|."""
        return AbsoluteError()


@dataclass(frozen=True, repr=False)
class RootMeanSquaredError(RootMean):
    """Root mean squared error, √(Σ wᵢ (yᵢ - pᵢ)² / Σ wᵢ).

    Parameters
    ----------
    multioutput : None, "uniform_average", "raw_values" or one weight an output
        For rows (N, k). None: the root of the mean over all outputs, as Keras; otherwise one
        root an output, averaged, as scikit-learn.

    Returns
    -------
    float, or float64 array (k,)
        In units of y. 0.0 with a warning where the total weight is zero.

    Notes
    -----
    Shapes: numbers (N,), (N, k) or (N, ...), y_true and y_pred alike; by output (N,) or (N, k).
    Range: [0, inf), lower is better.
    State: one exact sum (or k), and the total weight.
    Exact: the root of the exact mean of fl(fl(y - p)²), rounded once.
    Reference: keras.metrics.RootMeanSquaredError; sklearn.metrics.root_mean_squared_error.

    Examples
    --------
    >>> RootMeanSquaredError()([0.0, 0.0], [3.0, 4.0])
    3.5355339059327378
    """

    multioutput: MultiOutput | None = field(default=None, kw_only=True)
    key: ClassVar[str] = "root_mean_squared_error"

    @property
    def values(self) -> SquaredError:
        """(y - p)²."""
        return SquaredError()


@dataclass(frozen=True)
class Bias:
    """p - y of each element."""

    carries: ClassVar[tuple[str, ...]] = CARRIED

    def __call__(self, batch: Batch) -> Any:
        return batch.derive(PRED) - batch.derive(TRUE)


@dataclass(frozen=True, repr=False)
class MeanBiasError(OutputMean):
    """Mean bias error, Σ wᵢ (pᵢ - yᵢ) / Σ wᵢ: positive where predictions are too high.

    Parameters
    ----------
    multioutput : "uniform_average", "raw_values" or one weight an output
        For rows (N, k): one value over all outputs, k values, or their weighted mean.

    Returns
    -------
    float, or float64 array (k,)
        In units of y. 0.0 with a warning where the total weight is zero.

    Notes
    -----
    Shapes: numbers (N,), (N, k) or (N, ...), y_true and y_pred alike; by output (N,) or (N, k).
    Range: (-inf, inf), no direction.
    State: one exact sum (or k), and the total weight.
    Exact: the exact mean of fl(p - y), rounded once, for any chunking and order.
    Reference: the mean error of forecast verification.

    Examples
    --------
    >>> MeanBiasError()([1.0, 2.0], [1.0, 5.0])
    1.5
    """

    key: ClassVar[str] = "mean_bias_error"

    @property
    def values(self) -> Bias:
        """P - y."""
        return Bias()
