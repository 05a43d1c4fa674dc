"""A sheet as text: rich tables, with colours on a terminal that has them and without elsewhere."""

from __future__ import annotations

import io
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from disteval.report.sheet import Cell, Facts, Sheet, Table

ONE_COLUMN = 20
"""Entries of a vector that stand below each other; more stand in several columns."""
NARROW_HEAD = 16
"""The width to which heads are folded where they do not fit."""
GAP = 2

_BREAKS = re.compile(r"(?:[^_(,=\s/.-]|[.-](?=\d))*[_(,=\s/.-]*")


@dataclass(frozen=True)
class Drawing:
    """A sheet that a rich console can print."""

    sheet: Sheet

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType]:
        width = options.max_width
        if options.ascii_only:
            yield Text(as_text(self.sheet, width, options.encoding))
            return
        parts = [part for block in self.sheet for part in _drawn(block, width)]
        widths = [Measurement.get(console, options, p).maximum for part in parts for p in part]
        rule = Text("─" * min(width, max(widths, default=0)), style="dim")
        for i, part in enumerate(parts):
            if i:
                yield rule
            yield from part


def as_text(sheet: Sheet, width: int | None = None, encoding: str | None = None) -> str:
    """Plain text without colours, lines that end where their text ends.

    Parameters
    ----------
    sheet : what to show
    width : columns; by default those of the terminal where there is one, else 80
    encoding : what the text must fit in; by default that of the standard output
    """
    stream = io.StringIO()
    console = Console(
        file=stream,
        width=max(20, _width() if width is None else width),
        height=100,
        color_system=None,
        force_terminal=False,
        force_jupyter=False,
        force_interactive=False,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
    )
    console.print(Drawing(sheet))
    lines = [line.rstrip() for line in stream.getvalue().rstrip("\n").split("\n")]
    encoding = encoding or getattr(sys.stdout, "encoding", None) or "utf-8"
    return _encodable("\n".join(lines), encoding)


def _width() -> int:
    isatty = getattr(sys.stdout, "isatty", None)  # there may be no standard output
    return shutil.get_terminal_size().columns if isatty is not None and isatty() else 80


