"""How much of something predictions explain: 1 - left / there, exactly, one an output."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from disteval.metrics.base import NO_WEIGHT
from disteval.metrics.regression.outputs import (
    MultiOutput,
    as_float,
    averaged,
    check_multioutput,
    weighted_mean,
    weights_of_outputs,
)
from disteval.metrics.rows import Raw
from disteval.protocol import Y_PRED, Y_TRUE, Outcome, Value
from disteval.reductions import Moments, SumState

FitOutput = MultiOutput | Literal["variance_weighted"] | None

INFINITE = "there are infinite values, or NaN"


@dataclass(frozen=True)
class Fit:
    """What predictions leave of what there was to explain, for one output."""

    left: Fraction
    there: Fraction

    def value(self, exact: Any, wrong: Any) -> Any:
        """The fraction explained, or what it is for exact and wrong ones where there was none."""
        if self.there:
            return 1 - self.left / self.there
        return wrong if self.left else exact


def moments(outputs: int) -> Moments:
    """Those of y_true and y_pred."""
    return Moments(Raw(Y_TRUE), Raw(Y_PRED), outputs)


def fits_of(
    state: SumState, weight: SumState, outputs: int, *, centred: bool = False
) -> list[Fit] | None:
    """Sums of squares of residuals, and of y_true around its mean; None where not all are finite.

    Parameters
    ----------
    centred : residuals around their mean
    """
    sums = moments(outputs).sums(state)
    weights = weights_of_outputs(weight, outputs)
    if weight.special() is not None or not all(weights) or any(s is None for s in sums):
        return None
    fits = []
    for s, w in zip(sums, weights, strict=True):
        assert s is not None
        left = s.xx - 2 * s.xy + s.yy
        if centred:
            left -= (s.x - s.y) ** 2 / w
        fits.append(Fit(left, s.xx - s.x * s.x / w))
    return fits


def check_fit_output(multioutput: Any, outputs: int) -> None:
    """Refuse what is no rule for the outputs of a score of fit."""
    if multioutput != "variance_weighted":
        check_multioutput(multioutput, outputs)


def scored(fits: list[Fit], multioutput: FitOutput, *, force_finite: bool) -> Value:
    """The score by scikit-learn's conventions for constant targets, rounded once."""
    exact, wrong = (Fraction(1), Fraction(0)) if force_finite else (math.nan, -math.inf)
    values = [fit.value(exact, wrong) for fit in fits]
    if multioutput == "variance_weighted":
        there = [fit.there for fit in fits]
        weights = there if any(there) else [Fraction(1)] * len(fits)
        return as_float(weighted_mean(values, weights))
    return averaged(values, multioutput)


def unfit(multioutput: FitOutput, outputs: int, reason: str = NO_WEIGHT) -> Outcome:
    """NaN, in the shape of a value."""
    raw = multioutput == "raw_values"
    return Outcome(np.full(outputs, math.nan) if raw else math.nan, undefined=reason)
