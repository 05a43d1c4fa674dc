"""Operating points on the ROC curve of a score: at few false positives, and at equal errors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from disteval.errors import ArgumentError
from disteval.metrics.checks import require_number_arguments
from disteval.metrics.curves.areas import missing
from disteval.metrics.curves.base import RankedScores
from disteval.metrics.curves.crossings import Crossing, EqualErrors, InAll, MostSensitive
from disteval.metrics.curves.operating import Point
from disteval.numerics import limbs
from disteval.protocol import Outcome, Value
from disteval.reductions import DistinctState, ScoreState


@dataclass(frozen=True, repr=False)
class TruePositiveRateAtFalsePositiveRate(RankedScores):
    """The highest true positive rate, tp / (tp + fn), of thresholds with few false positives.

    Parameters
    ----------
    max_fpr : float
        The false positive rate, fp / (fp + tn), may be at most this, within [0, 1]; compared as
        floats, so that 1/10 is not above 0.1.
    pos_label : label, optional
        The positive one. By default 1, of labels 0 and 1 or -1 and 1.

    Returns
    -------
    float
        NaN with a warning where there are no positives, no negatives or no rows.

    Notes
    -----
    Scores of at least a threshold are positive. All thresholds that differ are considered, and
    one above all scores. The result's details have the threshold.
    Shapes: labels (N,) against scores (N,), of any range; weights one a row.
    Range: [0, 1], higher is better.
    State: the distinct scores, with the rows of each class.
    Exact: a quotient of exact totals, rounded once.
    Reference: sklearn.metrics.roc_curve.

    Examples
    --------
    >>> metric = TruePositiveRateAtFalsePositiveRate(max_fpr=0.25)
    >>> metric([0, 0, 0, 0, 1, 1], [0.1, 0.2, 0.5, 0.9, 0.7, 0.95])
    1.0
    """

    max_fpr: float

    key: ClassVar[str] = "tpr_at_fpr"

    def check_arguments(self) -> None:
        """Refuse what is no rate."""
        require_number_arguments(max_fpr=self.max_fpr)
        if not 0 <= self.max_fpr <= 1:
            msg = f"expected max_fpr within [0, 1], got {self.max_fpr}"
            raise ArgumentError(msg)

    @property
    def sweeps(self) -> tuple[MostSensitive]:
        """Where the true positive rate is highest."""
        return (MostSensitive(float(self.max_fpr), "fpr"),)

    def compute(self, state: ScoreState, *flags: DistinctState) -> Value | Outcome:
        """The rate, rounded once."""
        ((point,),) = self.swept(state, *flags)
        reason = missing(point.negatives, point.positives)
        if reason:
            return Outcome(math.nan, undefined=reason)
        details = point.details(state.unit, fpr=point.fpr)
        return Outcome(limbs.to_float(point.tpr), rule=point.rule, details=details)


@dataclass(frozen=True, repr=False)
class EqualErrorRate(RankedScores):
    """The rate at which false positives, fp / (fp + tn), and misses, fn / (fn + tp), are alike.

    Parameters
    ----------
    pos_label : label, optional
        The positive one. By default 1, of labels 0 and 1 or -1 and 1.

    Returns
    -------
    float
        NaN with a warning where there are no positives, no negatives or no rows.

    Notes
    -----
    Between two thresholds the rates lie on a straight line of the ROC curve, as for its area:
    the value is where it crosses the diagonal. The details have the threshold at which the two
    rates are nearest, and both.
    Shapes: labels (N,) against scores (N,), of any range; weights one a row.
    Range: [0, 1], lower is better.
    State: the distinct scores, with the rows of each class.
    Exact: an exact fraction, rounded once.
    Reference: the crossing on sklearn.metrics.roc_curve, as by scipy.optimize.brentq.

    Examples
    --------
    >>> EqualErrorRate()([0, 0, 0, 1, 1], [0.1, 0.2, 0.6, 0.4, 0.9])
    0.3333333333333333
    """

    key: ClassVar[str] = "equal_error_rate"

    @property
    def sweeps(self) -> tuple[EqualErrors, InAll]:
        """The crossing, and the rows of each class."""
        return EqualErrors(), InAll()

    def compute(self, state: ScoreState, *flags: DistinctState) -> Value | Outcome:
        """The rate, rounded once."""
        (crossing,), (totals,) = self.swept(state, *flags)
        reason = missing(*totals)
        if reason:
            return Outcome(math.nan, undefined=reason)
        point = min(crossing.at, crossing.above, key=lambda p: abs(_excess(p)))
        details = point.details(state.unit, fpr=point.fpr, fnr=1 - point.tpr)
        return Outcome(limbs.to_float(_crossed(crossing)), rule=point.rule, details=details)


def _excess(point: Point) -> Fraction:
    """False positive rate less misses."""
    return point.fpr + point.tpr - 1


def _crossed(crossing: Crossing) -> Fraction:
    """Both rates where they are equal, on the line between the two points."""
    first, last = crossing.at, crossing.above
    way = _excess(first) / (_excess(first) - _excess(last))
    return first.fpr - way * (first.fpr - last.fpr)
