"""The stop flag of a run: every block of every span looks at it, so Ctrl-C takes effect at once."""

from __future__ import annotations

from disteval.errors import DistevalError

_STOPPED: set[str] = set()


class StoppedError(DistevalError):
    """The run was interrupted."""


def stop(run: str) -> None:
    """Make the spans of a run, in this process, end at their next block."""
    _STOPPED.add(run)


def check(run: str) -> None:
    """Raise where the run has been stopped."""
    if run in _STOPPED:
        msg = "the evaluation was interrupted"
        raise StoppedError(msg)
