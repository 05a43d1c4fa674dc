"""Re-blocking: whatever the chunks are, reductions see aligned, contiguous blocks.

Small chunks are joined and large ones cut to blocks, small enough for the caches and large enough
for threads to scale (see `block_rows`). Chunks that are contiguous, native and of the
schema's dtype are cut without a copy; all others are copied into reused buffers, which is why
neither layout nor strides nor byte order can change a bit of any result.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from disteval import backend
from disteval.engine.rows import RowCounts
from disteval.errors import ColumnTypeError, LengthMismatchError, ShapeError
from disteval.protocol import Batch, Column, Origin, Schema

BLOCK_BYTES = 4 << 20  # of a block's columns in float64
MOST_ROWS, FEWEST_ROWS = 262_144, 256
_DIRECT_ROWS = 4_096  # chunks at least so long are cut, shorter ones joined

# compiled kernels exist for these dtypes alone; every other is widened to one of them, exactly
_BLOCK_DTYPES: Mapping[str, str] = {
    "e": "float32",
    "b": "int32",
    "B": "int32",
    "h": "int32",
    "H": "int32",
    "I": "int64",
    "l": "int64",
    "q": "int64",
    "Q": "uint64",
    "L": "uint64",
}


def block_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype in which a column of this dtype reaches the reductions."""
    return np.dtype(_BLOCK_DTYPES.get(dtype.char, dtype.newbyteorder("=")))


def block_rows(schema: Schema) -> int:
    """Rows of a block, a power of two.

    Threads pass Python's lock on at every array operation, at some 50 µs where it wakes a
    sleeping thread: the longer the arrays, the fewer the passes. What no cache holds costs more
    than that saves.
    """
    widths = (math.prod(c.shape) * max(c.dtype.itemsize, 8) for _, c in schema.columns)
    rows = BLOCK_BYTES // max(sum(widths), 1)
    return min(max(1 << (rows.bit_length() - 1 if rows else 0), FEWEST_ROWS), MOST_ROWS)


class Blocks:
    """Joins and cuts the chunks of one span.

    Parameters
    ----------
    schema : the columns wanted
    """

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._rows = block_rows(schema)
        self._buffers: dict[str, Any] = {}
        self._derived: dict[Any, Any] = {}  # memory of derived columns, from block to block
        self._filled = 0
        self._origins: list[tuple[int, Origin]] = []

    def push(self, chunk: Mapping[str, Any], origin: Origin) -> Iterator[Batch]:
        """Add a chunk; yields the blocks that are complete. Use each before asking for the next."""
        if not any(len(chunk[name]) for name, _ in self._specs if chunk[name].ndim):
            return  # empty lists are float64, whatever the column is
        columns = {name: _checked(name, chunk[name], spec, origin) for name, spec in self._specs}
        rows = _common_length(columns, origin)
        columns = self._in_one_place(columns)
        if any(backend.is_device(array) for array in columns.values()):
            yield from self.flush()
            if rows:
                yield Batch(columns, ((0, origin),))
        elif rows >= min(_DIRECT_ROWS, self._rows):
            yield from self.flush()
            yield from self._cut(columns, rows, origin)
        elif rows:
            yield from self._join(columns, rows, origin)

    def flush(self) -> Iterator[Batch]:
        """The block that is not full yet."""
        if self._filled:
            columns = {name: buffer[: self._filled] for name, buffer in self._buffers.items()}
            origins, self._origins, self._filled = tuple(self._origins), [], 0
            yield Batch(columns, origins, buffers=self._derived)

    @property
    def _specs(self) -> tuple[tuple[str, Column], ...]:
        return self._schema.columns

    def _in_one_place(self, columns: dict[str, Any]) -> dict[str, Any]:
        """All on the device where one is, in the dtypes of blocks; strings keep all on the host."""
        on_device = [array for array in columns.values() if backend.is_device(array)]
        if not on_device:
            return columns
        if any(spec.kind == "str" for _, spec in self._specs):
            return {name: backend.to_host(array) for name, array in columns.items()}
        xp = backend.namespace(on_device[0])
        moved = {}
        for name, spec in self._specs:
            array, dtype = columns[name], block_dtype(spec.dtype)
            if not backend.is_device(array):
                array = xp.asarray(np.ascontiguousarray(array, dtype=dtype))
            moved[name] = xp.ascontiguousarray(array, dtype=dtype)
        return moved

    def _cut(self, columns: Mapping[str, Any], rows: int, origin: Origin) -> Iterator[Batch]:
        views = {name: _as_is(columns[name], spec) for name, spec in self._specs}
        for start in range(0, rows, self._rows):
            stop = min(start + self._rows, rows)
            block = {
                name: self._copied(name, columns[name][start:stop]) if view is None
                else view[start:stop]
                for name, view in views.items()
            }  # fmt: skip
            origins = ((0, Origin(origin.piece, origin.offset + start)),)
            yield Batch(block, origins, buffers=self._derived)

    def _join(self, columns: Mapping[str, Any], rows: int, origin: Origin) -> Iterator[Batch]:
        if self._filled + rows > self._rows:
            yield from self.flush()
        for name, spec in self._specs:
            buffer = self._buffer(name, spec, columns[name].dtype)
            buffer[self._filled : self._filled + rows] = columns[name]
        self._origins.append((self._filled, origin))
        self._filled += rows

    def _copied(self, name: str, array: Any) -> Any:
        buffer = self._buffer(name, self._schema[name], array.dtype)[: len(array)]
        buffer[...] = array
        return buffer

    def _buffer(self, name: str, spec: Column, dtype: np.dtype[Any]) -> Any:
        buffer = self._buffers.get(name)
        if buffer is None:
            shape = (self._rows, *spec.shape)
            self._buffers[name] = buffer = np.empty(shape, block_dtype(spec.dtype))
        if dtype.kind == "U" and dtype.itemsize > buffer.dtype.itemsize:
            # strings of a later piece may be longer than those of the first
            self._buffers[name] = buffer = buffer.astype(dtype.newbyteorder("="))
        return buffer


