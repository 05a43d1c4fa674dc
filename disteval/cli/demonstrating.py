"""`disteval demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from disteval.cli.commands import CHECK_FAILED, SETTINGS, Command, IntType


class RowCount(IntType):
    """A number of rows: 1000000, 1_000_000 or 1e6."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number."""
        try:
            rows = int(value)
        except ValueError:
            try:
                number = float(value)
                rows = int(number) if number.is_integer() else 0
            except ValueError:
                rows = 0
        if not 1 <= rows < 1 << 53:
            msg = f"expected a number of rows such as 1e6 or 1_000_000, got {value!r}"
            self.fail(msg, param, ctx)
        return rows


@click.command(
    "demo",
    cls=Command,
    context_settings=SETTINGS,
    short_help="Evaluate 336,776 flights in different ways: one digest.",
)
@click.option(
    "--rows",
    type=RowCount(),
    help="Evaluate so many random rows instead, such as 1e9 (about 8 bytes each, never stored).",
)
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Write the shards into this new or empty folder and leave them there.",
)
@click.pass_context
def demo(ctx: click.Context, rows: int | None, keep: Path | None) -> None:
    """Evaluate a forecast of 336,776 flights, cut and run in different ways.

    The delay at departure is the forecast of the delay at arrival. The table shows the value of
    each metric over all rows beside the mean over batches, and the digests show whether every
    way of running gave the same bits. Two worker processes are started for a moment. Nothing is
    fetched from a network.

    \b
    Examples:
        disteval demo                   the flights; some seconds
        disteval demo --keep shards     the same, and the .npy shards stay
        disteval demo --rows 1e9        a billion random rows, evaluated twice

    Exit code 1: digests differ.
    """  # noqa: D301  (a backspace keeps the lines of an example)
    if rows is not None and keep is not None:
        msg = "--keep is for the flights; --rows stores nothing"
        raise click.UsageError(msg)
    from disteval.cli.console import PipeConsole

    console = PipeConsole(highlight=False)
    if rows is not None:
        from disteval.demo import scale

        agree = scale.show(console, rows)
    else:
        from disteval.demo import program

        agree = program.show(console, keep)
    if not agree:
        ctx.exit(CHECK_FAILED)
