"""Losses of margins, probabilities and regions: their edges, and what they refuse."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import disteval
from disteval import metrics as dm
from disteval.errors import (
    ArgumentError,
    BudgetError,
    ColumnTypeError,
    DistevalError,
    DomainError,
    LabelError,
    ShapeError,
    UndefinedMetricWarning,
)
from disteval.metrics.rows import PRED, TRUE, Labels
from disteval.protocol import WEIGHT, Y_PRED, Y_TRUE, Batch
from disteval.reductions import ElementConfusionCounts, HeldRows
from disteval.testing import ReductionLaws, random_batches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from disteval import Metric

P2 = [[0.2, 0.8], [0.7, 0.3]]
P3 = [[0.2, 0.3, 0.5], [0.1, 0.8, 0.1]]


# --- refused ------------------------------------------------------------------------------------

REFUSED: list[tuple[Metric, Any, Any, type[DistevalError], str]] = [
    # margins
    (dm.Hinge(), ["a", "b"], [0.1, 0.2], ColumnTypeError, "expected numbers in y_true"),
    (dm.CategoricalHinge(), [0, 1], P3, ShapeError, "expected y_true and y_pred of one shape"),
    (
        dm.HingeLoss(), [0, 1, 2], [0.1, 0.2, 0.3], LabelError,
        r"expected two labels in y_true for one decision value a row, got 3: \[0, 1, 2\]",
    ),
    (
        dm.HingeLoss(), [0, 1], P2, ShapeError,
        r"expected one label a row.* got y_true \(N,\) and y_pred \(N, 2\)",
    ),
    (dm.HingeLoss(), [0, 1], P3, LabelError, "expected 3 labels in y_true for 3 columns"),
    (
        dm.HingeLoss(labels=(0, 1, 2)), [0, 1], [0.5, 0.5], ShapeError,
        r"y_pred \(N,\) with 3 labels",
    ),
    (dm.HingeLoss(labels=(0, "a")), [0, 1], P3, ArgumentError, "expected labels of one kind"),
    (
        dm.HingeLoss(labels=(0, 1, 2)), [0, 7], P3, LabelError,
        r"expected labels in y_true among \[0, 1, 2\], got \[7\]",
    ),
    (dm.Circle(), [0, 1], [0.1, 0.2], ShapeError, r"embeddings \(N, k\), got y_true \(N,\)"),
    (dm.Circle(gamma=math.inf), [0, 1], P2, ArgumentError, "expected a finite gamma and margin"),
    # probabilities
    (
        dm.BinaryCrossentropy(axis=2), [0, 1], [0.1, 0.2], ArgumentError,
        r"expected axis to be -1 or another axis of a row of y_pred \(N, 1\), from 1 to 1, got 2",
    ),
    (
        dm.CategoricalCrossentropy(axis=0), P3, P3, ArgumentError, "axis 0 holds the rows",
    ),
    (
        dm.SparseCategoricalCrossentropy(axis=2), [0, 1], P3, ArgumentError,
        "expected axis=-1, got 2; the classes are the last axis",
    ),
    (
        dm.BinaryCrossentropy(label_smoothing=1.5), [0, 1], [0.1, 0.2], ArgumentError,
        r"expected label_smoothing in \[0, 1\], got 1.5",
    ),
    (
        dm.CategoricalFocalCrossentropy(alpha=(0.1, 0.2)), np.eye(3)[[0, 1]], P3, ArgumentError,
        "expected one alpha, or one for each of 3 classes, got 2",
    ),
    (
        dm.CategoricalFocalCrossentropy(alpha="all"), np.eye(3)[[0, 1]], P3, ArgumentError,
        "expected a number as alpha",
    ),
    (
        dm.BinaryFocalCrossentropy(gamma=-1.0), [0, 1], [0.1, 0.2], ArgumentError,
        "expected gamma of at least 0, got -1.0",
    ),
    (
        dm.BinaryFocalCrossentropy(), [0, 1], [-3.0, 2.0], DomainError,
        r"expected scores within \[0, 1\]",
    ),
    (
        dm.CategoricalFocalCrossentropy(), np.eye(3)[[0, 1]], np.array(P3) - 0.5, DomainError,
        "expected probabilities, got values down to -0.4",
    ),
    (
        dm.CategoricalGeneralizedCrossEntropy(q=1.0), [0, 1], P3, ArgumentError,
        "expected q between 0 and 1, got 1.0",
    ),
    (
        dm.CategoricalGeneralizedCrossEntropy(), [0, 3], P3, LabelError,
        r"expected labels in \[0, 3\)",
    ),
    (
        dm.CategoricalGeneralizedCrossEntropy(), [0, 1], np.array(P3) - 0.5, DomainError,
        "expected probabilities, got values down to",
    ),
    (
        dm.ChosenCrossentropy(), [0, 1], [1, 1], ColumnTypeError,
        "expected probabilities in y_pred, got labels",
    ),
    (dm.ChosenCrossentropy(), ["a", "b"], P2, ColumnTypeError, "expected numbers in y_true"),
    # overlap
    (
        dm.IoU(num_classes=2, target_class_ids=(2,)), [0, 1], [0, 1], ArgumentError,
        r"expected target_class_ids to be a list of classes in \[0, 2\), got \[2\]",
    ),
    (
        dm.IoU(num_classes=2, target_class_ids=()), [0, 1], [0, 1], ArgumentError,
        "expected target_class_ids to be a list of classes",
    ),
    (
        dm.IoU(num_classes=2, target_class_ids=1), [0, 1], [0, 1], ArgumentError,
        "expected target_class_ids to be a list of classes .* got 1",
    ),
    (dm.MeanIoU(num_classes=0), [0, 1], [0, 1], ArgumentError, "num_classes to be an integer"),
    (
        dm.MeanIoU(num_classes=None), [0, 1], [0, 1], ArgumentError,
        "expected a number as num_classes",
    ),
    (
        dm.MeanIoU(num_classes=3), [0, 1], P3, ShapeError,
        r"expected a predicted class for each true one, got y_true \(N,\) and y_pred \(N, 3\)",
    ),
    (
        dm.MeanIoU(num_classes=4, sparse_y_pred=False), [0, 1], P3, ShapeError,
        r"expected y_pred of shape \(N, ..., 4\), the scores of 4 classes in the last axis",
    ),
    (dm.OneHotMeanIoU(num_classes=3, axis=0), P3, P3, ShapeError, "with axis=0"),
    (dm.MeanIoU(num_classes=3), [0, 1], [0.5, 1.0], LabelError, "expected labels in y_pred"),
    (dm.Dice(axis=2), [0, 1], [0, 1], ArgumentError, r"axes of y_pred \(N, 1\) from 0 to 1, got 2"),
    (dm.Dice(axis=()), [0, 1], [0, 1], ArgumentError, "at least one axis, got none"),
    (dm.Dice(axis="rows"), [0, 1], [0, 1], ArgumentError, "got 'rows'"),
    (dm.Tversky(alpha="a"), [0, 1], [0, 1], ArgumentError, "expected a number as alpha"),
    (dm.Keras1FBetaScore(beta=-1.0), [0, 1], [0, 1], ArgumentError, "expected beta of at least 0"),
]  # fmt: skip


@pytest.mark.parametrize(("metric", "y", "p", "error", "message"), REFUSED)
def test_refused(metric: Metric, y: Any, p: Any, error: type[DistevalError], message: str) -> None:
    with pytest.raises(error, match=message):
        disteval.evaluate(np.array(y), np.array(p), [metric])


def test_sequences_are_left_out_with_the_reason() -> None:
    with pytest.raises(DistevalError, match="sequences of different lengths"):
        dm.get("ctc")


def value(metric: Metric, y: Any, p: Any, w: Any = None) -> Any:
    return disteval.evaluate(y, p, [metric], sample_weight=w)[str(metric.name)]


# --- edges --------------------------------------------------------------------------------------

UNDEFINED: list[tuple[Metric, Any, Any, float, str]] = [
    (dm.HingeLoss(), [1, 1], [0.9, 0.8], 1.85, "y_true holds 1 alone, taken for the smaller"),
    (dm.HingeLoss(), [1, 0], [math.inf, 0.8], math.nan, "are not finite"),
    (dm.Circle(), [0, 1], P2, 0.0, "no row has an alike and an unlike row"),
    (dm.Poisson(), [1.0, 1.0], [-0.5, 1.0], math.nan, "negative numbers have no logarithm"),
    (dm.MeanIoU(num_classes=2), [5, 6], [5, 5], 0.0, "none of the classes occurs"),
    (dm.IoU(num_classes=3, target_class_ids=(2,)), [0, 1], [0, 1], 0.0, "none of the classes"),
    (dm.Dice(), [0, 0], [0, 0], 1.0, "y_true and y_pred are zero everywhere"),
    (dm.Keras1Precision(), [1, 0], [0, 0], 0.0, "there are no positive predictions"),
    (dm.Keras1Recall(), [0, 0], [1, 0], 0.0, "there are no positive labels"),
    (dm.Keras1FBetaScore(), [0, 0], [1, 0], 0.0, "there are no positive labels"),
    (dm.Keras1MatthewsCorrelation(), [1, 0], [1, 1], 0.0, "all predictions round to the same"),
]


@pytest.mark.parametrize(("metric", "y", "p", "value", "reason"), UNDEFINED)
def test_undefined(metric: Metric, y: Any, p: Any, value: float, reason: str) -> None:
    with pytest.warns(UndefinedMetricWarning, match=reason):
        found = disteval.evaluate(y, p, [metric])[str(metric.name)]
    np.testing.assert_array_equal(found, value)


def test_sums_that_cancel_are_undefined() -> None:
    # 1e-7 / 2 is all that the sums lack to be zero
    y, p = [0.0, 1e-7], [0.0, -2e-7]
    with pytest.warns(UndefinedMetricWarning, match="cancel"):
        assert math.isnan(disteval.evaluate(y, p, [dm.Dice()])["dice"])


def test_the_whole_dataset_says_what_labels_mean() -> None:
    """A batch of 0 and 1 alone is read anew once another holds a -1."""
    for name, first, both in (("hinge", 1.0, 0.5), ("squared_hinge", 1.25, 0.375)):
        metric = dm.get(name)
        metric.update_state([1.0, 0.0], [0.5, 0.5])
        assert metric.result() == first
        metric.update_state([-1.0, 1.0], [-0.5, 1.0])
        # margins 0.5, 0, 0.5 and 1 of the labels 1, 0, -1 and 1
        assert metric.result() == both


def test_labels_outside_are_left_out_and_told() -> None:
    result = disteval.evaluate([0, 1, 255], [0, 1, 1], [dm.MeanIoU(num_classes=2)])
    assert result["mean_io_u(num_classes=2)"] == 1.0
    assert "labels outside [0, 2) are left out" in str(result)
    asked = dm.MeanIoU(num_classes=2, ignore_class=255, name="iou")
    ignored = disteval.evaluate([0, 1, 255], [0, 1, 1], [asked])
    assert ignored["iou"] == 1.0
    assert "left out" not in str(ignored)


def test_at_the_threshold_is_class_1() -> None:
    y, p = [0, 0, 1, 1], np.array([0.1, 0.3, 0.3, 0.7], np.float32)
    assert dm.BinaryIoU(target_class_ids=(1,), threshold=0.3)(y, p) == 2 / 3


@pytest.mark.parametrize("kind", [np.uint8, np.bool_, np.float32])
def test_labels_of_every_kind(kind: Any) -> None:
    y = np.array([[0, 1, 1], [1, 0, 0]], kind)
    p = np.array([[0, 1, 0], [1, 1, 0]], kind)
    assert dm.MeanIoU(num_classes=2)(y, p) == 0.5


@pytest.mark.parametrize(
    "metric",
    [
        dm.OneHotMeanIoU(num_classes=3),
        dm.CategoricalCrossentropy(axis=1),
        dm.CategoricalFocalCrossentropy(),
        dm.KLDivergence(),
        dm.Dice(axis=(1, 2)),
        dm.HingeLoss(),
    ],
)
def test_weights_of_scores_are_refused(metric: Metric) -> None:
    """A weight is of a label, not of the score of a class."""
    y = np.eye(3)[np.zeros((4, 3), int)]
    weight = np.ones((4, 3, 3))
    with pytest.raises(ShapeError, match=r"expected one (label|weight) a row"):
        disteval.evaluate(y, y, [metric], sample_weight=weight)


def test_weights_of_pixels() -> None:
    rng = np.random.default_rng(3)
    y, p = (rng.integers(0, 3, (40, 2, 3)) for _ in range(2))
    w = rng.integers(0, 3, (40, 2, 3))
    flat = [np.repeat(a.ravel(), w.ravel()) for a in (y, p)]
    for metric in (
        dm.MeanIoU(num_classes=3), dm.Dice(), dm.Tversky(0.3), dm.Hinge(),
        dm.Keras1FBetaScore(), dm.Keras1MatthewsCorrelation(),
    ):  # fmt: skip
        assert value(metric, y, p, w) == value(metric, *flat)


def test_weights_of_pixels_in_slices() -> None:
    rng = np.random.default_rng(4)
    y, p = (rng.integers(0, 3, (30, 4)) for _ in range(2))
    by, w = rng.integers(0, 3, 30), rng.random((30, 4))
    metric = dm.MeanIoU(num_classes=3, name="iou")
    for weight in (None, w):
        result = disteval.evaluate(y, p, [metric], sample_weight=weight, by=by)
        for k in range(3):
            rows = by == k
            part = None if weight is None else weight[rows]
            assert result.slices[k]["iou"] == value(metric, y[rows], p[rows], part)


def test_axes_of_classes() -> None:
    """Classes in another axis have the value of the same classes in the last."""
    rng = np.random.default_rng(5)
    p = rng.random((20, 3, 4)) + 0.1
    y = np.eye(3)[rng.integers(0, 3, (20, 4))].transpose(0, 2, 1)
    last = y.transpose(0, 2, 1), p.transpose(0, 2, 1)
    for name in ("categorical_crossentropy", "categorical_focal_crossentropy"):
        for arguments in ({}, {"from_logits": True}, {"label_smoothing": 0.3}):
            found = [value(dm.get(name, axis=axis, **arguments), y, p) for axis in (1, -2)]
            assert found == [value(dm.get(name, **arguments), *last)] * 2


def test_losses_as_keras_documents_them() -> None:
    """The values of Keras's own tests and examples, which are rounded there."""
    y, p = [[1, 2], [1, 2]], [[4, 1], [6, 1]]
    assert dm.Dice()(y, p) == pytest.approx(-0.55555546, abs=1e-7)  # float32
    assert dm.Tversky()(y, p) == pytest.approx(-0.55555558, abs=1e-7)  # float32
    assert dm.Tversky(alpha=0.2, beta=0.8)(y, p) == pytest.approx(-0.94444442, abs=1e-7)  # float32
    labels = [1, 1, 2, 2, 3]
    rows = [
        [0.70014004, -0.42008403, 0.14002801, 0.56011203],
        [0.17609018, 0.70436073, -0.52827054, 0.44022545],
        [-0.34050261, 0.25537696, -0.68100522, 0.59587957],
        [0.32163376, -0.75047877, 0.53605627, -0.21442251],
        [0.51261459, -0.34174306, 0.17087153, 0.76892189],
    ]
    assert value(dm.Circle(), labels, rows) == pytest.approx(188.3883, abs=1e-4)  # float32
    found = value(dm.Circle(gamma=256, margin=0.25), labels, rows)
    assert found == pytest.approx(652.7617, abs=1e-4)  # float32
    found = value(dm.Circle(), labels, rows, [2.0, 2.0, 1.0, 1.0, 0.5])
    assert found == pytest.approx(163.27948, abs=1e-4)  # float32
    true = np.array([[1.0, 1.0, 0.0, 0.0], [1.0, 1.0, 0.0, 0.0]]).reshape(2, 2, 2, 1)
    pred = np.array([[0.0, 1.0, 0.0, 1.0], [0.4, 0.0, 0.0, 0.9]]).reshape(2, 2, 2, 1)
    assert dm.Dice()(true, pred) == pytest.approx(0.6164384, abs=1e-7)  # float32
    mean = (0.5 + 0.75757575) / 2
    assert dm.Dice(axis=(1, 2, 3))(true, pred) == pytest.approx(mean, abs=1e-7)  # float32
    mean = (0.5 + 0.78494626) / 2
    found = dm.Tversky(alpha=0.2, beta=0.8, axis=(1, 2, 3))(true, pred)
    assert found == pytest.approx(mean, abs=1e-7)  # float32


