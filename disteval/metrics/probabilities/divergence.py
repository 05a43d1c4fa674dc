"""Divergence of distributions, and the loss of counts, by the definitions of Keras."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from disteval.metrics.base import RowMean
from disteval.metrics.checks import require_numbers, require_same_shape, size
from disteval.metrics.probabilities.losses import Clip
from disteval.metrics.rows import PRED, TRUE, Raw
from disteval.numerics import elementary, rows
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
from disteval.reductions import MinMax


@dataclass(frozen=True)
class Divergence:
    """Σ_c y log(y / p) of each row of classes, y and p clipped."""

    classes: int
    clip: Clip

    def __call__(self, batch: Batch) -> Any:
        y, p = self.clip(batch.derive(TRUE)), self.clip(batch.derive(PRED))
        terms = y * elementary.log(y / p)
        return rows.row_sum(terms.reshape(-1, self.classes)).reshape(len(p), -1)


@dataclass(frozen=True)
class PoissonLoss:
    """p - y log(p + shift) of each element."""

    shift: float

    def __call__(self, batch: Batch) -> Any:
        y, p = batch.derive(TRUE), batch.derive(PRED)
        return p - y * elementary.log(p + self.shift)


@dataclass(frozen=True, repr=False)
class KLDivergence(RowMean):
    """Mean Kullback-Leibler divergence Σ_c y_c log(y_c / p_c), y and p clipped to [1e-7, 1].

    Returns
    -------
    float
        Nats. 0.0 with a warning where the total weight is zero.

    Notes
    -----
    Nothing is normalised: rows that do not sum to 1 are taken as they are.
    Shapes: numbers (N, C) or (N, ..., C), y_true and y_pred alike; (N,) is one class.
    Range: [0, inf) for rows that sum to 1, lower is better.
    State: one exact sum and the total weight.
    Exact: the exact mean of the row values, rounded once; row values are the same on every
    machine. The bound 1e-7 is that of y_pred's dtype (of float32 for float16).
    Reference: keras.metrics.KLDivergence.

    Examples
    --------
    >>> round(KLDivergence()([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]]), 12)
    0.45814304512
    """

    classes: int = field(default=1, kw_only=True, repr=False)
    clip: Clip = field(default=Clip(), kw_only=True, repr=False)

    key: ClassVar[str] = "kl_divergence"

    def resolve(self, schema: Schema) -> Metric:
        """Check kinds and shapes; the clip's bounds."""
        require_numbers(schema, Y_TRUE, Y_PRED)
        require_same_shape(schema)
        shape = schema[Y_PRED].shape
        clip = Clip(Clip.of(schema[Y_PRED]).low, 1.0)
        return replace(self, classes=size(shape[-1:]), elements=size(shape[:-1]), clip=clip)

    @property
    def values(self) -> RowFunction:
        """The divergence of each row."""
        return Divergence(self.classes, self.clip)


@dataclass(frozen=True, repr=False)
class Poisson(RowMean):
    """Mean Poisson loss p - y log(p + 1e-7).

    Returns
    -------
    float
        0.0 with a warning where the total weight is zero; NaN with a warning where predictions
        are below -1e-7, of which there is no logarithm.

    Notes
    -----
    Shapes: numbers (N,), (N, k) or (N, ...), y_true and y_pred alike.
    Range: (-inf, inf), lower is better.
    State: one exact sum, the total weight, the range of y_pred.
    Exact: the exact mean of the row values, rounded once; each row value by the library's own
    logarithm (below 1 ulp), the same on every machine. The shift 1e-7 is that of y_pred's dtype
    (of float32 for float16).
    Reference: keras.metrics.Poisson.

    Examples
    --------
    >>> round(Poisson()([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]]), 12)
    0.729072620469
    """

    shift: float = field(default=Clip().low, kw_only=True, repr=False)

    key: ClassVar[str] = "poisson"

    def resolve(self, schema: Schema) -> Metric:
        """Check kinds and shapes; the shift."""
        require_numbers(schema, Y_TRUE, Y_PRED)
        require_same_shape(schema)
        return replace(self, shift=Clip.of(schema[Y_PRED]).low).with_elements(schema)

    @property
    def values(self) -> RowFunction:
        """The loss of each element."""
        return PoissonLoss(self.shift)

    @property
    def checks(self) -> tuple[Reduction[Any], ...]:
        """The range of the predictions."""
        return (MinMax(Raw(Y_PRED)),)

    def compute(self, *states: Any) -> Value | Outcome:
        """The mean, rounded once."""
        value, low = super().compute(*states), float(states[-1].low[0])
        if low + self.shift < 0 and not isinstance(value, Outcome):
            reason = f"y_pred holds values down to {low}, and negative numbers have no logarithm"
            return Outcome(value, undefined=reason)
        return value
