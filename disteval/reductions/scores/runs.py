"""Runs of entries: multisets of (score, class), cut into parts, in memory or in a scratch file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np

from disteval.numerics.contiguous import for_kernel
from disteval.numerics.scores import Layout
from disteval.reductions.scores.scratch import LEDGER, SCRATCH, ScratchFile

Array = np.ndarray[Any, np.dtype[Any]]

BATCH = 1 << 18
"""Entries that are counted at a time, where no part alone has more."""
MOST = 1 << 22
"""Entries of a part that are counted at a time; a larger part is cut by its keys."""
_KEPT, _KEPT_ROOM = 4, 4 * BATCH  # idle workspaces
_SAMPLES = 64  # of a range of a part, to find where to cut


@dataclass(frozen=True, eq=False)
class Run:
    """Entries in pieces, in the order of their parts.

    Parameters
    ----------
    parts : int64 (pieces,), ascending
    starts, sizes : int64 (pieces,), where in `entries` each piece lies
    entries : of the layout's dtype
    totals : int64 (pieces, classes), rows of each class
        Of a part's pieces together; where they are several, the first has it.
    settled : whether each part is one piece, sorted, each code once
    file : the scratch files that the arrays are mapped from, to be kept with them; None: in memory
    room : entries for which there is memory, where not all of it is filled
    """

    parts: Array
    starts: Array
    sizes: Array
    entries: Array
    totals: Array
    settled: bool
    file: Any = None
    room: int = 0

    def __post_init__(self) -> None:
        LEDGER.hold(self, self.nbytes)

    @property
    def count(self) -> int:
        """How many entries there are."""
        return int(self.sizes.sum())

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        if self.file is not None:
            return 0
        tables = 8 * (3 * len(self.parts) + self.totals.size)
        return tables + max(self.count, self.room) * self.entries.itemsize

    @property
    def addresses(self) -> Array:
        """Of the pieces, in memory."""
        first = self.entries.__array_interface__["data"][0]
        found: Array = (first + self.starts * self.entries.itemsize).astype(np.uint64)
        return found

    def moved(self) -> Self:
        """The same run (which is settled) in a scratch file."""
        tables = (self.parts, self.starts, self.sizes, self.entries, self.totals)
        (parts, starts, sizes, entries, totals), file = SCRATCH.move(tables)
        return type(self)(parts, starts, sizes, entries, totals, self.settled, file)

    def alone(self) -> Self:
        """The same run (which is settled), in memory, with no entries but its own."""
        starts = np.cumsum(self.sizes) - self.sizes
        others = self.count < len(self.entries)
        if self.file is None and np.array_equal(starts, self.starts) and not others:
            return self
        bounds = zip(self.starts.tolist(), (self.starts + self.sizes).tolist(), strict=True)
        own = [self.entries[start:stop] for start, stop in bounds]
        entries = np.concatenate([self.entries[:0], *own])
        return type(self)(self.parts, starts, self.sizes, entries, self.totals, settled=True)

    def between(self, first: int, last: int) -> Self:
        """The parts from first to before last, numbered from 0."""
        start, stop = np.searchsorted(self.parts, (first, last))
        own = slice(start, stop)
        return type(self)(
            self.parts[own] - first, self.starts[own], self.sizes[own], self.entries,
            self.totals[own], self.settled, self.file,
        )  # fmt: skip

    def select(self, wanted: Array, parts: Array | None = None) -> Self:
        """The pieces where wanted holds, under other part numbers where these are given."""
        numbers = self.parts[wanted] if parts is None else parts
        order = np.argsort(numbers, kind="stable")
        keep = np.flatnonzero(wanted)[order]
        return type(self)(
            numbers[order], self.starts[keep], self.sizes[keep], self.entries, self.totals[keep],
            self.settled, self.file,
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Pieces:
    """The pieces of several runs, in the order of their parts."""

    runs: tuple[Run, ...]  # which keeps the memory alive
    parts: Array
    addresses: Array
    sizes: Array
    totals: Array
    owners: Array
    starts: Array
    arrays: tuple[Array, ...] = ()  # likewise

    @classmethod
    def of(cls, runs: Sequence[Run], classes: int) -> Self:
        """Of these runs."""
        if not runs:
            none = np.zeros(0, np.int64)
            empty = np.zeros((0, classes), np.int64)
            return cls((), none, none.astype(np.uint64), none, empty, none, none)
        columns = [
            np.concatenate([getattr(run, name) for run in runs])
            for name in ("parts", "addresses", "sizes", "totals", "starts")
        ]
        owners = np.repeat(np.arange(len(runs)), [len(run.parts) for run in runs])
        order = np.argsort(columns[0], kind="stable") if len(runs) > 1 else slice(None)
        parts, addresses, sizes, totals, starts = (column[order] for column in columns)
        return cls(tuple(runs), parts, addresses, sizes, totals, owners[order], starts)

    def batches(self, groups: Array, most: int | None = None) -> Iterator[tuple[int, int]]:
        """Ranges of pieces: whole parts of one group, few entries or one part.

        Parameters
        ----------
        groups : the group of each piece
        most : entries of a range; BATCH by default, 0 for every part by itself
        """
        if not len(self.parts):
            return
        most = BATCH if most is None else most
        ends = np.append(np.flatnonzero(np.diff(self.parts)) + 1, len(self.parts))
        starts = np.append(0, ends[:-1])
        entries = np.add.reduceat(self.sizes, starts).tolist()
        own = groups[starts].tolist()
        first, held = 0, 0
        for k, (start, n) in enumerate(zip(starts.tolist(), entries, strict=True)):
            if held and (held + n > most or own[k] != own[k - 1]):
                yield first, start
                first, held = start, 0
            held += n
        yield first, len(self.parts)

    def entries(self, first: int, last: int) -> int:
        """How many entries these pieces have."""
        return int(self.sizes[first:last].sum())

    def ranges(self, layout: Layout, first: int, last: int) -> Iterator[tuple[Self, int, int]]:
        """Pieces of adjacent ranges of keys, of MOST entries or not much more each."""
        if self.parts[first] != self.parts[last - 1] or self.entries(first, last) <= MOST:
            yield self, first, last
            return
        arrays = self._sorted_arrays(layout, first, last)
        below = np.uint64(layout.label_bits + layout.count_bits)
        step = max(sum(map(len, arrays)) // (_SAMPLES * 2 * len(arrays)), 1)
        step = min(step, MOST // (2 * len(arrays)) or 1)
        samples = np.sort(np.concatenate([array[::step] for array in arrays]) >> below)
        each = max(MOST // (2 * step), 1)
        cuts = np.unique(samples[each::each])
        bounds = [
            [0, *(_first_from(array, below, cut) for cut in cuts), len(array)] for array in arrays
        ]
        part = int(self.parts[first])
        for k in range(len(cuts) + 1):
            own = [a[b[k] : b[k + 1]] for a, b in zip(arrays, bounds, strict=True)]
            found = self._of_arrays(part, [array for array in own if len(array)])
            if len(found.parts):
                yield found, 0, len(found.parts)

    def walk(self, layout: Layout) -> Iterator[tuple[Self, int, int]]:
        """All pieces, in the order of parts and keys, as many at a time as are counted at once."""
        for first, last in self.batches(self.parts >> layout.prefix_bits):
            yield from self.ranges(layout, first, last)

    def _sorted_arrays(self, layout: Layout, first: int, last: int) -> list[Array]:
        """The entries of one part's pieces as sorted arrays: those of loose runs are settled."""
        found: list[Array] = []
        loose: list[int] = []
        for j in range(first, last):
            run = self.runs[self.owners[j]]
            if run.settled:
                found.append(run.entries[self.starts[j] : self.starts[j] + self.sizes[j]])
            else:
                loose.append(j)
        with Workspace.lent(layout) as space:
            while loose:
                taken = np.cumsum(self.sizes[loose]) <= MOST
                n = max(int(taken.sum()), 1)
                own = self._subset(loose[:n])
                found.append(space.settle(own, 0, n)[3].copy())
                loose = loose[n:]
        return found

    def _subset(self, chosen: list[int]) -> Self:
        columns = ("parts", "addresses", "sizes", "totals", "owners", "starts")
        return replace(self, **{name: getattr(self, name)[chosen] for name in columns})

    def _of_arrays(self, part: int, arrays: list[Array]) -> Self:
        """Pieces of sorted arrays, all of one part."""
        n = len(arrays)
        addresses = [array.__array_interface__["data"][0] for array in arrays]
        zeros = np.zeros(n, np.int64)
        return type(self)(
            self.runs, np.full(n, part), np.array(addresses, np.uint64),
            np.array([len(array) for array in arrays], np.int64),
            np.zeros((n, self.totals.shape[1]), np.int64), zeros, zeros, tuple(arrays),
        )  # fmt: skip


