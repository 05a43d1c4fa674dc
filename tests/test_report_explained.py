"""`Result.explain` of every kind of reduction, of users' functions, and of several passes."""

# mypy: disable-error-code="attr-defined, override"

from __future__ import annotations

import functools
import re
from typing import Any

import numpy as np
import pytest

import disteval
from disteval import Metric
from disteval.formula import Formula
from disteval.metrics.rows import Every, Labels, NotBinary, Raw, Wide
from disteval.protocol import Batch, Reduction
from disteval.reductions import (
    BinnedSums,
    BucketCounts,
    Count,
    ElementConfusionCounts,
    HeldRows,
    LabelSums,
    Moments,
    ThresholdCounts,
)
from disteval.report.definitions import MOST_LINES, defined
from disteval.report.states import described

Y = [0, 1, 1, 0, 1, 0, 0, 1]
P = [0.1, 0.9, 0.4, 0.7, 0.8, 0.3, 0.2, 0.6]
BATCH = Batch({"y_true": np.array(Y), "y_pred": np.array(P)})


def words(reduction: Reduction[Any], batch: Batch = BATCH) -> tuple[str, list[list[str]]]:
    state = reduction.seal(reduction.update(reduction.empty(), batch))
    sentence, tables = described(reduction, state)
    return sentence, [[cell.text.strip() for cell in row] for table in tables for row in table.rows]


def explained(metric: Any, name: str | None = None, y: Any = Y, p: Any = P) -> str:
    """The explanation, each fact in one line."""
    found = disteval.evaluate(y, p, [metric])
    return re.sub(r"\n {6,}", " ", found.explain(next(iter(found)) if name is None else name))


# --- reductions ---------------------------------------------------------------------------------


def test_buckets_between_the_lowest_and_the_highest() -> None:
    positive = NotBinary("y_true")
    sentence, rows = words(BucketCounts(positive, Raw("y_pred"), 200))
    assert sentence == (
        "what is right and wrong where y_pred is above each of 200 thresholds, by Keras's buckets "
        "of scores in float32"
    )
    assert [rows[0], rows[-1]] == [["0.0", "0", "8", "0", "0"], ["1.0", "0", "0", "8", "0"]]
    assert len(rows) == 20
    reduction = BucketCounts(positive, Raw("y_pred"), 200)
    (table,) = described(reduction, reduction.seal(reduction.empty()))[1]
    assert table.more == "… 180 more between them"


def test_columns_at_one_threshold_are_one_table() -> None:
    y = np.array([[True, False], [True, True]])
    two = Batch({"y_true": y, "y_pred": np.array([[0.9, 0.9], [0.1, 0.8]])})
    counts = ThresholdCounts(Raw("y_true"), Raw("y_pred"), (0.5,), 2)
    sentence, rows = words(counts, two)
    assert sentence == "what is right and wrong where y_pred is above 0.5"
    assert rows == [["0", "1", "0", "0", "1"], ["1", "1", "1", "0", "0"]]


def test_sums_by_bin_and_by_label() -> None:
    by_label = LabelSums(Labels("y_true"), Wide("y_pred"))
    sentence, rows = words(by_label)
    assert sentence == (
        "rows, total weight and the exact sums of y_pred for each of 2 values of y_true"
    )
    assert [row[:3] for row in rows] == [["0", "4", "4"], ["1", "4", "4"]]
    assert described(by_label, by_label.seal(by_label.empty()))[1] == ()
    binned = BinnedSums(Raw("y_true"), Wide("y_pred"), 3)
    sentence, rows = words(binned)
    assert sentence.endswith("sums of y_pred in each of 3 bins of y_true")
    assert rows[2] == ["2", "0", "0", "0"]
    bad = Batch({"y_true": np.array([0, 1]), "y_pred": np.array([0.5, np.inf])})
    assert words(binned, bad)[1][1] == ["1", "1", "not finite", "not finite"]


def test_elements_and_rows_themselves() -> None:
    pixels = Batch({"y_true": np.array([[0, 1], [1, 1]]), "y_pred": np.array([[0, 1], [0, 1]])})
    sentence, rows = words(ElementConfusionCounts(Raw("y_true"), Raw("y_pred")), pixels)
    assert sentence == "the counts of true and predicted labels of all elements, 2 x 2"
    assert rows == [["0", "1", "0"], ["1", "1", "2"]]
    assert words(HeldRows((Labels("y_true"), Wide("y_pred")), 2)) == (
        "the 8 rows themselves (y_true, y_pred), each compared with every other", [],
    )  # fmt: skip


def test_counts_say_what_they_count() -> None:
    assert words(Count(NotBinary("y_pred")))[0] == "how often y_pred is neither 0 nor 1: 8"
    assert words(Count(Every()))[0] == "how many rows there are: 8"
    assert words(Count(Raw("y_true")))[0] == "how often y_true holds: 4"


def test_moments_of_one_column_are_told_once() -> None:
    sentence, rows = words(Moments(Raw("y_true"), Raw("y_true")))
    assert sentence == "the exact sums of x and x²; x = y_true"
    assert [row[0] for row in rows] == ["x", "x²"]


def test_long_parameters_give_way_to_words() -> None:
    found = explained("log_loss")
    assert "eps=" not in found
    assert re.search(r"the exact sums of .* for each of 2 values of y_true\n", found)


# --- metrics ------------------------------------------------------------------------------------


def test_a_negated_metric_tells_the_metric() -> None:
    found = explained("neg_mean_squared_error")
    assert re.search(r"\nof +mean_squared_error\n", found)
    assert re.search(r"\ndefinition +Mean squared error, Σ", found)
    assert len(re.findall(r"\nexact +", found)) == 2


