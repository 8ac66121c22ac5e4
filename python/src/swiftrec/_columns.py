"""Columns of numpy, pandas, Arrow and anything that numpy understands, as the engine takes them."""

from __future__ import annotations

from typing import Any, List, NamedTuple, Optional, Union

import numpy as np
import numpy.typing as npt

from ._errors import DataError


class Numbers(NamedTuple):
    """Ids that are whole numbers."""

    values: "npt.NDArray[np.int64]"


class Codes(NamedTuple):
    """Ids as positions in a list of different tokens."""

    codes: "npt.NDArray[np.int32]"
    tokens: List[str]


def column(frame: Any, name: str) -> Any:
    """A column by name: of a pandas or polars frame, an Arrow table, a dictionary of arrays.

    Raises:
        DataError: there is no column of this name.
    """
    try:
        return frame[name]
    except (KeyError, IndexError, TypeError):
        pass
    except Exception as error:  # polars has an error of its own for it
        if "NotFound" not in type(error).__name__:
            raise
    names = getattr(frame, "columns", None)
    if names is None or callable(names) or not all(isinstance(one, str) for one in names):
        names = getattr(frame, "column_names", None) or (list(frame) if isinstance(frame, dict) else [])
    known = ", ".join(map(str, names))
    raise DataError(f'received no column "{name}"; the frame has {known or "none"}')


def ids(values: Any, name: str) -> Union[Numbers, Codes]:
    """A column of ids: whole numbers, or texts.

    Raises:
        DataError: a missing id, with its row, or values that are no ids.
    """
    if _is_arrow(values):
        return _arrow_ids(values, name)
    _refuse_missing(values, name)
    categories = getattr(getattr(values, "cat", None), "categories", None)
    if categories is not None and hasattr(values.cat, "codes"):  # pandas' categories
        return _used(np.asarray(values.cat.codes), [str(one) for one in categories])
    array = np.asarray(values)
    _require_column(array, name)
    if array.dtype.kind in "iu":
        return Numbers(_integers(array, name))
    if array.dtype.kind == "f":
        whole = np.isfinite(array) & (np.floor(array) == array) & (np.abs(array) < 2**53)
        if not whole.all():
            row = int(np.argmin(whole))
            raise DataError(f"{name}: row {row} is {array[row]}, which is no id; drop it or give whole numbers or texts")
        return Numbers(np.ascontiguousarray(array, dtype=np.int64))
    if array.dtype.kind == "b":
        raise DataError(f"{name}: received booleans, expected ids; give whole numbers or texts")
    if array.dtype.kind == "O":
        if array.size and all(isinstance(one, (int, np.integer)) for one in array[:1]):
            try:
                return Numbers(np.ascontiguousarray(array, dtype=np.int64))
            except (TypeError, ValueError, OverflowError):
                pass
        array = array.astype(str)
    if array.dtype.kind not in "US":
        raise DataError(f"{name}: received values of type {array.dtype}, expected ids; give whole numbers or texts")
    tokens, codes = np.unique(array, return_inverse=True)
    if tokens.dtype.kind == "S":
        tokens = np.char.decode(tokens, "utf-8")
    return Codes(np.ascontiguousarray(codes.reshape(-1), dtype=np.int32), tokens.tolist())


def ratings(values: Any, name: str) -> "npt.NDArray[np.float32]":
    """A column of ratings."""
    _refuse_missing(values, name)
    array = _numpy(values)
    _require_column(array, name)
    if array.dtype.kind not in "iufb":
        raise DataError(f"{name}: received values of type {array.dtype}, expected numbers")
    return np.ascontiguousarray(array, dtype=np.float32)


