"""Row sums and maxima: one order of operations, whatever the layout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from disteval.errors import ColumnTypeError, ShapeError
from disteval.numerics import rows

if TYPE_CHECKING:
    from collections.abc import Callable

Array = np.ndarray[Any, np.dtype[Any]]

FUNCTIONS = (rows.row_sum, rows.row_max, rows.row_argmax)
SHAPES = [(n, c) for n in (0, 1, 3, 4, 7, 8, 9, 21) for c in (1, 2, 3, 17)]


class DeviceArray(np.ndarray):
    """An array that claims to live on a GPU, so that it takes the way of the array expressions."""

    __disteval_device__ = True

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        return np


def matrix(rows: int, columns: int, dtype: Any = np.float64, seed: int = 0) -> Array:
    """Values of many magnitudes, so that every order of additions gives other bits; ties, -0.0."""
    rng = np.random.default_rng([seed, rows, columns])
    x = rng.normal(size=(rows, columns)) * 2.0 ** rng.integers(-10, 10, (rows, columns))
    x[rng.random((rows, columns)) < 0.1] = -0.0
    x[rng.random((rows, columns)) < 0.1] = 0.0
    return x.astype(dtype)


def special(rows: int, columns: int) -> Array:
    x = matrix(rows, columns)
    rng = np.random.default_rng(1)
    for value in (np.nan, np.inf, -np.inf):
        x[rng.random(x.shape) < 0.15] = value
    return x


def by_python(x: Any) -> Array:
    sums = []
    for row in x.tolist():
        total = 0.0
        for value in row:
            total = total + value
        sums.append(total)
    return np.array(sums, np.float64)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_sum_is_that_of_a_python_loop(shape: tuple[int, int], dtype: Any) -> None:
    x = matrix(*shape, dtype)
    assert rows.row_sum(x).tobytes() == by_python(x).tobytes()


@pytest.mark.parametrize("shape", SHAPES)
def test_largest_values_are_numpys(shape: tuple[int, int]) -> None:
    for x in (matrix(*shape), special(*shape), np.round(matrix(*shape))):
        np.testing.assert_array_equal(rows.row_max(x), x.max(axis=1))
        np.testing.assert_array_equal(rows.row_argmax(x), x.argmax(axis=1))
        assert rows.row_argmax(x).dtype == np.int64


def test_the_first_of_equals_wins() -> None:
    assert rows.row_argmax([[1.0, 2.0, 2.0], [0.0, -0.0, 0.0], [-np.inf] * 3]).tolist() == [1, 0, 0]
    assert np.signbit(rows.row_max([[-0.0, 0.0], [0.0, -0.0]])).tolist() == [True, False]


def test_the_first_nan_is_the_largest() -> None:
    x = [[np.inf, np.nan, np.nan], [np.nan, 1.0, 2.0]]
    assert rows.row_argmax(x).tolist() == [1, 0]
    assert np.isnan(rows.row_max(x)).all()


@pytest.mark.parametrize("function", [rows.row_sum, rows.row_max])
def test_nan_results_have_one_bit_pattern(function: Callable[[Any], Any]) -> None:
    odd = np.array([[0xFFF8_0000_0000_0001, 0]] * 9, np.uint64).view(np.float64)
    opposite = np.array([[np.inf, -np.inf]] * 9)
    expected = np.full(9, np.nan).tobytes()
    assert function(odd).tobytes() == expected
    assert function(np.where(np.isnan(odd), opposite, odd) + 0).shape == (9,)
    assert rows.row_sum(opposite).tobytes() == expected


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_layout_does_not_change_a_bit(function: Callable[[Any], Any], dtype: Any) -> None:
    x = matrix(257, 9, dtype)
    expected = function(x).tobytes()
    spread = np.zeros((514, 27), dtype)
    spread[::2, ::3] = x
    frozen = x.copy()
    frozen.flags.writeable = False
    backwards = np.ascontiguousarray(x[::-1, ::-1])[::-1, ::-1]
    swapped = x.astype(x.dtype.newbyteorder())
    for view in (np.asfortranarray(x), spread[::2, ::3], frozen, backwards, swapped):
        assert function(view).tobytes() == expected


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_number_of_rows_does_not_change_a_bit(function: Callable[[Any], Any]) -> None:
    x = special(45, 6)
    expected = function(x).tobytes()
    for size in (1, 3, 5, 8, 44):
        chunks = [function(x[i : i + size]).tobytes() for i in range(0, len(x), size)]
        assert b"".join(chunks) == expected


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("shape", SHAPES)
def test_array_expressions_give_the_same_bits(
    function: Callable[[Any], Any], shape: tuple[int, int]
) -> None:
    for x in (matrix(*shape), special(*shape), matrix(*shape, np.float32)):
        assert function(x.view(DeviceArray)).tobytes() == function(x).tobytes()


@pytest.mark.parametrize("kind", [bool, np.uint8, np.int32, np.int64, np.float16])
def test_other_numbers_are_widened(kind: Any) -> None:
    x = (np.arange(30).reshape(10, 3) % 5).astype(kind)
    for function in FUNCTIONS:
        assert function(x).tobytes() == function(x.astype(np.float64)).tobytes()


def test_no_columns() -> None:
    assert rows.row_sum(np.empty((3, 0))).tolist() == [0.0] * 3
    for function in (rows.row_max, rows.row_argmax):
        for x in (np.empty((3, 0)), np.empty((3, 0)).view(DeviceArray)):
            with pytest.raises(
                ShapeError, match=r"largest of no columns is not defined: shape \(3, 0\)"
            ):
                function(x)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_only_matrices_of_numbers(function: Callable[[Any], Any]) -> None:
    with pytest.raises(ShapeError, match=r"expected a matrix \(rows, columns\), got shape \(3,\)"):
        function(np.ones(3))
    with pytest.raises(ColumnTypeError, match="expected numbers that float64 can hold"):
        function([["a", "b"]])