def _as_is(array: Any, spec: Column) -> Any:
    """The chunk itself where its rows need no copy to be blocks; else None."""
    flags = array.flags
    fits = array.dtype == block_dtype(spec.dtype) and array.dtype.isnative
    return np.asarray(array) if fits and flags.c_contiguous and flags.aligned else None


def without_nan(batch: Batch) -> tuple[Batch, RowCounts]:
    """The batch without the rows that hold a NaN, and the account of its rows."""
    masks = {name: _nan_rows(array) for name, array in batch.columns.items()}
    found = {name: mask for name, mask in masks.items() if mask is not None}
    if not found:
        return batch, RowCounts(batch.rows)
    # each row under one reason: the columns in which it has a NaN
    code = np.zeros(batch.rows, np.int64)
    for bit, mask in enumerate(found.values()):
        code |= mask.astype(np.int64) << bit
    keep = code == 0
    dropped = {}
    for value, count in zip(*np.unique(code[~keep], return_counts=True), strict=True):
        names = [name for bit, name in enumerate(found) if value >> bit & 1]
        dropped[f"{' and '.join(names)}: NaN"] = int(count)
    first = batch.locate(int(np.argmin(keep)))
    columns = {name: _rows_of(array, keep) for name, array in batch.columns.items()}
    return Batch(columns, _kept_runs(batch, keep)), RowCounts(batch.rows, dropped, first)


def _kept_runs(batch: Batch, keep: Any) -> tuple[tuple[int, Origin], ...]:
    """Where the rows that are kept come from."""
    kept = np.flatnonzero(keep)
    firsts = np.array([first for first, _ in batch.origins])
    run = np.searchsorted(firsts, kept, side="right")
    starts = np.flatnonzero((np.diff(kept, prepend=-2) > 1) | (np.diff(run, prepend=-1) > 0))
    return tuple((int(i), batch.locate(int(kept[i]))) for i in starts) or batch.origins


def hides_nan(batch: Batch, columns: Iterable[str]) -> bool:
    """Whether one of the columns holds a NaN; those that were looked at already are known."""
    return any(
        batch.has_nan[name] if name in batch.has_nan else _nan_rows(batch[name]) is not None
        for name in columns
    )


def _rows_of(array: Any, keep: Any) -> Any:
    return array[backend.namespace(array).asarray(keep)]


def _nan_rows(array: Any) -> Any:
    """Which rows hold a NaN (on the host); None where none does."""
    if array.dtype.kind != "f":
        return None
    xp = backend.namespace(array)
    if xp is np:
        # the maximum carries a NaN along, at memory speed; np.isnan would write an array
        largest = np.maximum.reduce(array, axis=None, initial=-np.inf)
        if largest == largest:  # noqa: PLR0124  (false for NaN alone)
            return None
    rows = xp.isnan(array).reshape(len(array), -1).any(axis=1)
    host = backend.to_host(rows)
    return host if host.any() else None


def _checked(name: str, array: Any, spec: Column, origin: Origin) -> Any:
    """The array in the schema's row shape; length-one trailing axes are dropped."""
    if array.shape[1:] == spec.shape and array.dtype == spec.dtype and array.ndim:
        return array
    shape = tuple(size for size in array.shape[1:] if size != 1)
    if array.ndim == 0 or shape != spec.shape:
        msg = (
            f"expected rows of shape {spec.shape} in column {name!r}, got an array of shape "
            f"{array.shape} in piece {origin.piece}"
        )
        raise ShapeError(msg)
    kind = Column(array.dtype).kind
    if kind != spec.kind or (not np.can_cast(array.dtype, spec.dtype, "safe") and kind != "str"):
        msg = (
            f"expected column {name!r} to be {spec.dtype} as in the first piece, got "
            f"{array.dtype} in piece {origin.piece}; convert one of them"
        )
        raise ColumnTypeError(msg)
    return array.reshape(len(array), *spec.shape)


def _common_length(columns: Mapping[str, Any], origin: Origin) -> int:
    lengths = {name: len(array) for name, array in columns.items()}
    if len(set(lengths.values())) > 1:
        given = ", ".join(f"{name}: {length}" for name, length in lengths.items())
        msg = f"expected columns of one length in piece {origin.piece}, got {given}"
        raise LengthMismatchError(msg)
    return next(iter(lengths.values()), 0)
