"""Counts of (true label, predicted label), over labels that are discovered on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from disteval import backend
from disteval.errors import BudgetError
from disteval.numerics import limbs as limb_arithmetic
from disteval.numerics.contiguous import for_kernel
from disteval.numerics.labels import LabelIndex, canonical_strings
from disteval.numerics.sums import OpenSums
from disteval.numerics.words import Words
from disteval.protocol import Batch, RowFunction, Runs
from disteval.reductions.counts import weights_of_counts
from disteval.reductions.state import Array, State, declared

MAX_LABELS = 4096


@dataclass(frozen=True, eq=False)
class ConfusionState(State):
    """Counts (cells, K, K) of true label (rows) and predicted label, over sorted labels."""

    labels: Array = declared(None, "shared")
    seen: Array = declared("bool")
    counts: Array = declared(None)  # int32 while that holds them: large tables wait for merges
    base: Array = declared("int64", "shared")
    limbs: Array = declared("int64")

    @classmethod
    def zeros(cls, cells: int, labels: Array | None = None) -> Self:
        """No rows."""
        labels = np.zeros(0, np.int64) if labels is None else labels
        k = len(labels)
        return cls(
            labels,
            np.zeros((cells, k), np.bool_),
            np.zeros((cells, k, k), np.int32),
            np.zeros(1, np.int64),
            np.zeros((cells, k, k, 0), np.int64),
        )

    def canonical(self) -> Self:
        """Labels that were seen, sorted; limbs in normal form."""
        order = np.argsort(self.labels, kind="stable")
        seen = np.asarray(self.seen.any(axis=0))
        order = order[seen[order]]
        if np.array_equal(order, np.arange(len(self.labels))) and self.counts.flags.c_contiguous:
            limbs, base = limb_arithmetic.normal(self.limbs, int(self.base[0]))
            names = canonical_strings(self.labels) if len(order) else np.zeros(0, np.int64)
            counts = _narrowest(self.counts)
            return type(self)(names, self.seen, counts, np.array([base], np.int64), limbs)
        labels = self.labels[order]
        cells = np.arange(self.cells)
        pairs = np.ix_(cells, order, order)  # one copy of a table that may be large
        limbs, base = limb_arithmetic.normal(self.limbs[pairs], int(self.base[0]))
        return type(self)(
            canonical_strings(labels) if len(labels) else np.zeros(0, np.int64),
            self.seen[np.ix_(cells, order)],
            _narrowest(self.counts[pairs]),
            np.array([base], np.int64),
            np.ascontiguousarray(limbs),
        )

    def spread(self, labels: Array) -> Self:
        """The same counts over a larger set of labels."""
        state = self.zeros(self.cells, labels)
        if not len(self.labels):
            return state
        index = LabelIndex(labels)
        at = index.find(self.labels)
        place = np.empty(len(labels), np.int64)
        place[index.find(labels)] = np.arange(len(labels))
        at = place[at]
        limbs = np.zeros((*state.counts.shape, self.limbs.shape[-1]), np.int64)
        counts = np.zeros(state.counts.shape, self.counts.dtype)
        state.seen[:, at] = self.seen
        counts[:, at[:, None], at] = self.counts
        limbs[:, at[:, None], at] = self.limbs
        return type(self)(labels, state.seen, counts, self.base, limbs)

    def merged(self, other: Self) -> Self:
        """Counts of both, over the union of their labels."""
        if not len(self.labels) or not len(other.labels):
            return other if not len(self.labels) else self
        a, b, labels = self, other, self.labels
        if not np.array_equal(self.labels, other.labels):
            index = LabelIndex(self.labels)
            index.register(other.labels)
            check_budget(len(index), self.cells)
            labels = np.sort(index.labels)
            a, b = self.spread(labels), other.spread(labels)
        limbs, base = limb_arithmetic.add(a.limbs, int(a.base[0]), b.limbs, int(b.base[0]))
        return type(self)(
            canonical_strings(labels),
            a.seen | b.seen,
            _narrowest(np.add(a.counts, b.counts, dtype=np.int64)),
            np.array([base], np.int64),
            limbs,
        )

    def totals(self) -> Array:
        """Total weight of each pair, (K, K): int64, or exact fractions where rows are weighted."""
        counts: Array = self.counts[0].astype(np.int64)
        if not self.limbs.shape[-1]:
            return counts
        weights: Array = limb_arithmetic.to_fractions(self.limbs[0], int(self.base[0]))
        return weights + counts


class OpenConfusion:
    """Counts in progress: labels in the order in which they were seen, tables with room to grow."""

    __slots__ = ("_narrow", "_narrow_rows", "cells", "index", "room", "seen", "table", "weights")

    def __init__(self, state: ConfusionState) -> None:
        self.cells = state.cells
        self.index = LabelIndex(state.labels)
        labels = self.index.labels
        state = state.spread(labels) if len(labels) else state
        self.room = len(labels)
        self._narrow: Array | None = None  # what the compiled loop counted, in half the cache
        self._narrow_rows = 0
        self.seen = state.seen.copy()
        self.table = state.counts.astype(np.int64)
        self.weights = OpenSums(
            state.limbs.reshape(state.counts.size, state.limbs.shape[-1]).copy(),
            int(state.base[0]),
            np.zeros((state.counts.size, 3), np.int64),
        )

    def add(self, true: Any, pred: Any, batch: Batch, weight: Any) -> None:
        """Count the rows of a batch, sorted by cell or with a cell each."""
        start = 0
        if weight is None and (batch.runs is not None or not batch.sliced):
            start = self._count(true, pred, batch.runs or _all_rows(batch))
            true, pred = true[start:], pred[start:]
        if not len(true):
            return
        rows, columns = self.index.find(true), self.index.find(pred)
        self._make_room()
        at = np.zeros(len(rows), np.int64)
        if batch.sliced:
            at = backend.to_host(batch.cells)[start:]
        self.seen[at, rows] = True
        self.seen[at, columns] = True
        places = (at * self.room + rows) * self.room + columns
        if weight is None:
            np.add.at(self.table.reshape(-1), places, 1)
        else:
            self.weights.add(weight, places)

    def _count(self, true: Any, pred: Any, runs: Runs) -> int:
        """The compiled loop, while labels are words or integers in a window. The row reached."""
        if isinstance(true, Words) or isinstance(pred, Words):
            true, pred = self.index.find(true), self.index.find(pred)
            self._make_room()
            self._loop(true, pred, 0, np.arange(len(self.index), dtype=np.int32), runs, 0, 0)
            return len(true)
        if "U" in (true.dtype.kind, pred.dtype.kind):
            return 0
        if true.dtype != pred.dtype:
            true, pred = true.astype(np.int64), pred.astype(np.int64)
        true, pred = for_kernel(true), for_kernel(pred)
        run, start, known = 0, 0, -1
        while start < len(true) and len(self.index) != known:
            known = len(self.index)
            if len(self.index.places):
                index = self.index
                run, start = self._loop(true, pred, index.lowest, index.places, runs, run, start)
            if start < len(true):
                self.index.register(true[start:])
                self.index.register(pred[start:])
                self._make_room()
                if not len(self.index.places):
                    break
        return start

    def _loop(
        self, true: Array, pred: Array, lowest: int, places: Array, runs: Runs, run: int, start: int
    ) -> tuple[int, int]:
        """Count from row `start` of run `run` on, in half the cache."""
        from disteval.numerics.kernels import counting

        if start == 0:
            self._narrow_rows += len(true)
            if self._narrow_rows >= 1 << 31:
                self._widen()
                self._narrow_rows = len(true)
        if self._narrow is None:
            self._narrow = np.zeros((self.cells, self.room, self.room), np.int32)
        reached: tuple[int, int] = counting.count_pairs(
            true, pred, lowest, places, self._narrow, *map(for_kernel, runs), run, start
        )
        return reached

    def _counts(self) -> Array:
        """All counts: the narrow table alone where nothing else was counted."""
        if self._narrow is not None and not self.table.any():
            return self._narrow
        self._widen()
        return self.table

    def _widen(self) -> None:
        """Move the narrow counts to the table."""
        narrow, self._narrow = self._narrow, None
        if narrow is not None:
            self.table += narrow

    def _make_room(self) -> None:
        k = len(self.index)
        if k <= self.room:
            return
        self._widen()
        room = max(k, min(2 * self.room, MAX_LABELS), 8)
        check_budget(k, self.cells, weighted=bool(self.weights.limbs.shape[-1]))
        limb_arithmetic.carry(self.weights.limbs)  # the new sums start to count additions anew
        seen = np.zeros((self.cells, room), np.bool_)
        table = np.zeros((self.cells, room, room), np.int64)
        old = self.room
        seen[:, :old] = self.seen
        table[:, :old, :old] = self.table
        limbs = np.zeros((*table.shape, self.weights.limbs.shape[-1]), np.int64)
        limbs[:, :old, :old] = self.weights.limbs.reshape(
            self.cells, old, old, self.weights.limbs.shape[-1]
        )
        self.weights = OpenSums(
            limbs.reshape(table.size, limbs.shape[-1]),
            self.weights.base,
            np.zeros((table.size, 3), np.int64),
        )
        self.seen, self.table, self.room = seen, table, room

    def sealed(self) -> ConfusionState:
        """The canonical state."""
        k = len(self.index)
        table = np.array(self._counts()[:, :k, :k])  # its own: updates may go on
        limbs = self.weights.limbs.reshape(*self.table.shape, self.weights.limbs.shape[-1])
        # the compiled loop marks no labels: a label was seen where its row or column is not empty
        seen = self.seen[:, :k] | table.any(axis=1) | table.any(axis=2)
        return ConfusionState(
            self.index.labels,
            seen,
            table,
            np.array([self.weights.base], np.int64),
            limbs[:, :k, :k],
        ).canonical()


@dataclass(frozen=True)
class ConfusionCounts:
    """How often each pair of (true label, predicted label) occurs; total weight with weights.

    Parameters
    ----------
    true, pred : row functions
        Labels (rows,): integers, or strings.

    Notes
    -----
    State: K * K integers for K labels, discovered over the data, at most 4,096; a weighted one
    holds K * K exact sums.
    Exact: always.
    """

    true: RowFunction
    pred: RowFunction

    def empty(self, cells: int = 1) -> ConfusionState:
        """No rows, no labels."""
        return ConfusionState.zeros(cells)

    def update(self, state: ConfusionState | OpenConfusion, batch: Batch) -> OpenConfusion:
        """Count a batch."""
        counts = OpenConfusion(state) if isinstance(state, ConfusionState) else state
        weight = weights_of_counts(batch)
        true, pred = batch.derive(self.true), batch.derive(self.pred)
        if backend.is_device(true) or backend.is_device(pred):
            # label pairs travel to the host: a few bytes a row, against a table per kernel
            true, pred = backend.to_host(true), backend.to_host(pred)
            weight = None if weight is None else backend.to_host(weight)
        counts.add(true, pred, batch, weight)
        return counts

    def seal(self, state: ConfusionState | OpenConfusion) -> ConfusionState:
        """The canonical form."""
        return state if isinstance(state, ConfusionState) else state.sealed()

    def merge(self, a: ConfusionState, b: ConfusionState) -> ConfusionState:
        """Addition over the union of labels."""
        return a.merged(b)


def _all_rows(batch: Batch) -> Runs:
    return Runs(np.zeros(1, np.int64), np.array([0, batch.rows]))


def _narrowest(counts: Array) -> Array:
    """Counts in int32 where they fit: by their content, so that equal counts are equal bytes."""
    wide = counts.size and int(counts.max()) > np.iinfo(np.int32).max
    return counts.astype(np.int64 if wide else np.int32, copy=False)


def check_budget(labels: int, cells: int, *, weighted: bool = False) -> None:
    """Refuse tables that would not fit."""
    if labels > MAX_LABELS:
        msg = (
            f"expected at most {MAX_LABELS} distinct labels in a confusion table, got {labels} "
            f"(a table of {labels} x {labels}); are these identifiers rather than labels?"
        )
        raise BudgetError(msg)
    # a weighted pair is an exact sum: limbs, counts of what is not finite, levels
    if cells * labels * labels * (120 if weighted else 8) > 1 << 31:
        msg = (
            f"expected confusion tables of at most 2 GiB, got {cells} tables of "
            f"{labels} x {labels}{' of weights' if weighted else ''}; use fewer slices or labels"
        )
        raise BudgetError(msg)
