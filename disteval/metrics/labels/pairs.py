"""How predictions become labels: one rule for the whole dataset, told with the result."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from disteval.errors import ArgumentError, ColumnTypeError, LabelError, ShapeError
from disteval.metrics.checks import (
    check_one_hot,
    check_score_range,
    require_number_arguments,
    require_one_kind,
    require_positive,
    shown,
)
from disteval.metrics.labels.accuracy import LARGEST
from disteval.metrics.rows import AboveLabel, ArgMax, Equals, Labels, Raw, Tied
from disteval.protocol import Y_PRED, Y_TRUE, Array, Reduction, RowFunction, Schema
from disteval.reductions import ConfusionCounts, ConfusionState, Count, MinMax

SEVERAL = (
    "for several labels a row, each with its score, ask for precision, recall and "
    "f1_score(threshold=0.5), or the preset 'multilabel'"
)
Label = int | str | bool | float


@dataclass(frozen=True)
class LabelPair:
    """True and predicted labels of a schema.

    Parameters
    ----------
    true, pred : row functions that give labels
    rule : how predictions become labels, in words; "" where they are labels
    classes : number of classes where predictions are places among them, else 0
    score : whether the predictions are one thresholded score
    in_unit : whether that score must lie in [0, 1]
    one_hot : whether true labels are places among (N, C)
    positive : the label that a score predicts, where it is not 1
    """

    true: RowFunction
    pred: RowFunction
    rule: str = ""
    classes: int = 0
    score: bool = False
    in_unit: bool = False
    one_hot: bool = False
    positive: Label = 1

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The confusion counts, and the range of the score or the rows that are not one-hot."""
        counts = ConfusionCounts(self.true, self.pred)
        if self.in_unit:
            return (counts, MinMax(Raw(Y_PRED)))
        return (counts, Count(Tied(Y_TRUE), weighted=False)) if self.one_hot else (counts,)

    def table(self, name: str, counts: ConfusionState, *flags: Any) -> Table:
        """The table of exact totals, after the checks that only the rows allow."""
        if self.in_unit:
            check_score_range(flags[0], name, "give threshold=0.0")
        if self.one_hot:
            check_one_hot(flags[0], name, SEVERAL)
        labels = counts.labels.tolist()
        table = Table(tuple(labels), counts.totals())
        if self.score:
            return self._score_table(name, table)
        outside = [label for label in labels if self.classes and not 0 <= label < self.classes]
        if outside:
            msg = (
                f"{name}: expected labels in [0, {self.classes}) for {self.classes} classes in "
                f"y_pred, got {outside[:5]}; number the classes as y_pred's columns, from 0"
            )
            raise LabelError(msg)
        return table

    def _score_table(self, name: str, table: Table) -> Table:
        """Predictions are 0 and 1: give them the names of the two true labels."""
        if isinstance(self.positive, str):
            return Table((f"not {self.positive}", self.positive), table.over((0, 1)).counts)
        seen = [label for label, row in zip(table.labels, table.counts, strict=True) if row.any()]
        if set(seen) <= {0, 1}:
            return table.over((0, 1))
        if set(seen) <= {-1, 1} and self.positive == 1:
            seen = [-1, 1]
        if len(seen) > 2:
            msg = (
                f"{name}: expected two label values against one score a row, got "
                f"{len(seen)}: {seen[:6]}; give predictions as labels, or one score a class"
            )
            raise LabelError(msg)
        if len(seen) == 1 and self.positive not in seen:
            msg = (
                f"{name}: expected two label values against one score a row, got {seen} alone; "
                "give pos_label= to say whether it is the positive one"
            )
            raise LabelError(msg)
        if self.positive == 1 and 1 in seen and seen not in ([1], [-1, 1]):
            high = max(seen)
            msg = (
                f"{name}: expected labels 0 and 1, or -1 and 1, against one score a row, got "
                f"{seen}; say which of them a high score means: pos_label={high!r}, or make them "
                f"0 and 1 (such as y_true == {high!r})"
            )
            raise LabelError(msg)
        positive = self.positive if self.positive in seen else max(seen)
        others = [label for label in seen if label != positive]
        negative = others[0] if others else 0 if positive != 0 else -1
        whole = table.over(tuple(dict.fromkeys((*table.labels, 0, 1))))
        at = {label: i for i, label in enumerate(whole.labels)}
        rows = [at.get(negative), at[positive]]
        counts = np.array(
            [[0 if r is None else whole.counts[r, at[p]] for p in (0, 1)] for r in rows],
            dtype=whole.counts.dtype,
        )
        order = sorted((negative, positive))
        return Table((negative, positive), counts).over(tuple(order))


