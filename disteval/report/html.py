"""A sheet as HTML for notebooks: no script, nothing from outside, the colours of the page."""

from __future__ import annotations

import html
import re

from disteval.report.sheet import Cell, Facts, Sheet, Table

SHORT = 24
"""The length of a text that stays in one line beside others."""

_BREAK = re.compile(r"[_(](?!$)")
_LINE = "1px solid color-mix(in srgb, currentColor 35%, transparent)"
_STYLE = f"""
.disteval {{ color: inherit; overflow-x: auto; }}
.disteval table {{ border-collapse: collapse; margin: 0 0 .9em 0; border: 0; font-size: inherit; }}
.disteval caption {{ text-align: left; font-weight: 600; padding: 0 0 .2em 0; color: inherit; }}
.disteval th, .disteval td {{
  text-align: left; vertical-align: top; line-height: 1.4; padding: .2em 1.2em .2em 0; border: 0;
  background: none; white-space: normal; }}
.disteval th:last-child, .disteval td:last-child {{ padding-right: 0; }}
.disteval span {{
  display: inline-block; vertical-align: top; max-width: 32em; overflow-wrap: break-word;
  white-space: normal; }}
.disteval thead th {{ border-bottom: {_LINE}; vertical-align: bottom; }}
.disteval tbody th {{ font-weight: normal; white-space: nowrap; }}
.disteval tbody th span {{ min-width: 10em; }}
.disteval .number {{
  text-align: right; white-space: pre; font-family: ui-monospace, monospace; }}
.disteval .right {{ text-align: right; }}
.disteval .overall > * {{ border-bottom: {_LINE}; font-weight: 600; }}
.disteval .quiet {{ opacity: .7; }}
""".strip()


def as_html(sheet: Sheet) -> str:
    """A piece of HTML; every text in it is escaped."""
    blocks = "\n".join(_facts(b) if isinstance(b, Facts) else _table(b) for b in sheet)
    return f'<div class="disteval">\n<style>\n{_STYLE}\n</style>\n{blocks}\n</div>'


def _table(table: Table) -> str:
    table = table.narrowed(len(table.head)) if table.more_columns else table
    caption = f"<caption>{_text(table.title)}</caption>" if table.title else ""
    first, *others = table.head
    heads = [f'<th class="quiet">{_text(first)}</th>' if table.kind == "matrix"
             else f"<th>{_text(first)}</th>"]  # fmt: skip
    heads += [f'<th class="right">{_head(head)}</th>' for head in others]
    lines = [f"<table>{caption}<thead><tr>{''.join(heads)}</tr></thead><tbody>"]
    for i, row in enumerate(table.rows):
        overall = ' class="overall"' if table.kind == "groups" and not i else ""
        cells = "".join(map(_cell, row[1:]))
        lines.append(f"<tr{overall}><th>{_text(row[0].text)}</th>{cells}</tr>")
    if table.more:
        lines.append(
            f'<tr><td colspan="{len(table.head)}" class="quiet">{_text(table.more)}</td></tr>'
        )
    return "\n".join([*lines, "</tbody></table>"])


def _cell(cell: Cell) -> str:
    kind = "number" if cell.number else "right"
    return f'<td class="{kind}">{_text(cell.text)}</td>'


def _facts(facts: Facts) -> str:
    lines = [
        f'<tr><th class="quiet">{_text(word)}</th><td>{_text(text)}</td></tr>'
        for word, text in facts.lines
    ]
    return "\n".join(["<table><tbody>", *lines, "</tbody></table>"])


def _text(text: str) -> str:
    escaped = html.escape(text, quote=True)
    return f"<span>{escaped}</span>" if len(text) > SHORT else escaped


def _head(text: str) -> str:
    """The head of a column, which may be broken where its words end."""
    return _BREAK.sub(r"\g<0><wbr>", _text(text))
