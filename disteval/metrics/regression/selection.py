"""Exact quantiles of a column in a bounded state: 16 bits of them a pass.

A float's bits can be arranged into an integer of the same order. A pass counts the elements by
the highest 16 bits of that key; the bin in which the quantile lies gives its first 16 bits. The
next pass counts only the elements that begin so, by their next 16 bits, and so on.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate
from typing import Any, Self

import numpy as np

from disteval import backend
from disteval.metrics.rows import TRUE
from disteval.numerics import limbs
from disteval.protocol import Batch, Column
from disteval.reductions import LabelState, LabelSums
from disteval.reductions.counts import weights_of_counts

_DIGIT = 16
_BINS = 1 << _DIGIT


@dataclass(frozen=True)
class Keys:
    """Y_true as integers of the same order, int64 (rows, k); both zeros are one.

    Parameters
    ----------
    bits : 32 or 64, of the key: float32 holds 16-bit integers too
    """

    bits: int

    def __call__(self, batch: Batch) -> Any:
        wide = batch.derive(TRUE) + 0.0  # and no negative zero
        xp = backend.namespace(wide)
        if self.bits == 32:
            raw = xp.ascontiguousarray(wide.astype(xp.float32)).view(xp.int32).astype(xp.int64)
            low = 0x7FFFFFFF
        else:
            raw, low = wide.view(xp.int64), 0x7FFFFFFFFFFFFFFF
        # of negative numbers a larger magnitude is less
        return xp.where(raw < 0, raw ^ low, raw).reshape(batch.rows, -1)


@dataclass(frozen=True)
class Digit:
    """The next 16 bits of the keys of an output that begin with a prefix, as labels; -1 of others.

    Parameters
    ----------
    bits : of the keys
    output : which one
    prefix : the leading bits
    known : how many bits it has
    """

    bits: int
    output: int
    prefix: int
    known: int

    def __call__(self, batch: Batch) -> Any:
        weights_of_counts(batch)  # refuses negative ones
        keys = batch.derive(Keys(self.bits))
        xp = backend.namespace(keys)
        keys = xp.ascontiguousarray(keys[:, self.output])
        digit = keys >> (self.bits - self.known - _DIGIT)
        if not self.known:
            # signed keys: of the first digit the lowest is -2**15
            return digit + (_BINS >> 1)
        begins = (keys >> (self.bits - self.known)) == self.prefix
        return xp.where(begins, digit & (_BINS - 1), -1)


@dataclass(frozen=True)
class Nothing:
    """No values: the weight of a label is all that is summed."""

    def __call__(self, batch: Batch) -> Any:
        return backend.namespace(batch.derive(TRUE)).zeros((batch.rows, 0))


@dataclass(frozen=True)
class Selection:
    """A quantile of each output of y_true, as far as it is known.

    Parameters
    ----------
    level : of the quantile, in [0, 1]
    bits : of the keys
    outputs : int
    known : bits that are known of the quantiles' keys
    prefixes : these bits, of each output
    ranks : the weight that is left to count, up to the quantile, of each output
    """

    level: float
    bits: int
    outputs: int
    known: int = 0
    prefixes: tuple[int, ...] = ()
    ranks: tuple[Fraction, ...] = ()

    @classmethod
    def of(cls, level: float, column: Column, outputs: int) -> Self:
        """Of a column, by keys of 32 bits where these hold its values."""
        size, kind = column.dtype.itemsize, column.kind
        narrow = size <= (4 if kind == "float" else 2)
        return cls(level, 32 if narrow else 64, outputs)

    @property
    def is_known(self) -> bool:
        """Whether all bits are."""
        return self.known == self.bits

    @property
    def needs(self) -> tuple[LabelSums, ...]:
        """What the next pass counts, for each output."""
        prefixes = self.prefixes or (0,) * self.outputs
        return tuple(
            LabelSums(Digit(self.bits, j, prefix, self.known), Nothing(), 0)
            for j, prefix in enumerate(prefixes)
        )

    def narrowed(self, states: Sequence[LabelState]) -> Selection | None:
        """With the 16 bits that a pass has told; None where an output has no weight."""
        found = [self._digit(j, state) for j, state in enumerate(states)]
        chosen = [each for each in found if each is not None]
        if len(chosen) < self.outputs:
            return None
        return replace(
            self,
            known=self.known + _DIGIT,
            prefixes=tuple(prefix for prefix, _ in chosen),
            ranks=tuple(rank for _, rank in chosen),
        )

    def _digit(self, j: int, state: LabelState) -> tuple[int, Fraction] | None:
        """The first digit at which the weight so far reaches the quantile's, and what is left."""
        used = np.flatnonzero((state.labels >= 0) & state.limbs[0, :, 0].any(axis=-1))
        if not len(used):
            return None
        weights = limbs.to_integers(state.limbs[0, used, 0]).tolist()
        unit = Fraction(2) ** (32 * int(state.base[0]))
        rank = self.ranks[j] if self.ranks else Fraction(self.level) * sum(weights) * unit
        upto = list(accumulate(weights))
        # as integers: Fractions are slow to compare
        at = bisect_left(upto, math.ceil(rank / unit))
        digit = int(state.labels[used[at]])
        prefix = (self.prefixes[j] << _DIGIT) + digit if self.known else digit - (_BINS >> 1)
        return prefix, rank - (upto[at] - weights[at]) * unit

    def values(self) -> tuple[float, ...]:
        """The quantiles, where all bits are known."""
        signed = np.array(self.prefixes, np.int64)
        low = (1 << (self.bits - 1)) - 1
        raw = np.where(signed < 0, signed ^ low, signed)
        narrow = raw.astype(np.int32).view(np.float32) if self.bits == 32 else raw.view(np.float64)
        return tuple(float(value) for value in narrow)
