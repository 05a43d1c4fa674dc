"""The cost of a lazy Dask chunk, against two sums over the same chunks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

import disteval
from benchmarks import data
from benchmarks.measuring import Contestant, Report, Settings, contest, within

QUESTION = "100,000 Dask chunks of 10 rows, against dask.compute(y.sum(), p.sum())"
CHUNKS = 100_000
CHUNK_ROWS = 10


def contestants(settings: Settings) -> Sequence[Contestant]:
    import dask
    import dask.array as da

    rows = settings.rows(CHUNKS, 200) * CHUNK_ROWS
    # whole numbers, so that the float sums are exact and all contestants have one answer
    columns = [np.rint(8 * x) for x in data.regression(np.random.default_rng(20), rows)]
    columns[1] = columns[0] + (columns[1] > 0)
    y, p = (da.from_array(column, chunks=CHUNK_ROWS) for column in columns)
    mse = float(((columns[0] - columns[1]) ** 2).mean())

    def exact() -> float:
        result = disteval.evaluate(y, p, ["mse"], scheduler="threads")
        return float(result["mean_squared_error"])

    def sums() -> float:
        _: Any = dask.compute(y.sum(), p.sum(), scheduler="threads")
        return mse

    return [
        Contestant("disteval", exact, rows),
        Contestant("dask: two sums", sums, rows, "floor"),
    ]


def measure(settings: Settings) -> Report:
    report = contest("dask_chunks", contestants(settings), settings, 1)
    ratio = report.ratio("disteval", "floor")
    return replace(report, targets=within("time over Dask's two sums", ratio, 1.3))
