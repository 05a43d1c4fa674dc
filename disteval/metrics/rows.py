"""Row functions: values per row of a batch, as frozen values that compare and pickle.

They see C-contiguous blocks and return float64 (or booleans, or labels). Only exactly
specified operations are used: + - * / comparisons, `numerics.elementary` and `numerics.rows`,
never `numpy.log`, `@` or a NumPy sum along a row, whose bits depend on machine and layout.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from disteval import backend
from disteval.errors import DomainError, LabelError
from disteval.numerics import rows
from disteval.numerics.widening import widen
from disteval.protocol import Y_PRED, Y_TRUE, Batch

SWAPPED = "; are y_true and y_pred swapped?"
_EXACT_INTEGER = 1 << 53


def as_matrix(values: Any) -> Any:
    """One row for each run along the last axis: (rows, ..., C) as (rows * ..., C)."""
    return values.reshape(-1, values.shape[-1])


@dataclass(frozen=True)
class Raw:
    """A column as it arrived."""

    column: str

    @property
    def carries(self) -> tuple[str, ...]:
        """The columns whose NaN makes the value NaN."""
        return (self.column,)

    def __call__(self, batch: Batch) -> Any:
        return batch[self.column]


@dataclass(frozen=True)
class Wide:
    """A column in float64."""

    column: str

    def __call__(self, batch: Batch) -> Any:
        values = batch[self.column]
        if values.dtype.kind in "iu" and values.dtype.itemsize > 4 and len(values):
            low, high = int(values.min()), int(values.max())
            if low < -_EXACT_INTEGER or high > _EXACT_INTEGER:
                worst = high if high > _EXACT_INTEGER else low
                msg = (
                    f"expected integers within ±2**53 in {self.column}, got {worst}; only sums, "
                    "means and counts are exact beyond"
                )
                raise DomainError(msg)
        if isinstance(values, np.ndarray) and values.dtype == np.float32:
            out = batch.buffer(self, values.shape)
            batch.has_nan[self.column] = widen(values, out)
            return out
        return backend.namespace(values).ascontiguousarray(values, dtype=np.float64)


TRUE, PRED = Wide(Y_TRUE), Wide(Y_PRED)


@dataclass(frozen=True)
class SquaredError:
    """(y - p)**2. `ExactSum` computes it in cache where it can."""

    squared = True
    carries = (Y_TRUE, Y_PRED)

    def __call__(self, batch: Batch) -> Any:
        e = batch.derive(TRUE) - batch.derive(PRED)
        e *= e
        return e


@dataclass(frozen=True)
class AbsoluteError:
    """abs(y - p). `ExactSum` computes it in cache where it can."""

    squared = False
    carries = (Y_TRUE, Y_PRED)

    def __call__(self, batch: Batch) -> Any:
        e = batch.derive(TRUE) - batch.derive(PRED)
        return abs(e)


@dataclass(frozen=True)
class Every:
    """True for every row."""

    def __call__(self, batch: Batch) -> Any:
        first = next(iter(batch.columns.values()))
        return backend.namespace(first).ones(batch.rows, bool)


@dataclass(frozen=True)
class Labels:
    """A column as labels: integers or strings. Floats must be whole numbers."""

    column: str

    def __call__(self, batch: Batch) -> Any:
        values = batch[self.column]
        if values.dtype.kind == "b":
            return values.astype(np.int64)
        if values.dtype.kind == "u":
            return _as_int64(values, self.column)
        if values.dtype.kind != "f":
            return values
        narrow = values.astype(np.int32)
        if bool((narrow.astype(values.dtype) == values).all()):  # nearly always, and twice as fast
            return narrow
        whole = values.astype(np.int64)
        # what an integer conversion makes of 2**63 and beyond depends on the processor
        wrong = (whole != values) | (values >= 2.0**63)
        if bool(wrong.any()):
            at = int(wrong.argmax())
            piece, offset = batch.locate(at // (values.size // len(values)))
            msg = (
                f"expected labels in {self.column}, got {float(values.reshape(-1)[at])} in row "
                f"{offset}{f' of piece {piece}' if piece else ''}; labels are integers, booleans, "
                f"strings or whole floats{SWAPPED if self.column == Y_TRUE else ''}"
            )
            raise LabelError(msg)
        return whole


def _as_int64(values: Any, column: str) -> Any:
    if len(values) and int(values.max()) > np.iinfo(np.int64).max:
        msg = f"expected labels below 2**63 in {column}, got {int(values.max())}; renumber them"
        raise LabelError(msg)
    return values.astype(np.int64)


@dataclass(frozen=True)
class ArgMax:
    """The position of the largest value along the last axis; the first of equal ones."""

    column: str

    def __call__(self, batch: Batch) -> Any:
        values = batch[self.column]
        return rows.row_argmax(as_matrix(values)).reshape(values.shape[:-1])


def at_labels(values: Any, labels: Any) -> Any:
    """Of each run (..., C) of values the one at its label: (rows * ...,).

    Of labels out of range it is any: a flag judges them once all rows are in.
    """
    xp = backend.namespace(values)
    flat = as_matrix(values)
    inside = xp.minimum(xp.maximum(labels.reshape(-1), 0), flat.shape[1] - 1).astype(xp.int64)
    return flat[xp.arange(len(flat)), inside]


@dataclass(frozen=True)
class Above:
    """Whether a column exceeds a threshold, compared in the column's own dtype."""

    column: str
    threshold: float

    def __call__(self, batch: Batch) -> Any:
        values = batch[self.column]
        if values.dtype.kind != "f":
            values = batch.derive(Wide(self.column))
        return values > values.dtype.type(self.threshold)


@dataclass(frozen=True)
class AboveLabel:
    """1 where a column exceeds a threshold, else 0: as labels."""

    column: str
    threshold: float

    def __call__(self, batch: Batch) -> Any:
        true = batch.columns.get(Y_TRUE)
        # counted beside labels of another integer dtype, both would be widened
        wide = true is not None and true.dtype.kind in "iu" and true.dtype.itemsize > 4
        above = batch.derive(Above(self.column, self.threshold))
        return above.astype(np.int64 if wide else np.int32)


@dataclass(frozen=True)
class Equals:
    """1 where a column of labels is this label, else 0: as labels."""

    column: str
    label: int | str

    def __call__(self, batch: Batch) -> Any:
        return (batch.derive(Labels(self.column)) == self.label).astype(np.int64)


@dataclass(frozen=True)
class NotBinary:
    """True where a column is neither 0 nor 1."""

    column: str

    def __call__(self, batch: Batch) -> Any:
        values = batch[self.column]
        return (values != 0) & (values != 1)


@dataclass(frozen=True)
class Tied:
    """True where the largest value along the last axis stands in several places."""

    column: str

    def __call__(self, batch: Batch) -> Any:
        values = as_matrix(batch[self.column])
        largest = values.max(axis=1, keepdims=True)
        return ((values == largest).sum(axis=1) > 1).reshape(batch[self.column].shape[:-1])


@dataclass(frozen=True)
class NonZero:
    """True where a column is not zero."""

    column: str

    def __call__(self, batch: Batch) -> Any:
        return batch[self.column] != 0
