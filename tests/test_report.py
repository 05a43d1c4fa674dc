"""What a result shows, from plain data: text, HTML, markdown, frames and keys."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Mapping
from fractions import Fraction
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.cells import cell_len
from rich.console import Console

from disteval.engine import RowCounts
from disteval.errors import MissingExtraError
from disteval.metrics.rows import Labels as RowLabels
from disteval.metrics.rows import Raw, SquaredError, Wide
from disteval.protocol import Batch, Reduction, Value
from disteval.reductions import (
    ConfusionCounts,
    Count,
    ExactSum,
    MinMax,
    Moments,
    ThresholdCounts,
    TotalWeight,
)
from disteval.report import frames, keys, sheet
from disteval.report.definitions import definition
from disteval.report.html import as_html
from disteval.report.markdown import as_markdown
from disteval.report.sheet import MOST, MOST_ENTRIES, Cell, Facts, Group, Sheet, Table
from disteval.report.states import described
from disteval.report.text import Drawing, as_text, folded
from disteval.report.values import axes, leaves, size

FACTS = Facts((("rows", "5 used of 5 seen"), ("digest", "0123456789abcdef")))
HOSTILE = [
    "<script>alert(1)</script>",
    "[red]bold[/red]",
    "[/]",
    "two\nlines",
    "\x1b[31mred\x07",
    "a|b\\|c",
    "**bold** _em_ `code` &lt; $x$",
    "\N{RIGHT-TO-LEFT OVERRIDE}right to left",
    "\ud800 half a pair",
    '" onmouseover="alert(1)',
    "",
    " blanks ",
    "日本語のとても長いラベル" * 5,
    "x" * 300,
]


def shown(values: Mapping[str, Value], labels: Any = None, **options: Any) -> Sheet:
    return sheet.sheet(values, labels or {}, FACTS, **options)


def text(values: Mapping[str, Value], labels: Any = None, width: int = 80, **options: Any) -> str:
    return as_text(shown(values, labels, **options), width)


# --- numbers and what leads to them -------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1234567, "1,234,567"),
        (-1234, "-1,234"),
        (10**20, "100,000,000,000,000,000,000"),
        (0.0, "0.000000"),
        (-0.125, "-0.125000"),
        (2 / 3, "0.666667"),
        (9.99e-4, "9.990000e-04"),
        (5e-324, "4.940656e-324"),
        (123456.5, "123,456.500000"),
        (1e10, "1.000000e+10"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (True, "True"),
        ("delong", "delong"),
    ],
)
def test_numbers(value: Any, expected: str) -> None:
    assert sheet.number_text(value) == expected


def test_numbers_in_full() -> None:
    assert sheet.number_text(2 / 3, full=True) == "0.6666666666666666"
    assert sheet.cell(np.float64(2 / 3), full=True) == Cell("0.6666666666666666", number=True)
    assert sheet.cell(np.array(7)) == Cell("7", number=True)
    assert sheet.cell(np.arange(7)) == Cell("7 values")


def test_leaves_of_every_kind_of_value() -> None:
    square = np.array([[1, 2], [3, 4]])
    assert list(leaves(3)) == [((), 3)]
    assert list(leaves(np.float32(0.5))) == [((), 0.5)]
    assert list(leaves(np.array([0.5, 1.0]), ("a", "b"))) == [(("a",), 0.5), (("b",), 1.0)]
    assert list(leaves(np.array([5, 6]))) == [((0,), 5), ((1,), 6)]
    assert [path for path, _ in leaves(square, ("a", "b"))] == [
        ("a", "a"), ("a", "b"), ("b", "a"), ("b", "b"),
    ]  # fmt: skip
    nested: Value = {"low": 0.1, "by": {"class": square}}
    assert [leaf for _, leaf in leaves(nested)] == [0.1, 1, 2, 3, 4]
    assert list(leaves(nested))[1][0] == ("by", "class", 0, 0)
    assert size(nested) == 5
    assert list(leaves({})) == list(leaves(np.zeros(0))) == []


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((2,), [("a", "b")]),
        ((3,), [range(3)]),
        ((2, 2), [("a", "b"), ("a", "b")]),
        ((2, 3), [("a", "b"), range(3)]),
        ((3, 2), [range(3), ("a", "b")]),
        ((2, 2, 2), [("a", "b"), range(2), range(2)]),
    ],
)
def test_axes_have_labels_where_these_fit(shape: tuple[int, ...], expected: list[Any]) -> None:
    assert axes(shape, ("a", "b")) == expected


# --- text ---------------------------------------------------------------------------------------


def test_single_numbers_align_on_the_point() -> None:
    values: dict[str, Value] = {
        "error": 1.5,
        "count": 1234,
        "tiny": 1.5e-7,
        "nothing": float("nan"),
        "how": "exact",
    }
    assert text(values) == (
        "error        1.500000\n"
        "count    1,234\n"
        "tiny         1.500000e-07\n"
        "nothing    nan\n"
        "how                 exact\n"
        "─────────────────────────\n"
        "rows    5 used of 5 seen\n"
        "digest  0123456789abcdef"
    )


def test_a_long_text_among_numbers_leaves_them_where_they_are() -> None:
    lines = text({"error": 1.5, "how": "so " * 40}).splitlines()
    assert lines[0] == "error  1.500000"
    assert lines[1].startswith("how    so so so")


def test_a_vector_has_a_label_a_line() -> None:
    lines = text({"f1": np.array([0.5, 1.0])}, {"f1": ("cat", "dog")}).splitlines()
    assert lines[:3] == ["f1", "  cat  0.500000", "  dog  1.000000"]


def test_a_long_vector_reads_down_in_columns() -> None:
    lines = text({"f1": np.arange(1000) / 1000}).splitlines()
    assert lines[1].split() == [
        "0",
        "0.000000",
        "15",
        "0.015000",
        "30",
        "0.030000",
        "45",
        "0.045000",
    ]
    assert lines[16] == "  … 940 more; to_frame() has all"
    assert len(text({"f1": np.arange(1000) / 1000}, width=200).splitlines()) < len(lines)


def test_a_confusion_matrix() -> None:
    values = {"confusion_matrix": np.array([[1234, 0], [5, 67]])}
    assert text(values, {"confusion_matrix": ("cat", "dog")}).startswith(
        "confusion_matrix\n"
        "  true \\ predicted    cat  dog\n"
        "  cat               1,234    0\n"
        "  dog                   5   67\n"
    )
    assert "predicted" not in text(values), "without labels it is just a matrix"


def test_a_wide_matrix_is_elided() -> None:
    labels = tuple(f"class {i}" for i in range(100))
    out = text({"table": np.full((100, 100), 12345)}, {"table": labels})
    assert re.search(r"class 0 .* … 9\d more$", out, re.MULTILINE)
    assert "  … 80 more rows; to_frame() has all" in out
    lines = text({"table": np.full((100, 100), 12345)}, {"table": labels}, width=500).splitlines()
    assert lines[1].endswith("class 19  … 80 more")
    assert lines[2].endswith("12,345          …")
    whole = as_html(shown({"table": np.full((100, 100), 12345)}, {"table": labels}))
    assert '<th class="right">… 80 more</th>' in whole
    assert whole.count(">12,345<") == MOST * MOST


def test_a_mapping_and_an_array_of_many_axes() -> None:
    out = text({"auc": {"value": 0.75, "method": "exact"}, "cube": np.zeros((2, 1, 1))},
               {"cube": ("a", "b")})  # fmt: skip
    assert "auc\n  value   0.750000\n  method     exact\n" in out
    assert "cube\n  a, 0, 0  0.000000\n  b, 0, 0  0.000000\n" in out


def test_values_without_a_number() -> None:
    empty: Value
    for empty in (np.zeros(0), {}, np.zeros((0, 0))):
        assert text({"f1": empty}).startswith("f1\n")
    assert text({}).startswith("rows")


def groups(n: int, *names: str) -> dict[str, Any]:
    values = dict.fromkeys(names, 0.5)
    return {
        "values": values | {"vector": np.zeros(2)},
        "by": "country",
        "rows": 10 * n,
        "groups": [Group(f"group {i}", values | {"vector": 0.0}, 10) for i in range(n)],
    }


def test_groups_stand_below_all_rows() -> None:
    lines = text(**groups(1000, "accuracy", "mean_squared_error")).splitlines()
    assert lines[0] == "country     rows  accuracy  mean_squared_error"
    assert lines[1] == "all rows  10,000  0.500000            0.500000"
    assert lines[2] == "group 0       10  0.500000            0.500000"
    assert lines[2 + MOST] == "… 980 more groups; to_frame() has all"
    assert lines[4 + MOST] == "vector, all rows"
    assert "… 1 more group;" in text(**groups(MOST + 1, "accuracy"))


def test_many_metrics_of_groups_stand_in_several_tables() -> None:
    names = [f"a_rather_long_name_of_metric_{i}" for i in range(9)]
    out = text(**groups(3, *names))
    assert out.count("all rows  ") == 3
    assert out.replace("\n", " ").count("0.500000") == 9 * 4
    assert max(map(cell_len, out.splitlines())) <= 80


def test_a_value_of_a_group_of_another_kind_is_told_by_its_size() -> None:
    one = Group("de", {"f1": np.zeros(3)}, 5)
    assert "de           5  3 values" in text({"f1": 0.5}, by="c", groups=[one], rows=5)


def test_heads_are_folded_between_words_if_possible() -> None:
    assert folded("root_mean_squared_error", 14).split("\n") == ["root_mean_", "squared_error"]
    assert folded("x" * 30, 14).split("\n") == ["x" * 14, "x" * 14, "xx"]
    assert folded("日本語" * 4, 10).split("\n") == ["日本語日本", "語日本語日", "本語"]
    assert folded("", 14) == ""


def test_the_width_is_80_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    long = (*shown({"error": 0.5}), Facts((("note", "word " * 60),)))
    monkeypatch.setenv("COLUMNS", "120")
    assert 75 < max(map(len, as_text(long).splitlines())) <= 80
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert 110 < max(map(len, as_text(long).splitlines())) <= 120
    monkeypatch.setattr(sys, "stdout", None)
    assert 75 < max(map(len, as_text(long).splitlines())) <= 80


@pytest.mark.parametrize("width", [1, 20, 33, 80, 500])
def test_any_width_will_do(width: int) -> None:
    vector = np.arange(50) / 7
    names = {f"metric number {i}": 0.5 for i in range(12)}
    labels = tuple(f"label {i}" for i in range(50))
    values = names | {"vector": vector, "matrix": np.outer(vector, vector)}
    given = {"vector": labels, "matrix": labels}
    one = Group("group", values, 5)
    for out in (text(values, given, width), text(values, given, width, by="by", groups=[one])):
        assert "metric" in out
        assert max(map(cell_len, out.splitlines())) <= max(width, 20)


def test_an_output_that_lacks_characters_gets_escapes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    out = text({"f1": np.zeros(100)}, {"f1": tuple("é" * i for i in range(100))})
    assert out.isascii()
    assert "------" in out
    assert "... 40 more" in out
    assert r"\xe9" in out


def test_a_console_without_unicode_prints_too() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    Console(file=stream, width=80).print(Drawing(shown({"é": 0.5})))
    stream.seek(0)
    assert stream.read().startswith("\\xe9  0.500000\n---")


def test_colours_on_a_terminal_alone() -> None:
    console = Console(file=io.StringIO(), width=80, force_terminal=True, color_system="standard")
    with console.capture() as captured:
        console.print(Drawing(shown({"error": 0.5})))
    coloured = captured.get()
    assert "\x1b[36m0.500000\x1b[0m" in coloured, "cyan, as the terminal's theme has it"
    assert "\x1b[1merror\x1b[0m" in coloured
    assert "\x1b" not in text({"error": 0.5})


# --- texts of others ----------------------------------------------------------------------------


def hostile() -> Sheet:
    numbers = np.arange(len(HOSTILE)) / 7
    names = dict(zip(HOSTILE, numbers.tolist(), strict=True))
    values = names | {name * 2: numbers for name in HOSTILE[:3]} | {"table": np.eye(len(HOSTILE))}
    labels = dict.fromkeys(values, tuple(HOSTILE))
    facts = sheet.facts(
        RowCounts(9, dict.fromkeys(HOSTILE[:4], 1)),
        {name: f"rule of {name}" for name in HOSTILE},
        HOSTILE,
        2,
        "0" * 64,
    )
    members = [Group(name, names, 3) for name in HOSTILE]
    one = sheet.sheet(values, labels, facts)
    return one + sheet.sheet(values, labels, facts, HOSTILE[0], members, 9)


class Reader(HTMLParser):
    """The tags and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: dict[str, set[str]] = {}
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.setdefault(tag, set()).update(name for name, _ in attrs)
        if tag != "wbr":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


