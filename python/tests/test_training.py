"""Training from Python: results, progress, stops, faults."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Callable, Dict, List

import numpy as np
import pytest

import swiftrec


def test_it_learns_the_groups(train: Callable[..., Any], log: Dict[str, np.ndarray]) -> None:
    model = train(overrides={"train.epochs": 12})
    found = model.evaluate()
    # A user's last item among all unseen ones; the 20 items of the group are one in four.
    assert found["hr@10"] > 0.8 and found.queries == 200
    best = model.recommend(1001, top=5)
    assert best.items.shape == (1, 5) and (np.diff(best.scores[0]) <= 0).all()
    taken = set(log["item"][log["user"] == 1001].tolist())
    # The test item may be among them; what was known in training never is.
    assert len(taken & set(best.items[0].tolist())) <= 1
    assert ((best.items[0] - 500) // 20 == 1).all()


def test_the_same_seed_gives_the_same_bits(
    tmp_path: Path, log: Dict[str, np.ndarray], config: Dict[str, Any]
) -> None:
    data = swiftrec.Dataset.from_frame(log, timestamp="time")
    models = [swiftrec.train(config, data, out=tmp_path / name, progress=False) for name in "ab"]
    for name in models[0].tensors:
        assert (models[0].tensor(name).numpy() == models[1].tensor(name).numpy()).all()


def test_events(train: Callable[..., Any]) -> None:
    events: List[Dict[str, Any]] = []
    model = train(progress=events.append)
    kinds = [event["event"] for event in events]
    assert kinds[0] == "memory" and kinds[-1] == "ended" and kinds.index("began") < kinds.index("epoch")
    epochs = [event for event in events if event["event"] == "epoch"]
    assert [one["epoch"] for one in epochs] == [1, 2, 3]
    assert epochs[-1]["loss"] < epochs[0]["loss"] and "ndcg@10" in epochs[0]["validation"]
    assert [(one.epoch, one.loss) for one in model.history] == [(one["epoch"], one["loss"]) for one in epochs]
    assert model.history.best.is_best and len(model.history.values("ndcg@10")) == 3
    assert list(model.history.frame().index) == [1, 2, 3]


def test_progress_is_written(train: Callable[..., Any], capsys: pytest.CaptureFixture[str]) -> None:
    train(progress=False)
    assert capsys.readouterr().err == ""


def test_the_display(capsys: pytest.CaptureFixture[str]) -> None:
    from swiftrec._progress import Display

    display = Display()
    display({"event": "began", "model": "mf", "device": "cpu", "parameters": 1234, "rows": 10})
    display(
        {
            "event": "progress", "epoch": 1, "epochs": 2, "batch": 3, "batches_per_epoch": None, "loss": 0.5,
            "samples_per_second": 1e6, "seconds_left": None,
        }
    )  # fmt: skip
    display(
        {
            "event": "epoch", "epoch": 1, "loss": 0.5, "samples_per_second": 1e6, "validation": {"ndcg@10": 0.25, "x": None},
            "metric": "ndcg@10", "is_best": True,
        }
    )  # fmt: skip
    display({"event": "ended", "ending": "finished", "step": 3})
    assert "mf on cpu: 1,234 weights, 10 rows" in display.text and "0.2500" in display.text
    assert "<td>0.2500</td>" in display.html and "finished after 3 steps" in display.text
    assert "epoch 1  loss 0.5000  ndcg@10 0.2500" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"train.epoch": 3}, "train.epoch"),
        ({"model.factors": -1, "train.batch": "many"}, "model.factors"),
        ({"model.name": "neumff"}, "neumf"),
        ({"device": "gpu"}, "auto, cpu, cuda or cuda:N"),
    ],
)
def test_configuration_faults(train: Callable[..., Any], tmp_path: Path, change: Dict[str, Any], message: str) -> None:
    with pytest.raises(swiftrec.ConfigurationError, match=message) as fault:
        train(overrides=change)
    assert not (tmp_path / "run").exists()
    if len(change) > 1:
        assert len(str(fault.value).split("\n")) == len(change)


def test_other_faults(train: Callable[..., Any], tmp_path: Path, config: Dict[str, Any]) -> None:
    with pytest.raises(swiftrec.ConfigurationError, match="no file that can be read"):
        swiftrec.train(tmp_path / "nowhere.yaml")
    with pytest.raises(swiftrec.ConfigurationError, match="expected key.key=value"):
        train(overrides=["train.epochs"])
    with pytest.raises(swiftrec.DataError, match="stood in the memory of the program"):
        swiftrec.train({**config, "data": {"name": "memory"}}, out=tmp_path / "x", progress=False)
    with pytest.raises(swiftrec.EnvironmentError, match="no usable GPU"):
        train(overrides={"device": "cuda:7"})
    with pytest.raises(swiftrec.TrainingError, match="the loss is"):
        train(overrides={"train.optimizer": {"name": "sgd", "lr": 1e30}, "train.loss": "mse"})
    (tmp_path / "run").mkdir(exist_ok=True)
    (tmp_path / "run" / "thing").write_text("")
    with pytest.raises(swiftrec.RunError, match="something is there already"):
        train()
    with pytest.raises(swiftrec.RunError, match="no such folder"):
        swiftrec.load(tmp_path / "nowhere")


def test_a_folder_that_cannot_be_written(config: Dict[str, Any], log: Dict[str, np.ndarray]) -> None:
    data = swiftrec.Dataset.from_frame(log)
    with pytest.raises(swiftrec.RunError, match="the folder cannot be made"):
        swiftrec.train(config, data, out="/proc/swiftrec", progress=False)


def test_a_fault_in_the_callers_function_ends_the_training(train: Callable[..., Any], tmp_path: Path) -> None:
    def fail(event: Dict[str, Any]) -> None:
        if event["event"] == "epoch":
            raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        train(progress=fail, overrides={"train.epochs": 500})
    assert swiftrec.load(tmp_path / "run").history


INTERRUPTED = """
import json, sys
import numpy as np
import swiftrec
folder, resume = sys.argv[1], sys.argv[2] == "resume"
users = np.repeat(np.arange(2000), 20)
items = (users * 31 + np.tile(np.arange(20), 2000) * 7) % 500
data = swiftrec.Dataset.from_arrays(users, items)
config = {"model": {"name": "mf", "factors": 16}, "train": {"epochs": 6, "batch": 128}, "device": "cpu", "threads": 1}
def report(event):
    if event["event"] == "progress":
        print("step", event["step"], flush=True)
