"""Metrics as functions, names of every kind, clones, and functions of the user's own by name."""

from __future__ import annotations

import copy
import functools
import inspect
import pickle
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import pytest
from sklearn import metrics as sk

import disteval
from disteval import metrics
from disteval.errors import ArgumentError, DistevalError, UndefinedMetricWarning, UnknownNameError
from disteval.metrics.absent import ABSENT, YET
from disteval.metrics.aggregation.means import Mean
from disteval.metrics.asking import as_metric
from disteval.metrics.functions import MetricFunction, function
from disteval.metrics.names import PREFIXES, find
from disteval.metrics.negated import Negated
from disteval.metrics.table import TABLE
from disteval.protocol import Metric

Y = np.array([1.0, 2.0, 3.0, 4.0])
P = np.array([1.0, 4.0, 3.0, 3.0])
W = np.array([1.0, 0.5, 2.0, 1.0])
MSE = 1.25

NAMES = [n for e in TABLE for n in (e.name, *e.aliases) if n.isidentifier()]


# --- functions --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_an_attribute(name: str) -> None:
    found, entry = getattr(metrics, name), find(name)
    assert name in dir(metrics)
    if isinstance(found, type):
        assert found is entry.make
        return
    assert isinstance(found, MetricFunction)
    assert found is getattr(metrics, entry.name, found) or isinstance(
        getattr(metrics, entry.name), type
    )
    assert found.__doc__ == entry.make.__doc__
    assert found.__name__.isidentifier()
    assert list(inspect.signature(found).parameters)[:2] == ["y_true", "y_pred"]
    assert getattr(metrics, f"metric_{name}") is found
    assert pickle.loads(pickle.dumps(found)) is found
    assert copy.deepcopy(found) is found


def test_a_function_returns_the_value_of_the_dataset() -> None:
    assert metrics.mse is metrics.MSE is metrics.mean_squared_error is metrics.metric_mse
    assert metrics.mse(Y, P) == metrics.metric_mean_squared_error(Y, P) == MSE
    assert metrics.mse(Y, P, sample_weight=W) == sk.mean_squared_error(Y, P, sample_weight=W)
    assert metrics.mean([1.0, 2.0]) == 1.5
    assert metrics.mse(da.from_array(Y, 2), da.from_array(P, 2)) == MSE


def test_paths_are_data(tmp_path: Path) -> None:
    np.save(tmp_path / "y.npy", Y)
    np.save(tmp_path / "p.npy", P)
    assert metrics.mse(tmp_path / "y.npy", tmp_path / "p.npy") == MSE


def test_parameters_by_place_and_by_name() -> None:
    y, p = [1, 1, 0, 0], [0.98, 0.7, 0.0, 0.6]
    assert metrics.binary_accuracy(y, p) == 0.75
    assert metrics.binary_accuracy(y, p, 0.65) == metrics.binary_accuracy(y, p, threshold=0.65) == 1
    assert str(inspect.signature(metrics.binary_accuracy)) == (
        "(y_true, y_pred, threshold=0.5, *, sample_weight=None)"
    )
    assert str(inspect.signature(metrics.mean)) == (
        "(y_true, y_pred=None, column='y_true', *, sample_weight=None)"
    )
    assert repr(metrics.BCE).startswith("<disteval.metrics.binary_crossentropy(y_true, y_pred, fr")


def test_wrong_calls() -> None:
    y, p = [1, 0], [0.9, 0.2]
    with pytest.raises(ArgumentError, match=r"at most 1 parameters: threshold; got 2 after y_pred"):
        metrics.binary_accuracy(y, p, 0.5, 0.6)
    with pytest.raises(ArgumentError, match="binary_accuracy: expected threshold once, got it by"):
        metrics.binary_accuracy(y, p, 0.5, threshold=0.6)
    with pytest.raises(ArgumentError, match=r"unexpected keyword argument 'treshold'.*'threshold'"):
        metrics.binary_accuracy(y, p, treshold=0.6)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = metrics.nothing
    with pytest.raises(AttributeError, match="has no attribute 'metric_nothing'"):
        _ = metrics.metric_nothing
    with pytest.warns(UndefinedMetricWarning, match="the total weight is zero"):
        assert metrics.mse(Y, P, sample_weight=[0, 0, 0, 0]) == 0.0


