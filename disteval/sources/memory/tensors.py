"""Tensors of torch and jax, on the CPU or a GPU, and the narrow floats that NumPy lacks.

Neither library is imported here: who holds a tensor has done so.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from disteval import backend
from disteval.errors import ColumnTypeError, MissingExtraError
from disteval.protocol import Column
from disteval.sources.columns.kinds import row_shape
from disteval.sources.memory.objects import as_numpy
from disteval.sources.memory.parts import Converted

_NUMPYS = ("bool", "int", "uint", "float16", "float32", "float64")


def of_torch(name: str, tensor: Any) -> Any:
    """A torch tensor as an array over the same memory; bfloat16 as a column that widens it.

    Parameters
    ----------
    name : for errors
    tensor : torch.Tensor
    """
    tensor = tensor.detach()
    what = str(tensor.dtype)
    if str(tensor.layout) != "torch.strided":
        msg = f"expected {name} to be a dense tensor, got {tensor.layout}; call .to_dense()"
        raise ColumnTypeError(msg)
    if "float8" in what or ("bfloat16" in what and tensor.device.type == "cuda"):
        tensor = tensor.float()
    if tensor.device.type == "cuda":
        return on_device(name, tensor)
    if tensor.device.type != "cpu":
        msg = f"expected {name} on the CPU or a CUDA GPU, got {tensor.device}; call .cpu()"
        raise ColumnTypeError(msg)
    if "bfloat16" in what:
        return _of_bfloat16(tensor.view(sys.modules["torch"].int16).numpy().view(np.uint16))
    try:
        return tensor.resolve_neg().numpy()
    except (TypeError, RuntimeError) as error:
        msg = f"expected {name} to be a tensor that NumPy can read, got {what} ({error})"
        raise ColumnTypeError(msg) from error


def of_jax(name: str, array: Any) -> Any:
    """A jax array, where it is: as CuPy's on a GPU, as NumPy's elsewhere."""
    try:
        platforms = [device.platform for device in array.devices()]
    except (AttributeError, TypeError):  # a tracer; NumPy's error says so
        platforms = []
    # CuPy has no bfloat16; what lies on several devices comes to the host
    if platforms in (["gpu"], ["cuda"]) and str(array.dtype).startswith(_NUMPYS):
        return on_device(name, array)
    return as_numpy(name, array)


def on_device(name: str, values: Any) -> Any:
    """An array of another library on a GPU as CuPy's, over the same memory."""
    what = f"{backend.module_name(values)} {type(values).__name__}"
    try:
        return backend.from_interface(values)
    except ImportError as error:
        msg = (
            f"expected CuPy, to read {name} on the GPU ({what}): pip install 'disteval[cuda13]' "
            "(or cuda12, as the driver is); or move it to the CPU first"
        )
        raise MissingExtraError(msg) from error
    except (TypeError, ValueError, RuntimeError) as error:
        msg = f"expected {name} to be a GPU array that CuPy can read, got {what} ({error})"
        raise ColumnTypeError(msg) from error


def is_narrow(dtype: np.dtype[Any]) -> bool:
    """Whether a dtype is one of ml_dtypes: bfloat16, float8, int4 and so on."""
    return dtype.type.__module__ == "ml_dtypes"


def of_narrow(array: Any) -> Converted:
    """An array of one of these dtypes as a column that widens it, exactly."""
    if array.dtype.name == "bfloat16":
        return _of_bfloat16(array.view(np.uint16))
    integer = "int" in array.dtype.name
    column = Column(np.dtype(np.int8 if integer else np.float32), row_shape(array.shape))
    return Converted((array,), column, _to_int8 if integer else _to_float32)


def _of_bfloat16(bits: Any) -> Converted:
    return Converted((bits,), Column(np.dtype(np.float32), row_shape(bits.shape)), _from_bfloat16)


def _from_bfloat16(bits: Any) -> Any:
    """A bfloat16 is the upper half of a float32."""
    return (bits.astype(np.uint32) << np.uint32(16)).view(np.float32)


def _to_float32(array: Any) -> Any:
    return array.astype(np.float32)


def _to_int8(array: Any) -> Any:
    return array.astype(np.int8)
