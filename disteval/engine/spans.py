"""Spans: what one task reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from disteval.protocol import Piece

SPAN_BYTES = 96 << 20  # 0.01 to some seconds of work
OWN_BYTES = 640 << 20
"""On threads of this process, where a span that is lost costs nothing, and what one span has seen
need not wait for others to be merged: counts of scores take half the time of those in small spans.
"""
LONG_BYTES = 256 << 20  # more are cut finer, so that all threads end at about the same time
LEAST_BYTES = 3 << 20  # less is not worth a task
SPANS = 8  # at least so many, where there is enough
THREAD_SPANS = 2  # to a thread of this process, which waits half a millisecond between two
SPAN_PIECES = 2_048  # tiny pieces: so many to a task


@dataclass(frozen=True)
class Span:
    """A run of pieces, or rows start to stop of one piece that is cut."""

    first: int
    last: int
    rows: slice | None = None


def cut(pieces: Sequence[Piece], row_bytes: int, threads: int = 0) -> list[Span]:
    """Spans over all pieces: small pieces together, large ones cut by rows.

    Parameters
    ----------
    threads : of this process, which run all spans; 0: other processes do
    """
    spans: list[Span] = []
    total = sum(_size(p, row_bytes) for p in pieces)
    least = THREAD_SPANS * threads or SPANS
    each = total // (2 * least if total >= 2 * least * LONG_BYTES else least)
    most = min(OWN_BYTES if threads else SPAN_BYTES, max(each, LEAST_BYTES))
    first = place = 0
    for i, piece in enumerate(pieces):
        if piece.rows is not None and piece.rows * row_bytes > 2 * most:
            if first < i:
                spans.append(Span(first, i))
            step = _step(piece.rows, most // max(row_bytes, 1))
            spans += [
                Span(i, i + 1, slice(start, min(start + step, piece.rows)))
                for start in range(0, piece.rows, step)
            ]
            first = i + 1
            continue
        # where a multiple of most is passed, not as soon as there is so much: of ten shards three
        # times three would leave one for a fourth thread
        passed, place = place // most, place + _size(piece, row_bytes)
        if place // most > passed or i + 1 - first >= SPAN_PIECES:
            spans.append(Span(first, i + 1))
            first = i + 1
    if first < len(pieces):
        spans.append(Span(first, len(pieces)))
    return spans


def _step(rows: int, most: int) -> int:
    """Rows of each span of a piece: as many to one as to the other, for threads to share."""
    spans = -(-rows // max(most, 65_536))
    spans += -spans % 4
    return -(-rows // spans // 65_536) * 65_536


def _size(piece: Piece, row_bytes: int) -> int:
    """What is read, or what the columns take: compressed files and those of more columns differ."""
    return max(piece.nbytes, (piece.rows or 0) * row_bytes)
