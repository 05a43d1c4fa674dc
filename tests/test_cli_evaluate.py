"""`disteval evaluate`: what it takes, what it prints and writes, and what it refuses."""

from __future__ import annotations

import contextlib
import csv
import errno
import json
import os
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

import disteval
from disteval import cli
from disteval.cli import outputs, running
from disteval.cli.evaluating import joined

ROWS = 90
COLUMNS = ["preds.npz", "--y-true", "label", "--y-pred", "score"]
PINBALL = '''
"""The README's metric."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from disteval.metrics import RowMean


@dataclass(frozen=True)
class PinballLoss:
    quantile: float

    def __call__(self, batch):
        error = batch["y_true"].astype("float64") - batch["y_pred"].astype("float64")
        return np.maximum(self.quantile * error, (self.quantile - 1) * error)


@dataclass(frozen=True, repr=False)
class MeanPinballLoss(RowMean):
    quantile: float = 0.5
    key = "mean_pinball_loss"

    @property
    def values(self):
        return PinballLoss(self.quantile)


class Nameless(MeanPinballLoss):
    key = ""


low = MeanPinballLoss(0.1)


def plain(y_true, y_pred):
    return 0.0


ROWS = 3
'''

FORMULAS = """
import functools
import numpy as np


def rmse(y_true, y_pred):
    return np.sqrt(np.mean((y_pred - y_true) ** 2))


def within(y_true, y_pred, cut=0.5):
    return np.mean(abs(y_true - y_pred) < cut)


near = functools.partial(within, cut=0.1)


def _helper(a, b):
    return a
"""


def table() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, ROWS)
    return {
        "label": label,
        "score": np.round(0.3 * label + 0.7 * rng.random(ROWS), 3),
        "weight": rng.integers(1, 4, ROWS),
        "country": np.array(["FR", "DE", "IT"])[np.arange(ROWS) % 3],
        "hole": np.where(np.arange(ROWS) == 7, np.nan, 0.5),
        "always": np.ones(ROWS),
    }


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Go to a folder with a table, and the shards of two columns."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    columns = table()
    np.savez("preds.npz", **columns)
    for name, column in (("true", "label"), ("pred", "score"), ("groups", "country")):
        Path(name).mkdir()
        for i in range(3):
            np.save(f"{name}/{i}.npy", columns[column][30 * i : 30 * (i + 1)])
    for name in ("pinball.py", "my_metrics.py"):
        Path(name).write_text(PINBALL)
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner(env={"COLUMNS": "80"}).invoke(cli.main, ["evaluate", *words])


def evaluated(*words: str) -> dict[str, Any]:
    """Return the result, read from JSON."""
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def refused(*words: str) -> str:
    """Return the message of a command that must fail as wrong usage or input."""
    result = run(*words)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    return " ".join(result.stderr.split())


def expected(metrics: Any, **more: Any) -> dict[str, Any]:
    result = disteval.evaluate("label", "score", metrics, data=table(), **more)
    found: dict[str, Any] = json.loads(result.to_json())
    return found


# --- what it takes ----------------------------------------------------------------------------


def test_values_are_those_of_evaluate() -> None:
    metrics = ["accuracy", "fbeta_score(beta=2)", "mse"]
    words = [word for metric in metrics for word in ("-m", metric)]
    assert evaluated(*COLUMNS, *words) == expected(metrics)


def test_weight_and_groups() -> None:
    found = evaluated(*COLUMNS, "-m", "mse", "--weight", "weight", "--by", "country")
    assert found == expected("mse", sample_weight="weight", by="country")
    assert set(found["slices"]) == {"DE", "FR", "IT"}


def test_a_preset_and_more() -> None:
    found = evaluated(*COLUMNS, "-m", "binary", "-m", "mse")
    assert found == expected(["binary", "mse"])


