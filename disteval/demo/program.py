"""The demonstration on real data: the dataset's own values, the same bits however it is cut."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from disteval import metrics
from disteval.demo import shards
from disteval.demo.shards import LATE, Shards
from disteval.demo.tables import table
from disteval.demo.workers import two_processes
from disteval.evaluator import Evaluator, evaluate
from disteval.protocol import Y_PRED, Y_TRUE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console

    from disteval.protocol import Metric
    from disteval.result import Result

COUNTS: Final = (1, 7, 336)
CUT: Final = LATE - 0.5
"""Delays are whole minutes: more than 14.5 is 15 or more."""

_MODEL: Final = "dep_delay"
_WORDS: Final = {"arr_delay": "minutes", "late": f"{LATE} minutes or more"}


@dataclass(frozen=True)
class Question:
    """A column to be predicted, and the metrics of the prediction.

    Parameters
    ----------
    target : the column
    metrics : what is asked
    """

    target: str
    metrics: tuple[Metric, ...]

    def ask(self, y_true: Any, y_pred: Any, scheduler: Any) -> Result:
        """Evaluate all rows that have an arrival."""
        return evaluate(y_true, y_pred, self.metrics, nan_policy="omit", scheduler=scheduler)

    def stream(self, batches: list[tuple[Any, Any]]) -> tuple[Result, dict[str, float]]:
        """Return the result of all batches, and the mean of each metric over the batches."""
        whole = Evaluator(self.metrics, nan_policy="omit")
        one = Evaluator(self.metrics, nan_policy="omit")
        totals: dict[str, float] = {}
        for y_true, y_pred in batches:
            whole.update_state(y_true, y_pred)
            one.reset_state()
            one.update_state(y_true, y_pred)
            for name, value in one.result().items():
                if isinstance(value, float):
                    totals[name] = totals.get(name, 0.0) + value
        return whole.result(), {name: total / len(batches) for name, total in totals.items()}


QUESTIONS: Final = (
    Question(
        "arr_delay",
        (
            metrics.MeanSquaredError(),
            metrics.RootMeanSquaredError(),
            metrics.MeanAbsoluteError(),
            metrics.R2Score(),
        ),
    ),
    Question(
        "late",
        (
            metrics.BinaryAccuracy(threshold=CUT, name="binary_accuracy"),
            metrics.Precision(thresholds=CUT, name="precision"),
            metrics.Recall(thresholds=CUT, name="recall"),
            metrics.FBetaScore(threshold=CUT, name="f1_score"),
            metrics.MatthewsCorrelation(threshold=CUT, name="matthews_corrcoef"),
            metrics.ConfusionMatrix(threshold=CUT, name="confusion_matrix"),
        ),
    ),
)


@dataclass
class Findings:
    """What the demonstration found.

    Parameters
    ----------
    results : the result of each question, from one shard
    averages : by name, the mean of the metric over the batches
    digests : by way of running, the digest of each question
    """

    results: list[Result] = field(default_factory=list)
    averages: dict[str, float] = field(default_factory=dict)
    digests: dict[str, list[str]] = field(default_factory=dict)

    @property
    def agree(self) -> bool:
        """Whether every way of running gave the same states."""
        return all(found == next(iter(self.digests.values())) for found in self.digests.values())

    def add(self, way: str, results: list[Result]) -> None:
        """Note the results of a way of running."""
        self.results = self.results or results
        self.digests[way] = [result.digest for result in results]


def show(console: Console, keep: Path | None = None) -> bool:
    """Evaluate the flights in several ways, and print what was found.

    Parameters
    ----------
    console : where to print
    keep : a folder in which the shards are to stay, or None

    Returns
    -------
    bool
        Whether all digests are the same.
    """
    with _folder(keep) as folder, console.status("writing shards") as status:
        found = examine(shards.write(folder, COUNTS), status.update)
    _print_introduction(console, keep)
    _print_values(console, found)
    _print_rows(console, found.results[0])
    _print_digests(console, found)
    return found.agree


def examine(written: list[Shards], tell: Callable[[str], None] = lambda _: None) -> Findings:
    """Evaluate the shards: as files, as a stream, as tasks of threads and of two processes."""
    found = Findings()
    for cut in written:
        tell(f"{cut.count} shards (kernels are compiled once, at the first run)")
        pred = cut.column(_MODEL)
        results = [q.ask(cut.column(q.target), pred, "threads") for q in QUESTIONS]
        found.add(f"{cut.count} {'file' if cut.count == 1 else 'files'} a column", results)

    cut = written[-1]
    tell(f"{cut.count} batches")
    streams = [
        q.stream(list(zip(cut.read(q.target), cut.read(_MODEL), strict=True))) for q in QUESTIONS
    ]
    found.add(f"a stream of {cut.count} batches", [result for result, _ in streams])
    for _, averages in streams:
        found.averages |= averages

    tell(f"{cut.count} tasks")
    found.add(f"{cut.count} Dask tasks, threads", _as_tasks(cut, "threads"))
    cut = written[1]
    tell("two worker processes")
    with two_processes() as client:
        found.add(f"{cut.count} Dask tasks, 2 processes", _as_tasks(cut, client))
    return found


def _as_tasks(cut: Shards, scheduler: Any) -> list[Result]:
    pred = cut.dask(_MODEL)
    return [q.ask(cut.dask(q.target), pred, scheduler) for q in QUESTIONS]


@contextlib.contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="disteval-") as folder:
        yield Path(folder)


def _print_introduction(console: Console, keep: Path | None) -> None:
    rows = len(shards.columns()[_MODEL])
    console.print(
        f"{rows:,} departures from New York in 2013. A forecast that needs no training:\n"
        "a flight arrives as late as it left."
    )
    if keep is not None:
        console.print(f"The shards stay in {keep}", soft_wrap=True, markup=False)


def _print_values(console: Console, found: Findings) -> None:
    batches = COUNTS[-1]
    values = table("", ">all rows", f">mean of {batches} batches", ">difference")
    for question, result in zip(QUESTIONS, found.results, strict=True):
        values.add_row(f"{question.target} ({_WORDS[question.target]})")
        for name, value in result.items():
            if isinstance(value, float):
                mean = found.averages[name]
                values.add_row(f"  {name}", f"{value:.6f}", f"{mean:.6f}", f"{mean - value:+.6f}")
        values.add_section()
    console.print(values)
    for question, result in zip(QUESTIONS, found.results, strict=True):
        for name, value in result.items():
            if isinstance(value, np.ndarray):
                _print_matrix(console, f"{question.target}, {name}", value, result)


def _print_matrix(console: Console, title: str, matrix: Any, result: Result) -> None:
    words = {0: "in time", 1: "late"}
    labels = [words[int(label)] for label in result.labels["confusion_matrix"]]
    values = table(title, *(f">predicted {label}" for label in labels))
    for label, counts in zip(labels, matrix.tolist(), strict=True):
        values.add_row(f"  {label}", *(f"{count:,}" for count in counts))
    console.print(values)
    rule = next(iter(dict.fromkeys(result.rules.values())))
    console.print(f"  predicted late where {rule} minutes\n")


def _print_rows(console: Console, result: Result) -> None:
    rows = result.rows
    lines = [f"rows  {rows.seen:,} seen = {rows.used:,} used + {rows.seen - rows.used:,} dropped"]
    for why, count in rows.dropped.items():
        words = why.replace(Y_TRUE, QUESTIONS[0].target).replace(Y_PRED, _MODEL)
        lines.append(f"      {count:>7,}  {words}")
    console.print("\n".join(lines), end="\n\n")


def _print_digests(console: Console, found: Findings) -> None:
    values = table("digest of the states", *(f">{q.target}" for q in QUESTIONS))
    for way, digests in found.digests.items():
        values.add_row(f"  {way}", *(digest[:16] for digest in digests))
    console.print(values)
    if found.agree:
        console.print(f"The same bits from {len(found.digests)} ways of running.")
    else:
        console.print("[bold red]The digests differ: results depend on how they were made.[/]")
