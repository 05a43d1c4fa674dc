"""How much of a pinball loss, or of absolute errors, predictions explain."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from disteval import backend
from disteval.metrics.base import NO_WEIGHT, TOO_FEW
from disteval.metrics.regression.fits import INFINITE, Fit, scored, unfit
from disteval.metrics.regression.means import CARRIED
from disteval.metrics.regression.outputs import (
    ByOutput,
    MultiOutput,
    check_multioutput,
    weights_of_outputs,
)
from disteval.metrics.regression.robust import require_quantile
from disteval.metrics.rows import PRED, TRUE, Every, Raw
from disteval.numerics import limbs
from disteval.numerics.sums import OpenSums
from disteval.protocol import Y_TRUE, Batch, Metric, Outcome, Reduction, Schema, Value
from disteval.reductions import (
    Count,
    CountState,
    ExactSum,
    ScoreCounts,
    ScoreState,
    Segment,
    SumState,
    Sweep,
)

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Difference:
    """fl(y - p) of each element, and what was rounded off: Knuth's two-sum."""

    def __call__(self, batch: Batch) -> Any:
        y, p = batch.derive(TRUE), batch.derive(PRED)
        e = y - p
        less = e - y
        return e, (y - (e - less)) - (p + less)


@dataclass(frozen=True)
class Residual:
    """y - p where that has this sign, else 0; NaN either way.

    Parameters
    ----------
    sign : 1 (or zero), or -1
    rest : what fl(y - p) lacks instead
    """

    sign: int
    rest: bool = False

    carries: ClassVar[tuple[str, ...]] = CARRIED

    def __call__(self, batch: Batch) -> Any:
        e, lacking = batch.derive(Difference())
        xp = backend.namespace(e)
        other = e < 0 if self.sign > 0 else e >= 0
        return xp.where(other, 0.0, lacking if self.rest else e)


RESIDUALS = (Residual(1), Residual(1, rest=True), Residual(-1), Residual(-1, rest=True))
"""Their sums, with which the rational numbers y - p add up by sign."""


@dataclass(frozen=True)
class Sides:
    """What a segment has below the quantile, and from it on.

    Parameters
    ----------
    weight : below
    below, above : exact sums of weight times value; of finite values
    quantile : where it lies in the segment
    """

    weight: int
    below: Fraction
    above: Fraction
    quantile: float | None


@dataclass(frozen=True)
class QuantileLoss:
    """The mean pinball loss of the constant that has the least, a quantile: a sweep.

    The loss is made of sums below the quantile and above, and so needs no second look.
    """

    level: Fraction

    def over(self, segment: Segment, before: tuple[int, ...], totals: tuple[int, ...]) -> Sides:
        """The sums of a segment."""
        (counts,), (lower,), (total,) = segment.counts, before, totals
        values = segment.scores.astype(np.float64)
        # where the loss is the same for all constants between two values, the lower of them
        rank = max(math.ceil(self.level * total), 1)
        upper = lower + int(counts.sum())
        at = len(counts) if upper < rank else 0
        if lower < rank <= upper:
            wanted = np.array([rank - lower], counts.dtype)
            at = int(np.searchsorted(np.cumsum(counts), wanted)[0])
        return Sides(
            int(counts[:at].sum()),
            exact_sum(values[:at], counts[:at]),
            exact_sum(values[at:], counts[at:]),
            float(values[at]) if lower < rank <= upper else None,
        )

    def combine(self, results: Sequence[Sides], totals: tuple[int, ...]) -> Fraction | None:
        """The mean loss; None where there is no weight, or no finite quantile."""
        (total,) = totals
        found = [part.quantile for part in results if part.quantile is not None]
        if not total or not math.isfinite(found[0]):
            return None
        quantile, weight = Fraction(found[0]), sum(part.weight for part in results)
        above = sum(part.above for part in results) - (total - weight) * quantile
        below = weight * quantile - sum(part.below for part in results)
        return (self.level * above + (1 - self.level) * below) / total


