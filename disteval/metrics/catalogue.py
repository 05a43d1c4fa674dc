"""The catalogue of metrics as data, read from the table of names and the classes' docstrings."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from disteval.errors import UnknownNameError
from disteval.metrics.names import find, parse
from disteval.metrics.negated import NEGATED, unprefixed
from disteval.metrics.presets import PRESETS
from disteval.metrics.table import TABLE, Entry
from disteval.parameters import as_literal, canonical

_LABELS = ("Shapes", "Range", "State", "Exact", "Reference")
_LABELLED = re.compile(rf"({'|'.join(_LABELS)}): ")
_OPPOSITE = {"higher": "lower", "lower": "higher", "": ""}
_AS_FOR = re.compile(r"As for `(\w+)`\.")
_CITATION = re.compile(r" \[\d+\]_")
_HEADING = re.compile(r"^(\w+)\n-+\n", re.MULTILINE)


@dataclass(frozen=True)
class Parameter:
    """A parameter of a metric.

    Parameters
    ----------
    name : as it is given
    default : as a literal; "" where there is none
    kind : which values it takes
    description : what it does
    """

    name: str
    default: str
    kind: str
    description: str


@dataclass(frozen=True)
class Listing:
    """What the catalogue says of one name.

    Parameters
    ----------
    name, aliases, class_name : what finds it
    definition : the first line of the docstring
    description : what else the docstring says
    parameters : with the defaults that hold under this name
    returns : the kind of the value
    family : the folder of its file
    shapes : what y_true and y_pred may be
    range, better : which values there are; "higher", "lower" or "" where neither is better
    state : what is merged, and how large it is
    exact : what is guaranteed
    reference : the same metric elsewhere
    """

    name: str
    aliases: tuple[str, ...]
    class_name: str
    definition: str
    description: str
    parameters: tuple[Parameter, ...]
    returns: str
    family: str
    shapes: str
    range: str
    better: str
    state: str
    exact: str
    reference: str


@functools.cache
def listings() -> tuple[Listing, ...]:
    """Every name of the table, in its order."""
    return tuple(map(_listing, TABLE))


def families() -> tuple[str, ...]:
    """The families, in the order of the table."""
    return tuple(dict.fromkeys(entry.family for entry in TABLE))


def presets() -> Mapping[str, tuple[str, ...]]:
    """The metrics of each preset, with those for scores."""
    return {name: preset.always + preset.of_scores for name, preset in PRESETS.items()}


def of_preset(name: str) -> list[Listing]:
    """The metrics of a preset, under the names that they have there."""
    found = [(text, exactly(parse(text)[0])) for text in presets()[name]]
    return [dataclasses.replace(known, name=text, aliases=()) for text, known in found if known]


def exactly(text: str) -> Listing | None:
    """What this very name, alias or class name means; None where it is none."""
    try:
        entry = find(text.strip())
    except UnknownNameError:
        return None
    return listings()[TABLE.index(entry)] if entry in TABLE else _listing(entry)


def search(text: str) -> list[Listing]:
    """What has all these words, upper or lower case; short ones where another word begins.

    In its names and its definition; or, where there is none, in its parameters and shapes too.
    """
    asked = text.casefold().replace("-", " ").split()
    short = [listing for listing in listings() if _has(asked, _said_shortly(listing))]
    if short:
        return short
    return [listing for listing in listings() if _has(asked, _said_at_length(listing))]


def _has(asked: Sequence[str], text: str) -> bool:
    words = re.split(r"[^\w]|_", text)
    return all(
        word in text if len(word) > 4 else any(known.startswith(word) for known in words)
        for word in asked
    )


def _said_shortly(listing: Listing) -> str:
    return " ".join([*_names(listing), listing.definition]).casefold()


def _said_at_length(listing: Listing) -> str:
    given = " ".join(f"{p.name} {p.kind} {p.description}" for p in listing.parameters)
    shown = f"{listing.family} {listing.description} {given} {listing.shapes}".casefold()
    return f"{_said_shortly(listing)} {shown}"


def _names(listing: Listing) -> list[str]:
    return [listing.name, *listing.aliases, listing.class_name]


# --- docstrings -------------------------------------------------------------------------------


def _listing(entry: Entry) -> Listing:
    definition, _, rest = _doc(entry).partition("\n")
    sections = _sections(rest.strip())
    notes = _notes(sections.get("Notes", ""))
    description = [_joined(sections[""].splitlines()), notes[""]]
    kind, *meaning = sections.get("Returns", "").splitlines()
    if entry.defaults:  # what tells it from the metric of the plain name
        own = ", ".join(f"{name}={as_literal(value)}" for name, value in entry.defaults)
        definition = f"{definition.removesuffix('.')}; {own} by default."
    values, better = _range(notes["Range"])
    if entry.negated:
        definition = f"Minus {unprefixed(entry.name)}: {definition}"
        values, better = f"minus {values}", _OPPOSITE[better]
    return Listing(
        NEGATED + unprefixed(entry.name) if entry.negated else entry.name,
        () if entry.negated else entry.aliases,
        entry.class_name,
        definition,
        " ".join(text for text in description if text),
        tuple(_parameters(entry)),
        f"{kind}. {_joined(meaning)}".strip(),
        entry.family,
        notes["Shapes"],
        values,
        better,
        notes["State"],
        notes["Exact"],
        notes["Reference"],
    )


def _range(said: str) -> tuple[str, str]:
    """The values there are, and which are better."""
    values, _, direction = said.removesuffix(".").rpartition(", ")
    if direction in ("higher is better", "lower is better", "no direction"):
        return values, direction.removesuffix(" is better").replace("no direction", "")
    return said.removesuffix("."), ""


def _doc(entry: Entry) -> str:
    return _CITATION.sub("", inspect.getdoc(entry.make) or "").replace("``", "`")


def _sections(text: str) -> dict[str, str]:
    """The sections of a NumPy docstring by heading; what comes before them under ""."""
    before, *others = _HEADING.split(text)
    pairs = zip(others[::2], others[1::2], strict=True)
    return {"": before.strip()} | {heading: body.strip("\n") for heading, body in pairs}


def _notes(text: str) -> dict[str, str]:
    """What stands after each of the labels; all else under ""."""
    found: dict[str, list[str]] = {label: [] for label in ("", *_LABELS)}
    label = ""
    for line in text.splitlines():
        match = _LABELLED.match(line)
        label = match[1] if match else label
        found[label].append(line[match.end() :] if match else line)
    return {label: _joined(lines) for label, lines in found.items()}


def _parameters(entry: Entry) -> Iterator[Parameter]:
    """In the docstring's order; what it says nothing of comes last."""
    said = _said(entry)
    own = dict(entry.defaults)
    specs = {s.name: s for s in dataclasses.fields(entry.make) if s.repr and s.name != "name"}
    for name in [*(name for name in said if name in specs), *(n for n in specs if n not in said)]:
        kind, description = said.get(name, ("", ""))
        default = own.get(name, canonical(specs[name].default))
        required = name not in own and specs[name].default is dataclasses.MISSING
        yield Parameter(name, "" if required else as_literal(default), kind, description)


def _said(entry: Entry) -> dict[str, tuple[str, str]]:
    """Kind and description of each parameter; where they are those of another metric, its."""
    found: dict[str, tuple[str, str]] = {}
    names: list[str] = []
    kind, lines = "", list[str]()
    for line in _sections(_doc(entry)).get("Parameters", "").splitlines():
        if line.startswith(" "):
            lines.append(line)
        elif line:
            head, _, kind = line.partition(" : ")
            names, lines = [name.strip() for name in head.split(",")], []
        found |= dict.fromkeys(names, (kind, _joined(lines)))
    for name, (_, description) in found.items():
        other = _AS_FOR.fullmatch(description)
        if other:
            found[name] = _said(find(other[1])).get(name, found[name])
    return found


def _joined(lines: Sequence[str]) -> str:
    return " ".join(line.strip() for line in lines if line.strip())
