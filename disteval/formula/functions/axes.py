"""Shapes, selections, and functions along a row."""

from __future__ import annotations

from typing import Any

import numpy as np

from disteval.formula import reducing, shapes
from disteval.formula.functions.table import handles
from disteval.formula.indexing import flattened, places, select
from disteval.formula.reducing import split_axes
from disteval.formula.refusing import HOLISTIC, ORDERED, WHOLE, refuse, refuse_order
from disteval.formula.rows import Rows, is_rows


@handles(np.shape)
def _shape(a: Any) -> Any:
    return a.shape


@handles(np.size)
def _size(a: Any, axis: Any = None) -> Any:
    return a.size if axis is None else a.shape[axis]


@handles(np.ndim)
def _ndim(a: Any) -> Any:
    return a.ndim


@handles(np.reshape)
def _reshape(
    a: Any, /, shape: Any = None, order: str = "C", *, newshape: Any = None, **_: Any
) -> Any:
    if order not in ("C", "A"):
        refuse_order(f"np.reshape with order={order!r}")
    return shapes.reshaped(a, newshape if shape is None else shape)


@handles(np.ravel)
def _ravel(a: Any, order: str = "C") -> Any:  # noqa: ARG001
    return flattened(a)


@handles(np.squeeze)
def _squeeze(a: Any, axis: Any = None) -> Any:
    return shapes.squeezed(a, axis)


@handles(np.expand_dims)
def _expand_dims(a: Any, axis: Any) -> Any:
    return shapes.with_axes(a, axis)


@handles(np.transpose)
def _transpose(a: Any, axes: Any = None) -> Any:
    return shapes.transposed(a, axes)


@handles(np.swapaxes)
def _swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    order = list(range(a.ndim))
    order[axis1], order[axis2] = order[axis2], order[axis1]
    return shapes.transposed(a, order)


@handles(np.stack)
def _stack(arrays: Any, axis: int = 0) -> Any:
    return shapes.stacked(list(arrays), axis)


@handles(np.concatenate)
def _concatenate(arrays: Any, /, axis: Any = 0) -> Any:
    return shapes.concatenated(list(arrays), axis)


@handles(np.column_stack)
def _column_stack(tup: Any) -> Any:
    return shapes.concatenated([x if x.axes else x[:, None] for x in tup], 1)


@handles(np.copy)
def _copy(a: Any, **_: Any) -> Any:
    return a._with(a._node)


@handles(np.zeros_like)
def _zeros_like(a: Any, dtype: Any = None, **_: Any) -> Any:
    return shapes.full_like(a, 0, dtype)


@handles(np.ones_like)
def _ones_like(a: Any, dtype: Any = None, **_: Any) -> Any:
    return shapes.full_like(a, 1, dtype)


@handles(np.empty_like)
def _empty_like(prototype: Any, dtype: Any = None, **_: Any) -> Any:
    return shapes.full_like(prototype, 0, dtype)


@handles(np.full_like)
def _full_like(a: Any, fill_value: Any, dtype: Any = None, **_: Any) -> Any:
    return shapes.full_like(a, fill_value, dtype)


@handles(np.nonzero)
def _nonzero(a: Any) -> Any:
    return places(a if a.dtype == bool else a.astype(bool))


@handles(np.flatnonzero)
def _flatnonzero(a: Any) -> Any:
    return _nonzero(a)[0]


@handles(np.argwhere)
def _argwhere(a: Any) -> Any:
    return _nonzero(a)[0][:, None]


@handles(np.take_along_axis)
def _take_along_axis(arr: Any, indices: Any, axis: Any = -1) -> Any:
    return shapes.taken_along(arr, indices, axis)


@handles(np.take)
def _take(a: Any, indices: Any, axis: Any = None, **_: Any) -> Any:
    if not is_rows(a) or axis is None or int(axis) % a.ndim == 0:
        refuse_order("np.take over rows", "x[condition]")
    index = [slice(None)] * a.ndim
    index[int(axis)] = indices
    return select(a, tuple(index))


@handles(np.compress, np.extract)
def _compress(condition: Any, a: Any, axis: Any = None) -> Any:  # noqa: ARG001
    return a[condition]


@handles(np.isreal)
def _isreal(x: Any) -> Any:
    return shapes.full_like(x, 1, bool)


@handles(np.real, np.real_if_close)
def _real(val: Any, **_: Any) -> Any:
    return val


@handles(np.iscomplexobj)
def _iscomplexobj(x: Any) -> bool:  # noqa: ARG001
    return False


@handles(np.isrealobj)
def _isrealobj(x: Any) -> bool:  # noqa: ARG001
    return True


# --- along a row ---------------------------------------------------------------------------------


@handles(np.sort)
def _sort(a: Any, axis: Any = -1, **_: Any) -> Any:
    return reducing.along(a, "sort", "row_sort", axis)


@handles(np.argsort)
def _argsort(a: Any, axis: Any = -1, **_: Any) -> Any:
    return reducing.along(a, "argsort", "row_argsort", axis, "int64")


@handles(np.partition)
def _partition(a: Any, kth: Any, axis: Any = -1, **_: Any) -> Any:
    x = reducing.along(a, "partition", "row_sort", axis)  # the order but at kth is free
    return _in_row(x, kth, axis)


@handles(np.argpartition)
def _argpartition(a: Any, kth: Any, axis: Any = -1, **_: Any) -> Any:
    x = reducing.along(a, "argpartition", "row_argsort", axis, "int64")
    return _in_row(x, kth, axis)


def _in_row(x: Rows, kth: Any, axis: Any) -> Rows:
    """The rows, where kth is a place in them."""
    size = x.axes[split_axes(x, axis)[1][0]]
    if any(not -size <= place < size for place in np.ravel(kth)):
        msg = f"expected kth of the {size} values of a row, got {kth!r}"
        raise ValueError(msg)
    return x


@handles(np.cumsum)
def _cumsum(a: Any, axis: Any = None) -> Any:
    return reducing.along(a, "cumsum", "row_cumsum", axis)


@handles(np.diff)
def _diff(a: Any, n: int = 1, axis: Any = -1) -> Any:
    rows, axes = reducing.split_axes(a, axis)
    if rows or n != 1 or axes != (len(a.axes) - 1,):
        refuse_order("np.diff over rows", ORDERED["diff"])
    return a[..., 1:] - a[..., :-1]


@handles(np.flip, np.fliplr)
def _flip(m: Any, axis: Any = 1) -> Any:
    rows, axes = reducing.split_axes(m, axis)
    if rows or axes != (len(m.axes) - 1,):
        refuse_order("np.flip over rows")
    return m[..., ::-1]


@handles(np.median)
def _median(a: Any, axis: Any = None, overwrite_input: bool = False, keepdims: bool = False) -> Any:  # noqa: ARG001
    rows, axes = reducing.split_axes(a, axis)
    if rows or axes != (len(a.axes) - 1,):
        refuse("np.median", WHOLE, HOLISTIC["median"])
    ordered, k = np.sort(a.astype(float), axis=-1), a.axes[-1]
    middle = (ordered[..., (k - 1) // 2] + ordered[..., k // 2]) / 2.0
    return middle[..., None] if keepdims else middle
