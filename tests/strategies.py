"""Random datasets, and every way to evaluate one.

`examples` draws a dataset with its metrics, cuts, order and memory layout. `run_all_ways` gives
the results of every way in which disteval can evaluate it: they must all be the same.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

import disteval
from disteval.errors import UndefinedMetricWarning
from disteval.report.values import leaves

if TYPE_CHECKING:
    from collections.abc import Sequence

Array = np.ndarray[Any, np.dtype[Any]]

LAYOUTS = ("C", "reversed", "strided", "swapped", "F", "readonly", "list")


@dataclass(frozen=True, eq=False)
class Example:
    """A dataset, what to ask of it, and how to cut it.

    Parameters
    ----------
    arrays : y_true, y_pred and perhaps sample_weight, by name
    metrics : as for `evaluate`
    cuts : row numbers at which the rows are cut; equal ones cut out an empty chunk
    seed : of the order of rows, and of the tree of merges
    layout : one of LAYOUTS
    """

    arrays: Mapping[str, Array]
    metrics: Sequence[Any]
    cuts: tuple[int, ...] = ()
    seed: int = 0
    layout: str = "C"

    @property
    def rows(self) -> int:
        return len(self.arrays["y_true"])

    def chunks(self, order: Array | None = None) -> list[dict[str, Array]]:
        """Rows between cuts, in their own or another order."""
        arrays = {k: a if order is None else a[order] for k, a in self.arrays.items()}
        edges = (0, *self.cuts, self.rows)
        return [
            {name: a[start:stop] for name, a in arrays.items()}
            for start, stop in itertools.pairwise(edges)
        ]


def laid_out(array: Array, layout: str) -> Any:
    """Put the same values in another memory layout."""
    if layout == "reversed":
        return array[::-1].copy()[::-1]
    if layout == "strided":
        wide = np.zeros((2 * len(array), *array.shape[1:]), array.dtype)
        wide[::2] = array
        return wide[::2]
    if layout == "swapped":
        return array.astype(array.dtype.newbyteorder("S"))
    if layout == "F":
        return np.asfortranarray(array)
    if layout == "readonly":
        out = array.copy()
        out.flags.writeable = False
        return out
    # as a list, float32 would become float64: another dtype, and other bits where eps depends on it
    keeps = array.dtype.kind == "U" or array.dtype in (np.float64, np.int64, np.bool_)
    return array.tolist() if layout == "list" and keeps else array


def evaluate(example: Example, y_true: Any, y_pred: Any = None, weight: Any = None,
             scheduler: Any = None) -> disteval.Result:  # fmt: skip
    """`disteval.evaluate`, where undefined values are as good as others."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        return disteval.evaluate(
            y_true, y_pred, example.metrics, sample_weight=weight, scheduler=scheduler
        )


def streamed(example: Example, chunks: Sequence[Mapping[str, Array]]) -> disteval.Evaluator:
    """Return an evaluator that has seen the chunks."""
    evaluator = disteval.Evaluator(example.metrics)
    for chunk in chunks:
        evaluator.update_state(*chunk.values())
    return evaluator


def merged_at_random(
    evaluators: Sequence[disteval.Evaluator], rng: np.random.Generator
) -> disteval.Evaluator:
    """Merge any two that are left, until one is."""
    left = list(evaluators)
    while len(left) > 1:
        a, b = rng.choice(len(left), 2, replace=False)
        left[a].merge_state(left[b])
        del left[b]
    return left[0]


def result_of(evaluator: disteval.Evaluator) -> disteval.Result:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        return evaluator.result()


