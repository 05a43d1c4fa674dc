"""Sweeps: what is computed from sorted scores, batch by batch, on several threads."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

import numpy as np

from disteval.numerics.scores import KeyOrder
from disteval.reductions.scores.runs import BATCH, Workspace

if TYPE_CHECKING:
    from disteval.reductions.scores.runs import Pieces
    from disteval.reductions.scores.state import ScoreState

Array = np.ndarray[Any, np.dtype[Any]]
Totals = tuple[int, ...]

R = TypeVar("R")
V_co = TypeVar("V_co", covariant=True)

_FEW_ENTRIES = 2 * BATCH  # on one thread


@dataclass(frozen=True)
class Segment:
    """Distinct scores, ascending, and how often each occurs. Copy what you keep.

    To sweeps that say ``may_merge = True`` scores without positives between two that have some
    may come as one, the lowest of them, with the rows of all.

    Parameters
    ----------
    keys : uint64 (n,)
    counts : (classes, n)
        int64; where rows are weighted, Python integers in some unit.
    order : what turns keys into scores
    merged : whether scores have come merged
    """

    keys: Array
    counts: Array
    order: KeyOrder
    merged: bool = False

    @property
    def scores(self) -> Array:
        """The scores, of the dtype in which they came."""
        return self.order.scores(self.keys)


class Sweep(Protocol[R, V_co]):
    """What is made of all scores of a column, segment by segment: a frozen value.

    ``combine([over(segment, before, totals), ...], totals)`` must not depend on where the scores
    were cut into segments, nor, with ``may_merge = True``, on whether some have come merged.
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

    def combine(self, results: Sequence[R], totals: Totals) -> V_co:
        """The value, from the results of all segments in ascending order."""
        ...


Columns = list[tuple[list[list[Any]], Totals]]
"""Of each column: what each sweep makes of each segment, and the totals."""


class Sweepable:
    """A state of scores from which sweeps are made; each is made once."""

    _swept: dict[Sweep[Any, Any], list[Any]]

    @property
    def unit(self) -> Fraction:
        """The weight of what segments count as 1: that of a row, where rows have no weights."""
        return Fraction(1)

    def results(self, sweeps: Sequence[Sweep[Any, Any]], threads: int | None = None) -> Columns:
        """What each sweep makes of each segment, and the totals, of each column."""
        raise NotImplementedError

    def sweep(self, sweep: Sweep[Any, Any]) -> list[Any]:
        """What the sweep makes of the scores of each column, of the first cell."""
        self.prepare((sweep,))
        return self._swept[sweep]

    def prepare(self, sweeps: Sequence[Sweep[Any, Any]], threads: int | None = None) -> None:
        """Make several sweeps over the scores at once; `sweep` finds the results.

        Parameters
        ----------
        threads : at most so many; None: as many as the process may use
        """
        missing = [each for each in dict.fromkeys(sweeps) if each not in self._swept]
        if missing:
            self.keep(missing, self.results(missing, threads))

    def keep(self, sweeps: Sequence[Sweep[Any, Any]], columns: Columns) -> None:
        """Keep what the sweeps come to, from their results in the segments of each column."""
        for i, sweep in enumerate(sweeps):
            self._swept[sweep] = [
                sweep.combine([part[i] for part in parts], totals) for parts, totals in columns
            ]