@dataclass(frozen=True, eq=False)
class Table:
    """Exact totals by true label (rows) and predicted label (columns)."""

    labels: tuple[Any, ...]
    counts: Array

    def over(self, labels: tuple[Any, ...]) -> Table:
        """The same totals over these labels; labels that never occur have zeros."""
        at = {label: i for i, label in enumerate(self.labels)}
        out = np.zeros((len(labels), len(labels)), self.counts.dtype)
        for i, true in enumerate(labels):
            for j, pred in enumerate(labels):
                if true in at and pred in at:
                    out[i, j] = self.counts[at[true], at[pred]]
        return Table(labels, out)

    def chosen(self, labels: tuple[Any, ...] | None, name: str) -> Table:
        """The same totals over the labels asked for, of which at least one must be true."""
        if labels is None:
            return self
        occur = [v for v, row in zip(self.labels, self.counts, strict=True) if row.any()]
        if occur and not set(labels) & set(occur):
            msg = (
                f"{name}: expected at least one of the labels {list(labels)} in y_true, got "
                f"{occur[:6]} alone; give some of these as labels="
            )
            raise LabelError(msg)
        return self.over(labels)

    def by_label(self) -> ByLabel:
        """True positives, predictions and occurrences of each label."""
        true = tuple(as_fraction(v) for v in self.counts.sum(axis=1))
        return ByLabel(
            self.labels,
            tuple(as_fraction(v) for v in self.counts.diagonal()),
            tuple(as_fraction(v) for v in self.counts.sum(axis=0)),
            true,
            sum(true, Fraction(0)),
            whole=self.counts.dtype.kind == "i",
        )


@dataclass(frozen=True)
class ByLabel:
    """Exact totals for each label: right, predicted, true.

    Parameters
    ----------
    labels, right, predicted, true : alike
    total : of all rows, whatever their labels
    whole : whether the totals are numbers of rows, not of weights
    """

    labels: tuple[Any, ...]
    right: tuple[Fraction, ...]
    predicted: tuple[Fraction, ...]
    true: tuple[Fraction, ...]
    total: Fraction = Fraction(0)
    whole: bool = True

    def of(self, labels: tuple[Any, ...] | None) -> ByLabel:
        """The totals of these labels, in their order; zeros for those that never occur."""
        if labels is None:
            return self
        at = {label: i for i, label in enumerate(self.labels)}

        def pick(values: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
            return tuple(values[at[label]] if label in at else Fraction(0) for label in labels)

        right, predicted, true = map(pick, (self.right, self.predicted, self.true))
        return ByLabel(labels, right, predicted, true, self.total, self.whole)


def label_pair(schema: Schema, threshold: float | None = None, positive: Label = 1) -> LabelPair:
    """The rule of this schema.

    Labels (integers, booleans, strings) stay as they are. One float column is a score: above
    the threshold (0.5, then within [0, 1]) is the positive label. Rows (N, C) of scores predict
    the place of the largest.
    """
    true, pred = schema[Y_TRUE], schema[Y_PRED]
    true_labels: RowFunction = ArgMax(Y_TRUE) if true.shape else Labels(Y_TRUE)
    if len(true.shape) > 1 or len(pred.shape) > 1:
        msg = (
            "expected one label, or one score a class, a row; got y_true "
            f"{shown(true.shape)} and y_pred {shown(pred.shape)}"
        )
        raise ShapeError(msg)
    if threshold is not None and (pred.shape or pred.kind != "float"):
        msg = (
            f"threshold={threshold} is for one float score a row, got {pred.kind} y_pred "
            f"{shown(pred.shape)}; leave it out"
        )
        raise ArgumentError(msg)
    if pred.shape and true.shape and pred.kind in ("int", "bool"):
        msg = (
            "expected labels, or one float score a class, got indicators (N, C) of integers; "
            "multilabel_confusion_matrix, jaccard_score, f1_score, precision and recall take them"
        )
        raise ShapeError(msg)
    if pred.shape:
        if true.shape and true.shape != pred.shape:
            msg = (
                f"expected y_true and y_pred of one shape, got {shown(true.shape)} and "
                f"{shown(pred.shape)}; give y_true as one label a row, or a column a class"
            )
            raise ShapeError(msg)
        if true.kind == "str":
            msg = (
                "expected class numbers in y_true against one score a class, got strings; give "
                "the place of each label's column in y_pred, 0, 1, ..."
            )
            raise ColumnTypeError(msg)
        classes, one_hot = pred.shape[0], bool(true.shape)
        return LabelPair(true_labels, ArgMax(Y_PRED), LARGEST, classes, one_hot=one_hot)
    if pred.kind != "float":
        require_one_kind(schema)
        if not true.shape:
            return LabelPair(true_labels, Labels(Y_PRED))
        rule = "the place of the largest of y_true"
        return LabelPair(true_labels, Labels(Y_PRED), rule, true.shape[0], one_hot=True)
    return _score_pair(schema, true_labels, threshold, positive)


def _score_pair(
    schema: Schema, true_labels: RowFunction, threshold: float | None, positive: Label
) -> LabelPair:
    cut = 0.5 if threshold is None else threshold
    require_number_arguments(threshold=cut)
    cut = float(cut)
    predicted = AboveLabel(Y_PRED, cut)
    rule = f"y_pred > {cut}"
    shape = schema[Y_TRUE].shape
    if shape:
        msg = (
            f"expected one label a row against one score, got y_true {shown(shape)}; give y_true "
            "as class numbers, or one score a class"
        )
        raise ShapeError(msg)
    if schema[Y_TRUE].kind == "str":
        require_positive(schema, positive if isinstance(positive, str) else None)
        true_labels = Equals(Y_TRUE, str(positive))
    in_unit = threshold is None
    return LabelPair(true_labels, predicted, rule, 0, True, in_unit, positive=positive)


def as_fraction(value: Any) -> Fraction:
    """A total of counts or of weights."""
    return value if isinstance(value, Fraction) else Fraction(int(value))