def test_a_function_in_a_list_is_its_metric() -> None:
    top = functools.partial(metrics.binary_accuracy, threshold=0.65)
    asked = [metrics.mse, metrics.MAE, ("loose", top)]
    assert metrics.as_metrics(asked) == [
        metrics.MeanSquaredError(),
        metrics.MeanAbsoluteError(),
        metrics.BinaryAccuracy(threshold=0.65, name="loose"),
    ]
    assert metrics.as_metrics({"a": top, "b": "mse"})[0].name == "a"
    assert metrics.as_metrics(metrics.mse) == metrics.as_metrics("mse")
    assert metrics.as_metrics(functools.partial(metrics.BinaryAccuracy, threshold=0.1)) == [
        metrics.BinaryAccuracy(threshold=0.1)
    ]
    result = disteval.evaluate(Y, P, [metrics.mse, metrics.mae])
    assert dict(result) == {"mean_squared_error": MSE, "mean_absolute_error": 0.75}
    for wrong in (
        functools.partial(metrics.mse, Y),
        functools.partial(metrics.mse, sample_weight=W),
    ):
        with pytest.raises(ArgumentError, match="parameters of mean_squared_error by name in a pa"):
            metrics.as_metrics([wrong])


class Rows:
    """Symbolic rows, as a formula has them."""

    def __disteval_metric__(self, metric: Metric, *columns: Any) -> tuple[Any, ...]:
        return (metric, *columns)


def test_symbolic_rows_take_the_metric() -> None:
    rows = Rows()
    metric = metrics.BinaryAccuracy(threshold=0.4)
    assert metrics.binary_accuracy(rows, P, threshold=0.4) == (metric, rows, P, None)
    assert metrics.binary_accuracy(Y, rows, 0.4) == (metric, Y, rows, None)
    assert metrics.binary_accuracy(Y, P, 0.4, sample_weight=rows) == (metric, Y, P, rows)


# --- functions of the user's own ---------------------------------------------------------------


def mean_pred(y_true: Any, y_pred: Any) -> Any:  # noqa: ARG001
    """Mean of the predictions."""
    return y_pred.mean()


class Plain(Mean):
    """What the formula of a plain function would be."""


def planned(function: Any) -> Metric:
    return Plain(name=getattr(function, "__name__", "partial"))


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        (mean_pred, ["mean_pred"]),
        ([mean_pred, "mse"], ["mean_pred", "mean_squared_error"]),
        ([("mine", mean_pred)], ["mine"]),
        (("mine", mean_pred), ["mine"]),
        (("mse", mean_pred), ["mean_squared_error", "mean_pred"]),  # two metrics
        (("mean(column='y_pred')", mean_pred), ["mean(column='y_pred')", "mean_pred"]),
        (("mse", "mae"), ["mean_squared_error", "mean_absolute_error"]),
        ({"a": mean_pred, "b": "mse"}, ["a", "b"]),
        ([metrics.custom_metric("mine", mean_pred), mean_pred], ["mine", "mean_pred"]),
        (metrics.custom_metric("mine", mean_pred), ["mine"]),
        ([functools.partial(mean_pred)], ["partial"]),
        ([lambda _, p: p], ["<lambda>"]),
    ],
)  # fmt: skip
def test_plain_functions(asked: Any, names: list[str]) -> None:
    found = metrics.as_metrics(asked, function=planned)
    assert [metric.name for metric in found] == names


