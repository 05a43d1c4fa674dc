"""Kinds of difference from Keras, for cases that `keras_differences` does not name one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from disteval.protocol import Array

Case = dict[str, Any]

POINTS = (
    "SensitivityAtSpecificity", "SpecificityAtSensitivity", "PrecisionAtRecall",
    "RecallAtPrecision",
)  # fmt: skip
RATES = (
    "TruePositives",
    "TrueNegatives",
    "FalsePositives",
    "FalseNegatives",
    "Precision",
    "Recall",
)
COUNTED = (*RATES, *POINTS, "AUC", "F1Score", "FBetaScore")
CLASSES = (
    "CategoricalAccuracy", "SparseCategoricalAccuracy", "TopKCategoricalAccuracy",
    "SparseTopKCategoricalAccuracy", "CategoricalCrossentropy", "SparseCategoricalCrossentropy",
    "MeanMetricWrapper",
)  # fmt: skip
ALONG_ROWS = ("CosineSimilarity", "PearsonCorrelation", "ConcordanceCorrelation")
OVERLAPS = ("IoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU", "BinaryIoU")


@dataclass(frozen=True)
class Kind:
    """One kind of difference.

    Parameters
    ----------
    reason : why disteval differs
    applies : whether a case may differ in this way
    error : what disteval says where it refuses; where it is "", disteval has a value
    """

    reason: str
    applies: Callable[[Case], bool]
    error: str = ""

    def holds(self, case: Case, ours: Any) -> bool:
        """Whether this is how the outcome of a case, a value or an error, differs."""
        if isinstance(ours, Exception) != bool(self.error) or not self.applies(case):
            return False
        return self.error in str(ours)


def _numbers(case: Case, name: str) -> Array:
    parts = [np.ravel(np.array(b[name], float)) for b in case["batches"] if b[name] is not None]
    return np.concatenate([np.empty(0), *parts])


def _shapes(case: Case, name: str) -> set[tuple[int, ...]]:
    return {np.shape(b[name])[1:] for b in case["batches"] if b[name] is not None}


def _of(case: Case, names: tuple[str, ...]) -> bool:
    return case["metric"] in names


def _refused_by_keras(case: Case) -> bool:
    return isinstance(case["result"], dict)


def _whole(values: Array) -> bool:
    return bool((values == np.round(values)).all())


def _of_elements(case: Case) -> bool:
    """Weights of axes that the values which Keras averages have no more, or not in that place."""
    return _refused_by_keras(case) and bool(len(_numbers(case, "sample_weight")))


def _integers(case: Case) -> bool:
    """Numbers, not labels, in a dtype of integers."""
    dtypes = [str(b["y_pred_dtype"]) for b in case["batches"]]
    return any("int" in d for d in dtypes) and not _of(case, (*RATES, *CLASSES, *OVERLAPS))


def _unweighted(case: Case) -> bool:
    weight = _numbers(case, "sample_weight")
    return bool(len(weight)) and not weight.any()


def _clipped(case: Case) -> bool:
    cuts = case["kwargs"].get("thresholds")
    even = isinstance(cuts, list) and np.allclose(cuts, np.linspace(0, 1, len(cuts)), atol=1e-7)
    return _of(case, RATES) and even and bool((_numbers(case, "y_pred") > 1).any())


def _cut_weights(case: Case) -> bool:
    return _of(case, OVERLAPS) and not _whole(_numbers(case, "sample_weight"))


def _without_class(case: Case) -> bool:
    """Ignored rows, of which Keras counts the weight where there are no weights."""
    return "ignore_class" in case["kwargs"] and not len(_numbers(case, "sample_weight"))


KINDS: dict[str, Kind] = {
    "elements": Kind("weights may be of the elements of a row, or of rows", _of_elements),
    "integers": Kind("integers are numbers; Keras computes in their dtype, or fails", _integers),
    "no rows": Kind(
        "no rows: 0.0 with a warning, as everywhere",
        lambda case: _refused_by_keras(case) and not case["batches"],
    ),
    "no weight": Kind(
        "no weight: 0.0 with a warning, as everywhere",
        lambda case: _of(case, ("R2Score",)) and _unweighted(case),
    ),
    "sums": Kind(
        "a rate is at least so much by exact sums; in Keras float32 sums of weights decide",
        lambda case: _of(case, POINTS) and not _whole(_numbers(case, "sample_weight")),
    ),
    "rank 1": Kind(
        "(N,) and (N, 1) are the same here; Keras takes an axis of one value, or the batch",
        lambda case: _of(case, ALONG_ROWS) and _shapes(case, "y_pred") <= {(), (1,)},
    ),
    "one column": Kind(
        "one score a row parts two labels, of which averages are; Keras averages its one column",
        lambda case: _of(case, ("F1Score", "FBetaScore")) and _shapes(case, "y_pred") <= {(), (1,)},
    ),
    "clipped": Kind(
        "a score beyond 1 exceeds a threshold of 1; Keras clips it where thresholds are even",
        _clipped,
    ),
    "cut weights": Kind("weights are not cut to integers", _cut_weights),
    "ignored": Kind(
        "rows of the ignored class leave the weight too; Keras counts them as right",
        lambda case: _of(case, ("SparseCategoricalCrossentropy",)) and _without_class(case),
    ),
    "nan": Kind(
        "a row with NaN makes the value NaN under nan_policy='propagate'",
        lambda case: bool(np.isnan(_numbers(case, "y_pred")).any()),
    ),
    "broadcast": Kind(
        "refused: shapes are never broadcast",
        lambda case: _shapes(case, "y_true") != _shapes(case, "y_pred"),
        "expected y_true and y_pred of one",
    ),
    "rows": Kind(
        "refused: rows have one shape in all batches",
        lambda case: len(_shapes(case, "y_true")) > 1,
        "expected rows of shape",
    ),
    "one class": Kind(
        "refused: one class of one is no choice, and the column may be a score",
        lambda case: _of(case, CLASSES) and _shapes(case, "y_pred") <= {(1,)},
        "one score a row wants a binary metric",
    ),
    "range": Kind(
        "refused: scores that are no probabilities, where nothing says what they are",
        lambda case: bool((abs(_numbers(case, "y_pred") - 0.5) > 0.5).any()),
        "expected scores within [0, 1]",
    ),
    "negative": Kind(
        "refused: negative weights of what is counted",
        lambda case: _of(case, COUNTED) and bool((_numbers(case, "sample_weight") < 0).any()),
        "expected finite, non-negative sample weights",
    ),
    "labels": Kind(
        "refused: numbers that are no labels; Keras cuts them to integers",
        lambda case: _of(case, OVERLAPS) and not _whole(_numbers(case, "y_true")),
        "expected labels in y_true",
    ),
    "range of labels": Kind(
        "refused: labels outside [0, classes)",
        lambda case: _of(case, CLASSES),
        "expected labels in [0, ",
    ),
}
"""By name."""


def kind_of(case: Case, ours: Any) -> str | None:
    """Tell how the outcome of a case, a value or an error, differs on purpose; None if it must not.

    Only for an outcome that does differ.
    """
    found = (name for name, kind in KINDS.items() if kind.holds(case, ours))
    return next(found, None)
