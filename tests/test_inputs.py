"""Every form in which rows can come: the same rows, the same digest."""

from __future__ import annotations

import itertools
import pickle
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import dask
import dask.array as da
import dask.bag
import numpy as np
import pandas as pd
import pytest

import disteval
from disteval.protocol import Source
from disteval.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

Array = np.ndarray[Any, np.dtype[Any]]
Given = tuple[Any, ...]  # y_true, y_pred, sample_weight, data

N, CLASSES = 1_100, 3
METRICS = ("accuracy", "sparse_categorical_crossentropy", "confusion_matrix", "mcc", "mean")
EDGES = (0, 300, 300, 301, 777, N)


def rows() -> dict[str, Array]:
    rng = np.random.default_rng(0)
    p = rng.random((N, CLASSES)) + 0.01
    return {
        "y_true": rng.integers(0, CLASSES, N),
        "y_pred": p / p.sum(axis=1, keepdims=True),
        "sample_weight": rng.random(N),
    }


class Wrapped:
    """Anything with ``__array__``, such as a tensor or a column of a frame."""

    def __init__(self, array: Array) -> None:
        self._array = array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.array(self._array, dtype=dtype) if dtype or copy else self._array

    def __len__(self) -> int:
        return len(self._array)


class Loader:
    """An iterable that starts anew each time, as data loaders do."""

    def __init__(self, *, mappings: bool = False) -> None:
        self.mappings = mappings

    def __iter__(self) -> Iterator[Any]:
        columns = rows()
        for start, stop in itertools.pairwise(EDGES):
            part = {name: array[start:stop] for name, array in columns.items()}
            yield part if self.mappings else tuple(part.values())


def arrays(_: Path) -> Given:
    return (*rows().values(), None)


def lists(_: Path) -> Given:
    return (*(array.tolist() for array in rows().values()), None)


def columns_of_one(_: Path) -> Given:
    y, p, w = rows().values()
    return y[:, None], p[:, :, None], w[:, None], None


def wrapped(_: Path) -> Given:
    return (*(Wrapped(array) for array in rows().values()), None)


def memory_maps(folder: Path) -> Given:
    return (*(np.load(path, mmap_mode="r") for path in whole_files(folder)), None)


def slices_of_memory_maps(folder: Path) -> Given:
    out = []
    for name, array in rows().items():
        np.save(folder / f"{name}.npy", np.concatenate([array[:7], array, array[:5]]))
        out.append(np.load(folder / f"{name}.npy", mmap_mode="r")[7 : 7 + N])
    return (*out, None)


def strided_memory_maps(folder: Path) -> Given:
    out = []
    for name, array in rows().items():
        np.save(folder / f"{name}.npy", np.repeat(array, 2, axis=0))
        out.append(np.load(folder / f"{name}.npy", mmap_mode="r")[::2])
    return (*out, None)


def raw_memory_maps(folder: Path) -> Given:
    """Of files without a header, at an offset; open for writing, with a change not yet on disk."""
    out = []
    for name, array in rows().items():
        shape, path = array.shape, folder / f"{name}.raw"
        written = np.memmap(path, array.dtype, "w+", 4096, shape)
        written[:] = array
        out.append(written)
    return (*out, None)


def whole_files(folder: Path) -> list[Path]:
    paths = []
    for name, array in rows().items():
        np.save(folder / f"{name}.npy", array)
        paths.append(folder / f"{name}.npy")
    return paths


def files(folder: Path) -> Given:
    return (*whole_files(folder), None)


def names_of_files(folder: Path) -> Given:
    return (*map(str, whole_files(folder)), None)


def fortran_files(folder: Path) -> Given:
    paths = []
    for name, array in rows().items():
        np.save(folder / f"{name}.npy", np.asfortranarray(array))
        paths.append(folder / f"{name}.npy")
    return (*paths, None)


def shards(folder: Path) -> dict[str, list[Path]]:
    """Twelve files a column, whose natural order is not that of their names as text."""
    found = {}
    for name, array in rows().items():
        (folder / name).mkdir()
        found[name] = [folder / name / f"shard-{i}.npy" for i in range(12)]
        for path, part in zip(found[name], np.array_split(array, 12), strict=True):
            np.save(path, part)
    return found


def directories(folder: Path) -> Given:
    return (*(folder / name for name in shards(folder)), None)


