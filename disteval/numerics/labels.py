"""Labels discovered on the way: each gets the next place the first time it is seen."""

from __future__ import annotations

from typing import Any

import numpy as np

from disteval.errors import LabelError
from disteval.numerics.contiguous import for_kernel

Array = np.ndarray[Any, np.dtype[Any]]

_WINDOW = 1 << 20  # integer labels within so wide a range are looked up in a table


class LabelIndex:
    """Places of labels, in the order in which they were first seen.

    Integers in a window of 2**20 are looked up in a table; others, and strings, by sorting
    each block.
    """

    __slots__ = ("_known", "lowest", "places", "text")

    def __init__(self, labels: Array | None = None) -> None:
        self._known: dict[Any, int] = {}
        self.text: bool | None = None
        self.lowest = 0
        self.places = np.zeros(0, np.int32)  # empty where there is no table
        if labels is not None and len(labels):
            self.register(labels)

    def __len__(self) -> int:
        return len(self._known)

    @property
    def labels(self) -> Array:
        """The labels by place, as int64 or strings."""
        if self.text:
            return np.array(list(self._known), dtype=np.str_)
        return np.array(list(self._known), dtype=np.int64)

    def register(self, values: Array) -> None:
        """Give a place to every value that has none."""
        if not len(values):
            return
        text = values.dtype.kind == "U"
        if self.text is not None and self.text != text:
            kinds = ("strings", "integers") if text else ("integers", "strings")
            msg = (
                f"expected labels of one kind, got {kinds[0]} after {kinds[1]}; "
                "convert one of the columns"
            )
            raise LabelError(msg)
        self.text = text
        for value in np.unique(values).tolist():
            self._known.setdefault(value, len(self._known))
        if not text:
            self._tabulate()

    def find(self, values: Array) -> Array:
        """Place of each value; values not seen before are registered."""
        if values.dtype.kind not in "biuU":
            msg = f"expected labels that are integers, booleans or strings, got {values.dtype}"
            raise LabelError(msg)
        if values.dtype.kind == "U" or not self._table_serves(values):
            return self._find_sorted(values)
        from disteval.numerics.kernels import counting

        values = for_kernel(values)
        out = np.empty(len(values), np.int64)
        if not counting.look_up(values, self.lowest, self.places, out):
            self.register(values)
            if not len(self.places):
                return self._find_sorted(values)
            counting.look_up(values, self.lowest, self.places, out)
        return out

    def _find_sorted(self, values: Array) -> Array:
        unique, inverse = np.unique(values, return_inverse=True)
        self.register(unique)
        places = np.array([self._known[value] for value in unique.tolist()], np.int64)
        return places[inverse.reshape(-1)] if len(values) else np.zeros(0, np.int64)

    def _table_serves(self, values: Array) -> bool:
        return bool(len(self.places)) or not self._known or not len(values)

    def _tabulate(self) -> None:
        low, high = min(self._known), max(self._known)
        if high - low >= _WINDOW:
            self.places = np.zeros(0, np.int32)
            return
        self.lowest = low
        self.places = np.full(high - low + 1, -1, np.int32)
        values = np.fromiter(self._known, np.int64, len(self._known))
        self.places[values - low] = np.arange(len(values))


def canonical_strings(labels: Array) -> Array:
    """Strings in the narrowest dtype that holds them, so that equal labels are equal bytes."""
    if labels.dtype.kind != "U":
        return labels
    width = max((len(s) for s in labels.tolist()), default=1)
    return labels.astype(f"<U{max(width, 1)}")
