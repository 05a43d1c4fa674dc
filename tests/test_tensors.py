"""Tensors of torch and jax, and the narrow floats that NumPy lacks."""

from __future__ import annotations

import pickle
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import disteval
from disteval import errors
from disteval.sources import open_source
from disteval.testing import SourceContract
from tests import stand_in

if TYPE_CHECKING:
    from disteval.protocol import Source

METRICS = ["accuracy", "binary_crossentropy", "mse"]
Y = np.array([0, 1, 1, 0, 1], np.int64)
P = np.array([0.125, 0.875, 0.25, 0.5, 0.75], np.float32)  # exact in every float


def read(values: Any) -> Any:
    source = open_source(values)
    return np.concatenate([c["y_true"] for i in range(len(source.pieces()))
                           for c in source.read(i, ["y_true"])])  # fmt: skip


@pytest.fixture(scope="module")
def expected() -> disteval.Result:
    return disteval.evaluate(Y, P, METRICS, sample_weight=P)


# --- torch --------------------------------------------------------------------------------------


@pytest.fixture
def torch() -> Any:
    return pytest.importorskip("torch")


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16"])
def test_torch(dtype: str, torch: Any, expected: disteval.Result) -> None:
    y = torch.from_numpy(Y)
    p = torch.from_numpy(P).to(getattr(torch, dtype)).requires_grad_()
    for labels, scores in (
        (y, p), (y[:, None], p), (y, torch.nn.Parameter(p)), (Y.tolist(), p), (list(y), list(p)),
        (y, p[:, None].tolist()), (y, [[value] for value in p]),
    ):  # fmt: skip
        result = disteval.evaluate(labels, scores, METRICS, sample_weight=p)
        assert dict(result) == dict(expected)
    evaluator = disteval.Evaluator(METRICS)
    for part in (slice(0, 2), slice(2, 5)):
        evaluator.update_state(y[part], p[part], p[part])
    assert dict(evaluator.result()) == dict(expected)
    batches = [(y[i : i + 2], p[i : i + 2], p[i : i + 2]) for i in (0, 2, 4)]
    assert dict(disteval.evaluate(batches, None, METRICS)) == dict(expected)


@pytest.mark.parametrize(
    "dtype",
    ["bool", "uint8", "int8", "int16", "int32", "uint16", "float8_e4m3fn", "float8_e5m2"],
)
def test_torch_dtypes(dtype: str, torch: Any) -> None:
    tensor = torch.tensor([0.0, 1.0, 1.0]).to(getattr(torch, dtype))
    assert read(tensor).astype(float).tolist() == [0.0, 1.0, 1.0]
    assert read(tensor).dtype.kind == open_source(tensor).schema["y_true"].dtype.kind


def test_bfloat16_is_widened_exactly(torch: Any) -> None:
    bits = np.arange(2**16, dtype=np.uint16)
    tensor = torch.from_numpy(bits.view(np.int16)).view(torch.bfloat16)
    found = read(tensor)
    assert found.dtype == np.float32
    assert found.tobytes() == tensor.float().numpy().tobytes()
    assert read(tensor.reshape(256, 256).T).tobytes() == (
        tensor.reshape(256, 256).T.contiguous().float().numpy().tobytes()
    )


def test_torch_is_not_copied(torch: Any) -> None:
    tensor = torch.rand(1000, 2)
    for given in (tensor, tensor[::2], tensor.T, tensor.requires_grad_()):
        assert np.shares_memory(read_first(given), tensor.detach().numpy())
    negated = torch.complex(torch.ones(3), torch.ones(3)).conj().imag
    assert read(negated).tolist() == [-1.0, -1.0, -1.0]


def read_first(values: Any) -> Any:
    return next(iter(open_source(values).read(0, ["y_true"])))["y_true"]


def test_a_slice_of_a_tensor_is_pickled_alone(torch: Any) -> None:
    for dtype in (torch.float32, torch.bfloat16):
        tensor = torch.rand(100_000).to(dtype)
        assert len(pickle.dumps(open_source(tensor[:10]))) < 2_000


class TestBfloat16(SourceContract):
    @property
    def source(self) -> Source:
        torch = pytest.importorskip("torch")
        return open_source(torch.from_numpy(Y), torch.from_numpy(P).bfloat16().requires_grad_())

    @property
    def expected(self) -> dict[str, Any]:
        return {"y_true": Y, "y_pred": P}


def test_tensors_that_are_no_arrays(torch: Any) -> None:
    y = torch.ones(2)
    for tensor, match in (
        (torch.ones(2).to_sparse(), r"dense tensor, got torch.sparse_coo; call \.to_dense\(\)"),
        (torch.ones(2, device="meta"), r"on the CPU or a CUDA GPU, got meta; call \.cpu\(\)"),
        (torch.empty(2, dtype=torch.bits8), "y_pred to be a tensor that NumPy can read, got torch"),
        (torch.ones(2, dtype=torch.complex64), "numbers, booleans or strings, got dtype complex64"),
    ):
        with pytest.raises(errors.ColumnTypeError, match=match):
            disteval.evaluate(y, tensor, "mse")
    with pytest.raises(errors.ShapeError, match=r"y_pred to have rows, got the single value 1.0"):
        disteval.evaluate(y, torch.tensor(1.0), "mse")
    with pytest.raises(errors.ShapeError, match="ragged list; if its items are batches, join them"):
        disteval.evaluate([torch.ones(2), torch.ones(3)], [torch.ones(2), torch.ones(3)], "mse")
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(y, y + 1), batch_size=1)
    assert disteval.evaluate(loader, None, "mse")["mse"] == 1.0
    weight = torch.tensor(2.0, requires_grad=False)
    assert disteval.evaluate(y, y + 1, "sum", sample_weight=weight)["sum"] == 4.0


