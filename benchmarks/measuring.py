"""Measuring: interleaved medians, anonymous memory, cold starts, and how figures are shown.

A benchmark is a module with a `QUESTION` and `measure(settings) -> Report`. Most hold a
*contest*: contestants that compute the same values, called in turns, so that what disturbs the
machine disturbs all of them.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

import numpy as np

Role = Literal["disteval", "floor", "peer", "other"]

MB = 1e6


@dataclass(frozen=True)
class Settings:
    """What was asked for on the command line.

    Parameters
    ----------
    folder : where generated files are kept
    scale : factor on each benchmark's rows
    rounds : how often each contestant runs
    tiny : a few rows and one round, to test the benchmarks themselves
    peer_rows : the most rows that other libraries are given where that may take long; None: all
    """

    folder: Path
    scale: float = 1.0
    rounds: int = 9
    tiny: bool = False
    peer_rows: float | None = None

    def rows(self, full: int, tiny: int = 20_000) -> int:
        """How many rows a benchmark of `full` rows takes."""
        return tiny if self.tiny else max(int(full * self.scale), 1)

    def turns(self, most: int | None = None) -> int:
        """How many rounds a benchmark takes that can afford `most`."""
        return 1 if self.tiny else min(self.rounds, most or self.rounds)


@dataclass(frozen=True)
class Contestant:
    """One way to compute the values.

    Parameters
    ----------
    name : shown in the table
    run : returns the values, which all contestants must agree on
    rows : of one run
    role : "disteval", "floor" (what the hardware allows), "peer" (another library), "other"
    group : contestants of one group are compared with each other
    """

    name: str
    run: Callable[[], Any]
    rows: int
    role: Role = "disteval"
    group: str = ""


class Lap(NamedTuple):
    """One timed run: seconds on the clock, and seconds of this process's processor time."""

    clock: float
    processor: float


@dataclass(frozen=True)
class Figure:
    """What was measured of one contestant: the lap of each round, bytes, seconds when cold.

    Rows are 0 where there is no such thing.
    """

    name: str
    role: Role
    rows: int
    laps: tuple[Lap, ...]
    peak: int | None = None
    cold: float | None = None
    cold_peak: int | None = None
    group: str = ""

    @property
    def median(self) -> float:
        """Median seconds."""
        return statistics.median(lap.clock for lap in self.laps)

    @property
    def per_row(self) -> float:
        """Nanoseconds a row."""
        return self.median / self.rows * 1e9 if self.rows else 0.0

    @property
    def processor_per_row(self) -> float:
        """Nanoseconds of processor time a row, over all threads: neighbours disturb it less."""
        used = statistics.median(lap.processor for lap in self.laps)
        return used / self.rows * 1e9 if self.rows else 0.0


@dataclass(frozen=True)
class Target:
    """A promise, the figure, and the most that it may be."""

    promise: str
    value: float
    limit: float
    unit: str = ""

    @property
    def met(self) -> bool:
        """Whether the promise holds."""
        return self.value <= self.limit


@dataclass(frozen=True)
class Report:
    """Figures and targets of one benchmark."""

    figures: tuple[Figure, ...]
    targets: tuple[Target, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def __getitem__(self, name: str) -> Figure:
        return next(figure for figure in self.figures if figure.name == name)

    def per_row(self, role: Role, group: str = "") -> float | None:
        """Nanoseconds a row of the fastest contestant in this role; None where there is none."""
        found = [f.per_row for f in self.figures if f.role == role and f.group == group]
        return min(found, default=None)

    def ratio(self, name: str, role: Role) -> float:
        """Time a row of a contestant over that of the fastest in a role."""
        figure = self[name]
        other = self.per_row(role, figure.group)
        assert other is not None
        return figure.per_row / other


def threads() -> int:
    """How many threads every contestant may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


# --- time ------------------------------------------------------------------------------------


def interleaved(runs: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, tuple[Lap, ...]]:
    """The laps of each run, called in turns."""
    laps: dict[str, list[Lap]] = {name: [] for name in runs}
    order = list(runs)
    for turn in range(rounds):
        # each starts a round in turn: a neighbour's caches are nobody's advantage
        shift = turn % len(order)
        for name in order[shift:] + order[:shift]:
            start = Lap(time.perf_counter(), time.process_time())
            runs[name]()
            stop = Lap(time.perf_counter(), time.process_time())
            laps[name].append(Lap(stop.clock - start.clock, stop.processor - start.processor))
    return {name: tuple(values) for name, values in laps.items()}


# --- memory ----------------------------------------------------------------------------------


def anonymous_bytes() -> int | None:
    """Anonymous resident memory of this process; mapped files do not count. None off Linux."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return None
    for line in status.splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return None


class Peak:
    """The most anonymous memory while the context lasts, above what it was at the start.

    Parameters
    ----------
    interval : seconds between two looks
    """

    def __init__(self, interval: float = 0.002) -> None:
        self._interval = interval
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._most = 0
        self.base = anonymous_bytes()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._look()

    @property
    def above(self) -> int | None:
        """Bytes above the start."""
        return None if self.base is None else max(self._most - self.base, 0)

    def _watch(self) -> None:
        while not self._stop.wait(self._interval):
            self._look()

    def _look(self) -> None:
        self._most = max(self._most, anonymous_bytes() or 0)


# --- a fresh process -------------------------------------------------------------------------


def python(*arguments: str, environment: Mapping[str, str] | None = None) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[1],
        env=None if environment is None else {**os.environ, **environment},
    )
    if done.returncode:
        msg = f"{' '.join(arguments)} failed:\n{done.stderr}"
        raise RuntimeError(msg)
    return done.stdout


