"""Dask dataframes and series: the same digest as the arrays that they hold, each read run once."""

from __future__ import annotations

import datetime as dt
import itertools
import pickle
import threading
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

import dask
import dask.array as da
import numpy as np
import pytest
from dask.task_spec import GraphNode, Task
from distributed import Client
from hypothesis import given, settings
from hypothesis import strategies as st

import disteval
from disteval import errors
from disteval.engine.graph import with_data_inside
from disteval.protocol import BY, Column, LazySource, Source
from disteval.sources.dask.frames import DaskFrames, is_dask_frame
from disteval.testing import SourceContract
from tests import stand_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

pd = pytest.importorskip("pandas")
dd = pytest.importorskip("dask.dataframe")

Array = np.ndarray[Any, np.dtype[Any]]

N, CLASSES = 1_000, ["cat", "dog", "owl"]
METRICS = ["accuracy", "sparse_categorical_crossentropy", "confusion_matrix", "mean"]
ROLES: dict[str, str | tuple[str, ...]] = {
    "y_true": "label",
    "y_pred": tuple(CLASSES),
    "sample_weight": "weight",
}


def frame(rows: int = N) -> Any:
    rng = np.random.default_rng(0)
    p = rng.random((rows, len(CLASSES))) + 0.01
    p /= p.sum(axis=1, keepdims=True)
    columns: dict[str, Any] = {"id": np.arange(rows), "label": rng.integers(0, len(CLASSES), rows)}
    columns |= {name: p[:, i] for i, name in enumerate(CLASSES)}
    columns["weight"] = rng.random(rows).astype(np.float32)
    columns["word"] = np.array(CLASSES)[columns["label"]]
    return pd.DataFrame(columns)


def digest(
    source: Source, metrics: Sequence[str] = METRICS, scheduler: Any = "sync", **options: Any
) -> str:
    return disteval.evaluate(source, metrics=metrics, scheduler=scheduler, **options).digest


@pytest.fixture(scope="module")
def expected() -> str:
    rows = frame()
    y, p, w = rows["label"].to_numpy(), rows[CLASSES].to_numpy(), rows["weight"].to_numpy()
    return disteval.evaluate(y, p, METRICS, sample_weight=w, scheduler="sync").digest


# --- forms, schedulers ----------------------------------------------------------------------------


def even(_: Path) -> Any:
    return dd.from_pandas(frame(), npartitions=4)


def one_partition(_: Path) -> Any:
    return dd.from_pandas(frame(), npartitions=1)


def filtered(_: Path) -> Any:
    """Lengths that nobody knows, and partitions without any row."""
    padded = pd.concat([frame(300).assign(id=-1), frame()], ignore_index=True)
    lazy = dd.from_pandas(padded, npartitions=9)
    return lazy[lazy["id"] >= 0]


def parquet(folder: Path) -> Any:
    rows = frame()
    for i, part in enumerate(np.array_split(np.arange(N), 5)):
        rows.iloc[part].to_parquet(folder / f"{i}.parquet", index=False, row_group_size=77)
    return dd.read_parquet(folder, index=False, split_row_groups=True)


def csv(folder: Path) -> Any:
    frame().to_csv(folder / "0.csv", index=False, float_format="%.17g")
    return dd.read_csv(folder / "0.csv", blocksize=20_000, dtype={"weight": "f4"})


def delayed(_: Path) -> Any:
    rows = frame()
    parts = [dask.delayed(rows.iloc[i : i + 333]) for i in range(0, N, 333)]
    return dd.from_delayed(parts, meta=rows.iloc[:0])


def joined_and_shuffled(_: Path) -> Any:
    lazy = dd.from_pandas(frame(), npartitions=4)
    halves = dd.concat([lazy.partitions[2:], lazy.partitions[:2]])
    return halves.repartition(npartitions=3).shuffle("label")


def merged(_: Path) -> Any:
    rows = frame()
    weights = dd.from_pandas(rows[["id", "weight"]], npartitions=2)
    return dd.from_pandas(rows.drop(columns="weight"), npartitions=3).merge(weights, on="id")


def sized(_: Path) -> Any:
    """Partitions whose number depends on the columns that are left."""
    return dd.from_pandas(frame(), npartitions=2).repartition(partition_size="20kB")


def persisted(_: Path) -> Any:
    return dd.from_pandas(frame(), npartitions=3).persist(scheduler="sync")


