"""Budgets of memory as users write them."""

from __future__ import annotations

from disteval.errors import ArgumentError
from disteval.reductions.scores.scratch import BUDGET

LEAST = 1 << 16


def bytes_of(budget: int | str | None) -> int:
    """Bytes of a budget such as 2_000_000, "64 MiB" or "2GB"; of None the default.

    Examples
    --------
    >>> bytes_of("64 MiB")
    67108864
    """
    from dask.utils import parse_bytes

    if budget is None:
        return BUDGET
    try:
        found = int(parse_bytes(budget))
    except (ValueError, TypeError, AttributeError):
        found = -1
    if isinstance(budget, bool) or found < LEAST:
        msg = (
            f"expected memory_budget to be bytes of at least {LEAST}, or a text such as '64 MiB', "
            f"got {budget!r}"
        )
        raise ArgumentError(msg)
    return found
