"""scikit-learn's metrics of labels: every argument, on data where much is undefined."""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sk

import disteval
from disteval import errors, metrics
from disteval.errors import UndefinedMetricWarning
from disteval.report.values import leaves
from tests.references.labels_sklearn import FAMILY, numbers_of
from tests.references.rows import Array
from tests.strategies import flat_value

Case = tuple[disteval.Metric, Callable[..., Any]]


# --- data ---------------------------------------------------------------------------------------

RNG = np.random.default_rng(11)
MANY = RNG.integers(0, 5, (2, 60))
INDICATORS = (RNG.random((2, 40, 4)) < 0.4) & (RNG.random((2, 40, 1)) < 0.8)
INDICATORS[0, :, 2] = False  # a label that is never true
INDICATORS[:, :, 3] = False  # and one that is never predicted either

LABELS: dict[str, tuple[Array, Array]] = {
    "many": (MANY[0], MANY[1]),
    "never true": (np.where(MANY[0] == 2, 3, MANY[0]), MANY[1]),
    "never predicted": (MANY[0], np.where(MANY[1] == 2, 3, MANY[1])),
    "strings": (np.array(list("abacab")), np.array(list("abdcbb"))),
    "booleans": (MANY[0] > 1, MANY[1] > 2),
    "two": (np.array([0, 1, 1, 0, 1]), np.array([0, 0, 1, 1, 1])),
    "never positive": (np.array([0, 0, 0]), np.array([0, 1, 0])),
    "all negative": (np.array([0, 0, 0]), np.array([0, 0, 0])),
    "all positive": (np.array([1, 1, 1]), np.array([1, 1, 0])),
    "negative label": (np.array([-1, 1, 1, -1]), np.array([1, 1, -1, -1])),
    "one label": (np.array([7, 7]), np.array([7, 7])),
    "one row": (np.array([1]), np.array([1])),
    "one wrong row": (np.array([1]), np.array([0])),
    "floats": (np.array([0.0, 1.0, 2.0, 2.0]), np.array([0, 2, 2, 1])),
}
SEVERAL: dict[str, tuple[Array, Array]] = {
    "integers": (INDICATORS[0].astype(np.int64), INDICATORS[1].astype(np.int64)),
    "booleans": (INDICATORS[0], INDICATORS[1]),
    "one row": (INDICATORS[0, :1].astype(np.int8), INDICATORS[1, :1].astype(np.int8)),
    "none": (np.zeros((3, 2), np.int64), np.zeros((3, 2), np.int64)),
    "all": (np.ones((3, 2), np.int64), np.ones((3, 2), np.int64)),
    "two columns": (np.array([[0, 1], [1, 1]]), np.array([[1, 1], [0, 1]])),
}


def weighted(data: dict[str, tuple[Array, Array]]) -> list[Any]:
    """List all data; some of it with weights too."""
    found = []
    for name, (y, p) in data.items():
        weights = {
            "": None,
            "int": np.arange(len(y)) % 3 + 1,
            # binary fractions: scikit-learn's sums of them are exact
            "float": np.arange(len(y)) % 4 * 0.25,
        }
        for kind, w in weights.items():
            if w is None or name in ("many", "strings", "never true", "integers"):
                found.append(pytest.param(y, p, w, id=f"{name}-{kind}"))
    return found


# --- cases --------------------------------------------------------------------------------------


def scores(averages: tuple[Any, ...], labels: tuple[Any, ...]) -> Iterator[Case]:
    """Every score by every average, value of 0/0 and choice of labels."""
    for name, (ours, theirs) in FAMILY.items():
        fallbacks: tuple[Any, ...] = ("warn", 0, 1)
        fallbacks += () if name == "jaccard" else (math.nan,)
        choices = labels if name in ("fbeta", "jaccard") else (None,)
        for average, fallback, chosen in itertools.product(averages, fallbacks, choices):
            given = {"average": average, "zero_division": fallback, "labels": chosen}
            yield ours(**given), partial(theirs, **given)


def several(averages: tuple[Any, ...], labels: tuple[Any, ...]) -> Iterator[Case]:
    for average, fallback, chosen in itertools.product(averages, (1, math.nan), labels[-2:]):
        given = {"average": average, "zero_division": fallback, "labels": chosen, "beta": 2.0}
        yield (
            metrics.PrecisionRecallFScoreSupport(**given),
            partial(sk.precision_recall_fscore_support, **given),
        )
    for value, chosen in itertools.product(("warn", math.nan), labels):
        own = {"zero_division": value, "labels": chosen}
        yield (
            metrics.ClassificationReport(**own),
            partial(sk.classification_report, output_dict=True, **own),
        )


