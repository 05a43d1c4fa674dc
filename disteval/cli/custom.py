"""A metric of the user's own: ``file.py:NAME`` or ``module:NAME``, with arguments or without.

A function of (y_true, y_pred), a subclass of `disteval.Metric`, or a metric made of one.
"""

from __future__ import annotations

import difflib
import functools
import importlib
import importlib.util
import inspect
import re
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

from disteval.errors import ArgumentError, SourceNotFoundError, UnknownNameError
from disteval.metrics.functions import CustomMetric, custom_metric
from disteval.metrics.names import PREFIXES, parse
from disteval.protocol import Metric

_FORM = re.compile(
    r"(?P<home>.+\.py|[A-Za-z_][\w.]*):(?P<name>[A-Za-z_]\w*)(?P<call>\s*\(.*\))?", re.DOTALL
)

_PLACES = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def as_asked(text: str) -> Metric | CustomMetric | str:
    """The metric or the function that the text finds in the user's code; other text as it is."""
    form = _FORM.fullmatch(text.strip())
    if form is None and text.strip().endswith(".py"):
        msg = f"expected {text.strip()}:NAME{_metrics_of(_of_file(Path(text.strip())))}"
        raise ArgumentError(msg)
    if form is None or form["home"] in PREFIXES:
        return text
    home, name = form["home"], form["name"]
    module = _of_file(Path(home)) if home.endswith(".py") else _of_name(home)
    found = getattr(module, name, None)
    if found is None:
        raise UnknownNameError(_missing(home, name, module))
    if inspect.isroutine(found) or isinstance(found, functools.partial):
        return _function(text.strip(), found, name, form["call"] or "")
    metric = _made(text.strip(), found, form["call"] or "", module)
    return metric if metric.name else metric.renamed(name)


def _function(text: str, found: Any, name: str, call: str) -> CustomMetric:
    """A plain function, under its name in the file and with its arguments."""
    _, arguments = parse(f"metric{call}")
    if not arguments:
        return custom_metric(name, found)
    try:
        inspect.signature(found).bind_partial(None, None, **arguments)
    except TypeError as error:
        msg = f"{text}: {error}; is it the name of one of the function's parameters?"
        raise ArgumentError(msg) from error
    return custom_metric(f"{name}{call.strip()}", functools.partial(found, **arguments))


def _made(text: str, found: Any, call: str, module: ModuleType) -> Metric:
    _, arguments = parse(f"metric{call}")
    if isinstance(found, Metric) and not call:
        return found
    if isinstance(found, type) and issubclass(found, Metric):
        try:
            return found(**arguments)
        except TypeError as error:
            msg = f"{text}: {error}; is an argument missing, or not one of the metric's?"
            raise ArgumentError(msg) from error
    what = "a class that is none" if isinstance(found, type) else f"a {type(found).__name__}"
    if isinstance(found, Metric):
        what = "a metric that has its arguments already"
    msg = (
        f"{text}: expected a function of (y_true, y_pred), a subclass of disteval.Metric, or one "
        f"made of it, got {what}"
        f'{_metrics_of(module)} (see "Adding a metric" in the README)'
    )
    raise ArgumentError(msg)


def _missing(home: str, name: str, module: ModuleType) -> str:
    near = difflib.get_close_matches(name, _own_metrics(module), 1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"there is no {name!r} in {home!r}{hint or _metrics_of(module)}"


def _metrics_of(module: ModuleType) -> str:
    metrics = _own_metrics(module)
    return f"; its metrics are {', '.join(metrics)}" if metrics else "; it has no metrics"


def _own_metrics(module: ModuleType) -> list[str]:
    return [key for key, value in vars(module).items() if _is_own_metric(value, module)]


def _is_own_metric(value: Any, module: ModuleType) -> bool:
    if isinstance(value, type):
        return issubclass(value, Metric) and value.__module__ == module.__name__
    if inspect.isfunction(value) and value.__module__ == module.__name__:
        places = [p for p in inspect.signature(value).parameters.values() if p.kind in _PLACES]
        return not value.__name__.startswith("_") and len(places) >= 2
    return isinstance(value, Metric)


def _of_file(path: Path) -> ModuleType:
    """Run the file.

    Its module is known to nobody afterwards. What is pickled for the workers of a cluster, which
    do not have the file, is then the code of its classes, and not where they could be imported.
    """
    if not path.is_file():
        msg = f"there is no file {str(path)!r} to take a metric from"
        raise SourceNotFoundError(msg)
    spec = importlib.util.spec_from_file_location(f"<{path.stem}>", path.resolve())
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.append(folder)  # for what the file imports
    sys.modules[module.__name__] = module  # dataclasses look there
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise ArgumentError(_failed(str(path), error)) from error
    finally:
        del sys.modules[module.__name__]
    return module


def _of_name(name: str) -> ModuleType:
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.append(folder)
    try:
        return importlib.import_module(name)
    except Exception as error:
        raise ArgumentError(_failed(name, error)) from error


def _failed(home: str, error: Exception) -> str:
    """What went wrong, and in which line of what was imported."""
    _, *frames = traceback.extract_tb(error.__traceback__)  # without our own
    theirs = [f for f in frames if not f.filename.startswith("<frozen ")]
    line = next((f.lineno for f in theirs if f.filename != importlib.__file__), None)
    reason = str(error)
    if isinstance(error, SyntaxError):
        line, reason = error.lineno, error.msg
    where = f", line {line}" if line else ""
    return f"{home!r} cannot be imported{where}: {type(error).__name__}: {reason}"
