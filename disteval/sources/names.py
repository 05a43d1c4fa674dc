"""Names of columns: one or several side by side, and the answer to those that are not there."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

from disteval.errors import InputError, UnknownNameError

_SHOWN = 20


def as_names(given: str | Sequence[str]) -> tuple[str, ...]:
    """One name or several as several."""
    return (given,) if isinstance(given, str) else tuple(given)


def names_of(given: Any) -> tuple[str, ...] | None:
    """The names in what was given for a role; None where it is no name of a column."""
    if isinstance(given, str):
        return (given,)
    several = isinstance(given, list | tuple) and bool(given)
    return tuple(given) if several and all(isinstance(name, str) for name in given) else None


def check_names(
    names: Iterable[str], known: Iterable[Any], listed: str = "the columns are", where: str = "",
    lead: str = "there is no column",
) -> None:  # fmt: skip
    """Refuse names that are not there, with the nearest that are; and those that are there twice.

    Parameters
    ----------
    names : asked for
    known : names that there are
    listed : what comes before their list
    where : they are, such as " in 'preds.csv'"
    lead : what comes before a name that is not there
    """
    there = list(known)
    for name in names:
        count = there.count(name)
        if not count:
            msg = f"{lead} {name!r}{where}; {listed} {_shown(there)}{_meant(name, there)}"
            raise UnknownNameError(msg)
        if count > 1:
            msg = (
                f"expected one column {name!r}{where}, got {count} of that name; rename all but one"
            )
            raise InputError(msg)


def _shown(there: Sequence[Any]) -> str:
    more = f" and {len(there) - _SHOWN} more" if len(there) > _SHOWN else ""
    return (", ".join(map(str, there[:_SHOWN])) or "none") + more


def _meant(name: str, there: Sequence[Any]) -> str:
    """What may have been meant: a name like this one, or what only looks the same."""
    same = next((label for label in there if str(label) == name), None)
    if same is not None:
        kind = type(same).__name__
        return (
            f"; columns are named by strings, and {name} is of type {kind} there: rename it (by "
            ".rename(columns=str) where it is pandas')"
        )
    near = difflib.get_close_matches(name, map(str, there), 3)
    return f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
