"""Which source fits what was given."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from disteval.errors import ArgumentError
from disteval.protocol import BY, WEIGHT, Y_PRED, Y_TRUE, Source
from disteval.sources.batches import Batches
from disteval.sources.dask.arrays import DaskArrays, is_dask_array
from disteval.sources.dask.frames import DaskFrames, is_dask_frame
from disteval.sources.files.npy import NpyColumn, npz_members
from disteval.sources.files.pairing import paired
from disteval.sources.files.paths import SUFFIXES, common_format, paths
from disteval.sources.files.shards import are_files, shard_column, shards
from disteval.sources.memory.arrays import is_single
from disteval.sources.memory.frames import as_mapping
from disteval.sources.memory.libraries import library, memory_column, refuse_tasks
from disteval.sources.memory.objects import as_numpy
from disteval.sources.memory.pandas import check_indexes
from disteval.sources.memory.parts import MemoryColumn
from disteval.sources.names import check_names, names_of
from disteval.sources.renamed import renamed
from disteval.sources.side_by_side import SideBySide
from disteval.sources.table import ColumnData, Table


def open_source(
    y_true: Any,
    y_pred: Any = None,
    sample_weight: Any = None,
    data: Any = None,
    by: Any = None,
    columns: Sequence[str] = (),
) -> Source:
    """The source of up to four columns, and of others of `data`.

    Parameters
    ----------
    y_true, y_pred, sample_weight, by : arrays, lists, series, frames, tensors, paths or globs
        Names of columns where `data` is given; a list of names is one column a class.
    data : mapping of arrays, frame, files, Source, or iterable of mappings or frames, optional
        What the names refer to.
    columns : other columns of `data`, by their names there
    """
    if data is None:
        _refuse_columns(columns)
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
        return _from_data(wanted | {name: name for name in columns}, data)
    if y_pred is None and _holds_batches(y_true):
        _refuse_beside("batches", sample_weight, by)
        return Batches(y_true)
    for role, value in wanted.items():
        _refuse_file_names(role, value)
    return _assembled(wanted)


def _refuse_columns(columns: Sequence[str]) -> None:
    if columns:
        msg = (
            f"expected data= to hold the column {columns[0]!r}, which is a parameter of a metric, "
            "got no data=; give a table: evaluate('label', 'score', metrics, data=table)"
        )
        raise ArgumentError(msg)


def _refuse_file_names(role: str, values: Any) -> None:
    """A list of strings is labels: the names of files would be compared with each other."""
    if not isinstance(values, list | tuple) or not values:
        return
    if all(isinstance(value, str) and value.endswith(SUFFIXES) for value in values):
        msg = (
            f"expected data as {role}, got names of files such as {values[0]!r}; several files "
            "are a glob, a folder, or a list of Path objects"
        )
        raise ArgumentError(msg)


def _is_source(values: Any) -> bool:
    # to look at some frames' attributes costs time, and warnings; and what Dask has yet to compute
    # has, some of it, whatever attribute it is asked for
    plain = type(values) is not np.ndarray and not library(values) and not _has_tasks(values)
    return plain and isinstance(values, Source)


def _has_tasks(values: Any) -> bool:
    return hasattr(type(values), "__dask_graph__")


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
    if library(values) or _has_tasks(values) or hasattr(values, "__array__"):
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
        return renamed(data, _names(wanted))
    if are_files(data, str | Path):  # nothing else in data= is a string
        return _from_files(_names(wanted), [data] if isinstance(data, str | Path) else data)
    if is_dask_frame(data):
        return DaskFrames.of_frame(data, wanted)
    table = as_mapping(data)
    if table is not None:
        return _assembled({role: _pick(table, role, column) for role, column in wanted.items()})
    if _holds_batches(data):
        return Batches(data, _names(wanted))
    if not is_dask_array(data):
        refuse_tasks("data=", data)
    msg = (
        "expected data= to be a mapping of arrays, a dataframe, an Arrow table, files (Parquet, "
        "CSV, .npz), or an iterable of mappings or dataframes, got "
        f"{type(data).__name__}"
    )
    raise ArgumentError(msg)


def _from_files(names: Mapping[str, tuple[str, ...]], given: Sequence[str | Path]) -> Source:
    files = [path for item in given for path in paths(item)]
    match common_format(files):
        case "parquet":
            from disteval.sources.files.parquet import ParquetFiles

            return ParquetFiles.open(files, names)
        case "csv":
            from disteval.sources.files.csv import CsvFiles

            return CsvFiles.open(files, names)
        case "npy":
            msg = (
                f"expected files with named columns as data=, got {str(files[0])!r}; give .npy "
                "files as y_true= and y_pred= themselves"
            )
            raise ArgumentError(msg)
    archives = [(path, npz_members(path)) for path in files]
    columns = {}
    for role, several in names.items():
        arrays = [NpyColumn.in_archives(archives, name) for name in several]
        columns[role] = SideBySide.of(role, several, arrays)
    return Table(tuple(columns.items()))


def _names(wanted: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The names of each role's columns, one or several side by side."""
    return {role: names_of(column) or _refuse(role, column) for role, column in wanted.items()}


def _refuse(role: str, column: Any) -> NoReturn:
    msg = f"expected {role} to be a column name (a string) where data= is given, got {column!r:.80}"
    raise ArgumentError(msg)


def _pick(table: Mapping[Any, Any], role: str, column: Any) -> Any:
    """A column by name, several side by side, or what was given beside the table."""
    names = names_of(column)
    if names is None:
        if role != WEIGHT and is_single(column):
            _refuse(role, column)
        return column
    check_names(names, table)
    values = [table[name] for name in names]
    if len(values) == 1:
        return values[0]
    if all(map(is_dask_array, values)):
        return np.stack(values, axis=-1)  # stays lazy
    data = [_column(name, value, role) for name, value in zip(names, values, strict=True)]
    return SideBySide.of(role, names, data)


# --- columns one by one -------------------------------------------------------------------------


def _assembled(given: Mapping[str, Any]) -> Source:
    """The source of columns that may come from different places."""
    if any(map(is_dask_frame, given.values())):
        return DaskFrames.of_series(given)
    if any(map(is_dask_array, given.values())):
        return DaskArrays(given)
    if any(library(value) == "pandas" for value in given.values()):
        check_indexes(given)
    files = {role: shards(value) for role, value in given.items() if are_files(value)}
    ordered, notes = paired(files) if files else ({}, ())
    columns: dict[str, ColumnData] = {}
    for role, value in given.items():
        if role in ordered:
            columns[role] = shard_column(role, ordered[role])
        elif role == WEIGHT and is_single(value):
            rows = sum(columns[Y_TRUE].lengths)
            columns[role] = MemoryColumn(np.broadcast_to(as_numpy(role, value), rows))
        else:
            columns[role] = _column(role, value, role)
    return Table(tuple(columns.items()), notes)


def _column(name: str, value: Any, role: str) -> ColumnData:
    if isinstance(value, SideBySide):
        return value
    if are_files(value):
        return shard_column(role, shards(value))
    return memory_column(name, value, text=role == BY)
