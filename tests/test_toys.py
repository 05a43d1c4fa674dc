"""What users write: a metric, a reduction, a source, and a metric of two passes, one class each.

They inherit every law from `disteval.testing`, and go through `disteval.evaluate` like our own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest

import disteval
from disteval.errors import ReplayError
from disteval.protocol import Batch, Column, Metric, Piece, Reduction, RowFunction, Schema, Value
from disteval.reductions import ExactSum, State, SumState, TotalWeight, declared, quotients
from disteval.testing import MetricContract, ReductionLaws, SourceContract, random_batches

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

RNG = np.random.default_rng(3)
Y, P, W = RNG.normal(size=300) + 1e6, RNG.normal(size=300), RNG.random(300)

# --- a metric -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Error:
    """p - y."""

    def __call__(self, batch: Batch) -> Any:
        return batch["y_pred"] - batch["y_true"]


@dataclass(frozen=True, repr=False)
class Bias(Metric):
    """Mean of p - y, times a scale.

    State: two exact sums.
    Exact: the exact mean of fl(w * fl(p - y)), rounded once, then scaled.
    """

    scale: float = 1.0
    key: ClassVar[str] = "bias"

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        return (ExactSum(Error()), TotalWeight())

    def compute(self, total: SumState, weight: SumState) -> Value:
        return self.scale * quotients(total, weight)[0]


def exact_mean(values: Any, weight: Any) -> float:
    total = sum(map(Fraction, (values * weight).tolist()), Fraction(0))
    return float(total / sum(map(Fraction, weight.tolist()), Fraction(0)))


class TestBias(MetricContract):
    metric = Bias()
    y_true, y_pred = Y, P
    expected = exact_mean(P - Y, np.ones(300))


class TestScaledAndWeightedBias(MetricContract):
    metric = Bias(scale=2.0, name="twice the bias")
    y_true, y_pred, sample_weight = Y, P, W
    expected = 2.0 * exact_mean(P - Y, W)


def test_a_toy_metric_is_evaluated_streamed_and_asked_alone() -> None:
    result = disteval.evaluate(Y, P, [Bias(), "mse", Bias(scale=2.0)])
    assert result["bias"] == exact_mean(P - Y, np.ones(300))
    assert result["bias(scale=2.0)"] == 2.0 * exact_mean(P - Y, np.ones(300))
    assert len(result.states) == len({reduction for reduction, _ in result.states})
    alone = Bias()
    for rows in (slice(0, 7), slice(7, 7), slice(7, 300)):
        alone.update_state(Y[rows], P[rows])
    assert alone.result() == result["bias"]
    assert alone == Bias()


# --- a reduction --------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class SeenState(State):
    seen: Any = declared("bool")  # noqa: RUF009  (a field, as dataclasses.field makes)


@dataclass(frozen=True)
class Seen:
    """Which of the labels 0 to 63 a column holds."""

    column: str

    def empty(self, cells: int = 1) -> SeenState:
        return SeenState(np.zeros((cells, 64), np.bool_))

    def update(self, state: SeenState, batch: Batch) -> SeenState:
        state.seen[0 if batch.cells is None else batch.cells, batch[self.column]] = True
        return state

    def seal(self, state: SeenState) -> SeenState:
        return state

    def merge(self, a: SeenState, b: SeenState) -> SeenState:
        return SeenState(a.seen | b.seen)


def labels(rng: np.random.Generator, rows: int) -> Any:
    return rng.integers(0, 64, rows)


class TestSeen(ReductionLaws):
    reduction = Seen("y_true")

    def batches(self) -> Sequence[Batch]:
        return random_batches(np.random.default_rng(0), {"y_true": labels, "sample_weight": labels})


@dataclass(frozen=True, repr=False)
class Coverage(Metric):
    """Share of the true labels that are ever predicted.

    State: 64 flags a column.
    Exact: a ratio of two counts, rounded once.
    """

    key: ClassVar[str] = "coverage"

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        return (Seen("y_true"), Seen("y_pred"))

    def compute(self, true: SeenState, pred: SeenState) -> Value:
        return int((true.seen & pred.seen).sum()) / int(true.seen.sum())


class TestCoverage(MetricContract):
    metric = Coverage()
    y_true = np.arange(100) % 8
    y_pred = np.arange(100) % 6
    expected = 0.75


# --- a source -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Ticks:
    """Labels that are computed rather than stored: row i is (i % 8, i * i % 7)."""

    rows: int
    replayable: ClassVar[bool] = True

    @property
    def schema(self) -> Schema:
        return Schema((("y_true", Column(np.dtype("i8"))), ("y_pred", Column(np.dtype("i8")))))

    def pieces(self) -> Sequence[Piece]:
        return [Piece(min(10, self.rows - first)) for first in range(0, self.rows, 10)]

    def read(
        self, piece: int, columns: Sequence[str], rows: slice | None = None
    ) -> Iterator[Mapping[str, Any]]:
        i = np.arange(10 * piece, min(10 * piece + 10, self.rows))[rows or slice(None)]
        values = {"y_true": i % 8, "y_pred": i * i % 7}
        yield {name: values[name] for name in columns}

    def restrict(self, pieces: slice) -> Ticks:  # noqa: ARG002
        return self


class TestTicks(SourceContract):
    source = Ticks(93)
    expected: ClassVar = {"y_true": np.arange(93) % 8, "y_pred": np.arange(93) ** 2 % 7}


@pytest.mark.parametrize("scheduler", ["sync", "threads"])
def test_toys_work_together(scheduler: str) -> None:
    result = disteval.evaluate(Ticks(93), None, [Coverage(), "accuracy"], scheduler=scheduler)
    whole = {"y_true": np.arange(93) % 8, "y_pred": np.arange(93) ** 2 % 7}
    assert result["coverage"] == 4 / 8  # squares modulo 7 are 0, 1, 2 and 4
    assert result["accuracy"] == int((whole["y_true"] == whole["y_pred"]).sum()) / 93
    again = disteval.evaluate(whole["y_true"], whole["y_pred"], ["accuracy", Coverage()])
    assert result.digest == again.digest
    assert result.rows.seen == 93


# --- two passes ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Column0:
    """y."""

    def __call__(self, batch: Batch) -> Any:
        return batch["y_true"]


@dataclass(frozen=True)
class Distance:
    """abs(y - center)."""

    center: float

    def __call__(self, batch: Batch) -> Any:
        return abs(batch["y_true"] - self.center)


@dataclass(frozen=True, repr=False)
class MeanAbsoluteDeviation(Metric):
    """Mean of abs(y - m), where m is the mean of y, known after a first pass.

    State: two exact sums in each pass.
    Exact: the exact mean of fl(w * abs(fl(y - m))), rounded once, m the exact mean, rounded once.
    """

    center: float | None = None
    key: ClassVar[str] = "mean_absolute_deviation"
    passes: ClassVar[int] = 2

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        values: RowFunction = Column0() if self.center is None else Distance(self.center)
        return (ExactSum(values), TotalWeight())

    def compute(self, total: SumState, weight: SumState) -> Value:
        return quotients(total, weight)[0]

    def then(self, total: SumState, weight: SumState) -> Metric | None:
        if self.center is not None:
            return None
        return replace(self, center=quotients(total, weight)[0])


def deviation(y: Any, weight: Any) -> float:
    return exact_mean(abs(y - exact_mean(y, weight)), weight)


class TestMeanAbsoluteDeviation(MetricContract):
    metric = MeanAbsoluteDeviation()
    y_true, sample_weight = Y, W
    expected = deviation(Y, W)


def test_a_second_pass_is_made_where_one_is_asked_for() -> None:
    one = np.ones(300)
    result = disteval.evaluate(Y, P, [MeanAbsoluteDeviation(), Bias()])
    assert result.passes == 2
    assert list(result) == ["mean_absolute_deviation", "bias"]
    assert result["mean_absolute_deviation"] == deviation(Y, one)
    assert result["bias"] == exact_mean(P - Y, one)
    assert result.rows.seen == 300
    known = disteval.evaluate(Y, None, [MeanAbsoluteDeviation(center=0.0)])
    assert known.passes == 1
    assert known["mean_absolute_deviation(center=0.0)"] == exact_mean(abs(Y), one)


def test_a_second_pass_over_batches_needs_batches_that_can_be_read_again() -> None:
    batches = [(Y[:100], P[:100]), (Y[100:], P[100:])]
    result = disteval.evaluate(batches, None, [MeanAbsoluteDeviation()])
    assert (result["mean_absolute_deviation"], result.passes) == (deviation(Y, np.ones(300)), 2)
    message = r"mean_absolute_deviation may read the data 2 times, but got"
    with pytest.raises(ReplayError, match=message + " an iterator, which is read once"):
        disteval.evaluate(iter(batches), None, [MeanAbsoluteDeviation()])
    with pytest.raises(ReplayError, match=message + " a stream of batches"):
        disteval.Evaluator([MeanAbsoluteDeviation()])
