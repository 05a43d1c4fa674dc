"""Values of several columns as tables: reports, curves, counts by label, and what is none."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest
from rich.cells import cell_len

import disteval
from disteval import History, Result
from disteval.metrics.rows import Every
from disteval.protocol import Metric
from disteval.reductions import Count
from disteval.report import sheet
from disteval.report.grids import grid_of
from disteval.report.html import as_html
from disteval.report.markdown import as_markdown
from disteval.report.sheet import MOST, MOST_ENTRIES, Facts
from disteval.report.text import as_text
from disteval.report.values import leaves, size

FACTS = Facts((("rows", "5 used of 5 seen"),))
REPORT: dict[str, Any] = {
    "cat": {"precision": 0.5, "recall": 1.0, "f1-score": 2 / 3, "support": 1},
    "a dog": {"precision": 1.0, "recall": 2 / 3, "f1-score": 0.8, "support": 3},
    "accuracy": 0.75,
    "macro avg": {"precision": 0.75, "recall": 5 / 6, "f1-score": 0.7333, "support": 4},
}
LABELS = ["cat", "cat", "dog", "a bird", "dog", "a bird", "dog", "cat"]
FOUND = ["cat", "dog", "dog", "a bird", "cat", "a bird", "dog", "cat"]


def text(value: Any, labels: tuple[Any, ...] = (), width: int = 80) -> str:
    return as_text(sheet.sheet({"value": value}, {"value": labels}, FACTS), width)


# --- forms --------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [80, 120])
def test_a_report_has_labels_down_and_scores_across(width: int) -> None:
    assert text(REPORT, width=width).startswith(
        "value\n"
        "  label      precision    recall  f1-score  support\n"
        "  cat         0.500000  1.000000  0.666667        1\n"
        "  a dog       1.000000  0.666667  0.800000        3\n"
        "  accuracy                        0.750000\n"
        "  macro avg   0.750000  0.833333  0.733300        4\n"
        "──"
    )


def test_a_report_in_markdown_and_html() -> None:
    one = sheet.sheet({"report": REPORT}, {}, FACTS)
    assert "| label | precision | recall | f1-score | support |\n" in as_markdown(one)
    assert "| accuracy |  |  | 0.750000 |  |\n" in as_markdown(one)
    empty, number = '<td class="right"></td>', '<td class="number">0.750000</td>'
    assert f"<tr><th>accuracy</th>{empty * 2}{number}{empty}</tr>" in as_html(one)


def test_vectors_of_one_length_stand_beside_each_other() -> None:
    value = {"low": np.array([0.0, 0.5]), "weight": np.array([12, 1345])}
    assert text(value, ("[0, 0.5]", "(0.5, 1]")).startswith(
        "value\n"
        "  label          low  weight\n"
        "  [0, 0.5]  0.000000      12\n"
        "  (0.5, 1]  0.500000   1,345\n"
    )
    assert grid_of({"low": [1, 2], "high": (3, 4)}) == (range(2), ["low", "high"], [(1, 3), (2, 4)])


def test_matrices_of_labels_are_counts() -> None:
    counts = np.array([[[5, 1], [0, 1234]], [[1, 2], [3, 4]]])
    assert text(counts, ("cat", "dog")).startswith(
        "value\n"
        "  label  tn  fp  fn     tp\n"
        "  cat     5   1   0  1,234\n"
        "  dog     1   2   3      4\n"
    )
    paths = [path for path, _ in leaves(counts, ("cat", "dog"))]
    assert paths[1:5] == [("cat", "fp"), ("cat", "fn"), ("cat", "tp"), ("dog", "tn")]
    assert "  0, 0, 1" in text(counts), "without labels these are just numbers"


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"a": 1, "b": 2},
        {"a": np.zeros(2), "b": np.zeros(3)},
        {"a": np.zeros(0), "b": np.zeros(0)},
        {"a": np.zeros(2), "b": 1.0},
        {"a": np.zeros((2, 2)), "b": np.zeros((2, 2))},
        {"a": {"x": 1}, "b": {"y": 1}},
        {"a": {"x": 1}, "b": 2},
        {"a": {}, "b": {}},
        {"a": {"x": np.zeros(2)}, "b": {"x": np.zeros(2)}},
        {"a": {"x": 1}, "b": {"x": 1}, "c": np.zeros(2)},
        {"a": {"x": 1}, "b": {"x": 1}, "c": 1, "d": 2},
        {"a": "xy", "b": "zw"},
    ],
)
def test_what_is_no_table_is_a_list(value: Any) -> None:
    assert grid_of(value) is None
    assert text(value).startswith("value\n")


def test_a_number_beside_mappings_has_a_column_of_its_own() -> None:
    mixed = {"a": {"x": 1}, "b": {"x": True}, "c": None}
    assert grid_of(mixed) == (["a", "b", "c"], ["x", "value"], [[1, ""], [True, ""], ["", None]])
    assert [line.split() for line in text(mixed).splitlines()[1:5]] == [
        ["label", "x", "value"], ["a", "1"], ["b", "True"], ["c", "None"],
    ]  # fmt: skip


def test_of_many_labels_the_last_are_shown_too() -> None:
    many = {f"label {i}": {"x": i} for i in range(100)} | {"macro avg": {"x": 0.5}}
    lines = [" ".join(line.split()) for line in text(many).splitlines()]
    assert lines[MOST_ENTRIES - 4 : MOST_ENTRIES + 4] == [
        "label 54 54", "… …", "label 96 96", "label 97 97", "label 98 98", "label 99 99",
        "macro avg 0.500000", "… 41 more rows; to_frame() has all",
    ]  # fmt: skip
    just = {f"label {i}": {"x": i} for i in range(MOST_ENTRIES)}
    assert "…" not in text(just)


def test_columns_that_do_not_fit_stand_below_each_other() -> None:
    wide = {f"name {i}": {f"column {j}": i + j / 7 for j in range(9)} for i in range(2)}
    lines = text(wide).splitlines()
    assert [line.split()[0] for line in lines if line.strip()][:7] == [
        "value", "label", "name", "name", "label", "name", "name",
    ]  # fmt: skip
    assert sum(line.count("column") for line in lines) == 9
    many = {f"name {i}": dict.fromkeys(map(str, range(100)), 0.5) for i in range(2)}
    assert text(many).count("0.500000") == 2 * MOST
    assert "… 80 more" in text(many)
    assert "… 80 more" in as_html(sheet.sheet({"value": many}, {}, FACTS))


@pytest.mark.parametrize("width", [20, 33, 80, 500])
def test_any_width_will_do(width: int) -> None:
    hostile = {"日本語" * 9: REPORT["cat"], "[red]\n": REPORT["a dog"], "": REPORT["macro avg"]}
    lines = text(hostile, width=width).splitlines()
    assert max(map(cell_len, lines)) <= width
    assert all(map(str.isprintable, lines))


# --- the metrics that return them ---------------------------------------------------------------


@pytest.fixture(scope="module")
def result() -> Result:
    names = ["classification_report", "precision_recall_fscore_support"]
    return disteval.evaluate(LABELS, FOUND, [*names, "multilabel_confusion_matrix"])


def test_the_metrics_of_labels(result: Result) -> None:
    out = str(result)
    assert "  label         precision    recall  f1-score  support\n  a bird " in out
    assert "  label   precision    recall    fscore  support\n  a bird " in out
    assert "  label   tn  fp  fn  tp\n  a bird   6   0   0   2\n  cat      4   1   1   2\n" in out
    assert f"classification_report={size(result['classification_report'])} values" in repr(result)


def test_their_keys_and_labels(result: Result) -> None:
    found = result.scalars()
    assert len(found) == sum(map(size, result.values()))
    assert found["classification_report/a_bird/f1-score"] == 1.0
    assert found["classification_report/accuracy"] == 0.75
    assert found["precision_recall_fscore_support/support/dog"] == 3.0
    assert found["multilabel_confusion_matrix/cat/fp"] == 1.0
    pytest.importorskip("pandas")
    frame = result.to_frame()
    assert frame["value"].tolist() == list(found.values())
    assert ("cat", "fp") in set(frame["label"])
    history = History()
    history.append(result)
    assert history.history["multilabel_confusion_matrix"][0][1] == [[4, 1], [1, 2]]
    assert json.loads(result.to_json())["metrics"]["classification_report"]["accuracy"] == 0.75


def test_a_label_named_accuracy_is_a_line_once() -> None:
    names = {"cat": "accuracy"}
    y, p = ([names.get(label, label) for label in column] for column in (LABELS, FOUND))
    out = str(disteval.evaluate(y, p, ["classification_report"]))
    assert out.count("accuracy") == 1, "as in scikit-learn"


def test_scores_at_thresholds_and_ratios() -> None:
    y, p = [0, 1, 1, 0, 1, 0, 0, 1], [0.1, 0.9, 0.4, 0.7, 0.8, 0.3, 0.2, 0.6]
    many = disteval.metrics.TruePositives(thresholds=[0.25, 0.5])
    area = ("auc", disteval.metrics.AUC(num_thresholds=200))
    found = disteval.evaluate(y, p, [many, "calibration_curve", area, "precision"])
    lines = str(found).splitlines()
    assert lines[lines.index("true_positives(thresholds=[0.25, 0.5])") + 1].split() == ["0.25", "4"]
    assert "  label            low      high    weight  prob_true  prob_pred" in lines
    rules = [line for line in lines if line.startswith(("rule", "labels"))]
    assert "rule    200 thresholds of y_pred; without them the area lies in [" in "\n".join(rules)
    assert rules[-1] == "labels  from predictions: y_pred > 0.5 (precision)"
    assert "\nrule  " in found.explain("auc")
    ratios = str(disteval.evaluate([0, 1, 1, 0], [0, 1, 0, 1], ["class_likelihood_ratios"]))
    assert "  positive_likelihood_ratio  1.000000\n  negative_likelihood_ratio  1.0" in ratios


# --- values of every type -----------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class Odd(Metric):
    """Things that users return."""

    key: ClassVar[str] = "odd"

    @property
    def needs(self) -> tuple[Count]:
        return (Count(Every()),)

    def compute(self, _: Any) -> Mapping[str, Any]:
        return {
            "none": None,
            "a b": np.float32(0.25),
            "a_b": np.bool_(True),
            "nan": math.nan,
            "list": [np.int64(1), (2, np.float64("inf"))],
            "text": "ok",
            "big": 10**400,
            "deep": {1: {"x y": np.arange(2)}},
        }


def test_values_of_every_type() -> None:
    found = disteval.evaluate([1, 2], [1, 2], [Odd()])
    plain = json.loads(found.to_json(), parse_constant=pytest.fail)["metrics"]["odd"]
    assert plain == {
        "none": None, "a b": 0.25, "a_b": True, "nan": None, "list": [1, [2, "inf"]],
        "text": "ok", "big": 10**400, "deep": {"1": {"x y": [0, 1]}},
    }  # fmt: skip
    scalars = found.scalars()
    assert math.isnan(scalars.pop("odd/nan"))
    assert scalars == {
        "odd/a_b_2": 0.25, "odd/a_b": 1.0, "odd/list/0": 1.0, "odd/list/1/0": 2.0,
        "odd/list/1/1": math.inf, "odd/big": math.inf,
        "odd/deep/1/x_y/0": 0.0, "odd/deep/1/x_y/1": 1.0,
    }  # fmt: skip
    lines = str(found).splitlines()
    assert ["big", "1.000000e+400"] in [line.split() for line in lines]
    assert "10,000,000,000,000,000,000,000" not in str(found)
    pytest.importorskip("pandas")
    assert found.to_frame()["value"].dtype == "float64"


def test_json_of_what_json_has_not() -> None:
    rows = disteval.evaluate([1], [1], ["mse"]).rows
    values: Any = {"when": np.datetime64("2024-01-01"), "z": {"c": 1 + 2j}}
    odd = Result(values, rows, ())
    assert json.loads(odd.to_json())["metrics"] == {"when": "2024-01-01", "z": {"c": "(1+2j)"}}
    assert odd.scalars() == {}
