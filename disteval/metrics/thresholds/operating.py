"""What metrics of operating points share: the best of one rate where another is high enough."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from disteval.errors import ArgumentError
from disteval.metrics.base import NO_WEIGHT
from disteval.metrics.checks import require_number_arguments
from disteval.metrics.curves.base import Above, check_two_labels
from disteval.metrics.curves.crossings import InAll
from disteval.metrics.curves.operating import Point
from disteval.metrics.rows import Raw
from disteval.metrics.thresholds.areas import Curve
from disteval.metrics.thresholds.scores import (
    OfClass,
    positive,
    require_buckets,
    require_scores,
    require_weights,
    score,
)
from disteval.numerics import limbs
from disteval.protocol import Y_TRUE, Batch, Metric, Outcome, Reduction, RowFunction, Schema, Value
from disteval.reductions import (
    BucketCounts,
    DistinctState,
    DistinctValues,
    ScoreCounts,
    ScoreState,
    Sweep,
    ThresholdCounts,
)


def _sensitivity(point: Point) -> Fraction:
    return point.tpr


def _specificity(point: Point) -> Fraction:
    return point.specificity


def _precision(point: Point) -> Fraction:
    return point.precision


RATES: dict[str, Callable[[Point], Fraction]] = {
    "sensitivity": _sensitivity,
    "recall": _sensitivity,
    "specificity": _specificity,
    "precision": _precision,
}
"""0/0 is 0, as in Keras."""


@dataclass(frozen=True)
class _AboveOf:
    """True where the label of a class is above zero."""

    class_id: int

    def __call__(self, batch: Batch) -> Any:
        values = batch[Y_TRUE][..., self.class_id]
        return values if values.dtype == bool else values > 0


@dataclass(frozen=True, repr=False)
class OperatingPoint(Metric):
    """The largest value of one rate at thresholds where another is at least so much."""

    best: ClassVar[str]
    given: ClassVar[str]
    """The rate that must be high enough; the name of the parameter."""

    @property
    def num_thresholds(self) -> int | None:
        """How many; None for all that differ. A parameter of each metric, after its own."""
        raise NotImplementedError

    @property
    def class_id(self) -> int | None:
        """The only column; None for all. A parameter of each metric, the last."""
        raise NotImplementedError

    @property
    def least(self) -> float:
        """What the other rate must be at least."""
        return float(getattr(self, self.given))

    @property
    def search(self) -> Sweep[Any, Any]:
        """What finds the point among all scores."""
        raise NotImplementedError

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
        """The counts at thresholds; or those of all scores, and which labels there are."""
        if self.num_thresholds is not None:
            return (self._counts,)
        labels: RowFunction = (
            Raw(Y_TRUE) if self.class_id is None else OfClass(Y_TRUE, self.class_id)
        )
        above: RowFunction = Above() if self.class_id is None else _AboveOf(self.class_id)
        scores = ScoreCounts(score(self.class_id), above)
        return (scores, DistinctValues(labels))

    @property
    def sweeps(self) -> tuple[Sweep[Any, Any], ...]:
        """The search among all scores, and the rows of each class."""
        return () if self.num_thresholds is not None else (self.search, InAll())

    @property
    def _counts(self) -> BucketCounts | ThresholdCounts:
        true, pred = positive(self.class_id), score(self.class_id)
        if self.num_thresholds == 1:
            return ThresholdCounts(true, pred, (0.5,))
        return BucketCounts(true, pred, self.num_thresholds or 1)

    def compute(self, *states: Any) -> Value | Outcome:
        """The best rate, rounded once."""
        if self.num_thresholds is None:
            return self._of_all(*states)
        return self._of_some(states[0])

    def _of_all(self, state: ScoreState, labels: DistinctState) -> Outcome:
        check_two_labels(labels, str(self.name))
        (point,), (totals,) = (state.sweep(sweep) for sweep in self.sweeps)
        if point is None:
            return self._none(*totals)
        other = {self.given: RATES[self.given](point)}
        return self._at(point, point.rule, point.details(state.unit, **other))

    def _of_some(self, state: Any) -> Outcome:
        """At thresholds that scores must exceed, as in Keras."""
        counts = self._counts
        (table,) = counts.table(state)
        curve = Curve.of(table)
        if isinstance(counts, BucketCounts):
            curve = curve.to_none()  # of scores beyond 1, which are as at 1
        cuts, totals = counts.thresholds, (curve.negatives, curve.positives)
        best, given = RATES[self.best], RATES[self.given]
        points = [
            Point(cut, fp, tp, *totals)
            for cut, fp, tp in zip(cuts, curve.fp, curve.tp, strict=True)
        ]
        allowed = [point for point in points if limbs.to_float(given(point)) >= self.least]
        if not allowed:
            return self._none(*totals, rule=f"{len(cuts)} thresholds of y_pred")
        # of equals the first, which is the lowest threshold
        point = max(allowed, key=lambda point: (best(point), given(point)))
        return self._at(point, f"y_pred > {point.threshold}, one of {len(cuts)} thresholds")

    def _undefined(self, negatives: int, positives: int) -> str:
        if not negatives + positives:
            return NO_WEIGHT
        if not positives:
            return "there are no positives"
        of_negatives = "specificity" in (self.best, self.given)
        return "there are no negatives" if of_negatives and not negatives else ""

    def _none(self, negatives: int, positives: int, rule: str = "") -> Outcome:
        """At no threshold."""
        reason = self._undefined(negatives, positives)
        reason = reason or f"at no threshold is the {self.given} {self.least} or more"
        return Outcome(0.0, undefined=reason, rule=rule)

    def _at(self, point: Point, rule: str, details: Mapping[str, Any] | None = None) -> Outcome:
        reason = self._undefined(point.negatives, point.positives)
        if reason == NO_WEIGHT:
            return Outcome(0.0, undefined=reason)
        value = limbs.to_float(RATES[self.best](point))
        return Outcome(value, undefined=reason, rule=rule, details=details or {})
