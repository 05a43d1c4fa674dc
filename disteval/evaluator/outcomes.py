"""From merged states to a result: the value of each metric, and what must be said about it."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from itertools import filterfalse
from typing import Any

import numpy as np

from disteval.engine import Partial, Plan, RowCounts
from disteval.errors import ArgumentError, DistevalWarning, InputError, UndefinedMetricWarning
from disteval.metrics import aliases
from disteval.protocol import Outcome, Value
from disteval.result import Result

_NOT_EXACT = ": not exact"


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
    """The result of outcomes by the names of their metrics."""
    notes = (*undefined(outcomes), *said(outcomes), *_not_exact(outcomes), *notes)
    outcomes = _separate(outcomes)
    return Result(
        {name: outcome.value for name, outcome in outcomes.items()},
        rows,
        tuple(states),
        {name: outcome.labels for name, outcome in outcomes.items() if outcome.labels},
        {name: outcome.rule for name, outcome in outcomes.items() if outcome.rule},
        notes,
        passes,
        aliases(),
        metrics=plan.metrics if plan is not None else (),
        by=by,
        slices=slices or {},
        details_={name: dict(o.details) for name, o in outcomes.items() if o.details},
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
    return Outcome(_nan_like(outcome), outcome.labels, "", outcome.rule, several=outcome.several)


def _nan_like(outcome: Outcome) -> Value:
    value = outcome.value
    if outcome.several and isinstance(value, Mapping):
        return {name: _nan_like(Outcome(part)) for name, part in value.items()}
    return np.full(value.shape, np.nan) if isinstance(value, np.ndarray) else float("nan")


def undefined(outcomes: Mapping[str, Outcome]) -> tuple[str, ...]:
    """Why metrics are not defined, where they are not."""
    return tuple(f"{name}: {o.undefined}" for name, o in outcomes.items() if o.undefined)


def said(outcomes: Mapping[str, Outcome]) -> tuple[str, ...]:
    """What else must be said of metrics."""
    return tuple(f"{name}: {o.note}" for name, o in outcomes.items() if o.note)


def _not_exact(outcomes: Mapping[str, Outcome]) -> tuple[str, ...]:
    """Which values are not exact because another form was asked for: seen, but not warned of."""
    return tuple(
        f"{name}{_NOT_EXACT}" for name, o in outcomes.items() if o.details.get("exact") is False
    )


def warn(undefined: Iterable[str], others: Iterable[str] = ()) -> None:
    """Warn whoever called our caller."""
    for note in undefined:
        warnings.warn(note, UndefinedMetricWarning, stacklevel=3)
    for note in others:
        warnings.warn(note, DistevalWarning, stacklevel=3)


def _separate(outcomes: dict[str, Outcome]) -> dict[str, Outcome]:
    """The outcomes by the names of the results: a metric may have several, each of its name."""
    if not any(outcome.several for outcome in outcomes.values()):
        return outcomes
    found: dict[str, tuple[str, Outcome]] = {}
    for metric, outcome in outcomes.items():
        parts = {metric: outcome}
        if outcome.several and isinstance(outcome.value, Mapping):
            parts = {name: replace(outcome, value=v) for name, v in outcome.value.items()}
        for name, part in parts.items():
            other, _ = found.setdefault(name, (metric, part))
            if other != metric:
                msg = (
                    f"expected results of different names, got {name!r} from {other} and from "
                    f"{metric}; rename one of them"
                )
                raise ArgumentError(msg)
    return {name: outcome for name, (_, outcome) in found.items()}


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


def notes_of(slices: Mapping[Any, Result], but: Collection[str] = ()) -> tuple[str, ...]:
    """The notes of all groups, each once with the groups that it is of.

    Parameters
    ----------
    but : notes of all rows together, which need not be said again
    """
    groups: dict[str, list[str]] = {}
    for label, result in slices.items():
        for note in filterfalse(but.__contains__, result.notes):
            if note.endswith(_NOT_EXACT):  # as asked for, and the same of all rows
                continue
            groups.setdefault(note, []).append(str(label))
    return tuple(
        f"{note} (in {len(labels):,} of {len(slices):,} groups: {', '.join(labels[:6])}"
        f"{', ...' if len(labels) > 6 else ''})"
        for note, labels in groups.items()
    )