def run_all_ways(example: Example, scheduler: Any = "threads") -> dict[str, disteval.Result]:
    """Results by the way in which they were found.

    Parameters
    ----------
    scheduler : as for `evaluate`; for the ways that run tasks
    """
    rng = np.random.default_rng(example.seed)
    order = rng.permutation(example.rows)
    chunks, shuffled = example.chunks(), example.chunks(order)
    columns = {name: laid_out(a, example.layout) for name, a in example.arrays.items()}
    lazy = dask_columns(example)
    results = {
        "whole": evaluate(example, *_three(example.arrays), scheduler="sync"),
        "layout": evaluate(example, *_three(columns), scheduler=scheduler),
        "batches": evaluate(example, [tuple(c.values()) for c in chunks], scheduler=scheduler),
        "mappings, shuffled": evaluate(example, shuffled, scheduler=scheduler),
        "dask": evaluate(example, *_three(lazy), scheduler=scheduler),
    }
    if any(metric.passes > 1 for metric in disteval.metrics.as_metrics(example.metrics)):
        return results  # what follows can be read once
    generator = (tuple(c.values()) for c in shuffled)
    results |= {
        "generator": evaluate(example, generator, scheduler="sync"),
        "streamed": result_of(streamed(example, shuffled)),
        "merged": result_of(merged_at_random([streamed(example, [c]) for c in chunks], rng)),
    }
    asked_often = disteval.Evaluator(example.metrics)
    for chunk in chunks:
        asked_often.update_state(*chunk.values())
        result_of(asked_often)  # asking changes nothing
    results["asked often"] = result_of(asked_often)
    return results


def dask_columns(example: Example) -> dict[str, Any]:
    """Make Dask arrays of the columns, cut where the example is."""
    import dask.array as da

    sizes = tuple(len(chunk["y_true"]) for chunk in example.chunks())
    return {
        name: da.from_array(array, chunks=(sizes, *array.shape[1:]))
        for name, array in example.arrays.items()
    }


def flat_value(value: Any) -> Array:
    """Return the value as one array: of a mapping its numbers, one after the other."""
    if not isinstance(value, Mapping):
        return np.asarray(value)
    return np.array([leaf for _, leaf in leaves(value)], np.float64)


def assert_same(results: Mapping[str, disteval.Result]) -> disteval.Result:
    """All results have one digest, and values that are the same bits."""
    (name, first), *others = results.items()
    for other, result in others:
        assert result.digest == first.digest, f"{other} is not {name}"
        assert [*result] == [*first]
        for metric in first:
            a, b = flat_value(first[metric]), flat_value(result[metric])
            assert (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes()), metric
        assert result.rows.seen == first.rows.seen
        assert result.rows.used == first.rows.used
    return first


