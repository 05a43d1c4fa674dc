"""The README, followed: every block is pasted, and prints what stands there.

Python blocks go line by line into one interactive session, bash blocks into a shell in the same
folder. What a block prints stands in the text block after it, the value of an expression in the
comment behind it. ``python tests/test_readme.py`` writes the output that they have now into the
README.
"""

from __future__ import annotations

import ast
import code
import contextlib
import io
import os
import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
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
PASTED = re.compile(
    r"^```(python|bash)\n(.*?)^```\n(?:\n?```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL
)
WRONG_CALL = re.compile(r"^\| `(.+?)` \| (.*) \|$", re.MULTILINE)
NAMES = {"evaluate": disteval.evaluate, "metrics": disteval.metrics, "np": np, "nan": float("nan")}
RUN = "python3 -m venv .venv && .venv/bin/python -m pip install -q . && .venv/bin/disteval demo"
TEST = (
    "python3 -m venv .venv && .venv/bin/python -m pip install -q -e '.[test]' "
    "&& .venv/bin/python -m pytest -n auto"
)
WIDTH = 100


@dataclass
class Session(code.InteractiveConsole):
    """A Python session into which lines are pasted; what it shows is kept."""

    values: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__({"__name__": "__main__"})

    def showtraceback(self) -> None:
        """Raise what the pasted line raised."""
        raise sys.exc_info()[1] or AssertionError

    def showsyntaxerror(self, *_: Any, **__: Any) -> None:
        """As the line does not even parse."""
        self.showtraceback()

    def paste(self, body: str) -> tuple[str, str]:
        """Return the block with the values of its expressions, and what else it printed."""
        match = re.match(r"# (\w+\.py)\n", body)
        if match:
            Path(match[1]).write_text(body, encoding="utf-8")
        shown: list[str] = []
        printed = io.StringIO()
        before, sys.displayhook = sys.displayhook, self.values.append
        more = False
        try:
            with contextlib.redirect_stdout(printed):
                for line in _without_values(body):
                    shown.append(line)
                    more = self.push(line)
                    if not more:
                        shown += _with_values(shown, self.values)
        finally:
            sys.displayhook = before
        assert not more, f"the session waits for more after {shown[-1]!r}"
        return "".join(f"{line}\n" for line in shown), printed.getvalue()


def _without_values(body: str) -> list[str]:
    """The lines of a block, without the values behind its expressions."""
    lines = body.splitlines()
    for node in reversed(ast.parse(body).body):
        if isinstance(node, ast.Expr):
            assert node.end_lineno is not None
            line = lines[node.end_lineno - 1]
            lines[node.end_lineno - 1] = line.encode()[: node.end_col_offset].decode()
            if lines[node.end_lineno : node.end_lineno + 1]:
                below = lines[node.end_lineno]
                if below.startswith("# "):
                    del lines[node.end_lineno]
    return lines


def _with_values(shown: list[str], values: list[Any]) -> Iterator[str]:
    """Put the value behind the last line, or below where it is too long."""
    while values:
        value = values.pop()
        if value is not None:
            comment = repr(value)
            assert "\n" not in comment, comment
            if len(shown[-1]) + len(comment) + 4 <= WIDTH:
                shown[-1] += f"  # {comment}"
            else:
                yield f"# {comment}"


def shell_output(command: str) -> str:
    """Run a command line of disteval, as a terminal of 100 columns shows it."""
    program, *words = shlex.split(command)
    assert program == "disteval"
    result = CliRunner().invoke(main, words, env={"COLUMNS": str(WIDTH), "NO_COLOR": "1"})
    assert result.exit_code == 0, result.output
    return "".join(f"{line.rstrip()}\n" for line in result.stdout.splitlines())


def followed(text: str, folder: Path) -> str:
    """Return the README with the output that its blocks have now, in this folder."""
    session = Session()

    def pasted(match: re.Match[str]) -> str:
        language, body, _ = match.groups()
        if language == "python":
            body, printed = session.paste(body)
        else:
            printed = shell_output(body.replace("\\\n", " "))
        output = f"\n```text\n{printed}```\n" if printed else ""
        return f"```{language}\n{body}```\n{output}"

    with contextlib.chdir(folder):
        return PASTED.sub(pasted, text)


def message(call: str) -> str:
    """Return what a wrong call says."""
    try:
        eval(call, dict(NAMES))
    except errors.DistevalError as error:
        return str(error).replace("|", "\\|")
    raise AssertionError(call)


def wrong_calls(text: str) -> list[tuple[str, str]]:
    _, _, after = text.partition("## Wrong calls")
    section, _, _ = after.partition("\n## ")
    return WRONG_CALL.findall(section)


@pytest.fixture(scope="module")
def text() -> str:
    return README.read_text(encoding="utf-8")


def test_pasted_blocks_print_what_is_written(text: str, tmp_path: Path) -> None:
    assert len(PASTED.findall(text)) > 15
    now = followed(text, tmp_path)
    assert now.splitlines() == text.splitlines(), "python tests/test_readme.py writes it anew"


def test_wrong_calls_say_what_is_written(text: str, tmp_path: Path) -> None:
    calls = wrong_calls(text)
    assert len(calls) == 12
    with contextlib.chdir(tmp_path):
        assert calls == [(call, message(call)) for call, _ in calls]


def test_both_commands_are_there_once(text: str) -> None:
    assert [body for language, body in BLOCK.findall(text) if language == "sh"] == [
        f"{RUN}\n",
        f"{TEST}\n",
    ]
    assert text.count(RUN) == text.count(TEST) == 1
    assert text.count("pip install -q") == 2


def test_links_lead_somewhere(text: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    assert len(links) >= 4
    assert [link for link in links if not (README.parent / link).exists()] == []


def test_lines_are_short(text: str) -> None:
    assert [line for line in text.splitlines() if len(line) > 125 and line[0] != "|"] == []


if __name__ == "__main__":
    import tempfile

    os.environ |= {"COLUMNS": "80", "NO_COLOR": "1"}
    written = README.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as work:
        written = followed(written, Path(work))
        with contextlib.chdir(work):
            for wrong, said in wrong_calls(written):
                old = f"| `{wrong}` | {said} |"
                written = written.replace(old, f"| `{wrong}` | {message(wrong)} |")
    README.write_text(written, encoding="utf-8")
