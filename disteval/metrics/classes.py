"""Which label each column of y_pred stands for, where y_true holds labels of any kind.

scikit-learn's rule: the columns are in the order of the sorted labels, those of `labels=` or those
that occur. What occurs is known once all rows are in, so until then a row's value is summed for
each column that its label may turn out to be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from disteval import backend
from disteval.errors import ArgumentError, LabelError, ShapeError
from disteval.metrics.checks import check_one_hot, require_numbers, shown
from disteval.metrics.rows import PRED, ArgMax, Labels, NotBinary, Tied
from disteval.numerics.words import Words
from disteval.protocol import Y_PRED, Y_TRUE, Batch, Column, Reduction, RowFunction, Schema
from disteval.reductions import Count, CountState, LabelState, LabelSums

MOST_FOUND = 64
"""Columns up to which labels are found in the data: a sum for each label and column."""

Label = int | str | bool | float


@dataclass(frozen=True)
class Places:
    """The place of each row's label among known, sorted labels; any place for other labels."""

    by: RowFunction
    labels: tuple[int | str, ...]

    def __call__(self, batch: Batch) -> Any:
        labels = batch.derive(self.by)
        if isinstance(labels, Words):
            at = {label: i for i, label in enumerate(self.labels)}
            table = np.array([at.get(word, 0) for word in labels.vocabulary] or [0], np.int64)
            return table[labels.codes]
        if labels.dtype.kind == "U":
            known = np.array(self.labels, np.str_)
            return np.minimum(np.searchsorted(known, labels), len(known) - 1)
        xp = backend.namespace(labels)
        known, last = np.array(self.labels, np.int64), len(self.labels) - 1
        if known[last] - known[0] == last:
            return xp.minimum(xp.maximum(labels, known[0]), known[last]) - known[0]
        return xp.minimum(xp.searchsorted(xp.asarray(known), labels), last)


@dataclass(frozen=True)
class Picked:
    """Of the values (rows, C) of a row function, the one at the place of the row's label."""

    of: RowFunction
    places: Places

    def __call__(self, batch: Batch) -> Any:
        values, places = batch.derive(self.of), batch.derive(self.places)
        xp = backend.namespace(values)
        places = xp.asarray(places)
        if values.shape[1] == 2:  # a third of the time
            return xp.where(places == 1, values[:, 1], values[:, 0])
        return values[xp.arange(len(values)), places]


@dataclass(frozen=True)
class Probabilities:
    """Probabilities (rows, C) in float64; of one score p a row, 1 - p and p."""

    single: bool

    def __call__(self, batch: Batch) -> Any:
        p = batch.derive(PRED)
        return backend.namespace(p).stack([1.0 - p, p], axis=1) if self.single else p


@dataclass(frozen=True)
class Found:
    """The rows of each class, once all are in: exact totals.

    Parameters
    ----------
    weights : of each class; 0 for one that no row has
    total : the sum of the row values, each times its weight
    rows : how many, whatever their weight
    finite : whether all weights were finite
    """

    weights: tuple[Fraction, ...]
    total: Fraction
    rows: int
    finite: bool

    @property
    def weight(self) -> Fraction:
        """Of all rows."""
        return sum(self.weights, Fraction(0))


@dataclass(frozen=True)
class Classes:
    """The classes of a schema.

    Parameters
    ----------
    by : row function that gives the label of each row
    count : columns of y_pred; 2 for one score a row
    labels : in the order of the columns; None where they are to be found in the data
    all_occur : whether each of the labels must occur in the data
    single : whether y_pred is one score a row
    one_hot : whether the labels are the places of the ones in y_true (N, C)
    """

    by: RowFunction
    count: int
    labels: tuple[int | str, ...] | None
    all_occur: bool = False
    single: bool = False
    one_hot: bool = False

    def picked(self, of: RowFunction) -> RowFunction:
        """The value at the row's label where that is known already, else the values of all."""
        return of if self.labels is None else Picked(of, Places(self.by, self.labels))

    @property
    def probabilities(self) -> RowFunction:
        """Of the row's label (rows,), or of all classes (rows, C)."""
        return self.picked(Probabilities(self.single))

    def needs(self, of: RowFunction) -> tuple[Reduction[Any], ...]:
        """The sums of a row function's values by label, and the flags of one-hot rows.

        Parameters
        ----------
        of : values of what `picked` gives: (rows,), or (rows, C)
        """
        sums = LabelSums(self.by, of, 1 if self.labels is not None else self.count)
        if not self.one_hot:
            return (sums,)
        flags = (Tied(Y_TRUE), NotBinary(Y_TRUE))
        return (sums, *(Count(flag, weighted=False) for flag in flags))

    def found(self, name: str, state: LabelState, *flags: CountState) -> Found:
        """The totals by class, after the checks that only the rows allow."""
        for flag in flags:
            check_one_hot(flag, name, "give one label a row, or rows of one 1 and zeros")
        totals = state.totals()
        labels = self.labels_of(name, list(totals))
        rows = [totals.get(label) for label in labels]
        columns = range(len(labels)) if self.labels is None else [0] * len(labels)
        pairs = list(zip(rows, columns, strict=True))
        return Found(
            tuple(Fraction(0) if row is None else row.weight for row in rows),
            sum((row.values[j] for row, j in pairs if row is not None), Fraction(0)),
            sum(row.rows for row in rows if row is not None),
            all(row.finite for row in rows if row is not None),
        )

    def labels_of(self, name: str, seen: list[Any]) -> tuple[Any, ...]:
        """The label of each column, from those that occur."""
        known = self.labels
        if self.all_occur or known is None:
            if len(seen) == 1:
                msg = (
                    f"{name}: expected two labels or more in y_true, got {seen} alone; give "
                    "labels= with all that there are"
                )
                raise LabelError(msg)
            wrong = len(seen) != self.count or (known is not None and tuple(seen) != known)
            if seen and wrong:
                columns = "one score a row" if self.single else f"{self.count} columns in y_pred"
                hint = "give a score for each" if self.single else "give labels= with that of each"
                msg = (
                    f"{name}: expected {self.count} labels in y_true for {columns}, got "
                    f"{len(seen)}: {seen[:6]}; {hint}"
                )
                raise LabelError(msg)
            return tuple(seen) if known is None else known
        other = [label for label in seen if label not in set(known)]
        if other:
            msg = (
                f"{name}: expected labels in y_true among {list(known)[:6]}, got {other[:6]}; "
                "give all of them as labels=, and a column of y_pred for each"
            )
            raise LabelError(msg)
        return known