TAGS = {"div", "style", "table", "caption", "thead", "tbody", "tr", "th", "td", "span", "wbr"}


def test_hostile_texts_are_harmless_in_text() -> None:
    for width in (40, 80, 200):
        out = as_text(hostile(), width)
        assert all(line.isprintable() for line in out.split("\n"))
        assert max(map(cell_len, out.split("\n"))) <= width
    for harmless in (
        "[red]bold[/red]",
        r"two\nlines",
        r"\x1b[31mred\x07",
        "<script>",
        "' blanks '",
    ):
        assert harmless in out


def test_hostile_texts_are_harmless_in_html() -> None:
    page = as_html(hostile())
    reader = Reader(page)
    assert set(reader.tags) <= TAGS
    assert set().union(*reader.tags.values()) <= {"class", "colspan"}
    assert reader.open == []
    assert "<script>alert(1)</script>" in reader.texts
    assert "http" not in page, "nothing comes from outside"
    page.encode()


def test_hostile_texts_are_harmless_in_markdown() -> None:
    out = as_markdown(hostile())
    page = MarkdownIt("commonmark").enable("table").render(out)
    reader = Reader(page)
    assert set(reader.tags) <= {
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "p",
        "strong",
        "ul",
        "li",
    }
    assert "<script>alert(1)</script>" in reader.texts
    assert "**bold** _em_ `code` &lt; $x$" in reader.texts
    assert r"a|b\|c" in reader.texts
    assert page.count("<table>") == sum(isinstance(block, Table) for block in hostile())


