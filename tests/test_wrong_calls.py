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
    "a table as y_true": (
        lambda: evaluate(FRAME, "label", "score"),
        errors.UnknownNameError,
        r"no metric 'score'; for columns of a table: evaluate\('label', .*data=table\)",
    ),
    "a file of a table as y_true": (
        lambda: evaluate("predictions.csv", "label", "score"),
        errors.UnknownNameError,
        r"no metric 'score'; for columns of a table: evaluate\('label', .*data=table\)",
    ),
    "metrics in the place of predictions": (
        lambda: evaluate(iter([(Y, P)]), "accuracy"),
        errors.ArgumentError,
        "expected metrics, got 'accuracy' as y_pred; write metrics='accuracy'",
    ),
    "no predictions": (
        lambda: evaluate("label", metrics="accuracy", data=FRAME),
        errors.UnknownNameError,
        r"accuracy: expected y_true and y_pred, got y_true alone; give y_pred= \(--y-pred in a sh",
    ),
    "rows of both": (
        lambda: evaluate([(0, 0.1), (1, 0.9)], metrics="accuracy"),
        errors.UnknownNameError,
        r"got y_true alone; .*y_true, y_pred = zip\(\*rows\)",
    ),
    "swapped scores and labels": (
        lambda: evaluate(P, Y, "accuracy"),
        errors.LabelError,
        "expected labels in y_true, got 0.1 .*; are y_true and y_pred swapped",
    ),
    "swapped scores of classes": (
        lambda: evaluate([[0.2, 0.8], [0.9, 0.1]], [1, 0], "accuracy"),
        errors.ShapeError,
        r"accuracy: expected .* got \(N, 2\) and \(N,\); are they swapped",
    ),
    "the scores of both classes": (
        lambda: evaluate(Y, np.stack([1 - P, P], axis=1), "binary"),
        errors.ShapeError,
        r"of one shape, got \(N,\) and \(N, 2\); .* is y_pred\[:, 1\]",
    ),
    "strings against a score": (
        lambda: evaluate(["no", "yes", "yes", "no"], P, "accuracy"),
        errors.ColumnTypeError,
        "expected numbers in y_true, got strings; give 1 for the positive .* y_true == 'yes'",
    ),
    "strings against scores of classes": (
        lambda: evaluate(["a", "b"], [[0.2, 0.8], [0.9, 0.1]], "confusion_matrix"),
        errors.ColumnTypeError,
        "expected class numbers in y_true .* got strings; give the place of each label's column",
    ),
    "strings for numbers": (
        lambda: evaluate(["1", "0"], ["1", "1"], "mse"),
        errors.ColumnTypeError,
        r"mean_squared_error: expected numbers .* got strings; convert them with \.astype\(float\)",
    ),
    "labels 1 and 2 against a score": (
        lambda: evaluate(Y + 1, P, "accuracy"),
        errors.LabelError,
        r"expected labels 0 and 1 .* got 2 other .*; make them 0 and 1 \(such as y_true == 2\)",
    ),
    "several labels a row against one": (
        lambda: evaluate([[1, 1, 0], [0, 1, 0]], [[0.9, 0.8, 0.1], [0.1, 0.7, 0.2]], "accuracy"),
        errors.LabelError,
        r"accuracy: expected one label a row .* got 1 rows with several or none; binary_accuracy",
    ),
    "a confusion matrix of several labels a row": (
        lambda: evaluate([[1, 1, 0], [0, 0, 0]], np.ones((2, 3)), "confusion_matrix"),
        errors.LabelError,
        r"expected one label a row .* got 2 rows with several or none; .*'multilabel'",
    ),
    "a positive label that is none": (
        lambda: evaluate(["a", "b"], ["a", "b"], "sklearn:f1_score"),
        errors.LabelError,
        r"expected pos_label among the labels \['a', 'b'\], got 1; give pos_label='b', or average",
    ),
    "logits": (
        lambda: evaluate([0, 2], [[0.2, -3.0, 0.5], [0.1, 0.8, 0.1]], "scce"),
        errors.DomainError,
        "expected probabilities, got values down to -3.0; .*from_logits=True, or apply a softmax",
    ),
    "several metrics in one string": (
        lambda: evaluate(Y, P, "accuracy, mse"),
        errors.UnknownNameError,
        r"no metric 'accuracy, mse'; give several as a list, \['accuracy', 'mse'\] \(in a shell",
    ),
    "a set of metrics": (
        lambda: evaluate(Y, P, {"mse", "accuracy"}),
        errors.ArgumentError,
        r"expected a metric name, .* got a set; give a list, \['accuracy', 'mse'\]",
    ),
    "a class of one's own": (
        lambda: evaluate(Y, P, {"mine": Path}),
        errors.ArgumentError,
        'got the class Path of pathlib; for a formula of your own write a disteval.Metric: "Add',
    ),
    "a misspelt argument that is near": (
        lambda: evaluate(Y, P, "f1_score(averge='macro')"),
        errors.ArgumentError,
        "unexpected keyword argument 'averge'; its parameters are .*; did you mean 'average'",
    ),
    "a prefix of a name": (
        lambda: evaluate(Y, P, "fbeta"),
        errors.UnknownNameError,
        "no metric 'fbeta'; did you mean 'fbeta_score'. 'disteval metrics' in a shell lists them",
    ),
    "a file on another machine": (
        lambda: evaluate("label", "score", "mse", data="s3://bucket/preds.parquet"),
        errors.SourceNotFoundError,
        "expected files of this machine, got 's3://.*; copy them here, or open them with dask",
    ),
    "groups of two columns": (
        lambda: evaluate(Y, P, "mse", by=np.ones((4, 2), int)),
        errors.ShapeError,
        r"expected one group label a row, got by of shape \(N, 2\); join several columns",
    ),
    "weights that are strings": (
        lambda: evaluate(Y, P, "mse", sample_weight=["1", "2", "3", "4"]),
        errors.ColumnTypeError,
        "expected numbers in sample_weight, got strings; convert them",
    ),
    "a weight for each class": (
        lambda: evaluate(Y, P, "mse", sample_weight=np.ones((4, 2))),
        errors.ShapeError,
        r"expected one weight a row, got sample_weight of shape \(N, 2\); give their sum",
    ),
    "nothing but missing values": (
        lambda: evaluate([np.nan, np.nan], [0.0, 1.0], "mse", nan_policy="omit"),
        errors.EmptyDataError,
        "expected at least one row without NaN, got none of 2; is a column wrong",
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


def test_functions_and_classes_of_other_libraries_are_known_by_their_names() -> None:
    import sklearn.metrics as sk

    binary = type("BinaryAccuracy", (), {"__module__": "torchmetrics.classification"})
    for given, kind in [(binary, "class"), (binary(), "object")]:
        said = f"got the {kind} BinaryAccuracy of torchmetrics; give its name, 'binary_accuracy'"
        with pytest.raises(errors.ArgumentError, match=said):
            evaluate(Y, P, [given])
    with pytest.raises(errors.UnknownNameError, match="coverage_error' is not available"):
        evaluate(Y, P, sk.coverage_error)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("gone/*.parquet", "no file matches 'gone/*.parquet'; there is no folder 'gone'"),
        ("here/*.csv", "no file matches 'here/*.csv'; the folder 'here' holds x-1.npz, x-2.npz"),
        ("*.csv", "no file matches '*.csv'; the working directory holds here, preds.npz"),
        ("here/y-1.npz", "there is no file 'here/y-1.npz'; did you mean 'here/x-1.npz' or 'here/x"),
        ("perds.npz", "there is no file 'perds.npz'; did you mean 'preds.npz'?"),
        ("pred", "there is no file 'pred'; for a column of that name, give data= (a mapping"),
        ("gone/", "there is no file 'gone/'; the working directory holds here, preds.npz"),
        ("empty/x.csv", "there is no file 'empty/x.csv'; there is no folder 'empty'"),
    ],
)
def test_what_is_there_in_the_place_of_a_missing_file(
    given: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("here").mkdir()
    for name in ("preds.npz", "here/x-2.npz", "here/x-1.npz", ".hidden"):
        np.savez(name, y=Y)
    with pytest.raises(errors.SourceNotFoundError) as caught:
        evaluate("y", "p", "mse", data=given)
    assert str(caught.value).startswith(said)


def test_columns_of_dask_and_of_other_lengths() -> None:
    import dask.array as da

    y, p = da.zeros(6, chunks=3), da.zeros(18, chunks=3)
    with pytest.raises(
        errors.LengthMismatchError, match=r"y_true: 6, y_pred: 18 rows; are y_pred 3"
    ):
        evaluate(y, p, "mse")
    with pytest.raises(
        errors.LengthMismatchError, match="6, y_pred: 5 rows; give the same rows of"
    ):
        evaluate(y, p[:5], "mse")
    with pytest.raises(errors.LengthMismatchError, match="y_pred: 1 rows; rows are the first axis"):
        evaluate(y, da.zeros((1, 6)), "mse")
    with pytest.raises(errors.LengthMismatchError, match="a Dask array of 6 rows; give the same"):
        evaluate(y, np.zeros(5), "mse")


def test_the_tree_of_errors_is_the_one_that_is_drawn() -> None:
    drawn, above = [], list[str]()
    for line in (errors.__doc__ or "").splitlines():
        node = re.fullmatch(r"    ([│├└─ ]*)(\w+)(?: \((\w+)\))?(?:  .*)?", line)
        if node is None or not issubclass(getattr(errors, node[2], int), Exception | Warning):
            continue
        above = [*above[: len(node[1]) // 4], node[2]]
        drawn.append((node[2], above[-2] if len(above) > 1 else None, node[3]))
    for name, parent, builtin in drawn:
        bases = [base.__name__ for base in getattr(errors, name).__bases__]
        own = ["Exception"] if parent is None and builtin is None else []
        assert bases == [known for known in (parent, builtin) if known] + own, name
    known = [name for name, value in vars(errors).items() if isinstance(value, type)]
    assert sorted(name for name, _, _ in drawn) == sorted(known)


def test_a_metric_is_no_number() -> None:
    with pytest.raises(errors.ArgumentError, match=r"expected a metric name.*got 3"):
        evaluate(Y, P, 3)
    with pytest.raises(errors.ArgumentError, match=r"non-negative number beta, got -1\.0"):
        evaluate(Y, P, metrics.FBetaScore(beta=-1.0))
