"""Row accounting: seen, used and dropped, and what one span returns."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from disteval.protocol import Origin
from disteval.reductions.keyed import check_groups


@dataclass(frozen=True)
class RowCounts:
    """Rows seen, and rows dropped by column and reason. No row is counted twice.

    Parameters
    ----------
    seen : rows read
    dropped : rows left out, by "column: reason" or "column and column: reason"
    first : where the first such row came from
    groups : the dropped rows of each group, by reason, where the plan is sliced
    """

    seen: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict)
    first: Origin | None = None
    groups: Mapping[Any, Mapping[str, int]] = field(default_factory=dict, repr=False)

    @property
    def used(self) -> int:
        """Rows that went into the states."""
        return self.seen - sum(self.dropped.values())

    def of_group(self, label: Any, used: int) -> RowCounts:
        """The account of a group of which so many rows were used."""
        dropped = self.groups.get(label, {})
        return RowCounts(used + sum(dropped.values()), dropped)

    def renamed(self, titles: Mapping[str, str]) -> RowCounts:
        """The same account, but for that of groups, under the user's names of the columns."""
        dropped: dict[str, int] = {}
        for why, rows in self.dropped.items():
            names, _, reason = why.rpartition(": ")
            named = " and ".join(titles.get(name, name) for name in names.split(" and "))
            dropped = _added(dropped, {f"{named}: {reason}": rows})
        return RowCounts(self.seen, dropped, self.first)

    def __add__(self, other: RowCounts) -> RowCounts:
        seen = self.seen + other.seen
        if not other.dropped:  # nearly always
            return RowCounts(seen, self.dropped, self.first, self.groups)
        dropped = _added(self.dropped, other.dropped)
        groups = dict(self.groups)
        for label, lost in other.groups.items():
            groups[label] = _added(groups.get(label, {}), lost)
        check_groups(len(groups))
        firsts = [origin for origin in (self.first, other.first) if origin is not None]
        return RowCounts(seen, dropped, min(firsts), groups)


def _added(a: Mapping[str, int], b: Mapping[str, int]) -> dict[str, int]:
    """Rows by reason, in the order of the reasons."""
    return {why: a.get(why, 0) + b.get(why, 0) for why in sorted({*a, *b})}


@dataclass(frozen=True)
class Partial:
    """What a span returns, and a merge of spans: one state per reduction, and the rows."""

    states: tuple[Any, ...]
    rows: RowCounts

    def __sizeof__(self) -> int:
        return 64 + sum(sys.getsizeof(state) for state in self.states)
