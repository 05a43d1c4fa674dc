"""Means of errors of numeric predictions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from disteval.errors import ShapeError
from disteval.metrics.base import NO_WEIGHT, RowMean, is_weightless
from disteval.metrics.checks import require_numbers, require_same_shape, shown, size
from disteval.metrics.regression.outputs import (
    MultiOutput,
    averaged,
    check_multioutput,
    exact_means,
)
from disteval.metrics.rows import AbsoluteError, SquaredError
from disteval.numerics import limbs
from disteval.protocol import Y_PRED, Y_TRUE, Metric, Outcome, Reduction, Schema, Value
from disteval.reductions import (
    ExactSum,
    SumState,
    TotalWeight,
)


@dataclass(frozen=True, repr=False)
class _ErrorMean(RowMean):
    """A mean of element-wise errors, over all outputs, by output, or weighted by output."""

    multioutput: MultiOutput | None = "uniform_average"

    def resolve(self, schema: Schema) -> Metric:
        """Check kinds and shapes."""
        require_numbers(schema, Y_TRUE, Y_PRED)
        require_same_shape(schema)
        check_multioutput(self.multioutput, size(schema[Y_PRED].shape))
        if not self.pooled and len(schema[Y_PRED].shape) > 1:
            msg = f"expected rows (N, k) for values by output, got {shown(schema[Y_PRED].shape)}"
            raise ShapeError(msg)
        return self.with_elements(schema)

    @property
    def pooled(self) -> bool:
        """Whether all outputs go to one sum."""
        return self.multioutput == "uniform_average"

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """One sum, or one for each output; the total weight."""
        return (ExactSum(self.values, 1 if self.pooled else self.elements), TotalWeight())

    def compute(self, total: SumState, weight: SumState, *flags: Any) -> Value | Outcome:
        """The mean, rounded once."""
        if is_weightless(weight):
            return self._without_weight()
        if self.pooled:
            return super().compute(total, weight, *flags)
        return averaged(exact_means(total, weight), self.multioutput)

    def _without_weight(self) -> Outcome:
        raw = self.multioutput == "raw_values"
        return Outcome(np.zeros(self.elements) if raw else 0.0, undefined=NO_WEIGHT)


@dataclass(frozen=True, repr=False)
class MeanSquaredError(_ErrorMean):
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
class MeanAbsoluteError(_ErrorMean):
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
class RootMeanSquaredError(_ErrorMean):
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
    State: one exact sum (or k), and the total weight.
    Exact: the root of the exact mean of fl(fl(y - p)²), rounded once.
    Reference: keras.metrics.RootMeanSquaredError; sklearn.metrics.root_mean_squared_error.

    Examples
    --------
    >>> RootMeanSquaredError()([0.0, 0.0], [3.0, 4.0])
    3.5355339059327378
    """

    multioutput: MultiOutput | None = None
    key: ClassVar[str] = "root_mean_squared_error"

    @property
    def values(self) -> SquaredError:
        """(y - p)²."""
        return SquaredError()

    @property
    def pooled(self) -> bool:
        """Whether all outputs go to one sum."""
        return self.multioutput is None

    def compute(self, total: SumState, weight: SumState, *_: Any) -> Value | Outcome:
        """The root, rounded once."""
        if is_weightless(weight):
            return self._without_weight()
        means = exact_means(total, weight, self.elements if self.pooled else 1)
        roots = [limbs.sqrt(m) if isinstance(m, Fraction) else m for m in means]
        if self.pooled:
            return roots[0]
        finite = [Fraction(root) if math.isfinite(root) else root for root in roots]
        return averaged(finite, self.multioutput)
