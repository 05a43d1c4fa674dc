"""What a name means: of the table, with a library's prefix, R's, or one of a scorer."""

from __future__ import annotations

import ast
import dataclasses
import difflib
import functools
import re
from collections.abc import Mapping
from typing import Any

from disteval.errors import ArgumentError, UnknownNameError
from disteval.metrics.absent import ABSENT
from disteval.metrics.negated import NEGATED, Negated, unprefixed
from disteval.metrics.presets import PRESETS
from disteval.metrics.table import TABLE, Entry
from disteval.parameters import as_literal, canonical
from disteval.protocol import Metric

PREFIXES = ("keras", "sklearn", "keras1", "keras2", "losses")
R_PREFIX = "metric_"
"""What R's interface to Keras puts before each name."""

_BY_NAME = {name: entry for entry in TABLE for name in (entry.name, *entry.aliases)}
# of several names of a class the first without a library's prefix and arguments of its own
_PLAINEST = sorted(TABLE, key=lambda entry: (":" in entry.name, bool(entry.defaults)))
_BY_CLASS = {entry.class_name: entry for entry in reversed(_PLAINEST)}
# scikit-learn's scorers of one average: "f1_macro" is its f1_score with average="macro"
_AVERAGED = re.compile(r"(f1|precision|recall|jaccard)_(macro|micro|samples|weighted)")


def get(name: str, /, **arguments: Any) -> Metric:
    """The metric of a name.

    Parameters
    ----------
    name : str
        "mean_squared_error", an alias ("mse"), a class ("MeanSquaredError"), with a library
        ("sklearn:r2_score"), or with arguments ("fbeta_score(beta=2.0)").
    **arguments
        The metric's parameters.

    Examples
    --------
    >>> get("f1_score", average="macro")
    f1_score(average='macro')
    >>> get("fbeta_score(beta=2.0)").name
    'fbeta_score(beta=2.0)'
    """
    plain, parsed = parse(name)
    entry = find(plain)
    own = dict(entry.defaults) | parsed | arguments
    try:
        metric = entry.make(**own)
    except TypeError as error:
        known = ", ".join(_parameters(entry.make))
        misspelt = _misspelt(error)
        near = difflib.get_close_matches(misspelt, _parameters(entry.make), 1)
        near = [] if misspelt in near else near  # the name of one that is missing
        hint = f"; did you mean {near[0]!r}?" if near else ""
        msg = f"{plain}: {_reason(error)}; its parameters are {known}{hint}"
        raise ArgumentError(msg) from None
    if entry.defaults and "name" not in own:
        metric = metric.renamed(_named(entry, metric))
    if entry.negated:
        metric = Negated(metric, name=own.get("name"))
    return metric


def find(name: str) -> Entry:
    """The entry of a name, alias or class name; the nearest names where there is none."""
    entry = _found(name)
    if entry is None:
        prefix, colon, rest = name.partition(":")
        plain = rest if colon and prefix in PREFIXES else name
        if plain in ABSENT:
            msg = f"the metric {name!r} is {ABSENT[plain]}; 'disteval metrics' lists what there is"
            raise UnknownNameError(msg)
        msg = f"there is no metric {name!r}{_several(name) or _meant(name)}"
        raise UnknownNameError(msg)
    return entry


def _found(name: str) -> Entry | None:
    """The entry of a name, in the order in which its forms are tried."""
    entry = _BY_NAME.get(name) or _BY_CLASS.get(name)
    if entry is not None:
        return entry
    prefix, colon, rest = name.partition(":")
    if colon:
        scorer = _of_scorer(rest) if prefix == "sklearn" else None
        return _of_library(prefix, rest) or scorer if prefix in PREFIXES else None
    if name.startswith(R_PREFIX):
        return _BY_NAME.get(name.removeprefix(R_PREFIX))
    return _of_scorer(name)


def _of_scorer(name: str) -> Entry | None:
    """What a scorer of scikit-learn is that has its average or its sign in its name."""
    averaged = _AVERAGED.fullmatch(name)
    if averaged:
        base = _found(f"sklearn:{averaged[1]}_score")
        own = (("average", averaged[2]),)
        return base and dataclasses.replace(base, name=name, aliases=(), defaults=own)
    base = _found(f"sklearn:{name.removeprefix(NEGATED)}") if name.startswith(NEGATED) else None
    if base is None or base.negated:
        return None
    if not is_error(base.make):
        msg = f"expected an error after {NEGATED!r} in {name!r}: higher is better already"
        raise UnknownNameError(f"{msg}; leave out the sign")
    return dataclasses.replace(base, negated=True)


def is_error(make: type[Metric]) -> bool:
    """Whether lower values are better, by the "Range:" line of the docstring."""
    said = re.search(r"^ *Range: .*$", make.__doc__ or "", re.MULTILINE)
    return said is None or "lower is better" in said[0]


