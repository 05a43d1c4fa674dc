"""Re-blocking: whatever the chunks are, reductions see aligned, contiguous blocks.

Small chunks are joined and large ones cut to blocks, small enough for the caches and large enough
for threads to scale (see `block_rows`). Chunks that are contiguous, native and of the
schema's dtype are cut without a copy; all others are copied into reused buffers, which is why
neither layout nor strides nor byte order can change a bit of any result. Strings become `Words`
of one vocabulary, which is given up before it fills memory. What is missing, other than as NaN,
is masked.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from disteval import backend
from disteval.engine.rows import RowCounts
from disteval.errors import ColumnTypeError, LengthMismatchError, ShapeError
from disteval.numerics.labels import LabelIndex
from disteval.numerics.widening import widen_into
from disteval.numerics.words import Vocabulary, Words
from disteval.protocol import BY, Batch, Column, Origin, RowFunction, Schema

BLOCK_BYTES = 8 << 20  # of a block's columns in float64
MOST_ROWS, FEWEST_ROWS = 524_288, 256
_DIRECT_ROWS = 4_096  # chunks at least so long are cut, shorter ones joined

Origins = tuple[tuple[int, Origin], ...]

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
        """Add a chunk; yields the blocks that are complete. Use each before asking for the next.

        What does not fit is refused by the call itself, before a row of it is taken.
        """
        if not any(len(chunk[name]) for name, _ in self._specs if chunk[name].ndim):
            return iter(())  # empty lists are float64, whatever the column is
        columns = {name: _checked(name, chunk[name], spec, origin) for name, spec in self._specs}
        rows = _common_length(columns, origin)
        if any(backend.is_device(array) for array in columns.values()):
            return self._on_device(columns, origin)
        if rows >= min(_DIRECT_ROWS, self._rows):
            return self._cut(columns, rows, origin)
        return self._join(columns, rows, origin)

    def flush(self) -> Iterator[Batch]:
        """The block that is not full yet."""
        if self._filled:
            columns = {name: buffer[: self._filled] for name, buffer in self._buffers.items()}
            missing = {n: m[: self._filled] for n, m in self._masks.items()}
            missing = {name: mask for name, mask in missing.items() if mask.any()}
            origins, self._origins, self._filled = tuple(self._origins), [], 0
            yield self._batch(columns, origins, missing)

    def _plain(self, columns: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Columns without masks, strings as codes; and the rows of each that miss a value."""
        plain, missing = {}, {}
        for name, array in columns.items():
            plain[name], mask = self._unmasked(array)
            if mask is not None and mask.any():
                missing[name] = mask.reshape(len(mask), -1).any(axis=1)
        return plain, missing

    def _unmasked(self, array: Any) -> tuple[Any, Any]:
        mask = None
        if isinstance(array, np.ma.MaskedArray):
            array, mask = array.data, np.ma.getmaskarray(array)
            if array.dtype.kind == "f":  # as everywhere, what floats miss is NaN
                return np.where(mask, array.dtype.type(np.nan), array), None
        if array.dtype.kind == "U":
            array = self._vocabulary.codes(array)
            mask = array < 0 if mask is None else mask
        return array, mask

    def _batch(self, columns: Mapping[str, Any], origins: Origins, missing: Any) -> Batch:
        """A block of plain columns, codes of strings as words."""
        spelled = {
            name: Words(columns[name], self._vocabulary.words) if spec.kind == "str"
            else columns[name]
            for name, spec in self._specs
        }  # fmt: skip
        if self._vocabulary.is_crowded:  # reductions look a new one up anew
            self._vocabulary = Vocabulary()
        return Batch(spelled, origins, buffers=self._derived, missing=missing)

    @property
    def _specs(self) -> tuple[tuple[str, Column], ...]:
        return self._schema.columns

    def _on_device(self, columns: Mapping[str, Any], origin: Origin) -> Iterator[Batch]:
        """All of the chunk as a block on the device; strings keep all on the host."""
        rows = len(columns[self._specs[0][0]])
        if any(spec.kind == "str" for _, spec in self._specs):
            host = {
                n: backend.to_host(a) if backend.is_device(a) else a for n, a in columns.items()
            }
            yield from self._cut(host, rows, origin)
            return
        yield from self.flush()
        xp = backend.namespace(next(filter(backend.is_device, columns.values())))
        moved, missing = self._plain(columns)
        for name, spec in self._specs:
            array, dtype = moved[name], block_dtype(spec.dtype)
            if not backend.is_device(array):
                array = xp.asarray(np.ascontiguousarray(array, dtype=dtype))
            moved[name] = xp.ascontiguousarray(array, dtype=dtype)
        yield self._batch(moved, ((0, origin),), missing)

    def _cut(self, columns: Mapping[str, Any], rows: int, origin: Origin) -> Iterator[Batch]:
        yield from self.flush()
        for start in range(0, rows, self._rows):
            part = {name: array[start : start + self._rows] for name, array in columns.items()}
            block, missing = self._plain(part)
            for name, spec in self._specs:
                if _is_block(block[name], spec):
                    block[name] = np.asarray(block[name])  # itself, of no subclass
                else:
                    block[name] = self._copied(name, block[name])
            origins = ((0, Origin(origin.piece, origin.offset + start)),)
            yield self._batch(block, origins, missing)

    def _join(self, columns: Mapping[str, Any], rows: int, origin: Origin) -> Iterator[Batch]:
        if self._filled + rows > self._rows:
            yield from self.flush()
        plain, missing = self._plain(columns)
        part = slice(self._filled, self._filled + rows)
        for name, spec in self._specs:
            self._buffer(name, spec)[part] = plain[name]
            if name in missing and name not in self._masks:
                self._masks[name] = np.zeros(self._rows, bool)
        for name, masks in self._masks.items():
            masks[part] = missing.get(name, False)
        self._origins.append((self._filled, origin))
        self._filled += rows

    def _copied(self, name: str, array: Any) -> Any:
        buffer = self._buffer(name, self._schema[name])[: len(array)]
        widen_into(buffer, array)
        return buffer

    def _buffer(self, name: str, spec: Column) -> Any:
        buffer = self._buffers.get(name)
        if buffer is None:
            shape = (self._rows, *spec.shape)
            self._buffers[name] = buffer = np.empty(shape, block_dtype(spec.dtype))
        return buffer


