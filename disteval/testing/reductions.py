"""The laws of a reduction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from disteval.protocol import WEIGHT, Batch, Reduction, RevealsNan, Schema
from disteval.sources.columns.kinds import column_of
from disteval.testing.rows import (
    arrays_of,
    concatenated,
    merged_at_random,
    pickled,
    random_batches,
    random_chunks,
    read_only,
    rows_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


class ReductionLaws:
    """The laws of a `Reduction`.

    Attributes
    ----------
    reduction : Reduction
        What is tested. Its states have ``to_bytes`` (every `disteval.reductions.State` does).
    sliced : bool
        False for a reduction that has one cell only.
    repeats : int
        Random chunkings and assignments to cells that are tried.
    """

    reduction: Reduction[Any]
    sliced: bool = True
    repeats: int = 5

    def batches(self) -> Sequence[Batch]:
        """At least two batches of the same columns; laws hold with their weights and without."""
        return random_batches(np.random.default_rng(0))

    def test_the_empty_state_is_the_identity(self) -> None:
        """merge(empty, a) = a = merge(a, empty)."""
        r, nothing = self.reduction, self._reduced([])
        assert r.merge(nothing, nothing).to_bytes() == nothing.to_bytes()
        for batches in self._datasets():
            for state in (self._reduced(batches), *map(self._reduced, ([b] for b in batches))):
                assert r.merge(nothing, state).to_bytes() == state.to_bytes()
                assert r.merge(state, nothing).to_bytes() == state.to_bytes()

    def test_merge_is_associative(self) -> None:
        """merge(merge(a, b), c) = merge(a, merge(b, c))."""
        merge = self.reduction.merge
        for batches in self._datasets():
            states = [self._reduced([batch]) for batch in batches]
            for a, b, c in zip(states, states[1:], states[2:] + states[:1], strict=False):
                left, right = merge(merge(a, b), c), merge(a, merge(b, c))
                assert left.to_bytes() == right.to_bytes()

    def test_merge_is_commutative(self) -> None:
        """merge(a, b) = merge(b, a)."""
        merge = self.reduction.merge
        for batches in self._datasets():
            states = [self._reduced([batch]) for batch in batches]
            for a in states:
                for b in states:
                    assert merge(a, b).to_bytes() == merge(b, a).to_bytes()

    def test_merge_leaves_its_inputs_as_they_are(self) -> None:
        """Merge is pure: it writes neither to its inputs nor into what it gave before."""
        merge = self.reduction.merge
        for batches in self._datasets():
            states = [read_only(self._reduced([batch])) for batch in batches]
            before = [state.to_bytes() for state in states]
            given = [merge(a, b) for a in states for b in states]
            kept = [state.to_bytes() for state in given]
            for state in given:
                merge(read_only(state), states[0])
            assert [state.to_bytes() for state in states] == before
            assert [state.to_bytes() for state in given] == kept

    def test_three_ways_to_reduce_two_batches(self) -> None:
        """merge(reduce(a), reduce(b)) = seal(update(update(empty(), a), b)) = reduce(a ++ b)."""
        for batches in self._datasets():
            for a in batches:
                for b in batches:
                    merged = self.reduction.merge(self._reduced([a]), self._reduced([b]))
                    updated = self._reduced([a, b])
                    assert merged.to_bytes() == updated.to_bytes()
                    assert self._reduced([concatenated([a, b])]).to_bytes() == updated.to_bytes()

    def test_an_empty_batch_adds_nothing(self) -> None:
        """Before, after, and alone."""
        for batches in self._datasets():
            none = rows_of(batches[0], slice(0, 0))
            assert self._reduced([none]).to_bytes() == self._reduced([]).to_bytes()
            expected = self._reduced(batches).to_bytes()
            assert self._reduced([none, *batches, none]).to_bytes() == expected

    def test_chunks_and_order_do_not_matter(self) -> None:
        """Rows in any order, chunks of any size, merged in any tree: the same bytes."""
        for batches in self._datasets():
            whole = concatenated(batches)
            expected = self._reduced([whole]).to_bytes()
            for seed in range(self.repeats):
                rng = np.random.default_rng(seed)
                mixed = rows_of(whole, rng.permutation(whole.rows))
                parts = [rows_of(mixed, chunk) for chunk in random_chunks(rng, whole.rows)]
                assert self._reduced(parts).to_bytes() == expected
                states = [self._reduced([part]) for part in parts]
                assert merged_at_random(rng, states, self.reduction.merge).to_bytes() == expected

    def test_cells_are_reductions_of_their_own(self) -> None:
        """Each cell of a sliced state is the state of the rows in that cell."""
        if not self.sliced:
            return
        for batches in self._datasets():
            for seed, cells in enumerate((1, 2, 7, 70)):
                self._check_cells(batches, cells, np.random.default_rng(seed))

    def test_pickles_are_equal(self) -> None:
        """A reduction and its states come back as they were."""
        reduction = pickled(self.reduction)
        assert reduction == self.reduction
        assert hash(reduction) == hash(self.reduction)
        for batches in self._datasets():
            state = self._reduced(batches)
            copy = pickled(state)
            assert copy == state
            assert hash(copy) == hash(state)
            assert copy.to_bytes() == state.to_bytes()
            twice = self._reduced([*batches, *batches])
            assert reduction.merge(copy, copy).to_bytes() == twice.to_bytes()

    def test_a_reduction_is_a_frozen_value(self) -> None:
        """Equal to its like, unequal to others, hashable, with a repr that tells it."""
        assert self.reduction == pickled(self.reduction)
        assert self.reduction != object()
        assert {self.reduction: 1}[pickled(self.reduction)] == 1
        assert repr(self.reduction) == repr(pickled(self.reduction))
        assert " at 0x" not in repr(self.reduction)  # the digest is of the repr

    def test_states_tell_their_size(self) -> None:
        """The size of a state is at least that of its arrays, or Dask would never spill."""
        for batches in self._datasets():
            state = self._reduced(batches)
            assert state.__sizeof__() >= sum(array.nbytes for array in arrays_of(state))

    def test_sealing_twice_is_sealing_once(self) -> None:
        """seal(seal(a)) = seal(a)."""
        for batches in [[], *self._datasets()]:
            state = self._reduced(batches)
            assert self.reduction.seal(state).to_bytes() == state.to_bytes()

    def test_a_sealed_state_takes_updates(self) -> None:
        """`Keyed` and the streaming evaluator go on from a sealed state."""
        for batches in self._datasets():
            state = self._reduced([])
            for batch in batches:
                state = self._reduced([batch], state)
            assert state.to_bytes() == self._reduced(batches).to_bytes()

    def test_a_nan_that_is_revealed_shows(self) -> None:
        """Where the state is said to reveal the NaN of a column, any one of them shows."""
        if not isinstance(self.reduction, RevealsNan):
            return
        for batches in self._datasets():
            schema = Schema(tuple((n, column_of(c)) for n, c in batches[0].columns.items()))
            for name in self.reduction.reveals(schema):
                if schema[name].kind != "float":
                    continue
                for i in range(batches[0].rows):
                    columns = {n: c.copy() for n, c in batches[0].columns.items()}
                    columns[name].reshape(batches[0].rows, -1)[i, -1] = np.nan
                    state = self._reduced([Batch(columns), *batches[1:]])
                    assert self.reduction.saw_nan(state)

    def _datasets(self) -> Iterator[Sequence[Batch]]:
        batches = self.batches()
        assert len(batches) > 1, "the laws need at least two batches"
        yield batches
        if batches[0].weight is not None:
            yield [
                Batch({name: column for name, column in b.columns.items() if name != WEIGHT})
                for b in batches
            ]

    def _reduced(self, batches: Iterable[Batch], state: Any = None) -> Any:
        state = self.reduction.empty() if state is None else state
        with np.errstate(all="ignore"):
            for batch in batches:
                state = self.reduction.update(state, batch)
            return self.reduction.seal(state)

    def _check_cells(self, batches: Sequence[Batch], cells: int, rng: np.random.Generator) -> None:
        r, nothing = self.reduction, self._reduced([])
        spread = [rng.integers(0, cells, batch.rows) for batch in batches]
        sliced = [b.in_cells(c, cells) for b, c in zip(batches, spread, strict=True)]
        state = self._reduced(sliced, r.empty(cells))
        halves = [self._reduced(part, r.empty(cells)) for part in (sliced[:1], sliced[1:])]
        assert r.merge(*halves).to_bytes() == state.to_bytes()
        for cell in {0, cells // 2, cells - 1}:
            own = [rows_of(b, c == cell) for b, c in zip(batches, spread, strict=True)]
            expected = self._reduced(own).to_bytes()
            assert state.take(np.array([cell])).to_bytes() == expected
            assert state.take(np.array([-1, cell])).take(np.array([1])).to_bytes() == expected
        assert state.take(np.array([-1])).to_bytes() == nothing.to_bytes()
        order = rng.permutation(cells)
        place = np.argsort(order)
        moved = [b.in_cells(place[c], cells) for b, c in zip(batches, spread, strict=True)]
        assert state.take(order).to_bytes() == self._reduced(moved, r.empty(cells)).to_bytes()
