"""What a result answers: names, plain data, explanations, groups, trackers."""

from __future__ import annotations

import json
import math
import pickle
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from rich.console import Console

import disteval
from disteval import Result, errors
from disteval.metrics import FBetaScore, MeanSquaredError, Precision

Y = [0, 1, 1, 0, 1, 0, 0, 1]
P = [0.1, 0.9, 0.4, 0.7, 0.8, 0.3, 0.2, 0.6]
COUNTRY = ["de", "de", "fr", "fr", "de", "fr", "de", "fr"]
METRICS = ["accuracy", "mse", "confusion_matrix"]


@pytest.fixture(scope="module")
def result() -> Result:
    return disteval.evaluate(Y, P, METRICS)


@pytest.fixture(scope="module")
def sliced(result: Result) -> Result:
    """By hand: what the parts of a result say does not depend on how they were computed."""
    y, p, country = np.array(Y), np.array(P), np.array(COUNTRY)
    parts = {
        name: disteval.evaluate(y[country == name], p[country == name], METRICS)
        for name in ("de", "fr")
    }
    return replace(result, by="country", slices=parts)


# --- names --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def named() -> Result:
    asked = [
        ("loss", MeanSquaredError()),
        "fbeta_score(beta=0.5)",
        "f_beta_score(beta=2,average='binary')",
        ("strict", Precision(thresholds=0.75)),
        "accuracy",
    ]
    return disteval.evaluate(Y, P, asked)


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("loss", "loss"),
        ("mse", "loss"),
        ("mean_squared_error", "loss"),
        ("MeanSquaredError", "loss"),
        ("fbeta_score(beta=0.5)", "fbeta_score(beta=0.5)"),
        ("fbeta_score( beta = .5 )", "fbeta_score(beta=0.5)"),
        ("f_beta_score(beta=2,average='binary')", "fbeta_score(average='binary', beta=2.0)"),
        ("precision(thresholds=0.75)", "strict"),
        ("accuracy", "accuracy"),
        ("acc", "accuracy"),
    ],
)
def test_names_that_are_found(named: Result, name: str, own: str) -> None:
    assert name in named
    assert named[name] == named.values_[own]


def test_three_of_one_class_are_told_apart_by_their_canonical_strings() -> None:
    asked = [FBetaScore(beta=b) for b in (0.5, 1.0, 2.0)]
    found = disteval.evaluate(Y, [round(p) for p in P], asked)
    assert list(found) == ["fbeta_score(beta=0.5)", "fbeta_score", "fbeta_score(beta=2.0)"]
    assert found["fbeta_score(beta=2)"] == found.values_["fbeta_score(beta=2.0)"]
    assert "FBetaScore" not in found, "which of the three?"


@pytest.mark.parametrize(
    "name", ["nope", "fbeta_score(beta=3)", "fbeta_score(beta=", "", 3, None, ["a"]]
)
def test_names_that_are_not(named: Result, name: Any) -> None:
    assert name not in named
    with pytest.raises(
        errors.UnknownNameError, match=re.escape(f"there is no value {name!r}; there")
    ):
        named[name]


def test_the_nearest_names_three_at_most(named: Result) -> None:
    with pytest.raises(errors.UnknownNameError, match=r"; did you mean 'accuracy'\?$"):
        named["acuracy"]
    with pytest.raises(errors.UnknownNameError, match="there is no value 'mse_'") as caught:
        named["mse_"]
    assert "'loss'" not in str(caught.value).partition("did you mean")[2]
    many = replace(named, values_={f"metric_{i}": 0.5 for i in range(40)})
    with pytest.raises(
        errors.UnknownNameError, match=r"metric_11, … 28 more; did you mean"
    ) as caught:
        many["metric"]
    assert str(caught.value).count(" or ") == 2


def test_a_group_is_no_value(sliced: Result) -> None:
    with pytest.raises(
        errors.UnknownNameError, match=r"'de' is a group.*take result.slices\['de'\]"
    ):
        sliced["de"]


