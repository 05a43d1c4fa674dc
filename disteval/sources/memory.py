"""Columns in memory: NumPy's arrays, and what every other library holds, by its own reader."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

import numpy as np

from disteval import backend
from disteval.errors import ArgumentError, ColumnTypeError, ShapeError
from disteval.numerics.words import TEXT, Words
from disteval.protocol import Column
from disteval.sources.converted import Converted, whole
from disteval.sources.dates import iso_words
from disteval.sources.npy import NpyColumn, NpyFile
from disteval.sources.objects import as_numpy, first_leaf, from_objects, from_sequence
from disteval.sources.table import ColumnData
from disteval.sources.tensors import is_narrow, of_jax, of_narrow, of_torch, on_device

# libraries with a reader of their own: those whose arrays count alone (their data loaders are
# batches), and those that are tables throughout
_ARRAYS = {"torch": ("Tensor",), "jax": ("Array", "Tracer")}
_TABLES = ("pandas", "polars", "pyarrow")


@dataclass(frozen=True, eq=False)
class MemoryColumn:
    """One array as one part.

    Parameters
    ----------
    array : (rows, ...)
    """

    array: Any

    @property
    def column(self) -> Column:
        """Kind and shape; trailing axes of length one are dropped."""
        return column_of(self.array)

    @property
    def lengths(self) -> tuple[int, ...]:
        """The only length."""
        return (len(self.array),)

    def token(self, part: int) -> str:  # noqa: ARG002  (there is one part)
        """An array has no name."""
        return ""

    def read(self, part: int, start: int, stop: int) -> Any:  # noqa: ARG002
        """A view."""
        return self.array[start:stop]

    def restrict(self, part: int, start: int, stop: int) -> MemoryColumn:  # noqa: ARG002
        """A view of the rows: only they are pickled."""
        return MemoryColumn(self.array[start:stop])

    def __getstate__(self) -> dict[str, Any]:
        array = self.array
        if isinstance(array, Words) and len(array.vocabulary) > array.size:
            array = _without_others(array)
        return {"array": array}


def column_of(array: Any) -> Column:
    """The schema of an array's rows."""
    return Column(np.dtype(array.dtype), tuple(size for size in array.shape[1:] if size != 1))


def library(values: object) -> str:
    """Which of the libraries with a reader of their own a value is of; "" if of none."""
    for kind in type(values).__mro__:
        package = kind.__module__.partition(".")[0]
        if package in _TABLES or kind.__name__ in _ARRAYS.get(package, ()):
            return package
    return ""


def as_array(name: str, values: Any, *, text: bool = False) -> Any:
    """All of what was given as one array: NumPy's, CuPy's, a masked one, or words.

    Parameters
    ----------
    name : for errors
    values : array, list, series, tensor, or anything with ``__array__``
    text : whether dates will do, as text
    """
    if type(values) is np.ndarray and values.dtype.kind in "biuf" and values.ndim:
        return values  # nearly always, batch by batch
    if isinstance(values, np.memmap):
        values = values.view(np.ndarray)
    data = memory_column(name, values, text=text)
    return data.array if isinstance(data, MemoryColumn) else whole(data)


def memory_column(name: str, values: Any, *, text: bool = False) -> ColumnData:
    """The column of what is in memory; a memory map of a file is read from its file instead.

    A pickled memory map would carry all of the data.

    Parameters
    ----------
    name : for errors
    values : as for `as_array`
    text : whether dates will do, as text
    """
    if backend.is_device(values):
        return MemoryColumn(_with_rows(name, values))
    if type(values) is not np.ndarray:
        values = _read(name, values, text=text)
        if not hasattr(values, "dtype"):
            return values  # type: ignore[no-any-return]
    if isinstance(values, np.memmap) and values.flags.c_contiguous and values.base is not None:
        file = NpyFile.of_memmap(values)
        if file is not None:
            return NpyColumn((file,))
    if isinstance(values, np.ndarray) and not isinstance(values, np.ma.MaskedArray):
        values = values.view(np.ndarray)
    return _array_column(name, values, text=text)


def _read(name: str, values: Any, *, text: bool) -> Any:
    """A value of another type as an array or words, or as the column that reads it lazily."""
    if isinstance(values, np.ndarray):
        return values
    match library(values):
        case "pandas":
            from disteval.sources import pandas_frames

            return pandas_frames.column(name, values, text=text)
        case "polars":
            from disteval.sources import polars_frames

            return polars_frames.column(name, values, text=text)
        case "pyarrow":
            from disteval.sources import arrow_tables

            return arrow_tables.column(name, values, text=text)
        case "torch":
            return of_torch(name, values)
        case "jax":
            return of_jax(name, values)
    if hasattr(values, "__cuda_array_interface__"):
        return on_device(name, values)
    return _of_others(name, values, text=text)


