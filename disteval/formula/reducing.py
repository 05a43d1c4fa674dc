"""Reductions on symbolic rows: within a row, over the dataset, or both."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from numpy.exceptions import AxisError

from disteval.formula import nodes
from disteval.formula.elementwise import apply, check_ranks, chosen, common_space, expanded
from disteval.formula.indexing import narrowed
from disteval.formula.nodes import Node
from disteval.formula.refusing import HOLISTIC, WHOLE, refuse, refuse_order
from disteval.formula.requests import Extreme, Mean, Spread, Total
from disteval.formula.rows import Rows, Space
from disteval.formula.views import row_function
from disteval.protocol import Reduction
from disteval.reductions import Count, MinMax

_OF_ONE = ("row_sum", "row_max", "row_min", "row_prod")
"""What gives the value itself where there is one."""

Axis = int | tuple[int, ...] | None


def split_axes(x: Rows, axis: Any) -> tuple[bool, tuple[int, ...]]:
    """Whether the rows are reduced, and which axes of a row."""
    if axis is None:
        return True, tuple(range(len(x.axes)))
    wanted = axis if isinstance(axis, tuple | list) else (axis,)
    found = set()
    for one in wanted:
        place = int(one)
        if not -x.ndim <= place < x.ndim:
            raise AxisError(place, x.ndim)
        found.add(place % x.ndim)
    return 0 in found, tuple(sorted(place - 1 for place in found if place))


def _inner(x: Rows, op: str, axes: tuple[int, ...], dtype: str = "") -> Rows:
    """A reduction inside the row."""
    if not axes:
        return x
    shape = tuple(n for i, n in enumerate(x.axes) if i not in axes)
    dtype = dtype or x._node.dtype
    if _size(x, axes) == 1 and op in _OF_ONE:
        node = x._node
        if dtype != node.dtype:
            node = nodes.node("cast", (node,), dtype, node.shape, dtype)
        made = nodes.node("reshape", (node,), shape, shape, dtype)
        x._run.inner.add(made)
        return x._with(made)
    return x._with(nodes.node(op, (x._node,), axes, shape, dtype))


def _kept(result: Any, x: Rows, rows: bool, axes: tuple[int, ...], keepdims: Any) -> Any:
    """With axes of length one in place of those reduced, where wanted."""
    if not keepdims or keepdims is np._NoValue:
        return result
    shape = tuple(1 if i in axes else n for i, n in enumerate(x.axes))
    if rows:
        return np.reshape(result, (1, *shape))
    return result._with(nodes.node("reshape", (result._node,), shape, shape, result._node.dtype))


def _where(x: Rows, where: Any, otherwise: Any) -> Rows:
    """Another value where a reduction's ``where=`` does not hold."""
    if where is None or where is True or where is np._NoValue:
        return x
    return apply(x._run, "where", (where, x, otherwise), label="where=", dtype=x._node.dtype)


def is_given(value: Any) -> bool:
    """Whether an optional argument of NumPy was given."""
    return value is not None and value is not np._NoValue


def inner(x: Rows, op: str, axes: tuple[int, ...], keepdims: Any = False) -> Rows:
    """A reduction inside the row alone."""
    return _kept(_inner(x, op, axes), x, False, axes, keepdims)  # type: ignore[no-any-return]


def total(x: Rows, axis: Axis = None, *, keepdims: Any = False, where: Any = None) -> Any:
    """``np.sum``."""
    x = _where(x, where, False if x.dtype == bool else 0)
    rows, axes = split_axes(x, axis)
    dtype = "int64" if x._node.dtype == "bool" else x._node.dtype
    if not rows:
        return _kept(_inner(x, "row_sum", axes, dtype), x, rows, axes, keepdims)
    if len(axes) < len(x.axes):
        inside = _inner(x, "row_sum", axes, dtype) if axes else x
        node = masked(inside, 0)
        reduction = x._run.summed(_matrix(node), math.prod(inside.axes))
        shape = inside.axes
    else:
        reduction, shape = pooled_sum(x), ()
    request = Total(reduction, shape, whole=dtype == "int64")
    return _kept(x._run.ask(request, x._depth), x, rows, axes, keepdims)


def pooled_sum(x: Rows) -> Reduction[Any]:
    """The sum of all elements."""
    node = masked(x, 0)
    if node.dtype == "bool":
        return Count(row_function(node), weighted=False)
    return x._run.summed(node)


def masked(x: Rows, otherwise: Any) -> Node:
    """The values, with another where a row is not among those selected."""
    where = x._space.where
    if where is None:
        return x._node
    if x._node.dtype == "bool" and otherwise == 0:
        held = expanded(where, len(x._node.shape))
        shape = np.broadcast_shapes(held.shape, x._node.shape)
        return nodes.node("logical_and", (held, x._node), None, shape, "bool")
    return chosen(where, x._node, nodes.constant(otherwise))


def _matrix(node: Node) -> Node:
    """Rows of one axis."""
    if len(node.shape) == 1:
        return node
    shape = (math.prod(node.shape),)
    return nodes.node("reshape", (node,), shape, shape, node.dtype)