def tables(labels: tuple[Any, ...]) -> Iterator[Case]:
    for chosen in labels:
        yield (
            metrics.MultilabelConfusionMatrix(labels=chosen),
            partial(sk.multilabel_confusion_matrix, labels=chosen),
        )
    for normalize in (True, False):
        yield metrics.AccuracyScore(normalize), partial(sk.accuracy_score, normalize=normalize)
        yield metrics.ZeroOneLoss(normalize), partial(sk.zero_one_loss, normalize=normalize)
    yield metrics.HammingLoss(), sk.hamming_loss


def agreements(labels: tuple[Any, ...]) -> Iterator[Case]:
    for adjusted in (False, True):
        yield (
            metrics.BalancedAccuracy(adjusted),
            partial(sk.balanced_accuracy_score, adjusted=adjusted),
        )
    for weights, fallback, chosen in itertools.product(
        (None, "linear", "quadratic"), (math.nan, 0.5, -1.0), labels
    ):
        given = {"weights": weights, "replace_undefined_by": fallback, "labels": chosen}
        yield metrics.CohenKappa(**given), partial(kappa, **given)


def kappa(y: Array, p: Array, *, sample_weight: Array | None, **given: Any) -> float:
    return float(sk.cohen_kappa_score(y, p, sample_weight=sample_weight, **given))


def theirs(function: Callable[..., Any], y: Array, p: Array, w: Array | None) -> Array:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.array(list(numbers_of(function(y, p, sample_weight=w))), np.float64)


def assert_equal(cases: list[Case], y: Array, p: Array, w: Array | None) -> None:
    """All values in one pass; scikit-learn's rounds at every step, and takes some from 1."""
    named = {f"{i} {metric!r}": metric for i, (metric, _) in enumerate(cases)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        result = disteval.evaluate(y, p, named, sample_weight=w, scheduler="sync")
    for name, (_, function) in zip(named, cases, strict=True):
        mine, reference = flat_value(result[name]).ravel(), theirs(function, y, p, w)
        # 1 - x has the absolute error of x, which the parity rule of the rows judges exactly
        np.testing.assert_allclose(mine, reference, rtol=1e-15, atol=2e-15, err_msg=name)


@pytest.mark.parametrize(("y", "p", "w"), weighted(LABELS))
def test_of_one_label_a_row(y: Array, p: Array, w: Array | None) -> None:
    present = sorted({*y.tolist(), *p.tolist()})
    labels = (None, (present[-1],), (*present[::-1],))
    averages = (None, "micro", "macro", "weighted")
    cases = [*scores(averages, labels), *several(averages, labels), *tables(labels)]
    in_true = tuple(chosen for chosen in labels if chosen is None or {*chosen} & {*y.tolist()})
    assert_equal([*cases, *agreements(in_true)], y, p, w)


@pytest.mark.parametrize(("y", "p", "w"), weighted(SEVERAL))
def test_of_several_labels_a_row(y: Array, p: Array, w: Array | None) -> None:
    labels = (None, (1,), (1, 0))
    averages = (None, "micro", "macro", "weighted", "samples")
    cases = [*scores(averages, labels), *several(averages, labels), *tables(labels)]
    assert_equal(cases, y, p, w)


@pytest.mark.parametrize(
    "name", ["two", "never positive", "all negative", "all positive", "negative label", "one row"]
)
@pytest.mark.parametrize("pos_label", [0, 1, -1])
def test_of_the_positive_label(name: str, pos_label: int) -> None:
    y, p = LABELS[name]
    present = {*y.tolist(), *p.tolist()}
    for score, (ours, function) in FAMILY.items():
        for fallback in ("warn", 0, 1, *(() if score == "jaccard" else (math.nan,))):
            given = {"average": "binary", "pos_label": pos_label, "zero_division": fallback}
            if pos_label not in present and len(present) == 2:
                with pytest.raises(errors.LabelError, match="expected pos_label among the labels"):
                    disteval.evaluate(y, p, ours(**given))
                continue
            assert_equal([(ours(**given), partial(function, **given))], y, p, None)


@pytest.mark.parametrize(
    ("name", "undefined"),
    [("two", ""), ("never positive", "tn|fp|no true"), ("all negative", "fp is 0"),
     ("all positive", "tn is 0"), ("negative label", "")],
)  # fmt: skip
@pytest.mark.parametrize("fallback", [np.nan, 1.0, {"LR+": math.inf, "LR-": 0.25}])
def test_likelihood_ratios(name: str, undefined: str, fallback: Any) -> None:
    y, p = LABELS[name]
    labels = sorted({*y.tolist(), *p.tolist()} | ({0, 1} if name != "negative label" else set()))
    given = {"labels": labels, "replace_undefined_by": fallback}
    metric = metrics.ClassLikelihoodRatios(**given)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        value = metric(y, p)
    metric.reset_state()
    assert bool(caught) == bool(undefined)
    reference = theirs(partial(sk.class_likelihood_ratios, **given), y, p, None)
    np.testing.assert_array_equal(flat_value(value), reference)
    np.testing.assert_array_equal(metric.as_returned(value), reference)
    if len({*y.tolist(), *p.tolist()}) == 2:
        own = metrics.ClassLikelihoodRatios(replace_undefined_by=fallback)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UndefinedMetricWarning)
            np.testing.assert_array_equal(flat_value(own(y, p)), reference)
        own.reset_state()


