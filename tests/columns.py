"""Columns read back as Python values."""

from __future__ import annotations

from typing import Any

import numpy as np

from disteval.numerics.words import Words
from disteval.sources import open_source


def values_of(array: Any) -> list[Any]:
    """Rows as Python values; None is missing."""
    if isinstance(array, Words):
        words = np.array([*array.vocabulary, None], object)
        return words[array.codes].tolist()  # type: ignore[no-any-return]
    if array.dtype.kind == "f":
        array = np.ma.masked_invalid(array)
    return array.tolist()  # type: ignore[no-any-return]


def read(values: Any, role: str = "y_true") -> tuple[str, list[Any]]:
    """Kind and rows of a column."""
    given = {"y_true": values} if role == "y_true" else {"y_true": [0] * len(values), role: values}
    source = open_source(**given)
    rows = [
        row
        for piece in range(len(source.pieces()))
        for chunk in source.read(piece, [role])
        for row in values_of(chunk[role])
    ]
    return source.schema[role].kind, rows
