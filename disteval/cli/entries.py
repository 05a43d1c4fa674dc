"""Entries of the catalogue as text and as JSON."""

from __future__ import annotations

import dataclasses
import json
import shutil
import textwrap
from collections.abc import Iterator, Sequence

import click

from disteval.cli.commands import in_terminal
from disteval.metrics.catalogue import Listing


def show(found: list[Listing], others: Sequence[str] = (), *, as_json: bool) -> None:
    """Print a line for each, or all about one and the names of others like it."""
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(listing) for listing in found], indent=2))
        return
    # a line each where a program reads, such as grep
    width = shutil.get_terminal_size().columns if in_terminal() else 0
    lines = _whole(found[0], others, width or 80) if len(found) == 1 else _table(found, width)
    click.echo("\n".join(lines))


def _table(found: Sequence[Listing], width: int) -> Iterator[str]:
    """Names and aliases, and the definition."""
    names = [f"{x.name} ({', '.join(x.aliases)})" if x.aliases else x.name for x in found]
    indent = max(map(len, names)) + 2
    for name, listing in zip(names, found, strict=True):
        room = max(width - indent, 30) if width else 1000
        first, *more = textwrap.wrap(listing.definition, room) or [""]
        yield f"{name:<{indent}}{first}".rstrip()
        yield from (" " * indent + line for line in more)


def _whole(listing: Listing, others: Sequence[str], width: int) -> Iterator[str]:
    """All about one metric."""
    names = dict.fromkeys([*listing.aliases, listing.class_name])
    names.pop(listing.name, None)
    yield f"{listing.name}  (also {', '.join(names)})" if names else listing.name
    yield from _wrapped(listing.definition, "  ", width)
    if listing.description:
        yield ""
        yield from _wrapped(listing.description, "  ", width)
    for i, parameter in enumerate(listing.parameters):
        if not i:
            yield ""
        default = f"={parameter.default}" if parameter.default else ""
        kind = f" : {parameter.kind}" if parameter.kind else ""
        yield from _wrapped(f"{parameter.name}{default}{kind}", "  ", width)
        yield from _wrapped(parameter.description, "      ", width)
    yield ""
    facts = {
        "returns": listing.returns,
        "state": listing.state,
        "exact": listing.exact,
        "as in": listing.reference,
        "see also": ", ".join(others),
    }
    for label, text in facts.items():
        if text:
            yield from _wrapped(text, " " * 12, width, f"  {label:<10}")


def _wrapped(text: str, indent: str, width: int, first: str | None = None) -> list[str]:
    return textwrap.wrap(
        text,
        max(width, 40),
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_on_hyphens=False,
    )
