"""Plots of a history: every line as it was appended, legible, and nothing left open."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import pytest

from disteval import errors
from disteval.history import History


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    return tmp_path / "plot.png"


@pytest.fixture
def no_pyplot(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that has not imported pyplot."""
    monkeypatch.delitem(sys.modules, "matplotlib.pyplot", raising=False)
    monkeypatch.delattr(sys, "ps1", raising=False)


def trained() -> History:
    history = History()
    for step in range(4):
        history.append({"mean_squared_error": 4.0 - step, "matrix": [1, 2]})
        if step % 2:
            history.append({"mean_squared_error": 5.0 - step}, step=step, prefix="val_")
    return history


def points(line: Any) -> list[tuple[float, float]]:
    return list(zip(line.get_xdata().tolist(), line.get_ydata().tolist(), strict=True))


@pytest.mark.usefixtures("no_pyplot")
def test_one_line_a_name_each_over_its_own_steps() -> None:
    ax = trained().plot("mse", "val_mse")
    assert [points(line) for line in ax.lines] == [
        [(0, 4.0), (1, 3.0), (2, 2.0), (3, 1.0)],
        [(1, 4.0), (3, 2.0)],
    ]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["mse", "val_mse"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("step", "value")
    assert "matplotlib.pyplot" not in sys.modules


def test_no_names_plot_all_numbers(picture: Path) -> None:
    history = trained()
    labels = [line.get_label() for line in history.plot(path=picture).lines]
    assert labels == ["mean_squared_error", "val_mean_squared_error"]
    matrices = History()
    matrices.append({"matrix": [1, 2]})
    with pytest.raises(errors.ColumnTypeError, match="no numbers to plot among matrix"):
        matrices.plot()


@pytest.mark.usefixtures("no_pyplot")
@pytest.mark.parametrize("steps", [1, 2, 3, 1000])
def test_ticks_are_whole_numbers_where_steps_are(steps: int) -> None:
    history = History()
    for _ in range(steps):
        history.append({"loss": 1.0})
    ax = history.plot("loss")
    assert ax.get_ylabel() == "loss"
    assert all(tick == int(tick) for tick in ax.get_xticks())
    history.append({"loss": 1.0}, step=steps - 0.5)
    assert [tick for tick in history.plot("loss").get_xticks() if tick % 1] or steps == 1000


@pytest.mark.usefixtures("no_pyplot")
def test_into_the_axes_of_the_user() -> None:
    from matplotlib.figure import Figure

    left, right = Figure().subplots(1, 2)
    left.plot([0, 1], [0.0, 1.0], label="mine")
    assert trained().plot("mse", ax=left) is left
    assert [text.get_text() for text in left.get_legend().get_texts()] == ["mine", "mse"]
    right.set_xscale("log")
    trained().plot("mse", ax=right)
    assert right.get_xscale() == "log"


@pytest.mark.usefixtures("no_pyplot")
def test_many_lines_are_told_apart(picture: Path) -> None:
    history = History()
    for _ in range(40):
        history.append({f"loss {i}": float(i) for i in range(12)})
    ax = history.plot(path=picture)
    looks = {(line.get_color(), line.get_linestyle()) for line in ax.lines}
    assert len(looks) == len(ax.lines) == 12
    box, legend = ax.get_window_extent(), ax.get_legend().get_window_extent()
    assert legend.x0 > box.x1  # beside the lines
    assert legend.x1 < ax.figure.bbox.x1


def test_points_that_no_line_reaches_are_marked(picture: Path) -> None:
    history = History()
    for step in range(60):
        loss = math.nan if step in (10, 12) else math.inf if step == 20 else 1.0
        history.append({"loss": loss, "never": math.nan})
    lines = history.plot(path=picture).lines
    assert [line.get_markevery() for line in lines] == [[11], None]


@pytest.mark.parametrize("name", ["_hidden", "a$b$c", "$\\frac{", "größe", "x" * 80])
def test_names_are_shown_as_they_are(name: str, picture: Path) -> None:
    history = History()
    history.append({name: 1.0, "other": 2.0})
    for names in ([name], [name, "other"]):
        shown = history.plot(*names, path=picture).get_legend().get_texts()[0].get_text()
        assert shown.strip() == name


def test_pyplot_shows_the_figure_where_it_is_used(
    monkeypatch: pytest.MonkeyPatch, picture: Path
) -> None:
    import matplotlib as mpl

    monkeypatch.setitem(mpl.rcParams, "backend", "agg")
    from matplotlib import pyplot as plt

    plt.close("all")
    try:
        ax = trained().plot("mse")
        assert plt.gcf() is ax.figure
        trained().plot("mse", path=picture)  # saved: nothing to show, nothing to close
        assert plt.get_fignums() == [ax.figure.number]
    finally:
        plt.close("all")


def test_plots_that_mean_nothing(tmp_path: Path) -> None:
    history, wrong = trained(), ["mse", "val_mse"]
    with pytest.raises(errors.ArgumentError, match="expected names to plot, as in plot"):
        history.plot(wrong)  # type: ignore[arg-type]
    with pytest.raises(errors.UnknownNameError, match="did you mean 'matrix'"):
        history.plot("mse", "matrx")
    with pytest.raises(errors.ArgumentError, match="nothing to plot: the history is empty"):
        History().plot()
    message = "expected a number at every step of 'matrix', got a list at step 0; append one"
    with pytest.raises(errors.ColumnTypeError, match=message):
        history.plot("matrix")
    with pytest.raises(errors.ArgumentError, match="expected ax to be matplotlib Axes, got str"):
        history.plot("mse", ax="left")
    with pytest.raises(errors.ArgumentError, match=r"cannot save .*Format 'loss' is not supported"):
        history.plot("mse", path=tmp_path / "plot.loss")
    with pytest.raises(errors.SourceError, match=r"cannot save .* No such file or directory"):
        history.plot("mse", path=tmp_path / "nowhere" / "plot.png")


def test_plot_without_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(errors.MissingExtraError, match=r"pip install 'disteval\[plots\]'"):
        trained().plot("mse")
