"""Keras's and scikit-learn's own metrics in a list: recognised without importing either.

Keras is not installed where these tests run: stand-ins have the modules and names that its
functions and classes have, in several generations, and what its objects keep.
"""

from __future__ import annotations

import enum
import functools
import subprocess
import sys
import types
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sk

import disteval
from disteval import metrics
from disteval.errors import ArgumentError, UnknownNameError
from disteval.metrics.asking import as_metric
from disteval.metrics.names import get
from disteval.metrics.negated import Negated
from disteval.protocol import Metric


def function_of(module: str, name: str) -> Any:
    """Make a function that says it is of this module."""

    def function(*_: Any) -> Any:
        msg = "it is never called"
        raise AssertionError(msg)

    function.__module__, function.__name__ = module, name
    return function


class KerasMetric:
    """What Keras 3's metrics keep."""

    def __init__(self, name: str, **config: Any) -> None:
        self.name = name
        self._config = {"name": name, "dtype": "float32", **config}

    def get_config(self) -> dict[str, Any]:
        return self._config

    def __call__(self, *_: Any) -> Any:
        msg = "it is never called"
        raise AssertionError(msg)


KerasMetric.__module__, KerasMetric.__name__ = "keras.src.metrics.metric", "Metric"


def class_of(module: str, name: str) -> type[KerasMetric]:
    return types.new_class(name, (KerasMetric,), {}, lambda space: space.update(__module__=module))


def object_of(module: str, class_name: str, name: str = "mine", **config: Any) -> Any:
    return class_of(module, class_name)(name, **config)


# --- functions and classes --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "name", "meant"),
    [
        ("keras.src.losses.losses", "mean_squared_error", "mean_squared_error"),
        ("keras.src.metrics.accuracy_metrics", "binary_accuracy", "binary_accuracy"),
        ("keras.src.metrics.regression_metrics", "cosine_similarity", "cosine_similarity"),
        ("keras.src.losses.losses", "cosine_similarity", "losses:cosine_similarity"),
        ("keras.metrics", "cosine_proximity", "cosine_similarity"),
        ("keras.losses", "cosine_proximity", "losses:cosine_similarity"),
        ("tensorflow.python.keras.metrics", "categorical_accuracy", "categorical_accuracy"),
        ("tensorflow.keras.metrics", "hinge", "hinge"),
        ("tf_keras.src.losses", "mean_absolute_error", "mean_absolute_error"),
        ("keras.metrics", "accuracy", "accuracy"),
    ],
)
def test_functions_of_keras(module: str, name: str, meant: str) -> None:
    function = function_of(module, name)
    for asked in (function, [function]):
        assert metrics.as_metrics(asked, function=plain) == [get(meant)]


def plain(function: Any) -> Metric:
    raise AssertionError(f"{function} is not taken for a plain function")


@pytest.mark.parametrize(
    ("name", "meant"),
    [("MeanSquaredError", "mse"), ("AUC", "auc"), ("F1Score", "f1_score"), ("Mean", "mean")],
)
def test_classes_of_keras(name: str, meant: str) -> None:
    asked = class_of("keras.src.metrics.some_metrics", name)
    assert metrics.as_metrics([asked], function=plain) == [get(meant)]


def test_partials_of_theirs() -> None:
    top = function_of("keras.src.metrics.accuracy_metrics", "binary_accuracy")
    asked = functools.partial(top, threshold=0.25)
    assert as_metric(asked) == metrics.BinaryAccuracy(threshold=0.25)
    assert as_metric(functools.partial(sk.fbeta_score, beta=2.0, average="macro")) == get(
        "sklearn:fbeta_score", beta=2.0, average="macro"
    )
    with pytest.raises(ArgumentError, match=r"keyword arguments alone in a partial of fbeta_score"):
        as_metric(functools.partial(sk.fbeta_score, [1]))
    with pytest.raises(ArgumentError, match="expected sample_weight as an argument of evaluate"):
        as_metric(functools.partial(sk.accuracy_score, sample_weight=[1.0]))
    with pytest.raises(ArgumentError, match=r"unexpected keyword argument 'treshold'.*'threshold'"):
        as_metric(functools.partial(top, treshold=0.25))


# --- objects of Keras -------------------------------------------------------------------------


