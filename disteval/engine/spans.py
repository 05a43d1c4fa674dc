"""Spans: what one task reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from disteval.protocol import Piece

SPAN_BYTES = 96 << 20  # 0.01 to some seconds of work
LEAST_BYTES = 8 << 20  # less is not worth a task
SPANS = 16  # at least so many, where there is enough: threads and workers share them evenly
SPAN_PIECES = 2_048  # tiny pieces: so many to a task


@dataclass(frozen=True)
class Span:
    """A run of pieces, or rows start to stop of one piece that is cut."""

    first: int
    last: int
    rows: slice | None = None


def cut(pieces: Sequence[Piece], row_bytes: int) -> list[Span]:
    """Spans over all pieces: small pieces together, large ones cut by rows."""
    spans: list[Span] = []
    first, size = 0, 0
    most = min(SPAN_BYTES, max(sum(_size(p, row_bytes) for p in pieces) // SPANS, LEAST_BYTES))
    step = max(most // max(row_bytes, 1) // 65_536, 1) * 65_536
    for i, piece in enumerate(pieces):
        if piece.rows is not None and piece.rows * row_bytes > 2 * most:
            if first < i:
                spans.append(Span(first, i))
            spans += [
                Span(i, i + 1, slice(start, min(start + step, piece.rows)))
                for start in range(0, piece.rows, step)
            ]
            first, size = i + 1, 0
            continue
        size += piece.nbytes
        if size >= most or i + 1 - first >= SPAN_PIECES:
            spans.append(Span(first, i + 1))
            first, size = i + 1, 0
    if first < len(pieces):
        spans.append(Span(first, len(pieces)))
    return spans


def _size(piece: Piece, row_bytes: int) -> int:
    return piece.nbytes if piece.rows is None else piece.rows * row_bytes