# --- what is said -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metric", "data", "message"),
    [
        ("jaccard_macro", "never true", None),
        ("recall_macro", "never true", r"recall_macro: 0/0 for the labels \[2\], taken as 0.0"),
        ("balanced_accuracy", "never true", r"left out: the labels \[2\], predicted but never"),
        ("balanced_accuracy_score(adjusted=True)", "one label", "adjusted, with one true label"),
        ("kappa", "one label", "true and predicted labels have at most one in common"),
        ("jaccard", "all negative", "jaccard_score: 0/0, taken as 0.0"),
        ("class_likelihood_ratios", "all negative", "positive_likelihood_ratio is undefined: fp"),
        ("positive_likelihood_ratio", "never positive", "no true label is positive"),
        ("negative_likelihood_ratio", "all positive", "is undefined: tn is 0"),
        ("precision_recall_fscore_support", "never true", r"recall 0/0 for the labels \[2\]"),
        ("classification_report", "never true", r"recall 0/0 for the labels \[2\], taken as 0.0"),
        ("recall(average='macro', zero_division=1)", "never true", None),
        ("precision_recall_fscore_support(warn_for=['precision'])", "never true", None),
    ],
)
def test_undefined_values_are_told(metric: str, data: str, message: str | None) -> None:
    y, p = LABELS[data]
    if message is None:
        assert disteval.evaluate(y, p, metric).notes == ()
        return
    with pytest.warns(UndefinedMetricWarning, match=message):
        disteval.evaluate(y, p, metric)


def test_the_report_tells_of_undefined_rows() -> None:
    """Of labels that all occur."""
    y, p = [[0, 0], [0, 0], [1, 1]], [[1, 0], [1, 0], [1, 1]]
    message = "classification_report: recall 0/0 in rows without labels, taken as 0.0"
    with pytest.warns(UndefinedMetricWarning, match=message):
        disteval.evaluate(y, p, "classification_report")


def test_undefined_rows_are_told() -> None:
    y, p = SEVERAL["none"]
    with pytest.warns(UndefinedMetricWarning, match="0/0 in rows without labels, taken as 0.0"):
        assert disteval.evaluate(y, p, "f1_samples")["f1_samples"] == 0.0
    weight = np.array([np.inf, 1, 1])
    with pytest.warns(UndefinedMetricWarning, match="there are infinite weights"):
        disteval.evaluate(y, p, "f1_samples", sample_weight=weight)


