"""The smallest distinct values: those of a set, however rows come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from disteval.metrics.rows import Raw
from disteval.protocol import Y_TRUE, Batch
from disteval.reductions.distinct import MOST, DistinctState, DistinctValues
from disteval.testing import ReductionLaws, random_batches, wild_floats
from disteval.testing.rows import merged_at_random, random_chunks
from tests import stand_in

if TYPE_CHECKING:
    from collections.abc import Sequence

REDUCTION = DistinctValues(Raw(Y_TRUE))


class Laws(ReductionLaws):
    reduction = REDUCTION
    values: Any = staticmethod(wild_floats)

    def batches(self) -> Sequence[Batch]:
        return random_batches(np.random.default_rng(1), {Y_TRUE: self.values})


class TestAllMagnitudes(Laws):
    pass


class TestFew(Laws):
    values = staticmethod(lambda rng, n: rng.choice([-np.inf, -1.0, -0.0, 0.0, np.inf, np.nan], n))


class TestBooleans(Laws):
    values = staticmethod(lambda rng, n: rng.random(n) < 0.5)


class TestAboutAsManyAsAreKept(Laws):
    values = staticmethod(lambda rng, n: rng.integers(0, 10, n).astype(np.int8))


class TestColumns(Laws):
    values = staticmethod(lambda rng, n: rng.integers(-3, 4, (n, 3)).astype(np.float32))


def smallest(values: Any) -> tuple[list[float], int]:
    found = sorted({float(v) + 0.0 for v in values.reshape(-1).tolist() if v == v})
    return found[:MOST], min(len(found), MOST + 1)


def of_cell(state: DistinctState, cell: int = 0) -> tuple[list[float], int]:
    assert np.all(state.values[cell, int(state.number[cell]) :] == np.inf)
    assert not np.any(np.signbit(state.values[cell]) & (state.values[cell] == 0))
    return state.of_cell(cell), int(state.number[cell])


MAKERS: dict[str, Any] = {
    "labels": lambda rng, n: rng.integers(0, 2, n),
    "signs": lambda rng, n: rng.integers(0, 2, n) * 2 - 1,
    "bytes": lambda rng, n: rng.integers(0, 2, n).astype(np.uint8),
    "booleans": lambda rng, n: rng.random(n) < 0.5,
    "floats": lambda rng, n: rng.integers(0, 2, n).astype(np.float32),
    "eight": lambda rng, n: rng.integers(0, 8, n),
    "nine": lambda rng, n: rng.integers(-4, 5, n).astype(np.float64),
    "many": lambda rng, n: rng.normal(size=n),
    "more and more": lambda _, n: np.arange(n) // max(n // 12, 1),
    "fewer and fewer": lambda _, n: -(np.arange(n, dtype=np.float64) // max(n // 12, 1)),
    "late": lambda _, n: np.arange(n) == n - 1,
    "specials": lambda rng, n: rng.choice([np.nan, np.inf, -np.inf, 0.0, -0.0, 5e-324], n),
    "nan": lambda _, n: np.full(n, np.nan),
    "infinities": lambda _, n: np.where(np.arange(n) < 9, np.arange(n) + 0.0, np.inf),
    "halves": lambda rng, n: rng.integers(0, 3, n).astype(np.float16) / 2,
    "large": lambda rng, n: rng.choice([2**53, -(2**53), 0, 1, 2**53 - 1], n),
    "unsigned": lambda rng, n: rng.choice(np.array([2**53, 1, 0, 2**31], np.uint64), n),
    "matrix": lambda rng, n: rng.integers(0, 3, (n, 2)),
    "nothing": lambda _, n: np.zeros((n, 0)),
}


@pytest.mark.parametrize("device", [False, True])
@pytest.mark.parametrize("cells", [1, 3])
@pytest.mark.parametrize("maker", MAKERS)
def test_values_are_the_smallest_of_a_set(maker: str, cells: int, device: bool) -> None:
    move: Any = stand_in.asarray if device else np.ascontiguousarray
    for seed, n in enumerate([0, 1, 7, 60, 5000]):
        rng = np.random.default_rng([cells, seed])
        values = MAKERS[maker](rng, n)
        own = rng.integers(0, cells, n)
        states = []
        for span in random_chunks(rng, n):
            state: Any = REDUCTION.empty(cells)
            for chunk in random_chunks(rng, span.stop - span.start):
                rows = slice(span.start + chunk.start, span.start + chunk.stop)
                batch = Batch({Y_TRUE: move(values[rows])})
                if cells > 1:
                    batch = batch.in_cells(move(own[rows]), cells)
                state = REDUCTION.update(state, batch)
            states.append(REDUCTION.seal(state))
        merged = merged_at_random(rng, states, REDUCTION.merge)
        for cell in range(cells):
            mine = values if cells == 1 else values[own == cell]
            assert of_cell(merged, cell) == smallest(mine)


def test_values_that_are_known_are_passed_over_in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are sorted where there is something new, and not else."""
    rng = np.random.default_rng(0)
    for maker in ("labels", "signs", "booleans", "floats", "eight", "specials", "many"):
        state = REDUCTION.empty()
        values = MAKERS[maker](rng, 4000)
        values = values[values == values]
        state = REDUCTION.update(state, Batch({Y_TRUE: values}))
        with monkeypatch.context() as patch:
            patch.setattr(np, "unique", None)
            assert REDUCTION.update(state, Batch({Y_TRUE: values})) is state
