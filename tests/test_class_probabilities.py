"""Log loss, Brier score, calibration, top k and gains where scikit-learn's rules bend."""

from __future__ import annotations

import math
import re
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn import metrics as sk

import disteval
from disteval import metrics as dm
from disteval.errors import (
    ArgumentError,
    BudgetError,
    ColumnTypeError,
    DistevalWarning,
    DomainError,
    LabelError,
    ShapeError,
    UndefinedMetricWarning,
)
from disteval.metrics.probabilities.bins import edges_of
from disteval.metrics.rows import Labels, Raw
from disteval.protocol import Y_PRED, Y_TRUE, Batch
from disteval.reductions import LabelSums

if TYPE_CHECKING:
    from collections.abc import Callable

    from disteval import Metric

NAMES = np.array(["ant", "bee", "cat", "dog"])


def value_of(metric: Any, *columns: Any) -> Any:
    """Evaluate rows one by one, so that whatever a chunk decides alone is seen."""
    arrays = [np.asarray(column) for column in columns]
    evaluator = disteval.Evaluator([metric])
    for i in range(len(arrays[0])):
        evaluator.update_state(*(array[i : i + 1] for array in arrays))
    (value,) = evaluator.result().values()
    return value


def shares(n: int, classes: int, seed: int = 0) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    p = 1 + rng.multinomial(4096 - classes, np.ones(classes) / classes, n)
    y = rng.integers(0, classes, n)
    y[:classes] = np.arange(classes)
    return y, p / 4096


# --- what the whole dataset decides ---------------------------------------------------------------


def test_the_threshold_of_top_1_is_that_of_all_scores() -> None:
    """A chunk within [0, 1] does not know that others are not: 0.75 here, not 0.5."""
    y, score = [0, 1, 0, 1], [0.25, 0.375, -3.0, 4.0]
    expected = sk.top_k_accuracy_score(y, score, k=1)
    assert value_of(dm.TopKAccuracy(k=1), y, score) == expected == 0.75
    result = disteval.evaluate(np.array(y), np.array(score), [dm.TopKAccuracy(k=1)])
    assert [*result.rules.values()] == ["y_pred > 0.0"]


@pytest.mark.parametrize("make", [dm.LogLoss, dm.BrierScore, dm.TopKAccuracy])
@pytest.mark.parametrize("classes", [3, 64, 65])
def test_labels_that_are_found_are_those_that_are_given(make: Any, classes: int) -> None:
    """One column a class: the very bits, whether labels are known before the pass or after it."""
    y, p = shares(200, classes)
    names = np.array([f"class {i:03}" for i in range(classes)])
    (value,) = disteval.evaluate(y, p, [make()]).values()
    assert value == value_of(make(), y, p)
    for labels, column in ((range(classes), y), (names.tolist(), names[y])):
        given = make(labels=list(labels))
        assert disteval.evaluate(column, p, [given])[str(given.name)] == value
    assert disteval.evaluate(np.eye(classes)[y], p, [make()])[str(make().name)] == value
    if classes <= 64:
        assert disteval.evaluate(names[y], p, [make()])[str(make().name)] == value


@pytest.mark.parametrize("labels", [[False, True], [0, 1], [0.0, 1.0]])
def test_two_labels_in_any_form(labels: list[Any]) -> None:
    y, p = np.array([0, 1, 1, 0]), np.array([0.25, 0.75, 0.5, 0.125])
    expected = dm.LogLoss()(y, p)
    for column in (y, y.astype(bool), y.astype(np.float32), NAMES[y], 5 * y - 7):
        assert dm.LogLoss()(column, p) == expected
    assert dm.LogLoss(labels=labels)(y, p) == expected


@pytest.mark.parametrize("labels", [[1, 2, 7], [-5, 2**40, 2**62], [3, 4, 5]])
def test_labels_far_apart(labels: list[int]) -> None:
    y, p = shares(50, 3)
    column = np.array(labels)[y]
    assert dm.LogLoss(labels=labels)(column, p) == dm.LogLoss()(y, p) == dm.LogLoss()(column, p)


