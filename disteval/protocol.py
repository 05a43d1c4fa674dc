"""The whole vocabulary on one page: read this first.

Rows come from a `Source`, whose `Schema` is known before any row is read. The engine cuts
them into `Batch` blocks. A `Reduction` folds batches into a mergeable state. A `Metric` says
which reductions it needs and how their merged states become a value.
"""

from __future__ import annotations

import dataclasses
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, NamedTuple, Protocol, Self, TypeVar, runtime_checkable

import numpy as np

from disteval.errors import ColumnTypeError, ShapeError, UnknownNameError
from disteval.parameters import as_literal, canonical

Array = np.ndarray[Any, np.dtype[Any]]
Value = int | float | str | np.ndarray[Any, np.dtype[Any]] | Mapping[str, Any]
Kind = Literal["bool", "int", "float", "str"]
NanPolicy = Literal["raise", "omit", "propagate"]

S = TypeVar("S")

Y_TRUE, Y_PRED, WEIGHT, BY = "y_true", "y_pred", "sample_weight", "by"
_KINDS: Mapping[str, Kind] = {"b": "bool", "i": "int", "u": "int", "f": "float", "U": "str"}


@dataclass(frozen=True)
class Column:
    """What is known of one column before any row is read: dtype and shape of a row.

    Parameters
    ----------
    dtype : of the values
    shape : of a row, without its axes of length one
    given : the shape of a row as it arrived; None where that is `shape`
    """

    dtype: np.dtype[Any]
    shape: tuple[int, ...] = ()
    given: tuple[int, ...] | None = field(default=None, compare=False, repr=False)

    @property
    def axes(self) -> tuple[int, ...]:
        """The shape of a row as it arrived."""
        return self.shape if self.given is None else self.given

    @property
    def kind(self) -> Kind:
        """bool, int, float or str."""
        try:
            return _KINDS[self.dtype.kind]
        except KeyError:
            msg = f"expected numbers, booleans or strings, got dtype {self.dtype}"
            raise ColumnTypeError(msg) from None

    @property
    def row_bytes(self) -> int:
        """Bytes of one row; of strings whose length is not known, as of their codes."""
        return max(self.dtype.itemsize, 4 if self.dtype.kind == "U" else 1) * math.prod(self.shape)


@dataclass(frozen=True)
class Schema:
    """The columns of a source by name. Axes of length one are dropped from the shapes of rows."""

    columns: tuple[tuple[str, Column], ...]

    def __getitem__(self, name: str) -> Column:
        for known, column in self.columns:
            if known == name:
                return column
        msg = f"there is no column {name!r}; the columns are {', '.join(self.names) or 'none'}"
        if name == Y_PRED and self.names == (Y_TRUE,):
            msg = "expected y_true and y_pred, got y_true alone; give y_pred= (--y-pred in a shell)"
            if self[Y_TRUE].shape == (2,):
                msg += "; to part rows of both: y_true, y_pred = zip(*rows)"
        raise UnknownNameError(msg)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(name for name, _ in self.columns)

    @property
    def row_bytes(self) -> int:
        """Bytes of one row over all columns."""
        return sum(column.row_bytes for _, column in self.columns)


class Origin(NamedTuple):
    """Where a block's first row comes from: a piece of the source, and the row inside it."""

    piece: int
    offset: int


RowFunction = Callable[["Batch"], Any]
"""Values per row of a batch: a module-level frozen dataclass, so that it compares and pickles."""


class Runs(NamedTuple):
    """Rows sorted by cell: those of ``cells[i]`` are ``bounds[i]`` to ``bounds[i + 1]``."""

    cells: Array
    bounds: Array


