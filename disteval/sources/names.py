"""Names of columns that are not there, answered with the nearest that is."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from disteval.errors import UnknownNameError

_SHOWN = 20


def no_column(lead: str, name: str, known: Iterable[Any], listed: str) -> UnknownNameError:
    """The error to raise: what is missing, what there is, and what may have been meant.

    Parameters
    ----------
    lead : what is missing, as a sentence
    name : asked for
    known : names that there are
    listed : what comes before their list
    """
    there = [str(column) for column in known]
    near = difflib.get_close_matches(name, there, 3)
    hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
    more = f" and {len(there) - _SHOWN} more" if len(there) > _SHOWN else ""
    shown = ", ".join(there[:_SHOWN]) or "none"
    return UnknownNameError(f"{lead}; {listed} {shown}{more}{hint}")
