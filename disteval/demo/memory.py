"""How much memory a program takes while it runs."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Final, Self

_STATUS: Final = Path("/proc/self/status")
_SECONDS: Final = 0.02


class PeakMemory:
    """Peak of the memory of this process in a block, above what it had at a start.

    Resident anonymous memory (not that of mapped files), sampled 50 times a second, where the
    system tells it (Linux); else the highest resident size of the process.

    Parameters
    ----------
    start : bytes at the start; by default those at the start of the block

    Examples
    --------
    >>> with PeakMemory() as memory:
    ...     _ = [0] * 1000
    >>> memory.nbytes is None or memory.nbytes >= 0
    True
    """

    def __init__(self, start: int | None = None) -> None:
        self._start = start
        self._peak = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    @property
    def nbytes(self) -> int | None:
        """Bytes above the start; None where the system does not tell."""
        return None if self._start is None else max(self._peak - self._start, 0)

    def __enter__(self) -> Self:
        if self._start is None:
            self._start = anonymous()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            self._peak = max(self._peak, anonymous() or 0)
            if self._done.wait(_SECONDS):
                self._peak = max(self._peak, anonymous() or 0)
                return


def anonymous() -> int | None:
    """Bytes of resident anonymous memory, or the highest resident size so far, or None."""
    try:
        for line in _STATUS.read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    if sys.platform == "win32":
        return None
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
