"""CSV files, compressed or not: one piece a file, parsed on the worker block by block.

Kinds are inferred from the first rows of each file and are the same for all files: integers,
floats, booleans (true and false), or strings. An empty cell is missing, quoted or not; in columns
of numbers so are NA, N/A, NULL, NaN and the like, which in columns of strings are text (NA is
Namibia). Empty lines are skipped.
"""

from __future__ import annotations

import contextlib
import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from disteval.errors import (
    ColumnTypeError,
    CorruptFileError,
    DistevalError,
    EmptyDataError,
    InputError,
)
from disteval.numerics.words import TEXT, Words
from disteval.protocol import BY, WEIGHT, Column, Piece
from disteval.sources.columns.arrow import ArrowChunks, arrow
from disteval.sources.columns.kinds import common_column
from disteval.sources.files.roles import Found, Need, combine, folder_keys, needs_of, with_keys
from disteval.sources.files.tables import TableFiles, between, reading
from disteval.sources.names import check_names

BLOCK_BYTES = 4 << 20  # parsed at a time: some 20 ms
_FIRST_BYTES = 64 << 20  # from which kinds are inferred, over all files
_LEAST_FIRST_BYTES = 64 << 10
_MOST_ROW_BYTES = 256 << 20
_THREADS = 16

_MISFIT = re.compile(r"In CSV column #(\d+):(?: Row #(\d+):)? CSV conversion error to \S+: (.*)")
_MEANINGS = {"int": "integers", "float": "numbers", "bool": "true or false", "str": "UTF-8 text"}


@dataclass(frozen=True)
class _File:
    """A file with a header: what its folders say of all its rows, and its names."""

    path: str
    nbytes: int
    keys: Mapping[str, str | None]
    names: tuple[str, ...]


class _Start(NamedTuple):
    """What the start of a file tells; no file where it has no rows."""

    file: _File | None
    found: Found


@dataclass(frozen=True)
class CsvFiles(TableFiles[_File]):
    """The rows of CSV files, one after the other.

    Parameters
    ----------
    columns, parts, first : as for all table files; the parts are the files that have rows
    """

    @classmethod
    def open(cls, files: Sequence[Path], columns: Mapping[str, str | Sequence[str]]) -> CsvFiles:
        """Read the start of each file, and infer the kinds of the columns.

        Parameters
        ----------
        files : in the order of their rows
        columns : mapping of role (``y_true``, ...) to a column's name, or to the names of several
            side by side: one column a class
        """
        needs = needs_of(columns)
        wanted = [need for each in needs.values() for need in each]
        block = min(max(_FIRST_BYTES // max(len(files), 1), _LEAST_FIRST_BYTES), BLOCK_BYTES)
        with ThreadPoolExecutor(min(_THREADS, len(files) or 1)) as pool:
            starts = list(pool.map(lambda path: _start(path, wanted, block), files))
        with_rows = [start for start in starts if start.file is not None]
        if not with_rows:
            more = f" and {len(files) - 1} more" if len(files) > 1 else ""
            msg = f"expected at least one row, got none in {str(files[0])!r}{more}"
            raise EmptyDataError(msg)
        found = combine(needs, [start.found for start in with_rows], _common)
        return cls(found, tuple(start.file for start in with_rows if start.file is not None))

    def pieces(self) -> Sequence[Piece]:
        """The files; how many rows each has shows when it is read."""
        return [Piece(None, file.nbytes, file.path) for file in self.parts]

    def read(
        self, piece: int, columns: Sequence[str], rows: slice | None = None
    ) -> Iterator[Mapping[str, Any]]:
        """The rows of one file, in chunks."""
        file = self.part(piece)
        start, stop = (0, None) if rows is None else (rows.start, rows.stop)
        # rows are counted by some column, even where the folders say all that is wanted
        names = self.columns.names(columns, file.keys) or [file.names[0]]
        chunks = _CsvChunks()
        for part in between(self._batches(file, names), start, stop):
            yield self.columns.chunk(columns, len(part), part.column, file.keys, chunks)

    def _batches(self, file: _File, names: Sequence[str]) -> Iterator[Any]:
        kinds = {name: self._kinds[name] for name in names if name in self._kinds}
        pa = arrow("CSV files")
        types = {name: _arrow_type(pa, kind) for name, kind in kinds.items()}
        with _parsing(file.path, file.names, kinds):
            yield from _open(file.path, BLOCK_BYTES, names, types)

    @cached_property
    def _kinds(self) -> dict[str, str]:
        """The kind to read each column as; integers where it is that in any of its roles."""
        kinds: dict[str, str] = {}
        for role in self.columns.roles:
            for need, column in zip(role.needs, role.parts, strict=True):
                if kinds.get(need.name) != "int":
                    kinds[need.name] = column.kind
        return kinds


class _CsvChunks(ArrowChunks):
    """Strings that are empty are missing; integers are floats in a role where others are."""

    def column(self, name: str, array: Any, column: Column) -> Any:
        if column.kind == "float":
            array = array.cast(arrow("CSV files").float64())
        values = super().column(name, array, column)
        if isinstance(values, Words) and "" in values.vocabulary:
            codes = values.codes
            return Words(np.where(values == "", np.int32(-1), codes), values.vocabulary)
        return values


def _start(path: Path, needs: Sequence[Need], block: int) -> _Start:
    """The header of a file, and the kinds of its first rows."""
    keys = folder_keys(path)
    names = header(path)
    if names is None:
        return _Start(None, Found(str(path), {}, keys))
    _check_header(str(path), names, needs, keys)
    inside = [need for need in needs if need.name in names]
    types = _first_types(path, names, sorted({need.name for need in inside}), block)
    if types is None:
        return _Start(None, Found(str(path), {}, keys))
    columns = {need: _column(str(path), need.name, types[need.name]) for need in inside}
    used = {need.name: keys[need.name] for need in needs if need.name not in names}
    file = _File(str(path), path.stat().st_size, used, tuple(names))
    return _Start(file, Found(str(path), columns, keys))


def header(path: Path) -> list[str] | None:
    """The names in the first line of a file; None where there is no line."""
    pa = arrow("CSV files")
    with _parsing(str(path), (), {}), pa.input_stream(str(path), compression="detect") as stream:
        # it decodes more than the header: text that nobody asked for may be in another encoding
        lines = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="")
        rows = csv.reader(lines, delimiter=_delimiter(str(path)))
        names = next((row for row in rows if row), None)
    if names and any(mark in name for name in names for mark in "\ufffd\0"):
        msg = f"expected UTF-8 text in {str(path)!r}, got other bytes in its header; convert it"
        raise InputError(msg)
    return names


def _check_header(path: str, names: Sequence[str], needs: Sequence[Need], keys: Any) -> None:
    known = with_keys(names, keys)
    try:
        check_names([need.name for need in needs], known, "there are", f" in {path!r}")
    except DistevalError as error:
        other = next((mark for mark in ",;\t|" if len(names) == 1 and mark in names[0]), "")
        if other:
            hint = f"; expected columns separated by {_delimiter(path)!r}, got {other!r}"
        elif any(_is_number(name) for name in names):
            hint = "; its first line should be a header with the names of the columns"
        else:
            raise
        raise type(error)(f"{error}{hint}") from None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _first_types(
    path: Path, names: Sequence[str], wanted: Sequence[str], block: int
) -> dict[str, Any] | None:
    """The Arrow types of columns, by the first rows; None where there is no row."""
    pa = arrow("CSV files")
    while True:
        try:
            with _parsing(str(path), names, {}):
                reader = _open(str(path), block, wanted or names[:1], {})
                rows = next((len(batch) for batch in reader if len(batch)), 0)
                return {field.name: field.type for field in reader.schema} if rows else None
        except CorruptFileError as error:
            # a row that is longer than a block
            long = isinstance(error.__cause__, pa.ArrowInvalid) and "straddl" in str(error)
            if not long or block > _MOST_ROW_BYTES:
                raise
            block *= 8


def _column(path: str, name: str, kind: Any) -> Column | None:
    """What an inferred type is here; text where it could be dates. None: no value yet."""
    types = arrow("CSV files").types
    if types.is_null(kind):
        return None
    if types.is_binary(kind):
        msg = f"expected UTF-8 text in column {name!r} of {path!r}, got other bytes; convert it"
        raise InputError(msg)
    numbers = types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind)
    return Column(np.dtype(kind.to_pandas_dtype()) if numbers else TEXT)