def _three(columns: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    return columns["y_true"], columns.get("y_pred"), columns.get("sample_weight")


# --- values -----------------------------------------------------------------------------------

REGRESSION = (
    *("mse", "mae", "rmse", "r2", "sklearn:r2_score", "sum"),
    ("mean of y_pred", disteval.metrics.Mean(column="y_pred")),
    ("raw", disteval.metrics.MeanSquaredError(multioutput="raw_values")),
)
BINARY = (
    *("accuracy", "binary_accuracy", "binary_crossentropy", "precision", "recall", "f1"),
    *("mcc", "confusion_matrix", "sklearn:precision"),
    disteval.metrics.Precision(thresholds=(0.1, 0.5, 0.9)),
    disteval.metrics.Recall(thresholds=0.25),
    disteval.metrics.FBetaScore(beta=2.0),
)
LABELS = (
    *("accuracy", "confusion_matrix", "mcc"),
    *(disteval.metrics.F1Score(average=a) for a in ("micro", "macro", "weighted", None)),
    disteval.metrics.Precision(average="macro"),
    disteval.metrics.Recall(average="weighted"),
    disteval.metrics.ConfusionMatrix(normalize="true", name="normalized"),
)
SPARSE = (
    *("accuracy", "sparse_categorical_accuracy", "sparse_categorical_crossentropy"),
    *("confusion_matrix", "mcc"),
    disteval.metrics.SparseCategoricalCrossentropy(ignore_class=0),
    disteval.metrics.F1Score(average="macro"),
)
ONE_HOT = (
    *("accuracy", "categorical_accuracy", "categorical_crossentropy", "binary_crossentropy"),
    *("precision", "recall", "f1"),
    disteval.metrics.Precision(top_k=2, class_id=1),
    disteval.metrics.CategoricalCrossentropy(label_smoothing=0.1),
    disteval.metrics.FBetaScore(average="macro", beta=0.5, threshold=0.3),
)

FLOATS = ("float64", "float64", "float32", "float16")
INTEGERS = ("int8", "uint8", "int16", "int32", "uint32", "int64", "uint64", "bool")


def sizes() -> st.SearchStrategy[int]:
    return st.one_of(st.integers(1, 40), st.sampled_from([4095, 4096, 5000]))


def numbers(shape: tuple[int, ...], profile: str, seed: int) -> Array:
    """float64 values of one character."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=shape)
    if profile == "wide":  # from the smallest to nearly the largest double
        return np.ldexp(x, rng.integers(-1074, 1000, shape))
    if profile == "wide squares":  # whose squares neither overflow nor vanish
        return np.ldexp(x, rng.integers(-500, 500, shape))
    if profile == "subnormal":
        return x * 1e-310
    if profile == "huge":
        return np.ldexp(x, 1020)
    if profile == "offset":
        return x + 1e8
    if profile == "far offset":
        return x * 1e-3 + 1e12
    if profile == "constant":
        return np.full(shape, 0.1)
    return np.round(x, 1) if profile == "ties" else x


PROFILES = (
    *("unit", "wide", "wide squares", "subnormal", "huge", "offset", "far offset"),
    *("constant", "ties", "drawn"),
)


@st.composite
def columns(draw: st.DrawFn, shape: tuple[int, ...]) -> Array:
    """Finite numbers of any dtype."""
    if draw(st.integers(0, 4)) == 0:
        dtype: np.dtype[Any] = np.dtype(draw(st.sampled_from(INTEGERS)))
        rng = np.random.default_rng(draw(st.integers(0, 2**32)))
        if dtype.kind == "b":
            return rng.random(shape) < 0.5
        info = np.iinfo(dtype.name)
        bound = draw(st.sampled_from([1, 100, 1 << 53]))
        low, high = max(info.min, -bound), min(info.max, bound)
        return rng.integers(low, high, shape, dtype, endpoint=True)
    dtype = np.dtype(draw(st.sampled_from(FLOATS)))
    profile = draw(st.sampled_from(PROFILES))
    if profile == "drawn" and np.prod(shape) <= 40:
        values = st.floats(allow_nan=False, allow_infinity=False, width=64)
        size = int(np.prod(shape))
        flat = draw(st.lists(values, min_size=size, max_size=size))
        x = np.array(flat, np.float64).reshape(shape)
    else:
        x = numbers(shape, profile, draw(st.integers(0, 2**32)))
    limit = float(np.finfo(dtype).max)
    return np.clip(x, -limit, limit).astype(dtype)


@st.composite
def weights(draw: st.DrawFn, rows: int, *, negative: bool = False) -> Array | None:
    """None, or weights of any scale: integers, zeros, tiny and huge ones."""
    kind = draw(st.sampled_from(["none", "none", "int", "unit", "wide", "zeros", "negative"]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    if kind == "none":
        return None
    if kind == "int":
        return rng.integers(0, 5, rows)
    if kind == "wide":
        return np.ldexp(rng.random(rows), rng.integers(-300, 300, rows))
    if kind == "zeros":
        return np.where(rng.random(rows) < 0.5, 0.0, rng.random(rows))
    if kind == "negative" and negative:
        return rng.normal(size=rows)
    return rng.random(rows).astype(draw(st.sampled_from(["float32", "float64"])))


@st.composite
def near_zero_r2(draw: st.DrawFn, rows: int) -> tuple[Array, Array]:
    """Predictions whose R² is within 1e-4 of 0: the mean, and a little."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    offset = draw(st.sampled_from([0.0, 1e8, 1e12]))
    y = rng.normal(size=rows) + offset
    return y, np.full(rows, y.mean()) + rng.normal(size=rows) * 1e-5


@st.composite
def regression(draw: st.DrawFn, most_rows: int | None = None) -> dict[str, Array]:
    """y_true, y_pred, and perhaps sample_weight."""
    n = draw(sizes() if most_rows is None else st.integers(1, most_rows))
    shape = draw(st.sampled_from([(n,), (n,), (n, 1), (n, 3)]))
    if draw(st.integers(0, 4)) == 0:
        y, p = draw(near_zero_r2(n))
    else:
        y, p = draw(columns(shape)), draw(columns(shape))
    return _with_weight({"y_true": y, "y_pred": p}, draw(weights(n, negative=True)))


@st.composite
def binary(draw: st.DrawFn) -> dict[str, Array]:
    n = draw(sizes())
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    y = (rng.random(n) < draw(st.sampled_from([0.0, 0.1, 0.5, 1.0]))).astype(
        draw(st.sampled_from(["int64", "int8", "bool", "float32"]))
    )
    p = rng.random(n) if draw(st.booleans()) else np.round(rng.random(n), 1)
    p = p.astype(draw(st.sampled_from(FLOATS)))
    return _with_weight({"y_true": y, "y_pred": p}, draw(weights(n)))


@st.composite
def labels(draw: st.DrawFn) -> dict[str, Array]:
    n = draw(sizes())
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    sets: list[list[int]] = [[0, 1], [-5, 3, 7], [0, 10**12, -(10**15)], [*range(9)]]
    known = np.array(draw(st.sampled_from(sets)))
    true, pred = rng.choice(known, n), rng.choice(known, n)
    if draw(st.booleans()):
        true, pred = (np.char.add("é", v.astype(str)) for v in (true, pred))
    return _with_weight({"y_true": true, "y_pred": pred}, draw(weights(n)))


@st.composite
def class_scores(draw: st.DrawFn, *, one_hot: bool) -> dict[str, Array]:
    n, classes = draw(sizes()), draw(st.integers(2, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    p = rng.random((n, classes)) + 0.01
    p = (p / p.sum(axis=1, keepdims=True)).astype(draw(st.sampled_from(FLOATS)))
    y = rng.integers(0, classes, n)
    true = np.eye(classes, dtype=np.float32)[y] if one_hot else y
    return _with_weight({"y_true": true, "y_pred": p}, draw(weights(n)))


FAMILIES: Mapping[str, tuple[st.SearchStrategy[dict[str, Array]], Sequence[Any]]] = {
    "regression": (regression(), REGRESSION),
    "binary": (binary(), BINARY),
    "labels": (labels(), LABELS),
    "sparse": (class_scores(one_hot=False), SPARSE),
    "one-hot": (class_scores(one_hot=True), ONE_HOT),
}


@st.composite
def examples(draw: st.DrawFn, family: str | None = None) -> Example:
    """Draw a dataset of a family, or of any."""
    name: str = draw(st.sampled_from(sorted(FAMILIES))) if family is None else family
    data, metrics = FAMILIES[name]
    arrays = draw(data)
    rows = len(arrays["y_true"])
    cuts: list[int] = draw(st.lists(st.integers(0, rows), max_size=12))
    wanted: bool = draw(st.booleans())
    if cuts and wanted:
        cuts += [cuts[0], min(cuts[0] + 1, rows)]  # an empty chunk, and one of one row
    layout = draw(st.sampled_from(LAYOUTS))
    return Example(arrays, metrics, tuple(sorted(cuts)), draw(st.integers(0, 2**32)), layout)


def _with_weight(arrays: dict[str, Array], weight: Array | None) -> dict[str, Array]:
    return arrays if weight is None else arrays | {"sample_weight": weight}
