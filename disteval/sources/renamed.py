"""A source whose columns have other names than those of an evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from disteval.errors import ArgumentError
from disteval.protocol import LazySource, Piece, Schema, Source
from disteval.sources.names import check_names


def renamed(source: Source, columns: Mapping[str, tuple[str, ...]]) -> Source:
    """The source with some of its columns, under other names.

    Parameters
    ----------
    columns : role to the name that its column has in the source
    """
    schema = source.schema
    for role, several in columns.items():
        if len(several) > 1:
            msg = f"expected one column of the Source as {role}, got {list(several)}"
            raise ArgumentError(msg)
    names = {role: name for role, (name,) in columns.items()}
    check_names(names.values(), schema.names, "the columns of the source are")
    if all(name == column for name, column in names.items()) and len(names) == len(schema.names):
        return source
    return (_RenamedLazy if isinstance(source, LazySource) else _Renamed)(source, names)


class _Renamed:
    """See `renamed`."""

    def __init__(self, source: Source, names: Mapping[str, str]) -> None:
        self._source: Any = source
        self._names = dict(names)
        found = source.schema
        self.schema = Schema(tuple((name, found[column]) for name, column in names.items()))
        self.notes: tuple[str, ...] = getattr(source, "notes", ())

    @property
    def replayable(self) -> bool:
        """As the source."""
        return bool(self._source.replayable)

    def pieces(self) -> Sequence[Piece]:
        """Those of the source."""
        pieces: Sequence[Piece] = self._source.pieces()
        return pieces

    def read(
        self, piece: int, columns: Sequence[str], rows: slice | None = None
    ) -> Iterator[Mapping[str, Any]]:
        """The chunks of the source."""
        asked = [self._names[name] for name in columns]
        for chunk in self._source.read(piece, list(dict.fromkeys(asked)), rows):
            yield {name: chunk[self._names[name]] for name in columns}

    def restrict(self, pieces: slice) -> Source:
        """The source's own part, renamed."""
        part = type(self).__new__(type(self))
        part.__dict__ |= self.__dict__ | {"_source": self._source.restrict(pieces)}
        return part


class _RenamedLazy(_Renamed):
    """The same of a source whose pieces are tasks already."""

    def keys(self, piece: int) -> Sequence[Any]:
        """Those of the source."""
        keys: Sequence[Any] = self._source.keys(piece)
        return keys

    def joined(self, graph: Mapping[Any, Any], root: Any) -> Mapping[Any, Any]:
        """As the source joins them."""
        joined: Mapping[Any, Any] = self._source.joined(graph, root)
        return joined

    def bind(self, piece: int, blocks: Sequence[Any]) -> Mapping[str, Any]:
        """The columns wanted."""
        chunk = self._source.bind(piece, blocks)
        return {name: chunk[column] for name, column in self._names.items()}