def divisor(x: Rows) -> tuple[Reduction[Any], int]:
    """What counts the rows, and the elements that each of them has."""
    where = x._space.where
    if where is None:
        return x._run.rows(), math.prod(x._node.shape)
    elements = 1 if where.shape == x._node.shape else math.prod(x._node.shape)
    return Count(where, weighted=False), elements


def mean(x: Rows, axis: Axis = None, *, keepdims: Any = False, where: Any = None) -> Any:
    """``np.mean``."""
    if where is not None and where is not True and where is not np._NoValue:
        held = _where(Rows(x._run, _full(x, True), x._space), where, False)
        given = total(x, axis, keepdims=keepdims, where=where)
        return given / total(held, axis, keepdims=keepdims)
    rows, axes = split_axes(x, axis)
    if not rows:
        summed, size = _inner(x, "row_sum", axes, "float64"), _size(x, axes)
        return _kept(summed if size == 1 else summed / float(size), x, rows, axes, keepdims)
    if len(axes) < len(x.axes):
        inside = _inner(x, "row_sum", axes, "float64") if axes else x
        reduction = x._run.summed(_matrix(masked(inside, 0)), math.prod(inside.axes))
        by, shape, elements = divisor(x)[0], inside.axes, _size(x, axes)
    else:
        reduction, shape = pooled_sum(x), ()
        by, elements = divisor(x)
    request = Mean(reduction, by, elements, shape)
    return _kept(x._run.ask(request, x._depth), x, rows, axes, keepdims)


def _size(x: Rows, axes: tuple[int, ...]) -> int:
    return math.prod(x.axes[axis] for axis in axes)


def _full(x: Rows, value: Any) -> Node:
    dtype = "bool" if type(value) is bool else "float64"
    return nodes.node("full", (x._node,), value, x._node.shape, dtype)


def extreme(
    x: Rows, which: Literal["min", "max"], axis: Axis = None, *, keepdims: Any = False,
    where: Any = None, initial: Any = None,
) -> Any:  # fmt: skip
    """``np.min`` and ``np.max``."""
    if x.dtype == bool:
        return holds(x, "any" if which == "max" else "all", axis, keepdims=keepdims)
    if is_given(where) and where is not True:
        low = math.inf if which == "min" else -math.inf
        x = _where(x.astype(float), where, initial if is_given(initial) else low)
    rows, axes = split_axes(x, axis)
    inside = _inner(x, f"row_{which}", axes) if not rows or len(axes) < len(x.axes) else x
    if not rows:
        result = _kept(inside, x, rows, axes, keepdims)
    else:
        columns = len(axes) < len(x.axes)
        of, nans = _extremes(inside, inside.axes if columns else ())
        request = Extreme(of, nans, which, inside.axes if columns else (),
                          whole=x._node.dtype == "int64")  # fmt: skip
        result = _kept(x._run.ask(request, x._depth), x, rows, axes, keepdims)
    if is_given(initial):
        return (np.minimum if which == "min" else np.maximum)(result, initial)
    return result


def _extremes(
    x: Rows, shape: tuple[int, ...]
) -> tuple[tuple[Reduction[Any], ...], tuple[Reduction[Any], ...]]:
    """Extremes of all values together, or of each place of a row; and counts of their NaN."""
    parts = [x._node]
    if shape:
        matrix = _matrix(x._node)
        parts = [nodes.node("getitem", (matrix,), (j,), (), matrix.dtype)
                 for j in range(matrix.shape[0])]  # fmt: skip
    of, nans = [], []
    for part in parts:
        values = x._with(part)
        of.append(MinMax(row_function(masked(values, math.nan))))
        if part.dtype not in ("int64", "bool") and part.op != "column":
            isnan = values._with(nodes.node("isnan", (part,), None, part.shape, "bool"))
            nans.append(Count(masked(isnan, 0), weighted=False))
    return tuple(of), tuple(nans)


def holds(
    x: Rows, which: Literal["any", "all"], axis: Axis = None, *, keepdims: Any = False,
    where: Any = None,
) -> Any:  # fmt: skip
    """``np.any`` and ``np.all``."""
    x = _where(x.astype(bool), where, which == "all")
    rows, axes = split_axes(x, axis)
    if not rows:
        return _kept(_inner(x, f"row_{which}", axes), x, rows, axes, keepdims)
    inside = _inner(x, f"row_{which}", axes) if axes and len(axes) < len(x.axes) else x
    if which == "any":
        return total(inside, axis if inside is x else 0, keepdims=keepdims) > 0
    return total(~inside, axis if inside is x else 0, keepdims=keepdims) == 0


