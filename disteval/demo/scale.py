"""The demonstration at scale: as many rows as wanted, made on demand, evaluated twice."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from disteval.demo.memory import PeakMemory, anonymous
from disteval.demo.synthetic import BLOCK, EXPECTED, Synthetic
from disteval.demo.tables import table
from disteval.evaluator import evaluate

if TYPE_CHECKING:
    from rich.console import Console

    from disteval.result import Result

METRICS: Final = tuple(EXPECTED)
PIECE_ROWS: Final = (1 << 20, 3 << 18)
_SMALL: Final = 8 << 20


@dataclass(frozen=True)
class Run:
    """One evaluation: how the rows were cut, what came out, and what it took."""

    source: Synthetic
    result: Result
    seconds: float
    nbytes: int | None

    @property
    def speed(self) -> float:
        """Rows a second."""
        return self.source.rows / self.seconds


def show(console: Console, rows: int) -> bool:
    """Evaluate so many rows in pieces of two sizes, and print what was found.

    Returns
    -------
    bool
        Whether both digests are the same.
    """
    console.print(
        f"{rows:,} rows of float32, made while they are evaluated: nothing on disk.\n"
        "y_true is uniform in [0, 1), y_pred is y_true with a uniform error."
    )
    # kernels are compiled and libraries loaded before the clock starts
    evaluate(Synthetic(min(rows, 4 * BLOCK), BLOCK), metrics=METRICS, scheduler="threads")
    start = anonymous()
    runs = [measure(Synthetic(rows, size), start) for size in piece_sizes(rows)]
    _print_values(console, runs[0].result)
    _print_runs(console, runs)
    agree = len({run.result.digest for run in runs}) == 1
    if agree:
        console.print("The same bits from pieces of both sizes.")
    else:
        console.print("[bold red]The digests differ: results depend on the pieces.[/]")
    return agree


def piece_sizes(rows: int) -> tuple[int, ...]:
    """Choose two sizes of pieces; few rows are cut smaller, so that there are several pieces."""
    if rows > _SMALL:
        return PIECE_ROWS
    return max(rows // 3, 1), max(rows // 7, 1)


def measure(source: Synthetic, memory_start: int | None = None) -> Run:
    """Evaluate a source on the threads of this process."""
    start = time.perf_counter()
    with PeakMemory(memory_start) as memory:
        result = evaluate(source, metrics=METRICS, scheduler="threads")
    return Run(source, result, time.perf_counter() - start, memory.nbytes)


def _print_values(console: Console, result: Result) -> None:
    values = table("", ">all rows", ">expected")
    for name, expected in EXPECTED.items():
        values.add_row(f"  {name}", f"{result[name]!r}", f"{expected:.6f}")
    console.print(values)


def _print_runs(console: Console, runs: list[Run]) -> None:
    head = ("pieces of", ">seconds", ">rows/s", ">memory", ">digest")
    measured = table(*head)
    for run in runs:
        memory = "unknown" if run.nbytes is None else f"{run.nbytes / 1e6:,.1f} MB"
        measured.add_row(
            f"  {run.source.piece_rows:,} rows",
            f"{run.seconds:.2f}",
            f"{run.speed:,.0f}",
            memory,
            run.result.digest[:16],
        )
    console.print(measured)
    console.print("memory: the peak above that of the program once it is loaded\n")
