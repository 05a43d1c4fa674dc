"""The file of a history, and what can happen to one: torn, damaged, full disks, other processes."""

from __future__ import annotations

import io
import json
import math
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from disteval import errors
from disteval.history import History
from disteval.history.entries import parsed, strict
from tests.history.contents import content, result

EXAMPLE = Path(__file__).parents[1] / "data" / "history_format_1.jsonl"


def test_lines_of_strict_json(kept: History, path: Path) -> None:
    kept.append({"none": math.nan, "text": "inf\nNaN\u2028", "rates": {"float": -math.inf}})
    first, *lines = path.read_bytes().decode("ascii").splitlines()
    assert first == '{"disteval_history": 1}'
    assert lines[0] == (
        '{"step": 0, "prefix": "", "values": {"mean_squared_error": 0.5, '
        '"mean_absolute_error": 0.5}}'
    )
    assert len(lines) == 4
    for line in lines:
        json.loads(line, parse_constant=pytest.fail)
    assert content(History(path)) == content(kept)


VALUES = st.recursive(
    st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["float", "map", "", "a"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(VALUES)
def test_every_value_comes_back(value: Any) -> None:
    text = json.dumps(strict(value), allow_nan=False)
    assert repr(parsed(json.loads(text))) == repr(value)


def test_the_file_of_the_first_format_is_read(path: Path) -> None:
    shutil.copy(EXAMPLE, path)
    history = History(path)
    assert repr(list(history)) == repr(
        [
            (0, {"mean_squared_error": 0.1, "confusion_matrix": [[3, 1], [0, 2]],
                 "val_mean_squared_error": 5e-324}),
            (10, {"mean_squared_error": math.nan, "top": "nan"}),
            (10.5, {"größe rates": {"neg": math.inf, "pos": -0.0},
                    "größe counts": {"float": 1, "map": -math.inf}}),
        ]
    )  # fmt: skip
    history.append({"top": "next"})
    assert history.steps[-1] == 11
    assert content(History(path)) == content(history)
    assert path.read_bytes().startswith(EXAMPLE.read_bytes())


def test_whatever_is_torn_off_the_last_line(path: Path, kept: History) -> None:
    whole = path.read_bytes()
    start = whole.rindex(b"\n", 0, -1) + 1
    two = History()
    for error in (1.0, 0.5):
        two.append(result(error))
    for end in range(start, len(whole)):
        path.write_bytes(whole[:end])
        if end == start:
            assert content(History(path)) == content(two)
            continue
        with pytest.warns(errors.DistevalWarning, match=f"torn last line.*: {end - start} bytes"):
            read = History(path)
        assert content(read) == content(two)
        assert path.read_bytes() == whole[:end]  # reading changes nothing
        read.append(result(0.25))
        assert path.read_bytes() == whole
    assert content(History(path)) == content(kept)


def test_torn_before_the_first_line(path: Path) -> None:
    header = b'{"disteval_history": 1}\n'
    for end in range(len(header) + 1):
        path.write_bytes(header[:end])
        if header[:end].endswith(b"\n") or not end:
            history = History(path)
        else:
            with pytest.warns(errors.DistevalWarning, match="torn last line"):
                history = History(path)
        history.append({"loss": 1.0})
        assert path.read_bytes() == (
            header + b'{"step": 0, "prefix": "", "values": {"loss": 1.0}}\n'
        )


@pytest.mark.parametrize("torn", [b'{"step": 3, \x00\x00\n', b"\xff\n", b"[" * 100_000, b"NaN\n"])
def test_a_last_line_that_is_not_json(path: Path, kept: History, torn: bytes) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole + torn)
    with pytest.warns(errors.DistevalWarning, match="the next append replaces them"):
        read = History(path)
    assert content(read) == content(kept)
    read.append(result(0.125))
    assert path.read_bytes().startswith(whole + b'{"step": 3, ')
    assert History(path).steps == [0, 1, 2, 3]


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    "line",
    [
        b"garbage", b'{"step": 1, "prefix": "", "valu', b"3", b"{}", b'{"step": 1, "prefix": ""}',
        b'{"step": "1", "prefix": "", "values": {}}',
        b'{"step": 1, "prefix": 2, "values": {"a": 1}}',
        b'{"step": 1, "prefix": "", "values": {"a": null}}', b"",
        b'{"step": 1, "prefix": "", "values": {"a": {"float": "1.5"}}}',
        b'{"step": true, "prefix": "", "values": {"a": 1.5}}', b'{"disteval_history": "1"}',
    ],
)  # fmt: skip
def test_a_broken_line_in_the_middle(path: Path, line: bytes) -> None:
    lines = path.read_bytes().split(b"\n")
    lines[2] = line
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(errors.CorruptFileError, match=r"history.jsonl, line 3: expected a"):
        History(path)
    assert path.read_bytes() == b"\n".join(lines)


@pytest.mark.parametrize(
    "text", ["notes", "notes\n", '{"loss": 1.0}\n', "[1]\n", '{"loss": 1.0}\n{"loss": 2.0}', "\n"]
)
def test_no_history(path: Path, text: str) -> None:
    """A file of somebody else's is neither taken for an empty history nor cut."""
    path.write_text(text)
    with pytest.raises(errors.CorruptFileError, match=r"history.jsonl, line 1: expected a"):
        History(path)
    assert path.read_text() == text