def _encodable(text: str, encoding: str) -> str:
    """The text as far as the encoding has it; what it has not becomes an escape."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.replace("─", "-").replace("…", "...")
        return text.encode(encoding, "backslashreplace").decode(encoding)
    return text


# --- blocks -----------------------------------------------------------------------------------


def _drawn(block: Table | Facts, width: int) -> list[list[RenderableType]]:
    """A block as lines and grids; in parts, between which a line is drawn."""
    if isinstance(block, Facts):
        return [[_facts(block)]]
    more: list[RenderableType] = []
    if block.more:
        more = [Text(block.more, style="dim", overflow="fold")]
    if block.kind == "values":
        return [[_values(block), *more]]
    if block.kind == "groups":
        parts: list[list[RenderableType]] = [[grid] for grid in _groups(block, width)]
        parts[-1] += more
        return parts
    title = Text(block.title, style="bold", overflow="fold")
    return [[title, *map(_indented, [*_one(block, width - GAP), *more])]]


def _one(table: Table, width: int) -> list[RenderableType]:
    """All of one value; in several tables where its columns do not fit beside each other."""
    if table.kind != "columns":
        return [_matrix(table, width) if table.kind == "matrix" else _entries(table, width)]
    first, *others = _groups(table.narrowed(len(table.head)), width)
    return [first, *(part for grid in others for part in (Text(" "), grid))]


def _indented(renderable: RenderableType) -> RenderableType:
    return Padding(renderable, (0, 0, 0, GAP), expand=False)


def _grid(*, heads: bool = False) -> RichTable:
    return RichTable(
        box=None,
        show_header=heads,
        show_edge=False,
        pad_edge=False,
        padding=(0, GAP, 0, 0),
        header_style="",
    )


def _facts(facts: Facts) -> RichTable:
    grid = _grid()
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for word, text in facts.lines:
        grid.add_row(Text(word), Text(text))
    return grid


def _values(table: Table) -> RichTable:
    grid = _grid()
    grid.add_column(style="bold", overflow="fold")
    grid.add_column(overflow="fold")
    width = _width_of(value for _, value in table.rows)
    for name, value in table.rows:
        grid.add_row(Text(name.text), _value(value, width))
    return grid


def _value(cell: Cell, width: int) -> Text:
    """The cell, aligned to the right of so many columns; a longer text goes on to the right.

    Aligned here, and not by rich: that would strip the blanks that align the decimal points.
    """
    blanks = " " * (width - cell_len(cell.text))
    return Text(blanks + cell.text, style="cyan" if cell.number else "")


def _width_of(cells: Iterable[Cell]) -> int:
    """The width of the numbers; texts take what they need."""
    return max((cell_len(cell.text) for cell in cells if cell.number), default=0)


def _entries(table: Table, width: int) -> RichTable:
    """Labels and values; reading down, in as many columns as fit where there are many."""
    rows = table.rows
    label = min(max(cell_len(row[0].text) for row in rows), max(8, width // 2))
    value = _width_of(row[1] for row in rows)
    between = 2 * GAP + 1
    fit = max(1, (width + between) // (label + GAP + value + between))
    height = -(-len(rows) // fit) if len(rows) > ONE_COLUMN else len(rows)
    grid = _grid()
    for first in range(0, len(rows), height):
        if first:
            grid.add_column(width=1)  # a wider gap between a value and the next label
        grid.add_column(max_width=label, overflow="fold")
        grid.add_column(overflow="fold")
    for i in range(height):
        pairs = [(Text(name.text), _value(number, value)) for name, number in rows[i::height]]
        grid.add_row(*pairs[0], *(text for pair in pairs[1:] for text in ("", *pair)))
    return grid


def _matrix(table: Table, width: int) -> RichTable:
    """As many columns as fit, and how many more there are."""
    label = min(_widest(table, 0, NARROW_HEAD), max(8, width // 3))
    widths = [_widest(table, j, NARROW_HEAD) for j in range(1, len(table.head))]
    shown = _fitting(widths, width - label, GAP)
    if shown < len(widths) or table.more_columns:
        shown = _fitting(widths, width - label - len("… 9,999 more") - GAP, GAP)
        table = table.narrowed(1 + shown)
        widths = [*widths[:shown], cell_len(table.head[-1])]
    grid = _grid(heads=True)
    grid.add_column(
        Text(folded(table.head[0], label), style="dim"), max_width=label, overflow="fold"
    )
    for head in table.head[1:]:
        grid.add_column(_head(head, NARROW_HEAD), overflow="fold")
    for name, *cells in table.rows:
        grid.add_row(Text(name.text, style="bold"), *map(_value, cells, widths))
    return grid


def _groups(table: Table, width: int) -> list[RichTable]:
    """Groups by metrics; in several tables where the columns do not fit beside each other."""
    longest, limit = _widest(table, 0, width), width
    label = min(longest, max(12, width // 3))
    widths = [_widest(table, j, limit) for j in range(1, len(table.head))]
    left = width - sum(widths) - GAP * len(widths)
    if left >= label:
        label = min(longest, left)
    else:
        limit = NARROW_HEAD
        widths = [_widest(table, j, limit) for j in range(1, len(table.head))]
    grids: list[RichTable] = []
    start = 0
    while start < len(widths) or not grids:
        stop = start + max(1, _fitting(widths[start:], width - label, GAP))
        columns = range(1 + start, 1 + min(stop, len(widths)))
        grids.append(_some_columns(table, label, limit, columns))
        start = stop
    return grids


def _some_columns(table: Table, label: int, limit: int, columns: Sequence[int]) -> RichTable:
    grid = _grid(heads=True)
    first = Text(folded(table.head[0], label), style="bold" if table.kind == "groups" else "dim")
    grid.add_column(first, width=label, overflow="fold")
    for j in columns:
        grid.add_column(_head(table.head[j], limit), overflow="fold")
    widths = [_widest(table, j, limit) for j in columns]
    for i, row in enumerate(table.rows):
        name = Text(row[0].text, style="" if i and table.kind == "groups" else "bold")
        grid.add_row(name, *(_value(row[j], w) for j, w in zip(columns, widths, strict=True)))
    return grid


def _head(head: str, limit: int) -> Text:
    return Text(folded(head, limit), style="bold", justify="right")


def _widest(table: Table, column: int, limit: int) -> int:
    """The width of a column whose head is folded to the limit."""
    head = max(map(cell_len, folded(table.head[column], limit).split("\n")))
    return max([head, *(cell_len(row[column].text) for row in table.rows)])


def _fitting(widths: Sequence[int], room: int, gap: int) -> int:
    """How many columns of these widths fit, each after a gap."""
    used = 0
    for i, width in enumerate(widths):
        used += gap + width
        if used > room:
            return i
    return len(widths)


def folded(head: str, width: int) -> str:
    r"""A name in lines of at most this width, broken where its words end if that is possible.

    Examples
    --------
    >>> folded("root_mean_squared_error", 14)
    'root_mean_\nsquared_error'
    >>> folded("fbeta_score(beta=0.5)", 18)
    'fbeta_score(beta=\n0.5)'
    """
    lines = [""]
    for word in _BREAKS.findall(head):
        if lines[-1] and cell_len(lines[-1] + word.rstrip()) > width:
            lines.append("")
        lines[-1] += word
        while cell_len(lines[-1].rstrip()) > width:
            cut = next(i for i in range(len(lines[-1]), 0, -1) if cell_len(lines[-1][:i]) <= width)
            lines[-1:] = [lines[-1][:cut], lines[-1][cut:]]
    return "\n".join(line.rstrip() for line in lines)
