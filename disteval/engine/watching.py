"""Progress that a person sees: a bar in a terminal, else a line every ten seconds, on stderr.

A thread of its own adds up what the tasks have told, at most one part in 200 of the time. Nothing
that goes wrong there is ever raised. Inside a bar of one's own, ``progress=False`` leaves the
screen to it.
"""

from __future__ import annotations

import contextlib
import math
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

import numpy as np

from disteval.engine import bar
from disteval.engine import graph as graphs
from disteval.engine.plan import Plan
from disteval.engine.progress import Board, Report, opened
from disteval.engine.rows import Partial
from disteval.engine.standing import Course
from disteval.errors import ArgumentError
from disteval.protocol import Piece

Progress = Literal["bar", "lines", False] | None

LINE_SECONDS = 10.0
BAR_SECONDS = 0.25
SHOW_AFTER = 0.5  # shorter runs show nothing
CLOSE_SECONDS = 1.0  # so long a run waits for the thread to leave the screen tidy
_SAMPLE_SECONDS = 0.5
_WAIT_SECONDS, _LINGER_SECONDS = 0.1, 2.0

_SCREEN = threading.Lock()  # one bar at a time


def check_progress(progress: Any) -> None:
    """Refuse what is no way to show progress."""
    known = progress is None or progress is False
    if not known and (not isinstance(progress, str) or progress not in ("bar", "lines")):
        msg = (
            "expected progress 'bar', 'lines', False (nothing) or None (a bar in a terminal, else "
            f"lines), got {progress!r}"
        )
        raise ArgumentError(msg)


@contextlib.contextmanager
def watching(
    progress: Progress, plan: Plan, pieces: Sequence[Piece], run: str, get: Any, number: int = 1
) -> Iterator[Callable[[graphs.Graph], None]]:
    """Show the progress of a run in the block, which hands its graph to what is yielded.

    Parameters
    ----------
    progress : how
    pieces : of the source
    run : its name
    get : Dask's function that runs the graph
    number : of the pass
    """
    if progress is False:
        yield lambda _: None
        return
    apart = getattr(get, "__module__", "") == "dask.multiprocessing"
    with opened(run, graphs.FAN_IN, getattr(get, "__self__", None)) as board:
        course = Course(plan, board, _rows(pieces), number)
        screen = Screen(progress, course)

        def prepare(graph: graphs.Graph) -> None:
            course.spans = sum(not level for _, (level, _) in graphs.nodes(graph, run))
            if not apart:
                graphs.tell(graph, run)

        try:
            _WAITING.add(screen)
            with _finished(board, run) if apart else contextlib.nullcontext():
                yield prepare
            screen.ending = "done"
        except KeyboardInterrupt:
            screen.ending = "interrupted"
            raise
        finally:
            screen.close()


def _rows(pieces: Sequence[Piece]) -> int | None:
    rows = [piece.rows for piece in pieces]
    return None if None in rows else sum(n for n in rows if n is not None)


def _finished(board: Board, run: str) -> Any:
    """Watch, in this process, what other processes have finished."""
    from dask.callbacks import Callback

    def done(key: Any, partial: Any, *_: Any) -> None:
        for _, node in graphs.nodes([key], run):
            if isinstance(partial, Partial):
                board.put(Report.of(node, partial.rows, partial.states, done=True))

    return Callback(posttask=done)


class Screen:
    """Shows how far a run is, from a thread of its own.

    Parameters
    ----------
    progress : how
    course : of the run
    """

    def __init__(self, progress: Progress, course: Course) -> None:
        self.ending: Literal["failed", "done", "interrupted"] = "failed"
        self._progress, self._course = progress, course
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def close(self) -> None:
        """Show no more."""
        self._closed.set()
        _WAITING.remove(self)
        if self._thread is not None:
            self._thread.join(CLOSE_SECONDS)

    def late(self) -> bool:
        """Whether the run has lasted long enough to be shown."""
        return time.monotonic() - self._course.began >= SHOW_AFTER

    def start(self) -> None:
        """Show it."""
        self._thread = threading.Thread(target=self._show, name="disteval-progress", daemon=True)
        self._thread.start()

    def _show(self) -> None:
        with contextlib.suppress(Exception), np.errstate(all="ignore"):
            if not _wants_bar(self._progress) or not self._bar():
                self._lines()

    def _lines(self) -> None:
        due = self._course.began + LINE_SECONDS
        shown = False
        while not self._closed.wait(min(_SAMPLE_SECONDS, LINE_SECONDS)):
            now = time.monotonic()
            if now < due:
                self._course.sample()
                continue
            _write(self._course.look().line)
            shown = True
            due += LINE_SECONDS * math.ceil((now - due) / LINE_SECONDS or 1)
        if shown and self.ending != "failed":
            _write(self._last_word())

    def _bar(self) -> bool:
        """Draw a bar until the run ends; False where that cannot be."""
        from rich.console import Console
        from rich.live import Live

        console = Console(stderr=True)
        if not bar.can_draw(console) or not _SCREEN.acquire(blocking=False):
            return False
        try:
            # what the program prints goes above the bar, but never from a pipe to the terminal
            with Live(
                bar.drawn(self._course.look(), console.width), console=console, auto_refresh=False,
                transient=True, redirect_stdout=_is_terminal(sys.stdout),
            ) as live:  # fmt: skip
                while not self._closed.wait(BAR_SECONDS):
                    live.update(bar.drawn(self._course.look(), console.width), refresh=True)
        finally:
            _SCREEN.release()
        if self.ending == "interrupted":
            console.print(bar.one_line(self._last_word(), console.width))
        return True

    def _last_word(self) -> str:
        standing = self._course.look(anew=True)
        return standing.interrupted if self.ending == "interrupted" else standing.done


class Waiting:
    """Runs that are young: one thread starts to show those that last.

    A thread for each run would double the cost of small ones; this one ends two seconds after the
    last of them began.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._screens: set[Screen] = set()
        self._thread: threading.Thread | None = None
        self._added = 0.0

    def add(self, screen: Screen) -> None:
        """Show it, should the run last."""
        with self._lock, contextlib.suppress(RuntimeError):  # no more threads: nothing is shown
            self._screens.add(screen)
            self._added = time.monotonic()
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._wait, name="disteval-progress", daemon=True
                )
                self._thread.start()

    def remove(self, screen: Screen) -> None:
        """The run has ended."""
        with self._lock:
            self._screens.discard(screen)

    def _wait(self) -> None:
        while True:
            time.sleep(_WAIT_SECONDS)
            with self._lock:
                for screen in [screen for screen in self._screens if screen.late()]:
                    self._screens.discard(screen)
                    with contextlib.suppress(RuntimeError):
                        screen.start()
                if not self._screens and time.monotonic() > self._added + _LINGER_SECONDS:
                    self._thread = None
                    return


_WAITING = Waiting()


def _write(line: str) -> None:
    with contextlib.suppress(OSError, ValueError, AttributeError):  # stderr is closed, or none
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def _wants_bar(progress: Progress) -> bool:
    if progress is not None:
        return progress == "bar"
    # in a notebook rich draws itself
    drawable = _is_terminal(sys.stderr) and os.environ.get("TERM") != "dumb"
    return drawable or "IPython" in sys.modules


def _is_terminal(stream: Any) -> bool:
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):  # none, or closed
        return False
