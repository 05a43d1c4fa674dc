"""The bar of a terminal or a notebook, drawn by rich."""

from __future__ import annotations

import importlib.util
from typing import Any

from disteval.engine.standing import Standing

_BAR_WIDTH, _LEAST_BAR = 40, 6
_SPARE = 3  # columns, for the ^C that a terminal echoes: it must not begin a line of its own


def can_draw(console: Any) -> bool:
    """Whether a bar can be drawn there, without a warning."""
    if console.is_jupyter:
        return importlib.util.find_spec("ipywidgets") is not None  # else rich warns
    return bool(console.is_terminal and not console.is_dumb_terminal)


def drawn(standing: Standing, width: int) -> Any:
    """A bar and its numbers, and the values below; lines as wide as the screen at most."""
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table

    width -= _SPARE
    numbers = one_line(standing.numbers, width)
    room = min(width - len(numbers) - 1, _BAR_WIDTH)
    first: Any = numbers
    if room >= _LEAST_BAR:
        first = Table.grid(padding=(0, 1))
        known = standing.share is not None
        bar = ProgressBar(1.0, standing.share or 0.0, width=room, pulse=not known)
        first.add_row(bar, numbers)
    if not standing.values:
        return first
    return Group(first, one_line("  ".join(standing.values), width))


def one_line(text: str, width: int) -> Any:
    """Text cut where it would not fit; in no colours, for it is no markup."""
    from rich.text import Text

    line = Text(text, no_wrap=True)
    line.truncate(width, overflow="ellipsis")
    return line
