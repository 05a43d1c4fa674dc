"""The values of a column: arrays, masked arrays where some are missing, words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from disteval import backend
from disteval.numerics.words import Vocabulary, Words
from disteval.protocol import Column


def missing(rows: int, column: Column) -> Any:
    """Rows whose values are all missing."""
    shape = (rows, *column.shape)
    if column.kind == "str":
        return Words(np.full(shape, -1, np.int32), [])
    if column.kind == "float":
        return np.full(shape, np.nan, column.dtype)
    return np.ma.MaskedArray(np.zeros(shape, column.dtype), np.ones(shape, np.bool_))


def all_missing(values: Any) -> bool:
    """Whether there is no value at all."""
    if isinstance(values, Words):
        return bool((values.codes < 0).all())
    if isinstance(values, np.ma.MaskedArray):
        return bool(np.ma.getmaskarray(values).all())
    xp = backend.namespace(values)
    return not len(values) or (values.dtype.kind == "f" and bool(xp.isnan(values).all()))


def spread(values: Any, there: Any, column: Column) -> Any:
    """Rows that are there among rows that are missing as a whole.

    Parameters
    ----------
    values : of those that are there
    there : bool array (rows,)
    column : what the values are
    """
    if len(values) == len(there):
        return values
    out = missing(len(there), Column(column.dtype, values.shape[1:]))
    if isinstance(values, Words):
        out.codes[there] = values.codes
        return Words(out.codes, values.vocabulary)
    out[there] = values
    return out


def looked_up(codes: Any, values: Any) -> Any:
    """The value of each code; -1 is missing.

    Parameters
    ----------
    codes : int array (rows,)
    values : array (n,), or Words
    """
    if isinstance(values, Words):
        return Words(np.append(values.codes, np.int32(-1))[codes], values.vocabulary)
    gone = codes < 0
    if values.dtype.kind == "f":
        return np.append(values, values.dtype.type(np.nan))[codes]
    taken = np.append(values, values.dtype.type(0))[codes]
    return np.ma.MaskedArray(taken, gone) if gone.any() else taken


def joined(parts: Sequence[Any]) -> Any:
    """The values of some rows after those of others."""
    if len(parts) == 1:
        return parts[0]
    if any(isinstance(part, Words) for part in parts):
        vocabulary = Vocabulary()
        return Words(np.concatenate([vocabulary.codes(p) for p in parts]), vocabulary.words)
    masked = any(isinstance(part, np.ma.MaskedArray) for part in parts)
    return (np.ma.concatenate if masked else np.concatenate)(parts)


def stacked(columns: Sequence[Any], column: Column) -> Any:
    """The values of several columns side by side, (rows, columns); of one, as they are.

    Parameters
    ----------
    columns : values (rows,) of each
    column : what they are together, by `kinds.stacked_column`
    """
    if len(columns) == 1:
        return columns[0]
    if column.kind == "str":
        vocabulary = Vocabulary()
        codes = np.stack([vocabulary.codes(words) for words in columns], axis=-1)
        return Words(codes, vocabulary.words)
    masked = any(isinstance(values, np.ma.MaskedArray) for values in columns)
    stack = np.ma.stack if masked else np.stack
    return stack([values.astype(column.dtype, copy=False) for values in columns], axis=-1)