@pytest.mark.parametrize("policy", ["omit", "propagate"])
def test_nan_policy(policy: Any) -> None:
    words = ["preds.npz", "--y-true", "label", "--y-pred", "hole", "-m", "mse"]
    found = evaluated(*words, "--nan-policy", policy)
    result = disteval.evaluate("label", "hole", "mse", data=table(), nan_policy=policy)
    assert found == json.loads(result.to_json())
    assert found["rows"]["dropped"] == {"score: NaN": 1} or found["rows"]["used"] == ROWS - 1
    assert "expected no NaN" in refused(*words)


def test_several_columns_are_classes() -> None:
    words = ["preds.npz", "--y-true", "label", "-m", "accuracy"]
    found = evaluated(*words, "--y-pred", "hole", "--y-pred", "score", "--nan-policy", "omit")
    result = disteval.evaluate(
        "label", ["hole", "score"], "accuracy", data=table(), nan_policy="omit"
    )
    assert found == json.loads(result.to_json())


def test_one_column_alone() -> None:
    found = evaluated("preds.npz", "--y-true", "score", "-m", "mean")
    assert found["metrics"] == {"mean": disteval.metrics.Mean()(table()["score"])}


@pytest.mark.parametrize(
    "words",
    [
        ["--y-true", "true", "--y-pred", "pred"],
        ["--y-true", "true/*.npy", "--y-pred", "pred/*.npy"],
        ["--y-true", "true/0.npy", "true/1.npy", "true/2.npy", "--y-pred", "pred/*.npy"],
        ["--y-pred", "pred", "--y-true", "true/0.npy", "true/1.npy", "true/2.npy"],
    ],
)
def test_shards(words: list[str]) -> None:
    assert evaluated(*words, "-m", "mse")["digest"] == expected("mse")["digest"]


def test_shards_of_groups() -> None:
    groups = [f"groups/{i}.npy" for i in range(3)]
    found = evaluated("--y-true", "true", "--y-pred", "pred", "--by", *groups, "-m", "mse")
    assert set(found["slices"]) == {"DE", "FR", "IT"}


def test_words_after_shards_are_shards() -> None:
    words = ["a.npz", "--y-true", "t/0.npy", "t/1.npy", "--y-pred", "score", "b.npz", "-m", "mse"]
    assert joined(words) == [
        *("a.npz", "--y-true", "t/0.npy\0t/1.npy", "--y-pred", "score", "b.npz", "-m", "mse")
    ]
    assert joined(["--by", "g.npy", "--y-true", "x.npz", "y.npz", "z.npy"]) == [
        *("--by", "g.npy", "--y-true", "x.npz\0y.npz", "z.npy")
    ]
    assert joined(["--y-true"]) == ["--y-true"]
    assert joined([]) == []


def test_several_files_of_data() -> None:
    columns = table()
    for i in range(3):
        part = {name: values[30 * i : 30 * (i + 1)] for name, values in columns.items()}
        np.savez(f"part-{i}.npz", **part)
    words = ["--y-true", "label", "--y-pred", "score", "-m", "mse"]
    digest = expected("mse")["digest"]
    assert evaluated("part-0.npz", "part-1.npz", "part-2.npz", *words)["digest"] == digest
    assert evaluated(*words, "part-0.npz", "part-1.npz", "part-2.npz")["digest"] == digest
    assert evaluated("part-*.npz", *words)["digest"] == digest
    assert evaluated("part-0.npz", "part-[12].npz", *words)["digest"] == digest
    message = refused("part-*.npz", "./part-1.npz", *words)
    assert "'part-1.npz' is given twice; its rows would count twice" in message


@pytest.mark.parametrize("scheduler", ["threads", "sync"])
def test_schedulers_by_name(scheduler: str) -> None:
    assert evaluated(*COLUMNS, "-m", "mse", "--scheduler", scheduler) == expected("mse")


