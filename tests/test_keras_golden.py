"""Values that Keras 3 returned for the classes that exist here, on the same batches.

The pass rule: within the case's rtol and atol of Keras's value. Where Keras's value depends on
how rows fall into batches, the value of all of them as one batch is meant; where it depends on
float32 rounding or on the backend, the value in float64 passes too.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import disteval
from disteval import metrics
from disteval.errors import DistevalError, UndefinedMetricWarning
from tests.keras_differences import DIFFERENT

Case = dict[str, Any]

GOLDEN = json.loads((Path(__file__).parent / "data" / "keras_golden.json").read_text())
CASES: dict[str, Case] = {case["id"]: case for case in GOLDEN["cases"]}


def array(batch: Case, name: str) -> Any:
    """One array of a batch, in the dtype that Keras was given."""
    values = batch[name]
    if values is None:
        return None
    out = np.array(values, np.dtype(batch.get(f"{name}_dtype") or "float32"))
    return out.reshape(batch[f"{name}_shape"]) if f"{name}_shape" in batch else out


def batches_of(case: Case) -> list[tuple[Any, ...]]:
    names = ("y_true", "y_pred", "sample_weight")
    return [tuple(array(batch, name) for name in names) for batch in case["batches"]]


def metric_of(case: Case) -> disteval.Metric:
    metric: disteval.Metric = getattr(metrics, case["metric"])(**case["kwargs"])
    return metric


def value_of(case: Case) -> Any:
    """Evaluate with Keras's verbs, batch by batch; NaN propagates as in Keras."""
    evaluator = disteval.Evaluator([metric_of(case)], nan_policy="propagate")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        for batch in batches_of(case):
            evaluator.update_state(*batch)
        return evaluator.value()


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


@pytest.mark.parametrize("name", [name for name in CASES if name not in DIFFERENT])
def test_value_of_keras(name: str) -> None:
    case = CASES[name]
    if isinstance(case["result"], dict):
        with pytest.raises(DistevalError):
            value_of(case)
        return
    ours = value_of(case)
    assert any(agrees(ours, keras, case) for keras in keras_values(case)), (ours, case["result"])


@pytest.mark.parametrize("name", DIFFERENT)
def test_known_difference(name: str) -> None:
    case, (value, _) = CASES[name], DIFFERENT[name]
    if isinstance(value, str):
        with pytest.raises(DistevalError, match=value):
            value_of(case)
        return
    ours = value_of(case)
    assert isinstance(ours, float)
    assert ours == value or (np.isnan(ours) and np.isnan(value))
    if not isinstance(case["result"], dict):
        assert not any(agrees(ours, keras, case) for keras in keras_values(case)), "now agrees"


def stackable(case: Case) -> bool:
    """Whether evaluate can take the batches: some rows, and arrays rather than single values."""
    arrays = [part for batch in batches_of(case) for part in batch if part is not None]
    return bool(arrays) and all(part.ndim for part in arrays) and any(map(len, arrays))


@pytest.mark.parametrize("name", [n for n in CASES if n not in DIFFERENT and stackable(CASES[n])])
def test_evaluate_is_update_state(name: str) -> None:
    """All batches at once have the very bits of one after the other."""
    case = CASES[name]
    if isinstance(case["result"], dict):
        pytest.skip("an error")
    batches = [
        tuple(part for part in batch if part is not None) if batch[1] is not None else
        {"y_true": batch[0]} | ({} if batch[2] is None else {"sample_weight": batch[2]})
        for batch in batches_of(case)
    ]  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        result = disteval.evaluate(
            batches, metrics=[metric_of(case)], nan_policy="propagate", scheduler="sync"
        )
    (whole,) = result.values()
    np.testing.assert_array_equal(whole, value_of(case), strict=True)
