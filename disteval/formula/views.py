"""Reductions of a batch as a function sees it: without weights, or with other columns."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from disteval import backend
from disteval.formula.nodes import Node
from disteval.metrics.rows import AbsoluteError, Raw, SquaredError
from disteval.protocol import WEIGHT, Y_PRED, Y_TRUE, Batch, Origin, Reduction, RowFunction


class _Unweighted(Batch):
    """The same rows, each counting once."""

    __slots__ = ("_base",)

    def __init__(self, base: Batch) -> None:
        super().__init__(base.columns, base.origins, base._cells, base.n_cells, base._buffers)
        # row functions never look at the weights: what was derived is what would be
        self._derived = base._derived
        self.runs, self.kept, self.missing = base.runs, base.kept, base.missing
        self.has_nan = base.has_nan
        self._base = base

    def __getitem__(self, name: str) -> Any:
        return self._base[name]  # which may have its rows in another order than its columns

    def locate(self, row: int) -> Origin:
        """Where a row of the batch comes from."""
        return self._base.locate(row)

    @property
    def weight(self) -> Any:
        return None


@dataclass(frozen=True)
class _Plain:
    """A view of a batch without its weights."""

    def __call__(self, batch: Batch) -> Batch:
        return _Unweighted(batch)


@dataclass(frozen=True)
class _Columns:
    """A view of other columns than those of the batch.

    Parameters
    ----------
    columns : name and values of each
    where : rows that are left, or None
    """

    columns: tuple[tuple[str, RowFunction], ...]
    where: RowFunction | None = None

    def __call__(self, batch: Batch) -> Batch:
        # not kept with the batch, which it refers to: such cycles are freed late
        columns = {name: batch.derive(function) for name, function in self.columns}
        if self.where is None:
            return _Other(batch, columns)
        xp = backend.namespace(next(iter(columns.values())))
        rows = xp.flatnonzero(batch.derive(self.where))
        return _Other(batch, {name: values[rows] for name, values in columns.items()}, rows)


class _Other(Batch):
    """Other columns of the rows of a batch, or of some of them."""

    __slots__ = ("_base", "_chosen")

    def __init__(self, base: Batch, columns: dict[str, Any], chosen: Any = None) -> None:
        cells = base._cells if chosen is None else base.cells[chosen] if base.sliced else None
        super().__init__(columns, base.origins, cells, base.n_cells)
        self.runs = base.runs if chosen is None else None
        self._base = base
        self._chosen = chosen

    def locate(self, row: int) -> Origin:
        """Where a row of the batch comes from."""
        return self._base.locate(row if self._chosen is None else int(self._chosen[row]))


@dataclass(frozen=True)
class Through:
    """A reduction of a batch seen through a view of it.

    Notes
    -----
    State: that of the reduction.
    Exact: as the reduction.
    """

    view: Any
    inner: Any

    def empty(self, cells: int = 1) -> Any:
        """No rows."""
        return self.inner.empty(cells)

    def update(self, state: Any, batch: Batch) -> Any:
        """Add a batch."""
        seen = self.view(batch)
        return self.inner.update(state, seen) if seen.rows else state

    def seal(self, state: Any) -> Any:
        """The canonical form."""
        return self.inner.seal(state)

    def merge(self, a: Any, b: Any) -> Any:
        """As the reduction."""
        return self.inner.merge(a, b)


def unweighted(reduction: Reduction[Any]) -> Reduction[Any]:
    """The reduction with every row counting once, whatever its weight."""
    return Through(_Plain(), reduction)


def of_columns(
    reduction: Reduction[Any],
    columns: tuple[tuple[str, RowFunction], ...],
    where: RowFunction | None,
) -> Reduction[Any]:
    """The reduction of other columns than those that it names."""
    return Through(_Columns(columns, where), reduction)


def row_function(node: Node) -> RowFunction:
    """What computes a node: a row function of the catalogue where one does the same.

    So a formula shares its sums with the metrics beside it, and their compiled loops.
    """
    plain = _plain_column(node) if math.prod(node.shape) == 1 else node
    if plain is not None and plain.op == "column" and plain.dtype != "str":
        return Raw(plain.param[0])
    if node.op in ("square", "absolute") and _is_error(node.args[0]):
        return SquaredError() if node.op == "square" else AbsoluteError()
    return node


def pooled_function(node: Node) -> RowFunction:
    """What computes the values of a node whose elements are all taken alike."""
    while node.op == "reshape":
        node = node.args[0]
    return row_function(node)


def _is_error(node: Node) -> bool:
    """Whether this is the difference of y_true and y_pred, of one shape."""
    if node.op != "subtract" or node.dtype not in ("float64", "int64"):
        return False
    a, b = map(_plain_column, node.args)
    if a is None or b is None or a.shape != b.shape or "bool" in (a.dtype, b.dtype):
        return False
    return {a.param[0], b.param[0]} == {Y_TRUE, Y_PRED}


def _plain_column(node: Node) -> Node | None:
    """The column whose elements these are, in their order, if they are one's."""
    while node.op == "reshape" or (
        node.op == "getitem" and math.prod(node.shape) == math.prod(node.args[0].shape) == 1
    ):
        node = node.args[0]
    return node if node.op == "column" else None


def nodes_of(reduction: Any) -> Iterator[Node]:
    """The expressions that a reduction computes."""
    if isinstance(reduction, Node):
        yield reduction
    elif isinstance(reduction, tuple):
        for part in reduction:
            yield from nodes_of(part)
    elif dataclasses.is_dataclass(reduction):
        for spec in dataclasses.fields(reduction):
            yield from nodes_of(getattr(reduction, spec.name))


def weight_factor(node: Node) -> Node | None:
    """The x of x * sample_weight, else None."""
    if node.op != "multiply":
        return None
    a, b = node.args
    if is_weight(a):
        return b
    return a if is_weight(b) else None


def is_weight(node: Node) -> bool:
    """Whether this is the column of sample weights."""
    return node.op == "column" and node.param[0] == WEIGHT
