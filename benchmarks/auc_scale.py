"""The exact area under the ROC curve of as many rows as a disk holds, in bounded memory.

Each case runs in a process of its own: `python -m benchmarks.auc_scale CASE`, a case as JSON, and
reads files that are not in the page cache, as most of a thousand million rows never are. At full
size the folder needs 24 GB, and 30 GB more for scratch files while it runs.
"""

from __future__ import annotations

import functools
import json
import os
import re
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import auc, data
from benchmarks.measuring import (
    MB,
    Figure,
    Lap,
    Peak,
    Report,
    Role,
    Settings,
    Target,
    interleaved,
    python,
)

QUESTION = "exact AUC of 1,000,000,000 scores in .npy shards: time, memory and scratch files"
ROWS = 1_000_000_000
SHARDS = 100
SIZES = (1, 10, 100)
"""Shards that are read: a hundredth of the rows, a tenth, all."""
MOST_ROUNDS = 3
MOST_BYTES = 4 << 30
BUDGET = 64 << 20  # of a tenth of the rows

DISTRIBUTIONS: dict[str, Callable[[Any, int, int], tuple[Any, Any]]] = {
    "N(-3,1.5)": lambda g, _, n: data.sigmoids(g, n, -3, 1.5),
    "N(0,9)": lambda g, _, n: data.sigmoids(g, n, 0, 9),
    "float64": lambda g, first, n: data.distinct(g, first, n, -3, 1.5),
    "float16": lambda g, _, n: _halved(*data.sigmoids(g, n, -3, 1.5)),
}


def _halved(y: Any, p: Any) -> tuple[Any, Any]:
    return y, p.astype(np.float16)


@dataclass(frozen=True)
class Case:
    """What is measured in a process.

    Parameters
    ----------
    name : shown in the table
    labels, scores : files
    rows : of all of them
    scratch : folder for scratch files
    rounds : runs that are timed
    budget : bytes of memory for scores; 0: the default
    query : of `auc.queries`; "": disteval
    digest : whether that is asked for too, after the clock has stopped
    cached : whether the files are read once before the clock starts
    """

    name: str
    labels: list[str]
    scores: list[str]
    rows: int
    scratch: str
    rounds: int
    budget: int = 0
    query: str = ""
    digest: bool = False
    cached: bool = False


@dataclass(frozen=True)
class Found:
    """What a process tells: seconds until it was ready, the laps, bytes, the value and digest.

    Bytes are those of memory, of scratch files and of the states.
    """

    ready: float
    laps: list[Lap]
    peak: int
    scratch: int
    states: int
    value: float
    digest: str = ""


def measure(settings: Settings) -> Report:
    cases = list(_cases(settings))
    figures, found, notes = [], {}, []
    for case in cases:
        try:
            found[case.name] = one = measured(case, settings)
        except (RuntimeError, MemoryError) as error:
            if not case.query:
                raise
            notes.append(f"{case.name}: failed ({str(error).strip().splitlines()[-1][:100]})")
            continue
        role: Role = "peer" if case.query else "disteval"
        group = case.name.partition(", ")[2]
        laps = tuple(Lap(*lap) for lap in one.laps)
        figures.append(Figure(case.name, role, case.rows, laps, one.peak or None, group=group))
        if case.query and abs(one.value - found[f"disteval, {group}"].value) > 1e-6:
            notes.append(f"{case.name}: {one.value} is another value")
    report = Report(tuple(figures))
    ready = max(one.ready for one in found.values())
    notes.append(f"start-up, which is not counted: at most {ready:.2f} s a process")
    return replace(report, targets=tuple(_targets(report, found, settings)), notes=tuple(notes))


