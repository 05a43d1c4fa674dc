"""Cross-entropies, by the definitions of Keras."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from disteval import backend
from disteval.errors import ArgumentError, DomainError
from disteval.metrics.base import NO_WEIGHT, RowMean, is_weightless, mean
from disteval.metrics.checks import (
    check_label_range,
    check_score_range,
    require_bool,
    require_classes,
    require_number_arguments,
    require_numbers,
    require_same_shape,
    require_sparse,
    size,
)
from disteval.metrics.rows import PRED, TRUE, Labels, Raw, as_matrix
from disteval.numerics import elementary, losses, rows
from disteval.protocol import (
    Y_PRED,
    Y_TRUE,
    Batch,
    Column,
    Metric,
    Outcome,
    Reduction,
    RowFunction,
    Schema,
    Value,
)
from disteval.reductions import ExactSum, MinMax, SumState

_EPSILON = 1e-7  # keras.config.epsilon()


@dataclass(frozen=True)
class Clip:
    """The bounds to which probabilities are clipped: 1e-7 in the dtype that arrived."""

    low: float = _EPSILON
    high: float = 1.0 - _EPSILON

    @classmethod
    def of(cls, column: Column) -> Clip:
        """Bounds for a column."""
        # 1 - 1e-7 is 1 in float16, and the logarithm of what is left infinite
        kind = np.float32 if column.dtype.itemsize < 4 else column.dtype.type
        kind = kind if column.kind == "float" else np.float64
        low = kind(_EPSILON)
        return cls(float(low), float(kind(1.0) - low))

    def __call__(self, p: Any) -> Any:
        xp = backend.namespace(p)
        clipped = xp.maximum(p, self.low)
        return xp.minimum(clipped, self.high, out=clipped)


@dataclass(frozen=True)
class BinaryLoss:
    """-(y log p + (1 - y) log(1 - p)) of each element, p clipped."""

    smoothing: float
    clip: Clip

    def __call__(self, batch: Batch) -> Any:
        y, p = batch[Y_TRUE], batch[Y_PRED]
        if y.dtype != p.dtype or y.dtype.kind != "f":
            y, p = batch.derive(TRUE), batch.derive(PRED)
        return losses.binary_crossentropy(y, p, self.smoothing, self.clip.low, self.clip.high)


@dataclass(frozen=True)
class BinaryLogitLoss:
    """max(x, 0) - x y + log(1 + exp(-abs(x))) of each element."""

    smoothing: float

    def __call__(self, batch: Batch) -> Any:
        y = _smooth(batch.derive(TRUE), self.smoothing, 0.5)
        x = batch.derive(PRED)
        xp = backend.namespace(x)
        return xp.maximum(x, 0.0) - x * y + elementary.log1p(elementary.exp(-abs(x)))


@dataclass(frozen=True)
class LogProbabilities:
    """log q, (rows, C): q the probabilities, normalised and clipped, or log softmax of logits."""

    from_logits: bool
    clip: Clip

    def __call__(self, batch: Batch) -> Any:
        scores = batch.derive(PRED)
        return self._of(as_matrix(scores)).reshape(scores.shape)

    def _of(self, p: Any) -> Any:
        if self.from_logits:
            shifted = p - rows.row_max(p)[:, None]
            return shifted - elementary.log(rows.row_sum(elementary.exp(shifted)))[:, None]
        return elementary.log(self.clip(p / rows.row_sum(p)[:, None]))


@dataclass(frozen=True)
class CategoricalLoss:
    """-Σ y log q of each row."""

    smoothing: float
    classes: int
    log_q: LogProbabilities

    def __call__(self, batch: Batch) -> Any:
        y = _smooth(batch.derive(TRUE), self.smoothing, 1.0 / self.classes)
        products = y * batch.derive(self.log_q)
        return -rows.row_sum(as_matrix(products)).reshape(products.shape[:-1])


@dataclass(frozen=True)
class Kept:
    """1.0 for the rows that count, 0.0 for those of the ignored class."""

    ignore_class: int | None

    def __call__(self, batch: Batch) -> Any:
        labels = batch.derive(Labels(Y_TRUE))
        xp = backend.namespace(labels)
        if self.ignore_class is None:
            return xp.ones(labels.shape)
        return (labels != self.ignore_class).astype(xp.float64)


@dataclass(frozen=True)
class KeptLabels:
    """The labels that count; the ignored class becomes 0."""

    ignore_class: int | None

    def __call__(self, batch: Batch) -> Any:
        labels = batch.derive(Labels(Y_TRUE))
        if self.ignore_class is None:
            return labels
        return backend.namespace(labels).where(labels == self.ignore_class, 0, labels)


@dataclass(frozen=True)
class SparseLoss:
    """-log q[y] of each row; 0.0 where the class is ignored."""

    classes: int
    ignore_class: int | None
    log_q: LogProbabilities

    def __call__(self, batch: Batch) -> Any:
        labels = batch.derive(KeptLabels(self.ignore_class))
        log_q = batch.derive(self.log_q)
        xp = backend.namespace(log_q)
        # labels out of range are judged by a flag once all rows are in
        inside = xp.minimum(xp.maximum(labels, 0), self.classes - 1).astype(xp.int64)
        at = xp.arange(inside.size), inside.reshape(-1)
        loss = -as_matrix(log_q)[at].reshape(inside.shape)
        if self.ignore_class is None:
            return loss
        return xp.where(batch.derive(Kept(self.ignore_class)) == 0.0, 0.0, loss)


def _smooth(y: Any, smoothing: float, share: float) -> Any:
    return y * (1.0 - smoothing) + share * smoothing if smoothing else y


@dataclass(frozen=True, repr=False)
class BinaryCrossentropy(RowMean):
    """Mean of -(y log p + (1 - y) log(1 - p)), p clipped to [1e-7, 1 - 1e-7].

    Parameters
    ----------
    from_logits : bool
        y_pred are logits x, p = 1/(1 + exp(-x)); then nothing is clipped.
    label_smoothing : float in [0, 1)
        s: labels become y (1 - s) + s/2.

    Returns
    -------
    float
        Nats. 0.0 with a warning where the total weight is zero.

    Notes
    -----
    Rows (N, k) count all their elements. Probabilities outside [0, 1] are an error.
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
    clip: Clip = field(default=Clip(), kw_only=True, repr=False)

    key: ClassVar[str] = "binary_crossentropy"

    def resolve(self, schema: Schema) -> Metric:
        """Check kinds and shapes; the clip's bounds."""
        require_bool("from_logits", self.from_logits)
        require_numbers(schema, Y_TRUE, Y_PRED)
        require_same_shape(schema)
        _check_smoothing(self.label_smoothing)
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
class CategoricalCrossentropy(RowMean):
    """Mean of -Σ_c y_c log q_c, q = y_pred / Σ y_pred, clipped to [1e-7, 1 - 1e-7].

    Parameters
    ----------
    from_logits : bool
        y_pred are logits; log q is then their log softmax, unclipped.
    label_smoothing : float in [0, 1)
        s: labels become y (1 - s) + s/C.
    axis : int
        The class axis: the last.

    Returns
    -------
    float
        Nats. 0.0 with a warning where the total weight is zero; NaN for a row of zeros.

    Notes
    -----
    y_true is one-hot (or probabilities), (N, C).
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
    classes: int = field(default=1, kw_only=True, repr=False)
    clip: Clip = field(default=Clip(), kw_only=True, repr=False)

    key: ClassVar[str] = "categorical_crossentropy"

    def resolve(self, schema: Schema) -> Metric:
        """Check kinds and shapes; the clip's bounds."""
        require_bool("from_logits", self.from_logits)
        require_numbers(schema, Y_TRUE, Y_PRED)
        require_same_shape(schema)
        _check_smoothing(self.label_smoothing)
        _check_axis(self.axis, schema)
        classes = require_classes(schema, Y_PRED)
        elements = size(schema[Y_PRED].shape[:-1])
        return replace(self, classes=classes, elements=elements, clip=Clip.of(schema[Y_PRED]))

    @property
    def values(self) -> RowFunction:
        """The loss of each row."""
        log_q = LogProbabilities(self.from_logits, self.clip)
        return CategoricalLoss(float(self.label_smoothing), self.classes, log_q)

    @property
    def checks(self) -> tuple[Reduction[Any], ...]:
        """The range of the probabilities."""
        return () if self.from_logits else (MinMax(Raw(Y_PRED)),)

    def check(self, *states: Any) -> None:
        """Refuse negative probabilities."""
        _check_not_negative(states, str(self.name))


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
        require_numbers(schema, Y_TRUE, Y_PRED)
        _check_axis(self.axis, schema)
        classes = require_sparse(schema)
        return replace(self, classes=classes, clip=Clip.of(schema[Y_PRED]))

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
        _check_not_negative(flags[1:], str(self.name))
        if is_weightless(weight):
            return Outcome(0.0, undefined=NO_WEIGHT)
        return mean(total, weight)


def _check_smoothing(smoothing: float) -> None:
    require_number_arguments(label_smoothing=smoothing)
    if not 0 <= smoothing < 1:
        msg = f"expected label_smoothing in [0, 1), got {smoothing}"
        raise ArgumentError(msg)


def _check_axis(axis: int, schema: Schema) -> None:
    if axis not in (-1, len(schema[Y_PRED].shape)):
        msg = f"expected axis=-1, got {axis}; the classes are the last axis: transpose y_pred"
        raise ArgumentError(msg)


def _check_not_negative(states: tuple[Any, ...], name: str) -> None:
    if states and states[0].low[0] < 0:
        msg = (
            f"{name}: expected probabilities, got values down to {float(states[0].low[0])}; "
            "are these logits? then give from_logits=True, or apply a softmax"
        )
        raise DomainError(msg)
