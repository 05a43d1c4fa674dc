"""Imports point one way: the table of layers, asserted by reading the source."""

from __future__ import annotations

import ast
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

import disteval

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(disteval.__file__).parent

# a layer may import those before it, and a folder itself; "disteval" is the package's own names
LAYERS = [
    "errors", "parameters", "protocol", "backend", "numerics", "sources", "reductions", "ops",
    "engine", "report", "result", "metrics", "formula", "testing", "archive", "history",
    "evaluator", "disteval", "demo", "cli", "__main__",
]  # fmt: skip
NEVER = {
    ("metrics", "sources"): "metrics and sources never import each other",
    ("testing", "metrics"): "what a user inherits is proven on protocol and engine alone",
    ("testing", "formula"): "what a user inherits is proven on protocol and engine alone",
    ("testing", "report"): "what a user inherits is proven on protocol and engine alone",
}
# who may import a library; programs (demo, cli) are users, who may use Dask as they like
IMPORTERS = {
    "cupy": ("backend.py",),
    "dask": ("engine/*", "sources/dask/*", "testing/sources.py", "demo/*", "cli/*"),
    "distributed": ("engine/*", "sources/dask/*", "demo/*", "cli/*"),
    "numba": ("numerics/kernels/*",),
    "llvmlite": ("numerics/kernels/*",),
    "matplotlib": ("report/plots*", "demo/*"),
    "pandas": ("report/frames.py", "demo/*"),
    "polars": ("sources/memory/polars.py",),
    "pyarrow": ("sources/columns/arrow.py", "sources/memory/arrow.py", "sources/files/*"),
}


