"""Top-k accuracies: the share of rows whose label is among the k best scores."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, ClassVar

from disteval import backend
from disteval.metrics.base import NO_WEIGHT, NOT_FINITE, RowMean, once_resolved
from disteval.metrics.checks import (
    check_label_range,
    require_bool,
    require_classes,
    require_int,
    require_numbers,
    require_same_shape,
    require_sparse,
    size,
)
from disteval.metrics.classes import Classes, Found, Label, classes_of
from disteval.metrics.rows import ArgMax, Labels, Raw, as_matrix, at_labels
from disteval.numerics import limbs
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
from disteval.reductions import LabelState, LabelSums, MinMax, MinMaxState


@dataclass(frozen=True)
class InTop:
    """1.0 where fewer than k scores of a row are larger than that of the row's label."""

    place: RowFunction
    k: int

    def __call__(self, batch: Batch) -> Any:
        place, scores = batch.derive(self.place), batch[Y_PRED]
        xp = backend.namespace(scores)
        flat = as_matrix(scores)
        larger = xp.count_nonzero(flat > at_labels(scores, place)[:, None], axis=1)
        return (larger < self.k).astype(xp.float64).reshape(place.shape)


@dataclass(frozen=True)
class AmongFirst:
    """1.0 where the row's label is one of the first k ids of y_pred."""

    k: int

    def __call__(self, batch: Batch) -> Any:
        label, ids = batch.derive(Labels(Y_TRUE)), batch[Y_PRED][..., : self.k]
        found = (ids == label[..., None]).any(axis=-1)
        return found.astype(backend.namespace(found).float64)


@dataclass(frozen=True)
class RanksBelow:
    """1.0 for each class that is among the k best of its row: of equal scores the last first."""

    k: int

    def __call__(self, batch: Batch) -> Any:
        scores = batch[Y_PRED]
        xp = backend.namespace(scores)
        order = xp.argsort(scores, axis=1, kind="stable")[:, -self.k :]
        out = xp.zeros(scores.shape)
        out[xp.arange(len(scores))[:, None], order] = 1.0
        return out


@dataclass(frozen=True)
class AboveBoth:
    """Whether one score a row is above 0.5, and whether it is above 0: (rows, 2)."""

    def __call__(self, batch: Batch) -> Any:
        score = batch[Y_PRED]
        xp = backend.namespace(score)
        return xp.stack([score > 0.5, score > 0], axis=1).astype(xp.float64)


@dataclass(frozen=True, repr=False)
class TopKCategoricalAccuracy(RowMean):
    """Share of rows in which fewer than k scores are larger than that of the row's label.

    Parameters
    ----------
    k : int
        How many of the best scores count; k of all classes or more is always right.

    Returns
    -------
    float
        0.0 with a warning where the total weight is zero.

    Notes
    -----
    The label is the place of the largest of y_true, the first of equal ones. Scores that equal
    the label's do not count against it. Of (N, T, C) every one of the T counts.
    Shapes: y_true one-hot (or probabilities), y_pred scores, both (N, C) or (N, ..., C).
    Range: [0, 1], higher is better.
    State: one exact sum and the total weight.
    Exact: always.
    Reference: keras.metrics.TopKCategoricalAccuracy.

    Examples
    --------
    >>> y_pred = [[0.1, 0.9, 0.8], [0.05, 0.95, 0]]
    >>> TopKCategoricalAccuracy(k=1)([[0, 0, 1], [0, 1, 0]], y_pred)
    0.5
    """

    k: int = 5

    key: ClassVar[str] = "top_k_categorical_accuracy"

    def resolve(self, schema: Schema) -> Metric:
        """Check k, kinds and shapes."""
        require_int("k", self.k, 1, optional=False)
        require_numbers(schema, Y_TRUE, Y_PRED)
        require_same_shape(schema)
        require_classes(schema, Y_PRED)
        return replace(self, elements=size(schema[Y_PRED].shape[:-1]))

    @property
    def values(self) -> RowFunction:
        """Whether the label is in the top k."""
        return InTop(ArgMax(Y_TRUE), self.k)


@dataclass(frozen=True, repr=False)
class SparseTopKCategoricalAccuracy(RowMean):
    """Share of rows in which fewer than k scores are larger than that of the label in y_true.

    Parameters
    ----------
    k : int
        How many of the best scores count; k of all classes or more is always right.
    from_sorted_ids : bool
        y_pred holds class ids, the best first: y_true must be one of the first k.

    Returns
    -------
    float
        0.0 with a warning where the total weight is zero.

    Notes
    -----
    Scores that equal the label's do not count against it. Labels outside [0, C) are an error,
    unless y_pred holds ids.
    Shapes: labels (N,) and scores or ids (N, C); or (N, ...) and (N, ..., C).
    Range: [0, 1], higher is better.
    State: one exact sum, the total weight, the range of the labels.
    Exact: always.
    Reference: keras.metrics.SparseTopKCategoricalAccuracy.

    Examples
    --------
    >>> SparseTopKCategoricalAccuracy(k=1)([2, 1], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]])
    0.5
    >>> SparseTopKCategoricalAccuracy(k=2, from_sorted_ids=True)([2, 1], [[0, 2, 1], [2, 0, 1]])
    0.5
    """

    k: int = 5
    from_sorted_ids: bool = False
    classes: int = field(default=0, kw_only=True, repr=False)

    key: ClassVar[str] = "sparse_top_k_categorical_accuracy"

    def resolve(self, schema: Schema) -> Metric:
        """Check the arguments, kinds and shapes."""
        require_int("k", self.k, 1, optional=False)
        require_bool("from_sorted_ids", self.from_sorted_ids)
        require_numbers(schema, Y_TRUE, Y_PRED)
        classes = require_sparse(schema)
        return replace(self, classes=classes, elements=size(schema[Y_TRUE].shape))

    @property
    def values(self) -> RowFunction:
        """Whether the label is in the top k."""
        return AmongFirst(self.k) if self.from_sorted_ids else InTop(Labels(Y_TRUE), self.k)

    @property
    def checks(self) -> tuple[Reduction[Any], ...]:
        """The range of the labels."""
        return () if self.from_sorted_ids else (MinMax(Labels(Y_TRUE)),)

    def check(self, *states: Any) -> None:
        """Refuse labels that are no class."""
        if states:
            check_label_range(states[0], self.classes)


