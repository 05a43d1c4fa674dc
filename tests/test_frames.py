"""pandas, Polars and Arrow tables: one digest, read lazily, aligned by position."""

from __future__ import annotations

import pickle
import sys
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import disteval
from disteval import errors
from disteval.sources import open_source
from disteval.sources.columns.arrow import ArrowChunks
from disteval.sources.renamed import renamed
from disteval.testing import SourceContract
from tests.columns import values_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from disteval.protocol import Source

N = 700


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


# --- tables -------------------------------------------------------------------------------------


def tables() -> dict[str, Any]:
    """The same rows as a table of each library."""
    frame, polars, arrow = pd.DataFrame(columns()), pl.DataFrame(columns()), pa.table(columns())
    fields = [(name, column.dtype) for name, column in columns().items()]
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
        "structured array": np.array(list(zip(*columns().values(), strict=True)), fields),
    }


class TableContract(SourceContract):
    table: ClassVar[str]

    @pytest.fixture(autouse=True)
    def small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Many chunks, and parts, for few rows."""
        monkeypatch.setattr("disteval.sources.table.CHUNK_BYTES", 4096)
        monkeypatch.setattr("disteval.sources.table.LEAST_ROWS", 16)
        monkeypatch.setattr("disteval.sources.memory.parts.LONG_CHUNKS", 1)

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
    column = ArrowChunks.column

    def counting(self: Any, name: str, array: Any, spec: Any) -> Any:
        read_rows.append(len(array))
        return column(self, name, array, spec)

    monkeypatch.setattr(ArrowChunks, "column", counting)
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


def test_a_run_of_short_chunks_is_pickled_alone() -> None:
    source = open_source(pa.chunked_array([["a", "b"] * 1_000] * 50)[1_999:2_003])
    assert len(pickle.dumps(source)) < 2_000
    (chunk,) = pickle.loads(pickle.dumps(source)).read(0, ["y_true"])
    assert values_of(chunk["y_true"]) == ["b", "a", "b", "a"]


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
    with pytest.raises(errors.InputError, match="expected one column 'a', got 2 of that name"):
        disteval.evaluate("a", "a", "mse", data=pd.DataFrame([[1, 2]], columns=["a", "a"]))
    with pytest.raises(errors.ArgumentError, match="different columns for y_pred, got 'p_cat' mo"):
        disteval.evaluate("label", ["p_cat", "p_cat"], METRICS, data=frame)
    with pytest.raises(errors.ArgumentError, match=r"y_true to be a column name \(a str.*, got 0$"):
        disteval.evaluate(0, "w", METRICS, data=pd.DataFrame(columns()))


def test_columns_without_names() -> None:
    """Numbers, as pandas counts columns: not taken for names, as 2 is a weight of every row."""
    table = pd.DataFrame([[0, 0.5], [1, 1.0]])
    match = r"no column '0'.* 0, 1; columns are named by strings, and 0 is of type int .*=str\)"
    for data in (table, [table], table.to_dict("list")):
        with pytest.raises(errors.UnknownNameError, match=match):
            disteval.evaluate("0", "1", "mae", data=data)
    assert disteval.evaluate("0", "1", "mae", data=table.rename(columns=str))["mae"] == 0.25


def test_a_list_of_one_name_is_that_name() -> None:
    expected = disteval.evaluate(columns()["w"], columns()["p_cat"], "mse")
    table = pd.DataFrame(columns())
    given = open_source(columns()["w"], columns()["p_cat"])
    source = renamed(given, {"w": ("y_true",), "p_cat": ("y_pred",)})
    for data in (columns(), table, [table], source):
        assert disteval.evaluate("w", ["p_cat"], "mse", data=data).digest == expected.digest


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
    monkeypatch.setitem(sys.modules, "pyarrow", None)
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
        list, np.array, pd.Series, pl.Series, pa.array, pd.DataFrame,
        lambda v: pa.table({"a": v}), lambda v: pl.DataFrame({"a": v}), lambda v: [[x] for x in v],
    ]  # fmt: skip
    for i, first in enumerate(forms):
        yield first(y), forms[(i + 1) % len(forms)](p)


def test_mixtures_of_libraries() -> None:
    digests = {disteval.evaluate(y, p, ["accuracy", "mse"]).digest for y, p in mixed()}
    assert len(digests) == 1
