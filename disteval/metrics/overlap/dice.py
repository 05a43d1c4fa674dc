"""Dice and Tversky losses: overlap of what need not be 0 or 1, by the definitions of Keras."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, ClassVar

from disteval import backend
from disteval.errors import ArgumentError
from disteval.metrics.base import EPSILON, NO_WEIGHT, is_weightless, mean
from disteval.metrics.checks import (
    require_number_arguments,
    require_numbers,
    require_same_shape,
    require_weights_of,
    shown,
    size,
)
from disteval.metrics.rows import PRED, TRUE
from disteval.numerics import limbs, rows
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
from disteval.reductions import ExactSum, SumState, TotalWeight


@dataclass(frozen=True)
class Product:
    """y p of each element."""

    carries = (Y_TRUE, Y_PRED)

    def __call__(self, batch: Batch) -> Any:
        return batch.derive(TRUE) * batch.derive(PRED)


@dataclass(frozen=True)
class Parts:
    """Sums along some axes of a row: (rows, what is left).

    Parameters
    ----------
    of : row function, values (rows, ...)
    kept, summed : axes of a batch
    """

    of: RowFunction
    kept: tuple[int, ...]
    summed: tuple[int, ...]

    def __call__(self, batch: Batch) -> Any:
        values = batch.derive(self.of)
        xp = backend.namespace(values)
        along = size([values.shape[axis] for axis in self.summed])
        ordered = xp.ascontiguousarray(values.transpose(0, *self.kept, *self.summed))
        return rows.row_sum(ordered.reshape(-1, along)).reshape(len(values), -1)


@dataclass(frozen=True)
class PartLoss:
    """1 - I / (I + alpha (P - I) + beta (T - I) + eps) of each part of a row."""

    alpha: float
    beta: float
    epsilon: float
    both: Parts
    true: Parts
    pred: Parts

    def __call__(self, batch: Batch) -> Any:
        both, true, pred = (batch.derive(of) for of in (self.both, self.true, self.pred))
        missed = self.alpha * (pred - both) + self.beta * (true - both)
        return 1.0 - both / (both + missed + self.epsilon)


@dataclass(frozen=True, repr=False)
class RegionLoss(Metric):
    """1 - I / (I + alpha (P - I) + beta (T - I) + eps): I = Σ y p, T = Σ y, P = Σ p."""

    kept: tuple[int, ...] = field(default=(), kw_only=True, repr=False)
    summed: tuple[int, ...] = field(default=(), kw_only=True, repr=False)
    parts: int = field(default=1, kw_only=True, repr=False)
    by_row: bool = field(default=False, kw_only=True, repr=False)
    """Axes of a batch that are kept and summed; parts that are left of a row; whether each row
    has its own loss. Set by `resolve`."""

    @property
    def along(self) -> tuple[int, ...] | None:
        """The axes of the sums, as they were given."""
        raise NotImplementedError

    @property
    def rates(self) -> tuple[float, float, float]:
        """alpha, beta and eps."""
        raise NotImplementedError

    def resolve(self, schema: Schema) -> Metric:
        """Check kinds and shapes; which axes are summed."""
        require_numbers(schema, Y_TRUE, Y_PRED)
        require_same_shape(schema)
        given, shape = schema[Y_PRED].axes or (1,), schema[Y_PRED].shape
        if self.along is None:
            return replace(self, summed=tuple(range(1, 1 + len(shape))))
        axes = _axes(self.along, given)
        long = [axis for axis, length in enumerate(given, 1) if length != 1]
        summed = tuple(at for at, axis in enumerate(long, 1) if axis in axes)
        kept = tuple(at for at, axis in enumerate(long, 1) if axis not in axes)
        parts = size([shape[at - 1] for at in kept])
        return replace(self, summed=summed, kept=kept, parts=parts, by_row=0 not in axes)

    def weighted_by(self, schema: Schema) -> Metric:
        """Of weights of single elements, where all elements go to one sum."""
        if self.by_row or self.kept:
            return super().weighted_by(schema)
        require_weights_of(schema, Y_TRUE)
        return self

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The total weight; and the sums of y p, y and p, or of the losses of rows."""
        of = tuple(Parts(f, self.kept, self.summed) for f in (Product(), TRUE, PRED))
        if self.by_row:
            return (TotalWeight(), ExactSum(PartLoss(*self.rates, *of)))
        if self.kept:
            return (TotalWeight(), *(ExactSum(f, self.parts) for f in of))
        return (TotalWeight(), *(ExactSum(f) for f in (Product(), TRUE, PRED)))

    def compute(self, weight: SumState, *sums: SumState) -> Value | Outcome:
        """The mean of the losses of rows; or the loss of the sums, the mean of several."""
        if is_weightless(weight):
            return Outcome(0.0, undefined=NO_WEIGHT)
        if self.by_row:
            return mean(sums[0], weight, self.parts)
        parts = range(self.parts)
        if any(state.special(part) is not None for state in sums for part in parts):
            return math.nan
        totals = list(zip(*(state.fractions() for state in sums), strict=True))
        empty = "y_true and y_pred are zero everywhere" if not any(map(any, totals)) else ""
        losses = [self._loss(*total) for total in totals]
        known = [loss for loss in losses if loss is not None]
        if len(known) < len(losses):
            return Outcome(math.nan, undefined="the sums of y_true and y_pred cancel")
        value = limbs.to_float(sum(known, Fraction(0)) / len(known))
        return Outcome(value, undefined=empty)

    def _loss(self, both: Fraction, true: Fraction, pred: Fraction) -> Fraction | None:
        alpha, beta, epsilon = map(Fraction, self.rates)
        whole = both + alpha * (pred - both) + beta * (true - both) + epsilon
        return 1 - both / whole if whole else None


