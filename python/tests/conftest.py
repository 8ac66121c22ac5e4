"""What the tests share: made-up data, and the check that every test gives back what it opened."""

from __future__ import annotations

import gc
import subprocess
import sys
from typing import Any, Callable, Dict, Iterator

import numpy as np
import pytest

import swiftrec


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write", action="store_true", help="keep the outputs of the notebooks that are run")


@pytest.fixture(autouse=True)
def handles_are_closed() -> Iterator[None]:
    """Every test ends with as many open objects as it began with."""
    gc.collect()
    before = swiftrec.live_handles()
    yield
    gc.collect()
    assert swiftrec.live_handles() == before


@pytest.fixture
def log() -> Dict[str, np.ndarray]:
    """200 users in 4 groups, each with 12 of the 20 items of their group; ids are no rows, times rise."""
    generator = np.random.default_rng(7)
    users, items = [], []
    for user in range(200):
        group = user % 4
        liked = generator.permutation(20)[:12] + 20 * group
        users += [1000 + user] * len(liked)
        items += list(500 + liked)
    order = generator.permutation(len(users))
    times = np.arange(len(users)) + 1_600_000_000
    return {
        "user": np.asarray(users)[order],
        "item": np.asarray(items)[order],
        "rating": generator.integers(1, 6, len(users)).astype(np.float32),
        "time": times,
    }


@pytest.fixture
def config() -> Dict[str, Any]:
    return {
        "model": {"name": "mf", "factors": 8},
        "train": {"epochs": 3, "batch": 256, "optimizer": {"name": "adam", "lr": 0.02}},
        "seed": 3,
        "threads": 1,
        "device": "cpu",
    }


@pytest.fixture
def train(tmp_path: Any, log: Dict[str, np.ndarray], config: Dict[str, Any]) -> Callable[..., Any]:
    """Trains the made-up log into a fresh folder."""

    def run(**further: Any) -> Any:
        data = swiftrec.Dataset.from_frame(log, rating="rating", timestamp="time")
        return swiftrec.train(config, data, out=tmp_path / "run", **{"progress": False, **further})

    return run


def python(code: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Runs code in a Python of its own."""
    import os

    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=120,
        check=False,
    )
