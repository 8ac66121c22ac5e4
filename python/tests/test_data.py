"""Data from numpy, pandas and Arrow: what goes in comes out, and faults name their row."""

from __future__ import annotations

from typing import Any, Dict

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import swiftrec
from swiftrec import Dataset


def same(data: Dataset, users: Any, items: Any) -> bool:
    """Whether the ids of all rows come out as they went in."""
    return bool(
        (data.user_ids[data.user_rows] == np.asarray(users)).all()
        and (data.item_ids[data.item_rows] == np.asarray(items)).all()
    )


def test_numbers(log: Dict[str, np.ndarray]) -> None:
    data = Dataset.from_arrays(log["user"], log["item"], log["rating"], log["time"])
    assert (len(data), data.user_count, data.item_count) == (2400, 200, 80)
    assert same(data, log["user"], log["item"])
    assert data.user_ids.dtype == np.int64 and data.user_ids[0] == log["user"][0]
    assert (data.ratings == log["rating"]).all() and (data.timestamps == log["time"]).all()
    assert data.density == pytest.approx(2400 / 200 / 80)


def test_values_are_copied_once_and_then_stay(log: Dict[str, np.ndarray]) -> None:
    users = log["user"].copy()
    data = Dataset.from_arrays(users, log["item"])
    users[:] = 0
    assert same(data, log["user"], log["item"])


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.uint32, np.int64, np.uint64, np.float32, ">i4"])
def test_number_types(dtype: Any) -> None:
    users, items = np.array([3, 1, 3, 2], dtype=dtype), np.array([7, 7, 9, 8], dtype=dtype)
    assert same(Dataset.from_arrays(users, items), [3, 1, 3, 2], [7, 7, 9, 8])


def test_strided_and_negative_and_large_numbers() -> None:
    users = np.arange(20)[::-3].copy()[::2]
    items = np.array([-5, 2**62, 0, 10**18, -(2**63)])[: len(users)]
    users = users[: len(items)]
    assert same(Dataset.from_arrays(users, items), users, items)


def test_texts() -> None:
    users, items = ["Zoë", "a\tb", "", "Zoë"], ["1", "01", "1\n2", "x" * 300]
    data = Dataset.from_arrays(users, items)
    assert same(data, users, items)
    assert data.item_ids.dtype.kind == "U"
    assert same(Dataset.from_arrays(np.array([b"a", b"b"]), np.array(["x", "y"], dtype=object)), ["a", "b"], ["x", "y"])


