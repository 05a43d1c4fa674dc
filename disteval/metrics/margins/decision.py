"""Hinge loss of decision values, by the definition of scikit-learn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, ClassVar

from disteval import backend
from disteval.errors import ArgumentError, LabelError, ShapeError
from disteval.metrics.base import NO_WEIGHT
from disteval.metrics.checks import require_numbers, shown
from disteval.metrics.classes import Classes, Label, classes_of, sorted_labels
from disteval.metrics.rows import PRED, Labels
from disteval.numerics import limbs, rows
from disteval.protocol import (
    Y_PRED,
    Y_TRUE,
    Batch,
    Metric,
    Outcome,
    Reduction,
    Schema,
    Value,
)
from disteval.reductions import LabelState, LabelSums

_NOT_FINITE = "some weights, or decision values, are not finite"


@dataclass(frozen=True)
class BothSides:
    """max(1 + p, 0) and max(1 - p, 0): the losses if the label is the negative or the positive."""

    def __call__(self, batch: Batch) -> Any:
        p = batch.derive(PRED)
        xp = backend.namespace(p)
        return xp.stack([xp.maximum(1.0 + p, 0.0), xp.maximum(1.0 - p, 0.0)], axis=1)


@dataclass(frozen=True)
class AllMargins:
    """max(1 - (p_j - max_{k ≠ j} p_k), 0) for each class j, (rows, C)."""

    def __call__(self, batch: Batch) -> Any:
        p = batch.derive(PRED)
        xp = backend.namespace(p)
        every, largest = xp.arange(len(p)), rows.row_argmax(p)
        rest = p.copy()
        rest[every, largest] = -math.inf
        others = xp.repeat(rows.row_max(p)[:, None], p.shape[1], axis=1)
        others[every, largest] = rows.row_max(rest)
        return xp.maximum(1.0 - (p - others), 0.0)


@dataclass(frozen=True, repr=False)
class HingeLoss(Metric):
    """Mean hinge loss max(1 - margin, 0) of decision values.

    Of two labels the margin is the decision value, or minus it for the smaller label. Of more it
    is the value of the row's label less the largest of the others [1]_.

    Parameters
    ----------
    labels : sequence of labels, optional
        The label of each column of y_pred, where not all of them occur in y_true.

    Returns
    -------
    float
        In units of y_pred. 0.0 with a warning where the total weight is zero. Where one label
        alone occurs with one value a row, it is taken for the smaller one, with a warning.

    Notes
    -----
    The labels of the columns are those that occur in the whole dataset, sorted.
    Shapes: labels (N,) and numbers (N,) for two labels, (N, C) for C > 2.
    Range: [0, inf), lower is better.
    State: for each label the rows, the weight and 2 or C exact sums; one where labels are given.
    Exact: the exact mean of the row values, rounded once; no chunk decides what labels mean.
    Reference: sklearn.metrics.hinge_loss. Keras's is `hinge`.

    References
    ----------
    .. [1] Crammer, K. and Singer, Y. (2001). On the algorithmic implementation of multiclass
       kernel-based vector machines. Journal of Machine Learning Research 2, 265-292.

    Examples
    --------
    >>> HingeLoss()(["no", "yes", "yes"], [-2.0, 2.5, 0.25])
    0.25
    """

    labels: tuple[Label, ...] | None = field(default=None, kw_only=True)
    classes: Classes | None = field(default=None, kw_only=True, repr=False)
    """Whose value each column is; None for one value a row. Set by `resolve`."""

    key: ClassVar[str] = "hinge_loss"

    def resolve(self, schema: Schema) -> Metric:
        """Check kinds and shapes; whose value each column is."""
        require_numbers(schema, Y_PRED)
        true, pred = schema[Y_TRUE].shape, schema[Y_PRED].shape
        labels = (
            None if self.labels is None else sorted_labels(_sorted(self.labels), schema[Y_TRUE])
        )
        several = labels is not None and len(labels) > 2
        if true or len(pred) > 1 or pred == (2,) or (several and not pred):
            msg = (
                "expected one label a row, and one decision value a row for two labels or one a "
                f"class for more, got y_true {shown(true)} and y_pred {shown(pred)}"
                f"{f' with {len(labels or ())} labels' if several else ''}"
            )
            raise ShapeError(msg)
        return replace(self, labels=labels, classes=classes_of(schema, labels) if pred else None)

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The sums by label, of each side or class that it may turn out to be."""
        if self.classes is None:
            return (LabelSums(Labels(Y_TRUE), BothSides(), 2),)
        return self.classes.needs(self.classes.picked(AllMargins()))

    def compute(self, state: LabelState) -> Value | Outcome:
        """The mean, rounded once."""
        if self.classes is None:
            return self._of_two(state)
        found = self.classes.found(str(self.name), state)
        return _mean(found.total, found.weight, finite=found.finite)

    def _of_two(self, state: LabelState) -> Value | Outcome:
        totals = state.totals()
        if len(totals) > 2:
            msg = (
                f"{self.name}: expected two labels in y_true for one decision value a row, got "
                f"{len(totals)}: {list(totals)[:6]}; give one value a class"
            )
            raise LabelError(msg)
        sides = list(enumerate(totals.values()))
        value = _mean(
            sum((label.values[side] for side, label in sides), Fraction(0)),
            sum((label.weight for _, label in sides), Fraction(0)),
            finite=all(label.finite for _, label in sides),
        )
        if len(totals) == 1 and not isinstance(value, Outcome):
            reason = (
                f"y_true holds {next(iter(totals))!r} alone, taken for the smaller of two labels"
            )
            return Outcome(value, undefined=reason)
        return value


def _mean(total: Fraction, weight: Fraction, *, finite: bool) -> Value | Outcome:
    if not finite:
        return Outcome(math.nan, undefined=_NOT_FINITE)
    return limbs.to_float(total / weight) if weight else Outcome(0.0, undefined=NO_WEIGHT)


def _sorted(labels: Sequence[Label]) -> Sequence[Label]:
    try:
        return sorted(set(labels))
    except TypeError:
        msg = f"expected labels of one kind, got {labels!r}"
        raise ArgumentError(msg) from None
