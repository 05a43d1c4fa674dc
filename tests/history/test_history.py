"""Results over time: values, steps, names, copies and frames."""

from __future__ import annotations

import copy
import math
import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import disteval
from disteval import errors
from disteval.history import History
from tests.history.contents import content, result


def test_values_by_name_alias_and_prefix() -> None:
    history, truth, metrics = History(), [0.0, 1.0], ["mse", "mae"]
    for error in (2.0, 1.0):
        history.append(disteval.evaluate(truth, [error, 1.0], metrics))
        history.append(disteval.evaluate(truth, [2 * error, 1.0], metrics), prefix="val_")
    assert history.history == {
        "mean_squared_error": [2.0, 0.5],
        "mean_absolute_error": [1.0, 0.5],
        "val_mean_squared_error": [8.0, 2.0],
        "val_mean_absolute_error": [2.0, 1.0],
    }
    assert history.history["mse"] == [2.0, 0.5]
    assert history.history["val_mse"] == history.history.get("val_MSE") == [8.0, 2.0]
    assert "val_mae" in history.history
    assert "val_accuracy" not in history.history
    assert history.history.get("val_accuracy", []) == []
    assert history.steps == history.epoch == [0, 1]
    assert len(history) == 2
    assert dict(history)[1]["val_mean_absolute_error"] == 1.0


def test_slices_are_kept_where_they_are_asked_for() -> None:
    result = disteval.evaluate([0, 1, 1], [0, 1, 0], ["accuracy"], by=["de", "de", "fr"])
    history = History()
    history.append(result)
    for country, part in result.slices.items():
        history.append(part, prefix=f"{country}_")
    assert list(history) == [(0, {"accuracy": 2 / 3, "de_accuracy": 1.0, "fr_accuracy": 0.0})]
    assert history.history["de_acc"] == [1.0]


def test_a_name_of_the_users_comes_before_the_alias() -> None:
    history = History()
    history.append({"mse": 1.0, "mean_squared_error": 2.0})
    assert history.history["mse"] == [1.0]


def test_steps() -> None:
    history = History()
    history.append({"loss": 1.0}, step=5)
    history.append({"loss": 1.0})
    history.append({"loss": 1.0}, prefix="val_")
    history.append({"loss": 1.0}, step=np.float32(6.5), prefix="val_")
    history.append({"loss": 1.0}, step=np.int8(7), prefix="val_")
    assert history.steps == [5, 6, 0, 6.5, 7]
    assert [type(step) for step in history.steps] == [int, int, int, float, int]


def test_a_resumed_training_begins_new_rows() -> None:
    """Nothing is replaced, and a value stands beside those of its own run."""
    history = History()
    for step, loss in [(0, 3.0), (1, 2.0), (1, 1.0)]:
        history.append({"loss": loss}, step=step)
    history.append({"loss": 1.5}, step=1, prefix="val_")
    assert list(history) == [
        (0, {"loss": 3.0}),
        (1, {"loss": 2.0}),
        (1, {"loss": 1.0, "val_loss": 1.5}),
    ]
    assert history.steps == [0, 1, 1]
    assert history.history["loss"] == [3.0, 2.0, 1.0]


def test_values_become_plain_ones_of_their_own() -> None:
    matrix, rates = np.array([[1, 2], [3, 4]]), {1: np.float32(0.5), "b": (True, "text")}
    history = History()
    history.append({"matrix": matrix, "rates": rates, "single": np.array(2.5), "n": np.int64(3)})
    matrix[0, 0] = 9
    rates.clear()
    ((_, values),) = history
    assert values["matrix"] == [[1, 2], [3, 4]]
    assert values["rates"] == {"1": 0.5, "b": [True, "text"]}
    assert [type(values[name]) for name in ("single", "n")] == [float, int]


def test_tensors() -> None:
    torch = pytest.importorskip("torch")
    history = History()
    history.append({"loss": torch.tensor(0.5, requires_grad=True), "w": torch.ones(2)})
    assert list(history) == [(0, {"loss": 0.5, "w": [1.0, 1.0]})]


@pytest.mark.parametrize("value", [None, 1j, b"x", {1.0}, np.ma.masked_array([1.0], [True])])
def test_what_is_no_value(value: Any) -> None:
    with pytest.raises(errors.ArgumentError, match=r"expected 'loss' to be a number, .* float\(\)"):
        History().append({"loss": value})


def test_arguments_that_mean_nothing() -> None:
    history = History()
    wrong: list[tuple[str, Any]] = [
        ("expected a Result or a mapping of names to values .*, got float", (0.5,)),
        ("expected at least one value to append, got an empty mapping", ({},)),
        ("expected the names of values to be str, got 3", ({3: 1.0},)),
        ("expected step to be a finite number, .*, got '3'", ({"loss": 1.0}, "3")),
        ("expected step to be a finite number, .*, got nan", ({"loss": 1.0}, math.nan)),
        ("expected step to be a finite number, .*, got True", ({"loss": 1.0}, True)),
        ("expected prefix to be a str such as 'val_', got None", ({"loss": 1.0}, 0, None)),
    ]
    for message, arguments in wrong:
        with pytest.raises(errors.ArgumentError, match=message):
            history.append(*arguments)
    assert len(history) == 0


def test_unknown_names() -> None:
    history = History()
    with pytest.raises(errors.UnknownNameError, match="'mse': the history is empty"):
        history.history["mse"]
    history.append({f"loss_{i}": 0.0 for i in range(10)} | {"accuracy": 1.0})
    message = "no value 'acuracy'; there are loss_0, .* and 3 more; did you mean 'accuracy'?"
    with pytest.raises(errors.UnknownNameError, match=message):
        history.history["acuracy"]


def test_repr_stays_short(kept: History) -> None:
    assert repr(History()) == "<History of 0 steps>"
    names = ": mean_squared_error, mean_absolute_error>"
    assert repr(kept) == "<History of 3 steps in history.jsonl" + names
    many = History()
    many.append({f"loss_{i}": 0.0 for i in range(10)})
    assert repr(many) == "<History of 1 step: loss_0, loss_1, loss_2, loss_3 and 6 more>"


def test_copies_and_pickles_are_of_the_values_alone(kept: History, path: Path) -> None:
    before = content(kept)
    for other in (copy.copy(kept), copy.deepcopy(kept), pickle.loads(pickle.dumps(kept))):
        assert content(other) == before
        assert other.path is None
        other.append(result(4.0))
        assert other.steps == [0, 1, 2, 3]
    assert content(kept) == content(History(path)) == before
    assert content(pickle.loads(pickle.dumps(History()))) == content(History())


def test_frame() -> None:
    history = History()
    for step in range(3):
        history.append({"loss": 1.0 / (step + 1), "n": step})
    history.append({"loss": 0.5, "matrix": [[1, 2], [3, 4]]}, step=1, prefix="val_")
    frame = history.to_frame()
    assert frame.index.name == "step"
    assert frame.index.tolist() == [0, 1, 2]
    assert frame.columns.tolist() == ["loss", "n", "val_loss", "val_matrix"]
    assert frame["n"].tolist() == [0, 1, 2]
    assert str(frame["val_loss"].tolist()) == "[nan, 0.5, nan]"
    assert frame.loc[1, "val_matrix"] == [[1, 2], [3, 4]]
    assert History().to_frame().empty


def test_frame_without_pandas(kept: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(errors.MissingExtraError, match=r"pip install 'disteval\[dataframe\]'"):
        kept.to_frame()
