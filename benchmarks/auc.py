"""The exact area under the ROC curve, against what else there is on one machine."""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

import disteval
from benchmarks import data
from benchmarks.measuring import Contestant, Report, Role, Settings, contest, within

QUESTION = "exact AUC of 10,000,000 float32 scores in memory; with three more metrics of them"
ROWS = 10_000_000
FOUR = ["auc", "average_precision", "ks_statistic", "roc_curve(max_points=1000)"]
LABELS = ("int8", "int64")

Query = Callable[[Any, Any], float]


def contestants(settings: Settings) -> Sequence[Contestant]:
    rows = settings.rows(ROWS)
    paths = data.pair(settings.folder, "sigmoids", rows, lambda g, n: data.sigmoids(g, n, -3, 1.5))
    y, p = (np.load(path) for path in paths)
    found: list[Contestant] = []
    for name in LABELS:
        found += _of_labels(name, y.astype(name), p)
    return found


def _of_labels(dtype: str, y: Any, p: Any) -> list[Contestant]:
    def of(name: str, query: Query, role: Role, group: str = dtype) -> Contestant:
        return Contestant(f"{name}, {dtype}", functools.partial(query, y, p), len(y), role, group)

    return [
        of("disteval", exact, "disteval"),
        of("disteval four", four, "disteval"),
        of("scikit-learn", sklearn, "peer"),
        *(of(name, query, "peer") for name, query in queries().items()),
        of(_KERAS, keras, "other", f"K {dtype}"),  # apart: its value is another one
    ]


def measure(settings: Settings) -> Report:
    report = contest("auc", contestants(settings), settings, 7)
    names = queries()
    found: list[Any] = []
    for dtype in LABELS:
        ours = report[f"disteval, {dtype}"]
        query = min((report[f"{name}, {dtype}"].per_row for name in names), default=None)
        for than, other, limit in (
            ("scikit-learn", report[f"scikit-learn, {dtype}"].per_row, 1 / 50),
            ("the fastest query", query, 1 / 8),
            (_KERAS, report[f"{_KERAS}, {dtype}"].per_row, 1.0),
        ):
            ratio = None if other is None else ours.per_row / other
            found += within(f"time over that of {than}, {dtype} labels", ratio, limit)
        ratio = report[f"disteval four, {dtype}"].per_row / ours.per_row
        found += within(f"four metrics over AUC alone, {dtype} labels", ratio, 1.3)
    return replace(report, targets=tuple(found))


# --- disteval -----------------------------------------------------------------------------------


def exact(y: Any, p: Any) -> float:
    return float(disteval.evaluate(y, p, ["auc"])["auc"])


def four(y: Any, p: Any) -> float:
    return float(disteval.evaluate(y, p, FOUR)["auc"])


# --- others that are exact ----------------------------------------------------------------------


def sklearn(y: Any, p: Any) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(y, p))


def queries() -> dict[str, Query]:
    """The fastest two that were found of each library that is installed: ranks, and counts.

    Polars' and DuckDB's own ranks with the mean of ties took longer than these.
    """
    known: dict[str, Query] = {
        "polars sorted": polars_sorted,
        "polars grouped": polars_grouped,
        "duckdb window": duckdb_window,
        "duckdb grouped": duckdb_grouped,
    }
    return {
        name: query for name, query in known.items() if importlib.util.find_spec(name.split()[0])
    }


def polars_sorted(y: Any, p: Any) -> float:
    """Sorted rows; trapezoids between the last rows of each score."""
    import polars as pl

    tp, fp = pl.col("tp"), pl.col("fp")
    last = pl.col("p") != pl.col("p").shift(-1)
    rows = pl.LazyFrame({"p": p, "y": y}).sort("p").with_columns(
        tp=pl.col("y").cast(pl.Int64).cum_sum(), row=pl.int_range(1, pl.len() + 1)
    )  # fmt: skip
    vertices = rows.filter(last.fill_null(value=True)).with_columns(fp=pl.col("row") - tp)
    width, height = tp - tp.shift(1, fill_value=0), fp + fp.shift(1, fill_value=0)
    twice = (width * height).cast(pl.Float64).sum().alias("twice")
    found = vertices.select(twice, tp.last(), fp.last())
    return _area(found.collect())


def polars_grouped(y: Any, p: Any) -> float:
    """Counts of each score, sorted and cumulated."""
    import polars as pl

    pos, neg = pl.col("pos"), pl.col("neg")
    counts = pl.LazyFrame({"p": p, "y": y}).group_by("p").agg(
        pos=pl.col("y").cast(pl.Int64).sum(), rows=pl.len().cast(pl.Int64)
    )  # fmt: skip
    pairs = pos * (2 * neg.cum_sum() - neg)
    found = counts.sort("p").with_columns(neg=pl.col("rows") - pos)
    sums = found.select(pairs.cast(pl.Float64).sum().alias("twice"), pos.sum(), neg.sum())
    return _area(sums.collect(engine="streaming"))


def _area(found: Any) -> float:
    twice, positives, negatives = found.row(0)
    return float(twice / (2 * positives * negatives))


_WINDOW = """
    with ranks as (
        select y, rank() over (order by p) as low,
            count(*) over (order by p range unbounded preceding) as high
        from scores),
    totals as (
        select sum(low + high) / 2.0 as s, count(*)::double as p from ranks where y = 1)
    select (s - p * (p + 1) / 2) / (p * ((select count(*) from scores) - p)) from totals
"""

_GROUPED = """
    with counts as (
        select p, sum(y)::bigint as pos, count(*) - sum(y)::bigint as neg from scores group by p),
    below as (
        select pos, neg, sum(neg) over (order by p rows unbounded preceding) - neg as lower
        from counts)
    select sum((pos * (2 * lower + neg))::double) / (2.0 * sum(pos) * sum(neg)) from below
"""


def duckdb_window(y: Any, p: Any) -> float:
    """Ranks of the positives, of ties the mean."""
    return _duckdb(_WINDOW, y, p)


def duckdb_grouped(y: Any, p: Any) -> float:
    """Counts of each score, cumulated."""
    return _duckdb(_GROUPED, y, p)


def _duckdb(query: str, y: Any, p: Any) -> float:
    import duckdb

    with duckdb.connect() as connection:
        connection.register("scores", {"p": p, "y": y})
        return float(connection.execute(query).fetchone()[0])


# --- one that is not exact ----------------------------------------------------------------------

_KERAS = "keras" if importlib.util.find_spec("keras") else "keras in NumPy"
_BUCKETS = 200


def keras(y: Any, p: Any) -> float:
    """Keras's AUC of 200 buckets; where there is no Keras, its steps in NumPy."""
    if importlib.util.find_spec("keras"):
        from keras.metrics import AUC

        metric = AUC()
        metric.update_state(y, p)
        return float(metric.result())
    if p.min() < 0 or p.max() > 1:
        raise ValueError
    positive = y.astype(np.float32)
    buckets = np.maximum(np.ceil(p * np.float32(_BUCKETS - 1)) - 1, 0).astype(np.int32)
    rates = []
    for weights in (positive, 1 - positive):
        above = np.cumsum(np.bincount(buckets, weights, _BUCKETS)[::-1])[::-1]
        rates.append(above / above[0])
    true, false = rates
    return float(np.sum((false[:-1] - false[1:]) * (true[:-1] + true[1:]) / 2))
