"""The best of one rate where another is high enough: operating points of a score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from disteval.errors import ArgumentError
from disteval.metrics.base import NO_WEIGHT
from disteval.metrics.checks import check_binary, check_score_range, require_number_arguments
from disteval.metrics.rows import NotBinary
from disteval.metrics.thresholds.areas import Curve, quotient
from disteval.metrics.thresholds.auc import BUCKETS
from disteval.metrics.thresholds.scores import (
    positive,
    require_buckets,
    require_scores,
    require_weights,
    score,
)
from disteval.numerics import limbs
from disteval.protocol import Y_TRUE, Metric, Outcome, Reduction, Schema, Value
from disteval.reductions import BucketCounts, Count, MinMax, ThresholdCounts


def _sensitivity(curve: Curve, i: int) -> Fraction:
    return quotient(curve.tp[i], curve.positives)


def _specificity(curve: Curve, i: int) -> Fraction:
    return quotient(curve.negatives - curve.fp[i], curve.negatives)


def _precision(curve: Curve, i: int) -> Fraction:
    return quotient(curve.tp[i], curve.tp[i] + curve.fp[i])


RATES: dict[str, Callable[[Curve, int], Fraction]] = {
    "sensitivity": _sensitivity,
    "recall": _sensitivity,
    "specificity": _specificity,
    "precision": _precision,
}
"""At threshold i; 0/0 is 0, as in Keras."""


class _OperatingPoint(Metric):
    """The largest value of one rate at thresholds where another is at least so much."""

    best: ClassVar[str]
    given: ClassVar[str]
    """The rate that must be high enough; the name of the parameter."""

    num_thresholds: int | None
    class_id: int | None

    @property
    def least(self) -> float:
        """What the other rate must be at least."""
        return float(getattr(self, self.given))

    def resolve(self, schema: Schema) -> Metric:
        """Check arguments and shapes."""
        require_number_arguments(**{self.given: getattr(self, self.given)})
        if not 0 <= self.least <= 1:
            msg = f"expected {self.given} within [0, 1], got {self.least}"
            raise ArgumentError(msg)
        require_buckets(self.num_thresholds, 1)
        require_scores(schema, self.class_id)
        return self

    def weighted_by(self, schema: Schema) -> Metric:
        """Of weights of single elements: each counts with its own."""
        require_weights(schema, self.class_id)
        return self

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The counts; and, by default, whether these scores fit the thresholds."""
        if self.num_thresholds is not None:
            return (self._counts,)
        labels = Count(NotBinary(Y_TRUE), weighted=False)
        return (self._counts, labels, MinMax(score(self.class_id)))

    @property
    def _counts(self) -> BucketCounts | ThresholdCounts:
        true, pred = positive(self.class_id), score(self.class_id)
        if self.num_thresholds == 1:
            return ThresholdCounts(true, pred, (0.5,))
        return BucketCounts(true, pred, self.num_thresholds or BUCKETS)

    def compute(self, *states: Any) -> Value | Outcome:
        """The best rate, rounded once."""
        if self.num_thresholds is None:
            check_binary(states[1], str(self.name))
            check_score_range(states[2], str(self.name), "give probabilities")
        counts = self._counts
        (table,) = counts.table(states[0])
        curve = Curve.of(table)
        if isinstance(counts, BucketCounts):
            curve = curve.to_none()  # of scores beyond 1, which are as at 1
        if curve.missing == "rows":
            return Outcome(0.0, undefined=NO_WEIGHT)
        of_negatives = "specificity" in (self.best, self.given)
        undefined = curve.missing == "positives" or (curve.missing and of_negatives)
        reason = f"there are no {curve.missing}" if undefined else ""
        return self._at(curve, counts.thresholds, reason)

    def _at(self, curve: Curve, cuts: tuple[float, ...], reason: str) -> Outcome:
        best, given = RATES[self.best], RATES[self.given]
        rates = [(best(curve, i), given(curve, i), -i) for i in range(len(cuts))]
        # compared in float64, where a rate of 1/10 is 0.1
        allowed = [point for point in rates if limbs.to_float(point[1]) >= self.least]
        if not allowed:
            reason = reason or f"at no threshold is the {self.given} {self.least} or more"
            return Outcome(0.0, undefined=reason, rule=f"{len(cuts)} thresholds of y_pred")
        value, _, place = max(allowed)
        rule = f"y_pred > {cuts[-place]}, one of {len(cuts)} thresholds"
        return Outcome(limbs.to_float(value), undefined=reason, rule=rule)


