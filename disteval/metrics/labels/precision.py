"""Precision and recall: by label, averaged, or at thresholds of a score."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from disteval import backend
from disteval.errors import ArgumentError, ShapeError
from disteval.metrics.checks import (
    check_binary,
    check_score_range,
    require_int,
    require_number_arguments,
    require_numbers,
    require_weights_of,
    shown,
)
from disteval.metrics.labels.scores import LabelScore, Ratio
from disteval.metrics.rows import PRED, NotBinary, Raw, as_matrix
from disteval.metrics.thresholds.scores import positive
from disteval.numerics import limbs
from disteval.protocol import (
    WEIGHT,
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
from disteval.reductions import BucketCounts, Count, MinMax, ThresholdCounts, are_even
from disteval.reductions.thresholds import ThresholdTable


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


@dataclass(frozen=True, repr=False)
class _ThresholdScore(LabelScore):
    """Precision or recall: of a score at thresholds, or of labels."""

    thresholds: float | tuple[float, ...] | None = None
    top_k: int | None = None
    class_id: int | None = None
    by_score: bool = field(default=False, kw_only=True, repr=False)
    one_column: bool = field(default=False, kw_only=True, repr=False)
    threshold: float | None = field(default=None, kw_only=True)

    def resolve(self, schema: Schema) -> Metric:
        """At thresholds where y_pred are scores of y_true's shape, else by label."""
        for name in ("top_k", "class_id"):
            require_int(name, getattr(self, name), 0)
        if self.threshold is not None:
            if self.thresholds is not None:
                msg = f"expected thresholds= or threshold=, got both in {self!r}"
                raise ArgumentError(msg)
            return replace(self, thresholds=self.threshold, threshold=None).resolve(schema)
        true, pred = schema[Y_TRUE], schema[Y_PRED]
        numbers = pred.kind == "float" or (pred.shape and pred.kind != "str")
        scores = numbers and true.kind != "str" and true.shape == pred.shape
        by_label = self.average != "auto" or self.labels is not None or self.pos_label != 1
        if scores and not by_label:
            return self._resolve_scores(schema)
        if self.top_k is not None or self.class_id is not None:
            msg = (
                f"{self!r}: top_k and class_id are for scores (N, C) of y_true's shape; "
                "average, labels and pos_label are for labels"
            )
            raise ArgumentError(msg)
        if isinstance(self.thresholds, tuple):
            msg = f"{self!r}: several thresholds are for scores, without average= or labels="
            raise ArgumentError(msg)
        return replace(self, threshold=self.thresholds, thresholds=None).resolve_labels(schema)

    def resolve_labels(self, schema: Schema) -> Metric:
        """By label, or by column of indicators."""
        return super().resolve(schema)

    def weighted_by(self, schema: Schema) -> Metric:
        """Every element of the scores by its own weight, or by that of its leading axes."""
        shape = schema[Y_PRED].shape if self.class_id is None else schema[Y_PRED].shape[:-1]
        if not self.by_score or len(schema[WEIGHT].shape) > len(shape):
            return super().weighted_by(schema)
        require_weights_of(schema, Y_PRED)
        return self

    def _resolve_scores(self, schema: Schema) -> Metric:
        require_numbers(schema, Y_TRUE, Y_PRED)
        if self.thresholds == ():
            msg = f"{self!r}: expected thresholds, got none"
            raise ArgumentError(msg)
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
            check_score_range(states[1], str(self.name), "give thresholds=0.0")
            check_binary(states[2], str(self.name))
        (table,) = self._counts.table(states[0])
        values, undefined = self._at_thresholds(table)
        rule = f"y_pred > {', '.join(map(str, self.cuts))}"
        reason = "0/0, taken as 0.0" if undefined and self.zero_division == "warn" else ""
        given = self.cuts_given
        if len(given) < 2:
            return Outcome(values[self.cuts[0]], undefined=reason, rule=rule)
        array = np.array([values[float(t)] for t in given])
        return Outcome(array, labels=given, undefined=reason, rule=rule)

    @property
    def _strict(self) -> bool:
        """Whether 0.5 must split the scores: one column, and no threshold given."""
        return self.one_column and self.thresholds is None

    @property
    def _counts(self) -> ThresholdCounts | BucketCounts:
        true = positive(self.class_id)
        pred: RowFunction = Raw(Y_PRED)
        if self.class_id is not None or self.top_k is not None:
            pred = Chosen(self.class_id, self.top_k)
        if are_even(self.cuts_given):
            return BucketCounts(true, pred, len(self.cuts))
        return ThresholdCounts(true, pred, self.cuts)

    def _at_thresholds(self, table: ThresholdTable) -> tuple[dict[float, float], bool]:
        values: dict[float, float] = {}
        undefined = False
        for i, cut in enumerate(self.cuts):
            tp, fp, fn = (Fraction(side[i]) for side in (table.tp, table.fp, table.fn))
            numerator, denominator = self.ratio.parts(tp, tp + fp, tp + fn)
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
        For scores: y_pred > threshold is positive; 0.5 by default. Several give an array.
    top_k : int, optional
        For scores (N, C): only the k largest of a row can be positive.
    class_id : int, optional
        For scores (N, C): only this column.
    average : "auto", None, "binary", "micro", "macro", "weighted" or "samples"
        For labels: one value a label (None), that of `pos_label`, or an average; "samples" is the
        mean over rows of indicators (N, C). "auto": two labels with `pos_label` are binary, others
        give one value each.
    labels : sequence of labels, optional
        Which labels (or columns of indicators) to average over, in which order.
    pos_label : label
        The positive one of two.
    zero_division : "warn", 0, 1 or nan
        The value of 0/0; "warn" is 0.0 with a warning. NaN is left out of averages.
    threshold : float, optional
        The same as `thresholds`, as other metrics name it.

    Returns
    -------
    float, or float64 array (one value a threshold, or a label)
        0/0 is `zero_division`: 0.0 with a warning by default.

    Notes
    -----
    Scores of y_true's shape count all elements (N, C) together, as Keras; labels, and `average`
    of indicators, follow scikit-learn. Even thresholds are Keras's buckets: see `TruePositives`.
    Shapes: labels (N,), scores (N,) with labels 0 and 1, scores or indicators (N, C) on both sides.
    Range: [0, 1], higher is better.
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

    @property
    def ratio(self) -> Ratio:
        """Right of predicted."""
        return Ratio(predicted=Fraction(1))


@dataclass(frozen=True, repr=False)
class Recall(_ThresholdScore):
    """Recall, tp / (tp + fn): the share of positives that are found.

    Parameters
    ----------
    thresholds, top_k, class_id, average, labels, pos_label, zero_division, threshold
        As for `Precision`.

    Returns
    -------
    float, or float64 array (one value a threshold, or a label)
        0/0 is `zero_division`: 0.0 with a warning by default.

    Notes
    -----
    Shapes: labels (N,), scores (N,) with labels 0 and 1, scores or indicators (N, C) on both sides.
    Range: [0, 1], higher is better.
    State: two integers a threshold, or K * K by label; exact sums with weights.
    Exact: a quotient of exact totals, rounded once.
    Reference: keras.metrics.Recall; sklearn.metrics.recall_score.

    Examples
    --------
    >>> Recall()([0, 1, 1, 1], [1.0, 0.0, 1.0, 1.0])
    0.6666666666666666
    """

    key: ClassVar[str] = "recall"

    @property
    def ratio(self) -> Ratio:
        """Right of true."""
        return Ratio(true=Fraction(1))
