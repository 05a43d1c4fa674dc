"""Losses of Keras 3.15.1 (float32), of the whole data as one batch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import disteval
from disteval import metrics as dm

REGION_TRUE = [[[1, 0], [0, 0]], [[1, 0], [0, 1]], [[0, 0], [0, 0]]]
REGION_PRED = [
    [[0.099, 0.986], [0.694, 0.449]],
    [[0.64, 0.27], [0.302, 0.073]],
    [[0.053, 0.807], [0.813, 0.005]],
]
NUMBERS_TRUE = [[-0.914, -0.479], [-2.855, 2.461], [-2.433, 0.085], [4.274, -5.102]]
NUMBERS_PRED = [[-2.814, -1.447], [0.233, -3.43], [-0.471, -0.057], [0.341, -4.777]]
BINARY = [[1, 1], [0, 1], [1, 1], [0, 0]]
SCORES = [[0.746, 0.246], [0.536, 0.221], [0.812, 0.108], [0.431, 0.634]]
CLASSES = [0, 2, 1, 2]
ONE_HOT = [[1, 0, 0], [0, 0, 1], [0, 1, 0], [0, 0, 1]]
PROBABILITIES = [
    [0.737, 0.029, 0.235],
    [0.181, 0.553, 0.266],
    [0.038, 0.061, 0.901],
    [0.175, 0.053, 0.773],
]
LOGITS = [
    [-3.261, 0.876, 3.629],
    [1.918, 1.995, 0.381],
    [-4.93, 1.36, 0.315],
    [-5.282, -1.304, -1.759],
]
PAIRS = [0, 1, 0, 1, 1]
VECTORS = [
    [0.9033, 0.4291],
    [0.9945, 0.1052],
    [-0.9808, -0.195],
    [-0.7794, 0.6265],
    [0.9997, -0.0259],
]
WEIGHTS = [0.5, 2.0, 1.0, 0.25]

ROWS: list[tuple[str, dict[str, Any], Any, Any, Any, float]] = [
    ("Dice", {}, REGION_TRUE, REGION_PRED, None, 0.8017336),
    ("Tversky", {}, REGION_TRUE, REGION_PRED, None, 0.8017336),
    ("Dice", {"axis": (0, 1)}, REGION_TRUE, REGION_PRED, None, 0.81904846),
    ("Tversky", {"axis": (0, 1)}, REGION_TRUE, REGION_PRED, None, 0.81904846),
    ("Dice", {"axis": -1}, REGION_TRUE, REGION_PRED, None, 0.8547829),
    ("Tversky", {"axis": -1}, REGION_TRUE, REGION_PRED, None, 0.8547829),
    ("Dice", {"axis": (1, 2)}, REGION_TRUE, REGION_PRED, None, 0.83485574),
    ("Tversky", {"axis": (1, 2)}, REGION_TRUE, REGION_PRED, None, 0.8348558),
    ("Circle", {}, PAIRS, VECTORS, None, 302.84744),
    ("Circle", {}, PAIRS, VECTORS, [*WEIGHTS, 1.5], 298.0146),
    ("Circle", {"gamma": 2.0, "margin": 0.1}, PAIRS, VECTORS, None, 8.669279),
    ("Circle", {"gamma": 2.0, "margin": 0.1}, PAIRS, VECTORS, [*WEIGHTS, 1.5], 8.392641),
    ("Circle", {"gamma": 2.0, "remove_diagonal": False}, PAIRS, VECTORS, None, 8.149446),
    (
        "Circle",
        {"gamma": 2.0, "remove_diagonal": False},
        PAIRS,
        VECTORS,
        [*WEIGHTS, 1.5],
        7.8671665,
    ),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.1}, CLASSES, PROBABILITIES, None, 1.0587187),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.1}, CLASSES, PROBABILITIES, WEIGHTS, 1.36914),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.5}, CLASSES, PROBABILITIES, None, 0.74978757),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.5}, CLASSES, PROBABILITIES, WEIGHTS, 0.9719839),
    ("BinaryFocalCrossentropy", {}, BINARY, SCORES, None, 0.5299831),
    ("BinaryFocalCrossentropy", {}, BINARY, SCORES, WEIGHTS, 0.611584),
    (
        "BinaryFocalCrossentropy",
        {"apply_class_balancing": True, "alpha": 0.6, "gamma": 1.5},
        BINARY,
        SCORES,
        None,
        0.33983397,
    ),
    (
        "BinaryFocalCrossentropy",
        {"apply_class_balancing": True, "alpha": 0.6, "gamma": 1.5},
        BINARY,
        SCORES,
        WEIGHTS,
        0.39668772,
    ),
    ("BinaryFocalCrossentropy", {"label_smoothing": 0.2}, BINARY, SCORES, None, 0.42904663),
    ("BinaryFocalCrossentropy", {"label_smoothing": 0.2}, BINARY, SCORES, WEIGHTS, 0.49049395),
    ("BinaryFocalCrossentropy", {"from_logits": True}, BINARY, NUMBERS_PRED, None, 0.9998396),
    ("CategoricalFocalCrossentropy", {}, ONE_HOT, PROBABILITIES, None, 0.20088921),
    ("CategoricalFocalCrossentropy", {}, ONE_HOT, PROBABILITIES, WEIGHTS, 0.26046497),
    (
        "CategoricalFocalCrossentropy",
        {"alpha": (0.1, 0.3, 0.6)},
        ONE_HOT,
        PROBABILITIES,
        None,
        0.29451692,
    ),
    (
        "CategoricalFocalCrossentropy",
        {"alpha": (0.1, 0.3, 0.6)},
        ONE_HOT,
        PROBABILITIES,
        WEIGHTS,
        0.42641065,
    ),
    (
        "CategoricalFocalCrossentropy",
        {"label_smoothing": 0.2, "gamma": 1.5},
        ONE_HOT,
        PROBABILITIES,
        None,
        0.24050388,
    ),
    (
        "CategoricalFocalCrossentropy",
        {"label_smoothing": 0.2, "gamma": 1.5},
        ONE_HOT,
        PROBABILITIES,
        WEIGHTS,
        0.28558302,
    ),
    ("CategoricalFocalCrossentropy", {"from_logits": True}, ONE_HOT, LOGITS, None, 0.57929075),
    ("Huber", {}, NUMBERS_TRUE, NUMBERS_PRED, None, 1.8506758),
    ("Huber", {}, NUMBERS_TRUE, NUMBERS_PRED, WEIGHTS, 2.5647721),
    ("Huber", {"delta": 0.3}, NUMBERS_TRUE, NUMBERS_PRED, None, 0.6393978),
    ("Huber", {"delta": 0.3}, NUMBERS_TRUE, NUMBERS_PRED, WEIGHTS, 0.8590843),
    ("LogCosh", {}, NUMBERS_TRUE, NUMBERS_PRED, None, 1.7280012),
    ("LogCosh", {}, NUMBERS_TRUE, NUMBERS_PRED, WEIGHTS, 2.4173853),
]
"""Class of `keras.losses`, arguments, y_true, y_pred, weights, and its value under
reduction="mean_with_sample_weight"."""


@pytest.mark.parametrize(("name", "arguments", "true", "pred", "weight", "keras"), ROWS)
def test_losses_have_the_value_of_keras(
    name: str, arguments: dict[str, Any], true: Any, pred: Any, weight: Any, keras: float
) -> None:
    y_true, y_pred = np.array(true), np.array(pred, np.float32)
    metric = getattr(dm, name)(**arguments)
    result = disteval.evaluate(y_true, y_pred, metric, sample_weight=weight)
    # Keras computes in float32
    assert result[metric.name] == pytest.approx(keras, rel=1e-5, abs=1e-6)


def test_rates_of_tversky_are_of_false_positives_and_negatives() -> None:
    """As its paper and Keras's docs have them; up to Keras 3.15 the code has them swapped."""
    y_true, y_pred = np.array([[1, 2], [1, 2]]), np.array([[4, 1], [6, 1]])
    # Keras 3.15.1 computes in float32
    assert dm.Tversky(alpha=0.8, beta=0.2)(y_true, y_pred) == pytest.approx(-0.29629636, abs=1e-7)
