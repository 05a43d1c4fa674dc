"""``x[...]`` on symbolic rows: columns of a row, and selections of rows by a condition."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from disteval.formula import nodes
from disteval.formula.elementwise import as_node, chosen, expanded
from disteval.formula.nodes import Node
from disteval.formula.refusing import refuse, refuse_order
from disteval.formula.rows import Rows, Space
from disteval.formula.unknown import Unknown

WHICH = "select rows by a condition, x[y_true == 1]; columns by x[:, 0]"


class Places(Rows):
    """Where a condition holds, ``np.where(condition)[0]``: good for selecting those rows."""


def places(condition: Rows) -> tuple[Places]:
    """``np.nonzero`` of a condition on rows."""
    if condition.axes or condition._space.flat:
        refuse_order("np.nonzero (or np.where with one argument) of more than one column")
    selected = select(condition, condition.astype(bool))
    return (Places(selected._run, selected._node, selected._space),)


def select(x: Rows, index: Any) -> Any:
    """``x[index]``."""
    parts = index if isinstance(index, tuple) else (index,)
    parts = tuple(np.asarray(p)[()] if isinstance(p, np.ndarray) and not p.ndim else p
                  for p in parts)  # fmt: skip
    if any(isinstance(part, Rows) for part in parts):
        return _by_rows(x, parts)
    parts = _without_ellipsis(parts, x.ndim)
    first = parts[0] if parts else slice(None)
    if first is None:
        refuse_order("x[None], which puts an axis before the rows,", "x[:, None]")
    if not (isinstance(first, slice) and first == slice(None)):
        refuse_order(f"y[{_spelled(first)}], which selects rows by their place,", WHICH)
    return _columns(x, parts[1:])


def _spelled(part: Any) -> str:
    if isinstance(part, slice):
        ends = ["" if v is None else str(v) for v in (part.start, part.stop)]
        return ":".join([*ends, *([str(part.step)] if part.step is not None else [])])
    return "..." if isinstance(part, np.ndarray | list | Unknown) else repr(part)


def _without_ellipsis(parts: tuple[Any, ...], rank: int) -> tuple[Any, ...]:
    at = next((i for i, part in enumerate(parts) if part is Ellipsis), None)
    if at is None:
        return parts
    given = sum(part is not None and part is not Ellipsis for part in parts)
    return (*parts[:at], *(slice(None),) * (rank - given), *parts[at + 1 :])


def _columns(x: Rows, parts: tuple[Any, ...]) -> Rows:
    """``x[:, ...]``: the same of every row."""
    if not parts:
        return x._view(x._node, x._space)
    if x._space.flat:
        raise IndexError(f"too many indices for an array of shape {x.shown}")
    plain = tuple(_plain(part) for part in parts)
    probe = np.empty((1, *x.axes))[(slice(None), *parts)]
    node = nodes.node("getitem", (x._node,), plain, probe.shape[1:], x._node.dtype)
    return x._view(node)


def _plain(part: Any) -> Any:
    if part is None or isinstance(part, int | np.integer):
        return part if part is None else int(part)
    if isinstance(part, slice):
        return ("slice", *(None if v is None else int(v)
                           for v in (part.start, part.stop, part.step)))  # fmt: skip
    if isinstance(part, list | tuple | np.ndarray):
        chosen_ = np.asarray(part)
        if chosen_.ndim == 1 and chosen_.dtype.kind in "bi":
            places_ = np.flatnonzero(chosen_) if chosen_.dtype == bool else chosen_
            return ("list", *(int(v) for v in places_))
    return refuse(f"x[:, {type(part).__name__}]", "is no selection of columns", WHICH)


# --- by rows ------------------------------------------------------------------------------------


def _by_rows(x: Rows, parts: tuple[Any, ...]) -> Rows:
    first = parts[0]
    if isinstance(first, Places):
        return _columns(_placed(x, first), parts[1:])
    if isinstance(first, Rows) and first.dtype == bool:
        return _columns(_masked(x, first), parts[1:])
    if len(parts) == 2 and isinstance(parts[1], Rows) and parts[1].dtype.kind in "ib":
        if _is_every_row(x, first):
            return take(x, parts[1])
        refuse_order(f"y[{_spelled(first)}, rows]", "np.take_along_axis(x, y[:, None], axis=-1)")
    if isinstance(first, Rows):
        refuse_order("y[index], with places of rows as the index,", WHICH)
    return refuse(
        "x[:, rows]", "is no selection of columns", "np.take_along_axis(x, y[:, None], axis=-1)"
    )


def _is_every_row(x: Rows, part: Any) -> bool:
    """Whether this is np.arange(len(x))."""
    n = x._run.length(x._space)
    count = n._sample if isinstance(n, Unknown) else n
    return (
        isinstance(part, np.ndarray)
        and part.shape == (int(count),)
        and part.dtype.kind == "i"
        and bool((part == np.arange(int(count))).all())
    )


def take(x: Rows, index: Rows) -> Rows:
    """The element of each row that a column names."""
    if x._space != index._space or len(x.axes) != 1 or index.axes:
        refuse("x[np.arange(len(x)), y]", "takes one element of rows (N, k) by a column (N,)")
    node = nodes.node("take", (x._node, expanded(index._node, 1)), 0, (1,), x._node.dtype)
    return x._with(nodes.node("getitem", (node,), (0,), (), node.dtype))


def _masked(x: Rows, mask: Rows) -> Rows:
    """``x[mask]``."""
    if mask._space != x._space:
        refuse("x[mask]", f"got a mask {mask.shown} of another selection than x, {x.shown}")
    if mask.axes and mask.axes != x.axes:
        msg = f"expected a mask of shape (N,) or {x.shown}, got {mask.shown}; is it mask[:, 0]?"
        raise IndexError(msg)
    return x._with(x._node, narrowed(x._space, mask._node, mask.axes))


def narrowed(space: Space, condition: Node, flat: tuple[int, ...] = ()) -> Space:
    """The rows (or elements, where an axis of elements is flattened) for which more holds."""
    if space.where is not None:
        rank = len(condition.shape)
        before = expanded(space.where, rank)
        shape = np.broadcast_shapes(before.shape, condition.shape)
        condition = nodes.node("logical_and", (before, condition), None, shape, "bool")
    return Space(condition, space.flat or flat)


def _placed(x: Rows, index: Places) -> Rows:
    """``x[np.where(condition)[0]]``."""
    if x._space.where is not None or x._space.flat:
        refuse_order("y[np.where(...)] of a selection")
    return x._with(x._node, index._space)


# --- x[...] = v ---------------------------------------------------------------------------------


def assigned(x: Rows, index: Any, value: Any) -> Node:
    """The node of x after ``x[index] = value``."""
    parts = index if isinstance(index, tuple) else (index,)
    mask = parts[0]
    if isinstance(mask, Places):
        mask = Rows(mask._run, mask._space.where, x._space)  # type: ignore[arg-type]
    if len(parts) == 1 and isinstance(mask, Rows) and mask.dtype == bool:
        if isinstance(value, Rows):
            same = _masked(x, mask)._space
            if value._space != same:
                refuse("x[mask] = rows", "needs rows of the same mask", "np.where(mask, a, b)")
            new = value._node
        else:
            new = as_node(x._run, value, (x,), "x[mask] = v")
        return _kept_dtype(x, chosen(mask._node, new, x._node))
    if len(parts) == 1 and (mask is Ellipsis or (isinstance(mask, slice) and mask == slice(None))):
        filled: Any = np.where(np.ones_like(x, dtype=bool), value, x)
        return _kept_dtype(x, filled._node)
    return refuse_order("x[i] = v", "x[condition] = v, or np.where(condition, v, x)")


def _kept_dtype(x: Rows, node: Node) -> Node:
    if node.dtype == x._node.dtype:
        return node
    return nodes.node("cast", (node,), x._node.dtype, node.shape, x._node.dtype)


def flattened(x: Rows) -> Rows:
    """``x.ravel()``: every element a row."""
    if not x.axes:
        return x._view(x._node)
    if math.prod(x.axes) == 1:
        node = nodes.node("reshape", (x._node,), (), (), x._node.dtype)
        return x._view(node)
    where = x._space.where
    if where is not None and where.shape != x.axes:
        shape = x.axes
        where = nodes.node("broadcast", (expanded(where, len(shape)),), shape, shape, "bool")
    return x._view(x._node, Space(where, x.axes))