def test_a_newer_format(path: Path) -> None:
    path.write_text('{"disteval_history": 2, "by": "lines"}\n{"more": 1}\n')
    message = "has format 2 of a newer disteval, this one reads formats up to 1; upgrade"
    with pytest.raises(errors.SourceError, match=message):
        History(path)


def test_histories_one_after_the_other_are_a_history(path: Path, kept: History) -> None:
    """So are two processes that both wrote the first line."""
    path.write_bytes(path.read_bytes() * 2)
    assert History(path).history["mse"] == kept.history["mse"] * 2


def test_paths_that_mean_nothing(tmp_path: Path) -> None:
    wrong: Any = 3
    with pytest.raises(errors.ArgumentError, match="expected path to be a str or Path, got int"):
        History(wrong)
    with pytest.raises(errors.ArgumentError, match=r"expected a file .* is a directory"):
        History(tmp_path)
    with pytest.raises(errors.ArgumentError, match=r"expected a file .* is no regular file"):
        History("/dev/null")
    with pytest.raises(errors.SourceNotFoundError, match=r"no directory '.*runs' .* create it"):
        History(tmp_path / "runs" / "history.jsonl")
    with pytest.raises(errors.SourceError, match=r"cannot read the history .*: File name too long"):
        History(tmp_path / ("x" * 300))


def test_the_file_stays_where_it_was(
    tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    history = History("history.jsonl")
    assert not path.exists()  # until there is something to keep
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    history.append({"loss": 1.0})
    assert content(History(path)) == content(history)


class FullDisk(io.FileIO):
    """Takes some bytes of a line, and then no more."""

    def write(self, line: Any) -> int:
        if len(line) < 50:
            raise OSError(28, "No space left on device")
        return super().write(line[:20])


@contextmanager
def full_disk() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "open", lambda self, mode, buffering: FullDisk(self, mode))  # noqa: ARG005
        yield


@contextmanager
def limited_files(size: int) -> Iterator[None]:
    """The system itself refuses to let files of this process grow beyond a size."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("cause", ["No space left on device", "File too large"])
def test_a_line_that_does_not_fit(path: Path, kept: History, cause: str) -> None:
    before, whole = content(kept), path.read_bytes()
    trouble = limited_files(len(whole) + 20) if "large" in cause else full_disk()
    message = f"cannot append to the history .*: {cause}; nothing was added, append again"
    with trouble, pytest.raises(errors.SourceError, match=message):
        kept.append(result(0.125))
    assert content(kept) == before
    assert path.read_bytes() == whole
    kept.append(result(0.125))
    assert kept.steps == [0, 1, 2, 3]
    assert content(History(path)) == content(kept)


def test_a_file_that_was_replaced(path: Path, kept: History) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    before = content(kept)
    for now in (b"".join(lines[:2]), b""):
        path.write_bytes(now)
        with pytest.raises(errors.CorruptFileError, match="it was replaced or cut; open it anew"):
            kept.append(result(0.125))
        assert content(kept) == before
        assert path.read_bytes() == now


def test_a_torn_line_of_another_process(path: Path, kept: History) -> None:
    """The line after it is found to be whole, whoever wrote it."""
    other = History(path)
    with path.open("ab") as stream:
        stream.write(b'{"step": 3, "pre')
    kept.append(result(0.125))
    other.append(result(0.125), prefix="val_")
    assert [len(values) for _, values in History(path)] == [4, 2, 2, 2]


def test_a_long_last_line(path: Path) -> None:
    history = History(path)
    for _ in range(3):
        history.append({"matrix": np.zeros((100, 100))})
    assert len(History(path)) == 3


def test_two_processes_append_to_one_file(path: Path) -> None:
    program = (
        "import sys; from disteval.history import History; history = History(sys.argv[1])\n"
        "for step in range(100): history.append({'loss': step / 3}, prefix=sys.argv[2])"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", program, str(path), prefix])
        for prefix in ("a_", "b_" + "long" * 200)
    ]
    assert [process.wait(60) for process in both] == [0, 0]
    history = History(path)
    assert [len(values) for values in history.history.values()] == [100, 100]
    assert history.history["a_loss"] == [step / 3 for step in range(100)]


def test_an_append_is_on_the_disk_when_it_returns(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[bytes] = []
    monkeypatch.setattr("os.fsync", lambda _: synced.append(path.read_bytes()))
    history = History(path)
    for count in (1, 2):
        history.append(result(1.0))
        assert len(synced) == count
        assert synced[-1] == path.read_bytes()


def test_a_thousand_results_read_back_and_plot_after_a_torn_write(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.fsync", lambda _: None)  # as slow as the disk is busy
    one = result(0.5)
    history = History(path)
    for _ in range(1000):
        history.append(one)
    with path.open("ab") as stream:
        stream.write(b'{"step": 1000, "prefix": "", "val')
    with pytest.warns(errors.DistevalWarning, match="torn last line") as warned:
        read = History(path)
    assert [warning.filename for warning in warned] == [__file__]
    assert content(read) == content(history)
    (line,) = read.plot("mse", path=path.with_suffix(".png")).lines
    assert len(line.get_xdata()) == 1000
    assert path.with_suffix(".png").read_bytes()[:4] == b"\x89PNG"
