"""Shapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def reshape(x: Any, shape: Any) -> Any:
    """Another shape."""
    return np.reshape(x, shape)


def flatten(x: Any) -> Any:
    """Every element a row."""
    return np.ravel(x)


ravel = flatten


def expand_dims(x: Any, axis: int = -1) -> Any:
    """An axis of length one more."""
    return np.expand_dims(x, axis)


def squeeze(x: Any, axis: Any = None) -> Any:
    """Axes of length one less."""
    return np.squeeze(x, axis=axis)


def concatenate(tensors: Sequence[Any], axis: int = -1) -> Any:
    """Joined along an axis."""
    return np.concatenate(tensors, axis=axis)


def stack(x: Sequence[Any], axis: int = 0) -> Any:
    """Stacked along a new axis."""
    return np.stack(x, axis=axis)


def transpose(x: Any, axes: Any = None) -> Any:
    """Axes in another order."""
    return np.transpose(x, axes)


permute_dimensions = transpose


def take_along_axis(x: Any, indices: Any, axis: int = -1) -> Any:
    """Elements of each row by their places."""
    return np.take_along_axis(x, indices, axis=axis)


def sort(x: Any, axis: int = -1) -> Any:
    """Sorted within the row."""
    return np.sort(x, axis=axis)
