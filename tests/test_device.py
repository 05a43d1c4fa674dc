"""The GPU path gives the CPU's bytes: states, values and digests.

Every test runs through the stand-in (`stand_in.py`), and marked ``gpu`` through CuPy where there
is a device: ``pytest -m gpu``.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import disteval
from disteval import backend
from disteval.engine import Plan, run
from disteval.engine.blocks import Blocks
from disteval.errors import DistevalError, DistevalWarning
from disteval.metrics import as_metrics
from disteval.metrics.rows import (
    PRED,
    TRUE,
    Above,
    AbsoluteError,
    ArgMax,
    Labels,
    NonZero,
    Raw,
    SquaredError,
)
from disteval.metrics.table import TABLE, Entry
from disteval.numerics import device as device_numerics
from disteval.numerics import elementary, rows
from disteval.protocol import WEIGHT, Y_PRED, Y_TRUE, Origin, Schema
from disteval.reductions import (
    ConfusionCounts,
    Count,
    ExactSum,
    Keyed,
    MinMax,
    Moments,
    ThresholdCounts,
    TotalWeight,
)
from disteval.sources.batches import Batches
from disteval.sources.columns.kinds import column_of
from tests import references, stand_in

Array = np.ndarray[Any, np.dtype[Any]]
Columns = Mapping[str, Any]

TINY, HUGE = 5e-324, np.finfo(np.float64).max


@functools.cache
def no_device() -> str:
    """Why CuPy can't run here, or ""."""
    try:
        import cupy
    except ImportError as error:
        return f"needs a GPU and CuPy, which is not installed ({error})"
    return "" if cupy.is_available() else "needs a GPU: CuPy finds no CUDA device"


@dataclass(frozen=True)
class Device:
    """How arrays get to a device."""

    asarray: Callable[[Any], Any]

    def move(self, columns: Columns) -> dict[str, Any]:
        return {name: self.asarray(array) for name, array in columns.items()}


@pytest.fixture(
    params=[
        "stand-in",
        pytest.param(
            "cupy",
            marks=[pytest.mark.gpu, pytest.mark.skipif(bool(no_device()), reason=no_device())],
        ),
    ]
)
def device(request: pytest.FixtureRequest) -> Device:
    if request.param == "stand-in":
        return Device(stand_in.asarray)
    import cupy

    return Device(cupy.asarray)


# --- what is summed and counted ------------------------------------------------------------------


def scales(n: int, low: int, high: int, seed: int = 0) -> Array:
    """Doubles of both signs, of every magnitude from 2**low to 2**high."""
    rng = np.random.default_rng(seed)
    return np.ldexp(rng.uniform(-1, 1, n), rng.integers(low, high + 1, n))