def classes_of(schema: Schema, labels: Sequence[Label] | None) -> Classes:
    """The classes of rows (N, C) of scores, or of one score a row.

    Parameters
    ----------
    labels : the label of each column, sorted; None for those that occur
    """
    require_numbers(schema, Y_PRED)
    true, pred = schema[Y_TRUE], schema[Y_PRED]
    if len(pred.shape) > 1:
        msg = f"expected y_pred (N,) or (N, classes), got {shown(pred.shape)}"
        raise ShapeError(msg)
    single = not pred.shape
    count = 2 if single else pred.shape[0]
    known = None if labels is None else sorted_labels(labels, true)
    if known is not None and len(known) != count:
        columns = "one score a row in y_pred" if single else f"{count} columns in y_pred"
        msg = f"expected {count} labels for {columns}, got labels={list(known)[:6]}"
        raise ArgumentError(f"{msg}; give the label of each")
    if true.shape:
        return _one_hot(schema, known, count)
    every = Labels(Y_TRUE)
    if known is None and count > MOST_FOUND:
        if true.kind == "str":
            msg = (
                f"expected labels= with the label of each of the {count} columns of y_pred: "
                f"strings are found in the data for at most {MOST_FOUND} columns"
            )
            raise ArgumentError(msg)
        return Classes(every, count, tuple(range(count)), all_occur=True)
    if known is None and true.kind == "bool" and count == 2:
        return Classes(every, count, (0, 1), all_occur=True, single=single)
    return Classes(every, count, known, single=single)


def _one_hot(schema: Schema, known: tuple[int | str, ...] | None, count: int) -> Classes:
    true, pred = schema[Y_TRUE].shape, schema[Y_PRED].shape
    require_numbers(schema, Y_TRUE)
    places = tuple(range(count))
    if true != pred or known not in (None, places):
        msg = (
            f"expected one label a row in y_true, or rows of one 1 and zeros like y_pred, got "
            f"y_true {shown(true)} for y_pred {shown(pred)}"
            f"{'' if known in (None, places) else f' with labels={list(known or ())[:6]}'}"
        )
        raise ShapeError(msg)
    return Classes(ArgMax(Y_TRUE), count, places, one_hot=True)


def sorted_labels(labels: Any, column: Column) -> tuple[int | str, ...]:
    """The labels as they stand in the data: strings or whole numbers, sorted, each once."""
    if isinstance(labels, str) or not isinstance(labels, Sequence) or len(labels) < 2:
        given = list(labels) if isinstance(labels, tuple) else labels
        msg = f"expected labels to be a list of two labels or more, got {given!r}; give all of them"
        raise ArgumentError(msg)
    text = column.kind == "str"
    if any(isinstance(label, str) != text for label in labels):
        msg = f"expected labels of the kind of y_true ({column.kind}), got {list(labels)[:6]}"
        raise ArgumentError(msg)
    known: list[Any] = list(labels)
    if not text:
        if any(not isinstance(x, int | float) or x % 1 for x in known):
            msg = f"expected labels that are strings or whole numbers, got {known[:6]}"
            raise ArgumentError(msg)
        known = [int(label) for label in known]
    if known != sorted(set(known)):
        msg = (
            f"expected sorted labels, each once, got {list(labels)[:6]}; sort them, and the "
            "columns of y_pred with them"
        )
        raise ArgumentError(msg)
    return tuple(known)
