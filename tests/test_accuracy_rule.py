"""The string "accuracy" chooses its form by the shapes of the data, by the rule that Keras has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import disteval
from disteval import metrics
from disteval.errors import ShapeError
from tests.references.rows import Array

GOLDEN = json.loads((Path(__file__).parent / "data" / "keras_golden.json").read_text("utf-8"))
RULES: list[dict[str, Any]] = GOLDEN["accuracy_rule"]
ROWS = 6

OTHER = {
    ((), ()): ("BinaryAccuracy", "(N,) and (N, 1) are the same: one score a row"),
    ((5,), (1,)): (None, "refused: shapes are never broadcast"),
}
"""Where another class is chosen than Keras's, or none, by the shapes of a row: and why."""


def arrays(rule: dict[str, Any]) -> tuple[Array, Array]:
    """Scores in [0, 1], and labels that fit the class: 0 and 1, one-hot, or class numbers."""
    rng = np.random.default_rng(3)
    true, pred = ((ROWS, *rule[f"{column}_shape"][1:]) for column in ("y_true", "y_pred"))
    scores = rng.integers(0, 256, pred) / 256
    if rule["class"] == "SparseCategoricalAccuracy":
        return rng.integers(0, pred[-1], true).astype(np.float64), scores
    if rule["class"] == "CategoricalAccuracy" and len(true) > 1:
        return np.eye(true[-1])[rng.integers(0, true[-1], true[:-1])], scores
    return rng.integers(0, 2, true).astype(np.float64), scores


def identifier(rule: dict[str, Any]) -> str:
    return f"{rule['y_true_shape']}-{rule['y_pred_shape']}"


@pytest.mark.parametrize("rule", RULES, ids=identifier)
@pytest.mark.parametrize("name", ["accuracy", "acc"])
def test_the_class_that_keras_chooses(rule: dict[str, Any], name: str) -> None:
    y, p = arrays(rule)
    chosen, _ = OTHER.get((y.shape[1:], p.shape[1:]), (rule["class"], ""))
    if chosen is None:
        with pytest.raises(ShapeError, match="expected y_true and y_pred of one shape"):
            disteval.evaluate(y, p, name)
        return
    result = disteval.evaluate(y, p, {"chosen": name, "class": getattr(metrics, chosen)()})
    assert result["chosen"] == result["class"]
    assert result.rules["chosen"] == result.rules["class"]


@pytest.mark.parametrize("rule", RULES, ids=identifier)
def test_labels_are_compared_where_predictions_are_labels(rule: dict[str, Any]) -> None:
    """The rule is one of scores: integers and strings of one shape are labels as they are."""
    y, _ = arrays(rule)
    labels = y.astype(np.int64)
    other = np.where(np.arange(labels.size).reshape(labels.shape) % 3 == 0, 9, labels)
    right = float(np.mean(labels == other))
    assert disteval.evaluate(labels, other, "accuracy")["accuracy"] == right
    assert disteval.evaluate(labels.astype(str), other.astype(str), "acc")["acc"] == right
