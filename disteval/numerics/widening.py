"""Columns in float64."""

from __future__ import annotations

from typing import Any

import numpy as np

from disteval.numerics.contiguous import for_kernel


def widen(x: Any, out: Any) -> bool:
    """Write float32 values into a float64 array of the same shape; whether one is NaN."""
    from disteval.numerics.kernels import widening

    flat = for_kernel(x).reshape(-1)
    return bool(widening.widen(flat, flat.view(np.int32), out.reshape(-1)))


def widen_into(out: Any, x: Any) -> None:
    """Copy x to out, of a wider dtype or another layout; what is short in a third of the time."""
    plain = x.dtype.isnative and x.flags.c_contiguous
    if plain and x.dtype == np.float16 and out.dtype == np.float32:
        from disteval.numerics.kernels import widening

        flat = out.reshape(-1)
        widening.widen_half(for_kernel(x.reshape(-1).view(np.uint16)), flat, flat.view(np.uint32))
    elif plain and x.dtype == np.int8 and out.dtype == np.int32:
        from disteval.numerics.kernels import widening

        widening.widen_bytes(for_kernel(x.reshape(-1)), out.reshape(-1))
    else:
        out[...] = x
