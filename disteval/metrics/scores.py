"""Precision, recall and F-beta: by label, averaged, or at thresholds of a score."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, ClassVar, Literal

import numpy as np

from disteval import backend
from disteval.errors import ArgumentError, LabelError, ShapeError
from disteval.metrics.accuracy import check_binary, check_score_range
from disteval.metrics.base import require_number_arguments, require_numbers, shown
from disteval.metrics.confusion import TableMetric, require_labels_argument
from disteval.metrics.labels import ByLabel, Label, Table
from disteval.metrics.rows import PRED, TRUE, Above, NonZero, NotBinary, Raw, as_matrix
from disteval.numerics import limbs, rows
from disteval.parameters import NAN
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
from disteval.reductions import Count, ExactSum, MinMax, SumState, ThresholdCounts
from disteval.reductions.thresholds import ThresholdTable

Average = Literal["auto", "binary", "micro", "macro", "weighted"] | None
_AVERAGES = ("auto", "binary", "micro", "macro", "weighted", None)


@dataclass(frozen=True, repr=False)
class LabelScore(TableMetric):
    """A quotient of what is right, predicted and true, for each label or averaged."""

    average: Average = field(default="auto", kw_only=True)
    labels: tuple[Label, ...] | None = field(default=None, kw_only=True)
    zero_division: Any = field(default="warn", kw_only=True)

    def resolve(self, schema: Schema) -> Metric:
        """Check the arguments; choose the rule that makes labels of predictions."""
        self.check_arguments()
        return self.with_pair(schema)

    def check_arguments(self) -> None:
        """Refuse arguments that mean nothing."""
        require_labels_argument(self.labels)
        if self.average not in _AVERAGES:
            msg = f"expected average to be one of {_AVERAGES}, got {self.average!r}"
            raise ArgumentError(msg)
        if self.zero_division not in ("warn", 0, 1, NAN):
            msg = f"expected zero_division 'warn', 0, 1 or nan, got {self.zero_division!r}"
            raise ArgumentError(msg)

    def quotient(
        self, right: Fraction, predicted: Fraction, true: Fraction
    ) -> tuple[Fraction, Fraction]:
        """Numerator and denominator."""
        raise NotImplementedError

    def of_table(self, table: Table) -> Value | Outcome:
        """One value a label, or their average."""
        return self.of_totals(table.by_label())

    def of_totals(self, totals: ByLabel) -> Value | Outcome:
        """One value a label, or their average."""
        average = self.average
        if average == "auto":
            known = self.pos_label in totals.labels or set(totals.labels) <= {0, 1}
            binary = self.labels is None and known and len(totals.labels) <= 2
            average = "binary" if binary else None
        if average == "binary":
            return self._binary(totals)
        totals = _selected(totals, self.labels)
        if average == "micro":
            sums = (sum(t, Fraction(0)) for t in (totals.right, totals.predicted, totals.true))
            return self._single(*sums)
        return self._over_labels(totals, average)

    def _binary(self, totals: ByLabel) -> Outcome:
        if len(totals.labels) > 2:
            msg = (
                f"{self.name}: expected two labels for average='binary', got "
                f"{len(totals.labels)}: {list(totals.labels)[:6]}; choose average='micro', "
                "'macro', 'weighted' or None"
            )
            raise LabelError(msg)
        if self.pos_label not in totals.labels and len(totals.labels) == 2:
            msg = (
                f"{self.name}: expected pos_label among the labels {list(totals.labels)}, got "
                f"{self.pos_label!r}"
            )
            raise LabelError(msg)
        one = _selected(totals, (self.pos_label,))
        return self._single(one.right[0], one.predicted[0], one.true[0])

    def _single(self, right: Fraction, predicted: Fraction, true: Fraction) -> Outcome:
        numerator, denominator = self.quotient(right, predicted, true)
        if denominator:
            return Outcome(limbs.to_float(numerator / denominator))
        return Outcome(self._undefined, undefined=self._reason(()))

    def _over_labels(self, totals: ByLabel, average: Average) -> Outcome:
        parts = [
            self.quotient(*p)
            for p in zip(totals.right, totals.predicted, totals.true, strict=True)
        ]
        undefined = [label for label, (_, d) in zip(totals.labels, parts, strict=True) if not d]
        fallback = self._undefined
        values = [n / d if d else _exact_or_nan(fallback) for n, d in parts]
        reason = self._reason(tuple(undefined)) if undefined else ""
        if average is None:
            array = np.array([math.nan if v is None else limbs.to_float(v) for v in values])
            return Outcome(array, labels=totals.labels, undefined=reason)
        weights = totals.true if average == "weighted" else (Fraction(1),) * len(values)
        pairs = [(v, w) for v, w in zip(values, weights, strict=True) if v is not None]
        if not any(w for _, w in pairs):
            pairs = [(v, Fraction(1)) for v, _ in pairs]
        if not pairs:
            return Outcome(math.nan, undefined=reason or "there are no labels")
        total = sum(w for _, w in pairs)
        value = sum((v * w for v, w in pairs), Fraction(0)) / total
        return Outcome(limbs.to_float(value), undefined=reason)

    @property
    def _undefined(self) -> float:
        return 0.0 if self.zero_division == "warn" else float(self.zero_division)

    def _reason(self, labels: tuple[Any, ...]) -> str:
        if self.zero_division != "warn":
            return ""
        return f"0/0{' for the labels ' + str(list(labels)[:6]) if labels else ''}, taken as 0.0"


def _exact_or_nan(value: float) -> Fraction | None:
    return None if math.isnan(value) else Fraction(value)


def _selected(totals: ByLabel, labels: tuple[Any, ...] | None) -> ByLabel:
    if labels is None:
        return totals
    at = {label: i for i, label in enumerate(totals.labels)}
    zero = Fraction(0)

    def pick(values: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
        return tuple(values[at[label]] if label in at else zero for label in labels)

    return ByLabel(labels, pick(totals.right), pick(totals.predicted), pick(totals.true))


@dataclass(frozen=True)
class Chosen:
    """Scores, of one class or of all; those not among the k largest of the row are -inf."""

    class_id: int | None
    top_k: int | None

    def __call__(self, batch: Batch) -> Any:
        scores = batch[Y_PRED]
        if self.top_k is not None:
            xp = backend.namespace(scores)
            flat = as_matrix(scores)
            # stable: of equal scores the first counts; 0 - x, as -x would make zeros differ
            order = xp.argsort(0.0 - as_matrix(batch.derive(PRED)), axis=1, kind="stable")
            kept = xp.full(flat.shape, -np.inf, dtype=scores.dtype)
            at = xp.arange(len(flat))[:, None], order[:, : self.top_k]
            kept[at] = flat[at]
            scores = kept.reshape(scores.shape)
        return scores if self.class_id is None else scores[..., self.class_id]


@dataclass(frozen=True)
class PositiveOf:
    """True where the label (of one class, or of all) is not zero."""

    class_id: int | None

    def __call__(self, batch: Batch) -> Any:
        labels = batch[Y_TRUE]
        return (labels if self.class_id is None else labels[..., self.class_id]) != 0


@dataclass(frozen=True, repr=False)
class _ThresholdScore(LabelScore):
    """Precision or recall: of a score at thresholds, or of labels."""

    thresholds: float | tuple[float, ...] | None = None
    top_k: int | None = None
    class_id: int | None = None
    by_score: bool = field(default=False, kw_only=True, repr=False)
    one_column: bool = field(default=False, kw_only=True, repr=False)

    def resolve(self, schema: Schema) -> Metric:
        """At thresholds where y_pred are scores of y_true's shape, else by label."""
        scores = schema[Y_PRED].kind == "float" and schema[Y_TRUE].kind != "str"
        same = schema[Y_TRUE].shape == schema[Y_PRED].shape
        if self.average == "auto" and self.labels is None and scores and same:
            if self.pos_label == 1:
                return self._resolve_scores(schema)
        elif any(v is not None for v in (self.thresholds, self.top_k, self.class_id)):
            msg = (
                f"{self!r}: thresholds, top_k and class_id are for float scores of y_true's "
                "shape; average, labels and pos_label are for labels"
            )
            raise ArgumentError(msg)
        return super().resolve(schema)

    def _resolve_scores(self, schema: Schema) -> Metric:
        require_numbers(schema, Y_TRUE, Y_PRED)
        for cut in self.cuts_given:
            require_number_arguments(thresholds=cut)
        shape = schema[Y_PRED].shape
        if (self.top_k is not None or self.class_id is not None) and not shape:
            msg = f"{self!r}: top_k and class_id need y_pred (N, classes), got {shown(shape)}"
            raise ShapeError(msg)
        if self.class_id is not None and not 0 <= self.class_id < shape[-1]:
            msg = f"{self!r}: expected class_id in [0, {shape[-1]}), got {self.class_id}"
            raise ArgumentError(msg)
        if self.top_k is not None and self.top_k < 1:
            msg = f"{self!r}: expected top_k of at least 1, got {self.top_k}"
            raise ArgumentError(msg)
        return replace(self, by_score=True, one_column=not shape)

    @property
    def cuts(self) -> tuple[float, ...]:
        """The thresholds, ascending."""
        if self.thresholds is None:
            # with top_k, what was kept is positive whatever its value
            return (0.5,) if self.top_k is None else (-1e10,)
        return tuple(sorted({float(t) for t in self.cuts_given}))

    @property
    def cuts_given(self) -> tuple[Any, ...]:
        """The thresholds as they were asked for."""
        if self.thresholds is None:
            return ()
        return self.thresholds if isinstance(self.thresholds, tuple) else (self.thresholds,)

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """Counts at thresholds, and flags; or counts by label."""
        if not self.by_score:
            return super().needs
        counts = self._counts
        if not self._strict:
            return (counts,)
        return (counts, MinMax(Raw(Y_PRED)), Count(NotBinary(Y_TRUE), weighted=False))

    def compute(self, *states: Any) -> Value | Outcome:
        """Quotients, each rounded once."""
        if not self.by_score:
            return super().compute(*states)
        if self._strict:
            check_score_range(states[1], str(self.name))
            check_binary(states[2], str(self.name))
        (table,) = self._counts.table(states[0])
        values, undefined = self._at_thresholds(table)
        rule = f"y_pred > {', '.join(map(str, self.cuts))}"
        reason = "0/0, taken as 0.0" if undefined and self.zero_division == "warn" else ""
        if not isinstance(self.thresholds, tuple):
            return Outcome(values[self.cuts[0]], undefined=reason, rule=rule)
        array = np.array([values[float(t)] for t in self.thresholds])
        return Outcome(array, labels=self.thresholds, undefined=reason, rule=rule)

    @property
    def _strict(self) -> bool:
        """Whether 0.5 must split the scores: one column, and no threshold given."""
        return self.one_column and self.thresholds is None

    @property
    def _counts(self) -> ThresholdCounts:
        true: RowFunction = NonZero(Y_TRUE) if self.class_id is None else PositiveOf(self.class_id)
        pred: RowFunction = Raw(Y_PRED)
        if self.class_id is not None or self.top_k is not None:
            pred = Chosen(self.class_id, self.top_k)
        return ThresholdCounts(true, pred, self.cuts)

    def _at_thresholds(self, table: ThresholdTable) -> tuple[dict[float, float], bool]:
        values: dict[float, float] = {}
        undefined = False
        for i, cut in enumerate(self.cuts):
            tp, fp, fn = (Fraction(side[i]) for side in (table.tp, table.fp, table.fn))
            numerator, denominator = self.quotient(tp, tp + fp, tp + fn)
            undefined |= not denominator
            values[cut] = (
                limbs.to_float(numerator / denominator) if denominator else self._undefined
            )
        return values, undefined