class Batch:
    """Aligned, named columns of one block of rows, on one device.

    Parameters
    ----------
    columns : mapping of str to array (`numerics.words.Words` for strings), each (rows, ...)
    origins : tuple of (first row, Origin)
        Where the rows come from: the runs of rows that follow each other in one piece.
    cells : int64 array (rows,), optional
        The cell of each row where the plan is sliced.
    n_cells : int
        How many cells there are.
    buffers : dict, optional
        Memory that the blocks of a span use one after the other; see `buffer`.
    missing : mapping of str to bool array (rows,), optional
        Where values of a column are missing, other than as NaN.
    """

    __slots__ = (
        "_buffers", "_cells", "_derived", "columns", "has_nan", "kept", "missing", "n_cells",
        "origins", "rows", "runs",
    )  # fmt: skip

    def __init__(
        self,
        columns: Mapping[str, Any],
        origins: tuple[tuple[int, Origin], ...] = ((0, Origin(0, 0)),),
        cells: Any = None,
        n_cells: int = 1,
        buffers: dict[Any, Any] | None = None,
        missing: Mapping[str, Array] | None = None,
    ) -> None:
        self.columns = columns
        self.origins = origins
        self._cells = cells
        self.n_cells = n_cells
        self.rows = len(next(iter(columns.values()))) if columns else 0
        self._derived: dict[Any, Any] = {}
        self._buffers: dict[Any, Any] = {} if buffers is None else buffers
        self.has_nan: dict[str, bool] = {}
        """Whether a column holds a NaN, where that came to light on the way."""
        self.missing: Mapping[str, Array] = missing or {}
        self.runs: Runs | None = None
        """The rows of each cell, where rows are sorted by cell."""
        self.kept: Array | None = None
        """Which rows of those that `origins` tells of are left, where some were left out."""

    def buffer(self, key: Any, shape: tuple[int, ...], dtype: Any = np.float64) -> Array:
        """An uninitialised array for a derived column; gone with the batch.

        Fresh arrays of this size cost more in page faults than the arithmetic on them.
        """
        found = self._buffers.get(key)
        if (
            found is None
            or len(found) < shape[0]
            or found.shape[1:] != shape[1:]
            or found.dtype != dtype
        ):
            found = self._buffers[key] = np.empty(shape, dtype)
        part: Array = found[: shape[0]]
        return part

    def __getitem__(self, name: str) -> Any:
        try:
            return self.columns[name]
        except KeyError:
            known = ", ".join(self.columns)
            msg = f"the batch has no column {name!r}; its columns are {known}"
            raise UnknownNameError(msg) from None

    @property
    def origin(self) -> Origin:
        """Where the first row comes from."""
        return self.locate(0)

    def locate(self, row: int) -> Origin:
        """Where a row of the batch comes from."""
        row = row if self.kept is None else int(self.kept[row])
        first, origin = next(run for run in reversed(self.origins) if run[0] <= row)
        return Origin(origin.piece, origin.offset + row - first)

    @property
    def weight(self) -> Any:
        """The sample weights, or None."""
        return self[WEIGHT] if WEIGHT in self.columns else None

    @property
    def sliced(self) -> bool:
        """Whether rows belong to cells."""
        return self._cells is not None or self.runs is not None

    @property
    def cells(self) -> Any:
        """The cell of each row, int64 (rows,); None where there is one cell."""
        if self._cells is None and self.runs is not None:
            self._cells = np.repeat(self.runs.cells, np.diff(self.runs.bounds))
        return self._cells

    def derive(self, function: RowFunction) -> Any:
        """The function's values on this batch, computed once and shared. Do not write to them."""
        try:
            return self._derived[function]
        except KeyError:
            value = self._derived[function] = function(self)
            return value

    def in_cells(self, cells: Any, n_cells: int) -> Batch:
        """The same rows, assigned to cells."""
        other = Batch(self.columns, self.origins, cells, n_cells, self._buffers)
        other._derived, other.kept = self._derived, self.kept
        return other


class Reduction(Protocol[S]):
    """A mergeable partial state: a commutative monoid with frozen parameters.

    ``reduce(b) = seal(update(empty(), b))``. Laws: `merge` is associative and commutative with
    identity ``seal(empty())``, and ``merge(reduce(a), reduce(b))``,
    ``seal(update(update(empty(), a), b))`` and ``reduce(a ++ b)`` are the same bytes.
    `disteval.testing.ReductionLaws` checks them.
    """

    def empty(self, cells: int = 1) -> S:
        """The state of no rows, open for updates."""
        ...

    def update(self, state: S, batch: Batch) -> S:
        """Add a batch. Owns `state` and may write into it."""
        ...

    def seal(self, state: S) -> S:
        """The canonical form: equal content, equal bytes. Called at the end of a span."""
        ...

    def merge(self, a: S, b: S) -> S:
        """Pure: canonical states in, canonical state out."""
        ...


@runtime_checkable
class RevealsNan(Protocol):
    """A reduction whose state shows whether there was a NaN in some columns.

    Optional, and for speed alone: where the states of a plan reveal the NaN of every column, the
    rows need not be searched for them before, only after one was seen.
    """

    def reveals(self, schema: Schema) -> frozenset[str]:
        """The columns in which a NaN always shows in the state."""
        ...

    def saw_nan(self, state: Any) -> bool:
        """Whether the sealed state shows a NaN."""
        ...


@runtime_checkable
class Budgeted(Protocol):
    """A reduction whose state grows with the data, and stays within a budget of memory."""

    def within(self, budget: int) -> Any:
        """The reduction for so many bytes in the memory of a process."""
        ...


