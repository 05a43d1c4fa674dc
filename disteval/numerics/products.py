"""Exact sums of products of two or three columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from disteval import backend
from disteval.numerics.sums import OpenSums


def is_narrow(dtype: Any) -> bool:
    """Whether the product of two values of this dtype is exact in float64.

    26 bits or fewer a factor; float32's smallest product, 2**-298, is far from underflow.
    """
    return dtype.kind == "b" or (dtype.kind in "iu" and dtype.itemsize < 4) or (
        dtype.kind == "f" and dtype.itemsize <= 4
    )


def add_products(sums: OpenSums, factors: tuple[Any, ...], index: Any, to: int) -> None:
    """Add the exact products of two or three float64 columns, row by row.

    Parameters
    ----------
    factors : two or three float64 arrays (n,), C-contiguous
    index, to : as in `OpenSums.add`
    """
    if backend.is_device(factors[0]):
        # products have no device path of their own: exact integer products run on the host
        factors = tuple(backend.to_host(f) for f in factors)
        index = None if index is None else backend.to_host(index)
    from disteval.numerics.kernels import products as kernels

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
        places = np.full(n, to, np.int64) if index is None else index
        sums.add_unsafe_products(w, x, y, places)
