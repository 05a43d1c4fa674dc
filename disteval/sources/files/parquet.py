"""Parquet files: one piece a row group, decoded on the worker in chunks that the caches hold."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from disteval.errors import SourceError
from disteval.protocol import Column, Piece
from disteval.sources.columns.arrow import ArrowChunks, arrow_column, is_list, is_text, list_length
from disteval.sources.columns.kinds import common_column
from disteval.sources.files.roles import Found, Need, combine, folder_keys, needs_of, with_keys
from disteval.sources.files.tables import TableFiles, between, reading
from disteval.sources.names import check_names

# a row group beyond this is read by one task: there is no way into its middle but to decode all
# that comes before
WHOLE_BYTES = 128 << 20
CHUNK_BYTES = 8 << 20
MOST_ROWS, FEWEST_ROWS = 1 << 20, 1 << 10
_READ_BYTES = 256 << 10  # at a time from the file, of each column
_TEXT_BYTES = 32  # of a string
_FOOTER_THREADS = 16
_LOOK_FOR_LISTS = 1_024


@dataclass(frozen=True)
class _File:
    """A file, what its folders say of all its rows, and its columns to be read as codes."""

    path: str
    keys: Mapping[str, str | None]
    text: tuple[str, ...]


@dataclass(frozen=True)
class _Group:
    """A row group: its file, number and rows."""

    file: _File
    number: int
    rows: int

    @property
    def token(self) -> str:
        """Names it in errors."""
        return f"{self.file.path}, row group {self.number}"


@dataclass(frozen=True)
class ParquetFiles(TableFiles[_Group]):
    """The rows of Parquet files, one after the other.

    Strings are read as codes into the files' own dictionaries; where values are missing, floats
    are NaN, and integers and booleans masked. The keys of folders (``country=FR/part-0.parquet``)
    are columns as well: integers where all values are, else strings.

    Parameters
    ----------
    columns, parts, first : as for all table files; the parts are row groups
    """

    @classmethod
    def open(
        cls, files: Sequence[Path], columns: Mapping[str, str | Sequence[str]]
    ) -> ParquetFiles:
        """Read all footers, and check them against each other.

        Parameters
        ----------
        files : in the order of their rows
        columns : mapping of role (``y_true``, ...) to a column's name, or to the names of several
            side by side: one column a class
        """
        needs = needs_of(columns)
        footers = _Footers([need for wanted in needs.values() for need in wanted])
        if len(files) > 1:  # most of the time is spent waiting where storage is far away
            with ThreadPoolExecutor(min(_FOOTER_THREADS, len(files))) as pool:
                read = list(pool.map(footers.read, files))
        else:
            read = [footers.read(path) for path in files]
        found = combine(needs, [one for one, _ in read], lambda _, named: common_column(named))
        return cls(found, tuple(group for _, groups in read for group in groups))

    def pieces(self) -> Sequence[Piece]:
        """The row groups; their bytes are those in memory."""
        return self._pieces

    @cached_property
    def _pieces(self) -> list[Piece]:
        row_bytes = self.schema.row_bytes
        pieces = []
        for group in self.parts:
            nbytes = group.rows * row_bytes
            # what has no known rows is not cut
            rows = group.rows if nbytes <= WHOLE_BYTES else None
            pieces.append(Piece(rows, nbytes, group.token))
        return pieces

    def read(
        self, piece: int, columns: Sequence[str], rows: slice | None = None
    ) -> Iterator[Mapping[str, Any]]:
        """The rows of a row group, in chunks."""
        group = self.part(piece)
        start, stop = (0, group.rows) if rows is None else (rows.start, min(rows.stop, group.rows))
        keys = group.file.keys
        names = self.columns.names(columns, keys)
        if not names:  # what the folders say needs no reading
            yield self.columns.chunk(columns, stop - start, lambda _: None, keys, ArrowChunks())
            return
        file = self._file(group)
        batches = file.batches(group, names, self._chunk_rows(columns))
        for part in between(batches, start, stop):
            with _reading(group.token):  # strings are decoded here
                chunk = self.columns.chunk(columns, len(part), part.column, keys, file.chunks)
            yield chunk
        if piece - self.first + 1 < len(self.parts):
            self.__dict__["_open"] = file

    def _file(self, group: _Group) -> _OpenFile:
        """The file, open from the piece before or now; for this reader alone while it reads."""
        found: _OpenFile | None = self.__dict__.pop("_open", None)
        if found is None or found.path != group.file.path:
            found = _OpenFile(group.file.path, group.file.text)
        found.check(group)
        return found

    def _chunk_rows(self, columns: Sequence[str]) -> int:
        """Rows of a chunk, a power of two, so that few row groups end in a short one."""
        widths = (_width(column) for name, column in self.schema.columns if name in columns)
        rows = CHUNK_BYTES // sum(widths)
        return min(max(1 << max(rows.bit_length() - 1, 0), FEWEST_ROWS), MOST_ROWS)


def header(path: Path) -> list[str]:
    """The names of the columns in a file."""
    names: list[str] = _OpenFile(str(path)).file.schema_arrow.names
    return names


def _width(column: Column) -> int:
    # where all strings of a chunk differ, each becomes a word in Python
    least = _TEXT_BYTES if column.kind == "str" else 4
    return math.prod(column.shape) * max(column.dtype.itemsize, least)


class _OpenFile:
    """A file that is open for reading, and the vocabularies of its columns."""

    def __init__(self, path: str, text: Sequence[str] = ()) -> None:
        self.path = path
        self.chunks = ArrowChunks()
        with _reading(path):
            import pyarrow.parquet

            # whole column chunks in memory, as by default, may be gigabytes; a memory map would be
            # a little faster, but counts against a worker's memory, and ends the process where the
            # file is cut meanwhile; checksums cost nothing where there are none
            self.file = pyarrow.parquet.ParquetFile(
                path, pre_buffer=False, buffer_size=_READ_BYTES, read_dictionary=list(text),
                page_checksum_verification=True,
            )  # fmt: skip

    def check(self, group: _Group) -> None:
        """Refuse a file that is not the one whose footer was read."""
        metadata = self.file.metadata
        groups = metadata.num_row_groups
        if group.number >= groups or metadata.row_group(group.number).num_rows != group.rows:
            msg = f"expected {group.rows:,} rows in {group.token}; was the file changed meanwhile?"
            raise SourceError(msg)

    def batches(self, group: _Group, names: Sequence[str], rows: int) -> Iterator[Any]:
        """The rows of a row group as Arrow batches."""
        position = 0
        with _reading(group.token):
            # Dask's threads run in parallel already
            for batch in self.file.iter_batches(
                rows, row_groups=[group.number], columns=list(names), use_threads=False
            ):
                position += len(batch)
                yield batch
        if position < group.rows:
            msg = (
                f"expected {group.rows:,} rows in {group.token}, got {position:,}; is the file "
                "damaged, or was it changed meanwhile?"
            )
            raise SourceError(msg)


class _Footers:
    """Reads footers: the row groups of a file, and what it has of what is needed."""

    def __init__(self, needs: Sequence[Need]) -> None:
        self._needs = needs
        self._lengths: dict[str, int] = {}  # of lists, once a file has told

    def read(self, path: Path) -> tuple[Found, list[_Group]]:
        """The footer of one file."""
        keys = folder_keys(path)
        opened = _OpenFile(str(path))
        with _reading(str(path)):
            schema, metadata = opened.file.schema_arrow, opened.file.metadata
        known = with_keys(schema.names, keys)
        check_names([n.name for n in self._needs], known, "there are", f" in {str(path)!r}")
        places = {need: schema.get_field_index(need.name) for need in self._needs}
        inside = sorted({i for i in places.values() if i >= 0})
        columns = {
            need: self._column(opened, need, schema.field(i).type)
            for need, i in places.items()
            if i >= 0
        }
        file = _File(
            str(path),
            {need.name: keys[need.name] for need, i in places.items() if i < 0},
            tuple(schema.field(i).name for i in inside if is_text(schema.field(i).type)),
        )
        return Found(str(path), columns, keys), _groups(file, metadata)

    def _column(self, opened: _OpenFile, need: Need, kind: Any) -> Column | None:
        with _reading(opened.path):
            column = arrow_column(need.name, kind, dates=need.dates)
        if not is_list(kind) or hasattr(kind, "list_size"):
            return column
        if need.name not in self._lengths:
            length = _first_length(opened, need.name)
            if length is None:
                return None
            self._lengths[need.name] = length
        return arrow_column(need.name, kind, length=self._lengths[need.name])


def _groups(file: _File, metadata: Any) -> list[_Group]:
    # nothing is asked of the column chunks: pyarrow ends the process where their part of the
    # footer is damaged
    sizes = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
    return [_Group(file, number, rows) for number, rows in enumerate(sizes) if rows]


def _first_length(opened: _OpenFile, name: str) -> int | None:
    """The length of the first list in a file; None where there is none."""
    with _reading(opened.path):
        for batch in opened.file.iter_batches(_LOOK_FOR_LISTS, columns=[name], use_threads=False):
            length = list_length(batch.column(name))
            if length is not None:
                return length
    return None


def _reading(what: str) -> AbstractContextManager[None]:
    return reading(what, "Parquet", "a whole Parquet file", "is damaged")