def test_a_result_is_a_mapping(result: Result) -> None:
    assert dict(result) == result.values_
    assert len(result) == 3
    assert result.get("nope", 7) == 7


# --- plain data ---------------------------------------------------------------------------------


def test_to_dict_as_it_was(result: Result) -> None:
    assert result.to_dict() == {
        "metrics": {
            "accuracy": 0.75,
            "mean_squared_error": 0.15,
            "confusion_matrix": [[3, 1], [1, 3]],
        },
        "labels": {"confusion_matrix": [0, 1]},
        "rules": {"accuracy": "y_pred > 0.5", "confusion_matrix": "y_pred > 0.5"},
        "rows": {"seen": 8, "used": 8, "dropped": {}},
        "notes": [],
        "passes": 1,
        "digest": result.digest,
    }


def test_to_dict_with_groups(sliced: Result) -> None:
    found = sliced.to_dict()
    assert found["by"] == "country"
    assert list(found["slices"]) == ["de", "fr"]
    assert found["slices"]["de"] == {
        "metrics": {
            "accuracy": 1.0,
            "mean_squared_error": sliced.slices["de"]["mse"],
            "confusion_matrix": [[2, 0], [0, 2]],
        },
        "labels": {"confusion_matrix": [0, 1]},
        "rows": {"seen": 4, "used": 4, "dropped": {}},
        "notes": [],
    }


def test_json_is_strict(result: Result) -> None:
    odd = replace(
        result,
        values_={"a": math.nan, "b": np.array([math.inf, -math.inf]), "c": {"d": np.float32(0.5)}},
        labels={"b": (np.int64(1), np.str_("x"))},
        by="n",
        slices={1: result, 2: replace(result, values_={"a": math.nan})},
    )
    found = json.loads(odd.to_json(), parse_constant=pytest.fail)
    assert found["metrics"] == {"a": None, "b": ["inf", "-inf"], "c": {"d": 0.5}}
    assert found["labels"] == {"b": [1, "x"]}
    assert found["slices"]["2"]["metrics"] == {"a": None}
    assert odd.to_json(indent=None).count("\n") == 0


def test_to_frame(sliced: Result) -> None:
    pytest.importorskip("pandas")
    frame = sliced.to_frame()
    assert list(frame.columns) == ["metric", "label", "slice", "value"]
    assert len(frame) == 3 * 6
    assert frame["slice"].tolist() == [None] * 6 + ["de"] * 6 + ["fr"] * 6
    one = frame[(frame["metric"] == "confusion_matrix") & (frame["slice"] == "fr")]
    assert dict(zip(one["label"], one["value"], strict=True)) == {
        (0, 0): 1.0, (0, 1): 1.0, (1, 0): 1.0, (1, 1): 1.0,
    }  # fmt: skip


def test_scalars(sliced: Result) -> None:
    found = sliced.scalars()
    assert list(found)[:4] == [
        "accuracy", "mean_squared_error", "confusion_matrix/0/0", "confusion_matrix/0/1",
    ]  # fmt: skip
    assert found["country/de/accuracy"] == 1.0
    assert found["country/fr/confusion_matrix/1/0"] == 1.0
    assert len(found) == 18
    assert {type(value) for value in found.values()} == {float}


def test_scalars_of_names_that_trackers_refuse() -> None:
    odd = Result(
        {"fbeta_score(beta=2.0)": 0.5, "val/auc": 0.75, "fbeta_score_beta_2.0": math.nan,
         "auc": {"value": 1, "method": "exact", "ok": True}},
        disteval.evaluate([1], [1], ["mse"]).rows,
        (),
    )  # fmt: skip
    found = odd.scalars()
    assert math.isnan(found.pop("fbeta_score_beta_2.0"))
    assert found == {
        "fbeta_score_beta_2.0_2": 0.5, "val/auc": 0.75, "auc/value": 1.0, "auc/ok": 1.0,
    }  # fmt: skip


