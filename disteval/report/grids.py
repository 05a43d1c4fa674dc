"""Values of several columns: which numbers of a value belong beside each other in a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from disteval.report.values import COUNTS, Labels, axes, is_counts, is_single, plain

_OF_A_SCALAR = "f1-score"
"""The column in which scikit-learn's report has the accuracy, which is the F1 of all labels."""


class Grid(NamedTuple):
    """A table of plain values.

    Parameters
    ----------
    down : what the rows are
    across : what the columns are
    rows : a value for each column; "" where there is none
    """

    down: Sequence[Any]
    across: Sequence[Any]
    rows: Sequence[Sequence[Any]]


def grid_of(value: Any, labels: Labels = ()) -> Grid | None:
    """The table that a value is, if it is one.

    Examples
    --------
    >>> grid_of({"a": {"precision": 0.5, "recall": 1.0}, "b": {"precision": 0.25, "recall": 0.5}})
    Grid(down=['a', 'b'], across=['precision', 'recall'], rows=[[0.5, 1.0], [0.25, 0.5]])
    >>> grid_of({"low": np.array([0, 1]), "high": np.array([1, 2])}, ("first", "second"))
    Grid(down=('first', 'second'), across=['low', 'high'], rows=[(0, 1), (1, 2)])
    >>> grid_of({"value": 0.5, "method": "exact"})
    """
    if isinstance(value, np.ndarray) and is_counts(value, labels):
        return Grid(labels, COUNTS, value.reshape(len(labels), len(COUNTS)).tolist())
    if not isinstance(value, Mapping):
        return None
    if any(isinstance(part, Mapping) for part in value.values()):
        return _of_mappings(value)
    return _of_vectors(value, labels)


def _of_mappings(value: Mapping[Any, Any]) -> Grid | None:
    """Mappings of the same keys below each other, and perhaps a few numbers."""
    mappings = [part for part in value.values() if isinstance(part, Mapping)]
    others = [part for part in value.values() if not isinstance(part, Mapping)]
    across = list(mappings[0])
    alike = all(list(part) == across and all(map(is_single, part.values())) for part in mappings)
    if not across or not alike or not all(map(is_single, others)):
        return None
    if len(mappings) < 2 or len(others) >= len(mappings):  # a list of this and that
        return None
    if others and _OF_A_SCALAR not in across:
        across.append("value")
    at = across.index(_OF_A_SCALAR) if _OF_A_SCALAR in across else len(across) - 1
    rows = []
    for part in value.values():
        row: list[Any] = [""] * len(across)
        if isinstance(part, Mapping):
            row[: len(part)] = map(plain, part.values())
        else:
            row[at] = plain(part)
        rows.append(row)
    return Grid(list(value), across, rows)


def _of_vectors(value: Mapping[Any, Any], labels: Labels) -> Grid | None:
    """Vectors of one length beside each other."""
    parts = [plain(part) for part in value.values()]
    if not parts or any(np.ndim(part) != 1 for part in value.values()):
        return None
    n = len(parts[0])
    if not n or any(len(part) != n for part in parts):
        return None
    return Grid(axes((n,), labels)[0], list(value), list(zip(*parts, strict=True)))
