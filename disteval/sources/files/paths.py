"""The files that a path, a directory or a glob stands for, and which format they are."""

from __future__ import annotations

import difflib
import itertools
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatch
from glob import glob, has_magic
from pathlib import Path

from disteval.errors import ArgumentError, SourceNotFoundError

COMPRESSED = (".gz", ".bz2", ".zst")
_TEXT = (".csv", ".tsv")
FORMATS: Mapping[str, tuple[str, ...]] = {
    "npy": (".npy",),
    "npz": (".npz",),
    "parquet": (".parquet", ".parq", ".pq"),
    "csv": (*_TEXT, *(text + packed for text in _TEXT for packed in COMPRESSED)),
}
"""The formats of files, and the suffixes of their names."""
SUFFIXES = tuple(suffix for suffixes in FORMATS.values() for suffix in suffixes)

_LOOKED_AT, _SHOWN = 1_000, 3
_MAGIC = {b"PAR1": "parquet", b"\x93NUM": "npy", b"PK\x03\x04": "npz"}


def paths(given: str | Path, suffixes: Iterable[str] = SUFFIXES) -> list[Path]:
    """The files of a path, a directory or a glob, in natural order (shard-2 before shard-10).

    Parameters
    ----------
    given : path, directory or glob
        A directory is searched with all below it, as are directories that a glob matches, for
        files of one format. What begins with "_" or "." (`_SUCCESS`, `_temporary/`, `.part.crc`)
        is skipped unless it is named.
    suffixes : of the files to look for in directories
    """
    text = str(given)
    path = Path(text).expanduser()
    if path.is_dir():
        found = _below(path, tuple(suffixes))
    elif has_magic(text) and not path.exists():
        found = _matching(path, tuple(suffixes))
    else:
        found = [path] if path.exists() else []
    if not found:
        raise SourceNotFoundError(absent(given))
    return sorted(found, key=lambda p: natural(p.as_posix()))


def natural(text: str) -> list[tuple[int, int, str]]:
    """Sort key that takes runs of digits as numbers."""
    parts = re.split(r"(\d+)", text)
    return [(0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts]


def format_of(path: Path) -> str | None:
    """The format of a file, by its name, else by its first bytes; None where it is no known one."""
    name = path.name.lower()
    for known, suffixes in FORMATS.items():
        if name.endswith(suffixes):
            return known
    try:
        with path.open("rb") as stream:
            return _MAGIC.get(stream.read(4))
    except OSError:  # what reads it says why
        return None


def common_format(files: Sequence[Path]) -> str:
    """The one format of all files."""
    of: dict[str | None, Path] = {}
    for path in files:
        of.setdefault(format_of(path), path)
    if None in of:
        msg = (
            f"expected .npy, .npz, Parquet or CSV files, got {str(of[None])!r}; if it is one of "
            "these, give it its suffix"
        )
        raise ArgumentError(msg)
    if len(of) > 1:
        given = " and ".join(repr(str(path)) for path in of.values())
        msg = f"expected files of one format, got {given}; give a glob such as '*.parquet'"
        raise ArgumentError(msg)
    (only,) = of
    return str(only)


def absent(given: str | Path) -> str:
    """What to say where there is no file of this path, or that matches this glob."""
    text = str(given)
    path = Path(text).expanduser()
    if "://" in text:
        return (
            f"expected files of this machine, got {text!r}; copy them here, or open them with "
            "dask.dataframe and give that as data="
        )
    if path.is_dir():
        return (
            f"there is no .npy, .npz, Parquet or CSV file in the folder {text!r}; where their "
            "names end otherwise, give a glob of them"
        )
    if has_magic(text):
        return f"no file matches {text!r}; {_instead(path)}"
    near = similar(path)
    if near:
        return f"there is no file {text!r}; did you mean {' or '.join(map(repr, near))}?"
    # a name may hold a dot
    named = not text.lower().endswith(SUFFIXES) and not {"/", os.sep} & {*text}
    if isinstance(given, str) and named:
        return (
            f"there is no file {text!r}; for a column of that name, give data= (a mapping, a "
            "table, an .npz file)"
        )
    return f"there is no file {text!r}; {_instead(path)}"


def similar(path: Path) -> list[str]:
    """Files and folders whose names look like this one's."""
    names = _names_in(path.parent) if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, names, 2, 0.7)
    return [str(path.parent / name) for name in near]


def _instead(path: Path) -> str:
    """What there is where a path leads."""
    folder = path.parent
    while has_magic(str(folder)):
        folder = folder.parent
    if not folder.is_dir():
        missing = next(p for p in [*reversed(folder.parents), folder] if not p.is_dir())
        return f"there is no folder {str(missing)!r}"
    names = _names_in(folder)
    where = "the working directory" if folder == Path() else f"the folder {str(folder)!r}"
    more = ", ..." if len(names) > _SHOWN else ""
    return f"{where} holds {', '.join(names[:_SHOWN]) or 'no files'}{more}"


def _names_in(folder: Path) -> list[str]:
    """The first names in a folder, which may hold millions, in natural order."""
    try:
        with os.scandir(folder) as entries:
            seen = itertools.islice((e.name for e in entries if not _hidden(e.name)), _LOOKED_AT)
            return sorted(seen, key=natural)
    except OSError:  # a folder that cannot be listed
        return []


def _below(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """The files in a directory and below it; one format."""
    found = list(_visible(folder, suffixes))
    if found:
        common_format(found)
    return found


def _visible(folder: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    # links to directories are followed, each directory once: datasets are often made of links
    seen: set[str] = set()
    for root, folders, names in os.walk(folder, followlinks=True):
        if os.path.realpath(root) in seen:
            folders.clear()
            continue
        seen.add(os.path.realpath(root))
        folders[:] = [name for name in folders if not _hidden(name)]
        for name in names:
            if name.lower().endswith(suffixes) and not _hidden(name):
                yield Path(root, name)


def _matching(pattern: Path, suffixes: tuple[str, ...]) -> list[Path]:
    found: dict[Path, None] = {}  # "**/*" matches directories, and the files in them
    for hit in glob(str(pattern), recursive=True):  # noqa: PTH207  (keeps ** and absolute)
        path = Path(hit)
        if not _meant(path, pattern):
            continue
        found |= dict.fromkeys(_below(path, suffixes) if path.is_dir() else [path])
    return list(found)


def _hidden(name: str) -> bool:
    return name.startswith(("_", "."))


def _meant(path: Path, pattern: Path) -> bool:
    """Whether what is hidden in a path is named in the pattern."""
    named = [part for part in pattern.parts if _hidden(part)]
    hidden = [part for part in path.parts if _hidden(part)]
    return all(any(fnmatch(part, name) for name in named) for part in hidden)
