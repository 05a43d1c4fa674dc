"""Means of relative errors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from disteval import backend
from disteval.errors import ArgumentError, ShapeError
from disteval.metrics.checks import is_number, shown
from disteval.metrics.regression.means import CARRIED, ElementMean, OutputMean
from disteval.metrics.rows import PRED, TRUE, AbsoluteError
from disteval.protocol import Y_PRED, Batch, Metric, Schema


@dataclass(frozen=True)
class RelativeError:
    """factor * abs((y - p) / max(abs(y), floor)) of each element."""

    floor: float
    factor: float = 1.0

    carries: ClassVar[tuple[str, ...]] = CARRIED

    def __call__(self, batch: Batch) -> Any:
        y, p = batch.derive(TRUE), batch.derive(PRED)
        xp = backend.namespace(y)
        e = abs(y - p)
        e /= xp.maximum(abs(y), self.floor)
        return e if self.factor == 1.0 else e * self.factor


@dataclass(frozen=True, repr=False)
class MeanAbsolutePercentageError(ElementMean):
    """Mean absolute percentage error, 100 Σ wᵢ |yᵢ - pᵢ| / max(|yᵢ|, 1e-7) / Σ wᵢ.

    Returns
    -------
    float
        In percent. 0.0 with a warning where the total weight is zero.

    Notes
    -----
    Shapes: numbers (N,), (N, k) or (N, ...), y_true and y_pred alike.
    Range: [0, inf), lower is better.
    State: one exact sum, and the total weight.
    Exact: the exact mean of the float64 values of the rows, rounded once.
    Reference: keras.metrics.MeanAbsolutePercentageError.

    Examples
    --------
    >>> MeanAbsolutePercentageError()([2.0, 4.0], [1.0, 5.0])
    37.5
    """

    key: ClassVar[str] = "mean_absolute_percentage_error"

    @property
    def values(self) -> RelativeError:
        """100 |y - p| / max(|y|, 1e-7)."""
        return RelativeError(1e-7, 100.0)


@dataclass(frozen=True, repr=False)
class SklearnMeanAbsolutePercentageError(OutputMean):
    """Mean absolute percentage error as a fraction, Σ wᵢ |yᵢ - pᵢ| / max(|yᵢ|, 2⁻⁵²) / Σ wᵢ.

    Parameters
    ----------
    multioutput : "uniform_average", "raw_values" or one weight an output
        For rows (N, k): one value over all outputs, k values, or their weighted mean.

    Returns
    -------
    float, or float64 array (k,)
        1.0 is 100 percent. 0.0 with a warning where the total weight is zero.

    Notes
    -----
    Shapes: numbers (N,), (N, k) or (N, ...), y_true and y_pred alike; by output (N,) or (N, k).
    Range: [0, inf), lower is better.
    State: one exact sum (or k), and the total weight.
    Exact: the exact mean of the float64 values of the rows, rounded once.
    Reference: sklearn.metrics.mean_absolute_percentage_error.

    Examples
    --------
    >>> SklearnMeanAbsolutePercentageError()([2.0, 4.0], [1.0, 5.0])
    0.375
    """

    key: ClassVar[str] = "sklearn:mean_absolute_percentage_error"

    @property
    def values(self) -> RelativeError:
        """|y - p| / max(|y|, 2⁻⁵²)."""
        return RelativeError(float(np.finfo(np.float64).eps))


@dataclass(frozen=True)
class NormalizedError:
    """abs(y - p) / normalizer of each element, 0 where the normalizer is; one or one an output."""

    normalizer: tuple[float, ...]

    def __call__(self, batch: Batch) -> Any:
        e = batch.derive(AbsoluteError())
        xp = backend.namespace(e)
        given = np.array(self.normalizer)
        # 0 / inf: finite errors over nothing are nothing, and NaN stays
        divisor = xp.asarray(np.where(given == 0, np.inf, given))
        return e / divisor if len(given) > 1 else e / float(divisor[0])


@dataclass(frozen=True, repr=False)
class MeanRelativeError(ElementMean):
    """Mean relative error, Σ wᵢ |yᵢ - pᵢ| / nᵢ / Σ wᵢ, with given normalizers n.

    Parameters
    ----------
    normalizer : number, or one for each output
        What errors are divided by; the relative error is 0 where it is 0.

    Returns
    -------
    float
        0.0 with a warning where the total weight is zero.

    Notes
    -----
    The normalizer belongs to the outputs of a row, not to the rows: for one a row, give y_true
    and y_pred that are divided already.

    Shapes: numbers (N,), (N, k) or (N, ...), y_true and y_pred alike; normalizers (k,).
    Range: [0, inf), lower is better.
    State: one exact sum, and the total weight.
    Exact: the exact mean of the float64 values of the rows, rounded once.
    Reference: tf.keras.metrics.MeanRelativeError (Keras 2).

    Examples
    --------
    >>> MeanRelativeError(normalizer=[1.0, 2.0])([[1.0, 3.0]], [[2.0, 7.0]])
    1.5
    """

    normalizer: float | Sequence[float] = 1.0

    key: ClassVar[str] = "mean_relative_error"

    def __post_init__(self) -> None:
        super().__post_init__()
        values = self._each
        if not values or not all(is_number(v) and math.isfinite(v) for v in values):
            msg = (
                "expected a finite number as normalizer, or one for each output, got "
                f"{self.normalizer!r}"
            )
            raise ArgumentError(msg)

    def resolve(self, schema: Schema) -> Metric:
        """Check kinds and shapes."""
        resolved = super().resolve(schema)
        shape, k = schema[Y_PRED].shape, len(self._each)
        if k > 1 and shape[-1:] != (k,):
            msg = (
                f"expected rows (N, {k}) for {k} normalizers, got {shown(shape)}; give what "
                "belongs to them as one row"
            )
            raise ShapeError(msg)
        return resolved

    @property
    def _each(self) -> tuple[float, ...]:
        given = self.normalizer
        return given if isinstance(given, tuple) else (given,)

    @property
    def values(self) -> NormalizedError:
        """|y - p| / n."""
        return NormalizedError(self._each)
