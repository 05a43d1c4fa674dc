"""The best F-score of all thresholds, and the threshold that gives it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import ClassVar

from disteval.errors import ArgumentError
from disteval.metrics.base import NO_WEIGHT
from disteval.metrics.curves.base import RankedScores
from disteval.metrics.curves.optima import HighestRatio
from disteval.metrics.labels.fbeta import require_beta
from disteval.numerics import limbs
from disteval.protocol import Outcome, Value
from disteval.reductions import DistinctState, ScoreState


@dataclass(frozen=True, repr=False)
class BestFBeta(RankedScores):
    """The highest F-beta, (1 + β²) tp / (β² (tp + fn) + (tp + fp)), of all thresholds.

    Parameters
    ----------
    beta : float
        Above 1 recall weighs more, below 1 precision.
    pos_label : label, optional
        The positive one. By default 1, of labels 0 and 1 or -1 and 1.

    Returns
    -------
    float
        0.0 with a warning where there are no positives or no rows.

    Notes
    -----
    The details have the threshold, the lowest of several; scores of at least this are positive.
    Shapes: labels (N,) against scores (N,), of any range; weights one a row.
    Range: [0, 1], higher is better.
    State: the distinct scores, with the rows of each class.
    Exact: an exact fraction, rounded once.
    Reference: the highest of sklearn.metrics.precision_recall_curve.

    Examples
    --------
    >>> BestFBeta(beta=2.0)([0, 0, 0, 1, 1], [0.1, 0.2, 0.6, 0.4, 0.9])
    0.9090909090909091
    """

    beta: float = 1.0

    key: ClassVar[str] = "best_fbeta"

    def __post_init__(self) -> None:
        if isinstance(self.beta, int):
            object.__setattr__(self, "beta", float(self.beta))
        super().__post_init__()

    def check_arguments(self) -> None:
        """Check beta."""
        require_beta(self.beta)
        if math.isinf(self.beta):
            msg = "expected a finite beta, as recall alone is 1 at the lowest score, got inf"
            raise ArgumentError(msg)

    @property
    def sweeps(self) -> tuple[HighestRatio]:
        """Where F-beta is highest."""
        return (HighestRatio(self.beta),)

    def compute(self, state: ScoreState, *flags: DistinctState) -> Value | Outcome:
        """The score, rounded once."""
        ((point,),) = self.swept(state, *flags)
        if point is None:
            return Outcome(0.0, undefined=NO_WEIGHT)
        if not point.positives:
            return Outcome(0.0, undefined="there are no positives")
        square = Fraction(self.beta) ** 2
        score = (1 + square) * point.tp / (square * point.positives + point.tp + point.fp)
        details = point.details(state.unit, precision=point.precision, recall=point.tpr)
        return Outcome(limbs.to_float(score), rule=point.rule, details=details)


@dataclass(frozen=True, repr=False)
class BestF1(BestFBeta):
    """The highest F1, 2 tp / (2 tp + fp + fn), of all thresholds.

    Parameters
    ----------
    pos_label : label, optional
        The positive one. By default 1, of labels 0 and 1 or -1 and 1.

    Returns
    -------
    float
        0.0 with a warning where there are no positives or no rows.

    Notes
    -----
    The details have the threshold, the lowest of several; scores of at least this are positive.
    Shapes: labels (N,) against scores (N,), of any range; weights one a row.
    Range: [0, 1], higher is better.
    State: the distinct scores, with the rows of each class.
    Exact: an exact fraction, rounded once.
    Reference: the highest of sklearn.metrics.precision_recall_curve.

    Examples
    --------
    >>> BestF1()([0, 0, 0, 1, 1], [0.1, 0.2, 0.6, 0.4, 0.9])
    0.8
    """

    beta: float = field(default=1.0, init=False, repr=False)

    key: ClassVar[str] = "best_f1"
