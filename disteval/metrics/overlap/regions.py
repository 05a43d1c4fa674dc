"""Which regions overlap, and what is counted of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np

from disteval.errors import ArgumentError, ShapeError
from disteval.metrics.base import once_resolved
from disteval.metrics.checks import (
    require_bool,
    require_int,
    require_number_arguments,
    require_numbers,
    require_weights_of,
    shown,
)
from disteval.metrics.labels.pairs import as_fraction
from disteval.metrics.rows import ArgMax, Labels, Wide
from disteval.numerics import limbs
from disteval.protocol import (
    WEIGHT,
    Y_PRED,
    Y_TRUE,
    Array,
    Batch,
    Metric,
    Outcome,
    Reduction,
    RowFunction,
    Schema,
    Value,
)
from disteval.reductions import ConfusionCounts, ConfusionState, ElementConfusionCounts


@dataclass(frozen=True)
class AtLeast:
    """1 where a column reaches a threshold, else 0, compared in the column's own dtype."""

    column: str
    threshold: float

    def __call__(self, batch: Batch) -> Any:
        values = batch[self.column]
        if values.dtype.kind != "f":
            values = batch.derive(Wide(self.column))
        return (values >= values.dtype.type(self.threshold)).astype(np.int64)


@dataclass(frozen=True)
class Regions:
    """Which regions overlap.

    Parameters
    ----------
    classes : labels are 0, 1, ..., classes - 1
    targets : the classes over which the mean is; None for all of them
    ignored : the true label whose elements are left out
    sparse_true, sparse_pred : whether a column holds labels, not a score a class
    axis : of the scores
    predicted : the predicted labels, where y_pred holds something else
    """

    classes: int
    targets: tuple[int, ...] | None = None
    ignored: int | None = None
    sparse_true: bool = True
    sparse_pred: bool = True
    axis: int = -1
    predicted: RowFunction | None = None

    def check(self) -> None:
        """Refuse arguments that mean nothing."""
        require_number_arguments(num_classes=self.classes, axis=self.axis)
        require_int("num_classes", self.classes, 1)
        require_int("ignore_class", self.ignored)
        require_bool("sparse_y_true", self.sparse_true)
        require_bool("sparse_y_pred", self.sparse_pred)
        require_int("axis", self.axis)
        if self.targets is not None:
            _check_targets(self.targets, self.classes)

    def counts(self, schema: Schema) -> ConfusionCounts:
        """What is counted, for columns of these shapes."""
        true_shape = self._labels_shape(schema, Y_TRUE, scores=not self.sparse_true)
        pred_shape = self._labels_shape(schema, Y_PRED, scores=not self.sparse_pred)
        if true_shape != pred_shape:
            true, pred = (shown(schema[column].shape) for column in (Y_TRUE, Y_PRED))
            msg = (
                f"expected a predicted class for each true one, got y_true {true} and y_pred "
                f"{pred}; scores of classes (N, ..., {self.classes}) want sparse_y_pred=False, "
                "one-hot labels sparse_y_true=False"
            )
            raise ShapeError(msg)
        true_labels: RowFunction = Labels(Y_TRUE) if self.sparse_true else ArgMax(Y_TRUE)
        pred_labels: RowFunction = Labels(Y_PRED) if self.sparse_pred else ArgMax(Y_PRED)
        make = ElementConfusionCounts if true_shape else ConfusionCounts
        return make(true_labels, self.predicted or pred_labels)

    def _labels_shape(self, schema: Schema, column: str, *, scores: bool) -> tuple[int, ...]:
        shape = schema[column].shape
        if not scores:
            return shape
        if not shape or shape[-1] != self.classes or self.axis not in (-1, len(shape)):
            msg = (
                f"expected {column} of shape (N, ..., {self.classes}), the scores of "
                f"{self.classes} classes in the last axis, got {shown(shape)} with "
                f"axis={self.axis}; transpose it, or give the labels with sparse_{column}=True"
            )
            raise ShapeError(msg)
        return shape[:-1]

    def mean(self, state: ConfusionState) -> Outcome:
        """The mean over the target classes that occur, rounded once."""
        labels, totals = state.labels, state.totals()
        if self.ignored is not None:
            totals[labels == self.ignored] = 0
        inside = (labels >= 0) & (labels < self.classes)
        outside = totals[~inside].any() or totals[:, ~inside].any()
        rule = f"labels outside [0, {self.classes}) are left out" if outside else ""
        totals, labels = totals[np.ix_(inside, inside)], labels[inside]
        targets = range(self.classes) if self.targets is None else self.targets
        found = [_quotient(totals, labels == target) for target in targets]
        known = [quotient for quotient in found if quotient is not None]
        if known:
            return Outcome(limbs.to_float(sum(known, Fraction(0)) / len(known)), rule=rule)
        return Outcome(0.0, undefined="none of the classes occurs", rule=rule)


def _check_targets(targets: Any, classes: int) -> None:
    given = targets if isinstance(targets, tuple) else ()
    if not given or not all(type(target) is int and 0 <= target < classes for target in given):
        shown_targets = list(given) or targets
        msg = (
            f"expected target_class_ids to be a list of classes in [0, {classes}), got "
            f"{shown_targets!r}"
        )
        raise ArgumentError(msg)


def _quotient(totals: Array, at: Array) -> Fraction | None:
    """Intersection over union of the class at this place; None where it does not occur."""
    sums = (totals[at][:, at].sum(), totals[at].sum(), totals[:, at].sum())
    both, true, pred = map(as_fraction, sums)
    union = true + pred - both
    return both / union if union else None


@dataclass(frozen=True, repr=False)
class OverlapMetric(Metric):
    """A mean of intersection over union."""

    dtype: str | None = field(default=None, kw_only=True)
    counts: ConfusionCounts | None = field(default=None, kw_only=True, repr=False)
    """What is counted; set by `resolve`."""

    @property
    def regions(self) -> Regions:
        """Which regions overlap."""
        raise NotImplementedError

    def resolve(self, schema: Schema) -> Metric:
        """Check arguments, kinds and shapes."""
        self.regions.check()
        require_numbers(schema, Y_TRUE, Y_PRED)
        return replace(self, counts=self.regions.counts(schema))

    def weighted_by(self, schema: Schema) -> Metric:
        """Of weights of single elements, not of scores."""
        if len(schema[WEIGHT].shape) == len(schema[Y_TRUE].shape) and not self.regions.sparse_true:
            return super().weighted_by(schema)
        require_weights_of(schema, Y_TRUE)
        return self

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The counts of label pairs."""
        return (once_resolved(self, self.counts),)

    def compute(self, state: ConfusionState) -> Value | Outcome:
        """The mean over the target classes that occur, rounded once."""
        return self.regions.mean(state)
