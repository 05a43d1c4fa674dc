"""Precision, recall, F and support together: as arrays, and as scikit-learn's report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from disteval.errors import ArgumentError, LabelError
from disteval.metrics.checks import require_bool, require_int
from disteval.metrics.labels.fbeta import FBetaScore, require_beta
from disteval.metrics.labels.indicators import Indicators
from disteval.metrics.labels.pairs import ByLabel
from disteval.metrics.labels.precision import Precision, Recall
from disteval.metrics.labels.scores import (
    Average,
    LabelScore,
    LabelTotals,
    require_zero_division,
)
from disteval.numerics import limbs
from disteval.protocol import Y_PRED, Y_TRUE, Metric, Outcome, Reduction, Schema, Value

_WARN_FOR = ("precision", "recall", "f-score")
_HEAD = ("precision", "recall", "f1-score", "support")


@dataclass(frozen=True, repr=False)
class PrecisionRecallFScoreSupport(LabelScore):
    """Precision, recall and F-beta of each label or averaged, and how often each label is true.

    Parameters
    ----------
    beta : float
        Above 1 recall weighs more, below 1 precision.
    labels : sequence of labels, optional
        Which labels (or columns) to average over, in which order.
    pos_label : label
        The positive one of two.
    average : None, "auto", "binary", "micro", "macro", "weighted" or "samples"
        One value a label (None), that of `pos_label`, or an average; "samples" is the mean over
        rows of indicators.
    warn_for : sequence of "precision", "recall", "f-score"
        Which of them warn of 0/0.
    zero_division : "warn", 0, 1 or nan
        The value of 0/0; "warn" is 0.0 with a warning. NaN is left out of averages.
    threshold : float, optional
        Where y_pred are scores: above it is positive.

    Returns
    -------
    mapping of "precision", "recall", "fscore" to float, or to float64 array (one value a label)
        Without an average also "support", int64 array (float64 with weights): how often each label
        is true. 0/0 is `zero_division`: 0.0 with a warning by default.

    Notes
    -----
    Shapes: labels (N,), one score (N,), a score a class (N, C), or indicators (N, C) on both sides.
    Range: [0, 1], higher is better.
    State: K * K integers by label, or 4 integers a column; exact sums with weights.
    Exact: quotients of exact totals, each rounded once.
    Reference: sklearn.metrics.precision_recall_fscore_support.

    Examples
    --------
    >>> value = PrecisionRecallFScoreSupport()([0, 1, 1, 1], [0, 1, 1, 0])
    >>> value["precision"], value["support"]
    (array([0.5, 1. ]), array([1, 3]))
    """

    beta: float = 1.0
    average: Average = field(default=None, kw_only=True)
    warn_for: tuple[str, ...] = field(default=_WARN_FOR, kw_only=True)
    threshold: float | None = field(default=None, kw_only=True)
    key: ClassVar[str] = "precision_recall_fscore_support"

    def check_arguments(self) -> None:
        """Refuse arguments that mean nothing."""
        super().check_arguments()
        require_beta(self.beta)
        given: Any = self.warn_for
        if not isinstance(given, tuple) or not set(given) <= set(_WARN_FOR):
            msg = f"expected warn_for to be some of {_WARN_FOR}, got {given!r}"
            raise ArgumentError(msg)

    @property
    def parts(self) -> dict[str, LabelScore]:
        """The metrics of which this one is made."""
        return _parts(self, self.average, self.zero_division, self.beta)

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """Counts by label or by column; or sums over rows."""
        if not self.samples or self.indicators is None:
            return super(LabelScore, self).needs
        return (*_rows_of(self.parts), *self.indicators.flags)

    def compute(self, *states: Any) -> Value | Outcome:
        """The value of each part."""
        if self.samples and self.indicators is not None:
            outcomes = _of_rows(self.parts, states)
            self.indicators.check(str(self.name), *states[len(outcomes) :])
            return _together(outcomes, (), self.rule, self.warn_for)
        totals = self.totals(*states)
        outcomes = {name: part.of_totals(totals) for name, part in self.parts.items()}
        if self.average is None:
            chosen = totals.of(self.labels)
            outcomes["support"] = Outcome(_support(chosen))
            return _together(outcomes, chosen.labels, self.rule, self.warn_for)
        return _together(outcomes, (), self.rule, self.warn_for)

    @staticmethod
    def as_returned(value: Mapping[str, Any]) -> tuple[Any, ...]:
        """The value as scikit-learn's function returns it."""
        return tuple(value.get(name) for name in ("precision", "recall", "fscore", "support"))


