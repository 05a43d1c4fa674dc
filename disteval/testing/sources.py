"""The contract of a source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from disteval.engine import cut
from disteval.protocol import LazySource, Source
from disteval.sources.columns.kinds import column_of
from disteval.testing.rows import Columns, pickled, same

if TYPE_CHECKING:
    from collections.abc import Sequence


class SourceContract:
    """What the engine relies on in a `Source`.

    Attributes
    ----------
    source : Source, or a property that opens it anew
    expected : mapping of column to the whole array
    """

    @property
    def source(self) -> Source:
        """The source; opened anew each time where it can be read only once."""
        raise NotImplementedError

    @property
    def expected(self) -> Columns:
        """Each column, whole."""
        raise NotImplementedError

    def test_it_is_a_source(self) -> None:
        """It has the methods, and says whether it can be read again."""
        source = self.source
        assert isinstance(source, Source)
        assert source.replayable in (True, False)

    def test_the_schema_is_that_of_the_rows(self) -> None:
        """Names, kinds and shapes are known before any row is read; no row is longer."""
        schema = self.source.schema
        assert schema.names == tuple(self.expected)
        for name, array in self.expected.items():
            found = column_of(array)
            assert schema[name].kind == found.kind
            assert schema[name].shape == found.shape
            if found.kind != "str":  # later strings may be longer
                assert np.can_cast(found.dtype, schema[name].dtype, "safe")

    def test_pieces_hold_all_rows_in_order(self) -> None:
        """Read one after the other, the pieces are the data."""
        source = self.source
        self._check(source, slice(0, len(source.pieces())), self.expected)

    def test_pieces_know_their_rows(self) -> None:
        """A piece has the rows that it says, or says that it does not know."""
        source = self.source
        for i, piece in enumerate(source.pieces()):
            found = _read(source, i, source.schema.names)
            assert piece.rows in (None, len(next(iter(found.values()))))
            assert piece.nbytes >= 0

    def test_columns_can_be_read_alone(self) -> None:
        """Only the columns asked for come back."""
        for name in self.source.schema.names:
            source = self.source
            parts = [_read(source, i, [name]) for i in range(len(source.pieces()))]
            assert all(list(part) == [name] for part in parts)
            assert same_rows(np.concatenate([p[name] for p in parts]), self.expected[name])

    def test_rows_of_a_piece_can_be_read_alone(self) -> None:
        """Rows a to b of a piece whose length is known are that slice of it."""
        source = self.source
        names = source.schema.names
        for i, piece in enumerate(source.pieces()):
            if piece.rows is None:
                continue
            whole = _read(source, i, names)
            for start, stop in {(0, piece.rows), (0, 1), (piece.rows // 2, piece.rows)}:
                found = _read(source, i, names, slice(start, stop))
                assert all(same_rows(found[name], whole[name][start:stop]) for name in names)

    def test_a_restricted_source_reads_the_same(self) -> None:
        """Restricted to some pieces, as it is sent to a worker, it reads them as before."""
        source = self.source
        count = len(source.pieces())
        for first, last in {(0, count), (0, 1), (count - 1, count), (count // 2, count)}:
            for i in range(first, last):
                expected = _read(self.source, i, source.schema.names)
                whole = self.source
                part = whole.restrict(slice(first, last))
                parts = [pickled(part)] if source.replayable else []
                for one in [*parts, part]:
                    chunk = _read_restricted(whole, one, i)
                    assert list(chunk) == list(expected)
                    assert all(same_rows(chunk[n], expected[n]) for n in expected)

    def test_spans_read_every_row_once(self) -> None:
        """Cut into tasks as the engine does."""
        source = self.source
        if isinstance(source, LazySource):
            return
        parts = []
        for span in cut(source.pieces(), source.schema.row_bytes):
            part = source.restrict(slice(span.first, span.last))
            parts += [_read(part, i, source.schema.names, span.rows)
                      for i in range(span.first, span.last)]  # fmt: skip
        for name, whole in self.expected.items():
            assert same_rows(np.concatenate([part[name] for part in parts]), whole)

    def test_what_is_replayable_reads_the_same_again(self) -> None:
        """Twice read, twice the same rows."""
        source = self.source
        if source.replayable:
            everything = slice(0, len(source.pieces()))
            self._check(source, everything, self.expected)
            self._check(source, everything, self.expected)

    def _check(self, source: Source, pieces: slice, expected: Columns) -> None:
        names = source.schema.names
        parts = [_read(source, i, names) for i in range(pieces.start, pieces.stop)]
        for name in names:
            assert same_rows(np.concatenate([part[name] for part in parts]), expected[name])


def _read_restricted(whole: Source, part: Source, i: int) -> dict[str, Any]:
    """Read a piece where it was sent; what is lazy only binds the results of its tasks there."""
    if isinstance(whole, LazySource) and isinstance(part, LazySource):
        return dict(part.bind(i, _blocks(whole, i)))
    return _read(part, i, whole.schema.names)


def _blocks(source: LazySource, i: int) -> list[Any]:
    """The results of the tasks that make a piece."""
    import dask
    from dask.task_spec import List, Task, TaskRef

    results = Task("results", list, List(*(TaskRef(key) for key in source.keys(i))))
    return list(dask.get(source.joined({"results": results}, "results"), "results"))


def same_rows(found: Any, expected: Any) -> bool:
    """Whether columns hold the same rows; length-one trailing axes and widths do not count."""
    found, expected = np.asarray(found), np.asarray(expected)
    dtype = np.promote_types(found.dtype, expected.dtype)
    shape = tuple(n for n in expected.shape[1:] if n != 1)
    if found.dtype.kind != expected.dtype.kind or len(found) != len(expected):
        return False
    a, b = (array.reshape(len(array), *shape).astype(dtype) for array in (found, expected))
    return same(a, b)


def _read(
    source: Source, i: int, names: Sequence[str], rows: slice | None = None
) -> dict[str, Any]:
    """Read one piece and join its chunks."""
    chunks = list(source.read(i, names, rows))
    for chunk in chunks:
        assert len({len(array) for array in chunk.values()}) == 1, "chunks should be aligned"
    return {name: np.concatenate([np.asarray(chunk[name]) for chunk in chunks]) for name in names}