@dataclass(frozen=True, repr=False)
class Dice(RegionLoss):
    """Dice loss, 1 - 2 Σ y p / (Σ y + Σ p + 1e-7), over the whole dataset.

    Parameters
    ----------
    axis : int or sequence of int, optional
        Axes along which the sums are; 0 is that of the rows. Without it each row has its own
        loss; the value is the mean of all losses. By default all axes.

    Returns
    -------
    float
        0.0 with a warning where the total weight is zero; 1.0 with a warning where y_true and
        y_pred are zero everywhere; NaN with a warning where the sums cancel.

    Notes
    -----
    Keras's loss is of a batch; this one is of the dataset, whatever its batches are.
    Shapes: numbers (N,), (N, k) or (N, ...), y_true and y_pred alike.
    Range: [0, 1] for values in [0, 1], lower is better.
    State: the total weight and three exact sums, for each part that is not summed; of losses of
    rows one exact sum.
    Exact: a quotient of exact sums of fl(y p), y and p, rounded once; losses of rows as the exact
    mean of row values. Sums along a part of a row go from left to right.
    Reference: keras.losses.Dice; keras.losses.dice.

    Examples
    --------
    >>> round(Dice()([1.0, 1.0, 0.0, 0.0], [0.4, 0.0, 0.0, 0.9]), 7)
    0.7575758
    """

    axis: int | tuple[int, ...] | None = None

    key: ClassVar[str] = "dice"

    @property
    def along(self) -> tuple[int, ...] | None:
        """Axes of the sums."""
        return (self.axis,) if isinstance(self.axis, int) else self.axis

    @property
    def rates(self) -> tuple[float, float, float]:
        """2 I / (T + P + eps) is I / (I + (P - I) / 2 + (T - I) / 2 + eps / 2)."""
        return 0.5, 0.5, EPSILON / 2


@dataclass(frozen=True, repr=False)
class Tversky(RegionLoss):
    """Tversky loss, 1 - I / (I + alpha Σ (1 - y) p + beta Σ y (1 - p) + 1e-7), I = Σ y p.

    Over the whole dataset [1]_.

    Parameters
    ----------
    alpha : float
        How much false positives count.
    beta : float
        How much false negatives count.
    axis : int or sequence of int, optional
        As for `dice`.

    Returns
    -------
    float
        0.0 with a warning where the total weight is zero; 1.0 with a warning where y_true and
        y_pred are zero everywhere; NaN with a warning where the sums cancel.

    Notes
    -----
    With alpha = beta = 0.5 it is the Dice loss. Keras's loss is of a batch; this one is of the
    dataset, whatever its batches are. Up to Keras 3.15 its code has alpha and beta swapped.
    Shapes: numbers (N,), (N, k) or (N, ...), y_true and y_pred alike.
    Range: [0, 1] for values in [0, 1], lower is better.
    State: the total weight and three exact sums, for each part that is not summed; of losses of
    rows one exact sum.
    Exact: a quotient of exact sums of fl(y p), y and p, rounded once; losses of rows as the exact
    mean of row values. Sums along a part of a row go from left to right.
    Reference: keras.losses.Tversky; keras.losses.tversky.

    References
    ----------
    .. [1] Salehi, S. et al. (2017). Tversky loss function for image segmentation using 3D fully
       convolutional deep networks. arXiv:1706.05721.

    Examples
    --------
    >>> y_true = [[1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 1, 0], [0, 1, 0, 1]]
    >>> y_pred = [[0, 1, 0, 1], [1, 0, 1, 1], [0, 1, 0, 1], [1, 0, 1, 1]]
    >>> round(Tversky(alpha=0.2, beta=0.8)(y_true, y_pred), 7)
    0.7619048
    """

    alpha: float = 0.5
    beta: float = 0.5
    axis: int | tuple[int, ...] | None = None

    key: ClassVar[str] = "tversky"

    def resolve(self, schema: Schema) -> Metric:
        """Check arguments, kinds and shapes; which axes are summed."""
        require_number_arguments(alpha=self.alpha, beta=self.beta)
        return super().resolve(schema)

    @property
    def along(self) -> tuple[int, ...] | None:
        """Axes of the sums."""
        return (self.axis,) if isinstance(self.axis, int) else self.axis

    @property
    def rates(self) -> tuple[float, float, float]:
        """The rates that were given."""
        return float(self.alpha), float(self.beta), EPSILON


def _axes(axis: Any, row: Sequence[int]) -> set[int]:
    """Axes of an array of these rows, from 0; refuse those that it has not."""
    found: set[int] = set()
    for given in axis if isinstance(axis, tuple) else (axis,):
        place = given + len(row) + 1 if type(given) is int and given < 0 else given
        if type(given) is not int or not 0 <= place <= len(row):
            msg = (
                f"expected axis to be None, or axes of y_pred {shown(row)} from 0 to {len(row)}, "
                f"got {given!r}"
            )
            raise ArgumentError(msg)
        found.add(place)
    if not found:
        msg = "expected axis to be None, or at least one axis, got none"
        raise ArgumentError(msg)
    return found
