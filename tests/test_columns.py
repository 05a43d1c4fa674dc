"""pandas, Polars, Arrow and lists: a column of every dtype that people hold, read as it is."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import zoneinfo
from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import disteval
from disteval import errors
from disteval.sources.memory.libraries import as_array
from tests.columns import read, values_of

if TYPE_CHECKING:
    from collections.abc import Callable

BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")

# --- what is read -------------------------------------------------------------------------------


class Animal(enum.StrEnum):
    CAT = "cat"


def chunked(values: list[Any]) -> Any:
    kind = pa.array(values).type
    return pa.chunked_array([pa.array(values[:1], kind), pa.array(values[1:], kind)])


def polars_chunks(values: list[Any]) -> Any:
    dtype = pl.Series(values).dtype
    return pl.concat([pl.Series(v, dtype=dtype) for v in (values[:1], values[1:])], rechunk=False)


LIBRARIES: dict[str, Callable[[list[Any]], Any]] = {
    "list": list,
    "tuple": tuple,
    "objects": lambda v: np.array(v, object),
    "pandas objects": lambda v: pd.Series(v, dtype=object),
    "pandas nullable": lambda v: pd.Series(v, dtype=object).convert_dtypes(),
    "pandas on Arrow": lambda v: pd.Series(v, dtype=pd.ArrowDtype(pa.array(v).type)),
    "pandas category": lambda v: pd.Series(pd.array(v)).astype("category"),
    "Polars": pl.Series,
    "Polars chunks": polars_chunks,
    "Arrow": pa.array,
    "Arrow chunks": chunked,
    "Arrow dictionary": lambda v: pa.array(v).dictionary_encode(),
}
ROWS: dict[str, tuple[list[Any], str]] = {
    "int": ([3, 1, 2], "int"),
    "int, missing": ([3, None, 2], "int"),
    "float": ([0.5, 1.5], "float"),
    "float, missing": ([None, 1.5, None], "float"),
    "bool": ([True, False, True], "bool"),
    "bool, missing": ([True, None, False], "bool"),
    "str": (["b", "a", "b", ""], "str"),
    "str, missing": ([None, "a", "b", None, "a"], "str"),
}


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("library", LIBRARIES)
def test_a_column_of_every_library(library: str, rows: str) -> None:
    values, kind = ROWS[rows]
    if library == "Arrow dictionary" and kind == "bool":
        pytest.skip("Arrow has no dictionaries of booleans")
    assert read(LIBRARIES[library](values)) == (kind, values)


CAT = pd.CategoricalDtype(["z", "b", "a"])
OTHERS: dict[str, tuple[Any, str, list[Any]]] = {
    "pandas float, NumPy": (pd.Series([1.5, np.nan]), "float", [1.5, None]),
    "pandas float32": (pd.Series([1.5, None], dtype="Float32"), "float", [1.5, None]),
    "pandas uint8": (pd.Series([1, None], dtype="UInt8"), "int", [1, None]),
    "pandas str": (pd.Series(["a", None]), "str", ["a", None]),
    "pandas str, Python": (pd.Series(["a", pd.NA], dtype="string[python]"), "str", ["a", None]),
    "pandas objects": (
        pd.Series(["a", None, np.nan, pd.NA], dtype=object), "str", ["a", None, None, None]),
    "pandas booleans after a join": (
        pd.Series([True, np.nan], dtype=object), "bool", [True, None]),
    "pandas category, unused": (pd.Series(["a", None, "b"], dtype=CAT), "str", ["a", None, "b"]),
    "pandas category array": (pd.Categorical([1, 2, 1]), "int", [1, 2, 1]),
    "pandas sparse": (pd.Series(pd.arrays.SparseArray([0, 0, 1])), "int", [0, 0, 1]),
    "pandas index": (pd.Index(["x", "y"]), "str", ["x", "y"]),
    "pandas lists": (pd.Series([[1.0, 2.0], [3.0, 4.0]]), "float", [[1.0, 2.0], [3.0, 4.0]]),
    "pandas arrays of str": (
        pd.Series([np.array(["a", "b"], object)] * 2), "str", [["a", "b"], ["a", "b"]]),
    "Polars category": (
        pl.Series(["b", None, "a"], dtype=pl.Categorical), "str", ["b", None, "a"]),
    "Polars enum": (pl.Series(["a", None], dtype=pl.Enum(["b", "a"])), "str", ["a", None]),
    "Polars int8": (pl.Series([1, None], dtype=pl.Int8), "int", [1, None]),
    "Polars nulls": (pl.Series([None, None]), "float", [None, None]),
    "Polars whole lists": (pl.Series([[1, 2], [3, 4]]), "int", [[1, 2], [3, 4]]),
    "Polars lists": (
        pl.Series([[1, 2], None, [None, 4]]), "int", [[1, 2], [None, None], [None, 4]]),
    "Polars arrays": (
        pl.Series([[1.0, 2.0], None], dtype=pl.Array(pl.Float32, 2)), "float",
        [[1.0, 2.0], [None, None]]),
    "Polars list after nulls": (pl.Series([None, [7]]), "int", [[None], [7]]),
    "Polars no lists": (pl.Series([], dtype=pl.List(pl.Int64)), "int", []),
    "Arrow large strings": (pa.array(["a", None], pa.large_string()), "str", ["a", None]),
    "Arrow string views": (pa.array(["a", None], pa.string_view()), "str", ["a", None]),
    "Arrow half floats": (pa.array(np.array([1.5], np.float16)), "float", [1.5]),
    "Arrow nulls": (pa.array([None, None]), "float", [None, None]),
    "Arrow dictionary with a null word": (
        pa.DictionaryArray.from_arrays(pa.array([0, 1, None]), pa.array(["a", None])),
        "str", ["a", None, None]),
    "Arrow chunks of other dictionaries": (
        pa.chunked_array([pa.array(v).dictionary_encode() for v in (["a", "b"], ["c", "a"])]),
        "str", ["a", "b", "c", "a"]),
    "Arrow lists": (
        pa.array([[1, 2], None, [None, 4]]), "int", [[1, 2], [None, None], [None, 4]]),
    "Arrow nulls for lists": (pa.array([None, None], pa.list_(pa.int64())), "int", [[], []]),
    "Arrow fixed lists": (
        pa.array([[1.0, 2.0], [3.0, 4.0]], pa.list_(pa.float64(), 2))[1:], "float", [[3.0, 4.0]]),
    "Arrow without chunks": (pa.chunked_array([], pa.int64()), "int", []),
    "range": (range(2, 8, 2), "int", [2, 4, 6]),
    "empty list": ([], "float", []),
    "NumPy scalars": ([np.float32(1), np.float32(2)], "float", [1.0, 2.0]),
    "NumPy strings": ([np.str_("a"), "b"], "str", ["a", "b"]),
    "enum": ([Animal.CAT, "dog"], "str", ["cat", "dog"]),
    "bytes": ([b"a", None, b"b"], "str", ["a", None, "b"]),
    "NaN before strings": ([float("nan"), "a"], "str", [None, "a"]),
    "ints and floats": ([1, 2.5, None], "float", [1.0, 2.5, None]),
    "ints and booleans": ([True, 2, None], "int", [1, 2, None]),
    "beyond int64": ([2**63, 1], "int", [2**63, 1]),
    "nested": ([[1, None], [2, 3]], "int", [[1, None], [2, 3]]),
    "nested strings": ([["a", "b"], ["b", "c"]], "str", [["a", "b"], ["b", "c"]]),
    "deque": (deque([1, 2]), "int", [1, 2]),
    "values of a dict": ({"a": 1, "b": 2}.values(), "int", [1, 2]),
    "memoryview": (memoryview(b"ab"), "int", [97, 98]),
    "only None": ([None, None], "float", [None, None]),
    "masked ints": (np.ma.masked_array([1, 2], [False, True]), "int", [1, None]),
    "masked floats": (np.ma.masked_array([1.0, 2.0], [False, True]), "float", [1.0, None]),
    "masked strings": (np.ma.masked_array(["a", "b"], [False, True]), "str", ["a", None]),
    "masked bytes": (np.ma.masked_array([b"a", b"b"], [False, True]), "str", ["a", None]),
    "masked objects": (
        np.ma.masked_array(np.array([1, 2], object), [False, True]), "int", [1, None]),
    "variable strings": (np.array(["a", "bb"], np.dtypes.StringDType()), "str", ["a", "bb"]),
}  # fmt: skip


@pytest.mark.parametrize("form", OTHERS)
def test_other_columns(form: str) -> None:
    values, kind, expected = OTHERS[form]
    assert read(values) == (kind, expected)


SPELLED = ["2024-07-01T12:00:00", None, "2024-01-01T00:00:00.000005"]
MOMENTS = [s and dt.datetime.fromisoformat(s) for s in SPELLED]
ZONED = [m and m.replace(tzinfo=BERLIN) for m in MOMENTS]
SPELLED_ZONED = ["2024-07-01T12:00:00+02:00", None, "2024-01-01T00:00:00.000005+01:00"]
DAYS = [dt.date(2024, 7, 1), None, dt.date(2024, 1, 1)]
SPELLED_DAYS = ["2024-07-01", None, "2024-01-01"]
FINE = np.array(["2024-01-01T00:00:00.000000001", "2024-01-01", "NaT"], "M8[ns]")
SPELLED_FINE = ["2024-01-01T00:00:00.000000001", "2024-01-01T00:00:00", None]
GROUPS: dict[str, tuple[Any, list[Any]]] = {
    "list of moments": (MOMENTS, SPELLED),
    "list of days": (DAYS, SPELLED_DAYS),
    "list of zoned": (ZONED, SPELLED_ZONED),
    "list of NumPy's": ([np.datetime64("2024-07-01"), np.datetime64("NaT")], ["2024-07-01", None]),
    "objects of NumPy's": (
        np.array([np.datetime64("2024-07-01"), None, np.datetime64("NaT")], object),
        ["2024-07-01", None, None]),
    "NumPy moments": (np.array(MOMENTS, "M8[us]"), SPELLED),
    "NumPy days": (np.array(DAYS, "M8[D]"), SPELLED_DAYS),
    "NumPy masked": (np.ma.masked_array(np.array(["2024-07-01"] * 2, "M8[D]"), [False, True]),
                     ["2024-07-01", None]),
    "pandas moments": (pd.Series(MOMENTS), SPELLED),
    "pandas days": (pd.Series(DAYS), SPELLED_DAYS),
    "pandas zoned": (pd.Series(ZONED), SPELLED_ZONED),
    "pandas fine": (pd.Series(FINE), SPELLED_FINE),
    "pandas on Arrow": (pd.Series(MOMENTS, dtype=pd.ArrowDtype(pa.timestamp("us"))), SPELLED),
    "pandas category": (pd.Series(MOMENTS).astype("category"), SPELLED),
    "Polars moments": (pl.Series(MOMENTS), SPELLED),
    "Polars days": (pl.Series(DAYS), SPELLED_DAYS),
    "Polars zoned": (pl.Series(ZONED, dtype=pl.Datetime("us", "Europe/Berlin")), SPELLED_ZONED),
    "Polars fine": (pl.Series(FINE), SPELLED_FINE),
    "Polars fine and zoned": (
        pl.Series(FINE).dt.replace_time_zone("UTC"), [s and f"{s}+00:00" for s in SPELLED_FINE]),
    "Arrow moments": (pa.array(MOMENTS), SPELLED),
    "Arrow days": (pa.array(DAYS), SPELLED_DAYS),
    "Arrow zoned": (pa.array(ZONED, pa.timestamp("us", "Europe/Berlin")), SPELLED_ZONED),
    "Arrow fine": (pa.array(FINE), SPELLED_FINE),
    "intervals": (pd.cut(pd.Series([1, 5, None]), [0, 2, 6]), ["(0, 2]", "(2, 6]", None]),
    "periods": (pd.Series(pd.period_range("2024-01", periods=2, freq="M")), ["2024-01", "2024-02"]),
}  # fmt: skip


@pytest.mark.parametrize("form", GROUPS)
def test_dates_are_labels_of_groups_alone(form: str) -> None:
    values, expected = GROUPS[form]
    kind, found = read(values, "by")
    assert (kind, found) == ("str", expected)
    with pytest.raises(errors.ColumnTypeError, match=r"numbers, booleans or strings"):
        read(values)


DECIMALS = pa.array([decimal.Decimal("1.5")])
REFUSED: dict[str, tuple[Any, type[Exception], str]] = {
    "mixed": (["a", 1], errors.ColumnTypeError, "objects of type int, str; convert"),
    "mixed, int first": ([1, "a"], errors.ColumnTypeError, "objects of type int, str; convert"),
    "a number among strings": ([1.5, "a"], errors.ColumnTypeError, "of type float, str"),
    "pandas mixed": (pd.Series([1, "a"]), errors.ColumnTypeError, "of type int, str"),
    "decimals": ([decimal.Decimal(1)], errors.ColumnTypeError, "of type Decimal; convert"),
    "Arrow decimals": (DECIMALS, errors.ColumnTypeError, "got decimal128.*cast it to float64"),
    "Polars decimals": (pl.from_arrow(DECIMALS), errors.ColumnTypeError, "Decimal.*to pl.Float64"),
    "Polars structs": (pl.Series([{"a": 1}]), errors.ColumnTypeError, r"Struct.*\.struct\.field"),
    "Polars times": (pl.Series([dt.time(1)]), errors.ColumnTypeError, "got Time; cast it to num"),
    "Polars objects": (pl.Series([object()]), errors.ColumnTypeError, "got Object; cast it"),
    "Polars ragged": (pl.Series([[1], [1, 2]]), errors.ShapeError, "got 1 and 2 values; pad or"),
    "Polars nested": (pl.Series([[[1]]]), errors.ColumnTypeError, "List.*one number a place"),
    "Polars lazy": (pl.LazyFrame({"a": [1]}), errors.ArgumentError, r"LazyFrame.*call \.collect"),
    "Polars expression": (pl.col("a"), errors.ColumnTypeError, "got Polars' Expr; take it out"),
    "Arrow ragged": (pa.array([[1], [1, 2]]), errors.ShapeError, "got 1 and 2 values; pad or cut"),
    "Arrow scalar": (pa.scalar(1), errors.ColumnTypeError, "an Arrow array or table, got Int64S"),
    "pandas timedelta": (pd.Series([pd.Timedelta(1)]), errors.ColumnTypeError, "dtype timedelta"),
    "pandas scalar": (pd.Timestamp(0), errors.ColumnTypeError, "got pandas' Timestamp; convert it"),
    "pandas columns of one name": (
        pd.DataFrame([[1, 2]], columns=["a", "a"]), errors.ArgumentError, "got 'a' more than once"),
    "pandas without columns": (
        pd.DataFrame(index=[1]), errors.ArgumentError, "at least one column for y_true, got none"),
    "other kinds side by side": (
        pd.DataFrame({"a": ["x"], "b": [1]}), errors.ColumnTypeError, "got a: str, b: int"),
    "other signs side by side": (
        pd.DataFrame({"a": [1], "b": np.array([1], np.uint64)}), errors.ColumnTypeError,
        "integers of one signedness in the columns of y_true"),
    "integers without a dtype": ([2**63, -1], errors.ColumnTypeError, "got -1 to 9223372036854775"),
    "integers beyond": ([2**64, 1], errors.ColumnTypeError, "expected integers of 64 bits in y_tr"),
    "ragged": ([[1, 2], [3]], errors.ShapeError, "rows of one shape, got a ragged list$"),
    "ragged strings": ([["a"], ["b", "c"]], errors.ShapeError, "ragged rows of 1 to 2 values"),
    "ragged arrays": ([np.ones(2), np.ones(3)], errors.ShapeError, "np.concatenate, or give eval"),
    "a row is missing": (pd.Series([None, [1]]), errors.ColumnTypeError, "of type NoneType, list"),
    "set": ({1, 2}, errors.ArgumentError, r"got a set; give list\(\.\.\.\) of it"),
    "dict": ({"a": [1]}, errors.ArgumentError, "got a dict; give it as data=, and the columns"),
    "generator": ((i for i in "ab"), errors.ShapeError, r"got str"),
    "generator of numbers": (iter([1, 2]), errors.ShapeError, r"single values.*list\(\.\.\.\)"),
    "bytes": (b"ab", errors.ShapeError, "single value b'ab'"),
    "bad bytes": ([b"\xff"], errors.ColumnTypeError, "bytes in y_true to be UTF-8 text, got oth"),
    "object": (object(), errors.ColumnTypeError, "a column of a table, got object; convert it"),
    "a column without data=": ("label", errors.SourceNotFoundError, "of that name, give data="),
}  # fmt: skip


@pytest.mark.parametrize("form", REFUSED)
def test_what_is_no_column(form: str) -> None:
    values, error, match = REFUSED[form]
    with pytest.raises(error, match=match):
        read(values)


def test_an_iterator_beside_an_array() -> None:
    with pytest.raises(errors.ArgumentError, match=r"y_true to be an array or a list, got a gene"):
        disteval.evaluate((i for i in range(2)), [1, 2], "mse")
    with pytest.raises(errors.ArgumentError, match=r"y_pred .* list_iterator; give list\(\.\.\.\)"):
        disteval.evaluate([1, 2], iter([1, 2]), "mse")


@pytest.mark.parametrize("values", [["b", None, "a"], [2, None, 1], [0.5, None, 1.5], [2, 3, 4]])
def test_parts_are_joined_for_batches(values: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("disteval.sources.memory.parts.LONG_CHUNKS", 1)
    array = as_array("y_true", polars_chunks(values))
    assert values_of(array) == values


# --- missing values -----------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["list", "pandas nullable", "Polars", "Arrow"])
def test_missing_values_are_told_and_left_out(form: str) -> None:
    make = LIBRARIES[form]
    y, p = make(["a", None, "b", "b"]), make(["a", "a", None, "b"])
    with pytest.raises(errors.MissingValueError, match="1 in y_true, 1 in y_pred among 4 rows"):
        disteval.evaluate(y, p, "accuracy")
    result = disteval.evaluate(y, p, "accuracy", nan_policy="omit")
    assert (result["accuracy"], result.rows.used) == (1.0, 2)
    assert result.rows.dropped == {"y_true: missing": 1, "y_pred: missing": 1}
    weight = make([1, 1, 1, None])
    result = disteval.evaluate(y, p, "accuracy", sample_weight=weight, nan_policy="omit")
    assert result.rows.used == 1
    result = disteval.evaluate(make([True, None]), make([0.9, 0.1]), "mse", nan_policy="omit")
    assert result.rows.used == 1
    groups = disteval.evaluate([1, 0, 1, 1], [1, 1, 1, 1], "accuracy", by=y, nan_policy="omit")
    assert {k: s["accuracy"] for k, s in groups.slices.items()} == {"a": 1.0, "b": 1.0}
