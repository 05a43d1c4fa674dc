"""Counts of scores: the laws, on every dtype and number of classes."""

from __future__ import annotations

import contextlib
import errno
import gc
import itertools
import math
import os
import tempfile
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest

from disteval.errors import BudgetError, ColumnTypeError, StateError
from disteval.metrics.rows import Labels, NonZero, Raw
from disteval.protocol import WEIGHT, Y_PRED, Y_TRUE, Batch
from disteval.reductions import Keyed
from disteval.reductions.scores import (
    ScoreCounts,
    ScoreState,
    opening,
    runs,
    scratch,
    state,
    sweeping,
)
from disteval.reductions.scores.slabs import Slabs
from disteval.reductions.scores.sweeping import Segment, Totals
from disteval.testing import ReductionLaws, random_batches, wild_floats
from disteval.testing.rows import merged_at_random, pickled, random_chunks
from tests import stand_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PRED = Raw(Y_PRED)
EDGES = {
    "float32": [0.0, -0.0, 1e-45, -1e-45, 1.1754942e-38, np.inf, -np.inf, 3.4028235e38, 0.5, 1.0],
    "float64": [0.0, -0.0, 5e-324, -5e-324, 2.2e-308, np.inf, -np.inf, 1.7e308, 0.5, 1.0],
    "int32": [-(2**31), 2**31 - 1, -1, 0, 1, 2**16, 2**17],
    "int64": [-(2**63), 2**63 - 1, -1, 0, 1, 2**48, 2**47],
    "uint64": [0, 1, 2**63, 2**63 - 1, 2**64 - 1, 2**48],
    "bool": [False, True],
}


@dataclass(frozen=True)
class Classes:
    """The class of each row."""

    def __call__(self, batch: Batch) -> Any:
        return batch[Y_TRUE]


def of_dtype(dtype: str, columns: int = 1) -> Any:
    """Scores of a dtype, with many ties, from its extremes and from its middle."""

    def make(rng: np.random.Generator, n: int) -> Any:
        size = n * columns
        edges = rng.choice(np.array(EDGES[dtype], dtype), size)
        if dtype.startswith("float"):
            other = (rng.integers(-20, 20, size) / 8).astype(dtype)
        else:
            other = rng.integers(0, 2 if dtype == "bool" else 9, size).astype(dtype)
        found = np.where(rng.random(size) < 0.5, edges, other)
        return found if columns == 1 else found.reshape(n, columns)

    return staticmethod(make)


def classes(number: int, columns: int = 1) -> Any:
    def make(rng: np.random.Generator, n: int) -> Any:
        found = rng.integers(0, number, n * columns).astype(np.uint8)
        return found if columns == 1 else found.reshape(n, columns)

    return staticmethod(make)


class Laws(ReductionLaws):
    reduction: Any = ScoreCounts(PRED, NonZero(Y_TRUE))
    true: Any = classes(2)
    pred: Any = of_dtype("float64")
    weight: Any = staticmethod(lambda rng, n: rng.choice([0.0, 1.0, 0.1, 2.5, 5e-324, 1e300], n))
    repeats = 3

    def batches(self) -> Sequence[Batch]:
        columns: dict[str, Any] = {Y_TRUE: self.true, Y_PRED: self.pred}
        if self.weight is not None:
            columns[WEIGHT] = self.weight
        return random_batches(np.random.default_rng(7), columns)


class TestFloat64(Laws):
    pass


class TestFloat32(Laws):
    pred = of_dtype("float32")


class TestInt32(Laws):
    pred = of_dtype("int32")


class TestInt64(Laws):
    pred = of_dtype("int64")


class TestUint64(Laws):
    pred = of_dtype("uint64")


class TestBool(Laws):
    pred = of_dtype("bool")


class TestAllMagnitudesAndNan(Laws):
    pred = staticmethod(wild_floats)


class TestOneClass(Laws):
    reduction = ScoreCounts(PRED, classes=1)


class TestThreeClasses(Laws):
    reduction = ScoreCounts(PRED, Classes(), 3)
    true = classes(3)
    pred = of_dtype("float32")


class TestSevenClasses(Laws):
    reduction = ScoreCounts(PRED, Classes(), 7)
    true = classes(7)


class TestManyClasses(Laws):
    reduction = ScoreCounts(PRED, Classes(), 256)
    true = classes(256)


class TestManyClassesOfSingles(Laws):
    reduction = ScoreCounts(PRED, Classes(), 256)
    true = classes(256)
    pred = of_dtype("float32")


class TestColumns(Laws):
    reduction = ScoreCounts(PRED, Classes(), 3, 4)
    true = classes(3)
    pred = of_dtype("float32", 4)