@pytest.mark.parametrize(
    ("metric", "data", "error", "message"),
    [
        ("jaccard(zero_division=nan)", "two", errors.ArgumentError, "'warn', 0 or 1, got nan"),
        ("f1_samples", "two", errors.ArgumentError, "average='samples' is for indicators"),
        ("multilabel_confusion_matrix(samplewise=True)", "two", errors.ArgumentError,
         "one matrix a row is no value of a dataset"),
        ("multilabel_confusion_matrix(samplewise=1)", "two", errors.ArgumentError,
         "expected samplewise to be True or False"),
        ("kappa(weights='cubic')", "two", errors.ArgumentError, "expected weights None, 'linear'"),
        ("kappa(replace_undefined_by=2)", "two", errors.ArgumentError, r"in \[-1, 1\], got 2"),
        ("kappa(labels=[5])", "two", errors.LabelError, "at least one of the labels"),
        ("kappa(labels=[])", "two", errors.ArgumentError, "sequence of at least one label"),
        ("balanced_accuracy(adjusted=1)", "two", errors.ArgumentError, "expected adjusted to be"),
        ("accuracy_score(normalize=0)", "two", errors.ArgumentError, "expected normalize to be"),
        ("accuracy_score(threshold=0.5)", "two", errors.ArgumentError, "threshold= is for scores"),
        ("class_likelihood_ratios", "many", errors.LabelError, "expected two labels, got 5"),
        ("class_likelihood_ratios", "one label", errors.LabelError, r"got \[7\] alone; give"),
        ("class_likelihood_ratios(labels=[1])", "two", errors.ArgumentError, "the negative and"),
        ("class_likelihood_ratios(replace_undefined_by=0)", "two", errors.ArgumentError,
         "expected replace_undefined_by NaN, 1.0 or"),
        ("class_likelihood_ratios(replace_undefined_by={'LR+': 0.5, 'LR-': 0})", "two",
         errors.ArgumentError, "expected replace_undefined_by NaN, 1.0 or"),
        ("classification_report(target_names=['a'])", "two", errors.LabelError,
         r"a name for each of the 2 labels \[0, 1\], got 1 target_names"),
        ("classification_report(target_names=['a'], labels=[0, 1])", "two", errors.ArgumentError,
         "expected a name for each of 2 labels, got 1 target_names"),
        ("classification_report(target_names='ab')", "two", errors.ArgumentError,
         "expected target_names to be a sequence"),
        ("classification_report(zero_division=2)", "two", errors.ArgumentError,
         "expected zero_division 'warn', 0, 1 or nan, got 2"),
        ("classification_report(digits=-1)", "two", errors.ArgumentError, "expected digits to be"),
        ("precision_recall_fscore_support(beta=-1)", "two", errors.ArgumentError, "number beta"),
        ("precision_recall_fscore_support(warn_for='recall')", "two", errors.ArgumentError,
         "expected warn_for to be some of"),
    ],
)  # fmt: skip
def test_refused_of_one_label_a_row(
    metric: str, data: str, error: type[Exception], message: str
) -> None:
    y, p = LABELS[data]
    with pytest.raises(error, match=message):
        disteval.evaluate(y, p, metric)


@pytest.mark.parametrize(
    ("metric", "error", "message"),
    [
        ("jaccard", errors.ArgumentError, "average='binary' is for one column"),
        ("sklearn:f1_score", errors.ArgumentError, "average='binary' is for one column"),
        ("f1_score(labels=[4])", errors.ArgumentError, r"expected labels in \[0, 4\)"),
        (
            "jaccard_score(average='macro', labels=['a'])",
            errors.ArgumentError,
            "expected labels in",
        ),
        ("classification_report(target_names=['a'])", errors.ArgumentError, "each of 4 labels"),
        ("mcc", errors.ShapeError, "got indicators"),
        ("kappa", errors.ShapeError, "got indicators"),
    ],
)
def test_refused_of_several_labels_a_row(metric: str, error: type[Exception], message: str) -> None:
    y, p = SEVERAL["integers"]
    with pytest.raises(error, match=message):
        disteval.evaluate(y, p, metric)


def test_indicators_are_0_and_1() -> None:
    y, p = np.array([[0, 2], [1, 0]]), np.array([[0, 1], [1, 0]])
    with pytest.raises(
        errors.LabelError, match=r"indicators 0 and 1 in y_true \(N, C\), got 1 oth"
    ):
        disteval.evaluate(y, p, "jaccard_macro")
    with pytest.raises(errors.LabelError, match="indicators 0 and 1 in y_pred"):
        disteval.evaluate(p, y, "accuracy_score")
    with pytest.raises(errors.DomainError, match=r"give threshold=0\.0"):
        disteval.evaluate(p, p * 3.0, "jaccard_samples")
    result = disteval.evaluate(p, p * 3.0, "jaccard_score(average='samples', threshold=0.0)")
    assert list(result.values()) == [1.0]
    assert list(result.rules.values()) == ["y_pred > 0.0"]


# --- forms of values ----------------------------------------------------------------------------


