"""A sheet as GitHub's markdown."""

from __future__ import annotations

import re

from disteval.report.sheet import Facts, Sheet, Table

# an underscore inside a word, as in "mean_squared_error", is one to GitHub too
_SPECIAL = re.compile(r"[\\`*|\[\]~$#]|(?<!\w)_|_(?!\w)")


def as_markdown(sheet: Sheet) -> str:
    """Tables and a list of facts; every text in it is escaped."""
    return "\n\n".join(_facts(b) if isinstance(b, Facts) else _table(b) for b in sheet) + "\n"


def escaped(text: str) -> str:
    r"""The text so that it shows as it is, in a table too.

    Examples
    --------
    >>> print(escaped("a|b <script> *c* mean_squared_error"))
    a\|b &lt;script> \*c\* mean_squared_error
    """
    text = text.strip().replace("&", "&amp;").replace("<", "&lt;")
    return _SPECIAL.sub(r"\\\g<0>", text)


def _table(table: Table) -> str:
    table = table.narrowed(len(table.head)) if table.more_columns else table
    lines = [f"**{escaped(table.title)}**\n"] if table.title else []
    lines.append(_row(*table.head))
    lines.append(_row(":---", *["---:"] * (len(table.head) - 1)))
    lines += [_row(*(cell.text for cell in row)) for row in table.rows]
    if table.more:
        lines.append(f"\n{escaped(table.more)}")
    return "\n".join(lines)


def _row(*texts: str) -> str:
    return f"| {' | '.join(map(escaped, texts))} |"


def _facts(facts: Facts) -> str:
    return "\n".join(f"- {word}: {escaped(text)}" for word, text in facts.lines)
