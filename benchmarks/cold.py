"""One contestant, once, in this fresh process: prints seconds and peak memory as JSON.

Seconds are those of `import disteval` and of the first run, with compiled code from the cache;
making the data is left out.
"""

from __future__ import annotations

import time

_START = time.perf_counter()
import disteval  # noqa: E402, F401  (this is what is timed)

_IMPORTED = time.perf_counter() - _START

import argparse  # noqa: E402
import importlib  # noqa: E402
import json  # noqa: E402
from pathlib import Path  # noqa: E402

from benchmarks.measuring import Peak, Settings  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("benchmark")
    parser.add_argument("contestant")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--tiny", action="store_true")
    given = parser.parse_args()
    settings = Settings(given.data, given.scale, 1, given.tiny)
    module = importlib.import_module(f"benchmarks.{given.benchmark}")
    runs = {one.name: one.run for one in module.contestants(settings)}
    with Peak() as peak:
        start = time.perf_counter()
        runs[given.contestant]()
        seconds = time.perf_counter() - start
    print(json.dumps({"seconds": _IMPORTED + seconds, "peak": peak.above}))


if __name__ == "__main__":
    main()