def cold(benchmark: str, contestant: str, settings: Settings) -> tuple[float, int | None]:
    """Seconds of import and first run in a fresh process, and its peak above `import disteval`."""
    options = ["--data", str(settings.folder), "--scale", repr(settings.scale)]
    options += ["--tiny"] if settings.tiny else []
    printed = python("-m", "benchmarks.cold", benchmark, contestant, *options)
    answer = json.loads(printed.splitlines()[-1])
    return answer["seconds"], answer["peak"]


# --- contests --------------------------------------------------------------------------------


def contest(
    benchmark: str,
    contestants: Sequence[Contestant],
    settings: Settings,
    rounds: int | None = None,
) -> Report:
    """Run the contestants in turns; then once each for memory, and disteval's once cold.

    Parameters
    ----------
    benchmark : the module's name, whose ``contestants(settings)`` a fresh process calls
    contestants : must return the same values, to about 1e-4
    settings : the command line's
    rounds : the most rounds that this contest can afford
    """
    groups: dict[str, dict[str, Any]] = {}
    peaks: dict[str, int | None] = {}
    for one in contestants:  # the first run warms up and is not timed
        with Peak() as peak:
            value = one.run()
        groups.setdefault(one.group, {})[one.name] = value
        peaks[one.name] = peak.above
    for group in groups.values():
        _check_agreement(group)
    for one in contestants:  # the second has what is kept between runs, such as compiled code
        if one.role == "disteval" and not settings.tiny:
            with Peak() as peak:
                one.run()
            peaks[one.name] = peak.above
    laps = interleaved({one.name: one.run for one in contestants}, settings.turns(rounds))
    figures = []
    for one in contestants:
        first, peak_bytes = None, None
        if one.role == "disteval":
            first, peak_bytes = cold(benchmark, one.name, settings)
        figures.append(Figure(
            one.name, one.role, one.rows, laps[one.name], peaks[one.name], first, peak_bytes,
            one.group,
        ))  # fmt: skip
    return Report(tuple(figures))


def _check_agreement(values: Mapping[str, Any]) -> None:
    names = list(values)
    for name in names[1:]:
        if not np.allclose(values[name], values[names[0]], rtol=1e-3):
            msg = f"{name} says {values[name]}, {names[0]} says {values[names[0]]}"
            raise AssertionError(msg)


def within(promise: str, value: float | None, limit: float, unit: str = "") -> tuple[Target, ...]:
    """The target, where there is a figure."""
    return () if value is None else (Target(promise, value, limit, unit),)


def memory_targets(report: Report, limit: int) -> tuple[Target, ...]:
    """One target for the peak of each of disteval's contestants, warm and cold."""
    peaks = [
        peak
        for figure in report.figures
        if figure.role == "disteval"
        for peak in (figure.peak, figure.cold_peak)
        if peak is not None
    ]
    most = max(peaks) / MB if peaks else None
    return within("peak anonymous memory above import", most, limit / MB, "MB")


# --- showing ---------------------------------------------------------------------------------

_HEAD = (
    "", "rows/s", "ns/row", "cpu ns", "median", "min-max", "peak MB", "cold", "cold MB", "x floor",
    "/ peer",
)  # fmt: skip


def table(report: Report) -> str:
    """The figures as aligned text.

    "x floor" is time a row over that of the fastest floor, "/ peer" the fastest peer's over it.
    """
    lines = [_HEAD]
    for figure in report.figures:
        low, high = min(figure.laps).clock, max(figure.laps).clock
        floor = report.per_row("floor", figure.group)
        peer = report.per_row("peer", figure.group)
        lines.append((
            figure.name,
            f"{figure.rows / figure.median:.3g}" if figure.rows else "",
            f"{figure.per_row:.3g}" if figure.rows else "",
            f"{figure.processor_per_row:.3g}" if figure.rows else "",
            _seconds(figure.median),
            f"{_seconds(low)}-{_seconds(high)}",
            _megabytes(figure.peak),
            "" if figure.cold is None else _seconds(figure.cold),
            _megabytes(figure.cold_peak),
            "" if floor is None else f"{figure.per_row / floor:.2f}",
            "" if peer is None else f"{peer / figure.per_row:.1f}",
        ))  # fmt: skip
    widths = [max(len(line[i]) for line in lines) for i in range(len(_HEAD))]
    shown = [
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
    return "\n".join(shown if report.figures else [])


def targets(report: Report) -> str:
    """The targets, one a line."""
    return "\n".join(
        f"  [{'met' if t.met else 'NOT MET'}] {t.promise}: {t.value:.3g} {t.unit}".rstrip()
        + f" (at most {t.limit:.3g})"
        for t in report.targets
    )


def _seconds(value: float) -> str:
    if value < 0.1:
        return f"{value * 1e3:.2f}ms"
    return f"{value:.3f}s" if value < 10 else f"{value:.1f}s"


def _megabytes(size: int | None) -> str:
    return "" if size is None else f"{size / MB:.0f}"
