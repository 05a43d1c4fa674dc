"""The package's own names, which are imported when they are first used."""

from __future__ import annotations

import ast
import copy
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import disteval

SOURCE = Path(disteval.__file__).read_text(encoding="utf-8")


def printed(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stderr == ""
    return done.stdout


def test_what_type_checkers_read_is_what_there_is() -> None:
    (block,) = [node for node in ast.parse(SOURCE).body if isinstance(node, ast.If)][:1]
    read = {
        str(alias.asname): f"{node.module}.{alias.name}"
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert {*read, "__version__"} == set(disteval.__all__)
    for name, full in read.items():
        module, _, attribute = full.rpartition(".")
        found = getattr(disteval, name)
        home = sys.modules[full] if full in sys.modules else getattr(sys.modules[module], attribute)
        assert found is home


def test_every_name_resolves_once() -> None:
    for name in disteval.__all__:
        assert getattr(disteval, name) is getattr(disteval, name)
        assert name in vars(disteval)
    assert set(disteval.__all__) <= set(dir(disteval))


def test_star_import() -> None:
    names: dict[str, Any] = {}
    exec("from disteval import *", names)
    assert set(disteval.__all__) <= set(names)


def test_an_unknown_name() -> None:
    with pytest.raises(AttributeError, match="module 'disteval' has no attribute 'evalaute'"):
        _ = disteval.evalaute  # type: ignore[attr-defined]
    assert not hasattr(disteval, "__wrapped__")


def test_classes_are_the_same_however_they_are_found() -> None:
    from disteval.protocol import Metric
    from disteval.result import Result

    result = disteval.evaluate([1.0, 2.0], [1.0, 4.0], ["mse"])
    assert type(result) is disteval.Result is Result
    assert isinstance(disteval.metrics.MeanSquaredError(), disteval.Metric)
    assert disteval.Metric is Metric
    metric = disteval.metrics.FBetaScore(beta=2.0)
    assert pickle.loads(pickle.dumps(metric)) == metric == copy.deepcopy(metric)


def test_importing_the_package_imports_no_numpy() -> None:
    assert printed("import sys, disteval; print('numpy' in sys.modules)") == "False\n"


def test_a_metric_alone_finds_its_accumulator() -> None:
    program = (
        "import sys\n"
        "from disteval import metrics\n"
        "metric = metrics.MeanSquaredError()\n"
        "assert 'disteval.evaluator' not in sys.modules\n"
        "metric.update_state([1.0, 2.0], [1.0, 4.0])\n"
        "print(metric.result())\n"
    )
    assert printed(program) == "2.0\n"