def _cases(settings: Settings) -> Iterator[Case]:
    """From small to large, ours before the others'."""
    each = max(settings.rows(ROWS, 2_000) // SHARDS, 20)

    def case(program: str, kind: str, count: int, title: str = "", **options: Any) -> Case:
        name = f"{program}, {kind}, {title or _rows(count * each)}"
        # a tenth of all shards is made apart where no more of them are read
        made = SHARDS if kind != "float16" else count
        name_of_folder = re.sub(r"[(),]+", "_", f"scores_{kind}").strip("_")
        paths = data.shards(settings.folder, name_of_folder, made, each, DISTRIBUTIONS[kind])
        labels, scores = ([str(path.resolve()) for path in column[:count]] for column in paths)
        rounds = settings.turns(MOST_ROUNDS)
        given = {"rounds": rounds} | options
        scratch = str(settings.folder.resolve())
        return Case(name, labels, scores, count * each, scratch, **given)

    for kind in ("N(-3,1.5)", "N(0,9)"):
        for count in SIZES:
            own = count == SIZES[1]
            yield case("disteval", kind, count, digest=own)
            if settings.peer_rows is None or count * each <= settings.peer_rows:
                for query in auc.queries():
                    yield case(query, kind, count, query=query, rounds=1)
        budget = max(int(BUDGET * settings.scale), 1 << 20)
        title = f"{_rows(SIZES[1] * each)} in {budget / MB:.3g} MB"
        yield case("disteval", kind, SIZES[1], title, budget=budget, digest=True)
    yield case("disteval", "float16", SIZES[1], cached=True)
    yield case("disteval", "float64", SIZES[2], rounds=1)


def _rows(number: int) -> str:
    return f"{number:.0e}".replace("e+0", "e")


def _targets(report: Report, found: dict[str, Found], settings: Settings) -> Iterator[Target]:
    own = [figure for figure in report.figures if figure.role == "disteval"]
    scale = 1.0 if settings.tiny else settings.scale
    for kind, seconds in (("N(-3,1.5)", 60), ("N(0,9)", 60), ("float64", 600)):
        largest = max((f for f in own if kind in f.name), key=lambda f: f.rows)
        yield Target(f"seconds, {largest.name}", largest.median, seconds * scale, "s")
    peak = max(figure.peak or 0 for figure in own)
    yield Target("peak anonymous memory of a process", peak / MB, MOST_BYTES / MB, "MB")
    for kind in ("N(-3,1.5)", "N(0,9)"):
        of_kind = [f for f in own if kind in f.name and " MB" not in f.name]
        times = [figure.per_row for figure in of_kind]
        yield Target(f"largest over smallest ns/row, {kind}", max(times) / min(times), 1.5)
        (free, small) = (f for n, f in found.items() if kind in n and f.digest)
        differ = (free.value, free.digest) != (small.value, small.digest)
        yield Target(f"bits that differ in a small budget, {kind}", float(differ), 0.0)
    half, double = (next(f for f in own if kind in f.name) for kind in ("float16", "float64"))
    yield Target("16-bit scores, ns/row/core", half.processor_per_row, 4.0, "ns")
    yield Target("16-bit scores, MiB of state", found[half.name].states / (1 << 20), 1.0, "MiB")
    scratch = found[double.name].scratch / double.rows
    yield Target("scratch bytes a row, float64", scratch, 12.0, "B")


# --- one case, in this process or in one of its own ---------------------------------------------


def measured(case: Case, settings: Settings) -> Found:
    """Run it in a process of its own; tiny ones here."""
    if settings.tiny:
        return _run(case, time.perf_counter())
    environment = {"DISTEVAL_SCRATCH": case.scratch, "POLARS_TEMP_DIR": case.scratch}
    printed = python(
        "-m", "benchmarks.auc_scale", json.dumps(asdict(case)), environment=environment
    )
    return Found(**json.loads(printed.splitlines()[-1]))


def _run(case: Case, start: float) -> Found:
    run = functools.partial(_other if case.query else _own, case)
    run(some=True)  # compiled code comes from its cache
    ready = time.perf_counter() - start
    answers: list[Any] = []
    with _watched(case.scratch) as scratch, Peak(0.01) as peak:
        laps: list[Lap] = []
        if case.cached:
            run()
        for _ in range(case.rounds):
            if not case.cached:
                _forget(*case.labels, *case.scores)
            laps += interleaved({"": lambda: answers.append(run())}, 1)[""]
    most = (peak.base or 0) + (peak.above or 0)
    filed, answer = max(scratch, default=0), answers[-1]
    if case.query:
        return Found(ready, list(laps), most, filed, 0, answer)
    states = sum(sys.getsizeof(state) for _, state in answer.states)
    digest = answer.digest if case.digest else ""
    return Found(ready, list(laps), most, filed, states, float(answer["auc"]), digest)


def _forget(*paths: str) -> None:
    """Have files read from their disk again: few of all sizes fit into the page cache."""
    for path in paths if hasattr(os, "posix_fadvise") else ():
        with Path(path).open("rb") as file:
            os.fdatasync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _own(case: Case, *, some: bool = False) -> Any:
    import disteval

    y, p = (list(map(Path, paths)) for paths in (case.labels, case.scores))
    if some:
        first = [np.load(column[0], mmap_mode="r")[:50_000] for column in (y, p)]
        return disteval.evaluate(first[0], first[1], ["auc"])
    return disteval.evaluate(y, p, ["auc"], memory_budget=case.budget or None)


def _other(case: Case, *, some: bool = False) -> float:
    """A query; it gets the rows in memory, and reading them is counted too."""
    query = auc.queries()[case.query]
    if some:
        return query(*(np.load(paths[0])[:50_000] for paths in (case.labels, case.scores)))
    columns = [np.concatenate(list(map(np.load, paths))) for paths in (case.labels, case.scores)]
    return query(*columns)


@contextmanager
def _watched(folder: str) -> Iterator[list[int]]:
    """Bytes on disk of files without a name in the folder, looked at now and then."""
    seen: list[int] = []
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.1):
            seen.append(_unnamed_bytes(folder))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()


def _unnamed_bytes(folder: str) -> int:
    sizes: dict[tuple[int, int], int] = {}  # a mapped file is open twice
    try:
        open_files = list(Path("/proc/self/fd").iterdir())
    except OSError:
        return 0  # not Linux
    for link in open_files:
        try:
            target = str(link.readlink())
            if target.startswith(folder) and target.endswith(" (deleted)"):
                found = link.stat()
                sizes[found.st_dev, found.st_ino] = found.st_blocks * 512
        except OSError:
            continue  # closed meanwhile
    return sum(sizes.values())


def _limit_memory() -> None:
    """A query that takes too much ends itself, not the machine."""
    free = next(
        int(line.split()[1]) << 10
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        if line.startswith("MemAvailable:")
    )
    resource.setrlimit(resource.RLIMIT_DATA, (free * 9 // 10, -1))


if __name__ == "__main__":
    _START = time.perf_counter()
    _CASE = Case(**json.loads(sys.argv[1]))
    if _CASE.query and sys.platform == "linux":
        os.chdir(_CASE.scratch)  # where DuckDB keeps what memory does not hold
        _limit_memory()
    print(json.dumps(asdict(_run(_CASE, _START))))
