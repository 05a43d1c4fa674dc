"""Line plots of values over steps, and of curves, with matplotlib."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from disteval.errors import ArgumentError, MissingExtraError, SourceError

_FEW = 30  # points up to which each one is marked
_MANY = 5_000  # points from which matplotlib is slow to find an empty corner for the legend
_CROWD = 6  # lines above which a legend would hide them


class Line(NamedTuple):
    """Values over steps, under the label that the legend shows."""

    label: str
    steps: Sequence[float]
    values: Sequence[float]


def lines(series: Sequence[Line], *, ax: Any = None, path: Any = None) -> Any:
    """Draw the lines into one plot.

    Parameters
    ----------
    series : sequence of Line
    ax : matplotlib Axes, optional
        Default: those of a new figure; pyplot's where somebody is there to see it.
    path : str or Path, optional
        Where to save the figure.

    Returns
    -------
    matplotlib Axes
    """
    mpl = _matplotlib(ax)
    crowd = ax is None and len(series) > _CROWD
    if ax is None:
        width, height = mpl.rcParams["figure.figsize"]
        ax = _axes((width + 3.6 * crowd, height), shown=path is None)
    colours = len(mpl.rcParams["axes.prop_cycle"])
    for i, line in enumerate(series):
        marked = _marked(line.values)
        (drawn,) = ax.plot(line.steps, line.values, label=_label(line.label))
        drawn.set(linestyle=("-", "--", "-.", ":")[i // colours % 4])
        if marked:
            drawn.set(marker="o", markersize=4, markevery=marked)
    from matplotlib.ticker import AutoLocator

    locator = ax.xaxis.get_major_locator()
    whole = all(isinstance(step, int) for line in series for step in line.steps)
    if whole and isinstance(locator, AutoLocator):
        locator.set_params(integer=True, min_n_ticks=1)
    ax.set_xlabel("step")
    ax.set_ylabel(_literal(series[0].label) if len(series) == 1 else "value")
    points = sum(len(line.steps) for line in series)
    if crowd:
        legend = ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0))
    else:
        legend = ax.legend(loc="best" if points <= _MANY else "upper right")
    return _finished(ax, legend, path)


_AXES = (("fpr", "tpr"), ("recall", "precision"), ("fpr", "fnr"))
"""What is drawn over what; other values are drawn over thresholds."""
_IN_STEPS = "precision"  # between two recalls it is that of the higher one, not of a line


def curves(values: Mapping[str, Any], *, ax: Any = None, path: Any = None) -> Any:
    """Draw curves over thresholds into one plot.

    Parameters
    ----------
    values : by name, mappings of vectors, all of the same keys
    ax, path
        As for `lines`.

    Returns
    -------
    matplotlib Axes
    """
    mpl = _matplotlib(ax)
    keys = {tuple(value): name for name, value in values.items()}
    if len(keys) != 1:
        msg = f"expected curves of one kind in a plot, got {', '.join(keys.values())}; plot each"
        raise ArgumentError(msg)
    (names,) = keys
    pairs = [pair for pair in _AXES if set(pair) <= set(names)]
    pairs = pairs or [("thresholds", name) for name in names if name != "thresholds"]
    if ax is None:
        ax = _axes(mpl.rcParams["figure.figsize"], shown=path is None)
    for name, value in values.items():
        for x, y in pairs:
            label = name if len(pairs) == 1 else f"{name}: {y}"
            style = "steps-post" if y == _IN_STEPS else "default"
            ax.plot(value[x], value[y], label=_label(label), drawstyle=style)
    ax.set_xlabel(pairs[0][0])
    ax.set_ylabel(pairs[0][1] if len(pairs) == 1 else "value")
    return _finished(ax, ax.legend(loc="lower left"), path)


def _matplotlib(ax: Any) -> Any:
    """The library; an error where it is missing, or where these are no axes of it."""
    try:
        import matplotlib as mpl
        from matplotlib.axes import Axes
    except ImportError as error:
        msg = "plots need matplotlib; install it with: pip install 'disteval[plots]'"
        raise MissingExtraError(msg) from error
    if ax is not None and not isinstance(ax, Axes):
        msg = f"expected ax to be matplotlib Axes, got {type(ax).__name__}"
        raise ArgumentError(msg)
    return mpl


def _finished(ax: Any, legend: Any, path: Any) -> Any:
    for text in legend.get_texts():
        text.set_parse_math(False)
    if path is not None:
        _save(ax.figure, path)
    return ax


def _axes(size: tuple[float, float], *, shown: bool) -> Any:
    """Axes of a new figure.

    pyplot keeps every figure until it is closed, which is right where it will be shown: in a
    session (a notebook is one) and where the program uses pyplot. A program that only saves
    figures must not pile them up.
    """
    if shown and (hasattr(sys, "ps1") or "matplotlib.pyplot" in sys.modules):
        from matplotlib import pyplot as plt

        return plt.figure(figsize=size, layout="constrained").subplots()
    from matplotlib.figure import Figure

    return Figure(figsize=size, layout="constrained").subplots()


def _marked(values: Sequence[float]) -> list[int]:
    """The points to mark: all of a few; of many, those that no line reaches."""
    if len(values) <= _FEW:
        return list(range(len(values)))
    there = [False, *map(math.isfinite, values), False]
    return [i for i in range(len(values)) if there[i + 1] and not (there[i] or there[i + 2])]


def _label(name: str) -> str:
    """The name as a label; matplotlib's legends leave out those that begin with an underscore."""
    return f" {name}" if name.startswith("_") else name


def _literal(text: str) -> str:
    """The text with its dollars shown, where they would begin a formula."""
    return text.replace("$", r"\$")


def _save(figure: Any, path: str | os.PathLike[str]) -> None:
    whole = figure if hasattr(figure, "savefig") else figure.figure  # of a SubFigure
    try:
        whole.savefig(path)
    except OSError as error:
        msg = f"cannot save the plot as {os.fspath(path)!r}: {error.strerror or error}"
        raise SourceError(msg) from error
    except ValueError as error:
        msg = f"cannot save the plot as {os.fspath(path)!r}: {error}"
        raise ArgumentError(msg) from error
