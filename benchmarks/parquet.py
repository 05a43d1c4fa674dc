"""Parquet files evaluated, against decoding them and doing nothing with the values."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import disteval
from benchmarks import data
from benchmarks.measuring import (
    Contestant,
    Report,
    Settings,
    contest,
    memory_targets,
    threads,
    within,
)

QUESTION = "exact mean squared error of two float32 columns of Parquet, against decoding them"
ROWS = 100_000_000
FILES = 12
GROUP = 1 << 20
COLUMNS = ["y_true", "y_pred"]


def contestants(settings: Settings) -> Sequence[Contestant]:
    rows = settings.rows(ROWS)
    folder = tables(settings.folder, rows)
    paths = sorted(folder.glob("*.parquet"))

    def exact() -> float:
        return float(
            disteval.evaluate("y_true", "y_pred", ["mse"], data=folder)["mean_squared_error"]
        )

    def whole_tables() -> int:
        import pyarrow as pa
        import pyarrow.parquet as pq

        pa.set_cpu_count(threads())
        return sum(len(pq.read_table(path, columns=COLUMNS)) for path in paths)

    def of(name: str, run: Callable[[], int]) -> Contestant:
        return Contestant(name, run, rows, "other", "decoding")

    return [
        Contestant("disteval", exact, rows),
        of("pyarrow row groups", lambda: decode(paths, row_groups)),
        of("pyarrow batches", lambda: decode(paths, batches)),
        of("pyarrow memory maps", lambda: decode(paths, mapped)),
        of("pyarrow read_table", whole_tables),
    ]


def measure(settings: Settings) -> Report:
    report = contest("parquet", contestants(settings), settings)
    own = report["disteval"]
    fastest = report.per_row("other", "decoding")
    assert fastest is not None
    found = within("time over pyarrow's fastest decoding alone", own.per_row / fastest, 1 / 0.65)
    notes = tuple(
        f"{figure.name} decodes at {own.median / figure.median:.2f} of disteval's rate; "
        f"{own.processor_per_row / figure.processor_per_row:.2f} by processor time"
        for figure in report.figures[1:]
    )
    return replace(report, targets=found + memory_targets(report, 600_000_000), notes=notes)


# --- the data -----------------------------------------------------------------------------------


def tables(folder: Path, rows: int) -> Path:
    """A folder of files, in pyarrow's default encodings; what is there already is taken."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    whole = folder / f"parquet-{rows}"
    if whole.exists():
        return whole
    part = folder / f"parquet-{rows}.part"
    part.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(20)
    for i, (start, stop) in enumerate(
        itertools.pairwise(np.linspace(0, rows, FILES + 1, dtype=int))
    ):
        y, p = data.regression(generator, int(stop - start))
        table = pa.table(dict(zip(COLUMNS, (y, p), strict=True)))
        pq.write_table(table, part / f"part-{i}.parquet", row_group_size=GROUP)
    part.rename(whole)
    return whole


# --- decoding alone -----------------------------------------------------------------------------


def decode(paths: Sequence[Path], way: Callable[[Path], Iterator[Any]]) -> int:
    """Rows decoded, by threads that take files in turns."""
    with ThreadPoolExecutor(threads()) as pool:
        return sum(pool.map(lambda path: sum(map(len, way(path))), paths))


def row_groups(path: Path, **options: Any) -> Iterator[Any]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path, pre_buffer=False, **options) as file:
        for i in range(file.num_row_groups):
            yield file.read_row_group(i, columns=COLUMNS, use_threads=False)


def batches(path: Path) -> Iterator[Any]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        yield from file.iter_batches(columns=COLUMNS, use_threads=False)


def mapped(path: Path) -> Iterator[Any]:
    return row_groups(path, memory_map=True)
