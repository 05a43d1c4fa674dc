"""Columns in memory: an array as it is, or another library's, converted where it is read.

Nothing is converted when a column is opened, and only the rows of a task are sent with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np

from disteval.numerics.words import Words
from disteval.protocol import Column
from disteval.sources.columns.kinds import column_of
from disteval.sources.columns.values import joined
from disteval.sources.table import ColumnData

LONG_CHUNKS = 65_536


@dataclass(frozen=True, eq=False)
class MemoryColumn:
    """One array as one part.

    Parameters
    ----------
    array : (rows, ...)
    """

    array: Any

    @property
    def column(self) -> Column:
        """Kind and shape; trailing axes of length one are dropped."""
        return column_of(self.array)

    @property
    def lengths(self) -> tuple[int, ...]:
        """The only length."""
        return (len(self.array),)

    def token(self, part: int) -> str:  # noqa: ARG002  (there is one part)
        """An array has no name."""
        return ""

    def read(self, part: int, start: int, stop: int) -> Any:  # noqa: ARG002
        """A view."""
        return self.array[start:stop]

    def restrict(self, part: int, start: int, stop: int) -> MemoryColumn:  # noqa: ARG002
        """A view of the rows: only they are pickled."""
        return MemoryColumn(self.array[start:stop])

    def __getstate__(self) -> dict[str, Any]:
        array = self.array
        if isinstance(array, Words) and len(array.vocabulary) > array.size:
            array = _without_others(array)
        return {"array": array}


@dataclass(frozen=True, eq=False)
class InParts:
    """Arrays of another library, one after the other.

    Parameters
    ----------
    parts : arrays that can be sliced by rows without a copy
    column : what they become
    """

    parts: tuple[Any, ...]
    column: Column

    @property
    def lengths(self) -> tuple[int, ...]:
        """Rows of each part."""
        return tuple(len(part) for part in self.parts)

    def token(self, part: int) -> str:  # noqa: ARG002  (none has a name)
        """What is in memory has no name."""
        return ""

    def restrict(self, part: int, start: int, stop: int) -> Self:
        """A view of the rows."""
        return replace(self, parts=(self.parts[part][start:stop],))


@dataclass(frozen=True, eq=False)
class Converted(InParts):
    """Arrays that a function converts.

    Parameters
    ----------
    convert : a function at the top level of a module (or a partial of one): some rows to an array
    """

    convert: Callable[[Any], Any]

    copies: ClassVar[bool] = True

    def read(self, part: int, start: int, stop: int) -> Any:
        """The rows, converted."""
        return self.convert(self.parts[part][start:stop])


def in_parts(values: Any, chunks: Sequence[Any]) -> tuple[Any, ...]:
    """Long chunks as parts of their own, so that none is copied; a run of short ones as one part.

    Parameters
    ----------
    values : that are chunked
    chunks : of these
    """
    long = chunks and len(values) >= LONG_CHUNKS * (len(chunks) - 1)
    return tuple(chunks) if long else (values,)


def whole(data: ColumnData) -> Any:
    """All rows of a column, read at once."""
    return joined([data.read(i, 0, n) for i, n in enumerate(data.lengths)])


def _without_others(words: Words) -> Words:
    """The same words, of a vocabulary of no others: it is sent with every task."""
    used, codes = np.unique(words.codes, return_inverse=True)
    codes = codes.reshape(words.codes.shape).astype(np.int32)
    lost = int(used[0] < 0) if used.size else 0
    return Words(codes - np.int32(lost), [words.vocabulary[i] for i in used[lost:]])
