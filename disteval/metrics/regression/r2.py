"""R², by the conventions of Keras and of scikit-learn."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Literal

import numpy as np

from disteval.errors import ArgumentError
from disteval.metrics.base import NO_WEIGHT, is_weightless
from disteval.metrics.checks import require_bool, require_int
from disteval.metrics.regression.fits import (
    INFINITE,
    Fit,
    FitOutput,
    check_fit_output,
    fits_of,
    moments,
    scored,
    unfit,
)
from disteval.metrics.regression.outputs import ByOutput, as_float, weighted_mean
from disteval.metrics.rows import Every
from disteval.protocol import Metric, Outcome, Reduction, Schema, Value
from disteval.reductions import Count, CountState, SumState


@dataclass(frozen=True, repr=False)
class _FromMoments(ByOutput):
    """R² of exact moments."""

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """Moments, total weight, rows."""
        return (moments(self.outputs), self.total_weight, Count(Every(), weighted=False))


@dataclass(frozen=True, repr=False)
class R2Score(_FromMoments):
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
    Shapes: numbers (N,) or (N, k), y_true and y_pred alike.
    Range: (-inf, 1], higher is better.
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
        return self.by_output(schema)

    def compute(self, state: SumState, weight: SumState, rows: CountState) -> Value | Outcome:
        """From exact rationals."""
        fits = fits_of(state, weight, self.outputs)
        if fits is None:
            no_weight = is_weightless(weight)
            value = 0.0 if no_weight else math.nan
            reason = NO_WEIGHT if no_weight else INFINITE
            return Outcome(
                value if self.class_aggregation else np.full(self.outputs, value), undefined=reason
            )
        # Keras: 1 - RSS/0 is -inf, which becomes 0; 0/0 stays NaN
        values = [fit.value(exact=math.nan, wrong=Fraction(0)) for fit in fits]
        reason = "y_true is constant" if any(not fit.there for fit in fits) else ""
        n = rows.rows * self.outputs
        return Outcome(self._aggregated(values, fits, n), undefined=reason)

    def _aggregated(self, values: list[Any], fits: list[Fit], n: int) -> Value:
        if self.class_aggregation is None:
            return np.array([as_float(self._adjusted(v, n)) for v in values])
        weights = (
            [fit.there for fit in fits]
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
class SklearnR2Score(_FromMoments):
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
    Shapes: numbers (N,) or (N, k), y_true and y_pred alike.
    Range: (-inf, 1], higher is better.
    State: five exact sums an output (`Moments`), the total weight, the number of rows.
    Exact: the rational number that the inputs give, rounded once, at any offset of y.
    Reference: sklearn.metrics.r2_score.

    Examples
    --------
    >>> SklearnR2Score()([1.0, 2.0, 3.0], [1.0, 2.0, 4.0])
    0.5
    """

    multioutput: FitOutput = "uniform_average"
    force_finite: bool = True

    key: ClassVar[str] = "sklearn:r2_score"

    def resolve(self, schema: Schema) -> Metric:
        """Check kinds and shapes."""
        resolved = self.by_output(schema)
        check_fit_output(self.multioutput, resolved.outputs)
        require_bool("force_finite", self.force_finite)
        return resolved

    def compute(self, state: SumState, weight: SumState, rows: CountState) -> Value | Outcome:
        """From exact rationals."""
        fits = fits_of(state, weight, self.outputs)
        if rows.rows < 2 or fits is None:
            reason = "R² needs two rows with a weight, and finite values"
            return unfit(None, self.outputs, reason)
        return scored(fits, self.multioutput, force_finite=self.force_finite)
