"""Scores as integers of the same order, and entries: how often each occurs with each class."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from disteval import backend

Array = np.ndarray[Any, np.dtype[Any]]

_TOP_BITS = {32: 14, 64: 16}
"""Bits of a key that number its part: what is below them, with the class, fits the entries."""

CHUNK = 512
"""Entries of a chunk: those of one part lie in such pieces while rows come in."""


@dataclass(frozen=True)
class KeyOrder:
    """How bits of a dtype become unsigned integers of the same order, ties included.

    Parameters
    ----------
    bits : 32 or 64
    kind : "f", "i" or "u", as NumPy has them
    """

    bits: int
    kind: str

    @classmethod
    def of(cls, dtype: np.dtype[Any]) -> KeyOrder:
        """Of scores of this dtype, as it reaches reductions."""
        return cls(max(8 * dtype.itemsize, 32), "u" if dtype.kind == "b" else dtype.kind)

    @property
    def unsigned(self) -> np.dtype[Any]:
        """The dtype of the raw bits."""
        return np.dtype(f"u{self.bits // 8}")

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the scores."""
        return np.dtype(f"{self.kind}{self.bits // 8}")

    @cached_property
    def masks(self) -> Array:
        """For the compiled loop: flips of negative and other bits, magnitude, largest, top bit."""
        every, top = (1 << self.bits) - 1, 1 << (self.bits - 1)
        infinity = {32: 0x7F800000, 64: 0x7FF0000000000000}[self.bits]
        flips = {"f": (every, top, top - 1, infinity), "i": (top, top, every, every)}
        row = flips.get(self.kind, (0, 0, every, every))
        return np.array([*row, self.bits - 1], np.uint64)

    def raw(self, scores: Any) -> Any:
        """The bits of scores; the array itself, seen otherwise, where that will do."""
        xp = backend.namespace(scores)
        wide = xp.ascontiguousarray(scores, dtype=self.dtype)
        return wide.view(self.unsigned)

    def keys(self, scores: Any) -> Any:
        """Keys of scores as uint64, on their device."""
        xp = backend.namespace(scores)
        negative, positive, magnitude, _, top = (xp.uint64(m) for m in self.masks)
        raw = self.raw(scores).astype(xp.uint64)
        raw = xp.where((raw & magnitude) == 0, xp.uint64(0), raw)
        return xp.where((raw >> top) != 0, raw ^ negative, raw ^ positive)

    def scores(self, keys: Array) -> Array:
        """The scores of keys."""
        negative, positive, _, _, top = self.masks
        own = np.asarray(keys, np.uint64)
        # of floats the sign is the bit that positive flips; of others both flips are alike
        below = (own >> top) == 0 if self.kind == "f" else np.zeros(own.shape, bool)
        raw = np.where(below, own ^ negative, own ^ positive)
        found: Array = raw.astype(self.unsigned).view(self.dtype)
        return found


@dataclass(frozen=True)
class Layout:
    """What the bits of an entry are.

    Parameters
    ----------
    order : of the keys
    classes : how many there are, at least 1, at most 256
    """

    order: KeyOrder
    classes: int = 2

    @property
    def label_bits(self) -> int:
        """Of the class."""
        return (self.classes - 1).bit_length()

    @property
    def prefix_bits(self) -> int:
        """Of a key, that number its part."""
        return _TOP_BITS[self.order.bits]

    @property
    def part_bits(self) -> int:
        """Of a key, below its part's number."""
        return self.order.bits - self.prefix_bits

    @property
    def code_bits(self) -> int:
        """Of the key below its part, and the class."""
        return self.part_bits + self.label_bits

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of entries."""
        return np.dtype(np.uint32 if self.code_bits <= 19 else np.uint64)

    @property
    def count_bits(self) -> int:
        """Of the count, which is one digit of it and the place of that."""
        return min(8 * self.dtype.itemsize - self.code_bits, 16)

    @property
    def digit_bits(self) -> int:
        """Of the digit; places of all counts to 2**40 and beyond remain."""
        return self.count_bits - (4 if self.count_bits > 10 else 3)

    @cached_property
    def widths(self) -> Array:
        """For the compiled loops."""
        widths = (self.label_bits, self.count_bits, self.digit_bits, self.part_bits)
        return np.array(widths, np.uint64)

    @property
    def prefix(self) -> int:
        """Masks the bits of a part's number that are the key's; groups are above them."""
        return (1 << self.prefix_bits) - 1

    def split(self, keys: Any, classes: Any, groups: Any = None) -> tuple[Any, Any]:
        """Part numbers and entries (uint64) of rows, on their device."""
        xp = backend.namespace(keys)
        parts = keys >> xp.uint64(self.part_bits)
        if groups is not None:
            parts = parts | (groups.astype(xp.uint64) << xp.uint64(self.prefix_bits))
        codes = (keys & xp.uint64((1 << self.part_bits) - 1)) << xp.uint64(self.label_bits)
        if classes is not None:
            codes = codes | classes.astype(xp.uint64)
        return parts, (codes << xp.uint64(self.count_bits)) | xp.uint64(1)


def distinct_entries(parts: Any, entries: Any) -> tuple[Any, Any, Any]:
    """Distinct pairs of part and entry, and how many rows have each; on their device."""
    xp = backend.namespace(parts)
    order = xp.lexsort(xp.stack([entries, parts]))
    parts, entries = parts[order], entries[order]
    first = xp.ones(len(parts), bool)
    first[1:] = (parts[1:] != parts[:-1]) | (entries[1:] != entries[:-1])
    at = xp.flatnonzero(first)
    rows = xp.diff(xp.concatenate([at, xp.asarray([len(parts)])]))
    return parts[at], entries[at], rows