@dataclass(frozen=True, repr=False)
class SensitivityAtSpecificity(_OperatingPoint):
    """The highest sensitivity, tp / (tp + fn), at thresholds of at least a given specificity.

    Parameters
    ----------
    specificity : float
        tn / (tn + fp) must be at least this, within [0, 1].
    num_thresholds : int, optional
        How many thresholds there are, evenly from 0 to 1; 1 is 0.5 alone. 200 by default, for
        scores within [0, 1] and labels 0 and 1; a given number takes others as Keras does, scores
        beyond the ends as at them, labels other than 0 as positive.
    class_id : int, optional
        For rows (N, C): of this column alone, not of all elements together.

    Returns
    -------
    float
        0.0 with a warning where no threshold will do, or where there are no positives, no
        negatives or no rows.

    Notes
    -----
    y_pred > threshold is positive: a score of 0 never is. The result tells the threshold.
    Shapes: numbers (N,) or (N, ...), y_true and y_pred alike; weights one a row or an element.
    Range: [0, 1], higher is better.
    State: two integers a threshold, or exact sums of weights.
    Exact: for these thresholds: a quotient of exact totals, rounded once.
    Reference: keras.metrics.SensitivityAtSpecificity.

    Examples
    --------
    >>> SensitivityAtSpecificity(0.5)([0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.3, 0.8])
    0.5
    """

    specificity: float
    num_thresholds: int | None = None
    class_id: int | None = None

    key: ClassVar[str] = "sensitivity_at_specificity"
    given: ClassVar[str] = "specificity"
    best: ClassVar[str] = "sensitivity"


@dataclass(frozen=True, repr=False)
class SpecificityAtSensitivity(_OperatingPoint):
    """The highest specificity, tn / (tn + fp), at thresholds of at least a given sensitivity.

    Parameters
    ----------
    sensitivity : float
        tp / (tp + fn) must be at least this, within [0, 1].
    num_thresholds, class_id
        As for `SensitivityAtSpecificity`.

    Returns
    -------
    float
        0.0 with a warning where no threshold will do, or where there are no positives, no
        negatives or no rows.

    Notes
    -----
    Shapes: numbers (N,) or (N, ...), y_true and y_pred alike; weights one a row or an element.
    Range: [0, 1], higher is better.
    State: two integers a threshold, or exact sums of weights.
    Exact: for these thresholds: a quotient of exact totals, rounded once.
    Reference: keras.metrics.SpecificityAtSensitivity.

    Examples
    --------
    >>> SpecificityAtSensitivity(0.5)([0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.3, 0.9])
    1.0
    """

    sensitivity: float
    num_thresholds: int | None = None
    class_id: int | None = None

    key: ClassVar[str] = "specificity_at_sensitivity"
    given: ClassVar[str] = "sensitivity"
    best: ClassVar[str] = "specificity"


@dataclass(frozen=True, repr=False)
class PrecisionAtRecall(_OperatingPoint):
    """The highest precision, tp / (tp + fp), at thresholds of at least a given recall.

    Parameters
    ----------
    recall : float
        tp / (tp + fn) must be at least this, within [0, 1].
    num_thresholds, class_id
        As for `SensitivityAtSpecificity`.

    Returns
    -------
    float
        0.0 with a warning where no threshold will do, or where there are no positives or no rows.

    Notes
    -----
    Shapes: numbers (N,) or (N, ...), y_true and y_pred alike; weights one a row or an element.
    Range: [0, 1], higher is better.
    State: two integers a threshold, or exact sums of weights.
    Exact: for these thresholds: a quotient of exact totals, rounded once.
    Reference: keras.metrics.PrecisionAtRecall.

    Examples
    --------
    >>> PrecisionAtRecall(0.5)([0, 0, 0, 1, 1], [0.1, 0.3, 0.8, 0.3, 0.9])
    1.0
    >>> PrecisionAtRecall(1.0)([0, 0, 0, 1, 1], [0.1, 0.3, 0.8, 0.3, 0.9])
    0.5
    """

    recall: float
    num_thresholds: int | None = None
    class_id: int | None = None

    key: ClassVar[str] = "precision_at_recall"
    given: ClassVar[str] = "recall"
    best: ClassVar[str] = "precision"


@dataclass(frozen=True, repr=False)
class RecallAtPrecision(_OperatingPoint):
    """The highest recall, tp / (tp + fn), at thresholds of at least a given precision.

    Parameters
    ----------
    precision : float
        tp / (tp + fp) must be at least this, within [0, 1].
    num_thresholds, class_id
        As for `SensitivityAtSpecificity`.

    Returns
    -------
    float
        0.0 with a warning where no threshold will do, or where there are no positives or no rows.

    Notes
    -----
    Shapes: numbers (N,) or (N, ...), y_true and y_pred alike; weights one a row or an element.
    Range: [0, 1], higher is better.
    State: two integers a threshold, or exact sums of weights.
    Exact: for these thresholds: a quotient of exact totals, rounded once.
    Reference: keras.metrics.RecallAtPrecision.

    Examples
    --------
    >>> RecallAtPrecision(0.8)([0, 0, 1, 1], [0.0, 0.5, 0.3, 0.9])
    0.5
    """

    precision: float
    num_thresholds: int | None = None
    class_id: int | None = None

    key: ClassVar[str] = "recall_at_precision"
    given: ClassVar[str] = "precision"
    best: ClassVar[str] = "sensitivity"