def test_a_custom_metric_is_the_function_under_a_name() -> None:
    named = metrics.custom_metric("mine", mean_pred)
    assert (named.__name__, named.__doc__) == ("mine", "Mean of the predictions.")
    assert named(Y, P) == 2.75
    assert pickle.loads(pickle.dumps(named)).function is mean_pred
    assert metrics.as_metrics([metrics.custom_metric("mine", metrics.mse)])[0].name == "mine"
    for wrong in ((mean_pred, "mine"), ("mine", 3), ("mine", "mse")):
        with pytest.raises(ArgumentError, match=r"expected custom_metric\(name, function\), got"):
            metrics.custom_metric(*wrong)


def test_what_is_no_metric() -> None:
    with pytest.raises(ArgumentError, match=r'the function mean_pred of .*"Adding a metric"'):
        as_metric(mean_pred)
    for wrong in (3, object(), int):
        with pytest.raises(ArgumentError, match="expected a metric name, a Metric or a"):
            as_metric(wrong, planned)
    with pytest.raises(
        ArgumentError, match=r"MeanMetricWrapper: .*'fn'; give an instance, MeanMet"
    ):
        as_metric(metrics.MeanMetricWrapper)


# --- names ------------------------------------------------------------------------------------


def test_prefixes() -> None:
    for prefix in PREFIXES:
        assert find(f"{prefix}:mse") is find("mse")
        assert metrics.aliases()[f"{prefix}:mse"] == "mean_squared_error"
    assert find("sklearn:r2").name == "sklearn:r2_score"
    assert find("metric_mean_squared_error") is find("metric_MSE") is find("mse")
    assert find("keras:R2Score").name == "r2_score"
    with pytest.raises(UnknownNameError, match="no metric 'torch:mse'"):
        find("torch:mse")


@pytest.mark.parametrize("entry", [entry for entry in TABLE if ":" in entry.name])
def test_a_prefixed_name_is_the_only_meaning_under_its_prefix(entry: Any) -> None:
    prefix, _, name = entry.name.partition(":")
    assert prefix in PREFIXES
    assert find(entry.name) is entry
    assert metrics.aliases().get(entry.name, entry.name) == entry.name
    assert find(f"{prefix}:{name}") is entry


def test_classes_of_several_names_have_the_plainest() -> None:
    assert find("RootMeanSquaredError").name == "root_mean_squared_error"
    for entry in TABLE:
        plain = find(entry.class_name)
        assert plain.home == entry.home
        assert bool(plain.defaults) <= bool(entry.defaults)


def test_aliases_are_not_pickled() -> None:
    assert len(pickle.dumps(metrics.aliases())) < 100
    assert pickle.loads(pickle.dumps(metrics.aliases())) is metrics.aliases()


# --- names of scorers -------------------------------------------------------------------------

NEGATED = [name for name in sk.get_scorer_names() if name.startswith("neg_")]


@pytest.mark.parametrize("name", sk.get_scorer_names())
def test_every_scorer_of_scikit_learn_is_known(name: str) -> None:
    if ABSENT.get(name, "").startswith(YET):
        with pytest.raises(UnknownNameError, match=f"the metric '{name}' is not available yet; "):
            metrics.get(name)
        return
    metric = metrics.get(name)
    assert isinstance(metric, Negated) == name.startswith("neg_")
    assert metrics.get(metric.canonical_string()).renamed(str(metric.name)) == metric
    assert metrics.aliases().get(name, name) == metric.name
    assert metrics.get(f"sklearn:{name}").canonical_string()