class Curve(enum.Enum):
    """As Keras keeps some arguments."""

    ROC = "ROC"


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (("MeanSquaredError",), {"name": "mse"}),
        (("BinaryAccuracy", {"threshold": 0.3}), {"name": "binary_accuracy", "threshold": 0.3}),
        (
            ("Precision", {"thresholds": None, "top_k": None, "class_id": 2}),
            {"name": "precision", "class_id": 2},
        ),
        (
            ("AUC", {"num_thresholds": 50, "curve": Curve.ROC, "multi_label": False}),
            {"name": "auc", "num_thresholds": 50},
        ),
        (
            ("AUC", {"num_thresholds": 4, "thresholds": [0.2, 0.6]}),
            {"name": "auc", "thresholds": [0.2, 0.6]},
        ),
        (
            ("FBetaScore", {"average": "macro", "beta": 2.0, "threshold": None}),
            {"name": "fbeta_score", "average": "macro", "beta": 2.0},
        ),
        (
            ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0}),
            {"name": "bce", "from_logits": True},
        ),
        (("Mean", {}), {"name": "mean"}),
    ],
    ids=str,
)
def test_objects_of_keras(asked: Any, expected: Any) -> None:
    class_name, *config = asked
    given = object_of("keras.src.metrics.some_metrics", class_name, "mine_1", **dict(*config))
    name = expected.pop("name")
    assert as_metric(given, plain) == get(name, **expected).renamed("mine_1")


def test_losses_of_keras_are_objects_too() -> None:
    given = object_of("keras.src.losses.losses", "BinaryCrossentropy", "loss", reduction="sum")
    given._config |= {"from_logits": True, "axis": -1}
    assert as_metric(given) == get("bce", from_logits=True).renamed("loss")
    given = object_of("keras.src.losses.losses", "Tversky", "loss", alpha=0.3, beta=0.7, axis=None)
    assert as_metric(given) == get("tversky", alpha=0.3, beta=0.7).renamed("loss")


def test_what_a_config_leaves_out_is_found_in_the_object() -> None:
    given = object_of("keras.src.metrics.accuracy_metrics", "TopKCategoricalAccuracy")
    given._fn_kwargs = {"k": 3}
    assert as_metric(given) == get("top_k_categorical_accuracy", k=3).renamed("mine")
    given = object_of("keras.src.metrics.confusion_metrics", "AUC", num_thresholds=200)
    given._from_logits = True
    assert as_metric(given) == get("auc", num_thresholds=200, from_logits=True).renamed("mine")


def own(y_true: Any, y_pred: Any, power: float = 1.0) -> Any:
    return np.abs(y_true - y_pred).mean(axis=-1) ** power


def test_wrapped_functions() -> None:
    given = object_of("keras.src.metrics.reduction_metrics", "MeanMetricWrapper", fn="a config")
    given._fn = function_of("keras.src.metrics.accuracy_metrics", "binary_accuracy")
    given._fn_kwargs = {"threshold": 0.3}
    assert as_metric(given) == metrics.BinaryAccuracy(threshold=0.3, name="mine")
    given = object_of("keras.src.losses.loss", "LossFunctionWrapper")
    given.fn, given._fn_kwargs = own, {"power": 2.0}
    found = as_metric(given)
    assert found == metrics.MeanMetricWrapper(own, "mine", power=2.0)
    assert found([[1.0], [2.0]], [[1.0], [4.0]]) == 2.0


def test_what_keras_has_and_we_have_not() -> None:
    with pytest.raises(UnknownNameError, match="there is no metric 'keras:Unheard'"):
        as_metric(object_of("keras.src.metrics.some_metrics", "Unheard"))
    with pytest.raises(ArgumentError, match="MeanSquaredError: unexpected keyword argument 'odd'"):
        as_metric(object_of("keras.src.metrics.some_metrics", "MeanSquaredError", odd=1))
    with pytest.raises(ArgumentError, match=r"expected a metric of Keras with get_config\(\), got"):
        as_metric(types.new_class("Odd", (), {}, lambda s: s.update(__module__="keras.metrics"))())
    with pytest.raises(UnknownNameError, match="the metric 'losses:ctc' is left out: its predict"):
        as_metric(function_of("keras.src.losses.losses", "ctc"))


