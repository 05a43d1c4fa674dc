"""Any reduction by key: one cell for each label that a column holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from disteval import backend
from disteval.errors import ArgumentError
from disteval.numerics.labels import LabelIndex, canonical_strings
from disteval.protocol import Batch, Reduction, RowFunction
from disteval.reductions.state import Array, State, declared


@dataclass(frozen=True, eq=False)
class KeyedState(State):
    """Sorted unique labels, and the inner state with one cell for each."""

    labels: Array = declared(None, "shared")
    inner: Any = None

    def to_bytes(self) -> bytes:
        return super().to_bytes() + b"\0" + self.inner.to_bytes()  # type: ignore[no-any-return]

    def __sizeof__(self) -> int:
        return super().__sizeof__() + int(self.inner.__sizeof__())

    def take(self, index: Array) -> Self:
        """A keyed state has one cell, itself."""
        if list(index) != [0]:
            msg = f"expected the only cell [0] of a keyed state, got {list(index)}"
            raise ArgumentError(msg)
        return self

    @property
    def groups(self) -> dict[Any, Any]:
        """Label to inner state of one cell."""
        return {
            label: self.inner.take(np.array([i])) for i, label in enumerate(self.labels.tolist())
        }


class OpenKeyed:
    """Keys in the order in which they were seen, and the open inner state with room to grow."""

    __slots__ = ("index", "inner", "room")

    def __init__(self, state: KeyedState) -> None:
        self.index = LabelIndex(state.labels)
        self.room = len(state.labels)
        self.inner = state.inner


@dataclass(frozen=True)
class Keyed:
    """A reduction for each label of a row function, found over the whole dataset.

    Parameters
    ----------
    by : row function
        Labels (rows,): integers, or strings.
    inner : reduction

    Notes
    -----
    State: the sorted labels and one inner state each.
    Exact: as the inner reduction.
    """

    by: RowFunction
    inner: Reduction[Any]

    def empty(self, cells: int = 1) -> KeyedState:
        """No rows, no labels."""
        if cells != 1:
            msg = f"a keyed reduction has one cell, got {cells}; key by both columns instead"
            raise ArgumentError(msg)
        return KeyedState(np.zeros(0, np.int64), self.inner.seal(self.inner.empty(0)))

    def update(self, state: KeyedState | OpenKeyed, batch: Batch) -> OpenKeyed:
        """Add a batch."""
        keyed = OpenKeyed(state) if isinstance(state, KeyedState) else state
        if not batch.rows:
            return keyed
        cells = keyed.index.find(backend.to_host(batch.derive(self.by)))
        if len(keyed.index) > keyed.room:
            # twice the room, so that growing costs no more than the rows do
            room = max(len(keyed.index), 2 * keyed.room)
            grown = np.full(room, -1, np.int64)
            grown[: keyed.room] = np.arange(keyed.room)
            keyed.inner = self.inner.seal(keyed.inner).take(grown)
            keyed.room = room
        xp = backend.namespace(next(iter(batch.columns.values())))
        keyed.inner = self.inner.update(keyed.inner, batch.in_cells(xp.asarray(cells), keyed.room))
        return keyed

    def seal(self, state: KeyedState | OpenKeyed) -> KeyedState:
        """Labels sorted, cells in their order."""
        if isinstance(state, KeyedState):
            return state
        labels = state.index.labels
        order = np.argsort(labels, kind="stable")
        inner = self.inner.seal(state.inner).take(order)
        if not len(labels):
            return self.empty()
        return KeyedState(canonical_strings(labels[order]), inner)

    def merge(self, a: KeyedState, b: KeyedState) -> KeyedState:
        """Union of labels, merged cell by cell."""
        if not len(a.labels) or not len(b.labels):
            return b if not len(a.labels) else a
        index = LabelIndex(a.labels)
        index.register(b.labels)
        labels = np.sort(index.labels)
        sides = [state.inner.take(_positions(state.labels, labels)) for state in (a, b)]
        return KeyedState(canonical_strings(labels), self.inner.merge(*sides))


def _positions(own: Array, wanted: Array) -> Array:
    """Where each wanted label stands among sorted own ones, -1 where it does not."""
    at = np.minimum(np.searchsorted(own, wanted), len(own) - 1)
    return np.where(own[at] == wanted, at, -1)
