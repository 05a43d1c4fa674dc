"""What files of tables have in common, whatever their format is."""

from __future__ import annotations

import contextlib
import csv
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, Generic, Self, TypeVar

from disteval.errors import (
    ColumnTypeError,
    CorruptFileError,
    DistevalError,
    ShapeError,
    SourceError,
    SourceNotFoundError,
)
from disteval.protocol import Schema
from disteval.sources.columns.arrow import arrow
from disteval.sources.files.roles import FileColumns

P = TypeVar("P")


@dataclass(frozen=True)
class TableFiles(Generic[P]):
    """The rows of files of tables, one after the other.

    Parameters
    ----------
    columns : what is wanted, and what it is made of
    parts : what becomes a piece each
    first : the number of the first one, where some are left out
    """

    columns: FileColumns
    parts: tuple[P, ...]
    first: int = 0

    replayable = True

    @property
    def schema(self) -> Schema:
        """Kinds and shapes, known from the beginnings or the ends of the files."""
        return self.columns.schema

    def part(self, piece: int) -> P:
        """What a piece is read from."""
        return self.parts[piece - self.first]

    def restrict(self, pieces: slice) -> Self:
        """The parts of these pieces alone, by name."""
        parts = self.parts[pieces.start - self.first : pieces.stop - self.first]
        return replace(self, parts=parts, first=pieces.start)

    def __getstate__(self) -> dict[str, Any]:
        # open files stay here
        return {spec.name: getattr(self, spec.name) for spec in fields(self)}


def between(batches: Iterator[Any], start: int, stop: int | None) -> Iterator[Any]:
    """The rows from `start` to `stop` of Arrow batches that follow each other; None is the end."""
    position = 0
    for batch in batches:
        first, position = position, position + len(batch)
        end = position if stop is None else min(stop, position)
        if position > start:
            yield batch.slice(max(start - first, 0), end - max(start, first))
        if stop is not None and position >= stop:
            return


@contextlib.contextmanager
def reading(what: str, form: str, expected: str, fault: str) -> Iterator[None]:
    """Errors of reading as errors that name the file.

    Parameters
    ----------
    what : is read
    form : its format
    expected : what it should be
    fault : what it is where it is damaged
    """
    pa = arrow(f"{form} files")
    try:
        yield
    except (ColumnTypeError, ShapeError) as error:
        raise type(error)(f"{error} (in {what})") from None
    except DistevalError:
        raise
    except FileNotFoundError:
        msg = f"there is no file {what!r}; was it removed, or is it on another machine?"
        raise SourceNotFoundError(msg) from None
    except PermissionError as error:
        msg = f"cannot read {what!r}: {error.strerror or error}"
        raise SourceError(msg) from error
    except MemoryError as error:
        msg = f"cannot read {what!r}: {error}; it is damaged, or memory is short"
        raise SourceError(msg) from error
    except pa.ArrowNotImplementedError as error:
        msg = f"cannot read {what!r}: this pyarrow ({pa.__version__}) says {error}"
        raise SourceError(msg) from error
    except (pa.ArrowException, OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        msg = f"expected {expected}, but {what!r} {fault} ({error})"
        raise CorruptFileError(msg) from error
