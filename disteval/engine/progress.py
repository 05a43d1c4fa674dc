"""What running tasks tell of themselves, and the board where it comes together.

A task that is watched tells the rows that it has seen and the states that are small: once it is
done, and every other second before that, for a span may take hours (a generator of batches is one
span). What is open is sealed for that and set aside, and updates go on from empty states: the
same bits in the end, by the laws of reductions.

The board keeps what each task of the merge tree told last. A merge stands for all below it, and
what is done is final: a span that is read twice, for a NaN or because its worker was lost, counts
once. In this process tasks find the board by the name of the run. On a cluster they log an event,
which the scheduler hands to the clients that listen.
"""

from __future__ import annotations

import contextlib
import pickle
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from disteval.engine.plan import Plan, States
from disteval.engine.rows import Partial, RowCounts
from disteval.protocol import RevealsNan

Node = tuple[int, int]
"""A task of the merge tree: its level (0: a span) and its place there."""

SMALL_BYTES = 16 << 10  # of all states that a task tells
TELL_SECONDS = 2.0  # between what a span tells
TELL_HERE_SECONDS = 0.5  # the same, in the process that shows it
SHORT_SECONDS = 0.1  # shorter spans leave it to the merge of eight of them
COST = 200  # telling takes at most one part in so many of the time
TOPIC = "disteval-progress"


@dataclass(frozen=True)
class Report:
    """What a task tells.

    Parameters
    ----------
    node : the task
    done : whether this is its last word
    seen, dropped : rows
    states : one per folded reduction of the plan, sealed; None where it is too large
    """

    node: Node
    done: bool
    seen: int
    dropped: int
    states: tuple[Any, ...]

    @classmethod
    def of(cls, node: Node, rows: RowCounts, states: Sequence[Any], *, done: bool) -> Report:
        """What is worth telling of these rows and states."""
        return cls(node, done, rows.seen, rows.seen - rows.used, _small(states))


def _small(states: Sequence[Any]) -> tuple[Any, ...]:
    """The first states that are small together; None for the others."""
    room = SMALL_BYTES
    told: list[Any] = []
    for state in states:
        size = _size(state)
        told.append(state if size <= room else None)
        room -= size if size <= room else 0
    return tuple(told)


def _size(state: Any) -> int:
    with contextlib.suppress(Exception):  # a state of one's own that cannot say is not told
        return SMALL_BYTES + 1 if state is None else sys.getsizeof(state)
    return SMALL_BYTES + 1


# --- where tasks run --------------------------------------------------------------------------


class Task:
    """A task that is watched, as the thread that runs it knows it."""

    def __init__(self, run: str, node: Node) -> None:
        self.run, self.node = run, node
        self.began = time.monotonic()
        self.has_told = False

    def tell(self, rows: RowCounts, states: Sequence[Any], *, done: bool = False) -> None:
        """Put it on the board, or send it there."""
        self.has_told = True
        _tell(self.run, Report.of(self.node, rows, states, done=done))


_HERE = threading.local()


def watched(run: str, node: Node, function: Callable[..., Partial], *args: Any) -> Partial:
    """Run a span or a merge that tells what it does."""
    task = Task(run, node)
    outer, _HERE.task = getattr(_HERE, "task", None), task
    try:
        partial = function(*args)
    finally:
        _HERE.task = outer
    if node[0] or task.has_told or time.monotonic() - task.began >= SHORT_SECONDS:
        task.tell(partial.rows, partial.states, done=True)
    return partial


class Telling:
    """The states of one try at a span, some of them told and set aside from time to time.

    Parameters
    ----------
    plan, run : as of the span
    """

    def __init__(self, plan: Plan, run: str) -> None:
        self._plan = plan
        task: Task | None = getattr(_HERE, "task", None)
        self._task = task if task is not None and task.run == run else None
        self._pause = TELL_HERE_SECONDS if run in _BOARDS else TELL_SECONDS
        self._next = float("inf") if self._task is None else self._task.began + self._pause
        self._aside: list[Any] = [None] * len(plan.folded)
        # what is cut into parts grows with the data; what else grows shows it when it is sealed
        self._slots = [i for i, r in enumerate(plan.folded) if not hasattr(r, "outline")]
        if self._task is not None and self._task.has_told:
            self._task.tell(RowCounts(), ())  # another try: the rows of the first do not count

    def due(self) -> bool:
        """Whether it is time to tell."""
        return time.monotonic() >= self._next

    def tell(self, states: States, rows: RowCounts) -> States:
        """Tell, and return the states to go on with."""
        assert self._task is not None
        began = time.monotonic()
        following = list(states)
        for slot in self._slots:
            reduction = self._plan.folded[slot]
            sealed, aside = reduction.seal(states[slot]), self._aside[slot]
            self._aside[slot] = sealed if aside is None else reduction.merge(aside, sealed)
            following[slot] = reduction.empty()
        told = _small(self._aside)
        self._slots = [slot for slot, state in enumerate(told) if state is not None]
        self._task.tell(rows, told)
        now = time.monotonic()
        self._next = now + max(self._pause, COST * (now - began))
        return tuple(following)

    def saw_nan(self) -> bool:
        """Whether what is set aside shows a NaN."""
        pairs = zip(self._plan.folded, self._aside, strict=True)
        return any(
            r.saw_nan(aside)
            for r, aside in pairs
            if aside is not None and isinstance(r, RevealsNan)
        )

    def seal(self, states: States) -> States:
        """The sealed states of all rows of the try."""
        sealed = zip(self._plan.folded, self._aside, self._plan.seal(states), strict=True)
        return tuple(s if aside is None else r.merge(aside, s) for r, aside, s in sealed)


