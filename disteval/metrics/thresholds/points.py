"""The best of one rate where another is high enough: operating points of a score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from disteval.metrics.curves.crossings import MostSensitive, MostSpecific
from disteval.metrics.curves.optima import FirstPrecise, HighestRatio
from disteval.metrics.thresholds.operating import OperatingPoint
from disteval.reductions import Sweep


@dataclass(frozen=True, repr=False)
class SensitivityAtSpecificity(OperatingPoint):
    """The highest sensitivity, tp / (tp + fn), at thresholds of at least a given specificity.

    Parameters
    ----------
    specificity : float
        tn / (tn + fp) must be at least this, within [0, 1].
    num_thresholds : int, optional
        By default all thresholds that differ are considered, of scores of any range and labels 0
        and 1 or -1 and 1. A number of thresholds, evenly from 0 to 1 (1 is 0.5 alone), is as in
        Keras: scores beyond the ends are as at them, labels other than 0 positive.
    class_id : int, optional
        For rows (N, C): of this column alone, not of all elements together.

    Returns
    -------
    float
        0.0 with a warning where no threshold will do, or where there are no positives, no
        negatives or no rows.

    Notes
    -----
    A score of at least the threshold is positive; with `num_thresholds`, one above it. A rate is
    compared as a float, so that 1/10 is at least 0.1. Of thresholds with the same value the one
    with most of the other rate; the result's details have it.
    Shapes: numbers (N,) or (N, ...), y_true and y_pred alike; weights one a row or an element.
    Range: [0, 1], higher is better.
    State: the distinct scores, with the rows of each class; with `num_thresholds` two integers a
        threshold, or exact sums of weights.
    Exact: a quotient of exact totals, rounded once; with `num_thresholds` for these thresholds.
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

    @property
    def search(self) -> Sweep[Any, Any]:
        """What finds the point among all scores."""
        return MostSensitive(self.least)


@dataclass(frozen=True, repr=False)
class SpecificityAtSensitivity(OperatingPoint):
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
    Thresholds and rates as for `SensitivityAtSpecificity`.
    Shapes: numbers (N,) or (N, ...), y_true and y_pred alike; weights one a row or an element.
    Range: [0, 1], higher is better.
    State: the distinct scores, with the rows of each class; with `num_thresholds` two integers a
        threshold, or exact sums of weights.
    Exact: a quotient of exact totals, rounded once; with `num_thresholds` for these thresholds.
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

    @property
    def search(self) -> Sweep[Any, Any]:
        """What finds the point among all scores."""
        return MostSpecific(self.least)


@dataclass(frozen=True, repr=False)
class PrecisionAtRecall(OperatingPoint):
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
    Thresholds and rates as for `SensitivityAtSpecificity`.
    Shapes: numbers (N,) or (N, ...), y_true and y_pred alike; weights one a row or an element.
    Range: [0, 1], higher is better.
    State: the distinct scores, with the rows of each class; with `num_thresholds` two integers a
        threshold, or exact sums of weights.
    Exact: a quotient of exact totals, rounded once; with `num_thresholds` for these thresholds.
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

    @property
    def search(self) -> Sweep[Any, Any]:
        """What finds the point among all scores."""
        return HighestRatio(recall=self.least)


@dataclass(frozen=True, repr=False)
class RecallAtPrecision(OperatingPoint):
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
    Thresholds and rates as for `SensitivityAtSpecificity`.
    Shapes: numbers (N,) or (N, ...), y_true and y_pred alike; weights one a row or an element.
    Range: [0, 1], higher is better.
    State: the distinct scores, with the rows of each class; with `num_thresholds` two integers a
        threshold, or exact sums of weights.
    Exact: a quotient of exact totals, rounded once; with `num_thresholds` for these thresholds.
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

    @property
    def search(self) -> Sweep[Any, Any]:
        """What finds the point among all scores."""
        return FirstPrecise(self.least)
