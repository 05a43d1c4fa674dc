"""The command line. Exit codes: 0 done, 1 a check failed, 2 wrong usage or input.

Also 70 for a bug, 130 when interrupted, and 141 when nobody reads the output any more. The `dask`
command imports this package at every start: nothing here may take long.
"""

from __future__ import annotations

import click

from disteval import __version__
from disteval.cli.commands import SETTINGS, Commands
from disteval.cli.demonstrating import demo
from disteval.cli.evaluating import evaluate
from disteval.cli.listing import metrics

__all__ = ["evaluate", "main"]


@click.group(cls=Commands, context_settings=SETTINGS)
@click.version_option(__version__, "-V", "--version", message="disteval %(version)s")
def main() -> None:
    """Evaluate predictions over a whole dataset: exact, in one pass, the same bits everywhere.

    \b
    Columns of files, by name; a preset of metrics:
        disteval evaluate preds.parquet --y-true label --y-pred score -m binary

    \b
    Which metrics there are, and what exactly one means:
        disteval metrics
        disteval metrics f1_score

    \b
    See it work, on data that comes with it:
        disteval demo
        disteval demo --rows 1e9

    \b
    Completion of metrics, columns and files in bash (or zsh_source, fish_source):
        eval "$(_DISTEVAL_COMPLETE=bash_source disteval)"

    Exit codes: 0 done, 1 a check failed, 2 wrong usage or input, 70 a bug, of which
    DISTEVAL_TRACEBACK=1 shows where it is. For the same from Python, see help(disteval.evaluate).
    """  # noqa: D301  (a backspace keeps the lines of an example)


main.add_command(evaluate, "evaluate")  # its own name is what it is called in `dask eval`
main.add_command(metrics)
main.add_command(demo)
