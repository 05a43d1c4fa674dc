"""Means of tensors, and of functions that are called on real rows."""

from __future__ import annotations

import functools
import pickle
from typing import Any

import dask.array as da
import numpy as np
import pytest
from sklearn import metrics as sk

import disteval
from disteval import metrics
from disteval.errors import (
    ArgumentError,
    ColumnTypeError,
    ShapeError,
    UndefinedMetricWarning,
    UnknownNameError,
)

RNG = np.random.default_rng(0)
Y, P = RNG.normal(size=(2, 300, 5))
W = RNG.random(300)


# --- tensors ----------------------------------------------------------------------------------


def test_alone_each_update_is_a_tensor() -> None:
    metric = metrics.MeanTensor()
    metric.update_state([0.0, 1.0, 2.0, 3.0])
    metric.update_state([4.0, 5.0, 6.0, 7.0])
    assert metric.result().tolist() == [2.0, 3.0, 4.0, 5.0]
    metric.reset_state()
    metric.update_state([0, 1, 2, 3], sample_weight=[1.0, 0.2, 1.0, 0.5])
    metric.update_state([4, 5, 6, 7], sample_weight=[1.0, 0.8, 1.0, 1.5])
    assert metric.result().tolist() == [2.0, 4.2, 4.0, 6.0]
    other = metrics.MeanTensor()
    other.update_state([0, 0, 0, 0], sample_weight=2.0)
    metric.merge_state([other])
    assert metric.result().tolist() == [1.0, 1.4, 2.0, 3.0]
    assert metrics.mean_tensor(Y).tolist() == pytest.approx(Y.mean(axis=0), rel=1e-14)


def test_rows_of_any_shape() -> None:
    rows = RNG.normal(size=(50, 2, 1, 3))
    result = disteval.evaluate(rows, metrics=["mean_tensor"])["mean_tensor"]
    assert result.shape == (2, 1, 3)
    np.testing.assert_allclose(result, rows.mean(axis=0), rtol=1e-12)  # NumPy's sums round
    whole = disteval.evaluate([1, 2**62, 2**62 + 1], metrics=["mean_tensor", "mean"])
    assert whole["mean_tensor"] == whole["mean"] == (2**63 + 2) / 3
    assert disteval.evaluate(Y, P, metrics.MeanTensor(column="y_pred"))[
        "mean_tensor(column='y_pred')"
    ].shape == (5,)


def test_tensors_that_are_not_finite() -> None:
    values = [[np.inf, np.inf, 1.0, -np.inf], [1.0, -np.inf, 2.0, 0.0]]
    found = disteval.evaluate(values, metrics=["mean_tensor"])["mean_tensor"]
    np.testing.assert_array_equal(found, [np.inf, np.nan, 1.5, -np.inf])
    ev = disteval.Evaluator(["mean_tensor"], nan_policy="propagate")
    ev.update_state(np.array([[np.nan, 1.0]]))
    assert np.isnan(ev.value()).all()  # type: ignore[arg-type]


def test_an_element_without_weight() -> None:
    weights = [[1.0, 0.0], [2.0, 0.0]]
    with pytest.warns(UndefinedMetricWarning, match="mean_tensor: the total weight is zero"):
        found = disteval.evaluate(
            [[1.0, 2.0], [4.0, 5.0]], metrics="mean_tensor", sample_weight=weights
        )
    assert found["mean_tensor"].tolist() == [3.0, 0.0]
    with pytest.warns(UndefinedMetricWarning, match="or there are no rows"):
        assert metrics.MeanTensor().result() == 0.0


def test_tensors_that_are_refused() -> None:
    with pytest.raises(
        ShapeError, match=r"rows of shape=\(4,\), got y_true of shape \(N, 5\); leav"
    ):
        disteval.evaluate(Y, metrics=metrics.MeanTensor(shape=(4,)))
    assert disteval.evaluate(Y, metrics=metrics.MeanTensor([5]))
    with pytest.raises(ColumnTypeError, match="expected numbers in y_true, got strings"):
        disteval.evaluate(["a", "b"], metrics="mean_tensor")
    with pytest.raises(ShapeError, match="expected one weight a row"):
        disteval.evaluate(Y, metrics="mean_tensor", sample_weight=np.ones((300, 4)))
    metric = metrics.MeanTensor()
    metric.update_state([1.0, 2.0])
    with pytest.raises(ShapeError, match="expected rows of shape"):
        metric.update_state([1.0, 2.0, 3.0])


# --- functions --------------------------------------------------------------------------------


def median_error(y_true: Any, y_pred: Any, scale: float = 1.0) -> Any:
    return np.median(abs(y_true - y_pred), axis=-1) * scale


def elementwise(y_true: Any, y_pred: Any) -> Any:
    return abs(y_true - y_pred)


def centred(y_true: Any, y_pred: Any) -> Any:
    return abs(y_true - y_pred - (y_true - y_pred).mean())[:, 0]


def total(y_true: Any, y_pred: Any) -> Any:
    return np.sqrt(np.mean((y_true - y_pred) ** 2))


def writes(y_true: Any, y_pred: Any) -> Any:
    y_true -= y_pred
    return y_true[:, 0]


def as_text(y_true: Any, y_pred: Any) -> Any:  # noqa: ARG001
    return y_true[:, 0].astype(str)