class TestColumnsWithClassesOfTheirOwn(Laws):
    reduction = ScoreCounts(PRED, Classes(), 2, 3)
    true = classes(2, 3)
    pred = of_dtype("float64", 3)


class TestKeyed(Laws):
    reduction = Keyed(Labels(Y_TRUE), (ScoreCounts(PRED, NonZero(Y_TRUE)),))
    sliced = False
    true = staticmethod(lambda rng, n: rng.integers(-3, 5, n))


# --- against a dictionary -----------------------------------------------------------------

Model = list[dict[Any, list[Any]]]
"""Of each column, how often each score occurs with each class."""


@dataclass(frozen=True)
class Listed:
    """A sweep that lists all scores with their counts, and checks what it is told."""

    def over(self, segment: Segment, before: Totals, totals: Totals) -> Any:
        assert segment.counts.shape == (len(totals), len(segment.keys))
        assert len(segment.keys)
        rows = zip(segment.scores.tolist(), segment.counts.T.tolist(), strict=True)
        return list(rows), before, segment.keys.tolist()

    def combine(self, results: Sequence[Any], totals: Totals) -> dict[Any, list[Any]]:
        keys = [key for _, _, own in results for key in own]
        assert all(a < b for a, b in itertools.pairwise(keys))
        below = [0] * len(totals)
        for rows, before, _ in results:
            assert list(before) == below
            columns = zip(*(counts for _, counts in rows), strict=True)
            below = [b + sum(column) for b, column in zip(below, columns, strict=True)]
        assert below == list(totals)
        return {score: counts for rows, _, _ in results for score, counts in rows}


@dataclass(frozen=True)
class Merged(Listed):
    """All scores, of which those between two with rows of class 1 may come as one."""

    may_merge: ClassVar[bool] = True

    def over(self, segment: Segment, before: Totals, totals: Totals) -> Any:
        alone = segment.counts[1] == 0
        assert not (segment.merged and (alone[1:] & alone[:-1]).any())
        return super().over(segment, before, totals)

    def combine(self, results: Sequence[Any], totals: Totals) -> dict[Any, list[Any]]:
        return merged(super().combine(results, totals))


def merged(counts: dict[Any, list[Any]]) -> dict[Any, list[Any]]:
    """All scores without rows of class 1 between two that have some as one, the lowest of them."""
    found: dict[Any, list[Any]] = {}
    last = None
    for score, (none, some) in sorted(counts.items()):
        if some or last is None:
            found[score] = [none, some]
            last = None if some else score
        else:
            found[last][0] += none
    return found


@dataclass(frozen=True)
class Way:
    """How rows become a state: by which loops, and through what."""

    scatter: bool = False
    spill: bool = False
    small: bool = False  # all limits, so that all is cut
    pickle: bool = False

    @contextlib.contextmanager
    def taken(self) -> Iterator[pytest.MonkeyPatch]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(opening, "_FEW_ROWS", 1 if self.scatter else 1 << 40)
            if self.spill:
                patch.setattr(state, "LEAST_BYTES", 0)
                patch.setattr(opening, "LEAST_BYTES", 0)
            if self.small:
                patch.setattr(opening, "POOL_BYTES", 1)
                patch.setattr(opening, "_COLLECTED", 1)
                patch.setattr(state, "_MOST_RUNS", 2)
                patch.setattr(runs, "MOST", 16)
                patch.setattr(runs, "BATCH", 8)
                patch.setattr(sweeping, "_FEW_ENTRIES", 1)
            yield patch


WAYS = [Way(*bits) for bits in itertools.product((False, True), repeat=4)]


