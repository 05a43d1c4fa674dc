"""Twenty named metrics in one pass, against their reductions apart, and against three metrics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import disteval
from benchmarks import data
from benchmarks.measuring import Contestant, Report, Settings, contest, memory_targets, within
from disteval.engine import Plan
from disteval.metrics import as_metrics
from disteval.protocol import Metric, Reduction, Value
from disteval.sources import open_source

QUESTION = "twenty metrics of a score in one pass, against their reductions each by itself"
ROWS = 100_000_000
THREE = ["accuracy", "mse", "binary_crossentropy"]
TWENTY = [
    *THREE,
    *("rmse", "mae", "r2", "explained_variance_score", "binary_accuracy", "zero_one_loss"),
    *("precision", "recall", "f1_score", "fbeta_score(beta=2.0)", "jaccard_score"),
    *("confusion_matrix", "matthews_corrcoef", "cohen_kappa_score", "balanced_accuracy_score"),
    *("hamming_loss", "mean"),
]


@dataclass(frozen=True, repr=False)
class Alone(Metric):
    """Nothing but a reduction."""

    reduction: Any = None
    key: ClassVar[str] = "alone"

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        return (self.reduction,)

    def compute(self, *_: Any) -> Value:
        return 0.0


def contestants(settings: Settings) -> Sequence[Contestant]:
    rows = settings.rows(ROWS)
    paths = data.pair(settings.folder, "scores", rows, data.scores)
    return [
        Contestant("twenty", _evaluated(paths, TWENTY), rows, group="twenty"),
        Contestant("three", _evaluated(paths, THREE), rows, "other", group="three"),
        Contestant("reductions apart", _apart(paths), rows, "other", group="apart"),
    ]


def measure(settings: Settings) -> Report:
    report = contest("twenty", contestants(settings), settings)
    twenty = report["twenty"].per_row
    found = within("over its reductions apart", twenty / report["reductions apart"].per_row, 1.2)
    found += within("over accuracy, mse and log loss", twenty / report["three"].per_row, 3.0)
    return replace(report, targets=found + memory_targets(report, 300_000_000))


def _evaluated(paths: tuple[Path, Path], names: Sequence[str]) -> Callable[[], float]:
    def run() -> float:
        found: float = disteval.evaluate(*paths, names)["accuracy"]
        return found

    return run


def _apart(paths: tuple[Path, Path]) -> Callable[[], float]:
    """Every distinct reduction of the twenty in a pass of its own."""
    schema = open_source(*paths).schema
    reductions = Plan.build(as_metrics(TWENTY, schema), schema).reductions

    def run() -> float:
        alone = ([Alone(reduction, name="alone")] for reduction in reductions)
        total: float = sum(disteval.evaluate(*paths, metric)["alone"] for metric in alone)
        return total

    return run