# --- on a GPU -----------------------------------------------------------------------------------


class OnGpu:
    """An array of another library that says where on the GPU it is."""

    __cuda_array_interface__ = {"version": 3}  # noqa: RUF012  (as the protocol is)

    def __init__(self, array: Any) -> None:
        self.array = array


def test_arrays_on_a_gpu(monkeypatch: pytest.MonkeyPatch, expected: disteval.Result) -> None:
    asarray = SimpleNamespace(asarray=lambda values: stand_in.asarray(values.array))
    monkeypatch.setitem(sys.modules, "cupy", asarray)
    result = disteval.evaluate(OnGpu(Y), OnGpu(P), METRICS, sample_weight=OnGpu(P))
    assert dict(result) == dict(expected)
    assert open_source(OnGpu(P)).schema["y_true"].dtype == np.float32


def test_arrays_on_a_gpu_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(errors.MissingExtraError, match=r"CuPy, to read y_true on the GPU .*cuda13"):
        disteval.evaluate(OnGpu(Y), P, "mse")

    def refuse(values: Any) -> Any:
        raise TypeError(str(type(values)))

    monkeypatch.setitem(sys.modules, "cupy", SimpleNamespace(asarray=refuse))
    with pytest.raises(errors.ColumnTypeError, match="a GPU array that CuPy can read, got tests"):
        disteval.evaluate(OnGpu(Y), P, "mse")


def test_torch_on_a_gpu(torch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What torch says of a tensor on a GPU, without one: CuPy is asked for its memory."""
    from disteval.sources.memory import tensors

    class Tensor:
        """A tensor on a GPU, as far as it is asked."""

        device = SimpleNamespace(type="cuda")
        layout = torch.strided

        def __init__(self, tensor: Any) -> None:
            self.array, self.dtype, self._tensor = tensor.float().numpy(), tensor.dtype, tensor

        def detach(self) -> Tensor:
            return self

        def float(self) -> Tensor:
            return Tensor(self._tensor.float())

    asked = []

    def asarray(values: Any) -> Any:
        asked.append(str(values.dtype))
        return stand_in.asarray(values.array)

    monkeypatch.setitem(sys.modules, "cupy", SimpleNamespace(asarray=asarray))
    for dtype in (torch.float32, torch.bfloat16):
        array = tensors.of_torch("y_pred", Tensor(torch.from_numpy(P).to(dtype)))
        assert array.get().tolist() == P.tolist()
    assert asked == ["torch.float32", "torch.float32"]  # CuPy has no bfloat16


# --- jax, and the floats of machine learning ----------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_jax(dtype: str, expected: disteval.Result) -> None:
    jnp = pytest.importorskip("jax.numpy")
    y, p = jnp.asarray(Y.astype(np.int32)), jnp.asarray(P, dtype)
    for labels in (y, y[:, None], list(y), Y):
        assert dict(disteval.evaluate(labels, p, METRICS, sample_weight=p)) == dict(expected)
    evaluator = disteval.Evaluator(METRICS)
    evaluator.update_state(y, p, p)
    assert dict(evaluator.result()) == dict(expected)


def test_jax_that_has_no_values() -> None:
    jax = pytest.importorskip("jax")

    def traced(x: Any) -> Any:
        return disteval.evaluate(x, x, "mse")["mse"]

    with pytest.raises(errors.ColumnTypeError, match=r"y_true to be an array, got a .*Tracer"):
        jax.jit(traced)(P)
    with pytest.raises(errors.ColumnTypeError, match=r"y_true to be an array, got a PRNGKeyArray"):
        disteval.evaluate(jax.random.key(0)[None], P[:1], "mse")


def test_jax_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    from disteval.sources.memory import tensors

    class Elsewhere(OnGpu):
        def __init__(self, array: Any, *platforms: str) -> None:
            super().__init__(array)
            self.dtype = array.dtype
            self._platforms = platforms

        def devices(self) -> list[Any]:
            return [SimpleNamespace(platform=platform) for platform in self._platforms]

        def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
            return self.array

    asarray = SimpleNamespace(asarray=lambda values: stand_in.asarray(values.array))
    monkeypatch.setitem(sys.modules, "cupy", asarray)
    assert hasattr(tensors.of_jax("y_true", Elsewhere(P, "gpu")), "get")
    for platforms in (["gpu", "gpu"], ["cpu"], ["tpu"]):
        assert type(tensors.of_jax("y_true", Elsewhere(P, *platforms))) is np.ndarray


@pytest.mark.parametrize("name", ["bfloat16", "float8_e4m3fn", "float8_e5m2", "int4", "uint4"])
def test_dtypes_of_machine_learning(name: str) -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    array = np.array([0, 1, 2, 3], getattr(ml_dtypes, name))
    found = read(array)
    assert found.dtype == (np.int8 if "int" in name else np.float32)
    assert found.tolist() == [0, 1, 2, 3]
    assert read(array.reshape(2, 2)).tolist() == [[0, 1], [2, 3]]
    assert disteval.evaluate(array, array, "mse")["mse"] == 0.0
    with pytest.raises(errors.ShapeError, match="to have rows, got the single value"):
        disteval.evaluate(array[0], array, "mse")


def test_tensors_of_others() -> None:
    """TensorFlow's, and whatever has an array to give."""

    class Eager:
        def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
            return P

    class Refusing:
        def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
            msg = "no eager tensor"
            raise RuntimeError(msg)

    assert disteval.evaluate(Eager(), P, "mse")["mse"] == 0.0
    with pytest.raises(errors.ColumnTypeError, match=r"that NumPy cannot read \(no eager tensor\)"):
        disteval.evaluate(Refusing(), P, "mse")
