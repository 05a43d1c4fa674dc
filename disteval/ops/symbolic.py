"""What tells rows from arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

EPSILON = 1e-7


def is_symbolic(*values: Any) -> bool:
    """Whether one of them is symbolic rows, or a value of the dataset that is not known yet."""
    return any(hasattr(type(value), "__disteval_symbolic__") for value in values)


def asarray(x: Any) -> Any:
    """The value as an array; what is symbolic as it is."""
    return x if is_symbolic(x) else np.asarray(x)


def plain_axis(axis: Any) -> Any:
    """An axis as NumPy takes it: Keras also has lists of them."""
    return tuple(axis) if isinstance(axis, list) else axis