@pytest.mark.parametrize("progress", ["bar", "lines", "none"])
def test_progress_is_not_on_stdout(progress: str) -> None:
    assert evaluated(*COLUMNS, "-m", "mse", "--progress", progress) == expected("mse")


# --- the examples of the help -----------------------------------------------------------------


def examples() -> list[str]:
    text = CliRunner(env={"COLUMNS": "80"}).invoke(cli.main, ["evaluate", "--help"]).output
    lines = text.replace("\\\n", "").splitlines()
    return [line.strip() for line in lines if line.startswith("      disteval evaluate ")]


@pytest.fixture
def tables() -> None:
    """Write what the examples of the help name."""
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = pandas.DataFrame(table())
    frame.to_parquet("preds.parquet")
    Path("preds").mkdir()
    for i in range(3):
        frame[30 * i : 30 * (i + 1)].to_parquet(f"preds/{i}.parquet")
    classes = frame[["label"]].assign(p_cat=0.2, p_dog=frame["score"] * 0.8)
    classes["p_owl"] = 0.8 - classes["p_dog"]
    classes.to_csv("preds.csv", index=False)


def globbed(command: str) -> list[str]:
    """Split into words as a shell does: globs without quotes become files."""
    words = []
    for raw, word in zip(command.split(), shlex.split(command), strict=True):
        found = sorted(map(str, Path().glob(word))) if "*" in word and "'" not in raw else []
        words += found or [word]
    return words


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("number", range(6))
def test_the_examples_of_the_help_run(number: int, request: pytest.FixtureRequest) -> None:
    found = examples()
    assert len(found) == 6
    example = found[number]
    if "tcp://" in example:
        address = request.getfixturevalue("cluster_address")
        example = example.replace("tcp://127.0.0.1:8786", address)
    _, *words = globbed(example)
    result = CliRunner(env={"COLUMNS": "80"}).invoke(cli.main, words)
    assert result.exit_code == 0, result.output
    page = Path("result.html")
    shown = page.read_text(encoding="utf-8") if "result.html" in example else result.stdout
    assert "accuracy" in shown or "mean_" in shown


# --- metrics of one's own ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metric", "name", "quantile"),
    [
        ("pinball.py:MeanPinballLoss", "mean_pinball_loss", 0.5),
        ("./pinball.py:MeanPinballLoss()", "mean_pinball_loss", 0.5),
        ("pinball.py:MeanPinballLoss(quantile=0.9)", "mean_pinball_loss(quantile=0.9)", 0.9),
        ("pinball.py:low", "mean_pinball_loss(quantile=0.1)", 0.1),
        ("pinball.py:Nameless", "Nameless", 0.5),
        ("pinball:MeanPinballLoss", "mean_pinball_loss", 0.5),
    ],
)
def test_a_metric_of_ones_own(
    metric: str, name: str, quantile: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "pinball", raising=False)
    found = evaluated(*COLUMNS, "-m", metric, "-m", "mse")["metrics"]
    error = table()["label"] - table()["score"]
    loss = np.maximum(quantile * error, (quantile - 1) * error)
    assert found == {name: pytest.approx(loss.mean(), rel=1e-14)} | expected("mse")["metrics"]


@pytest.mark.parametrize(
    ("metric", "name", "cut"),
    [
        ("formulas.py:within", "within", 0.5),
        ("formulas.py:within(cut=0.2)", "within(cut=0.2)", 0.2),
        ("formulas.py:near", "near", 0.1),
        ("formulas:within()", "within", 0.5),
    ],
)
def test_a_function_of_ones_own(
    metric: str, name: str, cut: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "formulas", raising=False)
    Path("formulas.py").write_text(FORMULAS)
    found = evaluated(*COLUMNS, "-m", metric, "-m", "formulas.py:rmse", "-m", "rmse(name='own')")
    error = abs(table()["label"] - table()["score"])
    assert found["metrics"][name] == (error < cut).mean()
    # NumPy's mean is rounded before its root is taken
    assert found["metrics"]["rmse"] == pytest.approx(found["metrics"]["own"], rel=1e-15)
    assert "has no" not in refused(*COLUMNS, "-m", "formulas.py:other")
    assert "its metrics are rmse, within" in refused(*COLUMNS, "-m", "formulas.py")