@pytest.mark.parametrize("data", ["many", "strings", "two", "never predicted"])
@pytest.mark.parametrize("weights", [False, True])
@pytest.mark.parametrize("given", [{}, {"digits": 4}, {"labels": True, "target_names": True}])
def test_the_report_as_text(data: str, weights: bool, given: dict[str, Any]) -> None:
    y, p = LABELS[data]
    w = np.arange(len(y)) % 3 * 0.5 if weights else None
    if "labels" in given:
        labels = sorted({*y.tolist(), *p.tolist()})[:-1]
        given = {"labels": labels, "target_names": [f"the label {v}" for v in labels]}
    given = {**given, "zero_division": 0}
    metric = metrics.ClassificationReport(**given)
    value = metric(y, p, w)
    metric.reset_state()
    assert metric.as_returned(value) == sk.classification_report(y, p, sample_weight=w, **given)
    given["output_dict"] = True
    found = metrics.ClassificationReport(**given).as_returned(value)
    assert found.keys() == sk.classification_report(y, p, sample_weight=w, **given).keys()
    assert all(type(v) is float for _, v in leaves(found))


def test_the_report_of_several_labels_as_text() -> None:
    y, p = SEVERAL["integers"]
    metric = metrics.ClassificationReport(zero_division=0)
    text = metric.as_returned(metric(y, p))
    metric.reset_state()
    assert text == sk.classification_report(y, p, zero_division=0)


@pytest.mark.parametrize("p", [[True, True, False], [1, 1, 0], [1, 2, 0], [0.75, 1.0, 0.25]])
def test_the_report_of_booleans(p: list[Any]) -> None:
    y = [True, False, False]
    labels = np.array(p) if isinstance(p[0], bool | int) else np.array(p) > 0.5
    text = metrics.classification_report(y, p, zero_division=0)
    assert text == sk.classification_report(y, labels, zero_division=0)


@pytest.mark.parametrize(
    ("weights", "dtype"), [(None, "int64"), ([1, 2, 3], "int64"), ([True, False, True], "int64"),
                           ([1.0, 2.0, 3.0], "float64")],
)  # fmt: skip
def test_whole_weights_give_whole_counts(weights: Any, dtype: str) -> None:
    y, p = np.array([0, 1, 1]), np.array([0, 0, 1])
    found = disteval.evaluate(y, p, "confusion_matrix", sample_weight=weights)["confusion_matrix"]
    theirs = sk.confusion_matrix(y, p, sample_weight=weights)
    assert found.dtype == theirs.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(found, theirs)
    normal = metrics.confusion_matrix(y, p, normalize="all", sample_weight=weights)
    assert normal.dtype == np.float64


@pytest.mark.parametrize("function", ["confusion_matrix", "cohen_kappa_score"])
def test_labels_that_are_only_predicted(function: str) -> None:
    y, p = ["a", "a"], ["a", "b"]
    with pytest.raises(ValueError, match="label"):
        getattr(sk, function)(y, p, labels=["b", "c"])
    with pytest.raises(
        errors.LabelError,
        match=r"one of the labels \['b', 'c'\] in y_true, got \['a'\] alone; give some of these",
    ):
        getattr(metrics, function)(y, p, labels=["b", "c"])


def test_support_counts_rows() -> None:
    y, p = LABELS["many"]
    metric = metrics.PrecisionRecallFScoreSupport()
    counted = metric(y, p)["support"]
    metric.reset_state()
    assert counted.dtype == np.int64
    assert counted.tolist() == np.bincount(y).tolist()
    *_, support = metric.as_returned({"precision": 1.0, "recall": 1.0, "fscore": 1.0})
    assert support is None


def test_a_report_in_a_result() -> None:
    y, p = LABELS["strings"]
    result = disteval.evaluate(y, p, "classification_report(zero_division=0)", by=y == "a")
    flat = result.scalars()
    assert flat["classification_report_zero_division_0/macro_avg/support"] == 6.0
    assert flat["classification_report_zero_division_0/accuracy"] == 4 / 6
    assert flat["by/True/classification_report_zero_division_0/a/recall"] == 1 / 3
    assert '"f1-score"' in result.to_json()


def test_labels_of_which_none_is_known_to_be_the_positive_one() -> None:
    """A high score would otherwise predict 1, and a perfect classifier be none."""
    y, p = [1, 1, 2, 2], [0.1, 0.2, 0.8, 0.9]
    for metric in ("f1", "mcc", "confusion_matrix", "balanced_accuracy"):
        with pytest.raises(errors.LabelError, match=r"got \[1, 2\]; say which .*pos_label=2"):
            disteval.evaluate(y, p, metric)
    assert disteval.evaluate(y, p, "f1_score(pos_label=2)")["f1_score(pos_label=2)"] == 1.0
