"""SwiftRec for notebooks: recommenders on LibTorch, trained without Python in the loop.

>>> import swiftrec
>>> data = swiftrec.Dataset.from_frame(frame, "user", "item", timestamp="when")            # doctest: +SKIP
>>> model = swiftrec.train({"model": {"name": "mf"}, "train": {"epochs": 5}}, data)         # doctest: +SKIP
>>> model.evaluate()["ndcg@10"]                                                             # doctest: +SKIP
>>> model.recommend([196, 42], top=10).frame()                                              # doctest: +SKIP

Importing it opens the libraries of the PyTorch that this Python finds, without importing torch. Every fault is an
exception of :class:`SwiftRecError` with the engine's own message.
"""

from __future__ import annotations

from typing import Any, Dict

from . import _native
from ._dataset import Dataset
from ._errors import (
    CallError,
    ConfigurationError,
    DataError,
    EngineError,
    EnvironmentError,
    ModelError,
    RunError,
    SwiftRecError,
    TrainingError,
    TrainingInterrupted,
    UnknownIdentifierError,
)
from ._history import Epoch, History, read_history
from ._model import Evaluation, Model, Ranker, Recommendations, Recommender, load
from ._native import live_handles, release_memory
from ._rows import write_rows
from ._tensor import Tensor
from ._training import plan, train
from ._version import __version__


def engine() -> Dict[str, Any]:
    """Which engine works here: versions of SwiftRec and PyTorch, where PyTorch stands, GPUs and threads."""
    facts: Dict[str, Any] = _native.call_json("engine")
    return {"swiftrec": __version__, **facts, "torch_folder": str(_native.torch.folder)}


def set_threads(count: int) -> None:
    """How many threads one operator takes; torch's own setting, which both share."""
    _native.call("set_threads", int(count))


def memory() -> Dict[str, int]:
    """What the engine holds: bytes of live tensors, bytes kept for reuse, open objects; and what the machine has left."""
    facts: Dict[str, int] = _native.call_json("memory")
    return facts


__all__ = [
    "CallError",
    "ConfigurationError",
    "DataError",
    "Dataset",
    "EngineError",
    "EnvironmentError",
    "Epoch",
    "Evaluation",
    "History",
    "Model",
    "ModelError",
    "Ranker",
    "Recommendations",
    "Recommender",
    "RunError",
    "SwiftRecError",
    "Tensor",
    "TrainingError",
    "TrainingInterrupted",
    "UnknownIdentifierError",
    "__version__",
    "engine",
    "live_handles",
    "load",
    "memory",
    "plan",
    "read_history",
    "release_memory",
    "set_threads",
    "train",
    "write_rows",
]
