"""Which source fits what was given."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from disteval.errors import ArgumentError, SourceError, SourceNotFoundError
from disteval.numerics.words import Words
from disteval.protocol import BY, WEIGHT, Y_PRED, Y_TRUE, Source
from disteval.sources.batches import Batches
from disteval.sources.converted import SideBySide
from disteval.sources.dask_arrays import DaskArrays, is_dask_array
from disteval.sources.dask_frames import DaskFrames, is_dask_frame
from disteval.sources.frames import as_mapping
from disteval.sources.memory import MemoryColumn, as_array, library, memory_column
from disteval.sources.names import no_column
from disteval.sources.npy import NpyColumn, NpyFile, NpzColumn, npz_members
from disteval.sources.objects import as_numpy
from disteval.sources.pairing import paired
from disteval.sources.paths import common_format, format_of, paths
from disteval.sources.renamed import renamed
from disteval.sources.table import ColumnData, Table

_SHARDS = (".npy", ".npz")


def open_source(
    y_true: Any, y_pred: Any = None, sample_weight: Any = None, data: Any = None, by: Any = None
) -> Source:
    """The source of up to four columns.

    Parameters
    ----------
    y_true, y_pred, sample_weight, by : arrays, lists, series, frames, tensors, paths or globs
        Names of columns where `data` is given; a list of names is one column a class.
    data : mapping of arrays, frame, files, Source, or iterable of mappings or frames, optional
        What the names refer to.
    """
    if _is_source(y_true):
        _refuse_beside("a Source", y_pred, sample_weight, data, by)
        source: Source = y_true
        return source
    given = {Y_TRUE: y_true, Y_PRED: y_pred, WEIGHT: sample_weight, BY: by}
    wanted = {name: value for name, value in given.items() if value is not None}
    if Y_TRUE not in wanted:
        msg = "expected y_true to be data, got None"
        raise ArgumentError(msg)
    if data is not None:
        return _from_data(wanted, data)
    if y_pred is None and _holds_batches(y_true):
        _refuse_beside("batches", sample_weight, by)
        return Batches(y_true)
    return _assembled(wanted)


def _is_source(values: Any) -> bool:
    # to look at some frames' attributes costs time, and warnings
    return type(values) is not np.ndarray and not library(values) and isinstance(values, Source)


def _refuse_beside(what: str, *others: Any) -> None:
    if any(other is not None for other in others):
        msg = (
            f"expected {what} to bring all columns along, got y_pred=, sample_weight=, by= or "
            "data= beside; put the weights into each batch: (y_true, y_pred, sample_weight); to "
            "name columns, give the batches or the source as data="
        )
        raise ArgumentError(msg)


def _holds_batches(values: Any) -> bool:
    """Whether rows come batch by batch: an iterator, or a list of tuples of arrays or of tables."""
    if isinstance(values, Iterator):
        return True
    if library(values) or hasattr(values, "__array__"):
        return False
    if isinstance(values, Sequence):
        if not values or isinstance(values, str):
            return False
        first = values[0]
        return as_mapping(first) is not None or (
            isinstance(first, tuple) and any(map(_has_rows, first))
        )
    return hasattr(values, "__iter__") and not isinstance(values, Collection | Path)


def _has_rows(values: Any) -> bool:
    single = isinstance(values, str | bytes) or getattr(values, "ndim", 1) == 0
    return hasattr(values, "__len__") and not single


# --- columns of data= ---------------------------------------------------------------------------


def _from_data(wanted: Mapping[str, Any], data: Any) -> Source:
    if _is_source(data):
        names = _names(wanted)
        several = next((role for role, name in names.items() if not isinstance(name, str)), None)
        if several is not None:
            msg = f"expected one column of the Source as {several}, got {list(names[several])}"
            raise ArgumentError(msg)
        return renamed(data, {role: str(name) for role, name in names.items()})
    if _are_files(data):
        return _from_files(wanted, [data] if isinstance(data, str | Path) else data)
    if is_dask_frame(data):
        return DaskFrames.of_frame(data, _names(wanted))
    table = as_mapping(data)
    if table is not None:
        return _assembled({role: _pick(table, role, column) for role, column in wanted.items()})
    if isinstance(data, Iterator) or _holds_batches(data):
        return Batches(data, _names(wanted))
    msg = (
        "expected data= to be a mapping of arrays, a dataframe, an Arrow table, files (Parquet, "
        "CSV, .npz), or an iterable of mappings or dataframes, got "
        f"{type(data).__name__}"
    )
    raise ArgumentError(msg)


def _are_files(data: Any) -> bool:
    """Whether this is a path, or a list of paths: nothing else in data= is a string."""
    if isinstance(data, str | Path):
        return True
    return isinstance(data, list | tuple) and bool(data) and isinstance(data[0], str | Path)


def _from_files(wanted: Mapping[str, Any], given: Sequence[str | Path]) -> Source:
    names = _names(wanted)
    files = [path for item in given for path in paths(item)]
    match common_format(files):
        case "parquet":
            from disteval.sources.parquet import ParquetFiles

            return ParquetFiles.open(files, names)
        case "csv":
            from disteval.sources.csv import CsvFiles

            return CsvFiles.open(files, names)
        case "npy":
            msg = (
                f"expected files with named columns as data=, got {str(files[0])!r}; give .npy "
                "files as y_true= and y_pred= themselves"
            )
            raise ArgumentError(msg)
    columns = {}
    for role, column in names.items():
        several = (column,) if isinstance(column, str) else column
        columns[role] = SideBySide.of(role, several, [_npz_column(files, n) for n in several])
    return Table(tuple(columns.items()))


def _names(wanted: Mapping[str, Any]) -> dict[str, str | tuple[str, ...]]:
    return {role: _name(role, column) for role, column in wanted.items()}


def _name(role: str, column: Any) -> str | tuple[str, ...]:
    """A column's name, or those of several side by side."""
    if isinstance(column, str):
        return column
    if _is_names(column):
        return tuple(column)
    msg = f"expected {role} to be a column name where data= is given, got {column!r:.80}"
    raise ArgumentError(msg)


