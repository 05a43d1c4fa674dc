"""Exact sums of products of two or three columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from disteval import backend
from disteval.numerics.contiguous import for_kernel
from disteval.numerics.sums import OpenSums
from disteval.protocol import Runs

# the factors of `kernels.products.SAFE_LOW` and `SAFE_HIGH`, as values
_SAFE_LOW, _SAFE_STOP = 2.0**-300, 2.0**301


def is_narrow(dtype: Any) -> bool:
    """Whether the product of two values of this dtype is exact in float64.

    26 bits or fewer a factor; float32's smallest product, 2**-298, is far from underflow.
    """
    size = int(dtype.itemsize)
    return bool(
        dtype.kind == "b" or (dtype.kind in "iu" and size < 4) or (dtype.kind == "f" and size <= 4)
    )


def add_products(sums: OpenSums, factors: tuple[Any, ...], index: Any, to: int) -> None:
    """Add the exact products of two or three float64 columns, row by row.

    Parameters
    ----------
    factors : two or three float64 arrays (n,), C-contiguous
    index, to : as in `OpenSums.add`
    """
    if backend.is_device(factors[0]):
        _add_on_device(sums, factors, index, to)
        return
    from disteval.numerics.kernels import products as kernels

    factors = tuple(for_kernel(factor) for factor in factors)
    n = len(factors[0])
    parts = np.empty((2 if len(factors) == 2 else 4, n))
    if len(factors) == 2:
        unsafe = kernels.fill_pair(*factors, parts[0], parts[1])
    else:
        unsafe = kernels.fill_triple(*factors, parts)
    for part in parts:
        sums.add(part, index, to)
    if unsafe:
        w, x, y = factors if len(factors) == 3 else (np.ones(n), *factors)
        places = _sum_of_each_row(index, to, n)
        sums.add_unsafe_products(w, x, y, places)


def _sum_of_each_row(index: Any, to: int, rows: int) -> Any:
    if isinstance(index, Runs):
        return np.repeat(index.cells, np.diff(index.bounds))
    return np.full(rows, to, np.int64) if index is None else index


def _add_on_device(sums: OpenSums, factors: tuple[Any, ...], index: Any, to: int) -> None:
    """Do it by array expressions: one operation a kernel, so that none is fused into an FMA."""
    xp = backend.namespace(factors[0])
    safe = finite = xp.ones(len(factors[0]), bool)
    for factor in factors:
        magnitude = abs(factor)
        in_range = (magnitude >= _SAFE_LOW) & (magnitude < _SAFE_STOP)
        safe = safe & (in_range | (magnitude == 0.0))
        finite = finite & xp.isfinite(factor)
    *first, x, y = (xp.where(safe, factor, 0.0) for factor in factors)
    parts = _two_product(x, y)
    if first:
        parts = tuple(part for p in parts for part in _two_product(first[0], p))
    product = factors[0] * factors[1]
    if len(factors) == 3:
        product = product * factors[2]
    # what is not finite counts as such
    for part in (xp.where(finite, parts[0], product), *parts[1:]):
        sums.add(part, index, to)
    unsafe = finite & ~safe
    if bool(unsafe.any()):
        # few, if any: whole mantissas are multiplied on the host
        rows = xp.flatnonzero(unsafe)
        picked = [backend.to_host(factor[rows]) for factor in factors]
        if len(picked) == 2:
            picked.insert(0, np.ones(len(rows)))
        places = np.full(len(rows), to, np.int64) if index is None else backend.to_host(index[rows])
        sums.add_unsafe_products(picked[0], picked[1], picked[2], places)


def _two_product(x: Any, y: Any) -> tuple[Any, ...]:
    """X * y = high + low, exactly (Dekker 1971), as in `kernels.products`."""
    high = x * y
    x1, x2 = _split(x)
    y1, y2 = _split(y)
    return high, ((x1 * y1 - high) + x1 * y2 + x2 * y1) + x2 * y2


def _split(x: Any) -> tuple[Any, Any]:
    scaled = 134217729.0 * x
    head = scaled - (scaled - x)
    return head, x - head
