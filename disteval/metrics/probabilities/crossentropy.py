"""Cross-entropies, by the definitions of Keras."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from disteval.metrics.base import NO_WEIGHT, RowMean, is_weightless, mean
from disteval.metrics.checks import (
    check_label_range,
    check_score_range,
    require_bool,
    require_int,
    require_numbers,
    require_same_shape,
    require_sparse,
    require_weights_of,
)
from disteval.metrics.probabilities.arguments import (
    check_last_axis,
    check_not_negative,
    check_smoothing,
    class_axis,
)
from disteval.metrics.probabilities.categorical import CategoricalMean
from disteval.metrics.probabilities.losses import (
    BinaryLogitLoss,
    BinaryLoss,
    CategoricalLoss,
    Clip,
    Kept,
    KeptLabels,
    LogProbabilities,
    SparseLoss,
)
from disteval.metrics.rows import Raw
from disteval.protocol import (
    Y_PRED,
    Y_TRUE,
    Metric,
    Outcome,
    Reduction,
    RowFunction,
    Schema,
    Value,
)
from disteval.reductions import ExactSum, MinMax, SumState


@dataclass(frozen=True, repr=False)
class BinaryCrossentropy(RowMean):
    """Mean of -(y log p + (1 - y) log(1 - p)), p clipped to [1e-7, 1 - 1e-7].

    Parameters
    ----------
    from_logits : bool
        y_pred are logits x, p = 1/(1 + exp(-x)); then nothing is clipped.
    label_smoothing : float in [0, 1]
        s: labels become y (1 - s) + s/2.
    axis : int
        An axis of a row. The mean is over all elements, whichever it is.

    Returns
    -------
    float
        Nats. 0.0 with a warning where the total weight is zero.

    Notes
    -----
    Rows (N, k) count all their elements. Probabilities outside [0, 1] are an error.
    Shapes: numbers (N,), (N, k) or (N, ...), y_true and y_pred alike.
    Range: [0, inf), lower is better.
    State: one exact sum, the total weight, the range of y_pred.
    Exact: the exact mean of the row values, rounded once; each row value by the library's own
    logarithm (below 1 ulp), the same on every machine. The bounds 1e-7 and 1 - 1e-7 are those
    of y_pred's dtype (of float32 for float16).
    Reference: keras.metrics.BinaryCrossentropy.

    Examples
    --------
    >>> round(BinaryCrossentropy()([0, 1], [0.4, 0.6]), 12)
    0.510825623766
    """

    from_logits: bool = False
    label_smoothing: float = 0.0
    axis: int = -1
    clip: Clip = field(default=Clip(), kw_only=True, repr=False)

    key: ClassVar[str] = "binary_crossentropy"

    def resolve(self, schema: Schema) -> Metric:
        """Check kinds and shapes; the clip's bounds."""
        require_bool("from_logits", self.from_logits)
        require_numbers(schema, Y_TRUE, Y_PRED)
        require_same_shape(schema)
        check_smoothing(self.label_smoothing)
        class_axis(self.axis, schema)
        return replace(self, clip=Clip.of(schema[Y_PRED])).with_elements(schema)

    @property
    def values(self) -> RowFunction:
        """The loss of each element."""
        if self.from_logits:
            return BinaryLogitLoss(float(self.label_smoothing))
        return BinaryLoss(float(self.label_smoothing), self.clip)

    @property
    def checks(self) -> tuple[Reduction[Any], ...]:
        """The range of the probabilities."""
        return () if self.from_logits else (MinMax(Raw(Y_PRED)),)

    def check(self, *states: Any) -> None:
        """Refuse what is no probability."""
        if states:
            check_score_range(states[0], str(self.name), "give from_logits=True")