@dataclass(frozen=True)
class Rows:
    """Scores and classes of rows."""

    scores: Any
    labels: Any
    number: int = 2
    weights: Any = None
    cells: Any = None

    @property
    def n_cells(self) -> int:
        return 1 if self.cells is None else int(self.cells.max(initial=0)) + 1

    @property
    def reduction(self) -> ScoreCounts:
        columns = 1 if self.scores.ndim == 1 else self.scores.shape[1]
        label = None if self.labels is None else Classes()
        return ScoreCounts(PRED, label, self.number, columns)

    def batch(self, rows: slice, move: Any = lambda array: array) -> Batch:
        arrays = {Y_PRED: self.scores, Y_TRUE: self.labels, WEIGHT: self.weights}
        used = {name: move(array[rows]) for name, array in arrays.items() if array is not None}
        batch = Batch(used)
        return batch if self.cells is None else batch.in_cells(move(self.cells[rows]), self.n_cells)

    def of_cell(self, cell: int) -> Rows:
        own = self.cells == cell
        labels = None if self.labels is None else self.labels[own]
        return Rows(self.scores[own], labels, self.number)

    def counted(self, way: Way, rng: np.random.Generator, **options: Any) -> Any:
        """The state of the rows, cut at random, sealed here and there, merged in any order."""
        reduction = replace(self.reduction, budget=1) if way.spill else self.reduction
        states = []
        for span in random_chunks(rng, len(self.scores)):
            open_: Any = reduction.empty(self.n_cells)
            for chunk in random_chunks(rng, span.stop - span.start):
                rows = slice(span.start + chunk.start, span.start + chunk.stop)
                open_ = reduction.update(open_, self.batch(rows, **options))
                if rng.random() < 0.3:
                    open_ = reduction.seal(open_)
                    open_ = pickled(open_) if way.pickle else open_
            states.append(reduction.seal(open_))
        return merged_at_random(rng, states, reduction.merge)

    @property
    def model(self) -> Model:
        n = len(self.scores)
        scores = (self.scores.reshape(n, -1) + 0).T
        labels = np.zeros(n, np.uint8) if self.labels is None else self.labels
        labels = np.broadcast_to(labels.reshape(n, -1), scores.T.shape).T
        weights = [1] * n if self.weights is None else list(map(Fraction, self.weights.tolist()))
        found: Model = []
        for own, classes_ in zip(scores.tolist(), labels.tolist(), strict=True):
            table: dict[Any, list[Any]] = {}
            for score, label, weight in zip(own, classes_, weights, strict=True):
                table.setdefault(score, [0] * self.number)[label] += weight
            found.append({score: counts for score, counts in table.items() if any(counts)})
        return found


def random_rows(rng: np.random.Generator, dtype: str, number: int) -> Rows:
    n, columns = int(rng.choice([1, 2, 60, 600])), int(rng.choice([1, 1, 2, 5]))
    labels = classes(number, columns if rng.random() < 0.5 else 1)(rng, n)
    if number == 1 and rng.random() < 0.5:
        labels = None
    return Rows(of_dtype(dtype, columns)(rng, n), labels, number)


REPEATS = 2


@pytest.mark.parametrize("dtype", EDGES)
@pytest.mark.parametrize("number", [1, 2, 256])
def test_counts_are_those_of_a_dictionary_however_rows_come(dtype: str, number: int) -> None:
    for seed in range(REPEATS):
        rng = np.random.default_rng([number, seed])
        rows = random_rows(rng, dtype, number)
        found = set()
        for way in WAYS if seed == 0 else rng.choice(np.array(WAYS, object), 4):
            with way.taken():
                counted = rows.counted(way, rng)
                assert counted.sweep(Listed()) == rows.model, way
                found.add(counted.to_bytes())
        assert len(found) == 1


@pytest.mark.parametrize("dtype", ["float32", "int64"])
@pytest.mark.parametrize("way", WAYS)
def test_cells_are_dictionaries_of_their_own(dtype: str, way: Way) -> None:
    rng = np.random.default_rng(3)
    rows = random_rows(rng, dtype, 3)
    rows = replace(rows, cells=rng.integers(0, 4, len(rows.scores)))
    with way.taken():
        counted = rows.counted(way, rng)
        for cell in range(rows.n_cells):
            own = rows.of_cell(cell)
            assert counted.cell(cell).sweep(Listed()) == own.model
            assert counted.cell(cell).to_bytes() == own.counted(Way(), rng).to_bytes()


@pytest.mark.parametrize("dtype", EDGES)
@pytest.mark.parametrize("number", [1, 2, 7])
def test_weights_are_those_of_a_dictionary(dtype: str, number: int) -> None:
    for seed in range(REPEATS):
        rng = np.random.default_rng([number, seed])
        rows = random_rows(rng, dtype, number)
        weights = rng.choice([0.0, 1.0, 0.1, 2.5, 5e-324, 1e300, 1.7e308], len(rows.scores))
        rows, found = replace(rows, weights=weights), set()
        for way in (Way(), Way(pickle=True, small=True)):
            with way.taken():
                counted = rows.counted(way, rng)
                assert in_units(counted.sweep(Listed())) == in_units(rows.model)
                found.add(counted.to_bytes())
        assert len(found) == 1


def in_units(tables: Model) -> Model:
    """The weights as integers without a common divisor."""
    weights = [Fraction(w) for table in tables for counts in table.values() for w in counts]
    unit = Fraction(1, math.lcm(1, *(w.denominator for w in weights)))
    unit *= math.gcd(*(int(w / unit) for w in weights)) or 1
    return [{score: [w / unit for w in row] for score, row in table.items()} for table in tables]


