"""Right and wrong decisions at thresholds of a score."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Literal

import numpy as np

from disteval.errors import ArgumentError
from disteval.metrics.checks import check_score_range, require_number_arguments
from disteval.metrics.rows import Raw
from disteval.metrics.thresholds.scores import (
    positive,
    require_scores,
    require_weights,
    score,
)
from disteval.numerics import limbs
from disteval.protocol import Y_PRED, Metric, Outcome, Reduction, Schema, Value
from disteval.reductions import BucketCounts, MinMax, ThresholdCounts, are_even

_SHOWN = 6


@dataclass(frozen=True, repr=False)
class _DecisionCount(Metric):
    """The total weight of one kind of decisions."""

    thresholds: float | tuple[float, ...] | None = None

    side: ClassVar[Literal["tp", "tn", "fp", "fn"]]

    def resolve(self, schema: Schema) -> Metric:
        """Check kinds, shapes and thresholds."""
        if self.thresholds == ():
            msg = f"{self!r}: expected thresholds, got none"
            raise ArgumentError(msg)
        for cut in self.cuts:
            require_number_arguments(thresholds=cut)
        require_scores(schema)
        return self

    def weighted_by(self, schema: Schema) -> Metric:
        """Of weights of single elements: each counts with its own."""
        require_weights(schema)
        return self

    @property
    def cuts(self) -> tuple[float, ...]:
        """The thresholds, as they were asked for."""
        if self.thresholds is None:
            return (0.5,)
        return self.thresholds if isinstance(self.thresholds, tuple) else (self.thresholds,)

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The counts; and the range of the scores where no threshold was given."""
        if self.thresholds is None:
            return (self._counts, MinMax(Raw(Y_PRED)))
        return (self._counts,)

    @property
    def _counts(self) -> ThresholdCounts | BucketCounts:
        if are_even(self.cuts):
            return BucketCounts(positive(), score(), len(self.cuts))
        return ThresholdCounts(positive(), score(), tuple(sorted({float(t) for t in self.cuts})))

    def compute(self, *states: Any) -> Value | Outcome:
        """A count, or one a threshold; totals of weights are rounded once."""
        if self.thresholds is None:
            check_score_range(states[1], str(self.name), "give thresholds=0.0")
        counts = self._counts
        (table,) = counts.table(states[0])
        totals = getattr(table, self.side)
        rule = f"y_pred > {', '.join(map(str, self.cuts[:_SHOWN]))}"
        if len(self.cuts) == 1:
            return Outcome(_rounded(totals[0]), rule=rule)
        if isinstance(counts, BucketCounts):
            values = [_rounded(total) for total in totals]
        else:
            at = {cut: _rounded(t) for cut, t in zip(counts.thresholds, totals, strict=True)}
            values = [at[float(cut)] for cut in self.cuts]
        more = ", ..." if len(self.cuts) > _SHOWN else ""
        return Outcome(np.array(values), labels=self.cuts, rule=rule + more)


def _rounded(total: int | Fraction) -> int | float:
    return total if isinstance(total, int) else limbs.to_float(total)


@dataclass(frozen=True, repr=False)
class TruePositives(_DecisionCount):
    """How many positives have a score above the threshold.

    Parameters
    ----------
    thresholds : float or sequence of floats, optional
        y_pred > threshold is positive; 0.5 by default, for scores within [0, 1]. Several give an
        array.

    Returns
    -------
    int, or int64 array (one value a threshold)
        With weights their total, a float or float64 array.

    Notes
    -----
    A label that is not zero is positive. Rows (N, C) count element by element. Three thresholds or
    more, evenly from 0 to 1, are Keras's buckets: float32 decides for scores next to one of them. A
    score beyond 1 exceeds a threshold of 1, where Keras clips it; weights are not negative.
    Shapes: numbers (N,) or (N, ...), y_true and y_pred alike; weights one a row or an element.
    Range: [0, rows or elements], or up to their weight, higher is better.
    State: two integers a threshold, or exact sums of weights.
    Exact: a count, or a total of weights rounded once.
    Reference: keras.metrics.TruePositives; sklearn.metrics.confusion_matrix_at_thresholds.

    Examples
    --------
    >>> TruePositives()([0, 1, 1, 1], [0.9, 0.2, 0.8, 0.6])
    2
    >>> TruePositives(thresholds=[0.1, 0.7])([0, 1, 1, 1], [0.9, 0.2, 0.8, 0.6])
    array([3, 1])
    """

    key: ClassVar[str] = "true_positives"
    side: ClassVar[Literal["tp", "tn", "fp", "fn"]] = "tp"


@dataclass(frozen=True, repr=False)
class TrueNegatives(_DecisionCount):
    """How many negatives have no score above the threshold.

    Parameters
    ----------
    thresholds
        As for `TruePositives`.

    Returns
    -------
    int, or int64 array (one value a threshold)
        With weights their total, a float or float64 array.

    Notes
    -----
    Shapes: numbers (N,) or (N, ...), y_true and y_pred alike; weights one a row or an element.
    Range: [0, rows or elements], or up to their weight, higher is better.
    State: two integers a threshold, or exact sums of weights.
    Exact: a count, or a total of weights rounded once.
    Reference: keras.metrics.TrueNegatives; sklearn.metrics.confusion_matrix_at_thresholds.

    Examples
    --------
    >>> TrueNegatives()([0, 0, 1, 1], [0.9, 0.2, 0.8, 0.6])
    1
    """

    key: ClassVar[str] = "true_negatives"
    side: ClassVar[Literal["tp", "tn", "fp", "fn"]] = "tn"


@dataclass(frozen=True, repr=False)
class FalsePositives(_DecisionCount):
    """How many negatives have a score above the threshold.

    Parameters
    ----------
    thresholds
        As for `TruePositives`.

    Returns
    -------
    int, or int64 array (one value a threshold)
        With weights their total, a float or float64 array.

    Notes
    -----
    Shapes: numbers (N,) or (N, ...), y_true and y_pred alike; weights one a row or an element.
    Range: [0, rows or elements], or up to their weight, lower is better.
    State: two integers a threshold, or exact sums of weights.
    Exact: a count, or a total of weights rounded once.
    Reference: keras.metrics.FalsePositives; sklearn.metrics.confusion_matrix_at_thresholds.

    Examples
    --------
    >>> FalsePositives()([0, 0, 1, 1], [0.9, 0.2, 0.8, 0.6])
    1
    """

    key: ClassVar[str] = "false_positives"
    side: ClassVar[Literal["tp", "tn", "fp", "fn"]] = "fp"


@dataclass(frozen=True, repr=False)
class FalseNegatives(_DecisionCount):
    """How many positives have no score above the threshold.

    Parameters
    ----------
    thresholds
        As for `TruePositives`.

    Returns
    -------
    int, or int64 array (one value a threshold)
        With weights their total, a float or float64 array.

    Notes
    -----
    Shapes: numbers (N,) or (N, ...), y_true and y_pred alike; weights one a row or an element.
    Range: [0, rows or elements], or up to their weight, lower is better.
    State: two integers a threshold, or exact sums of weights.
    Exact: a count, or a total of weights rounded once.
    Reference: keras.metrics.FalseNegatives; sklearn.metrics.confusion_matrix_at_thresholds.

    Examples
    --------
    >>> FalseNegatives()([0, 1, 1, 1], [0.9, 0.2, 0.8, 0.6])
    1
    """

    key: ClassVar[str] = "false_negatives"
    side: ClassVar[Literal["tp", "tn", "fp", "fn"]] = "fn"