@dataclass(frozen=True, repr=False)
class CategoricalCrossentropy(CategoricalMean):
    """Mean of -Σ_c y_c log q_c, q = y_pred / Σ y_pred, clipped to [1e-7, 1 - 1e-7].

    Parameters
    ----------
    from_logits : bool
        y_pred are logits; log q is then their log softmax, unclipped.
    label_smoothing : float in [0, 1]
        s: labels become y (1 - s) + s/C.
    axis : int
        The class axis; the last by default.

    Returns
    -------
    float
        Nats. 0.0 with a warning where the total weight is zero; NaN for a row of zeros.

    Notes
    -----
    y_true is one-hot (or probabilities), (N, C).
    Shapes: numbers (N, C) or (N, ..., C), y_true and y_pred alike.
    Range: [0, inf), lower is better.
    State: one exact sum, the total weight, the range of y_pred.
    Exact: the exact mean of the row values, rounded once; row values are the same on every
    machine: sums along a row from left to right, the library's own logarithm.
    Reference: keras.metrics.CategoricalCrossentropy.

    Examples
    --------
    >>> round(CategoricalCrossentropy()([[0, 1, 0], [0, 0, 1]],
    ...                                 [[0.05, 0.95, 0], [0.1, 0.8, 0.1]]), 12)
    1.176939193691
    """

    from_logits: bool = False
    label_smoothing: float = 0.0
    axis: int = -1

    key: ClassVar[str] = "categorical_crossentropy"

    def resolve(self, schema: Schema) -> Metric:
        """Check arguments, kinds and shapes; the clip's bounds."""
        require_bool("from_logits", self.from_logits)
        check_smoothing(self.label_smoothing)
        return self.placed(schema, self.axis)

    @property
    def are_logits(self) -> bool:
        """Whether y_pred need not be probabilities."""
        return self.from_logits

    @property
    def values(self) -> RowFunction:
        """The loss of each row."""
        log_q = LogProbabilities(self.from_logits, self.clip, self.pred)
        return CategoricalLoss(float(self.label_smoothing), self.classes, log_q, self.true)


@dataclass(frozen=True, repr=False)
class SparseCategoricalCrossentropy(RowMean):
    """Mean of -log q[y], q = y_pred / Σ y_pred, clipped to [1e-7, 1 - 1e-7].

    Parameters
    ----------
    from_logits : bool
        y_pred are logits; log q is then their log softmax, unclipped.
    ignore_class : int, optional
        Rows with this label count neither in the sum nor in the weight.
    axis : int
        The class axis: the last.

    Returns
    -------
    float
        Nats. 0.0 with a warning where the total weight is zero; NaN for a row of zeros.

    Notes
    -----
    y_true is one label a row in [0, C); others are an error.
    Shapes: labels (N,) and scores (N, C); or (N, ...) and (N, ..., C).
    Range: [0, inf), lower is better.
    State: two exact sums, the ranges of labels and y_pred.
    Exact: the exact mean of the row values, rounded once; row values are the same on every
    machine.
    Reference: keras.metrics.SparseCategoricalCrossentropy (tf.keras for ignore_class).

    Examples
    --------
    >>> round(SparseCategoricalCrossentropy()([1, 2], [[0.05, 0.95, 0], [0.1, 0.8, 0.1]]), 12)
    1.176939193691
    """

    from_logits: bool = False
    ignore_class: int | None = None
    axis: int = -1
    classes: int = field(default=1, kw_only=True, repr=False)
    clip: Clip = field(default=Clip(), kw_only=True, repr=False)

    key: ClassVar[str] = "sparse_categorical_crossentropy"

    def resolve(self, schema: Schema) -> Metric:
        """Check kinds and shapes; the clip's bounds."""
        require_bool("from_logits", self.from_logits)
        require_int("ignore_class", self.ignore_class)
        require_numbers(schema, Y_TRUE, Y_PRED)
        check_last_axis(self.axis, schema)
        classes = require_sparse(schema)
        return replace(self, classes=classes, clip=Clip.of(schema[Y_PRED]))

    def weighted_by(self, schema: Schema) -> Metric:
        """Of weights of single labels of a row."""
        require_weights_of(schema, Y_TRUE)
        return self

    @property
    def values(self) -> RowFunction:
        """The loss of each row."""
        log_q = LogProbabilities(self.from_logits, self.clip)
        return SparseLoss(self.classes, self.ignore_class, log_q)

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The sum, the weight of the rows kept, and the flags."""
        flags: tuple[Reduction[Any], ...] = (MinMax(KeptLabels(self.ignore_class)),)
        if not self.from_logits:
            flags += (MinMax(Raw(Y_PRED)),)
        return (ExactSum(self.values), ExactSum(Kept(self.ignore_class)), *flags)

    def compute(self, total: SumState, weight: SumState, *flags: Any) -> Value | Outcome:
        """The mean, rounded once."""
        check_label_range(flags[0], self.classes)
        for state in flags[1:]:
            check_not_negative(state, str(self.name))
        if is_weightless(weight):
            return Outcome(0.0, undefined=NO_WEIGHT)
        return mean(total, weight)
