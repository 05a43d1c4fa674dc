"""Presets: the metrics that most people want of a kind of prediction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from disteval.protocol import Y_PRED, Y_TRUE, Schema


@dataclass(frozen=True)
class Preset:
    """Names of metrics.

    Parameters
    ----------
    always : of any predictions of this kind
    of_scores : where predictions are scores, and labels numbers
    of_one_hot : in their place where y_true has a column for each class too
    """

    always: tuple[str, ...]
    of_scores: tuple[str, ...] = ()
    of_one_hot: tuple[str, ...] = ()


PRESETS: Mapping[str, Preset] = {
    "binary": Preset(
        ("accuracy", "precision", "recall", "f1_score", "matthews_corrcoef", "confusion_matrix"),
        ("binary_crossentropy", "auc", "average_precision_score"),
        ("binary_crossentropy",),
    ),
    "multiclass": Preset(
        (
            "accuracy",
            "precision(average='macro')",
            "recall(average='macro')",
            "f1_score(average='macro')",
            "f1_score(average='weighted')",
            "matthews_corrcoef",
            "confusion_matrix",
        ),
        ("sparse_categorical_crossentropy",),
        ("categorical_crossentropy",),
    ),
    "multilabel": Preset(
        (
            "binary_accuracy",
            "precision",
            "recall",
            "f1_score(average='micro', threshold=0.5)",
            "f1_score(average='macro', threshold=0.5)",
        ),
        ("binary_crossentropy",),
        ("binary_crossentropy",),
    ),
    "regression": Preset(
        ("mean_squared_error", "root_mean_squared_error", "mean_absolute_error", "r2_score")
    ),
}


def preset_names(name: str, schema: Schema | None) -> tuple[str, ...]:
    """The names of a preset's metrics, for columns of these kinds and shapes where known."""
    preset = PRESETS[name]
    if schema is None or Y_PRED not in schema:
        return preset.always
    true, pred = schema[Y_TRUE], schema[Y_PRED]
    if pred.kind != "float" or true.kind == "str" or (name == "multiclass" and not pred.shape):
        return preset.always
    return preset.always + (preset.of_one_hot if true.shape else preset.of_scores)
