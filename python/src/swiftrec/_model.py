"""Trained models that answer."""

from __future__ import annotations

import os
import tempfile
import warnings
from typing import TYPE_CHECKING, Any, Dict, List, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np
import numpy.typing as npt

from . import _native
from ._dataset import Dataset, Id, as_ids
from ._errors import DataError, ModelError, UnknownIdentifierError
from ._history import History, read_history
from ._native import address
from ._rows import write_rows
from ._tensor import Tensor

if TYPE_CHECKING:
    import pandas

_USERS, _ITEMS, _TITLES = 0, 1, 2


class Evaluation(NamedTuple):
    """What a model reaches on its test part."""

    metrics: Dict[str, float]
    #: Users, or rows.
    queries: int
    #: What was ranked among what, in a sentence.
    protocol: str
    seconds: float

    def __getitem__(self, name: Any) -> Any:
        """A metric by its name, such as ``ndcg@10``."""
        # By name: a NamedTuple's class is made anew, which `super()` can't follow.
        return self.metrics[name] if isinstance(name, str) else tuple.__getitem__(self, name)


class Recommendations(NamedTuple):
    """Lists of items, a row each for what was asked for. Places that cannot be filled hold no item and -infinity."""

    #: The users or items that were asked for, ``[N]``.
    queries: "npt.NDArray[Any]"
    #: ``[N, K]`` ids, best first.
    items: "npt.NDArray[Any]"
    #: ``[N, K]``; of users logits, of similar items cosines.
    scores: "npt.NDArray[np.float32]"
    #: ``[N, K]`` titles, the ids where there are none.
    titles: "npt.NDArray[np.str_]"

    def frame(self) -> "pandas.DataFrame":
        """A row an item: query, rank, item, title, score. Needs pandas."""
        import pandas

        count, places = self.items.shape
        frame = pandas.DataFrame(
            {
                "query": np.repeat(self.queries, places),
                "rank": np.tile(np.arange(1, places + 1), count),
                "item": self.items.reshape(-1),
                "title": self.titles.reshape(-1),
                "score": self.scores.reshape(-1),
            }
        )
        return frame[np.isfinite(frame["score"])].reset_index(drop=True)


class Model:
    """A trained run: what is common to recommenders and rankers."""

    def __init__(self, handle: int, facts: Dict[str, Any], data: Optional[Dataset], ending: Optional[Dict[str, Any]]):
        self._handle = _native.Handle(handle)
        self._facts = facts
        self._data = data
        self._ending = ending

    @property
    def name(self) -> str:
        """The model's name in configurations: ``neumf``."""
        return str(self._facts["model"])

    @property
    def run(self) -> str:
        """The run directory: configuration, metrics, checkpoints."""
        return str(self._facts["run"])

    @property
    def device(self) -> str:
        return str(self._facts["device"])

    @property
    def configuration(self) -> str:
        """As YAML, with every default written out."""
        return str(self._facts["configuration"])

    @property
    def history(self) -> History:
        """How the training went."""
        return read_history(self.run)

    @property
    def tensors(self) -> Dict[str, Tuple[Tuple[int, ...], str]]:
        """The shape and type of each parameter and table, by its name in the checkpoint."""
        return {one["name"]: (tuple(one["shape"]), one["dtype"]) for one in self._facts["tensors"]}

    @property
    def parameter_count(self) -> int:
        """Trained numbers, those of tables included."""
        return sum(int(np.prod(shape, dtype=np.int64)) for shape, _ in self.tensors.values())

    def tensor(self, name: str) -> Tensor:
        """A parameter or table, without a copy: what is written into it, the model sees.

        Raises:
            UnknownIdentifierError: no tensor of that name.
        """
        return Tensor(_native.call_handle("model_tensor", self._handle.number, _native.encoded(name)))

    def evaluate(self, data: Optional[Dataset] = None) -> Evaluation:
        """Measures the best weights on the test part of the data.

        Args:
            data: the data that the run was trained on, where they stood in memory; not needed right after ``train``.

        Raises:
            DataError: the data are not there.
            RunError: other data than the run was trained on.
        """
        data = data or self._data
        found = _native.call_json(
            "model_evaluate", self._handle.number, 0 if data is None else data._handle.number
        )
        metrics = {name: float("nan") if value is None else value for name, value in found["metrics"].items()}
        return Evaluation(metrics, found["queries"], found["protocol"], found["seconds"])

    def close(self) -> None:
        """Gives the memory back; arrays made of the model's tensors live on."""
        self._handle.close()

    def __enter__(self) -> "Model":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"swiftrec.{type(self).__name__}({self.name!r}, run={self.run!r}, device={self.device!r})"


