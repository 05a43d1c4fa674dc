"""pandas series and dataframes, read a few rows at a time. Rows are told by position alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any

import numpy as np

from disteval.errors import ColumnTypeError, InputError
from disteval.numerics.words import TEXT, Words
from disteval.protocol import Column
from disteval.sources.columns.kinds import no_kind
from disteval.sources.columns.values import looked_up
from disteval.sources.memory import arrays, arrow
from disteval.sources.memory.parts import Converted, whole
from disteval.sources.side_by_side import SideBySide
from disteval.sources.table import ColumnData


def column(name: str, values: Any, *, text: bool = False) -> ColumnData:
    """The column of a series, index or pandas array; of a dataframe, its columns side by side.

    Parameters
    ----------
    name : for errors
    values : from pandas
    text : whether what is no number, boolean or string will do, as text: dates, intervals, periods
    """
    if hasattr(values, "columns"):
        names = [str(title) for title in values.columns]
        parts = [values.iloc[:, i] for i in range(len(names))]
        data = [column(n, part, text=text) for n, part in zip(names, parts, strict=True)]
        return SideBySide.of(name, names, data)
    if not hasattr(values, "dtype"):
        msg = (
            f"expected {name} to be a series or a dataframe, got pandas' {type(values).__name__}; "
            "convert it to one"
        )
        raise ColumnTypeError(msg)
    if isinstance(values.dtype, np.dtype):
        return arrays.column(name, values.to_numpy(), text=text)
    return _extension_column(name, getattr(values, "array", values), text=text)


def check_indexes(given: Mapping[str, Any]) -> None:
    """Refuse series and dataframes whose indexes say that their rows do not belong together.

    Rows are aligned by position, and an index that has just been counted (0, 1, 2, ...) says
    nothing of rows: it goes with any other, unless that holds the same numbers in another order.

    Parameters
    ----------
    given : name to what was given for it; only what has an index of pandas counts
    """
    indexed = {name: value.index for name, value in given.items() if _has_index(value)}
    names = list(indexed)
    for name in names[1:]:
        first, other = indexed[names[0]], indexed[name]
        if len(first) != len(other) or first.equals(other):  # lengths have an error of their own
            continue
        if (_is_counted(first) or _is_counted(other)) and not _reordered(first, other):
            continue
        msg = (
            f"expected {names[0]} and {name} to have the same index, as rows are aligned by "
            f"position, got {_shown(first)} and {_shown(other)}; align them by .loc or .join, or "
            "call .reset_index(drop=True) (or .to_numpy()) on both if their rows do belong together"
        )
        raise InputError(msg)


def _has_index(value: Any) -> bool:
    return hasattr(value, "iloc") and hasattr(value, "index") and hasattr(value.index, "equals")


def _is_counted(index: Any) -> bool:
    return hasattr(index, "step") and index.start == 0 and index.step == 1


def _reordered(first: Any, other: Any) -> bool:
    counted, given = (first, other) if _is_counted(first) else (other, first)
    same = given.dtype.kind in "iu" and bool(given.is_unique)
    return same and (int(given.min()), int(given.max())) == (0, len(counted) - 1)


def _shown(index: Any) -> str:
    return f"[{', '.join(map(repr, index[:4].tolist()))}{', ...' if len(index) > 4 else ''}]"


def _extension_column(name: str, array: Any, *, text: bool) -> ColumnData:
    dtype = array.dtype
    if hasattr(dtype, "pyarrow_dtype") or getattr(dtype, "storage", "").startswith("pyarrow"):
        return arrow.column(name, array.__arrow_array__(), text=text)
    if hasattr(dtype, "storage"):  # strings as Python objects
        return arrays.column(name, np.asarray(array, object), text=text)
    if hasattr(dtype, "categories"):
        return _of_categories(name, array, text=text)
    nullable, sparse = hasattr(dtype, "numpy_dtype"), hasattr(dtype, "fill_value")
    plain = dtype.numpy_dtype if nullable else dtype.subtype if sparse else None
    if isinstance(plain, np.dtype) and plain.kind in "biuf":
        return Converted((array,), Column(plain), _of_nullable if nullable else np.asarray)
    if text:
        return Converted((array,), Column(TEXT), _spelled)
    raise no_kind(name, f"dtype {dtype}")


def _of_nullable(array: Any) -> Any:
    dtype = array.dtype.numpy_dtype
    if dtype.kind == "f":
        return array.to_numpy(dtype=dtype, na_value=np.nan)
    missing = array.isna()
    if not missing.any():
        return array.to_numpy(dtype=dtype)
    return np.ma.MaskedArray(array.to_numpy(dtype=dtype, na_value=0), missing)


def _of_categories(name: str, array: Any, *, text: bool) -> Converted:
    values = whole(column(name, array.dtype.categories, text=text))
    return Converted((array.codes,), Column(values.dtype), partial(looked_up, values=values))


def _spelled(array: Any) -> Words:
    """Dates, intervals and so on as text, each of them once."""
    codes, unique = array.factorize()
    words = [v.isoformat() if isinstance(v, date) else str(v) for v in unique]
    return Words(codes.astype(np.int32), words)
