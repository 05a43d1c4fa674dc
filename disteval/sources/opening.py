"""Which source fits what was given."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from glob import glob, has_magic
from pathlib import Path
from typing import Any

import numpy as np

from disteval.errors import ArgumentError, SourceNotFoundError, UnknownNameError
from disteval.protocol import WEIGHT, Y_PRED, Y_TRUE, Source
from disteval.sources.batches import Batches
from disteval.sources.dask_arrays import DaskArrays, is_dask_array
from disteval.sources.memory import as_array, memory_column
from disteval.sources.npy import NpyColumn, NpyFile, NpzColumn, npz_members
from disteval.sources.table import ColumnData, Table


def open_source(
    y_true: Any, y_pred: Any = None, sample_weight: Any = None, data: Any = None
) -> Source:
    """The source of up to three columns.

    Parameters
    ----------
    y_true, y_pred, sample_weight : arrays, Dask arrays, paths or globs; names where data is given
    data : mapping of arrays, ``.npz`` path, or iterable of mappings, optional
        What the names refer to.
    """
    if isinstance(y_true, Source):
        _refuse_beside("a Source", y_pred, sample_weight, data)
        return y_true
    sample_weight = _each_row(sample_weight, y_true)
    given = {Y_TRUE: y_true, Y_PRED: y_pred, WEIGHT: sample_weight}
    wanted = {name: value for name, value in given.items() if value is not None}
    if data is not None:
        return _from_data(wanted, data)
    if y_pred is None and _holds_batches(y_true):
        _refuse_beside("batches", sample_weight)
        return Batches(y_true)
    if any(is_dask_array(value) for value in wanted.values()):
        return DaskArrays(wanted)
    if Y_TRUE not in wanted:
        msg = "expected y_true to be data, got None"
        raise ArgumentError(msg)
    return Table(tuple((name, _column(name, value)) for name, value in wanted.items()))


def _refuse_beside(what: str, *others: Any) -> None:
    if any(other is not None for other in others):
        msg = (
            f"expected {what} to bring all columns along, got y_pred=, sample_weight= or data= "
            "beside; put the weights into each batch: (y_true, y_pred, sample_weight)"
        )
        raise ArgumentError(msg)


def _each_row(weight: Any, rows: Any) -> Any:
    """One number as the weight of every row, where the rows can be counted; else as it came."""
    if weight is None or isinstance(weight, str | Path) or is_dask_array(weight):
        return weight
    if np.ndim(weight) or is_dask_array(rows) or not hasattr(rows, "__len__"):
        return weight
    return weight if isinstance(rows, str) else np.full(len(rows), weight)


def _from_data(wanted: Mapping[str, Any], data: Any) -> Source:
    if isinstance(data, Source):
        return data
    if isinstance(data, str | Path):
        return Table(tuple((n, _npz_column(paths(data), c)) for n, c in _names(wanted).items()))
    if isinstance(data, Mapping):
        columns = {name: _pick(data, column) for name, column in wanted.items()}
        return open_source(columns[Y_TRUE], columns.get(Y_PRED), columns.get(WEIGHT))
    if isinstance(data, Iterator) or _holds_batches(data):
        return Batches(data, _names(wanted))
    msg = (
        "expected data= to be a mapping of arrays, an .npz path or an iterable of mappings, got "
        f"{type(data).__name__}"
    )
    raise ArgumentError(msg)


def _names(wanted: Mapping[str, Any]) -> dict[str, str]:
    for name, column in wanted.items():
        if not isinstance(column, str):
            msg = f"expected {name} to be a column name where data= is given, got {column!r:.80}"
            raise ArgumentError(msg)
    return dict(wanted)


def _pick(data: Mapping[str, Any], column: Any) -> Any:
    """A column by name, several side by side, or an array given beside the table."""
    if isinstance(column, str):
        if column not in data:
            msg = f"there is no column {column!r}; the columns are {', '.join(map(str, data))}"
            raise UnknownNameError(msg)
        return data[column]
    if isinstance(column, list) and column and all(isinstance(c, str) for c in column):
        return np.stack([as_array(c, _pick(data, c)) for c in column], axis=-1)
    return column


def _holds_batches(values: Any) -> bool:
    if isinstance(values, Iterator):
        return True
    if hasattr(values, "__array__") or isinstance(values, str | Path | Mapping):
        return False
    if isinstance(values, Sequence):
        return bool(values) and (
            isinstance(values[0], Mapping)
            or (isinstance(values[0], tuple) and any(np.ndim(part) for part in values[0]))
        )
    return hasattr(values, "__iter__")


def _column(name: str, value: Any) -> ColumnData:
    if isinstance(value, str | Path) or _is_paths(value):
        files = [path for item in ([value] if isinstance(value, str | Path) else value)
                 for path in paths(item)]  # fmt: skip
        if all(path.suffix == ".npz" for path in files):
            return _npz_column(files, name)
        return NpyColumn(tuple(NpyFile.open(path) for path in files))
    return memory_column(name, value)


def _is_paths(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and isinstance(value[0], Path)


def _npz_column(files: Sequence[Path], name: str) -> NpzColumn:
    found = [npz_members(path) for path in files]
    if name not in found[0] and len(found[0]) == 1:
        (name,) = found[0]
    for path, members in zip(files, found, strict=True):
        if name not in members:
            msg = f"there is no array {name!r} in {str(path)!r}; it holds {', '.join(members)}"
            raise UnknownNameError(msg)
        members[name].check_rows()
    return NpzColumn(tuple(members[name] for members in found), name)


def paths(given: str | Path) -> list[Path]:
    """The files of a path, a directory or a glob, in natural order (shard-2 before shard-10)."""
    text = str(given)
    path = Path(text).expanduser()
    if path.is_dir():
        found = [p for p in path.iterdir() if p.suffix in (".npy", ".npz")]
    elif has_magic(text) and not path.exists():
        found = [Path(p) for p in glob(str(path), recursive=True)]  # noqa: PTH207  (keeps ** and absolute)
    else:
        found = [path] if path.exists() else []
    if not found:
        what = "file matches" if has_magic(text) else "file"
        msg = f"there is no {what} {text!r}"
        if isinstance(given, str) and not has_magic(text) and not path.suffix:
            msg += "; for a column of that name, give data= (a mapping, a table, an .npz file)"
        raise SourceNotFoundError(msg)
    return sorted(found, key=lambda p: natural(p.as_posix()))


def natural(text: str) -> list[tuple[int, int, str]]:
    """Sort key that takes runs of digits as numbers."""
    parts = re.split(r"(\d+)", text)
    return [(0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts]