@dataclass(frozen=True, repr=False)
class TopKAccuracy(Metric):
    """Share of rows whose label is among the k best scores; of equal scores the last come first.

    Parameters
    ----------
    k : int
        How many of the best scores count.
    normalize : bool
        False: the number (or total weight) of such rows, as a float.
    labels : sequence of labels, optional
        The label of each column of y_pred, sorted; of one score a row, the negative and the
        positive label. By default those that occur in y_true, of which there must be as many.

    Returns
    -------
    float
        0.0 with a warning where the total weight is zero. With k of all classes or more every
        row counts, and a warning says so.

    Notes
    -----
    One score a row is for the larger of two labels. Of it, k=1 is the share of rows in which the
    score exceeds a threshold for the larger label and does not for the other; the threshold is
    0.5 if all scores of the dataset lie in [0, 1], else 0.
    Shapes: labels (N,) of any kind, or rows (N, C) of one 1 and zeros, and scores (N, C) or,
    of the larger of two labels, (N,).
    Range: [0, 1] (with `normalize`), higher is better.
    State: for each label the rows, the weight and one exact sum; C sums where the labels are
    not known beforehand, two for one score a row, and their range. More than 64 columns without
    `labels` are those of 0, 1, ..., C - 1.
    Exact: always.
    Reference: sklearn.metrics.top_k_accuracy_score.

    Examples
    --------
    >>> y_pred = [[0.5, 0.2, 0.2], [0.3, 0.4, 0.2], [0.2, 0.4, 0.3], [0.7, 0.2, 0.1]]
    >>> TopKAccuracy(k=2)(["ant", "bee", "cat", "cat"], y_pred)
    0.75
    """

    k: int = 2
    normalize: bool = True
    labels: tuple[Label, ...] | None = None
    classes: Classes | None = field(default=None, kw_only=True, repr=False)

    key: ClassVar[str] = "top_k_accuracy_score"

    def resolve(self, schema: Schema) -> Metric:
        """Check the arguments, kinds and shapes; which label each column is for."""
        require_int("k", self.k, 1, optional=False)
        require_bool("normalize", self.normalize)
        return replace(self, classes=classes_of(schema, self.labels))

    @property
    def resolved(self) -> Classes:
        """Which label each column is for, once resolved."""
        return once_resolved(self, self.classes)

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """What is right, by label; of one score at both thresholds, and its range."""
        classes = self.resolved
        if classes.single:
            return (LabelSums(classes.by, AboveBoth(), 2), MinMax(Raw(Y_PRED)))
        return classes.needs(classes.picked(RanksBelow(self.k)))

    def compute(self, state: LabelState, *flags: Any) -> Value | Outcome:
        """The share, rounded once."""
        classes, name = self.resolved, str(self.name)
        if classes.single:
            found, rule = self._of_one_score(state, *flags)
        else:
            found, rule = classes.found(name, state, *flags), ""
        if not found.finite:
            return Outcome(math.nan, undefined=NOT_FINITE)
        if not found.weight:
            return Outcome(0.0, undefined=NO_WEIGHT)
        total = found.weight if self.k >= classes.count else found.total
        reason = f"k={self.k} of {classes.count} classes is always right"
        return Outcome(
            limbs.to_float(total / found.weight if self.normalize else total),
            undefined=reason if self.k >= classes.count else "",
            rule=rule,
        )

    def _of_one_score(self, state: LabelState, scores: MinMaxState) -> tuple[Found, str]:
        """What is right at the threshold that the range of all scores chooses."""
        in_unit = scores.low[0] >= 0 and scores.high[0] <= 1
        totals = state.totals()
        labels = self.resolved.labels_of(str(self.name), list(totals))
        rows = [totals.get(label) for label in labels]
        above = [Fraction(0) if row is None else row.values[0 if in_unit else 1] for row in rows]
        weights = [Fraction(0) if row is None else row.weight for row in rows]
        right = weights[0] - above[0] + above[1] if labels else Fraction(0)
        found = Found(
            tuple(weights),
            right,
            sum(row.rows for row in totals.values()),
            all(row.finite for row in totals.values()),
        )
        return found, f"y_pred > {0.5 if in_unit else 0.0}"
