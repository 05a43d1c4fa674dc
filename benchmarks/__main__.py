"""`python -m benchmarks [NAME...]`: measure, and print tables."""

from __future__ import annotations

import argparse
import importlib
import tempfile
from pathlib import Path

from benchmarks import measuring

NAMES = (
    "mse", "plain_formula", "five_metrics", "twenty", "confusion", "tiny_chunks", "dask_chunks",
    "slices", "parquet", "in_memory", "auc", "auc_scale", "imports", "kernels",
)  # fmt: skip


def main(arguments: list[str] | None = None) -> bool:
    """Run benchmarks; returns whether all targets are met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--rows", type=float, default=1.0, help="factor on the rows (1.0)")
    parser.add_argument("--rounds", type=int, default=9, help="runs of each contestant (9)")
    parser.add_argument("--data", type=Path, help="folder that keeps the generated files")
    parser.add_argument(
        "--peers", type=float, metavar="ROWS", help="the most that auc_scale gives to others (all)"
    )
    parser.add_argument("--tiny", action="store_true", help="a few rows, to test the benchmarks")
    given = parser.parse_args(arguments)
    unknown = sorted(set(given.names) - set(NAMES))
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]!r}; there are {', '.join(NAMES)}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.data or Path(temporary)
        settings = measuring.Settings(folder, given.rows, given.rounds, given.tiny, given.peers)
        met = [report(name, settings) for name in given.names or NAMES]
        return all(met)


def report(name: str, settings: measuring.Settings) -> bool:
    """Run one benchmark and print it."""
    module = importlib.import_module(f"benchmarks.{name}")
    print(f"{name}: {module.QUESTION}", flush=True)
    found: measuring.Report = module.measure(settings)
    for text in (measuring.table(found), measuring.targets(found)):
        if text:
            print(text)
    for note in found.notes:
        print(f"  {note}")
    print(flush=True)
    return all(target.met for target in found.targets)


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
