"""How a value came about, as a sheet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from disteval.engine import RowCounts
from disteval.protocol import Metric, Reduction, Value
from disteval.report.definitions import defined
from disteval.report.sheet import Facts, Sheet, Table, cell, told, visible, whole
from disteval.report.states import described
from disteval.report.values import Labels, is_single, size


def explained(
    name: str,
    value: Value,
    labels: Labels,
    metric: Metric | None,
    passes: Sequence[Iterable[tuple[Reduction[Any], Any]]],
    rule: str,
    notes: Sequence[str],
    rows: RowCounts,
) -> Sheet:
    """The definition, the value in full, the totals it comes from, and what is guaranteed.

    Parameters
    ----------
    passes : the reductions of each pass over the data, with their merged states
    notes : what is said of the metric, without its name
    """
    means, exact = defined(metric) if metric is not None else ([], [])
    lines = [("value", _value(name, value))]
    if metric is not None and metric.canonical_string() != name:
        lines.append(("metric", visible(metric.canonical_string())))
    lines += means
    tables: list[Table] = []
    if not is_single(value):
        tables.append(whole(name, value, labels, full=True))
    seen: set[Reduction[Any]] = set()
    for i, states in enumerate(passes):
        for reduction, state in states:
            if reduction in seen:  # in an earlier pass
                continue
            seen.add(reduction)
            sentence, shown = described(reduction, state)
            lines.append(("from" if len(passes) == 1 else f"pass {i + 1}", sentence))
            # the counts may be what the value shows already
            tables += [table for table in shown if not any(map(table.same, tables))]
    if rule:
        lines.append(told(visible(rule)))
    lines += [("note", visible(note)) for note in notes]
    lines.append(("rows", f"{rows.used:,} used of {rows.seen:,} seen"))
    return (Facts((*lines, *exact)), *tables)


def _value(name: str, value: Value) -> str:
    shown = cell(value, full=True).text if is_single(value) else f"{size(value):,} numbers, below"
    return f"{visible(name)} = {shown}"
