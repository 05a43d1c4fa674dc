"""R², by the conventions of Keras and of scikit-learn."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, ClassVar, Literal

import numpy as np

from disteval.errors import ArgumentError, ShapeError
from disteval.metrics.base import NO_WEIGHT, is_weightless
from disteval.metrics.checks import require_int, require_numbers, require_same_shape, shown, size
from disteval.metrics.regression.outputs import (
    MultiOutput,
    as_float,
    averaged,
    check_multioutput,
    weighted_mean,
)
from disteval.metrics.rows import Every, Raw
from disteval.protocol import Y_PRED, Y_TRUE, Metric, Outcome, Reduction, Schema, Value
from disteval.reductions import (
    Count,
    CountState,
    Moments,
    SumState,
    TotalWeight,
)


@dataclass(frozen=True, repr=False)
class R2Score(Metric):
    """Coefficient of determination, R² = 1 - Σ wᵢ (yᵢ - pᵢ)² / Σ wᵢ (yᵢ - ȳ)².

    Parameters
    ----------
    class_aggregation : "uniform_average", "variance_weighted_average" or None
        For rows (N, k): the mean over outputs, their mean weighted by variance, or k values.
    num_regressors : int
        p of the adjusted R², 1 - (1 - R²)(n - 1)/(n - p - 1), with n = N * k; 0 for plain R².

    Returns
    -------
    float, or float64 array (k,)
        Constant targets: 0.0 for wrong predictions, NaN for exact ones, with a warning.

    Notes
    -----
    State: five exact sums an output (`Moments`), the total weight, the number of rows.
    Exact: the rational number that the inputs give, rounded once, at any offset of y.
    Reference: keras.metrics.R2Score.

    Examples
    --------
    >>> R2Score()([1.0, 2.0, 3.0], [1.0, 2.0, 4.0])
    0.5
    """

    class_aggregation: Literal["uniform_average", "variance_weighted_average"] | None = (
        "uniform_average"
    )
    num_regressors: int = 0
    outputs: int = field(default=1, kw_only=True, repr=False)

    key: ClassVar[str] = "r2_score"

    def resolve(self, schema: Schema) -> Metric:
        """Check kinds and shapes."""
        choices = ("uniform_average", "variance_weighted_average", None)
        if self.class_aggregation not in choices:
            msg = (
                f"expected class_aggregation to be one of {choices}, got {self.class_aggregation!r}"
            )
            raise ArgumentError(msg)
        require_int("num_regressors", self.num_regressors, 0)
        return replace(self, outputs=outputs_of(schema))

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """Moments, total weight, rows."""
        return (
            Moments(Raw(Y_TRUE), Raw(Y_PRED), self.outputs),
            TotalWeight(),
            Count(Every(), weighted=False),
        )

    def compute(self, moments: SumState, weight: SumState, rows: CountState) -> Value | Outcome:
        """From exact rationals."""
        fits = _fits(moments, weight, self.outputs)
        if fits is None:
            no_weight = is_weightless(weight)
            value = 0.0 if no_weight else math.nan
            reason = NO_WEIGHT if no_weight else "there are infinite values"
            return Outcome(
                value if self.class_aggregation else np.full(self.outputs, value), undefined=reason
            )
        # Keras: 1 - RSS/0 is -inf, which becomes 0; 0/0 stays NaN
        values = [fit.value(exact=math.nan, wrong=Fraction(0)) for fit in fits]
        reason = "y_true is constant" if any(not fit.total for fit in fits) else ""
        n = int(rows.counts[0, 0]) * self.outputs
        return Outcome(self._aggregated(values, fits, n), undefined=reason)

    def _aggregated(self, values: list[Any], fits: list[_Fit], n: int) -> Value:
        if self.class_aggregation is None:
            return np.array([as_float(self._adjusted(v, n)) for v in values])
        weights = (
            [fit.total for fit in fits]
            if self.class_aggregation == "variance_weighted_average"
            else [Fraction(1)] * len(values)
        )
        return as_float(self._adjusted(weighted_mean(values, weights), n))

    def _adjusted(self, r: Any, n: int) -> Any:
        p = self.num_regressors
        if not p or n - p - 1 <= 0 or isinstance(r, float):
            return r
        return 1 - (1 - r) * Fraction(n - 1, n - p - 1)


@dataclass(frozen=True, repr=False)
class SklearnR2Score(Metric):
    """R² by scikit-learn's conventions: 1 - Σ wᵢ (yᵢ - pᵢ)² / Σ wᵢ (yᵢ - ȳ)².

    Parameters
    ----------
    multioutput : "uniform_average", "raw_values", "variance_weighted" or one weight an output
        For rows (N, k): the mean over outputs, k values, or weighted means.
    force_finite : bool
        Constant targets give 1.0 for exact predictions and 0.0 for wrong ones; False: NaN and
        -inf.

    Returns
    -------
    float, or float64 array (k,)
        NaN with a warning for fewer than two rows.

    Notes
    -----
    State: five exact sums an output (`Moments`), the total weight, the number of rows.
    Exact: the rational number that the inputs give, rounded once, at any offset of y.
    Reference: sklearn.metrics.r2_score.

    Examples
    --------
    >>> SklearnR2Score()([1.0, 2.0, 3.0], [1.0, 2.0, 4.0])
    0.5
    """

    multioutput: MultiOutput | Literal["variance_weighted"] = "uniform_average"
    force_finite: bool = True
    outputs: int = field(default=1, kw_only=True, repr=False)

    key: ClassVar[str] = "sklearn:r2_score"

    def resolve(self, schema: Schema) -> Metric:
        """Check kinds and shapes."""
        outputs = outputs_of(schema)
        if self.multioutput != "variance_weighted":
            check_multioutput(self.multioutput, outputs)
        return replace(self, outputs=outputs)

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """Moments, total weight, rows."""
        return (
            Moments(Raw(Y_TRUE), Raw(Y_PRED), self.outputs),
            TotalWeight(),
            Count(Every(), weighted=False),
        )

    def compute(self, moments: SumState, weight: SumState, rows: CountState) -> Value | Outcome:
        """From exact rationals."""
        fits = _fits(moments, weight, self.outputs)
        if int(rows.counts[0, 0]) < 2 or fits is None:
            return Outcome(math.nan, undefined="R² needs two rows with a weight, and finite values")
        exact, wrong = (Fraction(1), Fraction(0)) if self.force_finite else (math.nan, -math.inf)
        values = [fit.value(exact, wrong) for fit in fits]
        if self.multioutput == "variance_weighted":
            totals = [fit.total for fit in fits]
            return as_float(
                weighted_mean(values, totals if any(totals) else [Fraction(1)] * len(fits))
            )
        if self.multioutput == "raw_values" and self.outputs == 1:
            return np.array([as_float(values[0])])
        return averaged(values, self.multioutput)


@dataclass(frozen=True)
class _Fit:
    """Residual and total sum of squares of one output, exact."""

    residual: Fraction
    total: Fraction

    def value(self, exact: Any, wrong: Any) -> Any:
        """R², or what it is for a constant target."""
        if self.total:
            return 1 - self.residual / self.total
        return wrong if self.residual else exact


def _fits(moments: SumState, weight: SumState, outputs: int) -> list[_Fit] | None:
    w = weight.fractions()[0]
    sums = Moments(Raw(Y_TRUE), Raw(Y_PRED), outputs).sums(moments)
    if not w or any(s is None for s in sums):
        return None
    return [_Fit(s.xx - 2 * s.xy + s.yy, s.xx - s.x * s.x / w) for s in sums if s is not None]


def outputs_of(schema: Schema) -> int:
    """The number of outputs of rows (N,) or (N, k) of numbers."""
    require_numbers(schema, Y_TRUE, Y_PRED)
    require_same_shape(schema)
    shape = schema[Y_PRED].shape
    if len(shape) > 1:
        msg = f"expected rows of shape (N,) or (N, k) for R², got {shown(shape)}"
        raise ShapeError(msg)
    return size(shape)
