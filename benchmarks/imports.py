"""The time until a user's first line runs, until the command line answers, and what `dask` pays."""

from __future__ import annotations

import statistics
from functools import partial

from benchmarks.measuring import Figure, Report, Settings, Target, interleaved, python

QUESTION = "fresh processes: import disteval, disteval --help, dask --help with our command"
ROUNDS = 5
DASK_ROUNDS = 25  # a few milliseconds among half a second
_HELP = "import sys; sys.argv = ['disteval', '--help']; from disteval.cli import main; main()"
# the `dask` command, with the entry points that others have registered, and ours or not
_DASK = """
import sys
import dask.cli
metadata = dask.cli.importlib_metadata
others = [p for p in metadata.entry_points(group="dask_cli") if "disteval" not in p.value]
ours = metadata.EntryPoint("eval", "disteval.cli:evaluate", "dask_cli")
metadata.entry_points = lambda group: [*others, ours][: len(others) + {ours}]
sys.argv = ["dask", "--help"]
dask.cli.run_cli()
"""


def measure(settings: Settings) -> Report:
    codes = {"python alone": "pass"}
    codes |= {f"import {name}": f"import {name}" for name in ("numpy", "click", "disteval")}
    codes["first use of disteval"] = "import disteval; disteval.evaluate"
    codes["import disteval.cli"] = "import disteval.cli"
    codes["disteval --help"] = _HELP
    python("-c", _HELP)  # compiles what has changed, and fills the file cache
    figures = _figures(codes, settings.turns(ROUNDS))
    dask = {
        "dask --help without us": _DASK.format(ours=0),
        "dask --help with us": _DASK.format(ours=1),
    }
    for code, named in zip(dask.values(), (False, True), strict=True):
        assert ("\n  eval " in python("-c", code)) is named
    figures |= _figures(dask, 1 if settings.tiny else DASK_ROUNDS)
    seconds = {name: figure.median for name, figure in figures.items()}
    alone = seconds["python alone"]
    targets = (
        Target(
            "import disteval and its first use, the interpreter's own start left out",
            seconds["first use of disteval"] - alone,
            0.5,
            "s",
        ),
        Target("disteval --help, in all", seconds["disteval --help"], 0.7, "s"),
        Target(
            "import disteval.cli beyond click, which dask imports too",
            seconds["import disteval.cli"] - seconds["import click"],
            0.03,
            "s",
        ),
        Target(
            "dask --help with our command, beyond the same without",
            _beyond(figures["dask --help with us"], figures["dask --help without us"]),
            0.03,
            "s",
        ),
    )
    return Report(tuple(figures.values()), targets)


def _beyond(one: Figure, other: Figure) -> float:
    """The median difference within a round: neighbours disturb both runs of it alike."""
    pairs = zip(one.laps, other.laps, strict=True)
    return statistics.median(a.clock - b.clock for a, b in pairs)


def _figures(codes: dict[str, str], rounds: int) -> dict[str, Figure]:
    runs = {name: partial(python, "-c", code) for name, code in codes.items()}
    laps = interleaved(runs, rounds)
    return {name: Figure(name, "other", 0, found) for name, found in laps.items()}
