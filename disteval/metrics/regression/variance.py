"""Explained variance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from disteval.metrics.base import NO_WEIGHT, is_weightless
from disteval.metrics.checks import require_bool
from disteval.metrics.regression.fits import (
    INFINITE,
    FitOutput,
    check_fit_output,
    fits_of,
    moments,
    scored,
    unfit,
)
from disteval.metrics.regression.outputs import ByOutput
from disteval.protocol import Metric, Outcome, Reduction, Schema, Value
from disteval.reductions import SumState


@dataclass(frozen=True, repr=False)
class ExplainedVariance(ByOutput):
    """Explained variance, 1 - Var(y - p) / Var(y): R² that forgives a constant offset of p.

    Parameters
    ----------
    multioutput : "uniform_average", "raw_values", "variance_weighted" or one weight an output
        For rows (N, k): the mean over outputs, k values, or weighted means.
    force_finite : bool
        Constant targets give 1.0 for predictions that are off by a constant, 0.0 for others;
        False: NaN and -inf.

    Returns
    -------
    float, or float64 array (k,)
        NaN with a warning where the total weight is zero.

    Notes
    -----
    Shapes: numbers (N,) or (N, k), y_true and y_pred alike.
    Range: (-inf, 1], higher is better.
    State: five exact sums an output (`Moments`), and the total weight.
    Exact: the rational number that the inputs give, rounded once, at any offset of y.
    Reference: sklearn.metrics.explained_variance_score.

    Examples
    --------
    >>> ExplainedVariance()([1.0, 2.0, 3.0], [2.0, 3.0, 4.0])
    1.0
    """

    multioutput: FitOutput = "uniform_average"
    force_finite: bool = True

    key: ClassVar[str] = "explained_variance_score"

    def resolve(self, schema: Schema) -> Metric:
        """Check kinds and shapes."""
        resolved = self.by_output(schema)
        check_fit_output(self.multioutput, resolved.outputs)
        require_bool("force_finite", self.force_finite)
        return resolved

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """Moments and total weight."""
        return (moments(self.outputs), self.total_weight)

    def compute(self, state: SumState, weight: SumState) -> Value | Outcome:
        """From exact rationals."""
        fits = fits_of(state, weight, self.outputs, centred=True)
        if fits is None:
            reason = NO_WEIGHT if is_weightless(weight) else INFINITE
            return unfit(self.multioutput, self.outputs, reason)
        return scored(fits, self.multioutput, force_finite=self.force_finite)
