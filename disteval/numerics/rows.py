"""Sums and maxima along the rows of a matrix, the same bits whatever the layout of the array.

NumPy's sum along an axis adds in an order that depends on strides, and ``@`` in one that depends
on the number of rows; a GPU has yet another. Here a row is always added from left to right.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from disteval import backend
from disteval.errors import ShapeError
from disteval.numerics.elementary import block

__all__ = ["row_argmax", "row_max", "row_sum"]


def row_sum(x: Any) -> Any:
    """Sum of each row in float64, from left to right.

    Parameters
    ----------
    x : array_like, (rows, columns)
        Numbers or booleans, widened to float64 one by one. Each partial sum is rounded, starting
        from +0.0, which is also the sum of an empty row.

    Returns
    -------
    float64 array, (rows,)

    Examples
    --------
    >>> row_sum([[1e16, 1.0, -1e16], [0.1, 0.2, 0.3]])
    array([0. , 0.6])
    """
    return _reduce("row_sum", x, _sum_columns, np.float64)


def row_max(x: Any) -> Any:
    """Largest value of each row; NaN for a row with NaN.

    Parameters
    ----------
    x : array_like, (rows, columns)
        Numbers or booleans; at least one column.

    Returns
    -------
    float64 array, (rows,)

    Examples
    --------
    >>> row_max([[1, 3], [2, 0]])
    array([3., 2.])
    """
    return _reduce("row_max", x, _max_columns, np.float64)


def row_argmax(x: Any) -> Any:
    """Column of the largest value of each row: the first of equals, the first NaN if there is one.

    Parameters
    ----------
    x : array_like, (rows, columns)
        Numbers or booleans; at least one column. Integers beyond 2**53 are compared as float64.

    Returns
    -------
    int64 array, (rows,)

    Examples
    --------
    >>> row_argmax([[1, 3, 3], [2, 0, 1]])
    array([1, 0])
    """
    return _reduce("row_argmax", x, _argmax_columns, np.int64)


def _reduce(name: str, x: Any, columnwise: Callable[[Any, Any], Any], dtype: Any) -> Any:
    xp = backend.namespace(x)
    x = _matrix(x) if xp is np else x
    if x.ndim != 2:
        raise ShapeError(f"expected a matrix (rows, columns), got shape {x.shape}")
    if name != "row_sum" and x.shape[1] == 0:
        raise ShapeError(f"the largest of no columns is not defined: shape {x.shape}")
    if xp is not np:
        with np.errstate(all="ignore"):
            return columnwise(xp, xp.asarray(x, dtype=xp.float64))
    # numba takes long to import, and those who only read results never need it
    from disteval.numerics.kernels import rows as kernels

    out = np.empty(len(x), dtype)
    getattr(kernels, name)(x, out)
    return out


def _matrix(x: Any) -> Any:
    """As a kernel takes it: float32 stays, so that wide rows of scores are not copied."""
    x = np.asarray(x)
    if x.dtype == np.float32:  # of any byte order
        return np.require(x, np.float32, ["C", "A", "W"])
    return block(x)


# The same on arrays of any namespace: one column after the other


def _sum_columns(xp: Any, x: Any) -> Any:
    total = xp.zeros(x.shape[0], dtype=xp.float64)
    for j in range(x.shape[1]):
        total = total + x[:, j]
    return xp.where(total == total, total, np.nan)  # noqa: PLR0124  (NaN)


def _beats(x: Any, best: Any) -> Any:
    return (x > best) | ((x != x) & (best == best))  # noqa: PLR0124  (NaN)


def _max_columns(xp: Any, x: Any) -> Any:
    best = x[:, 0]
    for j in range(1, x.shape[1]):
        best = xp.where(_beats(x[:, j], best), x[:, j], best)
    return xp.where(best == best, best, np.nan)  # noqa: PLR0124  (NaN)


def _argmax_columns(xp: Any, x: Any) -> Any:
    index = xp.zeros(x.shape[0], dtype=xp.int64)
    best = x[:, 0]
    for j in range(1, x.shape[1]):
        taken = _beats(x[:, j], best)
        index = xp.where(taken, j, index)
        best = xp.where(taken, x[:, j], best)
    return index