@settings(max_examples=40)
@given(st.lists(st.text(max_size=12), min_size=1, max_size=8))
def test_any_labels(labels: list[str]) -> None:
    values: dict[str, Value] = {"v": np.zeros(len(labels)), "m": np.eye(len(labels)), labels[0]: 1}
    one = shown(values, {"v": tuple(labels), "m": tuple(labels)}, by=labels[-1],
                groups=[Group(label, {}, 1) for label in labels])  # fmt: skip
    out = as_text(one, 60)
    assert all(line.isprintable() and cell_len(line) <= 60 for line in out.split("\n"))
    reader = Reader(as_html(one))
    assert set(reader.tags) <= TAGS
    for found in keys.unique(("m", label, other) for label in labels for other in labels):
        assert MLFLOW.fullmatch(found)


# --- HTML and markdown --------------------------------------------------------------------------


def test_html_and_markdown_tell_what_text_tells() -> None:
    one = shown(
        {"error": 0.5, "f1": np.array([0.25, 1.0]), "table": np.array([[3, 1], [0, 2]])},
        {"f1": ("cat", "dog"), "table": ("cat", "dog")},
    )
    assert as_markdown(one) == (
        "| metric | value |\n| :--- | ---: |\n| error | 0.500000 |\n\n"
        "**f1**\n\n| label | value |\n| :--- | ---: |\n| cat | 0.250000 |\n| dog | 1.000000 |\n\n"
        "**table**\n\n| true \\\\ predicted | cat | dog |\n| :--- | ---: | ---: |\n"
        "| cat | 3 | 1 |\n| dog | 0 | 2 |\n\n"
        "- rows: 5 used of 5 seen\n- digest: 0123456789abcdef\n"
    )
    words = re.findall(r"[\w.]+", as_text(one, 80))
    assert set(words) <= set(re.findall(r"[\w.]+", " ".join(Reader(as_html(one)).texts)))
    assert set(words) <= set(re.findall(r"[\w.]+", as_markdown(one)))


