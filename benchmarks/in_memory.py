"""The cost of a small evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

import disteval
from benchmarks import data
from benchmarks.five_metrics import METRICS
from benchmarks.measuring import Contestant, Report, Settings, Target, contest

QUESTION = "10,000 rows in memory: mse alone, and five metrics"
ROWS = 10_000
REPEATS = 20


def contestants(settings: Settings) -> Sequence[Contestant]:
    rows = settings.rows(ROWS, ROWS)
    y, p = data.scores(np.random.default_rng(20), rows)

    def one() -> float:
        return float(disteval.evaluate(y, p, ["mse"])["mean_squared_error"])

    def five() -> float:
        return float(disteval.evaluate(y, p, METRICS)["mean_squared_error"])

    def streamed() -> float:
        evaluator = disteval.Evaluator(["mse"])
        evaluator.update_state(y, p)
        return float(evaluator.result()["mean_squared_error"])

    def sklearn_one() -> float:
        from sklearn.metrics import mean_squared_error

        return float(mean_squared_error(y, p))

    def sklearn_five() -> float:
        from sklearn import metrics

        metrics.mean_absolute_error(y, p)
        metrics.r2_score(y, p)
        metrics.accuracy_score(y, p > 0.5)
        metrics.log_loss(y, p)
        return float(metrics.mean_squared_error(y, p))

    return [
        Contestant("disteval mse", one, rows),
        Contestant("disteval five", five, rows, "disteval", "five"),
        Contestant("disteval Evaluator mse", streamed, rows),
        Contestant("scikit-learn mse", sklearn_one, rows, "peer"),
        Contestant("scikit-learn five", sklearn_five, rows, "peer", "five"),
    ]


def measure(settings: Settings) -> Report:
    many = replace(settings, rounds=settings.rounds * REPEATS)
    report = contest("in_memory", contestants(many), many)
    found = tuple(
        Target(f"{what} of 10,000 rows, warm", 1e3 * report[f"disteval {what}"].median, 5.0, "ms")
        for what in ("mse", "five")
    )
    return replace(report, targets=found)