try:
    model = swiftrec.train(config, data, out=folder, resume=resume, progress=report)
except KeyboardInterrupt as stop:
    print(json.dumps([type(stop).__name__, stop.run, stop.step, str(stop), swiftrec.live_handles()]), flush=True)
else:
    print(json.dumps([float(np.abs(model.tensor(name).numpy()).sum()) for name in sorted(model.tensors)]), flush=True)
"""


def sitting(folder: Path, resume: str = "", stops: bool = False) -> Any:
    """One Python that trains; Ctrl-C after its first step, where it is asked for."""
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(folder), resume], stdout=subprocess.PIPE, text=True, env={**os.environ}
    )
    assert process.stdout is not None
    if stops:
        assert process.stdout.readline().startswith("step ")
        process.send_signal(signal.SIGINT)
    out = process.communicate(timeout=120)[0]
    assert process.returncode == 0
    return json.loads(out.strip().split("\n")[-1])


def test_ctrl_c_saves_and_resuming_ends_as_if_it_had_not_come(tmp_path: Path) -> None:
    name, run, step, text, handles = sitting(tmp_path / "stopped", stops=True)
    assert name == "TrainingInterrupted" and run == str(tmp_path / "stopped") and step > 0
    assert f'continue with train(..., out="{run}", resume=True)' in text
    # The data set is still open, and nothing else.
    assert handles == 1
    state = json.loads((tmp_path / "stopped" / "state.json").read_text())
    assert state["step"] == step and not state["isFinished"]
    assert sitting(tmp_path / "stopped", "resume") == sitting(tmp_path / "whole")


def test_ctrl_c_in_this_process(train: Callable[..., Any], tmp_path: Path) -> None:
    def stop(event: Dict[str, Any]) -> None:
        if event["event"] == "epoch":
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.05)

    with pytest.raises(swiftrec.TrainingInterrupted) as stopped:
        train(progress=stop, overrides={"train.epochs": 500})
    assert stopped.value.run == str(tmp_path / "run")
    assert isinstance(stopped.value, KeyboardInterrupt)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_resuming_with_other_data_is_refused(
    train: Callable[..., Any], tmp_path: Path, log: Dict[str, np.ndarray], config: Dict[str, Any]
) -> None:
    train()
    other = swiftrec.Dataset.from_arrays(log["user"] + 5000, log["item"])
    with pytest.raises(swiftrec.RunError, match="other users or items"):
        swiftrec.train(config, other, out=tmp_path / "run", resume=True, overrides={"train.epochs": 9}, progress=False)
    with pytest.raises(swiftrec.RunError, match="other users or items"):
        swiftrec.load(tmp_path / "run").evaluate(other)
    with pytest.raises(swiftrec.DataError, match="stood in the memory of the program"):
        swiftrec.load(tmp_path / "run").evaluate()


def test_runs_are_numbered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: Dict[str, np.ndarray], config: Dict[str, Any]
) -> None:
    monkeypatch.chdir(tmp_path)
    data = swiftrec.Dataset.from_frame(log)
    names = [swiftrec.train(config, data, progress=False, overrides={"train.epochs": 1}).run for _ in range(2)]
    assert names == ["runs/mf-1", "runs/mf-2"]


def test_yaml_text_and_a_file_are_one(tmp_path: Path, log: Dict[str, np.ndarray]) -> None:
    text = "data: memory\nmodel: {name: popularity}\nseed: 1\n"
    (tmp_path / "popularity.yaml").write_text(text)
    data = swiftrec.Dataset.from_frame(log)
    one = swiftrec.train(text, data, out=tmp_path / "a", progress=False)
    other = swiftrec.train(tmp_path / "popularity.yaml", data, out=tmp_path / "b", progress=False)
    assert one.configuration == other.configuration
    assert (one.recommend(top=3).items == other.recommend(top=3).items).all()


def test_the_program_opens_the_same_run(train: Callable[..., Any], tmp_path: Path) -> None:
    model = train()
    again = swiftrec.load(tmp_path / "run", device="cpu")
    assert (model.recommend(top=4).items == again.recommend(top=4).items).all()
    assert again.name == "mf" and "factors: 8" in again.configuration


def test_plan() -> None:
    tables = {
        "embeddings": {
            "dim": 16,
            "optimizer": "sgd",
            "tables": [{"name": "user", "rows": 1_000_000}, {"name": "item", "rows": 10}],
        }
    }
    found = swiftrec.plan(tables)
    assert found["rows"] == 1_000_010 and found["bytes"] == 1_000_010 * 16 * 4
    assert found["state_bytes"] == 0 and found["fits"] and [one["name"] for one in found["tables"]] == ["user", "item"]
    assert swiftrec.plan(tables, {"embeddings.optimizer": "adam"})["state_bytes"] == 2 * found["bytes"]
    assert not swiftrec.plan(tables, ["embeddings.dim=4096", "embeddings.tables=[{name: a, rows: 1000000000}]"])["fits"]
    with pytest.raises(swiftrec.ConfigurationError, match="embeddings.dim"):
        swiftrec.plan(tables, {"embeddings.dim": 0})