def globs(folder: Path) -> Given:
    return (*(str(folder / name / "shard-*.npy") for name in shards(folder)), None)


def lists_of_files(folder: Path) -> Given:
    return (*shards(folder).values(), None)


def shards_cut_elsewhere(folder: Path) -> Given:
    """Files of the labels, one file of the scores, weights in memory."""
    found = shards(folder)
    np.save(folder / "p.npy", rows()["y_pred"])
    return found["y_true"], folder / "p.npy", rows()["sample_weight"], None


def archive_as_data(folder: Path) -> Given:
    np.savez_compressed(folder / "all.npz", allow_pickle=False, **rows())
    return "y_true", "y_pred", "sample_weight", folder / "all.npz"


def archives_as_data(folder: Path) -> Given:
    for i, part in enumerate(np.array_split(np.arange(N), 12)):
        np.savez(
            folder / f"part{i}.npz", allow_pickle=False, **{k: v[part] for k, v in rows().items()}
        )
    return "y_true", "y_pred", "sample_weight", str(folder / "part*.npz")


def archives(folder: Path) -> Given:
    np.savez(folder / "all.npz", allow_pickle=False, **rows())
    np.savez(folder / "only.npz", anything=rows()["y_pred"])
    return folder / "all.npz", folder / "only.npz", folder / "all.npz", None


def mapping(_: Path) -> Given:
    y, p, w = rows().values()
    return "label", "scores", "w", {"label": y, "scores": p, "w": w, "other": None}


def side_by_side(_: Path) -> Given:
    y, p, w = rows().values()
    return "label", ["a", "b", "c"], w, {"label": y, **dict(zip("abc", p.T, strict=True))}


def archives_side_by_side(folder: Path) -> Given:
    y, p, w = rows().values()
    paths = []
    for i, part in enumerate(np.array_split(np.arange(N), 3)):
        several = dict(zip("abc", p[part].T, strict=True))
        np.savez(folder / f"{i}.npz", allow_pickle=False, label=y[part], w=w[part], **several)
        paths.append(folder / f"{i}.npz")
    return "label", ["a", "b", "c"], "w", paths


def mapping_of_files(folder: Path) -> Given:
    return "y_true", "y_pred", "sample_weight", dict(zip(rows(), whole_files(folder), strict=True))


def lazy(*, chunks: Any = 100, p_chunks: Any = None) -> Given:
    y, p, w = rows().values()
    of = da.from_array
    return of(y, chunks=chunks), of(p, chunks=p_chunks or (chunks, -1)), of(w, chunks=chunks), None


def dask_aligned(_: Path) -> Given:
    return lazy()


def dask_misaligned(_: Path) -> Given:
    return lazy(p_chunks=(((33, 1, 1000, 66), CLASSES)))


def dask_chunked_classes(_: Path) -> Given:
    return lazy(p_chunks=(250, 1))


def dask_and_numpy(_: Path) -> Given:
    y, p, w = rows().values()
    return y, da.from_array(p, chunks=(99, -1)), w.tolist(), None


def dask_side_by_side(_: Path) -> Given:
    y, p, w = rows().values()
    several = {k: da.from_array(column, chunks=333) for k, column in zip("abc", p.T, strict=True)}
    return "label", ["a", "b", "c"], "w", {"label": y, "w": da.from_array(w, chunks=50), **several}


def dask_of_unknown_sizes(_: Path) -> Given:
    """More rows, of which only ours are kept."""
    out = []
    keep = np.arange(N + 200) % 13 > 1
    keep[np.flatnonzero(keep)[N:]] = False
    for array in rows().values():
        padded = np.zeros((N + 200, *array.shape[1:]), array.dtype)
        padded[keep] = array[: keep.sum()]
        chunks = (97, *array.shape[1:])
        out.append(da.from_array(padded, chunks=chunks)[da.from_array(keep, chunks=97)])
    assert keep.sum() == N
    return (*out, None)


def batches(_: Path) -> Given:
    return list(Loader()), None, None, None


def generator(_: Path) -> Given:
    return iter(Loader()), None, None, None


def loader(_: Path) -> Given:
    return Loader(), None, None, None


def mappings(_: Path) -> Given:
    return list(Loader(mappings=True)), None, None, None


def mappings_as_data(_: Path) -> Given:
    return "y_true", "y_pred", "sample_weight", Loader(mappings=True)


