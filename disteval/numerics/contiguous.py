"""Arrays in the one form that compiled kernels take."""

from __future__ import annotations

from typing import Any

import numpy as np


class _Memory:
    """The memory of an array under an interface of its own; keeps the array alive."""

    def __init__(self, interface: dict[str, Any], owner: Any) -> None:
        self.__array_interface__ = interface
        self.owner = owner


def for_kernel(x: Any) -> Any:
    """A C-contiguous host array as the kernels' signatures want it: writeable, without a copy.

    numba compiles read-only arrays as another type, which would double the specialisations.
    Kernels never write to their inputs; those who hold the array itself still can't.
    """
    if x.flags.writeable:
        return x
    interface = dict(x.__array_interface__)
    interface["data"] = (interface["data"][0], False)
    return np.asarray(_Memory(interface, x))
