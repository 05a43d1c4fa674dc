"""Where a result goes: text, JSON or Markdown on stdout, or a file."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import click

from disteval.cli.commands import in_terminal

if TYPE_CHECKING:  # a result exists long after the command line was read
    from disteval.result import Result

SUFFIXES = (".json", ".md", ".html", ".csv")


@dataclass(frozen=True)
class Output:
    """A form, and where to.

    Parameters
    ----------
    form : one of `SUFFIXES`, or "": text
    path : a file; None: stdout
    """

    form: str = ""
    path: Path | None = None

    @classmethod
    def checked(cls, path: Path | None, *, json: bool, markdown: bool) -> Self:
        """What was asked for; refused before the work where it could not be written after it."""
        given = [("--json", json), ("--markdown", markdown), ("-o", path is not None)]
        names = [name for name, wanted in given if wanted]
        if len(names) > 1:
            msg = f"{' and '.join(names)} are different outputs of one result: choose one"
            raise click.UsageError(msg)
        if path is None:
            return cls(".json" if json else ".md" if markdown else "")
        form = path.suffix.lower()
        if form not in SUFFIXES:
            msg = f"expected -o FILE to end in {', '.join(SUFFIXES)}, got {str(path)!r}"
            raise click.UsageError(msg)
        folder = path.resolve().parent
        if not folder.is_dir():
            msg = f"there is no folder {str(folder)!r} to write {path.name!r} into; make it first"
            raise click.UsageError(msg)
        if not os.access(folder, os.W_OK):
            msg = f"the folder {str(folder)!r} of {path.name!r} cannot be written to"
            raise click.UsageError(msg)
        return cls(form, path.resolve())

    def show(self, result: Result) -> None:
        """Print it, or write the file."""
        if self.path is not None:
            try:
                _write(self.path, rendered(result, self.form))
            except OSError:
                click.echo(str(result))  # which may have taken hours
                raise
        elif not self.form and in_terminal():
            from disteval.cli.console import PipeConsole

            PipeConsole(highlight=False).print(result)
        else:
            click.echo(rendered(result, self.form))


def rendered(result: Result, form: str) -> str:
    """The result in a form."""
    if form == ".json":
        return result.to_json()
    if form == ".md":
        return result.to_markdown()
    if form == ".html":
        return _PAGE.format(body=result._repr_html_())
    return _table(result) if form == ".csv" else str(result)


_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>disteval</title>
<style>:root {{ color-scheme: light dark; }} body {{ font-family: sans-serif; }}</style>
</head>
<body>
{body}
</body>
</html>"""


def _table(result: Result) -> str:
    """All numbers in long form, one a row, as `Result.to_frame` has them."""
    from disteval.report.values import leaves

    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["metric", "label", "slice", "value"])
    for group, part in [("", result), *result.slices.items()]:
        for name, value in part.values_.items():
            for path, leaf in leaves(value, part.labels.get(name, ())):
                table.writerow([name, "/".join(map(str, path)), group, leaf])
    return text.getvalue().removesuffix("\n")


def _write(path: Path, text: str) -> None:
    """The whole file, or none of it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("w", encoding="utf-8", newline="\n") as stream:
            stream.write(text + "\n")
        draft.replace(path)
    except OSError as error:
        msg = f"cannot write {str(path)!r}: {error.strerror or error}"
        raise OSError(msg) from error
    finally:
        draft.unlink(missing_ok=True)
