"""Kinds of columns: of an array, of several shards, of several columns side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from disteval.errors import ColumnTypeError, ShapeError
from disteval.protocol import Column


def column_of(array: Any) -> Column:
    """What an array's rows are."""
    shape, given = row_shape(array.shape), tuple(array.shape[1:])
    known = all(isinstance(size, int) for size in given)  # Dask may not know
    return Column(np.dtype(array.dtype), shape, given if known and given != shape else None)


def row_shape(shape: Sequence[float]) -> tuple[int, ...]:
    """The shape of one row of an array of this shape; axes of length one are dropped."""
    return tuple(int(size) for size in shape[1:] if size != 1)


def common_column(named: Sequence[tuple[str, Column]]) -> Column:
    """The column of all shards together: one kind and shape, the widest dtype.

    Parameters
    ----------
    named : (path, for errors; what the column is there)
    """
    first_path, first = named[0]
    dtype = first.dtype
    for path, column in named[1:]:
        if column.kind != first.kind or column.shape != first.shape:
            msg = (
                f"expected shards of one kind and shape, got {first.dtype} {first.shape} in "
                f"{first_path!r} and {column.dtype} {column.shape} in {path!r}"
            )
            raise ColumnTypeError(msg)
        dtype = np.promote_types(dtype, column.dtype)
    if Column(dtype).kind != first.kind:  # int64 and uint64 would become floats
        msg = f"expected integer shards of one signedness, got mixed ones from {first_path!r} on"
        raise ColumnTypeError(msg)
    return Column(dtype, first.shape)


def stacked_column(what: str, names: Sequence[str], columns: Sequence[Column]) -> Column:
    """Columns of one value a row as one (rows, columns), of the widest dtype; one is itself.

    Parameters
    ----------
    what : they are together, for errors
    names : of the columns
    columns : what each is
    """
    if len(columns) == 1:
        return columns[0]
    kinds = {column.kind for column in columns}
    alike = len(kinds) == 1 or kinds == {"int", "float"}
    if not alike or any(column.shape for column in columns):
        given = ", ".join(
            f"{name}: {column.kind}{f' {column.shape}' if column.shape else ''}"
            for name, column in zip(names, columns, strict=True)
        )
        msg = (
            f"expected the columns of {what} to hold one value a row, all numbers, all strings or "
            f"all booleans, got {given}"
        )
        raise ColumnTypeError(msg)
    dtype = np.result_type(*(column.dtype for column in columns))
    if dtype.kind == "f" and kinds == {"int"}:
        msg = f"expected integers of one signedness in the columns of {what}, got mixed ones"
        raise ColumnTypeError(msg)
    return Column(dtype, (len(columns),))


def no_kind(name: str, given: object, remedy: str = "convert the column first") -> ColumnTypeError:
    """The error to raise where values are of no kind that a column can have.

    Parameters
    ----------
    name : of the column
    given : what its values are
    """
    msg = f"expected {name} to hold numbers, booleans or strings, got {given}; {remedy}"
    return ColumnTypeError(msg)


def no_one_length(name: str, length: int, other: int) -> ShapeError:
    """The error to raise where the lists of a column are of several lengths."""
    msg = (
        f"expected lists of one length in column {name!r}, got {length} and {other} values; pad "
        "or cut them"
    )
    return ShapeError(msg)
