"""Progress: what is told, what is shown, and that nothing of it changes a result or outlives it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from distributed import Client
from hypothesis import given, settings

import disteval
from disteval.engine import Partial, Plan, progress, run, standing, watching
from disteval.engine.progress import Board, Report
from disteval.engine.rows import RowCounts
from disteval.engine.standing import Standing
from disteval.errors import ArgumentError
from disteval.metrics import as_metrics
from disteval.metrics.rows import Labels
from disteval.protocol import BY, Column, Metric, Outcome, Piece, Schema
from disteval.sources import open_source
from tests import strategies
from tests.conftest import ROOT, run_script

METRICS = ["mse", "mae"]
LINE = re.compile(
    r"(?P<share>\d+)% (?P<rows>[\d.]+[kM]?)/(?P<total>[\d.]+[kM]?) rows"
    r"( - \d+s)?( - mean_squared_error: [\d.]+ - mean_absolute_error: [\d.]+)?"
)


@dataclass(frozen=True)
class Slow:
    """A source that takes its time: every piece a span, read in blocks of 5,000 rows."""

    n: int
    blocks: int = 5
    seconds: float = 0.01
    known: bool = True
    nan_in: tuple[int, int] | None = None
    replayable: bool = True
    schema: ClassVar[Schema] = Schema(
        (("y_true", Column(np.dtype("f8"))), ("y_pred", Column(np.dtype("f8"))))
    )

    @property
    def rows(self) -> int:
        return self.n * self.blocks * 5_000

    def pieces(self) -> Sequence[Piece]:
        rows = self.blocks * 5_000 if self.known else None
        return [Piece(rows, 1 << 30, str(i)) for i in range(self.n)]

    def read(
        self, piece: int, columns: Sequence[str], rows: slice | None = None
    ) -> Iterator[Mapping[str, Any]]:
        assert rows is None
        for block in range(self.blocks):
            time.sleep(self.seconds)
            values = np.full(5_000, float(piece + block))
            if (piece, block) == self.nan_in:
                values[7] = np.nan
            yield {name: values if name == "y_true" else np.ones(5_000) for name in columns}

    def restrict(self, pieces: slice) -> Slow:  # noqa: ARG002
        return self


def plan_of(source: Any, metrics: Any = METRICS, **options: Any) -> Plan:
    return Plan.build(as_metrics(metrics), source.schema, **options)


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tell after every block, and show at once what is told."""
    monkeypatch.setattr(progress, "TELL_HERE_SECONDS", 0.0)
    monkeypatch.setattr(progress, "SHORT_SECONDS", 0.0)
    monkeypatch.setattr(progress, "COST", 0)
    monkeypatch.setattr(standing, "COST", 0)
    monkeypatch.setattr(standing, "PACE_AFTER", 0.01)
    monkeypatch.setattr(watching, "SHOW_AFTER", 0.0)
    monkeypatch.setattr(watching, "LINE_SECONDS", 0.05)
    monkeypatch.setattr(watching, "_WAIT_SECONDS", 0.01)


@pytest.fixture
def boards(monkeypatch: pytest.MonkeyPatch) -> list[Recording]:
    """Every board that is opened, each with the rows after every report."""
    opened: list[Recording] = []

    def open_board(fan_in: int) -> Recording:
        opened.append(Recording(fan_in))
        return opened[-1]

    monkeypatch.setattr(progress, "Board", open_board)
    return opened


class Recording(Board):
    def __init__(self, fan_in: int) -> None:
        super().__init__(fan_in)
        self.rows: list[int] = []
        self._lock = threading.RLock()  # here, other threads read it than the one that shows it

    def reports(self) -> list[Report]:
        with self._lock:
            return super().reports()

    def put(self, report: Report | bytes) -> None:
        with self._lock:
            super().put(report)
            self.rows.append(sum(told.seen for told in self.reports()))


@pytest.mark.parametrize("given_", ["bars", "", True, 0, 1.5, ["bar"], "none"])
def test_other_ways_are_refused(given_: Any) -> None:
    message = "expected progress 'bar', 'lines', False .nothing. or None .*, got "
    with pytest.raises(ArgumentError, match=message + re.escape(repr(given_))):
        disteval.evaluate(Slow(1), metrics=METRICS, progress=given_)


