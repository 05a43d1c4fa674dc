"""Exact sums of rows by label, over labels that are discovered on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from disteval.errors import BudgetError
from disteval.numerics import limbs as limb_arithmetic
from disteval.numerics.labels import LabelIndex, canonical_strings
from disteval.protocol import Batch, RowFunction
from disteval.reductions.binned import BinTotals, OpenBins, bin_totals
from disteval.reductions.state import Array, State, declared

MAX_BYTES = 1 << 30
_SUM_BYTES = 80  # limbs, counts of what is not finite, and levels


@dataclass(frozen=True, eq=False)
class LabelState(State):
    """Sorted labels; per cell and label the rows, the total weight and the sums."""

    labels: Array = declared(None, "shared")
    rows: Array = declared("int64")
    base: Array = declared("int64", "shared")
    limbs: Array = declared("int64")
    specials: Array = declared("int64")

    @classmethod
    def zeros(cls, cells: int, columns: int, labels: Array | None = None) -> Self:
        """No rows."""
        labels = np.zeros(0, np.int64) if labels is None else labels
        shape = (cells, len(labels), 1 + columns)
        return cls(
            labels,
            np.zeros(shape[:2], np.int64),
            np.zeros(1, np.int64),
            np.zeros((*shape, 0), np.int64),
            np.zeros((*shape, 3), np.int64),
        )

    def canonical(self) -> Self:
        """Labels that were seen, sorted; limbs in normal form."""
        order = np.argsort(self.labels, kind="stable")
        order = order[np.asarray(self.rows.any(axis=0))[order]]
        return self._at(order, self.labels[order])

    def spread(self, labels: Array) -> Self:
        """The same sums over a larger set of labels, in this order."""
        place = {label: i for i, label in enumerate(self.labels.tolist())}
        places = np.array([place.get(label, -1) for label in labels.tolist()], np.int64)
        return self._at(places, labels)

    def merged(self, other: Self) -> Self:
        """The sums of both, over the union of their labels."""
        if not len(self.labels) or not len(other.labels):
            return other if not len(self.labels) else self
        a, b = self, other
        if not np.array_equal(self.labels, other.labels):
            index = LabelIndex(self.labels)
            index.register(other.labels)
            labels = np.sort(index.labels)
            check_budget(len(labels), self.cells, self.limbs.shape[2])
            a, b = self.spread(labels), other.spread(labels)
        limbs, base = limb_arithmetic.add(a.limbs, int(a.base[0]), b.limbs, int(b.base[0]))
        return type(self)(
            canonical_strings(a.labels),
            a.rows + b.rows,
            np.array([base], np.int64),
            limbs,
            a.specials + b.specials,
        )

    def totals(self) -> dict[Any, BinTotals]:
        """What the first cell holds of each label that it has seen, in their order."""
        found = bin_totals(self.rows, self.base, self.limbs, self.specials)
        pairs = zip(self.labels.tolist(), found, strict=True)
        return {label: totals for label, totals in pairs if totals.rows}

    def _at(self, places: Array, labels: Array) -> Self:
        """The state whose label i is this state's label places[i]; nothing where that is -1."""

        def picked(array: Array) -> Array:
            out = np.zeros((len(array), len(places), *array.shape[2:]), np.int64)
            out[:, places >= 0] = array[:, places[places >= 0]]
            return out

        limbs, base = limb_arithmetic.normal(picked(self.limbs), int(self.base[0]))
        return type(self)(
            canonical_strings(labels) if len(labels) else np.zeros(0, np.int64),
            picked(self.rows),
            np.array([base], np.int64),
            limbs,
            picked(self.specials),
        )


class OpenLabels:
    """Sums in progress: labels in the order in which they were seen, with room to grow."""

    __slots__ = ("bins", "columns", "index")

    def __init__(self, state: LabelState) -> None:
        self.index = LabelIndex(state.labels)
        self.columns = state.limbs.shape[2] - 1
        self.bins = OpenBins(state.rows, int(state.base[0]), state.limbs, state.specials)

    def add(self, labels: Any, values: Any, batch: Batch) -> None:
        """Add the rows of a batch."""
        if batch.rows:
            places = self.index.find(labels)
            self._make_room()
            self.bins.add(places, values, batch)

    def sealed(self) -> LabelState:
        """The canonical state."""
        k = len(self.index)
        rows, base, limbs, specials = self.bins.normal()
        return LabelState(
            self.index.labels, rows[:, :k], base, limbs[:, :k], specials[:, :k]
        ).canonical()

    def _make_room(self) -> None:
        cells, room = self.bins.shape
        k = len(self.index)
        if k <= room:
            return
        check_budget(k, cells, 1 + self.columns)
        more = max(k, 2 * room, 8) - room
        rows, base, limbs, specials = (_widened(a, more) for a in self.bins.normal())
        self.bins = OpenBins(rows, int(base[0]), limbs, specials)


def _widened(array: Array, more: int) -> Array:
    """The array with so many more labels; the base is common to all."""
    if array.ndim < 2:
        return array
    room = np.zeros((len(array), more, *array.shape[2:]), np.int64)
    return np.concatenate([array, room], axis=1)


@dataclass(frozen=True)
class LabelSums:
    """For each label of a row function: rows, total weight, and the sums of another.

    Parameters
    ----------
    by : row function
        Labels (rows,): integers, or strings.
    of : row function
        Values (rows,) or (rows, columns).
    columns : int
        Values of a row.

    Notes
    -----
    State: an integer and 1 + columns exact sums for each label, discovered over the data; 1 GiB
    at most.
    Exact: always; the sums are those of the values fl(w * x).
    """

    by: RowFunction
    of: RowFunction
    columns: int = 1

    def empty(self, cells: int = 1) -> LabelState:
        """No rows, no labels."""
        return LabelState.zeros(cells, self.columns)

    def update(self, state: LabelState | OpenLabels, batch: Batch) -> OpenLabels:
        """Add a batch."""
        labels = OpenLabels(state) if isinstance(state, LabelState) else state
        labels.add(batch.derive(self.by), batch.derive(self.of), batch)
        return labels

    def seal(self, state: LabelState | OpenLabels) -> LabelState:
        """The canonical form."""
        return state if isinstance(state, LabelState) else state.sealed()

    def merge(self, a: LabelState, b: LabelState) -> LabelState:
        """Addition over the union of labels."""
        return a.merged(b)


def check_budget(labels: int, cells: int, sums: int) -> None:
    """Refuse states that would not fit."""
    if labels * cells * sums * _SUM_BYTES > MAX_BYTES:
        msg = (
            f"expected sums by label of at most {MAX_BYTES >> 30} GiB, got {labels:,} labels with "
            f"{sums} sums each{f' in {cells:,} groups' if cells > 1 else ''}; are these "
            "identifiers rather than labels? Else give labels="
        )
        raise BudgetError(msg)
