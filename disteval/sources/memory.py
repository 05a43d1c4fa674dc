"""Arrays in memory: NumPy, CuPy, and anything with ``__array__``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from disteval import backend
from disteval.errors import ColumnTypeError, ShapeError
from disteval.protocol import Column
from disteval.sources.npy import NpyColumn, NpyFile


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


def column_of(array: Any) -> Column:
    """The schema of an array's rows."""
    return Column(np.dtype(array.dtype), tuple(size for size in array.shape[1:] if size != 1))


def as_array(name: str, values: Any) -> Any:
    """What was given as an array of numbers, booleans or strings.

    Parameters
    ----------
    name : for errors
    values : array, nested sequence, or anything with ``__array__``
    """
    if backend.is_device(values):
        return values
    array = values if isinstance(values, np.ndarray) else _converted(name, values)
    if array.dtype.kind == "O":
        array = _text_or_refuse(name, array)
    if array.dtype.kind == "S":
        array = _decoded(name, array)
    if array.ndim == 0:
        msg = f"expected {name} to have rows, got the single value {values!r}"
        raise ShapeError(msg)
    if array.dtype.kind not in "biufU":
        msg = (
            f"expected {name} to hold numbers, booleans or strings, got dtype {array.dtype}; "
            "convert the column first"
        )
        raise ColumnTypeError(msg)
    return array


def memory_column(name: str, values: Any) -> MemoryColumn | NpyColumn:
    """The column of an array; a memory map of a file is read from its file instead.

    A pickled memory map would carry all of the data.
    """
    array = as_array(name, values)
    if isinstance(array, np.memmap) and array.flags.c_contiguous and array.base is not None:
        file = NpyFile.of_memmap(array)
        if file is not None:
            return NpyColumn((file,))
    if isinstance(array, np.memmap):
        array = array.view(np.ndarray)
    return MemoryColumn(array)


def _converted(name: str, values: Any) -> Any:
    try:
        return np.asarray(values)
    except ValueError as error:
        msg = f"expected {name} to be an array with rows of one shape, got a ragged {_kind(values)}"
        raise ShapeError(msg) from error


def _decoded(name: str, array: Any) -> Any:
    try:
        return np.char.decode(array, "utf-8")
    except UnicodeDecodeError as error:
        msg = f"expected bytes in {name} to be UTF-8 text, got others ({error}); decode them first"
        raise ColumnTypeError(msg) from error


def _kind(values: Any) -> str:
    return type(values).__name__


def _text_or_refuse(name: str, array: Any) -> Any:
    found = {type(item).__name__ for item in array.ravel()[:1000].tolist()}
    if found == {"str"} and all(isinstance(item, str) for item in array.ravel().tolist()):
        return array.astype(np.str_)
    msg = (
        f"expected {name} to hold numbers, booleans or strings, got objects of type "
        f"{', '.join(sorted(found)) or 'nothing'}; convert the column first"
    )
    raise ColumnTypeError(msg)
