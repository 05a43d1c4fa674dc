"""Parameters of frozen values, in the form in which equal ones compare equal and hash."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Self

import numpy as np


class _Nan:
    """NaN as a field of a frozen value: equal to itself, also after pickling."""

    _instance: ClassVar[_Nan | None] = None

    def __new__(cls) -> Self:
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance  # type: ignore[return-value]

    def __repr__(self) -> str:
        return "nan"

    def __reduce__(self) -> tuple[type[_Nan], tuple[()]]:
        return (_Nan, ())

    def __float__(self) -> float:
        return float("nan")


NAN = _Nan()


def canonical(value: Any) -> Any:
    """A parameter in the form in which equal parameters compare equal and hash."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and value != value:  # noqa: PLR0124  (NaN)
        return NAN
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple | range) and not hasattr(value, "_fields"):
        return tuple(canonical(item) for item in value)
    return value


def as_literal(value: Any) -> str:
    """A parameter as it is written in a canonical string."""
    return repr(list(value)) if type(value) is tuple else repr(value)


def same(a: Any, b: Any) -> bool:
    """Whether two arguments are equal, arrays and NaN included."""
    if a is b:
        return True
    try:
        return type(a) is type(b) and bool(canonical(a) == canonical(b))
    except (TypeError, ValueError):
        return False


def snake(name: str) -> str:
    """The name of a class in snake case, by Keras's rule.

    Examples
    --------
    >>> snake("AUCOfParts"), snake("MyF1")
    ('auc_of_parts', 'my_f1')
    """
    words = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()
