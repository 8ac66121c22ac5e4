"""Tensors of the engine, seen from numpy and torch without a copy."""

from __future__ import annotations

import ctypes
from ctypes import byref, c_char_p, c_void_p, py_object
from typing import TYPE_CHECKING, Any, Optional, Tuple

import numpy as np
import numpy.typing as npt

from . import _native

if TYPE_CHECKING:
    import torch

_new_capsule = ctypes.pythonapi.PyCapsule_New
_new_capsule.restype = py_object
_new_capsule.argtypes = [c_void_p, c_char_p, c_void_p]
# A capsule keeps the address of its name: these live as long as the module.
_NAME = b"dltensor"
_VERSIONED_NAME = b"dltensor_versioned"
_CPU, _CUDA = 1, 2


class Tensor:
    """An array of the engine, such as an embedding table ``[rows, dimension]``.

    ``numpy()`` and ``torch()`` look at the same memory: what one writes, the other and the model see. The memory lives
    as long as anybody looks at it, even after the model is closed.

    >>> table = model.tensor("item_factors.weight")   # doctest: +SKIP
    >>> torch.from_dlpack(table)                         # doctest: +SKIP
    """

    def __init__(self, handle: int) -> None:
        self._handle = _native.Handle(handle)
        facts = _native.call_json("tensor_describe", handle)
        self._shape: Tuple[int, ...] = tuple(facts["shape"])
        self._dtype: str = facts["dtype"]
        self._device: str = facts["device"]

    @property
    def shape(self) -> Tuple[int, ...]:
        """As numpy's."""
        return self._shape

    @property
    def dtype(self) -> str:
        """``float32``, ``bfloat16``, ``int64`` ..."""
        return self._dtype

    @property
    def device(self) -> str:
        """``cpu`` or ``cuda:0``."""
        return self._device

    @property
    def nbytes(self) -> int:
        """What the values take."""
        sizes = {"float64": 8, "int64": 8, "float32": 4, "int32": 4, "float16": 2, "bfloat16": 2, "int16": 2}
        count = 1
        for size in self._shape:
            count *= size
        return count * sizes.get(self._dtype, 1)

    def numpy(self) -> "npt.NDArray[Any]":
        """The same memory as an array, writable.

        Raises:
            BufferError: a type that numpy lacks (bfloat16), or memory of a GPU; use ``torch()``.
        """
        if self._dtype == "bfloat16":
            raise BufferError("numpy has no bfloat16; use .torch()")
        if self._device != "cpu":
            raise BufferError(f"the tensor is on {self._device}, which numpy cannot see; use .torch().cpu()")
        array: "npt.NDArray[Any]" = np.from_dlpack(self)
        return array

    def torch(self) -> "torch.Tensor":
        """The same memory as a torch tensor. Imports torch."""
        import torch

        found: "torch.Tensor" = torch.from_dlpack(self)  # type: ignore[attr-defined, unused-ignore]
        return found

    def close(self) -> None:
        """Lets the tensor go; arrays made of it live on."""
        self._handle.close()

    def __dlpack__(
        self,
        *,
        stream: Optional[Any] = None,
        max_version: Optional[Tuple[int, int]] = None,
        dl_device: Optional[Tuple[int, int]] = None,
        copy: Optional[bool] = None,
    ) -> Any:
        """A capsule for ``from_dlpack``; see https://data-apis.org/array-api/latest/API_specification."""
        # All work on a GPU is waited for, so that any stream may read.
        if copy:
            raise BufferError("a swiftrec tensor is shared, never copied; copy the array that from_dlpack returns")
        if dl_device is not None and tuple(dl_device) != self.__dlpack_device__():
            raise BufferError(f"the tensor is on {self._device}; move the array that from_dlpack returns")
        versioned = max_version is not None and tuple(max_version) >= (1, 0)
        view = c_void_p()
        _native.call("tensor_dlpack", self._handle.number, versioned, byref(view))
        return _new_capsule(view, _VERSIONED_NAME if versioned else _NAME, _native.capsule_free)

    def __dlpack_device__(self) -> Tuple[int, int]:
        """DLPack's number of the device's kind, and its index."""
        if self._device == "cpu":
            return (_CPU, 0)
        index = self._device.partition(":")[2]
        return (_CUDA, int(index or 0))

    def __array__(self, dtype: Any = None, copy: Optional[bool] = None) -> "npt.NDArray[Any]":
        array = self.numpy()
        if dtype is not None and array.dtype != np.dtype(dtype):
            if copy is False:
                raise ValueError(f"{self._dtype} cannot be seen as {np.dtype(dtype)} without a copy")
            return array.astype(dtype)
        return array.copy() if copy else array

    def __len__(self) -> int:
        if not self._shape:
            raise TypeError("a tensor without dimensions has no length")
        return self._shape[0]

    def __repr__(self) -> str:
        return f"swiftrec.Tensor(shape={self._shape}, dtype={self._dtype}, device={self._device})"