@dataclass(frozen=True, repr=False)
class Precision(_ThresholdScore):
    """Precision, tp / (tp + fp): the share of positive predictions that are right.

    Parameters
    ----------
    thresholds : float or sequence of floats, optional
        For scores: y_pred > threshold is positive; 0.5 by default. A sequence gives an array.
    top_k : int, optional
        For scores (N, C): only the k largest of a row can be positive.
    class_id : int, optional
        For scores (N, C): only this column.
    average : "auto", None, "binary", "micro", "macro" or "weighted"
        For labels: one value a label (None), that of `pos_label`, or an average. "auto": two
        labels with `pos_label` are binary, others give one value each.
    labels : sequence of labels, optional
        Which labels to average over, in which order.
    pos_label : label
        The positive one of two.
    zero_division : "warn", 0, 1 or nan
        The value of 0/0; "warn" is 0.0 with a warning. NaN is left out of averages.

    Returns
    -------
    float, or float64 array (one value a threshold, or a label)

    Notes
    -----
    Scores of y_true's shape count all elements (N, C) together, as Keras; labels follow
    scikit-learn.
    State: two integers a threshold, or K * K by label; exact sums with weights.
    Exact: a quotient of exact totals, rounded once.
    Reference: keras.metrics.Precision; sklearn.metrics.precision_score.

    Examples
    --------
    >>> Precision()([0, 1, 1, 1], [1.0, 0.0, 1.0, 1.0])
    0.6666666666666666
    >>> Precision(average="macro")([0, 1, 2, 2], [0, 1, 1, 2])
    0.8333333333333334
    """

    key: ClassVar[str] = "precision"

    def quotient(
        self, right: Fraction, predicted: Fraction, true: Fraction  # noqa: ARG002
    ) -> tuple[Fraction, Fraction]:
        """Right of predicted."""
        return right, predicted


