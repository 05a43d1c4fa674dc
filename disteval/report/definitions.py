"""What a metric is, in the words of its docstring, or as its user wrote it."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import textwrap
from collections.abc import Iterable, Sequence
from types import CodeType
from typing import Any

from disteval.protocol import Metric
from disteval.report.sheet import visible

MOST_LINES = 12
"""Lines of a user's function that are shown."""

Line = tuple[str, str]


def defined(metric: Metric) -> tuple[list[Line], list[Line]]:
    """The facts that define a metric, and those that say what is exact.

    Where the metric stands for a function or a class that somebody wrote, these are its docstring
    and source. Where it stands for another metric, as a negated one, that follows it.
    """
    means, exact = definition(type(metric))
    own = written(metric)
    lines = [("definition", visible(means))] if means else []
    if own is not None:
        lines = _of_users(own)
    promised = [("exact", exact)] if exact else []
    inner = inner_of(metric)
    if inner is not None:
        further, promises = defined(inner)
        lines += [("of", visible(inner.canonical_string())), *further]
        promised += promises
    return lines, promised


def written(metric: Metric) -> Any:
    """The function or the class of a user that a metric stands for, or None.

    A formula holds the call of its function, and what a class in Keras's style has become holds
    its update, which knows the object.
    """
    for held in _held(metric):
        function = getattr(held, "function", None)
        if callable(function):
            return function
        if isinstance(getattr(held, "metric", None), Metric):
            return type(held.metric)
    return None


def inner_of(metric: Metric) -> Metric | None:
    """The metric that a metric is made of, as a negated one is."""
    return next((held for held in _held(metric) if isinstance(held, Metric)), None)


def _held(metric: Metric) -> list[Any]:
    """What stands in the fields of a metric."""
    return [getattr(metric, spec.name) for spec in dataclasses.fields(metric)]


def _of_users(own: Any) -> list[Line]:
    """The docstring and the source of a function; the docstring of a class."""
    if isinstance(own, type):
        means = first_line(own) or f"what {own.__name__}.update_state and result do"
        return [("definition", visible(means))]
    while isinstance(own, functools.partial):
        own = own.func
    words = inspect.cleandoc(getattr(own, "__doc__", None) or "").partition("\n")[0]
    lines = [("definition", visible(words))] if words else []
    code = _source(inspect.unwrap(own) if inspect.isroutine(own) else type(own).__call__)
    hidden = len(code) - MOST_LINES
    if hidden > 0:
        code[MOST_LINES:] = [f"… {hidden:,} more line{'s' if hidden > 1 else ''}"]
    return lines + [("" if i else "source", line) for i, line in enumerate(code)]


def _source(function: Any) -> list[str]:
    """The lines in which a function was written; none where no file has them."""
    try:
        lines, start = inspect.getsourcelines(function)
    except (OSError, TypeError):
        return []
    if getattr(function, "__name__", "") == "<lambda>":
        body = _body(function.__code__, lines, start)
        if body:
            given = str(inspect.signature(function))[1:-1]
            return [visible(f"lambda {given}: {body}")]
    text = textwrap.dedent("".join(lines).expandtabs(4)).rstrip()
    return [visible(line) for line in text.split("\n")]


def _body(code: CodeType, lines: Sequence[str], start: int) -> str:
    """What a lambda returns, out of the line in which it stands; "" where it is in several."""
    places = [place for place in code.co_positions() if place[2] is not None and place[3]]
    rows = {row for place in places for row in place[:2]}
    if len(rows) != 1:
        return ""
    (row,) = rows
    if row is None or not start <= row < start + len(lines):
        return ""
    line = lines[row - start].encode()
    first = min(place[2] or 0 for place in places)
    return line[first : max(place[3] or 0 for place in places)].decode(errors="replace")


# --- docstrings -------------------------------------------------------------------------------


def first_line(cls: type) -> str:
    """The first line of a class's docstring; "" where there is none but the dataclass's own."""
    text = inspect.cleandoc(vars(cls).get("__doc__") or "")
    return "" if text.startswith(f"{cls.__name__}(") else text.partition("\n")[0]


def definition(metric: type) -> tuple[str, str]:
    """The first line of a metric's docstring and what its "Exact:" line says.

    A form that another metric is resolved to may say nothing of its own: then its base does.
    """
    for cls in metric.__mro__:
        lines = inspect.cleandoc(vars(cls).get("__doc__") or "").split("\n")
        starts = [i for i, line in enumerate(lines) if line.strip().startswith("Exact:")]
        if starts:
            return lines[0], _paragraph(lines[starts[0] :]).removeprefix("Exact:").strip()
    return first_line(metric), ""


def _paragraph(lines: Iterable[str]) -> str:
    """The lines to the next blank one, or to the next that starts with a word and a colon."""
    found: list[str] = []
    for line in map(str.strip, lines):
        word, colon, _ = line.partition(":")
        if found and (not line or (colon and word.isalpha() and word[0].isupper())):
            break
        found.append(line)
    return " ".join(found)