def imports(path: Path, root: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of everything that a module imports, at its top or inside functions."""
    package = ["disteval", *path.relative_to(root).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = ast.unparse(node.func).rpartition(".")[2]
            if called in ("import_module", "__import__"):
                yield node.lineno, str(node.args[0].value)


def layer(parts: tuple[str, ...]) -> str:
    """Tell the layer of a module's path inside the package, or of an imported name's parts."""
    first = parts[0].removesuffix(".py") if parts else "disteval"
    return "disteval" if first == "__init__" or first not in LAYERS else first


def faults(root: Path) -> list[str]:
    """List what breaks the table, as "file:line: reason"."""
    found = []
    for path in sorted(root.rglob("*.py")):
        inside = path.relative_to(root)
        own = layer(inside.parts)
        if own == "disteval" and inside.name != "__init__.py":
            found.append(f"{inside.as_posix()}:1: no layer of the table")
            continue
        for line, name in imports(path, root):
            where = f"{inside.as_posix()}:{line}"
            package, *rest = name.split(".")
            allowed = IMPORTERS.get(package, ("*",))
            if not any(fnmatch(inside.as_posix(), pattern) for pattern in allowed):
                found.append(f"{where}: {package} is imported by {', '.join(allowed)} alone")
            if package != "disteval":
                continue
            other = layer(tuple(rest))
            if (own, other) in NEVER:
                found.append(f"{where}: {NEVER[own, other]}")
            elif own != other and LAYERS.index(other) > LAYERS.index(own):
                found.append(f"{where}: {own} comes before {other}")
    return found


def test_imports_point_one_way() -> None:
    assert faults(ROOT) == []


def test_every_layer_is_a_module_or_yet_to_come() -> None:
    there = {layer(path.relative_to(ROOT).parts) for path in ROOT.rglob("*.py")}
    missing = set(LAYERS) - there
    assert missing <= {"ops", "formula", "report", "archive", "history", "cli", "__main__"}


CLEAN = {
    "__init__.py": "from disteval import errors\nfrom disteval.evaluator import evaluate\n",
    "errors.py": "",
    "backend.py": "def namespace():\n    import cupy\n",
    "protocol.py": "from disteval.errors import DistevalError\n",
    "numerics/__init__.py": "",
    "numerics/sums.py": "from disteval import backend\nfrom .kernels import sums\n",
    "numerics/kernels/__init__.py": "",
    "numerics/kernels/sums.py": "import numba\nfrom numba.core import types\n",
    "sources/files/__init__.py": "",
    "sources/dask/arrays.py": "from ...protocol import Source\nimport dask.array as da\n",
    "reductions/sums.py": "from disteval.numerics import sums\nimport disteval.reductions.state\n",
    "engine/run.py": "def run():\n    from distributed import Client\n    import dask\n",
    "metrics/base.py": "from disteval.reductions import ExactSum\n",
    "evaluator.py": "from disteval.sources import open_source\nimport disteval.metrics\n",
    "cli/__init__.py": "import disteval\nimport dask\n",
}
PLANTED = {
    ("numerics/sums.py", "def f():\n    from disteval.reductions import ExactSum\n"): (
        "numerics/sums.py:4: numerics comes before reductions"
    ),
    ("metrics/base.py", "import disteval.sources.table\n"): (
        "metrics/base.py:2: metrics and sources never import each other"
    ),
    ("sources/files/npy.py", "class A:\n    def f(self):\n        import dask\n"): (
        "sources/files/npy.py:3: dask is imported by "
        "engine/*, sources/dask/*, testing/sources.py, demo/*, cli/* alone"
    ),
    ("reductions/sums.py", "from numba import njit\n"): (
        "reductions/sums.py:3: numba is imported by numerics/kernels/* alone"
    ),
    ("engine/run.py", "import importlib\ncp = importlib.import_module('cupy')\n"): (
        "engine/run.py:5: cupy is imported by backend.py alone"
    ),
    ("protocol.py", "from disteval import evaluate\n"): (
        "protocol.py:2: protocol comes before disteval"
    ),
    ("sources/table.py", "from ..metrics import base\n"): (
        "sources/table.py:1: sources comes before metrics"
    ),
    ("utils.py", ""): "utils.py:1: no layer of the table",
}


@pytest.mark.parametrize("planted", [None, *PLANTED], ids=lambda fault: fault and fault[0])
def test_planted_faults_are_found(planted: tuple[str, str] | None, tmp_path: Path) -> None:
    for name, text in CLEAN.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    if planted is None:
        assert faults(tmp_path) == []
        return
    name, text = planted
    with (tmp_path / name).open("a") as stream:
        stream.write(text)
    assert faults(tmp_path) == [PLANTED[planted]]


def test_only_the_evaluator_gives_metrics_their_accumulator() -> None:
    setters = [
        path.relative_to(ROOT).as_posix()
        for path in sorted(ROOT.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Attribute) and target.attr == "accumulator"
    ]
    assert setters == ["evaluator/streaming.py"]


def test_what_takes_long_is_imported_at_first_use() -> None:
    program = "import sys, disteval, disteval.testing; print(*sys.modules, sep='\\n')"
    command = [sys.executable, "-c", program]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    heavy = {"dask", "distributed", "numba", "cupy", "pandas", "pytest", "hypothesis", "matplotlib"}
    assert heavy & {name.partition(".")[0] for name in run.stdout.split()} == set()


def test_public_names_are_sorted_and_complete() -> None:
    assert disteval.__all__ == sorted(disteval.__all__)
    assert len(set(disteval.__all__)) == len(disteval.__all__)
    bound = {
        alias.asname or alias.name
        for node in ast.walk(ast.parse((ROOT / "__init__.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and str(node.module).partition(".")[0] == "disteval"
        for alias in node.names
    }
    assert {*bound, "__version__"} == set(disteval.__all__)
    # submodules become attributes when something imports them; all else is listed
    public = {n for n in dir(disteval) if not n.startswith("_")}
    modules = {n for n in public if isinstance(getattr(disteval, n), ModuleType)}
    assert public - modules == set(disteval.__all__) - modules - {"__version__"}
    assert all(layer((n,)) == n for n in modules)
