"""`disteval metrics`: the catalogue."""

from __future__ import annotations

import click

from disteval.cli.commands import SETTINGS, Command
from disteval.cli.completion import families, names
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
@click.option(
    "--family",
    shell_complete=lambda _ctx, _param, incomplete: families(incomplete),
    help="Only metrics of this family: regression, labels, ...",
)
@click.option("--json", "as_json", is_flag=True, help="Print the whole of each entry as JSON.")
def metrics(search: tuple[str, ...], *, family: str | None, as_json: bool) -> None:
    """The metrics: a line for each, or all about the one that SEARCH names.

    SEARCH is a name or an alias, or words of the names or the definition.

    \b
    Examples:
        disteval metrics                 all of them, by family
        disteval metrics entropy         those that have to do with it
        disteval metrics fbeta_score     definition, parameters, what is exact
        disteval metrics binary          the metrics of a preset
        disteval metrics --family labels those of labels
        disteval metrics --json          the catalogue for a program
    """  # noqa: D301  (a backspace keeps the lines of an example)
    from disteval.cli.entries import show, show_one
    from disteval.metrics import catalogue
    from disteval.metrics.catalogue import Listing

    def wanted(listing: Listing | None) -> bool:
        return listing is not None and family in (None, listing.family)

    _check(family)
    text = " ".join(search)
    if text in catalogue.presets() and family is None:
        show(catalogue.of_preset(text), as_json=as_json)
        return
    found = list(filter(wanted, catalogue.search(text)))
    one = catalogue.exactly(text)
    one = one if wanted(one) else found[0] if len(found) == 1 else None
    if one is not None:
        others = [listing.name for listing in found if listing != one]
        show_one(one, others, as_json=as_json)
    elif found:
        show(found, as_json=as_json, by_family=True)
        if not as_json and not family:
            click.echo(f"\npresets: {', '.join(catalogue.presets())}")
    else:
        raise UnknownNameError(_nothing(text, family))


def _check(family: str | None) -> None:
    """Refuse a family that there is not."""
    from disteval.metrics import catalogue

    known = catalogue.families()
    if family is not None and family not in known:
        msg = f"there is no family {family!r}; there are {', '.join(known)}"
        raise UnknownNameError(msg)


def _nothing(text: str, family: str | None) -> str:
    """What to say where nothing is found."""
    from disteval.metrics.absent import ABSENT
    from disteval.metrics.names import nearest

    if text in ABSENT:
        return f"the metric {text!r} is {ABSENT[text]}"
    near = nearest(text)
    hint = f"did you mean {' or '.join(map(repr, near))}?" if near else "try a shorter word"
    of = f" of the family {family}" if family else ""
    return f"there is no metric{of} that has {text!r} in its names or definition; {hint}"
