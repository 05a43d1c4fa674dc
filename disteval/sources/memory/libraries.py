"""Which library it is of that something in memory is read by, as a column or as one array."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np

from disteval import backend
from disteval.errors import ArgumentError, ShapeError
from disteval.sources.memory import arrays, arrow, pandas, polars, tensors
from disteval.sources.memory.objects import as_numpy, first_leaf, from_sequence
from disteval.sources.memory.parts import MemoryColumn, whole
from disteval.sources.table import ColumnData

# libraries with a reader of their own: those whose arrays count alone (their data loaders are
# batches), and those that are tables throughout
_ARRAYS = {"torch": ("Tensor",), "jax": ("Array", "Tracer")}
_TABLES = ("pandas", "polars", "pyarrow")


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
    """The column of what is in memory.

    Parameters
    ----------
    name : for errors
    values : as for `as_array`
    text : whether dates will do, as text
    """
    if backend.is_device(values):
        return MemoryColumn(arrays.with_rows(name, values))
    if not isinstance(values, np.ndarray):
        values = _read(name, values, text=text)
        if not hasattr(values, "dtype"):
            return values  # type: ignore[no-any-return]
    return arrays.column(name, values, text=text)


def refuse_tasks(what: str, values: object) -> None:
    """Refuse what Dask has still to compute, in which there are no rows yet.

    Parameters
    ----------
    what : it was given as
    """
    # xarray's arrays say None where they hold no tasks
    if hasattr(values, "__dask_graph__") and values.__dask_graph__() is not None:
        kind = type(values).__name__
        remedy = "call .compute() on it, or give all columns as Dask's"
        if kind == "Bag":
            remedy = "make it a dataframe, .to_dataframe(), and name its columns"
        msg = f"expected {what} in memory, got a Dask {kind}; {remedy}"
        raise ArgumentError(msg)


def _read(name: str, values: Any, *, text: bool) -> Any:
    """An array or words of another type's values, or the column that reads them lazily."""
    match library(values):
        case "pandas":
            return pandas.column(name, values, text=text)
        case "polars":
            return polars.column(name, values, text=text)
        case "pyarrow":
            return arrow.column(name, values, text=text)
        case "torch":
            return tensors.of_torch(name, values)
        case "jax":
            return tensors.of_jax(name, values)
    if hasattr(values, "__cuda_array_interface__"):
        return tensors.on_device(name, values)
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
    refuse_tasks(name, values)
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