@runtime_checkable
class Parted(Protocol):
    """A reduction whose states are cut into parts by key, which workers share out among them."""

    def share(self, state: Any, r: int, of: int) -> Any:
        """The parts of a state that are share r of so many."""
        ...

    def outline(self, state: Any) -> Any:
        """What each part holds, in a few numbers."""
        ...

    def swept(self, state: Any, outlines: Sequence[Any], sweeps: Sequence[Any], most: int) -> Any:
        """What is told of a share: itself where it has at most so many bytes, else its sweeps.

        Parameters
        ----------
        outlines : of all shares
        """
        ...

    def together(self, shares: Sequence[Any], sweeps: Sequence[Any]) -> Any:
        """The state of all shares, or what sweeps made of it."""
        ...


@runtime_checkable
class Swept(Protocol):
    """A state from which metrics compute by sweeps over what grows with the data."""

    def prepare(self, sweeps: Sequence[Any], threads: int | None = None) -> None:
        """Run several sweeps at once, on so many threads; the state keeps their results."""
        ...


@dataclass(frozen=True)
class Outcome:
    """A value with what must be said about it.

    Parameters
    ----------
    value : the value
    labels : what the positions of an array mean
    undefined : why the metric is not defined here (the value is then a convention), or ""
    rule : how predictions were turned into labels, or ""
    note : what else must be said, and warned of, or ""
    details : other numbers of the same computation, by name
    several : whether the value is a mapping of results, each of its own name
    """

    value: Value
    labels: tuple[Any, ...] = ()
    undefined: str = ""
    rule: str = ""
    note: str = ""
    several: bool = False
    details: Mapping[str, Any] = field(default_factory=dict)


class Accumulator(Protocol):
    """What a metric alone delegates to (the streaming evaluator)."""

    def update_state(self, y_true: Any, y_pred: Any = None, sample_weight: Any = None) -> None:
        """Add a batch."""

    def value(self) -> Value:
        """The value of the only metric."""

    def reset_state(self) -> None:
        """Forget all rows."""

    def merge_state(self, others: Any) -> None:
        """Add the rows of others."""


@dataclass(frozen=True, repr=False)
class Metric:
    """A frozen value: parameters, a name, what it needs, and the formula.

    Concrete metrics are frozen dataclasses that set `key` and implement `needs` and `compute`.

    A metric alone accumulates, as in Keras: `update_state`, `result`, `reset_state`,
    `merge_state`, or a call. What it has accumulated is no part of its value: two metrics with
    equal parameters are equal.

    A class with an `update_state` and a `result` of its own is one in Keras's style, with
    variables (``self.add_weight(...)``) in place of `needs` and `compute`: see
    `formula.keras_style`.
    """

    name: str | None = field(default=None, kw_only=True)

    key: ClassVar[str] = ""
    """The metric's name in the table of names."""
    passes: ClassVar[int] = 1
    """How many passes over the data the metric may ask for (see `then`)."""
    accumulator: ClassVar[Callable[[Metric], Accumulator] | None] = None
    """Makes the accumulator; set by the evaluator, which is a later layer."""
    adopt: ClassVar[Callable[[type[Metric]], None] | None] = None
    """Gives a class with an `update_state` of its own what Keras's have; set likewise."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.update_state is not Metric.update_state or cls.result is not Metric.result:
            _of_evaluator("adopt")(cls)

    def __post_init__(self) -> None:
        for spec in dataclasses.fields(self):
            object.__setattr__(self, spec.name, canonical(getattr(self, spec.name)))
        if self.name is None:
            object.__setattr__(self, "name", self.canonical_string())

    def __repr__(self) -> str:
        return self.canonical_string()

    def canonical_string(self) -> str:
        """The metric as a string: its name, and the arguments that differ from their defaults."""
        given = []
        for spec in dataclasses.fields(self):
            value = getattr(self, spec.name)
            if spec.name != "name" and spec.repr and value != canonical(spec.default):
                given.append(f"{spec.name}={as_literal(value)}")
        return f"{self.key}({', '.join(given)})" if given else self.key

    def resolve(self, schema: Schema) -> Metric:  # noqa: ARG002  (for subclasses)
        """The form of this metric for columns of these kinds and shapes. Never sees values."""
        return self

    def weighted_by(self, schema: Schema) -> Metric:
        """The (resolved) metric for weights of single elements of a row. Most refuse them."""
        shape = ", ".join(map(str, ("N", *schema[WEIGHT].axes)))
        msg = (
            f"expected one weight a row, got sample_weight of shape ({shape}); give their sum or "
            "their mean over the row"
        )
        raise ShapeError(msg)

    @property
    def instead(self) -> str:
        """What to ask for where rows are read once, and the metric takes several passes."""
        return ""

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns of ``data=`` that it reads besides those of `evaluate`'s own arguments."""
        return ()

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """The reductions whose states `compute` takes."""
        raise NotImplementedError

    @property
    def sweeps(self) -> tuple[Any, ...]:
        """What `compute` will ask of states that are `Swept`; those of all metrics run at once."""
        return ()

    def compute(self, *states: Any) -> Value | Outcome:
        """The value, from the merged states (one cell each)."""
        raise NotImplementedError

    def then(self, *states: Any) -> Metric | None:  # noqa: ARG002  (for subclasses)
        """The metric of the next pass, with this pass's values in its fields; None: done."""
        return None

    # --- a metric alone -------------------------------------------------------------------

    @property
    def _accumulated(self) -> Accumulator:
        found: Accumulator | None = self.__dict__.get("_accumulator")
        if found is None:
            found = self.__dict__["_accumulator"] = _of_evaluator("accumulator")(self)
            assert found is not None
        return found

    def update_state(self, y_true: Any, y_pred: Any = None, sample_weight: Any = None) -> None:
        """Add a batch of rows."""
        self._accumulated.update_state(y_true, y_pred, sample_weight)

    def result(self) -> Value:
        """The value over all rows so far. Changes nothing; ask as often as you like."""
        return self._accumulated.value()

    def reset_state(self) -> None:
        """Forget all rows."""
        self.__dict__.pop("_accumulator", None)

    reset_states = reset_state

    def merge_state(self, others: Metric | Sequence[Metric]) -> None:
        """Add the rows that equal metrics elsewhere have seen."""
        group = [others] if isinstance(others, Metric) else list(others)
        self._accumulated.merge_state([other._accumulated for other in group])

    def __call__(self, y_true: Any, y_pred: Any = None, sample_weight: Any = None) -> Value:
        """Add a batch and return the value over all rows so far."""
        self.update_state(y_true, y_pred, sample_weight)
        return self.result()

    def __getstate__(self) -> dict[str, Any]:
        # what was accumulated is no part of the value: a pickle is the parameters
        return {spec.name: getattr(self, spec.name) for spec in dataclasses.fields(self)}

    def renamed(self, name: str) -> Self:
        """The same metric under another name."""
        return dataclasses.replace(self, name=name)