def test_zeros_are_one_score_and_nan_shows() -> None:
    scores = np.array([0.0, -0.0, np.nan, -np.nan, np.inf, 1.0])
    rows = Rows(scores, np.array([0, 1, 0, 1, 1, 0], np.uint8))
    rng = np.random.default_rng(0)
    for way in WAYS:
        with way.taken():
            counted = rows.counted(way, rng)
            assert rows.reduction.saw_nan(counted)
            (found,) = counted.sweep(Listed())
            assert [found[score] for score in (0.0, np.inf, 1.0)] == [[1, 1], [0, 1], [1, 0]]
            assert math.copysign(1, min(abs(score) for score in found)) == 1
    weighted = replace(rows, weights=np.ones(6)).counted(Way(), rng)
    assert rows.reduction.saw_nan(weighted)
    assert not rows.reduction.saw_nan(replace(rows, scores=np.ones(6)).counted(Way(), rng))


# --- large counts, and many rows ----------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
@pytest.mark.parametrize("number", [1, 2, 256])
def test_a_score_may_occur_a_trillion_times(dtype: str, number: int) -> None:
    """A state merged with itself, settled now and then."""
    labels = np.array([0, number - 1, number - 1, 0], np.uint8)
    rows = Rows(np.array([5, 5, 7, 8]).astype(dtype), labels, number)
    reduction, rng = rows.reduction, np.random.default_rng(0)
    once = found = rows.counted(Way(), rng)
    times = 1
    for doubled in range(36):
        found, times = reduction.merge(found, found), 2 * times
        if doubled % 3:
            found, times = reduction.merge(found, once), times + 1
        if doubled % 5:
            continue
        expected = [
            {score: [times * n for n in counts] for score, counts in table.items()}
            for table in rows.model
        ]
        assert found.sweep(Listed()) == expected
        copy = pickled(found)
        assert copy.to_bytes() == found.to_bytes()
        found = copy if doubled % 2 else found
    assert times > 2**36


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "uint64", "bool"])
def test_few_scores_of_many_rows_are_counted_as_they_come(dtype: str) -> None:
    rng = np.random.default_rng(0)
    n = 5 << 19  # of which the first half is scattered, before it shows
    scores = rng.integers(0, 2 if dtype == "bool" else 50, n).astype(dtype)
    labels = rng.random(n) < 0.3
    reduction = ScoreCounts(PRED, Classes())
    open_: Any = reduction.empty()
    for at in range(0, n, 1 << 19):
        batch = Batch({Y_PRED: scores[at : at + (1 << 19)], Y_TRUE: labels[at : at + (1 << 19)]})
        open_ = reduction.update(open_, batch)
    sealed: Any = reduction.seal(open_)
    (found,) = sealed.sweep(Listed())
    for value, counts in found.items():
        of = scores == value
        assert counts == [int((of & ~labels).sum()), int((of & labels).sum())]
    assert sum(map(sum, found.values())) == n
    assert sum(run.count for run in sealed.runs) < n / 2
    assert pickled(sealed).to_bytes() == sealed.to_bytes()


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
def test_scores_close_to_each_other_are_cut_by_their_keys(dtype: str) -> None:
    """All rows are of one part, far more than are counted at a time."""
    rng = np.random.default_rng(0)
    values = rng.integers(0, 1000, 3000)
    scores = (values if dtype == "int64" else 0.9921875 + values * 2.0**-24).astype(dtype)
    rows = Rows(scores, rng.integers(0, 2, 3000).astype(np.uint8))
    found = set()
    for way in WAYS:
        with way.taken() as patch:
            patch.setattr(runs, "MOST", 200)
            counted = rows.counted(way, rng)
            assert len(set(np.concatenate([run.parts for run in counted.runs]).tolist())) == 1
            assert counted.sweep(Listed()) == rows.model
            found.add(counted.to_bytes())
    assert len(found) == 1


