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