def test_pandas(log: Dict[str, np.ndarray]) -> None:
    frame = pd.DataFrame(log)
    frame["when"] = pd.to_datetime(frame["time"], unit="s")
    frame["zoned"] = frame["when"].dt.tz_localize("Europe/Rome", ambiguous=True)
    frame["kind"] = ("item-" + frame["item"].astype(str)).astype("category")
    data = Dataset.from_frame(frame.iloc[::2], item="kind", rating="rating", timestamp="when")
    half = frame.iloc[::2]
    assert same(data, half["user"], half["kind"].astype(str))
    assert (data.timestamps == half["time"]).all()
    zoned = Dataset.from_frame(frame, timestamp="zoned")
    elapsed = frame["zoned"] - pd.Timestamp("1970-01-01", tz="UTC")
    assert (zoned.timestamps == elapsed // pd.Timedelta(seconds=1)).all()
    nullable = Dataset.from_frame(frame.astype({"user": "Int64", "item": "string"}))
    assert same(nullable, frame["user"], frame["item"])
    # A category that no row has is no item.
    assert Dataset.from_frame(frame[frame["item"] < 510], item="kind").item_count == 10


def test_arrow(log: Dict[str, np.ndarray]) -> None:
    table = pa.table({**log, "name": pa.array([f"u{one}" for one in log["user"]])})
    data = Dataset.from_frame(table, rating="rating", timestamp="time")
    assert same(data, log["user"], log["item"])
    assert same(Dataset.from_frame(table, user="name"), [f"u{one}" for one in log["user"]], log["item"])
    chunked = pa.concat_tables([table.slice(0, 100), table.slice(100, 500), table.slice(600)])
    assert same(Dataset.from_frame(chunked, user="name"), [f"u{one}" for one in log["user"]], log["item"])
    encoded = table.set_column(0, "user", table["name"].dictionary_encode())
    assert same(Dataset.from_frame(encoded), [f"u{one}" for one in log["user"]], log["item"])


def test_titles_and_features() -> None:
    data = Dataset.from_arrays(
        [1, 1, 2, 3],
        [10, 20, 10, 30],
        titles={10: "Ten", 30: "Thirty"},
        user_features={"city": {1: "Rome", 2: ["Rome", "Oslo"]}},
        item_features={"kind": {"10": "film"}},
    )
    assert data.titles == ["Ten", "20", "Thirty"]
    assert data._facts["user_fields"] == ["city"] and data._facts["item_fields"] == ["kind"]


def test_the_order_of_rows_is_kept_without_times() -> None:
    data = Dataset.from_arrays([5, 5, 4], [2, 1, 2])
    assert data.user_rows.tolist() == [0, 0, 1] and data.item_rows.tolist() == [0, 1, 0]
    assert data.ratings.size == 0 and data.timestamps.size == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(users=[1, 2], items=[1]), "items: 1 values, there are 2 users"),
        (dict(users=[], items=[]), "has no rows"),
        (dict(users=[1.5, 2], items=[1, 2]), "users: row 0 is 1.5, which is no id"),
        (dict(users=[1, float("nan")], items=[1, 2]), "users: row 1 is nan"),
        (dict(users=[1, None], items=[1, 2]), "users: row 1 is missing"),
        (dict(users=["a", None], items=[1, 2]), "users: row 1 is missing"),
        (dict(users=[[1, 2]], items=[1, 2]), "users: received an array of shape"),
        (dict(users=[True, False], items=[1, 2]), "users: received booleans"),
        (dict(users=np.array([2**63], dtype=np.uint64), items=[1]), "beyond 64 bits"),
        (dict(users=[1, 2], items=[1, 2], ratings=[1.0, float("inf")]), "ratings: row 1 is no number"),
        (dict(users=[1, 2], items=[1, 2], ratings=[1.0]), "ratings: 1 values, there are 2 users"),
        (dict(users=[1, 2], items=[1, 2], ratings=["a", "b"]), "ratings: received values of type"),
        (dict(users=[1, 2], items=[1, 2], timestamps=["a", "b"]), "timestamps: received values of type"),
        (
            dict(users=[1, 2], items=[1, 2], timestamps=np.array(["2020-01-01", "NaT"], dtype="datetime64[s]")),
            "timestamps: row 1 has no time",
        ),
        (dict(users=[1], items=[1], user_features={"city": ["Rome"]}), "feature city: received list"),
    ],
)
def test_faults(arguments: Dict[str, Any], message: str) -> None:
    with pytest.raises(swiftrec.DataError, match=message.replace("[", r"\[")):
        Dataset.from_arrays(**arguments)


def test_frame_faults(log: Dict[str, np.ndarray]) -> None:
    for frame in (log, pd.DataFrame(log), pa.table(log)):
        with pytest.raises(swiftrec.DataError, match='no column "customer"; the frame has user, item, rating, time'):
            Dataset.from_frame(frame, user="customer")
    with pytest.raises(swiftrec.DataError, match="user: row 1 is missing|users: row 1 is missing"):
        Dataset.from_frame(pd.DataFrame({"user": pd.array([1, None], dtype="Int64"), "item": [1, 2]}))
    with pytest.raises(swiftrec.DataError, match="users: row 1 is missing"):
        Dataset.from_frame(pa.table({"user": pa.array([1, None]), "item": pa.array([1, 2])}))
    with pytest.raises(swiftrec.DataError, match="expected ids; give whole numbers or strings"):
        Dataset.from_frame(pa.table({"user": pa.array([1.5, 2.5]), "item": pa.array([1, 2])}))


def test_by_name() -> None:
    data = Dataset.load("synthetic:implicit")
    assert data.name == "synthetic:implicit" and len(data) > 0
    with pytest.raises(swiftrec.DataError, match="no such dataset"):
        Dataset.load("ml-100")
    with pytest.raises(swiftrec.DataError, match="csv"):
        Dataset.load("csv", path="nowhere.csv")


def test_a_csv_file_and_its_frame_are_one(tmp_path: Any, log: Dict[str, np.ndarray]) -> None:
    frame = pd.DataFrame({"user_id": log["user"], "item_id": log["item"], "timestamp": log["time"]})
    frame.to_csv(tmp_path / "log.csv", index=False)
    read = Dataset.load("csv", tmp_path / "log.csv")
    given = Dataset.from_frame(frame, "user_id", "item_id", timestamp="timestamp")
    assert (read.user_rows == given.user_rows).all() and (read.item_ids == given.item_ids).all()
    assert (read.timestamps == given.timestamps).all()


def test_a_closed_dataset_says_so() -> None:
    data = Dataset.from_arrays([1], [2])
    data.close()
    data.close()
    with pytest.raises(swiftrec.CallError, match="closed"):
        data.titles
