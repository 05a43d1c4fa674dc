"""The catalogue of metrics as data, and `disteval metrics`."""

from __future__ import annotations

import dataclasses
import doctest
import inspect
import itertools
import json
import pkgutil
import re

import pytest
from click.testing import CliRunner, Result

import disteval
from disteval import cli, metrics
from disteval.cli import entries
from disteval.metrics import catalogue, table
from disteval.metrics.catalogue import Listing, Parameter
from disteval.metrics.names import find, nearest, parse
from disteval.metrics.presets import PRESETS
from disteval.metrics.table import TABLE

CLASSES = list(dict.fromkeys(entry.make for entry in TABLE))


def run(*words: str) -> Result:
    return CliRunner(env={"COLUMNS": "80"}).invoke(cli.main, ["metrics", *words])


@pytest.mark.parametrize("listing", catalogue.listings(), ids=lambda listing: listing.name)
def test_every_metric_says_what_it_is(listing: Listing) -> None:
    assert listing.definition.endswith(".")
    assert listing.returns
    assert listing.state.endswith(".")
    assert listing.exact.endswith(".")
    assert listing.reference.endswith(".")
    assert listing.shapes.endswith(".")
    assert listing.range
    assert listing.better in ("higher", "lower", "")
    assert [p.name for p in listing.parameters if not p.description] == []


@pytest.mark.parametrize("make", CLASSES, ids=lambda make: make.__name__)
def test_every_metric_has_a_docstring_of_its_own(make: type[disteval.Metric]) -> None:
    said = vars(make)["__doc__"]
    for line in ("Shapes: ", "Range: ", "State: ", "Exact: ", "Reference: "):
        assert f"\n    {line}" in said
    (direction,) = re.findall(r"^    Range: .*, (.*)\.$", said, re.MULTILINE)
    assert direction in ("higher is better", "lower is better", "no direction")
    assert doctest.DocTestParser().get_examples(said), "no doctest"
    assert "\n    Returns\n    -------\n" in said


@pytest.mark.parametrize("listing", catalogue.listings(), ids=lambda listing: listing.name)
def test_every_metric_says_where_it_is_undefined(listing: Listing) -> None:
    counts = re.match(r"int(64)?\b", listing.returns)  # which always are
    assert counts or re.search(r"warning|no rows|As `\w+`|\bNaN\b|\bnan\b", listing.returns)


@pytest.mark.parametrize("listing", catalogue.listings(), ids=lambda listing: listing.name)
def test_defaults_are_those_that_hold(listing: Listing) -> None:
    given = {p.name: "mse" for p in listing.parameters if not p.default}  # without a default
    own = dict(find(listing.name).defaults)
    specs = {spec.name: spec.default for spec in dataclasses.fields(find(listing.name).make)}
    for parameter in listing.parameters:
        if parameter.name in given:
            assert specs[parameter.name] is dataclasses.MISSING
            assert parameter.name not in own
        else:
            default = own.get(parameter.name, specs[parameter.name])
            assert parse(f"f(x={parameter.default})")[1]["x"] == pytest.approx(default, nan_ok=True)


def test_every_name_is_listed_once() -> None:
    assert [listing.name for listing in catalogue.listings()] == [entry.name for entry in TABLE]
    names = [name for entry in TABLE for name in (entry.name, *entry.aliases)]
    assert sorted(set(names)) == sorted(names)


def test_the_table_is_in_sections_by_family() -> None:
    sections = [family for family, _ in itertools.groupby(TABLE, lambda entry: entry.family)]
    assert sections == list(catalogue.families())  # and none comes twice
    headings = re.findall(r"^    # --- (.*)$", inspect.getsource(table), re.MULTILINE)
    assert headings == sections


def test_names_hide_nothing_of_the_package() -> None:
    own = {module.name for module in pkgutil.iter_modules(metrics.__path__)} | set(metrics.__all__)
    names = {name for entry in TABLE for name in (entry.name, *entry.aliases, entry.class_name)}
    assert own & names == set()
    homes = {entry.class_name: entry.home for entry in TABLE}
    assert {entry.home for entry in TABLE} == set(homes.values())  # and one class of each name


def test_a_listing() -> None:
    found = catalogue.exactly("fbeta_score")
    assert found is not None
    assert found.aliases == ("f_beta_score",)
    assert found.class_name == "FBetaScore"
    assert found.definition == "F-beta, (1 + β²) tp / (β² (tp + fn) + (tp + fp))."
    beta = Parameter("beta", "1.0", "float", "Above 1 recall weighs more, below 1 precision.")
    assert beta in found.parameters
    assert found.returns.startswith("float, or float64 array (one value a label). 0/0 is ")
    assert found.state.endswith(".")
    assert (found.family, found.range, found.better) == ("labels", "[0, 1]", "higher")
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
    assert average.kind.startswith('"auto", None, "binary", "micro", "macro"')
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
        ("root SQUARED_error", ["root_mean_squared_error", "sklearn:root_mean_squared_error"]),
        ("MCC", ["matthews_corrcoef"]),
        ("harmonic PRECISION", ["f1_score", "sklearn:f1_score"]),
        ("pearson label", ["matthews_corrcoef"]),
        ("SparseCategoricalAcc", ["sparse_categorical_accuracy"]),
        ("kappa quadratic", ["cohen_kappa_score"]),
        ("generalized cross-entropy", ["categorical_generalized_cross_entropy"]),
        ("xylophone", []),
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


