"""log, exp and their kin: within one ulp of the exact value, the same bits wherever they run."""

from __future__ import annotations

import decimal
import hashlib
import importlib
import math
import os
import platform
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from disteval.errors import ArgumentError, ColumnTypeError
from disteval.numerics import elementary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Array = np.ndarray[Any, np.dtype[Any]]

UNARY = ("log", "log1p", "exp", "expm1", "tanh", "sigmoid")
NAN, INF, TINY, HUGE = math.nan, math.inf, 5e-324, sys.float_info.max
EDGES = (0.0, TINY, 2.2250738585072014e-308, 1e-300, 1e-17, 2.0**-53, 0.5, 1.0, 2.0, 1e17, HUGE)
SPECIALS = np.array([NAN, INF, -INF, *EDGES, *(-e for e in EDGES), 3.0, -3.0, 709.9, -745.2])

EXACT = decimal.Context(prec=60, Emin=-(10**9), Emax=10**9)


class DeviceArray(np.ndarray):
    """An array that claims to live on a GPU, so that it takes the way of the array expressions."""

    __disteval_device__ = True

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        return np


def random_floats(n: int, seed: int = 0, largest: int = 1024) -> Any:
    """Both signs, all binades up to an exponent."""
    rng = np.random.default_rng(seed)
    x = np.ldexp(rng.uniform(0.5, 1.0, n), rng.integers(-1073, largest + 1, n))
    return x * rng.choice([-1.0, 1.0], n)


def digits(x: Any) -> bytes:
    """Bytes of an array, which `==` would not see for zeros and NaN."""
    return np.ascontiguousarray(x).tobytes()


def series(terms: Iterable[Decimal]) -> Decimal:
    return EXACT.create_decimal(sum(terms))


def exact_log1p(value: float | Decimal) -> Decimal:
    x = Decimal(value)
    if abs(x) < Decimal("1e-9"):  # seven terms leave out 1e-72 of the sum
        return series(x**n / n * (-1) ** (n + 1) for n in range(1, 8))
    return EXACT.ln(1 + x)


def exact_expm1(value: float | Decimal) -> Decimal:
    x = Decimal(value)
    if abs(x) < Decimal("1e-9"):
        return series(x**n / math.factorial(n) for n in range(1, 8))
    return EXACT.exp(x) - 1


def exact_tanh(x: float) -> Decimal:
    t = exact_expm1(2 * Decimal(x))
    return t / (t + 2)


def exact_sigmoid(x: float) -> Decimal:
    return 1 / (1 + EXACT.exp(-Decimal(x)))


REFERENCES: dict[str, Callable[[float], Decimal]] = {
    "log": lambda x: EXACT.ln(Decimal(x)),
    "log1p": exact_log1p,
    "exp": lambda x: EXACT.exp(Decimal(x)),
    "expm1": exact_expm1,
    "tanh": exact_tanh,
    "sigmoid": exact_sigmoid,
}


def ulps(got: Any, exact: Decimal) -> float:
    """Distance in units of the last place of the exact value (of the lower binade at its edge)."""
    unit = math.ulp(math.nextafter(float(exact), 0.0))
    return float(abs(Decimal(got) - exact) / Decimal(unit))


def around(center: float, n: int, rng: np.random.Generator, low: int = -60) -> Any:
    return center + np.ldexp(rng.uniform(0.5, 1.0, n), rng.integers(low, 0, n)) * rng.choice(
        [-1, 1], n
    )


def points(name: str) -> Array:
    """Choose a few hundred points of each place where a formula could go wrong."""
    rng = np.random.default_rng(7)
    wide = random_floats(300, seed=1)
    subnormal = rng.integers(1, 1 << 52, 100) * TINY
    if name == "log":
        center = [around(1.0, 300, rng), rng.uniform(0.6, 1.5, 600)]
        return np.concatenate([abs(wide), subnormal, *center, [TINY, HUGE, 2.0**-1022]])
    if name == "log1p":
        inside = [abs(wide), np.maximum(wide, -0.9), subnormal, -subnormal]
        near = [
            around(0.0, 300, rng, -1000),
            rng.uniform(-0.5, 1.0, 600),
            around(-1.0, 99, rng, -50),
        ]
        return np.array([x for x in np.concatenate([*inside, *near, [HUGE]]) if x > -1.0])
    if name in ("exp", "sigmoid"):
        end = [rng.uniform(-745.1, -707.0, 300), [709.782712893384, -745.1332191019411]]
        middle = [around(0.0, 300, rng), rng.uniform(-700, 709, 300), rng.uniform(-1, 1, 600)]
        return np.concatenate([*end, *middle])
    near = [around(0.0, 300, rng, -1000), subnormal, -subnormal, rng.uniform(-1.1, 1.1, 900)]
    ends = [rng.uniform(-60, 60, 300), rng.uniform(600, 709.78, 99)]
    return np.concatenate([*near, *ends, [709.782712893384]])


