"""A plain function as a metric: what it gets, what it may return, and how often rows are read."""

# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False
# ruff: noqa: ANN001, ANN201, ANN202, ANN204, ARG001, ARG002, ARG005, PLW0108
# functions as users write them

from __future__ import annotations

import functools
import pickle
import warnings
from typing import Any

import numpy as np
import pytest

import disteval
from disteval import errors, metrics
from disteval import ops as K
from disteval.formula import Formula, TracedFormula, from_function, nodes, trace
from disteval.formula.views import of_columns, unweighted
from disteval.metrics.rows import Raw, SquaredError
from disteval.protocol import Batch, Column, Schema
from disteval.reductions import Count, ExactSum, MinMax, Moments, TotalWeight
from disteval.testing import MetricContract, ReductionLaws, random_batches
from tests import stand_in

RNG = np.random.default_rng(4)
N = 400
Y = RNG.normal(size=N)
P = Y + 0.3 * RNG.normal(size=N)
W = RNG.random(N)
FLOAT = Column(np.dtype(float))
SCHEMA = Schema((("y_true", FLOAT), ("y_pred", FLOAT)))
WEIGHTED = Schema((*SCHEMA.columns, ("sample_weight", FLOAT)))


def value(function: Any, y_true: Any, y_pred: Any, **options: Any) -> Any:
    asked = [Formula(function, name="f")]
    (found,) = disteval.evaluate(y_true, y_pred, asked, **options).values()
    return found


def needs(function: Any, schema: Schema = SCHEMA) -> set[Any]:
    return set(Formula(function).resolve(schema).needs)


def mse(y_true, y_pred):
    return np.mean((y_pred - y_true) ** 2)


def r2(y_true, y_pred):
    return 1 - np.sum((y_true - y_pred) ** 2) / np.sum((y_true - y_true.mean()) ** 2)


# --- reductions are shared ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "function",
    [
        mse,
        lambda y, p: np.mean(np.square(y - p)),
        lambda y, p: ((p - y) * (p - y)).mean(),
        lambda y, p: K.mean(K.square(p - y), axis=-1),
        lambda y, p: (y - p) ** 2,
        lambda y, p: K.square(p - y),
        lambda y, p: np.average(np.power(y - p, 2.0)),
        lambda y, p: np.mean((np.squeeze(y) - np.ravel(p)) ** 2),
        lambda y, p: np.mean((y.reshape(-1) - p.flatten()) ** 2),
    ],
)
def test_the_mean_squared_error_by_hand_is_the_built_in_one(function: Any) -> None:
    assert needs(function) == {ExactSum(SquaredError()), TotalWeight()}
    for y, p in ((Y, P), (Y[:, None], P[:, None])):
        result = disteval.evaluate(y, p, [Formula(function, name="mine"), "mse"])
        assert result["mine"] == result["mse"]
        assert len(result.states) == 2


def test_what_is_found() -> None:
    assert needs(lambda y, p: np.sum(p)) == {ExactSum(Raw("y_pred"))}
    assert needs(lambda y, p: np.max(p)) == {MinMax(Raw("y_pred"))}
    pair = Moments(Raw("y_true"), Raw("y_pred"))
    for function in (lambda y, p: np.var(y), lambda y, p: p.std(), lambda y, p: np.cov(y, p)):
        assert needs(function) == {pair, TotalWeight()}
    (count,) = needs(lambda y, p: np.sum(y > p))
    assert isinstance(count, Count)
    assert not count.weighted
    both = (lambda y, p: np.sum(y * p), lambda y, p: np.dot(p, y))
    assert needs(both[0]) == needs(both[1])
    explained = disteval.explain(Y, P, [Formula(lambda y, p: np.mean(np.abs(y - p) ** 3))])
    assert "ExactSum(of=whole_power(absolute((y_true - y_pred)), 3), columns=1)" in explained


def test_a_column_that_is_not_used_is_not_reduced() -> None:
    result = disteval.evaluate(Y, P, [Formula(lambda y, p: np.mean(p))])
    assert [type(reduction).__name__ for reduction, _ in result.states] == [
        "ExactSum",
        "TotalWeight",
    ]


