"""How often each score occurs with each class: the state of every metric without thresholds."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from disteval.numerics.scores import KeyOrder, Layout
from disteval.reductions.scores.runs import Pieces, Run, Workspace, run_of, settled
from disteval.reductions.scores.scratch import BUDGET, LEDGER
from disteval.reductions.scores.slabs import SLABS
from disteval.reductions.scores.sweeping import (
    Columns,
    Outline,
    Sweep,
    Sweepable,
    by_column,
    swept_parts,
)
from disteval.reductions.scores.widening import common, widened
from disteval.reductions.state import State

Array = np.ndarray[Any, np.dtype[Any]]

_MOST_RUNS = 256
LEAST_BYTES = 1 << 20  # less is not worth a file


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

    @cached_property
    def pieces(self) -> Pieces:
        """Of all runs."""
        return Pieces.of(self.runs, self.classes)

    # --- content ----------------------------------------------------------------------------

    def to_bytes(self) -> bytes:
        """A hash of each part's entries: equal content, equal bytes."""
        return bytes_of_parts(self, self.order, self.digests())

    def digests(self) -> dict[int, bytes]:
        """A hash of the canonical entries of each part."""
        found: dict[int, Any] = {}
        with Workspace.lent(self.layout) as space:
            for own, start, stop in self.pieces.walk(self.layout):
                numbers, bounds, _, entries = space.settle(own, start, stop)
                raw, size = entries.data.cast("B"), entries.itemsize
                for k, number in enumerate(numbers.tolist()):
                    if number not in found:
                        found[number] = hashlib.blake2b(digest_size=16)
                    found[number].update(raw[bounds[k] * size : bounds[k + 1] * size])
        return {number: part.digest() for number, part in found.items()}

    def outline(self) -> Outline:
        """What each part holds."""
        return Outline.of(self.pieces, self.layout.dtype.itemsize)

    def results(self, sweeps: Sequence[Sweep[Any, Any]], threads: int | None = None) -> Columns:
        """What each sweep makes of each segment, and the totals, of each column."""
        SLABS.rest()
        outline = self.outline()
        results = swept_parts(self, sweeps, outline, threads=threads)
        return by_column(results, outline, self.columns, self.layout.prefix_bits)

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
        """The state of one cell: ``take([i])``, in the time that its own parts take."""
        first, last = ((cell * self.columns) << self.layout.prefix_bits for cell in (i, i + 1))
        runs = [run.between(first, last) for run in self.runs]
        return replace(self, cells_=1, runs=tuple(run for run in runs if len(run.parts)), _swept={})

    def share(self, r: int, of: int) -> Self:
        """The parts whose numbers leave r, divided by so many."""
        chosen = [(run, run.parts % of == r) for run in self.runs]
        runs = tuple(run.select(wanted) for run, wanted in chosen if wanted.any())
        return replace(self, runs=runs, _swept={})

    def merged(self, other: Self) -> Self:
        """The scores of both."""
        order = common(self.order, other.order)
        if order is None:
            return self
        both = [widened(each.runs, each.layout, order) for each in (self, other)]
        layout = Layout(order, self.classes)
        runs = fitted(layout, (*both[0], *both[1]), self.budget)
        saw_nan = self.saw_nan or other.saw_nan
        return replace(self, order=order, runs=runs, saw_nan=saw_nan, _swept={})

    def __getstate__(self) -> dict[str, Any]:
        # to another process go the scores, not the files and the room around them
        run = settled(self.layout, self.runs).alone() if self.runs else None
        names = ("cells_", "columns", "classes", "order", "saw_nan", "budget", "_swept")
        found = {name: getattr(self, name) for name in names}
        found["runs"] = None if run is None else (run.parts, run.sizes, run.totals, run.entries)
        return found

    def __setstate__(self, found: dict[str, Any]) -> None:
        run = found.pop("runs")
        for name, value in found.items():
            object.__setattr__(self, name, value)
        runs = () if run is None else (run_of(*run),)
        object.__setattr__(self, "runs", runs)


def head_of(state: Any) -> bytes:
    """What the bytes of states of scores begin with; those of no rows are that alone."""
    return f"scores:{state.cells}:{state.columns}:{state.classes}:".encode()


def bytes_of_parts(state: Any, order: KeyOrder | None, digests: Mapping[int, bytes]) -> bytes:
    """The bytes of a state whose parts have these digests."""
    if not digests:
        return head_of(state)
    parts = (number.to_bytes(8, "little") + digests[number] for number in sorted(digests))
    return b"".join((head_of(state), str(order).encode(), *parts))


def fitted(
    layout: Layout, runs: tuple[Run, ...], budget: int, *, complete: bool = False
) -> tuple[Run, ...]:
    """The same entries with less of them in memory, where the process holds too much.

    The more entries are settled together, the more of them repeat: few are left alone while there
    is room, unless these are `complete`, and wait for others.
    """
    held = [run for run in runs if run.file is None]
    own = sum(run.nbytes for run in held)
    most = budget // 2 if complete or own > budget // 4 else budget // 8 * 7
    over = LEDGER.held > most and own > max(budget // 16, LEAST_BYTES)
    if not over and len(held) <= _MOST_RUNS:
        return runs
    files = tuple(run for run in runs if run.file is not None)
    run = settled(layout, held, in_file=over)
    if run.file is not None and run.count * run.entries.itemsize < LEAST_BYTES:
        run = run.alone()
    return (*files, run)