def mapping_of_batches(_: Path) -> Given:
    return "y_true", "y_pred", "sample_weight", iter(Loader(mappings=True))


def a_source(folder: Path) -> Given:
    y, p, w, data = shards_cut_elsewhere(folder)
    return open_source(y, p, w, data), None, None, None


def memory_maps_in_batches(folder: Path) -> Given:
    mapped = [np.load(path, mmap_mode="r") for path in whole_files(folder)]
    return [tuple(array[a:b] for array in mapped) for a, b in itertools.pairwise(EDGES)], *[
        None
    ] * 3


def files_side_by_side(folder: Path) -> Given:
    y, p, w = rows().values()
    for name, column in zip("abc", p.T, strict=True):
        np.save(folder / f"{name}.npy", column)
    several = {name: folder / f"{name}.npy" for name in "abc"}
    return "label", ["a", "b", "c"], w, {"label": y, **several}


def a_source_as_data(_: Path) -> Given:
    y, p, w = rows().values()
    return "by", "y_true", "y_pred", open_source(p, w, sample_weight=w, by=y)


def a_lazy_source_as_data(_: Path) -> Given:
    y, p, w, _data = lazy()
    return "by", "y_true", "y_pred", open_source(p, w, by=y)


FORMS: tuple[Callable[[Path], Given], ...] = (
    *(arrays, lists, columns_of_one, wrapped),
    *(memory_maps, slices_of_memory_maps, strided_memory_maps, raw_memory_maps),
    *(files, names_of_files, fortran_files, directories, globs, lists_of_files),
    *(shards_cut_elsewhere, archive_as_data, archives_as_data, archives, archives_side_by_side),
    *(mapping, side_by_side, mapping_of_files, dask_side_by_side),
    *(dask_aligned, dask_misaligned, dask_chunked_classes, dask_and_numpy, dask_of_unknown_sizes),
    *(batches, generator, loader, mappings, mappings_as_data, mapping_of_batches),
    *(
        a_source,
        a_source_as_data,
        a_lazy_source_as_data,
        memory_maps_in_batches,
        files_side_by_side,
    ),
)

forms = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)


def evaluate(given: Given, scheduler: str = "threads") -> disteval.Result:
    y, p, w, data = given
    return disteval.evaluate(y, p, METRICS, data=data, sample_weight=w, scheduler=scheduler)


@pytest.fixture(scope="module")
def expected() -> disteval.Result:
    return evaluate((*rows().values(), None), "sync")


@forms
@pytest.mark.parametrize("scheduler", ["threads", "sync"])
def test_same_rows_same_digest(
    form: Callable[[Path], Given], scheduler: str, tmp_path: Path, expected: disteval.Result
) -> None:
    result = evaluate(form(tmp_path), scheduler)
    assert result.rows.seen == N
    assert result.digest == expected.digest
    for name in expected:
        np.testing.assert_array_equal(result[name], expected[name], strict=True)


@forms
def test_a_source_goes_to_workers_by_pickle(
    form: Callable[[Path], Given], tmp_path: Path, expected: disteval.Result
) -> None:
    source = open_source(*form(tmp_path))
    assert isinstance(source, Source)
    if not source.replayable:
        pytest.skip("an iterator stays where it is")
    again = pickle.loads(pickle.dumps(source))
    result = disteval.evaluate(again, metrics=METRICS, scheduler="sync")
    assert result.digest == expected.digest


@pytest.mark.parametrize("cut", [slice(None), slice(1_000, 400_000)])
@pytest.mark.parametrize("mode", ["r", "r+"])
def test_a_memory_map_is_not_pickled(tmp_path: Path, cut: slice, mode: Any) -> None:
    path = tmp_path / "y.npy"
    np.save(path, np.arange(500_000.0))
    mapped = np.load(path, mmap_mode=mode)[cut]
    source = open_source(mapped, mapped, None)
    assert len(pickle.dumps(source)) < 5_000
    part = source.restrict(slice(0, 1))
    assert len(pickle.dumps(part)) < 5_000
    again = pickle.loads(pickle.dumps(source))
    result = disteval.evaluate(again, metrics=["sum"])
    assert result["sum"] == float(np.arange(500_000.0)[cut].sum())


