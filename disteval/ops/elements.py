"""Functions element by element."""

from __future__ import annotations

from typing import Any

import numpy as np

from disteval.numerics import elementary
from disteval.ops.symbolic import is_symbolic


def _elementary(name: str, x: Any) -> Any:
    if is_symbolic(x) or np.asarray(x).dtype.itemsize > 8:  # wider than float64: NumPy's
        return getattr(np, name)(x)
    return getattr(elementary, name)(x)


def log(x: Any) -> Any:
    """Natural logarithm."""
    return _elementary("log", x)


def log1p(x: Any) -> Any:
    """log(1 + x)."""
    return _elementary("log1p", x)


def log2(x: Any) -> Any:
    """Logarithm to the base 2."""
    return np.log2(x)


def log10(x: Any) -> Any:
    """Logarithm to the base 10."""
    return np.log10(x)


def exp(x: Any) -> Any:
    """The number e to the power of x."""
    return _elementary("exp", x)


def expm1(x: Any) -> Any:
    """exp(x) - 1."""
    return _elementary("expm1", x)


def tanh(x: Any) -> Any:
    """Hyperbolic tangent."""
    return _elementary("tanh", x)


def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x))."""
    if hasattr(type(x), "__disteval_sigmoid__"):
        return x.__disteval_sigmoid__()
    wide = is_symbolic(x) or np.asarray(x).dtype.itemsize > 8
    return 1.0 / (1.0 + np.exp(-x)) if wide else elementary.sigmoid(x)


def hard_sigmoid(x: Any) -> Any:
    """Between 0 and 1, linear in between: Keras 3's clip(x / 6 + 0.5, 0, 1)."""
    return clip(x / 6.0 + 0.5, 0.0, 1.0)


def relu(x: Any) -> Any:
    """The larger of x and 0."""
    return np.maximum(x, 0)


def softplus(x: Any) -> Any:
    """log(1 + exp(x)), without overflow."""
    return np.maximum(x, 0) + log1p(exp(-np.abs(x)))


def log_sigmoid(x: Any) -> Any:
    """log(sigmoid(x))."""
    return -softplus(-x)


def softsign(x: Any) -> Any:
    """x / (1 + abs(x))."""
    return x / (1 + np.abs(x))


def square(x: Any) -> Any:
    """x * x."""
    return np.square(x)


def sqrt(x: Any) -> Any:
    """Square root."""
    return np.sqrt(x)


def rsqrt(x: Any) -> Any:
    """1 / sqrt(x)."""
    return 1.0 / np.sqrt(x)


def pow(x: Any, a: Any) -> Any:  # noqa: A001
    """X to the power of a."""
    return power(x, a)


def power(x1: Any, x2: Any) -> Any:
    """x1 to the power of x2."""
    wide = np.longdouble in {np.asarray(x).dtype for x in (x1, x2) if not is_symbolic(x)}
    return np.power(x1, x2) if wide or is_symbolic(x1, x2) else elementary.power(x1, x2)


def abs(x: Any) -> Any:  # noqa: A001
    """Magnitude."""
    return np.abs(x)


absolute = abs


def sign(x: Any) -> Any:
    """-1, 0 or 1."""
    return np.sign(x)


def negative(x: Any) -> Any:
    """-x."""
    return np.negative(x)


def reciprocal(x: Any) -> Any:
    """1 / x."""
    return 1.0 / x


def floor(x: Any) -> Any:
    """The integer below."""
    return np.floor(x)


def ceil(x: Any) -> Any:
    """The integer above."""
    return np.ceil(x)


def round(x: Any, decimals: int = 0) -> Any:  # noqa: A001
    """The nearest integer, half to even."""
    return np.round(x, decimals)


def clip(x: Any, min_value: Any = None, max_value: Any = None, *, x_min: Any = None,
         x_max: Any = None) -> Any:  # fmt: skip
    """Within bounds."""
    low, high = (min_value if x_min is None else x_min), (max_value if x_max is None else x_max)
    return np.clip(x, low, high)


def add(x1: Any, x2: Any) -> Any:
    """x1 + x2."""
    return np.add(x1, x2)


def subtract(x1: Any, x2: Any) -> Any:
    """x1 - x2."""
    return np.subtract(x1, x2)


def multiply(x1: Any, x2: Any) -> Any:
    """x1 * x2."""
    return np.multiply(x1, x2)


def divide(x1: Any, x2: Any) -> Any:
    """x1 / x2."""
    return np.true_divide(x1, x2)


true_divide = divide


def divide_no_nan(x1: Any, x2: Any) -> Any:
    """x1 / x2, and 0 where x2 is 0."""
    zero = np.equal(x2, 0)
    return np.where(zero, 0.0, np.true_divide(x1, np.where(zero, 1.0, x2)))


def floor_divide(x1: Any, x2: Any) -> Any:
    """x1 // x2."""
    return np.floor_divide(x1, x2)


def mod(x1: Any, x2: Any) -> Any:
    """x1 % x2."""
    return np.mod(x1, x2)


def minimum(x1: Any, x2: Any) -> Any:
    """The smaller one."""
    return np.minimum(x1, x2)


def maximum(x1: Any, x2: Any) -> Any:
    """The larger one."""
    return np.maximum(x1, x2)


def logaddexp(x1: Any, x2: Any) -> Any:
    """log(exp(x1) + exp(x2))."""
    return np.logaddexp(x1, x2)


def cos(x: Any) -> Any:
    """Cosine."""
    return np.cos(x)


def sin(x: Any) -> Any:
    """Sine."""
    return np.sin(x)


def nan_to_num(x: Any, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """Numbers in place of NaN and infinities."""
    return np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)
