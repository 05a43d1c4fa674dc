"""Keys of scores: unsigned integers in the order of the scores, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from disteval.numerics.scores import KeyOrder, Layout
from tests import stand_in

Array = np.ndarray[Any, np.dtype[Any]]

DTYPES = ["float16", "float32", "float64", "int8", "int16", "int32", "int64",
          "uint8", "uint16", "uint32", "uint64", "bool"]  # fmt: skip


def every_half() -> Array:
    """All float16 but NaN."""
    found = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    return found[~np.isnan(found)]


def every_bfloat16() -> Array:
    """All bfloat16 but NaN, as float32."""
    found = (np.arange(1 << 16, dtype=np.uint32) << np.uint32(16)).view(np.float32)
    return found[~np.isnan(found)]


def some(dtype: str) -> Array:
    """Scores of all magnitudes, and the extremes."""
    kind, rng = np.dtype(dtype), np.random.default_rng(0)
    if kind.kind == "b":
        return np.array([True, False, True])
    bits = rng.integers(0, 256, 20_000 * kind.itemsize, np.uint8).view(dtype)
    if kind.kind != "f":
        range_ = np.iinfo(kind)
        middle = np.arange(-2 if kind.kind == "i" else 0, 3).astype(dtype)
        return np.concatenate([bits, middle, np.array([range_.min, range_.max], dtype)])
    limits = np.finfo(kind)
    edges = [0.0, np.inf, limits.max, limits.smallest_normal, limits.smallest_subnormal, 1.0]
    near = np.nextafter(np.array([0.0, 1.0, 1.0, limits.smallest_normal], dtype),
                        np.array([1.0, 0.0, 2.0, 0.0], dtype))  # fmt: skip
    found = np.concatenate([bits, np.array(edges, dtype), near])
    found = np.concatenate([found, -found])
    return np.asarray(found[~np.isnan(found)])


def check(scores: Array) -> None:
    order = KeyOrder.of(scores.dtype)
    keys = order.keys(scores)
    assert keys.dtype == np.uint64
    assert int(keys.max()) < 1 << order.bits
    by_key = np.argsort(keys, kind="stable")
    ranked = scores[by_key]
    assert np.all(ranked[:-1] <= ranked[1:])
    assert np.array_equal(np.diff(keys[by_key]) > 0, ranked[:-1] < ranked[1:])
    back = order.scores(keys)
    assert back.dtype == order.dtype
    assert back.tobytes() == (scores.astype(order.dtype) + order.dtype.type(0)).tobytes()


@pytest.mark.parametrize("dtype", DTYPES)
def test_keys_are_in_the_order_of_scores(dtype: str) -> None:
    check(some(dtype))


def test_keys_of_all_numbers_of_16_bits() -> None:
    check(every_half())
    check(every_bfloat16())
    check(every_half().astype(np.float64))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_both_zeros_have_one_key(dtype: str) -> None:
    order = KeyOrder.of(np.dtype(dtype))
    zero, minus, above, below = order.keys(
        np.array([0.0, -0.0, *np.nextafter(np.zeros(2, dtype), np.array([1, -1], dtype))], dtype)
    ).tolist()
    assert zero == minus
    assert (above - zero, below - zero) == (1, -2)  # the key of -0.0 is nobody's
    assert not np.signbit(order.scores(np.array([zero], np.uint64)))[0]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_nan_is_beyond_all_numbers(dtype: str) -> None:
    order = KeyOrder.of(np.dtype(dtype))
    low, first, last, high = order.keys(np.array([-np.nan, -np.inf, np.inf, np.nan], dtype))
    assert low < first < last < high


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "uint64"])
def test_the_order_of_bytes_and_the_layout_of_memory_do_not_matter(dtype: str) -> None:
    scores = some(dtype)[:2000]
    order = KeyOrder.of(scores.dtype)
    expected = order.keys(scores).tolist()
    spread = np.zeros((2000, 3), dtype)
    spread[:, 1] = scores
    frozen = scores.copy()
    frozen.flags.writeable = False
    for other in (scores.astype(scores.dtype.newbyteorder()), spread[:, 1], frozen):
        assert KeyOrder.of(other.dtype).dtype == order.dtype
        assert order.keys(other).tolist() == expected
        assert order.raw(other).tobytes() == order.raw(scores).tobytes()


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_device_gives_the_same_keys(dtype: str) -> None:
    scores = some(dtype)
    order = KeyOrder.of(scores.dtype)
    found = order.keys(stand_in.asarray(scores)).get()
    assert found.dtype == np.uint64
    assert found.tobytes() == order.keys(scores).tobytes()


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64", "uint64"])
@pytest.mark.parametrize("classes", [1, 2, 3, 4, 5, 64, 65, 128, 129, 256])
def test_entries_hold_the_key_the_class_and_a_count(dtype: str, classes: int) -> None:
    layout = Layout(KeyOrder.of(np.dtype(dtype)), classes)
    assert layout.code_bits + layout.count_bits <= 8 * layout.dtype.itemsize
    places = 1 << (layout.count_bits - layout.digit_bits)
    assert places * layout.digit_bits >= 40  # a trillion rows of a score
    rng = np.random.default_rng(classes)
    keys = layout.order.keys(some(dtype))
    labels = rng.integers(0, classes, len(keys)).astype(np.uint8)
    groups = rng.integers(0, 1 << 40, len(keys))
    parts, entries = layout.split(keys, labels, groups)
    assert np.all(entries < 2.0 ** (8 * layout.dtype.itemsize))
    count_mask = np.uint64((1 << layout.count_bits) - 1)
    assert np.all(entries & count_mask == 1)
    codes = entries >> np.uint64(layout.count_bits)
    assert np.array_equal(codes & np.uint64((1 << layout.label_bits) - 1), labels)
    low = codes >> np.uint64(layout.label_bits)
    high = (parts & np.uint64(layout.prefix)) << np.uint64(layout.part_bits)
    assert np.array_equal(high | low, keys)
    assert np.array_equal(parts >> np.uint64(layout.prefix_bits), groups.astype(np.uint64))