def _common(role: str, named: Sequence[tuple[str, Column]]) -> Column:
    """The column over all files: floats where some are integers; weights are floats always."""
    kinds = {column.kind for _, column in named}
    if kinds == {"int", "float"} or (role == WEIGHT and kinds == {"int"}):
        return Column(np.dtype(np.float64))
    if role == BY and len(kinds) > 1:
        return Column(TEXT)
    return common_column(named)


def _arrow_type(pa: Any, kind: str) -> Any:
    return {
        "int": pa.int64(),
        "float": pa.float64(),
        "bool": pa.bool_(),
        "str": pa.dictionary(pa.int32(), pa.string()),
    }[kind]


def _open(path: str, block: int, names: Sequence[str], types: Mapping[str, Any]) -> Any:
    """A streaming reader of some columns."""
    from pyarrow import csv as reader

    return reader.open_csv(
        path,
        # Dask's threads run in parallel already
        read_options=reader.ReadOptions(use_threads=False, block_size=block),
        parse_options=reader.ParseOptions(delimiter=_delimiter(path), newlines_in_values=True),
        convert_options=reader.ConvertOptions(include_columns=list(names), column_types=types),
    )


def _delimiter(path: str) -> str:
    return "\t" if ".tsv" in Path(path).suffixes else ","


@contextlib.contextmanager
def _parsing(path: str, names: Sequence[str], kinds: Mapping[str, str]) -> Iterator[None]:
    """Errors of reading, and of values that are not of the kind of their column."""
    try:
        with reading(path, "CSV", "a CSV file with a header", "cannot be read"):
            yield
    except CorruptFileError as error:
        misfit = _MISFIT.search(str(error.__cause__))
        if misfit is None or not kinds:
            raise
        raise ColumnTypeError(_misfit(path, names, kinds, misfit)) from error.__cause__


def _misfit(path: str, names: Sequence[str], kinds: Mapping[str, str], misfit: Any) -> str:
    name = names[int(misfit[1])]
    line = f" (row {int(misfit[2]) - 1} after the header)" if misfit[2] else ""
    return (
        f"expected {_MEANINGS[kinds[name]]} in column {name!r} of {path!r}, as the first rows of "
        f"the files have, got {misfit[3]}{line}; write all its values in one way (1.0, not 1, "
        "where others are 0.5), or save the table as Parquet"
    )
