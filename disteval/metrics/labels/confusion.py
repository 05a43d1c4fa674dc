"""The confusion matrix, and what is a formula of the whole of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, ClassVar, Literal, Self

import numpy as np

from disteval.errors import ArgumentError
from disteval.metrics.base import once_resolved
from disteval.metrics.labels.pairs import Label, LabelPair, Table, label_pair
from disteval.numerics import limbs
from disteval.protocol import WEIGHT, Array, Metric, Outcome, Reduction, Schema, Value


@dataclass(frozen=True, repr=False)
class TableMetric(Metric):
    """A metric that is a formula of the table of true and predicted labels."""

    pos_label: Label = field(default=1, kw_only=True)
    pair: LabelPair | None = field(default=None, kw_only=True, repr=False)
    """The rule that makes labels of predictions; set by `resolve`."""

    @property
    def threshold(self) -> float | None:
        """Above what a score is positive: a field of those that take it, in its place there."""
        return None

    def resolve(self, schema: Schema) -> Metric:
        """Choose the rule that makes labels of predictions."""
        return self.with_pair(schema)

    def with_pair(self, schema: Schema) -> Self:
        """The metric with the rule for this schema."""
        return replace(self, pair=label_pair(schema, self.threshold, self.pos_label))

    @property
    def labelled(self) -> LabelPair:
        """The rule, once resolved."""
        return once_resolved(self, self.pair)

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The confusion counts, and their flags."""
        return self.labelled.needs

    def compute(self, *states: Any) -> Value | Outcome:
        """The formula."""
        table = self.labelled.table(str(self.name), *states)
        value = self.of_table(table)
        outcome = value if isinstance(value, Outcome) else Outcome(value)
        return replace(outcome, rule=self.labelled.rule)

    def of_table(self, table: Table) -> Value | Outcome:
        """The formula of the table of exact totals."""
        raise NotImplementedError


@dataclass(frozen=True, repr=False)
class ConfusionMatrix(TableMetric):
    """Rows (or their weight) by true label and predicted label.

    Parameters
    ----------
    labels : sequence of labels, optional
        Which labels, in which order; rows whose true or predicted label is not among them are
        left out. By default all that occur, sorted.
    normalize : None, "true", "pred" or "all"
        Divide by the total of the row, of the column, or of the whole. 0/0 is 0.0.
    threshold : float, optional
        Where y_pred is one score a row: above it is `pos_label`; 0.5 by default.
    pos_label : label
        What a high score predicts, where the labels are not 0 and 1.

    Returns
    -------
    int64 array (K, K), true labels down, predicted labels across
        float64 with weights that are floats, or `normalize`. ``result.labels`` names the labels.

    Notes
    -----
    Shapes: labels (N,), one score (N,), or a score a class (N, C) with labels (N,) or one-hot.
    Range: 0 or more, no direction.
    State: K * K integers, or exact sums of weights (`ConfusionCounts`).
    Exact: always; quotients are rounded once.
    Reference: sklearn.metrics.confusion_matrix.

    Examples
    --------
    >>> ConfusionMatrix()(["a", "b", "b"], ["a", "b", "a"])
    array([[1, 0],
           [1, 1]])
    """

    labels: tuple[Label, ...] | None = None
    normalize: Literal["true", "pred", "all"] | None = None
    threshold: float | None = field(default=None, kw_only=True)
    whole: bool = field(default=False, kw_only=True, repr=False)
    """Whether the weights are whole numbers; set by `resolve`."""

    key: ClassVar[str] = "confusion_matrix"

    def resolve(self, schema: Schema) -> Metric:
        """Check the arguments; choose the rule."""
        require_labels_argument(self.labels)
        if self.normalize not in (None, "true", "pred", "all"):
            msg = f"expected normalize None, 'true', 'pred' or 'all', got {self.normalize!r}"
            raise ArgumentError(msg)
        whole = WEIGHT in schema and schema[WEIGHT].kind in ("int", "bool")
        return replace(self.with_pair(schema), whole=whole)

    def of_table(self, table: Table) -> Value | Outcome:
        """The counts."""
        table = table.chosen(self.labels, str(self.name))
        return Outcome(self._normalized(table.counts), labels=table.labels)

    def _normalized(self, counts: Array) -> Array:
        if self.normalize is None:
            whole = self.whole and max(counts.ravel(), default=0) <= np.iinfo(np.int64).max
            return counts.astype(np.int64) if whole or counts.dtype.kind == "i" else _floats(counts)
        axis = {"true": 1, "pred": 0, "all": None}[self.normalize]
        exact = counts.astype(object)
        totals = np.asarray(exact.sum(axis=axis, keepdims=True), object)
        totals = np.broadcast_to(totals, counts.shape)
        pairs = zip(exact.ravel(), totals.ravel(), strict=True)
        quotients = [Fraction(c) / Fraction(t) if t else Fraction(0) for c, t in pairs]
        return _floats(np.array(quotients, object).reshape(counts.shape))


@dataclass(frozen=True, repr=False)
class MatthewsCorrelation(TableMetric):
    """Matthews correlation: Pearson's, of true and predicted labels as indicator vectors.

    (s c - Σ tₖ pₖ) / √((s² - Σ pₖ²)(s² - Σ tₖ²)), with s the total, c what is right, tₖ and pₖ
    how often label k occurs and is predicted [1]_.

    Parameters
    ----------
    threshold : float, optional
        Where y_pred is one score a row: above it is `pos_label`; 0.5 by default.
    pos_label : label
        What a high score predicts, where the labels are not 0 and 1.

    Returns
    -------
    float
        In [-1, 1]. 0.0 with a warning where all labels or all predictions are the same.

    Notes
    -----
    Shapes: labels (N,), one score (N,), or a score a class (N, C) with labels (N,) or one-hot.
    Range: [-1, 1], higher is better.
    State: K * K integers, or exact sums of weights (`ConfusionCounts`).
    Exact: the root of an exact rational, rounded once; no product overflows.
    Reference: sklearn.metrics.matthews_corrcoef.

    References
    ----------
    .. [1] Gorodkin, J. (2004). Comparing two K-category assignments by a K-category correlation
       coefficient. Computational Biology and Chemistry 28, 367-374.

    Examples
    --------
    >>> MatthewsCorrelation()([1, 1, 1, 0], [1, 0, 1, 1])
    -0.3333333333333333
    """

    threshold: float | None = field(default=None, kw_only=True)

    key: ClassVar[str] = "matthews_corrcoef"

    def of_table(self, table: Table) -> Value | Outcome:
        """From exact integers or fractions."""
        totals = table.by_label()
        s = sum(totals.true, Fraction(0))
        pairs = zip(totals.true, totals.predicted, strict=True)
        covariance = s * sum(totals.right) - sum(t * p for t, p in pairs)
        product = (s * s - sum(p * p for p in totals.predicted)) * (
            s * s - sum(t * t for t in totals.true)
        )
        if not product:
            return Outcome(0.0, undefined="all true labels or all predictions are the same")
        root = limbs.sqrt(covariance * covariance / product)
        return -root if covariance < 0 else root


def require_labels_argument(labels: Any) -> None:
    """Refuse labels= that is no sequence, or empty."""
    if labels is not None and (not isinstance(labels, tuple) or not labels):
        given = list(labels) if isinstance(labels, tuple) else labels
        msg = f"expected labels to be a sequence of at least one label, got {given!r}"
        raise ArgumentError(msg)


def _floats(counts: Array) -> Array:
    flat = [limbs.to_float(Fraction(v)) for v in counts.ravel()]
    return np.array(flat, np.float64).reshape(counts.shape)
