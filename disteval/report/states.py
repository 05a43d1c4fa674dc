"""What merged states hold, in words: where a value comes from."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np

from disteval.numerics import limbs
from disteval.protocol import Reduction
from disteval.reductions import (
    ConfusionCounts,
    ConfusionState,
    Count,
    CountState,
    ExactSum,
    MinMax,
    Moments,
    SumState,
    ThresholdCounts,
    TotalWeight,
)
from disteval.report.sheet import MOST, Table, cell, entries, matrix, number_text, visible

Description = tuple[str, tuple[Table, ...]]
"""A sentence, and the tables that it speaks of."""

_COLUMN = re.compile(r"\bRaw\(column='(\w+)'\)")
SUMS = "exact sums, rounded to be shown"


def described(reduction: Reduction[Any], state: Any) -> Description:
    """The exact totals of a state of one cell.

    Examples
    --------
    >>> from disteval.metrics.rows import SquaredError
    >>> from disteval.protocol import Batch
    >>> sums = ExactSum(SquaredError())
    >>> batch = Batch({"y_true": np.array([0.0, 1.0]), "y_pred": np.array([0.5, 1.0])})
    >>> described(sums, sums.seal(sums.update(sums.empty(), batch)))
    ('the exact sum of SquaredError(): 0.25', ())
    """
    match reduction:
        case TotalWeight():
            return f"the total weight (1 a row without weights): {_sum(state, 0)}", ()
        case ExactSum():
            return _exact_sum(reduction, state)
        case Moments():
            return _moments(reduction, state)
        case Count():
            (total,) = state.totals()
            return f"how often {_of(reduction.of)} holds: {_exact(Fraction(total))}", ()
        case ThresholdCounts():
            return _thresholds(reduction, state)
        case ConfusionCounts():
            return _confusion(state)
        case MinMax():
            low, high = float(state.low[0]), float(state.high[0])
            between = f"{low!r} to {high!r}" if low <= high else "no value"
            return f"the range of {_of(reduction.of)}: {between}", ()
    return f"{_of(reduction)}: {first_line(type(reduction))}".rstrip(": "), ()


def first_line(cls: type) -> str:
    """The first line of a class's docstring; "" where there is none but the dataclass's own."""
    text = inspect.cleandoc(vars(cls).get("__doc__") or "")
    return "" if text.startswith(f"{cls.__name__}(") else text.partition("\n")[0]


def definition(metric: type) -> tuple[str, str]:
    """The first line of a metric's docstring and what its "Exact:" line says.

    A form that another metric is resolved to may say nothing of its own: then its base does.
    """
    for cls in metric.__mro__:
        lines = inspect.cleandoc(vars(cls).get("__doc__") or "").split("\n")
        starts = [i for i, line in enumerate(lines) if line.strip().startswith("Exact:")]
        if starts:
            return lines[0], _paragraph(lines[starts[0] :]).removeprefix("Exact:").strip()
    return first_line(metric), ""


def _paragraph(lines: Iterable[str]) -> str:
    """The lines to the next blank one, or to the next that starts with a word and a colon."""
    found: list[str] = []
    for line in map(str.strip, lines):
        word, colon, _ = line.partition(":")
        if found and (not line or (colon and word.isalpha() and word[0].isupper())):
            break
        found.append(line)
    return " ".join(found)


def _of(function: Any) -> str:
    """A row function; a column as it is by its name alone."""
    return visible(_COLUMN.sub(r"\1", repr(function)))


def _exact(total: Fraction) -> str:
    """A total in full; said to be rounded where no float or integer is that number."""
    if total.denominator == 1 and abs(total) < 10**21:
        return f"{int(total):,}"
    value = limbs.to_float(total)
    exact = np.isfinite(value) and Fraction(value) == total
    return f"{number_text(value, full=True)}{'' if exact else ' (shown rounded)'}"


def _sum(state: SumState, column: int) -> str:
    special = state.special(column)
    if special is not None:
        return f"{special!r} (not all values were finite)"
    return _exact(state.fractions()[column])


def _rounded(state: SumState, column: int) -> int | float:
    special = state.special(column)
    return _number(state.fractions()[column]) if special is None else special


def _exact_sum(reduction: ExactSum, state: SumState) -> Description:
    sentence = f"the exact sum of {_of(reduction.of)}"
    if reduction.columns == 1:
        return f"{sentence}: {_sum(state, 0)}", ()
    shown = min(reduction.columns, MOST)
    sums = [((f"column {j}",), _rounded(state, j)) for j in range(shown)]
    table = entries(SUMS, sums, reduction.columns, full=True)
    return f"{sentence} in each of {reduction.columns:,} columns", (table,)


def _moments(reduction: Moments, state: SumState) -> Description:
    x, y = _of(reduction.x), _of(reduction.y)
    names = ("x", "y", "x²", "xy", "y²")
    shown = [(j, i) for j in range(min(reduction.columns, MOST)) for i in range(5)]
    sums = [
        (
            (names[i], *((f"column {j}",) if reduction.columns > 1 else ())),
            _rounded(state, 5 * j + i),
        )
        for j, i in shown
    ]
    table = entries(SUMS, sums, 5 * reduction.columns, full=True)
    return f"the exact sums of x, y, x², xy and y²; x = {x}, y = {y}", (table,)


def _thresholds(reduction: ThresholdCounts, state: CountState) -> Description:
    sentence = f"what is right and wrong where {_of(reduction.pred)} is above each threshold"
    tables = []
    for column, counts in enumerate(reduction.table(state)[:MOST]):
        sides = zip(counts.tp, counts.fp, counts.tn, counts.fn, strict=True)
        rows = [[_number(total) for total in side] for side in list(sides)[:MOST]]
        title = "counts" if reduction.columns == 1 else f"counts, column {column}"
        tables.append(
            Table(
                "matrix",
                title,
                ("threshold", "true pos.", "false pos.", "true neg.", "false neg."),
                tuple(
                    (cell(cut, full=True), *map(cell, row))
                    for cut, row in zip(reduction.thresholds, rows, strict=False)
                ),
                more(len(reduction.thresholds) - len(rows)),
            )
        )
    return sentence, tuple(tables)


def _confusion(state: ConfusionState) -> Description:
    k = len(state.labels)
    sentence = f"the counts of true and predicted labels, {k:,} x {k:,}"
    if k > MOST:
        return sentence, ()
    counts = state.totals()
    numbers = np.empty(counts.shape, object)
    for place, total in np.ndenumerate(counts):
        numbers[place] = _number(total)
    return sentence, (matrix("counts", numbers, tuple(state.labels.tolist()), full=True),)


def _number(total: Any) -> int | float:
    """A total as an integer where it is one."""
    exact = Fraction(total) if isinstance(total, Fraction) else Fraction(int(total))
    return int(exact) if exact.denominator == 1 else limbs.to_float(exact)


def more(hidden: int) -> str:
    """What is below a table that shows not all rows."""
    return f"… {hidden:,} more" if hidden > 0 else ""