def nearest(name: str) -> list[str]:
    """Names of metrics and presets that look alike, the nearest first; one of each metric."""
    of: dict[str, Any] = {**_BY_NAME, **{preset: preset for preset in PRESETS}}
    likeness = {known: _likeness(name.casefold(), known.casefold()) for known in of}
    least = max(0.65, max(likeness.values()) - 0.12)
    found: dict[str, str] = {}
    for known in sorted(of, key=lambda known: -likeness[known]):
        same = known.casefold() in map(str.casefold, found.values())
        if likeness[known] >= least and not same:
            found.setdefault(repr(of[known]), known)
    return list(found.values())[:3]


def _likeness(asked: str, known: str) -> float:
    begins = len(asked) > 2 and known.startswith(asked)
    return 0.95 if begins else difflib.SequenceMatcher(None, known, asked).ratio()


def _meant(name: str) -> str:
    near = " or ".join(map(repr, nearest(name)))
    hint = f"; did you mean {near}?" if near else ";"
    return f"{hint} 'disteval metrics' in a shell lists them all"


def _several(text: str) -> str:
    """What to do with several names in one string, if that is what it is."""
    names = re.split(r"[\s,;+]+", text.strip())
    if len(names) < 2 or not all(name in {**_BY_NAME, **_BY_CLASS, **PRESETS} for name in names):
        return ""
    return f"; give several as a list, {names} (in a shell -m {' -m '.join(names)})"


def _of_library(prefix: str, name: str) -> Entry | None:
    """What an unprefixed name or alias is in a library."""
    plain = _BY_NAME.get(name) or _BY_CLASS.get(name)
    if plain is None:
        return None
    library, colon, _ = plain.name.partition(":")
    if colon:
        return plain if library == prefix else None
    return _BY_NAME.get(f"{prefix}:{plain.name}", plain)


@functools.cache
def aliases() -> Mapping[str, str]:
    """Every other name of a metric, with its expanded name; also those that force a library."""
    found = _Aliases({alias: entry.name for entry in TABLE for alias in entry.aliases})
    for prefix in PREFIXES:
        for name in list(_BY_NAME):
            entry = None if ":" in name else _found(f"{prefix}:{name}")
            if entry is not None and f"{prefix}:{name}" != entry.name:
                found[f"{prefix}:{name}"] = entry.name
    plain = {alias: name for alias, name in found.items() if ":" not in alias}
    found.update({NEGATED + alias: NEGATED + unprefixed(name) for alias, name in plain.items()})
    return found


class _Aliases(dict[str, str]):
    """The aliases; with a result that is sent or saved they are not."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (aliases, ())


def parse(text: str) -> tuple[str, dict[str, Any]]:
    """A name and its arguments, read as literals and never evaluated."""
    text = text.strip()
    if "(" not in text:
        return text, {}
    name, _, rest = text.partition("(")
    try:
        call = ast.parse(f"f({rest}", mode="eval").body
        return name, _keywords(call)
    except (SyntaxError, ValueError):
        msg = (
            f"expected a metric such as 'fbeta_score(beta=2.0)', with literal keyword "
            f"arguments, got {text!r}"
        )
        raise ArgumentError(msg) from None


def _keywords(call: ast.expr) -> dict[str, Any]:
    if (
        not isinstance(call, ast.Call)
        or not isinstance(call.func, ast.Name)
        or call.args
        or any(k.arg is None for k in call.keywords)
    ):
        msg = "not a call with keywords alone"
        raise ValueError(msg)
    return {str(k.arg): _literal(k.value) for k in call.keywords}


def _literal(node: ast.expr) -> Any:
    return ast.literal_eval(_Numbers().visit(node))


class _Numbers(ast.NodeTransformer):
    """`nan` and `inf` as the numbers that they are in a canonical string."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        known = node.id in ("nan", "inf")
        return ast.copy_location(ast.Constant(float(node.id)), node) if known else node


def _named(entry: Entry, metric: Metric) -> str:
    """The entry's name, with the arguments that differ from what the name sets."""
    own = dict(entry.defaults)
    given = [
        f"{f.name}={as_literal(getattr(metric, f.name))}"
        for f in dataclasses.fields(metric)
        if f.repr
        and f.name != "name"
        and getattr(metric, f.name) != canonical(own.get(f.name, f.default))
    ]
    return f"{entry.name}({', '.join(given)})" if given else entry.name


def _parameters(make: type[Metric]) -> list[str]:
    return [f.name for f in dataclasses.fields(make) if f.repr]


def _misspelt(error: TypeError) -> str:
    """The argument that an error of a call names."""
    named = re.search(r"'(\w+)'$", str(error))
    return named[1] if named else ""


def _reason(error: TypeError) -> str:
    said = str(error).partition("__init__() ")[2] or str(error)
    missing = re.search(r"missing .*argument[s]?: (.*)$", said)
    return f"give {missing[1]}" if missing else said.removeprefix("got an ")
