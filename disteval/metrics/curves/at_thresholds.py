"""Confusion counts, and any formula of them, at every threshold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from disteval.errors import ArgumentError
from disteval.metrics.asking import as_metric
from disteval.metrics.base import NO_WEIGHT, once_resolved
from disteval.metrics.curves.curves import OverThresholds
from disteval.metrics.curves.vertices import Vertices
from disteval.metrics.labels.accuracy import Accuracy, BinaryAccuracy, ChosenAccuracy
from disteval.metrics.labels.confusion import TableMetric
from disteval.metrics.labels.pairs import Table
from disteval.metrics.labels.scores import LabelTotals
from disteval.metrics.labels.shares import AccuracyScore, HammingLoss, ZeroOneLoss
from disteval.numerics.limbs import to_float
from disteval.parameters import as_literal
from disteval.protocol import WEIGHT, Y_PRED, Y_TRUE, Array, Column, Metric, Outcome, Schema

_LABELS = (0, 1)
_ACCURACIES = (ChosenAccuracy, Accuracy, BinaryAccuracy)


@dataclass(frozen=True, repr=False)
class ConfusionMatrixAtThresholds(OverThresholds):
    """True and false negatives and positives at every threshold.

    Parameters
    ----------
    max_points : int, optional
        As for `roc_curve`.
    pos_label : label, optional
        The positive one; by default 1 of labels {0, 1} or {-1, 1}.

    Returns
    -------
    dict of arrays "tn", "fp", "fn", "tp" (int64) and "thresholds" (as y_pred)
        From the highest score down; a row is positive where y_pred >= threshold. float64 with
        weights that are floats. Empty where there are no rows.

    Notes
    -----
    Shapes: labels and scores (N,).
    Range: 0 or more, no direction.
    State: distinct scores and how often each occurs with each class (`ScoreCounts`).
    Exact: always; totals of weights are rounded once.
    Reference: sklearn.metrics.confusion_matrix_at_thresholds.

    Examples
    --------
    >>> found = ConfusionMatrixAtThresholds()([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> found["fp"], found["tp"]
    (array([0, 1, 1, 2]), array([1, 1, 2, 2]))
    >>> found["thresholds"]
    array([0.8 , 0.4 , 0.35, 0.1 ])
    """

    max_points: int | None = None
    whole: bool = field(default=True, kw_only=True, repr=False)
    """Whether the weights are whole numbers; set by `resolve`."""

    key: ClassVar[str] = "confusion_matrix_at_thresholds"

    def resolve(self, schema: Schema) -> Metric:
        """Check the schema; see what the weights are."""
        whole = WEIGHT not in schema or schema[WEIGHT].kind in ("int", "bool")
        return OverThresholds.resolve(replace(self, whole=whole), schema)

    def of_vertices(self, found: Vertices, state: Any) -> Outcome:
        """The counts."""
        rows = {
            "tn": found.negatives - found.fp, "fp": found.fp,
            "fn": found.positives - found.tp, "tp": found.tp,
        }  # fmt: skip
        unit = state.unit
        value = {name: self._numbers(column, unit) for name, column in rows.items()}
        return Outcome({**value, "thresholds": found.scores.copy()})

    def _numbers(self, rows: Array, unit: Fraction) -> Array:
        if unit == 1 and len(rows) and rows.max() < 1 << 53:
            return rows.astype(np.int64 if self.whole else np.float64)
        exact = [Fraction(row) * unit for row in rows.tolist()]
        if self.whole and max(exact, default=0) < 1 << 63:
            return np.array([int(number) for number in exact], np.int64)
        return np.array([to_float(number) for number in exact], np.float64)


@dataclass(frozen=True, repr=False)
class MetricAtThresholds(OverThresholds):
    """A metric of true and predicted labels at every threshold.

    Parameters
    ----------
    metric : metric, or the name of one
        One number, of the table of true and predicted labels, which here are 0 and 1:
        "f1_score", "precision", "recall", "jaccard_score", "balanced_accuracy_score",
        "matthews_corrcoef", "cohen_kappa_score", "accuracy" and others. ``Recall(pos_label=0)`` is
        specificity.
    max_points : int, optional
        As for `roc_curve`; 1,000 by default. None: all. The formula takes some 50 µs a point.
    pos_label : label, optional
        The positive one, which is 1 to the metric; by default 1 of labels {0, 1} or {-1, 1}.

    Returns
    -------
    dict of arrays "values" (float64) and "thresholds" (as y_pred)
        From the highest score down; a row is positive where y_pred >= threshold. Where the metric
        is undefined it has the value that it has elsewhere, and ``result.details`` tells at how
        many thresholds. Empty with a warning where there are no rows.

    Notes
    -----
    Shapes: labels and scores (N,).
    Range: that of the metric, no direction.
    State: distinct scores and how often each occurs with each class (`ScoreCounts`).
    Exact: as the metric.
    Reference: sklearn.metrics.metric_at_thresholds, which has no `max_points`.

    Examples
    --------
    >>> found = MetricAtThresholds("accuracy")([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> found["values"], found["thresholds"]
    (array([0.75, 0.5 , 0.75, 0.5 ]), array([0.8 , 0.4 , 0.35, 0.1 ]))
    """

    metric: Any
    max_points: int | None = 1_000
    formula: Metric | None = field(default=None, kw_only=True, repr=False)
    """The metric for labels 0 and 1; set by `resolve`."""

    key: ClassVar[str] = "metric_at_thresholds"

    def __post_init__(self) -> None:
        object.__setattr__(self, "metric", as_metric(self.metric))
        super().__post_init__()

    def canonical_string(self) -> str:
        """With the metric as it is asked for by name."""
        given = [f"metric={str(self.metric.name)!r}"]
        if self.max_points != type(self).max_points:
            given.append(f"max_points={self.max_points}")
        if self.pos_label is not None:
            given.append(f"pos_label={as_literal(self.pos_label)}")
        return f"{self.key}({', '.join(given)})"

    def resolve(self, schema: Schema) -> Metric:
        """Check the schema; resolve the metric for labels 0 and 1."""
        labels = Column(np.dtype(np.int64))
        resolved = self.metric.resolve(Schema(((Y_TRUE, labels), (Y_PRED, labels))))
        formula = AccuracyScore() if isinstance(resolved, _ACCURACIES) else resolved
        if not isinstance(formula, TableMetric | AccuracyScore | ZeroOneLoss | HammingLoss):
            raise ArgumentError(self._not_of_labels())
        return OverThresholds.resolve(replace(self, formula=formula), schema)

    def _not_of_labels(self) -> str:
        return (
            "expected a metric of true and predicted labels, such as 'f1_score', "
            f"'balanced_accuracy_score' or 'accuracy', got {str(self.metric.name)!r}"
        )

    def of_vertices(self, found: Vertices, state: Any) -> Outcome:
        """The metric of each table."""
        formula, unit = once_resolved(self, self.formula), state.unit
        outcomes = [_at(formula, table) for table in _tables(found, unit)]
        if not all(isinstance(outcome.value, int | float) for outcome in outcomes):
            msg = (
                f"{self.key}: expected a metric of one number, got several values of "
                f"{str(self.metric.name)!r}; choose an average, such as average='binary'"
            )
            raise ArgumentError(msg)
        value = {
            "values": np.array([outcome.value for outcome in outcomes], np.float64),
            "thresholds": found.scores.copy(),
        }
        reasons = Counter(outcome.undefined for outcome in outcomes if outcome.undefined)
        details = {"undefined": dict(reasons)} if reasons else {}
        return Outcome(value, undefined="" if len(found) else NO_WEIGHT, details=details)


def _tables(found: Vertices, unit: Fraction) -> Iterator[Table]:
    """True labels down, predicted ones across, of each vertex."""
    for fp, tp in zip(found.fp.tolist(), found.tp.tolist(), strict=True):
        rows = [[found.negatives - fp, fp], [found.positives - tp, tp]]
        counts = np.array(rows, object) * unit
        yield Table(_LABELS, counts)


def _at(formula: Metric, table: Table) -> Outcome:
    """The metric's own formula, of a table."""
    if isinstance(formula, LabelTotals):
        return formula.of_totals(table.by_label())
    if isinstance(formula, TableMetric):
        value = formula.of_table(table)
        return value if isinstance(value, Outcome) else Outcome(value)
    assert isinstance(formula, AccuracyScore | ZeroOneLoss | HammingLoss)
    totals = table.by_label()
    return Outcome(to_float(formula.of(sum(totals.right, Fraction(0)), totals.total)))