@dataclass(frozen=True, repr=False)
class ClassificationReport(LabelTotals):
    """Precision, recall, F1 and support of each label, and their averages.

    Parameters
    ----------
    labels : sequence of labels, optional
        Which labels (or columns), in which order. By default all that occur, sorted.
    target_names : sequence of str, optional
        Names for them, in the same order.
    digits : int
        Decimals in the text that the function ``classification_report`` returns.
    output_dict : bool
        Whether that function returns the mapping rather than the text.
    zero_division : "warn", 0, 1 or nan
        The value of 0/0; "warn" is 0.0 with a warning. NaN is left out of averages.
    threshold : float, optional
        Where y_pred are scores: above it is positive.
    pos_label : label
        What a high score predicts, where there is one a row and the labels are not 0 and 1.

    Returns
    -------
    mapping of label to a mapping of "precision", "recall", "f1-score", "support" to float
        Then "accuracy", a float (or "micro avg", where `labels` leaves some out or there are
        several labels a row), "macro avg", "weighted avg", and for indicators "samples avg".
        0/0 is `zero_division`: 0.0 with a warning by default.

    Notes
    -----
    Shapes: labels (N,), one score (N,), a score a class (N, C), or indicators (N, C) on both sides.
    Range: [0, 1], higher is better.
    State: K * K integers by label; or 4 integers a column and sums of rows; sums with weights.
    Exact: quotients of exact totals, each rounded once.
    Reference: sklearn.metrics.classification_report.

    Examples
    --------
    >>> report = ClassificationReport()(["a", "b", "b", "b"], ["a", "b", "b", "a"])
    >>> report["a"]
    {'precision': 0.5, 'recall': 1.0, 'f1-score': 0.6666666666666666, 'support': 1}
    >>> report["accuracy"]
    0.75
    """

    target_names: tuple[str, ...] | None = None
    digits: int = 2
    output_dict: bool = False
    zero_division: Any = field(default="warn", kw_only=True)
    threshold: float | None = field(default=None, kw_only=True)
    of_bools: bool = field(default=False, kw_only=True, repr=False)
    """Whether the true labels are False and True; set by `resolve`."""
    key: ClassVar[str] = "classification_report"

    def resolve(self, schema: Schema) -> Metric:
        """Check the arguments; choose the rule that makes labels of predictions."""
        names: Any = self.target_names
        if names is not None and not isinstance(names, tuple):
            msg = f"expected target_names to be a sequence of names, got {names!r}"
            raise ArgumentError(msg)
        if names is not None and self.labels is not None:
            _require_as_many(names, self.labels)
        require_int("digits", self.digits, 0)
        require_bool("output_dict", self.output_dict)
        require_zero_division(self.zero_division)
        resolved = super().resolve(schema)
        assert isinstance(resolved, ClassificationReport)
        of_bools = schema[Y_TRUE].kind == "bool" and not schema[Y_PRED].shape
        return replace(resolved, of_bools=of_bools)

    def check_columns(self, indicators: Indicators) -> None:
        """Refuse arguments that mean nothing of indicators."""
        super().check_columns(indicators)
        if self.target_names is not None and self.labels is None:
            _require_as_many(self.target_names, range(indicators.columns))

    def of(self, average: Average) -> dict[str, LabelScore]:
        """The metrics of one line."""
        return _parts(self, average, self.zero_division)

    @property
    def needs(self) -> tuple[Reduction[Any], ...]:
        """Counts by label; or by column, and sums over rows."""
        rows = () if self.indicators is None else _rows_of(self.of("samples"))
        return (*rows, *super().needs)

    def compute(self, *states: Any) -> Value | Outcome:
        """A line for each label and each average."""
        rows = 0 if self.indicators is None else 3
        totals = self.totals(*states[rows:])
        chosen = totals.of(self.labels)
        names = self._names(chosen)
        each = {name: part.of_totals(totals) for name, part in self.of(None).items()}
        support = _support(chosen).tolist()
        columns = [np.asarray(outcome.value).tolist() for outcome in each.values()]
        report: dict[str, Any] = {
            label: _line(values, s)
            for label, *values, s in zip(names, *columns, support, strict=True)
        }
        every = _number(sum(chosen.true, Fraction(0)), whole=chosen.whole)
        for average in ("micro", "macro", "weighted"):
            parts = self.of(average).values()
            line = _line([part.of_totals(totals).value for part in parts], every)
            if average == "micro" and self._micro_is_accuracy(totals):
                report["accuracy"] = line["precision"]
            else:
                report[f"{average} avg"] = line
        reasons = [_together(each, (), self.rule).undefined]
        if self.indicators is not None:
            rows_of = _of_rows(self.of("samples"), states)
            report["samples avg"] = _line([found.value for found in rows_of.values()], every)
            reasons.append(_together(rows_of, (), self.rule).undefined)
        return Outcome(report, undefined="; ".join(filter(None, reasons)), rule=self.rule)

    def _names(self, chosen: ByLabel) -> tuple[str, ...]:
        if self.target_names is None:
            of_bools = self.of_bools and set(chosen.labels) <= {0, 1}
            return tuple(str(bool(v) if of_bools else v) for v in chosen.labels)
        if len(self.target_names) != len(chosen.labels):
            msg = (
                f"{self.name}: expected a name for each of the {len(chosen.labels)} labels "
                f"{list(chosen.labels)[:6]}, got {len(self.target_names)} target_names; give "
                "labels= to say which labels they name"
            )
            raise LabelError(msg)
        return self.target_names

    def _micro_is_accuracy(self, totals: ByLabel) -> bool:
        every = self.labels is None or set(self.labels) >= set(totals.labels)
        return self.indicators is None and every

    def as_returned(self, value: Mapping[str, Any]) -> Any:
        """The value as scikit-learn's function returns it."""
        if not self.output_dict:
            return report_text(value, self.digits)
        return {
            name: line if isinstance(line, float) else {k: float(v) for k, v in line.items()}
            for name, line in value.items()
        }


