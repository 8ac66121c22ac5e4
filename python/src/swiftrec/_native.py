"""The engine's C functions, each with its signature, and the one way to call them."""

from __future__ import annotations

import ctypes
import json
import os
from ctypes import POINTER, byref, c_bool, c_char_p, c_float, c_int32, c_int64, c_void_p
from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple

import numpy as np
import numpy.typing as npt

from . import _errors
from ._loader import load

torch, library, bridge = load()

_TEXT = POINTER(c_void_p)
_HANDLE = POINTER(c_int64)
_FLOATS = c_void_p
_ADDRESS = c_void_p
_TEXTS = [_ADDRESS, _ADDRESS, c_int64]

# Without the message that every function takes last.
_SIGNATURES: Dict[str, List[Any]] = {
    "handle_free": [c_int64],
    "engine": [_TEXT],
    "set_threads": [c_int64],
    "memory": [_TEXT],
    "plan": [c_char_p, c_char_p, *_TEXTS, _TEXT],
    "dataset_load": [c_char_p, c_char_p, _HANDLE],
    "dataset_begin": [c_char_p, _HANDLE],
    "dataset_copy": [c_int64, _HANDLE],
    "dataset_set_ids": [c_int64, c_int32, _ADDRESS, c_int64],
    "dataset_set_codes": [c_int64, c_int32, _ADDRESS, c_int64, *_TEXTS],
    "dataset_set_ratings": [c_int64, _ADDRESS, c_int64],
    "dataset_set_timestamps": [c_int64, _ADDRESS, c_int64],
    "dataset_set_titles": [c_int64, *_TEXTS],
    "dataset_add_field": [c_int64, c_int32, c_char_p, _ADDRESS, c_int64, _ADDRESS, c_int64, *_TEXTS],
    "dataset_finish": [c_int64],
    "dataset_describe": [c_int64, _TEXT],
    "dataset_texts": [c_int64, c_int32, _TEXT],
    "dataset_column": [c_int64, c_int32, _HANDLE],
    "training_begin": [c_char_p, c_char_p, *_TEXTS, c_int64, c_char_p, c_bool, _HANDLE],
    "training_next": [c_int64, c_int64, _TEXT],
    "training_stop": [c_int64],
    "model_open": [c_char_p, c_char_p, _HANDLE],
    "model_describe": [c_int64, _TEXT],
    "model_texts": [c_int64, c_int32, _TEXT],
    "model_rows": [c_int64, c_int32, *_TEXTS, _ADDRESS],
    "model_recommend": [c_int64, _ADDRESS, c_int64, c_int64, _ADDRESS, _ADDRESS],
    "model_similar": [c_int64, _ADDRESS, c_int64, c_int64, _ADDRESS, _ADDRESS],
    "model_scores": [c_int64, _ADDRESS, _ADDRESS, c_int64, _ADDRESS],
    "model_evaluate": [c_int64, c_int64, _TEXT],
    "model_predict": [c_int64, c_char_p, c_char_p, _HANDLE],
    "model_tensor": [c_int64, c_char_p, _HANDLE],
    "tensor_describe": [c_int64, _TEXT],
    "tensor_dlpack": [c_int64, c_bool, POINTER(c_void_p)],
}


def _function(name: str, arguments: List[Any]) -> Any:
    function = getattr(library, f"swiftrec_{name}")
    function.argtypes = [*arguments, _TEXT]
    function.restype = c_int32
    return function


_FUNCTIONS = {name: _function(name, arguments) for name, arguments in _SIGNATURES.items()}
_text_free = library.swiftrec_text_free
_text_free.argtypes = [c_void_p]
_text_free.restype = None
_live_handles = library.swiftrec_live_handles
_live_handles.argtypes = []
_live_handles.restype = c_int64
_release_memory = library.swiftrec_release_memory
_release_memory.argtypes = []
_release_memory.restype = None

#: A capsule's destructor, in the bridge: it works while the interpreter goes down, as a Python function would not.
capsule_free = ctypes.cast(bridge.sr_dlpack_capsule_free, c_void_p)


def _take(text: c_void_p) -> str:
    if not text.value:
        return ""
    try:
        return ctypes.string_at(text.value).decode("utf-8", "replace")
    finally:
        _text_free(text)


def call(name: str, *arguments: Any) -> None:
    """Calls ``swiftrec_<name>``.

    Raises:
        SwiftRecError: of the class that the status names, with the engine's message.
    """
    message = c_void_p()
    code = _FUNCTIONS[name](*arguments, byref(message))
    if code != 0:
        raise _errors.of(code, _take(message))


def call_json(name: str, *arguments: Any) -> Any:
    """The same for a function that answers in JSON; None where it answers nothing."""
    text = c_void_p()
    call(name, *arguments, byref(text))
    answer = _take(text)
    return json.loads(answer) if answer else None


def call_handle(name: str, *arguments: Any) -> int:
    """The same for a function that opens something."""
    handle = c_int64()
    call(name, *arguments, byref(handle))
    return handle.value


def encoded(text: Optional[str]) -> Optional[bytes]:
    """Text for C; one with a NUL in it would be cut there."""
    if text is None:
        return None
    if "\0" in text:
        raise _errors.CallError(f"received text with a NUL character: {text!r}; take it out")
    return text.encode("utf-8", "surrogateescape")


def path_bytes(path: "os.PathLike[str] | str") -> bytes:
    return encoded(os.fspath(path)) or b""


class Texts:
    """Strings one behind the other, as the engine takes them; must live as long as the call."""

    def __init__(self, texts: Iterable[str]) -> None:
        parts = [text.encode("utf-8", "replace") for text in texts]
        self.bytes = b"".join(parts)
        lengths = np.fromiter((len(part) for part in parts), dtype=np.int64, count=len(parts))
        self.ends: npt.NDArray[np.int64] = np.cumsum(lengths, dtype=np.int64)

    @property
    def arguments(self) -> Tuple[Any, Any, int]:
        """Address, ends, count."""
        return (ctypes.cast(c_char_p(self.bytes), c_void_p), address(self.ends), len(self.ends))


def address(array: "npt.NDArray[Any]") -> c_void_p:
    """Where a contiguous array's values are."""
    return c_void_p(array.ctypes.data)


def live_handles() -> int:
    """Objects of the engine that are open: 0 when every data set, model and tensor of this process is closed."""
    return int(_live_handles())


def release_memory() -> None:
    """Gives memory that the engine keeps for reuse back to the system."""
    _release_memory()


class Handle:
    """Something of the engine that is open until it is closed or nobody holds it any more."""

    def __init__(self, number: int) -> None:
        self._number = number

    @property
    def number(self) -> int:
        """The engine's number for it.

        Raises:
            CallError: it is closed.
        """
        if self._number == 0:
            raise _errors.CallError("received an object that is closed; open it again")
        return self._number

    def close(self) -> None:
        """Gives it back; what was made of it lives on. Closing twice is no fault."""
        number, self._number = self._number, 0
        if number:
            call("handle_free", number)

    def __del__(self) -> None:
        try:
            self.close()
        except Exception:  # while the interpreter goes down, nobody is left to hear
            pass


def overrides_list(overrides: "Sequence[Tuple[str, str]]") -> Texts:
    return Texts(f"{key}={value}" for key, value in overrides)


__all__ = [
    "Handle",
    "Texts",
    "address",
    "bridge",
    "call",
    "call_handle",
    "call_json",
    "capsule_free",
    "encoded",
    "library",
    "live_handles",
    "overrides_list",
    "path_bytes",
    "release_memory",
    "torch",
]
