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

WIDEST = 44
"""Columns for names in a terminal, where the definitions stand beside them."""


def show(found: Sequence[Listing], *, as_json: bool, by_family: bool = False) -> None:
    """Print a line for each, or all of each as JSON."""
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(listing) for listing in found], indent=2))
        return
    # a line each where a program reads, such as grep
    width = shutil.get_terminal_size().columns if in_terminal() else 0
    click.echo("\n".join(_by_family(found, width) if by_family else _table(found, width)))


def show_one(listing: Listing, others: Sequence[str], *, as_json: bool) -> None:
    """Print all about one, and the names of others like it."""
    if as_json:
        show([listing], as_json=True)
        return
    width = shutil.get_terminal_size().columns if in_terminal() else 80
    click.echo("\n".join(_whole(listing, others, width)))


def _by_family(found: Sequence[Listing], width: int) -> Iterator[str]:
    """A section for each family."""
    for i, family in enumerate(dict.fromkeys(listing.family for listing in found)):
        yield from ("", family) if i else (family,)
        of = [listing for listing in found if listing.family == family]
        yield from (f"  {line}" for line in _table(of, max(width - 2, 0)))


def _table(found: Sequence[Listing], width: int) -> Iterator[str]:
    """Names and aliases, and the definition beside them, or below names that are long."""
    names = [f"{x.name} ({', '.join(x.aliases)})" if x.aliases else x.name for x in found]
    longest = max(map(len, names)) + 2
    indent = min(longest, WIDEST) if width else longest
    for name, listing in zip(names, found, strict=True):
        room = max(width - indent, 30) if width else 1000
        lines = textwrap.wrap(listing.definition, room) or [""]
        if len(name) + 2 <= indent:
            yield f"{name:<{indent}}{lines.pop(0)}".rstrip()
        else:
            yield from textwrap.wrap(name, width, subsequent_indent="    ")
        yield from (" " * indent + line for line in lines)


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
    better = f", {listing.better} is better" if listing.better else ""
    facts = {
        "family": listing.family,
        "takes": listing.shapes,
        "returns": listing.returns,
        "range": f"{listing.range}{better}." if listing.range else "",
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
