"""What tasks run: a span reduced to its states, and states merged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from disteval.engine import stopping
from disteval.engine.blocks import Blocks, without_nan
from disteval.engine.plan import Plan
from disteval.engine.rows import Partial, RowCounts
from disteval.engine.spans import Span
from disteval.errors import InputError, NumericsError
from disteval.protocol import Batch, Origin, Source

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
    """Reduce the chunks without a search for NaN where the states tell; with one if they do."""
    _check_subnormals()
    if again and plan.reveals_nan:
        try:
            partial = reduce_chunks(plan, chunks(), run, _all_rows)
            if not plan.saw_nan(partial.states):
                return partial
        except InputError:
            pass  # NaN may look like a bad label or weight: search, and judge the rows left
    return reduce_chunks(plan, chunks(), run, without_nan)


def reduce_chunks(
    plan: Plan,
    chunks: Chunks,
    run: str,
    select: Callable[[Batch], tuple[Batch, RowCounts]] = without_nan,
) -> Partial:
    """Re-block the chunks and update every reduction with the rows selected."""
    blocks = Blocks(plan.schema, plan.block_rows)
    states = plan.empty()
    rows = RowCounts()

    def batches() -> Iterator[Batch]:
        for origin, chunk in chunks:
            stopping.check(run)
            yield from blocks.push(chunk, origin)
        yield from blocks.flush()

    with np.errstate(all="ignore"):  # domains are judged by flags in the states
        for batch in batches():
            stopping.check(run)  # a chunk may be cut into many blocks
            selected, counted = select(batch)
            rows += counted
            if selected.rows:
                states = plan.update(states, selected)
        return Partial(plan.seal(states), rows)


def _all_rows(batch: Batch) -> tuple[Batch, RowCounts]:
    return batch, RowCounts(batch.rows)


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


def _check_subnormals() -> None:
    # any library built with -ffast-math may set flush-to-zero for the thread that loads it
    tiny = np.array([5e-324])
    if not (tiny * 1.0)[0] > 0.0:
        msg = (
            "expected a processor that keeps subnormal numbers, but this thread flushes them to "
            "zero, and sums would not be exact; a library built with -ffast-math has set that"
        )
        raise NumericsError(msg)
