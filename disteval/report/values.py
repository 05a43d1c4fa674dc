"""What a value consists of: numbers, and the labels that lead to each of them."""

from __future__ import annotations

import itertools
import math
import numbers
from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

import numpy as np

Labels = tuple[Any, ...]

COUNTS = ("tn", "fp", "fn", "tp")
"""What stands in a matrix [[tn, fp], [fn, tp]], row by row."""


def plain(value: Any) -> Any:
    """The value as Python's own numbers, lists and dicts."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def is_number(leaf: Any) -> bool:
    """Whether this is a real number; truth values are, texts and None are not."""
    return isinstance(leaf, numbers.Real)


def as_float(number: Any) -> float:
    """The number as a float; an integer or fraction beyond all floats is an infinity."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def is_single(value: Any) -> bool:
    """Whether the value is one number or one text."""
    if isinstance(value, np.ndarray):
        return value.ndim == 0
    return not isinstance(value, Mapping | list | tuple)


def is_curve(value: Any) -> TypeGuard[Mapping[str, Any]]:
    """Whether these are the points of a curve: vectors, one of them of thresholds."""
    parts = value.values() if isinstance(value, Mapping) and "thresholds" in value else ()
    return bool(parts) and all(isinstance(p, np.ndarray) and p.ndim == 1 for p in parts)


def is_counts(value: Any, labels: Labels) -> bool:
    """Whether this is a matrix [[tn, fp], [fn, tp]] for each label."""
    return bool(labels) and np.shape(value) == (len(labels), 2, 2)


def axes(shape: tuple[int, ...], labels: Labels) -> list[Any]:
    """What the positions along each axis mean: the labels where they fit, else 0, 1, ...

    A matrix whose sides are both as long as the labels is one of labels by labels; of an array
    with more axes, the first one alone can be that of the labels.
    """
    named = [
        n == len(labels) and n > 0 and (i == 0 or len(shape) == 2) for i, n in enumerate(shape)
    ]
    return [labels if fits else range(n) for fits, n in zip(named, shape, strict=True)]


def leaves(value: Any, labels: Labels = ()) -> Iterator[tuple[Labels, Any]]:
    """Every number (or text) of a value, after the labels and keys that lead to it.

    Examples
    --------
    >>> list(leaves(0.5))
    [((), 0.5)]
    >>> list(leaves({"low": 0.1, "by class": np.array([0.2, 0.3])}, ("cat", "dog")))
    [(('low',), 0.1), (('by class', 'cat'), 0.2), (('by class', 'dog'), 0.3)]
    """
    if isinstance(value, Mapping):
        for key, item in value.items():
            for path, leaf in leaves(item, labels):
                yield (key, *path), leaf
    elif isinstance(value, list | tuple):
        for key, item in zip(axes((len(value),), labels)[0], value, strict=True):
            for path, leaf in leaves(item):
                yield (key, *path), leaf
    elif isinstance(value, np.ndarray):
        named = [labels, COUNTS] if is_counts(value, labels) else axes(value.shape, labels)
        places = itertools.product(*named)
        yield from zip(places, value.ravel().tolist(), strict=True)
    else:
        yield (), plain(value)


def size(value: Any) -> int:
    """How many leaves a value has."""
    if isinstance(value, Mapping):
        return sum(map(size, value.values()))
    if isinstance(value, list | tuple):
        return sum(map(size, value))
    return int(value.size) if isinstance(value, np.ndarray) else 1
