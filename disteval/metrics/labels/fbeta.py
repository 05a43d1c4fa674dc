"""F-beta and F1: by label, by column, or averaged."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from disteval import backend
from disteval.errors import ArgumentError
from disteval.metrics.checks import require_number_arguments
from disteval.metrics.labels.accuracy import LARGEST
from disteval.metrics.labels.indicators import Indicators
from disteval.metrics.labels.pairs import ByLabel
from disteval.metrics.labels.scores import Average, LabelScore, Ratio
from disteval.metrics.rows import PRED, TRUE, Above, Every
from disteval.numerics import rows
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
from disteval.reductions import Count, ExactSum


@dataclass(frozen=True)
class Indicated:
    """Predicted indicators (rows, C) in float64: above a threshold, or the largest of the row.

    Of equal largest values all are indicated, as in Keras.
    """

    threshold: float | None

    def __call__(self, batch: Batch) -> Any:
        if self.threshold is not None:
            above = batch.derive(Above(Y_PRED, self.threshold))
            return above.astype(np.float64)
        scores = batch.derive(PRED)
        xp = backend.namespace(scores)
        largest = scores >= rows.row_max(scores)[:, None]
        # Keras: a row of zeros predicts nothing
        return (largest & (abs(scores) > 1e-9)).astype(xp.float64)


@dataclass(frozen=True)
class Matched:
    """Predicted indicator times y_true, (rows, C)."""

    threshold: float | None

    def __call__(self, batch: Batch) -> Any:
        return batch.derive(Indicated(self.threshold)) * batch.derive(TRUE)


@dataclass(frozen=True, repr=False)
class _FScore(LabelScore):
    """F-beta by label, or by column where both are (N, C)."""

    columns: int = field(default=0, kw_only=True, repr=False)

    def resolve(self, schema: Schema) -> Metric:
        """As Keras by column where y_pred are scores of y_true's shape (N, C), else by label."""
        true, pred = schema[Y_TRUE], schema[Y_PRED]
        if self.threshold is not None:
            require_number_arguments(threshold=self.threshold)
        scores = pred.kind == "float" and len(true.shape) == 1 and true.shape == pred.shape
        if not scores or true.kind == "str" or self.samples:
            return super().resolve(schema)
        self.check_arguments()
        columns = Indicators(true.shape[0])
        self.check_columns(columns)
        return replace(self, columns=columns.columns)

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """Three exact sums a column, or counts by label."""
        if not self.columns:
            return super().needs
        of = (Matched(self.threshold), Indicated(self.threshold), TRUE)
        sums = tuple(ExactSum(function, self.columns) for function in of)
        return (*sums, Count(Every()))  # which refuses weights that no count can have

    def compute(self, *states: Any) -> Value | Outcome:
        """Quotients of exact totals, each rounded once."""
        if not self.columns:
            return super().compute(*states)
        right, predicted, true = (tuple(state.fractions()) for state in states[:3])
        totals = ByLabel(tuple(range(self.columns)), right, predicted, true)
        by_column = replace(self, average=None) if self.average == "auto" else self
        rule = LARGEST if self.threshold is None else f"y_pred > {self.threshold}"
        return replace(by_column.of_totals(totals), rule=rule)


@dataclass(frozen=True, repr=False)
class FBetaScore(_FScore):
    """F-beta, (1 + β²) tp / (β² (tp + fn) + (tp + fp)).

    Parameters
    ----------
    average : "auto", None, "binary", "micro", "macro", "weighted" or "samples"
        One value a label (None), that of `pos_label`, or an average; "samples" is the mean over
        rows of indicators (N, C). "auto": two labels with `pos_label` are binary, others give one
        value each.
    beta : float
        Above 1 recall weighs more, below 1 precision.
    threshold : float, optional
        For scores: y_pred > threshold is positive. By default 0.5 for one score a row, and the
        largest of the row for (N, C).
    labels, pos_label, zero_division
        As for `Precision`.

    Returns
    -------
    float, or float64 array (one value a label)
        0/0 is `zero_division`: 0.0 with a warning by default.

    Notes
    -----
    One score a row parts two labels, and averages are of both, as scikit-learn's; Keras has one
    column then, and averages it alone.
    Shapes: labels (N,), scores (N,) with labels 0 and 1, scores or indicators (N, C) on both sides.
    Range: [0, 1], higher is better.
    State: K * K integers by label, or three exact sums a column.
    Exact: a quotient of exact totals, rounded once (Keras adds 1e-7 to denominators).
    Reference: keras.metrics.FBetaScore; sklearn.metrics.fbeta_score.

    Examples
    --------
    >>> FBetaScore(beta=2.0)([0, 1, 1, 1], [0.9, 0.2, 0.8, 0.6])
    0.6666666666666666
    >>> FBetaScore(average="macro")([0, 1, 2, 2], [0, 1, 1, 2])
    0.7777777777777778
    """

    average: Average = "auto"
    beta: float = 1.0
    threshold: float | None = None
    key: ClassVar[str] = "fbeta_score"

    def __post_init__(self) -> None:
        if isinstance(self.beta, int):
            object.__setattr__(self, "beta", float(self.beta))
        super().__post_init__()

    def resolve(self, schema: Schema) -> Metric:
        """Check beta."""
        require_beta(self.beta)
        return super().resolve(schema)

    @property
    def ratio(self) -> Ratio:
        """From counts, never from precision and recall."""
        if math.isinf(self.beta):
            return Ratio(true=Fraction(1))
        square = Fraction(self.beta) ** 2
        return Ratio(predicted=Fraction(1), true=square, numerator=1 + square)


@dataclass(frozen=True, repr=False)
class F1Score(_FScore):
    """F1, 2 tp / (2 tp + fp + fn): the harmonic mean of precision and recall.

    Parameters
    ----------
    average, threshold, labels, pos_label, zero_division
        As for `FBetaScore`.

    Returns
    -------
    float, or float64 array (one value a label)
        0/0 is `zero_division`: 0.0 with a warning by default.

    Notes
    -----
    Shapes: labels (N,), scores (N,) with labels 0 and 1, scores or indicators (N, C) on both sides.
    Range: [0, 1], higher is better.
    State: K * K integers by label, or three exact sums a column.
    Exact: a quotient of exact totals, rounded once (Keras adds 1e-7 to denominators).
    Reference: keras.metrics.F1Score; sklearn.metrics.f1_score.

    Examples
    --------
    >>> F1Score()(["no", "yes", "yes"], ["no", "yes", "no"])
    array([0.66666667, 0.66666667])
    >>> F1Score(average="binary", pos_label="yes")(["no", "yes", "yes"], ["no", "yes", "no"])
    0.6666666666666666
    """

    average: Average = "auto"
    threshold: float | None = None
    key: ClassVar[str] = "f1_score"

    @property
    def ratio(self) -> Ratio:
        """From counts."""
        return Ratio(predicted=Fraction(1), true=Fraction(1), numerator=Fraction(2))


def require_beta(beta: float) -> None:
    """Refuse what is no weight of recall."""
    require_number_arguments(beta=beta)
    if not beta >= 0:  # NaN too
        msg = f"expected a non-negative number beta, got {beta!r}"
        raise ArgumentError(msg)
