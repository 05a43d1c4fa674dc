"""What merged states hold, in words: where a value comes from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from disteval.numerics import limbs
from disteval.protocol import Reduction
from disteval.reductions import (
    BinnedState,
    BinnedSums,
    BinTotals,
    BucketCounts,
    ConfusionCounts,
    ConfusionState,
    Count,
    CountState,
    DistinctValues,
    ElementConfusionCounts,
    ExactSum,
    HeldRows,
    LabelState,
    LabelSums,
    MinMax,
    Moments,
    ScoreCounts,
    ScoreState,
    SumState,
    ThresholdCounts,
    TotalWeight,
)
from disteval.reductions.scores import WeightedScoreState
from disteval.report.definitions import first_line
from disteval.report.sheet import (
    MOST,
    Table,
    aligned,
    cell,
    entries,
    label_text,
    matrix,
    number_text,
    visible,
)

Description = tuple[str, tuple[Table, ...]]
"""A sentence, and the tables that it speaks of."""

_MOST_TEXT = 64  # of a row function with its parameters
_MOST_NAME = 40  # of a reduction before its docstring
_COLUMN = re.compile(r"\b(?:Raw|Wide|Labels)\(column='(\w+)'\)")
_SHAPE = re.compile(r": \(rows\b[^)]*\)$")
_LABELS = re.compile(r"(Raw|Labels)\(column='\w+'\)")
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
    sentence = _without_tables(reduction, state)
    if sentence:
        return sentence, ()
    match reduction:
        case ExactSum():
            return _exact_sum(reduction, state)
        case Moments():
            return _moments(reduction, state)
        case ThresholdCounts() | BucketCounts():
            return _thresholds(reduction, state)
        case ConfusionCounts():
            of = " of all elements" if isinstance(reduction, ElementConfusionCounts) else ""
            return _confusion(state, of)
        case BinnedSums():
            return _binned(reduction, state)
        case LabelSums():
            return _labelled(reduction, state)
    if hasattr(reduction, "view") and hasattr(reduction, "inner"):
        sentence, tables = described(reduction.inner, state)
        return f"{sentence} ({_seen(reduction.view)})", tables
    means, own = first_line(type(reduction)), _written(reduction)
    if means and len(own) > _MOST_NAME:
        return _clause(means), ()
    return f"{own}: {means}".rstrip(": "), ()


def _without_tables(reduction: Reduction[Any], state: Any) -> str:
    """What can be said in a sentence; "" of other reductions."""
    match reduction:
        case TotalWeight():
            return f"the total weight (1 a row without weights): {_sum(state, 0)}"
        case Count():
            (total,) = state.totals()
            return f"{_how_often(reduction.of)}: {_exact(Fraction(total))}"
        case HeldRows():
            of = ", ".join(map(_of, reduction.of))
            rows = len(state.values)
            return f"the {rows:,} rows themselves ({of}), each compared with every other"
        case MinMax():
            low, high = float(state.low[0]), float(state.high[0])
            between = f"{low!r} to {high!r}" if low <= high else "no value"
            return f"the range of {_of(reduction.of)}: {between}"
        case ScoreCounts():
            return _scores(reduction, state)
        case DistinctValues():
            values = [f"{value:g}" for value in state.of_cell()]
            more = ", ..." if len(values) < state.number[0] else ""
            return f"the values of {_of(reduction.of)}: {', '.join(values) or 'none'}{more}"
    return ""


def _how_often(predicate: Any) -> str:
    """What a count counts; the docstring of a predicate says where it is true."""
    means = first_line(type(predicate)).removesuffix(".")
    if means.startswith("True for every row"):
        return "how many rows there are"
    column = getattr(predicate, "column", None)
    if column is not None and means.startswith("True where a column "):
        return visible(f"how often {column} {means.removeprefix('True where a column ')}")
    return f"how often {_of(predicate)} holds"


def _of(function: Any) -> str:
    """A row function; a column as it is by its name alone, what is long by its docstring."""
    own = _written(function)
    # an expression of a formula is written as such, and cuts itself short
    parameters = own.startswith(f"{type(function).__name__}(")
    return _in_words(function) if parameters and len(own) > _MOST_TEXT else own


def _in_words(function: Any) -> str:
    return _clause(first_line(type(function))) or type(function).__name__


def _written(function: Any) -> str:
    return visible(_COLUMN.sub(r"\1", repr(function)))


def _clause(sentence: str) -> str:
    """A sentence as a part of another."""
    if sentence[1:2].islower() or sentence[1:2] == " ":  # and no name or formula
        sentence = sentence[0].lower() + sentence[1:]
    return visible(_SHAPE.sub("", sentence.removesuffix(".")))


def _seen(view: Any) -> str:
    """How a part of a formula sees the rows."""
    pairs = [(name, _of(of)) for name, of in getattr(view, "columns", ())]
    columns = ", ".join(f"{name} = {of}" for name, of in pairs if name != of)
    where = getattr(view, "where", None)
    told = [columns, f"rows where {_of(where)}" if where is not None else ""]
    return "; ".join(filter(None, told)) or "every row once, whatever its weight"


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
    of = (0, 2) if reduction.x == reduction.y else range(5)
    shown = [(j, i) for j in range(min(reduction.columns, MOST)) for i in of]
    sums = [
        (
            (names[i], *((f"column {j}",) if reduction.columns > 1 else ())),
            _rounded(state, 5 * j + i),
        )
        for j, i in shown
    ]
    table = entries(SUMS, sums, len(of) * reduction.columns, full=True)
    if reduction.x == reduction.y:
        return f"the exact sums of x and x²; x = {x}", (table,)
    return f"the exact sums of x, y, x², xy and y²; x = {x}, y = {y}", (table,)


def _thresholds(reduction: ThresholdCounts | BucketCounts, state: CountState) -> Description:
    """At each threshold; of many thresholds some, from the lowest to the highest."""
    cuts = reduction.thresholds
    of = _of(reduction.pred)
    each = f"{cuts[0]:g}" if len(cuts) == 1 else f"each of {len(cuts):,} thresholds"
    sentence = f"what is right and wrong where {of} is above {each}"
    if isinstance(reduction, BucketCounts):
        sentence += ", by Keras's buckets of scores in float32"
    sides = [
        list(zip(counts.tp, counts.fp, counts.tn, counts.fn, strict=True))
        for counts in reduction.table(state)[:MOST]
    ]
    if len(cuts) == 1 and reduction.columns > 1:
        labels = list(range(len(sides)))
        hidden = more(reduction.columns - len(sides))
        return sentence, (_counts("counts", "column", labels, [s[0] for s in sides], hidden),)
    chosen = sorted({round(i * (len(cuts) - 1) / (MOST - 1)) for i in range(MOST)})
    hidden = f"… {len(cuts) - len(chosen):,} more between them" if len(cuts) > MOST else ""
    return sentence, tuple(
        _counts(
            "counts" if reduction.columns == 1 else f"counts, column {column}",
            "threshold",
            [cuts[i] for i in chosen],
            [side[i] for i in chosen],
            hidden,
        )
        for column, side in enumerate(sides)
    )


def _counts(
    title: str, of: str, labels: Sequence[Any], sides: Sequence[Sequence[Any]], hidden: str
) -> Table:
    """True and false positives and negatives, a label a row."""
    columns = [aligned(cell(_number(total)) for total in side) for side in zip(*sides, strict=True)]
    return Table(
        "matrix",
        title,
        (of, "true pos.", "false pos.", "true neg.", "false neg."),
        tuple(zip([cell(label, full=True) for label in labels], *columns, strict=True)),
        hidden,
    )


def _confusion(state: ConfusionState, of: str) -> Description:
    k = len(state.labels)
    sentence = f"the counts of true and predicted labels{of}, {k:,} x {k:,}"
    if k > MOST:
        return sentence, ()
    counts = state.totals()
    numbers = np.empty(counts.shape, object)
    for place, total in np.ndenumerate(counts):
        numbers[place] = _number(total)
    return sentence, (matrix("counts", numbers, tuple(state.labels.tolist()), full=True),)


def _binned(reduction: BinnedSums, state: BinnedState) -> Description:
    sentence = (
        f"rows, total weight and the exact sums of {_of(reduction.of)} in each of "
        f"{reduction.bins:,} bins of {_of(reduction.bin)}"
    )
    found = dict(enumerate(state.totals()))
    return sentence, (_sums("bin", found, reduction.columns),)


def _labelled(reduction: LabelSums, state: LabelState) -> Description:
    found = state.totals()
    # other functions make keys that mean nothing to whoever reads them
    readable = _LABELS.fullmatch(repr(reduction.by)) is not None
    by = _of(reduction.by) if readable else _in_words(reduction.by)
    sums = f", total weight and the exact sums of {_of(reduction.of)}"
    what = sums if reduction.columns else " and total weight"
    sentence = f"rows{what} for each of {len(found):,} values of {by}"
    return sentence, (_sums("label", found, reduction.columns),) if readable and found else ()


def _sums(of: str, found: dict[Any, BinTotals], columns: int) -> Table:
    """Rows, weight and sums, a bin or label a row."""
    shown = list(found.items())[:MOST]
    width = min(columns, MOST)
    names = ["sum"] if columns == 1 else [f"sum {j}" for j in range(width)]
    rows = [
        (totals.rows, _number(totals.weight), *map(_number, totals.values[:width]))
        if totals.finite
        else (totals.rows, *["not finite"] * (1 + width))
        for _, totals in shown
    ]
    cells = [
        aligned(cell(number, full=True) for number in column) for column in zip(*rows, strict=True)
    ]
    labels = [cell(label_text(label)) for label, _ in shown]
    return Table(
        "columns",
        SUMS,
        (of, "rows", "weight", *names),
        tuple(zip(labels, *cells, strict=True)),
        more(len(found) - len(shown)),
    )


def _scores(reduction: ScoreCounts, state: Any) -> str:
    """What is known without sorting: rows of each class, and how much is held of them."""
    of = f"each score of {_of(reduction.score)}"
    order = getattr(state, "order", None)
    if order is not None:
        of += f" ({order.dtype})"
    if reduction.columns > 1:
        of += f" in each of {reduction.columns:,} columns"
    classes = " with each class" if reduction.classes > 1 else ""
    if isinstance(state, WeightedScoreState):
        return f"the exact total weight of {of}{classes}, of {len(state.keys):,} different ones"
    sentence = f"how often {of} occurs{classes}"
    if not isinstance(state, ScoreState):  # what was made of it where the scores lay
        return sentence
    if reduction.columns == 1 and reduction.classes == 2:
        none, some = (sum(int(run.totals[:, c].sum()) for run in state.runs) for c in (0, 1))
        sentence += f": {none:,} negatives, {some:,} positives"
    entries, width = sum(run.count for run in state.runs), state.layout.dtype.itemsize
    filed = sum(run.count for run in state.runs if run.file is not None)
    where = f", {filed:,} of them in scratch files" if filed else ""
    return f"{sentence}; {entries:,} entries of {width} bytes{where}"


def _number(total: Any) -> int | float:
    """A total as an integer where it is one."""
    exact = Fraction(total) if isinstance(total, Fraction) else Fraction(int(total))
    return int(exact) if exact.denominator == 1 else limbs.to_float(exact)


def more(hidden: int) -> str:
    """What is below a table that shows not all rows."""
    return f"… {hidden:,} more" if hidden > 0 else ""