def test_html_breaks_heads_at_underscores_and_long_words_anywhere() -> None:
    page = as_html(shown(**groups(1, "mean_squared_error", "x" * 300)))
    assert '<th class="right">mean_<wbr>squared_<wbr>error</th>' in page
    assert f"<span>{'x' * 300}</span>" in page


def test_html_marks_all_rows_of_groups() -> None:
    page = as_html(shown(**groups(30, "accuracy")))
    assert page.count('<tr class="overall"><th>all rows</th>') == 1
    assert (
        '<td colspan="3" class="quiet"><span>… 10 more groups; to_frame() has all</span></td>'
        in page
    )


# --- facts --------------------------------------------------------------------------------------


def test_facts_in_words() -> None:
    rows = RowCounts(1_002_000, {"y_true and y_pred: NaN": 1500, "y_pred: NaN": 500})
    rules = {"accuracy": "y_pred > 0.5", "recall": "y_pred > 0.5", "strict": "y_pred > 0.9"}
    assert sheet.facts(rows, rules, ["f1: 0/0"], 2, "ab" * 32).lines == (
        ("rows", "1,000,000 used of 1,002,000 seen"),
        ("dropped", "1,500 (y_true and y_pred: NaN)"),
        ("dropped", "500 (y_pred: NaN)"),
        ("labels", "from predictions: y_pred > 0.5 (accuracy, recall)"),
        ("labels", "from predictions: y_pred > 0.9 (strict)"),
        ("note", "f1: 0/0"),
        ("passes", "the data was read 2 times"),
        ("digest", "abababababababab"),
    )
    assert sheet.rule_texts({"a": "y_pred > 0.5", "b": "y_pred > 0.5"}) == ["y_pred > 0.5"]
    assert sheet.few(["a", "b", "c"], 2) == "a, b, … 1 more"