FORMS = (
    even, one_partition, filtered, parquet, csv, delayed, joined_and_shuffled, merged, sized,
    persisted,
)  # fmt: skip
forms = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
# what dask itself uses of pandas
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")


def columns_of(lazy: Any) -> DaskFrames:
    return DaskFrames.of_frame(lazy, ROLES)


def series_of(lazy: Any) -> DaskFrames:
    roles = {"y_true": "label", "y_pred": CLASSES, "sample_weight": "weight"}
    return DaskFrames.of_series({role: lazy[name] for role, name in roles.items()})


@forms
@pytest.mark.parametrize("open_", [columns_of, series_of])
@pytest.mark.parametrize("scheduler", ["threads", "sync"])
def test_same_rows_same_digest(
    form: Callable[[Path], Any],
    open_: Callable[[Any], DaskFrames],
    scheduler: str,
    tmp_path: Path,
    expected: str,
) -> None:
    source = open_(form(tmp_path))
    assert isinstance(source, LazySource)
    assert digest(source, scheduler=scheduler) == expected


def test_on_processes(tmp_path: Path, expected: str) -> None:
    with dask.config.set(num_workers=1):
        assert digest(columns_of(parquet(tmp_path)), scheduler="processes") == expected


def test_on_a_client(tmp_path: Path, expected: str) -> None:
    with Client(processes=False, dashboard_address=":0", n_workers=1):
        sources = (
            columns_of(parquet(tmp_path)),
            series_of(even(tmp_path)),
            columns_of(even(tmp_path).persist()),
            columns_of(even(tmp_path).shuffle("label")),  # peer to peer
        )
        for source in sources:
            assert disteval.evaluate(source, metrics=METRICS).digest == expected


@pytest.mark.cluster
def test_on_a_cluster(cluster_address: str, tmp_path: Path, expected: str) -> None:
    with Client(cluster_address) as client:
        client.wait_for_workers(2, timeout=60)
        for open_ in (columns_of, series_of):
            for form in (parquet, even):
                assert digest(open_(form(tmp_path)), scheduler=None) == expected


def test_by_the_obvious_call(tmp_path: Path, expected: str) -> None:
    lazy = parquet(tmp_path)
    named = disteval.evaluate("label", CLASSES, METRICS, data=lazy, sample_weight="weight")
    assert named.digest == expected
    given = disteval.evaluate(lazy["label"], lazy[CLASSES], METRICS, sample_weight=lazy["weight"])
    assert given.digest == expected


def test_a_model_in_the_loop() -> None:
    """Whatever a model returns for a partition: series, frames, arrays."""
    lazy = dd.from_pandas(frame(), npartitions=4)

    def spread(part: Any) -> Any:
        return part["cat"] * 2 - part["dog"]

    def spread_as_array(part: Any) -> Array:
        values: Array = spread(part).to_numpy()[:, None]
        return values

    y = frame()["cat"].to_numpy()
    whole = disteval.evaluate(y, y * 2 - frame()["dog"].to_numpy(), ["mse", "r2"])

    def spread_on_a_device(part: Any) -> Any:
        return stand_in.asarray(spread(part).to_numpy())

    for model in (spread, spread_as_array, spread_on_a_device):
        p = lazy.map_partitions(model, meta=("p", "f8"))
        source = DaskFrames.of_series({"y_true": lazy["cat"], "y_pred": p})
        assert digest(source, ["mse", "r2"]) == whole.digest


def test_a_dask_array_beside_a_series(expected: str) -> None:
    rows = frame()
    lazy = dd.from_pandas(rows, npartitions=4)
    lengths = tuple(lazy.map_partitions(len).compute(scheduler="sync"))
    p = da.from_array(rows[CLASSES].to_numpy(), chunks=(lengths, 2))
    source = DaskFrames.of_series(
        {"y_true": lazy["label"], "y_pred": p, "sample_weight": lazy["weight"]}
    )
    assert digest(source) == expected


# --- any partitions, any dtype --------------------------------------------------------------------


