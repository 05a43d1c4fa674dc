"""`disteval evaluate`: its words and options, and what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from disteval.cli import completion
from disteval.cli.commands import SETTINGS, Command, StrType, WordsType

_COLUMNS = ("--y-true", "--y-pred", "--weight", "--by")
_SHARDS = (".npy", ".npz")
_SHOWN = 20
_JOINT = "\0"  # no word of a command line has it

Words = tuple[str, ...]


class Evaluate(Command):
    """A command whose column options take all the files that an unquoted glob stands for."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the words for completion, and join those that are of one option."""
        ctx.meta[completion.TYPED] = tuple(args)
        return super().parse_args(ctx, joined(args))


def joined(args: Sequence[str]) -> list[str]:
    """The words, with shards that follow a shard as the value of an option joined to it.

    The shell makes ``--y-true a.npy b.npy`` of ``--y-true *.npy``. Only arrays are taken so:
    what follows the name of a column are other arguments.
    """
    found: list[str] = []
    suffix = ""
    for word in args:
        if suffix and Path(word).suffix == suffix and not word.startswith("-"):
            found[-1] += _JOINT + word
            continue
        is_value = bool(found) and found[-1] in _COLUMNS
        suffix = Path(word).suffix if is_value and Path(word).suffix in _SHARDS else ""
        found.append(word)
    return found


class ColumnType(WordsType):
    """A column's name, or files of arrays."""

    name = "column"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Words:
        """Return the words of the value: one name, or several files."""
        _ = param, ctx
        return value if isinstance(value, tuple) else tuple(value.split(_JOINT))

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[Any]:
        """List the columns of the files that were typed before."""
        _ = param
        return completion.columns(ctx.meta.get(completion.TYPED, ()), incomplete)


class MetricType(StrType):
    """A metric, or a preset of several."""

    name = "metric"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[Any]:
        """List the names of metrics, and the presets."""
        _ = ctx, param
        return completion.metrics(incomplete)


@click.command(
    "eval",
    cls=Evaluate,
    context_settings=SETTINGS,
    short_help="Evaluate the predictions in files: values of metrics.",
)
@click.argument("data", nargs=-1, type=click.Path())
@click.option(
    "--y-true",
    type=ColumnType(),
    metavar="COL",
    multiple=True,
    help="The column of true values; one --y-true for each where a row has several labels. "
    "Always needed.",
)
@click.option(
    "--y-pred",
    type=ColumnType(),
    metavar="COL",
    multiple=True,
    help="The column of predictions; one --y-pred for each class where each has a column.",
)
@click.option("--weight", type=ColumnType(), metavar="COL", help="The column of sample weights.")
@click.option(
    "--by",
    type=ColumnType(),
    metavar="COL",
    help="A column of groups: values for each of them too.",
)
@click.option(
    "-m",
    "--metric",
    "asked",
    type=MetricType(),
    metavar="METRIC",
    multiple=True,
    help="A metric's name, with arguments ('fbeta_score(beta=2)') or without; a preset: binary, "
    "multiclass, multilabel or regression; or file.py:NAME or module:NAME, a disteval.Metric of "
    "your own. Several: -m A -m B.",
)
@click.option(
    "--nan-policy",
    type=click.Choice(["raise", "omit", "propagate"]),
    default="raise",
    show_default=True,
    help="Rows with a missing value: an error that counts them, left out, or NaN for the metrics.",
)
@click.option(
    "--memory-budget",
    metavar="SIZE",
    help="What scores may hold in memory, such as '64 MiB'; more goes to scratch files. "
    "[default: 1 GiB]",
)
@click.option("--json", "as_json", is_flag=True, help="Print strict JSON.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print Markdown tables.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write this .json, .md, .html or .csv file, and print nothing.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="A Dask scheduler such as tcp://host:8786; or threads (where nothing is given), "
    "processes, sync.",
)
@click.option(
    "--progress",
    type=click.Choice(["bar", "lines", "none"]),
    help="Progress on stderr; by default a bar in a terminal, else a line every 10 s.",
)
def evaluate(
    *,
    data: Words,
    y_true: tuple[Words, ...],
    y_pred: tuple[Words, ...],
    weight: Words | None,
    by: Words | None,
    asked: tuple[str, ...],
    nan_policy: str,
    memory_budget: str | None,
    as_json: bool,
    as_markdown: bool,
    output: Path | None,
    scheduler: str | None,
    progress: str | None,
) -> None:
    """Evaluate the predictions in files: every metric asked for, over all rows, exact.

    DATA are Parquet, CSV or .npz files, folders of them, or globs. Without DATA, --y-true and
    --y-pred are .npy files, folders or globs themselves.

    \b
    Examples:
        disteval evaluate preds.parquet --y-true label --y-pred score -m binary
        disteval evaluate preds/*.parquet --y-true label --y-pred score \\
            -m accuracy -m 'fbeta_score(beta=2)' --by country
        disteval evaluate preds.csv --y-true label --y-pred p_cat --y-pred p_dog \\
            --y-pred p_owl -m multiclass
        disteval evaluate --y-true true/*.npy --y-pred pred/*.npy -m mse --json
        disteval evaluate preds/ --y-true label --y-pred score -o result.html \\
            -m my_metrics.py:MeanPinballLoss
        disteval evaluate preds/ --y-true label --y-pred score -m binary \\
            --scheduler tcp://127.0.0.1:8786

    "disteval metrics" lists the metrics. A metric of file.py:NAME runs that file, and its code
    travels to the workers of a cluster; a module of module:NAME must be installed there.

    Exit codes: 0 done, 2 wrong usage or input. "dask eval" is the same command.
    """  # noqa: D301  (a backspace keeps the lines of an example)
    from disteval.cli.outputs import Output

    if not y_true:
        raise click.UsageError(_needs_y_true(data))
    goes_to = Output.checked(output, json=as_json, markdown=as_markdown)
    from disteval.cli import running  # which imports all that wrong usage can do without

    wanted = running.metrics(asked)
    rows = running.arguments(data, y_true, y_pred, weight, by)
    goes_to.show(running.run(rows, wanted, nan_policy, memory_budget, scheduler, progress))


def _needs_y_true(data: Words) -> str:
    """What is missing, and the columns that it may be."""
    known = completion.columns_of(data) if data else []
    shown = f"{', '.join(known[:_SHOWN])}{', ...' if len(known) > _SHOWN else ''}"
    there = f"; the columns are {shown}" if known else ", or its .npy files"
    return f"Missing option '--y-true', the column of true values{there}"
