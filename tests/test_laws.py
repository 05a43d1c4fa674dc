"""Reductions obey the laws, and sources the contract, on the data most likely to break them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from disteval.errors import BudgetError, DomainError, LabelError
from disteval.metrics.rows import PRED, TRUE, AbsoluteError, Labels, NonZero, Raw, SquaredError
from disteval.protocol import WEIGHT, Y_PRED, Y_TRUE, Batch, Reduction, Source
from disteval.reductions import (
    BinnedSums,
    ConfusionCounts,
    Count,
    ExactSum,
    Keyed,
    LabelSums,
    MinMax,
    Moments,
    ThresholdCounts,
    TotalWeight,
)
from disteval.sources import Batches, Table, open_source
from disteval.sources.memory.parts import MemoryColumn
from disteval.testing import ReductionLaws, SourceContract, random_batches, wild_floats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

Make = Any
KEYS = ["", "a", "bb", "ccc", "Ω", "a rather long name of a category"]


def weights(rng: np.random.Generator, n: int) -> Any:
    return rng.choice([0.0, 1.0, 0.1, 2.5, 5e-324, 1e-160, 1e300, 1.7e308], n)


def finite(rng: np.random.Generator, n: int) -> Any:
    return wild_floats(rng, n, specials=False)


def single(rng: np.random.Generator, n: int) -> Any:
    with np.errstate(all="ignore"):
        return wild_floats(rng, n).astype(np.float32)


def usual(rng: np.random.Generator, n: int) -> Any:
    return rng.normal(size=n)


def specials(rng: np.random.Generator, n: int) -> Any:
    return rng.choice([np.inf, -np.inf, np.nan, 0.0, -0.0], n)


def subnormal(rng: np.random.Generator, n: int) -> Any:
    return rng.integers(-9, 9, n) * 5e-324


def zeros(rng: np.random.Generator, n: int) -> Any:  # noqa: ARG001
    return np.zeros(n)


def huge(rng: np.random.Generator, n: int) -> Any:
    return rng.choice([1.7976931348623157e308, -1.7e308, 1e300, 2.0**1020], n)


def unsafe(rng: np.random.Generator, n: int) -> Any:
    """Factors whose products no double holds."""
    return rng.choice([1e-160, -1e-160, 1e200, -1e200, 5e-324, 1.7e308, 1.0 / 3.0, 0.0], n)


def long(rng: np.random.Generator, n: int) -> Any:
    """Integers beyond 2**53, of both signs."""
    return rng.choice(np.array([2**63 - 1, -(2**63), 2**53 + 1, -1, 0, 7], np.int64), n)


def unsigned(rng: np.random.Generator, n: int) -> Any:
    return rng.choice(np.array([2**64 - 1, 2**63, 2**53 + 1, 0, 7], np.uint64), n)


def small(rng: np.random.Generator, n: int) -> Any:
    return rng.integers(-3, 9, n)


def far(rng: np.random.Generator, n: int) -> Any:
    """Labels that no table of a million places holds."""
    return rng.choice([-(2**63), -5, 0, 1, 2**21, 2**63 - 1], n)


def text(rng: np.random.Generator, n: int) -> Any:
    return rng.choice(np.array(KEYS[: int(rng.integers(1, 7))]), n)


def scores(rng: np.random.Generator, n: int) -> Any:
    return rng.choice([0.0, -0.0, 0.25, 0.5, 0.7, 1.0, -np.inf, np.inf, 5e-324], n)


def matrix(make: Make, columns: int) -> Callable[[np.random.Generator, int], Any]:
    def rows(rng: np.random.Generator, n: int) -> Any:
        return make(rng, n * columns).reshape(n, columns)

    return rows


class Laws(ReductionLaws):
    """A reduction over these columns."""

    true: Make = staticmethod(wild_floats)
    pred: Make = staticmethod(wild_floats)
    weight: Make = staticmethod(weights)

    def batches(self) -> Sequence[Batch]:
        columns: dict[str, Any] = {Y_TRUE: self.true, Y_PRED: self.pred}
        if self.weight is not None:
            columns[WEIGHT] = self.weight
        return random_batches(np.random.default_rng(7), columns)


# --- sums ---------------------------------------------------------------------------------


class TestSumOfAllMagnitudes(Laws):
    reduction = ExactSum(Raw(Y_TRUE))


class TestSumOfUsualValues(Laws):
    reduction = ExactSum(Raw(Y_TRUE))
    true = staticmethod(usual)
    weight = staticmethod(usual)  # sums take negative weights


class TestSumOfZeros(Laws):
    reduction = ExactSum(Raw(Y_TRUE))
    true = staticmethod(zeros)


class TestSumOfSubnormals(Laws):
    reduction = ExactSum(Raw(Y_TRUE))
    true = staticmethod(subnormal)
    weight = staticmethod(zeros)


class TestSumOfTheLargest(Laws):
    reduction = ExactSum(Raw(Y_TRUE))
    true = staticmethod(huge)


class TestSumsAtTheEdgeOfExtraction(Laws):
    """Values whose rounding constant would overflow: 2**1017 and above, by cells."""

    reduction = ExactSum(Raw(Y_TRUE))
    weight = None

    @staticmethod
    def true(rng: np.random.Generator, n: int) -> Any:
        return rng.choice([1.1, -1.5, 1.0, 1e-20], n) * 2.0 ** rng.integers(1014, 1021)


class TestSumOfWhatIsNotFinite(Laws):
    reduction = ExactSum(Raw(Y_TRUE))
    true = staticmethod(specials)


class TestSumsByColumn(Laws):
    reduction = ExactSum(Raw(Y_TRUE), 3)
    true = staticmethod(matrix(wild_floats, 3))


class TestSumOverColumns(Laws):
    reduction = ExactSum(Raw(Y_TRUE))
    true = staticmethod(matrix(wild_floats, 3))


class TestSumOverImages(Laws):
    reduction = ExactSum(Raw(Y_TRUE))

    @staticmethod
    def true(rng: np.random.Generator, n: int) -> Any:
        return wild_floats(rng, 6 * n).reshape(n, 2, 3)


class TestSumOfIntegers(Laws):
    reduction = ExactSum(Raw(Y_TRUE))
    true = staticmethod(small)


class TestSumOfLongIntegers(Laws):
    reduction = ExactSum(Raw(Y_TRUE))
    true = staticmethod(long)
    weight = None

    def test_the_sum_is_pythons(self) -> None:
        rows = [value for batch in self.batches() for value in batch[Y_TRUE].tolist()]
        assert self._reduced(self.batches()).fractions() == [sum(rows)]

    def test_weights_are_refused(self) -> None:
        batch = Batch({Y_TRUE: np.array([2**53 + 1]), WEIGHT: np.ones(1)})
        with pytest.raises(DomainError, match=r"within ±2\*\*53 where there are sample weights"):
            self._reduced([batch])


class TestSumOfUnsignedIntegers(Laws):
    reduction = ExactSum(Raw(Y_TRUE))
    true = staticmethod(unsigned)
    weight = None

    def test_the_sum_is_pythons(self) -> None:
        rows = [value for batch in self.batches() for value in batch[Y_TRUE].tolist()]
        assert self._reduced(self.batches()).fractions() == [sum(rows)]


class TestSumsOfLongIntegersByColumn(Laws):
    reduction = ExactSum(Raw(Y_TRUE), 2)
    true = staticmethod(matrix(long, 2))
    weight = None


class TestSumOfBooleans(Laws):
    reduction = ExactSum(NonZero(Y_TRUE))
    true = staticmethod(small)


class TestSquaredError(Laws):
    reduction = ExactSum(SquaredError())


class TestSquaredErrorOfSingles(Laws):
    reduction = ExactSum(SquaredError())
    true = pred = staticmethod(single)


class TestAbsoluteErrorOfMatrices(Laws):
    reduction = ExactSum(AbsoluteError())
    true = pred = staticmethod(matrix(wild_floats, 2))


class TestTotalWeight(Laws):
    reduction = TotalWeight()


class TestTotalOfNegativeWeights(Laws):
    reduction = TotalWeight()
    weight = staticmethod(usual)


class TestTotalOfNoWeight(Laws):
    reduction = TotalWeight()
    weight = staticmethod(zeros)


# --- moments ------------------------------------------------------------------------------


class TestMoments(Laws):
    reduction = Moments(TRUE, PRED)


class TestMomentsOfUsualValues(Laws):
    reduction = Moments(TRUE, PRED)
    true = pred = weight = staticmethod(usual)


class TestMomentsOfSingles(Laws):
    reduction = Moments(Raw(Y_TRUE), Raw(Y_PRED))
    true = pred = staticmethod(single)


class TestMomentsOfMixedTypes(Laws):
    reduction = Moments(Raw(Y_TRUE), Raw(Y_PRED))
    true = staticmethod(single)
    pred = staticmethod(small)


class TestMomentsOutsideTheSafeRange(Laws):
    reduction = Moments(TRUE, PRED)
    true = pred = weight = staticmethod(unsafe)

    def test_the_sums_are_those_of_fractions(self) -> None:
        reduction = Moments(TRUE, PRED)
        for batches in self._datasets():
            expected = [Fraction(0)] * 5
            for batch in batches:
                w = np.ones(batch.rows) if batch.weight is None else batch.weight
                columns = (w.tolist(), batch[Y_TRUE].tolist(), batch[Y_PRED].tolist())
                for a, x, y in zip(*(map(Fraction, c) for c in columns), strict=True):
                    terms = (x, y, x * x, x * y, y * y)
                    expected = [s + a * t for s, t in zip(expected, terms, strict=True)]
            (found,) = reduction.sums(self._reduced(batches))
            assert found is not None
            assert list(found) == expected


class TestMomentsByColumn(Laws):
    reduction = Moments(TRUE, PRED, 2)
    true = pred = staticmethod(matrix(unsafe, 2))


class TestMomentsOfZeros(Laws):
    reduction = Moments(TRUE, PRED)
    true = pred = staticmethod(zeros)


# --- counts -------------------------------------------------------------------------------


class TestCount(Laws):
    reduction = Count(NonZero(Y_TRUE))
    true = staticmethod(small)


class TestCountWhateverTheWeight(Laws):
    reduction = Count(NonZero(Y_TRUE), weighted=False)
    true = staticmethod(small)


class TestCountOfElements(Laws):
    reduction = Count(NonZero(Y_TRUE))
    true = staticmethod(matrix(small, 3))


class TestCountOfNothing(Laws):
    reduction = Count(NonZero(Y_TRUE))
    true = staticmethod(zeros)


class TestCountOfNoWeight(Laws):
    reduction = Count(NonZero(Y_TRUE))
    true = staticmethod(small)
    weight = staticmethod(zeros)


class TestMinMax(Laws):
    reduction = MinMax(Raw(Y_TRUE))


class TestMinMaxOfWhatIsNotFinite(Laws):
    reduction = MinMax(Raw(Y_TRUE))
    true = staticmethod(specials)


class TestMinMaxOfSingles(Laws):
    reduction = MinMax(Raw(Y_TRUE))
    true = staticmethod(matrix(single, 2))


class TestMinMaxOfLongIntegers(Laws):
    reduction = MinMax(Raw(Y_TRUE))
    true = staticmethod(long)


class TestMinMaxOfBooleans(Laws):
    reduction = MinMax(NonZero(Y_TRUE))
    true = staticmethod(small)


class TestConfusion(Laws):
    reduction = ConfusionCounts(Labels(Y_TRUE), Labels(Y_PRED))
    true = pred = staticmethod(small)


class TestConfusionOfTypes(Laws):
    reduction = ConfusionCounts(Labels(Y_TRUE), Labels(Y_PRED))
    true = staticmethod(small)

    @staticmethod
    def pred(rng: np.random.Generator, n: int) -> Any:
        return rng.integers(0, 12, n).astype(np.int32)


class TestConfusionOfLabelsFarApart(Laws):
    reduction = ConfusionCounts(Labels(Y_TRUE), Labels(Y_PRED))
    true = staticmethod(small)
    pred = staticmethod(far)


class TestConfusionOfStrings(Laws):
    reduction = ConfusionCounts(Labels(Y_TRUE), Labels(Y_PRED))
    true = pred = staticmethod(text)


class TestConfusionWithoutWeight(Laws):
    reduction = ConfusionCounts(Labels(Y_TRUE), Labels(Y_PRED))
    true = pred = staticmethod(small)
    weight = staticmethod(zeros)


class TestThreshold(Laws):
    reduction = ThresholdCounts(NonZero(Y_TRUE), Raw(Y_PRED), (0.5,))
    true = staticmethod(small)
    pred = staticmethod(scores)


class TestThresholds(Laws):
    reduction = ThresholdCounts(NonZero(Y_TRUE), Raw(Y_PRED), (-1.0, 0.0, 0.25, 0.5, 1.0))
    true = staticmethod(small)
    pred = staticmethod(scores)


class TestThresholdsByColumn(Laws):
    reduction = ThresholdCounts(NonZero(Y_TRUE), Raw(Y_PRED), (0.0, 0.5), 3)
    true = staticmethod(matrix(small, 3))
    pred = staticmethod(matrix(scores, 3))


class TestThresholdOverColumns(Laws):
    reduction = ThresholdCounts(NonZero(Y_TRUE), Raw(Y_PRED), (0.5,))
    true = staticmethod(matrix(small, 3))
    pred = staticmethod(matrix(scores, 3))


# --- sums by bin and by label -------------------------------------------------------------


@dataclass(frozen=True)
class Remainder:
    """A bin of a small integer."""

    def __call__(self, batch: Batch) -> Any:
        return batch[Y_TRUE] % 4


class TestBinnedSums(Laws):
    reduction = BinnedSums(Remainder(), Raw(Y_PRED), 4)
    true = staticmethod(small)


class TestBinnedSumsByColumn(Laws):
    reduction = BinnedSums(Remainder(), Raw(Y_PRED), 5, 3)
    true = staticmethod(small)
    pred = staticmethod(matrix(wild_floats, 3))

    def test_the_sums_are_those_of_fractions(self) -> None:
        columns = {Y_TRUE: np.array([0, 1, 4]), Y_PRED: np.arange(9.0).reshape(3, 3) / 8}
        state = self._reduced([Batch(columns | {WEIGHT: np.array([0.5, 2.0, 0.25])})])
        totals = state.totals()
        assert [t.rows for t in totals] == [2, 1, 0, 0, 0]
        assert [t.weight for t in totals] == [Fraction(3, 4), 2, 0, 0, 0]
        assert totals[0].values == (Fraction(3, 16), Fraction(9, 32), Fraction(3, 8))


class TestLabelSums(Laws):
    reduction = LabelSums(Labels(Y_TRUE), Raw(Y_PRED))
    true = staticmethod(small)


class TestLabelSumsByColumn(Laws):
    reduction = LabelSums(Labels(Y_TRUE), Raw(Y_PRED), 2)
    true = staticmethod(far)
    pred = staticmethod(matrix(wild_floats, 2))


class TestLabelSumsByText(Laws):
    reduction = LabelSums(Labels(Y_TRUE), Raw(Y_PRED))
    true = staticmethod(text)


# --- by key -------------------------------------------------------------------------------


class KeyedLaws(Laws):
    sliced = False
    true = staticmethod(small)


class TestKeyedSum(KeyedLaws):
    reduction = Keyed(Labels(Y_TRUE), (ExactSum(Raw(Y_PRED)),))


class TestKeyedSumByText(KeyedLaws):
    reduction = Keyed(Labels(Y_TRUE), (ExactSum(Raw(Y_PRED)),))
    true = staticmethod(text)


class TestKeyedSumByKeysFarApart(KeyedLaws):
    reduction = Keyed(Labels(Y_TRUE), (ExactSum(Raw(Y_PRED)),))
    true = staticmethod(far)


class TestKeyedSumOverImages(KeyedLaws):
    reduction = Keyed(Labels(Y_TRUE), (ExactSum(Raw(Y_PRED)),))

    @staticmethod
    def pred(rng: np.random.Generator, n: int) -> Any:
        return wild_floats(rng, 6 * n).reshape(n, 2, 3)


class TestKeyedTotalWeight(KeyedLaws):
    reduction = Keyed(Labels(Y_TRUE), (TotalWeight(),))
    true = staticmethod(text)


class TestKeyedMoments(KeyedLaws):
    reduction = Keyed(Labels(Y_TRUE), (Moments(PRED, PRED),))


class TestKeyedMinMax(KeyedLaws):
    reduction = Keyed(Labels(Y_TRUE), (MinMax(Raw(Y_PRED)),))
    true = staticmethod(text)


class TestKeyedCount(KeyedLaws):
    reduction = Keyed(Labels(Y_TRUE), (Count(NonZero(Y_PRED)),))
    pred = staticmethod(small)


class TestKeyedCountByText(KeyedLaws):
    reduction = Keyed(Labels(Y_TRUE), (Count(NonZero(Y_PRED)),))
    true = staticmethod(text)
    pred = staticmethod(small)


class TestKeyedConfusion(KeyedLaws):
    reduction = Keyed(Labels(Y_TRUE), (ConfusionCounts(Labels(Y_TRUE), Labels(Y_PRED)),))
    pred = staticmethod(small)


class TestKeyedConfusionByText(KeyedLaws):
    reduction = Keyed(Labels(Y_PRED), (ConfusionCounts(Labels(Y_TRUE), Labels(Y_TRUE)),))
    true = staticmethod(far)
    pred = staticmethod(text)


class TestKeyedBins(KeyedLaws):
    reduction = Keyed(Labels(Y_TRUE), (BinnedSums(Remainder(), Raw(Y_PRED), 4),))


class TestKeyedLabelSums(KeyedLaws):
    reduction = Keyed(Labels(Y_PRED), (LabelSums(Labels(Y_TRUE), Raw(Y_PRED)),))
    true = staticmethod(text)
    pred = staticmethod(small)
    weight = staticmethod(usual)


class TestKeyedThresholds(KeyedLaws):
    reduction = Keyed(Labels(Y_TRUE), (ThresholdCounts(NonZero(Y_TRUE), Raw(Y_PRED), (0.5, 0.7)),))
    pred = staticmethod(scores)


def test_a_keyed_reduction_beside_others() -> None:
    """Rows that it sorts for itself stay where they are for the others."""
    rng = np.random.default_rng(0)
    y, p = rng.normal(size=(2, 60)).astype(np.float32)
    columns = {Y_TRUE: y, Y_PRED: p, WEIGHT: rng.random(60), "key": rng.integers(0, 5, 60)}
    first, last = ExactSum(TRUE), Moments(TRUE, PRED)
    keyed = Keyed(Labels("key"), (Moments(TRUE, PRED), ExactSum(Raw(Y_PRED))))
    alone = last.seal(last.update(last.empty(), Batch(columns)))
    batch = Batch(columns)
    first.update(first.empty(), batch)
    by_key = keyed.seal(keyed.update(keyed.empty(), batch))
    assert last.seal(last.update(last.empty(), batch)) == alone
    assert keyed.total(by_key)[0] == alone


# --- what is refused ----------------------------------------------------------------------

COUNTING: list[Reduction[Any]] = [
    Count(NonZero(Y_TRUE)),
    ConfusionCounts(Labels(Y_TRUE), Labels(Y_PRED)),
    ThresholdCounts(NonZero(Y_TRUE), Raw(Y_PRED), (0.5,)),
]


@pytest.mark.parametrize("reduction", COUNTING, ids=lambda r: type(r).__name__)
@pytest.mark.parametrize("weight", [-1.0, np.inf, -5e-324])
def test_counts_refuse_weights_that_are_none(reduction: Reduction[Any], weight: float) -> None:
    batch = Batch(
        {Y_TRUE: np.zeros(2), Y_PRED: np.ones(2), WEIGHT: np.array([1.0, weight])},
    )
    with pytest.raises(DomainError, match=r"finite, non-negative sample weights .* in row 1"):
        reduction.update(reduction.empty(), batch)
    with pytest.raises(DomainError, match=r"finite, non-negative sample weights .* in row 1"):
        reduction.update(reduction.empty(3), batch.in_cells(np.array([2, 0]), 3))


def test_labels_of_two_kinds_are_refused() -> None:
    reduction = ConfusionCounts(Labels(Y_TRUE), Labels(Y_PRED))
    for true, pred, kinds in (
        (1, "1", "expected labels of one kind, got strings after integers"),
        ("a", 1, "expected labels of one kind, got integers after strings"),
    ):
        batch = Batch({Y_TRUE: np.array([true]), Y_PRED: np.array([pred])})
        with pytest.raises(LabelError, match=kinds):
            reduction.update(reduction.empty(), batch)


def test_labels_that_appear_late_are_found() -> None:
    """Within a block, across blocks, below and above all others, in a table and out of it."""
    reduction = ConfusionCounts(Labels(Y_TRUE), Labels(Y_PRED))
    first, later = np.zeros(70_000, np.int64), np.array([3, -(2**40), 3, 2**40, 1])
    first[[69_999, 65_000, 1]] = [9, -9, 2]
    rows = np.concatenate([first, later])
    whole = reduction.seal(reduction.update(reduction.empty(), labelled(rows)))
    state: Any = reduction.empty()
    for part in (first[:1], first[1:], later[:1], later[1:]):
        state = reduction.update(state, labelled(part))
    assert reduction.seal(state).to_bytes() == whole.to_bytes()
    assert whole.labels.tolist() == [-(2**40), -9, 0, 1, 2, 3, 9, 2**40]
    assert np.diagonal(whole.counts[0]).tolist() == [1, 1, 69_997, 1, 1, 2, 1, 1]


def labelled(rows: Any) -> Batch:
    return Batch({Y_TRUE: rows, Y_PRED: rows})


def test_labels_beyond_the_budget_are_refused_wherever_they_meet() -> None:
    reduction = ConfusionCounts(Labels(Y_TRUE), Labels(Y_PRED))
    with pytest.raises(BudgetError, match=r"at most 4096 distinct labels .* got 5000"):
        reduction.update(reduction.empty(), Batch({c: np.arange(5000) for c in (Y_TRUE, Y_PRED)}))


def test_floats_are_no_keys() -> None:
    reduction = Keyed(Raw(Y_TRUE), (TotalWeight(),))
    with pytest.raises(LabelError, match="integers, booleans or strings, got float64"):
        reduction.update(reduction.empty(), Batch({Y_TRUE: np.array([0.5])}))


@pytest.mark.parametrize("dtype", [np.bool_, np.int32, np.uint64, np.float32])
@pytest.mark.parametrize("threshold", [-0.5, 0.0, 0.5, 1.5])
def test_thresholds_are_not_rounded_to_integer_scores(dtype: Any, threshold: float) -> None:
    batch = Batch({Y_TRUE: np.ones(5), Y_PRED: np.array([0, 1, 1, 0, 1]).astype(dtype)})
    for thresholds in ((threshold,), (threshold, 9.0)):
        reduction = ThresholdCounts(NonZero(Y_TRUE), Raw(Y_PRED), thresholds)
        (table,) = reduction.table(reduction.seal(reduction.update(reduction.empty(), batch)))
        assert table.tp[0] == sum(value > threshold for value in (0, 1, 1, 0, 1))


# --- sources ------------------------------------------------------------------------------

RNG = np.random.default_rng(1)
ROWS = 41
WHOLE: dict[str, Any] = {
    Y_TRUE: RNG.choice(np.array(["a", "bb", "long label"]), ROWS),
    Y_PRED: wild_floats(RNG, 3 * ROWS).reshape(ROWS, 3).astype(np.float64),
    WEIGHT: RNG.random(ROWS),
}


@dataclass(frozen=True, eq=False)
class Parts:
    """A column in parts, as the shards of a dataset are."""

    arrays: tuple[Any, ...]

    @property
    def column(self) -> Any:
        return MemoryColumn(self.arrays[0]).column

    @property
    def lengths(self) -> tuple[int, ...]:
        return tuple(len(array) for array in self.arrays)

    def token(self, part: int) -> str:
        return f"part {part}"

    def read(self, part: int, start: int, stop: int) -> Any:
        return self.arrays[part][start:stop]

    def restrict(self, part: int, start: int, stop: int) -> MemoryColumn:
        return MemoryColumn(self.arrays[part][start:stop])


class Contract(SourceContract):
    expected = WHOLE


class TestTable(Contract):
    source = Table(tuple((name, MemoryColumn(array)) for name, array in WHOLE.items()))


class TestTableOfDifferentParts(Contract):
    """Boundaries of all columns cut all columns; some parts are empty."""

    source = Table(
        (
            (Y_TRUE, Parts(tuple(np.split(WHOLE[Y_TRUE], [0, 7, 7, 40])))),
            (Y_PRED, Parts(tuple(np.split(WHOLE[Y_PRED], [7, 20])))),
            (WEIGHT, MemoryColumn(WHOLE[WEIGHT].reshape(-1, 1))),
        )
    )

    def test_every_boundary_cuts(self) -> None:
        assert [piece.rows for piece in self.source.pieces()] == [7, 13, 20, 1]


class TestTableOfOneRow(SourceContract):
    expected = {Y_TRUE: np.array([True])}  # noqa: RUF012
    source = Table(((Y_TRUE, MemoryColumn(np.array([True]))),))


class FileContract(Contract):
    """Files in a folder of their own."""

    folder: Path

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path


class TestNpyShards(FileContract):
    @property
    def source(self) -> Source:
        cuts = {Y_TRUE: [3, 30], Y_PRED: [30], WEIGHT: [3, 3, 20]}
        for name, at in cuts.items():
            for i, shard in enumerate(np.split(WHOLE[name], at)):
                order = np.asfortranarray if i == 1 else np.ascontiguousarray
                np.save(self.folder / f"{name}-{i}.npy", order(shard))
        return open_source(*(str(self.folder / f"{name}-*.npy") for name in cuts))


class TestMemoryMap(FileContract):
    """A memory map is read from its file on the worker."""

    @property
    def source(self) -> Source:
        maps = []
        for name, array in WHOLE.items():
            path = self.folder / f"{name}.npy"
            np.save(path, np.concatenate([array[:5], array]))
            maps.append(np.load(path, mmap_mode="r")[5:])
        return open_source(*maps)


class TestNpz(FileContract):
    @property
    def source(self) -> Source:
        np.savez_compressed(self.folder / "rows.npz", allow_pickle=False, **WHOLE)
        return open_source(Y_TRUE, Y_PRED, WEIGHT, data=self.folder / "rows.npz")


class TestNpzShards(FileContract):
    @property
    def source(self) -> Source:
        for i, rows in enumerate((slice(0, 10), slice(10, 10), slice(10, None))):
            shard = {name: array[rows] for name, array in WHOLE.items()}
            np.savez(self.folder / f"rows-{i}.npz", allow_pickle=False, **shard)
        return open_source(Y_TRUE, Y_PRED, WEIGHT, data=str(self.folder / "rows-*.npz"))


def batches_of_whole() -> list[tuple[Any, ...]]:
    bounds = [0, 2, 2, 20, ROWS]
    return [tuple(array[a:b] for array in WHOLE.values()) for a, b in itertools.pairwise(bounds)]


class Anew:
    """An iterable that starts anew each time."""

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        yield from batches_of_whole()


class TestListOfBatches(Contract):
    source = Batches(batches_of_whole())


class TestListOfMappings(Contract):
    source = Batches(
        [dict(zip("abc", batch, strict=True)) for batch in batches_of_whole()],
        {Y_TRUE: "a", Y_PRED: "b", WEIGHT: "c"},
    )


class TestIterableOfBatches(Contract):
    source = Batches(Anew())


class TestGeneratorOfBatches(Contract):
    @property
    def source(self) -> Source:
        return Batches(iter(batches_of_whole()))


class TestDaskArrays(Contract):
    @property
    def source(self) -> Source:
        import dask.array as da

        y_pred = da.from_array(WHOLE[Y_PRED], chunks=(10, 2))
        y_true = da.from_array(WHOLE[Y_TRUE], chunks=7)
        return open_source(y_true, y_pred, WHOLE[WEIGHT])


class TestDaskArraysOfUnknownLength(Contract):
    @property
    def source(self) -> Source:
        import dask.array as da

        everyone = da.from_array(np.ones(ROWS, bool), chunks=9)
        lazy = [
            da.from_array(array, chunks=(9, -1)[: array.ndim])[everyone] for array in WHOLE.values()
        ]
        return open_source(*lazy)
