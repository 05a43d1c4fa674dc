"""Dask arrays: the chunks are tasks already, and stay lazy until the engine runs them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from disteval.errors import ColumnTypeError, LengthMismatchError, ShapeError
from disteval.numerics.words import Words
from disteval.protocol import BY, WEIGHT, Column, Piece, Schema
from disteval.sources.columns.kinds import column_of
from disteval.sources.lengths import unequal
from disteval.sources.memory.arrays import is_single
from disteval.sources.memory.libraries import as_array
from disteval.sources.memory.objects import as_numpy


def is_dask_array(values: object) -> bool:
    """Whether this is a Dask array, without importing dask."""
    # the type is asked: a delayed object has whatever it is asked for
    return all(hasattr(type(values), name) for name in ("__dask_graph__", "chunks", "numblocks"))


class DaskArrays:
    """Aligned Dask arrays, one piece a chunk.

    Parameters
    ----------
    columns : mapping of role to Dask array
        Or to what is in memory, to be cut as these are; one number is the weight of every row.
    """

    replayable = True  # a graph can be run again

    def __init__(self, columns: Mapping[str, Any]) -> None:
        aligned = _aligned(columns)
        self._names = tuple(aligned)
        self._arrays: tuple[Any, ...] = tuple(aligned.values())
        self.schema = Schema(tuple((name, _column(name, array)) for name, array in aligned.items()))
        first = self._arrays[0]
        self._rows = tuple(None if math.isnan(n) else int(n) for n in first.chunks[0])
        self._keys = [[_flat(key) for key in array.__dask_keys__()] for array in self._arrays]

    def pieces(self) -> Sequence[Piece]:
        """One a chunk; rows None where Dask does not know them."""
        size = self.schema.row_bytes
        return [Piece(rows, (rows or 0) * size, f"chunk {i}") for i, rows in enumerate(self._rows)]

    def read(
        self, piece: int, columns: Sequence[str], rows: slice | None = None
    ) -> Iterator[Mapping[str, Any]]:
        """Compute one chunk (the engine binds the tasks' results instead)."""
        blocks = [array.blocks[piece].compute() for array in self._arrays]
        chunk = self.bind(piece, blocks)
        yield {name: chunk[name] if rows is None else chunk[name][rows] for name in columns}

    def keys(self, piece: int) -> Sequence[Any]:
        """The key of the piece's chunk in each array."""
        return [keys[piece] for keys in self._keys]

    def joined(self, graph: Mapping[Any, Any], root: Any) -> Mapping[Any, Any]:
        """The tasks with those of the arrays, as Dask would optimise an array.

        One layer of a HighLevelGraph, by the array's own optimiser: this is what lets Dask share
        loads, and fuse the arrays' blockwise operations.
        """
        from dask.highlevelgraph import HighLevelGraph, MaterializedLayer

        layer = MaterializedLayer(graph)
        name = f"disteval-{root[0] if isinstance(root, tuple) else root}"
        whole = HighLevelGraph.from_collections(name, layer, dependencies=self._arrays)
        return dict(type(self._arrays[0]).__dask_optimize__(whole, [root]))

    def bind(self, piece: int, blocks: Sequence[Any]) -> Mapping[str, Any]:  # noqa: ARG002
        """Name the chunks."""
        return dict(zip(self._names, blocks, strict=True))

    def restrict(self, pieces: slice) -> DaskArrays:  # noqa: ARG002
        """The names alone: the graph carries the data."""
        light = DaskArrays.__new__(DaskArrays)
        light._names, light.schema = self._names, self.schema
        light._arrays, light._rows, light._keys = (), (), []
        return light


def _flat(key: Any) -> Any:
    # keys of (n, 1) blocks are nested lists of one
    while isinstance(key, list):
        (key,) = key
    return key


def _column(name: str, array: Any) -> Column:
    column = column_of(array)
    if column.dtype.kind == "O":
        msg = (
            f"expected {name} to be a Dask array of numbers, booleans or strings, got objects; "
            "use .astype(str) for labels"
        )
        raise ColumnTypeError(msg)
    _ = column.kind
    return column


def _aligned(columns: Mapping[str, Any]) -> dict[str, Any]:
    """One chunk grid for all: class axes whole, rows cut at common boundaries."""
    lazy = {name: array for name, array in columns.items() if is_dask_array(array)}
    for name, array in lazy.items():
        if not array.ndim:
            msg = f"expected {name} to have rows, got a Dask array of a single value; reshape it"
            raise ShapeError(msg)
    first = next(iter(lazy.values()))
    unknown = next((k for k, a in lazy.items() if any(map(math.isnan, a.chunks[0]))), None)
    if unknown is not None and len(lazy) < len(columns):
        msg = (
            f"expected known chunk sizes to align {unknown} with the arrays in memory, got unknown "
            "ones; call .compute_chunk_sizes() on it first"
        )
        raise LengthMismatchError(msg)
    given = {n: lazy[n] if n in lazy else _in_memory(n, v, first) for n, v in columns.items()}
    _check_lengths(given)
    out = {name: _of_whole_rows(array, first.chunks[0]) for name, array in given.items()}
    grids = {array.chunks[0] for array in out.values()}
    known = not any(math.isnan(n) for grid in grids for n in grid)
    if known and len(grids) > 1:
        # the array with the widest rows keeps its chunks; the lighter ones are cut anew
        widest = max(out.values(), key=lambda array: array.itemsize * math.prod(array.shape[1:]))
        out = {name: array.rechunk({0: widest.chunks[0]}) for name, array in out.items()}
    return out


def _in_memory(role: str, values: Any, first: Any) -> Any:
    """An array that Dask can cut; one number as the weight of every row of `first`."""
    if role == WEIGHT and is_single(values):
        import dask.array as da

        return da.full(first.shape[:1], as_numpy(role, values)[()], chunks=first.chunks[:1])
    array = as_array(role, values, text=role == BY)
    if len(array) != first.shape[0]:
        msg = (
            f"expected columns of one length, got {role}: {len(array):,} beside a Dask array of "
            f"{int(first.shape[0]):,} rows; give the same rows of each, in the same order"
        )
        raise LengthMismatchError(msg)
    if not isinstance(array, Words):
        return array
    missing = array.codes < 0
    text = np.array([*array.vocabulary, ""])[array.codes]
    return np.ma.MaskedArray(text, missing) if missing.any() else text


def _of_whole_rows(array: Any, chunks: tuple[int, ...]) -> Any:
    """A Dask array whose chunks hold all classes; of what is in memory, with these chunks."""
    import dask.array as da

    if not is_dask_array(array):
        return da.from_array(array, chunks=(chunks, *(-1,) * (array.ndim - 1)))
    if any(len(sizes) > 1 for sizes in array.chunks[1:]):
        array = array.rechunk(dict.fromkeys(range(1, array.ndim), -1))
    return array


def _check_lengths(arrays: Mapping[str, Any]) -> None:
    """Known totals must agree; unknown ones must at least have the same number of chunks."""
    totals = {name: array.shape[0] for name, array in arrays.items()}
    known = {name: n for name, n in totals.items() if not math.isnan(n)}
    if len(set(known.values())) > 1:
        raise LengthMismatchError(unequal({name: int(n) for name, n in known.items()}))
    if len(known) == len(totals):
        return
    blocks = {name: array.numblocks[0] for name, array in arrays.items()}
    if len(set(blocks.values())) > 1:
        given = ", ".join(f"{name}: {n}" for name, n in blocks.items())
        msg = (
            "expected Dask arrays of unknown chunk sizes to have as many chunks each, got "
            f"{given}; call .compute_chunk_sizes() on them first"
        )
        raise LengthMismatchError(msg)
