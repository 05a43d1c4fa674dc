"""How a value came about, as a sheet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from disteval.engine import RowCounts
from disteval.protocol import Metric, Reduction, Value
from disteval.report.definitions import defined
from disteval.report.sheet import Facts, Sheet, Table, cell, told, visible, whole
from disteval.report.states import described
from disteval.report.values import Labels, is_single, size

_MOST_NUMBERS = 8  # in a line


def explained(
    name: str,
    value: Value,
    labels: Labels,
    metric: Metric | None,
    passes: Sequence[Iterable[tuple[Reduction[Any], Any]]],
    rule: str,
    notes: Sequence[str],
    rows: RowCounts,
    details: Mapping[str, Any],
) -> Sheet:
    """The definition, the value in full, the totals it comes from, and what is guaranteed.

    Parameters
    ----------
    passes : the reductions of each pass over the data, with their merged states
    notes : what is said of the metric, without its name
    details : other numbers of the same computation
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
    lines += _details(details)
    if rule:
        lines.append(told(visible(rule)))
    lines += [("note", visible(note)) for note in notes]
    lines.append(("rows", f"{rows.used:,} used of {rows.seen:,} seen"))
    return (Facts((*lines, *exact)), *tables)


def _value(name: str, value: Value) -> str:
    shown = cell(value, full=True).text if is_single(value) else f"{size(value):,} numbers, below"
    return f"{visible(name)} = {shown}"


def _details(details: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A fact for each detail; numerator and denominator are one, as are the ends of an interval.

    Examples
    --------
    >>> _details({"numerator": 3, "denominator": 4, "standard_error": 0.25, "exact": True})
    [('fraction', '3 / 4'), ('standard error', '0.25')]
    >>> _details({"lo": 0.5, "hi": 0.75})
    [('lies in', '[0.5, 0.75]')]
    """
    left = {name: value for name, value in details.items() if name != "exact"}  # told as a note
    lines = []
    if left.keys() >= {"numerator", "denominator"}:
        over = " / ".join(_in_full(left.pop(name)) for name in ("numerator", "denominator"))
        lines.append(("fraction", over))
    if left.keys() >= {"lo", "hi"}:
        lines.append(("lies in", _in_full((left.pop("lo"), left.pop("hi")))))
    return lines + [(visible(name).replace("_", " "), _in_full(v)) for name, v in left.items()]


def _in_full(value: Any) -> str:
    """A number, or a few of them, with every digit; of many only how many there are."""
    if is_single(value):
        return cell(value, full=True).text
    if size(value) > _MOST_NUMBERS:
        return f"{size(value):,} numbers, which result.details has"
    if isinstance(value, Mapping):
        return ", ".join(f"{visible(key)} {_in_full(item)}" for key, item in value.items())
    return f"[{', '.join(map(_in_full, value))}]"
