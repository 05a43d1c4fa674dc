"""Memory that all score states of a process hold together, and the files for what is over it.

Files have no name: they are gone with the process, however it ends.
"""

from __future__ import annotations

import math
import mmap
import os
import tempfile
import threading
import weakref
from collections.abc import Sequence
from typing import IO, Any

import numpy as np

from disteval.errors import BudgetError

Array = np.ndarray[Any, np.dtype[Any]]

BUDGET = 1 << 30
"""Bytes of scores that a process holds in memory, unless another budget is asked for."""
_FILE_BYTES = 1 << 30  # then the next file: space is freed file by file
_VARIABLE = "DISTEVAL_SCRATCH"


class Ledger:
    """Bytes held by objects that are alive."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # the collector may end an owner while another is counted
        self.held = 0

    def hold(self, owner: object, nbytes: int) -> None:
        """Count these bytes for as long as the owner lives."""
        with self._lock:
            self.held += nbytes
        weakref.finalize(owner, self._free, nbytes).atexit = False

    def _free(self, nbytes: int) -> None:
        with self._lock:
            self.held -= nbytes


class Scratch:
    """Unnamed files in a local folder, to which arrays are moved."""

    folder: str | None = None
    """Where they are made, unless DISTEVAL_SCRATCH says so; None: where Python's are."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._file: weakref.ref[ScratchFile] | None = None

    def reserve(self, nbytes: int) -> tuple[ScratchFile, int]:
        """A file, and where so many bytes are free in it. What is not written takes no space.

        Keep the file with its arrays: its space is free again when nothing refers to it.
        """
        with self._lock:
            file = self._file() if self._file is not None else None
            if file is None or file.used + nbytes > file.size:
                file = ScratchFile(folder(), max(nbytes, _FILE_BYTES))
                self._file = weakref.ref(file)
            at, file.used = file.used, file.used + _aligned(nbytes)
        return file, at

    def move(self, arrays: Sequence[Array]) -> tuple[list[Array], ScratchFile]:
        """The arrays, mapped from a file, and the file: keep both."""
        file, at = self.reserve(sum(_aligned(array.nbytes) for array in arrays))
        moved = []
        for array in arrays:
            file.write(at, array)
            moved.append(file.array(at, array.dtype, array.shape))
            at += _aligned(array.nbytes)
        return moved, file


class ScratchFile:
    """One file without a name, closed with its last array. What is not written takes no space."""

    def __init__(self, where: str, size: int) -> None:
        self.where, self.size, self.used = where, size, 0
        try:
            self._file: IO[bytes] = tempfile.TemporaryFile(  # noqa: SIM115  (closed with its owner)
                prefix="disteval-", dir=where
            )
            weakref.finalize(self, self._file.close)
            os.ftruncate(self._file.fileno(), size)
            # one map for all arrays: each map of its own would keep a file descriptor
            self._map = mmap.mmap(self._file.fileno(), size, access=mmap.ACCESS_READ)
        except OSError as error:
            raise _refused(where, error) from error

    def write(self, at: int, array: Array) -> None:
        """Write an array there."""
        raw, done = np.ascontiguousarray(array).reshape(-1).view(np.uint8).data, 0
        try:
            while done < len(raw):
                done += os.pwrite(self._file.fileno(), raw[done:], at + done)
        except OSError as error:
            raise _refused(self.where, error) from error

    def array(self, at: int, dtype: np.dtype[Any], shape: tuple[int, ...]) -> Array:
        """The array that was written there, as it is mapped."""
        found: Array = np.frombuffer(self._map, dtype, math.prod(shape), at)
        return found.reshape(shape)


def _aligned(nbytes: int) -> int:
    return -(-nbytes // 64) * 64


def folder() -> str:
    """Where scratch files are made."""
    return os.environ.get(_VARIABLE) or SCRATCH.folder or tempfile.gettempdir()


def _refused(where: str, error: OSError) -> BudgetError:
    return BudgetError(
        f"expected room for scratch files in {where}, got: {error.strerror or error}; set "
        f"{_VARIABLE} to a folder on a larger disk, or give a larger memory_budget="
    )


LEDGER = Ledger()
SCRATCH = Scratch()
