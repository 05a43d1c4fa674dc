"""Python objects: lists, and arrays of objects, as numbers, booleans or words.

Objects hold Python's lock however they are read, so they are converted at once where they come
in; what they become takes less memory than they did.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import date
from itertools import count
from typing import Any

import numpy as np

from disteval.errors import ColumnTypeError, ShapeError
from disteval.numerics.words import Words
from disteval.sources.columns.dates import iso_words
from disteval.sources.columns.kinds import no_kind

_MISSING = ("NoneType", "NAType", "NaTType")  # None, and pandas' two
_FLOATS = (float, np.floating)
_BOOLS = (bool, np.bool_)
_INTEGERS = (int, np.integer, np.bool_)
_DATES = (date, np.datetime64)


def from_sequence(name: str, values: Sequence[Any], *, text: bool = False) -> Any:
    """A list or another sequence as an array, a masked array or words.

    Parameters
    ----------
    name : for errors
    values : numbers, booleans, strings, or rows of these; None is missing
    text : whether dates will do, as text
    """
    if isinstance(values, range):
        return np.arange(values.start, values.stop, values.step)
    first = first_leaf(values)
    if isinstance(first, str | bytes):
        # an array of text would be as wide as the longest, for every row
        return from_objects(name, np.asarray(values, object), text=text)
    array = as_numpy(name, values)
    if array.dtype.kind == "U":  # NumPy spells out the NaN or the number before the strings
        array = np.asarray(values, object)
    if array.dtype.kind == "f" and type(first) is int:  # a float further on, or none holds them
        items = np.asarray(values, object)
        array = items if all(type(item) is int for item in items.ravel().tolist()) else array
    return from_objects(name, array, text=text) if array.dtype.kind == "O" else array


def from_objects(name: str, array: Any, *, text: bool = False) -> Any:
    """An array of Python objects as an array, a masked array or words.

    Parameters
    ----------
    name : for errors
    array : of dtype object, (rows, ...)
    text : whether dates will do, as text
    """
    flat = array.ravel().tolist()
    types = set(map(type, flat))
    found = {kind for kind in types if not _is_missing(kind)}
    if found and found == types and found <= {list, tuple, np.ndarray}:
        return _from_rows(name, flat, text=text)
    made = _converted(name, flat, found, text=text)
    if made is None:
        given = ", ".join(sorted(kind.__name__ for kind in types))
        raise no_kind(name, f"objects of type {given}")
    return made.reshape(array.shape)


def as_numpy(name: str, values: Any) -> Any:
    """What NumPy makes of it; an error of ours where it fails."""
    what = type(values).__name__
    try:
        return np.asarray(values)
    except ValueError as error:
        msg = f"expected {name} to be an array with rows of one shape, got a ragged {what}"
        if isinstance(values, Sequence) and hasattr(values[0], "__array__"):
            msg += (
                "; if its items are batches, join them by np.concatenate, or give evaluate() "
                "the batches: [(y_true, y_pred), ...]"
            )
        raise ShapeError(msg) from error
    except (TypeError, RuntimeError) as error:
        msg = f"expected {name} to be an array, got a {what} that NumPy cannot read ({error})"
        raise ColumnTypeError(msg) from error


def not_utf_8(name: str, error: UnicodeDecodeError) -> ColumnTypeError:
    """The error to raise where bytes are no text."""
    msg = f"expected bytes in {name} to be UTF-8 text, got others ({error}); decode them first"
    return ColumnTypeError(msg)


def first_leaf(values: Any) -> Any:
    """The first item of a list, or of its first item, and so on."""
    while isinstance(values, list | tuple) and values:
        values = values[0]
    return values


def _is_missing(kind: type) -> bool:
    return kind.__name__ in _MISSING


def _gone(value: Any) -> bool:
    """Whether a value is missing: None, NaN, and what pandas has for them."""
    if isinstance(value, np.datetime64):
        return bool(np.isnat(value))
    return _is_missing(type(value)) or (isinstance(value, _FLOATS) and value != value)  # noqa: PLR0124


def _converted(name: str, flat: list[Any], found: Collection[type], *, text: bool) -> Any:
    """The values, (n,); None where they are of no kind that a column can have."""
    rest = {kind for kind in found if not issubclass(kind, _FLOATS)}
    floats = len(rest) < len(found)
    if not rest or (floats and _all(rest, _INTEGERS) and not _all(rest, _BOOLS)):
        return np.array([np.nan if _gone(value) else value for value in flat], np.float64)
    # among others than numbers, a float can only be a NaN, which is missing
    if floats and any(isinstance(value, _FLOATS) and not _gone(value) for value in flat):
        return None
    if _all(rest, _INTEGERS):
        return _integers(name, flat, rest)
    if _all(rest, (str, bytes)):
        return _words(name, flat, _spelled)
    if text and _all(rest, _DATES):
        return _words(name, flat, _iso)
    return None


def _all(kinds: Collection[type], of: tuple[type, ...]) -> bool:
    return all(issubclass(kind, of) for kind in kinds)


def _integers(name: str, flat: list[Any], kinds: Collection[type]) -> Any:
    """Integers or booleans, masked where some are missing."""
    gone = np.fromiter(map(_gone, flat), np.bool_, len(flat))
    filled = [0 if lost else int(value) for value, lost in zip(flat, gone, strict=True)]
    if _all(kinds, _BOOLS):
        dtype = np.dtype(np.bool_)
    else:
        dtype = _integer_dtype(name, min(filled), max(filled))
    values = np.array(filled, dtype)
    return np.ma.MaskedArray(values, gone) if gone.any() else values


def _integer_dtype(name: str, low: int, high: int) -> np.dtype[Any]:
    for dtype in (np.int64, np.uint64):
        if np.iinfo(dtype).min <= low and high <= np.iinfo(dtype).max:
            return np.dtype(dtype)
    msg = (
        f"expected integers of 64 bits in {name}, got {low} to {high}; make them labels of text, "
        "or floats"
    )
    raise ColumnTypeError(msg)


def _words(name: str, flat: list[Any], spell: Callable[[Any], str]) -> Words:
    numbers: defaultdict[Any, int] = defaultdict(count().__next__)
    codes = np.fromiter(map(numbers.__getitem__, flat), np.int32, len(flat))
    vocabulary: dict[str, int] = {}
    try:
        table = [
            -1 if _gone(value) else vocabulary.setdefault(spell(value), len(vocabulary))
            for value in numbers
        ]
    except UnicodeDecodeError as error:
        raise not_utf_8(name, error) from error
    return Words(np.array(table, np.int32)[codes], list(vocabulary))


def _spelled(value: str | bytes) -> str:
    # a member of a str enum is its value, whatever it prints as
    return value.decode() if isinstance(value, bytes) else str.__str__(value)


def _iso(value: Any) -> str:
    if isinstance(value, np.datetime64):
        return iso_words(np.array([value])).vocabulary[0]
    return str(value.isoformat())


def _from_rows(name: str, rows: list[Any], *, text: bool) -> Any:
    """A column whose values are lists or arrays: one row each."""
    lengths = {len(row) for row in rows}
    if len(lengths) > 1:
        msg = (
            f"expected {name} to be an array with rows of one shape, got ragged rows of "
            f"{min(lengths)} to {max(lengths)} values"
        )
        raise ShapeError(msg)
    return from_sequence(name, rows, text=text)