def _of_others(name: str, values: Any, *, text: bool) -> Any:
    """Lists, other sequences, and anything that NumPy can read."""
    if isinstance(values, Iterator | Mapping | AbstractSet):
        what = type(values).__name__
        remedy = "give list(...) of it"
        if isinstance(values, Mapping):
            remedy = "give it as data=, and the columns by name"
        msg = f"expected {name} to be an array or a list, got a {what}; {remedy}"
        raise ArgumentError(msg)
    # xarray's arrays say None where they hold no tasks
    if hasattr(values, "__dask_graph__") and values.__dask_graph__() is not None:
        msg = (
            f"expected {name} in memory, got a Dask {type(values).__name__}; call .compute() on "
            "it, or give all columns as Dask's"
        )
        raise ArgumentError(msg)
    if hasattr(values, "__array__") or not isinstance(values, Collection):
        return as_numpy(name, values)
    if isinstance(values, str | bytes):
        msg = f"expected {name} to have rows, got the single value {values!r:.80}"
        raise ShapeError(msg)
    if not isinstance(values, Sequence):
        values = list(values)
    if library(first_leaf(values)) == "torch":
        values = [_untensored(name, item) for item in values]
    return from_sequence(name, values, text=text)


def _untensored(name: str, item: Any) -> Any:
    """A list of tensors as one of what NumPy reads, whatever their dtype is."""
    if isinstance(item, list | tuple):
        return [_untensored(name, part) for part in item]
    return as_array(name, item[None])[0] if library(item) == "torch" else item


def _array_column(name: str, array: Any, *, text: bool) -> ColumnData:
    """The column of a NumPy array, or of words."""
    kind = array.dtype.kind
    if kind in "Vf" and is_narrow(array.dtype):
        return of_narrow(_with_rows(name, array))
    if kind in "OT":
        array = _of_objects(name, array, text=text)
    elif kind == "S":
        array = _decoded(name, array)
    array = _with_rows(name, array)
    if kind == "M" and text:
        return Converted((array,), Column(TEXT, column_of(array).shape), iso_words)
    if array.dtype.kind not in "biufU":
        msg = (
            f"expected {name} to hold numbers, booleans or strings, got dtype {array.dtype}; "
            "convert the column first"
        )
        raise ColumnTypeError(msg)
    if isinstance(array, np.ma.MaskedArray) and array.dtype.kind == "f":
        return Converted((array,), column_of(array), _with_nan)
    return MemoryColumn(array)


def _with_rows(name: str, array: Any) -> Any:
    if array.ndim == 0:
        msg = f"expected {name} to have rows, got the single value {array[()]!s:.80}"
        raise ShapeError(msg)
    return array


def _of_objects(name: str, array: Any, *, text: bool) -> Any:
    if array.ndim == 0:
        msg = (
            f"expected {name} to be an array, a list or a column of a table, got "
            f"{type(array[()]).__name__}; convert it to an array"
        )
        raise ColumnTypeError(msg)
    if isinstance(array, np.ma.MaskedArray):
        array, lost = array.data.copy(), np.ma.getmaskarray(array)
        array[lost] = None
    return from_objects(name, array.astype(object, copy=False), text=text)


def _decoded(name: str, array: Any) -> Any:
    try:
        decoded = np.char.decode(np.asarray(array), "utf-8")
    except UnicodeDecodeError as error:
        msg = f"expected bytes in {name} to be UTF-8 text, got others ({error}); decode them first"
        raise ColumnTypeError(msg) from error
    mask = np.ma.getmask(array)
    return decoded if mask is np.ma.nomask else np.ma.MaskedArray(decoded, mask)


def _with_nan(array: Any) -> Any:
    return array.filled(np.nan)


def _without_others(words: Words) -> Words:
    """The same words, of a vocabulary of no others: it is sent with every task."""
    used, codes = np.unique(words.codes, return_inverse=True)
    codes = codes.reshape(words.codes.shape).astype(np.int32)
    lost = int(used[0] < 0) if used.size else 0
    return Words(codes - np.int32(lost), [words.vocabulary[i] for i in used[lost:]])
