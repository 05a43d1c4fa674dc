"""The catalogue of metrics as data, and `disteval metrics`."""

from __future__ import annotations

import ast
import dataclasses
import json

import pytest
from click.testing import CliRunner, Result

from disteval import cli, metrics
from disteval.cli import entries
from disteval.metrics import catalogue
from disteval.metrics.catalogue import Listing, Parameter
from disteval.metrics.names import nearest
from disteval.metrics.presets import PRESETS
from disteval.metrics.table import TABLE


def run(*words: str) -> Result:
    return CliRunner(env={"COLUMNS": "80"}).invoke(cli.main, ["metrics", *words])


@pytest.mark.parametrize("listing", catalogue.listings(), ids=lambda listing: listing.name)
def test_every_metric_says_what_it_is(listing: Listing) -> None:
    assert listing.definition.endswith(".")
    assert listing.returns
    assert listing.state.endswith(".")
    assert listing.exact.endswith(".")
    assert listing.reference.endswith(".")
    assert [p.name for p in listing.parameters if not p.description] == []


@pytest.mark.parametrize("listing", catalogue.listings(), ids=lambda listing: listing.name)
def test_defaults_are_those_that_hold(listing: Listing) -> None:
    metric = metrics.get(listing.name)
    for parameter in listing.parameters:
        assert getattr(metric, parameter.name) == ast.literal_eval(parameter.default)


def test_every_name_is_listed_once() -> None:
    assert [listing.name for listing in catalogue.listings()] == [entry.name for entry in TABLE]


def test_a_listing() -> None:
    found = catalogue.exactly("fbeta_score")
    assert found is not None
    assert found.aliases == ("f_beta_score",)
    assert found.class_name == "FBetaScore"
    assert found.definition == "F-beta, (1 + β²) tp / (β² (tp + fn) + (tp + fp))."
    beta = Parameter("beta", "1.0", "float", "Above 1 recall weighs more, below 1 precision.")
    assert beta in found.parameters
    assert found.returns == "float, or float64 array (one value a label)."
    assert found.state == "K * K integers by label, or three exact sums a column."
    assert found.reference == "keras.metrics.FBetaScore; sklearn.metrics.fbeta_score."


def test_what_is_said_of_another_metric_is_found_there() -> None:
    recall, precision = (catalogue.exactly(name) for name in ("recall", "precision"))
    f1, sklearn = (catalogue.exactly(name) for name in ("f1_score", "sklearn:f1_score"))
    assert recall is not None
    assert precision is not None
    assert recall.parameters == precision.parameters
    assert f1 is not None
    assert sklearn is not None
    (average,) = [p for p in f1.parameters if p.name == "average"]
    assert average.kind == '"auto", None, "binary", "micro", "macro" or "weighted"'
    (own,) = [p for p in sklearn.parameters if p.name == "average"]
    assert own == dataclasses.replace(average, default="'binary'")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("mse", "mean_squared_error"),
        ("MeanSquaredError", "mean_squared_error"),
        (" mse ", "mean_squared_error"),
        ("keras:f1", "f1_score"),
        ("sklearn:f1", "sklearn:f1_score"),
        ("MSE", "mean_squared_error"),
        ("nothing", None),
        ("", None),
    ],
)
def test_exactly(text: str, name: str | None) -> None:
    found = catalogue.exactly(text)
    assert (found and found.name) == name


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("root", ["root_mean_squared_error", "sklearn:root_mean_squared_error"]),
        ("MCC", ["matthews_corrcoef"]),
        ("harmonic PRECISION", ["f1_score", "sklearn:f1_score"]),
        ("pearson", ["matthews_corrcoef"]),
        ("SparseCategoricalAcc", ["sparse_categorical_accuracy"]),
        ("nothing", []),
    ],
)
def test_search(text: str, names: list[str]) -> None:
    assert [listing.name for listing in catalogue.search(text)] == names


