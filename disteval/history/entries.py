"""What one append adds to a history: a step, a prefix and plain values."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping
from typing import Any, NamedTuple

from disteval.errors import ArgumentError

Step = int | float

_PLAIN = frozenset({bool, int, float, str})


class Entry(NamedTuple):
    """What one append added; the names have their prefix."""

    step: Step
    prefix: str
    values: Mapping[str, Any]


def named(step: Step, prefix: str, values: Mapping[str, Any]) -> Entry:
    """The entry of values under their own names."""
    return Entry(step, prefix, {prefix + name: value for name, value in values.items()})


def checked_step(step: Any) -> Step:
    """A finite int or float, whatever library it comes from."""
    if type(step) is int:
        return step  # what nearly every line of a file has
    if not isinstance(step, bool):
        if isinstance(step, numbers.Integral):
            return int(step)
        if isinstance(step, numbers.Real) and math.isfinite(step):
            return float(step)
    msg = f"expected step to be a finite number, such as the epoch, got {step!r:.80}"
    raise ArgumentError(msg)


def checked_name(name: Any, expected: str) -> None:
    """Refuse what is no str."""
    if not isinstance(name, str):
        msg = f"expected {expected}, got {name!r:.80}"
        raise ArgumentError(msg)


def plain(result: Any) -> dict[str, Any]:
    """The values by name, as plain Python values of their own."""
    if not isinstance(result, Mapping):
        msg = (
            "expected a Result or a mapping of names to values such as {'loss': 0.5}, got "
            f"{type(result).__name__}"
        )
        raise ArgumentError(msg)
    if not result:
        msg = "expected at least one value to append, got an empty mapping"
        raise ArgumentError(msg)
    for name in result:
        checked_name(name, "the names of values to be str")
    return {name: _plain(value, name) for name, value in result.items()}


def _plain(value: Any, name: str) -> Any:
    if hasattr(value, "tolist"):
        value = value.tolist()  # NumPy, CuPy, torch, JAX: scalars too
    if isinstance(value, Mapping):
        return {str(key): _plain(item, name) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, name) for item in value]
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    msg = (
        f"expected {name!r} to be a number, a string, or an array or mapping of these, got "
        f"{type(value).__name__}; convert it first, as with float()"
    )
    raise ArgumentError(msg)


def strict(value: Any) -> Any:
    """A plain value as strict JSON, in which each has one form.

    A float that JSON lacks is ``{"float": "nan"}``, a mapping is ``{"map": {...}}``, so that
    neither can be taken for text or for the other.
    """
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": repr(value)}
    if isinstance(value, Mapping):
        return {"map": {key: strict(item) for key, item in value.items()}}
    if isinstance(value, list):
        return [strict(item) for item in value]
    return value


def parsed(value: Any) -> Any:
    """The plain value of its strict JSON. ValueError: it is none."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, list):
        return [parsed(item) for item in value]
    match value:
        case {"float": "nan" | "inf" | "-inf" as text}:
            return float(text)
        case {"map": dict(items)}:
            return {key: parsed(item) for key, item in items.items()}
    msg = f"{value!r:.40} is no value"
    raise ValueError(msg)
