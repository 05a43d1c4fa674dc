"""Arrays of given values."""

from __future__ import annotations

from typing import Any

import numpy as np

from disteval.errors import ArgumentError
from disteval.ops.symbolic import asarray


def constant(value: Any, dtype: Any = None, shape: Any = None, name: Any = None) -> Any:  # noqa: ARG001
    """An array of a value."""
    made = np.asarray(value, dtype)
    return made if shape is None else np.broadcast_to(made, shape)


variable = constant


def convert_to_tensor(x: Any, dtype: Any = None, sparse: Any = None) -> Any:  # noqa: ARG001
    """The array, or the rows, themselves."""
    x = asarray(x)
    return x if dtype is None else cast(x, dtype)


def convert_to_numpy(x: Any) -> Any:
    """The array, or the rows, themselves."""
    return asarray(x)


def cast(x: Any, dtype: Any) -> Any:
    """Another dtype. Values are rounded to it, as written."""
    name = getattr(dtype, "name", dtype)
    return asarray(x).astype(np.dtype(name))


def identity(x: Any, name: Any = None) -> Any:  # noqa: ARG001
    """The array itself."""
    return asarray(x)


stop_gradient = identity


def zeros_like(x: Any, dtype: Any = None, name: Any = None) -> Any:  # noqa: ARG001
    """Zeros of the same shape."""
    return np.zeros_like(asarray(x), dtype=dtype)


def ones_like(x: Any, dtype: Any = None, name: Any = None) -> Any:  # noqa: ARG001
    """Ones of the same shape."""
    return np.ones_like(asarray(x), dtype=dtype)


def full_like(x: Any, fill_value: Any, dtype: Any = None) -> Any:
    """A value for every element of the same shape."""
    return np.full_like(asarray(x), fill_value, dtype=dtype)


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None) -> Any:
    """Numbers from start up to stop."""
    made: Any = np.arange(0, start, step) if stop is None else np.arange(start, stop, step)
    return made if dtype is None else made.astype(dtype)


def linspace(start: Any, stop: Any, num: int = 50) -> Any:
    """Numbers from start to stop, both included."""
    return np.linspace(start, stop, num)


def zeros(shape: Any, dtype: Any = None) -> Any:
    """Zeros."""
    return np.zeros(shape, dtype)


def ones(shape: Any, dtype: Any = None) -> Any:
    """Ones."""
    return np.ones(shape, dtype)


def eye(size: int, dtype: Any = None) -> Any:
    """The identity matrix."""
    return np.eye(size, dtype=dtype)


def one_hot(indices: Any, num_classes: int | None = None, axis: int = -1, dtype: Any = None) -> Any:
    """Rows of zeros with a one at each index; axis -1 alone."""
    if num_classes is None or axis != -1:
        msg = f"expected num_classes and axis=-1 of one_hot, got {num_classes!r} and {axis!r}"
        raise ArgumentError(msg)
    indices = asarray(indices)
    held = indices[..., None] == np.arange(num_classes)
    return held.astype(np.float64 if dtype is None else np.dtype(dtype))