def test_a_file_may_import_its_neighbours() -> None:
    Path("metrics").mkdir()
    Path("metrics/pinball_copy.py").write_text(PINBALL)
    Path("metrics/own.py").write_text("from pinball_copy import MeanPinballLoss as Loss\n")
    assert "mean_pinball_loss" in evaluated(*COLUMNS, "-m", "metrics/own.py:Loss")["metrics"]


def test_a_file_leaves_no_module_behind() -> None:
    before = set(sys.modules)
    assert run(*COLUMNS, "-m", "pinball.py:low").exit_code == 0
    assert not [name for name in set(sys.modules) - before if "pinball" in name]


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        ("gone.py:Loss", "there is no file 'gone.py' to take a metric from"),
        ("gone:Loss", "'gone' cannot be imported: ModuleNotFoundError: No module named 'gone'"),
        ("pinball.py:MeanPinbalLoss", "no 'MeanPinbalLoss' in 'pinball.py'; did you mean 'MeanP"),
        ("pinball.py:Other", "its metrics are MeanPinballLoss, Nameless, low"),
        ("empty.py:Other", "there is no 'Other' in 'empty.py'; it has no metrics"),
        ("wrong.py:Loss", "'wrong.py' cannot be imported, line 2: SyntaxError: "),
        ("raises.py:Loss", "'raises.py' cannot be imported, line 3: ValueError: not today"),
        ("raises:Loss", "'raises' cannot be imported, line 3: ValueError: not today"),
        ("pinball.py:plain", "plain: expected a formula of the rows, got 0.0 whatever they are"),
        ("pinball.py:plain(odd=1)", "unexpected keyword argument 'odd'; is it the name of one of"),
        ("pinball.py:PinballLoss", "a class that is none; its metrics are MeanPinballLoss, "),
        ("pinball.py:ROWS", "expected a function of (y_true, y_pred), a subclass of disteval.M"),
        ("pinball.py:low(quantile=1)", "got a metric that has its arguments already; its met"),
        ("pinball.py", "expected pinball.py:NAME; its metrics are MeanPinballLoss, Nameless, low"),
        ("pinball.py:MeanPinballLoss(q=1)", "unexpected keyword argument 'q'; is an argument"),
        ("pinball.py:MeanPinballLoss(0.5)", "with literal keyword arguments, got"),
        ("pinball.py:MeanPinballLoss(quantile=open('x'))", "with literal keyword arguments, got"),
    ],
)
def test_what_is_no_metric_of_ones_own(metric: str, message: str) -> None:
    Path("empty.py").write_text("")
    Path("wrong.py").write_text("\nx = (\n")
    Path("raises.py").write_text("def f():\n    pass\nraise ValueError('not today')\n")
    assert message in refused(*COLUMNS, "-m", metric)


# --- what it prints and writes ----------------------------------------------------------------


def test_text_and_markdown() -> None:
    result = disteval.evaluate("label", "score", "binary", data=table(), by="country")
    words = [*COLUMNS, "-m", "binary", "--by", "country"]
    assert run(*words).stdout == f"{result}\n"
    assert run(*words, "--markdown").stdout == f"{result.to_markdown()}\n"


def test_a_terminal_gets_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outputs, "in_terminal", lambda: True)
    result = CliRunner(env={"COLUMNS": "80", "FORCE_COLOR": "1", "TERM": "xterm-256color"}).invoke(
        cli.main, ["evaluate", *COLUMNS, "-m", "mse"], color=True
    )
    assert result.exit_code == 0
    assert "\x1b[" in result.stdout


