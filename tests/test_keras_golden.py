"""Values that Keras 3 returned for its metrics, on the same batches, each evaluated three ways.

The pass rule: within the case's rtol and atol of Keras's value. Where Keras's value depends on
how rows fall into batches, the value of all of them as one batch is meant; where it depends on
float32 rounding or on the backend, the value in float64 passes too. The three ways are one chunk
of all rows, the batches as they are (one after the other, and each apart and then merged), and
rows one by one in random order; they have the same bits.

To run another file of the same kind::

    DISTEVAL_GOLDEN=other.json pytest tests/test_keras_golden.py

There a known difference that is a value is only held to be the same value three ways, since it
depends on the rows; and a case that no table names may differ in one of the kinds of
`keras_kinds`, of which each has cases of its own in data/keras_kinds.json.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import disteval
from disteval import metrics
from disteval.errors import DistevalError, UndefinedMetricWarning
from disteval.metrics.names import find
from disteval.protocol import Y_PRED, Y_TRUE, Column, Schema
from tests.keras_differences import DIFFERENT, IDENTIFIERS, RULES
from tests.keras_kinds import KINDS, kind_of

Case = dict[str, Any]
Batches = list[tuple[Any, ...]]

OWN = Path(__file__).parent / "data" / "keras_golden.json"
FILE = Path(os.environ.get("DISTEVAL_GOLDEN", OWN))
GOLDEN = json.loads(FILE.read_text(encoding="utf-8"))
CASES: dict[str, Case] = {case["id"]: case for case in GOLDEN["cases"]}
LEGACY: dict[str, Case] = {case["id"]: case for case in GOLDEN["legacy_cases"]}
OF_A_KIND: list[Case] = json.loads(OWN.with_name("keras_kinds.json").read_text(encoding="utf-8"))
"""Cases in the same form, with the kind of difference that each shows."""

# without thresholds Keras's class has 200 of them, and ours has all there are in the scores
BUCKETED = {
    "AUC", "PrecisionAtRecall", "RecallAtPrecision", "SensitivityAtSpecificity",
    "SpecificityAtSensitivity",
}  # fmt: skip
# the function of a legacy case, by name
LEGACY_NAMES = {
    "matthews_correlation": "matthews_correlation",
    "precision": "keras1:precision",
    "recall": "keras1:recall",
    "fbeta_score": "keras1:fbeta_score",
    "fmeasure": "keras1:fmeasure",
    "cosine_proximity@keras1.x-2.0.8": "keras1:cosine_proximity",
    "cosine_proximity@keras2.0.9-2.2.5": "keras2:cosine_proximity",
    "cosine_proximity@keras2.3": "cosine_proximity",
    "MeanTensor": "mean_tensor",
    "MeanRelativeError": "mean_relative_error",
}
TENSORS = ("MeanTensor", "MeanRelativeError")
"""A batch of theirs is one tensor, which is one row here."""


# --- cases ------------------------------------------------------------------------------------


def array(batch: Case, name: str) -> Any:
    """One array of a batch, in the dtype that Keras was given."""
    values = batch[name]
    if values is None:
        return None
    out = np.array(values, np.dtype(batch.get(f"{name}_dtype") or "float32"))
    return out.reshape(batch[f"{name}_shape"]) if f"{name}_shape" in batch else out


def batches_of(case: Case) -> Batches:
    names = ("y_true", "y_pred", "sample_weight")
    found = [tuple(array(batch, name) for name in names) for batch in case["batches"]]
    if case.get("function") in TENSORS:
        return [tuple(part if part is None else part[None] for part in batch) for batch in found]
    return found


def metric_of(case: Case) -> disteval.Metric:
    if "function" in case:
        return metrics.get(LEGACY_NAMES[case["function"]], **case["kwargs"])
    name, arguments = case["metric"], dict(case["kwargs"])
    if name in BUCKETED and not arguments.keys() & {"num_thresholds", "thresholds"}:
        arguments["num_thresholds"] = 200
    metric: disteval.Metric = getattr(metrics, name)(**arguments)
    return metric


def keras_values(case: Case) -> list[Any]:
    """List the values of Keras that pass."""
    tags = set(case["tags"])
    keys = ["result_one_batch" if "batch_dependent" in tags else "result"]
    if tags & {"float32_sensitive", "backend_dependent"}:
        keys.append("result_float64")
    return [np.array(case[key], np.float64) for key in keys if key in case]


def agrees(ours: Any, keras: Any, case: Case) -> bool:
    ours = np.asarray(ours, np.float64)
    # rtol and atol come with each case: Keras computes in float32
    close = np.allclose(ours, keras, rtol=case["rtol"], atol=case["atol"], equal_nan=True)
    return ours.shape == keras.shape and bool(close)


# --- three ways -------------------------------------------------------------------------------


def evaluator_of(metric: disteval.Metric, batches: Batches) -> disteval.Evaluator:
    """Keras's verbs, batch by batch; NaN propagates as in Keras."""
    evaluator = disteval.Evaluator([metric], nan_policy="propagate")
    for batch in batches:
        evaluator.update_state(*batch)
    return evaluator


def merged(metric: disteval.Metric, parts: Batches) -> disteval.Evaluator:
    """A state for each part, and all of them merged."""
    evaluator = evaluator_of(metric, parts[:1])
    evaluator.merge_state([evaluator_of(metric, [part]) for part in parts[1:]])
    return evaluator