def test_all_are_listed_a_line_each_by_family() -> None:
    result = run()
    assert result.exit_code == 0
    *sections, presets = result.stdout.rstrip().split("\n\n")
    assert [section.splitlines()[0] for section in sections] == list(catalogue.families())
    lines = [line for section in sections for line in section.splitlines()[1:]]
    assert [re.split(r"\s+", line)[1] for line in lines] == [entry.name for entry in TABLE]
    mse = next(line for line in lines if line.startswith("  mean_squared_error "))
    assert re.fullmatch(
        r"  mean_squared_error \(mse, MSE\) +Mean squared error, Σ wᵢ \(yᵢ - pᵢ\)² / Σ wᵢ\.", mse
    )
    assert presets == "presets: binary, multiclass, multilabel, regression"


def test_a_family_alone() -> None:
    result = run("--family", "regression", "--json")
    names = [entry.name for entry in TABLE if entry.family == "regression"]
    assert [entry["name"] for entry in json.loads(result.stdout)] == names
    found = run("--family", "regression", "root", "mean").stdout.splitlines()
    assert found[0] == "regression"
    assert len(found) == 1 + sum("root" in name for name in names)
    assert run("mse", "--family", "regression").stdout.startswith("mean_squared_error  (also mse,")
    other = run("mse", "--family", "labels")
    assert other.exit_code == 2
    assert "there is no metric of the family labels that has 'mse' in its" in other.stderr
    none = run("--family", "nothing")
    assert (none.exit_code, none.stdout) == (2, "")
    assert "there is no family 'nothing'; there are aggregation, regression," in none.stderr


def test_names_that_are_made_of_others() -> None:
    assert run("neg_mae").stdout.startswith("neg_mean_absolute_error  (also MeanAbsoluteError)\n")
    assert "range     minus [0, inf), higher is better.\n" in run("neg_mae").stdout
    found = catalogue.exactly("f1_macro")
    assert found is not None
    assert (found.name, found.class_name, found.aliases) == ("f1_macro", "F1Score", ())
    assert found.definition.endswith("; average='macro' by default.")


def test_lines_fit_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "in_terminal", lambda: True)
    for words in ([], ["fbeta_score"], ["binary"], ["accuracy"]):
        result = run(*words)
        assert result.exit_code == 0
        assert max(map(len, result.stdout.splitlines())) <= 80


def test_one_in_full() -> None:
    result = run("Mean")
    assert result.exit_code == 0
    whole, _, others = result.stdout.partition("  see also  ")
    assert "mean_squared_error" in others
    assert (
        whole
        == """\
mean  (also Mean)
  Mean of a column, Σ wᵢ xᵢ / Σ wᵢ; over all elements where rows have several.

  column='y_true' : str
      "y_true" (the values, where only they are given) or "y_pred".

  family    aggregation
  takes     numbers (N,) or (N, ...), of y_true alone; weights (N,), or of
            elements.
  returns   float. 0.0 with a warning where the total weight is zero.
  range     that of the values.
  state     one exact sum and the total weight.
  exact     the exact mean of fl(w * x), rounded once; integers beyond 2**53
            too.
  as in     keras.metrics.Mean.
"""
    )


def test_an_exact_name_is_shown_with_others_like_it() -> None:
    out = run("accuracy").stdout
    assert out.startswith("accuracy  (also acc, ACC, ChosenAccuracy)\n")
    assert "  see also  accuracy_score, " in out


def test_a_preset_is_shown_with_arguments() -> None:
    lines = run("multiclass").stdout.splitlines()
    assert [line.split("  ")[0] for line in lines][:2] == ["accuracy", "precision(average='macro')"]


def test_several_words() -> None:
    lines = run("harmonic", "precision").stdout.splitlines()
    assert [line.strip().partition(" ")[0] for line in lines[:3]] == [
        "labels",
        "f1_score",
        "sklearn:f1_score",
    ]


@pytest.mark.parametrize("words", [[], ["entropy"], ["mcc"], ["binary"]])
def test_json(words: list[str]) -> None:
    result = run(*words, "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert [entry["name"] for entry in found] == {
        (): [entry.name for entry in TABLE],
        ("entropy",): [x.name for x in catalogue.listings() if "entropy" in x.name + x.definition],
        ("mcc",): ["matthews_corrcoef"],
        ("binary",): [
            *PRESETS["binary"].always,
            "binary_crossentropy",
            "auc",
            "average_precision_score",
        ],
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
