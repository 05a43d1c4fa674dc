"""How far a run is: rows, share, time and the values so far, in words.

A line reads ``34% 12.3M/36M rows - 41s - accuracy: 0.9312``. As in Keras, the time is what is
left; where nobody knows how many rows there are, it is ``12.3M rows - 41s - accuracy: 0.9312``,
and the time is what has passed. Where rows are not known but there are many spans, the share is
that of the spans.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from disteval.engine.plan import Plan, States
from disteval.engine.progress import COST, Board, Report, merged

MANY_SPANS = 20  # so many tell a share where rows do not
PACE_SECONDS = 30.0  # the pace is that of the last so many
PACE_AFTER = 1.0  # and is not known before


@dataclass(frozen=True)
class Standing:
    """How far a run is.

    Parameters
    ----------
    rows, dropped, total : rows seen and left out so far, and in all (None: not known)
    share : of the whole that is done, 0 to 1; None: not known
    passed, left : seconds
    speed : rows a second
    values : of metrics by name, as text
    number : of the pass
    """

    rows: int = 0
    dropped: int = 0
    total: int | None = None
    share: float | None = None
    passed: float = 0.0
    left: float | None = None
    speed: float | None = None
    values: tuple[str, ...] = ()
    number: int = 1

    @property
    def counted(self) -> str:
        """Pass, share and rows."""
        words = [] if self.number == 1 else [f"pass {self.number}:"]
        if self.share is not None:
            words.append(f"{math.floor(100 * self.share + 1e-9)}%")
        total = "" if self.total is None else f"/{short(self.total)}"
        dropped = f" ({short(self.dropped)} dropped)" if self.dropped else ""
        return " ".join([*words, f"{short(self.rows)}{total} rows{dropped}"])

    @property
    def line(self) -> str:
        """All in one line."""
        seconds = self.passed if self.share is None else self.left
        timed = [] if seconds is None else [clock(seconds)]
        return " - ".join([self.counted, *timed, *self.values])

    @property
    def done(self) -> str:
        """The last line."""
        return " - ".join([f"{self.counted} in {clock(self.passed)}", *self.values])

    @property
    def interrupted(self) -> str:
        """The last line where there will be no result."""
        after = f"interrupted after {clock(self.passed)}"
        return " - ".join([after, self.counted, *self.values])

    @property
    def numbers(self) -> str:
        """What stands beside a bar."""
        words = [self.counted]
        if self.speed is not None:
            words.append(f"{short(round(self.speed))}/s")
        if self.left is not None:
            words.append(f"{clock(self.left)} left")
        elif self.share is None:
            words.append(clock(self.passed))
        return "  ".join(words)


class Course:
    """How far a run is, as often as somebody looks.

    Parameters
    ----------
    plan, board : of the run
    total : rows in all, where known
    number : of the pass
    """

    def __init__(self, plan: Plan, board: Board, total: int | None, number: int) -> None:
        self.spans = 0
        """How many there are; known once the graph is."""
        self.began = time.monotonic()
        self._plan, self._board, self._total, self._number = plan, board, total, number
        self._samples: deque[tuple[float, int, float | None]] = deque()
        self._standing = Standing()
        self._next = 0.0

    def look(self, *, anew: bool = False) -> Standing:
        """Add up what was told.

        Parameters
        ----------
        anew : bool
            False: what was found last will do where adding up costs too much of the time.
        """
        began = time.monotonic()
        if anew or began >= self._next:
            self._standing = self._stands(self.sample())
            self._next = began + COST * (time.monotonic() - began)
        return self._standing

    def sample(self) -> list[Report]:
        """Note the rows of now, from which the pace is known later."""
        reports = self._board.reports()
        now, rows = time.monotonic(), sum(report.seen for report in reports)
        share = None
        if self._total:
            share = min(rows / self._total, 1.0)
        elif self._total is None and self.spans >= MANY_SPANS:
            share = sum(self._board.spans(report, self.spans) for report in reports) / self.spans
        self._samples.append((now, rows, share))
        while self._samples[0][0] < now - PACE_SECONDS:
            self._samples.popleft()
        return reports

    def _stands(self, reports: list[Report]) -> Standing:
        now, rows, share = self._samples[-1]
        then, rows_then, share_then = self._samples[0]
        seconds = now - then
        gained = (share or 0.0) - (share_then or 0.0)
        known = seconds >= PACE_AFTER and rows > rows_then
        return Standing(
            rows,
            sum(report.dropped for report in reports),
            self._total,
            share,
            now - self.began,
            (1.0 - share) * seconds / gained
            if known and share is not None and gained > 0
            else None,
            (rows - rows_then) / seconds if known else None,
            values(self._plan, reports),
            self._number,
        )


def values(plan: Plan, reports: Sequence[Report]) -> tuple[str, ...]:
    """The values that are one number, from small states, as text."""
    if plan.nan_policy == "propagate" and any(report.dropped for report in reports):
        return ()
    try:
        states = merged(plan, reports)
        if plan.by is not None:
            states = () if states[0] is None else plan.total(states)
    except Exception:  # noqa: BLE001  (what fails here fails in the run too, and is raised there)
        return ()
    numbers = [(metric.name, _number(plan, states, i)) for i, metric in enumerate(plan.metrics)]
    return tuple(f"{_printable(name)}: {figure(n)}" for name, n in numbers if n is not None)


def _number(plan: Plan, states: States, i: int) -> float | None:
    """The value of metric i; None where it is not one number, or not defined for these rows."""
    try:
        if any(state is None for state in plan.states_of(states, i)):
            return None
        outcome = plan.outcome(states, i)
    except Exception:  # noqa: BLE001  (the same)
        return None
    value = outcome.value
    if outcome.undefined or not isinstance(value, int | float | np.number):
        return None
    number = float(value) if isinstance(value, float | np.floating) else int(value)
    return None if math.isnan(number) else number


def short(n: int) -> str:
    """A number of rows in three digits.

    Examples
    --------
    >>> short(999), short(12_345), short(999_999), short(36_000_000), short(10**14)
    ('999', '12.3k', '1M', '36M', '100T')
    """
    if n < 1000:
        return str(n)
    size, text, unit = float(n), "", ""
    for unit in "kMBT":
        size /= 1000
        text = f"{size:.3g}"
        if float(text) < 1000:
            return text + unit
    return f"{size:,.0f}{unit}"


def clock(seconds: float) -> str:
    """Seconds, minutes and hours, rounded up.

    Examples
    --------
    >>> clock(40.2), clock(125), clock(3725)
    ('41s', '2:05', '1:02:05')
    """
    whole = math.ceil(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02}:{rest:02}"
    return f"{minutes}:{rest:02}" if minutes else f"{rest}s"


def figure(value: float) -> str:
    """A value in four decimals, or four digits where those would not do.

    Examples
    --------
    >>> figure(0.93117), figure(0), figure(123), figure(1.5e-7), figure(123456.0)
    ('0.9312', '0', '123', '1.5e-07', '1.235e+05')
    """
    if isinstance(value, int):
        return str(value)
    return f"{value:.4f}" if value == 0 or 1e-3 <= abs(value) < 1e4 else f"{value:.4g}"


def _printable(name: object) -> str:
    return "".join(c if c.isprintable() else "?" for c in str(name))
