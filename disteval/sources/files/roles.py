"""What the columns of an evaluation are made of in table files: columns, side by side, folders."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

import numpy as np

from disteval.errors import ArgumentError, ColumnTypeError
from disteval.numerics.words import TEXT, Words
from disteval.protocol import BY, Column, Schema
from disteval.sources.columns.arrow import ArrowChunks
from disteval.sources.columns.kinds import stacked_column
from disteval.sources.columns.values import missing, stacked
from disteval.sources.names import as_names

NULL_KEY = "__HIVE_DEFAULT_PARTITION__"

Keys = Mapping[str, str | None]
"""What the folders of a file say of all its rows: ``country=FR`` to {"country": "FR"}."""


class Need(NamedTuple):
    """A column that a file should have, and whether dates will do for it."""

    name: str
    dates: bool


class Found(NamedTuple):
    """What one file has of what is needed; None where a column holds nulls alone."""

    path: str
    columns: Mapping[Need, Column | None]
    keys: Keys


@dataclass(frozen=True)
class Role:
    """A column of the evaluation: one column of the files, or several side by side.

    Parameters
    ----------
    role : its name
    needs : the columns of the files
    parts : what each of these is
    column : what they are together
    """

    role: str
    needs: tuple[Need, ...]
    parts: tuple[Column, ...]
    column: Column


@dataclass(frozen=True)
class FileColumns:
    """All columns of an evaluation."""

    roles: tuple[Role, ...]

    @cached_property
    def schema(self) -> Schema:
        """Kinds and shapes."""
        return Schema(tuple((role.role, role.column) for role in self.roles))

    def names(self, wanted: Sequence[str], keys: Keys) -> list[str]:
        """The columns to be read from a file; what its folders say (`keys`) is not in it."""
        needed = (need.name for role in self._wanted(wanted) for need in role.needs)
        return [name for name in dict.fromkeys(needed) if name not in keys]

    def chunk(
        self, wanted: Sequence[str], rows: int, values: Callable[[str], Any], keys: Keys,
        chunks: ArrowChunks,
    ) -> dict[str, Any]:  # fmt: skip
        """A chunk.

        Parameters
        ----------
        wanted : the roles
        rows : of the chunk
        values : column name to Arrow array
        keys : what is constant
        chunks : converts the arrays
        """

        def part(need: Need, column: Column) -> Any:
            if need.name in keys:
                return _constant(keys[need.name], rows, column)
            return chunks.column(need.name, values(need.name), column)

        out = {}
        for role in self._wanted(wanted):
            parts = [part(*each) for each in zip(role.needs, role.parts, strict=True)]
            out[role.role] = stacked(parts, role.column)
        return out

    def _wanted(self, wanted: Sequence[str]) -> list[Role]:
        return [role for role in self.roles if role.role in wanted]


def needs_of(columns: Mapping[str, str | Sequence[str]]) -> dict[str, tuple[Need, ...]]:
    """The columns that each role takes."""
    out = {}
    for role, given in columns.items():
        names = as_names(given)
        if not names:
            msg = f"expected a column name, or several, for {role}, got none"
            raise ArgumentError(msg)
        out[role] = tuple(Need(name, role == BY) for name in names)
    return out


def folder_keys(path: Path) -> dict[str, str | None]:
    """What the folders of a path say of all rows in a file: ``country=FR/part-0.parquet``."""
    keys: dict[str, str | None] = {}
    for folder in path.parent.parts:
        name, equals, value = folder.partition("=")
        if name and equals:
            keys[unquote(name)] = None if value == NULL_KEY else unquote(value)
    return keys


def with_keys(names: Sequence[str], keys: Keys) -> list[str]:
    """The names of columns in a file, and those that its folders say."""
    return [*names, *(key for key in keys if key not in names)]


def combine(
    needs: Mapping[str, tuple[Need, ...]],
    files: Sequence[Found],
    merge: Callable[[str, Sequence[tuple[str, Column]]], Column],
) -> FileColumns:
    """The columns over all files.

    Parameters
    ----------
    needs : by role
    files : what each has
    merge : (role, (file, column) of those that know) to the column of all
    """
    roles = []
    for role, wanted in needs.items():
        parts = tuple(_over_files(role, need, files, merge) for need in wanted)
        column = stacked_column(role, [need.name for need in wanted], parts)
        roles.append(Role(role, wanted, parts, column))
    return FileColumns(tuple(roles))


def _over_files(
    role: str,
    need: Need,
    files: Sequence[Found],
    merge: Callable[[str, Sequence[tuple[str, Column]]], Column],
) -> Column:
    known = [(file, file.columns[need]) for file in files if need in file.columns]
    named = [(_named(need.name, file), column) for file, column in known if column is not None]
    folders = [file for file in files if need not in file.columns]
    if folders:
        values = [file.keys[need.name] for file in folders]
        named.append((_named(need.name, folders[0]), _key_column(values)))
    if not named:
        msg = (
            f"expected values in column {need.name!r}, got none (nulls alone) in "
            f"{files[0].path!r}{' and all other files' if len(files) > 1 else ''}"
        )
        raise ColumnTypeError(msg)
    return merge(role, named)


def _named(name: str, file: Found) -> str:
    return f"{file.path}, column {name}"


def _key_column(values: Sequence[str | None]) -> Column:
    """Integers where all values are, as they would be written; else strings."""
    whole = [value for value in values if value is not None]
    return Column(np.dtype(np.int64) if whole and all(map(_is_int, whole)) else TEXT)


def _is_int(text: str) -> bool:
    # "01" is no number: as text it stays what the folder is called
    digits = text.removeprefix("-")
    plain = digits.isascii() and digits.isdecimal() and str(int(digits)) == digits
    return plain and -(2**63) <= int(text) < 2**63


def _constant(value: str | None, rows: int, column: Column) -> Any:
    if value is None:
        return missing(rows, column)
    if column.kind == "str":
        return Words(np.zeros(rows, np.int32), [value])
    return np.broadcast_to(np.int64(value), rows)
