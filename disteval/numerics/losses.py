"""Losses of each row, by compiled loops on the CPU and array expressions elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np

from disteval import backend
from disteval.numerics import elementary
from disteval.numerics.contiguous import for_kernel


def binary_crossentropy(y: Any, p: Any, smoothing: float, low: float, high: float) -> Any:
    """-(t log q + (1 - t) log(1 - q)), with t = y (1 - smoothing) + smoothing / 2.

    Parameters
    ----------
    y, p : arrays of one shape, float32 or float64 alike, C-contiguous
    smoothing : in [0, 1)
    low, high : bounds to which q is p clipped

    Returns
    -------
    float64 array of that shape
    """
    if not backend.is_device(y):
        from disteval.numerics.kernels import losses as kernels

        out = np.empty(y.shape)
        flat = (for_kernel(a).reshape(-1) for a in (y, p))
        kernels.binary_crossentropy(
            *flat, 1.0 - smoothing, 0.5 * smoothing, low, high, out.reshape(-1)
        )
        return out
    return binary_expression(y, p, smoothing, low, high)


def binary_expression(y: Any, p: Any, smoothing: float, low: float, high: float) -> Any:
    """`binary_crossentropy` as array operations, for any namespace."""
    xp = backend.namespace(y)
    t = y.astype(xp.float64) * (1.0 - smoothing) + 0.5 * smoothing
    q = xp.minimum(xp.maximum(p.astype(xp.float64), low), high)
    rest = 1.0 - t
    if not bool((rest * t).any()):
        # labels are 0 and 1: one logarithm in place of two. q or 1 - q is then exactly
        # abs(1 - t - q), and the other's term a zero, which would change no bit
        return -elementary.log(abs(rest - q))
    return -(t * elementary.log(q) + rest * elementary.log(1.0 - q))