@st.composite
def partitions(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    """Lengths of the partitions of two ways to cut 60 rows, some of them empty."""
    cuts = st.lists(st.integers(0, 60), min_size=0, max_size=6).map(sorted)
    return tuple(np.diff([0, *draw(cuts), 60]).tolist() for _ in range(2))


def cut(rows: Any, lengths: Sequence[int]) -> Any:
    edges = np.cumsum([0, *lengths])
    parts = [rows.iloc[a:b] for a, b in itertools.pairwise(edges)]
    return from_parts(parts)


def from_parts(parts: Sequence[Any], meta: Any = None) -> Any:
    return dd.from_map(same, parts, meta=parts[0].iloc[:0] if meta is None else meta)


def same(part: Any) -> Any:
    return part


@cache
def digests_of_sixty() -> tuple[str, str]:
    rows = frame(60)
    words = rows["word"].to_list()
    whole = digest(columns_of(cut(rows, [60])))
    return whole, disteval.evaluate(words, words, ["accuracy"], scheduler="sync").digest


@settings(max_examples=10)
@given(partitions(), st.sampled_from(["str", "object", "category", "string[pyarrow]"]))
def test_any_partitions(lengths: tuple[list[int], list[int]], text: str) -> None:
    rows = frame(60).astype({"word": text, "weight": "Float32"})
    whole, words = digests_of_sixty()
    for each in lengths:
        assert digest(columns_of(cut(rows, each))) == whole
        assert digest(series_of(cut(rows, each))) == whole
        source = DaskFrames.of_frame(cut(rows, each), {"y_true": "word", "y_pred": "word"})
        assert digest(source, ["accuracy"]) == words


WHOLE = [3, None, 5, 3, 0, None]
MISSING: dict[str, tuple[Any, Any]] = {
    "Int64": (pd.Series(WHOLE, dtype="Int64"), [3, 5, 3, 0]),
    "int8[pyarrow]": (pd.Series(WHOLE, dtype="int8[pyarrow]"), [3, 5, 3, 0]),
    "float": (pd.Series(WHOLE, dtype="float32"), [3.0, 5.0, 3.0, 0.0]),
    "Float64": (pd.Series(WHOLE, dtype="Float64"), [3.0, 5.0, 3.0, 0.0]),
    "double[pyarrow]": (pd.Series(WHOLE, dtype="double[pyarrow]"), [3.0, 5.0, 3.0, 0.0]),
    "boolean": (pd.Series([True, None, False], dtype="boolean"), [True, False]),
    "bool[pyarrow]": (pd.Series([True, None, False], dtype="bool[pyarrow]"), [True, False]),
    "categories of integers": (
        pd.Series(WHOLE, dtype="Int64").astype("category"),
        [3, 5, 3, 0],
    ),
    "categories of floats": (pd.Series(WHOLE).astype("category"), [3.0, 5.0, 3.0, 0.0]),
    "str": (pd.Series(["a", None, "b", "a"], dtype="str"), ["a", "b", "a"]),
    "string[python]": (pd.Series(["a", None, "b"], dtype="string[python]"), ["a", "b"]),
    "string[pyarrow]": (pd.Series(["a", None, "b"], dtype="string[pyarrow]"), ["a", "b"]),
    "object": (pd.Series(["a", None, "b", np.nan], dtype="object"), ["a", "b"]),
    "category": (pd.Series(["a", None, "b"], dtype="category"), ["a", "b"]),
}


@pytest.mark.parametrize("convert", [True, False], ids=["converted", "as they are"])
@pytest.mark.parametrize("name", MISSING)
def test_missing_values(name: str, convert: bool) -> None:
    series, kept = MISSING[name]
    metrics = ["mse"] if isinstance(kept[0], float) else ["accuracy"]
    rows = pd.DataFrame({"y": series})
    with dask.config.set({"dataframe.convert-string": convert}):
        for lengths in ([len(rows)], [1, len(rows) - 1], [0, 1, 1, len(rows) - 2]):
            source = DaskFrames.of_series({"y_true": cut(rows, lengths)["y"]})
            chunks = [next(iter(source.read(i, ["y_true"]))) for i in range(len(source.pieces()))]
            assert source.schema["y_true"].kind == Column(np.asarray(kept).dtype).kind
            both = DaskFrames.of_frame(cut(rows, lengths), {"y_true": "y", "y_pred": "y"})
            found = disteval.evaluate(both, metrics=metrics, nan_policy="omit", scheduler="sync")
            assert found.rows.seen == len(rows)
            assert found.rows.used == len(kept)
            assert found.digest == disteval.evaluate(kept, kept, metrics).digest
            assert sum(len(chunk["y_true"]) for chunk in chunks) == len(rows)
            with pytest.raises(errors.MissingValueError, match=f"got {len(rows) - len(kept)}"):
                disteval.evaluate(both, metrics=metrics, scheduler="sync")


def test_a_partition_of_missing_values_alone() -> None:
    """Whatever dtype such a partition was given where it was read."""
    for first, nothing in (
        (pd.Series(["a", "b"]), pd.Series([np.nan, np.nan])),
        (pd.Series(["a", "b"]), pd.Series([None, None], dtype="category")),
        (pd.Series([1, 2], dtype="Int64"), pd.Series([np.nan])),
        (pd.Series([1.0, 0.0]), pd.Series([None], dtype="object")),
    ):
        parts = [pd.DataFrame({"y": first}), pd.DataFrame({"y": nothing})]
        with dask.config.set({"dataframe.convert-string": False}):
            lazy = from_parts(parts)
        source = DaskFrames.of_frame(lazy, {"y_true": "y", "y_pred": "y"})
        result = disteval.evaluate(source, metrics=["accuracy"], nan_policy="omit")
        assert (result.rows.used, result.rows.seen) == (2, 2 + len(nothing))


def test_numbers_are_not_copied() -> None:
    rows = frame()
    for name in ("label", "cat", "weight"):
        source = DaskFrames.of_series({"y_true": dd.from_pandas(rows, npartitions=1)[name]})
        chunk = source.bind(0, [rows[name]])
        assert np.shares_memory(chunk["y_true"], rows[name].to_numpy())
    square = pd.DataFrame(np.ones((5, 3)))
    source = DaskFrames.of_series({"y_pred": dd.from_pandas(square, npartitions=1)})
    assert np.shares_memory(source.bind(0, [square])["y_pred"], square.to_numpy())


def test_dates_are_groups_and_nothing_else() -> None:
    days = pd.Series(pd.to_datetime(["2024-01-31", "2024-02-01", None]))
    lazy = dd.from_pandas(pd.DataFrame({"y": [1, 2, 3], "day": days}), npartitions=1)
    source = DaskFrames.of_frame(lazy, {"y_true": "y", BY: "day"})
    (chunk,) = source.read(0, [BY])
    assert chunk[BY].codes.tolist() == [0, 1, -1]
    assert list(chunk[BY].vocabulary) == ["2024-01-31T00:00:00", "2024-02-01T00:00:00"]
    with pytest.raises(errors.ColumnTypeError, match="datetime64"):
        DaskFrames.of_frame(lazy, {"y_true": "day"})


@pytest.mark.parametrize("text", ["str", "object", "category"])
def test_groups(text: str, tmp_path: Path) -> None:
    rows = frame()
    whole = disteval.evaluate(
        rows["cat"].to_numpy(), rows["dog"].to_numpy(), ["mse"], by=rows["word"].to_list()
    )
    for form in (even, filtered, parquet):
        lazy = form(tmp_path).astype({"word": text})
        sliced = disteval.evaluate("cat", "dog", ["mse"], data=lazy, by="word")
        assert sliced.digest == whole.digest
        assert {k: v.digest for k, v in sliced.slices.items()} == {
            k: v.digest for k, v in whole.slices.items()
        }
        given = disteval.evaluate(lazy["cat"], lazy["dog"], ["mse"], by=lazy["word"])
        assert given.digest == whole.digest


# --- what runs, and how often -------------------------------------------------------------------


class Loads:
    """Partitions that count how often they are made, and of which columns."""

    def __init__(self) -> None:
        self.by_partition: Counter[int] = Counter()
        self.columns: set[tuple[str, ...]] = set()
        self._lock = threading.Lock()

    def __dask_tokenize__(self) -> int:
        return id(self)

    def load(self, i: int, columns: list[str] | None = None) -> Any:
        with self._lock:
            self.by_partition[i] += 1
            self.columns.add(tuple(sorted(columns or ())))
        return frame(20) if columns is None else frame(20)[columns]

    def frame(self, partitions: int = 6) -> Any:
        def load(i: int, loads: Loads, columns: list[str] | None = None) -> Any:
            return loads.load(i, columns)

        lazy = dd.from_map(load, range(partitions), loads=self, meta=frame(0))
        assert not self.by_partition
        return lazy


@pytest.mark.parametrize("scheduler", ["threads", "sync"])
def test_a_partition_is_made_once_with_the_columns_wanted(scheduler: str) -> None:
    loads = Loads()
    digest(DaskFrames.of_frame(loads.frame(), ROLES), scheduler=scheduler)
    assert loads.by_partition == dict.fromkeys(range(6), 1)
    assert loads.columns == {("cat", "dog", "label", "owl", "weight")}


def test_names_beside_series(tmp_path: Path, expected: str) -> None:
    lazy = parquet(tmp_path)
    weight = dd.from_pandas(frame()["weight"], npartitions=1).repartition(
        divisions=[*itertools.accumulate([0, *lazy.map_partitions(len).compute()][:-1]), N - 1]
    )
    source = DaskFrames.of_frame(
        lazy, {"y_true": "label", "y_pred": CLASSES, "sample_weight": weight.reset_index(drop=True)}
    )
    assert digest(source) == expected
    beside = lazy["weight"] * 1
    named = disteval.evaluate("label", CLASSES, METRICS, data=lazy, sample_weight=beside)
    assert named.digest == expected
    with pytest.raises(errors.ColumnTypeError, match=r"got float; make it a column of the datafr"):
        disteval.evaluate("label", CLASSES, METRICS, data=lazy, sample_weight=2.0)


@pytest.mark.parametrize("scheduler", ["threads", "sync"])
def test_series_share_their_read(scheduler: str) -> None:
    loads = Loads()
    lazy = loads.frame()
    kept = lazy[lazy["id"] > 3]
    p = kept["cat"] * 0.5 + kept.map_partitions(_sum_of_two, meta=("p", "f8"))
    source = DaskFrames.of_series(
        {"y_true": kept["label"], "y_pred": p, "sample_weight": abs(kept["weight"])}
    )
    digest(source, ["mse", "mae", "r2"], scheduler)
    assert loads.by_partition == dict.fromkeys(range(6), 1)


def _sum_of_two(part: Any) -> Any:
    return part["cat"] + part["owl"]


def test_parquet_is_read_for_the_columns_wanted(tmp_path: Path) -> None:
    """The other columns' bytes are destroyed: whoever reads them fails."""
    pq = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "0.parquet"
    frame().to_parquet(path, index=False)
    group = pq.read_metadata(path).row_group(0)
    with path.open("r+b") as file:
        for i in range(group.num_columns):
            column = group.column(i)
            if column.path_in_schema in ("id", "owl", "word"):
                file.seek(column.dictionary_page_offset or column.data_page_offset)
                file.write(bytes(column.total_compressed_size))
    lazy = dd.read_parquet(path, index=False)
    with pytest.raises(OSError):  # noqa: PT011  (whatever pyarrow says)
        lazy["word"].compute(scheduler="sync")
    expected = disteval.evaluate(frame()["cat"].to_numpy(), frame()["dog"].to_numpy(), ["mse"])
    for source in (
        DaskFrames.of_frame(lazy, {"y_true": "cat", "y_pred": "dog"}),
        DaskFrames.of_series({"y_true": lazy["cat"], "y_pred": lazy["dog"]}),
    ):
        assert digest(source, ["mse"]) == expected.digest


def test_nothing_runs_before_it_is_asked_for(tmp_path: Path) -> None:
    runs = []

    def counting(graph: Any, keys: Any, **options: Any) -> Any:
        runs.append(keys)
        return dask.get(graph, keys, **options)

    for form in (even, filtered, parquet, joined_and_shuffled, merged, delayed):
        lazy = form(tmp_path)
        with dask.config.set(scheduler=counting):
            for open_ in (columns_of, series_of):
                source = open_(lazy)
                assert source.schema.names == tuple(ROLES)
                assert len(source.pieces()) == lazy.npartitions
                text = disteval.explain(source, metrics=METRICS)
                assert f"{lazy.npartitions} pieces" in text
                pickle.loads(pickle.dumps(source))
        assert not runs
    source = series_of(parquet(tmp_path))
    disteval.evaluate(source, metrics=METRICS, scheduler=counting)
    assert len(runs) == 1


def test_is_dask_frame(tmp_path: Path) -> None:
    rows, lazy = frame(), even(tmp_path)
    assert is_dask_frame(lazy)
    assert is_dask_frame(lazy["label"])
    assert is_dask_frame(lazy.index)
    others = (
        lazy["id"].sum(),
        rows,
        rows["label"],
        rows["label"].to_numpy(),
        lazy["label"].values,
        [1],
        "a",
        None,
    )
    assert not any(map(is_dask_frame, others))
    runs: list[Any] = []
    with dask.config.set(scheduler=lambda *given, **_: runs.append(given)):
        assert is_dask_frame(lazy.set_index("cat"))  # whose divisions are to be computed
    assert not runs


def test_all_tasks_are_of_one_kind(tmp_path: Path) -> None:
    """Also where Dask's own expressions still make tuples of tasks."""
    for form in FORMS:
        source = columns_of(form(tmp_path))
        keys = [key for i in range(len(source.pieces())) for key in source.keys(i)]
        graph = with_data_inside(source.joined({"root": Task("root", list, keys)}, "root"))
        assert {*keys, "root"} <= set(graph)
        assert all(isinstance(task, GraphNode) for task in graph.values())


def test_without_fusion(expected: str) -> None:
    """Dask's optimiser of arrays then leaves the graph as it is."""
    rows = frame()
    y, w = (da.from_array(rows[name].to_numpy(), chunks=300) for name in ("label", "weight"))
    p = da.from_array(rows[CLASSES].to_numpy(), chunks=(300, 2))
    with dask.config.set({"optimization.fuse.active": False}):
        result = disteval.evaluate(y, p, METRICS, sample_weight=w, scheduler="sync")
        assert result.digest == expected
        assert digest(columns_of(dd.from_pandas(rows, npartitions=3))) == expected


def test_the_same_columns_twice(tmp_path: Path) -> None:
    lazy = even(tmp_path)
    expected = disteval.evaluate(frame()["cat"].to_numpy(), frame()["cat"].to_numpy(), ["mse"])
    for source in (
        DaskFrames.of_frame(lazy, {"y_true": "cat", "y_pred": "cat"}),
        DaskFrames.of_series({"y_true": lazy["cat"], "y_pred": lazy["cat"]}),
    ):
        assert digest(source, ["mse"]) == expected.digest


# --- what is refused ----------------------------------------------------------------------------


def test_names_that_are_not_there(tmp_path: Path) -> None:
    lazy = even(tmp_path)
    with pytest.raises(errors.UnknownNameError, match=r"no column 'lable'.*did you mean 'label'"):
        DaskFrames.of_frame(lazy, {"y_true": "lable"})
    with pytest.raises(errors.UnknownNameError, match=r"no column 'cow'.* id, label, cat"):
        DaskFrames.of_frame(lazy, {"y_pred": ("cat", "cow")})
    twice = dd.from_pandas(pd.DataFrame([[1, 2]], columns=["a", "a"]), npartitions=1)
    with pytest.raises(errors.InputError, match=r"one column 'a' in the .*, got 2 of that name"):
        DaskFrames.of_frame(twice, {"y_true": "a"})
    with pytest.raises(errors.ArgumentError, match=r"data= to be a dataframe, got the series 'id'"):
        DaskFrames.of_frame(lazy["id"], {"y_true": "id"})


def test_partitions_that_do_not_pair(tmp_path: Path) -> None:
    y, p = even(tmp_path)["cat"], even(tmp_path).repartition(npartitions=3)["cat"]
    with pytest.raises(
        errors.LengthMismatchError, match=r"as many partitions each, got y_true: 4, y_pred: 3; "
    ):
        DaskFrames.of_series({"y_true": y, "y_pred": p})
    # as many of them, of other lengths: Dask would broadcast or align
    y, p = cut(frame(), [500, 500])["cat"], cut(frame(), [499, 501])["cat"]
    with pytest.raises(errors.LengthMismatchError, match=r"piece [01], got y_true: 500, y_pred: "):
        digest(DaskFrames.of_series({"y_true": y, "y_pred": p}), ["mse"])
    # as many of them until columns are left out
    y, p = sized(tmp_path)["cat"], dd.from_pandas(frame(), npartitions=sized(tmp_path).npartitions)
    with pytest.raises(errors.LengthMismatchError, match="as many partitions each"):
        digest(DaskFrames.of_series({"y_true": y, "y_pred": p["cat"]}), ["mse"])


def test_what_is_in_memory_does_not_pair_with_partitions(tmp_path: Path) -> None:
    lazy = even(tmp_path)["cat"]
    others = (frame()["cat"], frame()["cat"].to_numpy(), 2.0, da.ones((N, 1, 1)), lazy.sum())
    for other in others:
        with pytest.raises(errors.ColumnTypeError, match="y_pred to be a Dask series, dataframe"):
            DaskFrames.of_series({"y_true": lazy, "y_pred": other})


def test_indexes_that_do_not_pair(tmp_path: Path) -> None:
    """Rows pair by position, as in arrays; indexes that say otherwise are refused, as of pandas."""
    lazy = even(tmp_path)
    moved = frame()
    moved.index += 7
    p = dd.from_pandas(moved, npartitions=4)["dog"]
    source = DaskFrames.of_series({"y_true": lazy["cat"], "y_pred": p})
    with pytest.raises(errors.InputError, match=r"\(partition \d\) .* the same index"):
        digest(source, ["mse"])
    counted = DaskFrames.of_series(
        {"y_true": lazy["cat"].reset_index(drop=True), "y_pred": p.reset_index(drop=True)}
    )
    whole = disteval.evaluate(frame()["cat"].to_numpy(), frame()["dog"].to_numpy(), ["mse"])
    assert digest(counted, ["mse"]) == whole.digest


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([1, "a"], "int64"),
        ([True, None], "bool"),
        ([[0.1, 0.9], [0.5, 0.5]], r"rows of \(2,\) float64"),
        ([dt.date(2024, 1, 1), None], "objects of type date"),
    ],
)
def test_objects_are_strings_or_refused(values: list[Any], told: str) -> None:
    rows = pd.DataFrame({"y": pd.Series(values, dtype="object")})
    with dask.config.set({"dataframe.convert-string": False}):
        source = DaskFrames.of_frame(cut(rows, [0, 1, 1]), {"y_true": "y", "y_pred": "y"})
    assert source.schema["y_true"].kind == "str"
    with pytest.raises(errors.ColumnTypeError, match=rf"partition [12]\).* got {told}"):
        digest(source, ["accuracy"])


