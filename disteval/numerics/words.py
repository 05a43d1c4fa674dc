"""Strings as numbers: codes into a vocabulary, so that no row's text is touched twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from disteval.numerics.contiguous import for_kernel

Array = np.ndarray[Any, np.dtype[Any]]

TEXT = np.dtype("U")
_FIRST_ROOM = 64


class Words:
    """Strings of rows, each the number of a word in a vocabulary.

    Parameters
    ----------
    codes : int32 array (rows, ...)
        -1 where the string is missing (in what a source yields; a batch has no such rows).
    vocabulary : sequence of str

    Examples
    --------
    >>> words = Words(np.array([0, 1, 0], np.int32), ["cat", "dog"])
    >>> np.asarray(words).tolist(), (words == "cat").tolist()
    (['cat', 'dog', 'cat'], [True, False, True])
    """

    __slots__ = ("codes", "vocabulary")

    dtype = TEXT

    def __init__(self, codes: Array, vocabulary: Sequence[str]) -> None:
        self.codes = codes
        self.vocabulary = vocabulary

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the codes."""
        return tuple(self.codes.shape)

    @property
    def ndim(self) -> int:
        """Axes of the codes."""
        return self.codes.ndim

    @property
    def size(self) -> int:
        """Number of strings."""
        return int(self.codes.size)

    def __getitem__(self, rows: Any) -> Words:
        return Words(self.codes[rows], self.vocabulary)

    def reshape(self, *shape: Any) -> Words:
        """The same strings in another shape."""
        return Words(self.codes.reshape(*shape), self.vocabulary)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        text = np.array(self.vocabulary, np.str_)[self.codes] if self.size else self._no_text()
        return text if dtype is None else text.astype(dtype)

    def _no_text(self) -> Array:
        return np.zeros(self.codes.shape, np.str_)

    def __eq__(self, other: object) -> Any:
        if isinstance(other, str):
            code = self.vocabulary.index(other) if other in self.vocabulary else -2
            return self.codes == code
        if not isinstance(other, Words):
            return NotImplemented
        if other.vocabulary is self.vocabulary:
            return self.codes == other.codes
        at = {word: code for code, word in enumerate(self.vocabulary)}
        table = np.array([at.get(word, -2) for word in other.vocabulary] or [-2], np.int32)
        return self.codes == table[other.codes]

    def __ne__(self, other: object) -> Any:
        same = self.__eq__(other)
        return same if same is NotImplemented else ~same

    __hash__ = None  # type: ignore[assignment]  # compared row by row, as arrays are

    def __repr__(self) -> str:
        return f"Words({self.codes!r}, {list(self.vocabulary)[:6]!r})"


class Vocabulary:
    """Words in the order in which they were first seen, found by compiled hashing."""

    __slots__ = ("_codes", "_count", "_known", "_latest", "_numbers", "_slots", "words")

    def __init__(self) -> None:
        self.words: list[str] = []
        self._codes: dict[str, int] = {}
        self._known = np.zeros((_FIRST_ROOM, 1), np.int32)
        self._count = 0  # rows of _known in use
        self._slots = np.full(2 * _FIRST_ROOM, -1, np.int32)
        self._numbers = np.zeros(0, np.int32)  # of the rows of _known
        self._latest: tuple[Any, Array] = (None, self._numbers)  # a vocabulary, and its numbers

    def codes(self, values: Any) -> Array:
        """The number of each string; -1 where a string of `Words` is missing.

        Parameters
        ----------
        values : array of U strings, or Words, (rows, ...)
        """
        if isinstance(values, Words):
            return self._of_words(values)
        return self._of_text(values)

    def words_of(self, values: Any) -> Words:
        """The strings as words of this vocabulary."""
        return Words(self.codes(values), self.words)

    def _of_words(self, values: Words) -> Array:
        if values.vocabulary is self.words:
            return values.codes
        given, table = self._latest
        if given is not values.vocabulary or len(given) + 1 != len(table):
            # the last entry serves -1, a missing string
            table = np.array([*map(self._code, values.vocabulary), -1], np.int32)
            self._latest = (values.vocabulary, table)
        return table[values.codes]

    def _code(self, word: str) -> int:
        code = self._codes.setdefault(word, len(self.words))
        if code == len(self.words):
            self.words.append(word)
        return code

    def _of_text(self, values: Array) -> Array:
        from disteval.numerics.kernels import words as kernels

        width = max(values.dtype.itemsize // 4, 1)
        flat = np.ascontiguousarray(values.reshape(-1), values.dtype.newbyteorder("="))
        text = for_kernel(flat.view(np.int32).reshape(-1, width))
        if width > self._known.shape[1]:
            self._widen(width)
        elif width < self._known.shape[1]:
            text = np.pad(text, ((0, 0), (0, self._known.shape[1] - width)))
        own = np.empty(len(text), np.int32)
        start = 0
        while True:
            start, self._count = kernels.encode(
                text, self._known, self._count, self._slots, own, start
            )
            if start == len(text):
                break
            self._make_room()
        new = self._known[len(self._numbers) : self._count]
        if len(new):
            words = new.view(f"<U{new.shape[1]}").reshape(-1).tolist()
            numbers = np.fromiter(map(self._code, words), np.int32, len(words))
            self._numbers = np.concatenate([self._numbers, numbers])
        return (self._numbers[own] if len(own) else own).reshape(values.shape)

    def _widen(self, width: int) -> None:
        known = np.zeros((len(self._known), width), np.int32)
        known[:, : self._known.shape[1]] = self._known
        self._known = known
        self._rehash(len(self._slots))

    def _make_room(self) -> None:
        known = np.zeros((2 * len(self._known), self._known.shape[1]), np.int32)
        known[: self._count] = self._known[: self._count]
        self._known = known
        self._rehash(2 * len(self._slots))

    def _rehash(self, slots: int) -> None:
        from disteval.numerics.kernels import words as kernels

        self._slots = np.full(slots, -1, np.int32)
        kernels.fill_slots(self._known, self._count, self._slots)
