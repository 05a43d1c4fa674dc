"""Dask dataframes and series: their partitions stay lazy until the engine runs.

All columns of an evaluation become one expression, so that Dask's optimiser sees them together:
a read that they share runs once, and only for the columns that are wanted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from disteval.errors import ArgumentError, ColumnTypeError, LengthMismatchError
from disteval.protocol import BY, Column, Piece, Schema
from disteval.sources.columns.kinds import column_of
from disteval.sources.columns.values import all_missing, missing
from disteval.sources.dask.arrays import is_dask_array
from disteval.sources.memory.libraries import as_array
from disteval.sources.memory.pandas import check_indexes
from disteval.sources.names import check_names, names_of

_STRINGS = "string[pyarrow]"


def is_dask_frame(values: object) -> bool:
    """Whether this is a Dask dataframe, series or index, without importing dask."""
    # the type is asked, not the object: to look at the divisions of some frames computes them
    names = ("__dask_graph__", "divisions", "expr")
    return all(hasattr(type(values), n) for n in names) and getattr(values, "ndim", 0) > 0


class _Place(NamedTuple):
    """Where a role's values are: in which collection, and in which columns (None: in all)."""

    frame: int
    columns: tuple[str, ...] | None


class DaskFrames:
    """Aligned Dask dataframes and series, one piece a partition.

    Parameters
    ----------
    frames : the collections, of as many partitions each
    places : mapping of role to where its values are
    """

    replayable = True  # an expression can be run again

    def __init__(self, frames: Sequence[Any], places: Mapping[str, _Place]) -> None:
        self._places = dict(places)
        metas = [_as_strings(frame._meta) for frame in frames]  # objects should be strings
        self.schema = Schema(
            tuple(
                (role, column_of(_values(role, role, metas[place.frame], place.columns)))
                for role, place in places.items()
            )
        )
        self._expr = _optimised(frames)

    @classmethod
    def of_frame(cls, frame: Any, columns: Mapping[str, Any]) -> DaskFrames:
        """Columns of one dataframe.

        Parameters
        ----------
        frame : Dask dataframe
        columns : mapping of role to a column's name, or to the names of several side by side
            Or to a Dask series, dataframe or array to be paired with those, row by row.
        """
        named = {role: names for role, c in columns.items() if (names := names_of(c)) is not None}
        if not hasattr(frame._meta, "columns"):
            msg = f"expected data= to be a dataframe, got the series {frame._meta.name!r}"
            raise ArgumentError(msg)
        wanted = list(dict.fromkeys(name for names in named.values() for name in names))
        check_names(wanted, frame.columns, "there are", " in the Dask dataframe")
        if len(named) == len(columns):
            return cls((frame[wanted],), {role: _Place(0, names) for role, names in named.items()})
        return cls.of_series(
            {role: frame[list(named[role])] if role in named else c for role, c in columns.items()}
        )

    @classmethod
    def of_series(cls, columns: Mapping[str, Any]) -> DaskFrames:
        """Series, or dataframes of several columns side by side, paired row by row.

        Parameters
        ----------
        columns : mapping of role to Dask series or dataframe; or to a Dask array beside these
        """
        given = {role: _as_frame(role, values) for role, values in columns.items()}
        _check_partitions({role: frame.npartitions for role, frame in given.items()})
        frames = {frame._name: frame for frame in given.values()}
        number = {name: i for i, name in enumerate(frames)}
        places = {role: _Place(number[frame._name], None) for role, frame in given.items()}
        return cls(tuple(frames.values()), places)

    def pieces(self) -> Sequence[Piece]:
        """One a partition; how many rows each has is known to the worker alone."""
        return [Piece(None, 0, f"partition {i}") for i in range(self._expr.npartitions)]

    def read(
        self, piece: int, columns: Sequence[str], rows: slice | None = None
    ) -> Iterator[Mapping[str, Any]]:
        """Compute one partition (the engine binds the task's result instead)."""
        import dask

        chunk = self.bind(piece, dask.get(self._graph, list(self.keys(piece))))
        yield {name: chunk[name] if rows is None else chunk[name][rows] for name in columns}

    def keys(self, piece: int) -> Sequence[Any]:
        """The key of the partition: one task makes the partitions of all collections."""
        return [(self._expr._name, piece)]

    def joined(self, graph: Mapping[Any, Any], root: Any) -> Mapping[Any, Any]:  # noqa: ARG002
        """The tasks with those of the optimised expression."""
        return {**self._graph, **graph}

    @cached_property
    def _graph(self) -> Mapping[Any, Any]:
        graph: Mapping[Any, Any] = self._expr.__dask_graph__()
        return graph

    def bind(self, piece: int, blocks: Sequence[Any]) -> Mapping[str, Any]:
        """The columns of a partition as arrays."""
        (made,) = blocks
        parts = made if isinstance(made, tuple) else (made,)
        check_indexes({f"{r} (partition {piece})": parts[p.frame] for r, p in self._places.items()})
        chunk = {}
        for role, place in self._places.items():
            name = f"{role} (partition {piece})"
            values = _values(name, role, parts[place.frame], place.columns)
            chunk[role] = _as_told(name, values, self.schema[role])
        return chunk

    def restrict(self, pieces: slice) -> DaskFrames:  # noqa: ARG002
        """The names alone: the graph carries the data."""
        light = DaskFrames.__new__(DaskFrames)
        light._places, light.schema, light._expr = self._places, self.schema, None
        return light


