"""The command line: help, exit codes, messages, and what it does not import."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

import disteval
from disteval import cli
from disteval.demo import program, scale
from disteval.errors import DistevalError, ShapeError, SourceNotFoundError


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli.main, arguments)
    return result.exit_code, result.output


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_version() -> None:
    assert run("--version") == (0, f"disteval {disteval.__version__}\n")


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["demo", "--help"]])
def test_help_teaches_by_example(arguments: list[str]) -> None:
    code, out = run(*arguments)
    assert code == 0
    assert "disteval demo --rows 1e9" in out
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


@pytest.mark.parametrize("error", [ShapeError, SourceNotFoundError])
def test_errors_are_one_message(
    error: type[DistevalError], monkeypatch: pytest.MonkeyPatch
) -> None:
    def show(*_: object) -> bool:
        msg = "expected this, got that"
        raise error(msg)

    monkeypatch.setattr(program, "show", show)
    result = CliRunner().invoke(cli.main, ["demo"])
    assert result.exit_code == 2
    assert result.stderr == "disteval: expected this, got that\n"
    assert result.stdout == ""


def test_a_failed_check_ends_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "show", lambda *_: False)
    assert run("demo") == (1, "")


def test_an_interrupt_ends_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def show(*_: object) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(program, "show", show)
    result = CliRunner().invoke(cli.main, ["demo"])
    assert result.exit_code == 130
    assert result.stderr == "disteval: interrupted, nothing is left running\n"


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


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from disteval.cli import main\n"
        "assert CliRunner().invoke(main, ['--help']).exit_code == 0\n"
        "heavy = {'dask', 'distributed', 'numba', 'rich', 'pandas', 'cupy'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = python("-c", code)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_as_a_module() -> None:
    done = python("-m", "disteval", "--version")
    assert (done.returncode, done.stdout) == (0, f"disteval {disteval.__version__}\n")