ONE_VALUE = [
    *("hinge", "squared_hinge", "categorical_hinge", "kl_divergence", "poisson", "crossentropy"),
    *("binary_focal_crossentropy", "dice", "tversky", "binary_io_u"),
    *("keras1:precision", "keras1:fbeta_score"),
]


@pytest.mark.parametrize("name", ONE_VALUE)
def test_one_row_and_empty_batches(name: str) -> None:
    metric = dm.get(name)
    metric.update_state(np.zeros((0,)), np.zeros((0,)))
    metric.update_state([1.0], [0.75])
    metric.update_state(np.zeros((0, 1)), np.zeros((0, 1)))
    assert metric.result() == dm.get(name)([[1.0]], [[0.75]])


# --- laws ---------------------------------------------------------------------------------------


def labels(rng: np.random.Generator, n: int) -> Any:
    return rng.integers(-2, 4, (n, 2, 3))


class TestCountsOfElements(ReductionLaws):
    reduction = ElementConfusionCounts(Labels(Y_TRUE), Labels(Y_PRED))

    def batches(self) -> Sequence[Batch]:
        def weights(rng: np.random.Generator, n: int) -> Any:
            return rng.choice([0.0, 1.0, 0.1, 2.5], n)

        columns = {Y_TRUE: labels, Y_PRED: labels, WEIGHT: weights}
        return random_batches(np.random.default_rng(0), columns)


