"""Parquet files as sources, what Arrow's types become, and which files a path stands for."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import os
import pickle
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import disteval
from disteval import errors
from disteval.numerics.words import Words
from disteval.protocol import Column
from disteval.sources.columns.arrow import ArrowChunks, arrow_column
from disteval.sources.columns.values import stacked
from disteval.sources.files import parquet
from disteval.sources.files.parquet import ParquetFiles
from disteval.sources.files.paths import common_format, format_of, paths
from disteval.testing import SourceContract

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Array = np.ndarray[Any, np.dtype[Any]]
N = 1_000
ROLES = {"y_true": "label", "y_pred": ("a", "b", "c"), "sample_weight": "w", "by": "country"}


def columns() -> dict[str, Array]:
    rng = np.random.default_rng(0)
    return {
        "label": rng.integers(0, 3, N, dtype=np.int32),
        "a": rng.random(N, np.float32),
        "b": rng.random(N),
        "c": rng.random(N, np.float32),
        "w": rng.random(N),
        "country": np.array(["FR", "DE", "Côte d'Ivoire"])[rng.integers(0, 3, N)],
    }


def write(path: Path, table: Mapping[str, Any], **options: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(dict(table)), path, **options)
    return path


def shards(folder: Path) -> list[Path]:
    """Files cut anywhere, one without rows, in row groups of 150 rows."""
    edges = [0, 10, 10, 333, 900, N]
    return [
        write(
            folder / f"part-{i}.parquet",
            {name: values[start:stop] for name, values in columns().items()},
            row_group_size=150,
        )
        for i, (start, stop) in enumerate(itertools.pairwise(edges))
    ]


def opened(path: Path, y_true: Any, role: str = "y_true", **options: Any) -> ParquetFiles:
    """One column of a file written just now."""
    return ParquetFiles.open([write(path / "one.parquet", {"y": y_true}, **options)], {role: "y"})


def read(source: Any, role: str = "y_true") -> list[Any]:
    """The chunks of one column, over all pieces."""
    found = [source.read(i, [role]) for i in range(len(source.pieces()))]
    return [chunk[role] for chunks in found for chunk in chunks]


def only(source: Any, role: str = "y_true") -> Any:
    (chunk,) = read(source, role)
    return chunk


def texts(words: Words) -> list[str | None]:
    return [None if code < 0 else words.vocabulary[code] for code in words.codes.ravel()]


class TestShards(SourceContract):
    @pytest.fixture(autouse=True)
    def _files(self, tmp_path: Path) -> None:
        self.files = shards(tmp_path)

    @property
    def source(self) -> ParquetFiles:
        return ParquetFiles.open(self.files, ROLES)

    @property
    def expected(self) -> dict[str, Array]:
        c = columns()
        y_pred = np.stack([c["a"], c["b"], c["c"]], axis=-1)
        return {"y_true": c["label"], "y_pred": y_pred, "sample_weight": c["w"],
                "by": c["country"]}  # fmt: skip


class TestSmallChunks(TestShards):
    """As row groups are read that are larger than a chunk."""

    @pytest.fixture(autouse=True)
    def _small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(parquet, "MOST_ROWS", 64)
        monkeypatch.setattr(parquet, "FEWEST_ROWS", 16)


class TestLargeGroups(TestShards):
    """Whose pieces should not be cut."""

    @pytest.fixture(autouse=True)
    def _large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(parquet, "WHOLE_BYTES", 2_000)

    def test_only_they_have_no_rows(self) -> None:
        rows = [piece.rows for piece in self.source.pieces()]
        assert rows == [10, None, None, 23, None, None, None, None, None]


class TestHive(SourceContract):
    """Folders as columns: integers, and strings of which one is missing elsewhere."""

    @pytest.fixture(autouse=True)
    def _files(self, tmp_path: Path) -> None:
        y = columns()["w"]
        for i, (country, day) in enumerate([("FR", 1), ("S%C3%A3o%20Tom%C3%A9", 2), ("DE", 10)]):
            part = tmp_path / f"country={country}" / f"day={day}" / "part-0.parquet"
            write(part, {"y": y[100 * i : 100 * i + 100]}, row_group_size=64)
        self.folder = tmp_path

    @property
    def source(self) -> ParquetFiles:
        roles = {"y_true": "y", "y_pred": ("day", "y"), "sample_weight": "day", "by": "country"}
        return ParquetFiles.open(paths(self.folder), roles)

    @property
    def expected(self) -> dict[str, Array]:
        w = columns()["w"]
        y = np.concatenate([w[200:300], w[:100], w[100:200]])
        day = np.repeat([10, 1, 2], 100)
        countries = np.repeat(["DE", "FR", "São Tomé"], 100)
        return {"y_true": y, "y_pred": np.stack([day, y], axis=-1), "sample_weight": day,
                "by": countries}  # fmt: skip


# --- the same rows, the same digest -------------------------------------------------------------


def test_the_same_rows_give_one_digest(tmp_path: Path) -> None:
    c = columns()
    roles = {"y_true": "label", "y_pred": ("a", "b", "c"), "sample_weight": "w"}
    metrics = ["accuracy", "sparse_categorical_crossentropy", "confusion_matrix"]
    scores = np.stack([c["a"], c["b"], c["c"]], axis=-1)
    expected = disteval.evaluate(c["label"], scores, metrics, sample_weight=c["w"])
    for workers in ("threads", "sync"):
        source = ParquetFiles.open(shards(tmp_path), roles)
        found = disteval.evaluate(source, metrics=metrics, scheduler=workers)
        assert found.digest == expected.digest
        assert dict(found).keys() == dict(expected).keys()
        assert found.rows.seen == N


def test_strings_give_the_digest_of_strings(tmp_path: Path) -> None:
    labels = columns()["country"]
    guesses = np.where(columns()["w"] < 0.7, labels, "DE")
    file = write(tmp_path / "t.parquet", {"y": labels, "p": guesses, "by": labels})
    roles = {"y_true": "y", "y_pred": "p", "by": "by"}
    found = disteval.evaluate(ParquetFiles.open([file], roles), metrics="accuracy")
    expected = disteval.evaluate(labels, guesses, "accuracy", by=labels)
    assert found.digest == expected.digest
    assert list(found.slices) == list(expected.slices) == ["Côte d'Ivoire", "DE", "FR"]


def test_missing_values_are_left_out(tmp_path: Path) -> None:
    table = {
        "y": pa.array([1, None, 0, 1]),
        "p": pa.array([1, 1, None, 0]),
        "s": [*"abc", None],
    }
    source = ParquetFiles.open(
        [write(tmp_path / "t.parquet", table)], {"y_true": "y", "y_pred": "p", "by": "s"}
    )
    result = disteval.evaluate(source, metrics="accuracy", nan_policy="omit")
    assert result["accuracy"] == 1.0
    assert dict(result.rows.dropped) == {
        "y_true: missing": 1,
        "y_pred: missing": 1,
        "by: missing": 1,
    }


def test_missing_values_of_floats_are_nan(tmp_path: Path) -> None:
    y = pa.array([1.0, None, 3.0], pa.float32())
    source = opened(tmp_path, y)
    assert only(source).dtype == np.float32
    assert np.isnan(only(source)).tolist() == [False, True, False]
    assert disteval.evaluate(source, metrics="mean", nan_policy="omit")["mean"] == 2.0
    with pytest.raises(errors.MissingValueError, match=r"1 in y_true .*the first is row 1;"):
        disteval.evaluate(source, metrics="mean")


def test_no_row_in_any_file(tmp_path: Path) -> None:
    source = opened(tmp_path, pa.array([], pa.float32()))
    assert source.pieces() == []
    with pytest.raises(errors.EmptyDataError, match="expected at least one row"):
        disteval.evaluate(source, metrics="mean")


# --- what Arrow's types become ------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float16",
     "float32", "float64"],
)  # fmt: skip
def test_numbers(name: str, tmp_path: Path) -> None:
    values = np.array([0, 1, 1, 0]).astype(name)
    source = opened(tmp_path, values)
    assert source.schema["y_true"] == Column(np.dtype(name))
    assert only(source).dtype == np.dtype(name)
    assert only(source).tolist() == values.tolist()
    missing = opened(tmp_path, pa.array([None, *values], pa.from_numpy_dtype(name)))
    chunk = only(missing)
    assert chunk.dtype == np.dtype(name)
    if np.dtype(name).kind == "f":
        assert np.isnan(chunk).tolist() == [True, False, False, False, False]
    else:
        assert isinstance(chunk, np.ma.MaskedArray)
        assert np.ma.getmaskarray(chunk).tolist() == [True, False, False, False, False]
        assert chunk[1:].tolist() == values.tolist()


@pytest.mark.parametrize("dictionary", [True, False], ids=["dictionary", "plain pages"])
@pytest.mark.parametrize("kind", ["string", "large_string", "string_view", "category"])
def test_strings_are_words(kind: str, dictionary: bool, tmp_path: Path) -> None:
    text = pa.array(["b", None, "a", "", "b"] * 20)
    if kind == "category":
        text = text.dictionary_encode()
    elif kind != "string":
        text = text.cast(getattr(pa, kind)())
    source = opened(tmp_path, text, row_group_size=60, use_dictionary=dictionary)
    assert source.schema["y_true"].kind == "str"
    chunks = read(source)
    assert all(isinstance(chunk, Words) and chunk.codes.dtype == np.int32 for chunk in chunks)
    assert [t for chunk in chunks for t in texts(chunk)] == ["b", None, "a", "", "b"] * 20


def test_a_vocabulary_is_kept_from_chunk_to_chunk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "FEWEST_ROWS", 16)
    monkeypatch.setattr(parquet, "MOST_ROWS", 16)
    chunks = read(opened(tmp_path, pa.array(["x", "y"] * 100)))
    assert len(chunks) > 10
    assert all(chunk.vocabulary is chunks[0].vocabulary for chunk in chunks)


def test_a_vocabulary_grows_where_the_dictionary_of_a_row_group_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "FEWEST_ROWS", 16)
    monkeypatch.setattr(parquet, "MOST_ROWS", 16)
    given = [f"word {i // 3}" for i in range(200)]
    source = opened(tmp_path, pa.array(given), row_group_size=90)
    chunks = read(source)
    assert [t for chunk in chunks for t in texts(chunk)] == given
    assert len({id(chunk.vocabulary) for chunk in chunks}) == len(source.pieces()) == 3


def test_dates_are_text_where_rows_are_grouped_by_them(tmp_path: Path) -> None:
    days = pa.array([dt.date(2024, 1, 5), None, dt.date(1969, 7, 20)])
    assert texts(only(opened(tmp_path, days, "by"), "by")) == ["2024-01-05", None, "1969-07-20"]
    assert texts(only(opened(tmp_path, days.cast(pa.date64()), "by"), "by"))[2] == "1969-07-20"
    moments = [dt.datetime(2024, 1, 5), dt.datetime(2024, 1, 5, 1, 2, 3, 500_000)]  # noqa: DTZ001
    expected = ["2024-01-05T00:00:00", "2024-01-05T01:02:03.500000"]
    for unit in ("ms", "us", "ns"):
        found = only(opened(tmp_path, pa.array(moments, pa.timestamp(unit)), "by"), "by")
        assert texts(found) == expected == [moment.isoformat() for moment in moments]
    zoned = pa.array(moments, pa.timestamp("us", "Europe/Paris"))
    assert texts(only(opened(tmp_path, zoned, "by"), "by"))[0] == "2024-01-05T01:00:00+01:00"
    fine = pa.array([7], pa.int64()).cast(pa.timestamp("ns"))
    assert texts(only(opened(tmp_path, fine, "by"), "by")) == ["1970-01-01T00:00:00.000000007"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (pa.array([dt.date(2024, 1, 5)]), "got date32.*; use it as by=, or cast it to strings"),
        (pa.array([0], pa.timestamp("s")), "got timestamp.*; use it as by="),
        (pa.array([0], pa.time32("s")), "got time32.*; cast it to numbers or strings"),
        (pa.array([Decimal("1.5")]), r"got decimal128\(2, 1\); cast it to float64"),
        (pa.array([b"x"]), "got binary; decode it to strings"),
        (pa.array([{"a": 1}]), "got struct<a: int64>; take a field out of it"),
        (pa.array([[[1]]]), "got list<.*>; give it one number a place"),
        (pa.array([[("k", 2)]], pa.map_(pa.string(), pa.int8())), "got map<.*; take a value"),
        (pa.nulls(3), r"expected values in column 'y', got none \(nulls alone\)"),
    ],
    ids=["date", "timestamp", "time", "decimal", "binary", "struct", "lists of lists",
         "map", "null"],
)  # fmt: skip
def test_types_that_are_no_values(values: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(errors.ColumnTypeError, match=rf"{message}.*one\.parquet"):
        opened(tmp_path, values)


def test_a_file_of_nulls_alone_goes_with_any_kind(tmp_path: Path) -> None:
    files = [write(tmp_path / "1.parquet", {"f": pa.nulls(2), "i": pa.nulls(2), "s": pa.nulls(2)}),
             write(tmp_path / "2.parquet", {"f": [1.5], "i": [1], "s": ["x"]})]  # fmt: skip
    roles = {"y_true": "f", "y_pred": "i", "by": "s"}
    source = ParquetFiles.open(files, roles)
    assert [source.schema[name].kind for name in roles] == ["float", "int", "str"]
    first = {role: read(source, role)[0] for role in roles}
    assert np.isnan(first["y_true"]).tolist() == [True, True]
    assert np.ma.getmaskarray(first["y_pred"]).tolist() == [True, True]
    assert texts(first["by"]) == [None, None]


# --- lists, and columns side by side ------------------------------------------------------------


@pytest.mark.parametrize("fixed", [True, False], ids=["fixed size", "any size"])
def test_lists_of_one_length_are_rows(fixed: bool, tmp_path: Path) -> None:
    rows = np.arange(24, dtype=np.float32).reshape(8, 3)
    kind = pa.list_(pa.float32(), 3) if fixed else pa.list_(pa.float32())
    source = opened(tmp_path, pa.array(rows.tolist(), kind), row_group_size=5)
    assert source.schema["y_true"] == Column(np.dtype(np.float32), (3,))
    assert np.concatenate(read(source)).tolist() == rows.tolist()
    assert source.pieces()[0].nbytes >= 60
    one = opened(tmp_path, pa.array([[1.0], [2.0]], pa.list_(pa.float64(), 1 if fixed else -1)))
    assert one.schema["y_true"].shape == ()


@pytest.mark.parametrize("fixed", [True, False], ids=["fixed size", "any size"])
def test_lists_that_are_missing(fixed: bool, tmp_path: Path) -> None:
    def of(inner: Any) -> Any:
        return pa.list_(inner, 2) if fixed else pa.large_list(inner)

    floats = only(opened(tmp_path, pa.array([None, [1.0, 2.0], None, [3.0, None]],
                                            of(pa.float32()))))  # fmt: skip
    assert np.isnan(floats).tolist() == [[True] * 2, [False] * 2, [True] * 2, [False, True]]
    assert floats[1].tolist() == [1.0, 2.0]
    ints = only(opened(tmp_path, pa.array([[1, 2], None, [3, None]], of(pa.int16()))))
    assert np.ma.getmaskarray(ints).tolist() == [[False] * 2, [True] * 2, [False, True]]
    assert ints[0].tolist() == [1, 2]
    words = only(opened(tmp_path, pa.array([["a", "b"], None, ["b", None]], of(pa.string()))))
    assert texts(words) == ["a", "b", None, None, "b", None]
    assert words.shape == (3, 2)


def test_lists_of_several_lengths(tmp_path: Path) -> None:
    source = opened(tmp_path, pa.array([[1.0, 2.0], [1.0], [1.0, 2.0, 3.0]]))
    with pytest.raises(
        errors.ShapeError, match=r"lists of one length in column 'y', got 2 and 1 .*one\.parquet"
    ):
        read(source)
    with pytest.raises(errors.ColumnTypeError, match="got none"):
        opened(tmp_path, pa.array([None, None], pa.list_(pa.float32())))


def test_columns_side_by_side(tmp_path: Path) -> None:
    table = {
        "i": pa.array([1, None], pa.int8()), "j": pa.array([3, 4], pa.int16()),
        "s": ["x", "y"], "t": ["y", None], "f": [0.5, 1.5], "u": pa.array([1, 2], pa.uint64()),
    }  # fmt: skip
    file = write(tmp_path / "t.parquet", table)

    def both(*names: str) -> Any:
        source = ParquetFiles.open([file], {"y_true": names})
        chunk = only(source)
        assert chunk.dtype == source.schema["y_true"].dtype
        assert chunk.shape[1:] == source.schema["y_true"].shape
        return chunk

    assert both("f").tolist() == [0.5, 1.5]
    assert both("j", "f").tolist() == [[3.0, 0.5], [4.0, 1.5]]
    masked = both("i", "j")
    assert (masked.dtype, masked[0].tolist()) == (np.dtype(np.int16), [1, 3])
    assert np.ma.getmaskarray(masked).tolist() == [[False, False], [True, False]]
    words = both("s", "t")
    assert texts(words) == ["x", "y", "y", None]
    with pytest.raises(errors.ColumnTypeError, match="got f: float, s: str"):
        both("f", "s")
    with pytest.raises(errors.ColumnTypeError, match=r"integers of one signedness .* y_true"):
        both("i", "u")
    with pytest.raises(errors.ArgumentError, match=r"expected a column name, .* for y_true"):
        both()


def test_a_name_may_serve_twice(tmp_path: Path) -> None:
    file = write(tmp_path / "t.parquet", {"y": ["a", "b"], "x.y": [1, 2], "x": [3, 4]})
    source = ParquetFiles.open([file], {"y_true": "y", "by": "y", "y_pred": "x.y"})
    (chunk,) = source.read(0, ["y_true", "by", "y_pred"])
    assert texts(chunk["y_true"]) == texts(chunk["by"]) == ["a", "b"]
    assert chunk["y_pred"].tolist() == [1, 2]
    assert only(ParquetFiles.open([file], {"y_true": "x"})).tolist() == [3, 4]


def test_arrays_that_are_no_file() -> None:
    chunks = ArrowChunks()
    parts = pa.chunked_array([pa.array(["a", "b"]), pa.array(["b", "c"])])
    text = Column(np.dtype("U"))
    assert texts(chunks.column("s", parts, text)) == ["a", "b", "b", "c"]
    assert texts(chunks.column("s", parts.dictionary_encode(), text)) == ["a", "b", "b", "c"]
    holes = pa.DictionaryArray.from_arrays(pa.array([0, 1, None], pa.uint8()), ["a", None])
    assert texts(chunks.column("s", holes, text)) == ["a", None, None]
    codes = pa.array([5, 7, 5]).dictionary_encode()
    assert arrow_column("i", codes.type) == Column(np.dtype(np.int64))
    assert chunks.column("i", codes, Column(np.dtype(np.int64))).tolist() == [5, 7, 5]
    sliced = pa.array([[1.0, 2.0], None, [3.0, 4.0], [5.0, 6.0]])[1:]
    rows = chunks.column("l", sliced, Column(np.dtype(np.float64), (2,)))
    assert rows[1:].tolist() == [[3.0, 4.0], [5.0, 6.0]]
    assert stacked([np.arange(2), np.arange(2)], Column(np.dtype(np.int64), (2,))).shape


def test_float_values_are_not_copied() -> None:
    values = np.arange(10.0)
    column = Column(np.dtype(np.float64))
    assert np.shares_memory(ArrowChunks().column("x", pa.array(values), column), values)


# --- files that do not go together --------------------------------------------------------------


def test_the_widest_dtype_of_all_files(tmp_path: Path) -> None:
    files = [
        write(tmp_path / f"{i}.parquet", {"y": np.ones(2, dtype)})
        for i, dtype in enumerate([np.float16, np.float64, np.float32])
    ]
    source = ParquetFiles.open(files, {"y_true": "y"})
    assert source.schema["y_true"].dtype == np.float64
    assert disteval.evaluate(source, metrics="mean")["mean"] == 1.0
    other = write(tmp_path / "text.parquet", {"y": ["1"]})
    message = r"one kind .* in '.*0\.parquet, column y' and .* in '.*text\.parquet, column y'"
    with pytest.raises(errors.ColumnTypeError, match=message):
        ParquetFiles.open([*files, other], {"y_true": "y"})


def test_names_that_are_not_there(tmp_path: Path) -> None:
    good = write(tmp_path / "day=1" / "good.parquet", {"label": [1], "score": [0.5]})
    bad = write(tmp_path / "bad.parquet", {"label": [1], "Score": [0.5]})
    message = r"no column 'scor' in '.*good\.parquet'; there are label, score, day; did you mean 's"
    with pytest.raises(errors.UnknownNameError, match=message):
        ParquetFiles.open([good], {"y_true": "label", "y_pred": "scor"})
    with pytest.raises(errors.UnknownNameError, match=r"no column 'score' in '.*bad\.parquet'"):
        ParquetFiles.open([good, bad], {"y_true": "score"})
    with pytest.raises(errors.UnknownNameError, match=r"no column 'day' in '.*bad\.parquet'"):
        ParquetFiles.open([good, bad], {"by": "day"})
    many = write(tmp_path / "many.parquet", {f"c{i}": [1] for i in range(30)})
    with pytest.raises(errors.UnknownNameError, match="c19 and 10 more"):
        ParquetFiles.open([many], {"y_true": "zzz"})
    twice = tmp_path / "twice.parquet"
    pq.write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["y", "y"]), twice)
    with pytest.raises(errors.InputError, match=r"one column 'y' .* got 2 of that name; rename"):
        ParquetFiles.open([twice], {"y_true": "y"})


def test_folders_as_columns(tmp_path: Path) -> None:
    def by(*values: str) -> Any:
        files = [
            write(tmp_path / f"k={value}" / "p.parquet", {"y": [1.0, 2.0]}) for value in values
        ]
        source = ParquetFiles.open(files, {"y_true": "y", "by": "k"})
        return source.schema["by"].kind, read(source, "by")

    assert [chunk.tolist() for chunk in by("-3", "12")[1]] == [[-3, -3], [12, 12]]
    for text in ("01", "1.5", "x", "9" * 19):  # not as integers are written, or too large
        kind, chunks = by("1", text)
        assert (kind, texts(chunks[1])) == ("str", [text, text])
    kind, chunks = by("1", "__HIVE_DEFAULT_PARTITION__")
    assert (kind, np.ma.getmaskarray(chunks[1]).tolist()) == ("int", [True, True])
    kind, chunks = by("x", "__HIVE_DEFAULT_PARTITION__")
    assert (kind, texts(chunks[1])) == ("str", [None, None])
    # a column in the file is what the file says
    own = write(tmp_path / "y=7" / "p.parquet", {"y": [1.0]})
    assert only(ParquetFiles.open([own], {"y_true": "y"})).tolist() == [1.0]


# --- files that are damaged, changed, or gone ---------------------------------------------------


def test_damaged_files(tmp_path: Path) -> None:
    file = write(tmp_path / "f.parquet", {"y": np.arange(10_000.0)}, write_page_checksum=True)
    whole = file.read_bytes()
    for damage in (b"", b"PAR1", whole[:-9], whole[: len(whole) // 2], b"x" * 1000):
        file.write_bytes(damage)
        with pytest.raises(errors.CorruptFileError, match=r"a whole Parquet .*f\.parquet' is dam"):
            ParquetFiles.open([file], {"y_true": "y"})
    with pytest.raises(errors.CorruptFileError, match="is damaged"):
        ParquetFiles.open([tmp_path], {"y_true": "y"})
    # a single bit, seen by the page's checksum while the rows are read
    file.write_bytes(whole[:2_000] + bytes([whole[2_000] ^ 1]) + whole[2_001:])
    source = ParquetFiles.open([file], {"y_true": "y"})
    for scheduler in ("threads", "sync"):
        with pytest.raises(errors.CorruptFileError, match=r"f\.parquet, row group 0' is damaged"):
            disteval.evaluate(source, metrics="mean", scheduler=scheduler)


def test_any_damage_is_an_error_or_another_number(tmp_path: Path) -> None:
    """A byte changed anywhere: one of our errors, where it shows at all."""
    table = {"y": np.arange(300.0), "s": ["a", "b", None] * 100, "i": [1, None, 3] * 100}
    file = write(tmp_path / "f.parquet", table, row_group_size=128)
    whole = file.read_bytes()
    rng = np.random.default_rng(0)
    read_all = 0
    for at in rng.integers(0, len(whole), 50):
        changed = bytearray(whole)
        changed[at] ^= int(rng.integers(1, 256))
        file.write_bytes(changed)
        with contextlib.suppress(errors.DistevalError):
            source = ParquetFiles.open([file], {"y_true": "y", "y_pred": "i", "by": "s"})
            for i in range(len(source.pieces())):
                list(source.read(i, ["y_true", "y_pred", "by"]))
            read_all += 1
    assert 0 < read_all < 50


def test_files_that_change_meanwhile(tmp_path: Path) -> None:
    file = write(tmp_path / "f.parquet", {"y": np.arange(100.0)}, row_group_size=50)
    source = ParquetFiles.open([file], {"y_true": "y"})
    write(file, {"y": np.arange(30.0)})
    for piece in (0, 1):
        with pytest.raises(errors.SourceError, match=r"expected 50 rows in .*; was the file chang"):
            list(source.read(piece, ["y_true"]))
    file.unlink()
    with pytest.raises(errors.SourceNotFoundError, match=r"there is no file .*; was it removed"):
        list(source.read(0, ["y_true"]))
    with pytest.raises(errors.SourceNotFoundError, match="there is no file"):
        ParquetFiles.open([file], {"y_true": "y"})


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (PermissionError(13, "Permission denied"), "cannot read '.*': Permission denied"),
        (pa.ArrowNotImplementedError("no LZO"), r"this pyarrow \(.*\) says no LZO"),
        (pa.ArrowMemoryError("malloc failed"), "malloc failed; it is damaged, or memory is short"),
    ],
    ids=["permission", "codec", "memory"],
)
def test_files_that_cannot_be_read(
    fault: Exception, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise fault

    file = write(tmp_path / "f.parquet", {"y": [1.0]})
    monkeypatch.setattr(pq, "ParquetFile", refuse)
    with pytest.raises(errors.SourceError, match=message):
        ParquetFiles.open([file], {"y_true": "y"})


def test_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path / "f.parquet", {"y": [1.0]})
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(errors.MissingExtraError, match=r"Parquet.*pip install 'disteval\[parquet"):
        ParquetFiles.open([file], {"y_true": "y"})


# --- how it is read -----------------------------------------------------------------------------


def open_files(folder: Path) -> int:
    files = (os.path.realpath(link) for link in Path("/proc/self/fd").iterdir())
    return sum(file.startswith(str(folder.resolve())) for file in files)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="no /proc")
def test_files_are_closed_again(tmp_path: Path) -> None:
    source = ParquetFiles.open(shards(tmp_path), ROLES)
    assert open_files(tmp_path) == 0
    chunks = source.read(2, ["y_true"])
    next(chunks)
    assert open_files(tmp_path) == 1
    del chunks
    assert open_files(tmp_path) == 0
    read(source)  # to the last piece
    assert open_files(tmp_path) == 0
    part = source.restrict(slice(1, 4))
    list(part.read(1, ["y_true"]))
    assert open_files(tmp_path) == 1  # kept for the next piece
    pickle.loads(pickle.dumps(part))
    del part
    assert open_files(tmp_path) == 0


def test_two_readers_at_once(tmp_path: Path) -> None:
    source = ParquetFiles.open(shards(tmp_path), {"y_true": "w"})
    label = columns()["w"]
    pairs = zip(source.read(1, ["y_true"]), source.read(5, ["y_true"]), strict=True)
    found = [(a["y_true"].tolist(), b["y_true"].tolist()) for a, b in pairs]
    assert found == [(label[10:160].tolist(), label[483:633].tolist())]


def test_what_is_sent_to_a_worker_is_small(tmp_path: Path) -> None:
    table = {f"column number {i}": [1.0, 2.0] for i in range(100)}
    first = write(tmp_path / "0.parquet", table)
    files = [tmp_path / f"{i}.parquet" for i in range(100)]
    for file in files[1:]:
        file.hardlink_to(first)
    source = ParquetFiles.open(files, {"y_true": "column number 7"})
    assert len(pickle.dumps(source.restrict(slice(3, 5)))) < 2_000
    assert len(source.pieces()) == 100


def test_chunks_are_small_whatever_the_row_group(tmp_path: Path) -> None:
    rows = 40_000
    source = opened(tmp_path, pa.array([[1.0] * 100] * rows, pa.list_(pa.float64(), 100)))
    (piece,) = source.pieces()
    assert piece.rows == rows
    chunks = read(source)
    assert sum(map(len, chunks)) == rows
    assert max(chunk.nbytes for chunk in chunks) <= parquet.CHUNK_BYTES


# --- which files a path stands for --------------------------------------------------------------


def names(found: Sequence[Path], folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in found]


def touch(folder: Path, *files: str) -> None:
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_directories_are_searched(tmp_path: Path) -> None:
    touch(tmp_path, "k=10/b.parquet", "k=9/a.PARQUET", "k=9/c.pq", "k=9/d.parq", "_SUCCESS",
          "_metadata", ".b.parquet.crc", "_temporary/0/x.parquet", ".hidden/y.parquet",
          "k=9/_common.parquet", "README.md")  # fmt: skip
    expected = ["k=9/a.PARQUET", "k=9/c.pq", "k=9/d.parq", "k=10/b.parquet"]
    assert names(paths(tmp_path), tmp_path) == expected
    assert names(paths(str(tmp_path)), tmp_path) == expected
    assert names(paths(tmp_path / "k=*"), tmp_path) == expected
    assert names(paths(f"{tmp_path}/k=*/**/*"), tmp_path) == expected
    assert names(paths(f"{tmp_path}/**/*.parquet"), tmp_path) == ["k=10/b.parquet"]
    assert names(paths(tmp_path / "_temporary"), tmp_path) == ["_temporary/0/x.parquet"]
    assert names(paths(f"{tmp_path}/k=9/_*"), tmp_path) == ["k=9/_common.parquet"]
    with pytest.raises(errors.SourceNotFoundError, match=r"Parquet or CSV file in the folder"):
        paths(tmp_path, [".csv"])


def test_a_directory_has_one_format(tmp_path: Path) -> None:
    touch(tmp_path, "a/1.parquet", "b/1.csv")
    with pytest.raises(errors.ArgumentError, match=r"files of one format, got .*give a glob"):
        paths(tmp_path)
    assert names(paths(tmp_path, [".csv"]), tmp_path) == ["b/1.csv"]


def test_links_are_followed_once(tmp_path: Path) -> None:
    touch(tmp_path, "data/1.npy", "all/2.npy")
    try:
        (tmp_path / "all" / "data").symlink_to(tmp_path / "data")
        (tmp_path / "data" / "again").symlink_to(tmp_path / "all")
    except OSError:
        pytest.skip("no links here")
    assert names(paths(tmp_path / "all"), tmp_path) == ["all/2.npy", "all/data/1.npy"]


def test_formats(tmp_path: Path) -> None:
    for name, form in {"a.csv.gz": "csv", "a.TSV": "csv", "a.snappy.parquet": "parquet",
                       "a.npz": "npz", "a.npy": "npy", "a.txt": None}.items():  # fmt: skip
        assert format_of(Path(name)) == form
    bare = write(tmp_path / "000000_0", {"y": [1]})
    assert format_of(bare) == "parquet"
    assert common_format([bare, Path("x.parquet")]) == "parquet"
    with pytest.raises(errors.ArgumentError, match=r"got 'a\.txt'; if it is one of these, give"):
        common_format([Path("a.txt")])
