"""The demonstrations: what they print, whether they agree, and where their rows come from."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from click.testing import CliRunner

from disteval.cli import main
from disteval.demo import program, scale, shards
from disteval.demo.memory import PeakMemory, anonymous
from disteval.demo.synthetic import BLOCK, EXPECTED, Synthetic
from disteval.errors import ArgumentError, SourceError
from disteval.evaluator import evaluate
from disteval.protocol import Array, Source

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = re.compile(r"(?<= )[0-9a-f]{16}(?= |\n)")


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, arguments, env={"COLUMNS": "100"})
    return result.exit_code, result.output


def process(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "disteval", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


# --- the flights -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def flights_process() -> subprocess.CompletedProcess[str]:
    return process("demo")


def test_flights_agree_in_every_way(flights_process: subprocess.CompletedProcess[str]) -> None:
    assert flights_process.returncode == 0
    assert flights_process.stderr == ""
    digests = DIGEST.findall(flights_process.stdout)
    assert len(digests) == 12
    assert len(set(digests)) == 2
    assert "The same bits from 6 ways of running." in flights_process.stdout


def test_flights_account_for_every_row(
    flights_process: subprocess.CompletedProcess[str],
) -> None:
    out = flights_process.stdout
    assert "336,776 seen = 327,346 used + 9,430 dropped" in out
    assert "8,255  arr_delay and dep_delay: NaN\n" in out
    assert "1,175  arr_delay: NaN\n" in out


def test_flights_values_are_those_of_numpy(
    flights_process: subprocess.CompletedProcess[str],
) -> None:
    columns = shards.columns()
    known = ~np.isnan(columns["arr_delay"])
    true = columns["arr_delay"][known].astype(np.float64)
    pred = columns["dep_delay"][known].astype(np.float64)
    late, called = true >= 15, pred >= 15
    expected = {
        "mean_squared_error": np.mean((true - pred) ** 2),
        "mean_absolute_error": np.mean(np.abs(true - pred)),
        "r2_score": 1 - np.sum((true - pred) ** 2) / np.sum((true - true.mean()) ** 2),
        "binary_accuracy": np.mean(late == called),
        "precision": np.mean(late[called]),
        "recall": np.mean(called[late]),
    }
    for name, value in expected.items():
        assert re.search(rf"{name} +{value:.6f} ", flights_process.stdout), name
    for count in (late & called).sum(), (late & ~called).sum(), (~late & called).sum():
        assert f"{count:,}" in flights_process.stdout


def test_flights_means_of_batches_are_shown_beside(
    flights_process: subprocess.CompletedProcess[str],
) -> None:
    columns = shards.columns()
    rmse = []
    for true, pred in zip(
        np.array_split(columns["arr_delay"].astype(np.float64), 336),
        np.array_split(columns["dep_delay"].astype(np.float64), 336),
        strict=True,
    ):
        rmse.append(np.sqrt(np.nanmean((true - pred) ** 2)))
    (line,) = re.findall(r"root_mean_squared_error.*", flights_process.stdout)
    whole, mean, difference = map(float, line.split()[1:])
    assert mean == round(float(np.mean(rmse)), 6)
    assert difference == pytest.approx(mean - whole, abs=2e-6)
    assert difference != 0


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the program quick: two shards, and no worker processes."""

    def without_processes(written: list[shards.Shards]) -> program.Findings:
        found = program.Findings()
        for cut in written[:2]:
            pred = cut.column("dep_delay")
            results = [q.ask(cut.column(q.target), pred, "sync") for q in program.QUESTIONS]
            found.add(str(cut.count), results)
        asked = [metric for question in program.QUESTIONS for metric in question.metrics]
        found.averages = {str(metric.name): 0.0 for metric in asked}
        return found

    monkeypatch.setattr(program, "examine", lambda written, _: without_processes(written))


@pytest.mark.usefixtures("quick")
def test_keep_leaves_the_shards(tmp_path: Path) -> None:
    code, out = run("demo", "--keep", str(tmp_path / "kept"))
    assert code == 0
    assert f"The shards stay in {tmp_path / 'kept'}" in out
    cut = tmp_path / "kept" / "336-shards"
    assert sorted(path.name for path in cut.iterdir()) == ["arr_delay", "dep_delay", "late"]
    files = sorted((cut / "arr_delay").iterdir())
    assert len(files) == 336
    whole = np.concatenate([np.load(path) for path in files])
    assert whole.tobytes() == shards.columns()["arr_delay"].tobytes()