def _of_evaluator(name: str) -> Any:
    """What the evaluator sets on `Metric`: a later layer, imported by its public name."""
    if getattr(Metric, name) is None:
        _ = sys.modules["disteval"].Evaluator
    return getattr(Metric, name)


@dataclass(frozen=True)
class Piece:
    """A storage-aligned run of rows of a source: a shard, a chunk, a batch.

    Parameters
    ----------
    rows : int, or None where the length is known only to the worker
    nbytes : size on storage or in memory, 0 where unknown
    token : names the piece in errors
    """

    rows: int | None
    nbytes: int = 0
    token: str = ""


@runtime_checkable
class Source(Protocol):
    """Where rows come from. Pickled to the workers; `read` runs there.

    `disteval.testing.SourceContract` checks it.
    """

    @property
    def schema(self) -> Schema:
        """Kinds and shapes, known before any row is read."""
        ...

    @property
    def replayable(self) -> bool:
        """Whether the rows can be read more than once."""
        ...

    def pieces(self) -> Sequence[Piece]:
        """The pieces, in row order."""
        ...

    def read(
        self, piece: int, columns: Sequence[str], rows: slice | None = None
    ) -> Iterator[Mapping[str, Any]]:
        """The rows of one piece, in order, as one or more aligned chunks of arrays."""
        ...

    def restrict(self, pieces: slice) -> Source:
        """A source that can read these pieces (under their own numbers), to be sent to a worker.

        What is in memory sends only those pieces; most sources return themselves.
        """
        ...


@runtime_checkable
class LazySource(Source, Protocol):
    """A source whose pieces are made by tasks that exist already (Dask arrays, dataframes)."""

    def keys(self, piece: int) -> Sequence[Any]:
        """The keys of the tasks whose results make the piece."""
        ...

    def joined(self, graph: Mapping[Any, Any], root: Any) -> Mapping[Any, Any]:
        """The graph with the tasks that make the pieces, optimised so that no read runs twice.

        Parameters
        ----------
        graph : tasks by key, which depend on the keys of the pieces
        root : the key whose result is wanted
        """
        ...

    def bind(self, piece: int, blocks: Sequence[Any]) -> Mapping[str, Any]:
        """The columns of the piece, from those results."""
        ...
