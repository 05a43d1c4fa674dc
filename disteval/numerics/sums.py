"""Exact sums in progress: limbs that grow to where the data needs them.

An `OpenSums` holds any number of sums and takes blocks of doubles, on the CPU by compiled
kernels and on a GPU by array operations whose every accumulation is an integer one. The
result does not depend on the order, the blocks or the device.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from disteval import backend
from disteval.numerics import limbs as limb_arithmetic
from disteval.numerics.contiguous import for_kernel
from disteval.protocol import Runs

Array = np.ndarray[Any, np.dtype[Any]]

_BLOCK = 65_536
_FIRST_UNIT = -40
_SPARE = 1 << 29  # additions a limb can take before carries must be brought home


class OpenSums:
    """Sums that are still being added to.

    Parameters
    ----------
    limbs : int64 array (sums, L)
    base : number of the first limb
    specials : int64 array (sums, 3), counts of +inf, -inf, nan
    """

    __slots__ = (
        "_added",
        "_levels",
        "_scratch",
        "_units",
        "_whole",
        "base",
        "limbs",
        "specials",
    )

    def __init__(self, limbs: Array, base: int, specials: Array) -> None:
        self.limbs = limbs
        self.base = base
        self.specials = specials
        self._units: Array | None = None  # the unit tried first, by sum: adapts to the data
        self._added = 0
        self._levels: Array | None = None
        self._scratch: Array | None = None
        self._whole = 0  # an integer still to be added to the first sum

    @classmethod
    def zeros(cls, sums: int) -> OpenSums:
        """Sums of nothing."""
        return cls(np.zeros((sums, 0), np.int64), 0, np.zeros((sums, 3), np.int64))

    def add(self, x: Any, index: Any = None, to: int = 0) -> None:
        """Add doubles: all to one sum, x[i] to the sum index[i], or each run to its sum.

        Parameters
        ----------
        x : float64 array (n,), C-contiguous
        index : int64 array (n,), or Runs whose cells are sums, optional
        to : the sum that takes all where there is no index
        """
        if backend.is_device(x):
            self._add_on_device(x, index, to)
        elif index is None or isinstance(index, Runs):
            self._add_runs(x, index or _one_run(to, len(x)))
        else:
            for start in range(0, len(x), _BLOCK):
                self._add_at(x[start : start + _BLOCK], index[start : start + _BLOCK])

    def add_difference(self, y: Any, p: Any, runs: Runs | None = None, *, squared: bool) -> None:
        """Add (y - p)**2 or abs(y - p), in float64, from float32 or float64; as `add`."""
        from disteval.numerics.kernels import sums as kernels

        y, p = for_kernel(y), for_kernel(p)
        scratch = self._block(kernels.SUB)
        sums, bounds = map(for_kernel, runs or _one_run(0, len(y)))
        run, start = 0, 0
        while run < len(sums):
            self._reserve(len(y))
            run, start, low, high = kernels.add_difference(
                y, p, squared, sums, bounds, run, start, self.limbs, self.base, self.specials,
                self._first_units(), scratch,
            )  # fmt: skip
            if run < len(sums):
                self._reach(low, high)

    def add_moments(self, x: Any, y: Any, runs: Runs | None = None) -> None:
        """Add x, y, x * x, x * y and y * y to five sums each, from one pass over the block.

        The products must be exact in float64; see `products.is_narrow`. The cells of `runs` are
        the first of the five.
        """
        from disteval.numerics.kernels import sums as kernels

        x, y = for_kernel(x), for_kernel(y)
        scratch = self._block(kernels.SUB)
        sums, bounds = map(for_kernel, runs or _one_run(0, len(x)))
        run, start, k = 0, 0, 0
        while run < len(sums):
            self._reserve(len(x))
            run, start, k, low, high = kernels.add_moments(
                x, y, sums, bounds, run, start, k, self.limbs, self.base, self.specials,
                self._first_units(), scratch,
            )  # fmt: skip
            if run < len(sums):
                self._reach(low, high)

    def add_whole(self, value: int) -> None:
        """Add an integer to the first sum."""
        self._whole += value

    def add_integer(self, value: int, unit: int = 0, cell: int = 0) -> None:
        """Add value * 2**unit to one sum."""
        if not value:
            return
        low, bits = unit & ~31, unit & 31
        value <<= bits
        self._reach(low, low + value.bit_length() + 1)
        self._reserve(1)
        place = (low >> 5) - self.base
        sign, value = (-1, -value) if value < 0 else (1, value)
        while value:
            self.limbs[cell, place] += sign * (value & 0xFFFFFFFF)
            value >>= 32
            place += 1

    def add_counts(self, counts: Array) -> None:
        """Add int64 counts, one a sum."""
        if not counts.any():
            return
        self._reach(0, 64)
        self._reserve(1)
        place = -self.base
        self.limbs[:, place] += counts & np.int64(0xFFFFFFFF)
        self.limbs[:, place + 1] += counts >> 32

    def add_unsafe_products(self, w: Array, x: Array, y: Array, index: Array) -> None:
        """Add w * x * y of the rows whose factors are too large or small for TwoProduct."""
        from disteval.numerics.kernels import products as kernels

        low, high = kernels.unsafe_extent(w, x, y)
        if low <= high:
            self._reach(low, high)
            self._reserve(5 * len(x))
            kernels.add_unsafe(w, x, y, index, self.limbs, self.base)

    def normal(self) -> tuple[Array, int]:
        """Limbs in normal form, and their base."""
        whole, self._whole = self._whole, 0
        self.add_integer(whole)
        return limb_arithmetic.normal(self.limbs, self.base)

    def _add_runs(self, x: Any, runs: Runs) -> None:
        from disteval.numerics.kernels import sums as kernels

        x = for_kernel(x)
        sums, bounds = map(for_kernel, runs)
        run, start = 0, 0
        while run < len(sums):
            self._reserve(len(x))
            run, start, low, high = kernels.add(
                x, sums, bounds, run, start, self.limbs, self.base, self.specials,
                self._first_units(),
            )  # fmt: skip
            if run < len(sums):
                self._reach(low, high)

    def _first_units(self) -> Array:
        if self._units is None:
            self._units = np.full(len(self.limbs), _FIRST_UNIT, np.int64)
        return self._units

    def _add_at(self, x: Any, index: Any) -> None:
        from disteval.numerics.kernels import sums as kernels

        x, index = for_kernel(x), for_kernel(index)
        if self._levels is None:
            self._levels = np.zeros((2, len(self.limbs)), np.int64)
        while True:
            self._reserve(2 * len(x) + 2)
            done, low, high = kernels.add_at(
                x, index, self.limbs, self.base, self.specials, self._levels
            )
            if done:
                return
            self._reach(low, high)

    def _add_on_device(self, x: Any, index: Any, to: int) -> None:
        from disteval.numerics import device

        specials = self.specials if index is not None else self.specials[to : to + 1]
        for place, integer, unit in device.exact_sums(x, index, specials):
            self.add_integer(integer, unit, place if index is not None else to)

    def _block(self, rows: int) -> Array:
        """Memory of a block, kept from call to call."""
        if self._scratch is None:
            self._scratch = np.empty(rows)
        return self._scratch

    def _reach(self, low: int, high: int) -> None:
        """Extend the window to hold bits low..high, with limbs to spare for carries."""
        first = low >> 5
        stop = (high >> 5) + 4
        if self.limbs.shape[-1]:
            first = min(first, self.base)
            stop = max(stop, self.base + self.limbs.shape[-1])
        if (first, stop - first) != (self.base, self.limbs.shape[-1]):
            self.limbs, self.base = limb_arithmetic.window(self.limbs, self.base, first, stop)

    def _reserve(self, additions: int) -> None:
        """Bring carries home before a limb could overflow."""
        self._added += additions + 8
        if self._added > _SPARE:
            limb_arithmetic.carry(self.limbs)
            self._added = additions + 8


def _one_run(to: int, rows: int) -> Runs:
    return Runs(np.array([to]), np.array([0, rows]))