def seeded(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


COLUMNS: dict[str, Array] = {
    "uniform": seeded().uniform(size=5000),
    "float32": seeded().normal(size=5000).astype(np.float32),
    "float16": seeded().normal(size=100).astype(np.float16),
    "all scales": scales(3000, -1073, 1024),
    "no neighbours": np.array([1.0, 2.0**-60, 2.0**-120, TINY, -(2.0**-200)]),
    "subnormal": scales(1000, -1073, -1020),
    "smallest": np.array([TINY, -TINY, TINY, TINY]),
    "huge": scales(1000, 1000, 1024),
    "largest": np.array([HUGE, -HUGE, HUGE, np.nextafter(HUGE, 0), 2.0**1023, 1.0, TINY]),
    "only the largest": np.array([HUGE]),
    "just below a power": np.nextafter(2.0 ** np.arange(-1000.0, 1024.0, 23), 0),
    "powers": 2.0 ** np.arange(-1074.0, 1024.0),
    "at the split": np.array([2.0**900, np.nextafter(2.0**900, 0), -(2.0**899), 3.0, 2.0**-1060]),
    "overflow on the way": np.array([1e308] * 7 + [-1e308] * 7 + [3.5]),
    "cancelling": np.array([1e16, 1.0, -1e16, 1e-300]),
    "zeros": np.array([0.0, -0.0, 0.0, -0.0]),
    "minus zero": np.array([-0.0]),
    "infinite": np.array([np.inf, 1.0, 2.5, np.inf]),
    "both infinities": np.array([np.inf, -np.inf, -np.inf, 1e308, 7.0]),
    "nan": np.array([np.nan, 1.0, np.inf, TINY, HUGE]),
    "one": np.array([0.1]),
    "bool": seeded().random(1000) < 0.3,
    "int8": np.arange(-128, 128).astype(np.int8),
    "int64": seeded().integers(-(2**40), 2**40, 1000),
    "beyond 2**53": seeded().integers(-(2**63), 2**63 - 1, 1000),
    "uint64": seeded().integers(0, 2**64 - 1, 1000, dtype=np.uint64),
    "extreme ints": np.array([-(2**63), 2**63 - 1, -1, 0, 1, 2**53 + 1]),
}
INEXACT = ("beyond 2**53", "uint64", "extreme ints")
SIGNED = tuple(name for name in COLUMNS if name not in INEXACT)


def weights(n: int) -> Array:
    """Positive weights of many magnitudes."""
    return np.abs(scales(n, -40, 40, 5)) + 0.125


def matrix(name: str, k: int = 3) -> Array:
    """Rows of k, in which the column occurs in k orders."""
    x = COLUMNS[name]
    return np.ascontiguousarray(np.stack([np.roll(x, j) for j in range(k)], axis=-1))


def cells_of(n: int) -> Array:
    return seeded(7).integers(0, 4, n)


def reduced(reduction: Any, columns: Columns, cells: Any = None, n_cells: int = 1) -> bytes:
    """Give the bytes of the sealed state of one chunk of columns."""
    blocks = Blocks(Schema(tuple((name, column_of(array)) for name, array in columns.items())))
    state = reduction.empty(n_cells)

    def batches() -> Iterator[Any]:
        yield from blocks.push(columns, Origin(0, 0))
        yield from blocks.flush()

    with np.errstate(all="ignore"):
        for batch in batches():
            if cells is None:
                state = reduction.update(state, batch)
                continue
            own = cells[batch.origin.offset : batch.origin.offset + batch.rows]
            state = reduction.update(state, batch.in_cells(own, n_cells))
    sealed: bytes = reduction.seal(state).to_bytes()
    return sealed


def check(device: Device, reduction: Any, columns: Columns, cells: Any = None) -> None:
    """Compare the states that a device chunk and a host chunk give."""
    n_cells = 1 if cells is None else 5
    expected = reduced(reduction, columns, cells, n_cells)
    own = None if cells is None else device.asarray(cells)
    assert reduced(reduction, device.move(columns), own, n_cells) == expected


class TestExactSum:
    @pytest.mark.parametrize("name", COLUMNS)
    def test_one_sum(self, device: Device, name: str) -> None:
        check(device, ExactSum(Raw(Y_TRUE)), {Y_TRUE: COLUMNS[name]})

    @pytest.mark.parametrize("name", COLUMNS)
    def test_columns(self, device: Device, name: str) -> None:
        check(device, ExactSum(Raw(Y_TRUE), 3), {Y_TRUE: matrix(name)})

    @pytest.mark.parametrize("name", COLUMNS)
    def test_cells(self, device: Device, name: str) -> None:
        columns = {Y_TRUE: COLUMNS[name]}
        check(device, ExactSum(Raw(Y_TRUE)), columns, cells_of(len(COLUMNS[name])))

    @pytest.mark.parametrize("columns", [1, 3])
    def test_elements_in_cells(self, device: Device, columns: int) -> None:
        x = matrix("all scales")
        check(device, ExactSum(Raw(Y_TRUE), columns), {Y_TRUE: x}, cells_of(len(x)))

    @pytest.mark.parametrize("name", SIGNED)
    def test_weighted(self, device: Device, name: str) -> None:
        x = COLUMNS[name]
        check(device, ExactSum(Raw(Y_TRUE)), {Y_TRUE: x, WEIGHT: weights(len(x))})
        check(device, ExactSum(Raw(Y_TRUE), 3), {Y_TRUE: matrix(name), WEIGHT: weights(len(x))})

    @pytest.mark.parametrize("name", INEXACT)
    def test_wide_integers_refuse_weights(self, device: Device, name: str) -> None:
        columns = {Y_TRUE: COLUMNS[name], WEIGHT: weights(len(COLUMNS[name]))}
        with pytest.raises(DistevalError) as expected:
            reduced(ExactSum(Raw(Y_TRUE)), columns)
        with pytest.raises(DistevalError) as found:
            reduced(ExactSum(Raw(Y_TRUE)), device.move(columns))
        assert str(found.value) == str(expected.value)

    @pytest.mark.parametrize("error", [SquaredError(), AbsoluteError()])
    @pytest.mark.parametrize("dtypes", ["ff", "dd", "fd", "ed", "df"])
    def test_errors(self, device: Device, error: Any, dtypes: str) -> None:
        # on the CPU a fused loop: on a device an expression
        y, p = (scales(9000, -20, 12, seed).astype(d) for seed, d in enumerate(dtypes))
        check(device, ExactSum(error), {Y_TRUE: y, Y_PRED: p})

    def test_squares_overflow_and_underflow(self, device: Device) -> None:
        y, p = scales(5000, -1073, 1024, 1), scales(5000, -1073, 1024, 2)
        check(device, ExactSum(SquaredError()), {Y_TRUE: y, Y_PRED: p})

    @pytest.mark.parametrize("name", ["all scales", "nan", "largest", "uniform"])
    def test_many_device_chunks(
        self, device: Device, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(device_numerics, "_CHUNK", 3)
        x = COLUMNS[name][:200]
        check(device, ExactSum(Raw(Y_TRUE)), {Y_TRUE: x})
        check(device, ExactSum(Raw(Y_TRUE)), {Y_TRUE: x}, cells_of(len(x)))

    @pytest.mark.parametrize("value", [np.nextafter(1.0, 0), -np.nextafter(1.0, 0), HUGE])
    def test_a_full_chunk_of_the_largest_integers(self, device: Device, value: float) -> None:
        # |k| = 2**41 everywhere: the level's sum is the largest that can occur, 2**61
        x = np.full(device_numerics._CHUNK + 1, value)
        check(device, ExactSum(Raw(Y_TRUE)), {Y_TRUE: x})
        check(device, ExactSum(Raw(Y_TRUE)), {Y_TRUE: x}, np.full(len(x), 3))

    def test_no_rows(self, device: Device) -> None:
        for dtype in (np.float64, np.int64, np.uint64):
            check(device, ExactSum(Raw(Y_TRUE)), {Y_TRUE: np.zeros(0, dtype)})
        sums = ExactSum(Raw(Y_TRUE)).empty(3).open()
        sums.add(device.asarray(np.zeros(0)))
        sums.add(device.asarray(np.zeros(0)), device.asarray(np.zeros(0, np.int64)))
        assert not sums.limbs.any()


class TestTotalWeight:
    @pytest.mark.parametrize("cells", [False, True])
    def test_rows_and_weights(self, device: Device, cells: bool) -> None:
        n = 6000
        own = cells_of(n) if cells else None
        check(device, TotalWeight(), {Y_TRUE: np.zeros(n)}, own)
        check(device, TotalWeight(), {Y_TRUE: np.zeros(n), WEIGHT: weights(n)}, own)
        counted = seeded().integers(0, 9, n)
        check(device, TotalWeight(), {Y_TRUE: np.zeros(n), WEIGHT: counted}, own)


class TestMoments:
    @pytest.mark.parametrize("weighted", [False, True])
    @pytest.mark.parametrize("cells", [False, True])
    @pytest.mark.parametrize("k", [1, 3])
    @pytest.mark.parametrize("name", SIGNED)
    def test_moments(self, device: Device, name: str, k: int, cells: bool, weighted: bool) -> None:
        y = COLUMNS[name] if k == 1 else matrix(name, k)
        columns: dict[str, Any] = {Y_TRUE: y, Y_PRED: np.ascontiguousarray(y[::-1])}
        if weighted:
            columns[WEIGHT] = weights(len(y))
        own = cells_of(len(y)) if cells else None
        check(device, Moments(TRUE, PRED, k), columns, own)
        check(device, Moments(Raw(Y_TRUE), Raw(Y_PRED), k), columns, own)

    @pytest.mark.parametrize("weighted", [False, True])
    def test_factors_of_all_scales(self, device: Device, weighted: bool) -> None:
        # TwoProduct for some rows, whole mantissas for others, and what is not finite
        edges = [2.0**-300, np.nextafter(2.0**-300, 0), 2.0**301, np.nextafter(2.0**301, 0)]
        special = [np.inf, np.nan, -np.inf, 0.0, -0.0, *edges, HUGE, TINY]
        pairs = np.array([(a, b) for a in special for b in special])
        y = np.concatenate([scales(4000, -1073, 1024, 1), pairs[:, 0]])
        p = np.concatenate([scales(4000, -320, 320, 2), pairs[:, 1]])
        columns = {Y_TRUE: y, Y_PRED: p}
        if weighted:
            columns[WEIGHT] = np.abs(scales(len(y), -1073, 1024, 3))
        check(device, Moments(TRUE, PRED), columns)
        check(device, Moments(TRUE, PRED), columns, cells_of(len(y)))


class TestCounts:
    @pytest.mark.parametrize("weighted", [False, True])
    @pytest.mark.parametrize("cells", [False, True])
    @pytest.mark.parametrize("k", [1, 3])
    @pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
    def test_counts(self, device: Device, dtype: str, k: int, cells: bool, weighted: bool) -> None:
        n = 6000
        shape = (n,) if k == 1 else (n, k)
        score = seeded().random(shape).astype(dtype)
        score.reshape(-1)[:40] = np.linspace(0, 1, 11).astype(dtype).repeat(4)[:40]
        columns: dict[str, Any] = {Y_TRUE: seeded(2).integers(0, 2, shape), Y_PRED: score}
        if weighted:
            columns[WEIGHT] = weights(n)
        own = cells_of(n) if cells else None
        some = tuple(np.linspace(0, 1, 11).tolist())
        for reduction in (
            Count(Above(Y_PRED, 0.3)),
            Count(Above(Y_PRED, 0.3), weighted=False),
            Count(NonZero(Y_TRUE)),
            MinMax(Raw(Y_PRED)),
            MinMax(Raw(Y_TRUE)),
            ThresholdCounts(NonZero(Y_TRUE), Raw(Y_PRED), (0.3,)),
            ThresholdCounts(NonZero(Y_TRUE), Raw(Y_PRED), some),
            ThresholdCounts(NonZero(Y_TRUE), Raw(Y_PRED), some, k),
        ):
            check(device, reduction, columns, own)

    def test_more_bins_than_rows(self, device: Device) -> None:
        many = tuple(np.linspace(0, 1, 300).tolist())
        columns = {Y_TRUE: np.array([1, 0, 1]), Y_PRED: np.array([0.25, 0.5, 1.0])}
        check(device, ThresholdCounts(NonZero(Y_TRUE), Raw(Y_PRED), many), columns)

    @pytest.mark.parametrize("name", COLUMNS)
    def test_range(self, device: Device, name: str) -> None:
        check(device, MinMax(Raw(Y_TRUE)), {Y_TRUE: COLUMNS[name]})
        check(device, MinMax(Raw(Y_TRUE)), {Y_TRUE: matrix(name)})
        check(device, MinMax(Raw(Y_TRUE)), {Y_TRUE: matrix(name)}, cells_of(len(COLUMNS[name])))

    def test_range_of_nan(self, device: Device) -> None:
        check(device, MinMax(Raw(Y_TRUE)), {Y_TRUE: np.full(9, np.nan)})
        check(device, MinMax(Raw(Y_TRUE)), {Y_TRUE: np.array([-np.inf, np.nan])})

    def test_weights_are_refused_alike(self, device: Device) -> None:
        columns = {Y_TRUE: np.arange(4), WEIGHT: np.array([1.0, 2.0, -3.5, np.inf])}
        with pytest.raises(DistevalError) as expected:
            reduced(Count(NonZero(Y_TRUE)), columns)
        with pytest.raises(DistevalError) as found:
            reduced(Count(NonZero(Y_TRUE)), device.move(columns))
        assert str(found.value) == str(expected.value)


class TestConfusion:
    @pytest.mark.parametrize("weighted", [False, True])
    @pytest.mark.parametrize("cells", [False, True])
    @pytest.mark.parametrize("dtypes", ["ll", "bB", "?f", "Lh", "df"])
    def test_labels(self, device: Device, dtypes: str, cells: bool, weighted: bool) -> None:
        n = 5000
        rng = seeded()
        columns: dict[str, Any] = {
            Y_TRUE: rng.integers(0, 7, n).astype(dtypes[0]),
            Y_PRED: rng.integers(0, 9, n).astype(dtypes[1]),
        }
        if weighted:
            columns[WEIGHT] = weights(n)
        own = cells_of(n) if cells else None
        check(device, ConfusionCounts(Labels(Y_TRUE), Labels(Y_PRED)), columns, own)

    def test_largest_of_the_row(self, device: Device) -> None:
        columns = {Y_TRUE: seeded().integers(0, 4, 800), Y_PRED: seeded().random((800, 4))}
        check(device, ConfusionCounts(Labels(Y_TRUE), ArgMax(Y_PRED)), columns)

    @pytest.mark.parametrize("value", [2.0**63, 2.0**64, -(2.0**64), np.inf, np.nan, 0.5])
    def test_no_labels(self, device: Device, value: float) -> None:
        # a processor makes -2**63 of floats that are too large, a GPU 2**63 - 1
        columns = {Y_TRUE: np.array([1.0, value]), Y_PRED: np.array([1, 1])}
        reduction = ConfusionCounts(Labels(Y_TRUE), Labels(Y_PRED))
        with pytest.raises(DistevalError) as expected:
            reduced(reduction, columns)
        with pytest.raises(DistevalError) as found:
            reduced(reduction, device.move(columns))
        assert str(found.value) == str(expected.value)


class TestKeyed:
    @pytest.mark.parametrize("weighted", [False, True])
    @pytest.mark.parametrize(
        "inner",
        [
            ExactSum(Raw(Y_PRED)),
            TotalWeight(),
            Moments(PRED, PRED),
            Count(Above(Y_PRED, 0.3)),
            MinMax(Raw(Y_PRED)),
            ThresholdCounts(NonZero(Y_TRUE), Raw(Y_PRED), (0.25, 0.5)),
        ],
        ids=lambda inner: type(inner).__name__,
    )
    def test_groups(self, device: Device, inner: Any, weighted: bool) -> None:
        n = 5000
        columns: dict[str, Any] = {Y_TRUE: seeded().integers(-3, 40, n), Y_PRED: seeded().random(n)}
        if weighted:
            columns[WEIGHT] = weights(n)
        check(device, Keyed(Labels(Y_TRUE), (inner,)), columns)


# --- metrics -------------------------------------------------------------------------------------


def datasets() -> dict[str, dict[str, Array]]:
    """Columns for every kind of metric."""
    n = 400
    rng = seeded(11)
    score = rng.random(n).astype(np.float32)
    classes = rng.integers(0, 3, n)
    p = rng.random((n, 3))
    p /= p.sum(axis=1, keepdims=True)
    y = scales(n, -3, 6, 12)
    many = scales(2 * n, -3, 6, 13).reshape(n, 2)
    return {
        "score": {Y_TRUE: (score + rng.normal(0, 0.4, n) > 0.5).astype(int), Y_PRED: score},
        "half score": {Y_TRUE: rng.random(n) < 0.3, Y_PRED: score.astype(np.float16)},
        "sparse": {Y_TRUE: classes, Y_PRED: p},
        "one-hot": {Y_TRUE: np.eye(3)[classes], Y_PRED: p.astype(np.float32)},
        "labels": {Y_TRUE: classes.astype(np.uint8), Y_PRED: rng.integers(0, 3, n)},
        "values": {Y_TRUE: y, Y_PRED: y + rng.normal(0, 1, n)},
        "float32 values": {Y_TRUE: y.astype(np.float32), Y_PRED: (y * 1.1).astype(np.float32)},
        "outputs": {Y_TRUE: many, Y_PRED: many + rng.normal(0, 1, many.shape)},
        "integers": {Y_TRUE: rng.integers(0, 99, n), Y_PRED: rng.integers(0, 99, n)},
        "wide integers": {Y_TRUE: rng.integers(-(2**62), 2**62, n), Y_PRED: y},
    }


def _required(entry: Entry) -> bool:
    """Whether the metric has parameters without a default, or reads the data several times."""
    fields = dataclasses.fields(entry.make)
    required = any(f.default is dataclasses.MISSING and f.init for f in fields)
    return (required and not entry.defaults) or entry.make.passes > 1


DATA = datasets()
ARGUMENTS = (
    "precision(thresholds=[0.25, 0.5, 0.75])",
    "precision(top_k=2)",
    "recall(top_k=1, class_id=1)",
    "precision(average='macro')",
    "f1_score(average='weighted')",
    "fbeta_score(beta=2.0, threshold=0.4)",
    "confusion_matrix(normalize='true')",
    "f1_score(average='samples')",
    "jaccard_score(average='macro', threshold=0.5)",
    "binary_crossentropy(from_logits=True)",
    "binary_crossentropy(label_smoothing=0.1)",
    "categorical_crossentropy(from_logits=True, label_smoothing=0.1)",
    "sparse_categorical_crossentropy(from_logits=True)",
    "sparse_categorical_crossentropy(ignore_class=1)",
    "categorical_focal_crossentropy(from_logits=True)",
    "io_u(num_classes=3, target_class_ids=[0, 2])",
    "mean_io_u(num_classes=3)",
    "one_hot_io_u(num_classes=3, target_class_ids=[1])",
    "one_hot_mean_io_u(num_classes=3)",
    "dice(axis=1)",
    "mean_squared_error(multioutput='raw_values')",
    "r2_score(class_aggregation=None, num_regressors=1)",
    "sklearn:r2_score(multioutput='variance_weighted')",
    "mean(column='y_pred')",
)
NAMES = tuple(
    entry.name
    for entry in TABLE
    if all(
        field.default is not dataclasses.MISSING or field.name in dict(entry.defaults)
        for field in dataclasses.fields(entry.make)
    )
)


def _has_strings(row: references.Row) -> bool:
    return any(column.dtype.kind == "U" for column in row.data(8).values())


ON_DEVICES = [row for row in references.TABLE if not _has_strings(row)]


def weighted(columns: Columns) -> dict[str, Any]:
    return {**columns, WEIGHT: weights(len(columns[Y_TRUE])).astype(np.float32)}


def with_nan(columns: Columns) -> dict[str, Any]:
    """Put NaN into some rows of what is float; add weights."""
    out = {}
    for place, (name, array) in enumerate(weighted(columns).items()):
        out[name] = array.copy()
        if array.dtype.kind == "f":
            out[name][place + 3 :: 97] = np.nan
    return out


VARIANTS: dict[str, tuple[Callable[[Columns], dict[str, Any]], str]] = {
    "plain": (dict, "raise"),
    "weighted": (weighted, "raise"),
    "omit": (with_nan, "omit"),
    "propagate": (with_nan, "propagate"),
}


def outcome(attempt: Callable[..., Any], *arguments: Any) -> Any:
    """Give what an attempt gives: a comparable value, or the error's type and words."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DistevalWarning)
        try:
            return attempt(*arguments)
        except DistevalError as error:
            return type(error), str(error)


def shown(value: Any) -> Any:
    """Make a value of which == means the same bits."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    return type(value), repr(value)


def evaluated(metrics: Any, columns: Columns, policy: Any) -> Any:
    result = disteval.evaluate(
        columns[Y_TRUE],
        columns[Y_PRED],
        list(metrics) if isinstance(metrics, tuple) else metrics,
        sample_weight=columns.get(WEIGHT),
        nan_policy=policy,
        scheduler="sync",
    )
    values = {name: shown(value) for name, value in result.items()}
    return result.digest, values, result.labels, result.rules, result.notes, result.rows


def planned(metrics: tuple[str, ...], chunks: list[dict[str, Any]], policy: Any) -> Any:
    """States and values by the engine, from these chunks in one span."""
    source = Batches(chunks)
    plan = Plan.build(as_metrics(metrics), source.schema, policy)
    partial = run(plan, source, "sync")
    states = [state.to_bytes() for state in partial.states]
    return states, [shown(o.value) for o in plan.compute(partial.states)], partial.rows


def cut(columns: Columns, *at: int) -> list[dict[str, Any]]:
    bounds = (0, *at, len(columns[Y_TRUE]))
    return [
        {name: array[start:stop] for name, array in columns.items()}
        for start, stop in itertools.pairwise(bounds)
    ]


@functools.cache
def applicable(dataset: str) -> tuple[str, ...]:
    """Name the metrics that the CPU gives a value for, with weights."""
    columns = weighted(DATA[dataset])
    found = [(name, outcome(evaluated, name, columns, "raise")) for name in (*NAMES, *ARGUMENTS)]
    return tuple(name for name, given in found if isinstance(given[0], str))


class TestMetrics:
    @pytest.mark.parametrize("row", ON_DEVICES, ids=references.identifier)
    def test_evaluate(self, device: Device, row: references.Row) -> None:
        """Values, digests and refusals."""
        for weights in ("", "float"):
            columns = row.data(300, weights=weights)
            if "y_pred" not in columns:
                columns[Y_PRED] = columns[Y_TRUE]
            expected = outcome(evaluated, [row.metric], columns, "raise")
            assert outcome(evaluated, [row.metric], device.move(columns), "raise") == expected
            assert isinstance(expected[0], str)

    @pytest.mark.parametrize("metric", ARGUMENTS)
    def test_arguments(self, device: Device, metric: str) -> None:
        """The same of columns of every kind."""
        succeeded = 0
        for name, columns in DATA.items():
            expected = outcome(evaluated, metric, columns, "raise")
            assert outcome(evaluated, metric, device.move(columns), "raise") == expected, name
            succeeded += isinstance(expected[0], str)
        assert succeeded

    @pytest.mark.parametrize("variant", ["plain", "propagate"])
    @pytest.mark.parametrize("dataset", DATA)
    def test_together(self, device: Device, dataset: str, variant: str) -> None:
        """All metrics of one pass, which share what they derive."""
        change, policy = VARIANTS[variant]
        metrics, columns = applicable(dataset), change(DATA[dataset])
        expected = outcome(evaluated, metrics, columns, policy)
        assert outcome(evaluated, metrics, device.move(columns), policy) == expected
        assert isinstance(expected[0], str)

    @pytest.mark.parametrize("variant", ["weighted", "omit"])
    @pytest.mark.parametrize("dataset", DATA)
    def test_chunks(self, device: Device, dataset: str, variant: str) -> None:
        """Chunks of one span, all on the device or some."""
        change, policy = VARIANTS[variant]
        metrics, columns = applicable(dataset), change(DATA[dataset])
        host = cut(columns, 5, 300)
        expected = outcome(planned, metrics, host, policy)
        moved = cut(device.move(columns), 5, 300)
        assert outcome(planned, metrics, moved, policy) == expected
        assert outcome(planned, metrics, [host[0], moved[1], host[2]], policy) == expected

    def test_labels_on_the_host(self, device: Device) -> None:
        """Predictions stay on the device, labels come from a file: one chunk, two places."""
        for name in ("score", "sparse", "values"):
            columns = weighted(DATA[name])
            mixed = {**columns, Y_PRED: device.asarray(columns[Y_PRED])}
            for metric in ("accuracy", "mse", "precision", "f1_score"):
                expected = outcome(evaluated, metric, columns, "raise")
                assert outcome(evaluated, metric, mixed, "raise") == expected

    def test_strings_beside_a_device(self, device: Device) -> None:
        """Strings live on the host only, and take the other columns with them."""
        words = np.array(["cat", "dog", "owl"])
        labels = {name: words[array] for name, array in DATA["labels"].items()}
        columns = weighted(labels)
        mixed = {**labels, WEIGHT: device.asarray(columns[WEIGHT])}
        for metric in ("accuracy", "Accuracy", "confusion_matrix", "f1_score"):
            assert evaluated(metric, mixed, "raise") == evaluated(metric, columns, "raise")

    def test_streaming(self, device: Device) -> None:
        columns = weighted(DATA["score"])
        host, own = (
            disteval.Evaluator(["accuracy", "precision", "binary_crossentropy"]) for _ in range(2)
        )
        for chunk in cut(columns, 7, 100):
            host.update_state(chunk[Y_TRUE], chunk[Y_PRED], chunk[WEIGHT])
            moved = device.move(chunk)
            own.update_state(moved[Y_TRUE], moved[Y_PRED], moved[WEIGHT])
        assert own.result().digest == host.result().digest

    def test_batches_of_device_arrays(self, device: Device) -> None:
        chunks = cut(DATA["score"], 7, 100)
        batches = [tuple(device.move(chunk).values()) for chunk in chunks]
        found = disteval.evaluate(batches, metrics=["accuracy", "precision"])
        expected = disteval.evaluate(
            DATA["score"][Y_TRUE], DATA["score"][Y_PRED], ["accuracy", "precision"]
        )
        assert found.digest == expected.digest

    def test_rows_of_one(self, device: Device) -> None:
        columns = {name: array[:, None] for name, array in DATA["values"].items()}
        expected = evaluated("mse", DATA["values"], "raise")
        assert evaluated("mse", device.move(columns), "raise") == expected

    def test_strided_arrays(self, device: Device) -> None:
        columns = {name: np.repeat(a, 2, axis=0) for name, a in DATA["one-hot"].items()}
        strided = {name: a[::2] for name, a in device.move(columns).items()}
        expected = evaluated("categorical_crossentropy", DATA["one-hot"], "raise")
        assert evaluated("categorical_crossentropy", strided, "raise") == expected


# --- numerics ------------------------------------------------------------------------------------


class TestNumerics:
    @pytest.mark.parametrize("name", ["log", "log1p", "exp", "expm1", "tanh", "sigmoid"])
    def test_elementary(self, device: Device, name: str) -> None:
        function = getattr(elementary, name)
        special = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, TINY, HUGE, 710.0, -746.0]
        x = np.concatenate([special, scales(3000, -1073, 1024), scales(3000, -4, 10, 1)])
        assert backend.to_host(function(device.asarray(x))).tobytes() == function(x).tobytes()

    def test_power(self, device: Device) -> None:
        x, y = np.abs(scales(2000, -1073, 1024)), scales(2000, -10, 6, 1)
        found = elementary.power(device.asarray(x), device.asarray(y))
        assert backend.to_host(found).tobytes() == elementary.power(x, y).tobytes()
        for exponent in (0, 1, 2, 3, 7, 8, 0.5, -1.0):
            found = elementary.power(device.asarray(x), exponent)
            assert backend.to_host(found).tobytes() == elementary.power(x, exponent).tobytes()

    @pytest.mark.parametrize("dtype", ["f4", "f8", "i4"])
    @pytest.mark.parametrize("shape", [(0, 2), (1, 1), (50, 7)])
    def test_rows(self, device: Device, shape: tuple[int, int], dtype: str) -> None:
        x = scales(shape[0] * shape[1], 0, 8).reshape(shape).astype(dtype)
        if dtype != "i4" and x.size > 40:
            x[3, 2] = np.nan
            x[5] = np.nan
            x[6, :2] = np.inf
            x[7] = -0.0
        for function in (rows.row_sum, rows.row_max, rows.row_argmax):
            found = backend.to_host(function(device.asarray(x)))
            expected = function(x)
            assert (found.dtype, found.tobytes()) == (expected.dtype, expected.tobytes())


# --- the stand-in itself -------------------------------------------------------------------------


class TestStandIn:
    def test_everything_it_offers_is_cupys(self) -> None:
        cupy = pytest.importorskip("cupy", reason="CuPy is not installed: names are not compared")
        names = (*stand_in.FUNCTIONS, *stand_in.UFUNCS, *stand_in.CONSTANTS)
        assert [name for name in names if not hasattr(cupy, name)] == []
        methods = (*stand_in.METHODS, *stand_in.ATTRIBUTES)
        assert [name for name in methods if not hasattr(cupy.ndarray, name)] == []

    @pytest.mark.parametrize(
        "convert",
        [
            np.asarray,
            np.array,
            np.sum,
            np.isnan,
            np.exp,
            lambda x: np.zeros(3) + x,
            lambda x: x + np.zeros(3),
            lambda x: x[np.array([0])],
            lambda x: np.zeros(3)[x],
            list,
            lambda x: x.sum(),
            lambda x: stand_in.namespace.where(np.ones(3, bool), x, 0.0),
            lambda x: stand_in.namespace.sort(x, kind="quicksort"),
            lambda _: stand_in.namespace.ascontiguousarray(np.zeros(3)),
            lambda _: stand_in.namespace.add.at(
                stand_in.asarray(np.zeros(3, np.int64)), stand_in.asarray([0]), 1
            ),
            lambda x: stand_in.namespace.bincount(stand_in.asarray([0, 1, 1]), weights=x),
        ],
    )
    def test_it_refuses(self, convert: Callable[[Any], Any]) -> None:
        with pytest.raises((TypeError, ValueError, IndexError)):
            convert(stand_in.asarray(np.arange(3.0)))

    def test_it_lacks_what_cupy_lacks(self) -> None:
        for name in ("errstate", "nditer", "exp", "log", "dot"):
            with pytest.raises(AttributeError):
                getattr(stand_in.namespace, name)
        with pytest.raises(NotImplementedError):
            stand_in.namespace.fmin.reduce(stand_in.asarray([1.0]))
        with pytest.raises(NotImplementedError):
            stand_in.namespace.maximum.at(stand_in.asarray([1]), stand_in.asarray([0]), 2)

    def test_it_is_a_device(self) -> None:
        x = stand_in.asarray(np.arange(3.0))
        assert backend.is_device(x)
        assert backend.namespace(x) is stand_in.namespace
        assert backend.to_host(x).tolist() == [0.0, 1.0, 2.0]
