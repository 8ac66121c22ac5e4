"""Who took what: a log of interactions, from arrays, frames, files or by name."""

from __future__ import annotations

import os
from typing import Any, Dict, List, Mapping, Optional, Sequence, Union

import numpy as np
import numpy.typing as npt

from . import _columns, _native
from ._columns import Codes, Numbers
from ._errors import DataError
from ._native import address
from ._tensor import Tensor

_USERS, _ITEMS, _TITLES = 0, 1, 2

Id = Union[int, str]
Features = Mapping[str, Mapping[Any, Any]]


class Dataset:
    """A log of interactions with the ids of its users and items.

    Make one with :meth:`load`, :meth:`from_frame` or :meth:`from_arrays`. The values are copied once, into the engine;
    rows of a user's or an item's id count from 0 in order of appearance (of text ids: in alphabetical order).
    """

    def __init__(self, handle: int) -> None:
        self._handle = _native.Handle(handle)
        self._facts: Dict[str, Any] = _native.call_json("dataset_describe", handle)
        self._texts: Dict[int, List[str]] = {}

    # ---- making ----------------------------------------------------------------------------------------------------

    @classmethod
    def load(cls, name: str, path: "Optional[Union[str, os.PathLike[str]]]" = None) -> "Dataset":
        """Reads a data set that is known by name, such as ``ml-100k``, or files.

        Args:
            name: ``ml-100k``, ``ml-1m``, ``ml-25m`` and ``ncf-ml-1m`` are looked for in the folders of
                ``SWIFTREC_DATA``; ``csv`` and ``recbole`` read ``path``; ``synthetic:implicit`` is made up.
            path: the file of ``csv``, the folder of ``recbole``; for other names a folder to take instead of searching.

        Raises:
            DataError: an unknown name, missing files (with where to get them), faulty lines (with file and line).
        """
        where = _native.path_bytes(path) if path is not None else None
        return cls(_native.call_handle("dataset_load", _native.encoded(name), where))

    @classmethod
    def from_arrays(
        cls,
        users: Any,
        items: Any,
        ratings: Any = None,
        timestamps: Any = None,
        *,
        titles: Optional[Mapping[Any, str]] = None,
        user_features: Optional[Features] = None,
        item_features: Optional[Features] = None,
        name: str = "memory",
    ) -> "Dataset":
        """Takes columns of one length: numpy arrays, pandas or polars series, Arrow arrays, lists.

        Args:
            users: whole numbers or texts, a row each.
            items: the same.
            ratings: numbers; without them every row counts alike.
            timestamps: seconds since 1970 or datetimes; without them the order of the rows is the order in time.
            titles: a title by item id.
            user_features: ``{"city": {7: "Rome", 8: ["Rome", "Oslo"]}}``: categories by user id, none where one is
                missing.
            item_features: the same of items.
            name: what messages call the data.

        Raises:
            DataError: columns of different lengths, missing values (with their row), values that are no ids.
        """
        handle = _native.Handle(_native.call_handle("dataset_begin", _native.encoded(name)))
        for which, label, values in ((_USERS, "users", users), (_ITEMS, "items", items)):
            found = _columns.ids(values, label)
            if isinstance(found, Numbers):
                ids = found.values
                _native.call("dataset_set_ids", handle.number, which, address(ids), len(ids))
            else:
                _set_codes(handle, which, found)
        if ratings is not None:
            stars = _columns.ratings(ratings, "ratings")
            _native.call("dataset_set_ratings", handle.number, address(stars), len(stars))
        if timestamps is not None:
            times = _columns.timestamps(timestamps, "timestamps")
            _native.call("dataset_set_timestamps", handle.number, address(times), len(times))
        _native.call("dataset_finish", handle.number)
        if titles is None and not user_features and not item_features:
            return cls._adopt(handle)
        return cls._described(cls._adopt(handle), titles, user_features or {}, item_features or {})

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        user: str = "user",
        item: str = "item",
        rating: Optional[str] = None,
        timestamp: Optional[str] = None,
        *,
        titles: Optional[Mapping[Any, str]] = None,
        user_features: Optional[Features] = None,
        item_features: Optional[Features] = None,
        name: str = "memory",
    ) -> "Dataset":
        """Takes the named columns of a pandas or polars frame, an Arrow table or a dictionary of arrays.

        >>> swiftrec.Dataset.from_frame(frame, "customer", "product", timestamp="when")   # doctest: +SKIP

        Raises:
            DataError: no column of that name, and as :meth:`from_arrays`.
        """
        return cls.from_arrays(
            _columns.column(frame, user),
            _columns.column(frame, item),
            None if rating is None else _columns.column(frame, rating),
            None if timestamp is None else _columns.column(frame, timestamp),
            titles=titles,
            user_features=user_features,
            item_features=item_features,
            name=name,
        )

    @classmethod
    def _adopt(cls, handle: "_native.Handle") -> "Dataset":
        number, handle._number = handle.number, 0
        return cls(number)

    @classmethod
    def _described(
        cls, plain: "Dataset", titles: Optional[Mapping[Any, str]], users: Features, items: Features
    ) -> "Dataset":
        """A copy with titles and side features, which need to know the ids' rows."""
        handle = _native.Handle(_native.call_handle("dataset_copy", plain._handle.number))
        if titles is not None:
            by_text = {str(key): str(value) for key, value in titles.items()}
            texts = _native.Texts(by_text.get(token, token) for token in plain._list(_ITEMS))
            _native.call("dataset_set_titles", handle.number, *texts.arguments)
        for which, features in ((_USERS, users), (_ITEMS, items)):
            for name, values in features.items():
                _add_field(handle, which, name, plain._list(which), values)
        _native.call("dataset_finish", handle.number)
        plain.close()
        return cls._adopt(handle)

    # ---- facts -----------------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        return str(self._facts["name"])

    @property
    def user_count(self) -> int:
        return int(self._facts["users"])

    @property
    def item_count(self) -> int:
        return int(self._facts["items"])

    @property
    def density(self) -> float:
        """The share of the user-item matrix that is filled."""
        return float(self._facts["density"])

    def __len__(self) -> int:
        """Interactions."""
        return int(self._facts["interactions"])

    @property
    def user_ids(self) -> "npt.NDArray[Any]":
        """The ids in the order of their rows: whole numbers where all of them are, else texts."""
        return as_ids(self._list(_USERS))

    @property
    def item_ids(self) -> "npt.NDArray[Any]":
        return as_ids(self._list(_ITEMS))

    @property
    def titles(self) -> List[str]:
        """A title an item, in the order of the rows; empty where the data have none."""
        return self._list(_TITLES)

    @property
    def user_rows(self) -> "npt.NDArray[np.int32]":
        """The user of each interaction, as a row of ``user_ids``."""
        return self._column(0)

    @property
    def item_rows(self) -> "npt.NDArray[np.int32]":
        """The item of each interaction, as a row of ``item_ids``."""
        return self._column(1)

    @property
    def ratings(self) -> "npt.NDArray[np.float32]":
        """Empty where the data have none."""
        return self._column(2)

    @property
    def timestamps(self) -> "npt.NDArray[np.int64]":
        """Seconds since 1970; empty where the data have none."""
        return self._column(3)

    def close(self) -> None:
        """Gives the memory back."""
        self._handle.close()

    def __enter__(self) -> "Dataset":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return (
            f"swiftrec.Dataset({self.name!r}: {len(self):,} interactions of {self.user_count:,} users with "
            f"{self.item_count:,} items)"
        )

    def _list(self, which: int) -> List[str]:
        if which not in self._texts:
            self._texts[which] = _native.call_json("dataset_texts", self._handle.number, which)
        return self._texts[which]

    def _column(self, which: int) -> "npt.NDArray[Any]":
        return Tensor(_native.call_handle("dataset_column", self._handle.number, which)).numpy()


