"""How far apart the scores of positives and negatives are, at the best threshold."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from disteval.metrics.base import NO_WEIGHT
from disteval.metrics.curves.areas import missing
from disteval.metrics.curves.base import RankedScores
from disteval.metrics.curves.operating import Point
from disteval.metrics.curves.optima import MostApart, apart
from disteval.numerics import limbs
from disteval.protocol import Outcome, Value
from disteval.reductions import DistinctState, ScoreState


@dataclass(frozen=True, repr=False)
class _Separation(RankedScores):
    """A difference of the true and the false positive rate."""

    @property
    def sweeps(self) -> tuple[MostApart]:
        """Where they differ most."""
        return (MostApart(),)

    def chosen(self, high: Point, low: Point) -> Point:
        """The better one of the points with the highest and with the lowest difference."""
        raise NotImplementedError

    def compute(self, state: ScoreState, *flags: DistinctState) -> Value | Outcome:
        """The difference, rounded once."""
        ((found,),) = self.swept(state, *flags)
        if found is None:
            return Outcome(math.nan, undefined=NO_WEIGHT)
        point = self.chosen(*found)
        reason = missing(point.negatives, point.positives)
        if reason:
            return Outcome(math.nan, undefined=reason)
        details = point.details(state.unit, tpr=point.tpr, fpr=point.fpr)
        value = limbs.to_float(abs(point.tpr - point.fpr))
        return Outcome(value, rule=point.rule, details=details)


@dataclass(frozen=True, repr=False)
class KolmogorovSmirnov(_Separation):
    """The Kolmogorov-Smirnov statistic: the largest |tpr - fpr| of all thresholds.

    The largest distance between the distributions of the scores of positives and of negatives.

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
    The details have the threshold, the lowest of several; scores of at least this are positive.
    Shapes: labels (N,) against scores (N,), of any range; weights one a row.
    Range: [0, 1], higher is better.
    State: the distinct scores, with the rows of each class.
    Exact: an exact fraction, rounded once.
    Reference: scipy.stats.ks_2samp.

    Examples
    --------
    >>> KolmogorovSmirnov()([0, 0, 0, 1, 1], [0.1, 0.2, 0.6, 0.4, 0.9])
    0.6666666666666666
    """

    key: ClassVar[str] = "ks_statistic"

    def chosen(self, high: Point, low: Point) -> Point:
        """The one farther from 0."""
        return min(high, low, key=lambda point: (-abs(apart(point)), point.threshold))


@dataclass(frozen=True, repr=False)
class YoudenJ(_Separation):
    """Youden's J: the highest tpr - fpr, sensitivity + specificity - 1, of all thresholds.

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
    The details have the threshold, the lowest of several; scores of at least this are positive.
    Shapes: labels (N,) against scores (N,), of any range; weights one a row.
    Range: [0, 1], higher is better.
    State: the distinct scores, with the rows of each class.
    Exact: an exact fraction, rounded once.
    Reference: the highest tpr - fpr of sklearn.metrics.roc_curve.

    Examples
    --------
    >>> YoudenJ()([0, 0, 0, 1, 1], [0.1, 0.2, 0.6, 0.4, 0.9])
    0.6666666666666666
    """

    key: ClassVar[str] = "youden_j"

    def chosen(self, high: Point, low: Point) -> Point:  # noqa: ARG002  (of the other statistic)
        """The highest."""
        return high