def timestamps(values: Any, name: str) -> "npt.NDArray[np.int64]":
    """A column of times: seconds since 1970 as whole numbers, or datetimes."""
    _refuse_missing(values, name)
    array = _numpy(values)
    if array.dtype.kind == "O" and hasattr(values, "dt"):  # pandas' times with a zone
        array = np.asarray(values.dt.tz_convert("UTC").dt.tz_localize(None))
    _require_column(array, name)
    if array.dtype.kind == "M":
        missing = np.isnat(array)
        if missing.any():
            raise DataError(f"{name}: row {int(np.argmax(missing))} has no time; drop it or give every row one")
        return np.ascontiguousarray(array.astype("datetime64[s]").astype(np.int64))
    if array.dtype.kind == "f":
        whole = np.isfinite(array)
        if not whole.all():
            row = int(np.argmin(whole))
            raise DataError(f"{name}: row {row} is {array[row]}, which is no time; drop it or give every row one")
        return np.ascontiguousarray(array, dtype=np.int64)
    if array.dtype.kind in "iu":
        return _integers(array, name)
    raise DataError(f"{name}: received values of type {array.dtype}, expected seconds since 1970 or datetimes")


def _integers(array: "npt.NDArray[Any]", name: str) -> "npt.NDArray[np.int64]":
    if array.dtype == np.uint64 and array.size and int(array.max()) > np.iinfo(np.int64).max:
        raise DataError(f"{name}: row {int(array.argmax())} is {array.max()}, beyond 64 bits with a sign; give texts")
    return np.ascontiguousarray(array, dtype=np.int64)


def _numpy(values: Any) -> "npt.NDArray[Any]":
    if _is_arrow(values):
        values = values.combine_chunks() if hasattr(values, "combine_chunks") else values
        found: "npt.NDArray[Any]" = values.to_numpy(zero_copy_only=False)
        return found
    return np.asarray(values)


def _require_column(array: "npt.NDArray[Any]", name: str) -> None:
    if array.ndim != 1:
        raise DataError(f"{name}: received an array of shape {array.shape}, expected one column")


def _refuse_missing(values: Any, name: str) -> None:
    missing: Optional["npt.NDArray[Any]"] = None
    if _is_arrow(values):
        if values.null_count == 0:
            return
        missing = np.asarray(values.is_null())
    elif hasattr(values, "isna"):  # pandas
        missing = np.asarray(values.isna(), dtype=bool)
    elif hasattr(values, "is_null") and hasattr(values, "null_count"):  # polars
        if values.null_count() == 0:
            return
        missing = np.asarray(values.is_null())
    else:
        array = np.asarray(values)
        if array.dtype.kind == "O":
            missing = np.asarray([one is None or one != one for one in array.reshape(-1)], dtype=bool)
    if missing is not None and missing.any():
        raise DataError(f"{name}: row {int(np.argmax(missing))} is missing; drop such rows, as with frame.dropna()")


def _is_arrow(values: Any) -> bool:
    return type(values).__module__.partition(".")[0] == "pyarrow"


def _arrow_ids(values: Any, name: str) -> Union[Numbers, Codes]:
    _refuse_missing(values, name)
    if hasattr(values, "combine_chunks"):
        values = values.combine_chunks()
    kind = str(values.type)
    if kind.startswith(("int", "uint")):
        return Numbers(_integers(values.to_numpy(zero_copy_only=False), name))
    if kind.startswith("dictionary") or "string" in kind or "utf8" in kind:
        # A whole table may still come in several chunks, each with a dictionary of its own.
        encoded = values if kind.startswith("dictionary") else values.dictionary_encode()
        chunks = getattr(encoded, "chunks", None)
        if chunks is not None:
            if len(chunks) != 1:
                return ids(np.asarray(values.to_pylist(), dtype=object), name)
            encoded = chunks[0]
        return _used(encoded.indices.to_numpy(zero_copy_only=False), [str(t) for t in encoded.dictionary.to_pylist()])
    raise DataError(f"{name}: received an Arrow column of type {kind}, expected ids; give whole numbers or strings")


def _used(codes: "npt.NDArray[Any]", tokens: List[str]) -> Codes:
    """Without the categories that no row has: they would be users or items without interactions."""
    used, rows = np.unique(codes, return_inverse=True)
    return Codes(np.ascontiguousarray(rows.reshape(-1), dtype=np.int32), [tokens[int(one)] for one in used])