@pytest.mark.parametrize("name", UNARY)
def test_the_error_is_below_one_ulp(name: str) -> None:
    x = points(name)
    got = getattr(elementary, name)(x)
    with decimal.localcontext(EXACT):
        errors = [
            ulps(g, REFERENCES[name](v)) for v, g in zip(x.tolist(), got.tolist(), strict=True)
        ]
    # sigmoid is an exponential, a sum and a quotient, each rounded, and promises no more
    assert max(errors) < (3.0 if name == "sigmoid" else 1.0)


def test_the_error_of_power_is_below_one_ulp() -> None:
    rng = np.random.default_rng(3)
    parts = [
        (abs(random_floats(400, seed=2)), rng.normal(size=400)),
        (rng.uniform(0.0, 4.0, 300), rng.uniform(-20.0, 20.0, 300)),
        (rng.integers(1, 1 << 52, 100) * TINY, rng.uniform(-0.9, 1.0, 100)),
    ]
    for low, high, z in [
        (0.5, 2.0, 708.0),
        (0.86, 0.9, 708.0),
        (1.2, 1.23, -744.0),
        (1.7, 1.74, 709.0),
    ]:
        x = rng.uniform(low, high, 300)  # z: results close to overflow or below the normal range
        parts.append((x, z * rng.uniform(0.9, 1.0, 300) / np.log(x)))
    near = around(1.0, 300, rng, -50)
    parts.append((near, 700.0 / np.log(near)))
    x, y = (np.concatenate(side) for side in zip(*parts, strict=True))
    got = elementary.power(x, y)
    with decimal.localcontext(EXACT):
        exact = [
            (Decimal(a).ln() * Decimal(b)).exp()
            for a, b in zip(x.tolist(), y.tolist(), strict=True)
        ]
    finite = [(g, e) for g, e in zip(got.tolist(), exact, strict=True) if e < Decimal(HUGE)]
    assert len(finite) > 0.9 * len(x)
    assert max(ulps(g, e) for g, e in finite) < 1.0


@pytest.mark.parametrize("name", UNARY)
def test_it_grows_with_its_argument(name: str) -> None:
    # the steps of the grid are far above an ulp, errors are not
    x = np.linspace(1e-3 if name == "log" else -0.999, 30.0, 20_001)
    growth = np.diff(getattr(elementary, name)(x))
    assert (growth >= 0.0).all()
    assert (growth[x[:-1] < 10.0] > 0.0).all()


def same(got: Any, expected: Any) -> bool:
    if math.isnan(expected):
        return math.isnan(got)
    return got == expected and math.copysign(1, got) == math.copysign(1, expected)


@pytest.mark.parametrize(
    ("name", "x", "expected"),
    [
        *[(name, NAN, NAN) for name in UNARY],
        *[("log", 0.0, -INF), ("log", -0.0, -INF), ("log", -1.0, NAN), ("log", -INF, NAN)],
        *[("log", INF, INF), ("log", 1.0, 0.0), ("log", -TINY, NAN)],
        *[("log1p", -1.0, -INF), ("log1p", -1.5, NAN), ("log1p", -INF, NAN), ("log1p", INF, INF)],
        *[("log1p", z, z) for z in (0.0, -0.0, TINY, -TINY)],
        *[("exp", INF, INF), ("exp", -INF, 0.0), ("exp", 0.0, 1.0), ("exp", -0.0, 1.0)],
        *[("exp", 709.7827128933841, INF), ("exp", -745.1332191019412, 0.0), ("exp", HUGE, INF)],
        *[("exp", -745.1332191019411, TINY), ("exp", -HUGE, 0.0)],
        *[("expm1", INF, INF), ("expm1", -INF, -1.0), ("expm1", HUGE, INF), ("expm1", -HUGE, -1.0)],
        *[("expm1", z, z) for z in (0.0, -0.0, TINY, -TINY)],
        *[("tanh", INF, 1.0), ("tanh", -INF, -1.0), ("tanh", HUGE, 1.0), ("tanh", -HUGE, -1.0)],
        *[("tanh", z, z) for z in (0.0, -0.0, TINY, -TINY)],
        *[("sigmoid", INF, 1.0), ("sigmoid", -INF, 0.0), ("sigmoid", 0.0, 0.5)],
    ],
)
def test_special_values(name: str, x: Any, expected: Any) -> None:
    assert same(float(getattr(elementary, name)(x)), expected)


