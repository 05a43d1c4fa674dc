"""Arrow's types as columns, and Arrow's arrays as values.

Values without nulls are taken as they lie in memory. Strings become codes into a vocabulary by
Arrow's own dictionaries, so that no row's text is touched in Python.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from disteval.errors import MissingExtraError
from disteval.numerics.words import TEXT, Words
from disteval.protocol import Column
from disteval.sources.columns.dates import iso_moment
from disteval.sources.columns.kinds import no_kind, no_one_length
from disteval.sources.columns.values import missing, spread

_REMEDIES = (
    (("decimal",), "cast it to float64"),
    (("date", "timestamp"), "use it as by=, or cast it to strings"),
    (("temporal",), "cast it to numbers or strings"),
    (("map",), "take a value out of it, into a column of its own"),
    (("struct",), "take a field out of it, into a column of its own"),
    (
        ("binary", "large_binary", "fixed_size_binary"),
        "decode it to strings, or cast it to numbers",
    ),
    (("list", "large_list", "fixed_size_list"), "give it one number a place, rows of one length"),
)


def arrow(what: str) -> Any:
    """The pyarrow module, or the error that says how to get it.

    Parameters
    ----------
    what : is to be read
    """
    try:
        import pyarrow as pa
    except ImportError as error:
        msg = f"expected pyarrow, to read {what}; pip install 'disteval[parquet]'"
        raise MissingExtraError(msg) from error
    return pa


def is_list(kind: Any) -> bool:
    """Whether rows of this Arrow type are lists."""
    types = arrow("Arrow types").types
    return bool(types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind))


def is_text(kind: Any) -> bool:
    """Whether values of this Arrow type are strings."""
    types = arrow("Arrow types").types
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def list_length(array: Any) -> int | None:
    """The length of the first list of an Arrow array; None where all are missing."""
    import pyarrow.compute

    kept = array.drop_null()
    return pyarrow.compute.list_value_length(kept[:1])[0].as_py() if len(kept) else None


def arrow_column(name: str, kind: Any, *, dates: bool = False, length: int = 0) -> Column | None:
    """What a column of an Arrow type is here; None where it can hold nothing but nulls.

    Parameters
    ----------
    name : of the column, for errors
    kind : pyarrow.DataType
    dates : whether dates and times will do, as text
    length : of the lists, where the type does not tell
    """
    types = arrow("Arrow types").types
    if types.is_null(kind):
        return None
    if types.is_dictionary(kind):
        return arrow_column(name, kind.value_type, dates=dates)
    if is_list(kind) and (inner := _plain(kind.value_type)) is not None:
        length = kind.list_size if types.is_fixed_size_list(kind) else length
        return Column(inner, (length,) if length != 1 else ())
    plain = _plain(kind)
    if plain is None and dates and (types.is_date(kind) or types.is_timestamp(kind)):
        plain = TEXT
    if plain is None:
        remedies = (r for kinds, r in _REMEDIES for k in kinds if getattr(types, f"is_{k}")(kind))
        raise no_kind(f"column {name!r}", kind, next(remedies, "cast it"))
    return Column(plain)


def _plain(kind: Any) -> np.dtype[Any] | None:
    """The dtype of a type of single values; None of any other."""
    types = arrow("Arrow types").types
    if types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind):
        dtype: np.dtype[Any] = np.dtype(kind.to_pandas_dtype())
        return dtype
    return TEXT if is_text(kind) else None


class ArrowChunks:
    """Turns Arrow arrays into columns of chunks; keeps the vocabularies from chunk to chunk."""

    def __init__(self) -> None:
        self._vocabularies: dict[str, tuple[Any, list[str]]] = {}

    def column(self, name: str, array: Any, column: Column) -> Any:
        """The values: an array, a masked one where booleans or integers are missing, or Words.

        Parameters
        ----------
        name : of the column
        array : pyarrow.Array or pyarrow.ChunkedArray
        column : what it is here, by `arrow_column`
        """
        pa = arrow("Arrow arrays")
        if isinstance(array, pa.ChunkedArray):
            array = array.chunk(0) if array.num_chunks == 1 else array.combine_chunks()
        if pa.types.is_null(array.type):
            return missing(len(array), column)
        if is_list(array.type):
            return self._lists(name, array, column)
        return self._words(name, array) if column.kind == "str" else _numbers(pa, array)

    def _lists(self, name: str, array: Any, column: Column) -> Any:
        length = column.shape[0] if column.shape else 1
        kept = array.drop_null() if array.null_count else array
        if len(kept):
            _check_lengths(name, kept, length)
        values = self.column(name, kept.flatten(), Column(column.dtype))
        there = array.is_valid().to_numpy(zero_copy_only=False)
        return spread(values.reshape(len(kept), length), there, column)

    def _words(self, name: str, array: Any) -> Words:
        pa = arrow("Arrow arrays")
        if not pa.types.is_dictionary(array.type):
            if pa.types.is_string_view(array.type):
                array = array.cast(pa.large_string())
            array = array.dictionary_encode()
        vocabulary = self._vocabulary(name, array.dictionary)
        indices = array.indices.cast(pa.int32())
        indices = indices.fill_null(-1) if indices.null_count else indices
        codes = indices.to_numpy(zero_copy_only=False)
        if array.dictionary.null_count:  # a row may name the missing word
            known = array.dictionary.is_valid().to_numpy(zero_copy_only=False)
            table = np.append(np.where(known, np.arange(len(known)), -1), -1)
            codes = table.astype(np.int32)[codes]
        return Words(codes, vocabulary)

    def _vocabulary(self, name: str, dictionary: Any) -> list[str]:
        """The words of a dictionary: the same list while it is the same, or only grows."""
        known, words = self._vocabularies.get(name, (dictionary[:0], []))
        if not known.equals(dictionary[: len(known)]):
            known, words = dictionary[:0], []
        # readers of files add to the dictionary of a row group until its end
        words.extend(_texts(dictionary[len(known) :]))
        self._vocabularies[name] = dictionary, words
        return words


def _numbers(pa: Any, array: Any) -> Any:
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if not array.null_count or pa.types.is_floating(array.type):
        return array.to_numpy(zero_copy_only=False)  # missing floats are NaN
    mask = array.is_null().to_numpy(zero_copy_only=False)
    nothing = pa.scalar(0, pa.int8()).cast(array.type)
    return np.ma.MaskedArray(array.fill_null(nothing).to_numpy(zero_copy_only=False), mask)


def _check_lengths(name: str, array: Any, length: int) -> None:
    import pyarrow.compute

    least, most = pyarrow.compute.min_max(pyarrow.compute.list_value_length(array)).values()
    if (least.as_py(), most.as_py()) != (length, length):
        other = least.as_py() if least.as_py() != length else most.as_py()
        raise no_one_length(name, length, other)


def _texts(dictionary: Any) -> list[str]:
    pa = arrow("Arrow arrays")
    if pa.types.is_timestamp(dictionary.type):
        return _moments(pa, dictionary)
    if pa.types.is_date(dictionary.type):
        return [day.isoformat() for day in dictionary.to_pylist()]
    return ["" if word is None else word for word in dictionary.to_pylist()]


def _moments(pa: Any, values: Any) -> list[str]:
    """Times in ISO format, as Python's and pandas' are: the same text whatever their unit is."""
    whole = values.cast(pa.timestamp("us", values.type.tz), safe=False)
    if values.type.unit != "ns":
        return [moment.isoformat() for moment in whole.to_pylist()]
    rests = (values.cast(pa.int64()).to_numpy(zero_copy_only=False) % 1000).tolist()
    return [iso_moment(*each) for each in zip(whole.to_pylist(), rests, strict=True)]