def report_text(report: Mapping[str, Any], digits: int = 2) -> str:
    """The report as scikit-learn writes it."""
    averages = ("accuracy", "micro avg", "macro avg", "weighted avg", "samples avg")
    labels = [name for name in report if name not in averages]
    width = max(*map(len, labels), len("weighted avg"), digits)
    lines = [f"{'':>{width}} " + "".join(f" {name:>9}" for name in _HEAD), ""]
    for name, line in report.items():
        if name == averages[0] or (name in averages[1:2]):
            lines.append("")
        if isinstance(line, Mapping):
            *scores, support = line.values()
            shown = "".join(f" {score:>9.{digits}f}" for score in scores)
        else:
            support, shown = report["macro avg"]["support"], f"{'':>20} {line:>9.{digits}f}"
        lines.append(f"{name:>{width}} {shown} {support:>9}")
    return "\n".join([*lines, ""])


def _parts(
    whole: LabelTotals, average: Average, zero_division: Any, beta: float = 1.0
) -> dict[str, LabelScore]:
    """Precision, recall and F of the same labels, by name."""
    own: dict[str, Any] = {
        name: getattr(whole, name) for name in ("name", "labels", "pos_label", "pair", "indicators")
    }
    own |= {"average": average, "zero_division": zero_division}
    return {"precision": Precision(**own), "recall": Recall(**own),
            "fscore": FBetaScore(beta=beta, **own)}  # fmt: skip


def _rows_of(parts: Mapping[str, LabelScore]) -> tuple[Reduction[Any], ...]:
    return tuple(part.of_each_row for part in parts.values())


def _of_rows(parts: Mapping[str, LabelScore], states: Sequence[Any]) -> dict[str, Outcome]:
    """The mean of the rows' values of each part, from the leading states."""
    pairs = zip(parts.items(), states, strict=False)
    return {name: part.of_rows(state) for (name, part), state in pairs}


def _together(
    outcomes: Mapping[str, Outcome],
    labels: tuple[Any, ...],
    rule: str,
    warn_for: tuple[str, ...] = _WARN_FOR,
) -> Outcome:
    """One outcome of several values."""
    shown = {"fscore": "f-score"}
    reasons = [
        f"{name} {outcome.undefined}"
        for name, outcome in outcomes.items()
        if outcome.undefined and shown.get(name, name) in warn_for
    ]
    values = {name: outcome.value for name, outcome in outcomes.items()}
    return Outcome(values, labels=labels, undefined="; ".join(reasons), rule=rule)


def _line(scores: Sequence[Any], support: float) -> dict[str, Any]:
    return dict(zip(_HEAD, (*scores, support), strict=True))


def _support(totals: ByLabel) -> Any:
    dtype = np.int64 if totals.whole else np.float64
    return np.array([_number(v, whole=totals.whole) for v in totals.true], dtype)


def _number(value: Fraction, *, whole: bool) -> float:
    return int(value) if whole else limbs.to_float(value)


def _require_as_many(names: tuple[str, ...], labels: Sequence[Any]) -> None:
    if len(names) != len(labels):
        msg = (
            f"expected a name for each of {len(labels)} labels, got {len(names)} target_names "
            f"{list(names)[:6]}"
        )
        raise ArgumentError(msg)