def _side_by_side(*parts: Any) -> tuple[Any, ...]:
    """The partitions of several collections: the function that makes one expression of them."""
    return parts


def _optimised(frames: Sequence[Any]) -> Any:
    """One optimised expression, whose partitions are those of all collections."""
    import dask
    import dask.dataframe as dd

    whole = frames[0]
    if len(frames) > 1:
        whole = dd.map_partitions(
            _side_by_side, *frames, meta=whole._meta, enforce_metadata=False, clear_divisions=True
        )
    # tuning would join partitions of which few columns are left, in each read otherwise
    with dask.config.set({"optimization.tune.active": False}):
        expr = whole.expr.optimize(fuse=False)
    if len(frames) > 1:
        # those of repartition(partition_size=) follow the size of the columns that are left
        _check_partitions({part._name: part.npartitions for part in expr.dependencies()})
    return expr.fuse()


def _as_frame(role: str, values: Any) -> Any:
    if is_dask_frame(values):
        return values
    if is_dask_array(values) and values.ndim in (1, 2):
        import dask.dataframe as dd

        return dd.from_dask_array(values)
    msg = (
        f"expected {role} to be a Dask series, dataframe or array of at most two axes beside other "
        f"Dask columns, got {type(values).__name__}; make it a column of the dataframe (partitions "
        "do not know their rows beforehand)"
    )
    raise ColumnTypeError(msg)


def _check_partitions(counts: Mapping[str, int]) -> None:
    if len(set(counts.values())) > 1:
        given = ", ".join(f"{name}: {n}" for name, n in counts.items())
        msg = (
            f"expected Dask columns of as many partitions each, got {given}; take them from one "
            "dataframe, or repartition(npartitions=) one like the other"
        )
        raise LengthMismatchError(msg)


# --- the columns of a partition -----------------------------------------------------------------


def _as_strings(meta: Any) -> Any:
    """The meta with strings in place of objects: no row can be asked yet what it is."""
    if not hasattr(meta, "columns"):
        return meta.astype(_STRINGS) if _holds_objects(meta.dtype) else meta
    dtypes = zip(meta.columns, meta.dtypes, strict=True)
    return meta.astype({name: _STRINGS for name, dtype in dtypes if _holds_objects(dtype)})


def _holds_objects(dtype: Any) -> bool:
    return bool(dtype == np.dtype(object)) or getattr(dtype, "storage", "") == "python"


def _values(name: str, role: str, part: Any, columns: tuple[str, ...] | None) -> Any:
    """The values of a partition, (rows,) or (rows, columns).

    A partition tells itself what it is: of pandas, of another dataframe library, or an array that
    a model has returned.
    """
    if columns is not None:
        part = part[columns[0]] if len(columns) == 1 else part[list(columns)]
    dtypes = set(getattr(part, "dtypes", ())) if hasattr(part, "columns") else set()
    if len(dtypes) == 1 and getattr(dtypes.pop(), "char", "O") in "?bBhHiIlLqQefd":
        part = part.values  # as they lie, where they lie together
    return as_array(name, part, text=role == BY)


def _as_told(name: str, values: Any, spec: Column) -> Any:
    """The values, if they are what the meta says: the schema rests on it."""
    found = column_of(values)
    fits = found.kind == "str" or np.can_cast(found.dtype, spec.dtype, "safe")
    if found.kind == spec.kind and fits:
        return values
    if all_missing(values):  # of whatever dtype then
        return missing(len(values), spec)
    told, got = map(_shown, (spec, found))
    msg = (
        f"expected {name} to hold {told} as Dask's meta says, got {got}; give the right meta= "
        "where the column is made, or convert it by .astype() (objects are taken for strings)"
    )
    raise ColumnTypeError(msg)


def _shown(column: Column) -> str:
    kind = "strings" if column.kind == "str" else str(column.dtype)
    return f"rows of {column.shape} {kind}" if column.shape else kind
