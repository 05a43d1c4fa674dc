"""Row functions of probabilities: clipped, normalised, and their losses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from disteval import backend
from disteval.metrics.base import EPSILON
from disteval.metrics.rows import PRED, TRUE, Labels, Wide, as_matrix, at_labels
from disteval.numerics import elementary, losses, rows
from disteval.protocol import Y_PRED, Y_TRUE, Batch, Column, RowFunction


@dataclass(frozen=True)
class Clip:
    """The bounds to which probabilities are clipped: 1e-7 in the dtype that arrived."""

    low: float = EPSILON
    high: float = 1.0 - EPSILON

    @classmethod
    def of(cls, column: Column) -> Clip:
        """Bounds for a column."""
        # 1 - 1e-7 is 1 in float16, and the logarithm of what is left infinite
        kind = np.float32 if column.dtype.itemsize < 4 else column.dtype.type
        kind = kind if column.kind == "float" else np.float64
        low = kind(EPSILON)
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
        y = smoothed(batch.derive(TRUE), self.smoothing, 0.5)
        x = batch.derive(PRED)
        xp = backend.namespace(x)
        return xp.maximum(x, 0.0) - x * y + elementary.log1p(elementary.exp(-abs(x)))


@dataclass(frozen=True)
class ClassesLast:
    """A column in float64, one of its axes moved to the end."""

    column: str
    axis: int

    def __call__(self, batch: Batch) -> Any:
        values = batch.derive(Wide(self.column))
        others = [axis for axis in range(values.ndim) if axis != self.axis]
        moved = values.transpose(*others, self.axis)
        return backend.namespace(values).ascontiguousarray(moved)


@dataclass(frozen=True)
class LogProbabilities:
    """log q, (rows, C): q the probabilities, normalised and clipped, or log softmax of logits."""

    from_logits: bool
    clip: Clip
    scores: RowFunction = PRED

    def __call__(self, batch: Batch) -> Any:
        scores = batch.derive(self.scores)
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
    true: RowFunction = TRUE

    def __call__(self, batch: Batch) -> Any:
        y = smoothed(batch.derive(self.true), self.smoothing, 1.0 / self.classes)
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
        loss = -at_labels(log_q.reshape(-1, self.classes), labels).reshape(labels.shape)
        if self.ignore_class is None:
            return loss
        ignored = batch.derive(Kept(self.ignore_class)) == 0.0
        return backend.namespace(loss).where(ignored, 0.0, loss)


def smoothed(y: Any, smoothing: float, share: float) -> Any:
    """Labels moved towards a share, 1/2 or 1/C."""
    return y * (1.0 - smoothing) + share * smoothing if smoothing else y
