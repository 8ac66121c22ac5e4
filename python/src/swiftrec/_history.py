"""How a training went, epoch by epoch."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, NamedTuple, Union

from ._errors import RunError

if TYPE_CHECKING:
    import pandas


class Epoch(NamedTuple):
    """One epoch that is over."""

    #: From 1.
    epoch: int
    step: int
    #: Mean over the epoch's batches.
    loss: float
    learning_rate: float
    seconds: float
    samples_per_second: float
    #: By name, such as ``ndcg@10``; empty where the epoch was not validated.
    validation: Dict[str, float]
    #: Whether its weights were the best so far.
    is_best: bool


class History(List[Epoch]):
    """The epochs of a run, with its steps: ``history.steps`` is a list of dictionaries."""

    steps: List[Dict[str, Any]]

    def __init__(self, epochs: "List[Epoch]", steps: "List[Dict[str, Any]]") -> None:
        super().__init__(epochs)
        self.steps = steps

    @property
    def best(self) -> Epoch:
        """The epoch whose weights answer.

        Raises:
            RunError: no epoch is over yet.
        """
        for epoch in reversed(self):
            if epoch.is_best:
                return epoch
        if not self:
            raise RunError("the run has no epoch yet; train it further with resume=True")
        return self[-1]

    def values(self, name: str) -> "List[float]":
        """A metric of the validation by epoch; NaN where an epoch has none."""
        return [epoch.validation.get(name, float("nan")) for epoch in self]

    def frame(self) -> "pandas.DataFrame":
        """A row an epoch. Needs pandas."""
        import pandas

        return pandas.DataFrame(list(self._rows())).set_index("epoch")

    def _rows(self) -> Iterator[Dict[str, Any]]:
        for epoch in self:
            row = epoch._asdict()
            row.update(row.pop("validation"))
            yield row


def read_history(run: "Union[str, os.PathLike[str]]") -> History:
    """What a run has written into its ``metrics.jsonl``; works while it is still training.

    Raises:
        RunError: no such file, or lines that are no JSON.
    """
    path = os.path.join(os.fspath(run), "metrics.jsonl")
    epochs: List[Epoch] = []
    steps: List[Dict[str, Any]] = []
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().split("\n")
    except OSError as error:
        raise RunError(f"{path}: it can't be read ({error.strerror}); give the folder of a run") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except ValueError:
            if number == len(lines):  # a line that is just being written
                break
            raise RunError(f"{path}:{number}: received a line that is no JSON; restore the file") from None
        if entry.get("kind") == "step":
            steps.append(entry)
        elif entry.get("kind") == "epoch":
            epochs.append(
                Epoch(
                    entry["epoch"], entry["step"], entry["loss"], entry["lr"], entry["seconds"],
                    entry["samples_per_second"], entry.get("validation", {}), entry.get("is_best", False),
                )
            )  # fmt: skip
    return History(epochs, steps)
