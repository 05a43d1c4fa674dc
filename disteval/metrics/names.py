"""What a string, or any other way to ask for a metric, means."""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import difflib
import functools
import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from disteval.errors import ArgumentError, UnknownNameError
from disteval.metrics.presets import PRESETS, preset_names
from disteval.metrics.table import TABLE, Entry
from disteval.parameters import as_literal, canonical
from disteval.protocol import Metric, Schema

PREFIXES = ("keras", "sklearn")

_BY_NAME = {name: entry for entry in TABLE for name in (entry.name, *entry.aliases)}
_BY_CLASS = {
    entry.class_name: entry for entry in sorted(TABLE, key=lambda entry: ":" not in entry.name)
}


def get(name: str, **arguments: Any) -> Metric:
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
        near = difflib.get_close_matches(_misspelt(error), _parameters(entry.make), 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        msg = f"{plain}: {_reason(error)}; its parameters are {known}{hint}"
        raise ArgumentError(msg) from None
    if entry.defaults and "name" not in own:
        metric = metric.renamed(_named(entry, metric))
    return metric


def find(name: str) -> Entry:
    """The entry of a name, alias or class name; the nearest names where there is none."""
    entry = _BY_NAME.get(name) or _BY_CLASS.get(name)
    prefix, colon, rest = name.partition(":")
    if entry is None and colon and prefix in PREFIXES:
        entry = _of_library(prefix, rest)
    if entry is None:
        msg = f"there is no metric {name!r}{_several(name) or _meant(name)}"
        raise UnknownNameError(msg)
    return entry


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
    found = {alias: entry.name for entry in TABLE for alias in entry.aliases}
    for prefix in PREFIXES:
        for name in list(_BY_NAME):
            entry = None if ":" in name else _of_library(prefix, name)
            if entry is not None and f"{prefix}:{name}" != entry.name:
                found[f"{prefix}:{name}"] = entry.name
    return found


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


def as_metrics(asked: Any, schema: Schema | None = None) -> list[Metric]:
    """The metrics that were asked for.

    Parameters
    ----------
    asked : str, Metric, (name, metric), mapping of name to metric, or a sequence of these
    schema : of the data, on which the presets depend
    """
    if asked is None:
        msg = (
            "expected metrics to say what to compute, such as ['accuracy', 'mse'] or a preset "
            f"({', '.join(map(repr, PRESETS))}), got none"
        )
        raise ArgumentError(msg)
    if isinstance(asked, Mapping) and asked:
        return [_as_metric(metric).renamed(str(name)) for name, metric in asked.items()]
    if isinstance(asked, str | Metric) or not isinstance(asked, Sequence | Mapping):
        asked = [asked]
    if not asked:
        msg = f"expected at least one metric, got an empty {type(asked).__name__}"
        raise ArgumentError(msg)
    metrics: list[Metric] = []
    for item in asked:
        if isinstance(item, str) and item.strip() in PRESETS:
            have = {metric.name for metric in metrics}
            preset = [get(name) for name in preset_names(item.strip(), schema)]
            metrics += [metric for metric in preset if metric.name not in have]
        else:
            metrics.append(_as_metric(item))
    return metrics


def _as_metric(asked: Any) -> Metric:
    if isinstance(asked, Metric):
        return asked
    if isinstance(asked, str):
        return get(asked)
    if isinstance(asked, type) and issubclass(asked, Metric):
        return asked()
    if isinstance(asked, tuple) and len(asked) == 2 and isinstance(asked[0], str):
        return _as_metric(asked[1]).renamed(asked[0])
    msg = f"expected a metric name, a Metric or a (name, metric) pair, got {_foreign(asked)}"
    raise ArgumentError(msg)


def _foreign(asked: Any) -> str:
    """What is no metric, and what to give in its place."""
    if isinstance(asked, AbstractSet):
        return f"a set; give a list, {sorted(map(str, asked))!r:.80}"
    kind = "class" if isinstance(asked, type) else "function" if callable(asked) else "object"
    library = str(getattr(asked, "__module__", None) or "").partition(".")[0]
    known = library not in ("", "builtins", "__main__")
    if not hasattr(asked, "__name__"):
        if not known:
            return f"{asked!r:.80}"
        kind = "object"
    name = str(getattr(asked, "__name__", type(asked).__name__))
    of = f" of {library}" if known else ""
    for same in (f"{library}:{name}", name):
        with contextlib.suppress(UnknownNameError):
            return f"the {kind} {name}{of}; give its name, {find(same).name!r}"
    return (
        f"the {kind} {name}{of}; for a formula of your own write a disteval.Metric: "
        '"Adding a metric" in the README'
    )


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
    return str(error).replace("__init__() got an ", "").partition(".")[2] or str(error)
