"""The same flights in every form in which people hold them: one digest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

import disteval
from disteval.demo import flights

METRICS = ["mse", "mae", "r2", "mean"]
N = 20_000  # of 336,776: every form of all of them would take a minute
COLUMNS = {name: column[:N] for name, column in flights.load().items()}
TRUE, PRED, BY = COLUMNS["arr_delay"], COLUMNS["dep_delay"], COLUMNS["carrier"]


def evaluated(*args: Any, **options: Any) -> disteval.Result:
    return disteval.evaluate(*args, nan_policy="omit", **options)


@pytest.fixture(scope="module")
def expected() -> disteval.Result:
    result = evaluated(TRUE, PRED, METRICS, by=BY)
    assert result.rows.seen == N
    assert len(result.slices) > 10
    return result


def assert_same(result: disteval.Result, expected: disteval.Result) -> None:
    assert result.digest == expected.digest
    assert dict(result) == dict(expected)
    assert (result.rows.seen, result.rows.used) == (expected.rows.seen, expected.rows.used)
    assert {k: s.digest for k, s in result.slices.items()} == {
        k: s.digest for k, s in expected.slices.items()
    }


def pandas_frame() -> pd.DataFrame:
    return pd.DataFrame(COLUMNS)


def batches() -> list[dict[str, Any]]:
    return [{k: v[i : i + 999] for k, v in COLUMNS.items()} for i in range(0, N, 999)]


TABLES: dict[str, Callable[[], Any]] = {
    "dict of arrays": lambda: COLUMNS,
    "dict of lists": lambda: {k: v.tolist() for k, v in COLUMNS.items()},
    "pandas": pandas_frame,
    "pandas nullable": lambda: pandas_frame().convert_dtypes(),
    "pandas on Arrow": lambda: pandas_frame().convert_dtypes(dtype_backend="pyarrow"),
    "pandas category": lambda: pandas_frame().astype({"carrier": "category"}),
    "pandas objects": lambda: pandas_frame().astype(object),
    "Polars": lambda: pl.DataFrame(COLUMNS),
    "Arrow": lambda: pa.table(COLUMNS),
    "Arrow dictionary": lambda: pa.table(COLUMNS | {"carrier": pa.array(BY).dictionary_encode()}),
    "list of mappings": batches,
    "generator of mappings": lambda: iter(batches()),
    "list of frames": lambda: [pd.DataFrame(batch) for batch in batches()],
}


@pytest.mark.parametrize("form", TABLES)
def test_tables(form: str, expected: disteval.Result) -> None:
    result = evaluated("arr_delay", "dep_delay", METRICS, data=TABLES[form](), by="carrier")
    assert_same(result, expected)
    assert result.by == "carrier"


def test_dask_frames(expected: disteval.Result) -> None:
    import dask.dataframe as dd

    for parts in (1, 7):
        frame = dd.from_pandas(pandas_frame(), npartitions=parts)
        result = evaluated("arr_delay", "dep_delay", METRICS, data=frame, by="carrier")
        assert_same(result, expected)
        y, p, by = (frame[name] for name in ("arr_delay", "dep_delay", "carrier"))
        assert_same(evaluated(y, p, METRICS, by=by), expected)


COLUMN_FORMS: dict[str, Callable[[Any], Any]] = {
    "lists": lambda a: a.tolist(),
    "pandas series": pd.Series,
    "Polars series": pl.Series,
    "Arrow arrays": pa.array,
    "Arrow chunks": lambda a: pa.chunked_array([a[:7], a[7:]]),
    "big-endian": lambda a: a.astype(a.dtype.newbyteorder(">")),
    "float64 columns": lambda a: a.astype(np.float64) if a.dtype.kind == "f" else a,
    "column vectors": lambda a: a[:, None],
}


@pytest.mark.parametrize("form", COLUMN_FORMS)
def test_columns(form: str, expected: disteval.Result) -> None:
    as_form = COLUMN_FORMS[form]
    assert_same(evaluated(as_form(TRUE), as_form(PRED), METRICS, by=as_form(BY)), expected)


@pytest.mark.parametrize("library", ["torch", "jax.numpy"])
def test_tensors(library: str, expected: disteval.Result) -> None:
    module = pytest.importorskip(library)
    y, p = (module.asarray(np.array(a)) for a in (TRUE, PRED))
    assert_same(evaluated(y, p, METRICS, by=BY), expected)


def test_dask_arrays(expected: disteval.Result) -> None:
    import dask.array as da

    y, p, by = (da.from_array(a, chunks=c) for a, c in ((TRUE, 999), (PRED, 5000), (BY, 7777)))
    assert_same(evaluated(y, p, METRICS, by=by), expected)


def test_streams(expected: disteval.Result) -> None:
    evaluator = disteval.Evaluator(METRICS, nan_policy="omit")
    for i in range(0, N, 700):
        evaluator.update_state(TRUE[i : i + 700], PRED[i : i + 700])
    assert evaluator.result().digest == expected.digest


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The flights as files of every format, in three shards."""
    folder = tmp_path_factory.mktemp("flights")
    for name in ("npy", "npz", "parquet", "csv", "hive"):
        (folder / name).mkdir()
    for i, part in enumerate(np.array_split(np.arange(N), 3)):
        columns = {k: v[part] for k, v in COLUMNS.items()}
        table = pa.Table.from_pandas(pd.DataFrame(columns), preserve_index=False)
        np.savez(folder / f"npz/{i}.npz", **columns)  # type: ignore[arg-type]
        pq.write_table(table, folder / f"parquet/{i}.parquet", row_group_size=1000)
        pyarrow.csv.write_csv(table, folder / f"csv/{i}.csv")
        for k, v in columns.items():
            (folder / "npy" / k).mkdir(exist_ok=True)
            np.save(folder / f"npy/{k}/{i}.npy", v)
    pandas_frame().to_parquet(folder / "hive", partition_cols=["carrier"])
    return folder


@pytest.mark.parametrize("form", ["npz", "parquet", "csv", "hive"])
@pytest.mark.parametrize("given", ["folder", "glob", "list"])
def test_files(form: str, given: str, files: Path, expected: disteval.Result) -> None:
    folder = files / form
    paths = sorted(folder.rglob(f"*.{form.replace('hive', 'parquet')}"))
    data = {"folder": folder, "glob": f"{folder}/**/*.*", "list": paths}[given]
    result = evaluated("arr_delay", "dep_delay", METRICS, data=data, by="carrier")
    assert_same(result, expected)


def test_shards(files: Path, expected: disteval.Result) -> None:
    y, p, by = (str(files / "npy" / name) for name in ("arr_delay", "dep_delay", "carrier"))
    assert_same(evaluated(y, f"{p}/*.npy", METRICS, by=sorted(Path(by).iterdir())), expected)


def test_the_shell(files: Path, expected: disteval.Result) -> None:
    import json

    from click.testing import CliRunner

    from disteval.cli import main

    names = [word for metric in METRICS for word in ("-m", metric)]
    asked = ["--y-true", "arr_delay", "--y-pred", "dep_delay", "--nan-policy", "omit", "--json"]
    done = CliRunner().invoke(main, ["evaluate", f"{files}/parquet/*.parquet", *asked, *names])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["digest"] == expected.digest