@pytest.mark.parametrize("y", [[0, 0, 0], [3, 3, 3], [-1, -1, -1], [1, 1, 1], [2, 5, 2]])
def test_the_positive_label_of_the_brier_score(y: list[int]) -> None:
    p = [0.25, 0.5, 0.125]
    assert value_of("brier_score_loss", y, p) == sk.brier_score_loss(y, p)


@pytest.mark.parametrize("pos_label", [0, 1, 5])
def test_a_positive_label_that_is_given(pos_label: int) -> None:
    y, p = [0, 1, 1], [0.25, 0.5, 0.125]
    expected = sk.brier_score_loss(y, p, pos_label=pos_label)
    assert value_of(dm.BrierScore(pos_label=pos_label), y, p) == expected


@pytest.mark.parametrize("metric", [dm.BrierScore, dm.D2Brier])
def test_the_labels_of_one_score_that_are_given(metric: Any) -> None:
    """Both of them: what the data hold no row of is known all the same."""
    y, p = [1, 2, 1], [0.25, 0.5, 0.125]
    assert metric(labels=[1, 2])(y, p) == metric()(y, p)
    assert metric(labels=["a", "b"], pos_label="a")(["b", "a", "b"], p) == metric()(y, p)
    if metric is dm.BrierScore:
        assert metric(labels=[1, 2])([1, 1], [0.25, 0.5]) == sk.brier_score_loss(
            [1, 1], [0.25, 0.5], pos_label=2, labels=[1, 2]
        )


def test_distances_of_sure_predictions_keep_their_bits() -> None:
    """Σ p² - 2 p + 1 would be the rounding error of 1."""
    tiny = 2.0**-30
    p = np.array([[1 - 2 * tiny, tiny, tiny], [tiny, 1 - 2 * tiny, tiny], [0.0, 0.0, 1.0]])
    assert dm.BrierScore()([0, 1, 2], p) == 4 * tiny**2


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_the_logarithm_of_nothing_is_that_of_the_dtypes_eps(dtype: Any) -> None:
    y, p = np.array([1, 0]), np.array([0.0, 1.0], dtype)
    eps = float(np.finfo(dtype).eps)
    # scikit-learn's own logarithm is rounded in float16
    assert dm.LogLoss()(y, p) == pytest.approx(-math.log(eps), rel=1e-15)
    assert dm.LogLoss()(y, np.array([0, 1])) == pytest.approx(-math.log(2.0**-52), rel=1e-15)


# --- undefined, or worth a word -------------------------------------------------------------------


def test_rows_that_do_not_sum_to_one_are_taken_as_they_are() -> None:
    y, p = [0, 1], [[0.5, 0.75], [0.5, 0.5]]
    with pytest.warns(DistevalWarning, match=r"does not sum to 1 in 1 of the rows") as caught:
        value = dm.LogLoss()(y, p)
    assert not any(issubclass(w.category, UndefinedMetricWarning) for w in caught)
    with pytest.warns(UserWarning, match="do not sum to one"):
        assert value == sk.log_loss(y, p)
    near = np.array([[0.5, 0.5], [0.5, 0.5001]])
    dm.LogLoss()(y, near.astype(np.float32))  # within the tolerance of its eps
    with pytest.warns(DistevalWarning, match="does not sum to 1"):
        dm.LogLoss()(y, near)


CASES: dict[str, tuple[Metric, list[Any], list[Any], float, str]] = {
    "one row": (dm.D2LogLoss(labels=[0, 1]), [1], [0.5], math.nan, "D² needs two rows"),
    "one row of squares": (dm.D2Brier(), [1], [0.5], math.nan, "D² needs two rows"),
    "one label": (dm.D2Brier(), [1, 1], [0.5, 0.5], -math.inf, "all rows .* have one label"),
    "one label, all right": (dm.D2Brier(), [1, 1], [1.0, 1.0], math.nan, "have one label"),
    "k of k": (dm.TopKAccuracy(), [0, 1], [0.5, 0.5], 1.0, "k=2 of 2 classes is always right"),
}


@pytest.mark.parametrize("case", CASES)
def test_undefined(case: str) -> None:
    metric, y, p, expected, reason = CASES[case]
    with pytest.warns(UndefinedMetricWarning, match=reason):
        np.testing.assert_equal(metric(y, p), expected)
    metric.reset_state()


