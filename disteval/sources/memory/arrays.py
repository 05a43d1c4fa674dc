"""NumPy's arrays as columns: as they lie, masked, of bytes, of objects, mapped from files."""

from __future__ import annotations

from typing import Any

import numpy as np

from disteval.errors import ColumnTypeError, ShapeError
from disteval.numerics.words import TEXT
from disteval.protocol import Column
from disteval.sources.columns.dates import iso_words
from disteval.sources.columns.kinds import column_of, no_kind
from disteval.sources.files.npy import NpyColumn, NpyFile
from disteval.sources.memory.objects import from_objects, not_utf_8
from disteval.sources.memory.parts import Converted, MemoryColumn
from disteval.sources.memory.tensors import is_narrow, of_narrow
from disteval.sources.table import ColumnData


def column(name: str, array: Any, *, text: bool = False) -> ColumnData:
    """The column of an array; a memory map of a file is read from its file instead.

    A pickled memory map would carry all of the data.

    Parameters
    ----------
    name : for errors
    array : NumPy's (or CuPy's), or words
    text : whether dates will do, as text
    """
    if isinstance(array, np.memmap):
        file = NpyFile.of_memmap(array)
        if file is not None:
            return NpyColumn((file,))
    if isinstance(array, np.ndarray) and not isinstance(array, np.ma.MaskedArray):
        array = array.view(np.ndarray)
    kind = array.dtype.kind
    if kind in "Vf" and is_narrow(array.dtype):
        return of_narrow(with_rows(name, array))
    if kind in "OT":
        array = _of_objects(name, array, text=text)
    elif kind == "S":
        array = _decoded(name, array)
    array = with_rows(name, array)
    if kind == "M" and text:
        return Converted((array,), Column(TEXT, column_of(array).shape), iso_words)
    if array.dtype.kind not in "biufU":
        raise no_kind(name, f"dtype {array.dtype}")
    if isinstance(array, np.ma.MaskedArray) and array.dtype.kind == "f":
        return Converted((array,), column_of(array), _with_nan)
    return MemoryColumn(array)


def with_rows(name: str, array: Any) -> Any:
    """The array, if it has rows."""
    if array.ndim == 0:
        msg = f"expected {name} to have rows, got the single value {array[()]!s:.80}"
        raise ShapeError(msg)
    return array


def is_single(value: Any) -> bool:
    """Whether this is one number, which can be the weight of every row."""
    return isinstance(value, int | float | np.generic) or getattr(value, "ndim", None) == 0


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
        raise not_utf_8(name, error) from error
    mask = np.ma.getmask(array)
    return decoded if mask is np.ma.nomask else np.ma.MaskedArray(decoded, mask)


def _with_nan(array: Any) -> Any:
    return array.filled(np.nan)