@dataclass(frozen=True, repr=False)
class Recall(_ThresholdScore):
    """Recall, tp / (tp + fn): the share of positives that are found.

    Parameters
    ----------
    thresholds, top_k, class_id, average, labels, pos_label, zero_division
        As for `Precision`.

    Returns
    -------
    float, or float64 array (one value a threshold, or a label)

    Notes
    -----
    State: two integers a threshold, or K * K by label; exact sums with weights.
    Exact: a quotient of exact totals, rounded once.
    Reference: keras.metrics.Recall; sklearn.metrics.recall_score.

    Examples
    --------
    >>> Recall()([0, 1, 1, 1], [1.0, 0.0, 1.0, 1.0])
    0.6666666666666666
    """

    key: ClassVar[str] = "recall"

    def quotient(
        self, right: Fraction, predicted: Fraction, true: Fraction  # noqa: ARG002
    ) -> tuple[Fraction, Fraction]:
        """Right of true."""
        return right, true


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
        """By column where both are (N, C), else by label."""
        true, pred = schema[Y_TRUE], schema[Y_PRED]
        if self.threshold is not None:
            require_number_arguments(threshold=self.threshold)
        if len(true.shape) == 1 and true.shape == pred.shape and pred.kind == "float":
            self.check_arguments()
            return replace(self, columns=true.shape[0])
        return super().resolve(schema)

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """Three exact sums a column, or counts by label."""
        if not self.columns:
            return super().needs
        of = (Matched(self.threshold), Indicated(self.threshold), TRUE)
        return tuple(ExactSum(function, self.columns) for function in of)

    def compute(self, *states: Any) -> Value | Outcome:
        """Quotients of exact totals, each rounded once."""
        if not self.columns:
            return super().compute(*states)
        totals = ByLabel(tuple(range(self.columns)), *(tuple(_sums(s)) for s in states))
        if self.average == "auto":
            value = self._over_labels(_selected(totals, self.labels), None)
        else:
            value = self.of_totals(totals)  # type: ignore[assignment]
        words = "the largest of the row" if self.threshold is None else f"> {self.threshold}"
        return replace(value, rule=f"y_pred: {words}")


