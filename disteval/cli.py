"""The command line. Exit codes: 0 done, 1 a check failed, 2 wrong usage or input."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from disteval import __version__
from disteval.errors import DistevalError

CHECK_FAILED, WRONG_INPUT, INTERRUPTED = 1, 2, 130

_HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Commands(click.Group):
    """Commands whose errors are one message, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error of disteval ends with code 2, Ctrl-C with 130."""
        try:
            return super().invoke(ctx)
        except DistevalError as error:
            click.echo(f"disteval: {error}", err=True)
            ctx.exit(WRONG_INPUT)
        except KeyboardInterrupt:
            click.echo("disteval: interrupted, nothing is left running", err=True)
            ctx.exit(INTERRUPTED)


# a generic type in recent click alone, and only for the type checker
if TYPE_CHECKING:
    _ParamType = click.ParamType[int]
else:
    _ParamType = click.ParamType


class RowCount(_ParamType):
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


@click.group(cls=Commands, context_settings=_HELP)
@click.version_option(__version__, "-V", "--version", message="disteval %(version)s")
def main() -> None:
    """Evaluate predictions over a whole dataset: exact, in one pass, the same bits everywhere.

    \b
    See it work, on data that comes with it:
        disteval demo
        disteval demo --rows 1e9

    \b
    Use it, in Python:
        import disteval
        result = disteval.evaluate("true/*.npy", "pred/*.npy", ["mse", "r2"])
        print(result)

    Exit codes: 0 done, 1 a check failed, 2 wrong usage or input.
    """  # noqa: D301  (a backspace keeps the lines of an example)


@main.command(short_help="Evaluate 336,776 flights in different ways: one digest.")
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
    from rich.console import Console

    console = Console(highlight=False)
    if rows is not None:
        from disteval.demo import scale

        agree = scale.show(console, rows)
    else:
        from disteval.demo import program

        agree = program.show(console, keep)
    if not agree:
        ctx.exit(CHECK_FAILED)