def exact_sum(values: Array, counts: Array) -> Fraction:
    """The exact sum of values times counts; what is not finite is left out."""
    if counts.dtype == object:
        return _sum_of_integers(values, counts)
    bits = int(counts.max(initial=0)).bit_length()
    sums = OpenSums.zeros(bits)
    for bit in range(bits):
        chosen = (counts >> bit) & 1 == 1
        sums.add(values if chosen.all() else values[chosen], to=bit)
    digits, base = sums.normal()
    whole = sum(int(part) << bit for bit, part in enumerate(limbs.to_integers(digits)))
    return whole * Fraction(2) ** (32 * base)


def _sum_of_integers(values: Array, counts: Array) -> Fraction:
    """The same where counts are Python integers: of the values as such, by exponent."""
    finite = np.isfinite(values)
    parts, exponents = np.frexp(values[finite])
    terms = (parts * 2.0**53).astype(np.int64).astype(object) * counts[finite]
    total = Fraction(0)
    for exponent in np.unique(exponents).tolist():
        whole = int(terms[exponents == exponent].sum())
        total += whole * Fraction(2) ** (exponent - 53)
    return total


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
    Shapes: numbers (N,) or (N, k), y_true and y_pred alike.
    Range: (-inf, 1], higher is better.
    State: the distinct labels, and how often each occurs; four exact sums an output.
    Exact: the rational number that the inputs give, rounded once; with weights, each row's
        weight times fl(y - p) and times what is left of y - p are rounded.
    Reference: sklearn.metrics.d2_pinball_score.

    Examples
    --------
    >>> D2PinballScore()([1, 2, 3], [1, 3, 3])
    0.5
    >>> D2PinballScore(alpha=0.9)([1, 2, 3], [1, 3, 3])
    0.6666666666666666
    """

    alpha: float = 0.5
    multioutput: MultiOutput = field(default="uniform_average", kw_only=True)

    key: ClassVar[str] = "d2_pinball_score"

    def resolve(self, schema: Schema) -> Metric:
        """Check alpha, kinds and shapes."""
        require_quantile(self.alpha)
        resolved = self.by_output(schema)
        check_multioutput(self.multioutput, resolved.outputs)
        return resolved

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The residuals, by sign; the labels, and how many rows there are."""
        return (
            *(ExactSum(residual, self.outputs) for residual in RESIDUALS),
            ScoreCounts(Raw(Y_TRUE), classes=1, columns=self.outputs),
            self.total_weight,
            Count(Every(), weighted=False),
        )

    @property
    def sweeps(self) -> tuple[Sweep[Any, Any], ...]:
        """The loss of the quantile."""
        return (QuantileLoss(Fraction(self.alpha)),)

    def compute(self, *states: Any) -> Value | Outcome:
        """From exact sums."""
        return self._explained(states[:4], *states[4:])

    def _explained(
        self,
        residuals: tuple[SumState, ...],
        labels: ScoreState,
        weight: SumState,
        rows: CountState,
    ) -> Value | Outcome:
        weights = weights_of_outputs(weight, self.outputs)
        if rows.rows < 2:
            return unfit(None, self.outputs, TOO_FEW)
        if not all(weights):
            return unfit(self.multioutput, self.outputs, NO_WEIGHT)
        if any(state.specials.any() for state in residuals):
            return unfit(self.multioutput, self.outputs, INFINITE)
        means = labels.sweep(self.sweeps[0])
        there = [mean * total for mean, total in zip(means, weights, strict=True)]
        fits = [Fit(a, b) for a, b in zip(self._losses(residuals), there, strict=True)]
        return scored(fits, self.multioutput, force_finite=True)

    def _losses(self, residuals: tuple[SumState, ...]) -> list[Fraction]:
        """The total pinball loss of each output."""
        alpha, sums = Fraction(self.alpha), [state.fractions() for state in residuals]
        parts = zip(*sums, strict=True)
        return [alpha * (a + b) - (1 - alpha) * (c + d) for a, b, c, d in parts]


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
    State: the distinct labels, and how often each occurs; four exact sums an output.
    Exact: the rational number that the inputs give, rounded once; with weights, each row's
        weight times fl(y - p) and times what is left of y - p are rounded.
    Reference: sklearn.metrics.d2_absolute_error_score.

    Examples
    --------
    >>> D2AbsoluteErrorScore()([1, 2, 3], [1, 3, 3])
    0.5
    """

    alpha: float = field(default=0.5, init=False, repr=False)

    key: ClassVar[str] = "d2_absolute_error_score"
