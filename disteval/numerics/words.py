"""Strings as numbers: codes into a vocabulary, so that no row's text is touched twice."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from disteval.numerics.contiguous import for_kernel

Array = np.ndarray[Any, np.dtype[Any]]

TEXT = np.dtype("U")
_FIRST_ROOM = 64
_MOST_WORDS, _MOST_TEXT = 1 << 19, 1 << 24  # words and code points: some 100 MB each
_TABLES = 4  # there are three columns that may hold words


class Words:
    """Strings of rows, each the number of a word in a vocabulary.

    Parameters
    ----------
    codes : int32 array (rows, ...)
        -1 where the string is missing (in what a source yields; a batch has no such rows).
    vocabulary : sequence of str
        It may grow, but a word keeps its number. Zeros at the end of a word do not count, as in
        NumPy's strings.

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

    __slots__ = ("_codes", "_count", "_numbers", "_pool", "_slots", "_starts", "_tables", "words")

    def __init__(self) -> None:
        self.words: list[str] = []
        self._codes: dict[str, int] = {}
        self._pool = np.zeros(8 * _FIRST_ROOM, np.int32)  # the text of words that came as arrays
        self._starts = np.zeros(_FIRST_ROOM + 1, np.int64)
        self._count = 0  # of words in the pool
        self._slots = np.full(2 * _FIRST_ROOM, -1, np.int32)
        self._numbers = np.zeros(0, np.int32)  # of the words in the pool
        # the numbers of the words of other vocabularies, which are known by their identity
        self._tables: dict[int, tuple[Sequence[str], Array]] = {}

    @property
    def is_crowded(self) -> bool:
        """Whether it is time for a new one: strings that are all different would fill memory."""
        given = sum(len(words) for words, _ in self._tables.values())  # in memory whatever we do
        text = int(self._starts[self._count])
        return len(self.words) - given > _MOST_WORDS or text > _MOST_TEXT

    def codes(self, values: Any) -> Array:
        """The number of each string; -1 where a string of `Words` is missing.

        Parameters
        ----------
        values : array of U strings, or Words, (rows, ...)
        """
        if isinstance(values, Words):
            return self._of_words(values)
        return self._of_text(values)

    def _of_words(self, values: Words) -> Array:
        given = values.vocabulary
        if given is self.words:
            return values.codes
        kept, table = self._tables.get(id(given), (None, self._numbers))
        if kept is not given or len(given) + 1 != len(table):
            if len(self._tables) >= _TABLES:
                del self._tables[next(iter(self._tables))]
            numbers = [self._code(word.rstrip("\0")) for word in given]
            table = np.array([*numbers, -1], np.int32)  # the last entry serves -1, a missing string
            self._tables[id(given)] = given, table
        return table[values.codes]

    def _code(self, word: str) -> int:
        code = self._codes.setdefault(word, len(self.words))
        if code == len(self.words):
            self.words.append(word)
        return code

    def _of_text(self, values: Array) -> Array:
        from disteval.numerics.kernels import words as kernels

        width = max(values.dtype.itemsize // 4, 1)
        flat = np.ascontiguousarray(values.reshape(-1), np.dtype(f"U{width}"))
        text = for_kernel(flat.view(np.int32).reshape(-1, width))
        codes = np.empty(len(text), np.int32)
        row = 0
        while True:
            row, self._count = kernels.encode(
                text, self._pool, self._starts, self._count, self._slots, codes, row
            )
            if row == len(codes):
                break
            self._make_room(width)
        self._number()
        return (self._numbers[codes] if len(codes) else codes).reshape(values.shape)

    def _number(self) -> None:
        """Give the words that are new in the pool their numbers."""
        known = len(self._numbers)
        if known == self._count:
            return
        starts = self._starts[known : self._count + 1]
        new = self._pool[starts[0] : starts[-1]].tobytes()
        text = new.decode("utf-32-le", "surrogatepass")  # NumPy's strings may hold halves of pairs
        words = (text[a:b] for a, b in pairwise((starts - starts[0]).tolist()))
        numbers = np.fromiter(map(self._code, words), np.int32, self._count - known)
        self._numbers = np.concatenate([self._numbers, numbers])

    def _make_room(self, width: int) -> None:
        """Twice the room, and enough for a word of this width."""
        from disteval.numerics.kernels import words as kernels

        used = int(self._starts[self._count])
        self._pool = np.resize(self._pool, max(2 * len(self._pool), used + width))
        self._starts = np.resize(self._starts, 2 * len(self._starts))
        self._slots = np.full(2 * len(self._slots), -1, np.int32)
        kernels.fill_slots(self._pool, self._starts, self._count, self._slots)
