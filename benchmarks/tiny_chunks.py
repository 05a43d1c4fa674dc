"""The cost of a chunk, beside that of its rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

import disteval
from benchmarks import data
from benchmarks.measuring import Contestant, Report, Settings, Target, contest
from disteval.protocol import Column, Piece, Schema
from disteval.sources import Batches

QUESTION = "100,000 chunks of 10 rows, from a source and from a list of batches"
CHUNKS = 100_000
CHUNK_ROWS = 10
METRICS = ["mse", "mae"]


@dataclass(frozen=True, eq=False)
class ManyPieces:
    """Two arrays, a few rows a piece."""

    y: Any
    p: Any

    @property
    def schema(self) -> Schema:
        """Two float32 columns."""
        column = Column(np.dtype(np.float32))
        return Schema((("y_true", column), ("y_pred", column)))

    @property
    def replayable(self) -> bool:
        """Arrays can be read again."""
        return True

    @cached_property
    def _pieces(self) -> list[Piece]:
        return [Piece(CHUNK_ROWS, 8 * CHUNK_ROWS)] * (len(self.y) // CHUNK_ROWS)

    def pieces(self) -> Sequence[Piece]:
        """Ten rows each."""
        return self._pieces

    def read(
        self, piece: int, columns: Sequence[str], rows: slice | None = None
    ) -> Iterator[Mapping[str, Any]]:
        """Ten rows."""
        first = piece * CHUNK_ROWS
        stop = first + CHUNK_ROWS
        if rows is not None:
            first, stop = first + rows.start, first + rows.stop
        chunk = {"y_true": self.y[first:stop], "y_pred": self.p[first:stop]}
        yield {name: chunk[name] for name in columns}

    def restrict(self, pieces: slice) -> ManyPieces:  # noqa: ARG002  (threads share it)
        """Itself."""
        return self


def contestants(settings: Settings) -> Sequence[Contestant]:
    rows = (settings.rows(CHUNKS, 1_000)) * CHUNK_ROWS
    y, p = data.regression(np.random.default_rng(20), rows)
    source = ManyPieces(y, p)
    batches = [(y[i : i + CHUNK_ROWS], p[i : i + CHUNK_ROWS]) for i in range(0, rows, CHUNK_ROWS)]

    def from_source() -> list[float]:
        return list(disteval.evaluate(source, metrics=METRICS, scheduler="threads").values())

    def from_list() -> list[float]:
        found = disteval.evaluate(Batches(batches), metrics=METRICS, scheduler="threads")
        return list(found.values())

    def streamed() -> list[float]:
        evaluator = disteval.Evaluator(METRICS)
        for y_true, y_pred in batches:
            evaluator.update_state(y_true, y_pred)
        return list(evaluator.result().values())

    def numpy() -> list[float]:
        squared = absolute = 0.0
        for y_true, y_pred in batches:
            d = np.subtract(y_true, y_pred, dtype=np.float64)
            squared += float((d * d).sum())
            absolute += float(abs(d).sum())
        return [squared / rows, absolute / rows]

    return [
        Contestant("disteval source", from_source, rows),
        Contestant("disteval list", from_list, rows),
        Contestant("disteval Evaluator", streamed, rows),
        Contestant("numpy chunk by chunk", numpy, rows, "floor"),
    ]


def measure(settings: Settings) -> Report:
    report = contest("tiny_chunks", contestants(settings), settings)
    found = tuple(
        Target(f"100,000 chunks, {name}", report[f"disteval {name}"].median, 3.0, "s")
        for name in ("source", "list")
    )
    return replace(report, targets=found)
