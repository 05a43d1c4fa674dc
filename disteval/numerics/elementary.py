"""log, exp and their kin with the same bits on every processor, and an error below one ulp.

Use these, never ``np.log``, wherever a value ends up in a result: NumPy's change with the vector
instructions of the machine and with the strides of the array. Arrays of NumPy go through compiled
loops, those of a GPU through the same formulas as array expressions.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from disteval import backend
from disteval.errors import ArgumentError, ColumnTypeError
from disteval.numerics import formulas

__all__ = ["block", "exp", "expm1", "log", "log1p", "power", "sigmoid", "tanh"]

Array = np.ndarray[Any, np.dtype[Any]]

LARGEST_PRODUCT = 8  # integer exponents up to this one are repeated products


def log(x: Any, out: Any = None) -> Any:
    """Natural logarithm.

    Parameters
    ----------
    x : array_like
        Numbers or booleans of any shape, widened to float64.
    out : array, optional
        Where the result goes: float64, of the shape of `x`. It may be `x` itself.

    Returns
    -------
    array
        float64; a scalar for a scalar. ``log(0)`` is -inf, of a negative number nan.

    Examples
    --------
    >>> log([1.0, 10.0, 0.0])
    array([0.        , 2.30258509,       -inf])
    """
    return _apply("log", (x,), out)


def log1p(x: Any, out: Any = None) -> Any:
    """log(1 + x), accurate for small `x` too; parameters as in `log`.

    Examples
    --------
    >>> log1p([1e-20, -1.0])
    array([1.e-20,   -inf])
    """
    return _apply("log1p", (x,), out)


def exp(x: Any, out: Any = None) -> Any:
    """The number e to the power of `x`; parameters as in `log`.

    Examples
    --------
    >>> exp([0.0, 1.0, -1000.0])
    array([1.        , 2.71828183, 0.        ])
    """
    return _apply("exp", (x,), out)


def expm1(x: Any, out: Any = None) -> Any:
    """exp(x) - 1, accurate for small `x` too; parameters as in `log`.

    Examples
    --------
    >>> expm1([1e-20, -1000.0])
    array([ 1.e-20, -1.e+00])
    """
    return _apply("expm1", (x,), out)


def tanh(x: Any, out: Any = None) -> Any:
    """Hyperbolic tangent; parameters as in `log`.

    Examples
    --------
    >>> tanh([-1000.0, 0.5])
    array([-1.        ,  0.46211716])
    """
    return _apply("tanh", (x,), out)


def sigmoid(x: Any, out: Any = None) -> Any:
    """1 / (1 + exp(-x)), without loss for large ``-x``; parameters as in `log`.

    The error is below 3 ulp, not one: this is exp, a sum and a quotient, each rounded.

    Examples
    --------
    >>> sigmoid([0.0, -40.0, 1000.0])
    array([5.00000000e-01, 4.24835426e-18, 1.00000000e+00])
    """
    return _apply("sigmoid", (x,), out)


def power(x: Any, y: Any, out: Any = None) -> Any:
    """`x` to the power of `y`, with the special values of C99.

    Parameters
    ----------
    x, y : array_like
        Numbers of shapes that broadcast, widened to float64.
    out : array, optional
        Where the result goes: float64, of the broadcast shape. It may be `x` or `y`.

    Returns
    -------
    array
        float64; a scalar for scalars.

    Notes
    -----
    An `int` exponent from 0 to 8 means products, each rounded: x2 = x x, x3 = x2 x, x4 = x2 x2,
    x5 = x4 x, x6 = x4 x2, x7 = (x4 x2) x, x8 = x4 x4. All else, 3.0 among it, is computed by the
    logarithm, with an error below one ulp.

    Examples
    --------
    >>> power([2.0, -3.0], 3)
    array([  8., -27.])
    >>> power([4.0, -1.0], 0.5)
    array([ 2., nan])
    """
    if isinstance(y, int | np.integer) and 0 <= y <= LARGEST_PRODUCT:
        return _products(x, int(y), out)
    return _apply("power", (x, y), out)


def block(x: Any) -> Array:
    """Widen to a C-contiguous, writable float64 array of native byte order.

    Examples
    --------
    >>> block([True, False])
    array([1., 0.])
    """
    x = np.asarray(x)
    if x.dtype.kind not in "biuf" or x.dtype.itemsize > 8:
        raise ColumnTypeError(f"expected numbers that float64 can hold, got dtype {x.dtype}")
    return np.require(x, np.float64, ["C", "A", "W"])


def _apply(name: str, arguments: tuple[Any, ...], out: Any) -> Any:
    device = next((a for a in arguments if backend.is_device(a)), None)
    if device is not None:
        return _on_device(backend.namespace(device), name, arguments, out)
    # numba takes long to import, and those who only read results never need it
    from disteval.numerics.kernels import elementary as kernels

    blocks = [block(a) for a in arguments]
    shape = np.broadcast_shapes(*(b.shape for b in blocks))
    if any(b.shape != shape for b in blocks):
        blocks = [np.array(np.broadcast_to(b, shape), order="C") for b in blocks]
    _check_out(out, shape, np)
    result = out if _takes_kernel(out, blocks) else np.empty(shape)
    getattr(kernels, name)(*(b.reshape(-1) for b in blocks), result.reshape(-1))
    return _delivered(result, out)


def _on_device(xp: Any, name: str, arguments: tuple[Any, ...], out: Any) -> Any:
    arrays = xp.broadcast_arrays(*(xp.asarray(a, dtype=xp.float64) for a in arguments))
    shape = arrays[0].shape
    _check_out(out, shape, xp)
    # contiguous: the bits of an array are read by a view of another dtype
    flat = [xp.ascontiguousarray(a).reshape(-1) for a in arrays]
    with np.errstate(all="ignore"):
        result = _formulas(xp)[name](*flat).reshape(shape)
    return _delivered(result, out)


@functools.cache
def _formulas(xp: Any) -> dict[str, Callable[..., Any]]:
    return formulas.bind({"where": xp.where})


def _products(x: Any, exponent: int, out: Any) -> Any:
    xp = backend.namespace(x)
    x = block(x) if xp is np else xp.asarray(x, dtype=xp.float64)
    _check_out(out, x.shape, xp)
    with np.errstate(all="ignore"):
        result, square = xp.ones_like(x), x * x
        if exponent & 4:
            result = square * square
        if exponent & 2:
            result = result * square if exponent & 4 else square
        if exponent & 1:
            result = result * x
        if exponent & 8:
            result = (square * square) * (square * square)
    return _delivered(xp.asarray(result), out)


def _check_out(out: Any, shape: tuple[int, ...], xp: Any) -> None:
    if out is not None and (out.dtype != xp.float64 or out.shape != shape):
        raise ArgumentError(
            f"out must be float64 of shape {shape}, got {out.dtype} of shape {out.shape}"
        )


def _takes_kernel(out: Any, blocks: list[Array]) -> bool:
    """Whether a kernel writes into `out`: one over its own input would not be vectorised."""
    return (
        out is not None
        and out.flags.carray
        and out.dtype.isnative
        and not any(np.may_share_memory(out, b) for b in blocks)
    )


def _delivered(result: Any, out: Any) -> Any:
    if out is None:
        return result[()]
    if out is not result:
        out[...] = result
    return out
