"""Files of one column each: which files were meant, and the column that they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import UnionType
from typing import Any

from disteval.errors import SourceError, SourceNotFoundError
from disteval.sources.files.npy import NpyColumn, NpyFile, npz_members
from disteval.sources.files.paths import format_of, paths

_ARRAYS = (".npy", ".npz")


def are_files(value: Any, listed: type | UnionType = Path) -> bool:
    """Whether this is a path, or a list of them; strings in a list are labels, unless `listed`."""
    if isinstance(value, str | Path):
        return True
    return isinstance(value, list | tuple) and bool(value) and isinstance(value[0], listed)


def shards(value: str | Path | Sequence[Path]) -> list[Path]:
    """The files of what was given for a column.

    Parameters
    ----------
    value : path, directory or glob, or a list of such
    """
    files = [file for item in ([value] if isinstance(value, str | Path) else value)
             for file in _arrays_in(item)]  # fmt: skip
    for file in files:
        if file.suffix not in _ARRAYS and format_of(file) in ("parquet", "csv"):
            msg = (
                f"expected arrays (.npy or .npz files), got the table {str(file)!r}; give it as "
                "data=, and its columns by name"
            )
            raise SourceError(msg)
    return files


def shard_column(role: str, files: Sequence[Path]) -> NpyColumn:
    """The arrays of files, one after the other.

    Parameters
    ----------
    role : the name of the arrays, where an archive holds several
    """
    if all(path.suffix == ".npz" for path in files):
        archives = [(path, npz_members(path)) for path in files]
        first = archives[0][1]
        name = next(iter(first)) if len(first) == 1 and role not in first else role
        return NpyColumn.in_archives(archives, name)
    return NpyColumn(tuple(NpyFile.open(path) for path in files))


def _arrays_in(given: str | Path) -> list[Path]:
    try:
        return paths(given, _ARRAYS)
    except SourceNotFoundError:
        return paths(given)  # tables, or nothing at all