def spread(
    x: Rows, which: Literal["var", "std"], axis: Axis = None, *, ddof: float = 0,
    keepdims: Any = False, where: Any = None,
) -> Any:  # fmt: skip
    """``np.var`` and ``np.std``, in one pass."""
    if is_given(where) and where is not True:
        refuse(f"where= of np.{which}", "is not known here", f"np.{which}(x[condition])")
    rows, axes = split_axes(x, axis)
    if not rows:
        about = x - mean(x, axis, keepdims=True)
        squares = total(about * about, axis, keepdims=keepdims)
        result = squares / float(_size(x, axes) - ddof)
        return np.sqrt(result) if which == "std" else result
    if axes and len(axes) < len(x.axes):
        refuse(f"np.{which} over some axes of a row", "is not known here", "reshape the rows first")
    by, elements = divisor(x)
    pooled = len(axes) == len(x.axes)
    columns = math.prod(x._node.shape)
    if pooled and elements == 1 and columns > 1:  # selected elements: sums that the space masks
        about = x - mean(x)
        result = total(about * about) / (x._run.length(x._space) - ddof)
        return np.sqrt(result) if which == "std" else result
    moments, place = x._run.moments(masked(x, 0), columns)
    shape = () if pooled else x.axes
    request = Spread(moments, by, f"{which} {place}", columns, pooled, ddof, shape)  # type: ignore[arg-type]
    return _kept(x._run.ask(request, x._depth), x, rows, axes, keepdims)


def paired(
    x: Rows, y: Rows, which: Literal["cov", "corrcoef"], *, ddof: float, weights: Any = None
) -> Any:
    """``np.cov`` and ``np.corrcoef`` of two columns, in one pass."""
    label = f"np.{which}"
    common_space(label, (x, y))
    check_ranks(label, (x, y))
    if x.axes or x._space.flat:
        refuse(f"{label} of rows {x.shown}", "takes every row for a variable", "two columns (N,)")
    masked_x, masked_y = masked(x, 0), masked(y, 0)
    moments = x._run.joint(masked_x, masked_y)
    by, _ = divisor(x)
    if weights is not None:
        moments, by = x._run.weighted_joint(masked_x, masked_y, weights)
    request = Spread(moments, by, which, ddof=ddof, shape=(2, 2))
    return x._run.ask(request, max(x._depth, y._depth))


def average(x: Any, axis: Axis = None, weights: Any = None, *, returned: bool = False,
            keepdims: Any = False) -> Any:  # fmt: skip
    """``np.average``."""
    if weights is None:
        if returned:
            return mean(x, axis, keepdims=keepdims), _count(x, axis)
        return mean(x, axis, keepdims=keepdims)
    if isinstance(weights, Rows) and not weights.axes and isinstance(x, Rows) and x.axes:
        weights = weights[(slice(None), *(None,) * len(x.axes))] * np.ones(x.axes)
        if split_axes(x, axis) == (True, ()):
            return total(weights * x, 0, keepdims=keepdims) / total(weights, 0, keepdims=keepdims)
    product = np.multiply(x, weights)
    if isinstance(weights, Rows):
        scale = total(weights, axis, keepdims=keepdims)
    else:
        scale = np.sum(weights)
    if isinstance(weights, Rows) and split_axes(product, axis) == (True, ()) and not product.axes:
        request = Mean(pooled_sum(product), pooled_sum(weights))
        result = product._run.ask(request, max(product._depth, weights._depth))
    else:
        result = total(product, axis, keepdims=keepdims) / scale
    return (result, scale) if returned else result


def _count(x: Rows, axis: Axis) -> Any:
    rows, axes = split_axes(x, axis)
    return _size(x, axes) * (x._run.length(x._space) if rows else 1)


def dot(x: Any, y: Any, called: str) -> Any:
    """The sum of products of two columns."""
    both = isinstance(x, Rows) and isinstance(y, Rows)
    if not both or x.axes or y.axes:
        if not isinstance(y, Rows) and np.ndim(y) == 0:
            return x * y
        refuse(
            f"{called} of {' and '.join(v.shown if isinstance(v, Rows) else 'an array' for v in (x, y))}",  # noqa: E501
            WHOLE,
            HOLISTIC["matmul"],
        )
    return total(np.multiply(x, y))


def by_place(x: Rows, which: Literal["argmax", "argmin"], axis: Axis = None,
             *, keepdims: Any = False) -> Any:  # fmt: skip
    """``np.argmax`` within a row."""
    rows, axes = split_axes(x, axis)
    if rows:
        refuse_order(
            f"np.{which} over rows", f"np.{which}(x, axis=-1) for the place within a row of (N, k)"
        )
    return _kept(_inner(x, f"row_{which}", axes, "int64"), x, rows, axes, keepdims)


def along(x: Rows, name: str, op: str, axis: Axis, dtype: str = "") -> Rows:
    """A function along the axis of a row, that keeps its shape: sort, cumsum."""
    rows, axes = split_axes(x, axis)
    if rows or len(axes) != 1:
        refuse_order(f"np.{name} over rows")
    node = nodes.node(op, (x._node,), axes[0], x._node.shape, dtype or x._node.dtype)
    return x._with(node)


def selected(x: Rows, condition: Rows) -> Rows:
    """The values where a condition holds, of any shape."""
    node = condition._node
    space: Space = narrowed(x._space, node, x.axes)
    return x._with(x._node, space)