def as_ids(tokens: Sequence[str]) -> "npt.NDArray[Any]":
    """Ids as a caller gave them: numbers where each is written as a number is."""
    array = np.asarray(tokens, dtype=str)
    try:
        numbers = array.astype(np.int64)
    except (ValueError, OverflowError):
        return array
    return numbers if bool((numbers.astype(str) == array).all()) else array


def _set_codes(handle: "_native.Handle", which: int, found: Codes) -> None:
    tokens = _native.Texts(found.tokens)
    codes = found.codes
    _native.call("dataset_set_codes", handle.number, which, address(codes), len(codes), *tokens.arguments)


def _add_field(
    handle: "_native.Handle", which: int, name: str, tokens: List[str], values: Mapping[Any, Any]
) -> None:
    if not hasattr(values, "items"):
        raise DataError(f"feature {name}: received {type(values).__name__}, expected a mapping from id to category")
    by_text = {str(key): value for key, value in values.items()}
    lists: List[List[str]] = []
    for token in tokens:
        value = by_text.get(token)
        if value is None:
            lists.append([])
        elif isinstance(value, (list, tuple, set, frozenset, np.ndarray)):
            lists.append([str(one) for one in value])
        else:
            lists.append([str(value)])
    known = {one: row for row, one in enumerate(dict.fromkeys(one for entry in lists for one in entry))}
    codes = np.asarray([known[one] for entry in lists for one in entry], dtype=np.int32)
    offsets = np.concatenate([[0], np.cumsum([len(entry) for entry in lists])]).astype(np.int32)
    texts = _native.Texts(known)
    _native.call(
        "dataset_add_field", handle.number, which, _native.encoded(name), address(offsets), len(offsets),
        address(codes), len(codes), *texts.arguments,
    )  # fmt: skip
