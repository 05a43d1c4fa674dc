"""Scores of weighted rows: the exact total weight of each score and class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Self

import numpy as np

from disteval import backend
from disteval.errors import BudgetError, ColumnTypeError
from disteval.numerics import limbs as limb_arithmetic
from disteval.numerics.scores import KeyOrder
from disteval.numerics.sums import OpenSums
from disteval.reductions.scores.scratch import BUDGET
from disteval.reductions.scores.state import head_of
from disteval.reductions.scores.sweeping import Columns, Segment, Sweep, Sweepable
from disteval.reductions.scores.widening import common, wide_keys
from disteval.reductions.state import State, declared

Array = np.ndarray[Any, np.dtype[Any]]

_COLLECTED = 1 << 20
_SEGMENT = 1 << 16
_SMALL = 1 << 22  # numbers of limbs whose sum is an exact integer of float64


@dataclass(frozen=True, eq=False)
class WeightedScoreState(Sweepable, State):
    """Distinct scores of each cell, column and class, sorted, and their total weights.

    Parameters
    ----------
    cells_, columns, classes : how many there are
    order : of the scores' dtype; None where no row was seen
    groups : cell * columns + column
    keys, labels : the score's key, and the class
    base, limbs : total weights, as exact integers
    """

    groups: Array = declared("int64", "shared")
    keys: Array = declared("uint64", "shared")
    labels: Array = declared("int64", "shared")
    base: Array = declared("int64", "shared")
    limbs: Array = declared("int64", "shared")
    cells_: int = 1
    columns: int = 1
    classes: int = 2
    order: KeyOrder | None = None
    saw_nan: bool = False
    budget: int = BUDGET
    _swept: dict[Sweep[Any, Any], list[Any]] = field(default_factory=dict, repr=False)

    @property
    def cells(self) -> int:
        """How many cells the state holds."""
        return self.cells_

    @property
    def unit(self) -> Fraction:
        """The weight of what segments count as 1."""
        return Fraction(2) ** (32 * int(self.base[0]))

    @property
    def cell_bytes(self) -> int:
        """Memory that each cell takes."""
        return (self.keys.nbytes * 3 + self.limbs.nbytes) // max(self.cells, 1)

    def to_bytes(self) -> bytes:
        """The content with dtypes and shapes: equal states, equal bytes."""
        if not len(self.keys):
            return head_of(self)
        return head_of(self) + str(self.order).encode() + super().to_bytes()

    def take(self, index: Array) -> Self:
        """The state whose cell i is this state's cell index[i], or an empty one where it is -1."""
        place = np.full(self.cells, -1, np.int64)
        place[index[index >= 0]] = np.flatnonzero(index >= 0)
        cells, columns = np.divmod(self.groups, self.columns)
        groups = place[cells] * self.columns + columns
        kept = np.flatnonzero(place[cells] >= 0)
        kept = kept[np.argsort(groups[kept], kind="stable")]
        limbs, base = limb_arithmetic.normal(self.limbs[kept], int(self.base[0]))
        return replace(
            self, groups=groups[kept], keys=self.keys[kept], labels=self.labels[kept],
            base=np.array([base], np.int64), limbs=limbs, cells_=len(index), _swept={},
        )  # fmt: skip

    def cell(self, i: int) -> Self:
        """The state of one cell: ``take([i])``, in the time that its own scores take."""
        ends = np.searchsorted(self.groups, (i * self.columns, (i + 1) * self.columns))
        own = slice(*ends)
        limbs, base = limb_arithmetic.normal(self.limbs[own], int(self.base[0]))
        return replace(
            self, groups=self.groups[own] - i * self.columns, keys=self.keys[own],
            labels=self.labels[own], base=np.array([base], np.int64), limbs=limbs, cells_=1,
            _swept={},
        )  # fmt: skip

    def merged(self, other: Self) -> Self:
        """The scores of both."""
        order = common(self.order, other.order)
        low = min(int(self.base[0]), int(other.base[0]))
        stop = max(int(s.base[0]) + s.limbs.shape[1] for s in (self, other))
        windows = [
            limb_arithmetic.window(s.limbs, int(s.base[0]), low, stop)[0] for s in (self, other)
        ]
        columns = [
            np.concatenate(each)
            for each in (
                (self.groups, other.groups),
                [s.keys if order is None or s.order is None else wide_keys(s.keys, s.order, order)
                 for s in (self, other)],
                (self.labels, other.labels),
            )
        ]  # fmt: skip
        rows, first = _sorted_rows(*columns)
        limbs = np.concatenate(windows)[rows]
        if len(rows):
            limbs = np.add.reduceat(limbs, np.flatnonzero(first), axis=0)
        check_budget(len(limbs), limbs.shape[1], self.budget)
        groups, keys, labels = (column[rows][first] for column in columns)
        limbs, base = limb_arithmetic.normal(limbs, low)
        return replace(
            self, groups=groups, keys=keys, labels=labels, base=np.array([base], np.int64),
            limbs=limbs, order=order, saw_nan=self.saw_nan or other.saw_nan, _swept={},
        )  # fmt: skip

    def results(self, sweeps: Sequence[Sweep[Any, Any]], threads: int | None = None) -> Columns:  # noqa: ARG002
        """What each sweep makes of each segment, and the totals, of each column."""
        weights = self._integers()
        bounds = np.searchsorted(self.groups, np.arange(self.columns + 1))
        order = self.order or KeyOrder(32, "f")
        found: Columns = []
        for start, stop in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
            keys, counts = self._table(start, stop, weights)
            totals = tuple(int(row.sum()) for row in counts)
            before = (0,) * self.classes
            parts: list[list[Any]] = []
            for at in range(0, len(keys), _SEGMENT):
                own = counts[:, at : at + _SEGMENT]
                segment = Segment(keys[at : at + _SEGMENT], own, order)
                parts.append([sweep.over(segment, before, totals) for sweep in sweeps])
                before = tuple(b + int(row.sum()) for b, row in zip(before, own, strict=True))
            found.append((parts, totals))
        return found

    def _integers(self) -> Array:
        """The weights in units of 2**(32 * base): int64 where all of them together are small."""
        if not self.limbs.shape[1]:
            return np.zeros(len(self.groups), np.int64)
        if self.limbs.shape[1] == 1 and len(self.limbs) < _SMALL:
            return self.limbs[:, 0]  # below 2**31 each
        found: Array = limb_arithmetic.to_integers(self.limbs)
        return found

    def _table(self, start: int, stop: int, weights: Array) -> tuple[Array, Array]:
        """Distinct keys, and the weight of each class at each of them."""
        keys = self.keys[start:stop]
        new = np.append(True, keys[1:] != keys[:-1]) if len(keys) else np.zeros(0, bool)
        counts = np.zeros((self.classes, int(new.sum())), weights.dtype)
        counts[self.labels[start:stop], np.cumsum(new) - 1] = weights[start:stop]
        return keys[new], counts