def test_the_null_model_of_one_label_is_clipped() -> None:
    y, p = np.array([1, 1]), np.array([0.5, 0.75])
    with pytest.warns(UndefinedMetricWarning, match="have one label"):
        value = dm.D2LogLoss(labels=[0, 1])(y, p)
    assert value == pytest.approx(sk.d2_log_loss_score(y, p, labels=[0, 1]), rel=1e-15)


def test_a_group_of_one_label_has_no_log_loss() -> None:
    y, p = np.array([0, 1, 1, 1]), np.array([0.25, 0.5, 0.75, 0.125])
    by = np.array(["a", "a", "b", "b"])
    metrics = ["log_loss", "brier_score_loss", "top_k_accuracy_score(k=1)", "ece"]
    with pytest.warns(UndefinedMetricWarning, match="expected two labels or more"):
        result = disteval.evaluate(y, p, metrics, by=by)
    assert result.slices["a"]["log_loss"] == sk.log_loss(y[:2], p[:2])
    assert math.isnan(result.slices["b"]["log_loss"])
    assert result["log_loss"] == dm.LogLoss()(y, p)
    for label in "ab":
        mine = by == label
        part, squares = result.slices[label], sk.brier_score_loss(y[mine], p[mine])
        assert part["brier_score_loss"] == squares
        assert part["ece"] == dm.ExpectedCalibrationError()(y[mine], p[mine])


@pytest.mark.parametrize("weight", [np.inf, -np.inf])
def test_infinite_weights(weight: float) -> None:
    metrics = ["log_loss", "brier_score_loss", "ece", dm.TopKAccuracy(k=1)]
    for metric in metrics:
        with pytest.warns(UndefinedMetricWarning, match="weights that are not finite"):
            result = disteval.evaluate([0, 1], [0.5, 0.5], [metric], sample_weight=[1.0, weight])
        assert all(math.isnan(value) for value in result.values())
    table = dm.CalibrationCurve()([0, 1], [0.5, 0.5], [1.0, weight])
    assert np.isnan(table["prob_true"]).all()


def test_a_nan_is_told_as_such_in_all_of_them() -> None:
    """Bins and places of a NaN are none; the error is the policy's."""
    y, p = shares(20, 4)
    p[3, 1] = np.nan
    names = ["log_loss", "brier_score_loss", "ece", "top_k_accuracy_score", "mse"]
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        with pytest.raises(disteval.errors.MissingValueError):
            disteval.evaluate(y, p, names[:-1])
        with pytest.raises(disteval.errors.MissingValueError):
            disteval.evaluate(np.eye(4)[y], p, ["dcg_score", "mse"])


# --- calibration ----------------------------------------------------------------------------------


@pytest.mark.parametrize("bins", [1, 2, 3, 7, 10, 49, 100, 1000])
def test_every_edge_is_in_the_bin_below(bins: int) -> None:
    edges = np.linspace(0, 1, bins + 1)
    assert edges_of(bins) == edges.tolist()
    beside = (np.nextafter(edges, 2)[:-1], np.nextafter(edges, -1)[1:])
    p = np.concatenate([edges, *beside, [5e-324, -0.0]])
    table = dm.CalibrationCurve(n_bins=bins)(np.zeros(len(p)), p)
    expected = np.bincount(np.searchsorted(edges[1:-1], p), minlength=bins)
    assert table["weight"].tolist() == expected.tolist()


def test_the_largest_score_of_a_row_is_its_confidence() -> None:
    y, p = shares(300, 4)
    right = (p.argmax(axis=1) == y).astype(int)
    for make in (dm.ExpectedCalibrationError, dm.MaximumCalibrationError):
        expected = make()(right, p.max(axis=1))
        assert make()(y, p) == expected
        assert make()(np.eye(4)[y], p) == expected
    table = dm.CalibrationCurve(pos_label="bee")(NAMES[right], p.max(axis=1))
    assert table["prob_true"].tolist() == dm.CalibrationCurve()(y, p)["prob_true"].tolist()