def _tell(run: str, report: Report) -> None:
    board = _BOARDS.get(run)
    if board is not None:
        board.put(report)
    elif "distributed" in sys.modules:
        with contextlib.suppress(Exception):  # no worker (any more): nobody to tell
            from distributed import get_worker

            told = pickle.dumps(report)
            if len(told) > 2 * SMALL_BYTES:  # a state that says it is smaller than it is
                told = pickle.dumps(replace(report, states=(None,) * len(report.states)))
            get_worker().log_event(TOPIC, {"run": run, "report": told})


# --- where the run was started ----------------------------------------------------------------


class Board:
    """What the tasks of a run told last.

    Parameters
    ----------
    fan_in : tasks below each merge
    """

    def __init__(self, fan_in: int) -> None:
        self._fan_in = fan_in
        # limited, should nobody look at it; a merge makes up for what is lost
        self._inbox: deque[Report | bytes] = deque(maxlen=1 << 16)
        self._reports: dict[Node, Report] = {}
        self._top = 0

    def put(self, report: Report | bytes) -> None:
        """Take what a task tells; from any thread, and quickly."""
        self._inbox.append(report)

    def reports(self) -> list[Report]:
        """What stands: no two of them about the same rows."""
        while self._inbox:
            report = self._inbox.popleft()
            with contextlib.suppress(Exception):  # what cannot be read here is not shown
                self._post(pickle.loads(report) if isinstance(report, bytes) else report)  # noqa: S301
        return list(self._reports.values())

    def spans(self, report: Report, of: int) -> int:
        """How many spans, of so many, are done in what stands."""
        level, place = report.node
        width: int = self._fan_in**level
        return min(width, of - place * width) if report.done else 0

    def _post(self, report: Report) -> None:
        level, place = report.node
        above, node = level, place
        while above <= self._top:
            told = self._reports.get((above, node))
            if told is not None and told.done:
                return  # late, or done once more: its worker was lost
            above, node = above + 1, node // self._fan_in
        if report.done:
            self._clear(level, place)
        self._reports[level, place] = report
        self._top = max(self._top, level)

    def _clear(self, level: int, place: int) -> None:
        """Forget what is below a task."""
        if level:
            for below in range(place * self._fan_in, (place + 1) * self._fan_in):
                if self._reports.pop((level - 1, below), None) is None:
                    self._clear(level - 1, below)


def merged(plan: Plan, reports: Sequence[Report]) -> tuple[Any, ...]:
    """The folded states of all rows reported; None where a report was too large to hold one."""
    told = [report.states for report in reports if report.seen]
    if not told:
        return (None,) * len(plan.folded)
    states = list(told[0])
    for more in told[1:]:
        for slot, reduction in enumerate(plan.folded):
            a, b = states[slot], more[slot]
            states[slot] = None if a is None or b is None else reduction.merge(a, b)
    return tuple(states)


_BOARDS: dict[str, Board] = {}
_LISTENING: Counter[str] = Counter()
_LOCK = threading.Lock()


@contextlib.contextmanager
def opened(run: str, fan_in: int, client: Any = None) -> Iterator[Board]:
    """The board of a run, until it ends; with a client, events of the workers come to it too."""
    board = _BOARDS[run] = Board(fan_in)
    try:
        if client is None:
            yield board
        else:
            with _listening(client):
                yield board
    finally:
        del _BOARDS[run]


@contextlib.contextmanager
def _listening(client: Any) -> Iterator[None]:
    # one topic for all runs: the scheduler keeps the last events of a topic for good
    with _LOCK:
        _LISTENING[client.id] += 1
        if _LISTENING[client.id] == 1:
            client.subscribe_topic(TOPIC, _receive)
    try:
        yield
    finally:
        with _LOCK:
            _LISTENING[client.id] -= 1
            if not _LISTENING[client.id]:
                del _LISTENING[client.id]
                with contextlib.suppress(Exception):  # a client that is closed listens no more
                    client.unsubscribe_topic(TOPIC)


def _receive(event: tuple[float, Any]) -> None:
    _, told = event
    board = _BOARDS.get(told["run"])
    if board is not None:
        board.put(told["report"])