# --- keys ---------------------------------------------------------------------------------------

# the rule of mlflow.utils.validation: these characters, a path that is already normal, and short
MLFLOW = re.compile(r"(?!/)(?:(?!\.{1,2}(?:/|$))[\w.\- ]+(?:/(?=[\w.\- ])|$)){1,125}")


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("mean_squared_error", "mean_squared_error"),
        ("fbeta_score(average='macro', beta=2.0)", "fbeta_score_average_macro_beta_2.0"),
        ("binary_accuracy(threshold=-0.5)", "binary_accuracy_threshold_-0.5"),
        ("sklearn:f1_score", "sklearn_f1_score"),
        ("_mine_", "_mine_"),
        ("größe", "größe"),
        ("..", "__"),
        ("", "_"),
        ("???", "_"),
    ],
)
def test_keys(name: str, key: str) -> None:
    assert keys.safe(name) == key
    assert MLFLOW.fullmatch(key)


def test_keys_are_unique() -> None:
    paths = [("f1", "a b"), ("f1", "a_b"), ("f1", "a:b"), ("f1/a_b",), ("f1", "a_b_2"), ("f1", 1)]
    found = keys.unique(paths)
    assert found == ["f1/a_b_3", "f1/a_b", "f1/a_b_4", "f1_a_b", "f1/a_b_2", "f1/1"]
    long = keys.unique([("x" * 300, "a"), ("x" * 300, "b")])
    assert len(set(long)) == 2
    assert all(len(key) <= keys.LONGEST for key in long)
    assert keys.name_path("val/auc") == ("val", "auc")
    assert keys.name_path("//") == ("_",)


# --- frames -------------------------------------------------------------------------------------


def test_long_frame() -> None:
    pytest.importorskip("pandas")
    values: dict[str, Value] = {
        "error": 0.5,
        "auc": {"value": 0.75, "method": "exact"},
        "table": np.array([[1, 2], [3, 4]]),
    }
    frame = frames.long_frame([(None, values, {"table": ("a", "b")}), (7, {"error": 1}, {})])
    assert list(frame.columns) == ["metric", "label", "slice", "value"]
    assert frame.to_numpy().tolist() == [
        ["error", None, None, 0.5],
        ["auc", "value", None, 0.75],
        ["table", ("a", "a"), None, 1.0],
        ["table", ("a", "b"), None, 2.0],
        ["table", ("b", "a"), None, 3.0],
        ["table", ("b", "b"), None, 4.0],
        ["error", None, 7, 1.0],
    ]
    assert frame["value"].dtype == "float64"
    assert len(frames.long_frame([])) == 0


def test_a_frame_without_pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(
        MissingExtraError, match=r"needs pandas.*pip install 'disteval\[dataframe\]'"
    ):
        frames.long_frame([])


# --- states in words ----------------------------------------------------------------------------

BATCH = Batch(
    {"y_true": np.array([0.0, 1.0, 1.0]), "y_pred": np.array([0.25, 0.1, 0.75])},
)
LABELS = Batch({"y_true": np.array([0, 1, 1]), "y_pred": np.array([0, 0, 1])})
WEIGHTED = Batch(LABELS.columns | {"sample_weight": np.array([0.5, 1.5, 0.1])})  # type: ignore[operator]