def test_a_negated_metric() -> None:
    metric = metrics.get("neg_mean_squared_error")
    assert (metric.name, repr(metric)) == ("neg_mean_squared_error", "neg_mean_squared_error")
    assert metric(Y, P) == -MSE
    assert str(metric(Y, Y)) == "-0.625"  # the mean over both calls
    assert str(metrics.get("neg_mse")(Y, Y)) == "0.0"
    result = disteval.evaluate(Y, P, ["neg_mean_squared_error", "mse", "neg_mse(name='mine')"])
    assert dict(result) == {"neg_mean_squared_error": -MSE, "mean_squared_error": MSE, "mine": -MSE}
    assert result["neg_mse"] == -MSE
    assert len(result.states) == 2  # nothing is computed twice
    assert "value       neg_mean_squared_error = -1.25" in result.explain("neg_mse")
    with pytest.warns(
        UndefinedMetricWarning, match="neg_mean_squared_error: the total weight is z"
    ):
        disteval.evaluate(Y, P, "neg_mse", sample_weight=[0, 0, 0, 0])


def test_a_negated_metric_keeps_what_it_negates() -> None:
    matrix = disteval.evaluate([[1.0, 2.0]], [[1.0, 4.0]], "neg_mse(multioutput='raw_values')")
    assert matrix["neg_mse(multioutput='raw_values')"].tolist() == [0.0, -4.0]
    metric = metrics.get("neg_root_mean_squared_error")
    assert isinstance(metric, Negated)
    assert metric.metric == metrics.get("sklearn:root_mean_squared_error")
    assert metrics.get("neg_mse", name="mine").name == "mine"
    weights = [[1.0, 0.0]]
    found = disteval.evaluate([[1.0, 2.0]], [[1.0, 4.0]], "neg_mse", sample_weight=weights)
    assert found["neg_mse"] == 0.0
    d2 = metrics.get("d2_absolute_error_score")
    both = disteval.evaluate(Y, P, [d2, Negated(d2)])
    assert both["neg_d2_absolute_error_score"] == -both["d2_absolute_error_score"]


def test_what_has_no_sign_to_change() -> None:
    with pytest.raises(
        UnknownNameError, match="expected an error after 'neg_' in 'neg_r2_score': h"
    ):
        metrics.get("neg_r2_score")
    for name in ("neg_nothing", "neg_neg_mse", "keras:neg_mse", "f1_mean", "neg_"):
        with pytest.raises(DistevalError, match="there is no metric"):
            metrics.get(name)


def test_averages_in_names() -> None:
    macro: Any = metrics.get("f1_macro")
    assert (macro.name, macro.average) == ("f1_macro", "macro")
    assert metrics.get("f1_macro(zero_division=1)").name == "f1_macro(zero_division=1)"
    y, p = ["a", "b", "a", "c"], ["a", "a", "a", "c"]
    assert disteval.evaluate(y, p, ["f1_macro"])["f1_macro"] == sk.f1_score(y, p, average="macro")


def test_names_of_what_is_left_out_say_why() -> None:
    assert not ABSENT.keys() & set(NAMES), "these are here now"
    with pytest.raises(UnknownNameError, match="'ctc' is left out: its predictions are sequences"):
        metrics.get("ctc")
    with pytest.raises(UnknownNameError, match="'sklearn:rand_score' is not available yet; 'dist"):
        metrics.get("sklearn:rand_score")


# --- clones -----------------------------------------------------------------------------------


def test_clones() -> None:
    metric = metrics.BinaryAccuracy(threshold=0.3, name="mine")
    metric.update_state([1], [0.2])
    clone = metrics.clone_metric(metric)
    assert clone == metric
    assert clone is not metric
    clone.update_state([1], [0.9])
    assert (metric.result(), clone.result()) == (0.0, 1.0)
    for same in (mean_pred, metrics.mse, "mse", None):
        assert metrics.clone_metric(same) is same
    several = metrics.clone_metrics([metric, mean_pred, "mse"])
    assert several == [metric, mean_pred, "mse"]
    assert several[0] is not metric
    named = metrics.clone_metrics({"a": metric, "b": [metric]})
    assert named == {"a": metric, "b": [metric]}
    assert named["b"][0] is not metric
    assert metrics.clone_metrics((metric,)) == (metric,)


def test_function_of_a_name() -> None:
    assert function("sklearn:precision").__name__ == "precision_score"
    assert function("mse") is metrics.mse
