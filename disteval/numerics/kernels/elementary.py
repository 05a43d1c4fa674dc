"""Compiled loops over the formulas: float64 blocks, C-contiguous and writable, into `out`.

Each loop has one specialisation, compiled at its first call and kept in numba's cache.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from disteval.numerics import formulas

__all__ = ["exp", "expm1", "log", "log1p", "power", "sigmoid", "tanh"]


@intrinsic
def bits(context: Any, x: Any) -> Any:
    """Return the int64 that holds the bits of a float64."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), generate


@intrinsic
def from_bits(context: Any, i: Any) -> Any:
    """Return the float64 whose bits an int64 holds."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), generate


def where(condition: Any, a: Any, b: Any) -> Any:
    """Select `a` or `b`; compiled, this is one instruction and no branch."""
    return a if condition else b


# error_model: Python's would test every divisor for zero; forceinline: a call is not vectorised
_jit = numba.njit(error_model="numpy", forceinline=True)
_scalars = formulas.bind({"bits": bits, "from_bits": from_bits, "where": _jit(where)}, _jit)


def _compiled(name: str) -> Callable[..., None]:
    loop = formulas.loop(_scalars[name])
    return numba.njit(nogil=True, cache=True, error_model="numpy")(loop)


log = _compiled("log")
log1p = _compiled("log1p")
exp = _compiled("exp")
expm1 = _compiled("expm1")
tanh = _compiled("tanh")
sigmoid = _compiled("sigmoid")
power = _compiled("power")
