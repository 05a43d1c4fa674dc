"""How much of a pinball loss, or of absolute errors, predictions explain."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from disteval import backend
from disteval.metrics.base import NO_WEIGHT, TOO_FEW, is_weightless
from disteval.metrics.regression.fits import INFINITE, Fit, scored, unfit
from disteval.metrics.regression.outputs import ByOutput, MultiOutput, check_multioutput
from disteval.metrics.regression.robust import PinballLoss, pinball, require_quantile
from disteval.metrics.regression.selection import Selection
from disteval.metrics.rows import TRUE, Every
from disteval.protocol import Y_TRUE, Batch, Metric, Outcome, Reduction, Schema, Value
from disteval.reductions import Count, CountState, ExactSum, SumState, TotalWeight


@dataclass(frozen=True)
class ConstantLoss:
    """The pinball loss of each element for a constant prediction, one for each output."""

    alpha: float
    constants: tuple[float, ...]

    def __call__(self, batch: Batch) -> Any:
        y = batch.derive(TRUE)
        xp = backend.namespace(y)
        constants = xp.asarray(np.array(self.constants))
        return pinball(y.reshape(batch.rows, -1) - constants, self.alpha)


@dataclass(frozen=True, repr=False)
class D2PinballScore(ByOutput):
    """D²: the fraction of the pinball loss of the best constant that predictions explain.

    1 - Σ wᵢ l(yᵢ, pᵢ) / Σ wᵢ l(yᵢ, q), with q the quantile of y, of each output.

    Parameters
    ----------
    alpha : float in [0, 1]
        The quantile; 0.5 the median, and the score then that of absolute errors.
    multioutput : "uniform_average", "raw_values" or one weight an output
        For rows (N, k): the mean over outputs, k values, or their weighted mean.

    Returns
    -------
    float, or float64 array (k,)
        NaN with a warning for fewer than two rows. Constant labels: 1.0 for exact predictions,
        0.0 for others.

    Notes
    -----
    The quantile is found exactly, 16 bits in each of up to four passes (two for float32); one
    more pass sums the losses.

    Shapes: numbers (N,) or (N, k), y_true and y_pred alike.
    Range: (-inf, 1], higher is better.
    State: at most 65,536 exact sums of weights an output, of those bins that hold any; in the
        last pass two exact sums an output.
    Exact: the quotient of exact sums of the float64 losses of the rows, rounded once.
    Reference: sklearn.metrics.d2_pinball_score.

    Examples
    --------
    >>> import disteval
    >>> result = disteval.evaluate([1, 2, 3], [1, 3, 3], ["d2_pinball_score"])
    >>> result["d2_pinball_score"], result.passes
    (0.5, 5)
    """

    alpha: float = 0.5
    multioutput: MultiOutput = field(default="uniform_average", kw_only=True)
    selection: Selection | None = field(default=None, kw_only=True, repr=False)
    """What is known of the quantiles; set by `resolve` and by every pass."""

    key: ClassVar[str] = "d2_pinball_score"
    passes: ClassVar[int] = 5

    def resolve(self, schema: Schema) -> Metric:
        """Check alpha, kinds and shapes; once more in every pass."""
        if self.selection is not None:
            return self
        require_quantile(self.alpha)
        resolved = self.by_output(schema)
        check_multioutput(self.multioutput, resolved.outputs)
        selection = Selection.of(float(self.alpha), schema[Y_TRUE], resolved.outputs)
        return replace(resolved, selection=selection)

    def weighted_by(self, schema: Schema) -> Metric:
        """A quantile has the weights of rows."""
        return Metric.weighted_by(self, schema)

    @property
    def _quantiles(self) -> tuple[float, ...] | None:
        """The quantiles, once they are known."""
        found = self.selection
        return found.values() if found is not None and found.is_known else None

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """Counts for the next 16 bits of the quantiles; at the end the losses."""
        assert self.selection is not None
        constants = self._quantiles
        if constants is None:
            return self.selection.needs
        alpha = float(self.alpha)
        return (
            ExactSum(PinballLoss(alpha), self.outputs),
            ExactSum(ConstantLoss(alpha, constants), self.outputs),
            TotalWeight(),
            Count(Every(), weighted=False),
        )

    def then(self, *states: Any) -> Metric | None:
        """With 16 bits more; done when the losses are summed, or where there is no weight."""
        assert self.selection is not None
        if self.selection.is_known:
            return None
        selection = self.selection.narrowed(states)
        return None if selection is None else replace(self, selection=selection)

    def compute(self, *states: Any) -> Value | Outcome:
        """From exact sums of losses; NaN as long as the quantiles are not known."""
        if self._quantiles is None:
            return unfit(self.multioutput, self.outputs, NO_WEIGHT)
        return self._explained(*states)

    def _explained(
        self, left: SumState, there: SumState, weight: SumState, rows: CountState
    ) -> Value | Outcome:
        few = rows.rows < 2
        if few or is_weightless(weight):
            return unfit(None, self.outputs, TOO_FEW if few else NO_WEIGHT)
        infinite = left.specials.any() or there.specials.any()
        if infinite or weight.special() is not None:
            return unfit(self.multioutput, self.outputs, INFINITE)
        fits = [Fit(a, b) for a, b in zip(left.fractions(), there.fractions(), strict=True)]
        return scored(fits, self.multioutput, force_finite=True)


@dataclass(frozen=True, repr=False)
class D2AbsoluteErrorScore(D2PinballScore):
    """D²: the fraction of the absolute errors of the median that predictions explain.

    1 - Σ wᵢ |yᵢ - pᵢ| / Σ wᵢ |yᵢ - m|, with m the median of y, of each output.

    Parameters
    ----------
    multioutput : "uniform_average", "raw_values" or one weight an output
        For rows (N, k): the mean over outputs, k values, or their weighted mean.

    Returns
    -------
    float, or float64 array (k,)
        NaN with a warning for fewer than two rows. Constant labels: 1.0 for exact predictions,
        0.0 for others.

    Notes
    -----
    As `D2PinballScore` for 0.5.

    Shapes: numbers (N,) or (N, k), y_true and y_pred alike.
    Range: (-inf, 1], higher is better.
    State: at most 65,536 exact sums of weights an output, of those bins that hold any; in the
        last pass two exact sums an output.
    Exact: the quotient of exact sums of the float64 errors of the rows, rounded once.
    Reference: sklearn.metrics.d2_absolute_error_score.

    Examples
    --------
    >>> import disteval
    >>> result = disteval.evaluate([1, 2, 3], [1, 3, 3], ["d2_absolute_error_score"])
    >>> result["d2_absolute_error_score"]
    0.5
    """

    alpha: float = field(default=0.5, init=False, repr=False)

    key: ClassVar[str] = "d2_absolute_error_score"