def test_subclasses_of_keras_classes_are_told_what_to_derive_from() -> None:
    class Own(KerasMetric):
        """A user's own."""

    for asked in (Own("mine"), Own):
        with pytest.raises(
            ArgumentError, match=r"Own is a Metric of Keras, .*derive it from disteva"
        ):
            as_metric(asked, plain)


# --- scikit-learn -----------------------------------------------------------------------------

FUNCTIONS = [
    sk.accuracy_score, sk.balanced_accuracy_score, sk.brier_score_loss, sk.classification_report,
    sk.class_likelihood_ratios, sk.cohen_kappa_score, sk.confusion_matrix, sk.d2_log_loss_score,
    sk.d2_brier_score, sk.d2_absolute_error_score, sk.d2_tweedie_score, sk.dcg_score,
    sk.explained_variance_score, sk.f1_score, sk.fbeta_score, sk.hamming_loss, sk.hinge_loss,
    sk.jaccard_score, sk.log_loss, sk.matthews_corrcoef, sk.max_error, sk.mean_absolute_error,
    sk.mean_absolute_percentage_error, sk.mean_gamma_deviance, sk.mean_pinball_loss,
    sk.mean_poisson_deviance, sk.mean_squared_error, sk.mean_squared_log_error,
    sk.mean_tweedie_deviance, sk.multilabel_confusion_matrix, sk.ndcg_score,
    sk.precision_recall_fscore_support, sk.precision_score, sk.r2_score, sk.recall_score,
    sk.root_mean_squared_error, sk.root_mean_squared_log_error, sk.top_k_accuracy_score,
    sk.zero_one_loss,
]  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_functions_of_scikit_learn(function: Any) -> None:
    found = as_metric(function, plain)
    assert found == get(f"sklearn:{function.__name__}")
    assert callable(getattr(metrics, function.__name__))


@pytest.mark.parametrize("name", sk.get_scorer_names())
def test_scorers_of_scikit_learn(name: str) -> None:
    try:
        expected = get(f"sklearn:{name}")
    except UnknownNameError:
        with pytest.raises(UnknownNameError, match="is not available yet"):
            as_metric(sk.get_scorer(name), plain)
        return
    found = as_metric(sk.get_scorer(name), plain)
    assert get(found.canonical_string()).renamed("x") == expected.renamed("x")


def test_scorers_of_ones_own() -> None:
    made = sk.make_scorer(sk.fbeta_score, beta=0.5, average="macro", pos_label=None)
    assert as_metric(made) == get("sklearn:fbeta_score", beta=0.5, average="macro")
    loss = sk.make_scorer(sk.mean_pinball_loss, greater_is_better=False, alpha=0.1)
    assert as_metric(loss) == Negated(get("mean_pinball_loss", alpha=0.1))
    assert as_metric(loss).name == "neg_mean_pinball_loss(alpha=0.1)"
    with pytest.raises(
        ArgumentError, match="a scorer of a metric of scikit-learn, got one of <func"
    ):
        as_metric(sk.make_scorer(own), plain)


def test_a_function_of_the_points_of_a_curve_is_no_metric() -> None:
    """`sklearn.metrics.auc` has only its name in common with Keras's area under the curve."""
    for asked in (sk.auc, functools.partial(sk.auc), sk.make_scorer(sk.auc)):
        with pytest.raises(ArgumentError, match=r"got sklearn.metrics.auc, which takes the points"):
            as_metric(asked, plain)


def test_values_are_theirs() -> None:
    y, p = ["a", "b", "a", "c"], ["a", "a", "a", "c"]
    asked = [sk.accuracy_score, sk.f1_score, functools.partial(sk.f1_score, average="macro")]
    found = disteval.evaluate(y, p, [asked[0], asked[2], sk.get_scorer("f1_weighted")])
    assert list(found.values()) == [
        0.75,
        sk.f1_score(y, p, average="macro"),
        sk.f1_score(y, p, average="weighted"),
    ]


def test_neither_is_imported() -> None:
    program = (
        "import sys, disteval\n"
        "from disteval import metrics\n"
        "class KerasThing: pass\n"
        "KerasThing.__module__, KerasThing.__name__ = 'keras.metrics', 'MeanSquaredError'\n"
        "assert disteval.evaluate([1.0], [3.0], [KerasThing])['mse'] == 4.0\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert not {"keras", "tensorflow", "tf_keras", "sklearn"} & set(run.stdout.split())
