"""How a value came about, as a sheet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from disteval.engine import RowCounts
from disteval.protocol import Metric, Reduction, Value
from disteval.report.sheet import Facts, Sheet, Table, cell, visible, whole
from disteval.report.states import definition, described
from disteval.report.values import Labels, is_single, size


def explained(
    name: str,
    value: Value,
    labels: Labels,
    metric: Metric | None,
    states: Iterable[tuple[Reduction[Any], Any]],
    rule: str,
    notes: Sequence[str],
    rows: RowCounts,
) -> Sheet:
    """The definition, the value in full, the totals it comes from, and what is guaranteed."""
    means, exact = definition(type(metric)) if metric is not None else ("", "")
    lines = [("value", _value(name, value))]
    if metric is not None and metric.canonical_string() != name:
        lines.append(("metric", visible(metric.canonical_string())))
    if means:
        lines.append(("definition", means))
    tables: list[Table] = []
    if not is_single(value):
        tables.append(whole(name, value, labels, full=True))
    for reduction, state in states:
        sentence, shown = described(reduction, state)
        lines.append(("from", sentence))
        # the counts may be what the value shows already
        tables += [table for table in shown if all(table.rows != known.rows for known in tables)]
    if rule:
        lines.append(("labels", f"from predictions: {visible(rule)}"))
    lines += [("note", visible(note.removeprefix(f"{name}: "))) for note in notes]
    lines.append(("rows", f"{rows.used:,} used of {rows.seen:,} seen"))
    if exact:
        lines.append(("exact", exact))
    return (Facts(tuple(lines)), *tables)


def _value(name: str, value: Value) -> str:
    shown = cell(value, full=True).text if is_single(value) else f"{size(value):,} numbers, below"
    return f"{visible(name)} = {shown}"