# --- lines --------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheduler", ["threads", "sync"])
@pytest.mark.usefixtures("often")
def test_lines(scheduler: str, capsys: pytest.CaptureFixture[str]) -> None:
    disteval.evaluate(Slow(8), metrics=METRICS, scheduler=scheduler, progress="lines")
    out, err = capsys.readouterr()
    assert out == ""
    *lines, last = err.splitlines()
    found = [LINE.fullmatch(line) for line in lines]
    assert all(found), err
    shares = [int(line["share"]) for line in found if line]
    assert len(shares) > 1
    assert shares == sorted(shares)
    assert {line["total"] for line in found if line} == {"200k"}
    assert any("mean_squared_error" in line for line in lines)
    values = "mean_squared_error: 27.5000 - mean_absolute_error: 4.5500"
    assert re.fullmatch(rf"100% 200k/200k rows in \d+s - {values}", last)


@pytest.mark.usefixtures("often")
def test_one_span_of_unknown_rows(capsys: pytest.CaptureFixture[str]) -> None:
    """A generator of batches: told from inside the only span, the time is what has passed."""
    batches = ((np.full(50, 3.0), _late(np.ones(50))) for _ in range(40))
    source = open_source(batches)
    run(plan_of(source), source, "threads", progress="lines", number=2)
    *lines, last = capsys.readouterr().err.splitlines()
    told = [
        re.fullmatch(r"pass 2: [\d.]+k? rows - \d+s - (mean_\w+: [24].0000( - )?){2}", line)
        for line in lines[1:]
    ]
    assert len(told) > 1
    assert all(told), lines
    assert re.match(r"pass 2: 2k rows in \d+s - mean_squared_error: 4.0000", last)


def _late(block: Any) -> Any:
    time.sleep(0.008)
    return block


@pytest.mark.usefixtures("often")
def test_many_spans_tell_a_share(capsys: pytest.CaptureFixture[str]) -> None:
    source = Slow(30, blocks=1, known=False)
    run(plan_of(source), source, "sync", progress="lines")
    *lines, last = capsys.readouterr().err.splitlines()
    assert any(re.match(r"[1-9]\d?% [\d.]+k rows - \d+s - mean_sq", line) for line in lines)
    assert re.match(r"100% 150k rows in \d+s - mean_squared_error: ", last)


def test_short_runs_show_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    source = Slow(2)
    for way in ("bar", "lines", None):
        run(plan_of(source), source, progress=way)
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("often")
def test_a_closed_stderr_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Slow(4)
    for stderr in (None, open(os.devnull, "w")):  # noqa: SIM115, PTH123
        if stderr is not None:
            stderr.close()
        monkeypatch.setattr(sys, "stderr", stderr)
        for way in ("bar", "lines", None):
            assert run(plan_of(source), source, progress=way).rows.seen == 100_000


@pytest.mark.usefixtures("often")
def test_other_processes(capsys: pytest.CaptureFixture[str]) -> None:
    """What they have finished is seen from here."""
    from concurrent.futures import ThreadPoolExecutor

    import dask

    source = Slow(10, seconds=0.02)
    # as many threads instead of processes, which take seconds to start: they see no board
    with ThreadPoolExecutor(2) as pool, dask.config.set(pool=pool):
        run(plan_of(source), source, "processes", progress="lines")
    *lines, last = capsys.readouterr().err.splitlines()
    assert any(re.match(r"[1-9]0% [\d.]+k/250k rows - \d+s - mean_sq", line) for line in lines)
    assert re.match(r"100% 250k/250k rows in \d+s - mean_squared_error: ", last)


# --- what is told changes nothing ----------------------------------------------------------------