def deviation(y_true: Any, _: Any) -> Any:
    return np.mean(abs(y_true - np.mean(y_true)))


def test_every_pass_is_told() -> None:
    found = explained(deviation, y=[1.0, 2.0, 6.0], p=[1.0, 2.0, 6.0])
    assert "pass 1  the exact sum of y_true: 9" in found
    assert re.search(r"\npass 2 +the exact sum of .*: 6\n", found)


def shifted(y_true: Any, y_pred: Any) -> Any:
    return disteval.metrics.max_error(y_true, y_pred * 2)


def weighted(y_true: Any, y_pred: Any, sample_weight: Any) -> Any:
    return np.average(y_pred, weights=sample_weight) + np.mean(y_true)


def test_other_columns_and_rows_without_weights() -> None:
    assert re.search(r": [\d.]+ to [\d.]+ \(y_pred = \(2 \* y_pred\)\)\n", explained(shifted))
    found = disteval.evaluate([1.0, 2.0], [1.0, 3.0], [weighted], sample_weight=[0.5, 1.5])
    lines = found.explain("weighted").splitlines()
    assert "from    the total weight (1 a row without weights): 2" in lines
    assert "the exact sum of y_true: 3 (every row once, whatever its weight)" in " ".join(lines)


# --- what users wrote ---------------------------------------------------------------------------


def rmse(y_true: Any, y_pred: Any) -> Any:
    return np.sqrt(np.mean((y_pred - y_true) ** 2))


def both(y_true: Any, y_pred: Any, scale: float = 1.0) -> Any:
    """Bias and spread.

    In units of the data.
    """
    error = (y_pred - y_true) * scale
    return {"bias": np.mean(error), "the spread": np.std(error)}


class Longest:
    """The largest error."""

    __name__ = "longest"

    def __call__(self, y_true: Any, y_pred: Any) -> Any:
        # a
        # function
        # of
        # so
        # many
        # lines
        # that
        # not
        # all
        # are
        # shown
        return np.max(np.abs(y_true - y_pred))


def test_a_function_shows_its_source() -> None:
    found = disteval.evaluate(Y, P, [rmse]).explain("rmse")
    assert re.match(r"value   rmse = 0\.\d+\nsource  def rmse\(.*:\n {12}return np.sqrt\(", found)
    assert "of which it is known" not in found


def test_several_results_are_told_by_their_function() -> None:
    result = disteval.evaluate(Y, P, [functools.partial(both, scale=2.0)])
    assert list(result) == ["bias", "the spread"]
    for name in result:
        found = result.explain(name)
        assert "metric      both\n" in found
        assert "definition  Bias and spread.\n" in found
        assert "source      def both(" in found


def test_notes_of_several_results_are_those_of_their_function() -> None:
    def ratios(y_true: Any, y_pred: Any) -> Any:
        return {"none": np.mean(y_true) / 0.0 * 0.0, "some": np.mean(y_pred)}

    with pytest.warns(disteval.errors.UndefinedMetricWarning, match="ratios: the function"):
        result = disteval.evaluate(Y, P, [ratios])
    assert "note    the function returned NaN\n" in result.explain("none")


def test_a_lambda_shows_itself_alone() -> None:
    pair: list[Any] = [
        ("é", lambda y_true, b=3: np.mean(y_true - b)),
        ("other", lambda a, b: np.mean(a * b)),
    ]
    result = disteval.evaluate(Y, P, pair)
    assert "\nsource  lambda y_true, b=3: np.mean(y_true - b)\n" in result.explain("é")
    assert "\nsource  lambda a, b: np.mean(a * b)\n" in result.explain("other")
    of_lines = disteval.evaluate(Y, P, [lambda a, b: np.mean(
        a - b)]).explain("<lambda>")  # fmt: skip
    assert "a - b)]).explain" in of_lines


def test_an_object_shows_its_docstring_and_call() -> None:
    found = explained(("longest", Longest()))
    assert "definition  The largest error." in found
    assert "source      def __call__(self, y_true: Any, y_pred: Any) -> Any:" in found
    assert f"… {13 - MOST_LINES} more line" in found
    assert "np.max(" not in found


def test_a_function_without_a_file() -> None:
    scope: dict[str, Any] = {"np": np}
    exec("def made(y_true, y_pred): return np.mean(y_true)", scope)
    found = explained(scope["made"])
    assert "source" not in found
    assert found.startswith("value ")


class Total(Metric):
    """The sum of the errors.

    And more.
    """

    def __init__(self, **named: Any) -> None:
        super().__init__(**named)
        self.total = self.add_weight(name="total", initializer="zeros")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:  # noqa: ARG002
        self.total.assign_add(np.sum(y_true - y_pred))

    def result(self) -> Any:
        return self.total


class Looping(Total):
    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:  # noqa: ARG002
        self.total.assign_add(sum(float(value) for value in y_true))


def test_a_class_shows_its_own_docstring() -> None:
    found = explained(Total())
    assert re.search(r"\ndefinition +The sum of the errors\.\n", found)
    assert "the exact sum of (y_true - y_pred)" in found


@pytest.mark.filterwarnings("ignore:looping")
def test_a_class_on_blocks_of_rows() -> None:
    found = explained(Looping())
    assert re.search(r"\ndefinition +what Looping.update_state and result do\n", found)
    assert "from        the exact sums of variables after each chunk's update" in found
    assert "OnChunk" not in found
    assert re.search(r"\nexact +no\. ", found)


def test_a_builtin_has_no_source() -> None:
    lines, _ = defined(Formula(np.add))
    assert all(word != "source" for word, _ in lines)
