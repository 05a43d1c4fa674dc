"""Row accounting: seen, used and dropped, and what one span returns."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from disteval.protocol import Origin


@dataclass(frozen=True)
class RowCounts:
    """Rows seen, and rows dropped by column and reason. No row is counted twice.

    Parameters
    ----------
    seen : rows read
    dropped : rows left out, by "column: reason" or "column and column: reason"
    first : where the first such row came from
    """

    seen: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict)
    first: Origin | None = None

    @property
    def used(self) -> int:
        """Rows that went into the states."""
        return self.seen - sum(self.dropped.values())

    def renamed(self, titles: Mapping[str, str]) -> RowCounts:
        """The same account under the user's names of the columns."""
        dropped = {}
        for why, rows in self.dropped.items():
            names, _, reason = why.rpartition(": ")
            named = " and ".join(titles.get(name, name) for name in names.split(" and "))
            dropped[f"{named}: {reason}"] = rows
        return RowCounts(self.seen, dropped, self.first)

    def __add__(self, other: RowCounts) -> RowCounts:
        if not other.dropped:  # nearly always
            return RowCounts(self.seen + other.seen, self.dropped, self.first)
        reasons = sorted({*self.dropped, *other.dropped})
        dropped = {r: self.dropped.get(r, 0) + other.dropped.get(r, 0) for r in reasons}
        firsts = [origin for origin in (self.first, other.first) if origin is not None]
        return RowCounts(self.seen + other.seen, dropped, min(firsts, default=None))


@dataclass(frozen=True)
class Partial:
    """What a span returns, and a merge of spans: one state per reduction, and the rows."""

    states: tuple[Any, ...]
    rows: RowCounts

    def __sizeof__(self) -> int:
        return 64 + sum(sys.getsizeof(state) for state in self.states)
