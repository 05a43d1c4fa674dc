"""Compiled losses of each row, read from the columns as they are: no temporary leaves the cache.

Each gives the bits of the array expression in `numerics.losses`, which the tests assert; numba
keeps compiled loops by the time of this file, so a change of a formula needs this file touched.
"""

from __future__ import annotations

import numba
import numpy as np

from disteval.numerics.kernels.elementary import _scalars

_log = _scalars["log"]


@numba.njit(nogil=True, cache=True, error_model="numpy")
def binary_crossentropy(y, p, scale, shift, low, high, out):
    """-(t log q + (1 - t) log(1 - q)) with t = y * scale + shift and q = p clipped."""
    binary = True
    for i in range(y.shape[0]):
        t = np.float64(y[i]) * scale + shift
        binary &= (1.0 - t) * t == 0.0
    if binary:
        for i in range(y.shape[0]):
            t = np.float64(y[i]) * scale + shift
            q = np.float64(p[i])
            q = low if q < low else q
            q = high if q > high else q
            # q or 1 - q; the other term is a zero and would change no bit
            out[i] = -_log(abs((1.0 - t) - q))
    else:
        for i in range(y.shape[0]):
            t = np.float64(y[i]) * scale + shift
            q = np.float64(p[i])
            q = low if q < low else q
            q = high if q > high else q
            out[i] = -(t * _log(q) + (1.0 - t) * _log(1.0 - q))
