"""How often each score occurs with each class: the state of every metric without thresholds."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np

from disteval.numerics.scores import KeyOrder, Layout
from disteval.reductions.scores.runs import Pieces, Run, Workspace, run_of, settled
from disteval.reductions.scores.scratch import BUDGET, LEDGER
from disteval.reductions.scores.sweeping import Columns, Sweep, Sweepable, swept_columns
from disteval.reductions.state import State

Array = np.ndarray[Any, np.dtype[Any]]

_MOST_RUNS = 256


@dataclass(frozen=True, eq=False)
class ScoreState(Sweepable, State):
    """Runs of entries, by cell and column; canonical in content, in however many runs it lies.

    Parameters
    ----------
    cells, columns, classes : how many there are
    order : of the scores' dtype; None where no row was seen
    runs : of entries, whose part numbers have cell * columns + column above the key's bits
    saw_nan : whether a score was NaN
    budget : bytes of scores in memory, in this process
    """

    cells_: int
    columns: int
    classes: int
    order: KeyOrder | None = None
    runs: tuple[Run, ...] = ()
    saw_nan: bool = False
    budget: int = BUDGET
    _swept: dict[Sweep[Any, Any], list[Any]] = field(default_factory=dict, repr=False)

    @property
    def cells(self) -> int:
        """How many cells the state holds."""
        return self.cells_

    @property
    def layout(self) -> Layout:
        """Of the entries."""
        return Layout(self.order or KeyOrder(32, "f"), self.classes)

    @property
    def cell_bytes(self) -> int:
        """Memory that each cell takes."""
        return sum(run.nbytes for run in self.runs) // max(self.cells, 1)

    def __sizeof__(self) -> int:
        return 200 + sum(run.nbytes for run in self.runs)

    # --- content ----------------------------------------------------------------------------

    def to_bytes(self) -> bytes:
        """A hash of each part's entries: equal content, equal bytes."""
        head = f"{type(self).__name__}:{self.cells}:{self.columns}:{self.classes}:{self.order}"
        digests = [head.encode(), bytes([self.saw_nan])]
        pieces, space = Pieces.of(self.runs, self.classes), Workspace(self.layout)
        groups = pieces.parts >> self.layout.prefix_bits
        for first, last in pieces.batches(groups):
            numbers, bounds, _, entries = space.settle(pieces, first, last)
            raw, size = memoryview(entries).cast("B"), entries.itemsize
            for number, start, stop in zip(
                numbers.tolist(), bounds[:-1].tolist(), bounds[1:].tolist(), strict=True
            ):
                part = hashlib.blake2b(raw[start * size : stop * size], digest_size=16)
                digests.append(number.to_bytes(8, "little") + part.digest())
        return b"".join(digests)

    def totals(self) -> Array:
        """Rows of each class: int64 (columns, classes), of the first cell."""
        found = np.zeros((self.columns, self.classes), np.int64)
        for run in self.runs:
            groups = run.parts >> self.layout.prefix_bits
            mine = groups < self.columns
            np.add.at(found, groups[mine], run.totals[mine])
        return found

    def results(self, sweeps: Sequence[Sweep[Any, Any]]) -> Columns:
        """What each sweep makes of each segment, and the totals, of each column."""
        return swept_columns(self, sweeps)

    # --- states of states -------------------------------------------------------------------

    def take(self, index: Array) -> Self:
        """The state whose cell i is this state's cell index[i], or an empty one where it is -1."""
        place = np.full(self.cells, -1, np.int64)
        place[index[index >= 0]] = np.flatnonzero(index >= 0)
        bits, columns = self.layout.prefix_bits, self.columns
        runs = []
        for run in self.runs:
            cells, columns_of = np.divmod(run.parts >> bits, columns)
            to = place[cells]
            kept = to >= 0
            numbers = ((to * columns + columns_of) << bits) | (run.parts & self.layout.prefix)
            runs.append(run.select(kept, numbers[kept]))
        return replace(
            self, cells_=len(index), runs=tuple(r for r in runs if len(r.parts)), _swept={}
        )

    def cell(self, i: int) -> Self:
        """The state of one cell."""
        return self.take(np.array([i]))

    def merged(self, other: Self) -> Self:
        """The scores of both."""
        a, b = _of_one_order(self, other)
        runs = fitted(a.layout, (*a.runs, *b.runs), a.budget)
        return replace(a, runs=runs, saw_nan=a.saw_nan or b.saw_nan, _swept={})

    def __getstate__(self) -> dict[str, Any]:
        # to another process go the scores, not the files and the room around them
        run = settled(self.layout, self.runs) if self.runs else None
        names = ("cells_", "columns", "classes", "order", "saw_nan", "budget", "_swept")
        found = {name: getattr(self, name) for name in names}
        found["runs"] = None if run is None else (run.parts, run.sizes, run.totals, run.entries)
        return found

    def __setstate__(self, found: dict[str, Any]) -> None:
        run = found.pop("runs")
        for name, value in found.items():
            object.__setattr__(self, name, value)
        runs = () if run is None else (run_of(self.layout, *run),)
        object.__setattr__(self, "runs", runs)


def fitted(layout: Layout, runs: tuple[Run, ...], budget: int) -> tuple[Run, ...]:
    """The same entries with less of them in memory, where the process holds too much."""
    held = [run for run in runs if run.file is None]
    own = sum(run.nbytes for run in held)
    over = LEDGER.held > budget // 2 and own > budget // 16
    if not over and len(held) <= _MOST_RUNS:
        return runs
    files = tuple(run for run in runs if run.file is not None)
    run = settled(layout, held)
    if over and LEDGER.held - own + run.nbytes > budget // 2:
        run = run.moved()
    return (*files, run)


def _of_one_order(a: Any, b: Any) -> tuple[Any, Any]:
    """States whose keys compare: scores of the narrower dtype are widened."""
    if a.order == b.order or a.order is None or b.order is None:
        order = a.order or b.order
        return replace(a, order=order), replace(b, order=order)
    raise NotImplementedError
