"""pandas, Polars, Arrow and lists: every dtype that people hold, read as it is, lazily."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import pickle
import zoneinfo
from collections import deque
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import disteval
from disteval import errors
from disteval.numerics.words import Words
from disteval.sources import arrow_chunks, open_source
from disteval.testing import SourceContract

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from disteval.protocol import Source

N = 700
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")


def columns() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    p = rng.random((N, 3))
    return {
        "label": rng.choice(["cat", "dog", "owl"], N),
        "p_cat": p[:, 0],
        "p_dog": p[:, 1],
        "p_owl": p[:, 2],
        "w": rng.integers(1, 5, N),
        "country": rng.choice(["FR", "DE"], N),
    }


SCORES = ["p_cat", "p_dog", "p_owl"]


def values_of(array: Any) -> list[Any]:
    """Rows as Python values; None is missing."""
    if isinstance(array, Words):
        words = np.array([*array.vocabulary, None], object)
        return words[array.codes].tolist()  # type: ignore[no-any-return]
    if array.dtype.kind == "f":
        array = np.ma.masked_invalid(array)
    return array.tolist()  # type: ignore[no-any-return]


def read(values: Any, role: str = "y_true") -> tuple[str, list[Any]]:
    """Kind and rows of a column."""
    given = {"y_true": values} if role == "y_true" else {"y_true": [0] * len(values), role: values}
    source = open_source(**given)
    rows = [
        row
        for piece in range(len(source.pieces()))
        for chunk in source.read(piece, [role])
        for row in values_of(chunk[role])
    ]
    return source.schema[role].kind, rows


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
    "masked ints": (np.ma.masked_array([1, 2], [0, 1]), "int", [1, None]),
    "masked floats": (np.ma.masked_array([1.0, 2.0], [0, 1]), "float", [1.0, None]),
    "masked strings": (np.ma.masked_array(["a", "b"], [0, 1]), "str", ["a", None]),
    "masked bytes": (np.ma.masked_array([b"a", b"b"], [0, 1]), "str", ["a", None]),
    "masked objects": (np.ma.masked_array(np.array([1, 2], object), [0, 1]), "int", [1, None]),
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
    "NumPy moments": (np.array(MOMENTS, "M8[us]"), SPELLED),
    "NumPy days": (np.array(DAYS, "M8[D]"), SPELLED_DAYS),
    "NumPy masked": (np.ma.masked_array(np.array(["2024-07-01"] * 2, "M8[D]"), [0, 1]),
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
    "a row is missing": (pd.Series([None, ["a"]]), errors.ColumnTypeError, "of type NoneType, list"),
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


# --- tables -------------------------------------------------------------------------------------


def tables() -> dict[str, Any]:
    """The same rows as a table of each library."""
    frame, polars, arrow = pd.DataFrame(columns()), pl.DataFrame(columns()), pa.table(columns())
    parts = [slice(0, 300), slice(300, 301), slice(301, N)]
    return {
        "dict": columns(),
        "dict of lists": {name: column.tolist() for name, column in columns().items()},
        "pandas": frame,
        "pandas nullable": frame.convert_dtypes(),
        "pandas on Arrow": frame.convert_dtypes(dtype_backend="pyarrow"),
        "pandas category": frame.astype({"label": "category", "country": "category"}),
        "pandas objects": frame.astype(object),
        "Polars": polars,
        "Polars chunks": pl.concat([polars[part] for part in parts], rechunk=False),
        "Arrow": arrow,
        "Arrow chunks": pa.concat_tables([arrow[part] for part in parts]),
        "Arrow batch": pa.RecordBatch.from_pydict(columns()),
        "structured array": np.rec.fromarrays(list(columns().values()), names=list(columns())),
    }


class TableContract(SourceContract):
    table: ClassVar[str]

    @pytest.fixture(autouse=True)
    def small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Many chunks, and parts, for few rows."""
        monkeypatch.setattr("disteval.sources.table.CHUNK_BYTES", 4096)
        monkeypatch.setattr("disteval.sources.table.LEAST_ROWS", 16)
        monkeypatch.setattr("disteval.sources.polars_frames._LONG_CHUNKS", 1)
        monkeypatch.setattr("disteval.sources.arrow_tables._LONG_CHUNKS", 1)

    @property
    def source(self) -> Source:
        return open_source("label", SCORES, "w", tables()[self.table], by="country")

    @property
    def expected(self) -> dict[str, Any]:
        c = columns()
        scores = np.stack([c[name] for name in SCORES], axis=-1)
        return {"y_true": c["label"], "y_pred": scores, "sample_weight": c["w"], "by": c["country"]}


