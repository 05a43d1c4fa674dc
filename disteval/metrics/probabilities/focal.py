"""Focal and generalised cross-entropies, by the definitions of Keras's losses."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from disteval import backend
from disteval.errors import ArgumentError
from disteval.metrics.base import RowMean
from disteval.metrics.checks import (
    check_label_range,
    check_score_range,
    require_bool,
    require_number_arguments,
    require_numbers,
    require_same_shape,
    require_sparse,
)
from disteval.metrics.probabilities.arguments import (
    check_not_negative,
    check_smoothing,
    class_axis,
)
from disteval.metrics.probabilities.categorical import CategoricalMean
from disteval.metrics.probabilities.losses import Clip, smoothed
from disteval.metrics.rows import PRED, TRUE, Labels, Raw, as_matrix, at_labels
from disteval.numerics import elementary, losses, rows
from disteval.protocol import (
    Y_PRED,
    Y_TRUE,
    Batch,
    Metric,
    Reduction,
    RowFunction,
    Schema,
)
from disteval.reductions import MinMax


@dataclass(frozen=True)
class BinaryFocalLoss:
    """(1 - p_t)^gamma times the cross-entropy of each element; times alpha_t, where given."""

    alpha: float | None
    gamma: float
    from_logits: bool
    smoothing: float
    clip: Clip

    def __call__(self, batch: Batch) -> Any:
        y, p = smoothed(batch.derive(TRUE), self.smoothing, 0.5), batch.derive(PRED)
        p = elementary.sigmoid(p) if self.from_logits else p
        # p_t is of p as it is, the logarithm of p clipped
        right = y * p + (1.0 - y) * (1.0 - p)
        loss = elementary.power(1.0 - right, self.gamma)
        loss = loss * losses.binary_crossentropy(y, p, 0.0, self.clip.low, self.clip.high)
        return (
            loss if self.alpha is None else (y * self.alpha + (1.0 - y) * (1.0 - self.alpha)) * loss
        )


@dataclass(frozen=True)
class CategoricalFocalLoss:
    """Σ_c alpha_c (1 - q_c)^gamma (-y_c log q_c) of each row of classes."""

    alpha: float | tuple[float, ...]
    gamma: float
    from_logits: bool
    smoothing: float
    clip: Clip
    true: RowFunction = TRUE
    pred: RowFunction = PRED

    def __call__(self, batch: Batch) -> Any:
        p = batch.derive(self.pred)
        xp = backend.namespace(p)
        shape, p = p.shape, as_matrix(p)
        if self.from_logits:
            p = elementary.exp(p - rows.row_max(p)[:, None])
        q = self.clip(p / rows.row_sum(p)[:, None])
        y = smoothed(as_matrix(batch.derive(self.true)), self.smoothing, 1.0 / shape[-1])
        loss = elementary.power(1.0 - q, self.gamma) * xp.asarray(self.alpha, dtype=xp.float64)
        return rows.row_sum(loss * (-y * elementary.log(q))).reshape(shape[:-1])


@dataclass(frozen=True)
class GeneralizedLoss:
    """(1 - p^q) / q of each row, p the probability of its label."""

    q: float

    def __call__(self, batch: Batch) -> Any:
        labels, p = batch.derive(Labels(Y_TRUE)), batch.derive(PRED)
        right = at_labels(p, labels)
        return ((1.0 - elementary.power(right, self.q)) / self.q).reshape(labels.shape)


@dataclass(frozen=True, repr=False)
class BinaryFocalCrossentropy(RowMean):
    """Mean of -(1 - p_t)^gamma log p_t, p_t the probability of the label.

    For labels y between 0 and 1, p_t = y p + (1 - y)(1 - p), and the logarithm is the binary
    cross-entropy with p clipped to [1e-7, 1 - 1e-7] [1]_.

    Parameters
    ----------
    apply_class_balancing : bool
        Whether a label 1 has weight alpha, and a label 0 weight 1 - alpha.
    alpha : float
        Weight of label 1, where classes are balanced.
    gamma : float
        How much less what is easy counts; 0 is the cross-entropy.
    from_logits : bool
        y_pred are logits x, p = 1/(1 + exp(-x)).
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
    Probabilities outside [0, 1] are an error.
    Shapes: numbers (N,), (N, k) or (N, ...), y_true and y_pred alike.
    Range: [0, inf), lower is better.
    State: one exact sum, the total weight, the range of y_pred.
    Exact: the exact mean of the row values, rounded once; row values are the same on every
    machine.
    Reference: keras.losses.BinaryFocalCrossentropy; keras.metrics.binary_focal_crossentropy.

    References
    ----------
    .. [1] Lin, T.-Y. et al. (2018). Focal loss for dense object detection. arXiv:1708.02002.

    Examples
    --------
    >>> round(BinaryFocalCrossentropy()([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]]), 12)
    0.267831522557
    """

    apply_class_balancing: bool = False
    alpha: float = 0.25
    gamma: float = 2.0
    from_logits: bool = False
    label_smoothing: float = 0.0
    axis: int = -1
    clip: Clip = field(default=Clip(), kw_only=True, repr=False)

    key: ClassVar[str] = "binary_focal_crossentropy"

    def resolve(self, schema: Schema) -> Metric:
        """Check arguments, kinds and shapes; the clip's bounds."""
        require_bool("apply_class_balancing", self.apply_class_balancing)
        require_bool("from_logits", self.from_logits)
        require_number_arguments(alpha=self.alpha)
        _check_gamma(self.gamma)
        check_smoothing(self.label_smoothing)
        require_numbers(schema, Y_TRUE, Y_PRED)
        require_same_shape(schema)
        class_axis(self.axis, schema)
        return replace(self, clip=Clip.of(schema[Y_PRED])).with_elements(schema)

    @property
    def values(self) -> RowFunction:
        """The loss of each element."""
        alpha = float(self.alpha) if self.apply_class_balancing else None
        gamma, smoothing = float(self.gamma), float(self.label_smoothing)
        return BinaryFocalLoss(alpha, gamma, self.from_logits, smoothing, self.clip)

    @property
    def checks(self) -> tuple[Reduction[Any], ...]:
        """The range of the probabilities."""
        return () if self.from_logits else (MinMax(Raw(Y_PRED)),)

    def check(self, *states: Any) -> None:
        """Refuse what is no probability."""
        for state in states:
            check_score_range(state, str(self.name), "give from_logits=True")