def test_warnings_are_one_line_each() -> None:
    result = run("preds.npz", "--y-true", "label", "--y-pred", "always", "-m", "mcc", "--json")
    assert result.exit_code == 0
    (note,) = json.loads(result.stdout)["notes"]
    assert result.stderr == f"disteval: warning: {note}\n"


@pytest.mark.parametrize("suffix", [".json", ".md", ".html", ".csv", ".JSON"])
def test_files(suffix: str) -> None:
    words = [*COLUMNS, "-m", "binary", "--by", "country", "-o", f"result{suffix}"]
    Path(f"result{suffix}").write_text("an older one")
    result = run(*words)
    assert (result.exit_code, result.output) == (0, "")
    assert [path.name for path in Path().glob("*result*")] == [f"result{suffix}"]
    assert [path.name for path in Path().glob(".*")] == []
    written = Path(f"result{suffix}").read_text(encoding="utf-8")
    found = disteval.evaluate("label", "score", "binary", data=table(), by="country")
    if suffix.lower() == ".json":
        assert written == found.to_json() + "\n"
    elif suffix == ".md":
        assert written == found.to_markdown() + "\n"
    elif suffix == ".html":
        assert found._repr_html_() in written
        assert written.startswith("<!DOCTYPE html>\n")
    else:
        rows = list(csv.DictReader(written.splitlines()))
        assert rows[0] == {
            "metric": "accuracy",
            "label": "",
            "slice": "",
            "value": repr(found["accuracy"]),
        }
        assert [float(row["value"]) for row in rows] == found.to_frame()["value"].tolist()
        assert {row["slice"] for row in rows} == {"", "DE", "FR", "IT"}


def test_a_file_that_cannot_be_written_costs_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    def replace(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "replace", replace)
    result = run(*COLUMNS, "-m", "mse", "-o", "result.json")
    assert result.exit_code == 2
    assert result.stdout.startswith("mean_squared_error ")
    where = str(Path("result.json").resolve())
    assert result.stderr == f"disteval: cannot write {where!r}: No space left on device\n"
    assert not list(Path().glob("*result*"))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-o", "result.txt"], "expected -o FILE to end in .json, .md, .html, .csv, got 'result"),
        (["-o", "result"], "expected -o FILE to end in .json"),
        (["-o", "gone/result.json"], "to write 'result.json' into; make it first"),
        (["-o", "true"], "'true' is a directory"),
        (["--json", "--markdown"], "--json and --markdown are different outputs of one result"),
        (["--json", "-o", "a.md"], "--json and -o are different outputs"),
    ],
)
def test_outputs_are_checked_before_the_work(words: list[str], message: str) -> None:
    assert message in refused("gone.npz", "--y-true", "label", "-m", "mse", *words)


def test_a_folder_that_is_read_only(monkeypatch: pytest.MonkeyPatch) -> None:
    # root may write anywhere
    monkeypatch.setattr(os, "access", lambda _, mode: mode != os.W_OK)
    assert "of 'a.md' cannot be written to" in refused(*COLUMNS, "-m", "mse", "-o", "a.md")


