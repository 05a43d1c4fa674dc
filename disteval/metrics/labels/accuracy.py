"""Accuracies: the share of rows (or elements) whose label is right."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from disteval.metrics.base import RowMean
from disteval.metrics.checks import (
    check_binary,
    check_label_range,
    check_one_hot,
    check_score_range,
    require_classes,
    require_number_arguments,
    require_numbers,
    require_one_kind,
    require_same_shape,
    require_sparse,
    size,
)
from disteval.metrics.rows import Above, ArgMax, Labels, NotBinary, Raw, Tied
from disteval.protocol import (
    Y_PRED,
    Y_TRUE,
    Batch,
    Metric,
    Outcome,
    Reduction,
    RowFunction,
    Schema,
    Value,
)
from disteval.reductions import Count, MinMax

LARGEST = "the place of the largest of y_pred"
"""How rows of scores become labels."""


@dataclass(frozen=True)
class Agree:
    """Whether two row functions agree."""

    true: RowFunction
    pred: RowFunction

    def __call__(self, batch: Batch) -> Any:
        true, pred = batch.derive(self.true), batch.derive(self.pred)
        if pred.dtype.kind == "b" and true.dtype.kind in "fi":
            pred = pred.astype(true.dtype)  # comparing two dtypes costs several times as much
        return true == pred


@dataclass(frozen=True, repr=False)
class _Share(RowMean):
    """A mean of what is right, with the rule that made labels of predictions."""

    @property
    def rule(self) -> str:
        """The rule, in words."""
        raise NotImplementedError

    def compute(self, *states: Any) -> Value | Outcome:
        """The mean, rounded once."""
        value = super().compute(*states)
        found = value if isinstance(value, Outcome) else Outcome(value)
        return replace(found, rule=self.rule)


@dataclass(frozen=True, repr=False)
class Accuracy(RowMean):
    """Share of elements in which y_true equals y_pred.

    Returns
    -------
    float
        In [0, 1]. 0.0 with a warning where the total weight is zero.

    Notes
    -----
    Shapes: numbers, or strings, (N,) or (N, ...), y_true and y_pred alike.
    Range: [0, 1], higher is better.
    State: one exact sum and the total weight.
    Exact: always.
    Reference: keras.metrics.Accuracy; sklearn.metrics.accuracy_score. The string "accuracy"
    chooses among this and the three others by kinds and shapes.

    Examples
    --------
    >>> Accuracy()(["cat", "dog", "cat"], ["cat", "cat", "cat"])
    0.6666666666666666
    """

    key: ClassVar[str] = "Accuracy"

    def resolve(self, schema: Schema) -> Metric:
        """Check kinds and shapes."""
        require_same_shape(schema)
        require_one_kind(schema)
        return self.with_elements(schema)

    @property
    def values(self) -> RowFunction:
        """Equality."""
        return Agree(Raw(Y_TRUE), Raw(Y_PRED))


@dataclass(frozen=True, repr=False)
class BinaryAccuracy(_Share):
    """Share of elements in which y_true equals 1 if y_pred > threshold, else 0.

    Parameters
    ----------
    threshold : float
        A score equal to it is negative.

    Returns
    -------
    float
        In [0, 1]. 0.0 with a warning where the total weight is zero.

    Notes
    -----
    Shapes: numbers (N,) or (N, ...), y_true and y_pred alike.
    Range: [0, 1], higher is better.
    State: one exact sum and the total weight.
    Exact: always.
    Reference: keras.metrics.BinaryAccuracy.

    Examples
    --------
    >>> BinaryAccuracy()([1, 1, 0, 0], [0.98, 1.0, 0.0, 0.6])
    0.75
    """

    threshold: float = 0.5
    key: ClassVar[str] = "binary_accuracy"

    def resolve(self, schema: Schema) -> Metric:
        """Check kinds and shapes."""
        require_number_arguments(threshold=self.threshold)
        require_numbers(schema, Y_TRUE, Y_PRED)
        require_same_shape(schema)
        return self.with_elements(schema)

    @property
    def values(self) -> RowFunction:
        """Whether the thresholded score is the label."""
        return Agree(Raw(Y_TRUE), Above(Y_PRED, float(self.threshold)))

    @property
    def rule(self) -> str:
        """Above the threshold."""
        return f"y_pred > {float(self.threshold)}"


@dataclass(frozen=True, repr=False)
class CategoricalAccuracy(_Share):
    """Share of rows in which the largest of y_true and of y_pred stand in the same place.

    y_true is one-hot (or probabilities), (N, C); the first of equal values counts. Of (N, T, C)
    every one of the T counts.

    Returns
    -------
    float
        In [0, 1]. 0.0 with a warning where the total weight is zero.

    Notes
    -----
    Shapes: numbers (N, C) or (N, ..., C), y_true and y_pred alike.
    Range: [0, 1], higher is better.
    State: one exact sum and the total weight.
    Exact: always.
    Reference: keras.metrics.CategoricalAccuracy.

    Examples
    --------
    >>> CategoricalAccuracy()([[0, 0, 1], [0, 1, 0]], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]])
    0.5
    """

    key: ClassVar[str] = "categorical_accuracy"

    def resolve(self, schema: Schema) -> Metric:
        """Check kinds and shapes."""
        require_numbers(schema, Y_TRUE, Y_PRED)
        require_same_shape(schema)
        require_classes(schema, Y_PRED)
        return replace(self, elements=size(schema[Y_PRED].shape[:-1]))

    @property
    def values(self) -> RowFunction:
        """Whether both largest values stand in one place."""
        return Agree(ArgMax(Y_TRUE), ArgMax(Y_PRED))

    @property
    def rule(self) -> str:
        """The largest."""
        return LARGEST


@dataclass(frozen=True, repr=False)
class SparseCategoricalAccuracy(_Share):
    """Share of rows in which the largest of y_pred (N, C) stands at the place that y_true names.

    Returns
    -------
    float
        In [0, 1]. 0.0 with a warning where the total weight is zero.

    Notes
    -----
    Shapes: labels (N,) or (N, ...) from 0, with scores (N, C) or (N, ..., C).
    Range: [0, 1], higher is better.
    State: one exact sum, the total weight, the range of the labels (outside [0, C): an error).
    Exact: always.
    Reference: keras.metrics.SparseCategoricalAccuracy.

    Examples
    --------
    >>> SparseCategoricalAccuracy()([2, 1], [[0.1, 0.6, 0.3], [0.05, 0.95, 0]])
    0.5
    """

    classes: int = field(default=0, kw_only=True, repr=False)
    key: ClassVar[str] = "sparse_categorical_accuracy"

    def resolve(self, schema: Schema) -> Metric:
        """Check kinds and shapes."""
        require_numbers(schema, Y_TRUE, Y_PRED)
        classes = require_sparse(schema)
        return replace(self, classes=classes, elements=size(schema[Y_TRUE].shape))

    @property
    def values(self) -> RowFunction:
        """Whether the label is the largest value's place."""
        return Agree(Labels(Y_TRUE), ArgMax(Y_PRED))

    @property
    def rule(self) -> str:
        """The largest."""
        return LARGEST

    @property
    def checks(self) -> tuple[Reduction[Any], ...]:
        """The range of the labels."""
        return (MinMax(Labels(Y_TRUE)),)

    def check(self, *states: Any) -> None:
        """Refuse labels out of range."""
        check_label_range(states[0], self.classes)


