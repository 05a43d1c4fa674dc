"""The label metrics of Keras 1, of which Keras 2 has none, over the whole dataset.

y_true and y_pred are rounded (half to even, so 0.5 is 0) after they are clipped to [0, 1], and all
elements count alike. Keras 1 gave the mean of the values of batches.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from disteval.errors import ArgumentError
from disteval.metrics.base import EPSILON
from disteval.metrics.checks import (
    require_number_arguments,
    require_numbers,
    require_same_shape,
    require_weights_of,
)
from disteval.metrics.rows import PRED, TRUE, Above
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
from disteval.reductions import Count, CountState

_EPSILON = Fraction(EPSILON)
_POSITIVE, _PREDICTED = Above(Y_TRUE, 0.5), Above(Y_PRED, 0.5)
_UNDEFINED = "there are no {}, so it is 0/0 but for Keras's 1e-7"


@dataclass(frozen=True)
class ProductAbove:
    """Whether y p rounds to 1."""

    def __call__(self, batch: Batch) -> Any:
        return batch.derive(TRUE) * batch.derive(PRED) > 0.5


@dataclass(frozen=True)
class Both:
    """Whether y and p both round to 1, or neither does."""

    value: bool

    def __call__(self, batch: Batch) -> Any:
        true, pred = batch.derive(_POSITIVE), batch.derive(_PREDICTED)
        return true & pred if self.value else ~(true | pred)


@dataclass(frozen=True, repr=False)
class RoundedMetric(Metric):
    """A formula of counts of rounded elements."""

    counted: ClassVar[tuple[RowFunction, ...]] = ()

    def resolve(self, schema: Schema) -> Metric:
        """Check kinds and shapes."""
        require_numbers(schema, Y_TRUE, Y_PRED)
        require_same_shape(schema)
        return self

    def weighted_by(self, schema: Schema) -> Metric:
        """Of weights of single elements."""
        require_weights_of(schema, Y_TRUE)
        return self

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The counts."""
        return tuple(map(Count, self.counted))

    def compute(self, *states: CountState) -> Value | Outcome:
        """The formula."""
        return self.of_totals(*(Fraction(state.totals()[0]) for state in states))

    def of_totals(self, *totals: Fraction) -> Outcome:
        """The formula of exact totals."""
        raise NotImplementedError


@dataclass(frozen=True, repr=False)
class Keras1Precision(RoundedMetric):
    """Keras 1's precision: Σ r(y p) / (Σ r(p) + 1e-7), r rounding to 0 or 1.

    Returns
    -------
    float
        0.0 with a warning where nothing is predicted positive.

    Notes
    -----
    Shapes: numbers (N,), (N, k) or (N, ...), y_true and y_pred alike; all elements count.
    Range: [0, 1], higher is better.
    State: two integers, or exact sums of weights.
    Exact: the quotient of exact totals, rounded once.
    Reference: keras.metrics.precision of Keras 1.1 and 1.2.

    Examples
    --------
    >>> round(Keras1Precision()([1, 0, 1, 1], [0.9, 0.8, 0.5, 0.6]), 6)
    0.666667
    """

    key: ClassVar[str] = "keras1:precision"
    counted: ClassVar[tuple[RowFunction, ...]] = (ProductAbove(), _PREDICTED)

    def of_totals(self, *totals: Fraction) -> Outcome:
        """The quotient."""
        undefined = "" if totals[1] else _UNDEFINED.format("positive predictions")
        return Outcome(limbs.to_float(_ratio(*totals)), undefined=undefined)


@dataclass(frozen=True, repr=False)
class Keras1Recall(RoundedMetric):
    """Keras 1's recall: Σ r(y p) / (Σ r(y) + 1e-7), r rounding to 0 or 1.

    Returns
    -------
    float
        0.0 with a warning where no label is positive.

    Notes
    -----
    Shapes: numbers (N,), (N, k) or (N, ...), y_true and y_pred alike; all elements count.
    Range: [0, 1], higher is better.
    State: two integers, or exact sums of weights.
    Exact: the quotient of exact totals, rounded once.
    Reference: keras.metrics.recall of Keras 1.1 and 1.2.

    Examples
    --------
    >>> round(Keras1Recall()([1, 0, 1, 1], [0.9, 0.8, 0.5, 0.6]), 6)
    0.666667
    """

    key: ClassVar[str] = "keras1:recall"
    counted: ClassVar[tuple[RowFunction, ...]] = (ProductAbove(), _POSITIVE)

    def of_totals(self, *totals: Fraction) -> Outcome:
        """The quotient."""
        undefined = "" if totals[1] else _UNDEFINED.format("positive labels")
        return Outcome(limbs.to_float(_ratio(*totals)), undefined=undefined)


