"""Hinge losses, by the definitions of Keras."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from disteval import backend
from disteval.metrics.base import NO_WEIGHT, RowMean, is_weightless, mean
from disteval.metrics.checks import require_numbers, require_same_shape, size
from disteval.metrics.rows import PRED, TRUE, NotBinary
from disteval.numerics import rows
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
from disteval.reductions import Count, CountState, ExactSum, TotalWeight


@dataclass(frozen=True)
class Margin:
    """max(1 - t p, 0) of each element; its square, with power 2.

    Parameters
    ----------
    power : 1 or 2
    binary : t is 2 y - 1, the sign of a label 0 or 1; else t is y
    """

    power: int
    binary: bool

    carries = (Y_TRUE, Y_PRED)

    def __call__(self, batch: Batch) -> Any:
        sign, score = batch.derive(TRUE), batch.derive(PRED)
        if self.binary:
            sign = 2.0 * sign - 1.0
        loss = backend.namespace(score).maximum(1.0 - sign * score, 0.0)
        return loss * loss if self.power == 2 else loss


@dataclass(frozen=True)
class CategoricalMargin:
    """max(1 + max_c (1 - y_c) p_c - Σ_c y_c p_c, 0) of each row of classes."""

    classes: int

    carries = (Y_TRUE, Y_PRED)

    def __call__(self, batch: Batch) -> Any:
        y, p = batch.derive(TRUE), batch.derive(PRED)
        right = rows.row_sum((y * p).reshape(-1, self.classes))
        others = rows.row_max(((1.0 - y) * p).reshape(-1, self.classes))
        loss = backend.namespace(p).maximum(others - right + 1.0, 0.0)
        return loss.reshape(len(p), -1)


@dataclass(frozen=True, repr=False)
class Hinge(RowMean):
    """Mean of max(1 - t p, 0), t the label as -1 or +1.

    Where every label of the dataset is 0 or 1, t = 2 y - 1; else the labels are taken as they are.

    Returns
    -------
    float
        In units of y_pred. 0.0 with a warning where the total weight is zero.

    Notes
    -----
    Shapes: numbers (N,), (N, k) or (N, ...), y_true and y_pred alike.
    Range: [0, inf), lower is better.
    State: two exact sums, one of each reading of the labels, the total weight, and how many
    labels are neither 0 nor 1.
    Exact: the exact mean of the row values, rounded once; no chunk decides what labels mean.
    Reference: keras.metrics.Hinge. scikit-learn's is `hinge_loss`.

    Examples
    --------
    >>> round(Hinge()([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]]), 12)
    1.3
    """

    key: ClassVar[str] = "hinge"
    power: ClassVar[int] = 1

    def resolve(self, schema: Schema) -> Metric:
        """Check kinds and shapes."""
        require_numbers(schema, Y_TRUE, Y_PRED)
        require_same_shape(schema)
        return self.with_elements(schema)

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The sums of both readings, the weight, and the labels that are not binary."""
        readings = (ExactSum(Margin(self.power, binary)) for binary in (True, False))
        return (*readings, TotalWeight(), Count(NotBinary(Y_TRUE), weighted=False))

    def compute(self, *states: Any) -> Value | Outcome:
        """The mean of the reading that holds for the dataset."""
        binary, signed, weight, others = states
        if is_weightless(weight):
            return Outcome(0.0, undefined=NO_WEIGHT)
        return mean(signed if _some(others) else binary, weight, self.elements)


@dataclass(frozen=True, repr=False)
class SquaredHinge(Hinge):
    """Mean of max(1 - t p, 0)², t the label as -1 or +1.

    Where every label of the dataset is 0 or 1, t = 2 y - 1; else the labels are taken as they are.

    Returns
    -------
    float
        In squared units of y_pred. 0.0 with a warning where the total weight is zero.

    Notes
    -----
    Shapes: numbers (N,), (N, k) or (N, ...), y_true and y_pred alike.
    Range: [0, inf), lower is better.
    State: two exact sums, one of each reading of the labels, the total weight, and how many
    labels are neither 0 nor 1.
    Exact: the exact mean of the row values, rounded once; no chunk decides what labels mean.
    Reference: keras.metrics.SquaredHinge.

    Examples
    --------
    >>> round(SquaredHinge()([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]]), 12)
    1.86
    """

    key: ClassVar[str] = "squared_hinge"
    power: ClassVar[int] = 2


@dataclass(frozen=True, repr=False)
class CategoricalHinge(RowMean):
    """Mean of max(1 + max_c (1 - y_c) p_c - Σ_c y_c p_c, 0).

    Returns
    -------
    float
        In units of y_pred. 0.0 with a warning where the total weight is zero.

    Notes
    -----
    Shapes: numbers (N, C) or (N, ..., C), y_true (one-hot) and y_pred alike; (N,) is one class.
    Range: [0, inf), lower is better.
    State: one exact sum and the total weight.
    Exact: the exact mean of the row values, rounded once; sums along a row go from left to right.
    Reference: keras.metrics.CategoricalHinge.

    Examples
    --------
    >>> round(CategoricalHinge()([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]]), 12)
    1.4
    """

    classes: int = field(default=1, kw_only=True, repr=False)

    key: ClassVar[str] = "categorical_hinge"

    def resolve(self, schema: Schema) -> Metric:
        """Check kinds and shapes."""
        require_numbers(schema, Y_TRUE, Y_PRED)
        require_same_shape(schema)
        shape = schema[Y_PRED].shape
        return replace(self, classes=size(shape[-1:]), elements=size(shape[:-1]))

    @property
    def values(self) -> RowFunction:
        """The loss of each row."""
        return CategoricalMargin(self.classes)


def _some(state: CountState) -> bool:
    return state.rows > 0