class OpenWeighted:
    """A weighted score state that rows are added to."""

    def __init__(self, state: WeightedScoreState) -> None:
        self.state = state
        self._collected: list[tuple[Any, ...]] = []
        self._rows = 0

    def add(self, scores: Any, classes: Any, cells: Any, weights: Any) -> None:
        """Add rows; weights of each element of `scores`."""
        state, order = self.state, KeyOrder.of(scores.dtype)
        if state.order is None:
            self.state = state = replace(state, order=order)
        elif state.order != order:
            msg = f"expected scores of one dtype, got {state.order.dtype} and {scores.dtype}"
            raise ColumnTypeError(msg)
        xp = backend.namespace(scores)
        rows, columns = len(scores), state.columns
        if scores.dtype.kind == "f" and not state.saw_nan and bool(xp.isnan(scores).any()):
            self.state = state = replace(state, saw_nan=True)
        groups = xp.zeros(rows, xp.int64) if cells is None else xp.asarray(cells) * columns
        groups = (groups[:, None] + xp.arange(columns)).reshape(-1)
        if classes is None:
            classes = xp.zeros(rows, xp.uint8)
        labels = xp.asarray(classes)
        if labels.ndim == 1 and columns > 1:
            labels = xp.repeat(labels, columns)
        keys = order.keys(scores.reshape(-1))
        arrays = (groups, keys, labels.reshape(-1).astype(xp.int64), weights.reshape(-1))
        columns_ = [backend.to_host(array) for array in arrays]
        used = columns_[3] != 0  # a row without weight is none
        self._collected.append(tuple(column[used] for column in columns_))
        self._rows += len(keys)
        if self._rows >= _COLLECTED:
            self._flush()

    def _flush(self) -> None:
        if not self._collected:
            return
        columns = [np.concatenate(each) for each in zip(*self._collected, strict=True)]
        self._collected, self._rows = [], 0
        rows, first = _sorted_rows(*columns[:3])
        places = np.cumsum(first) - 1
        sums = OpenSums.zeros(int(first.sum()))
        sums.add(np.ascontiguousarray(columns[3][rows]), places)
        limbs, base = sums.normal()
        groups, keys, labels = (column[rows][first] for column in columns[:3])
        new = replace(
            self.state, groups=groups, keys=keys, labels=labels,
            base=np.array([base], np.int64), limbs=limbs, _swept={},
        )  # fmt: skip
        self.state = self.state.merged(new)

    def sealed(self) -> WeightedScoreState:
        """The state; rows may be added after it."""
        self._flush()
        return self.state


def empty_weighted(cells: int, columns: int, classes: int, budget: int) -> WeightedScoreState:
    """No rows."""
    none = np.zeros(0, np.int64)
    return WeightedScoreState(
        none, none.astype(np.uint64), none, np.zeros(1, np.int64), np.zeros((0, 0), np.int64),
        cells, columns, classes, budget=budget,
    )  # fmt: skip


def check_budget(entries: int, width: int, budget: int) -> None:
    """Refuse more weighted scores than memory is meant for."""
    if entries * (24 + 8 * width) > budget:
        msg = (
            f"expected distinct scores of weighted rows within {budget:,} bytes of memory, got "
            f"{entries:,} of them; give a larger memory_budget=, round the scores, or ask for "
            "buckets of them (num_thresholds=, score_bits=)"
        )
        raise BudgetError(msg)


def _sorted_rows(groups: Array, keys: Array, labels: Array) -> tuple[Array, Array]:
    """The order of rows by group, key and label, and which of them are the first of their kind."""
    order = np.lexsort((labels, keys, groups))
    first = np.ones(len(order), bool)
    same = [column[order][1:] == column[order][:-1] for column in (groups, keys, labels)]
    first[1:] = ~(same[0] & same[1] & same[2])
    return order, first