class Recommender(Model):
    """A model that knows users and items."""

    def __init__(self, handle: int, facts: Dict[str, Any], data: Optional[Dataset], ending: Optional[Dict[str, Any]]):
        super().__init__(handle, facts, data, ending)
        self._texts: Dict[int, List[str]] = {}

    def __enter__(self) -> "Recommender":
        return self

    @property
    def user_ids(self) -> "npt.NDArray[Any]":
        """In the order of the rows of ``users``."""
        return as_ids(self._list(_USERS))

    @property
    def item_ids(self) -> "npt.NDArray[Any]":
        """In the order of the rows of ``items``."""
        return as_ids(self._list(_ITEMS))

    @property
    def titles(self) -> List[str]:
        """Of the items, in the order of their rows; their ids where they have none."""
        return self._list(_TITLES)

    def recommend(self, users: "Union[Id, Sequence[Id], npt.NDArray[Any], None]" = None, top: int = 10) -> Recommendations:
        """The best items for users, those left out that a user is known to have taken.

        Args:
            users: ids as they stand in the data; all users by default.
            top: how many items, at most all.

        Raises:
            UnknownIdentifierError: a user that the run was not trained on.
        """
        rows, asked = self._asked(users, _USERS)
        return self._lists("model_recommend", rows, asked, min(_whole(top, "top"), len(self._list(_ITEMS))))

    def similar(self, items: "Union[Id, Sequence[Id], npt.NDArray[Any], None]" = None, top: int = 10) -> Recommendations:
        """The items whose vectors point the same way as an item's, by cosine.

        Raises:
            UnknownIdentifierError: an item that the run was not trained on.
            ModelError: a model without item vectors.
        """
        rows, asked = self._asked(items, _ITEMS)
        return self._lists("model_similar", rows, asked, min(_whole(top, "top"), len(self._list(_ITEMS)) - 1))

    def scores(
        self, users: "Union[Sequence[Id], npt.NDArray[Any]]", items: "Union[Sequence[Id], npt.NDArray[Any]]"
    ) -> "npt.NDArray[np.float32]":
        """A logit for each pair ``(users[n], items[n])``; larger is better.

        Raises:
            UnknownIdentifierError: a user or an item that the run was not trained on.
        """
        user_rows, item_rows = self._asked(users, _USERS)[0], self._asked(items, _ITEMS)[0]
        if len(user_rows) != len(item_rows):
            raise DataError(f"received {len(user_rows)} users and {len(item_rows)} items, expected pairs")
        out = np.empty(len(user_rows), dtype=np.float32)
        _native.call(
            "model_scores", self._handle.number, address(user_rows), address(item_rows), len(user_rows), address(out)
        )
        return out

    @property
    def users(self) -> Tensor:
        """The vectors that ask, ``[users, dimension]``, computed at each call; the table behind them is ``tensor(name)``."""
        return self.tensor("users")

    @property
    def items(self) -> Tensor:
        """The vectors that are found, ``[items, dimension]``.

        Where the model keeps a table of them (mf, gmf, sequence) this is the table itself; others compute it.
        """
        return self.tensor("items")

    # ---- ids and rows ----------------------------------------------------------------------------------------------

    def _asked(self, ids: Any, which: int) -> "Tuple[npt.NDArray[np.int32], npt.NDArray[Any]]":
        if ids is None:
            tokens = self._list(which)
            return np.arange(len(tokens), dtype=np.int32), as_ids(tokens)
        if isinstance(ids, (str, int, np.integer)):
            ids = [ids]
        asked = np.asarray(ids)
        if asked.ndim != 1:
            raise DataError(f"received ids of shape {asked.shape}, expected one id or a list of them")
        texts = [str(one) for one in asked.tolist()]
        packed = _native.Texts(texts)
        rows = np.empty(len(texts), dtype=np.int32)
        _native.call("model_rows", self._handle.number, which, *packed.arguments, address(rows))
        unknown = np.flatnonzero(rows < 0)
        if len(unknown):
            kind = "user" if which == _USERS else "item"
            raise UnknownIdentifierError(
                f'{kind} "{texts[int(unknown[0])]}" at place {int(unknown[0])} is not in the vocabulary of {self.run}; '
                f"give {kind}s that the run was trained on, as in model.{kind}_ids"
            )
        return rows, asked

    def _lists(self, name: str, rows: "npt.NDArray[np.int32]", asked: "npt.NDArray[Any]", top: int) -> Recommendations:
        if top < 1:
            raise ModelError(f"{self.run} knows one item, and none is like it")
        items = np.empty((len(rows), top), dtype=np.int32)
        scores = np.empty((len(rows), top), dtype=np.float32)
        _native.call(name, self._handle.number, address(rows), len(rows), top, address(items), address(scores))
        ids, titles = self.item_ids, np.asarray(self.titles, dtype=str)
        found, known = ids[items], titles[items]
        empty = items < 0
        if empty.any():
            known[empty] = ""
            found[empty] = -1 if found.dtype.kind == "i" else ""
        return Recommendations(asked, found, scores, known)

    def _list(self, which: int) -> List[str]:
        if which not in self._texts:
            self._texts[which] = _native.call_json("model_texts", self._handle.number, which)
        return self._texts[which]