@dataclass(frozen=True, repr=False)
class Keras1FBetaScore(RoundedMetric):
    """Keras 1's F-beta, (1 + beta²) P R / (beta² P + R + 1e-7), of its precision and recall.

    Parameters
    ----------
    beta : float
        How much more recall counts than precision.

    Returns
    -------
    float
        0.0 with a warning where no label is positive, or nothing is predicted positive.

    Notes
    -----
    P = Σ r(y p) / (Σ r(p) + 1e-7) and R = Σ r(y p) / (Σ r(y) + 1e-7), r rounding to 0 or 1. With
    beta = 1 it is Keras 1's fmeasure.
    Shapes: numbers (N,), (N, k) or (N, ...), y_true and y_pred alike; all elements count.
    Range: [0, 1], higher is better.
    State: three integers, or exact sums of weights.
    Exact: the quotient of exact totals, rounded once.
    Reference: keras.metrics.fbeta_score and fmeasure of Keras 1.1 and 1.2.

    Examples
    --------
    >>> round(Keras1FBetaScore(beta=2)([1, 0, 1, 1], [0.9, 0.8, 0.5, 0.6]), 6)
    0.666667
    """

    beta: float = 1.0

    key: ClassVar[str] = "keras1:fbeta_score"
    counted: ClassVar[tuple[RowFunction, ...]] = (ProductAbove(), _PREDICTED, _POSITIVE)

    def resolve(self, schema: Schema) -> Metric:
        """Check the argument, kinds and shapes."""
        require_number_arguments(beta=self.beta)
        if not 0 <= self.beta < math.inf:
            msg = f"expected beta of at least 0, got {self.beta}"
            raise ArgumentError(msg)
        return super().resolve(schema)

    def of_totals(self, *totals: Fraction) -> Outcome:
        """The harmonic mean of the quotients."""
        right, predicted, true = totals
        precision, recall, b2 = (
            _ratio(right, predicted),
            _ratio(right, true),
            Fraction(self.beta) ** 2,
        )
        value = (1 + b2) * precision * recall / (b2 * precision + recall + _EPSILON)
        missing = "positive labels" if not true else "positive predictions"
        undefined = "" if true and predicted else _UNDEFINED.format(missing)
        return Outcome(limbs.to_float(value), undefined=undefined)


@dataclass(frozen=True, repr=False)
class Keras1MatthewsCorrelation(RoundedMetric):
    """Keras 1's Matthews correlation, (TP TN - FP FN) / (√((TP+FP)(TP+FN)(TN+FP)(TN+FN)) + 1e-7).

    Returns
    -------
    float
        0.0 with a warning where all labels or all predictions round to the same.

    Notes
    -----
    Shapes: numbers (N,), (N, k) or (N, ...), y_true and y_pred alike; all elements count.
    Range: [-1, 1], higher is better.
    State: four integers, or exact sums of weights.
    Exact: of exact totals, with the root to 300 bits; no product overflows.
    Reference: keras.metrics.matthews_correlation of Keras 1.1 and 1.2; for labels of any kind
    `matthews_corrcoef`.

    Examples
    --------
    >>> round(Keras1MatthewsCorrelation()([1, 1, 1, 0], [1.0, 0.2, 0.7, 0.8]), 6)
    -0.333333
    """

    key: ClassVar[str] = "keras1:matthews_correlation"
    counted: ClassVar[tuple[RowFunction, ...]] = (Both(True), Both(False), _PREDICTED, _POSITIVE)

    def of_totals(self, *totals: Fraction) -> Outcome:
        """The correlation."""
        tp, tn, predicted, true = totals
        fp, fn = predicted - tp, true - tp
        square = predicted * true * (tn + fp) * (tn + fn)
        value = (tp * tn - fp * fn) / (_root(square) + _EPSILON)
        reason = "" if square else "all labels or all predictions round to the same"
        return Outcome(limbs.to_float(value), undefined=reason)


def _ratio(part: Fraction, whole: Fraction) -> Fraction:
    return part / (whole + _EPSILON)


def _root(square: Fraction) -> Fraction:
    """The root, rounded down to at least 300 bits."""
    shift = max(0, 300 - (square.numerator.bit_length() - square.denominator.bit_length()) // 2)
    return Fraction(math.isqrt((square.numerator << 2 * shift) // square.denominator), 1 << shift)
