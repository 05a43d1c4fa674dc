"""`History`: the values of results over steps."""

from __future__ import annotations

import difflib
import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, SupportsFloat

from disteval.errors import ArgumentError, ColumnTypeError, UnknownNameError
from disteval.history.entries import Entry, Step, checked_name, checked_step, named, plain
from disteval.history.lines import LineFile
from disteval.metrics import aliases
from disteval.report import frames, plots


class Columns(dict[str, list[Any]]):
    """Lists of values by name; an alias finds them too, behind any prefix."""

    def known(self, name: object) -> str | None:
        """The name under which the values of a name or alias are kept."""
        if isinstance(name, str):
            if dict.__contains__(self, name):
                return name
            for alias, meant in aliases().items():
                full = name.removesuffix(alias) + meant
                if name.endswith(alias) and dict.__contains__(self, full):
                    return full
        return None

    def __contains__(self, name: object) -> bool:
        return self.known(name) is not None

    def get(self, name: str, default: Any = None) -> Any:
        """The values of a name or alias; the default where there are none."""
        known = self.known(name)
        return default if known is None else self[known]

    def __missing__(self, name: str) -> list[Any]:
        known = self.known(name)
        if known is None:
            raise self.unknown(name)
        return self[known]

    def unknown(self, name: object) -> UnknownNameError:
        """The error that names the nearest name."""
        if not self:
            msg = f"there is no value {name!r}: the history is empty; append(result) first"
            return UnknownNameError(msg)
        near = difflib.get_close_matches(str(name), [*self], 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        return UnknownNameError(f"there is no value {name!r}; there are {_some([*self], 8)}{hint}")


class History:
    """Values of results over steps, such as epochs or days.

    Parameters
    ----------
    path : str or Path, optional
        A file that keeps every append as a line of JSON, on the disk before `append` returns. What
        it holds already is read. Several processes may append to it; each knows what the file
        held when it opened it, and what it appended itself.

    Attributes
    ----------
    history : dict of lists
        The values of each name in order of append, as in Keras. Aliases find them too, behind any
        prefix. The lists are the history's own and grow with it.

    Notes
    -----
    A history is a sequence of rows, one a step: ``for step, values in history``. A step that is
    appended again under the same names (a training resumed from an older checkpoint) begins a new
    row; nothing is replaced.

    A copy or a pickle holds the values and lets go of the file, which has one owner; open it anew
    with ``History(path)``.

    Examples
    --------
    >>> import disteval
    >>> history = History()
    >>> for error in (2.0, 1.0):
    ...     history.append(disteval.evaluate([0.0, 1.0], [error, 1.0], ["mse"]))
    >>> history.append({"mse": 3.0}, step=1, prefix="val_")
    >>> history.history["mse"], history.history["val_mse"]
    ([2.0, 0.5], [3.0])
    >>> history
    <History of 2 steps: mean_squared_error, val_mse>
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self._file = None if path is None else LineFile(path)
        self._fill([] if self._file is None else self._file.read())

    @property
    def path(self) -> Path | None:
        """The file that keeps every append."""
        return self._file.path if self._file else None

    def _fill(self, entries: list[Entry]) -> None:
        self.history = Columns()
        self._entries: list[Entry] = []
        self._rows: list[tuple[Step, list[Mapping[str, Any]]]] = []
        self._row_of: dict[Step, list[Mapping[str, Any]]] = {}  # the last row of each step
        self._last: dict[str, Step] = {}  # the last step of each prefix
        for entry in entries:
            self._keep(entry)

    def append(
        self, result: Mapping[str, Any], step: SupportsFloat | None = None, prefix: str = ""
    ) -> None:
        """Add the values of a result at a step.

        Parameters
        ----------
        result : Result, or mapping of names to values
            Values are numbers, strings, arrays (kept as lists) and mappings of these. Of a result
            by slices the overall values are kept; ``append(result.slices["de"], prefix="de_")``
            keeps those of a slice.
        step : int or float, optional
            Default: one more than the last step under this prefix, from 0.
        prefix : str
            What the names begin with, such as "val_".

        Raises
        ------
        errors.SourceError
            The line could not be written: the file and the history are as they were.
        """
        checked_name(prefix, "prefix to be a str such as 'val_'")
        if step is None:
            step = self._last[prefix] + 1 if prefix in self._last else 0
        values = plain(result)
        entry = named(checked_step(step), prefix, values)
        if self._file is not None:
            self._file.append(entry.step, prefix, values)
        self._keep(entry)

    def _keep(self, entry: Entry) -> None:
        self._entries.append(entry)
        self._last[entry.prefix] = entry.step
        row = self._row_of.get(entry.step)
        if row is None or any(name in part for part in row for name in entry.values):
            row = self._row_of[entry.step] = []
            self._rows.append((entry.step, row))
        row.append(entry.values)
        for name, value in entry.values.items():
            self.history.setdefault(name, []).append(value)

    @property
    def steps(self) -> list[Step]:
        """The step of each row, in order of append."""
        return [step for step, _ in self._rows]

    @property
    def epoch(self) -> list[Step]:
        """`steps`, as Keras calls them."""
        return self.steps

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[tuple[Step, dict[str, Any]]]:
        for step, parts in self._rows:
            yield step, {name: value for part in parts for name, value in part.items()}

    def __repr__(self) -> str:
        where = f" in {self.path.name}" if self.path else ""
        names = f": {_some([*self.history], 4)}" if self.history else ""
        return f"<History of {len(self)} step{'s' * (len(self) != 1)}{where}{names}>"

    def __getstate__(self) -> dict[str, Any]:
        return {"entries": self._entries}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self._file = None
        self._fill(state["entries"])

    def to_frame(self) -> Any:
        """A pandas DataFrame: one row a step (the index), one column a name, NaN where missing."""
        rows = [values for _, values in self]
        nan = math.nan
        columns = {name: [row.get(name, nan) for row in rows] for name in self.history}
        return frames.wide(columns, self.steps, "step")

    def plot(self, *names: str, ax: Any = None, path: str | os.PathLike[str] | None = None) -> Any:
        """One line a name, over the steps at which it has values.

        Parameters
        ----------
        *names : str
            Names or aliases of numbers; the legend shows them as given. None: all numbers.
        ax : matplotlib Axes, optional
            Where to draw. Default: a new figure.
        path : str or Path, optional
            Where to save the figure; the suffix tells the format.

        Returns
        -------
        matplotlib Axes
            Its figure is shown by a notebook, and by ``pyplot.show()`` in a session or program
            that uses pyplot. Elsewhere, and with `path`, it is no part of pyplot's list of
            figures: nothing has to be closed.
        """
        if not self.history:
            msg = "there is nothing to plot: the history is empty; append(result) first"
            raise ArgumentError(msg)
        lines = [self._line(name) for name in names or self._numbers()]
        return plots.lines(lines, ax=ax, path=path)

    def _numbers(self) -> list[str]:
        found = [name for name, values in self.history.items() if all(map(_is_number, values))]
        if not found:
            msg = f"there are no numbers to plot among {_some([*self.history], 8)}"
            raise ColumnTypeError(msg)
        return found

    def _line(self, name: str) -> plots.Line:
        checked_name(name, "names to plot, as in plot('mse', 'val_mse')")
        known = self.history.known(name)
        if known is None:
            raise self.history.unknown(name)
        points = [(e.step, e.values[known]) for e in self._entries if known in e.values]
        for step, value in points:
            if not _is_number(value):
                msg = (
                    f"expected a number at every step of {name!r}, got a {type(value).__name__} at "
                    f"step {step}; append one of its numbers under a name of its own"
                )
                raise ColumnTypeError(msg)
        return plots.Line(name, [step for step, _ in points], [value for _, value in points])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def _some(names: list[str], limit: int) -> str:
    more = len(names) - limit
    return ", ".join(names[:limit]) + (f" and {more} more" if more > 0 else "")