@pytest.mark.parametrize("dtype", ["float32", "int32", "uint32"])
@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("way", [Way(), Way(scatter=True)])
def test_parts_of_many_rows_are_counted_without_a_sort(dtype: str, number: int, way: Way) -> None:
    """From 2,048 entries on; of rows, of rows that repeat, and of counts of many rows."""
    rng = np.random.default_rng(number)
    values = np.concatenate([rng.integers(0, 1 << 18, 1500), rng.integers(0, 900, 3000)])
    values = np.concatenate([values, [0, 63, 64, (1 << 18) - 1]])
    bits = (0x3F800000 + values).astype(np.uint32)
    scores = bits.view(np.float32) if dtype == "float32" else bits.astype(dtype)
    labels = rng.integers(0, number, len(scores)).astype(np.uint8)
    rows = Rows(scores, labels, number)
    one = Rows(scores[:2100], labels[:2100], number)
    with way.taken():
        counted, other = rows.counted(way, rng), one.counted(way, rng)
        assert counted.sweep(Listed()) == rows.model
        times = 1
        for _ in range(12):
            counted, times = rows.reduction.merge(counted, counted), 2 * times
        found = rows.reduction.merge(counted, other)
        expected = [{s: [times * n for n in c] for s, c in t.items()} for t in rows.model]
        for score, counts in one.model[0].items():
            expected[0][score] = [a + b for a, b in zip(expected[0][score], counts, strict=True)]
        assert found.sweep(Listed()) == expected == pickled(found).sweep(Listed())
        assert pickled(found).to_bytes() == found.to_bytes()
        settled_first = rows.reduction.merge(pickled(counted), pickled(other))
        assert settled_first.to_bytes() == found.to_bytes()
        assert settled_first.sweep(Listed()) == expected


@pytest.mark.parametrize("share", [0.0, 0.001, 0.03, 0.2, 0.3, 1.0])
@pytest.mark.parametrize("spread", [900, 5_000, 1 << 18, 1 << 20])
def test_scores_without_positives_may_come_merged(share: float, spread: int) -> None:
    """Of rows, of rows that repeat and of counts of many rows; beside sweeps of all scores."""
    rng = np.random.default_rng(spread)
    ends = [0, 63, 64, 127, (1 << 18) - 1]
    values = np.concatenate([rng.integers(0, spread, 9_000), ends])
    scores = (0x3F800000 + values).astype(np.uint32).view(np.float32)
    rows = Rows(scores, (rng.random(len(scores)) < share).astype(np.uint8))
    with Way(scatter=True).taken():
        counted = rows.counted(Way(scatter=True), rng)
        together = pickled(counted)
        for _ in range(9):
            together = rows.reduction.merge(together, together)
        together = rows.reduction.merge(together, counted)
        for found, times in ((counted, 1), (together, 513)):
            model = {s: [times * n for n in c] for s, c in rows.model[0].items()}
            assert found.sweep(Merged()) == [merged(model)]
            assert found.sweep(Listed()) == [model]
            both = replace(found, _swept={})
            both.prepare((Listed(), Merged()))
            assert both.sweep(Listed()) == [model]
            assert both.sweep(Merged()) == [merged(model)]


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("often", [0, 70_000])
@pytest.mark.parametrize("ends", [False, True])
def test_parts_of_very_many_rows_are_counted_in_a_table(
    number: int, often: int, ends: bool
) -> None:
    """From 131,072 entries on, unless a score has too many rows for a place of the table."""
    rng = np.random.default_rng(often)
    values = np.append(rng.integers(1, (1 << 18) - 1, 140_000), np.full(often, 1234))
    values = np.append(values, [0, (1 << 18) - 1] * ends).astype(np.int64)
    other = rng.integers(1 << 18, 1 << 19, 3_000)  # of the part above
    scores = (0x3F800000 + np.append(values, other)).astype(np.uint32).view(np.float32)
    labels = (rng.random(len(scores)) < 0.1).astype(np.uint8) if number == 2 else None
    way = Way(scatter=True)
    with way.taken():
        rows = Rows(scores, labels, number)
        counted = rows.counted(way, rng)
        assert counted.sweep(Listed()) == rows.model
        if number == 2:
            assert counted.sweep(Merged()) == [merged(rows.model[0])]
        together = rows.reduction.merge(pickled(counted), counted)
        twice = {score: [2 * n for n in counts] for score, counts in rows.model[0].items()}
        assert together.sweep(Listed()) == [twice]
        assert pickled(together).to_bytes() == together.to_bytes()


# --- streams, threads, devices ------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_results_on_the_way_change_nothing(way: Way) -> None:
    """Rows are added to what was sealed and swept before; what was sealed stays as it was."""
    rng = np.random.default_rng(5)
    rows = Rows(of_dtype("float64")(rng, 450), classes(2)(rng, 450))
    reduction = replace(rows.reduction, budget=1) if way.spill else rows.reduction
    with way.taken():
        open_: Any = reduction.empty()
        sealed = []
        for at in range(0, 450, 50):
            open_ = reduction.update(open_, rows.batch(slice(at, at + 50)))
            sealed.append(reduction.seal(open_))
            assert sealed[-1].sweep(Listed()) == rows_until(rows, at + 50).model
        for i, state_ in enumerate(sealed):
            once = rows_until(rows, 50 * (i + 1)).counted(Way(), rng)
            assert state_.to_bytes() == once.to_bytes()
            assert pickled(state_).sweep(Listed()) == state_.sweep(Listed())


