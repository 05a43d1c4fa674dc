"""The floor: blocked NumPy with reused buffers, on as many threads as disteval has. Not exact."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measuring import threads

BLOCK = 65_536
_SPAN = 64 * BLOCK


def over_spans(paths: tuple[Path, Path], make: Callable[[], Callable[[Any, Any], float]]) -> float:
    """The sum over blocks of two mapped columns, by threads that take spans in turns.

    Parameters
    ----------
    paths : the columns
    make : called once a thread (for its buffers), returns the function of a block
    """
    y, p = (np.load(path, mmap_mode="r") for path in paths)
    spans = iter(range(0, len(y), _SPAN))

    def work() -> float:
        block = make()
        total = 0.0
        for first in spans:  # taking the next of a range iterator is atomic
            last = min(first + _SPAN, len(y))
            for start in range(first, last, BLOCK):
                stop = min(start + BLOCK, last)
                total += block(y[start:stop], p[start:stop])
        return total

    with ThreadPoolExecutor(threads()) as pool:
        return sum(pool.map(lambda _: work(), range(threads()))) / len(y)


def narrow() -> Callable[[Any, Any], float]:
    """Squared error in float32, summed in float64."""
    buffer = np.empty(BLOCK, np.float32)

    def block(y: Any, p: Any) -> float:
        d = buffer[: len(y)]
        np.subtract(y, p, out=d)
        np.multiply(d, d, out=d)
        return float(d.sum(dtype=np.float64))

    return block


def wide() -> Callable[[Any, Any], float]:
    """Squared error in float64 throughout."""
    buffer = np.empty(BLOCK)

    def block(y: Any, p: Any) -> float:
        d = buffer[: len(y)]
        np.subtract(y, p, out=d, dtype=np.float64)
        np.multiply(d, d, out=d)
        return float(d.sum())

    return block


def relative() -> Callable[[Any, Any], float]:
    """Symmetric relative error in float64 throughout."""
    error, size, other = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK)

    def block(y: Any, p: Any) -> float:
        d, a, b = error[: len(y)], size[: len(y)], other[: len(y)]
        np.subtract(p, y, out=d, dtype=np.float64)
        np.abs(d, out=d)
        np.abs(y, out=a, dtype=np.float64)
        np.abs(p, out=b, dtype=np.float64)
        np.add(a, b, out=a)
        np.divide(d, a, out=d)
        return 2 * float(d.sum())

    return block