@pytest.mark.usefixtures("often")
def test_same_bits() -> None:
    @settings(max_examples=25)
    @given(strategies.examples())
    def check(example: strategies.Example) -> None:
        lazy = strategies.dask_columns(example)
        names = ("y_true", "y_pred", "sample_weight")
        for given_ in ([example.chunks()], [lazy.get(name) for name in names]):
            source = open_source(*given_)
            plan = plan_of(source, example.metrics)
            expected = run(plan, source, "sync", progress=False)
            assert_same(run(plan, source, "sync", progress="lines"), expected)

    check()


@pytest.mark.usefixtures("often")
def test_same_bits_by_group() -> None:
    rng = np.random.default_rng(5)
    rows = {"y_true": rng.normal(size=9_000), "y_pred": rng.normal(size=9_000)}
    groups = rng.integers(0, 7, 9_000)
    source = open_source(
        [
            {n: c[i : i + 500] for n, c in (rows | {BY: groups}).items()}
            for i in range(0, 9_000, 500)
        ]
    )
    plan = plan_of(source, ["mse", "r2"], by=Labels(BY))
    expected = run(plan, source, "sync", progress=False)
    assert_same(run(plan, source, "threads", progress="lines"), expected)
    report = Report.of((0, 0), expected.rows, expected.states, done=True)
    mse = np.mean((rows["y_true"] - rows["y_pred"]) ** 2)
    assert standing.values(plan, [report])[0] == f"mean_squared_error: {mse:.4f}"
    # the states of many groups are large: they are not told, and there is no value
    assert standing.values(plan, [Report((0, 0), True, 9_000, 0, (None,))]) == ()


def assert_same(a: Partial, b: Partial) -> None:
    assert a.rows == b.rows
    assert a.states == b.states


@pytest.mark.usefixtures("often")
@pytest.mark.parametrize("policy", ["raise", "omit", "propagate"])
def test_a_span_read_twice_counts_once(policy: Any, boards: list[Recording]) -> None:
    source = Slow(1, seconds=0.0, nan_in=(0, 4))
    plan = plan_of(source, nan_policy=policy)
    expected = run(plan, source, "sync", progress=False)
    assert expected.rows.dropped == {"y_true: NaN": 1}
    assert_same(run(plan, source, "sync", progress="lines"), expected)
    (board,) = boards
    # the first try ends at the NaN, and its rows are forgotten
    read = [5_000, 10_000, 15_000, 20_000, 25_000]
    assert board.rows == [*read, 0, *read, 25_000]
    (report,) = board.reports()
    assert report.dropped == 1
    shown = standing.values(plan, [report])
    assert bool(shown) == (policy != "propagate")


@pytest.mark.usefixtures("often")
def test_an_evaluation_inside_a_span_tells_nothing_of_it(boards: list[Recording]) -> None:
    source = Nested(Slow(1, seconds=0.0))
    run(plan_of(source), source, "sync", progress="lines")
    assert boards[0].rows == [5_000, 10_000, 15_000, 20_000, 25_000, 25_000]


@dataclass(frozen=True)
class Nested:
    """A source that evaluates another one while it is read."""

    inner: Slow
    schema: ClassVar[Schema] = Slow.schema
    replayable: ClassVar[bool] = True

    def pieces(self) -> Sequence[Piece]:
        return self.inner.pieces()

    def read(self, piece: int, columns: Sequence[str], rows: Any = None) -> Iterator[Any]:
        for chunk in self.inner.read(piece, columns, rows):
            other = Slow(2, seconds=0.0)
            run(plan_of(other), other, "sync", progress=False)
            yield chunk

    def restrict(self, pieces: slice) -> Nested:  # noqa: ARG002
        return self


# --- the board ----------------------------------------------------------------------------------


def report(node: tuple[int, int], seen: int, *, done: bool = True) -> Report:
    return Report(node, done, seen, 0, ())