@pytest.mark.parametrize("dtype", ["timedelta64[ns]", "complex128", "datetime64[ns]"])
def test_dtypes_that_no_metric_takes(dtype: str) -> None:
    rows = pd.DataFrame({"y": pd.Series([1, 2]).astype("int64")})
    lazy = dd.from_pandas(rows, npartitions=1)["y"].astype(dtype)
    with pytest.raises(errors.ColumnTypeError, match=r"y_true.*"):
        DaskFrames.of_series({"y_true": lazy})


@pytest.mark.parametrize(
    ("meta", "values", "told"),
    [
        ("int64", [0.5, 1.0], "hold int64 as Dask's meta says, got float64"),
        ("float32", [0.1, 1.0], "hold float32 as Dask's meta says, got float64"),
        ("str", [1, 2], "hold strings as Dask's meta says, got int64"),
        ("float64", ["a", "b"], "hold float64 as Dask's meta says, got strings"),
    ],
)
def test_a_partition_that_is_not_what_the_meta_says(
    meta: str, values: list[Any], told: str
) -> None:
    parts = [pd.Series(values, name="p")] * 2
    lazy = from_parts(parts, pd.Series([], name="p", dtype=meta))
    source = DaskFrames.of_series({"y_true": lazy, "y_pred": lazy})
    with pytest.raises(errors.ColumnTypeError, match=told):
        digest(source, ["accuracy"])


def test_numbers_beside_strings(tmp_path: Path) -> None:
    with pytest.raises(errors.ColumnTypeError, match="all numbers"):
        DaskFrames.of_frame(even(tmp_path), {"y_pred": ("cat", "word")})


def test_no_rows_at_all() -> None:
    lazy = cut(frame(0), [0, 0])
    with pytest.raises(errors.EmptyDataError, match="at least one row"):
        digest(columns_of(lazy))


# --- the contract -------------------------------------------------------------------------------


class TestDaskFrames(SourceContract):
    """Everything that is asked of a source."""

    @property
    def source(self) -> Source:
        return columns_of(cut(frame(40), [7, 0, 20, 13]))

    @property
    def expected(self) -> Mapping[str, Array]:
        rows = frame(40)
        return {
            "y_true": rows["label"].to_numpy(),
            "y_pred": rows[CLASSES].to_numpy(),
            "sample_weight": rows["weight"].to_numpy(),
        }