# --- what it refuses --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["preds.npz"], "Missing option '--y-true', the column of true values; the columns are la"),
        ([], "Missing option '--y-true', the column of true values, or its .npy files"),
        (COLUMNS, "say what to compute: -m METRIC, such as -m accuracy, or a preset: -m binary"),
        ([*COLUMNS, "-m", "acuracy"], "did you mean 'accuracy'"),
        ([*COLUMNS, "-m", "acuracy"], "'accuracy'? 'disteval metrics' in a shell lists"),
        ([*COLUMNS, "-m", "fbeta_score(2)"], "expected a metric such as 'fbeta_score(beta=2.0)'"),
        ([*COLUMNS, "-m", "mse(open('x'))"], "expected a metric such as"),
        ([*COLUMNS, "-m", "mse(x=1)"], "its parameters are"),
        ([*COLUMNS, "-m", "mse", "r2"], "there is no file 'r2'; for the metric write -m r2"),
        ([*COLUMNS, "-m", "mse", "binary"], "for the metric write -m binary"),
        ([*COLUMNS, "p_dog", "-m", "mse"], "repeat the option, such as --y-pred p_dog"),
        (["gone.npz", *COLUMNS[1:], "-m", "mse"], "there is no file 'gone.npz'"),
        (["gone/*.npz", *COLUMNS[1:], "-m", "mse"], "'gone/*.npz'"),
        ([*COLUMNS[1:], "-m", "mse"], "there is no file 'label'; for a column of this name, say"),
        (["preds.npz", "--y-true", "labl", *COLUMNS[3:], "-m", "mse"], "'labl'"),
        (
            ["preds.npz", "--y-true", "true/0.npy", "true/1.npy", "-m", "mse"],
            "expected the name of a column of DATA as --y-true, got 2 files ('true/0.npy', ...)",
        ),
        (
            ["--y-true", "true", "--y-pred", "pred/0.npy", "--y-pred", "pred/1.npy", "-m", "mse"],
            "several --y-pred name columns of DATA, and no DATA are given",
        ),
        ([*COLUMNS, "-m", "mse", "--nan-policy", "skip"], "'skip' is not one of 'raise', 'omit'"),
        ([*COLUMNS, "-m", "mse", "--progress", "much"], "'much' is not one of 'bar', 'lines'"),
        ([*COLUMNS, "-m", "mse", "--scheduler", "host:1"], "or an address such as 'tcp://host"),
        ([*COLUMNS, "-m", "mse", "--scheduler", "x://host:1"], "no Dask scheduler answers at 'x:"),
        ([*COLUMNS, "-m", "mse", "--scheduler", "tcp://host"], "no Dask scheduler answers at 't"),
    ],
)
def test_wrong_usage(words: list[str], message: str) -> None:
    assert message in refused(*words)


@contextlib.contextmanager
def deaf() -> Iterator[str]:
    """Yield the address of somebody who listens and never answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield f"tcp://127.0.0.1:{listening.getsockname()[1]}"


def test_a_scheduler_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "CONNECT_SECONDS", 0.3)
    with deaf() as address:
        start = time.monotonic()
        message = refused(*COLUMNS, "-m", "mse", "--scheduler", address)
        assert time.monotonic() - start < 3
    assert message == f"disteval: no Dask scheduler answers at {address!r}: waited 0.3 s"


# --- a cluster --------------------------------------------------------------------------------


def test_a_file_of_metrics_goes_to_the_workers(cluster_address: str) -> None:
    words = [*COLUMNS, "-m", "pinball.py:MeanPinballLoss(quantile=0.9)", "-m", "mse"]
    here = evaluated(*words)
    there = evaluated(*words, "--scheduler", cluster_address)
    assert there == here
    shards = ["--y-true", "true/0.npy", "true/1.npy", "true/2.npy", "--y-pred", "pred", *words[5:]]
    assert evaluated(*shards, "--scheduler", cluster_address)["metrics"] == here["metrics"]


def test_the_address_of_a_worker(cluster_address: str) -> None:
    from distributed import Client

    with Client(cluster_address, set_as_default=False) as client:
        worker = next(iter(client.scheduler_info()["workers"]))
    message = refused(*COLUMNS, "-m", "mse", "--scheduler", worker)
    assert (
        message
        == f"disteval: expected the address of a Dask scheduler, got that of a Worker: {worker!r}"
    )


# --- a process of its own ---------------------------------------------------------------------


def test_in_a_shell() -> None:
    command = (
        f"{shlex.quote(sys.executable)} -m disteval evaluate --y-true true/*.npy --y-pred "
        "pred/*.npy -m mse -m mcc --by groups/*.npy --json | head -n 1"
    )
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("{\n", "")