# --- axes ---------------------------------------------------------------------------------------


def tutorial_rmse(y_true, y_pred):
    return K.sqrt(K.mean(K.square(y_pred - y_true), axis=-1))


def test_the_last_axis_of_one_column_is_inside_the_row() -> None:
    message = (
        r"tutorial_rmse: axis=-1 of rows \(N, 1\) is inside the row, .* np.sqrt is then taken row "
        r"by row: .* the mean absolute error. For the formula over the dataset leave axis=-1 out"
    )
    with pytest.warns(errors.DistevalWarning, match=message):
        result = disteval.evaluate(Y[:, None], P[:, None], [Formula(tutorial_rmse), "mae"])
    assert result["tutorial_rmse"] == result["mae"]
    flat = disteval.evaluate(Y, P, [Formula(tutorial_rmse), "rmse"])
    assert flat["tutorial_rmse"] == pytest.approx(flat["rmse"], rel=1e-15)
    assert value(tutorial_rmse, np.c_[Y, P], np.c_[P, Y]) == pytest.approx(np.abs(Y - P).mean())


@pytest.mark.parametrize(
    "function",
    [
        lambda y, p: K.mean(K.square(p - y), axis=-1),
        lambda y, p: 100.0 * K.mean(K.abs((y - p) / y), axis=-1),
        lambda y, p: np.sqrt(np.mean((y - p) ** 2)),
        lambda y, p: -K.sum(y * p, axis=-1) / 2.0,
    ],
)
def test_no_warning_where_it_makes_no_difference(function: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value(function, Y[:, None], P[:, None])


# --- what may be returned -----------------------------------------------------------------------


def false_rates(y_true, y_pred):
    positive = K.cast(y_pred > 0.5, "float32")
    return {
        "false_neg": K.mean(y_true * (1 - positive)),
        "false_pos": K.mean((1 - y_true) * positive),
    }


def test_a_dict_is_several_values() -> None:
    y = (Y > 0).astype(float)
    resolved = Formula(false_rates).resolve(SCHEMA)
    assert isinstance(resolved, TracedFormula)
    assert resolved.keys == ("false_neg", "false_pos")
    result = disteval.evaluate(y, P, ["mse", false_rates, lambda y, p: np.mean(p)])
    assert list(result) == ["mean_squared_error", "false_neg", "false_pos", "<lambda>"]
    assert result["false_neg"] == np.mean(y * (P <= 0.5))
    assert result["false_pos"] == np.mean((1 - y) * (P > 0.5))
    with pytest.raises(errors.ArgumentError, match="got 'false_neg' from other and from false_ra"):
        disteval.evaluate(y, P, [("other", lambda y, p: {"false_neg": np.mean(y)}), false_rates])


def test_values_per_row_are_averaged_over_all_axes() -> None:
    y, p = RNG.normal(size=(N, 3)), RNG.normal(size=(N, 3))
    assert value(lambda y, p: (y - p) ** 2, y, p) == pytest.approx(np.mean((y - p) ** 2))
    by_hand = disteval.evaluate(y, p, [Formula(lambda y, p: (y - p) ** 2, name="f"), "mse"])
    assert by_hand["f"] == by_hand["mse"]
    weighted = value(lambda y, p: np.abs(y - p), y, p, sample_weight=W)
    assert weighted == pytest.approx(np.average(np.abs(y - p).mean(axis=1), weights=W))
    assert value(lambda y, p: y > p, y, p) == np.mean(y > p)


def test_kinds_of_values() -> None:
    assert value(lambda y, p: np.sum(y > 0), Y, P) == int(np.sum(Y > 0))
    assert type(value(lambda y, p: np.sum(y > 0), Y, P)) is int
    assert type(value(lambda y, p: np.mean(y), Y, P)) is float
    assert value(lambda y, p: np.any(y > 10), Y, P) == 0
    array = value(lambda y, p: np.array([np.mean(y), np.max(p)]), Y, P)
    assert array.dtype == np.float64
    big = np.full(3, 2**60)
    assert value(lambda y, p: np.sum(y), big, big) == 3 * 2**60
    assert value(lambda y, p: np.mean(y == "cat"), np.array(["cat", "dog"]), [1, 2]) == 0.5


def test_nan_says_so() -> None:
    with pytest.warns(errors.UndefinedMetricWarning, match="f: the function returned NaN"):
        found = value(lambda y, p: np.corrcoef(y, p)[0, 1], np.ones(5), Y[:5])
    assert np.isnan(found)
    with pytest.warns(errors.UndefinedMetricWarning, match="total weight is zero"):
        found = value(lambda y, p: np.abs(y - p), Y, P, sample_weight=np.zeros(N))
    assert found == 0.0
    with np.errstate(all="ignore"), pytest.warns(errors.UndefinedMetricWarning, match="NaN"):
        assert np.isnan(value(lambda y, p: np.mean(y[y > 99]), Y, P))


# --- passes -------------------------------------------------------------------------------------


def early(y_true, y_pred):
    if np.sum(y_true > 0) == 0:
        return 0.0
    if np.mean(y_pred) > 99:
        return np.mean(y_pred**2)
    total = 0.0
    for bound in (0.0, 0.5):
        chosen = y_pred > bound
        if chosen.any():
            total += y_true[chosen].mean()
    return total


def summed_in_place(y_true, y_pred):
    total, largest = 0, np.zeros(2)
    for low in (-1.0, -0.5, 0.0, 0.5):
        held = np.logical_and(y_pred > low, y_pred <= low + 0.5)
        share = held.mean()
        if share.item() > 0:
            total += abs(y_pred[held].mean() - y_true[held].mean()) * share
            total *= 1.5
    largest += np.array([np.max(y_true), np.max(y_pred)])
    return total - largest[0] * largest[1]


def three(y_true, y_pred):
    low = float(np.min(y_true))
    spread = float(np.mean(y_true - low))
    return np.mean((y_true - low) / spread > 1)


@pytest.mark.parametrize(
    ("function", "passes"),
    [
        (mse, 1),
        (early, 1),
        (summed_in_place, 1),
        (lambda y, p: np.mean(y) if len(y) > 100 else np.max(y), 1),
        (lambda y, p: float(np.mean(y)) / max(float(np.std(p)), 1e-9), 1),
        (lambda y, p: f"{np.mean(y):.2f}" and np.mean(y), 1),
        (r2, 2),
        (lambda y, p: np.mean((y - float(y.mean())) ** 2), 2),
        (lambda y, p: np.mean(np.abs(y - y.mean()) > np.std(y)), 2),
        (three, 3),
        (lambda y, p: np.std((y - y.mean()) / y.std() * p), 2),
    ],
)
def test_passes(function: Any, passes: int) -> None:
    result = disteval.evaluate(Y, P, [Formula(function, name="f")])
    assert result.passes == passes
    assert result["f"] == pytest.approx(float(function(Y.copy(), P.copy())), rel=1e-13)
    resolved = Formula(function).resolve(SCHEMA)
    assert resolved.passes == min(passes, 2) or resolved.passes == passes


def test_what_would_take_one_pass_is_told() -> None:
    resolved = Formula(r2).resolve(SCHEMA)
    assert isinstance(resolved, TracedFormula)
    assert resolved.instead == (
        "the mean of y_true is needed before the rest; np.var, std, cov, corrcoef and average "
        "need one pass"
    )
    plain = Formula(mse).resolve(SCHEMA)
    assert isinstance(plain, TracedFormula)
    assert plain.instead == ""


def test_two_passes_are_refused_where_rows_come_once() -> None:
    batches = [(Y[:100], P[:100]), (Y[100:], P[100:])]
    with pytest.raises(errors.ReplayError, match="r2 may read the data 2 times"):
        disteval.evaluate(iter(batches), None, [Formula(r2)])
    again = disteval.evaluate(iter(batches), None, [Formula(mse), "mse"])
    assert again["mse"] == again.values_["mse"]
    with pytest.raises(errors.ArgumentError, match="which by= cannot slice"):
        disteval.evaluate(Y, P, [Formula(r2)], by=P > 0)


def test_no_number_of_a_trial_run_reaches_a_result() -> None:
    seen = []

    def spying(y_true, y_pred):
        mean = float(np.mean(y_true))
        seen.append(mean)
        return mean

    assert value(spying, Y, P) == pytest.approx(Y.mean(), rel=1e-14)
    assert seen[-1] == value(lambda y, p: np.mean(y), Y, P)


# --- weights ------------------------------------------------------------------------------------


def test_sample_weight_is_none_where_there_are_no_weights() -> None:
    def required(y_true, y_pred, sample_weight):
        assert sample_weight is None
        return np.mean(y_true)

    def optional(y_true, y_pred, sample_weight=None):
        assert sample_weight is None
        return np.mean(y_true)

    def keyword(y_true, y_pred, *, sample_weight=None):
        return np.average(y_true, weights=sample_weight)

    expected = value(lambda y, p: np.mean(y), Y, P)
    assert value(required, Y, P) == value(optional, Y, P) == value(keyword, Y, P) == expected
    mean = disteval.evaluate(Y, None, ["mean"], sample_weight=W)["mean"]
    assert value(keyword, Y, P, sample_weight=W) == mean


def test_a_function_with_weights_decides_what_they_do() -> None:
    def both(y_true, y_pred, sample_weight):
        w = sample_weight
        return np.array([
            np.mean(y_true), np.sum(w), np.sum(w * y_true), np.sum(w * (y_true > 0)), len(w),
            np.var(y_true), np.cov(y_true, y_pred, aweights=w, ddof=0)[0, 1], np.max(w),
            np.sum(w**2), np.average(y_true, weights=w), np.sum(y_true > 0), np.mean(w * w),
        ])  # fmt: skip

    found = disteval.evaluate(Y, P, [Formula(both)], sample_weight=W)["both"]
    assert found == pytest.approx(both(Y, P, W), rel=1e-13)
    shared = needs(lambda y, p, sample_weight: np.sum(sample_weight * (y - p) ** 2), WEIGHTED)
    assert shared == {ExactSum(SquaredError())}
    wide = np.c_[Y, P]
    by_output = value(
        lambda y, p, sample_weight: np.average(y, axis=0, weights=sample_weight), wide, wide,
        sample_weight=W,
    )  # fmt: skip
    assert by_output == pytest.approx(np.average(wide, axis=0, weights=W), rel=1e-14)
    shared = needs(lambda y, p, sample_weight: np.sum(sample_weight), WEIGHTED)
    assert shared == {TotalWeight()}


# --- parameters ---------------------------------------------------------------------------------


def test_further_parameters_are_columns() -> None:
    def regret(y_true, y_pred, price, quantity=2.0):
        return np.sum(price * np.abs(y_true - y_pred)) * quantity

    assert Formula(regret).reads == ("price",)
    assert Formula(mse).reads == ()
    schema = Schema((*SCHEMA.columns, ("price", FLOAT)))
    resolved = Formula(regret).resolve(schema)
    assert len(resolved.needs) == 1
    data = {"y": Y, "p": P, "price": W}
    result = disteval.evaluate("y", "p", [regret], data=data)
    assert result["regret"] == pytest.approx(regret(Y, P, W), rel=1e-14)


def test_names() -> None:
    class Callable:
        def __call__(self, y_true, y_pred):
            return np.mean(y_true)

    assert from_function(mse).name == "mse"
    assert from_function(functools.partial(mse)).name == "mse"
    assert from_function(lambda y, p: y).name == "<lambda>"
    assert from_function(Callable()).name == "Callable"
    assert from_function(mse).renamed("mine").name == "mine"
    assert from_function(mse) == from_function(mse)
    assert from_function(mse) != from_function(r2)
    assert from_function(functools.partial(mse, y_pred=1)) == Formula(
        functools.partial(mse, y_pred=1)
    )
    with pytest.raises(errors.ArgumentError, match="expected a function, got 3"):
        from_function(3)
    with pytest.raises(errors.ArgumentError, match="different names, got '<lambda>'"):
        disteval.evaluate(Y, P, [Formula(lambda y, p: y), Formula(lambda y, p: p)])


def test_ufuncs_and_single_columns() -> None:
    assert value(np.subtract, Y, P) == value(lambda y, p: y - p, Y, P)
    assert value(lambda y_pred: np.mean(y_pred), Y, P) == value(lambda y, p: np.mean(p), Y, P)
    assert value(lambda y_true: np.mean(y_true), Y, None) == value(lambda y: np.mean(y), Y, None)
    with pytest.raises(errors.UnknownNameError, match="y_true alone"):
        value(mse, Y, None)


# --- metrics inside -----------------------------------------------------------------------------


def test_whole_metrics_inside_a_function() -> None:
    scores = RNG.random((N, 5))
    truth = np.eye(5)[RNG.integers(0, 5, N)]
    expected = disteval.evaluate(truth, scores, ["top_k_categorical_accuracy(k=3)"])
    ways = [
        lambda t, p: metrics.top_k_categorical_accuracy(t, p, k=3),
        functools.partial(metrics.top_k_categorical_accuracy, k=3),
    ]
    for function in ways:
        assert value(function, truth, scores) == next(iter(expected.values()))
    result = disteval.evaluate(Y, P, [Formula(lambda t, p: metrics.mse(t, p), name="f"), "mse"],
                               sample_weight=W)  # fmt: skip
    assert result["f"] == result["mse"]
    assert len(result.states) == 2


def test_groups_and_weights() -> None:
    def many(y_true, y_pred, sample_weight):
        w, held = sample_weight, y_true > 0
        return np.array([
            np.mean(y_pred), np.max(y_true - y_pred), np.sum(held), np.sum(w * held), len(w),
            np.var(y_true), np.average(y_pred[held], weights=w[held]), np.std(y_pred[held]),
            np.cov(y_true, y_pred, aweights=w, ddof=0)[0, 1], np.min(y_pred[held]),
            metrics.mse(y_true, y_pred), metrics.mae(np.exp(y_true), y_pred, sample_weight=w),
        ])  # fmt: skip

    groups = RNG.integers(0, 4, N)
    whole = disteval.evaluate(Y, P, [many], sample_weight=W, by=groups)
    for label, result in whole.slices.items():
        rows = groups == label
        alone = disteval.evaluate(Y[rows], P[rows], [many], sample_weight=W[rows])
        assert result["many"].tobytes() == alone["many"].tobytes()
        y, p, w = Y[rows], P[rows], W[rows]
        assert alone["many"][:3] == pytest.approx([p.mean(), (y - p).max(), (y > 0).sum()])
        assert alone["many"][6] == pytest.approx(np.average(p[y > 0], weights=w[y > 0]))


def test_metrics_of_other_rows_than_the_columns() -> None:
    def mixed(t, p):
        above = t > 0
        return 2 * metrics.mae(np.exp(t), np.exp(p)) + metrics.mse(t[above], p[above])

    held = Y > 0
    expected = 2 * np.mean(abs(np.exp(Y) - np.exp(P))) + np.mean((Y - P)[held] ** 2)
    assert value(mixed, Y, P) == pytest.approx(expected, rel=1e-14)
    weighted = 2 * np.average(abs(np.exp(Y) - np.exp(P)), weights=W)
    weighted += np.average((Y - P)[held] ** 2, weights=W[held])
    assert value(mixed, Y, P, sample_weight=W) == pytest.approx(weighted, rel=1e-13)
    groups = RNG.integers(0, 3, N)
    slices = disteval.evaluate(Y, P, [Formula(mixed)], by=groups).slices
    for label, result in slices.items():
        alone = disteval.evaluate(Y[groups == label], P[groups == label], [Formula(mixed)])
        assert dict(result) == dict(alone)

    def passing(t, p, sample_weight):
        return metrics.mse(t, p) - metrics.mse(t, p, sample_weight=sample_weight)

    expected = np.mean((Y - P) ** 2) - np.average((Y - P) ** 2, weights=W)
    assert value(passing, Y, P, sample_weight=W) == pytest.approx(expected, rel=1e-12)
    with pytest.raises(errors.ArgumentError, match="got single elements of them"):
        value(lambda t, p: metrics.mse(t.ravel(), p.ravel()), np.c_[Y, Y], np.c_[P, P])
    with pytest.raises(errors.ArgumentError, match="expected rows as y_pred, got float"):
        value(lambda t, p: metrics.mse(t, 0.5), Y, P)


# --- elsewhere ----------------------------------------------------------------------------------


class TestFormula(MetricContract):
    metric = Formula(mse)
    y_true, y_pred = Y, P
    expected = disteval.evaluate(Y, P, ["mse"])["mse"]

    def test_the_repr_makes_an_equal_metric(self) -> None:
        """No string makes a function: the repr is its name."""
        assert repr(self.metric) == "mse"

    def test_resolving_takes_a_schema_alone(self) -> None:
        """A pickle leaves the function behind, which no worker needs."""
        resolved = self.metric.resolve(SCHEMA)
        assert resolved == self.metric.resolve(SCHEMA)
        assert pickle.loads(pickle.dumps(resolved)).needs == resolved.needs


def numbers(rng: np.random.Generator, rows: int) -> Any:
    return rng.normal(size=rows)


def weights(rng: np.random.Generator, rows: int) -> Any:
    return rng.random(rows)


class ViewLaws(ReductionLaws):
    def batches(self) -> Any:
        columns = {"y_true": numbers, "y_pred": numbers, "sample_weight": weights, "z": numbers}
        return random_batches(np.random.default_rng(0), columns)


class TestUnweighted(ViewLaws):
    reduction = unweighted(ExactSum(Raw("y_true")))


class TestOfColumns(ViewLaws):
    reduction = of_columns(
        ExactSum(SquaredError()),
        (("y_true", Raw("y_pred")), ("y_pred", Raw("z"))),
        nodes.node(
            "greater",
            (nodes.column("y_true", (), "float64"), nodes.constant(0.0)),
            None,
            (),
            "bool",
        ),
    )


@pytest.mark.parametrize("scheduler", ["sync", "threads", "processes"])
def test_closures_go_to_other_processes(scheduler: str) -> None:
    power = 3.0
    formula = Formula(lambda y, p: np.mean(np.abs(y - p) ** power), name="f")
    result = disteval.evaluate(Y, P, [formula, Formula(r2)], scheduler=scheduler)
    assert result["f"] == pytest.approx(np.mean(np.abs(Y - P) ** 3), rel=1e-14)
    assert result.digest == disteval.evaluate(Y, P, [formula, Formula(r2)]).digest


def test_pickles_are_plain_and_small() -> None:
    resolved = Formula(lambda y, p: np.mean(np.log1p(np.abs(y)) * p)).resolve(SCHEMA)
    sent = pickle.loads(pickle.dumps(resolved))
    assert sent.needs == resolved.needs
    assert sent.needs[0].of is resolved.needs[0].of  # type: ignore[attr-defined]
    assert sent.name == "<lambda>"
    with pytest.raises(errors.ArgumentError, match="was pickled without its function"):
        sent.compute()

    def twice(y_true, y_pred):
        x = y_true
        for _ in range(200):
            x = x + 0.1 * x
        return np.mean(x)

    (deep, _) = Formula(twice).resolve(SCHEMA).needs
    assert len(pickle.dumps(deep)) < 20_000
    assert len(repr(deep)) < 1_000
    assert value(twice, Y, P) == pytest.approx(np.mean(Y) * 1.1**200, rel=1e-12)


def test_deep_and_shared_expressions() -> None:
    def deep(y_true, y_pred):
        total, x = 0.0, y_true
        for i in range(300):
            x = x + np.maximum(0.0, y_pred - i / 100)
            total = total + np.mean(x)
        return total

    assert value(deep, Y, P) == pytest.approx(deep(Y, P), rel=1e-12)
    assert value(deep, Y, P, scheduler="processes") == value(deep, Y, P)


def test_the_device_gives_the_same_bytes() -> None:
    def many(y_true, y_pred):
        held = y_pred > 0
        return {
            "a": np.mean(np.log1p(np.abs(y_true)) * np.exp(-y_pred)),
            "b": np.sum(np.rint(y_true)) + np.sum(y_true // 0.3) + np.max(np.cosh(y_pred)),
            "c": np.var(y_true[held]) + np.mean(np.where(held, y_true, y_pred)),
            "d": np.mean(K.sigmoid(y_true).astype("float32")) + np.mean(np.sin(y_pred)),
        }

    on_host = disteval.evaluate(Y, P, [Formula(many)])
    on_device = disteval.evaluate(stand_in.asarray(Y), stand_in.asarray(P), [Formula(many)])
    assert on_device.digest == on_host.digest


def test_streams_and_metrics_alone() -> None:
    metric = Formula(mse)
    for rows in np.array_split(np.arange(N), 7):
        metric.update_state(Y[rows], P[rows])
    assert metric.result() == disteval.evaluate(Y, P, ["mse"])["mse"]
    other = Formula(mse)
    other.update_state(Y, P)
    metric.merge_state(other)
    assert metric.result() == disteval.evaluate(np.r_[Y, Y], np.r_[P, P], ["mse"])["mse"]


def test_rows_are_read_wherever_they_come_from() -> None:
    integers = RNG.integers(-5, 5, N).astype(np.int8)
    halves = P.astype(np.float32)
    expected = np.mean((integers - halves.astype(float)) ** 2)
    assert value(mse, integers, halves) == pytest.approx(expected, rel=1e-14)
    small = np.array([3, 250], np.uint8), np.array([5, 5], np.uint8)
    assert value(lambda y, p: np.mean(y - p), *small) == 121.5  # widened: nothing wraps


def test_nan_follows_the_policy() -> None:
    y = Y.copy()
    y[7] = np.nan
    with pytest.raises(errors.MissingValueError, match="1 in y_true"):
        value(mse, y, P)
    with pytest.raises(errors.MissingValueError, match="1 in y_true"):
        value(lambda y, p: np.sum(np.where(y > 0, y, 0.0)), y, P)
    assert np.isnan(value(mse, y, P, nan_policy="propagate"))
    kept = np.arange(N) != 7
    assert value(mse, y, P, nan_policy="omit") == value(mse, Y[kept], P[kept])


# --- the tracer as a library --------------------------------------------------------------------


def test_trace() -> None:
    found = trace(lambda rows: mse(rows["y_true"], rows["y_pred"]), dict(SCHEMA.columns))
    assert found.passes == 1
    (request,) = found.requests
    assert set(request.needs) == {ExactSum(SquaredError()), TotalWeight()}
    assert repr(found.results[0]) == "<a value of the dataset, not known yet>"
    (state, weight) = (
        need.seal(need.update(need.empty(), Batch({"y_true": Y, "y_pred": P})))
        for need in request.needs
    )
    assert request.answer(state, weight) == disteval.evaluate(Y, P, ["mse"])["mse"]


def test_what_bits_are_not_promised_is_known() -> None:
    resolved = Formula(lambda y, p: np.mean(np.sin(y) + np.exp(p))).resolve(SCHEMA)
    assert isinstance(resolved, TracedFormula)
    assert resolved.unpromised == ("sin",)
    plain = Formula(mse).resolve(SCHEMA)
    assert isinstance(plain, TracedFormula)
    assert plain.unpromised == ()


def test_expressions_are_interned() -> None:
    a, b = (nodes.column("y_true", (), "float64") for _ in range(2))
    assert a is b
    constants = [nodes.constant(v) for v in (1, 1.0, True, 0.0, -0.0, "1")]
    assert len(set(constants)) == len(constants)
    assert nodes.constant(float("nan")) is nodes.constant(float("nan"))
    total = nodes.node("add", (a, nodes.constant(1.5)), None, (), "float64")
    assert pickle.loads(pickle.dumps(total)) is total
    assert repr(total) == "(y_true + 1.5)"
    assert total.columns == {"y_true"}
