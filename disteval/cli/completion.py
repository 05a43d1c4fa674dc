"""Completion in the shell: metrics, and the columns of the files that were typed. Never an error.

click asks for it through the environment (``_DISTEVAL_COMPLETE``), and prints what comes back.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

TYPED = "disteval.typed"
"""Where a command keeps its words, in the context's `meta`."""


def metrics(incomplete: str) -> list[CompletionItem]:
    """Presets and names of metrics; files, for a metric of the user's own."""
    from click.shell_completion import CompletionItem

    return names(incomplete) or [CompletionItem(incomplete, type="file")]


def names(incomplete: str) -> list[CompletionItem]:
    """Presets and names of metrics."""
    from click.shell_completion import CompletionItem

    from disteval.metrics import catalogue

    found = [
        CompletionItem(name, help=f"a preset: {', '.join(names)}")
        for name, names in catalogue.presets().items()
        if name.startswith(incomplete)
    ]
    found += [
        CompletionItem(name, help=listing.definition)
        for listing in catalogue.listings()
        for name in (listing.name, *listing.aliases)
        if name.startswith(incomplete)
    ]
    return found


def families(incomplete: str) -> list[CompletionItem]:
    """Families of metrics."""
    from click.shell_completion import CompletionItem

    from disteval.metrics import catalogue

    return [CompletionItem(name) for name in catalogue.families() if name.startswith(incomplete)]


def columns(typed: Sequence[str], incomplete: str) -> list[CompletionItem]:
    """The columns of the first file among the words; files where there is none."""
    from click.shell_completion import CompletionItem

    known = columns_of(typed)
    if known:
        return [CompletionItem(name) for name in known if name.startswith(incomplete)]
    return [CompletionItem(incomplete, type="file")]


def columns_of(typed: Sequence[str]) -> list[str]:
    """The columns of the first file among the words; none where no file tells."""
    return next(filter(None, map(_names_in, _files(typed))), [])


def _files(typed: Sequence[str]) -> Iterator[Path]:
    from disteval.sources.files.paths import paths

    for word in typed:
        path = Path(word).expanduser()
        if not word.startswith("-") and (has_magic(word) or path.exists()):
            with contextlib.suppress(Exception):  # the run will tell
                yield paths(word)[0]


def _names_in(path: Path) -> list[str]:
    from disteval.sources.files.headers import names_in

    with contextlib.suppress(Exception):  # the run will tell
        return names_in(path)
    return []