def test_a_merge_stands_for_all_below_it() -> None:
    board = Board(2)

    def told(*reports: Report) -> dict[Any, int]:
        for each in reports:
            board.put(each)
        return {each.node: each.seen for each in board.reports()}

    assert told(report((0, 0), 5, done=False)) == {(0, 0): 5}
    assert told(report((0, 0), 3, done=False)) == {(0, 0): 3}  # begun anew
    assert told(report((0, 0), 10), report((0, 1), 4, done=False)) == {(0, 0): 10, (0, 1): 4}
    assert told(report((0, 0), 5, done=False)) == {(0, 0): 10, (0, 1): 4}  # late, or run again
    assert told(report((1, 0), 20)) == {(1, 0): 20}  # the end of (0, 1) is on its way
    assert told(report((0, 1), 10), report((0, 0), 10)) == {(1, 0): 20}
    # the merge of 2 and 3 comes late: the root has it already
    assert told(report((0, 2), 7), report((2, 0), 40)) == {(2, 0): 40}
    assert told(report((1, 1), 20), report((0, 3), 13, done=False)) == {(2, 0): 40}


def test_spans_of_a_tree_that_is_not_full() -> None:
    board = Board(8)
    assert board.spans(report((0, 3), 1), 9) == 1
    assert board.spans(report((0, 3), 1, done=False), 9) == 0
    assert board.spans(report((1, 0), 1), 9) == 8
    assert board.spans(report((1, 1), 1), 9) == 1
    assert board.spans(report((2, 0), 1), 9) == 9


def test_what_cannot_be_read_is_not_shown() -> None:
    board = Board(8)
    board.put(b"no pickle")
    assert board.reports() == []


# --- values -------------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class Failing(Metric):
    """A metric of one's own that fails."""

    key: ClassVar[str] = "failing"
    raises: bool = field(default=True)

    @property
    def needs(self) -> tuple[Any, ...]:
        return as_metrics("mse")[0].needs

    def compute(self, *_: Any) -> Any:
        if self.raises:
            msg = "no"
            raise ZeroDivisionError(msg)
        return Outcome(0.0, undefined="no weight")


def reported(plan: Plan, source: Any) -> Report:
    partial = run(plan, source, "sync")
    return Report.of((0, 0), partial.rows, partial.states, done=True)


def test_values_that_are_no_number_yet_are_left_out() -> None:
    rng = np.random.default_rng(3)
    y = rng.integers(0, 2_000, 30_000)
    source = open_source(y, y)
    metrics = {
        "mine": "accuracy",
        "large": disteval.metrics.F1Score(average="macro"),
        "array": "confusion_matrix",
        "fails": Failing(),
        "undefined": Failing(raises=False),
        "bad\nname\x1b[1m": disteval.metrics.Mean(column="y_pred"),
    }
    plan = plan_of(source, metrics)
    shown = standing.values(plan, [reported(plan, source)])
    assert [value.partition(": ")[0] for value in shown] == ["mine", "bad?name?[1m"]
    assert standing.values(plan, []) == ()
    assert standing.values(plan, [Report((0, 0), False, 0, 0, ())]) == ()


def test_values_rest_on_all_that_is_told() -> None:
    rng = np.random.default_rng(4)
    y, p = rng.normal(size=(2, 999))
    parts = [open_source(y[s], p[s]) for s in (slice(0, 500), slice(500, 999))]
    plan = plan_of(parts[0])
    told = [reported(plan, part) for part in parts]
    assert standing.values(plan, told)[0] == f"mean_squared_error: {np.mean((y - p) ** 2):.4f}"
    # what one of them does not tell cannot be shown
    less = Report((0, 2), True, 1, 0, (None, *told[0].states[1:]))
    (mae,) = standing.values(plan, [*told, less])
    assert mae.startswith("mean_absolute_error")


def test_small_states_only() -> None:
    states = [np.zeros(1_000), np.zeros(1_500), Unsized(), np.zeros(800)]  # 8, 12 and 6.4 kB
    told = Report.of((0, 0), RowCounts(5), states, done=True).states
    assert [state is not None for state in told] == [True, False, False, True]


class Unsized:
    def __sizeof__(self) -> int:
        raise NotImplementedError


