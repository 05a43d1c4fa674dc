"""Reductions of a batch as a function sees it: without weights, or with other columns."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from disteval import backend
from disteval.formula.nodes import Node
from disteval.metrics.rows import AbsoluteError, Raw, SquaredError
from disteval.protocol import WEIGHT, Y_PRED, Y_TRUE, Batch, Reduction, RowFunction


class _Unweighted(Batch):
    """The same rows, each counting once."""

    __slots__ = ()

    @property
    def weight(self) -> Any:
        return None


@dataclass(frozen=True)
class _Plain:
    """A view of a batch without its weights."""

    def __call__(self, batch: Batch) -> Batch:
        plain = _Unweighted(batch.columns, batch.origins, batch._cells, batch.n_cells)
        # row functions never look at the weights: what was derived is what would be
        plain._derived, plain._buffers = batch._derived, batch._buffers
        plain.runs, plain.kept, plain.missing = batch.runs, batch.kept, batch.missing
        plain.has_nan = batch.has_nan
        return plain


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
        # made once for all that want it; the same rows may come again in other cells
        held = batch._derived.get(self)
        if held is None or held[0] is not batch._cells or held[1] is not batch.runs:
            held = batch._derived[self] = (batch._cells, batch.runs, self._made(batch))
        seen: Batch = held[2]
        return seen

    def _made(self, batch: Batch) -> Batch:
        columns = {name: batch.derive(function) for name, function in self.columns}
        if self.where is None:
            other = Batch(columns, batch.origins, batch._cells, batch.n_cells)
            other.runs, other.kept = batch.runs, batch.kept
            return other
        xp = backend.namespace(next(iter(columns.values())))
        rows = xp.flatnonzero(batch.derive(self.where))
        cells = batch.cells[rows] if batch.sliced else None
        kept = {name: values[rows] for name, values in columns.items()}
        other = Batch(kept, batch.origins, cells, batch.n_cells)
        host = backend.to_host(rows)
        other.kept = host if batch.kept is None else np.asarray(batch.kept)[host]
        return other


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
