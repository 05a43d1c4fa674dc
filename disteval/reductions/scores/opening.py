"""Scores that are still being added: scattered to parts as they come, or collected first."""

from __future__ import annotations

from typing import Any

import numpy as np

from disteval import backend
from disteval.errors import ColumnTypeError
from disteval.numerics.contiguous import for_kernel
from disteval.numerics.scores import CHUNK, KeyOrder, Layout, distinct_entries
from disteval.reductions.scores.runs import (
    Pieces,
    Run,
    Workspace,
    run_of_counts,
    run_of_entries,
    run_of_rows,
    settled,
)
from disteval.reductions.scores.slabs import SLABS
from disteval.reductions.scores.state import ScoreState, fitted

Array = np.ndarray[Any, np.dtype[Any]]

POOL_BYTES = 1 << 23
"""Of entries that are scattered before they become a run."""
LEAST_BYTES = 1 << 20  # whatever the budget: smaller runs are slow
_FEW_ROWS = 1 << 15
_FEW_CHUNKS = 64
_GLANCE = 256
_LOOK_ROWS = 1 << 19  # after which a sample tells whether scores repeat
_MANY = 16
_SAMPLE = 1 << 16
_COLLECTED = 1 << 21


class Pool:
    """Chunks of entries by part, to which rows are appended."""

    def __init__(self, layout: Layout, nbytes: int) -> None:
        self.layout = layout
        parts = 1 << layout.prefix_bits
        chunks = max(nbytes // (CHUNK * layout.dtype.itemsize), 64)
        self.entries = SLABS.lend(chunks * CHUNK * layout.dtype.itemsize).view(layout.dtype)
        self.fill = np.zeros(parts, np.uint64)
        self.owners = np.empty(chunks, np.uint16)
        self.used = np.zeros(1, np.int64)
        self.rows = 0

    def add(self, bits: Array, classes: Array, start: int) -> tuple[int, bool]:
        """Append rows from start on: the row reached, and whether a NaN was seen."""
        from disteval.numerics.kernels import scores as kernels

        layout = self.layout
        reached, nan = kernels.scatter(
            bits, classes, layout.order.masks, layout.widths, self.entries, self.fill,
            self.owners, self.used, start,
        )  # fmt: skip
        self.rows += reached - start
        return reached, nan

    def run(self, group: int) -> Run:
        """What was added, as a run. The pool is used up."""
        return self._run_of(np.argsort(self._owners, kind="stable"), group)  # by radix: 16 bits

    def _run_of(self, chunks: Array, group: int = 0) -> Run:
        """All chunks of some parts, in the order of these, as a run."""
        used = len(chunks)
        parts = self.owners[chunks].astype(np.int64)
        sizes = np.full(used, CHUNK, np.int64)
        fill = (self.fill & np.uint64(0xFFFFFFFF)).astype(np.int64)
        first = np.append(True, np.diff(parts) != 0) if used else np.zeros(0, bool)
        last = np.append(first[1:], True) if used else first
        sizes[last] = (fill[parts[last]] - 1) % CHUNK + 1
        totals = np.zeros((used, self.layout.classes), np.int64)
        starts = np.flatnonzero(first)
        rows = np.add.reduceat(sizes, starts) if used else sizes
        totals[starts, 0] = rows
        if self.layout.classes == 2:
            ones = (self.fill[parts[starts]] >> np.uint64(32)).astype(np.int64)
            totals[starts, 0] -= ones
            totals[starts, 1] = ones
        return Run(
            parts | (group << self.layout.prefix_bits), chunks * CHUNK, sizes, self.entries,
            totals, settled=False, room=used * CHUNK,
        )  # fmt: skip

    @property
    def _owners(self) -> Array:
        """The part of each chunk that is in use."""
        return self.owners[: int(self.used[0])]

    @property
    def is_thin(self) -> bool:
        """Whether most chunks are nearly empty."""
        used = int(self.used[0])
        return used > _FEW_CHUNKS and 4 * self.rows < used * CHUNK

    def is_coarse(self) -> bool:
        """Whether many rows have the same score and class, by a sample of the largest part."""
        owners = self._owners
        if not len(owners):
            return False
        chunks = np.flatnonzero(owners == np.bincount(owners).argmax())
        pieces = Pieces.of((self._run_of(chunks),), self.layout.classes)
        last = min(len(chunks), _SAMPLE // CHUNK)
        with Workspace.lent(self.layout) as space:
            keys, _ = space.count(pieces, 0, last)
        return 4 * len(keys) < pieces.entries(0, last)


class OpenScores:
    """A score state that rows are added to."""

    def __init__(self, state: ScoreState) -> None:
        self.state = state
        self.order = state.order
        self.runs = list(state.runs)
        self.saw_nan = state.saw_nan
        self._pools: dict[int, Pool] = {}
        self._coarse: dict[int, bool] = {}
        self._tables: dict[int, Array] = {}
        self._collected: list[tuple[Any, Any]] = []
        self._rows = 0
        self._wide = False

    @property
    def layout(self) -> Layout:
        """Of the entries."""
        return Layout(self.order or KeyOrder(32, "f"), self.state.classes)

    def add(self, scores: Any, classes: Any, cells: Any) -> None:
        """Add rows.

        Parameters
        ----------
        scores : (rows,) or (rows, columns)
        classes : of each row, or of each of its scores: booleans, or integers; None of one class
        cells : of each row, or None
        """
        order = KeyOrder.of(scores.dtype)
        if self.order is None:
            self.order = order
        elif self.order != order:
            msg = f"expected scores of one dtype, got {self.order.dtype} and {scores.dtype}"
            raise ColumnTypeError(msg)
        rows, columns = len(scores), self.state.columns
        if cells is None and not backend.is_device(scores) and self._is_fast(rows):
            scores = scores.reshape(rows, -1)
            for column in range(columns):
                own = classes
                if classes is not None and classes.ndim > 1:
                    own = np.ascontiguousarray(classes.reshape(rows, -1)[:, column])
                self._scatter(column, np.ascontiguousarray(scores[:, column]), own)
        else:
            self._collect(scores, classes, cells)

    def _is_fast(self, rows: int) -> bool:
        return (
            not self._wide
            and self.state.columns <= 32
            and self.state.classes <= 2
            and rows >= _FEW_ROWS
        )

    def _scatter(self, group: int, scores: Array, classes: Array | None) -> None:
        assert self.order is not None
        bits = for_kernel(self.order.raw(scores))
        labels = np.zeros(0, np.uint8)
        if classes is not None:
            labels = for_kernel(classes.view(np.uint8) if classes.dtype == bool else classes)
        if bits.dtype == np.uint32 and self.order.kind == "f" and self._count(group, bits, labels):
            return
        start = 0
        while start < len(bits):
            pool = self._pools.get(group)
            if pool is None:
                room = max(self.state.budget // 16, LEAST_BYTES) // self.state.columns
                pool = self._pools[group] = Pool(self.layout, min(POOL_BYTES, room))
            start, nan = pool.add(bits, labels, start)
            self.saw_nan |= nan
            coarse = pool.rows >= _LOOK_ROWS and self._is_coarse(group, pool)
            if start < len(bits) or coarse:
                self._freeze(group, coarse)
            if self._wide:
                rest = None if classes is None else classes[start:]
                self._collect_flat(scores[start:], rest, np.full(len(bits) - start, group))
                return

    def _count(self, group: int, bits: Array, labels: Array) -> bool:
        """Count float16 and bfloat16 in a table with a place for each score, if these are such."""
        from disteval.numerics.kernels import scores as kernels

        low = np.uint32((1 << kernels.SHORT) - 1)
        if (bits[:_GLANCE] & low).any():  # nearly always
            return False
        if int(np.bitwise_or.reduce(bits)) & low:
            return False
        table = self._tables.get(group)
        if table is None:
            shape = (1 << (32 - kernels.SHORT), self.state.classes)
            table = self._tables[group] = np.zeros(shape, np.int64)
        kernels.count_short(bits, labels, len(labels) > 0, table)
        return True

    def _empty_tables(self) -> None:
        """Make runs of the tables of short scores."""
        from disteval.numerics.kernels.scores import SHORT

        for group, table in self._tables.items():
            flat = table.reshape(-1)
            used = np.flatnonzero(flat)
            upper, classes = np.divmod(used, table.shape[1])
            scores = (upper.astype(np.uint32) << np.uint32(SHORT)).view(np.float32)
            self.saw_nan |= bool(np.isnan(scores).any())
            keys = KeyOrder(32, "f").keys(scores)
            self._keep(run_of_counts(self.layout, keys, classes, flat[used], group))
        self._tables = {}

    def _is_coarse(self, group: int, pool: Pool) -> bool:
        if group not in self._coarse:
            self._coarse[group] = pool.is_coarse()
        return self._coarse[group]

    def _freeze(self, group: int, coarse: bool) -> None:
        """Make a run of a pool."""
        pool = self._pools.pop(group)
        run = pool.run(group)
        if pool.is_thin:  # scores of all sizes: a chunk for each would be memory for nothing
            self._wide = True
        if coarse or pool.is_thin:
            run = settled(self.layout, (run,))
        self._keep(run)

    def _collect(self, scores: Any, classes: Any, cells: Any) -> None:
        xp = backend.namespace(scores)
        rows, columns = len(scores), self.state.columns
        groups = None
        if columns > 1 or cells is not None:
            groups = xp.zeros(rows, xp.int64) if cells is None else xp.asarray(cells) * columns
            groups = (groups[:, None] + xp.arange(columns)).reshape(-1)
        if classes is not None:
            classes = xp.asarray(classes)
            if classes.ndim == 1 and columns > 1:
                classes = xp.repeat(classes, columns)
            classes = classes.reshape(-1)
        self._collect_flat(scores.reshape(-1), classes, groups)

    def _collect_flat(self, scores: Any, classes: Any, groups: Any) -> None:
        """Keep rows of their groups until there are enough for a run."""
        assert self.order is not None
        if scores.dtype.kind == "f":
            self.saw_nan |= bool(backend.namespace(scores).isnan(scores).any())
        parts, entries = self.layout.split(self.order.keys(scores), classes, groups)
        if backend.is_device(parts):
            rows = tuple(backend.to_host(each) for each in distinct_entries(parts, entries))
            self._keep(run_of_entries(self.layout, *rows))
            return
        self._collected.append((parts, entries))
        self._rows += len(parts)
        if self._rows >= min(_COLLECTED, self.state.budget // 128):
            self._flush()

    def _flush(self) -> None:
        """Make a run of what was collected."""
        if self._collected:
            parts, entries = (np.concatenate(each) for each in zip(*self._collected, strict=True))
            self._collected, self._rows = [], 0
            self._keep(run_of_rows(self.layout, parts, entries))

    def _keep(self, run: Run) -> None:
        """Add a run; what is in memory is one again where it is settled and many."""
        self.runs.append(run)
        held = [each for each in self.runs if each.file is None and each.settled]
        if len(held) >= _MANY:
            others = [each for each in self.runs if each not in held]
            self.runs = [*others, settled(self.layout, held)]
        self.runs = list(fitted(self.layout, tuple(self.runs), self.state.budget))

    def sealed(self) -> ScoreState:
        """The state; rows may be added after it."""
        self._flush()
        self._empty_tables()
        for group in list(self._pools):
            self._freeze(group, self._coarse.get(group, False))
        state = self.state
        self.runs = list(fitted(self.layout, tuple(self.runs), state.budget, complete=True))
        return ScoreState(
            state.cells, state.columns, state.classes, self.order, tuple(self.runs),
            self.saw_nan, state.budget,
        )  # fmt: skip
