"""The blocks of code of the documents that disteval was made from, as their readers type them.

Only imports change: ``keras.backend`` and ``keras.ops`` are `disteval.ops`, ``keras.metrics`` is
`disteval.metrics`. A model's `compile` and `fit` are a descent written by hand here, and one
`evaluate` an epoch.
"""

# a class in Keras's style has more than its base says
# mypy: disable-error-code="attr-defined, override"

from __future__ import annotations

import contextlib
import functools
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dask.array as da
import matplotlib as mpl
import numpy as np
import pytest
from distributed import Client

import disteval
from disteval import metrics
from disteval import ops as K
from disteval.errors import DistevalError, DistevalWarning
from disteval.history import History

mpl.use("agg")
from matplotlib import pyplot  # noqa: ICN001  (as the seeds' readers write it)

EPOCHS = 40
X = np.linspace(0.05, 0.95, 10)
LABELS = np.repeat([0, 1], 5)
RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _figures() -> Iterator[None]:
    yield
    pyplot.close("all")


def predictions() -> Iterator[np.ndarray]:
    """What a straight line, fitted to y = x by gradient descent, predicts after each epoch."""
    slope, intercept = -0.5, 0.1
    for _ in range(EPOCHS):
        error = slope * X + intercept - X
        slope, intercept = slope - 0.5 * (error * X).mean(), intercept - 0.5 * error.mean()
        yield (slope * X + intercept)[:, None]


def sigmoid(scores: np.ndarray) -> Any:
    return 1 / (1 + np.exp(-scores))


def fitted(asked: Any, y: np.ndarray = X) -> History:
    """Return the metrics after each epoch."""
    history = History()
    for predicted in predictions():
        history.append(disteval.evaluate(y, predicted, asked))
    return history


# --- 000: functions and dicts -----------------------------------------------------------------


def mean_pred(y_true: Any, y_pred: Any) -> Any:  # noqa: ARG001
    return K.mean(y_pred)


def false_rates(y_true: Any, y_pred: Any) -> Any:
    predicted = K.cast(K.greater(y_pred, 0.5), "float32")
    false_neg = K.sum(y_true * (1 - predicted)) / K.sum(y_true)
    false_pos = K.sum((1 - y_true) * predicted) / K.sum(1 - y_true)
    return {
        "false_neg": false_neg,
        "false_pos": false_pos,
    }


Y1 = np.array([1, 1, 1, 0, 0, 0, 0, 1])
P1 = np.array([0.9, 0.2, 0.7, 0.1, 0.6, 0.3, 0.4, 0.8])


def test_s1_functions_and_a_dict_of_rates() -> None:
    result = disteval.evaluate(Y1, P1, ["accuracy", mean_pred, false_rates])
    assert dict(result) == {
        "accuracy": 0.75,
        "mean_pred": 0.5,
        "false_neg": 0.25,
        "false_pos": 0.25,
    }


# --- 001: names and wrapped parameters ---------------------------------------------------------


@pytest.mark.parametrize(
    "named", [("mean_pred", lambda _, p: K.mean(p)), metrics.custom_metric("mean_pred", mean_pred)]
)
def test_s2_a_custom_function_under_a_name(named: Any) -> None:
    result = disteval.evaluate(Y1, P1, ["accuracy", named])
    assert dict(result) == {"accuracy": 0.75, "mean_pred": 0.5}
    assert "\nmean_pred  0.500000\n" in str(result)

    running = disteval.Evaluator(["accuracy", named])
    for i in (0, 4):
        running.update_state(Y1[i : i + 4], P1[i : i + 4])
    assert dict(running.result()) == dict(result)


def metric_top_3_categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    return metrics.metric_top_k_categorical_accuracy(y_true, y_pred, k=3)


