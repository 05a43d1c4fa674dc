"""Reductions by key: one cell for each label that a column holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from disteval import backend
from disteval.errors import ArgumentError, BudgetError
from disteval.numerics.labels import LabelIndex, canonical_strings
from disteval.protocol import Batch, Reduction, RevealsNan, RowFunction, Schema
from disteval.reductions.sorting import sorted_batch
from disteval.reductions.state import Array, State, declared

MAX_KEYS = 100_000
MAX_BYTES = 1 << 30  # of the states of all keys


@dataclass(frozen=True, eq=False)
class KeyedState(State):
    """Sorted unique labels; for each the rows, and a cell of every inner state."""

    labels: Array = declared(None, "shared")
    rows: Array = declared("int64", "shared")
    inner: tuple[Any, ...] = ()

    def to_bytes(self) -> bytes:
        return b"\0".join((super().to_bytes(), *(state.to_bytes() for state in self.inner)))

    def __sizeof__(self) -> int:
        return super().__sizeof__() + sum(int(state.__sizeof__()) for state in self.inner)

    def take(self, index: Array) -> Self:
        """A keyed state has one cell, itself."""
        if list(index) != [0]:
            msg = f"expected the only cell [0] of a keyed state, got {list(index)}"
            raise ArgumentError(msg)
        return self

    def groups(self) -> Iterator[tuple[Any, int, tuple[Any, ...]]]:
        """Label, rows, and the inner states of one cell, in the order of the labels."""
        for i, (label, rows) in enumerate(zip(self.labels.tolist(), self.rows.tolist(),
                                               strict=True)):  # fmt: skip
            yield label, rows, tuple(state.cell(i) for state in self.inner)


class OpenKeyed:
    """Keys in the order in which they were seen, and open inner states with room to grow."""

    __slots__ = ("index", "inner", "room", "rows")

    def __init__(self, state: KeyedState) -> None:
        self.index = LabelIndex(state.labels)
        # the index gives sorted labels places in their order
        self.room = len(state.labels)
        self.rows = state.rows.copy()
        self.inner = state.inner


@dataclass(frozen=True)
class Keyed:
    """Reductions for each label of a row function, found over the whole dataset.

    Parameters
    ----------
    by : row function
        Labels (rows,): integers, or strings.
    inner : reductions

    Notes
    -----
    State: the sorted labels, at most 100,000, with the number of rows and one inner state each,
    1 GiB at most.
    Exact: as the inner reductions.
    """

    by: RowFunction
    inner: tuple[Reduction[Any], ...]

    def empty(self, cells: int = 1) -> KeyedState:
        """No rows, no labels."""
        if cells != 1:
            msg = f"a keyed reduction has one cell, got {cells}; key by both columns instead"
            raise ArgumentError(msg)
        none = np.zeros(0, np.int64)
        return KeyedState(none, none, tuple(r.seal(r.empty(0)) for r in self.inner))

    def update(self, state: KeyedState | OpenKeyed, batch: Batch) -> OpenKeyed:
        """Add a batch."""
        keyed = OpenKeyed(state) if isinstance(state, KeyedState) else state
        if not batch.rows:
            return keyed
        labels = batch.derive(self.by)
        xp = backend.namespace(next(iter(batch.columns.values())))
        if xp is np:
            cells = keyed.index.find(labels, batch.buffer("cells", (batch.rows,), np.int32))
            self._make_room(keyed)
            batch = sorted_batch(batch, cells, keyed.room)
            assert batch.runs is not None
            keyed.rows[batch.runs.cells] += np.diff(batch.runs.bounds)
        else:
            cells = keyed.index.find(labels)
            self._make_room(keyed)
            keyed.rows += np.bincount(cells, minlength=keyed.room)
            batch = batch.in_cells(xp.asarray(cells), keyed.room)
        pairs = zip(self.inner, keyed.inner, strict=True)
        keyed.inner = tuple(reduction.update(inner, batch) for reduction, inner in pairs)
        return keyed

    def seal(self, state: KeyedState | OpenKeyed) -> KeyedState:
        """Labels sorted, cells in their order."""
        if isinstance(state, KeyedState):
            return state
        labels = state.index.labels
        if not len(labels):
            return self.empty()
        order = np.argsort(labels, kind="stable")
        pairs = zip(self.inner, state.inner, strict=True)
        inner = tuple(reduction.seal(open_).take(order) for reduction, open_ in pairs)
        return KeyedState(canonical_strings(labels[order]), state.rows[order], inner)

    def merge(self, a: KeyedState, b: KeyedState) -> KeyedState:
        """Union of labels, merged cell by cell."""
        if not len(a.labels) or not len(b.labels):
            return b if not len(a.labels) else a
        index = LabelIndex(a.labels)
        index.register(b.labels)
        check_groups(len(index))
        labels = np.sort(index.labels)
        at_a, at_b = (_positions(state.labels, labels) for state in (a, b))
        rows = np.where(at_a < 0, 0, a.rows[at_a]) + np.where(at_b < 0, 0, b.rows[at_b])
        inner = tuple(
            r.merge(x.take(at_a), y.take(at_b))
            for r, x, y in zip(self.inner, a.inner, b.inner, strict=True)
        )
        return KeyedState(canonical_strings(labels), rows, inner)

    def total(self, state: KeyedState) -> tuple[Any, ...]:
        """The inner states of all labels together, with one cell each."""
        return tuple(_all_cells(r, inner) for r, inner in zip(self.inner, state.inner, strict=True))

    def reveals(self, schema: Schema) -> frozenset[str]:
        """The columns whose NaN an inner reduction shows."""
        return frozenset().union(
            *(r.reveals(schema) for r in self.inner if isinstance(r, RevealsNan))
        )

    def saw_nan(self, state: KeyedState) -> bool:
        """Whether an inner state shows a NaN."""
        pairs = zip(self.inner, state.inner, strict=True)
        return any(r.saw_nan(inner) for r, inner in pairs if isinstance(r, RevealsNan))

    def _most_keys(self, sealed: tuple[Any, ...]) -> int:
        """How many keys there is memory for, when they are like those seen so far."""
        new = sum(r.seal(r.empty()).cell_bytes for r in self.inner)
        seen = sum(state.cell_bytes for state in sealed)
        return int(MAX_BYTES // max(new, seen, 1))

    def _make_room(self, keyed: OpenKeyed) -> None:
        """Twice the room, so that growing costs no more than the rows do."""
        if len(keyed.index) <= keyed.room:
            return
        keys = len(keyed.index)
        check_groups(keys)
        pairs = zip(self.inner, keyed.inner, strict=True)
        sealed = tuple(reduction.seal(open_) for reduction, open_ in pairs)
        most = self._most_keys(sealed)
        if keys > most:
            msg = (
                f"expected states of at most {MAX_BYTES >> 30} GiB over all groups, got "
                f"{keys:,} groups where {most:,} fit; use fewer groups, metrics or columns"
            )
            raise BudgetError(msg)
        room = max(keys, min(2 * keyed.room, most, MAX_KEYS), min(8, most))
        grown = np.full(room, -1, np.int64)
        grown[: keyed.room] = np.arange(keyed.room)
        keyed.inner = tuple(state.take(grown) for state in sealed)
        keyed.rows = np.concatenate([keyed.rows, np.zeros(room - keyed.room, np.int64)])
        keyed.room = room


def _all_cells(reduction: Reduction[Any], state: Any) -> Any:
    """The merged cells of a state: halves of them at a time."""
    if not state.cells:
        return reduction.seal(reduction.empty())
    while state.cells > 1:
        half = (state.cells + 1) // 2
        upper = np.full(half, -1, np.int64)
        upper[: state.cells - half] = np.arange(half, state.cells)
        state = reduction.merge(state.take(np.arange(half)), state.take(upper))
    return state


def check_groups(keys: int) -> None:
    """Refuse groups that are rather rows."""
    if keys > MAX_KEYS:
        msg = (
            f"expected at most {MAX_KEYS:,} groups, got more; are these identifiers rather than "
            "groups? Round or bin the column first"
        )
        raise BudgetError(msg)


def _positions(own: Array, wanted: Array) -> Array:
    """Where each wanted label stands among sorted own ones, -1 where it does not."""
    at = np.minimum(np.searchsorted(own, wanted), len(own) - 1)
    return np.where(own[at] == wanted, at, -1)
