"""In a notebook's kernel: the table that grows, and the stop button."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Iterator, List

import pytest
from jupyter_client.manager import start_new_kernel

TRAIN = """
import numpy as np, swiftrec
users = np.repeat(np.arange(2000), 20)
data = swiftrec.Dataset.from_arrays(users, (users * 31 + np.tile(np.arange(20), 2000) * 7) %% 500)
config = {"model": {"name": "mf", "factors": 16}, "train": {"epochs": %d, "batch": 128}, "device": "cpu"}
model = swiftrec.train(config, data, out="run", resume=%s)
"""


class Kernel:
    def __init__(self, folder: Path) -> None:
        self.manager, self.client = start_new_kernel(kernel_name="python3", cwd=str(folder))

    def run(self, code: str, stops: bool = False) -> List[Dict[str, Any]]:
        """What a cell puts out; the stop button comes with its first progress."""
        self.client.execute(code)
        found = []
        while True:
            message = self.client.get_iopub_msg(timeout=120)
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                return found
            found.append({"kind": kind, **content})
            if stops and kind == "update_display_data" and "samples/s" in content["data"]["text/plain"]:
                stops = False
                self.manager.interrupt_kernel()


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Kernel]:
    kernel = Kernel(tmp_path)
    yield kernel
    kernel.client.stop_channels()
    kernel.manager.shutdown_kernel(now=True)


def test_the_stop_button_and_going_on(kernel: Kernel) -> None:
    stopped = kernel.run(TRAIN % (2000, False), stops=True)
    errors = [one for one in stopped if one["kind"] == "error"]
    assert [one["ename"] for one in errors] == ["TrainingInterrupted"]
    assert 'continue with train(..., out="run", resume=True)' in errors[0]["evalue"]
    # The kernel lives, and the run goes on.
    shown = kernel.run("import json; print(json.load(open('run/state.json'))['step'] > 0)")
    assert "True\n" in [one.get("text") for one in shown]
    done = kernel.run("print(swiftrec.read_history('run'), swiftrec.live_handles())")
    assert not [one for one in done if one["kind"] == "error"]


def test_the_table_grows(kernel: Kernel) -> None:
    shown = kernel.run(TRAIN % (2, False))
    tables = [one["data"] for one in shown if one["kind"] == "update_display_data"]
    assert "<table>" in tables[-1]["text/html"] and tables[-1]["text/plain"].count("\n") == 4
    assert "finished after" in tables[-1]["text/plain"]