def test_a_private_memory_map_keeps_its_changes(tmp_path: Path) -> None:
    np.save(tmp_path / "y.npy", np.ones(100))
    mapped = np.load(tmp_path / "y.npy", mmap_mode="c")
    mapped[:50] = 3.0  # in no file
    again = pickle.loads(pickle.dumps(open_source(mapped)))
    assert disteval.evaluate(again, metrics=["sum"])["sum"] == 200.0


def test_shards_are_pickled_by_name(tmp_path: Path) -> None:
    np.save(tmp_path / "0.npy", np.ones(500_000))
    np.savez(tmp_path / "0.npz", y=np.ones(500_000))
    for path in (tmp_path / "0.npy", tmp_path / "0.npz"):
        source = open_source(path)
        assert len(pickle.dumps(source)) < 5_000
        disteval.evaluate(source, metrics=["sum"])
        assert len(pickle.dumps(source)) < 5_000  # nor once they have been read


def test_only_the_rows_of_a_task_are_pickled() -> None:
    source = open_source([(np.ones(50_000), np.ones(50_000))] * 10, None)
    assert len(pickle.dumps(source.restrict(slice(3, 4)))) < 2 * 8 * 50_000 + 5_000


def test_natural_order(tmp_path: Path) -> None:
    for i in range(12):
        np.save(tmp_path / f"shard-{i}.npy", np.full(3, i))
    for given in (tmp_path, str(tmp_path / "*.npy"), str(tmp_path)):
        source = open_source(given)
        firsts = [int(next(source.read(i, ["y_true"]))["y_true"][0]) for i in range(12)]
        assert firsts == list(range(12))


def test_empty_shards_count_for_nothing(tmp_path: Path) -> None:
    for i, n in enumerate((0, 5, 0, 3, 0)):
        np.save(tmp_path / f"{i}.npy", np.full(n, 2.0))
    result = disteval.evaluate(tmp_path, metrics=["sum", "mean"])
    assert result["sum"] == 16.0
    assert result.rows.seen == 8


# --- how often Dask loads -----------------------------------------------------------------------


class Loads:
    """Counts how often each chunk is made."""

    def __init__(self) -> None:
        self.by_chunk: Counter[tuple[str, int]] = Counter()
        self._lock = threading.Lock()

    def array(self, name: str, chunks: int = 20, rows: int = 50) -> Any:
        @dask.delayed(pure=True)  # type: ignore[untyped-decorator]
        def load(i: int) -> Array:
            with self._lock:
                self.by_chunk[name, i] += 1
            return np.random.default_rng(i).random(rows)

        parts = [da.from_delayed(load(i), (rows,), np.float64) for i in range(chunks)]
        return da.concatenate(parts)


@pytest.mark.parametrize("scheduler", ["threads", "sync"])
def test_each_chunk_is_loaded_once(scheduler: str) -> None:
    loads = Loads()
    y = loads.array("y")
    metrics = ["mse", "mae", "r2", "rmse", "mean", "sum"]
    disteval.evaluate(y, y * 0.5 + 0.1, metrics, sample_weight=abs(y), scheduler=scheduler)
    assert set(loads.by_chunk.values()) == {1}
    assert len(loads.by_chunk) == 20


def test_chunks_of_several_arrays_are_loaded_once() -> None:
    loads = Loads()
    y, p = loads.array("y"), loads.array("p", 10, 100)
    both = da.stack([p, p + 1], axis=1)
    disteval.evaluate(y, both[:, 0], ["mse", "r2"])
    assert set(loads.by_chunk.values()) == {1}
    assert len(loads.by_chunk) == 30


def test_unknown_sizes_are_loaded_once() -> None:
    loads = Loads()
    y = loads.array("y")
    kept = y[y > 0.5]
    disteval.evaluate(kept, kept + 1, ["mse"])
    assert set(loads.by_chunk.values()) == {1}
    assert len(loads.by_chunk) == 20


def test_nothing_is_loaded_before_it_is_asked_for() -> None:
    loads = Loads()
    source = open_source(loads.array("y"), loads.array("p"))
    assert source.schema.names == ("y_true", "y_pred")
    assert not loads.by_chunk


# --- one weight for all rows --------------------------------------------------------------------


def test_a_single_weight_is_that_of_every_row() -> None:
    y, p, _ = rows().values()
    one = disteval.evaluate(y, p, METRICS, sample_weight=2.0)
    many = disteval.evaluate(y, p, METRICS, sample_weight=np.full(N, 2.0))
    assert one.digest == many.digest


