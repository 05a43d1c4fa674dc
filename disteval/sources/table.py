"""Columns from different places, aligned row by row into one source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from disteval.errors import LengthMismatchError
from disteval.protocol import Column, Piece, Schema
from disteval.sources.lengths import unequal

PIECE_BYTES = 64 << 20
CHUNK_BYTES, LEAST_ROWS, MOST_ROWS = 8 << 20, 1_024, 262_144


class ColumnData(Protocol):
    """One column in parts of known lengths: an array, or the shards of a dataset.

    One whose reads are copies says so by an attribute, ``copies = True``: it is read in chunks
    that caches hold.
    """

    @property
    def column(self) -> Column:
        """Kind and shape."""
        ...

    @property
    def lengths(self) -> tuple[int, ...]:
        """Rows of each part."""
        ...

    def token(self, part: int) -> str:
        """Names a part in errors."""
        ...

    def read(self, part: int, start: int, stop: int) -> Any:
        """Rows of a part."""
        ...

    def restrict(self, part: int, start: int, stop: int) -> ColumnData:
        """What a worker needs to read these rows of one part (as part 0)."""
        ...


@dataclass(frozen=True)
class _Cut:
    """A piece of a table: for each column the part, and the rows of it."""

    rows: int
    at: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Table:
    """Aligned columns, cut where any of them is.

    Parameters
    ----------
    data : (name, column data) pairs, of equal total length
    notes : what a result should tell of how the rows came together
    """

    data: tuple[tuple[str, ColumnData], ...]
    notes: tuple[str, ...] = ()

    replayable = True  # arrays and files can be read again

    def __post_init__(self) -> None:
        totals = {name: sum(column.lengths) for name, column in self.data}
        if len(set(totals.values())) > 1:
            shards = {name: _tokens(data) for name, data in self.data}
            raise LengthMismatchError(unequal(totals, shards))
        self._check_shards()

    def _check_shards(self) -> None:
        """Shards of the same names hold the same rows."""
        if all(len(data.lengths) < 2 for _, data in self.data):  # nearly always, batch by batch
            return
        names = [[Path(token).stem for token in _tokens(data)] for _, data in self.data]
        for other, (_, data) in zip(names[1:], self.data[1:], strict=True):
            first = self.data[0][1]
            if len(other) < 2 or other != names[0] or not any(other):
                continue
            for part, (a, b) in enumerate(zip(first.lengths, data.lengths, strict=True)):
                if a != b:
                    msg = (
                        "expected shards of one name to have as many rows, got "
                        f"{first.token(part)!r}: {a:,} and {data.token(part)!r}: {b:,}"
                    )
                    raise LengthMismatchError(msg)

    @cached_property
    def schema(self) -> Schema:
        """Kinds and shapes."""
        return Schema(tuple((name, data.column) for name, data in self.data))

    def pieces(self) -> Sequence[Piece]:
        """One piece between any two boundaries of parts."""
        return self._pieces

    def read(
        self, piece: int, columns: Sequence[str], rows: slice | None = None
    ) -> Iterator[Mapping[str, Any]]:
        """The rows of one piece: one chunk, or several where they must be copied."""
        start, stop = (0, self._cuts[piece].rows) if rows is None else (rows.start, rows.stop)
        for first, last in _chunks(self.data, columns, start, stop):
            yield self.rows(piece, columns, first, last)

    def rows(self, piece: int, columns: Sequence[str], start: int, stop: int) -> dict[str, Any]:
        """Rows of one piece, from `start` to `stop`."""
        return {
            name: data.read(part, offset + start, offset + stop)
            for (name, data), (part, offset) in zip(self.data, self._cuts[piece].at, strict=True)
            if name in columns
        }

    def name(self, piece: int) -> str:
        """The name of the first column's part, or ""."""
        return self.data[0][1].token(self._cuts[piece].at[0][0])

    def narrowed(self, piece: int, start: int, stop: int) -> tuple[ColumnData, ...]:
        """The data of each column, only these rows of a piece."""
        return tuple(
            data.restrict(part, offset + start, offset + stop)
            for (_, data), (part, offset) in zip(self.data, self._cuts[piece].at, strict=True)
        )

    def restrict(self, pieces: slice) -> Table | _Portion:
        """Only the rows of these pieces, to be sent to a worker."""
        if pieces.stop - pieces.start == len(self._cuts):
            return self
        names = [name for name, _ in self.data]
        portions = {
            piece: tuple(zip(names, self.narrowed(piece, 0, self._cuts[piece].rows), strict=True))
            for piece in range(pieces.start, pieces.stop)
        }
        return _Portion(self.schema, portions)

    @cached_property
    def _cuts(self) -> list[_Cut]:
        edges = [np.cumsum((0, *data.lengths)) for _, data in self.data]
        total = edges[0][-1] if edges else 0
        # a large array becomes pieces, so that a task carries its own rows and no others
        step = max(PIECE_BYTES // max(self.schema.row_bytes, 1) // 65_536, 1) * 65_536
        bounds = np.unique(np.concatenate([*edges, np.arange(0, total, step)]))
        starts = bounds[:-1]
        parts = [np.searchsorted(edge, starts, side="right") - 1 for edge in edges]
        offsets = [starts - edge[part] for edge, part in zip(edges, parts, strict=True)]
        sizes = np.diff(bounds)
        return [
            _Cut(
                int(size),
                tuple((int(p[i]), int(o[i])) for p, o in zip(parts, offsets, strict=True)),
            )
            for i, size in enumerate(sizes)
        ]

    @cached_property
    def _pieces(self) -> list[Piece]:
        row_bytes = self.schema.row_bytes
        return [
            Piece(cut.rows, cut.rows * row_bytes, self.name(i) or self.data[0][0])
            for i, cut in enumerate(self._cuts)
        ]


@dataclass(frozen=True)
class _Portion:
    """Some pieces of a table, under their own numbers."""

    schema: Schema
    portions: Mapping[int, tuple[tuple[str, ColumnData], ...]]

    replayable = True

    def pieces(self) -> Sequence[Piece]:
        """Those that are here."""
        return [Piece(data[0][1].lengths[0]) for data in self.portions.values()]

    def read(
        self, piece: int, columns: Sequence[str], rows: slice | None = None
    ) -> Iterator[Mapping[str, Any]]:
        """The rows of one piece: one chunk, or several where they must be copied."""
        data = self.portions[piece]
        start, stop = (0, data[0][1].lengths[0]) if rows is None else (rows.start, rows.stop)
        for first, last in _chunks(data, columns, start, stop):
            yield {name: column.read(0, first, last) for name, column in data if name in columns}

    def restrict(self, pieces: slice) -> _Portion:  # noqa: ARG002  (it is one already)
        """Itself."""
        return self


def _tokens(data: ColumnData) -> list[str]:
    return [data.token(part) for part in range(len(data.lengths))]


def _chunks(
    data: Sequence[tuple[str, ColumnData]], columns: Sequence[str], start: int, stop: int
) -> Iterator[tuple[int, int]]:
    """Runs of rows to read at once: all, or as many as caches hold where reads are copies."""
    read = [column for name, column in data if name in columns]
    step = max(stop - start, 1)
    if any(getattr(column, "copies", False) for column in read):
        row_bytes = sum(column.column.row_bytes for column in read)
        step = min(max(CHUNK_BYTES // max(row_bytes, 1), LEAST_ROWS), MOST_ROWS)
    for first in range(start, max(stop, start + 1), step):
        yield first, min(first + step, stop)