class TestDict(TableContract):
    table = "dict"


class TestDictOfLists(TableContract):
    table = "dict of lists"


class TestPandas(TableContract):
    table = "pandas"


class TestPandasNullable(TableContract):
    table = "pandas nullable"


class TestPandasOnArrow(TableContract):
    table = "pandas on Arrow"


class TestPandasCategory(TableContract):
    table = "pandas category"


class TestPandasObjects(TableContract):
    table = "pandas objects"


class TestPolars(TableContract):
    table = "Polars"


class TestPolarsChunks(TableContract):
    table = "Polars chunks"


class TestArrow(TableContract):
    table = "Arrow"


class TestArrowChunks(TableContract):
    table = "Arrow chunks"


class TestArrowBatch(TableContract):
    table = "Arrow batch"


class TestStructuredArray(TableContract):
    table = "structured array"


METRICS = ["accuracy", "scce", "confusion_matrix"]


@pytest.fixture(scope="module")
def expected() -> disteval.Result:
    c = columns()
    y = np.searchsorted(["cat", "dog", "owl"], c["label"])
    p = np.stack([c[name] for name in SCORES], axis=-1)
    return disteval.evaluate(y, p, METRICS, sample_weight=c["w"], by=c["country"])


def with_numbers(table: Any) -> Any:
    """The table, its labels as class numbers."""
    y = np.searchsorted(["cat", "dog", "owl"], columns()["label"])
    if isinstance(table, pd.DataFrame):
        return table.assign(label=y)
    if isinstance(table, pl.DataFrame):
        return table.with_columns(label=pl.Series(y))
    return {name: table[name] for name in columns()} | {"label": y}


@pytest.mark.parametrize("form", tables())
def test_one_digest(form: str, expected: disteval.Result) -> None:
    table = with_numbers(tables()[form])
    result = disteval.evaluate(
        "label", SCORES, METRICS, data=table, sample_weight="w", by="country"
    )
    assert result.digest == expected.digest
    assert result.slices["FR"].digest == expected.slices["FR"].digest
    # the same columns by themselves, and beside others
    scores = (
        table[SCORES]
        if hasattr(table, "columns")
        else np.stack([table[name] for name in SCORES], axis=-1)
    )
    beside = disteval.evaluate(
        table["label"], scores, METRICS, sample_weight=columns()["w"], by=table["country"]
    )
    assert beside.digest == expected.digest
    beside = disteval.evaluate("label", SCORES, METRICS, data=table, sample_weight=table["w"],
                               by=columns()["country"])  # fmt: skip
    assert beside.digest == expected.digest


@pytest.mark.parametrize("form", tables())
def test_streams_and_batches_of_tables(form: str, expected: disteval.Result) -> None:
    table = with_numbers(tables()[form])
    if not hasattr(table, "columns"):
        table = pa.table({name: pa.array(np.asarray(v).tolist()) for name, v in table.items()})
    parts = [table[i : i + 123] for i in range(0, N, 123)]
    for data in (parts, iter(parts)):
        result = disteval.evaluate("label", SCORES, METRICS, data=data, sample_weight="w")
        assert result.digest == expected.digest
    evaluator = disteval.Evaluator(METRICS)
    for part in parts:
        scores = part.select(SCORES) if hasattr(part, "select") else part[SCORES]
        evaluator.update_state(part["label"], scores, part["w"])
    assert evaluator.result().digest == expected.digest