@pytest.mark.usefixtures("quick")
def test_keep_refuses_a_folder_with_files(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("here")
    code, out = run("demo", "--keep", str(tmp_path))
    assert code == 2
    assert out == (
        f"disteval: expected a new or empty folder, but there are files in {str(tmp_path)!r}\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SourceError, match="cannot write to"):
        shards.write(tmp_path / "file" / "below", (1,))


@pytest.mark.usefixtures("quick")
def test_different_digests_end_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program.Findings, "agree", False)
    code, out = run("demo")
    assert code == 1
    assert "The digests differ" in out


def test_findings_agree_only_where_all_digests_do() -> None:
    assert program.Findings(digests={"a": ["1", "2"], "b": ["1", "2"]}).agree
    assert not program.Findings(digests={"a": ["1", "2"], "b": ["1", "3"]}).agree


def test_labels_are_missing_where_the_arrival_is() -> None:
    columns = shards.columns()
    assert np.array_equal(np.isnan(columns["late"]), np.isnan(columns["arr_delay"]))
    assert set(columns["late"][~np.isnan(columns["late"])].tolist()) == {0.0, 1.0}


# --- synthetic rows ----------------------------------------------------------------------


def rows_of(source: Source, piece: int, rows: slice | None = None) -> dict[str, Array]:
    names = source.schema.names
    chunks = list(source.read(piece, names, rows))
    return {name: np.concatenate([chunk[name] for chunk in chunks]) for name in names}


def all_rows(source: Source) -> dict[str, Array]:
    parts = [rows_of(source, i) for i in range(len(source.pieces()))]
    return {n: np.concatenate([part[n] for part in parts]) for n in source.schema.names}


@pytest.mark.parametrize("piece_rows", [BLOCK, 4 * BLOCK, 77_777, 300_000])
def test_rows_do_not_depend_on_the_pieces(piece_rows: int) -> None:
    whole = rows_of(Synthetic(200_001, 200_001), 0)
    cut = all_rows(Synthetic(200_001, piece_rows))
    for name, values in whole.items():
        assert len(values) == 200_001
        assert values.tobytes() == cut[name].tobytes()


@pytest.mark.parametrize(("start", "stop"), [(0, 1), (5, 65_536), (65_530, 131_080)])
def test_a_slice_of_a_piece_is_that_of_its_rows(start: int, stop: int) -> None:
    source = Synthetic(400_000, 150_000)
    whole = rows_of(source, 1)
    part = rows_of(source, 1, slice(start, stop))
    for name in whole:
        assert part[name].tobytes() == whole[name][start:stop].tobytes()


def test_restricted_and_pickled_it_reads_the_same() -> None:
    source = Synthetic(100_000, 30_000)
    sent: Source = pickle.loads(pickle.dumps(source.restrict(slice(2, 3))))
    assert rows_of(sent, 2)["y_pred"].tobytes() == rows_of(source, 2)["y_pred"].tobytes()


def test_pieces_account_for_all_rows() -> None:
    source = Synthetic(100_000, 30_000)
    assert isinstance(source, Source)
    assert [piece.rows for piece in source.pieces()] == [30_000, 30_000, 30_000, 10_000]
    assert [piece.nbytes for piece in source.pieces()] == [240_000] * 3 + [80_000]


def test_other_seeds_give_other_rows() -> None:
    a, b = (rows_of(Synthetic(10, 10, seed), 0)["y_true"] for seed in (1, 2))
    assert not np.array_equal(a, b)


def test_values_are_near_those_of_the_distribution() -> None:
    result = evaluate(Synthetic(1_000_000, 100_000), metrics=list(EXPECTED), scheduler="sync")
    for name, expected in EXPECTED.items():
        assert result[name] == pytest.approx(expected, rel=0.01)


def test_it_refuses_no_rows() -> None:
    with pytest.raises(ArgumentError, match="expected rows of at least 1, got 0"):
        Synthetic(0, 1)
    with pytest.raises(ArgumentError, match="expected piece_rows of at least 1, got -1"):
        Synthetic(1, -1)


def test_rows_from_a_process() -> None:
    done = process("demo", "--rows", "2e5")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("200,000 rows of float32")
    digests = DIGEST.findall(done.stdout)
    assert len(digests) == 2
    assert len(set(digests)) == 1
    assert "66,666 rows" in done.stdout
    assert "28,571 rows" in done.stdout
    assert "The same bits from pieces of both sizes." in done.stdout


def test_many_rows_come_in_large_pieces() -> None:
    code, out = run("demo", "--rows", "9_000_000")
    assert code == 0
    assert "1,048,576 rows" in out
    assert "786,432 rows" in out
    assert re.search(r"rows/s +memory +digest", out)


def test_rows_with_different_digests_end_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    def measure(source: Synthetic, start: int | None) -> scale.Run:
        other = Synthetic(source.rows, source.piece_rows, seed=source.piece_rows)
        assert start != 0
        return scale.Run(source, evaluate(other, metrics=scale.METRICS), 1.0, None)

    monkeypatch.setattr(scale, "measure", measure)
    code, out = run("demo", "--rows", "1000")
    assert code == 1
    assert "The digests differ" in out
    assert "unknown" in out


# --- memory ------------------------------------------------------------------------------


@pytest.mark.skipif(anonymous() is None, reason="the system does not tell")
def test_peak_memory_is_what_was_held() -> None:
    with PeakMemory() as memory:
        held = np.ones(4_000_000)
        del held
    assert memory.nbytes is not None
    assert memory.nbytes < 100_000_000
    with PeakMemory() as memory:
        # more than the C library ever keeps of what was freed before
        held = np.ones(16_000_000)
    assert memory.nbytes is not None
    assert memory.nbytes > 100_000_000
    assert held.sum() == 16_000_000