def rows_of(batches: Batches) -> Batches | None:
    """All rows as one batch; None where they have different shapes."""
    columns: list[Any] = []
    for k, parts in enumerate(zip(*batches, strict=True)):
        if any(part is None for part in parts):
            columns.append(None)
            continue
        whole = [np.atleast_1d(part) for part in parts]
        if k == 2:  # one weight is one for each row
            whole = [
                np.broadcast_to(part, (len(np.atleast_1d(batch[0])), *part.shape[1:]))
                for part, batch in zip(whole, batches, strict=True)
            ]
        whole = [part for part in whole if part.size] or whole[:1]
        if len({part.shape[1:] for part in whole}) > 1:
            return None
        columns.append(np.concatenate(whole))
    return [tuple(columns)]


def one_by_one(whole: Batches) -> Batches:
    """Single rows in random order."""
    ((true, pred, weight),) = whole
    order = np.random.default_rng(len(true)).permutation(len(true))
    return [
        tuple(None if part is None else part[i : i + 1] for part in (true, pred, weight))
        for i in order
    ]


def ways(case: Case) -> Iterator[Any]:
    """Yield the value of each way."""
    metric, batches = metric_of(case), batches_of(case)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        yield evaluator_of(metric, batches).value()
        yield merged(metric, batches).value()
        whole = rows_of(batches) if batches else None
        if whole is not None:
            yield evaluator_of(metric, whole).value()
            yield merged(metric, one_by_one(whole)).value()


def value_of(case: Case) -> Any:
    """Evaluate the batches one after the other, and hold the other ways to the same bits."""
    found = list(ways(case))
    for other in found[1:]:
        np.testing.assert_array_equal(other, found[0], strict=True)
    return found[0]


def outcome(case: Case) -> Any:
    """The value, or the error with which disteval refuses."""
    try:
        return value_of(case)
    except DistevalError as error:
        return error


def is_of_keras(ours: Any, case: Case) -> bool:
    """Whether both refuse, or both have the same value."""
    if isinstance(ours, Exception) or isinstance(case["result"], dict):
        return isinstance(ours, Exception) and isinstance(case["result"], dict)
    return any(agrees(ours, keras, case) for keras in keras_values(case))


@pytest.mark.parametrize("name", [name for name in CASES if name not in DIFFERENT])
def test_value_of_keras(name: str) -> None:
    case = CASES[name]
    ours = outcome(case)
    # the cases of our own file that differ are named one by one
    known = FILE != OWN and kind_of(case, ours)
    assert is_of_keras(ours, case) or known, (ours, case["result"])


@pytest.mark.parametrize("case", OF_A_KIND, ids=[case["id"] for case in OF_A_KIND])
def test_kinds_of_difference(case: Case) -> None:
    ours = outcome(case)
    assert not is_of_keras(ours, case), "now agrees"
    assert kind_of(case, ours) == case["kind"], ours


def test_every_kind_of_difference_has_a_case() -> None:
    assert {case["kind"] for case in OF_A_KIND} == KINDS.keys()


@pytest.mark.parametrize("name", [name for name in DIFFERENT if name in CASES])
def test_known_difference(name: str) -> None:
    case, (value, _) = CASES[name], DIFFERENT[name]
    if isinstance(value, str):
        with pytest.raises(DistevalError, match=value):
            value_of(case)
        return
    ours = value_of(case)
    if FILE != OWN:
        return
    np.testing.assert_array_equal(ours, value)
    if not isinstance(case["result"], dict):
        assert not any(agrees(ours, keras, case) for keras in keras_values(case)), "now agrees"


@pytest.mark.skipif(FILE != OWN, reason="the differences are those of our own file")
def test_differences_are_of_cases_that_there_are() -> None:
    assert DIFFERENT.keys() - CASES.keys() == set()
    assert all(reason for _, reason in DIFFERENT.values())


@pytest.mark.parametrize("name", LEGACY)
def test_value_of_older_generations(name: str) -> None:
    case = LEGACY[name]
    keras = np.array(case["dataset_level"], np.float64)
    # the rule for these is rtol alone; Keras 1 adds 1e-7 to denominators, which shows near zero
    assert agrees(value_of(case), keras, {"atol": 1e-7, **case})


# --- names ------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", GOLDEN["identifiers"])
def test_identifiers_are_of_the_classes_that_keras_makes_of_them(text: str) -> None:
    wanted = GOLDEN["identifiers"][text]
    if text in IDENTIFIERS:
        wanted, _ = IDENTIFIERS[text]
    if wanted == {"error": "ValueError"}:
        return  # no name in Keras 3; here it may be one
    if wanted is None:
        with pytest.raises(DistevalError):
            metrics.get(text)
        return
    entry = find(text)
    if wanted == {"error": "TypeError"}:  # a parameter has no default
        with pytest.raises(DistevalError, match="give '"):
            metrics.get(text)
        wanted = find(text).class_name
    else:
        assert type(metrics.get(text)) is entry.make
    assert entry.class_name == wanted
    assert getattr(metrics, wanted) is entry.make


@pytest.mark.parametrize("rule", GOLDEN["accuracy_rule"], ids=str)
def test_accuracy_is_chosen_as_in_keras(rule: Case) -> None:
    shapes = [tuple(rule[f"{column}_shape"]) for column in (Y_TRUE, Y_PRED)]
    chosen, _ = RULES.get(tuple(shapes), (rule["class"], ""))
    schema = Schema(
        tuple(
            (name, Column(np.dtype("float32"), tuple(n for n in shape[1:] if n != 1), shape[1:]))
            for name, shape in zip((Y_TRUE, Y_PRED), shapes, strict=True)
        )
    )
    for text in ("accuracy", "acc"):
        if chosen is None:
            with pytest.raises(DistevalError):
                metrics.get(text).resolve(schema)
            continue
        metric = metrics.get(text).resolve(schema)
        assert chosen in [base.__name__ for base in type(metric).__mro__]
        assert metric.name == rule["name"]