def test_a_function_that_cannot_be_taken_apart() -> None:
    metric = metrics.MeanMetricWrapper(median_error, scale=2.0)
    assert (metric.name, repr(metric)) == (
        "median_error",
        "mean_metric_wrapper(fn='median_error', scale=2.0)",
    )
    each = np.median(abs(Y - P), axis=1) * 2
    whole = disteval.evaluate(Y, P, [metric], sample_weight=W)
    # the reference's own sums round
    assert whole["median_error"] == pytest.approx(np.average(each, weights=W), rel=1e-14)
    y, p = da.from_array(Y, (7, -1)), da.from_array(P, (50, -1))
    lazy = disteval.evaluate(y, p, [metric], sample_weight=da.from_array(W, 33))
    assert (dict(lazy), lazy.digest) == (dict(whole), whole.digest)
    batches = [(Y[i : i + 1], P[i : i + 1], W[i : i + 1]) for i in RNG.permutation(300)]
    assert disteval.evaluate(batches, metrics=[metric]).digest == whole.digest


def test_values_of_elements_are_averaged_in_each_row() -> None:
    wrapped = metrics.MeanMetricWrapper(elementwise, "mine")
    found = disteval.evaluate(Y, P, [wrapped])
    assert list(found) == ["mine"]
    assert found["mine"] == pytest.approx(sk.mean_absolute_error(Y, P), rel=1e-14)  # rounded rows
    flat = disteval.evaluate(Y[:, 0], P[:, 0], [wrapped, "mae"])
    assert flat["mine"] == flat["mae"]
    hits = metrics.MeanMetricWrapper(lambda t, p: t > p, "above")
    assert disteval.evaluate(Y[:, :1], P[:, :1], [hits])["above"] == (Y > P)[:, 0].mean()


def test_rows_have_the_shape_that_was_given() -> None:
    seen = []

    def look(y_true: Any, y_pred: Any) -> Any:
        seen.append((y_true.shape[1:], y_pred.shape[1:], y_true.dtype))
        return y_pred[:, 0]

    disteval.evaluate(Y[:, 0].astype("f4"), P[:, :1], [metrics.MeanMetricWrapper(look)])
    assert set(seen) == {((), (1,), np.dtype("f8"))}


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (total, ShapeError, r"expected total to return one number for each of 300 rows, got flo"),
        (
            centred,
            ArgumentError,
            "expected centred to return for each row what depends on that row",
        ),
        (writes, ArgumentError, r"writes failed on rows as float64 arrays \(300, 5\).*read-only"),
        (as_text, ShapeError, r"to return one number for each of 300 rows, got <U32 of shape"),
        (
            lambda t: t,
            ArgumentError,
            "<lambda> failed on rows as float64 arrays .*positional argum",
        ),
    ],
)
def test_functions_that_are_refused(function: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        disteval.evaluate(Y, P, [metrics.MeanMetricWrapper(function)], scheduler="sync")
    # one row is enough for a number that is of no row
    if function is total:
        with pytest.raises(ShapeError, match="for each of 1 rows, got float64 of shape"):
            disteval.evaluate(Y[:1], P[:1], [metrics.MeanMetricWrapper(function)])


def test_what_is_no_function() -> None:
    with pytest.raises(ArgumentError, match=r"expected fn to be a function of .*, got 3"):
        metrics.MeanMetricWrapper(3)
    with pytest.raises(UnknownNameError, match="there is no metric 'nothing'"):
        metrics.MeanMetricWrapper("nothing")
    with pytest.raises(ArgumentError, match="give 'fn'"):
        metrics.get("mean_metric_wrapper")
    with pytest.raises(ArgumentError, match="expected arguments of median_error that hash, got"):
        disteval.evaluate(Y, P, metrics.MeanMetricWrapper(median_error, scale={}))
    with pytest.raises(ColumnTypeError, match="expected numbers in y_true, got strings"):
        disteval.evaluate(["a"], [1.0], metrics.MeanMetricWrapper(elementwise))


@pytest.mark.parametrize(
    "fn",
    [
        "binary_accuracy",
        metrics.binary_accuracy,
        metrics.BinaryAccuracy,
        metrics.BinaryAccuracy(threshold=0.2),
    ],
)
def test_a_known_function_is_its_metric(fn: Any) -> None:
    arguments = {} if isinstance(fn, disteval.Metric) else {"threshold": 0.2}
    y, p = RNG.integers(0, 2, 50), RNG.random(50)
    metric = metrics.MeanMetricWrapper(fn, "mine", **arguments)
    result = disteval.evaluate(y, p, [metric, metrics.BinaryAccuracy(threshold=0.2)])
    assert len(set(result.values())) == 1
    assert len(result.states) == 2  # one computation
    assert next(iter(result)) == "mine"
    assert metrics.MeanMetricWrapper(fn, **arguments).name == "binary_accuracy(threshold=0.2)"


def test_scikit_learn_in_a_wrapper() -> None:
    metric = metrics.MeanMetricWrapper(sk.mean_squared_error)
    assert disteval.evaluate(Y, P, [metric])["mean_squared_error"] == metrics.mse(Y, P)


def test_a_wrapper_is_a_value() -> None:
    one = metrics.MeanMetricWrapper(median_error, scale=2.0)
    assert one == metrics.MeanMetricWrapper(median_error, scale=2.0) != one.renamed("other")
    assert hash(one) == hash(metrics.clone_metric(one))
    assert pickle.loads(pickle.dumps(one)) == one
    assert one.renamed("other").name == "other"
    assert (
        metrics.MeanMetricWrapper(functools.partial(median_error, scale=1)).name == "median_error"
    )
    assert metrics.get("mean_metric_wrapper(fn='mse')").name == "mean_squared_error"
    assert metrics.mean_metric_wrapper(Y, P, "mae") == metrics.mae(Y, P)