@dataclass(frozen=True, eq=False)
class Outline:
    """What each part of a state holds.

    Parameters
    ----------
    parts : int64 (parts,), ascending
    totals : int64 (parts, classes), rows
    nbytes : of the entries
    """

    parts: Array
    totals: Array
    nbytes: int

    @classmethod
    def of(cls, pieces: Pieces, itemsize: int) -> Self:
        """Of pieces in order."""
        if not len(pieces.parts):
            return cls(pieces.parts, pieces.totals, 0)
        first = np.flatnonzero(np.append(True, np.diff(pieces.parts) != 0))
        totals = np.add.reduceat(pieces.totals, first, axis=0)
        return cls(pieces.parts[first], totals, int(pieces.sizes.sum()) * itemsize)

    @classmethod
    def joined(cls, outlines: Sequence[Outline]) -> Self:
        """Of all shares of a state, which have no part in common."""
        parts = np.concatenate([each.parts for each in outlines])
        order = np.argsort(parts, kind="stable")
        totals = np.concatenate([each.totals for each in outlines])[order]
        return cls(parts[order], totals, sum(each.nbytes for each in outlines))

    def of_column(self, column: int, prefix_bits: int) -> Totals:
        """Rows of each class of a column, of the first cell."""
        own = self.totals[(self.parts >> prefix_bits) == column]
        return tuple(own.sum(axis=0).tolist())

    def before(self, prefix_bits: int) -> Array:
        """For each part the rows of each class in the lower parts of its column."""
        upto = np.cumsum(self.totals, axis=0) - self.totals
        groups = self.parts >> prefix_bits
        first = np.searchsorted(groups, groups)
        found: Array = upto - upto[first]
        return found


def swept_parts(
    state: ScoreState,
    sweeps: Sequence[Sweep[Any, Any]],
    outline: Outline,
    most: int | None = None,
    threads: int | None = None,
) -> list[tuple[int, list[Any]]]:
    """What each sweep makes of each segment of a state, with the segment's (first) part.

    Parameters
    ----------
    outline : of all scores, of which the state may be a share
    most : entries of a segment, if not as usual; 0 where parts between them may be elsewhere
    """
    layout = state.layout
    bits = layout.prefix_bits
    pieces = state.pieces
    groups = pieces.parts >> bits
    spans = [span for span in pieces.batches(groups, most) if groups[span[0]] < state.columns]
    totals = [outline.of_column(column, bits) for column in range(state.columns)]
    before = outline.before(bits)
    merge = state.classes == 2 and all(getattr(each, "may_merge", False) for each in sweeps)

    def over(task: Sequence[int]) -> list[tuple[int, list[Any]]]:
        found = []
        with Workspace.lent(layout) as space:
            for first, last in (spans[i] for i in task):
                part = int(pieces.parts[first])
                lower = before[np.searchsorted(outline.parts, part)]
                total = totals[int(groups[first])]
                for own, start, stop in pieces.ranges(layout, first, last):
                    keys, counts = space.count(own, start, stop, merge=merge)
                    segment = Segment(keys, counts, layout.order, merge)
                    below = tuple(lower.tolist())
                    found.append((part, [sweep.over(segment, below, total) for sweep in sweeps]))
                    if own is not pieces:  # one of several ranges of a part
                        lower = lower + counts.sum(axis=1)
        return found

    return _in_threads(over, len(spans), pieces.entries(0, len(pieces.parts)), threads)


def by_column(
    results: Sequence[tuple[int, list[Any]]], outline: Outline, columns: int, prefix_bits: int
) -> Columns:
    """The results of segments of each column in the order of the scores, and the totals."""
    found: Columns = [([], outline.of_column(column, prefix_bits)) for column in range(columns)]
    for part, values in sorted(results, key=itemgetter(0)):  # stable: ranges stay in their order
        found[part >> prefix_bits][0].append(values)
    return found


def available_threads() -> int:
    """How many threads this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _in_threads(
    over: Any, n: int, entries: int, threads: int | None
) -> list[tuple[int, list[Any]]]:
    """What over returns of the spans 0 to n, dealt out in turns."""
    workers = min(threads or available_threads(), n)
    if workers < 2 or entries < _FEW_ENTRIES:
        found: list[tuple[int, list[Any]]] = over(range(n))
        return found
    with ThreadPoolExecutor(workers, "disteval-sweep") as pool:
        dealt = [range(i, n, 4 * workers) for i in range(4 * workers)]
        return [item for part in pool.map(over, dealt) for item in part]