def test_special_values_of_power_are_those_of_c99() -> None:
    with np.errstate(all="ignore"):  # NumPy's are the C library's for these pairs, exact ones only
        bases = [0.0, -0.0, 1.0, -1.0, INF, -INF, NAN]
        exponents = [0.0, -0.0, 1.0, -1.0, 2.0, 3.0, -3.0, 0.5, -0.5, 1e300, -1e300, INF, -INF, NAN]
        exponents += [2.0**53, 2.0**53 - 1, 2.0**52 + 1, 1.5 * 2.0**51, -TINY]
        ends = [(b, e) for b in (0.5, -0.5, 2.0, -2.0, TINY, HUGE) for e in (INF, -INF, NAN, 1e300)]
        pairs = [(b, e) for b in bases for e in exponents] + ends + [(-8.0, 1 / 3), (-2.0, 3.0)]
        x, y = np.array(pairs).T
        wrong = [
            (a, b, float(g), float(e))
            for a, b, g, e in zip(x, y, elementary.power(x, y), np.power(x, y), strict=True)
            if not same(float(g), float(e))
        ]
    assert wrong == []


@pytest.mark.parametrize("name", UNARY)
def test_nan_results_have_one_bit_pattern(name: str) -> None:
    payload = np.array([0xFFF8_0000_0000_0001, 0x7FF0_0000_0000_0001], np.uint64).view(np.float64)
    assert digits(getattr(elementary, name)(payload)) == digits(np.array([NAN, NAN]))


@pytest.mark.parametrize("name", UNARY)
def test_kernels_and_array_expressions_agree(name: str) -> None:
    for largest in (1024, 12):
        x = np.concatenate([random_floats(50_000, seed=5, largest=largest), SPECIALS])
        by_kernel = getattr(elementary, name)(x)
        on_device = getattr(elementary, name)(x.view(DeviceArray))
        assert digits(by_kernel) == digits(on_device)


def test_kernels_and_array_expressions_agree_for_power() -> None:
    x, y = random_floats(50_000, seed=5), random_floats(50_000, seed=6)
    near = np.concatenate([1.0 + random_floats(50_000, seed=8, largest=-3)])
    pairs = np.array([(a, b) for a in SPECIALS for b in SPECIALS]).T
    x = np.concatenate([abs(x), near, pairs[0]])
    y = np.concatenate([np.sign(y) * abs(y) ** 0.02, y, pairs[1]])
    on_device = elementary.power(x.view(DeviceArray), y)
    assert digits(elementary.power(x, y)) == digits(on_device)
    assert digits(elementary.power(x, y.view(DeviceArray))) == digits(on_device)


def layouts(x: Any) -> Any:
    backwards = np.ascontiguousarray(x[::-1])[::-1]
    spread = np.zeros(3 * x.size)
    spread[::3] = x
    misaligned = np.zeros(8 * x.size + 1, np.uint8)[1:].view(np.float64)
    misaligned[:] = x
    frozen = x.copy()
    frozen.flags.writeable = False
    return [backwards, spread[::3], misaligned, frozen, x.astype(">f8"), x.astype("<f8")]


@pytest.mark.parametrize("name", UNARY)
def test_layout_does_not_change_a_bit(name: str) -> None:
    function = getattr(elementary, name)
    x = np.concatenate([random_floats(2_000, seed=9, largest=9), SPECIALS])
    expected = digits(function(x))
    assert [digits(function(view)) for view in layouts(x)] == [expected] * len(layouts(x))
    assert b"".join(digits(function(v)) for v in x.tolist()) == expected
    square = x[:2025].reshape(45, 45)
    assert digits(function(square.T).T) == digits(function(square))
    assert [digits(elementary.power(view, 1.5)) for view in layouts(x)] == [
        digits(elementary.power(x, 1.5))
    ] * len(layouts(x))


PROGRAM = """
import hashlib, numpy as np
from disteval.numerics import elementary as e, rows
from disteval.numerics.kernels import elementary as kernels
rng = np.random.default_rng(11)
x = np.ldexp(rng.uniform(0.5, 1.0, 100_001), rng.integers(-1073, 12, 100_001))
x *= rng.choice([-1.0, 1.0], x.size)
h = hashlib.sha256()
for f in (e.log, e.log1p, e.exp, e.expm1, e.tanh, e.sigmoid):
    h.update(f(x).tobytes())
h.update(e.power(abs(x), x[::-1]).tobytes())
matrix = x[:100_000].reshape(-1, 10)
for f in (rows.row_sum, rows.row_max, rows.row_argmax):
    h.update(f(matrix).tobytes())
print(h.hexdigest(), sum(kernels.log.stats.cache_hits.values()))
"""


def run(cache: Path, **environment: str) -> tuple[str, int]:
    root = Path(elementary.__file__).parents[2]
    variables = {
        **os.environ,
        "NUMBA_CACHE_DIR": str(cache),
        "PYTHONPATH": str(root),
        **environment,
    }
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
    digest, hits = done.stdout.split()
    return digest, int(hits)


