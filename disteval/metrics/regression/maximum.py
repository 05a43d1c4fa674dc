"""The largest error."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from disteval import backend
from disteval.errors import ShapeError
from disteval.metrics.base import NO_WEIGHT
from disteval.metrics.checks import require_numbers, require_same_shape, shown
from disteval.metrics.rows import AbsoluteError
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
from disteval.reductions import Count, CountState, MinMax, MinMaxState


@dataclass(frozen=True)
class Present:
    """The values of rows whose weight is not zero, else NaN, which `MinMax` passes over."""

    of: RowFunction

    def __call__(self, batch: Batch) -> Any:
        values = batch.derive(self.of)
        if batch.weight is None:
            return values
        xp = backend.namespace(values)
        return xp.where(batch.weight != 0, values, math.nan)


@dataclass(frozen=True)
class Undefined:
    """True where a value is NaN."""

    of: RowFunction

    def __call__(self, batch: Batch) -> Any:
        return backend.namespace(batch[Y_TRUE]).isnan(batch.derive(self.of))


@dataclass(frozen=True, repr=False)
class MaxError(Metric):
    """Maximum error, max |y - p| over the rows whose weight is not zero.

    Returns
    -------
    float
        In units of y. 0.0 with a warning where no row has a weight.

    Notes
    -----
    Shapes: numbers (N,), y_true and y_pred alike.
    Range: [0, inf), lower is better.
    State: two numbers, and a count of what is no number.
    Exact: the largest fl(|y - p|).
    Reference: sklearn.metrics.max_error, which takes no weights.

    Examples
    --------
    >>> MaxError()([3.0, 2.0, 7.0, 1.0], [4.0, 2.0, 7.0, 1.0])
    1.0
    """

    key: ClassVar[str] = "max_error"

    def resolve(self, schema: Schema) -> Metric:
        """Check kinds and shapes."""
        require_numbers(schema, Y_TRUE, Y_PRED)
        require_same_shape(schema)
        require_one_output(schema)
        return self

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The range of the errors, and how many are NaN."""
        error = AbsoluteError()
        return (MinMax(Present(error)), Count(Undefined(error), weighted=False))

    def compute(self, errors: MinMaxState, undefined: CountState) -> Value | Outcome:
        """The upper end of the range."""
        if undefined.rows:
            return math.nan
        high = float(errors.high[0])
        return high if high >= 0 else Outcome(0.0, undefined=NO_WEIGHT)


def require_one_output(schema: Schema) -> None:
    """Refuse rows of several outputs."""
    shape = schema[Y_PRED].shape
    if shape:
        msg = f"expected one output, got rows {shown(shape)}; evaluate one column at a time"
        raise ShapeError(msg)