@dataclass(frozen=True, repr=False)
class CategoricalFocalCrossentropy(CategoricalMean):
    """Mean of Σ_c alpha_c (1 - q_c)^gamma (-y_c log q_c), q = y_pred / Σ y_pred.

    q is clipped to [1e-7, 1 - 1e-7].

    Parameters
    ----------
    alpha : float, or one for each class
        Weight of the classes.
    gamma : float
        How much less what is easy counts; with 0 and alpha 1 it is the cross-entropy.
    from_logits : bool
        y_pred are logits; q is then their softmax.
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
    y_true is one-hot (or probabilities). Negative probabilities are an error.
    Shapes: numbers (N, C) or (N, ..., C), y_true and y_pred alike.
    Range: [0, inf), lower is better.
    State: one exact sum, the total weight, the range of y_pred.
    Exact: the exact mean of the row values, rounded once; row values are the same on every
    machine: sums along a row from left to right.
    Reference: keras.losses.CategoricalFocalCrossentropy;
    keras.metrics.categorical_focal_crossentropy.

    Examples
    --------
    >>> round(CategoricalFocalCrossentropy()([[0, 1, 0], [0, 0, 1]],
    ...                                      [[0.05, 0.9, 0.05], [0.1, 0.85, 0.05]]), 8)
    0.33808775
    """

    alpha: float | tuple[float, ...] = 0.25
    gamma: float = 2.0
    from_logits: bool = False
    label_smoothing: float = 0.0
    axis: int = -1

    key: ClassVar[str] = "categorical_focal_crossentropy"

    def resolve(self, schema: Schema) -> Metric:
        """Check arguments, kinds and shapes; the clip's bounds."""
        require_bool("from_logits", self.from_logits)
        _check_gamma(self.gamma)
        check_smoothing(self.label_smoothing)
        placed = self.placed(schema, self.axis)
        placed._check_alpha()
        return placed

    def _check_alpha(self) -> None:
        alpha = self.alpha if isinstance(self.alpha, tuple) else (self.alpha,)
        for weight in alpha:
            require_number_arguments(alpha=weight)
        if isinstance(self.alpha, tuple) and len(alpha) != self.classes:
            msg = f"expected one alpha, or one for each of {self.classes} classes, got {len(alpha)}"
            raise ArgumentError(msg)

    @property
    def are_logits(self) -> bool:
        """Whether y_pred need not be probabilities."""
        return self.from_logits

    @property
    def values(self) -> RowFunction:
        """The loss of each row."""
        gamma, smoothing = float(self.gamma), float(self.label_smoothing)
        return CategoricalFocalLoss(
            self.alpha, gamma, self.from_logits, smoothing, self.clip, self.true, self.pred
        )


