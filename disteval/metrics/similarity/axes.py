"""Along which axis vectors lie: inside each row, or down the columns of the whole dataset."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from disteval import backend
from disteval.errors import ArgumentError
from disteval.metrics.base import RowMean
from disteval.metrics.checks import (
    require_int,
    require_number_arguments,
    require_numbers,
    require_same_shape,
    require_weights_of,
    shown,
    size,
)
from disteval.metrics.regression.fits import moments
from disteval.metrics.rows import PRED, TRUE
from disteval.protocol import WEIGHT, Y_PRED, Y_TRUE, Batch, Metric, Reduction, Schema
from disteval.reductions import TotalWeight


@dataclass(frozen=True)
class Lines:
    """How rows of a shape are cut into the vectors along one of their axes.

    Parameters
    ----------
    shape : of a row
    axis : of the row, from 0
    """

    shape: tuple[int, ...] = (1,)
    axis: int = 0

    @property
    def others(self) -> tuple[int, ...]:
        """The shape of what a row has one vector for."""
        rest = self.shape[: self.axis] + self.shape[self.axis + 1 :]
        return tuple(length for length in rest if length != 1)

    @property
    def length(self) -> int:
        """Of a vector."""
        return self.shape[self.axis]

    def pair(self, batch: Batch) -> tuple[Any, Any]:
        """The vectors of y_true and of y_pred as the rows of two matrices."""
        return self._cut(batch.derive(TRUE)), self._cut(batch.derive(PRED))

    def values(self, found: Any, batch: Batch) -> Any:
        """One value for each vector, in the shape of the rows."""
        return found.reshape(batch.rows, *self.others)

    def _cut(self, values: Any) -> Any:
        cut = values.reshape(len(values), *self.shape)
        if self.axis < len(self.shape) - 1:
            order = [k for k in range(cut.ndim) if k != self.axis + 1]
            cut = cut.transpose(*order, self.axis + 1)
        return backend.namespace(cut).ascontiguousarray(cut).reshape(-1, self.length)


@dataclass(frozen=True, repr=False)
class AlongAxis(RowMean):
    """A mean over the vectors of each row; or a value of each column of the dataset."""

    axis: int = -1
    lines: Lines | None = field(default=Lines(), kw_only=True, repr=False)
    """The vectors of a row; None for those of the dataset. Set by `resolve`."""
    columns: int = field(default=1, kw_only=True, repr=False)
    weights: int = field(default=1, kw_only=True, repr=False)

    def resolve(self, schema: Schema) -> Metric:
        """Check kinds, shapes and the axis."""
        require_numbers(schema, Y_TRUE, Y_PRED)
        require_same_shape(schema)
        shape = row_shape(schema)
        rank = 1 + len(shape)
        require_number_arguments(axis=self.axis)
        require_int("axis", self.axis)
        if not -rank <= self.axis < rank:
            msg = (
                f"expected an axis of {shown(shape)}, from {-rank} to {rank - 1}, got {self.axis!r}"
            )
            raise ArgumentError(msg)
        axis = self.axis % rank
        if axis == 0 or self.is_of_dataset(schema):
            return replace(self, lines=None, columns=size(shape))
        lines = Lines(shape, axis - 1)
        return replace(self, lines=lines, elements=size(lines.others))

    def is_of_dataset(self, schema: Schema) -> bool:  # noqa: ARG002  (for subclasses)
        """Whether these rows have no vectors in them."""
        return False

    def weighted_by(self, schema: Schema) -> Metric:
        """Each vector, or each element of a column, by its own weight."""
        shape = schema[WEIGHT].shape
        if self.lines is None:
            require_weights_of(schema, Y_TRUE, Y_PRED)
            return replace(self, weights=size(shape))
        if self.lines.others[: len(shape)] != shape:  # weights of parts of a vector
            return Metric.weighted_by(self, schema)
        return replace(self, elements=self.elements // size(shape))

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The sum of the values of rows, or the moments of the dataset; the total weight."""
        if self.lines is not None:
            return super().needs
        return (moments(self.columns), TotalWeight(self.weights))


def row_shape(schema: Schema) -> tuple[int, ...]:
    """The shape of a row as it arrived, in the lesser rank of both columns; (1,) of (N,)."""
    return min(schema[Y_TRUE].axes, schema[Y_PRED].axes, key=len) or (1,)
