"""Rows made on demand: as many as wanted, nothing on disk, the same whatever the pieces are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from disteval.errors import ArgumentError
from disteval.protocol import Y_PRED, Y_TRUE, Column, Piece, Schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

BLOCK: Final = 65_536  # the generator starts anew at every multiple of so many rows
SPREAD: Final = 0.25  # the error of y_pred is uniform over so wide an interval around 0

EXPECTED: Final[Mapping[str, float]] = {
    "mean_squared_error": SPREAD**2 / 12,
    "mean_absolute_error": SPREAD / 4,
    "r2_score": 1 - SPREAD**2,
}
"""The values that infinitely many rows would have."""

_FLOAT32: Final = Column(np.dtype(np.float32))


@dataclass(frozen=True)
class Synthetic:
    """A source of random float32 rows: y_true uniform in [0, 1), y_pred = y_true + an error.

    Row i depends on the seed and on i alone: block i // 65,536 has a generator of its own,
    seeded with the seed and the number of the block.

    Parameters
    ----------
    rows : how many
    piece_rows : rows of a piece
    seed : other seeds, other rows

    Examples
    --------
    >>> import numpy as np
    >>> (chunk,) = Synthetic(100_000, 40_000).read(0, ["y_true"])
    >>> chunks = Synthetic(100_000, 90_000).read(0, ["y_true"])
    >>> bool(np.array_equal(chunk["y_true"], next(chunks)["y_true"][:40_000]))
    True
    """

    rows: int
    piece_rows: int
    seed: int = 2013

    def __post_init__(self) -> None:
        for name in ("rows", "piece_rows"):
            if getattr(self, name) < 1:
                msg = f"expected {name} of at least 1, got {getattr(self, name)}"
                raise ArgumentError(msg)

    @property
    def schema(self) -> Schema:
        """Two columns of float32."""
        return Schema(((Y_TRUE, _FLOAT32), (Y_PRED, _FLOAT32)))

    @property
    def replayable(self) -> bool:
        """The rows can be made again."""
        return True

    def pieces(self) -> Sequence[Piece]:
        """Cut into runs of `piece_rows` rows; the last may be shorter."""
        return [Piece(n, n * self.schema.row_bytes) for n in map(self._length, self._starts)]

    def read(
        self, piece: int, columns: Sequence[str], rows: slice | None = None
    ) -> Iterator[Mapping[str, Any]]:
        """Make the rows of a piece, one block of the generator at a time."""
        start = self._starts[piece]
        span = range(start, start + self._length(start))[rows or slice(None)]
        for block in range(span.start // BLOCK, -(-span.stop // BLOCK)):
            first = block * BLOCK
            wanted = slice(max(span.start - first, 0), min(span.stop - first, BLOCK))
            made = self._block(block)
            yield {name: made[name][wanted] for name in columns}

    def restrict(self, pieces: slice) -> Synthetic:  # noqa: ARG002  (it is three integers)
        """Itself."""
        return self

    @property
    def _starts(self) -> range:
        return range(0, self.rows, self.piece_rows)

    def _length(self, start: int) -> int:
        return min(self.piece_rows, self.rows - start)

    def _block(self, block: int) -> dict[str, Any]:
        generator = np.random.Generator(np.random.SFC64([self.seed, block]))
        true = generator.random(BLOCK, np.float32)
        pred = generator.random(BLOCK, np.float32)
        pred -= np.float32(0.5)
        pred *= np.float32(SPREAD)
        pred += true
        return {Y_TRUE: true, Y_PRED: pred}