@dataclass(frozen=True, repr=False)
class ChosenAccuracy(Metric):
    """Accuracy in the form that kinds and shapes ask for.

    Labels against labels: equality. One score a row, or (N, T, 1): `BinaryAccuracy`, for labels 0
    and 1 and scores in [0, 1]. Rows of scores (N, C): `SparseCategoricalAccuracy` for one label a
    row, `CategoricalAccuracy` for one-hot rows (N, C).

    Returns
    -------
    float
        In [0, 1]. 0.0 with a warning where the total weight is zero.

    Notes
    -----
    Shapes: labels (N,) or (N, ...) on both sides; labels (N,) with scores (N,), or (N, C).
    Range: [0, 1], higher is better.
    State: one exact sum and the total weight.
    Exact: always.
    Reference: Keras's rule for the string "accuracy"; sklearn.metrics.accuracy_score.

    Examples
    --------
    >>> ChosenAccuracy()([1, 0, 1], [0.9, 0.2, 0.4])
    0.6666666666666666
    """

    key: ClassVar[str] = "accuracy"

    def resolve(self, schema: Schema) -> Metric:
        """The form for this schema, under this metric's name."""
        true, pred = schema[Y_TRUE], schema[Y_PRED]
        form: type[Metric]
        if pred.kind != "float":
            form = LabelAccuracy if true.kind == "float" else Accuracy
        elif not pred.shape or (pred.axes[-1] == 1 and true.shape == pred.shape):
            form = ScoreAccuracy
        elif true.shape == pred.shape[:-1]:
            form = SparseCategoricalAccuracy
        else:
            form = OneHotAccuracy
        return form(name=self.name).resolve(schema)


@dataclass(frozen=True, repr=False)
class ScoreAccuracy(BinaryAccuracy):
    """`BinaryAccuracy` that refuses what is no score in [0, 1], or no label 0 or 1."""

    in_unit: bool = field(default=True, kw_only=True, repr=False)
    """Whether scores must lie in [0, 1]."""

    @property
    def checks(self) -> tuple[Reduction[Any], ...]:
        """The labels that are not binary, and the range of the scores."""
        labels = Count(NotBinary(Y_TRUE), weighted=False)
        return (labels, MinMax(Raw(Y_PRED))) if self.in_unit else (labels,)

    def check(self, *states: Any) -> None:
        """Refuse scores and labels that 0.5 does not split."""
        if self.in_unit:
            hint = "use binary_accuracy(threshold=0.0)"
            check_score_range(states[1], str(self.name), hint)
        check_binary(states[0], str(self.name))


@dataclass(frozen=True, repr=False)
class LabelAccuracy(Accuracy):
    """`Accuracy` that refuses true labels which are none: scores in y_true."""

    @property
    def values(self) -> RowFunction:
        """Equality of labels."""
        return Agree(Labels(Y_TRUE), Raw(Y_PRED))


@dataclass(frozen=True, repr=False)
class OneHotAccuracy(CategoricalAccuracy):
    """`CategoricalAccuracy` that refuses rows of y_true with several labels, or none."""

    @property
    def checks(self) -> tuple[Reduction[Any], ...]:
        """The rows whose largest value stands in several places."""
        return (Count(Tied(Y_TRUE), weighted=False),)

    def check(self, *states: Any) -> None:
        """Refuse what is not one label a row."""
        hint = "binary_accuracy compares every label by itself"
        check_one_hot(states[0], str(self.name), hint)
