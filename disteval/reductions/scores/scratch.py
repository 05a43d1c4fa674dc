"""Memory that all score states of a process hold together, and the files for what is over it.

Files have no name: they are gone with the process, however it ends.
"""

from __future__ import annotations

import mmap
import os
import tempfile
import threading
import weakref
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

    def move(self, array: Array) -> tuple[Array, ScratchFile]:
        """The array, mapped from a file, and the file: keep both.

        The space is free again when no array of the file is left.
        """
        with self._lock:
            file = self._file() if self._file is not None else None
            if file is None or file.size + array.nbytes > _FILE_BYTES:
                file = ScratchFile(folder())
                self._file = weakref.ref(file)
            at = file.reserve(array.nbytes)
        return file.store(at, array), file


class ScratchFile:
    """One file without a name, closed with its last array."""

    def __init__(self, where: str) -> None:
        self.where, self.size = where, 0
        try:
            self._file: IO[bytes] = tempfile.TemporaryFile(  # noqa: SIM115  (closed with its owner)
                prefix="disteval-", dir=where
            )
        except OSError as error:
            raise _refused(where, error) from error
        weakref.finalize(self, self._file.close)

    def reserve(self, nbytes: int) -> int:
        """Where so many bytes will lie."""
        at, page = self.size, mmap.ALLOCATIONGRANULARITY
        self.size += -(-nbytes // page) * page
        return at

    def store(self, at: int, array: Array) -> Array:
        """Write the array and map it."""
        raw = np.ascontiguousarray(array).data.cast("B")
        number, done = self._file.fileno(), 0
        try:
            while done < len(raw):
                done += os.pwrite(number, raw[done:], at + done)
            mapped = mmap.mmap(number, len(raw), access=mmap.ACCESS_READ, offset=at)
        except OSError as error:
            raise _refused(self.where, error) from error
        found: Array = np.frombuffer(mapped, array.dtype)
        return found


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
