"""Agreement of true and predicted labels beyond what chance gives."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, ClassVar, Literal

import numpy as np

from disteval.errors import ArgumentError
from disteval.metrics.checks import is_number, require_bool
from disteval.metrics.labels.confusion import TableMetric, require_labels_argument
from disteval.metrics.labels.pairs import Label, Table
from disteval.numerics import limbs
from disteval.parameters import NAN
from disteval.protocol import Array, Metric, Outcome, Schema, Value


@dataclass(frozen=True, repr=False)
class BalancedAccuracy(TableMetric):
    """Mean over labels of the share of rows with that label that are predicted so.

    Parameters
    ----------
    adjusted : bool
        (mean - 1/K) / (1 - 1/K): chance gives 0, all right gives 1.
    threshold : float, optional
        Where y_pred is one score a row: above it is `pos_label`; 0.5 by default.
    pos_label : label
        What a high score predicts, where the labels are not 0 and 1.

    Returns
    -------
    float
        Labels that are predicted but never true are left out, with a warning. NaN with a warning
        where there is no weight, or, adjusted, one label.

    Notes
    -----
    Shapes: labels (N,), one score (N,), or a score a class (N, C) with labels (N,) or one-hot.
    Range: [0, 1], or up from -1 where adjusted, higher is better.
    State: K * K integers, or exact sums of weights (`ConfusionCounts`).
    Exact: an exact rational, rounded once.
    Reference: sklearn.metrics.balanced_accuracy_score.

    Examples
    --------
    >>> BalancedAccuracy()([0, 0, 0, 1], [0, 0, 1, 1])
    0.8333333333333334
    >>> BalancedAccuracy(adjusted=True)([0, 0, 0, 1], [0, 0, 1, 1])
    0.6666666666666666
    """

    adjusted: bool = False
    threshold: float | None = field(default=None, kw_only=True)
    key: ClassVar[str] = "balanced_accuracy_score"

    def resolve(self, schema: Schema) -> Metric:
        """Check the arguments; choose the rule that makes labels of predictions."""
        require_bool("adjusted", self.adjusted)
        return super().resolve(schema)

    def of_table(self, table: Table) -> Value | Outcome:
        """From exact totals."""
        totals = table.by_label()
        pairs = zip(totals.right, totals.true, strict=True)
        shares = [right / true for right, true in pairs if true]
        if not shares:
            return Outcome(math.nan, undefined="no row has a label and a weight")
        never = [v for v, true in zip(totals.labels, totals.true, strict=True) if not true]
        reason = f"left out: the labels {never[:6]}, predicted but never true" if never else ""
        mean, chance = sum(shares, Fraction(0)) / len(shares), Fraction(1, len(shares))
        if not self.adjusted:
            return Outcome(limbs.to_float(mean), undefined=reason)
        if chance == 1:
            value = math.nan if mean == 1 else -math.inf  # what scikit-learn divides by zero
            return Outcome(value, undefined="adjusted, with one true label")
        return Outcome(limbs.to_float((mean - chance) / (1 - chance)), undefined=reason)


@dataclass(frozen=True, repr=False)
class CohenKappa(TableMetric):
    """Cohen's kappa, 1 - observed / expected disagreement, as if labels were given by chance.

    Parameters
    ----------
    labels : sequence of labels, optional
        Which labels, in which order; rows with others are left out. By default all, sorted.
    weights : None, "linear" or "quadratic"
        How much a disagreement counts: 1, or the (squared) distance of the labels' places.
    replace_undefined_by : float
        The value where nothing could disagree: NaN, or in [-1, 1].
    threshold : float, optional
        Where y_pred is one score a row: above it is `pos_label`; 0.5 by default.
    pos_label : label
        What a high score predicts, where the labels are not 0 and 1.

    Returns
    -------
    float
        `replace_undefined_by` with a warning where both have but one label in common.

    Notes
    -----
    Shapes: labels (N,), one score (N,), or a score a class (N, C) with labels (N,) or one-hot.
    Range: [-1, 1], higher is better.
    State: K * K integers, or exact sums of weights (`ConfusionCounts`).
    Exact: an exact rational, rounded once.
    Reference: sklearn.metrics.cohen_kappa_score.

    Examples
    --------
    >>> CohenKappa()(["a", "b", "b", "a"], ["a", "b", "a", "a"])
    0.5
    >>> CohenKappa(weights="quadratic")([0, 1, 2, 2], [0, 1, 1, 2])
    0.8
    """

    labels: tuple[Label, ...] | None = None
    weights: Literal["linear", "quadratic"] | None = None
    replace_undefined_by: float = math.nan
    threshold: float | None = field(default=None, kw_only=True)
    key: ClassVar[str] = "cohen_kappa_score"

    def resolve(self, schema: Schema) -> Metric:
        """Check the arguments; choose the rule that makes labels of predictions."""
        require_labels_argument(self.labels)
        if self.weights not in (None, "linear", "quadratic"):
            msg = f"expected weights None, 'linear' or 'quadratic', got {self.weights!r}"
            raise ArgumentError(msg)
        value: Any = self.replace_undefined_by
        if value != NAN and not (is_number(value) and -1 <= value <= 1):
            msg = f"expected replace_undefined_by NaN or in [-1, 1], got {value!r}"
            raise ArgumentError(msg)
        return super().resolve(schema)

    def of_table(self, table: Table) -> Value | Outcome:
        """From exact totals."""
        counts = table.chosen(self.labels, str(self.name)).counts.astype(object)
        true, predicted = counts.sum(axis=1), counts.sum(axis=0)
        total = sum(true)
        observed, expected = self._disagreement(counts, true, predicted)
        if not expected:
            reason = "true and predicted labels have at most one in common"
            return Outcome(float(self.replace_undefined_by), undefined=reason)
        return limbs.to_float(1 - Fraction(observed) * total / Fraction(expected))

    def _disagreement(self, counts: Array, true: Array, predicted: Array) -> tuple[Any, Any]:
        """Observed, and as expected by chance times the total."""
        if self.weights is None:
            return (
                sum(true) - sum(counts.diagonal()),
                sum(true) * sum(predicted) - sum(true * predicted),
            )
        places = np.arange(len(true))
        distance = abs(places[:, None] - places)
        if self.weights == "quadratic":
            distance *= distance
        rows = distance.astype(object)
        return (rows * counts).sum(), sum(t * (row * predicted).sum() for t, row in zip(
            true, rows, strict=True
        ))  # fmt: skip
