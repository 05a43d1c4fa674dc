"""What tasks run: a span reduced to its states, and states merged."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from disteval.engine import stopping
from disteval.engine.blocks import Blocks, hides_nan, without_nan
from disteval.engine.plan import Plan
from disteval.engine.progress import Telling
from disteval.engine.rows import Partial, RowCounts
from disteval.engine.spans import Span
from disteval.errors import NumericsError
from disteval.protocol import Batch, Origin, Source
from disteval.reductions.scores.scratch import SCRATCH

Chunks = Iterable[tuple[Origin, Mapping[str, Any]]]


def run_span(plan: Plan, source: Source, span: Span, run: str) -> Partial:
    """Read a span and reduce it: the function of a span task."""

    def chunks() -> Chunks:
        return _chunks(plan, source, span)

    return _reduce(plan, chunks, run, again=source.replayable)


def run_blocks(plan: Plan, source: Any, piece: int, blocks: Sequence[Any], run: str) -> Partial:
    """Reduce one piece of a lazy source, whose blocks another task has made."""

    def chunks() -> Chunks:
        yield Origin(piece, 0), source.bind(piece, blocks)

    return _reduce(plan, chunks, run, again=True)


def _reduce(plan: Plan, chunks: Callable[[], Chunks], run: str, *, again: bool) -> Partial:
    """Reduce the chunks: as if there were no NaN, and once more if there was one.

    To search all rows first costs as much as to sum them, and most data has no NaN.
    """
    _check_subnormals()
    _keep_freed_memory()
    _use_scratch_folder()
    if again:
        try:
            partial = reduce_chunks(plan, chunks(), run, search=False)
            if not plan.saw_nan(partial.states):
                return partial
        except (OSError, MemoryError, stopping.StoppedError):
            raise
        except Exception:  # noqa: BLE001, S110  (NaN can make any formula fail: judge the rest)
            pass
    return reduce_chunks(plan, chunks(), run)


def reduce_chunks(plan: Plan, chunks: Chunks, run: str, *, search: bool = True) -> Partial:
    """Re-block the chunks and update every reduction.

    Parameters
    ----------
    search : bool
        Whether to leave rows with NaN out. False: they go into the states, and one that the
        states would hide is an error.
    """
    blocks = Blocks(plan.schema)
    by = None if plan.nan_policy == "raise" else plan.by  # no group is told of where all fail
    states = plan.empty()
    rows = RowCounts()
    telling = Telling(plan, run)

    def batches() -> Iterator[Batch]:
        for origin, chunk in chunks:
            stopping.check(run)
            yield from blocks.push(chunk, origin)
            if telling.due():
                yield from blocks.flush()
        yield from blocks.flush()

    with np.errstate(all="ignore"):  # domains are judged by flags in the states
        for batch in batches():
            stopping.check(run)  # a chunk may be cut into many blocks
            if batch.missing and not search:
                raise _NanFoundError
            used, counted = without_nan(batch, by) if search else (batch, RowCounts(batch.rows))
            rows += counted
            if used.rows:
                states = plan.update(states, used)
            if not search and hides_nan(batch, plan.hidden):
                raise _NanFoundError
            if telling.due():
                states = telling.tell(states, rows)
                if not search and telling.saw_nan():
                    raise _NanFoundError
        return Partial(telling.seal(states), rows)


class _NanFoundError(Exception):
    """There is a NaN: one that the states do not show, or one in what was told."""


def merge_partials(plan: Plan, partials: Sequence[Partial]) -> Partial:
    """Merge in the order given: the function of a merge task."""
    merged = partials[0]
    for partial in partials[1:]:
        merged = Partial(plan.merge(merged.states, partial.states), merged.rows + partial.rows)
    return merged


def _chunks(plan: Plan, source: Source, span: Span) -> Chunks:
    names = plan.schema.names
    for piece in range(span.first, span.last):
        offset = span.rows.start if span.rows is not None else 0
        for chunk in source.read(piece, names, span.rows):
            yield Origin(piece, offset), chunk
            offset += len(next(iter(chunk.values())))


@functools.cache
def _keep_freed_memory() -> None:
    """Make the C library keep the memory of blocks that are freed, for the next ones.

    glibc gives freed memory back above a threshold, twice the largest block that it has seen
    freed: row formulas, which free some 0.5 MB at a time, would fault all of it in anew for each
    block, at three times the cost of their arithmetic.
    """
    np.empty(6 << 20, np.uint8)


def _use_scratch_folder() -> None:
    """Make scratch files where Dask makes its own, on this worker."""
    import dask

    SCRATCH.folder = dask.config.get("temporary-directory", None)


def _check_subnormals() -> None:
    # any library built with -ffast-math may set flush-to-zero for the thread that loads it
    tiny = np.array([5e-324])
    if not (tiny * 1.0)[0] > 0.0:
        msg = (
            "expected a processor that keeps subnormal numbers, but this thread flushes them to "
            "zero, and sums would not be exact; a library built with -ffast-math has set that"
        )
        raise NumericsError(msg)