def words(reduction: Reduction[Any], batch: Batch = BATCH) -> tuple[str, list[list[str]]]:
    state = reduction.seal(reduction.update(reduction.empty(), batch))
    sentence, tables = described(reduction, state)
    return sentence, [[cell.text.strip() for cell in row] for table in tables for row in table.rows]


def test_sums_in_words() -> None:
    y = Raw("y_true")
    assert words(ExactSum(y)) == ("the exact sum of y_true: 2", [])
    squares = Fraction(0.9 * 0.9) + Fraction(0.25 * 0.25) * 2
    assert squares == Fraction(float(squares)), "this one is a float"
    assert (
        words(ExactSum(SquaredError()))[0] == f"the exact sum of SquaredError(): {float(squares)}"
    )
    thirds = Batch({"y_true": np.array([1 / 3, 1e16])})
    assert words(ExactSum(y), thirds)[0].endswith(": 1e+16 (shown rounded)")
    assert words(TotalWeight()) == ("the total weight (1 a row without weights): 3", [])
    bad = Batch({"y_true": np.array([1.0, np.inf])})
    assert words(ExactSum(y), bad)[0].endswith("inf (not all values were finite)")


def test_sums_of_columns_and_moments_in_words() -> None:
    wide = Batch({"y_true": np.array([[1.0, 2.5], [3.0, np.inf]])})
    sentence, rows = words(ExactSum(Raw("y_true"), columns=2), wide)
    assert sentence.endswith("in each of 2 columns")
    assert rows == [["column 0", "4"], ["column 1", "inf"]]
    sentence, rows = words(Moments(Raw("y_true"), Wide("y_true")))
    assert rows == [["x", "2"], ["y", "2"], ["x²", "2"], ["xy", "2"], ["y²", "2"]]
    _, rows = words(Moments(Raw("y_true"), Raw("y_true"), columns=2), wide)
    assert rows[3] == ["x², column 1", "inf"]


def test_counts_in_words() -> None:
    true, pred = RowLabels("y_true"), RowLabels("y_pred")
    positive = Batch({"y_true": np.array([True, False]), "y_pred": np.array([0.25, 0.75])})
    counts = ThresholdCounts(Raw("y_true"), Raw("y_pred"), (0.5, 0.9))
    assert words(counts, positive)[1] == [["0.5", "0", "1", "0", "1"], ["0.9", "0", "0", "1", "1"]]
    assert words(Count(Raw("y_true")), positive)[0] == "how often y_true holds: 1"
    sentence, rows = words(ConfusionCounts(true, pred), LABELS)
    assert sentence == "the counts of true and predicted labels, 2 x 2"
    assert rows == [["0", "1", "0"], ["1", "1", "1"]]
    assert words(ConfusionCounts(true, pred), WEIGHTED)[1] == [
        ["0", "0.5", "0"],
        ["1", "1.5", "0.1"],
    ]
    many = Batch({"y_true": np.arange(MOST + 1), "y_pred": np.arange(MOST + 1)})
    assert words(ConfusionCounts(true, pred), many)[1] == []


def test_other_states_in_words() -> None:
    assert words(MinMax(Raw("y_pred")))[0] == "the range of y_pred: 0.1 to 0.75"
    nothing = MinMax(Raw("y_pred"))
    assert described(nothing, nothing.seal(nothing.empty()))[0].endswith(": no value")

    class Own:
        """How far the rows reach."""

        def __repr__(self) -> str:
            return "Own()"

    assert described(Own(), None) == ("Own(): How far the rows reach.", ())  # type: ignore[arg-type]


def test_definitions_come_from_where_the_promise_is() -> None:
    from disteval.metrics import BinaryAccuracy, MeanSquaredError
    from disteval.metrics.labels.accuracy import ScoreAccuracy

    assert definition(ScoreAccuracy) == definition(BinaryAccuracy)
    first, exact = definition(MeanSquaredError)
    assert first == "Mean squared error, Σ wᵢ (yᵢ - pᵢ)² / Σ wᵢ."
    assert exact.endswith("for any chunking and order.")
    assert definition(int)[1] == ""


def test_limits_are_those_of_the_text() -> None:
    assert len(sheet.entries("v", ([((i,), i) for i in range(MOST_ENTRIES)]), 61).rows) == 60
