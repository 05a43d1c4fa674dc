"""Wrong calls: each answer says what was expected, what arrived, and what to do.

The README's table holds twelve (`test_readme.py` runs them); here are as many again, and the
same in the shell, where no traceback of ours may stand above the message.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from click.testing import CliRunner

import disteval
from disteval import errors, evaluate, metrics
from disteval.cli import main

Y, P = np.array([0, 1, 1, 0]), np.array([0.1, 0.9, 0.4, 0.2])
FRAME = pd.DataFrame({"label": Y, "score": P})


def merged_with_others() -> None:
    disteval.Evaluator("mse").merge_state(disteval.Evaluator("mae"))


def shuffled() -> None:
    evaluate(FRAME["label"], FRAME["score"].sample(frac=1, random_state=0), "accuracy")


def plotted() -> None:
    history = disteval.History()
    history.append(evaluate(Y, P, "mse"))
    history.plot("mse")


# the call; the class; what was expected, what arrived, and the remedy, in this order
CALLS: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "a misspelt argument": (
        lambda: evaluate(Y, P, "fbeta_score(betta=2)"),
        errors.ArgumentError,
        r"fbeta_score: unexpected keyword argument 'betta'; its parameters are .*beta",
    ),
    "a misspelt preset": (
        lambda: evaluate(Y, P, "binery"),
        errors.UnknownNameError,
        "no metric 'binery'; did you mean 'binary'",
    ),
    "no metrics": (
        lambda: evaluate(Y, P),
        errors.ArgumentError,
        r"expected metrics .*\['accuracy', 'mse'\] or a preset \('binary', .*got none",
    ),
    "two metrics of one name": (
        lambda: evaluate(Y, P, ["mse", ("mean_squared_error", "mae")]),
        errors.ArgumentError,
        "different names, got 'mean_squared_error' for .*; give one of them another name=",
    ),
    "a value that was not asked for": (
        lambda: evaluate(Y, P, "accuracy")["acuracy"],
        errors.UnknownNameError,
        "'acuracy'.*did you mean 'accuracy'",
    ),
    "a column name without data": (
        lambda: evaluate("label", "score", "mse"),
        errors.DistevalError,
        "'label'.*data=",
    ),
    "an unknown column of a frame": (
        lambda: evaluate("label", "scores", "mse", data=FRAME),
        errors.UnknownNameError,
        "no column 'scores'.*did you mean 'score'",
    ),
    "series in another order": (
        shuffled,
        errors.InputError,
        r"(?s)expected.*index.*got.*(reset_index|to_numpy)",
    ),
    "a lazy frame": (
        lambda: evaluate("label", "score", "mse", data=pl.DataFrame(FRAME).lazy()),
        errors.DistevalError,
        r"LazyFrame.*\.collect\(\)",
    ),
    "labels that are scores": (
        lambda: evaluate(Y, P, "confusion_matrix", by=P),
        errors.LabelError,
        "expected labels in by, got 0.1 in row 0.*integers, booleans, strings",
    ),
    "a nan policy that is none": (
        lambda: evaluate(Y, P, "mse", nan_policy="drop"),  # type: ignore[arg-type]
        errors.ArgumentError,
        "expected nan_policy 'raise', 'omit' or 'propagate', got 'drop'",
    ),
    "progress that is none": (
        lambda: evaluate(Y, P, "mse", progress="verbose"),  # type: ignore[arg-type]
        errors.ArgumentError,
        "expected progress .*'bar', 'lines'.*got 'verbose'",
    ),
    "negative weights of counts": (
        lambda: evaluate(Y, P, "precision", sample_weight=[1, -1, 1, 1]),
        errors.DomainError,
        "non-negative sample weights .*got -1.0 in row 1.*only sums and means",
    ),
    "a class number out of range": (
        lambda: evaluate([0, 3], [[0.2, 0.3, 0.5], [0.1, 0.8, 0.1]], "scce"),
        errors.LabelError,
        r"labels in \[0, 3\) for 3 classes",
    ),
    "evaluators of different metrics": (
        merged_with_others,
        errors.StateError,
        r"expected an evaluator of \[mean_squared_error\], got one of \[mean_absolute_error\]",
    ),
    "no rows": (
        lambda: evaluate([], [], "mse"),
        errors.EmptyDataError,
        "at least one row, got none",
    ),
    "ragged rows": (
        lambda: evaluate([[1, 2], [3]], [1, 2], "mse"),
        errors.ShapeError,
        "rows of one shape, got a ragged list",
    ),
    "a tensor of complex numbers": (
        lambda: evaluate(Y, P + 1j, "mse"),
        errors.ColumnTypeError,
        "numbers, booleans or strings, got dtype complex128; convert",
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_calls(name: str) -> None:
    call, error, message = CALLS[name]
    with pytest.raises(error, match=message) as caught:
        call()
    assert isinstance(caught.value, errors.DistevalError)


@pytest.mark.parametrize(
    ("extra", "library", "call"),
    [
        ("parquet", "pyarrow", lambda folder: evaluate("y", "p", "mse", data=folder / "x.parquet")),
        ("parquet", "pyarrow", lambda folder: evaluate("y", "p", "mse", data=folder / "x.csv")),
        ("dataframe", "pandas", lambda _: evaluate(Y, P, "mse").to_frame()),
        ("plots", "matplotlib", lambda _: plotted()),
    ],
)
def test_a_missing_extra_is_named_with_its_install_line(
    extra: str, library: str, call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for suffix in ("parquet", "csv"):
        (tmp_path / f"x.{suffix}").write_text("y,p\n1,2\n")
    for name in [n for n in sys.modules if n.partition(".")[0] == library]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(errors.MissingExtraError, match=re.escape(f"'disteval[{extra}]'")):
        call(tmp_path)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("x.npz --y-true y --y-pred q -m mse", "no column 'q'|no array 'q'"),
        ("x.npz --y-true y --y-pred p -m mze", "no metric 'mze'; did you mean"),
        ("x.npz --y-true y --y-pred p", "binary.*multiclass"),
        ("gone.npz --y-true y --y-pred p -m mse", "no file.*'gone.npz'"),
        ("x.npz --y-true y --y-pred p -m f1(beta=__import__('os'))", "literal"),
        ("x.npz --y-true y --y-pred p -m mse -o result.docx", r"\.json"),
        ("x.npz --y-true y --y-pred p -m mse --scheduler tcp://127.0.0.1:9", "tcp://127.0.0.1:9"),
    ],
)
def test_the_shell(
    words: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    np.savez("x.npz", y=Y, p=P)
    done = CliRunner().invoke(main, ["evaluate", *words.split()])
    assert done.exit_code == 2
    assert re.search(message, done.stderr, re.DOTALL), done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout


def test_a_metric_is_no_number() -> None:
    with pytest.raises(errors.ArgumentError, match=r"expected a metric name.*got 3"):
        evaluate(Y, P, 3)
    with pytest.raises(errors.ArgumentError, match=r"non-negative number beta, got -1\.0"):
        evaluate(Y, P, metrics.FBetaScore(beta=-1.0))
