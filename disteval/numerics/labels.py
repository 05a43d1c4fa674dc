"""Labels discovered on the way: each gets the next place the first time it is seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from disteval import backend
from disteval.errors import LabelError
from disteval.numerics.contiguous import for_kernel
from disteval.numerics.words import Words

Array = np.ndarray[Any, np.dtype[Any]]

_WINDOW = 1 << 20  # integer labels within so wide a range are looked up in a table


class LabelIndex:
    """Places of labels, in the order in which they were first seen.

    Integers in a window of 2**20, and words, are looked up in a table; others, and plain strings,
    by sorting each block.
    """

    __slots__ = ("_known", "_of_words", "_vocabulary", "lowest", "places", "text")

    def __init__(self, labels: Array | None = None) -> None:
        self._known: dict[Any, int] = {}
        self.text: bool | None = None
        self.lowest = 0
        self.places = np.zeros(0, np.int32)  # empty where there is no table
        self._vocabulary: Any = None  # the one whose words have these places
        self._of_words = np.zeros(0, np.int32)
        if labels is not None:
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

    def find(self, values: Array | Words, out: Array | None = None) -> Array:
        """Place of each value; values not seen before are registered.

        Parameters
        ----------
        values : (rows,), on the host or a device
        out : int32 or int64 array (rows,), optional
        """
        values = backend.to_host(values) if backend.is_device(values) else values
        out = np.empty(len(values), np.int64) if out is None else out
        if isinstance(values, Words):
            self._know(values.vocabulary)
            if not self._look_up(values.codes, 0, self._of_words, out):
                self._register_words(values)
                self._look_up(values.codes, 0, self._of_words, out)
            return out
        if values.dtype.kind not in "biuU":
            msg = f"expected labels that are integers, booleans or strings, got {values.dtype}"
            raise LabelError(msg)
        if values.dtype.kind == "U" or not self._table_serves(values):
            out[...] = self._find_sorted(values)
        elif not self._look_up(values, self.lowest, self.places, out):
            self.register(values)
            if not len(self.places) or not self._look_up(values, self.lowest, self.places, out):
                out[...] = self._find_sorted(values)
        return out

    def _look_up(self, values: Array, lowest: int, places: Array, out: Array) -> bool:
        from disteval.numerics.kernels import counting

        if not len(places):
            return not len(values)
        return bool(counting.look_up(for_kernel(values), lowest, places, out))

    def _know(self, vocabulary: Sequence[str]) -> None:
        """Make the table of words as long as the vocabulary, which grows."""
        if vocabulary is not self._vocabulary:
            self._vocabulary, self._of_words = vocabulary, np.zeros(0, np.int32)
        missing = len(vocabulary) - len(self._of_words)
        if missing:
            self._of_words = np.concatenate([self._of_words, np.full(missing, -1, np.int32)])

    def _register_words(self, values: Words) -> None:
        # the vocabulary may hold words of other columns: only those that occur are labels
        codes = np.unique(values.codes)
        words = np.array([values.vocabulary[code] for code in codes.tolist()], np.str_)
        self.register(words)
        self._of_words[codes] = [self._known[word] for word in words.tolist()]

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