def _is_names(column: Any) -> bool:
    listed = isinstance(column, list | tuple) and bool(column)
    return listed and all(isinstance(name, str) for name in column)


def _pick(table: Mapping[Any, Any], role: str, column: Any) -> Any:
    """A column by name, several side by side, or what was given beside the table."""
    if _is_names(column):
        values = [_pick(table, role, name) for name in column]
        if all(map(is_dask_array, values)):
            return np.stack(values, axis=-1)  # stays lazy
        data = [_column(name, value, role) for name, value in zip(column, values, strict=True)]
        return SideBySide.of(role, column, data)
    if not isinstance(column, str):
        return column
    if column not in table:
        raise no_column(f"there is no column {column!r}", column, table, "the columns are")
    return table[column]


# --- columns one by one -------------------------------------------------------------------------


def _assembled(given: Mapping[str, Any]) -> Source:
    """The source of columns that may come from different places."""
    if any(map(is_dask_frame, given.values())):
        return DaskFrames.of_series(given)
    if any(map(is_dask_array, given.values())):
        return DaskArrays({role: _beside_dask(role, value) for role, value in given.items()})
    if any(library(value) == "pandas" for value in given.values()):
        from disteval.sources.pandas_frames import check_indexes

        check_indexes(given)
    files = {role: _shards(value) for role, value in given.items() if _are_shards(value)}
    ordered, notes = paired(files) if files else ({}, ())
    columns: dict[str, ColumnData] = {}
    for role, value in given.items():
        if role in ordered:
            columns[role] = _file_column(role, ordered[role])
        elif role == WEIGHT and _is_single(value):
            rows = sum(columns[Y_TRUE].lengths)
            columns[role] = MemoryColumn(np.broadcast_to(as_numpy(role, value), rows))
        else:
            columns[role] = _column(role, value, role)
    return Table(tuple(columns.items()), notes)


def _is_single(value: Any) -> bool:
    """Whether this is one number, to be the weight of every row."""
    return isinstance(value, int | float | np.generic) or getattr(value, "ndim", None) == 0


def _column(name: str, value: Any, role: str) -> ColumnData:
    if isinstance(value, SideBySide):
        return value
    if _are_shards(value):
        return _file_column(role, _shards(value))
    return memory_column(name, value, text=role == BY)


def _beside_dask(role: str, value: Any) -> Any:
    """An array in memory as Dask can cut it; Dask arrays as they are."""
    if is_dask_array(value) or (role == WEIGHT and _is_single(value)):
        return value
    array = as_array(role, value, text=role == BY)
    if not isinstance(array, Words):
        return array
    missing = array.codes < 0
    text = np.array([*array.vocabulary, ""])[array.codes]
    return np.ma.MaskedArray(text, missing) if missing.any() else text


# --- files of one column each -------------------------------------------------------------------


def _are_shards(value: Any) -> bool:
    """Whether this is a path, or a list of paths (a list of strings is labels)."""
    if isinstance(value, str | Path):
        return True
    return isinstance(value, list | tuple) and bool(value) and isinstance(value[0], Path)


def _shards(value: Any) -> list[Path]:
    files = [file for item in ([value] if isinstance(value, str | Path) else value)
             for file in _arrays_in(item)]  # fmt: skip
    for file in files:
        if file.suffix not in _SHARDS and format_of(file) in ("parquet", "csv"):
            msg = (
                f"expected arrays (.npy or .npz files), got the table {str(file)!r}; give it as "
                "data=, and its columns by name"
            )
            raise SourceError(msg)
    return files


def _arrays_in(given: str | Path) -> list[Path]:
    try:
        return paths(given, _SHARDS)
    except SourceNotFoundError:
        return paths(given)  # tables, or nothing at all


def _file_column(role: str, files: Sequence[Path]) -> NpyColumn | NpzColumn:
    if all(path.suffix == ".npz" for path in files):
        return _npz_column(files, role, alone=True)
    return NpyColumn(tuple(NpyFile.open(path) for path in files))


def _npz_column(files: Sequence[Path], name: str, *, alone: bool = False) -> NpzColumn:
    """An array of archives by name; where it is `alone` in them, whatever its name is."""
    found = [npz_members(path) for path in files]
    if alone and name not in found[0] and len(found[0]) == 1:
        (name,) = found[0]
    for path, members in zip(files, found, strict=True):
        if name not in members:
            lead = f"there is no array {name!r} in {str(path)!r}"
            raise no_column(lead, name, members, "it holds")
        members[name].check_rows()
    return NpzColumn(tuple(members[name] for members in found), name)