@pytest.mark.slow
@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="names x86 processors")
def test_every_processor_gives_the_same_bits_and_the_cache_holds(tmp_path: Path) -> None:
    features = importlib.import_module("numpy._core._multiarray_umath")
    found, dispatch = features.__cpu_features__, features.__cpu_dispatch__
    host, hits = run(tmp_path)
    assert hits == 0
    assert run(tmp_path) == (host, 1)  # nothing is compiled twice
    optional = " ".join(feature for feature in dispatch if found[feature])
    assert run(tmp_path, NPY_DISABLE_CPU_FEATURES=optional)[0] == host
    assert run(tmp_path, NUMBA_CPU_NAME="generic")[0] == host
    if found["AVX2"]:
        avx2 = {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": "+avx,+avx2,+fma"}
        assert run(tmp_path, **avx2)[0] == host


# A change of a formula changes results that users have stored: it has to be made on purpose.
PINNED = "5acf11a382c3ac5a35e260fac6b98d87c6f6bcaff1e6fdec56d1f98a4387de0e"


def test_the_bits_are_those_of_the_first_release() -> None:
    x = np.concatenate([np.arange(-500, 501) / 64, EDGES])
    h = hashlib.sha256()
    for name in UNARY:
        h.update(getattr(elementary, name)(x).astype("<f8").tobytes())
    h.update(elementary.power(abs(x), x[::-1]).astype("<f8").tobytes())
    assert h.hexdigest() == PINNED


def test_importing_them_does_not_import_numba() -> None:
    modules = "disteval.numerics.elementary, disteval.numerics.rows"
    program = f"import sys, {modules}; print('numba' in sys.modules)"
    root = str(Path(elementary.__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": root}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("kind", [bool, np.uint8, np.int64, np.float16, np.float32, ">f4"])
def test_inputs_are_widened_first(kind: Any) -> None:
    x = np.array([0, 1, 1, 0]).astype(kind)
    assert elementary.exp(x).dtype == np.float64
    assert digits(elementary.exp(x)) == digits(elementary.exp(x.astype(np.float64)))


def test_shapes_are_kept() -> None:
    assert isinstance(elementary.log(2.0), np.float64)
    assert elementary.log(np.ones((2, 3, 4))).shape == (2, 3, 4)
    assert elementary.log([]).shape == (0,)
    assert elementary.power(np.ones((2, 1)), [1.5, 2.5, 3.5]).shape == (2, 3)
    assert elementary.power(2.0, 0.5) == math.sqrt(2.0)


@pytest.mark.parametrize("wrap", [np.asarray, lambda x: x.view(DeviceArray)])
def test_out_is_filled_and_returned(wrap: Callable[[Any], Any]) -> None:
    x = np.linspace(0.1, 5.0, 24).reshape(4, 6)
    expected = digits(elementary.log(x))
    for out in (np.empty((4, 6)), np.empty((6, 4)).T, np.empty((4, 12))[:, ::2]):
        assert elementary.log(wrap(x), out=out) is out
        assert digits(out) == expected
    assert elementary.log(x, out=x) is x
    assert digits(x) == expected


def test_out_may_overlap_the_input() -> None:
    x = np.linspace(0.1, 5.0, 100)
    expected = digits(elementary.log(x[:-1]))
    elementary.log(x[:-1], out=x[1:])
    assert digits(x[1:]) == expected


def test_out_of_another_shape_or_type_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"out must be float64 of shape \(3,\), got float32"):
        elementary.exp(np.ones(3), out=np.empty(3, np.float32))
    with pytest.raises(ArgumentError, match=r"of shape \(3,\), got float64 of shape \(4,\)"):
        elementary.power(np.ones(3), 2, out=np.empty(4))


@pytest.mark.parametrize("x", [["a"], [1j], [None], np.ones(2, np.longdouble)])
def test_what_is_not_a_float64_is_refused(x: Any) -> None:
    if np.asarray(x).dtype == np.float64:
        pytest.skip("long double is float64 on this platform")
    with pytest.raises(ColumnTypeError, match="expected numbers that float64 can hold, got dtype"):
        elementary.log(x)


@pytest.mark.parametrize("wrap", [np.asarray, lambda x: x.view(DeviceArray)])
def test_small_integer_exponents_are_products_in_a_fixed_order(wrap: Callable[[Any], Any]) -> None:
    x = random_floats(1_000, seed=12, largest=100)
    with np.errstate(all="ignore"):
        x2 = x * x
        x4 = x2 * x2
        expected = [x**0, x, x2, x2 * x, x4, x4 * x, x4 * x2, x4 * x2 * x, x4 * x4]
    for n, product in enumerate(expected):
        assert digits(elementary.power(wrap(x), n)) == digits(product)
        assert digits(elementary.power(wrap(x), np.int64(n))) == digits(product)
    assert elementary.power(NAN, 0) == 1.0
