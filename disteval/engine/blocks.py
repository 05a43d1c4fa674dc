"""Re-blocking: whatever the chunks are, reductions see aligned, contiguous blocks.

Small chunks are joined and large ones cut to blocks, small enough for the caches and large enough
for threads to scale (see `block_rows`). Chunks that are contiguous, native and of the
schema's dtype are cut without a copy; all others are copied into reused buffers, which is why
neither layout nor strides nor byte order can change a bit of any result. Strings become `Words`
of one vocabulary a span. What is missing, other than as NaN, is masked.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from disteval import backend
from disteval.engine.rows import RowCounts
from disteval.errors import ColumnTypeError, LengthMismatchError, ShapeError
from disteval.numerics.words import Vocabulary, Words
from disteval.protocol import BY, Batch, Column, Origin, Schema

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
    """The dtype in which a column of this dtype reaches the reductions; of strings, the codes'."""
    if dtype.kind == "U":
        return np.dtype(np.int32)
    return np.dtype(_BLOCK_DTYPES.get(dtype.char, dtype.newbyteorder("=")))


def block_rows(schema: Schema) -> int:
    """Rows of a block, a power of two.

    Threads pass Python's lock on at every array operation, at some 50 µs where it wakes a
    sleeping thread: the longer the arrays, the fewer the passes. What no cache holds costs more
    than that saves.
    """
    # the labels of groups are looked at once, and never widened
    columns = (column for name, column in schema.columns if name != BY)
    widths = (math.prod(c.shape) * max(c.dtype.itemsize, 8) for c in columns)
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
        self._vocabulary = Vocabulary()
        self._buffers: dict[str, Any] = {}
        self._masks: dict[str, Any] = {}  # of the buffers, for columns that had missing values
        self._derived: dict[Any, Any] = {}  # memory of derived columns, from block to block
        self._filled = 0
        self._origins: list[tuple[int, Origin]] = []

    def push(self, chunk: Mapping[str, Any], origin: Origin) -> Iterator[Batch]:
        """Add a chunk; yields the blocks that are complete. Use each before asking for the next."""
        if not any(len(chunk[name]) for name, _ in self._specs if chunk[name].ndim):
            return  # empty lists are float64, whatever the column is
        missing: dict[str, Any] = {}
        columns = {}
        for name, spec in self._specs:
            columns[name], mask = self._plain(_checked(name, chunk[name], spec, origin))
            if mask is not None:
                missing[name] = mask
        rows = _common_length(columns, origin)
        columns = self._in_one_place(columns)
        if any(backend.is_device(array) for array in columns.values()):
            yield from self.flush()
            if rows:
                yield Batch(self._spelled(columns), ((0, origin),), missing=missing)
        elif rows >= min(_DIRECT_ROWS, self._rows):
            yield from self.flush()
            yield from self._cut(columns, rows, origin, missing)
        elif rows:
            yield from self._join(columns, rows, origin, missing)

    def flush(self) -> Iterator[Batch]:
        """The block that is not full yet."""
        if self._filled:
            columns = {name: buffer[: self._filled] for name, buffer in self._buffers.items()}
            missing = {n: m[: self._filled] for n, m in self._masks.items()}
            missing = {name: mask for name, mask in missing.items() if mask.any()}
            origins, self._origins, self._filled = tuple(self._origins), [], 0
            yield Batch(self._spelled(columns), origins, buffers=self._derived, missing=missing)

    def _plain(self, array: Any) -> tuple[Any, Any]:
        """The array without its mask, strings as codes; and which rows are missing, or None."""
        mask = None
        if array.dtype.kind == "U":
            array = self._vocabulary.codes(_unmasked(array)) if array.size else _no_codes(array)
            mask = array < 0
        elif isinstance(array, np.ma.MaskedArray):
            array, mask = array.data, np.ma.getmaskarray(array)
        if mask is None or not mask.any():
            return array, None
        return array, mask.reshape(len(mask), -1).any(axis=1)

    def _spelled(self, columns: dict[str, Any]) -> dict[str, Any]:
        """The columns, codes of strings as words."""
        return {
            name: Words(columns[name], self._vocabulary.words) if spec.kind == "str"
            else columns[name]
            for name, spec in self._specs
        }  # fmt: skip

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

    def _cut(
        self, columns: Mapping[str, Any], rows: int, origin: Origin, missing: Mapping[str, Any]
    ) -> Iterator[Batch]:
        views = {name: _as_is(columns[name], spec) for name, spec in self._specs}
        for start in range(0, rows, self._rows):
            stop = min(start + self._rows, rows)
            block = {
                name: self._copied(name, columns[name][start:stop]) if view is None
                else view[start:stop]
                for name, view in views.items()
            }  # fmt: skip
            origins = ((0, Origin(origin.piece, origin.offset + start)),)
            gone = {name: mask[start:stop] for name, mask in missing.items()}
            gone = {name: mask for name, mask in gone.items() if mask.any()}
            yield Batch(self._spelled(block), origins, buffers=self._derived, missing=gone)

    def _join(
        self, columns: Mapping[str, Any], rows: int, origin: Origin, missing: Mapping[str, Any]
    ) -> Iterator[Batch]:
        if self._filled + rows > self._rows:
            yield from self.flush()
        part = slice(self._filled, self._filled + rows)
        for name, spec in self._specs:
            self._buffer(name, spec)[part] = columns[name]
            if name in missing and name not in self._masks:
                self._masks[name] = np.zeros(self._rows, bool)
        for name, masks in self._masks.items():
            masks[part] = missing.get(name, False)
        self._origins.append((self._filled, origin))
        self._filled += rows

    def _copied(self, name: str, array: Any) -> Any:
        buffer = self._buffer(name, self._schema[name])[: len(array)]
        buffer[...] = array
        return buffer

    def _buffer(self, name: str, spec: Column) -> Any:
        buffer = self._buffers.get(name)
        if buffer is None:
            shape = (self._rows, *spec.shape)
            self._buffers[name] = buffer = np.empty(shape, block_dtype(spec.dtype))
        return buffer