@pytest.mark.parametrize(
    "top_3",
    [
        metric_top_3_categorical_accuracy,
        lambda t, p: metrics.top_k_categorical_accuracy(t, p, k=3),
        functools.partial(metrics.top_k_categorical_accuracy, k=3),
        metrics.TopKCategoricalAccuracy(k=3),
    ],
)
def test_s3_top_k_with_its_parameter(top_3: Any) -> None:
    y, p = np.eye(7)[RNG.integers(0, 7, 200)], RNG.random((200, 7))
    result = disteval.evaluate(y, p, {"top_3": top_3})
    above = (p > p[np.arange(200), y.argmax(axis=1)][:, None]).sum(axis=1)
    assert result["top_3"] == (above < 3).mean()
    assert result["top_3"] == metrics.TopKCategoricalAccuracy(k=3)(y, p)


# --- 002: objects -------------------------------------------------------------------------------


def test_s4_a_metric_alone() -> None:
    m = metrics.AUC()
    m.update_state([0, 1, 1, 1], [0, 1, 0, 0])
    assert float(m.result()) == 0.6666666666666666
    m.update_state([1, 1, 1, 1], [0, 1, 1, 0])
    assert float(m.result()) == 0.7142857142857143
    m.reset_states()
    m.update_state([0, 1, 1, 1], [0, 1, 0, 0])
    assert float(m.result()) == 0.6666666666666666


def test_s5_a_running_accuracy() -> None:
    dataset = [(np.eye(3)[RNG.integers(0, 3, 8)], RNG.normal(size=(8, 3))) for _ in range(301)]
    accuracy = metrics.CategoricalAccuracy()
    printed = io.StringIO()

    # Iterate over the batches of a dataset.
    for step, (y, logits) in enumerate(dataset):
        # Update the state of the `accuracy` metric.
        accuracy.update_state(y, logits)

        # Logging the current accuracy value so far.
        if step % 100 == 0:
            print("Step:", step, file=printed)
            print("Total running accuracy so far: %.3f" % accuracy.result(), file=printed)  # noqa: UP031
            seen = dataset[: step + 1]
            right = np.concatenate([y.argmax(1) == logits.argmax(1) for y, logits in seen])
            assert accuracy.result() == right.mean()
    assert printed.getvalue().count("Total running accuracy so far: 0.") == 4


def my_metric_fn(y_true: Any, y_pred: Any) -> Any:
    squared_difference = K.square(y_true - y_pred)
    return K.mean(squared_difference, axis=-1)  # Note the `axis=-1`


@pytest.mark.parametrize("weight", [None, RNG.random(50)])
def test_s6_one_value_a_sample(weight: Any) -> None:
    y, p = RNG.normal(size=(2, 50, 4))
    result = disteval.evaluate(y, p, [my_metric_fn, "mse"], sample_weight=weight)
    each = np.square(y - p).mean(axis=1)
    # the mean of each row is rounded there, and is not in the built-in metric: some ulp
    assert result["my_metric_fn"] == pytest.approx(np.average(each, weights=weight), rel=1e-15)
    assert result["my_metric_fn"] == pytest.approx(result["mse"], rel=1e-15)


