"""Polars series and dataframes, read a few rows at a time. Nothing goes through Arrow."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from disteval.errors import ArgumentError, ColumnTypeError
from disteval.numerics.words import TEXT, Words
from disteval.protocol import Column
from disteval.sources.columns.dates import iso_moment, iso_words
from disteval.sources.columns.kinds import no_kind, no_one_length
from disteval.sources.columns.values import spread
from disteval.sources.memory.parts import LONG_CHUNKS, Converted, MemoryColumn, in_parts
from disteval.sources.side_by_side import SideBySide
from disteval.sources.table import ColumnData

_NUMBERS = (
    *("Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64"),
    *("Float16", "Float32", "Float64"),
)
_REMEDIES = (
    (("Decimal", "Int128", "UInt128"), "cast it to pl.Float64 or pl.Int64"),
    (("Date", "Datetime"), "use it as by=, or cast it to pl.String"),
    (("Time", "Duration", "Binary"), "cast it to numbers or to pl.String"),
    (("Struct",), "take a field out of it: .struct.field(name)"),
    (("List", "Array"), "give it one number a place, all rows of one length"),
)


def refuse_lazy(what: str, values: object) -> None:
    """Refuse a LazyFrame, which has no rows yet; to ask it for its columns may take long.

    Parameters
    ----------
    what : it was given as
    """
    if any(kind.__name__ == "LazyFrame" for kind in type(values).__mro__):
        msg = (
            f"expected {what} to have rows, got a Polars LazyFrame, which is still to be computed; "
            "call .collect() first"
        )
        raise ArgumentError(msg)


def column(name: str, values: Any, *, text: bool = False) -> ColumnData:
    """The column of a series; of a dataframe, its columns side by side.

    Parameters
    ----------
    name : for errors
    values : from Polars
    text : whether dates and times will do, as text
    """
    import polars as pl

    refuse_lazy(name, values)
    if isinstance(values, pl.DataFrame):
        names = values.columns
        data = [column(n, values.get_column(n), text=text) for n in names]
        return SideBySide.of(name, names, data)
    if not isinstance(values, pl.Series):
        msg = (
            f"expected {name} to be a series or a dataframe, got Polars' {type(values).__name__}; "
            "take it out of a dataframe"
        )
        raise ColumnTypeError(msg)
    found, convert = _reader(name, values, text=text)
    if convert is _numbers and values.n_chunks() == 1 and not values.null_count():
        return MemoryColumn(values.to_numpy())
    return Converted(in_parts(values, values.get_chunks()), found, convert)


def _reader(name: str, series: Any, *, text: bool) -> tuple[Column, Callable[[Any], Any]]:
    """What a series becomes, and by which function."""
    dtype = series.dtype
    kind = str(dtype.base_type())
    if kind in _NUMBERS:
        return Column(np.dtype(kind.lower())), _numbers
    match kind:
        case "Boolean":
            return Column(np.dtype(np.bool_)), _numbers
        case "Null":
            return Column(np.dtype(np.float64)), _nothing
        case "String":
            return Column(TEXT), _strings
        case "Categorical":
            return Column(TEXT), _categories
        case "Enum":
            return Column(TEXT), partial(_enum, words=dtype.categories.to_list())
        case "List" | "Array" if str(dtype.inner.base_type()) in _NUMBERS:
            width = _width(series)
            inner = np.dtype(str(dtype.inner.base_type()).lower())
            found = Column(inner, (width,) if width != 1 else ())
            return found, partial(_lists, name=name, column=found)
        case "Date" | "Datetime" if text:
            return Column(TEXT), _dates
    remedy = next((said for kinds, said in _REMEDIES if kind in kinds), "cast it")
    raise no_kind(f"column {name!r}", dtype, remedy)


def _numbers(series: Any) -> Any:
    if not series.null_count() or series.dtype.is_float():
        return series.to_numpy()  # missing floats are NaN
    mask = series.is_null().to_numpy()
    zero = 0 if series.dtype.is_integer() else False
    return np.ma.MaskedArray(series.fill_null(value=zero).to_numpy(), mask)


def _nothing(series: Any) -> Any:
    return np.full(len(series), np.nan)


def _strings(series: Any) -> Words:
    import polars as pl

    # categories of their own: the global ones would be kept for good
    own = pl.Categorical(pl.Categories.random()) if hasattr(pl, "Categories") else pl.Categorical
    return _categories(series.cast(own))


def _categories(series: Any) -> Words:
    import polars as pl

    unique = series.unique().drop_nulls()
    keys = unique.to_physical().to_numpy()
    # the numbers of categories are those of all columns that share them, used here or not
    table = np.full(int(keys.max(initial=0)) + 2, -1, np.int32)
    table[keys] = np.arange(len(keys))
    codes = series.to_physical()
    if series.null_count():
        codes = codes.cast(pl.Int64).fill_null(-1)  # the last of the table
    return Words(table[codes.to_numpy()], unique.cast(pl.String).to_list())


def _enum(series: Any, words: list[str]) -> Words:
    import polars as pl

    return Words(series.to_physical().cast(pl.Int32).fill_null(-1).to_numpy(), words)


def _dates(series: Any) -> Words:
    if getattr(series.dtype, "time_zone", None) is None:
        return iso_words(series.to_numpy())
    unique = series.drop_nulls().unique().sort()
    keys = unique.to_physical().to_numpy()
    rests = keys % 1000 if series.dtype.time_unit == "ns" else np.zeros_like(keys)
    words = [iso_moment(m, int(rest)) for m, rest in zip(unique.to_list(), rests, strict=True)]
    times = series.to_physical()
    codes = np.searchsorted(keys, times.fill_null(0).to_numpy()).astype(np.int32)
    return Words(np.where(times.is_null().to_numpy(), np.int32(-1), codes), words)


def _width(series: Any) -> int:
    """Values in a row, by the first that is not missing."""
    if hasattr(series.dtype, "shape"):  # an Array
        return int(series.dtype.shape[0])
    for start in range(0, len(series), LONG_CHUNKS):
        kept = series[start : start + LONG_CHUNKS].drop_nulls()
        if len(kept):
            return len(kept[0])
    return 0


def _lists(series: Any, name: str, column: Column) -> Any:
    """Rows of as many values each."""
    kept = series.drop_nulls()
    width = column.shape[0] if column.shape else 1
    lengths = {width} if hasattr(kept.dtype, "shape") else set(kept.list.len().unique())
    if lengths - {width}:
        raise no_one_length(name, width, min(lengths - {width}))
    values = _numbers(kept.explode()).reshape(len(kept), width)
    return spread(values, series.is_not_null().to_numpy(), column)