def test_norms_of_the_calibration_error() -> None:
    y, p = np.array([0, 1, 1, 0, 1]), np.array([0.1, 0.4, 0.35, 0.8, 0.9])
    for norm, make in (
        ("max", dm.MaximumCalibrationError),
        ("l2", dm.RootMeanSquareCalibrationError),
    ):
        assert dm.ExpectedCalibrationError(norm=norm)(y, p) == make()(y, p)


# --- gains ----------------------------------------------------------------------------------------


def test_a_perfect_ranking_is_exactly_one() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 9, (500, 12)) / 7
    y[:, 0] = 1  # no row of zeros
    for k in (None, 1, 5, 30):
        for ignore_ties in (False, True):
            assert value_of(dm.NDCG(k=k, ignore_ties=ignore_ties), y[:40], 3 * y[:40]) == 1.0
            assert dm.NDCG(k=k, ignore_ties=ignore_ties)(y, 3 * y) == 1.0


def test_no_ranking_is_better_than_the_best() -> None:
    y = np.full((1, 3), 0.1)
    assert dm.NDCG()(y, [[1, 1, 1]]) == 1.0


def test_rows_of_zeros_count_as_zero() -> None:
    assert dm.NDCG()([[0, 0], [1, 0]], [[1, 2], [2, 1]]) == 0.5


# --- what is refused ------------------------------------------------------------------------------

