"""What all commands share: exit codes, and errors that are one message."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from disteval.errors import DistevalError

CHECK_FAILED, WRONG_INPUT, BUG, INTERRUPTED, CLOSED_PIPE = 1, 2, 70, 130, 141

SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
"""Of every command: also of those that another program (`dask`) holds."""

# generic types in recent click alone, and only for the type checker
if TYPE_CHECKING:
    StrType = click.ParamType[str]
    IntType = click.ParamType[int]
    WordsType = click.ParamType[tuple[str, ...]]
else:
    StrType = IntType = WordsType = click.ParamType


class Command(click.Command):
    """A command whose errors are one message, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what it raises becomes a message and an exit code."""
        with _told(ctx):
            return super().invoke(ctx)


class Commands(click.Group):
    """A group of such commands."""

    command_class = Command


@contextlib.contextmanager
def _told(ctx: click.Context) -> Iterator[None]:
    try:
        yield
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except KeyboardInterrupt:
        _end(ctx, INTERRUPTED, "interrupted, nothing is left running")
    except BrokenPipeError:
        _discard_output()  # whoever read has what they wanted
        ctx.exit(CLOSED_PIPE)
    except DistevalError as error:
        _end(ctx, WRONG_INPUT, str(error))
    except OSError as error:
        _discard_output()  # it may be what failed
        _end(ctx, WRONG_INPUT, str(error))
    except MemoryError as error:
        _end(ctx, WRONG_INPUT, f"not enough memory: {error}")
    except Exception as error:  # noqa: BLE001  (whatever is left is a bug, and told as one)
        kind = type(error).__name__
        where = "" if _traceback_wanted() else "; DISTEVAL_TRACEBACK=1 shows where"
        _end(ctx, BUG, f"a bug, in disteval or in a custom metric: {kind}: {error}{where}")


def _end(ctx: click.Context, code: int, message: str) -> None:
    if _traceback_wanted():
        import traceback

        click.echo(traceback.format_exc(), err=True, nl=False)
    say(message)
    ctx.exit(code)


def _traceback_wanted() -> bool:
    return os.environ.get("DISTEVAL_TRACEBACK", "") not in ("", "0")


def _discard_output() -> None:
    """Let the interpreter's last flush succeed."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def in_terminal() -> bool:
    """Whether somebody sees the output: it may be a file, a pipe, or closed."""
    return sys.stdout is not None and sys.stdout.isatty()


def say(message: str) -> None:
    """A message to the user: stdout is for results."""
    click.echo(f"disteval: {message}", err=True)
