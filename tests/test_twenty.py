"""Twenty named metrics in one call: their rows are read once, and what they need is shared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

import disteval
from benchmarks.twenty import TWENTY
from disteval.protocol import Column, Piece, Schema, Source

SHARDS, ROWS = 5, 400


class Counting:
    """A source that counts how often each row of each column is read."""

    replayable = True

    def __init__(self) -> None:
        rng = np.random.default_rng(20)
        y = rng.integers(0, 2, (SHARDS, ROWS))
        p = 0.3 * y + 0.7 * rng.random((SHARDS, ROWS))
        self.shards = {"y_true": y, "y_pred": p}
        self.schema = Schema(tuple((name, Column(a.dtype)) for name, a in self.shards.items()))
        self.read_rows: Counter[tuple[str, int, int]] = Counter()

    def pieces(self) -> Sequence[Piece]:
        return [Piece(ROWS, token=f"shard {i}") for i in range(SHARDS)]

    def read(
        self, piece: int, columns: Sequence[str], rows: slice | None = None
    ) -> Iterator[Mapping[str, Any]]:
        wanted = range(ROWS)[rows or slice(None)]
        self.read_rows.update((name, piece, row) for name in columns for row in wanted)
        yield {name: self.shards[name][piece][rows or slice(None)] for name in columns}

    def restrict(self, _: slice) -> Source:
        return self


@pytest.mark.parametrize("scheduler", ["sync", "threads"])
def test_twenty_metrics_read_every_row_once(scheduler: str) -> None:
    source = Counting()
    result = disteval.evaluate(source, metrics=TWENTY, scheduler=scheduler)
    assert len(result) == len(TWENTY) == 20
    assert result.passes == 1
    every = {(name, i, row) for name in source.shards for i in range(SHARDS) for row in range(ROWS)}
    assert source.read_rows == dict.fromkeys(every, 1)


def test_they_share_reductions_and_each_is_as_alone() -> None:
    y, p = (column.reshape(-1) for column in Counting().shards.values())
    together = disteval.evaluate(y, p, TWENTY)
    assert len(together.states) < 15
    for name in TWENTY:
        (alone,) = disteval.evaluate(y, p, [name]).values()
        np.testing.assert_array_equal(together[name], alone)
