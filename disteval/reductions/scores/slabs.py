"""Memory for scores that come, used again: fresh memory costs more than to write to it."""

from __future__ import annotations

import threading
import weakref
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

_KEPT_BYTES = 1 << 26
"""What is kept for the next use, at most, when rows have come to their end."""


class _Lent:
    """Memory that is given back when the last array over it is gone."""

    def __init__(self, slab: Array) -> None:
        self.__array_interface__ = dict(slab.__array_interface__)


class Slabs:
    """Byte arrays that were given back, for the next who asks for as many bytes."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # the collector may give one back while another is lent
        self._idle: list[Array] = []
        self._lent = self._most = 0  # bytes now, and at most since nothing was

    def lend(self, nbytes: int) -> Array:
        """So many bytes, with anything in them."""
        slab = self._taken(nbytes)
        if slab is None:
            slab = np.empty(nbytes, np.uint8)
        lent = _Lent(slab)
        weakref.finalize(lent, self._give_back, slab).atexit = False
        return np.asarray(lent)

    def _taken(self, nbytes: int) -> Array | None:
        with self._lock:
            self._lent += nbytes
            self._most = max(self._most, self._lent)
            for i in reversed(range(len(self._idle))):
                if len(self._idle[i]) == nbytes:
                    return self._idle.pop(i)
        return None

    def _give_back(self, slab: Array) -> None:
        with self._lock:
            self._lent -= len(slab)
            self._idle.append(slab)
            if not self._lent:
                self._most = 0
            self._let_go(max(self._most - self._lent, _KEPT_BYTES))

    def rest(self) -> None:
        """Keep little of what is idle: as much as was lent before may not be wanted again."""
        with self._lock:
            self._most = self._lent
            self._let_go(_KEPT_BYTES)

    def _let_go(self, most: int) -> None:
        """Keep at most so many bytes that are idle."""
        idle = sum(map(len, self._idle))
        while idle > most:
            idle -= len(self._idle.pop(0))


SLABS = Slabs()