class Workspace:
    """Memory for counting a batch, used for one after the other. One for each thread."""

    _idle: ClassVar[list[Workspace]] = []

    @classmethod
    @contextmanager
    def lent(cls, layout: Layout) -> Iterator[Workspace]:
        """One for the block: an idle one, or a new one. Fresh memory costs as much as the work."""
        space = next((space for space in cls._idle if space.layout == layout), None)
        try:
            if space is not None:
                cls._idle.remove(space)
        except ValueError:  # another thread was faster
            space = None
        space = space or cls(layout)
        yield space
        if space.room <= _KEPT_ROOM and len(cls._idle) < _KEPT:
            cls._idle.append(space)

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.room = 0
        self.starts = np.zeros((-(-layout.part_bits // 9), 1 << 9), np.uint32)
        small = layout.part_bits <= 18
        words = 1 << max(layout.part_bits - 6, 0) if small else 0
        self.bits, self.ranks = np.zeros((2, words), np.uint64), np.zeros((4, words + 1), np.uint32)
        self.table = np.zeros(1 << layout.code_bits if small else 0, np.uint16)

    def reserve(self, n: int) -> None:
        """Make room for n entries."""
        if n > self.room:
            self.room = room = max(n + n // 4, 1 << 12)
            self.a, self.b, self.out = (np.empty(room, self.layout.dtype) for _ in range(3))
            self.keys = np.empty(room + 4, np.uint64)  # the compiled loop writes four at a time
            self.counts = np.empty((self.layout.classes, room + 4), np.int64)

    def count(
        self, pieces: Pieces, first: int, last: int, *, merge: bool = False
    ) -> tuple[Array, Array]:
        """Distinct keys (n,), ascending, and counts (classes, n) of these pieces.

        In memory that the next call uses again. See `sweeping.Segment` for merged ones.
        """
        from disteval.numerics.kernels import scores as kernels

        self.reserve(pieces.entries(first, last))
        layout = self.layout
        n = kernels.count_parts(
            pieces.parts, pieces.addresses, pieces.sizes, first, last,
            np.uint64(layout.part_bits), np.uint64(layout.prefix), layout.widths,
            self.a, self.b, self.starts, self.bits, self.ranks, self.table, merge, self.keys,
            self.counts,
        )  # fmt: skip
        return self.keys[:n], self.counts[:, :n]

    def settle(self, pieces: Pieces, first: int, last: int) -> tuple[Array, Array, Array, Array]:
        """Part numbers, bounds, totals and canonical entries of these pieces.

        The entries are in memory that the next call uses again.
        """
        from disteval.numerics.kernels import scores as kernels

        n = pieces.entries(first, last)
        self.reserve(n)
        most = last - first
        numbers, bounds = np.empty(most, np.int64), np.empty(most + 1, np.int64)
        totals = np.empty((most, self.layout.classes), np.int64)
        k = kernels.settle_parts(
            pieces.parts, pieces.addresses, pieces.sizes, first, last,
            np.uint64(self.layout.part_bits), self.layout.widths, self.a, self.b, self.starts,
            self.bits, self.ranks, self.table, self.keys, self.counts, self.out, numbers, bounds,
            totals,
        )  # fmt: skip
        return numbers[:k], bounds[: k + 1], totals[:k], self.out[: bounds[k]]


def settled(layout: Layout, runs: Sequence[Run], *, in_file: bool = False) -> Run:
    """One canonical run of the entries of all; in a scratch file, if asked for."""
    if len(runs) == 1 and runs[0].settled:
        return runs[0].alone().moved() if in_file else runs[0]
    pieces = Pieces.of(runs, layout.classes)
    target = _Target(layout, pieces.entries(0, len(pieces.parts)), in_file=in_file)
    none = np.zeros(0, np.int64)
    found = [(none, none, np.zeros((0, layout.classes), np.int64))]
    with Workspace.lent(layout) as space:
        for own, start, stop in pieces.walk(layout):
            numbers, bounds, rows, entries = space.settle(own, start, stop)
            target.add(entries)
            found.append((numbers, np.diff(bounds), rows))
    parts, sizes, totals = (np.concatenate(each) for each in zip(*found, strict=True))
    first_of = np.flatnonzero(np.append(True, np.diff(parts) != 0)) if len(parts) else parts
    if len(first_of) < len(parts):  # a part was in ranges
        parts = parts[first_of]
        sizes, totals = (np.add.reduceat(each, first_of, axis=0) for each in (sizes, totals))
    return target.run(parts, sizes, totals)


class _Target:
    """Where the entries of a run are put as they are settled, one batch after the other."""

    def __init__(self, layout: Layout, most: int, *, in_file: bool) -> None:
        self.dtype, self.n = layout.dtype, 0
        self.file: ScratchFile | None = None
        if in_file:
            self.file, self.at = SCRATCH.reserve(most * self.dtype.itemsize)
        else:
            self.entries = np.empty(most, self.dtype)

    def add(self, entries: Array) -> None:
        """Put entries behind those that are there."""
        if self.file is not None:
            self.file.write(self.at + self.n * self.dtype.itemsize, entries)
        else:
            self.entries[self.n : self.n + len(entries)] = entries
        self.n += len(entries)

    def run(self, parts: Array, sizes: Array, totals: Array) -> Run:
        """The run of all entries."""
        if self.file is None:
            entries = self.entries[: self.n]
            if 4 * self.n < 3 * len(self.entries):
                entries = entries.copy()  # the rest of the memory is free again
            return run_of(parts, sizes, totals, entries)
        entries = self.file.array(self.at, self.dtype, (self.n,))
        tables, file = SCRATCH.move((parts, np.cumsum(sizes) - sizes, sizes, totals))
        parts, starts, sizes, totals = tables
        return Run(parts, starts, sizes, entries, totals, True, (self.file, file))


def run_of(parts: Array, sizes: Array, totals: Array, entries: Array) -> Run:
    """A settled run: the entries of one part after those of another."""
    starts = np.cumsum(sizes) - sizes
    return Run(parts, starts, sizes, for_kernel(entries), totals, settled=True)


def run_of_rows(layout: Layout, parts: Array, entries: Array) -> Run:
    """A settled run of entries in any order, each with the number of its part."""
    if layout.dtype.itemsize == 4 and len(parts) and int(parts.max()) < 1 << 32:
        both = np.sort((parts << np.uint64(32)) | entries)  # a fraction of the time of argsort
        parts, entries = (both >> np.uint64(32)).astype(np.int64), both.astype(np.uint32)
    else:
        order = np.argsort(parts, kind="stable")
        parts, entries = parts[order].astype(np.int64), entries[order].astype(layout.dtype)
    starts = np.append(0, np.flatnonzero(np.diff(parts)) + 1) if len(parts) else parts[:0]
    sizes = np.diff(np.append(starts, len(parts)))
    loose = Run(
        parts[starts], starts, sizes, for_kernel(entries),
        np.zeros((len(starts), layout.classes), np.int64), settled=False,
    )  # fmt: skip
    return settled(layout, (loose,))


def run_of_counts(layout: Layout, keys: Array, classes: Array, rows: Array, group: int) -> Run:
    """A run of so many rows of each key and class; all arrays (n,)."""
    parts, entries = layout.split(keys, classes, np.full(len(keys), group, np.int64))
    return run_of_entries(layout, parts, entries, rows)


def run_of_entries(layout: Layout, parts: Array, entries: Array, rows: Array) -> Run:
    """A run of so many rows of each of these entries, which stand for one row each."""
    rows = rows.astype(np.uint64)
    digit_mask = np.uint64((1 << layout.digit_bits) - 1)
    numbers, found = [parts[:0]], [entries[:0]]
    for place in range(64 // layout.digit_bits + 1):
        digit = rows & digit_mask
        used = digit != 0
        shifted = np.uint64(place << layout.digit_bits)
        found.append((entries[used] - np.uint64(1)) | shifted | digit[used])
        numbers.append(parts[used])
        rows = rows >> np.uint64(layout.digit_bits)
    return run_of_rows(layout, np.concatenate(numbers), np.concatenate(found))


def _first_from(array: Array, below: np.uint64, key: np.uint64) -> int:
    """The place of the first entry of a key or above: a few looks into what may be a file."""
    low, high = 0, len(array)
    while low < high:
        middle = (low + high) // 2
        if array[middle] >> below < key:
            low = middle + 1
        else:
            high = middle
    return low
