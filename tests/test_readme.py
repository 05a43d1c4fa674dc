"""The README's Python blocks and their output, run; and its two shell commands.

``python tests/test_readme.py`` writes the output that they have now into the README.
"""

from __future__ import annotations

import contextlib
import doctest
import os
import re
import shlex
import sys
import traceback
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import disteval
from disteval import errors
from disteval.cli import main

README = Path(__file__).parent.parent / "README.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WRONG_CALL = re.compile(r"^\| `(.+?)` \| (.*) \|$", re.MULTILINE)
NAMES = {"evaluate": disteval.evaluate, "metrics": disteval.metrics, "np": np, "nan": float("nan")}
RUN = "python3 -m venv .venv && .venv/bin/python -m pip install -q . && .venv/bin/disteval demo"
TEST = (
    "python3 -m venv .venv && .venv/bin/python -m pip install -q -e '.[test]' "
    "&& .venv/bin/python -m pytest"
)


def blocks(text: str, language: str) -> list[str]:
    return [body for found, body in BLOCK.findall(text) if found == language]


def shell_output(command: str) -> str:
    """Run a command line of disteval, as a terminal of 100 columns shows it."""
    program, *words = shlex.split(command)
    assert program == "disteval"
    result = CliRunner().invoke(main, words, env={"COLUMNS": "100", "NO_COLOR": "1"})
    assert result.exit_code == 0, result.output
    return "".join(f"{line.rstrip()}\n" for line in result.stdout.splitlines())


def message(call: str) -> str:
    """Return what a wrong call says."""
    try:
        eval(call, dict(NAMES))
    except errors.DistevalError as error:
        return str(error)
    raise AssertionError(call)


def wrong_calls(text: str) -> list[tuple[str, str]]:
    _, _, after = text.partition("## Wrong calls")
    section, _, _ = after.partition("\n## ")
    return WRONG_CALL.findall(section)


def in_table(text: str) -> str:
    return text.replace("|", "\\|")


class Recorder(doctest.DocTestRunner):
    """Runs examples, and remembers what they printed."""

    def __init__(self) -> None:
        super().__init__(verbose=False)
        self.got: list[tuple[str, str]] = []

    def report_success(
        self,
        out: Any,  # noqa: ARG002  (the base class names them)
        test: doctest.DocTest,  # noqa: ARG002
        example: doctest.Example,
        got: str,
    ) -> None:
        self.got.append((example.source, got))

    def report_failure(
        self, out: Any, test: doctest.DocTest, example: doctest.Example, got: str
    ) -> None:
        super().report_failure(out, test, example, got)
        self.got.append((example.source, got))

    def report_unexpected_exception(
        self, out: Any, test: doctest.DocTest, example: doctest.Example, exc_info: Any
    ) -> None:
        super().report_unexpected_exception(out, test, example, exc_info)
        self.got.append((example.source, "".join(traceback.format_exception(*exc_info))))


def run_blocks(text: str, folder: Path) -> tuple[list[list[tuple[str, str]]], str]:
    """Run each Python block: what each example printed, and a report of what is not as written."""
    report: list[str] = []
    printed = []
    names: dict[str, Any] = {}
    with contextlib.chdir(folder):
        for i, body in enumerate(blocks(text, "python")):
            test = doctest.DocTestParser().get_doctest(body, names, f"block {i}", None, None)
            recorder = Recorder()
            recorder.run(test, out=report.append, clear_globs=False)
            names.update(test.globs)
            printed.append(recorder.got)
    return printed, "".join(report)


def as_written(got: str) -> str:
    """Return what was printed; a traceback without its frames."""
    head, frames, tail = got.partition("Traceback (most recent call last):\n")
    if not frames:
        return got
    raised = [line for line in tail.splitlines() if not line.startswith(" ")]
    return f"{head}{frames}    ...\n" + "\n".join(raised)


def rewritten(text: str, folder: Path) -> str:
    """Return the README with the output that its blocks have now."""
    printed, _ = run_blocks(text, folder)
    for body, examples in zip(blocks(text, "python"), printed, strict=True):
        lines = []
        for source, got in examples:
            first, *more = source.splitlines()
            lines += [f">>> {first}", *(f"... {line}" for line in more)]
            lines += as_written(got).splitlines()
        text = text.replace(body, "\n".join(lines) + "\n")
    with contextlib.chdir(folder):
        for body in blocks(text, "console"):
            command = body.splitlines()[0]
            text = text.replace(body, f"{command}\n{shell_output(command.removeprefix('$ '))}")
        for call, said in wrong_calls(text):
            text = text.replace(
                f"| `{call}` | {said} |", f"| `{call}` | {in_table(message(call))} |"
            )
    return text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the README is followed: its shell commands read what its Python blocks wrote."""
    return tmp_path_factory.mktemp("readme")


def test_python_blocks_print_what_is_written(folder: Path) -> None:
    printed, report = run_blocks(README.read_text(encoding="utf-8"), folder)
    assert sum(map(len, printed)) > 20
    assert not report, f"{report}\n(python tests/test_readme.py writes the new output)"


def test_commands_print_what_is_written(folder: Path) -> None:
    written = blocks(README.read_text(encoding="utf-8"), "console")
    assert len(written) > 2
    with contextlib.chdir(folder):
        for body in written:
            command, _, output = body.partition("\n")
            assert output == shell_output(command.removeprefix("$ ")), command


def test_wrong_calls_say_what_is_written(tmp_path: Path) -> None:
    calls = wrong_calls(README.read_text(encoding="utf-8"))
    assert len(calls) == 12
    with contextlib.chdir(tmp_path):
        for call, said in calls:
            assert in_table(message(call)) == said


def test_both_commands_are_there_once() -> None:
    text = README.read_text(encoding="utf-8")
    assert blocks(text, "sh") == [f"{RUN}\n", f"{TEST}\n"]
    assert text.count(RUN) == text.count(TEST) == 1
    assert text.count("pip install -q") == 2


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README.read_text(encoding="utf-8"))
    assert len(links) >= 4
    assert [link for link in links if not (README.parent / link).exists()] == []


if __name__ == "__main__":
    import tempfile

    os.environ |= {"COLUMNS": "80", "NO_COLOR": "1"}
    with tempfile.TemporaryDirectory() as work:
        new = rewritten(README.read_text(encoding="utf-8"), Path(work))
    README.write_text(new, encoding="utf-8")
    sys.exit(0)