class BinaryTruePositives(metrics.Metric):
    def __init__(self, name: str = "binary_true_positives", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.true_positives = self.add_weight(name="tp", initializer="zeros")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y_true = K.cast(y_true, "bool")
        y_pred = K.cast(y_pred, "bool")

        values = K.logical_and(K.equal(y_true, True), K.equal(y_pred, True))
        values = K.cast(values, self.dtype)
        if sample_weight is not None:
            sample_weight = K.cast(sample_weight, self.dtype)
            values = values * sample_weight
        self.true_positives.assign_add(K.sum(values))

    def result(self) -> Any:
        return self.true_positives

    def reset_states(self) -> None:
        self.true_positives.assign(0)


S7 = ([0, 1, 1, 1], [0, 1, 0, 0]), ([1, 1, 1, 1], [0, 1, 1, 0])


def test_s7_a_subclass_of_metric() -> None:
    m = BinaryTruePositives()
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        m.update_state(*S7[0])
        print(f"Intermediate result: {m.result().numpy()}")  # noqa: T201
        m.update_state(*S7[1])
        print(f"Intermediate result: {m.result().numpy()}")  # noqa: T201
    assert printed.getvalue() == "Intermediate result: 1.0\nIntermediate result: 3.0\n"
    m.reset_states()
    assert float(m.result()) == 0.0

    m.update_state(*S7[0], sample_weight=[9, 0.5, 1, 1])
    assert float(m.result()) == 0.5


def test_s7_merged_from_two_parts() -> None:
    one, other = BinaryTruePositives(), BinaryTruePositives()
    one.update_state(*S7[0])
    other.update_state(*S7[1])
    one.merge_state([other])
    assert float(one.result()) == 3.0
    assert (
        disteval.evaluate(list(S7), metrics=[BinaryTruePositives()])["binary_true_positives"] == 3.0
    )


@pytest.mark.cluster
def test_s7_merged_from_two_processes(cluster_address: str) -> None:
    y, p = (da.from_array(np.concatenate(part), 4) for part in zip(*S7, strict=True))
    with Client(cluster_address) as client:
        client.wait_for_workers(2, timeout=60)
        result = disteval.evaluate(y, p, [BinaryTruePositives()], scheduler=client)
    assert result["binary_true_positives"] == 3.0


def test_s8_a_name_in_the_constructor() -> None:
    result = disteval.evaluate(X, X + 1, [metrics.MeanAbsoluteError(name="my_mae")])
    assert list(result) == ["my_mae"]
    assert metrics.CategoricalAccuracy(name="my_acc").name == "my_acc"


GOLDEN = json.loads((Path(__file__).parent / "data/keras_golden.json").read_text(encoding="utf-8"))
IDENTIFIERS = {
    text: wanted for text, wanted in GOLDEN["identifiers"].items() if isinstance(wanted, str)
}


def test_s9_string_identifiers() -> None:
    for text, wanted in IDENTIFIERS.items():
        if wanted == "Metric":  # the base of all metrics, which has no value
            with pytest.raises(DistevalError, match="there is no metric"):
                metrics.get(text)
            continue
        metric = metrics.get(text)
        # "accuracy" chooses, as it does where a model is compiled
        expected = "ChosenAccuracy" if text == "accuracy" else wanted
        assert type(metric).__name__ == expected
        assert metric == getattr(metrics, expected)(name=metric.name)
    for text, wanted in GOLDEN["identifiers"].items():
        if wanted == {"error": "TypeError"} and text not in ("metric", "Metric"):
            with pytest.raises(DistevalError, match="give '"):
                metrics.get(text)


# --- 003: aliases, names, functions and history -------------------------------------------------


def test_s10_one_alias() -> None:
    result = disteval.evaluate(X, X + 0.5, ["mse"])
    assert list(result) == ["mean_squared_error"]
    assert result["mse"] == result["mean_squared_error"] == pytest.approx(0.25, rel=1e-15)


ALIASES = ["mse", "mae", "mape", "cosine"]
EXPANDED = [
    "mean_squared_error",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "cosine_proximity",
]


def test_s11_four_aliases_four_lines() -> None:
    history = fitted(ALIASES)
    # plot metrics
    pyplot.plot(history.history["mean_squared_error"])
    pyplot.plot(history.history["mean_absolute_error"])
    pyplot.plot(history.history["mean_absolute_percentage_error"])
    pyplot.plot(history.history["cosine_proximity"])
    lines = pyplot.gca().lines
    assert [len(line.get_ydata()) for line in lines] == [EPOCHS] * 4

    assert list(history.history) == [*EXPANDED[:3], "cosine_similarity"]
    assert history.history["mse"] == history.history["mean_squared_error"]
    assert history.history["mse"][-1] < history.history["mse"][0] / 10
    # on one output the cosine is the sign of the product; norms and their quotients are rounded
    signs = [float(np.sign(predicted[:, 0] * X).mean()) for predicted in predictions()]
    assert history.history["cosine"] == pytest.approx(signs, rel=1e-15)

    # and as disteval says it
    drawn = history.plot(*ALIASES).lines
    assert [line.get_label() for line in drawn] == ALIASES
    assert [line.get_ydata().tolist() for line in drawn] == [history.history[n] for n in EXPANDED]


def test_s12_expanded_names() -> None:
    assert fitted(EXPANDED).history == fitted(ALIASES).history


def test_s13_functions_of_the_module() -> None:
    functions = [
        metrics.mean_squared_error,
        metrics.mean_absolute_error,
        metrics.mean_absolute_percentage_error,
        metrics.cosine_proximity,
    ]
    assert fitted(functions).history == fitted(ALIASES).history


def test_s14_a_loss_as_a_metric() -> None:
    result = disteval.evaluate(X, X * 1.5, ["msle"])
    assert list(result) == ["mean_squared_logarithmic_error"]
    expected = np.square(np.log1p(X * 1.5) - np.log1p(X)).mean()
    assert result["msle"] == pytest.approx(expected, rel=1e-14)  # NumPy's log1p and mean round


def test_s15_accuracy_of_a_sigmoid_output() -> None:
    history = History()
    for predicted in predictions():  # (10, 1), and the labels are (10,)
        history.append(disteval.evaluate(LABELS, sigmoid(predicted - 0.5), ["accuracy"]))
    assert history.history["accuracy"] == [
        float(((predicted[:, 0] > 0.5) == LABELS).mean()) for predicted in predictions()
    ]
    assert history.history["acc"][-1] > history.history["acc"][0] == 0.5
    pyplot.plot(history.history["accuracy"])
    assert len(pyplot.gca().lines[0].get_ydata()) == EPOCHS


def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    return K.mean(K.square(y_pred - y_true), axis=-1)


@pytest.mark.parametrize("shape", [(10,), (10, 1), (10, 3)])
def test_s16_a_metric_written_by_hand(shape: tuple[int, ...]) -> None:
    y, p = RNG.integers(0, 64, (2, *shape)) / 8  # squares and sums of thirds are the rows' own
    by_hand = disteval.evaluate(y, p, [mean_squared_error])
    built_in = disteval.evaluate(y, p, ["mean_squared_error"])
    assert list(by_hand) == list(built_in)
    if shape == (10, 3):  # a mean of three is rounded in each row
        assert by_hand["mse"] == pytest.approx(built_in["mse"], rel=1e-15)
    else:
        assert by_hand["mse"] == built_in["mse"]


def rmse(y_true: Any, y_pred: Any) -> Any:
    return K.sqrt(K.mean(K.square(y_pred - y_true), axis=-1))


def test_s17_a_root_that_is_taken_in_each_row() -> None:
    history = History()
    for predicted in predictions():
        with pytest.warns(DistevalWarning, match=r"rmse: .*axis=-1"):
            history.append(disteval.evaluate(X[:, None], predicted, [rmse]))
        assert history.history["rmse"][-1] == pytest.approx(
            np.abs(predicted[:, 0] - X).mean(), rel=1e-15
        )
    pyplot.plot(history.history["rmse"])
    assert len(pyplot.gca().lines[0].get_ydata()) == EPOCHS


def test_s17_on_one_dimension_it_is_the_root_of_the_dataset() -> None:
    p = X + np.linspace(-1, 2, 10)
    assert disteval.evaluate(X, p, [rmse])["rmse"] == disteval.evaluate(X, p, ["rmse"])["rmse"]


def test_s18_validation_metrics_have_their_prefix() -> None:
    history = History()
    fresh = X + 0.01
    for predicted in predictions():
        history.append(disteval.evaluate(X, predicted, ["mse", "mae"]))
        history.append(disteval.evaluate(fresh, predicted, ["mse", "mae"]), prefix="val_")
    assert list(history.history) == [
        "mean_squared_error",
        "mean_absolute_error",
        "val_mean_squared_error",
        "val_mean_absolute_error",
    ]
    assert len(history) == len(history.history["val_mae"]) == EPOCHS
    assert history.history["val_mse"] != history.history["mse"]
    pyplot.plot(history.history["mean_squared_error"])
    pyplot.plot(history.history["val_mean_squared_error"])
    assert len(pyplot.gca().lines) == 2
    assert len(history.plot("mse", "val_mse").lines) == 2


# --- 004: signatures and clones -----------------------------------------------------------------


def test_s19_two_aliases() -> None:
    result = disteval.evaluate(Y1, P1, ["mae", "acc"])
    assert list(result) == ["mean_absolute_error", "accuracy"]
    assert result["acc"] == 0.75
    assert result["mae"] == pytest.approx(np.abs(Y1 - P1).mean(), rel=1e-15)


C = RNG.integers(0, 6, 100)
SCORES = RNG.random((100, 6))
HOT = np.eye(6)[C]
OWN = SCORES[np.arange(100), C]
PLACES = (OWN[:, None] < SCORES).sum(axis=1)


def test_s20_functions_in_a_list() -> None:
    result = disteval.evaluate(HOT, SCORES, [metrics.mae, metrics.categorical_accuracy])
    assert list(result) == ["mean_absolute_error", "categorical_accuracy"]
    assert result["categorical_accuracy"] == (PLACES == 0).mean()


COSINES = (HOT * SCORES).sum(axis=1) / np.sqrt((SCORES**2).sum(axis=1))
CALLS: dict[str, tuple[Callable[[], Any], Any]] = {
    "accuracy": (lambda: metrics.accuracy(C, C // 2 * 2), (C % 2 == 0).mean()),
    "binary_accuracy": (lambda: metrics.binary_accuracy(Y1, P1, threshold=0.5), 0.75),
    "categorical_accuracy": (
        lambda: metrics.categorical_accuracy(HOT, SCORES),
        (PLACES == 0).mean(),
    ),
    "sparse_categorical_accuracy": (
        lambda: metrics.sparse_categorical_accuracy(C, SCORES),
        (PLACES == 0).mean(),
    ),
    "top_k_categorical_accuracy": (
        lambda: metrics.top_k_categorical_accuracy(HOT, SCORES, k=5),
        (PLACES < 5).mean(),
    ),
    "sparse_top_k_categorical_accuracy": (
        lambda: metrics.sparse_top_k_categorical_accuracy(C, SCORES, k=5),
        (PLACES < 5).mean(),
    ),
    "cosine_proximity": (
        lambda: metrics.cosine_proximity(HOT, SCORES, axis=-1),
        pytest.approx(COSINES.mean(), rel=1e-14),  # NumPy's sums round otherwise
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_s21_signatures(name: str) -> None:
    call, expected = CALLS[name]
    assert call() == expected


def test_s21_clones() -> None:
    metric = metrics.BinaryAccuracy(threshold=0.25, name="loose")
    metric.update_state(Y1, P1)
    clone = metrics.clone_metric(metric)
    assert (clone.name, clone.threshold) == ("loose", 0.25)
    assert clone is not metric
    clone.update_state([1], [0.3])
    assert clone.result() == 1.0 != metric.result()
    assert metrics.clone_metric(mean_pred) is mean_pred

    own = BinaryTruePositives(name="mine")
    own.update_state(*S7[0])
    again = metrics.clone_metric(own)
    assert (again.name, float(again.result()), float(own.result())) == ("mine", 0.0, 1.0)

    assert metrics.clone_metrics([metric, mean_pred]) == [metric, mean_pred]
    assert metrics.clone_metrics({"a": metric}) == {"a": metric}


def test_s21_a_custom_function() -> None:
    result = disteval.evaluate(Y1, P1, ["accuracy", mean_pred])
    assert dict(result) == {"accuracy": 0.75, "mean_pred": 0.5}