def rows_until(rows: Rows, stop: int) -> Rows:
    return replace(rows, scores=rows.scores[:stop], labels=rows.labels[:stop])


@dataclass(frozen=True)
class Numbered(Listed):
    """One of many sweeps that are not equal."""

    number: int


@pytest.mark.parametrize("spill", [False, True])
def test_many_threads_sweep_states_that_share_their_scores(spill: bool) -> None:
    rng = np.random.default_rng(0)
    rows = Rows(rng.normal(size=(600, 2)), classes(2)(rng, 600))
    way = Way(scatter=True, small=True, spill=spill)
    with way.taken():
        counted = rows.counted(way, rng)
        twice = rows.reduction.merge(counted, counted)
        expected = rows.model, [{s: [2 * n for n in c] for s, c in t.items()} for t in rows.model]
        barrier = threading.Barrier(8)

        def swept(number: int) -> Any:
            barrier.wait()
            each = (counted, twice)[number % 2]
            return each.sweep(Numbered(number // 4)), each.to_bytes()

        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(swept, range(8)))
        assert [sweep for sweep, _ in found] == [expected[i % 2] for i in range(8)]
        assert len({own for _, own in found}) == 2


@pytest.mark.parametrize("dtype", EDGES)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_device_gives_the_same_bytes(dtype: str, number: int) -> None:
    for seed in range(4):
        rng = np.random.default_rng([number, seed])
        rows = random_rows(rng, dtype, number)
        if seed % 2:
            rows = replace(rows, cells=rng.integers(0, 3, len(rows.scores)))
        for weights in (None, rng.choice([0.0, 0.1, 2.5, 1e300], len(rows.scores))):
            own = replace(rows, weights=weights)
            device = own.counted(Way(), rng, move=stand_in.asarray)
            assert device.to_bytes() == own.counted(Way(), rng).to_bytes()


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("shares", [1, 5])
def test_shares_of_many_workers_make_the_same(dtype: str, number: int, shares: int) -> None:
    """Each state is cut by parts; what sweeps make of the cuts is that of the whole."""
    for seed in range(2):
        rng = np.random.default_rng([number, seed])
        rows = random_rows(rng, dtype, number)
        reduction, way = rows.reduction, Way(scatter=dtype != "float32")
        with way.taken():
            states = [rows.counted(way, rng) for _ in range(3)]
        whole = merged_at_random(rng, states, reduction.merge)
        own = [
            merged_at_random(rng, [reduction.share(s, r, shares) for s in states], reduction.merge)
            for r in range(shares)
        ]
        outlines = [reduction.outline(share) for share in own]
        for most in (0, 1 << 40):
            swept = [reduction.swept(share, outlines, (Listed(),), most) for share in own]
            found: Any = reduction.together([pickled(share) for share in swept], (Listed(),))
            assert found.sweep(Listed()) == whole.sweep(Listed())
            assert found.to_bytes() == whole.to_bytes()
            assert reduction.saw_nan(found) == reduction.saw_nan(whole)


# --- scratch files ------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where scratch files lie, without one that is open from before."""
    monkeypatch.setenv("DISTEVAL_SCRATCH", str(tmp_path))
    monkeypatch.setattr(scratch, "SCRATCH", scratch.Scratch())
    monkeypatch.setattr(runs, "SCRATCH", scratch.SCRATCH)
    return tmp_path


def spilled(rows: Rows) -> ScoreState:
    way = Way(scatter=True, spill=True)
    with way.taken():
        found: ScoreState = rows.counted(way, np.random.default_rng(0))
    return found


def some_rows() -> Rows:
    rng = np.random.default_rng(0)
    return Rows(rng.normal(size=2000), classes(2)(rng, 2000))


def test_scratch_files_have_no_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed, write = [], os.pwrite

    def watched(file: int, *args: Any) -> int:
        listed.append((list(folder.iterdir()), os.fstat(file).st_nlink))
        assert os.fstat(file).st_dev == folder.stat().st_dev
        return write(file, *args)

    monkeypatch.setattr(os, "pwrite", watched)
    rows = some_rows()
    counted = spilled(rows)
    assert all(run.file is not None for run in counted.runs)
    assert counted.sweep(Listed()) == rows.model
    assert len(listed) > 3
    assert {str(each) for each in listed} == {"([], 0)"}
    del counted
    assert list(folder.iterdir()) == []


def test_a_write_may_be_cut_short(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    write = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda file, raw, at: write(file, raw[:1001], at))
    rows = some_rows()
    assert spilled(rows).sweep(Listed()) == rows.model


def open_files(folder: Path) -> int:
    """Descriptors of files that were made in the folder."""
    links = Path("/proc/self/fd")
    if not links.exists():
        pytest.skip("a system without /proc")
    targets = [str(link.readlink()) for link in links.iterdir() if link.is_symlink()]
    return sum(str(folder) in target for target in targets)


def test_files_are_closed_with_their_last_scores(folder: Path) -> None:
    counted = spilled(some_rows())
    part = counted.cell(0)
    assert open_files(folder) > 0
    del counted
    gc.collect()
    assert part.sweep(Listed()) == some_rows().model
    del part
    gc.collect()
    assert open_files(folder) == 0


def test_many_runs_share_a_file(folder: Path) -> None:
    """Of descriptors there are few: 1,024 in most shells."""
    counted = spilled(some_rows())
    assert len(counted.runs) > 3
    assert open_files(folder) <= 2


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_full_disk_is_told_with_what_to_do(
    code: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> int:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(BudgetError) as caught:
        spilled(some_rows())
    message = str(caught.value)
    for part in (str(folder), os.strerror(code), "set DISTEVAL_SCRATCH to", "memory_budget="):
        assert part in message


def test_a_folder_that_is_not_there_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTEVAL_SCRATCH", str(folder / "none"))
    with pytest.raises(BudgetError, match=f"in {folder / 'none'}, got: No such file"):
        spilled(some_rows())


def test_the_folder_is_that_of_the_environment_or_the_engines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DISTEVAL_SCRATCH", raising=False)
    monkeypatch.setattr(scratch.SCRATCH, "folder", None)
    assert scratch.folder() == tempfile.gettempdir()
    monkeypatch.setattr(scratch.SCRATCH, "folder", "/of/the/engine")
    assert scratch.folder() == "/of/the/engine"
    monkeypatch.setenv("DISTEVAL_SCRATCH", "/elsewhere")
    assert scratch.folder() == "/elsewhere"


@pytest.mark.parametrize("way", WAYS[::3])
def test_memory_is_counted_for_as_long_as_it_is_held(way: Way) -> None:
    gc.collect()
    before = scratch.LEDGER.held
    rng = np.random.default_rng(0)
    with way.taken():
        rows = Rows(rng.normal(size=(300, 2)), classes(2)(rng, 300))
        counted = rows.counted(way, rng)
        held = scratch.LEDGER.held - before
        assert held == sum(run.nbytes for run in counted.runs)
        assert not way.spill or all(run.file is not None for run in counted.runs)
        counted.sweep(Listed())
        other = rows.reduction.merge(counted, pickled(counted))
        del counted
        other.to_bytes()
        del other
    gc.collect()
    assert scratch.LEDGER.held == before


@pytest.mark.parametrize("sliced", [False, True])
def test_a_budget_bounds_what_is_in_memory(
    sliced: bool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """However many rows there are, and whichever loops count them."""
    made: list[int] = []
    hold = scratch.LEDGER.hold

    def held(run: Any, nbytes: int) -> None:
        made.append(nbytes)
        hold(run, nbytes)

    monkeypatch.setattr(scratch.LEDGER, "hold", held)
    rng, budget, n = np.random.default_rng(0), 1 << 19, 1 << 13
    reduction = ScoreCounts(PRED, Classes(), budget=budget)
    monkeypatch.setattr(state, "LEAST_BYTES", 0)
    monkeypatch.setattr(opening, "LEAST_BYTES", budget // 2)
    with Way(scatter=not sliced).taken():
        open_: Any = reduction.empty(2 if sliced else 1)
        for _ in range(64):
            batch = Batch({Y_PRED: rng.random(n), Y_TRUE: rng.random(n) < 0.5})
            if sliced:
                batch = batch.in_cells(rng.integers(0, 2, n), 2)
            open_ = reduction.update(open_, batch)
        sealed: Any = reduction.seal(open_)
    assert sum(run.count for run in sealed.runs) == 64 * n  # 4 MiB
    assert max(made) <= budget
    assert list(folder.iterdir()) == []


def test_scores_all_over_their_range_take_little_memory() -> None:
    """A chunk for each row would be 4 KiB a row."""
    rng, n = np.random.default_rng(0), 1 << 16
    reduction = ScoreCounts(PRED, Classes())
    batches = [
        Batch({Y_PRED: rng.integers(0, 2**64, n, np.uint64), Y_TRUE: rng.random(n) < 0.5})
        for _ in range(4)
    ]
    open_: Any = reduction.empty()
    tracemalloc.start()
    try:
        for batch in batches:
            open_ = reduction.update(open_, batch)
        sealed: Any = reduction.seal(open_)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(sealed.sweep(Listed())[0]) == 4 * n
    assert peak < 400 * 4 * n


# --- scores of 16 bits --------------------------------------------------------------------


@pytest.mark.parametrize("way", [Way(), Way(scatter=True), WAYS[-1]])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_every_half_is_a_score_of_its_own(way: Way, number: int) -> None:
    every = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    rng = np.random.default_rng(number)
    ties = rng.integers(-9, 9, 500).astype(np.float16) / 4
    halves = rng.permutation(np.concatenate([every[~np.isnan(every)], ties]))
    if way != Way(scatter=True) or number != 2:
        halves, every = halves[:300], every[-300:]
    labels = rng.integers(0, number, len(halves)).astype(np.uint8)
    rows = Rows(halves, labels, number)
    with way.taken():
        counted = rows.counted(way, rng)
        assert counted.sweep(Listed()) == rows.model
        assert not rows.reduction.saw_nan(counted)
        wide = replace(rows, scores=halves.astype(np.float32))
        assert wide.counted(Way(), rng).to_bytes() == counted.to_bytes()
        device = rows.counted(way, rng, move=stand_in.asarray)
        assert device.to_bytes() == counted.to_bytes()
        nan = Rows(every, np.zeros(len(every), np.uint8), number).counted(way, rng)
        assert rows.reduction.saw_nan(nan)


# --- what does not go together ------------------------------------------------------------


def test_no_rows_have_no_scores() -> None:
    for columns in (1, 3):
        reduction = ScoreCounts(PRED, Classes(), 2, columns)
        nothing = reduction.seal(reduction.empty())
        scores = np.zeros((0, 3)[: 1 + (columns > 1)])
        batch = Batch({Y_PRED: scores, Y_TRUE: np.zeros(0, np.uint8)})
        seen = reduction.seal(reduction.update(reduction.empty(), batch))
        for each in (nothing, seen, pickled(nothing), reduction.merge(nothing, seen)):
            assert each.sweep(Listed()) == [{}] * columns


def rows_of_weight(weight: float | None, dtype: str = "float64") -> Rows:
    weights = None if weight is None else np.array([weight])
    return Rows(np.array([0.5], dtype), np.array([1], np.uint8), weights=weights)


@pytest.mark.parametrize(("first", "second"), [(None, 3.0), (3.0, None)])
def test_rows_with_weights_and_without_do_not_mix(
    first: float | None, second: float | None
) -> None:  # fmt: skip
    one, two, rng = rows_of_weight(first), rows_of_weight(second), np.random.default_rng(0)
    reduction = one.reduction
    with pytest.raises(StateError, match="weights for all rows, or for none"):
        reduction.merge(one.counted(Way(), rng), two.counted(Way(), rng))
    for open_ in (
        reduction.update(reduction.empty(), one.batch(slice(1))),
        one.counted(Way(), rng),
    ):
        with pytest.raises(StateError, match="weights for all rows, or for none"):
            reduction.update(open_, two.batch(slice(1)))


@pytest.mark.parametrize("weight", [None, 3.0])
def test_scores_of_two_dtypes_are_told_apart_or_widened(weight: float | None) -> None:
    one = rows_of_weight(weight, "float32")
    two = replace(rows_of_weight(weight), scores=np.array([0.1]))
    rng, merge = np.random.default_rng(0), one.reduction.merge
    for a, b in ((one, two), (two, one)):
        both = merge(a.counted(Way(), rng), b.counted(Way(), rng))
        assert in_units(both.sweep(Listed())) == [{0.5: [0, 1], 0.1: [0, 1]}]
        opened = a.reduction.update(a.reduction.empty(), a.batch(slice(1)))
        with pytest.raises(ColumnTypeError, match="expected scores of one dtype"):
            a.reduction.update(opened, b.batch(slice(1)))


def test_memory_that_is_used_again_is_let_go_in_the_end() -> None:
    slabs = Slabs()
    lent = [slabs.lend(32 << 20) for _ in range(8)]
    held, lent = lent[:1], []
    assert sum(map(len, slabs._idle)) == 7 * 32 << 20  # for the next rows
    again = slabs.lend(32 << 20)
    assert sum(map(len, slabs._idle)) == 6 * 32 << 20
    slabs.rest()
    assert sum(map(len, slabs._idle)) == 64 << 20
    del again
    assert sum(map(len, slabs._idle)) == 64 << 20
    del held
    assert slabs._lent == 0