P3 = np.full((2, 3), 0.25)
REFUSED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "one label": (
        lambda: dm.LogLoss()([1, 1], [0.5, 0.5]), LabelError,
        r"two labels or more in y_true, got \[1\] alone; give labels=",
    ),
    "one bool": (
        lambda: dm.LogLoss()([True, True], [0.5, 0.5]), LabelError, "two labels or more",
    ),
    "three labels of one score": (
        lambda: dm.LogLoss()([0, 1, 2], [0.5, 0.5, 0.5]), LabelError,
        "expected 2 labels in y_true for one score a row, got 3: .*; give a score for each",
    ),
    "fewer labels than columns": (
        lambda: dm.LogLoss()([0, 1], P3), LabelError,
        "expected 3 labels in y_true for 3 columns in y_pred, got 2: .*; give labels=",
    ),
    "fewer labels than many columns": (
        lambda: dm.LogLoss()([0, 1], np.full((2, 70), 1 / 70)), LabelError,
        "expected 70 labels in y_true for 70 columns in y_pred, got 2",
    ),
    "strings of many columns": (
        lambda: dm.LogLoss()(["a", "b"], np.full((2, 70), 1 / 70)), ArgumentError,
        "expected labels= with the label of each of the 70 columns",
    ),
    "an unknown label": (
        lambda: dm.LogLoss(labels=[0, 1])([0, 2], [0.5, 0.5]), LabelError,
        r"labels in y_true among \[0, 1\], got \[2\]; give all of them as labels=",
    ),
    "labels for other columns": (
        lambda: dm.LogLoss(labels=[0, 1, 2])([0, 1], [0.5, 0.5]), ArgumentError,
        r"expected 2 labels for one score a row in y_pred, got labels=.*; give the label of each",
    ),
    "labels for more columns": (
        lambda: dm.LogLoss(labels=[0, 1])([0, 1], P3), ArgumentError,
        "expected 3 labels for 3 columns in y_pred, got labels=",
    ),
    "labels out of order": (
        lambda: dm.LogLoss(labels=["b", "a"])(["a", "b"], [0.5, 0.5]), ArgumentError,
        "expected sorted labels, each once, .*; sort them, and the columns of y_pred",
    ),
    "a label twice": (
        lambda: dm.TopKAccuracy(labels=[0, 0])([0, 1], [0.5, 0.5]), ArgumentError,
        "expected sorted labels, each once",
    ),
    "labels that are no list": (
        lambda: dm.LogLoss(labels="ab")(["a", "b"], [0.5, 0.5]), ArgumentError,
        "expected labels to be a list of two labels or more, got 'ab'",
    ),
    "labels of another kind": (
        lambda: dm.LogLoss(labels=["0", "1"])([0, 1], [0.5, 0.5]), ArgumentError,
        r"expected labels of the kind of y_true \(int\)",
    ),
    "labels that are none": (
        lambda: dm.LogLoss(labels=[0.5, 1])([0, 1], [0.5, 0.5]), ArgumentError,
        "expected labels that are strings or whole numbers",
    ),
    "no probability": (
        lambda: dm.LogLoss()([0, 1], [0.5, 1.5]), DomainError, r"within \[0, 1\], got .* 1.5",
    ),
    "a negative probability": (
        lambda: dm.BrierScore()([0, 1], [0.5, -0.5]), DomainError, r"within \[0, 1\]",
    ),
    "probabilities that are words": (
        lambda: dm.LogLoss()([0, 1], ["a", "b"]), ColumnTypeError, "expected numbers in y_pred",
    ),
    "images": (
        lambda: dm.LogLoss()([0, 1], np.ones((2, 3, 3))), ShapeError,
        r"expected y_pred \(N,\) or \(N, classes\), got \(N, 3, 3\)",
    ),
    "rows of several ones": (
        lambda: dm.LogLoss()([[1, 1, 0], [0, 1, 0]], P3), LabelError, "expected one label a row",
    ),
    "soft labels": (
        lambda: dm.LogLoss()([[0.5, 0.25, 0.25], [0, 1, 0]], P3), LabelError, "one label a row",
    ),
    "one-hot rows of another length": (
        lambda: dm.LogLoss()([[0, 1], [1, 0]], P3), ShapeError,
        r"or rows of one 1 and zeros like y_pred, got y_true \(N, 2\) for y_pred \(N, 3\)",
    ),
    "one-hot rows with labels": (
        lambda: dm.LogLoss(labels=[1, 2, 3])([[0, 1, 0], [1, 0, 0]], P3), ShapeError,
        r"with labels=\[1, 2, 3\]",
    ),
    "normalize": (
        lambda: dm.LogLoss(normalize=1)([0, 1], [0.5, 0.5]), ArgumentError,
        "expected normalize to be True or False, got 1",
    ),
    "a positive string": (
        lambda: dm.BrierScore()(["a", "b"], [0.5, 0.5]), LabelError,
        "expected pos_label= to name the positive label",
    ),
    "a positive label of another kind": (
        lambda: dm.BrierScore(pos_label="a")([0, 1], [0.5, 0.5]), ArgumentError,
        r"expected pos_label of the kind of y_true \(int\), got 'a'",
    ),
    "a positive label of columns": (
        lambda: dm.BrierScore(pos_label=1)([0, 1], P3), ArgumentError,
        "pos_label=1 is for one score a row",
    ),
    "another label than those of one score": (
        lambda: dm.BrierScore(labels=[0, 1])([0, 1, 2], [0.5, 0.5, 0.5]), LabelError,
        r"expected labels in y_true among \[0, 1\], got \[2\]; give both labels",
    ),
    "a positive label that is none": (
        lambda: dm.BrierScore(labels=[0, 1], pos_label=2)([0, 1], [0.5, 0.5]), ArgumentError,
        r"expected pos_label among labels=\[0, 1\], got 2",
    ),
    "three labels of one score, squared": (
        lambda: dm.BrierScore()([0, 1, 2], [0.5, 0.5, 0.5]), LabelError,
        "expected two labels in y_true for one score a row, got 3",
    ),
    "rows of labels of one score": (
        lambda: dm.BrierScore()([[0, 1], [1, 0]], [0.5, 0.5]), ShapeError,
        "expected one label a row in y_true for one score a row",
    ),
    "scale_by_half": (
        lambda: dm.BrierScore(scale_by_half="yes")([0, 1], [0.5, 0.5]), ArgumentError,
        "expected scale_by_half True, False or 'auto', got 'yes'",
    ),
    "k of nothing": (
        lambda: dm.TopKAccuracy(k=0)([0, 1], [0.5, 0.5]), ArgumentError, "k .* at least 1, got 0",
    ),
    "no k": (
        lambda: dm.SparseTopKCategoricalAccuracy(k=None)([0, 1], P3), ArgumentError,
        "expected k to be an integer of at least 1, got None",
    ),
    "a place that is no column": (
        lambda: dm.SparseTopKCategoricalAccuracy()([0, 3], P3), LabelError, r"in \[0, 3\)",
    ),
    "from_sorted_ids": (
        lambda: dm.SparseTopKCategoricalAccuracy(from_sorted_ids=1)([0, 1], P3), ArgumentError,
        "expected from_sorted_ids to be True or False",
    ),
    "no bins": (
        lambda: dm.ExpectedCalibrationError(n_bins=0)([0, 1], [0.5, 0.5]), ArgumentError,
        "expected n_bins to be an integer of at least 1, got 0",
    ),
    "bins of None": (
        lambda: dm.CalibrationCurve(n_bins=None)([0, 1], [0.5, 0.5]), ArgumentError,
        "expected n_bins to be an integer of at least 1, got None",
    ),
    "a norm": (
        lambda: dm.ExpectedCalibrationError(norm="l3")([0, 1], [0.5, 0.5]), ArgumentError,
        "expected norm to be one of 'l1', 'l2', 'max', got 'l3'",
    ),
    "bins of equal counts": (
        lambda: dm.CalibrationCurve(strategy="quantile")([0, 1], [0.5, 0.5]), ArgumentError,
        "expected strategy='uniform', got 'quantile'",
    ),
    "labels that are not binary": (
        lambda: dm.ExpectedCalibrationError()([0, 2], [0.5, 0.5]), LabelError,
        "expected labels 0 and 1 against one score a row",
    ),
    "calibration of strings": (
        lambda: dm.ExpectedCalibrationError()(["a", "b"], [0.5, 0.5]), ColumnTypeError,
        "expected numbers in y_true",
    ),
    "a positive number of strings": (
        lambda: dm.ExpectedCalibrationError(pos_label=1)(["a", "b"], [0.5, 0.5]), ArgumentError,
        r"expected pos_label of the kind of y_true \(str\), got 1",
    ),
    "a positive label of classes": (
        lambda: dm.ExpectedCalibrationError(pos_label=1)([0, 1], P3), ArgumentError,
        "pos_label=1 is for one score a row, got a score for each class",
    ),
    "a class that is no column": (
        lambda: dm.ExpectedCalibrationError()([0, 3], P3), LabelError, r"in \[0, 3\)",
    ),
    "several classes a row": (
        lambda: dm.ExpectedCalibrationError()([[1, 1, 0], [1, 0, 0]], P3), LabelError,
        "expected one label a row",
    ),
    "shapes of calibration": (
        lambda: dm.ExpectedCalibrationError()([[0, 1], [1, 0]], [0.5, 0.5]), ShapeError,
        r"got y_true \(N, 2\) and y_pred \(N,\)",
    ),
    "gains of single items": (
        lambda: dm.NDCG()([1, 2], [1, 2]), ShapeError, r"rows \(N, items\) of at least two items",
    ),
    "negative gains": (
        lambda: dm.NDCG()([[1, -2]], [[1, 2]]), DomainError, "gains of at least 0 .* got -2.0",
    ),
    "a base": (
        lambda: dm.DCG(log_base=1)([[1, 2]], [[1, 2]]), ArgumentError, "above 0 and not 1, got 1",
    ),
    "ignore_ties": (
        lambda: dm.DCG(ignore_ties=1)([[1, 2]], [[1, 2]]), ArgumentError, "True or False, got 1",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    call, error, message = REFUSED[case]
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("make", [dm.LogLoss, dm.TopKAccuracy, dm.BrierScore])
def test_a_metric_that_no_schema_was_shown_to(make: Any) -> None:
    with pytest.raises(ArgumentError, match="has not been resolved against a schema"):
        _ = make().needs


def test_too_many_labels_are_refused() -> None:
    reduction = LabelSums(Labels(Y_TRUE), Raw(Y_PRED), 1000)
    y = np.arange(14_000)
    batch = Batch({Y_TRUE: y, Y_PRED: np.broadcast_to(0.5, (len(y), 1000))})
    message = re.escape("at most 1 GiB, got 14,000 labels with 1001 sums each; are these")
    with pytest.raises(BudgetError, match=message):
        reduction.update(reduction.empty(), batch)
    with pytest.raises(BudgetError, match=r"sums each in 4,000 groups"):
        reduction.update(reduction.empty(4_000), batch.in_cells(y % 4_000, 4_000))
