"""From merged states to a result: the value of each metric, and what must be said about it."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from disteval.engine import Partial, Plan, RowCounts
from disteval.errors import InputError, UndefinedMetricWarning
from disteval.metrics import aliases
from disteval.protocol import Outcome, Value
from disteval.result import Result


def result_of(
    outcomes: dict[str, Outcome],
    rows: RowCounts,
    states: list[Any],
    plan: Plan | None,
    *,
    passes: int = 1,
    notes: tuple[str, ...] = (),
    by: str = "",
    slices: Mapping[Any, Result] | None = None,
) -> Result:
    """The result of outcomes by name."""
    return Result(
        {name: outcome.value for name, outcome in outcomes.items()},
        rows,
        tuple(states),
        {name: outcome.labels for name, outcome in outcomes.items() if outcome.labels},
        {name: outcome.rule for name, outcome in outcomes.items() if outcome.rule},
        (*undefined(outcomes), *notes),
        passes,
        aliases(),
        metrics=plan.metrics if plan is not None else (),
        by=by,
        slices=slices or {},
    )


def outcomes_of(plan: Plan, states: tuple[Any, ...], rows: RowCounts) -> dict[str, Outcome]:
    """The value of each metric, by name, from total states."""
    named = zip((str(metric.name) for metric in plan.metrics), plan.compute(states), strict=True)
    return _propagated(plan, dict(named), rows)


def _propagated(plan: Plan, outcomes: dict[str, Outcome], rows: RowCounts) -> dict[str, Outcome]:
    """All of them NaN, where rows miss values and the plan lets that show."""
    if plan.nan_policy != "propagate" or not rows.dropped:
        return outcomes
    return {name: _poisoned(outcome) for name, outcome in outcomes.items()}


def _poisoned(outcome: Outcome) -> Outcome:
    value = outcome.value
    nan: Value = float("nan")
    if isinstance(value, np.ndarray):
        nan = np.full(value.shape, np.nan)
    return Outcome(nan, outcome.labels, "", outcome.rule)


def undefined(outcomes: Mapping[str, Outcome]) -> tuple[str, ...]:
    """Why metrics are not defined, where they are not."""
    return tuple(f"{name}: {o.undefined}" for name, o in outcomes.items() if o.undefined)


def warn(notes: Iterable[str]) -> None:
    """Warn whoever called our caller."""
    for note in notes:
        warnings.warn(note, UndefinedMetricWarning, stacklevel=3)


def slices_of(plan: Plan, partial: Partial, titles: Mapping[str, str]) -> dict[Any, Result]:
    """A result for each group; a metric that refuses the rows of one is NaN there, with a note.

    Parameters
    ----------
    titles : the user's names of the columns
    """
    slices = {}
    # NaN is a value, where it propagates: also of a group in which there is nothing else
    others = partial.rows.groups if plan.nan_policy == "propagate" else ()
    for label, n, states in plan.groups(partial.states, others):
        outcomes: dict[str, Outcome] = {}
        rows = partial.rows.of_group(label, n).renamed(titles)
        for i, metric in enumerate(plan.metrics):
            try:
                outcome = plan.outcome(states, i)
            except InputError as error:
                reason = str(error).removeprefix(f"{metric.name}: ")  # which notes begin with
                outcome = Outcome(float("nan"), undefined=reason)
            outcomes[str(metric.name)] = outcome
        outcomes = _propagated(plan, outcomes, rows)
        paired = list(zip(plan.reductions, states, strict=True))
        slices[label] = result_of(outcomes, rows, paired, plan)
    return slices


def notes_of(slices: Mapping[Any, Result]) -> tuple[str, ...]:
    """The notes of all groups, each once with the groups that it is of."""
    groups: dict[str, list[str]] = {}
    for label, result in slices.items():
        for note in result.notes:
            groups.setdefault(note, []).append(str(label))
    return tuple(
        f"{note} (in {len(labels):,} of {len(slices):,} groups: {', '.join(labels[:6])}"
        f"{', ...' if len(labels) > 6 else ''})"
        for note, labels in groups.items()
    )