class Ranker(Model):
    """A model of click logs: probabilities for rows of features."""

    def __enter__(self) -> "Ranker":
        return self

    @property
    def goals(self) -> List[str]:
        """What is predicted, in the order of the probabilities."""
        return list(self._facts["goals"])

    @property
    def columns(self) -> List[str]:
        """What a row must have, the goals not counted."""
        return [one["name"] for one in self._facts["columns"] if not one["is_label"]]

    @property
    def test(self) -> Optional[Evaluation]:
        """What the training found on the test rows; None for a run that was loaded, see ``evaluate``."""
        found = (self._ending or {}).get("test")
        if not found:
            return None
        return Evaluation(found["metrics"], found["queries"], found["protocol"], found["seconds"])

    def predict(self, rows: Any) -> "npt.NDArray[np.float32]":
        """The probability of each goal for each row, ``[rows, goals]``.

        Args:
            rows: a pandas or polars frame, an Arrow table or a dictionary of columns by name; or the path of a file in
                the format of the run's data.

        Raises:
            DataError: a column that is missing, or a value that the model cannot read, with its line and column.
        """
        if isinstance(rows, (str, os.PathLike)):
            return Tensor(
                _native.call_handle("model_predict", self._handle.number, _native.path_bytes(rows), None)
            ).numpy()
        # The engine reads files; its parser takes millions of fields a second.
        with tempfile.TemporaryDirectory(prefix="swiftrec-") as folder:
            path = os.path.join(folder, "rows.csv")
            labels = [one["name"] for one in self._facts["columns"] if one["is_label"]]
            if write_rows(rows, path, columns=self.columns, blank=labels) == 0:
                return np.empty((0, len(self.goals)), dtype=np.float32)
            return Tensor(
                _native.call_handle("model_predict", self._handle.number, _native.path_bytes(path), b",")
            ).numpy()


def load(
    run: "Union[str, os.PathLike[str]]",
    *,
    device: str = "auto",
    data: Optional[Dataset] = None,
    ending: Optional[Dict[str, Any]] = None,
) -> Union[Recommender, Ranker]:
    """Opens a run that was trained before, here or with ``swiftrec train``.

    Args:
        run: the run directory.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
        data: for ``evaluate``, where the run was trained on data in memory.
        ending: how a training ended; ``train`` fills it in.

    Raises:
        RunError: no run, or one with a file that is missing or damaged.
    """
    handle = _native.call_handle("model_open", _native.path_bytes(run), _native.encoded(device))
    try:
        facts = _native.call_json("model_describe", handle)
    except BaseException:
        _native.call("handle_free", handle)
        raise
    if facts["note"]:
        warnings.warn(facts["note"], RuntimeWarning, stacklevel=2)
    kind = Recommender if facts["kind"] == "recommender" else Ranker
    return kind(handle, facts, data, ending)


def _whole(value: Any, name: str) -> int:
    number = int(value)
    if number < 1 or number != value:
        raise ModelError(f"{name}: received {value}, expected a whole number above 0")
    return number
