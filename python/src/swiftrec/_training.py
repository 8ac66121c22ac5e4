"""Training, from a configuration to a model that answers."""

from __future__ import annotations

import json
import os
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple, Union

from . import _native, _progress
from ._dataset import Dataset
from ._errors import ConfigurationError, SwiftRecError, TrainingInterrupted
from ._model import Ranker, Recommender, load
from ._progress import Event

Configuration = Union[str, "os.PathLike[str]", Mapping[str, Any]]
Overrides = Union[Mapping[str, Any], Sequence[str]]


def train(
    config: Configuration,
    data: Optional[Dataset] = None,
    *,
    out: "Optional[Union[str, os.PathLike[str]]]" = None,
    resume: bool = False,
    overrides: Optional[Overrides] = None,
    device: Optional[str] = None,
    threads: Optional[int] = None,
    seed: Optional[int] = None,
    progress: "Union[bool, Callable[[Event], None]]" = True,
) -> Union[Recommender, Ranker]:
    """Trains a model and returns it with its best weights.

    Args:
        config: the path of a YAML file, YAML text, or a dictionary of the same keys.
        data: interactions in memory; without them the configuration's ``data`` section names them.
        out: the run directory; without it the first free ``runs/<model>-<n>``.
        resume: whether a run that is there is to be continued from its last checkpoint.
        overrides: single keys: ``{"train.epochs": 5}`` or ``["train.epochs=5"]``.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
        threads: of one operator; all by default.
        seed: where all randomness comes from.
        progress: True draws a table; a function is told of every event; False is silent.

    Returns:
        a :class:`Recommender`, or a :class:`Ranker` where the configuration is a ranker's.

    Raises:
        ConfigurationError: every fault of the configuration, a line each.
        DataError: missing or faulty data.
        RunError: something is in ``out`` already, or it cannot be written.
        TrainingError: the loss is no number any more.
        EnvironmentError: a GPU that is not there, tables that do not fit into memory.
        TrainingInterrupted: Ctrl-C; the last step is saved, and ``resume=True`` goes on.
    """
    yaml, path = _source(config)
    pairs = _pairs(overrides)
    if data is not None:
        pairs.append(("data.name", "memory"))
    for key, value in (("device", device), ("threads", threads), ("seed", seed)):
        if value is not None:
            pairs.append((key, _text(value)))
    folder = os.fspath(out) if out is not None else _free_folder(config, path)
    texts = _native.overrides_list(pairs)
    handle = _native.Handle(
        _native.call_handle(
            "training_begin",
            _native.encoded(yaml),
            _native.encoded(path),
            *texts.arguments,
            0 if data is None else data._handle.number,
            _native.path_bytes(folder),
            resume,
        )
    )
    try:
        end = _follow(handle, _progress.reporter(progress))
    finally:
        handle.close()
    if end["ending"] == "interrupted":
        raise TrainingInterrupted(folder, end["step"])
    return load(folder, device=device or "auto", data=data, ending=end)


def _follow(handle: "_native.Handle", report: Callable[[Event], None]) -> Event:
    """Tells the events until the end, which a Ctrl-C brings nearer."""
    fault: Optional[BaseException] = None
    while True:
        try:
            # Python looks for signals between two calls; nothing waits longer than this.
            event: Optional[Event] = _native.call_json("training_next", handle.number, 100)
            if event is None:
                continue
            if fault is None:
                report(event)
            if event["event"] == "ended":
                break
        except KeyboardInterrupt:
            _native.call("training_stop", handle.number)
        except SwiftRecError:
            raise
        except BaseException as error:
            # The caller's own function failed: the training ends in good order, then the caller hears of it.
            fault = error
            _native.call("training_stop", handle.number)
    if fault is not None:
        raise fault
    return event


# ---- what is to be trained -------------------------------------------------------------------------------------------


def _source(config: Configuration) -> Tuple[Optional[str], Optional[str]]:
    """YAML text or a path."""
    if isinstance(config, Mapping):
        # JSON is YAML.
        return json.dumps(_plain(config)), None
    if isinstance(config, str) and ("\n" in config or config.lstrip().startswith("{") or ": " in config):
        return config, None
    return None, os.fspath(config)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if hasattr(value, "item"):  # a number of numpy
        return value.item()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return value


def _pairs(overrides: Optional[Overrides]) -> List[Tuple[str, str]]:
    if overrides is None:
        return []
    if isinstance(overrides, Mapping):
        return [(str(key), _text(value)) for key, value in overrides.items()]
    if isinstance(overrides, str):
        raise ConfigurationError(f"overrides: received text {overrides!r}; give a list or a dictionary")
    pairs = []
    for one in overrides:
        key, equals, value = one.partition("=")
        if not equals:
            raise ConfigurationError(f'overrides: received "{one}", expected key.key=value, as train.epochs=5')
        pairs.append((key, value))
    return pairs


def _text(value: Any) -> str:
    value = _plain(value)
    return value if isinstance(value, str) else json.dumps(value)


def _free_folder(config: Configuration, path: Optional[str]) -> str:
    """The first ``runs/<name>-<n>`` that is not there."""
    name = "model"
    if path is not None:
        name = os.path.splitext(os.path.basename(path))[0]
    elif isinstance(config, Mapping):
        model = config.get("model")
        found = model.get("name") if isinstance(model, Mapping) else model
        name = str(found) if found else name
    number = 1
    while os.path.exists(os.path.join("runs", f"{name}-{number}")):
        number += 1
    return os.path.join("runs", f"{name}-{number}")


Facts = Dict[str, Any]


def plan(config: Configuration, overrides: Optional[Overrides] = None) -> Facts:
    """What memory a configuration's embedding tables will take; takes none of it.

    Returns:
        ``tables`` with ``name``, ``rows``, ``dimension``, ``bytes`` and ``state_bytes`` (the optimiser's) each, the
        sums ``bytes``, ``state_bytes`` and ``total_bytes``, ``available_bytes`` of this machine, and ``fits``.

    Raises:
        ConfigurationError: every fault of the configuration.
    """
    yaml, path = _source(config)
    texts = _native.overrides_list(_pairs(overrides))
    found: Facts = _native.call_json("plan", _native.encoded(yaml), _native.encoded(path), *texts.arguments)
    return found
