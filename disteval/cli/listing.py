"""`disteval metrics`: the catalogue."""

from __future__ import annotations

import click

from disteval.cli.commands import SETTINGS, Command
from disteval.cli.completion import names
from disteval.errors import UnknownNameError


@click.command(
    "metrics",
    cls=Command,
    context_settings=SETTINGS,
    short_help="The catalogue: names, definitions, parameters, what is exact.",
)
@click.argument(
    "search", nargs=-1, shell_complete=lambda _ctx, _param, incomplete: names(incomplete)
)
@click.option("--json", "as_json", is_flag=True, help="Print the whole of each entry as JSON.")
def metrics(search: tuple[str, ...], *, as_json: bool) -> None:
    """The metrics: a line for each, or all about the one that SEARCH names.

    SEARCH is a name or an alias, or words of the names or the definition.

    \b
    Examples:
        disteval metrics                 all of them
        disteval metrics entropy         those that have to do with it
        disteval metrics fbeta_score     definition, parameters, what is exact
        disteval metrics binary          the metrics of a preset
        disteval metrics --json          the catalogue for a program
    """  # noqa: D301  (a backspace keeps the lines of an example)
    from disteval.cli.entries import show
    from disteval.metrics import catalogue
    from disteval.metrics.names import nearest

    text = " ".join(search)
    if text in catalogue.presets():
        show(catalogue.of_preset(text), as_json=as_json)
        return
    one = catalogue.exactly(text)
    found = catalogue.search(text)
    if not one and not found:
        near = nearest(text)
        hint = f"did you mean {' or '.join(map(repr, near))}?" if near else "try a shorter word"
        msg = f"there is no metric that has {text!r} in its names or definition; {hint}"
        raise UnknownNameError(msg)
    if one or len(found) == 1:
        others = [listing.name for listing in found if listing != one]
        show([one or found[0]], others, as_json=as_json)
    else:
        show(found, as_json=as_json)
        if not as_json:
            click.echo(f"\npresets: {', '.join(catalogue.presets())}")