@dataclass(frozen=True, repr=False)
class CategoricalGeneralizedCrossEntropy(RowMean):
    """Mean of (1 - p^q) / q, p the predicted probability of the label.

    Between cross-entropy (q near 0) and mean absolute error (q near 1), robust to wrong labels
    [1]_.

    Parameters
    ----------
    q : float in (0, 1)
        The nearer to 1, the less a wrong label costs.

    Returns
    -------
    float
        0.0 with a warning where the total weight is zero.

    Notes
    -----
    Probabilities are not normalised; negative ones are an error. So are labels outside [0, C).
    Shapes: labels (N,) and probabilities (N, C); or (N, ...) and (N, ..., C).
    Range: [0, 1/q], lower is better.
    State: one exact sum, the total weight, the ranges of labels and y_pred.
    Exact: the exact mean of the row values, rounded once; row values are the same on every
    machine.
    Reference: keras.losses.CategoricalGeneralizedCrossEntropy.

    References
    ----------
    .. [1] Zhang, Z. and Sabuncu, M. (2018). Generalized cross entropy loss for training deep
       neural networks with noisy labels. arXiv:1805.07836.

    Examples
    --------
    >>> y_pred = [[0.7, 0.3], [0.2, 0.8], [0.6, 0.4], [0.4, 0.6]]
    >>> round(CategoricalGeneralizedCrossEntropy()([0, 1, 0, 1], y_pred), 12)
    0.359859721992
    """

    q: float = 0.5
    classes: int = field(default=1, kw_only=True, repr=False)

    key: ClassVar[str] = "categorical_generalized_cross_entropy"

    def resolve(self, schema: Schema) -> Metric:
        """Check the argument, kinds and shapes."""
        require_number_arguments(q=self.q)
        if not 0 < self.q < 1:
            msg = f"expected q between 0 and 1, got {self.q}"
            raise ArgumentError(msg)
        require_numbers(schema, Y_TRUE, Y_PRED)
        return replace(self, classes=require_sparse(schema)).with_elements(schema, Y_TRUE)

    @property
    def values(self) -> RowFunction:
        """The loss of each row."""
        return GeneralizedLoss(float(self.q))

    @property
    def checks(self) -> tuple[Reduction[Any], ...]:
        """The ranges of labels and probabilities."""
        return (MinMax(Labels(Y_TRUE)), MinMax(Raw(Y_PRED)))

    def check(self, *states: Any) -> None:
        """Refuse labels that are no classes, and negative probabilities."""
        check_label_range(states[0], self.classes)
        check_not_negative(states[1], str(self.name))


def _check_gamma(gamma: float) -> None:
    require_number_arguments(gamma=gamma)
    if not (gamma >= 0 and np.isfinite(gamma)):
        msg = f"expected gamma of at least 0, got {gamma}"
        raise ArgumentError(msg)