def _sums(state: SumState) -> list[Fraction]:
    return state.fractions()


@dataclass(frozen=True, repr=False)
class FBetaScore(_FScore):
    """F-beta, (1 + β²) tp / (β² (tp + fn) + (tp + fp)).

    Parameters
    ----------
    average : "auto", None, "binary", "micro", "macro" or "weighted"
        One value a label (None), that of `pos_label`, or an average. "auto": two labels with
        `pos_label` are binary, others give one value each.
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

    Notes
    -----
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

    def resolve(self, schema: Schema) -> Metric:
        """Check beta."""
        require_number_arguments(beta=self.beta)
        if not self.beta >= 0:  # NaN too
            msg = f"expected a non-negative number beta, got {self.beta!r}"
            raise ArgumentError(msg)
        return super().resolve(schema)

    def quotient(
        self, right: Fraction, predicted: Fraction, true: Fraction
    ) -> tuple[Fraction, Fraction]:
        """From counts, never from precision and recall."""
        if math.isinf(self.beta):
            return right, true
        square = Fraction(self.beta) ** 2
        return (1 + square) * right, square * true + predicted


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

    Notes
    -----
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

    def quotient(
        self, right: Fraction, predicted: Fraction, true: Fraction
    ) -> tuple[Fraction, Fraction]:
        """From counts."""
        return 2 * right, true + predicted