def test_mapping_keys_are_checked_in_order() -> None:
    given: Mapping[str, Any] = {"b": np.ones(3), "a": np.zeros(3)}
    assert disteval.evaluate("a", "b", "mse", data=given)["mse"] == 1.0


def test_a_weight_of_every_row_of_files(tmp_path: Path) -> None:
    y, p, _ = whole_files(tmp_path)
    one = disteval.evaluate(y, p, METRICS, sample_weight=0.5)
    assert one.digest == disteval.evaluate(y, p, METRICS, sample_weight=np.full(N, 0.5)).digest
    source = open_source(y, p, np.float32(0.5))
    assert source.schema["sample_weight"].dtype == np.float32


@pytest.mark.parametrize("weight", [2, 0.5, np.float32(0.5), np.array(3.0)])
def test_a_weight_of_every_row_beside_dask_arrays(weight: Any) -> None:
    y, p, _, _ = lazy(p_chunks=(250, 1))
    one = disteval.evaluate(y, p, METRICS, sample_weight=weight)
    many = disteval.evaluate(y.compute(), p.compute(), METRICS, sample_weight=weight)
    assert one.digest == many.digest


# --- groups -------------------------------------------------------------------------------------


GROUPS = np.array(["x", "yy", "x", "z"] * (N // 4))


@forms
def test_groups_beside_every_form(
    form: Callable[[Path], Given], tmp_path: Path, expected: disteval.Result
) -> None:
    """Labels in memory, or as shards cut elsewhere."""
    y, p, w, data = form(tmp_path)
    if isinstance(y, Source) or (p is None and data is None):
        with pytest.raises(disteval.errors.ArgumentError, match="to bring all columns along, got"):
            disteval.evaluate(y, p, METRICS, by=GROUPS)
        return
    if not isinstance(data, dict | None):
        with pytest.raises(disteval.errors.ArgumentError, match="by to be a column name "):
            disteval.evaluate(y, p, METRICS, sample_weight=w, data=data, by=GROUPS)
        return
    if form is dask_of_unknown_sizes:
        return
    result = disteval.evaluate(y, p, METRICS, sample_weight=w, data=data, by=GROUPS)
    assert result.digest == expected.digest
    columns = {name: array[GROUPS == "yy"] for name, array in rows().items()}
    assert result.slices["yy"].digest == evaluate((*columns.values(), None)).digest


def test_groups_in_batches() -> None:
    batches = [
        {"y_true": [1, 0], "y_pred": [1, 1], "by": ["a", "b"]},
        {"y_true": [1], "y_pred": [0], "by": ["b"]},
    ]
    for given in (batches, iter(batches)):
        result = disteval.evaluate(given, None, "accuracy")
        assert {k: v["accuracy"] for k, v in result.slices.items()} == {"a": 1.0, "b": 0.0}


def test_groups_in_shards(tmp_path: Path) -> None:
    np.save(tmp_path / "y.npy", rows()["y_true"])
    for i, part in enumerate(np.array_split(GROUPS, 3)):
        np.save(tmp_path / f"by-{i}.npy", part)
    y = tmp_path / "y.npy"
    by = disteval.evaluate(y, y, "accuracy", by=f"{tmp_path}/by-*.npy")
    assert list(by.slices) == ["x", "yy", "z"]


# --- what Dask has beside other things ----------------------------------------------------------


@pytest.mark.parametrize(
    "values", [["a", "b", "a"], ["a", None, "a"], [1, None, 0], [True, False, None]]
)
def test_lists_beside_dask_arrays(values: list[Any]) -> None:
    y = da.from_array(np.array([0, 1, 0]), chunks=2)
    result = disteval.evaluate(y, y, "accuracy", by=values, nan_policy="omit")
    groups = {k: v.rows.used for k, v in result.slices.items()}
    assert groups == dict(Counter(v for v in values if v is not None))


def test_no_label_at_all_beside_dask_arrays() -> None:
    nothing = pd.Series([None, None], dtype="str")
    y = da.from_array(np.arange(2), chunks=1)
    with pytest.raises(disteval.errors.EmptyDataError, match="without NaN, got none of 2"):
        disteval.evaluate(y, y, "accuracy", by=nothing, nan_policy="omit")


def test_dask_where_it_cannot_be() -> None:
    class DataArray(Wrapped):
        """As xarray's: lazy or not, as its `__dask_graph__` says."""

        def __dask_graph__(self) -> None:
            return None

    assert disteval.evaluate(DataArray(GROUPS), GROUPS, "accuracy")["accuracy"] == 1.0
    lazy_y = da.from_array(np.arange(3), chunks=2)
    message = "y_true in memory, got a Dask Array; call .compute"
    with pytest.raises(disteval.errors.ArgumentError, match=message):
        disteval.evaluate([{"y_true": lazy_y, "y_pred": lazy_y}], None, "mse")


def test_what_dask_has_yet_to_compute_is_no_batches() -> None:
    """Nothing runs, and nothing is taken for a source or for batches."""
    batch = {"y_true": [0.0], "y_pred": [1.0]}
    bag, delayed = dask.bag.from_sequence([batch]), dask.delayed([batch])
    runs: list[Any] = []
    with dask.config.set(scheduler=lambda *given, **_: runs.append(given)):
        for values, remedy in ((bag, r"a Dask Bag; .*\.to_dataframe"), (delayed, "call .compute")):
            for y, p in ((values, None), (values, [1.0]), ([1.0], values)):
                with pytest.raises(disteval.errors.ArgumentError, match=f"in memory, .*{remedy}"):
                    disteval.evaluate(y, p, "mse")
            with pytest.raises(disteval.errors.ArgumentError, match=f"data= in memory, .*{remedy}"):
                disteval.evaluate("y_true", "y_pred", "mse", data=values)
    assert not runs
    with pytest.raises(disteval.errors.ArgumentError, match=r"data= to be a mapping .* got Array"):
        disteval.evaluate("y_true", "y_pred", "mse", data=da.ones(3))


# --- what is refused ----------------------------------------------------------------------------


def test_what_data_cannot_be(tmp_path: Path) -> None:
    whole_files(tmp_path)
    with pytest.raises(disteval.errors.ArgumentError, match=r"named columns as data=, got '.*npy'"):
        disteval.evaluate("y_true", "y_pred", data=tmp_path)
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    message = r"arrays \(.npy or .npz files\), got the table '.*t.csv'; give it as data=, and its c"
    for given in (tmp_path / "t.csv", [tmp_path / "t.csv"], f"{tmp_path}/*.csv"):
        with pytest.raises(disteval.errors.SourceError, match=message):
            disteval.evaluate(given, given, "mse")
    with pytest.raises(disteval.errors.SourceError, match=message):
        disteval.evaluate("a", "b", "mse", data={"a": tmp_path / "t.csv", "b": [1]})
    np.savez(tmp_path / "one.npz", label=np.ones(3))
    match = r"no array 'score' in '.*one.npz'; it holds label"
    with pytest.raises(disteval.errors.UnknownNameError, match=match):
        disteval.evaluate("label", "score", "mse", data=tmp_path / "one.npz")
    with pytest.raises(disteval.errors.ArgumentError, match="expected y_true to be data, got None"):
        disteval.evaluate(None, "score", "mse", data={"score": [1.0]})


@pytest.mark.parametrize("name", ["label", "a label", "p.cat"])
def test_a_name_without_data(name: str) -> None:
    match = f"there is no file '{name}'; for a column of that name, give data= "
    for y, p in ((name, [1.0]), ([1.0], name)):
        with pytest.raises(disteval.errors.SourceNotFoundError, match=match):
            disteval.evaluate(y, p, "mse")


def test_names_in_a_source() -> None:
    source = open_source(np.ones(2), np.zeros(2))
    with pytest.raises(disteval.errors.UnknownNameError, match="no column 'y'; the columns of the"):
        disteval.evaluate("y", "y_pred", "mse", data=source)
    with pytest.raises(disteval.errors.ArgumentError, match="one column of the Source as y_pred, "):
        disteval.evaluate("y_true", ["y_true", "y_pred"], "mse", data=source)
    assert disteval.evaluate("y_pred", "y_pred", "mse", data=source)["mse"] == 0.0
    assert open_source("y_true", "y_pred", data=source) is source
    noted = open_source("y_pred", data=source)
    assert noted.notes == ()  # type: ignore[attr-defined]
    assert noted.replayable


def test_names_of_files_are_no_labels() -> None:
    names = ["a.npy", "b.npy"]
    message = r"names of files such as 'a.npy'; .*Path"
    with pytest.raises(disteval.errors.ArgumentError, match=message):
        disteval.evaluate(names, names, ["accuracy"])
