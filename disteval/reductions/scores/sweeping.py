"""Sweeps: what is computed from sorted scores, batch by batch, on several threads."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np

from disteval.numerics.scores import KeyOrder
from disteval.reductions.scores.runs import BATCH, Pieces, Workspace

if TYPE_CHECKING:
    from disteval.reductions.scores.state import ScoreState

Array = np.ndarray[Any, np.dtype[Any]]
Totals = tuple[int, ...]

R = TypeVar("R")
V = TypeVar("V", covariant=True)

_FEW_ENTRIES = 2 * BATCH  # on one thread


@dataclass(frozen=True)
class Segment:
    """Distinct scores, ascending, and how often each occurs. Copy what you keep.

    Parameters
    ----------
    keys : uint64 (n,)
    counts : (classes, n)
        int64; where rows are weighted, Python integers in some unit.
    order : what turns keys into scores
    """

    keys: Array
    counts: Array
    order: KeyOrder

    @property
    def scores(self) -> Array:
        """The scores, of the dtype in which they came."""
        return self.order.scores(self.keys)


class Sweep(Protocol[R, V]):
    """What is made of all scores of a column, segment by segment: a frozen value.

    ``combine([over(segment, before, totals), ...], totals)`` must not depend on where the scores
    were cut into segments.
    """

    def over(self, segment: Segment, before: Totals, totals: Totals) -> R:
        """What a segment contributes.

        Parameters
        ----------
        segment : some scores
        before : of each class, the rows with lower scores
        totals : of each class, all rows
        """
        ...

    def combine(self, results: Sequence[R], totals: Totals) -> V:
        """The value, from the results of all segments in ascending order."""
        ...


Columns = list[tuple[list[list[Any]], Totals]]
"""Of each column: what each sweep makes of each segment, and the totals."""


class Sweepable:
    """A state of scores from which sweeps are made; each is made once."""

    _swept: dict[Sweep[Any, Any], list[Any]]

    def results(self, sweeps: Sequence[Sweep[Any, Any]]) -> Columns:
        """What each sweep makes of each segment, and the totals, of each column."""
        raise NotImplementedError

    def sweep(self, sweep: Sweep[Any, Any]) -> list[Any]:
        """What the sweep makes of the scores of each column, of the first cell."""
        self.prepare((sweep,))
        return self._swept[sweep]

    def prepare(self, sweeps: Sequence[Sweep[Any, Any]]) -> None:
        """Make several sweeps over the scores at once; `sweep` finds the results."""
        missing = [each for each in dict.fromkeys(sweeps) if each not in self._swept]
        if missing:
            columns = self.results(missing)
            for i, sweep in enumerate(missing):
                self._swept[sweep] = [
                    sweep.combine([part[i] for part in parts], totals) for parts, totals in columns
                ]


def swept_columns(state: ScoreState, sweeps: Sequence[Sweep[Any, Any]]) -> Columns:
    """What each sweep makes of each segment, on several threads, and the totals."""
    layout = state.layout
    pieces = Pieces.of(state.runs, state.classes)
    groups = pieces.parts >> layout.prefix_bits
    totals = [tuple(row) for row in state.totals().tolist()]
    spans = [span for span in pieces.batches(groups) if groups[span[0]] < state.columns]
    owners = [int(groups[first]) for first, _ in spans]
    rows = np.array([pieces.totals[a:b].sum(axis=0) for a, b in spans]).reshape(len(spans), -1)
    before = np.cumsum(rows, axis=0) - rows
    for column in set(owners):
        at = owners.index(column)
        before[at : at + owners.count(column)] -= before[at].copy()

    def over(task: Sequence[int]) -> list[tuple[int, list[Any]]]:
        space, found = Workspace(layout), []
        for i in task:
            keys, counts = space.count(pieces, *spans[i])
            segment = Segment(keys, counts, layout.order)
            lower, total = tuple(before[i].tolist()), totals[owners[i]]
            found.append((i, [sweep.over(segment, lower, total) for sweep in sweeps]))
        return found

    results = dict(_in_threads(over, len(spans), pieces.entries(0, len(pieces.parts))))
    columns: Columns = [([], total) for total in totals]
    for i, owner in enumerate(owners):
        columns[owner][0].append(results[i])
    return columns


def threads() -> int:
    """How many threads this process may use."""
    import dask

    given = dask.config.get("num_workers", None)
    if given:
        return int(given)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _in_threads(over: Any, n: int, entries: int) -> list[tuple[int, list[Any]]]:
    """What over returns of the spans 0 to n, dealt out in turns."""
    workers = min(threads(), n)
    if workers < 2 or entries < _FEW_ENTRIES:
        found: list[tuple[int, list[Any]]] = over(range(n))
        return found
    with ThreadPoolExecutor(workers, "disteval-sweep") as pool:
        dealt = [range(i, n, 4 * workers) for i in range(4 * workers)]
        return [item for part in pool.map(over, dealt) for item in part]
