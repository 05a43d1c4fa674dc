"""The time until a user's first line runs, and until the command line answers."""

from __future__ import annotations

import importlib.util
from functools import partial

from benchmarks.measuring import Figure, Report, Settings, Target, interleaved, python

QUESTION = "fresh processes: import disteval, disteval --help"
ROUNDS = 5
_HELP = "import sys; sys.argv = ['disteval', '--help']; from disteval.cli import main; main()"


def measure(settings: Settings) -> Report:
    codes = {"python alone": "pass"}
    codes |= {f"import {name}": f"import {name}" for name in ("numpy", "disteval")}
    has_command = importlib.util.find_spec("disteval.cli") is not None
    if has_command:
        codes["disteval --help"] = _HELP
    runs = {name: partial(python, "-c", code) for name, code in codes.items()}
    for run in runs.values():
        run()
    seconds = interleaved(runs, settings.turns(ROUNDS))
    figures = {name: Figure(name, "other", 0, found) for name, found in seconds.items()}
    inside = figures["import disteval"].median - figures["python alone"].median
    targets = [Target("import disteval, the interpreter's own start left out", inside, 0.5, "s")]
    if has_command:
        whole = figures["disteval --help"].median
        targets.append(Target("disteval --help, in all", whole, 0.7, "s"))
    notes = () if has_command else ("there is no command line yet",)
    return Report(tuple(figures.values()), tuple(targets), notes)
