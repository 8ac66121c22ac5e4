"""Answers, and the memory behind them."""

from __future__ import annotations

import gc
from typing import Any, Callable, Dict, Iterator

import numpy as np
import pandas as pd
import pytest
import torch

import swiftrec


def test_recommendations(train: Callable[..., Any], log: Dict[str, np.ndarray]) -> None:
    model = train()
    every = model.recommend(top=3)
    assert every.items.shape == (200, 3) and set(every.queries) == set(log["user"])
    some = model.recommend([1005, 1001], top=3)
    rows = [list(every.queries).index(user) for user in (1005, 1001)]
    assert (some.items == every.items[rows]).all() and (some.scores == every.scores[rows]).all()
    assert (model.recommend("1005", top=3).items == some.items[0]).all()
    frame = some.frame()
    assert list(frame.columns) == ["query", "rank", "item", "title", "score"] and len(frame) == 6
    # What is left of 80 items after those that are known; a place that stays empty says so.
    whole = model.recommend(1005, top=1000)
    assert whole.items.shape == (1, 80) and whole.items[0, -1] == -1 and np.isneginf(whole.scores[0, -1])
    assert len(whole.frame()) < 80


def test_similar_and_scores(train: Callable[..., Any]) -> None:
    model = train(overrides={"train.epochs": 12})
    like = model.similar([500, 540], top=6)
    assert like.items.shape == (2, 6) and 500 not in like.items[0]
    assert ((like.items[0] - 500) // 20 == 0).mean() > 0.5 and (like.scores <= 1.0001).all()
    best = model.recommend(1003, top=4)
    scores = model.scores([1003] * 4, best.items[0])
    # The list leaves out what all scores of a user have in common.
    assert np.allclose(np.diff(scores), np.diff(best.scores[0]), atol=1e-4)


@pytest.mark.parametrize(
    ("ask", "kind", "message"),
    [
        (lambda model: model.recommend(5), swiftrec.UnknownIdentifierError, 'user "5" at place 0 is not in'),
        (lambda model: model.recommend(["1001", "zz"]), swiftrec.UnknownIdentifierError, 'user "zz" at place 1'),
        (lambda model: model.similar(5), swiftrec.UnknownIdentifierError, 'item "5" at place 0'),
        (lambda model: model.recommend(1001, top=0), swiftrec.ModelError, "top: received 0"),
        (lambda model: model.scores([1001], [500, 501]), swiftrec.DataError, "received 1 users and 2 items"),
        (lambda model: model.tensor("nothing"), swiftrec.UnknownIdentifierError, "no tensor of this name"),
        (lambda model: model.recommend(np.ones((2, 2))), swiftrec.DataError, "received ids of shape"),
        (lambda model: swiftrec.load(model.run, device="gpu"), swiftrec.ModelError, 'device: received "gpu"'),
        (lambda model: swiftrec.load(model.run + "\0"), swiftrec.CallError, "NUL"),
    ],
)
def test_faults(train: Callable[..., Any], ask: Any, kind: Any, message: str) -> None:
    with pytest.raises(kind, match=message):
        ask(train())


def table(model: Any) -> str:
    """The name of the largest table."""
    name: str = max(model.tensors, key=lambda one: np.prod(model.tensors[one][0]))
    return name


def test_no_copy(train: Callable[..., Any]) -> None:
    model = train()
    tensor = model.tensor(table(model))
    array, view = tensor.numpy(), torch.from_dlpack(tensor)
    assert array.ctypes.data == view.data_ptr() == model.tensor(table(model)).numpy().ctypes.data
    assert array.shape == tuple(view.shape) == tensor.shape and array.flags.writeable
    assert tensor.nbytes == array.nbytes and str(array.dtype) == tensor.dtype
    assert np.asarray(tensor).ctypes.data == array.ctypes.data
    view[3, 1] = 42.0
    assert array[3, 1] == 42.0


def test_the_model_sees_what_is_written(train: Callable[..., Any]) -> None:
    model = train()
    before = model.scores([1001, 1002], [500, 501])
    for name in model.tensors:
        model.tensor(name).numpy()[:] = 0
    assert not np.allclose(before, 0) and (model.scores([1001, 1002], [500, 501]) == 0).all()
    assert (model.recommend(1001, top=3).scores == 0).all()
    # On disk nothing has changed.
    assert np.allclose(swiftrec.load(model.run).scores([1001, 1002], [500, 501]), before)


def test_the_memory_outlives_the_model(train: Callable[..., Any]) -> None:
    model = train()
    name = table(model)
    array = model.tensor(name).numpy()
    copy = array.copy()
    model.close()
    del model
    gc.collect()
    swiftrec.release_memory()
    # What is taken now would land in memory that was given back.
    taken = [torch.full(array.shape, 7.0) for _ in range(64)]
    assert (array == copy).all() and len(taken) == 64


def in_use() -> int:
    gc.collect()
    return swiftrec.memory()["bytes_in_use"]


def test_memory_comes_back(tmp_path: Any, config: Dict[str, Any]) -> None:
    users = np.repeat(np.arange(20_000), 2)
    items = (users * 7 + np.tile(np.arange(2), 20_000)) % 1000
    data = swiftrec.Dataset.from_arrays(users, items)
    changes = {"model.factors": 64, "train.epochs": 1, "data.validation": False}
    swiftrec.train(config, data, out=tmp_path / "run", overrides=changes, progress=False).close()
    before = in_use()
    model = swiftrec.load(tmp_path / "run")
    held = in_use() - before
    assert held >= 20_000 * 64 * 4
    users = model.tensor(table(model))
    array = users.numpy()
    capsule = users.__dlpack__()
    versioned = users.__dlpack__(max_version=(1, 0))
    users.close()
    model.close()
    del model, users
    # The array and the capsules that nobody took hold the table, and only that.
    assert 20_000 * 64 * 4 <= in_use() - before < held + 64 * 1024
    del array
    assert in_use() - before >= 20_000 * 64 * 4
    del capsule, versioned
    assert in_use() - before < 64 * 1024


def test_capsules(train: Callable[..., Any]) -> None:
    tensor = train().users
    assert tensor.__dlpack_device__() == (1, 0)
    assert '"dltensor"' in repr(tensor.__dlpack__()) and "versioned" in repr(tensor.__dlpack__(max_version=(1, 1)))
    with pytest.raises(BufferError, match="shared, never copied"):
        tensor.__dlpack__(copy=True)
    with pytest.raises(BufferError, match="the tensor is on cpu"):
        tensor.__dlpack__(dl_device=(2, 0))
    # A capsule may be taken once.
    capsule = tensor.__dlpack__()
    torch.utils.dlpack.from_dlpack(capsule)
    assert "used_dltensor" in repr(capsule)
    assert len(tensor) == 200 and "shape=(200, 8)" in repr(tensor)
    assert np.asarray(tensor, dtype=np.float64).dtype == np.float64


def test_the_vectors_that_items_are_found_by(train: Callable[..., Any]) -> None:
    model = train()
    # The table itself where the model keeps one, as matrix factorisation does.
    items = model.items.numpy()
    places = {model.tensor(name).numpy().ctypes.data for name in model.tensors}
    assert items.shape == (80, 8) and items.ctypes.data in places
    assert model.users.shape == (200, 8)


def test_closing(train: Callable[..., Any]) -> None:
    model = train()
    with model:
        pass
    model.close()
    with pytest.raises(swiftrec.CallError, match="received an object that is closed"):
        model.recommend(1001)


def test_many_threads_ask_at_once(train: Callable[..., Any]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    model = train()
    expected = model.recommend(top=5).items
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: model.recommend(top=5).items, range(16)):
            assert (found == expected).all()


# ---- rankers -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def clicks() -> pd.DataFrame:
    generator = np.random.default_rng(5)
    count = 4000
    frame = pd.DataFrame(
        {
            "click": np.zeros(count, dtype=int),
            "price": generator.normal(size=count).round(3),
            "city": generator.choice(["Rome", "Oslo", 'a,"b"', None], count),
            "item": generator.integers(0, 50, count),
        }
    )
    logit = 1.5 * frame["price"] + np.where(frame["city"] == "Rome", 1.5, -0.5) + (frame["item"] % 5 - 2) * 0.7
    frame["click"] = (generator.random(count) < 1 / (1 + np.exp(-logit))).astype(int)
    return frame


@pytest.fixture
def ranker(tmp_path: Any, clicks: pd.DataFrame) -> Iterator[Any]:
    swiftrec.write_rows(clicks[:3000], tmp_path / "train.csv")
    swiftrec.write_rows(clicks[3000:], tmp_path / "test.csv")
    config = {
        "data": {"name": "table", "train": str(tmp_path / "train.csv"), "test": str(tmp_path / "test.csv")},
        "schema": {
            "columns": [
                {"name": "click", "kind": "label"},
                {"name": "price", "kind": "dense"},
                {"name": "city", "kind": "categorical"},
                {"name": "item", "kind": "categorical"},
            ]
        },
        "model": {"name": "deepfm", "dimension": 8},
        "train": {"epochs": 4, "batch": 128, "optimizer": {"name": "adam", "lr": 0.01}},
        "device": "cpu",
    }
    # pytest holds it beyond the test.
    with swiftrec.train(config, out=tmp_path / "run", progress=False) as ranker:
        yield ranker


def test_ranker(ranker: Any, clicks: pd.DataFrame, tmp_path: Any) -> None:
    assert isinstance(ranker, swiftrec.Ranker) and ranker.goals == ["click"]
    assert ranker.columns == ["price", "city", "item"]
    assert ranker.test is not None and ranker.test["auc"] > 0.75
    assert ranker.evaluate()["auc"] == pytest.approx(ranker.test["auc"])
    held = clicks[3000:]
    found = ranker.predict(held)
    assert found.shape == (1000, 1) and ((found > 0) & (found < 1)).all()
    assert np.allclose(found, ranker.predict(tmp_path / "test.csv"), atol=1e-6)
    # Without the label, in another order, and from a dictionary.
    assert (found == ranker.predict(held[["item", "city", "price"]])).all()
    assert (found == ranker.predict({name: list(held[name]) for name in ("price", "city", "item")})).all()
    order = np.argsort(found[:, 0])
    assert held["click"].to_numpy()[order[500:]].mean() > held["click"].to_numpy()[order[:500]].mean() + 0.2


def test_ranker_faults(ranker: Any, clicks: pd.DataFrame) -> None:
    with pytest.raises(swiftrec.DataError, match='no column "city"'):
        ranker.predict(clicks[["price", "item"]])
    with pytest.raises(swiftrec.DataError, match="price"):
        ranker.predict(clicks.assign(price="cheap")[:3])
    with pytest.raises(swiftrec.DataError, match="no such file"):
        ranker.predict("nowhere.csv")
    assert ranker.predict(clicks[:0]).shape == (0, 1)
    assert not hasattr(ranker, "recommend")
    with pytest.raises(swiftrec.ModelError, match="is the run of a ranker"):
        ranker.tensor("users")
