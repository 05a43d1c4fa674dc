"""The command line: help, exit codes, messages, completion, and what it does not import."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import click
import numpy as np
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

import disteval
from disteval import cli
from disteval.demo import program, scale
from disteval.errors import DistevalError, ShapeError, SourceNotFoundError

COMMANDS = (["--help"], ["-h"], ["demo", "--help"], ["evaluate", "--help"], ["metrics", "--help"])


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner(env={"COLUMNS": "80"}).invoke(cli.main, arguments)
    return result.exit_code, result.output


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_version() -> None:
    assert run("--version") == (0, f"disteval {disteval.__version__}\n")


@pytest.mark.parametrize("arguments", COMMANDS)
def test_help_teaches_by_example(arguments: list[str]) -> None:
    code, out = run(*arguments)
    assert code == 0
    examples = [line for line in out.splitlines() if line.startswith("      disteval ")]
    assert len(examples) >= 3
    assert max(map(len, out.splitlines())) <= 80


def test_no_command_is_wrong_usage() -> None:
    code, out = run()
    assert code == 2
    assert "Usage: " in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["dmo"], "No such command 'dmo'"),
        (["demo", "--bogus"], "No such option"),
        (["demo", "--rows", "many"], "expected a number of rows such as 1e6"),
        (["demo", "--rows", "2.5"], "expected a number of rows such as 1e6"),
        (["demo", "--rows", "0"], "expected a number of rows such as 1e6"),
        (["demo", "--rows", "inf"], "expected a number of rows such as 1e6"),
        (["demo", "--rows", "-5"], "expected a number of rows such as 1e6"),
        (["demo", "--rows", "10", "--keep", "x"], "--keep is for the flights"),
    ],
)
def test_wrong_usage_ends_with_2(arguments: list[str], message: str) -> None:
    code, out = run(*arguments)
    assert code == 2
    assert message in out


@pytest.mark.parametrize(("given", "rows"), [("1e6", 10**6), ("1_000", 1000), ("7", 7)])
def test_rows_as_people_write_them(given: str, rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def show(_: object, rows: int) -> bool:
        asked.append(rows)
        return True

    monkeypatch.setattr(scale, "show", show)
    assert run("demo", "--rows", given) == (0, "")
    assert asked == [rows]


# --- errors -----------------------------------------------------------------------------------


def failing(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    """Return exit code and stderr of a command that raises."""

    def show(*_: object) -> bool:
        raise error

    monkeypatch.setattr(program, "show", show)
    result = CliRunner().invoke(cli.main, ["demo"])
    assert result.stdout == ""
    return result.exit_code, result.stderr


@pytest.mark.parametrize("error", [ShapeError, SourceNotFoundError, OSError])
def test_errors_are_one_message(
    error: type[DistevalError], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = failing(error("expected this, got that"), monkeypatch)
    assert found == (2, "disteval: expected this, got that\n")


def test_too_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    code, message = failing(MemoryError("8 EiB"), monkeypatch)
    assert (code, message) == (2, "disteval: not enough memory: 8 EiB\n")


def test_a_bug_is_told_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    code, message = failing(AssertionError("never"), monkeypatch)
    assert code == 70
    assert message == (
        "disteval: a bug, in disteval or in a custom metric: AssertionError: never; "
        "DISTEVAL_TRACEBACK=1 shows where\n"
    )


@pytest.mark.parametrize(("error", "code"), [(ShapeError, 2), (KeyError, 70)])
def test_the_traceback_is_there_for_who_wants_it(
    error: type[Exception], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISTEVAL_TRACEBACK", "1")
    found, message = failing(error("x"), monkeypatch)
    assert found == code
    assert message.startswith("Traceback (most recent call last):\n")
    assert "shows where" not in message


def test_a_failed_check_ends_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "show", lambda *_: False)
    assert run("demo") == (1, "")


def test_an_interrupt_ends_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    code, message = failing(KeyboardInterrupt(), monkeypatch)
    assert (code, message) == (130, "disteval: interrupted, nothing is left running\n")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT for another process")
def test_an_interrupt_from_outside_ends_at_once() -> None:
    command = [sys.executable, "-u", "-m", "disteval", "demo", "--rows", "1e11"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline().startswith("100,000,000,000 rows")
        time.sleep(2)
        os.killpg(running.pid, signal.SIGINT)
        _, errors = running.communicate(timeout=20)
    assert running.returncode == 130
    assert errors == "disteval: interrupted, nothing is left running\n"


@pytest.mark.parametrize("arguments", [["metrics"], ["demo", "--rows", "10"]])
def test_a_reader_that_leaves_is_no_error(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "disteval", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
def test_a_full_disk_behind_stdout() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "disteval", "metrics"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr == "disteval: [Errno 28] No space left on device\n"


# --- completion -------------------------------------------------------------------------------


def completed(*words: str, command: click.Command = cli.main) -> list[str]:
    """What the shell is offered for the last word; a file type as "<file>"."""
    *before, incomplete = words
    shell = ShellComplete(command, {}, "disteval", "_DISTEVAL_COMPLETE")
    found = shell.get_completions(before, incomplete)
    return [item.value if item.type == "plain" else f"<{item.type}>" for item in found]


def test_names_are_completed() -> None:
    assert completed("evaluate", "-m", "fb") == ["fbeta_score"]
    assert completed("evaluate", "-m", "binary_c") == ["binary_crossentropy"]
    assert completed("evaluate", "-m", "bin")[:2] == ["binary", "binary_accuracy"]
    assert completed("metrics", "--family", "reg") == ["regression"]
    assert completed("evaluate", "-m", "mine") == ["<file>"]
    assert completed("metrics", "mcc") == ["mcc"]
    assert completed("metrics", "nothing") == []
    assert completed("ev") == ["evaluate"]


def test_columns_are_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    np.savez("a.npz", label=[1], score=[1.0])
    Path("b.csv").write_text('label,"the score"\n1,2\n')
    Path("broken.npz").write_text("not an archive")
    for option in ("--y-true", "--y-pred", "--weight", "--by"):
        assert completed("evaluate", "a.npz", option, "") == ["label", "score"]
    assert completed("evaluate", "a.npz", "--y-true", "la") == ["label"]
    assert completed("evaluate", "*.csv", "--y-true", "x", "--y-pred", "the") == ["the score"]
    assert completed("evaluate", "--y-pred=sc") == ["<file>"]
    assert completed("evaluate", "broken.npz", "--y-true", "") == ["<file>"]
    assert completed("evaluate", "gone.parquet", "--y-true", "") == ["<file>"]
    assert completed("a.npz", "--by", "s", command=cli.evaluate) == ["score"]


def test_columns_of_parquet_and_its_folders_are_completed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    arrow = pytest.importorskip("pyarrow")
    monkeypatch.chdir(tmp_path)
    Path("preds/country=FR").mkdir(parents=True)
    parquet.write_table(arrow.table({"label": [1]}), "preds/country=FR/0.parquet")
    assert completed("evaluate", "preds", "--by", "") == ["label", "country"]


def test_the_shell_asks_through_the_environment() -> None:
    result = CliRunner().invoke(
        cli.main,
        prog_name="disteval",
        env={
            "_DISTEVAL_COMPLETE": "bash_complete",
            "COMP_WORDS": "disteval evaluate -m matthews_corrc",
            "COMP_CWORD": "3",
        },
    )
    assert result.output == "plain,matthews_corrcoef\n"


# --- the dask command -------------------------------------------------------------------------


def test_dask_eval_is_the_same_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    np.savez("a.npz", label=[1.0, 2.0], score=[1.0, 4.0])
    dask = click.Group("dask")
    dask.add_command(cli.evaluate)  # what dask does with an entry point
    words = ["eval", "a.npz", "--y-true", "label", "--y-pred", "score", "-m", "mse"]
    result = CliRunner().invoke(dask, words)
    assert result.exit_code == 0
    assert result.output.startswith("mean_squared_error  2.0")
    words[3] = "gone"
    result = CliRunner().invoke(dask, words)
    assert result.exit_code == 2
    assert result.stderr.startswith("disteval: there is no ")


def test_dask_is_told_of_the_command() -> None:
    project = tomllib.loads(Path(__file__).parents[1].joinpath("pyproject.toml").read_text())
    points = project["project"]["entry-points"]["dask_cli"]
    assert points == {cli.evaluate.name: "disteval.cli:evaluate"}


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from disteval.cli import main\n"
        "for words in (['--help'], ['evaluate', '--help'], ['metrics', '--help']):\n"
        "    assert CliRunner().invoke(main, words).exit_code == 0\n"
        "assert CliRunner().invoke(main, ['evaluate']).exit_code == 2\n"
        "heavy = {'numpy', 'dask', 'distributed', 'numba', 'rich', 'pandas', 'cupy', 'pyarrow'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = python("-c", code)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_as_a_module() -> None:
    done = python("-m", "disteval", "--version")
    assert (done.returncode, done.stdout) == (0, f"disteval {disteval.__version__}\n")