# --- lazily -------------------------------------------------------------------------------------

LARGE = 300_000


def parts_of(values: Any) -> list[Any]:
    source = open_source(values)
    return [c["y_true"] for i in range(len(source.pieces())) for c in source.read(i, ["y_true"])]


NUMBERS = np.arange(LARGE, dtype=np.float32)
VIEWS: dict[str, Any] = {
    "pandas": pd.Series(NUMBERS),
    "pandas int64": pd.Series(np.arange(LARGE)),
    "pandas on Arrow": pd.Series(NUMBERS, dtype="float[pyarrow]"),
    "pandas nullable": pd.Series(np.arange(LARGE)).astype("Int64"),
    "Polars": pl.Series(NUMBERS),
    "Polars chunks": pl.concat([pl.Series(NUMBERS)] * 2, rechunk=False),
    "Arrow": pa.array(NUMBERS),
    "Arrow chunks": pa.chunked_array([NUMBERS, NUMBERS]),
}


@pytest.mark.parametrize("form", VIEWS)
def test_numbers_are_not_copied(form: str) -> None:
    first, again = parts_of(VIEWS[form]), parts_of(VIEWS[form])
    assert all(np.shares_memory(a, b) for a, b in zip(first, again, strict=True))


def test_nothing_is_converted_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read_rows: list[int] = []
    column = arrow_chunks.ArrowChunks.column

    def counting(self: Any, name: str, array: Any, spec: Any) -> Any:
        read_rows.append(len(array))
        return column(self, name, array, spec)

    monkeypatch.setattr(arrow_chunks.ArrowChunks, "column", counting)
    words = pa.array(["cat", "dog"] * (LARGE // 2))
    for values in (words, pd.Series(words.to_pandas()), words.dictionary_encode()):
        read_rows.clear()
        source = open_source(values, values)
        assert source.schema["y_true"].kind == "str"
        source.pieces()
        source.restrict(slice(0, 1))
        assert read_rows == []
        next(iter(source.read(0, ["y_true"])))
        assert sum(read_rows) <= 262_144


@pytest.mark.parametrize("form", tables())
def test_only_the_rows_of_a_task_are_pickled(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("disteval.sources.table.PIECE_BYTES", 1)
    many = LARGE // N
    table: Any = {name: np.tile(column, many) for name, column in columns().items()}
    table |= {"bool": table["w"] > 2}
    if form.startswith("pandas"):
        table = pd.DataFrame(table).astype(tables()[form].dtypes.to_dict())
    elif form.startswith("Polars"):
        table = pl.DataFrame(table)
    elif form.startswith("Arrow"):
        table = pa.table(table)
    source = open_source("label", SCORES, "w", data=table, by="country")
    pieces = len(source.pieces())
    assert pieces == 5
    whole = len(pickle.dumps(source))
    assert len(pickle.dumps(source.restrict(slice(1, 2)))) < 1.1 * whole * 65_536 / LARGE + 5_000
    if form.startswith("Arrow"):
        small = open_source(table["bool"][1_003:1_011])
        assert len(pickle.dumps(small)) < 2_000
        assert values_of(
            next(iter(pickle.loads(pickle.dumps(small)).read(0, ["y_true"])))["y_true"]
        ) == (table["bool"][1_003:1_011].to_pylist())


def test_a_large_vocabulary_stays_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("disteval.sources.table.PIECE_BYTES", 1)
    names = [f"user {i}" for i in range(140_000)]
    source = open_source(names)
    part = source.restrict(slice(1, 2))
    assert len(pickle.dumps(part)) < 1.1 * len(pickle.dumps(source)) * 65_536 / len(names)
    (chunk,) = pickle.loads(pickle.dumps(part)).read(1, ["y_true"])
    assert values_of(chunk["y_true"]) == names[65_536 : 2 * 65_536]
    (chunk,) = pickle.loads(pickle.dumps(open_source([None, "a", None]))).read(0, ["y_true"])
    assert values_of(chunk["y_true"]) == [None, "a", None]


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


# --- the columns of data= -----------------------------------------------------------------------


@pytest.mark.parametrize("form", [name for name in tables() if name != "dict of lists"])
def test_names_that_are_not_there(form: str) -> None:
    table = tables()[form]
    match = (
        r"no column 'lable'; the columns are label, p_cat, p_dog, p_owl, w, country; did you mean "
        "'label'"
    )
    with pytest.raises(errors.UnknownNameError, match=match):
        disteval.evaluate("lable", SCORES, METRICS, data=table)
    with pytest.raises(errors.UnknownNameError, match=r"'p_cow'; .*; did you mean 'p_owl' or"):
        disteval.evaluate("label", ["p_cat", "p_cow"], METRICS, data=table)
    with pytest.raises(errors.UnknownNameError, match="a batch has no column 'zzz'; its columns"):
        disteval.evaluate("zzz", "w", METRICS, data=[table])


def test_many_columns_are_not_all_listed() -> None:
    table = {f"c{i}": [1.0] for i in range(100)}
    with pytest.raises(errors.UnknownNameError, match=r"c19 and 80 more; did you mean 'c\d+'"):
        disteval.evaluate("c 1", "c2", "mse", data=table)


def test_what_data_may_be() -> None:
    frame = pl.DataFrame(columns())
    with pytest.raises(errors.ArgumentError, match=r"data= to have rows, got a Polars LazyFrame"):
        disteval.evaluate("label", "w", METRICS, data=frame.lazy())
    with pytest.raises(errors.ArgumentError, match="data= to be a mapping of arrays, a dataframe"):
        disteval.evaluate("label", "w", METRICS, data=3)
    with pytest.raises(errors.ArgumentError, match="expected one column 'a', got 2 of that name"):
        disteval.evaluate("a", "a", "mse", data=pd.DataFrame([[1, 2]], columns=["a", "a"]))
    with pytest.raises(errors.ArgumentError, match="different columns for y_pred, got 'p_cat' mo"):
        disteval.evaluate("label", ["p_cat", "p_cat"], METRICS, data=frame)
    with pytest.raises(errors.ShapeError, match="y_true to have rows, got the single value 0"):
        disteval.evaluate(0, "w", METRICS, data=pd.DataFrame(columns()))


def test_a_weight_of_every_row_of_a_table() -> None:
    table = pl.DataFrame({"y": [0.0, 1.0], "p": [1.0, 1.0]})
    one = disteval.evaluate("y", "p", "sum", data=table, sample_weight=2)
    assert one["sum"] == 2.0
    assert one.digest == disteval.evaluate("y", "p", "sum", data=table, sample_weight=[2, 2]).digest


class Handing:
    """A table of a library unknown to us that hands its columns on as Arrow's."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return pa.table({"y": [0, 1], "p": [0.5, 1.0]}).__arrow_c_stream__(requested_schema)


def test_any_table_that_speaks_arrow() -> None:
    assert disteval.evaluate("y", "p", "mae", data=Handing())["mae"] == 0.25
    reader = pa.table({"y": [0, 1], "p": [0.5, 1.0]}).to_reader(max_chunksize=1)
    assert disteval.evaluate("y", "p", "mae", data=reader)["mae"] == 0.25


def test_a_table_that_speaks_arrow_without_arrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(
        errors.MissingExtraError, match=r"read a .*Handing; pip install 'disteval\["
    ):
        disteval.evaluate("y", "p", "mae", data=Handing())


def test_batches_of_tables_of_other_columns() -> None:
    good, bad = pd.DataFrame({"y": [1], "p": [1]}), pd.DataFrame({"y": [1]})
    with pytest.raises(errors.UnknownNameError, match="a batch has no column 'p'; its columns are"):
        disteval.evaluate("y", "p", "mae", data=[good, bad])
    named = pd.DataFrame({"y_true": [1, 1], "y_pred": [1, 0], "by": ["a", "b"]})
    result = disteval.evaluate([named], None, "accuracy")
    assert {k: v["accuracy"] for k, v in result.slices.items()} == {"a": 1.0, "b": 0.0}
    records: list[dict[str, Any]] = [{"y": 1, "p": 1}]
    with pytest.raises(errors.ShapeError, match="y_true to have rows, got the single value 1"):
        disteval.evaluate("y", "p", "mae", data=records)


# --- the index of pandas ------------------------------------------------------------------------


def test_an_index_that_says_otherwise() -> None:
    y = pd.Series([0, 1, 2], index=[7, 8, 9])
    shuffled = y.sample(frac=1, random_state=3)
    match = (
        r"y_true and y_pred to have the same index, .*got \[7, 8, 9\] and \[.*\]; align them by "
        r"\.loc .*reset_index\(drop=True\)"
    )
    with pytest.raises(errors.InputError, match=match):
        disteval.evaluate(y, shuffled, "mse")
    with pytest.raises(errors.InputError, match="y_true and sample_weight to have the same index"):
        disteval.evaluate(y, y, "mse", sample_weight=shuffled)
    with pytest.raises(errors.InputError, match="the same index"):
        disteval.evaluate("y", "p", "mse", data={"y": y, "p": shuffled.to_frame()})
    counted = y.reset_index(drop=True)
    with pytest.raises(errors.InputError, match="the same index"):  # the same numbers, shuffled
        disteval.evaluate(counted, counted.sample(frac=1, random_state=3), "mse")
    letters, others = (pd.Series(range(5), index=list(text)) for text in ("abcde", "bcdef"))
    with pytest.raises(errors.InputError, match=r"got \['a', 'b', 'c', 'd', ...\] and \['b', 'c'"):
        disteval.evaluate(letters, others, "mse")
    evaluator = disteval.Evaluator("mse")
    with pytest.raises(errors.InputError, match="the same index"):
        evaluator.update_state(y, shuffled)


def test_an_index_that_says_nothing() -> None:
    y = pd.Series([0, 1, 2], index=[7, 8, 9])
    for p in (
        y.copy(), y.reset_index(drop=True), y.to_numpy(), y.tolist(), pl.Series(y.to_numpy()),
        pd.Series([0, 1, 2], index=[7.0, 8.0, 9.0]), pd.Index([0, 1, 2]),
    ):  # fmt: skip
        assert disteval.evaluate(y, p, "mse")["mse"] == 0.0
        assert disteval.evaluate(p, y, "mse")["mse"] == 0.0
    joined = pd.concat([y.reset_index(drop=True)] * 2)  # 0, 1, 2, 0, 1, 2
    assert disteval.evaluate(joined, joined.reset_index(drop=True), "mse")["mse"] == 0.0
    with pytest.raises(errors.LengthMismatchError, match="one length, got y_true: 3, y_pred: 2"):
        disteval.evaluate(y, y[:2], "mse")


# --- mixtures -----------------------------------------------------------------------------------


def mixed() -> Iterator[tuple[Any, Any]]:
    y, p = [0, 1, 1, 0], [0.1, 0.9, 0.4, 0.2]
    forms: list[Callable[[list[Any]], Any]] = [
        list, np.array, pd.Series, pl.Series, pa.array, chunked, pd.DataFrame,
        lambda v: pa.table({"a": v}), lambda v: pl.DataFrame({"a": v}), lambda v: [[x] for x in v],
    ]  # fmt: skip
    for i, first in enumerate(forms):
        yield first(y), forms[(i + 1) % len(forms)](p)


def test_mixtures_of_libraries() -> None:
    digests = {disteval.evaluate(y, p, ["accuracy", "mse"]).digest for y, p in mixed()}
    assert len(digests) == 1