# --- the bar ------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [10, 20, 40, 60, 80, 200])
@pytest.mark.parametrize("share", [None, 0.0, 0.345, 1.0])
def test_a_bar_never_wraps(width: int, share: float | None) -> None:
    from rich.console import Console

    from disteval.engine import bar

    console = Console(width=width, force_terminal=True, color_system=None)
    values = ("accuracy: 0.9312", "[red]名前[/]: 1.0000", *(f"m{i}: 0.5" for i in range(40)))
    standing_ = Standing(12_345_678, 5, 36_000_000, share, 70.0, 41.0, 8.9e6, values, 2)
    with console.capture() as captured:
        console.print(bar.drawn(standing_, width))
    first, second = captured.get().splitlines()
    assert max(console.measure(line).maximum for line in (first, second)) <= width - 3
    if width >= 80:
        assert first.endswith("12.3M/36M rows (5 dropped)  8.9M/s  41s left")
        assert second.startswith("accuracy: 0.9312  [red]名前[/]: 1.0000  m0: 0.5")


@pytest.mark.parametrize(
    ("terminal", "term", "asked", "wanted"),
    [
        (True, "xterm", None, True),
        (True, "dumb", None, False),
        (False, "xterm", None, False),
        (True, "xterm", "lines", False),
        (False, "xterm", "bar", True),  # rich has the last word
    ],
)
def test_a_bar_where_there_is_a_terminal(
    terminal: bool, term: str, asked: Any, wanted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    monkeypatch.setenv("TERM", term)
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert watching._wants_bar(asked) == wanted


@pytest.mark.parametrize("found", [None, "ipywidgets"])
def test_a_notebook_draws_with_widgets_alone(
    found: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without them rich would warn, and lines serve."""
    from types import SimpleNamespace

    from disteval.engine import bar

    monkeypatch.setattr("importlib.util.find_spec", lambda _: found)
    assert bar.can_draw(SimpleNamespace(is_jupyter=True)) == bool(found)


@pytest.mark.usefixtures("often")
def test_without_a_terminal_a_bar_is_lines(capsys: pytest.CaptureFixture[str]) -> None:
    source = Slow(8)
    run(plan_of(source), source, "sync", progress="bar")
    last = capsys.readouterr().err.splitlines()[-1]
    assert re.match(r"100% 200k/200k rows in \d+s - ", last)


# --- Ctrl-C -------------------------------------------------------------------------------------

INTERRUPTED = """
import sys, threading, time
from disteval.engine import run, watching
from tests.test_progress import Slow, plan_of

def main():
    warm, source = Slow(1, 1, 0.0), Slow(8, 500, 0.02)
    watching.LINE_SECONDS = 0.2
    for scheduler, progress in (("threads", "bar"), ("sync", "lines"), (sys.argv[1], "bar")):
        run(plan_of(warm), warm, scheduler, progress=False)
        print("started", flush=True)
        try:
            run(plan_of(source), source, scheduler, progress=progress)
        except KeyboardInterrupt:
            print("interrupted", flush=True)
        time.sleep(0.2)  # a block may still be under way
        busy = time.process_time()
        time.sleep(0.2)
        idle = time.process_time() - busy < 0.05
        shown = [t.name for t in threading.enumerate() if t.name == "disteval-progress"]
        print("idle" if idle and len(shown) < 2 else f"busy: {shown}", flush=True)

if __name__ == "__main__":
    main()
"""


@pytest.mark.cluster
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT for another process")
def test_ctrl_c(cluster_address: str, tmp_path: Path) -> None:
    """An interrupt ends a run at once, with a last word and a terminal as it was before."""
    program = tmp_path / "program.py"
    program.write_text(textwrap.dedent(INTERRUPTED))
    ours, theirs = pty.openpty()
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "80"}
    seconds = {}
    with subprocess.Popen(
        [sys.executable, str(program), cluster_address],
        stdout=subprocess.PIPE, stderr=theirs, text=True, env=environment,
    ) as process:  # fmt: skip
        os.close(theirs)
        screen: list[bytes] = []
        reader = threading.Thread(target=_read_all, args=(ours, screen))
        reader.start()
        assert process.stdout is not None
        for scheduler in ("threads", "sync", "cluster"):
            assert process.stdout.readline() == "started\n"
            time.sleep(1.0)
            process.send_signal(signal.SIGINT)
            sent = time.perf_counter()
            assert process.stdout.readline() == "interrupted\n"
            seconds[scheduler] = time.perf_counter() - sent
            assert process.stdout.readline() == "idle\n"
        assert process.wait(timeout=20) == 0
        reader.join()
    os.close(ours)
    print(seconds)  # noqa: T201
    assert max(seconds.values()) < 3  # generous: 0.5 s are promised, of a machine that is idle
    text = b"".join(screen).decode()
    words = re.findall(r"interrupted after [12]s - (\d+)% [\d.]+k?/20M rows", text)
    assert len(words) == 3, text
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h") == 2  # the cursor is back
    assert "Traceback" not in text
    assert "never retrieved" not in text
    with Client(cluster_address) as client:
        _eventually(lambda: not any(client.run(_executing).values()))


def _executing(dask_worker: Any) -> int:
    return int(dask_worker.state.executing_count)


def _read_all(terminal: int, into: list[bytes]) -> None:
    with contextlib.suppress(OSError):  # the other end is closed
        while data := os.read(terminal, 4096):
            into.append(data)


def _eventually(holds: Any) -> None:
    deadline = time.monotonic() + 3
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


# --- on a cluster -------------------------------------------------------------------------------


def _subscribers(dask_scheduler: Any) -> int:
    return len(dask_scheduler._broker._topics[progress.TOPIC].subscribers)


@pytest.mark.cluster
@pytest.mark.usefixtures("often")
def test_on_a_cluster(
    cluster_address: str, capsys: pytest.CaptureFixture[str], boards: list[Recording]
) -> None:
    source = Slow(9, blocks=3, seconds=0.04)
    plan = plan_of(source)
    with Client(cluster_address) as client:
        expected = run(plan, source, client, progress=False)
        assert boards == []
        assert client.run_on_scheduler(_subscribers) == 0
        assert_same(run(plan, source, client, progress="lines"), expected)
        _eventually(lambda: client.run_on_scheduler(_subscribers) == 0)
    assert progress._BOARDS == {}
    assert not progress._LISTENING
    lines = capsys.readouterr().err.splitlines()
    assert all(LINE.fullmatch(line) for line in lines[:-1]), lines
    assert any("mean_squared_error" in line for line in lines)
    assert len(boards[0].rows) > 5
    assert max(boards[0].rows) <= source.rows


@pytest.mark.cluster
@pytest.mark.usefixtures("often")
def test_a_client_of_an_event_loop(cluster_address: str, boards: list[Recording]) -> None:
    source = Slow(4, blocks=3, seconds=0.04)
    plan = plan_of(source)

    async def evaluate() -> list[Partial]:
        async with Client(cluster_address, asynchronous=True) as client:
            calls = [
                asyncio.to_thread(run, plan, source, client, progress="lines") for _ in range(2)
            ]
            return list(await asyncio.gather(*calls))

    assert [partial.rows.seen for partial in asyncio.run(evaluate())] == [source.rows] * 2
    assert [max(board.rows) <= source.rows for board in boards] == [True, True]
    assert not progress._LISTENING


@pytest.mark.cluster
def test_a_lost_worker(tmp_path: Path, boards: list[Recording]) -> None:
    """Progress goes on, and no row counts twice."""
    folder = tmp_path / "cluster"
    address = run_script("up.sh", folder, 2).splitlines()[-1]
    try:
        pids = [int(pid) for pid in (folder / "pids").read_text().split()]
        source = Slow(16, blocks=3, seconds=0.05)
        with Client(address) as client:
            client.wait_for_workers(2, timeout=60)
            killer = threading.Timer(0.8, os.kill, (pids[1], signal.SIGKILL))
            killer.start()
            partial = run(plan_of(source), source, client, progress="lines")
            killer.join()
            assert len(client.scheduler_info()["workers"]) == 1
    finally:
        run_script("down.sh", folder)
    assert partial.rows.seen == source.rows
    (board,) = boards
    assert len(board.rows) > 10
    assert max(board.rows) <= source.rows
    assert board.rows[-1] > 0