def _unmasked(array: Any) -> Any:
    """Strings of a masked array as words, so that what is missing has a code too."""
    if not isinstance(array, np.ma.MaskedArray):
        return array
    words, codes = np.unique(array.data, return_inverse=True)
    codes = codes.reshape(array.shape).astype(np.int32)
    codes[np.ma.getmaskarray(array)] = -1
    return Words(codes, words.tolist())


def _no_codes(array: Any) -> Any:
    return np.zeros(array.shape, np.int32)


def _as_is(array: Any, spec: Column) -> Any:
    """The chunk itself where its rows need no copy to be blocks; else None."""
    flags = array.flags
    fits = array.dtype == block_dtype(spec.dtype) and array.dtype.isnative
    return np.asarray(array) if fits and flags.c_contiguous and flags.aligned else None


def without_nan(batch: Batch) -> tuple[Batch, RowCounts]:
    """The batch without the rows that miss a value, as NaN or masked; the account of its rows."""
    masks = {name: _nan_rows(array) for name, array in batch.columns.items()} | dict(batch.missing)
    found = {name: mask for name, mask in masks.items() if mask is not None}
    if not found:
        return batch, RowCounts(batch.rows)
    # each row under one reason: the columns in which it misses a value
    code = np.zeros(batch.rows, np.int64)
    for bit, mask in enumerate(found.values()):
        code |= mask.astype(np.int64) << bit
    keep = code == 0
    dropped: dict[str, int] = {}
    for value, count in zip(*np.unique(code[~keep], return_counts=True), strict=True):
        names = [name for bit, name in enumerate(found) if value >> bit & 1]
        what = "missing" if any(name in batch.missing for name in names) else "NaN"
        why = f"{' and '.join(names)}: {what}"
        dropped[why] = dropped.get(why, 0) + int(count)
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
    return array[keep if isinstance(array, Words) else backend.namespace(array).asarray(keep)]


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