def test_nearest() -> None:
    assert nearest("acuracy") == ["accuracy"]  # and no aliases of it
    assert nearest("F1") == ["f1"]
    assert nearest("fbeta") == ["fbeta_score"]
    assert nearest("multi_class")[0] == "multiclass"
    assert nearest("zzzz") == []


@pytest.mark.parametrize("preset", PRESETS)
def test_presets(preset: str) -> None:
    names = [listing.name for listing in catalogue.of_preset(preset)]
    assert names == [*PRESETS[preset].always, *PRESETS[preset].of_scores]


# --- disteval metrics -------------------------------------------------------------------------


def test_all_are_listed_a_line_each() -> None:
    result = run()
    assert result.exit_code == 0
    *lines, blank, presets = result.stdout.splitlines()
    assert len(lines) == len(TABLE)
    assert (
        lines[0]
        == "mean_squared_error (mse, MSE)           Mean squared error, Σ wᵢ (yᵢ - pᵢ)² / Σ wᵢ."
    )
    assert (blank, presets) == ("", "presets: binary, multiclass, multilabel, regression")


def test_lines_fit_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "in_terminal", lambda: True)
    for words in ([], ["fbeta_score"], ["binary"], ["accuracy"]):
        result = run(*words)
        assert result.exit_code == 0
        assert max(map(len, result.stdout.splitlines())) <= 80


def test_one_in_full() -> None:
    result = run("mcc")
    assert result.exit_code == 0
    assert (
        result.stdout
        == """\
matthews_corrcoef  (also mcc, MatthewsCorrelation)
  Matthews correlation: Pearson's, of true and predicted labels as indicator
  vectors.

  (s c - Σ tₖ pₖ) / √((s² - Σ pₖ²)(s² - Σ tₖ²)), with s the total, c what is
  right, tₖ and pₖ how often label k occurs and is predicted.

  threshold=None : float, optional
      Where y_pred is one score a row: above it is `pos_label`; 0.5 by default.
  pos_label=1 : label
      What a high score predicts, where the labels are not 0 and 1.

  returns   float. In [-1, 1]. 0.0 with a warning where all labels or all
            predictions are the same.
  state     K * K integers, or exact sums of weights (`ConfusionCounts`).
  exact     the root of an exact rational, rounded once; no product overflows.
  as in     sklearn.metrics.matthews_corrcoef.
"""
    )


def test_an_exact_name_is_shown_with_others_like_it() -> None:
    out = run("accuracy").stdout
    assert out.startswith("accuracy  (also acc, ACC, accuracy_score, ChosenAccuracy)\n")
    assert "  see also  Accuracy, binary_accuracy, categorical_accuracy,\n" in out


def test_a_preset_is_shown_with_arguments() -> None:
    lines = run("multiclass").stdout.splitlines()
    assert [line.split("  ")[0] for line in lines][:2] == ["accuracy", "precision(average='macro')"]


def test_several_words() -> None:
    assert run("harmonic", "precision").stdout.startswith("f1_score (f1)")


@pytest.mark.parametrize("words", [[], ["entropy"], ["mcc"], ["binary"]])
def test_json(words: list[str]) -> None:
    result = run(*words, "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert [entry["name"] for entry in found] == {
        (): [entry.name for entry in TABLE],
        ("entropy",): [e.name for e in TABLE if "crossentropy" in e.name],
        ("mcc",): ["matthews_corrcoef"],
        ("binary",): [*PRESETS["binary"].always, "binary_crossentropy"],
    }[tuple(words)]
    assert set(found[0]) == {field.name for field in dataclasses.fields(Listing)}


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("acuracy", "did you mean 'accuracy'?"),
        ("zzzz", "try a shorter word"),
    ],
)
def test_nothing_found(text: str, hint: str) -> None:
    result = run(text)
    assert result.exit_code == 2
    assert result.stdout == ""
    lead = f"disteval: there is no metric that has {text!r} in its names or definition; "
    assert result.stderr.startswith(lead + hint)
