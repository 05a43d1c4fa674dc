"""NumPy or CuPy: which one an array belongs to, and how it comes to the host.

The only module that imports cupy, and only once an array on a GPU has been seen.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np


def module_name(array: object) -> str:
    """Name of the top-level package that an array's type comes from."""
    return type(array).__module__.partition(".")[0]


def is_device(array: object) -> bool:
    """Whether an array lives on a GPU (its namespace is CuPy's).

    Any array type that says ``__disteval_device__ = True`` counts too: this is how the GPU
    path is tested on machines without one.
    """
    if type(array) is np.ndarray:  # nearly always, and asked for every chunk
        return False
    return module_name(array) == "cupy" or bool(getattr(array, "__disteval_device__", False))


def namespace(array: object) -> Any:
    """Array functions for this array: the numpy or the cupy module."""
    if not is_device(array):
        return np
    own = getattr(array, "__array_namespace__", None)
    return own() if own is not None else importlib.import_module("cupy")


def from_interface(values: Any) -> Any:
    """An array of another library on a GPU as CuPy's, over the same memory.

    Parameters
    ----------
    values : with ``__cuda_array_interface__``
    """
    return importlib.import_module("cupy").asarray(values)


def to_host(array: Any) -> np.ndarray[Any, np.dtype[Any]]:
    """The array as NumPy, moved from the device where needed."""
    host: np.ndarray[Any, np.dtype[Any]] = array.get() if is_device(array) else np.asarray(array)
    return host
