"""What there is to show of a result, as plain tables: text, HTML and markdown draw this alone."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal, NamedTuple

import numpy as np

from disteval.engine import RowCounts
from disteval.protocol import Value
from disteval.report.grids import Grid, grid_of
from disteval.report.values import Labels, axes, is_curve, is_single, leaves, plain, size

MOST = 20
"""Groups, and rows and columns of a matrix, that are shown."""
MOST_ENTRIES = 60
"""Entries of a vector, and labels of a table of several columns, that are shown."""
POINTS = 11
"""Points of a curve that are shown, where it has more than `MOST`."""
LAST = 5
"""How many of the labels shown are the last ones, which may be averages."""
REST = "to_frame() has all"

_MOST_SHOWN, _MOST_DIGITS = 21, 60  # of integers
_OF_LABELS = ("y_pred > ", "the place of ")  # how rules begin that make labels of predictions


class Cell(NamedTuple):
    """A text; numbers of a column come padded, so that their decimal points align."""

    text: str
    number: bool = False


@dataclass(frozen=True)
class Table:
    """A table.

    Parameters
    ----------
    kind : "values" (a name and a value a row), "list" (the entries of one value), "matrix",
        "columns" (several values of each label), or "groups" (a group a row, a metric a column)
    title : what is above it, or ""
    head : the heads of the columns
    rows : the cells of the rows that are shown
    more : what is below it: how many rows are not shown, or ""
    more_columns : how many columns are not shown
    """

    kind: Literal["values", "list", "matrix", "columns", "groups"]
    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    more: str = ""
    more_columns: int = 0

    def same(self, other: Table) -> bool:
        """Whether both show the same numbers of the same labels."""
        return (self.rows, self.more) == (other.rows, other.more)

    def narrowed(self, columns: int) -> Table:
        """The first so many columns, and one that tells how many are not shown."""
        hidden = len(self.head) - columns + self.more_columns
        if not hidden:
            return self
        head = (*self.head[:columns], f"… {hidden:,} more")
        rows = tuple((*row[:columns], Cell("…")) for row in self.rows)
        return replace(self, head=head, rows=rows, more_columns=0)


@dataclass(frozen=True)
class Facts:
    """What must be said about the values: (word, text); a word may come several times."""

    lines: tuple[tuple[str, str], ...]


Sheet = tuple[Table | Facts, ...]


class Group(NamedTuple):
    """A group of rows: its label, the values by name, the rows used."""

    label: Any
    values: Mapping[str, Value]
    rows: int


# --- texts ------------------------------------------------------------------------------------


def visible(text: Any) -> str:
    r"""The text in one line: what cannot be seen is written as an escape.

    Examples
    --------
    >>> print(visible("two\nlines"), visible("\x1b[31mred"))
    two\nlines \x1b[31mred
    """
    shown = str(text)
    if shown.isprintable():
        return shown
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in shown)


def label_text(label: Any) -> str:
    """A label; in quotes where blanks at its ends would not be seen."""
    if isinstance(label, str) and (not label or label != label.strip()):
        return visible(repr(label))
    return visible(label)


def path_text(path: Labels) -> str:
    """Labels and keys that lead to a number."""
    return ", ".join(map(label_text, path))


def number_text(value: Any, *, full: bool = False) -> str:
    """A number to six decimals, integers in full; or every digit that it has.

    Examples
    --------
    >>> [number_text(x) for x in (1234567, 0.5, 1234.5, 1.5e-7, 1e300, float("nan"))]
    ['1,234,567', '0.500000', '1,234.500000', '1.500000e-07', '1.000000e+300', 'nan']
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return visible(value)
    if isinstance(value, int):
        most = _MOST_DIGITS if full else _MOST_SHOWN
        return f"{value:,}" if abs(value) < 10**most else f"{Decimal(value):.6e}"
    if full or not math.isfinite(value):
        return repr(value)
    # fewer than four digits would be left of the small, more than there are shown of the large
    fixed = value == 0 or 1e-3 <= abs(value) < 1e10
    return f"{value:,.6f}" if fixed else f"{value:.6e}"


def cell(value: Any, *, full: bool = False) -> Cell:
    """A value of one number or text; the size of any other."""
    if not is_single(value):
        return Cell(f"{size(value):,} values")
    value = plain(value)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return Cell(number_text(value, full=full), number)


def aligned(column: Iterable[Cell]) -> list[Cell]:
    """The cells of a column; numbers padded to the right of their decimal points."""
    cells = list(column)
    after = [len(c.text) - len(c.text.partition(".")[0]) if c.number else 0 for c in cells]
    most = max(after, default=0)
    return [
        Cell(c.text + " " * (most - n), number=True) if c.number else c
        for c, n in zip(cells, after, strict=True)
    ]


# --- tables -----------------------------------------------------------------------------------


def singles(values: Mapping[str, Value], *, full: bool = False) -> Table:
    """Values of one number each, below each other."""
    numbers = aligned(cell(value, full=full) for value in values.values())
    names = [Cell(visible(name)) for name in values]
    return Table("values", "", ("metric", "value"), tuple(zip(names, numbers, strict=True)))


def whole(name: str, value: Value, labels: Labels = (), *, full: bool = False) -> Table:
    """All of one value: a matrix, several columns, or a list of entries."""
    if isinstance(value, np.ndarray) and value.ndim == 2:
        return matrix(name, value, labels, full=full)
    if is_curve(value):
        return curve(name, value, full=full)
    grid = grid_of(value, labels)
    if grid is not None:
        return columns(name, grid, full=full)
    return entries(
        name, itertools.islice(leaves(value, labels), MOST_ENTRIES), size(value), full=full
    )


def entries(
    title: str, items: Iterable[tuple[Labels, Any]], total: int, *, full: bool = False
) -> Table:
    """Numbers with their labels, one a row."""
    pairs = list(items)
    numbers = aligned(cell(item, full=full) for _, item in pairs)
    labels = [Cell(path_text(path) or "value") for path, _ in pairs]
    more = f"… {total - len(pairs):,} more; {REST}" if total > len(pairs) else ""
    rows = tuple(zip(labels, numbers, strict=True)) or ((Cell("(no values)"), Cell("")),)
    return Table("list", visible(title), ("label", "value"), rows, more)


def matrix(title: str, value: Any, labels: Labels, *, full: bool = False) -> Table:
    """A matrix; that of labels by labels is a confusion matrix."""
    down, across = axes(value.shape, labels)
    corner = r"true \ predicted" if labels and down == across == labels else ""
    shown = value[:MOST, :MOST].tolist()
    columns = [
        aligned(cell(item, full=full) for item in column) for column in zip(*shown, strict=True)
    ]
    names = [Cell(label_text(label)) for label in down[: len(shown)]]
    hidden = len(down) - len(shown)
    return Table(
        "matrix",
        visible(title),
        (corner, *(label_text(label) for label in across[: len(columns)])),
        tuple(zip(names, *columns, strict=True)),
        f"… {hidden:,} more rows; {REST}" if hidden else "",
        len(across) - len(columns),
    )


def columns(title: str, grid: Grid, *, full: bool = False) -> Table:
    """Several values of each label; of very many labels the first ones, and the last."""
    chosen = list(range(len(grid.down)))
    hidden = len(chosen) - MOST_ENTRIES
    if hidden > 0:
        chosen[MOST_ENTRIES - LAST : -LAST] = []
    across = grid.across[:MOST]
    cells = [aligned(cell(grid.rows[i][j], full=full) for i in chosen) for j in range(len(across))]
    names = [Cell(label_text(grid.down[i])) for i in chosen]
    rows = list(zip(names, *cells, strict=True))
    if hidden > 0:
        rows.insert(MOST_ENTRIES - LAST, (Cell("…"),) * (1 + len(across)))
    return Table(
        "columns",
        visible(title),
        ("label", *map(label_text, across)),
        tuple(rows),
        f"… {hidden:,} more rows; {REST}" if hidden > 0 else "",
        len(grid.across) - len(across),
    )


def curve(title: str, value: Mapping[str, Any], *, full: bool = False) -> Table:
    """Points of a curve, evenly from the first to the last of them where there are many."""
    n = max(map(len, value.values()))
    last = POINTS - 1
    shown = range(n) if n <= MOST else [i * (n - 1) // last for i in range(POINTS)]
    rows = [[plain(part[i]) if i < len(part) else "" for part in value.values()] for i in shown]
    table = columns(title, Grid(shown, list(value), rows), full=full)
    more = f"{POINTS} of {n:,} points; {REST}" if n > MOST else ""
    return replace(table, head=("point", *table.head[1:]), more=more)


def groups_table(by: str, overall: Group, groups: Sequence[Group]) -> Table:
    """A group a row, the overall values first; a column for each metric of one number."""
    names = [name for name, value in overall.values.items() if is_single(value)]
    shown = [overall, *groups[:MOST]]
    labels = [Cell("all rows"), *(Cell(label_text(group.label)) for group in shown[1:])]
    columns = [aligned(cell(group.rows) for group in shown)]
    columns += [aligned(cell(group.values.get(name, "")) for group in shown) for name in names]
    hidden = len(groups) + 1 - len(shown)
    return Table(
        "groups",
        "",
        (visible(by), "rows", *map(visible, names)),
        tuple(zip(labels, *columns, strict=True)),
        f"… {hidden:,} more group{'s' if hidden > 1 else ''}; {REST}" if hidden else "",
    )


# --- the sheet --------------------------------------------------------------------------------


def sheet(
    values: Mapping[str, Value],
    labels: Mapping[str, Labels],
    facts: Facts,
    by: str = "",
    groups: Sequence[Group] = (),
    rows: int = 0,
) -> Sheet:
    """Everything to show: single numbers, or groups by metrics; all others; the facts."""
    single = {name: value for name, value in values.items() if is_single(value)}
    tables = []
    if groups:
        tables.append(groups_table(by, Group("", values, rows), groups))
    elif single:
        tables.append(singles(single))
    of = ", all rows" if groups else ""
    for name, value in values.items():
        if name not in single:
            table = whole(name, value, tuple(labels.get(name, ())))
            tables.append(replace(table, title=table.title + of))
    return (*tables, facts)


def facts(
    rows: RowCounts,
    rules: Mapping[str, str],
    notes: Iterable[str],
    passes: int,
    digest: str,
) -> Facts:
    """Rows, rules, notes and digest, in words."""
    lines = [("rows", f"{rows.used:,} used of {rows.seen:,} seen")]
    lines += [("dropped", f"{n:,} ({visible(why)})") for why, n in rows.dropped.items()]
    lines += [told(text) for text in rule_texts(rules)]
    lines += [("note", visible(note)) for note in notes]
    if passes > 1:
        lines.append(("passes", f"the data was read {passes} times"))
    return Facts((*lines, ("digest", digest[:16])))


def told(rule: str) -> tuple[str, str]:
    """A rule as a fact: how predictions became labels, or another one.

    Examples
    --------
    >>> told("y_pred > 0.5")
    ('labels', 'from predictions: y_pred > 0.5')
    >>> told("200 thresholds of y_pred")
    ('rule', '200 thresholds of y_pred')
    """
    makes_labels = rule.startswith(_OF_LABELS)
    return ("labels", f"from predictions: {rule}") if makes_labels else ("rule", rule)


def rule_texts(rules: Mapping[str, str]) -> list[str]:
    """Each rule once; with the metrics that it is for, where there are several rules."""
    by_rule: dict[str, list[str]] = {}
    for name, rule in rules.items():
        by_rule.setdefault(visible(rule), []).append(visible(name))
    if len(by_rule) < 2:
        return list(by_rule)
    return [f"{rule} ({few(names)})" for rule, names in by_rule.items()]


def few(names: Sequence[str], most: int = 4) -> str:
    """The first names, and how many more there are."""
    more = f", … {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
