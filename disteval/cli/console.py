"""A rich console whose reader may leave."""

from __future__ import annotations

from rich.console import Console


class PipeConsole(Console):
    """Leaves a closed pipe to the command, which has an exit code for it; rich's own is 1."""

    def on_broken_pipe(self) -> None:
        """Raise what the pipe raised."""
        raise BrokenPipeError
