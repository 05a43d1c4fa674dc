"""The result of an evaluation: values by name, and everything that must be said about them."""

from __future__ import annotations

import ast
import difflib
import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from disteval.engine import RowCounts
from disteval.errors import ArgumentError, UnknownNameError
from disteval.protocol import Metric, Reduction, Value
from disteval.report import frames, keys, sheet
from disteval.report.details import Details, with_digits
from disteval.report.values import as_float, is_curve, is_number, leaves, plain, size


@dataclass(frozen=True, eq=False, repr=False)
class Result(Mapping[str, Any]):
    """Values by name: the user's names, aliases, and the metrics' canonical strings.

    Parameters
    ----------
    values_ : by the name of each metric
    rows : rows seen, used and dropped
    states : the merged states, by reduction
    labels : what the positions of an array mean, by name
    rules : how predictions were turned into labels, by name
    notes : what the user should know, such as undefined values
    passes : how often the data was read
    aliases : other names of the metrics
    metrics : the metrics as they were resolved, in the order of the values
    by : the column of group labels, "" where there are no groups
    slices : group label to the result of the rows of that group
    details_ : other numbers of the same computation, by name; of metrics that have some

    Examples
    --------
    >>> import disteval
    >>> result = disteval.evaluate([1.0, 2.0], [1.0, 4.0], ["mse"])
    >>> result["mse"], result["mean_squared_error"]
    (2.0, 2.0)
    >>> print(result)
    mean_squared_error  2.000000
    ────────────────────────────
    rows    2 used of 2 seen
    digest  645bb7e0444554e5
    """

    values_: Mapping[str, Value]
    rows: RowCounts
    states: tuple[tuple[Reduction[Any], Any], ...]
    labels: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    passes: int = 1
    aliases: Mapping[str, str] = field(default_factory=dict)
    metrics: tuple[Metric, ...] = ()
    by: str = ""
    slices: Mapping[Any, Result] = field(default_factory=dict)
    details_: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    # --- values by name ---------------------------------------------------------------------

    def __getitem__(self, name: str) -> Any:
        return self.values_[self._name(name)]

    def __contains__(self, name: object) -> bool:
        return self._found(name) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_)

    def __len__(self) -> int:
        return len(self.values_)

    def _name(self, name: Any) -> str:
        """The name under which a value is kept; an error that tells the nearest ones."""
        found = self._found(name)
        if found is not None:
            return found
        if self._is_group(name):
            msg = f"{name!r} is a group of {self.by!r}, not a value; take result.slices[{name!r}]"
            raise UnknownNameError(msg)
        own = {known: known for known in self.values_}
        known = {alias: full for alias, full in self.aliases.items() if full in own} | own
        near = difflib.get_close_matches(str(name), known, 9, 0.5)
        once = list({known[text]: text for text in reversed(near)}.values())[::-1][:3]
        hint = f"; did you mean {' or '.join(map(repr, once))}?" if once else ""
        msg = f"there is no value {name!r}; there are {sheet.few(list(self.values_), 12)}{hint}"
        raise UnknownNameError(msg)

    def _found(self, name: Any) -> str | None:
        if not isinstance(name, str):
            return None
        for candidate in (name, self.aliases.get(name, "")):
            if candidate in self.values_:
                return candidate
        asked = self._call(name)
        canonical = [(metric.canonical_string(), str(metric.name)) for metric in self.metrics]
        for text, own in [*((known, known) for known in self.values_), *canonical]:
            if own in self.values_ and self._call(text) == asked:
                return own
        of_class = [str(metric.name) for metric in self.metrics if type(metric).__name__ == name]
        return of_class[0] if len(of_class) == 1 else None

    def _call(self, text: str) -> tuple[str, Any]:
        """A canonical string by what it says: the full name, and the arguments in any order."""
        plain_name, bracket, rest = text.strip().partition("(")
        full = self.aliases.get(plain_name, plain_name)
        if not bracket:
            return full, {}
        try:
            call = ast.parse(f"f({rest}", mode="eval").body
            if isinstance(call, ast.Call) and not call.args:
                return full, {k.arg: ast.literal_eval(k.value) for k in call.keywords}
        except (SyntaxError, ValueError):
            pass  # a name of the user's own, with a bracket
        return full, rest

    def _is_group(self, name: Any) -> bool:
        try:
            return name in self.slices
        except TypeError:  # not hashable
            return False

    @property
    def details(self) -> Mapping[str, Mapping[str, Any]]:
        """Other numbers of the same computation, by any name of the value; {} where there are none.

        Examples
        --------
        >>> import disteval
        >>> result = disteval.evaluate([1.0, 2.0], [1.0, 4.0], ["mse"])
        >>> result.details["mse"], len(result.details)
        ({}, 0)
        """
        return Details(self.details_, self._name, self._found)

    # --- as plain data ----------------------------------------------------------------------

    @property
    def digest(self) -> str:
        """A hash of the merged states: equal data and reductions, equal digest.

        It depends neither on chunks, their order, threads, workers or device, nor on the order
        in which the metrics were asked for.
        """
        parts = sorted((repr(reduction), state.to_bytes()) for reduction, state in self.states)
        digest = hashlib.sha256()
        for name, content in parts:
            for part in (name.encode(), content):
                digest.update(len(part).to_bytes(8, "little"))
                digest.update(part)
        return digest.hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Everything but the states, as plain Python values; NaN stays NaN.

        With groups there is also "by", the column, and "slices": for each group label (as it
        is) its "metrics", "labels", "rows" and "notes". Where metrics have `details`, these are
        under "details".
        """
        whole: dict[str, Any] = {
            "metrics": self._plain_values(),
            "labels": self._plain_labels(),
            "rules": dict(self.rules),
            "rows": self._plain_rows(),
            "notes": list(self.notes),
            "passes": self.passes,
            "digest": self.digest,
            **self._plain_details(),
        }
        if not self.by:
            return whole
        slices = {
            label: {
                "metrics": part._plain_values(),
                "labels": part._plain_labels(),
                "rows": part._plain_rows(),
                "notes": list(part.notes),
                **part._plain_details(),
            }
            for label, part in self.slices.items()
        }
        return whole | {"by": self.by, "slices": slices}

    def _plain_values(self) -> dict[str, Any]:
        return {name: plain(value) for name, value in self.values_.items()}

    def _plain_labels(self) -> dict[str, list[Any]]:
        return {name: [plain(label) for label in labels] for name, labels in self.labels.items()}

    def _plain_details(self) -> dict[str, Any]:
        return {"details": plain(self.details_)} if self.details_ else {}

    def _plain_rows(self) -> dict[str, Any]:
        rows = self.rows
        return {"seen": rows.seen, "used": rows.used, "dropped": dict(rows.dropped)}

    def to_json(self, indent: int | None = 2) -> str:
        """`to_dict` as strict JSON: NaN is null, infinities are the strings "inf" and "-inf".

        The labels of groups are keys, and so strings: those of one column are of one kind, and
        no two of them become the same string. Among the details integers beyond 2**53, such as
        the numerator of an area, are strings of their digits: most readers of JSON round them.
        """
        found = self.to_dict()
        for part in (found, *found.get("slices", {}).values()):
            if "details" in part:
                part["details"] = with_digits(part["details"])
        return json.dumps(_strict(found), indent=indent, allow_nan=False)

    def to_frame(self) -> Any:
        """All numbers as a pandas DataFrame in long form, one a row.

        Returns
        -------
        pandas.DataFrame
            Columns: metric; label (None for a single number, the label of a position of a
            vector, the pair (true, predicted) for a matrix, the key of a mapping); slice (None
            for all rows, else the label of the group); value.

        Examples
        --------
        >>> import disteval
        >>> disteval.evaluate(["a", "b"], ["a", "a"], ["recall"]).to_frame()
           metric label slice  value
        0  recall     a  None    1.0
        1  recall     b  None    0.0
        """
        parts = [(None, self), *self.slices.items()]
        return frames.long_frame((label, part.values_, part.labels) for label, part in parts)

    def scalars(self) -> dict[str, float]:
        """All numbers as a flat dict of floats, under keys that experiment trackers take.

        A number is under the name of its metric; those of a vector under name/label, of a matrix
        under name/true/predicted, of a mapping under name/key, of a group under by/group/name.
        Truth values are 0.0 and 1.0; texts, None and curves over thresholds are left out. What
        MLflow, TensorBoard or W&B would refuse in a key is an underscore: "fbeta_score(beta=2.0)"
        becomes "fbeta_score_beta_2.0".

        Examples
        --------
        >>> import disteval
        >>> metrics = ["mse", "mean_absolute_error"]
        >>> disteval.evaluate([1.0, 2.0], [1.0, 4.0], metrics).scalars()
        {'mean_squared_error': 2.0, 'mean_absolute_error': 1.0}
        """
        numbers = [
            ((*before, *keys.name_path(name), *path), leaf)
            for before, part in [((), self), *(((self.by, g), r) for g, r in self.slices.items())]
            for name, value in part.values_.items()
            if not is_curve(value)
            for path, leaf in leaves(value, part.labels.get(name, ()))
            if is_number(leaf)
        ]
        flat = keys.unique(path for path, _ in numbers)
        return {key: as_float(leaf) for key, (_, leaf) in zip(flat, numbers, strict=True)}

    def write(self, writer: Any, step: int | None = None) -> None:
        """Give each of `scalars` to a TensorBoard writer.

        Parameters
        ----------
        writer : anything with ``add_scalar(tag, value, step)``
            Such as torch.utils.tensorboard.SummaryWriter or tensorboardX.SummaryWriter.
        step : int, optional
        """
        if not callable(getattr(writer, "add_scalar", None)):
            msg = (
                "expected a writer with add_scalar(tag, value, step), such as TensorBoard's "
                f"SummaryWriter, got {type(writer).__name__}; others take result.scalars()"
            )
            raise ArgumentError(msg)
        for key, value in self.scalars().items():
            writer.add_scalar(key, value, step)

    # --- for people -------------------------------------------------------------------------

    def explain(self, name: str) -> str:
        """How a value came about: definition, exact totals, rule, rows and what is guaranteed.

        Examples
        --------
        >>> import disteval
        >>> print(disteval.evaluate([1.0, 2.0], [1.0, 4.0], ["mse"]).explain("mse"))
        value       mean_squared_error = 2.0
        definition  Mean squared error, Σ wᵢ (yᵢ - pᵢ)² / Σ wᵢ.
        from        the exact sum of SquaredError(): 4
        from        the total weight (1 a row without weights): 2
        rows        2 used of 2 seen
        exact       the exact mean of fl(fl(y - p)²), rounded once, for any chunking and
                    order.
        """
        from disteval.report import explained, text

        own = self._name(name)
        metric = next((m for m in self.metrics if own in _names(m)), None)
        said_of = (own, str(metric.name) if metric is not None else own)
        content = explained.explained(
            own,
            self.values_[own],
            tuple(self.labels.get(own, ())),
            metric,
            _passes(metric, dict(self.states)),
            self.rules.get(own, ""),
            [
                note.removeprefix(f"{name}: ")
                for note in self.notes
                for name in dict.fromkeys(said_of)
                if note.startswith(f"{name}: ")
            ],
            self.rows,
            self.details_.get(own, {}),
        )
        return text.as_text(content)

    def plot(self, *names: str, ax: Any = None, path: Any = None) -> Any:
        """Curves over thresholds, such as "roc_curve".

        Parameters
        ----------
        *names : str
            Names of curves of one kind. None: all curves.
        ax : matplotlib Axes, optional
            Where to draw. Default: a new figure.
        path : str or Path, optional
            Where to save the figure; the suffix tells the format.

        Returns
        -------
        matplotlib Axes
            As of `History.plot`.
        """
        from disteval.report import plots

        curves = {name: self[name] for name in names or self.values_ if is_curve(self[name])}
        missing = [name for name in names if name not in curves]
        if missing or not curves:
            msg = (
                "expected names of curves over thresholds, such as 'roc_curve', got "
                f"{', '.join(missing) or 'none in the result'}; history.plot() draws numbers over "
                "steps"
            )
            raise ArgumentError(msg)
        return plots.curves(curves, ax=ax, path=path)

    def to_markdown(self) -> str:
        """What ``print`` shows, as GitHub's markdown."""
        from disteval.report import markdown

        return markdown.as_markdown(self._sheet())

    def _repr_html_(self) -> str:
        from disteval.report import html

        return html.as_html(self._sheet())

    def __rich__(self) -> Any:
        from disteval.report import text

        return text.Drawing(self._sheet())

    def __str__(self) -> str:
        from disteval.report import text

        return text.as_text(self._sheet())

    def __repr__(self) -> str:
        values = ", ".join(
            f"{sheet.visible(name)}={_short(value)}" for name, value in self.values_.items()
        )
        groups = f" in {len(self.slices):,} groups" if self.by else ""
        return f"<Result of {self.rows.used:,} rows{groups}: {values}>"

    def _sheet(self) -> sheet.Sheet:
        groups = [
            sheet.Group(label, part.values_, part.rows.used) for label, part in self.slices.items()
        ]
        facts = sheet.facts(self.rows, self.rules, self.notes, self.passes, self.digest)
        return sheet.sheet(self.values_, self.labels, facts, self.by, groups, self.rows.used)


def _names(metric: Metric) -> tuple[str, ...]:
    """Under which names a metric has values: a formula may have several."""
    several = getattr(metric, "keys", ())
    return (str(metric.name), *(several if isinstance(several, tuple) else ()))


def _passes(
    metric: Metric | None, states: Mapping[Reduction[Any], Any]
) -> list[list[tuple[Reduction[Any], Any]]]:
    """The states that a metric's value comes from, those of each pass over the data."""
    passes = []
    while metric is not None:
        needs = metric.needs
        pairs = [(reduction, states[reduction]) for reduction in needs if reduction in states]
        passes.append(pairs)
        complete = len(pairs) == len(needs) and metric.passes > 1
        metric = metric.then(*(state for _, state in pairs)) if complete else None
    return passes


def _strict(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    if isinstance(value, Mapping):
        return {str(key): _strict(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_strict(item) for item in value]
    return value if value is None or isinstance(value, str | int | float) else str(value)


def _short(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"array{list(value.shape)}"
    if isinstance(value, Mapping):
        return f"{size(value):,} values"
    return f"{value:.6g}" if isinstance(value, float) else sheet.visible(value)