class Writer:
    def __init__(self) -> None:
        self.written: list[tuple[str, float, int | None]] = []

    def add_scalar(self, tag: str, value: float, step: int | None = None) -> None:
        self.written.append((tag, value, step))


def test_write(result: Result) -> None:
    writer = Writer()
    result.write(writer, 7)
    result.write(writer)
    scalars = list(result.scalars().items())
    assert writer.written == [(k, v, 7) for k, v in scalars] + [(k, v, None) for k, v in scalars]
    with pytest.raises(errors.ArgumentError, match=r"expected a writer with add_scalar.*got dict"):
        result.write({})


def test_a_result_pickles(sliced: Result) -> None:
    copy = pickle.loads(pickle.dumps(sliced))
    assert copy.digest == sliced.digest
    assert copy.to_json() == sliced.to_json()
    assert copy.explain("mse") == sliced.explain("mse")


# --- for people ---------------------------------------------------------------------------------


def test_the_text(result: Result) -> None:
    assert str(result) == (
        "accuracy            0.750000\n"
        "mean_squared_error  0.150000\n"
        "──────────────────────────────────────\n"
        "confusion_matrix\n"
        "  true \\ predicted  0  1\n"
        "  0                 3  1\n"
        "  1                 1  3\n"
        "──────────────────────────────────────\n"
        "rows    8 used of 8 seen\n"
        "labels  from predictions: y_pred > 0.5\n"
        f"digest  {result.digest[:16]}"
    )
    assert repr(result) == (
        "<Result of 8 rows: accuracy=0.75, mean_squared_error=0.15, confusion_matrix=array[2, 2]>"
    )


def test_the_text_of_groups(sliced: Result) -> None:
    lines = str(sliced).splitlines()
    assert lines[:4] == [
        "country   rows  accuracy  mean_squared_error",
        "all rows     8  0.750000            0.150000",
        f"de           4  1.000000            {sliced.slices['de']['mse']:.6f}",
        f"fr           4  0.500000            {sliced.slices['fr']['mse']:.6f}",
    ]
    assert repr(sliced).startswith("<Result of 8 rows in 2 groups: accuracy=0.75")


def test_rich_html_and_markdown_say_the_same(sliced: Result) -> None:
    console = Console(width=80, force_terminal=False)
    with console.capture() as captured:
        console.print(sliced)
    assert [line.rstrip() for line in captured.get().splitlines()] == str(sliced).splitlines()
    for number in re.findall(r"\d\.\d{6}", str(sliced)):
        assert number in sliced._repr_html_()
        assert number in sliced.to_markdown()


def test_explain(result: Result) -> None:
    found = result.explain("acc")
    assert found.startswith("value       accuracy = 0.75\nmetric      binary_accuracy\n")
    assert "the exact sum of Agree(" in found
    assert re.search(r"from +the total weight \(1 a row without weights\): 8\n", found)
    assert "exact       always." in found
    table = result.explain("confusion_matrix")
    assert table.count("true \\ predicted") == 1, "the counts are the value"
    assert "labels      from predictions: y_pred > 0.5\n" in table


def test_explain_tells_what_is_undefined() -> None:
    with pytest.warns(errors.UndefinedMetricWarning, match="0/0"):
        nothing = disteval.evaluate([0, 1], [0.1, 0.2], ["precision", "mse"])
    assert "note        0/0, taken as 0.0\n" in nothing.explain("precision")
    assert "note" not in nothing.explain("mse")


def test_explain_without_the_metric(result: Result) -> None:
    bare = replace(result, metrics=())
    assert bare.explain("mse") == "value  mean_squared_error = 0.15\nrows   8 used of 8 seen"


def test_explain_of_an_unknown_name(result: Result) -> None:
    with pytest.raises(errors.UnknownNameError, match="did you mean 'accuracy'"):
        result.explain("acuracy")
