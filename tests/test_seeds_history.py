"""The seeds' history blocks: what their readers type to see how a training went.

A model's `compile` and `fit` are a descent written by hand here, and one `evaluate` an epoch.
"""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import numpy as np
import pytest

import disteval
from disteval import metrics
from disteval.history import History

mpl.use("agg")
from matplotlib import pyplot  # noqa: ICN001  (as the seeds' readers write it)

EPOCHS = 40
X = np.linspace(0.05, 0.95, 10)

# S11 asks for mse, mae, mape and cosine; until the last two are metrics, others take their place
S11 = ("mse", "mae", "mape", "cosine")
FOUR = S11 if set(S11) <= set(metrics.aliases()) else ("mse", "mae", "rmse", "r2")


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


def test_s11_four_aliases_four_lines() -> None:
    history = History()
    for predicted in predictions():
        history.append(disteval.evaluate(X, predicted, FOUR))
    expanded = [str(metrics.get(alias).name) for alias in FOUR]
    assert list(history.history) == expanded
    assert expanded[:2] == ["mean_squared_error", "mean_absolute_error"]
    for name in expanded:
        pyplot.plot(history.history[name])
    assert [len(line.get_ydata()) for line in pyplot.gca().lines] == [EPOCHS] * 4
    assert history.history["mse"] == history.history["mean_squared_error"]
    assert history.history["mse"][-1] < history.history["mse"][0] / 10

    # and as disteval says it
    lines = history.plot(*FOUR).lines
    assert [line.get_label() for line in lines] == list(FOUR)
    assert [line.get_ydata().tolist() for line in lines] == [history.history[n] for n in expanded]


def test_s15_accuracy_of_a_sigmoid_output() -> None:
    y = np.repeat([0, 1], 5)  # (10,), and the output is (10, 1)
    history = History()
    for predicted in predictions():
        history.append(disteval.evaluate(y, 1 / (1 + np.exp(-(predicted - 0.5))), ["accuracy"]))
    assert history.history["accuracy"] == [
        float(((predicted[:, 0] > 0.5) == y).mean()) for predicted in predictions()
    ]
    assert history.history["acc"][-1] > history.history["acc"][0] == 0.5
    pyplot.plot(history.history["accuracy"])
    assert len(pyplot.gca().lines[0].get_ydata()) == EPOCHS


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