def _is_block(array: Any, spec: Column) -> bool:
    """Whether the rows need no copy to be a block."""
    fits = array.dtype == block_dtype(spec.dtype) and array.dtype.isnative
    return bool(fits and array.flags.c_contiguous and array.flags.aligned)


def without_nan(batch: Batch, by: RowFunction | None = None) -> tuple[Batch, RowCounts]:
    """The batch without the rows that miss a value, as NaN or masked; the account of its rows.

    Parameters
    ----------
    by : labels of groups, optional
        Then the account has the rows that each group loses.
    """
    masks = {name: _nan_rows(array) for name, array in batch.columns.items()} | dict(batch.missing)
    found = {name: mask for name, mask in masks.items() if mask is not None}
    if not found:
        return batch, RowCounts(batch.rows)
    # each row under one reason: the columns in which it misses a value
    code = np.zeros(batch.rows, np.int64)
    for bit, mask in enumerate(found.values()):
        code |= mask.astype(np.int64) << bit
    keep = code == 0
    reasons = [_reason(batch, [name for bit, name in enumerate(found) if value >> bit & 1])
               for value in range(1 << len(found))]  # fmt: skip
    counts = np.bincount(code)
    dropped = {reasons[value]: int(counts[value]) for value in np.flatnonzero(counts) if value}
    groups: Mapping[Any, Mapping[str, int]] = {}
    if by is not None:
        groups = _lost_of_groups(batch, by, ~keep & ~found.get(BY, keep), code, reasons)
    first = batch.locate(int(np.argmin(keep)))
    return _rows_of(batch, keep), RowCounts(batch.rows, dropped, first, groups)


def _reason(batch: Batch, names: Iterable[str]) -> str:
    what = "missing" if any(name in batch.missing for name in names) else "NaN"
    return f"{' and '.join(names)}: {what}"


def _lost_of_groups(
    batch: Batch, by: RowFunction, lost: Any, code: Any, reasons: Sequence[str]
) -> dict[Any, dict[str, int]]:
    """How many of the lost rows belong to each group, by reason."""
    if not lost.any():
        return {}
    index = LabelIndex()
    places = index.find(by(_rows_of(batch, lost)))
    counts = np.bincount(places * len(reasons) + code[lost])
    labels = index.labels.tolist()
    groups: dict[Any, dict[str, int]] = {}
    for at in np.flatnonzero(counts).tolist():
        place, value = divmod(at, len(reasons))
        groups.setdefault(labels[place], {})[reasons[value]] = int(counts[at])
    return groups


def _rows_of(batch: Batch, mask: Any) -> Batch:
    """The rows where a mask holds."""
    columns = {
        name: array[mask if isinstance(array, Words) else backend.namespace(array).asarray(mask)]
        for name, array in batch.columns.items()
    }
    chosen = Batch(columns, batch.origins)
    chosen.kept = np.flatnonzero(mask)
    return chosen


def hides_nan(batch: Batch, columns: Iterable[str]) -> bool:
    """Whether one of the columns holds a NaN; those that were looked at already are known."""
    return any(
        batch.has_nan[name] if name in batch.has_nan else _nan_rows(batch[name]) is not None
        for name in columns
    )


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
