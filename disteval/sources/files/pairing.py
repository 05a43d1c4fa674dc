"""Which shard of the predictions belongs to which shard of the labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

_SHOWN = 3


def paired(files: Mapping[str, Sequence[Path]]) -> tuple[dict[str, list[Path]], tuple[str, ...]]:
    """The files of each column in the order of the first column's, and what to tell of it.

    Files pair by their stems; where these are not unique, by folder and stem, and so on. Where
    the names of two columns differ, their files pair by position, and a note says so.

    Parameters
    ----------
    files : column to its shards
    """
    ordered = {name: list(paths) for name, paths in files.items()}
    sharded = [name for name, paths in ordered.items() if len(paths) > 1]
    notes = []
    for name in sharded[1:]:
        first = ordered[sharded[0]]
        depth = _telling_depth(first, ordered[name])
        names = [_name(path, depth) for path in first]
        theirs = {_name(path, depth): path for path in ordered[name]}
        if len(theirs) == len(ordered[name]) and set(names) == theirs.keys():
            ordered[name] = [theirs[name] for name in names]
        elif names != [_name(path, depth) for path in ordered[name]]:
            notes.append(_by_position(first, ordered[name], depth))
    return ordered, tuple(notes)


def _telling_depth(*columns: Sequence[Path]) -> int:
    """How many parts of the paths tell the files of each column apart; 1 is the stem alone."""
    deepest = max(len(path.parts) for paths in columns for path in paths)
    for depth in range(1, deepest):
        if all(len({_name(path, depth) for path in paths}) == len(paths) for paths in columns):
            return depth
    return deepest


def _name(path: Path, depth: int) -> tuple[str, ...]:
    return (*path.parts[-depth:-1], path.stem)


def _by_position(first: Sequence[Path], other: Sequence[Path], depth: int) -> str:
    pairs = zip(first, other, strict=False)
    differ = [f"'{a}' with '{b}'" for a, b in pairs if _name(a, depth) != _name(b, depth)]
    shown = ", ".join(differ[:_SHOWN] or [f"{len(first)} files with {len(other)}"])
    more = ", ..." if len(differ) > _SHOWN else ""
    return f"shards paired by position, as their names differ: {shown}{more}"
