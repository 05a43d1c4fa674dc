"""What there is to know of an array."""

from __future__ import annotations

from typing import Any

import numpy as np

from disteval.ops.symbolic import EPSILON, asarray, is_symbolic


def epsilon() -> float:
    """A small number that keeps divisions and logarithms defined: 1e-7, as in Keras."""
    return EPSILON


def floatx() -> str:
    """The dtype of numbers: "float64", whatever arrived."""
    return "float64"


def backend() -> str:
    """The name of what computes."""
    return "disteval"


def is_tensor(x: Any) -> bool:
    """Whether this is an array, or rows."""
    return is_symbolic(x) or isinstance(x, np.ndarray)


def shape(x: Any) -> tuple[Any, ...]:
    """The shape; of rows, their number (a value of the dataset) and the shape of one."""
    return tuple(asarray(x).shape)


def int_shape(x: Any) -> tuple[int | None, ...]:
    """The shape; None for the number of rows, which is not known beforehand."""
    if hasattr(type(x), "__disteval_rows__"):
        return (None, *x.axes)
    return tuple(asarray(x).shape)


def ndim(x: Any) -> int:
    """The number of axes."""
    return int(np.ndim(x))


def size(x: Any) -> Any:
    """The number of elements."""
    return np.size(x)


def dtype(x: Any) -> str:
    """The name of the dtype."""
    return str(asarray(x).dtype)