class TestCountsOfWeightedElements(TestCountsOfElements):
    def batches(self) -> Sequence[Batch]:
        def weights(rng: np.random.Generator, n: int) -> Any:
            return rng.choice([0.0, 1.0, 0.1, 2.5], (n, 2))

        columns = {Y_TRUE: labels, Y_PRED: labels, WEIGHT: weights}
        return random_batches(np.random.default_rng(1), columns)


class TestHeldRows(ReductionLaws):
    reduction = HeldRows((PRED, TRUE), 4)

    def batches(self) -> Sequence[Batch]:
        def three(rng: np.random.Generator, n: int) -> Any:
            return rng.choice([0.0, -0.0, 1.0, math.nan, math.inf, -2.5], (n, 3))

        def one(rng: np.random.Generator, n: int) -> Any:
            return rng.integers(0, 3, n)

        return random_batches(np.random.default_rng(2), {Y_TRUE: one, Y_PRED: three})


def test_rows_that_are_held_have_a_budget() -> None:
    rows = HeldRows((PRED,), 1)

    def state(n: int) -> Any:
        return rows.seal(rows.update(rows.empty(), Batch({Y_PRED: np.zeros(n)})))

    assert len(rows.merge(state(8000), state(192)).values) == 8192
    for too_many in (lambda: state(8193), lambda: rows.merge(state(8000), state(193))):
        with pytest.raises(BudgetError, match=r"at most 8,192 rows .* got 8,193"):
            too_many()
