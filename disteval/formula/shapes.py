"""Shapes of rows: axes added, taken away and joined, the rows staying rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np

from disteval.formula import nodes
from disteval.formula.elementwise import common_space, plain_dtype
from disteval.formula.indexing import flattened
from disteval.formula.refusing import refuse, refuse_order
from disteval.formula.rows import Rows
from disteval.formula.unknown import Unknown, sampled


def reshaped(x: Rows, shape: Any) -> Rows:
    """``x.reshape(shape)``, where rows stay rows or every element becomes one."""
    wanted = tuple(shape) if isinstance(shape, tuple | list) else (shape,)
    if x._space.flat:
        if wanted == (-1,):
            return x
        refuse_order(f"reshape of rows {x.shown} to {_shown(wanted)}")
    if len(wanted) == 1:
        if not _is(wanted[0], -1) and x.axes:
            _refuse_shape(x, wanted)
        return flattened(x)
    first, inside = wanted[0], [int(sampled(n)) for n in wanted[1:]]
    size = math.prod(x.axes)
    if inside.count(-1) == 1 and not _is(first, -1):
        rest = -math.prod(inside)
        if not rest or size % rest:
            _refuse_shape(x, wanted)
        inside[inside.index(-1)] = size // rest
    if math.prod(inside) != size or not (_is(first, -1) or _is_length(x, first)):
        _refuse_shape(x, wanted)
    node = nodes.node("reshape", (x._node,), tuple(inside), tuple(inside), x._node.dtype)
    return x._view(node)


def _is(value: Any, number: int) -> bool:
    return not isinstance(value, Unknown) and value == number


def _is_length(x: Rows, value: Any) -> bool:
    length = x._run.length(x._space)
    return value is length or bool(sampled(value) == sampled(length))


def _refuse_shape(x: Rows, wanted: tuple[Any, ...]) -> NoReturn:
    refuse_order(
        f"reshape of rows {x.shown} to {_shown(wanted)}", "reshape(-1, k) or reshape(len(x), k)"
    )


def _shown(shape: tuple[Any, ...]) -> str:
    return f"({', '.join('N' if isinstance(n, Unknown) else str(n) for n in shape)})"


def squeezed(x: Rows, axis: Any = None) -> Rows:
    """``np.squeeze``: without axes of length one."""
    if axis is None:
        gone = {i for i, n in enumerate(x.axes) if n == 1}
    else:
        wanted = axis if isinstance(axis, tuple) else (axis,)
        gone = {int(one) % x.ndim - 1 for one in wanted}
        if any(i < 0 or x.axes[i] != 1 for i in gone):
            msg = f"cannot select an axis to squeeze out of {x.shown} which is not of length one"
            raise ValueError(msg)
    shape = tuple(n for i, n in enumerate(x.axes) if i not in gone)
    if shape == x.axes:
        return x
    return x._view(nodes.node("reshape", (x._node,), shape, shape, x._node.dtype))


def with_axes(x: Rows, axis: Any) -> Rows:
    """``np.expand_dims``."""
    wanted = axis if isinstance(axis, tuple | list) else (axis,)
    rank = x.ndim + len(wanted)
    new = {int(one) % rank for one in wanted}
    if 0 in new:
        refuse_order("np.expand_dims before the rows", "np.expand_dims(x, axis=-1)")
    left = iter(x.axes)
    shape = tuple(1 if place in new else next(left) for place in range(1, rank))
    if x._space.flat:
        refuse_order(f"np.expand_dims of {x.shown}")
    return x._view(nodes.node("reshape", (x._node,), shape, shape, x._node.dtype))


def transposed(x: Rows, axes: Any) -> Rows:
    """``np.transpose``, of the axes of a row."""
    order = list(range(x.ndim))[::-1] if axes is None else [int(axis) % x.ndim for axis in axes]
    if order[0] != 0:
        refuse_order(f"the transpose (.T) of rows {x.shown}", "x[:, j] for the columns")
    inside = tuple(place - 1 for place in order[1:])
    if not inside:
        return x
    shape = tuple(x.axes[i] for i in inside)
    return x._view(nodes.node("transpose", (x._node,), inside, shape, x._node.dtype))


def stacked(arrays: list[Any], axis: int) -> Rows:
    """``np.stack``, along an axis of the row."""
    first = next(x for x in arrays if isinstance(x, Rows))
    if axis % (first.ndim + 1) == 0:
        refuse_order("np.stack (or np.array) of several rows", "np.stack([a, b], axis=-1)")
    return concatenated([with_axes(_rows(first, x), axis) for x in arrays], axis)


def _rows(like: Rows, value: Any) -> Rows:
    return value if isinstance(value, Rows) else full_like(like, value)


def concatenated(arrays: list[Any], axis: Any) -> Rows:
    """``np.concatenate``, along an axis of the row."""
    first = next(x for x in arrays if isinstance(x, Rows))
    if axis is None or int(axis) % first.ndim == 0:
        refuse_order("np.concatenate over rows", "np.concatenate([a, b], axis=-1)")
    if not all(isinstance(x, Rows) and x.ndim == first.ndim for x in arrays):
        refuse("np.concatenate of rows with arrays", "is not known here", "np.full_like(x, v)")
    place = int(axis) % first.ndim - 1
    space = common_space("np.concatenate", tuple(arrays))
    length = sum(x.axes[place] for x in arrays)
    shape = (*first.axes[:place], length, *first.axes[place + 1 :])
    dtype = plain_dtype(np.result_type(*(x.dtype for x in arrays)))
    return Rows(
        first._run, nodes.node("stack", (x._node for x in arrays), place, shape, dtype), space
    )


def full_like(x: Rows, value: Any, dtype: Any = None) -> Rows:
    """``np.full_like``."""
    kind = plain_dtype(np.dtype(dtype)) if dtype is not None else x._node.dtype
    if isinstance(value, Unknown) or np.ndim(value):
        return cast(x * 0 + value, kind)
    plain = {"bool": bool, "int64": int}.get(kind, float)(value)
    return x._with(nodes.node("full", (x._node,), plain, x._node.shape, kind))


def taken_along(x: Any, index: Any, axis: Any) -> Rows:
    """``np.take_along_axis``, within the row."""
    if axis is None or not (isinstance(x, Rows) and isinstance(index, Rows)):
        refuse_order("np.take_along_axis over rows")
    place = int(axis) % x.ndim
    if place == 0 or index.ndim != x.ndim:
        refuse_order("np.take_along_axis over rows")
    common_space("np.take_along_axis", (x, index))
    shape = tuple(index.axes[i] if i == place - 1 else n for i, n in enumerate(x.axes))
    return x._with(nodes.node("take", (x._node, index._node), place - 1, shape, x._node.dtype))


def cast(x: Rows, dtype: Any) -> Rows:
    """``x.astype``."""
    kind = plain_dtype(np.dtype(dtype))
    if kind == x._node.dtype:
        return x._with(x._node)
    if "str" in (kind, x._node.dtype):
        refuse(f"astype({dtype!r}) of {x.dtype}", "is no conversion of numbers", "numbers as data")
    return x._with(nodes.node("cast", (x._node,), kind, x._node.shape, kind))


def joined_dtype(values: Sequence[Any]) -> str:
    """The dtype of values that take each other's place; plain numbers are weak."""
    kinds: list[Any] = []
    for value in values:
        plain = sampled(value)
        if isinstance(plain, Rows):
            kinds.append(plain.dtype)
        else:
            kinds.append(np.asarray(plain) if isinstance(plain, list | tuple) else plain)
    if all(type(kind) in (bool, int, float) for kind in kinds):
        return plain_dtype(np.asarray(kinds).dtype)
    return plain_dtype(np.result_type(*kinds))
