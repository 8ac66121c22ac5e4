"""The notebooks run from top to bottom; their own last cells hold the assertions on their metrics.

`pytest test_notebooks.py --write` keeps what they print and plot, for the copies that are committed.
"""

from __future__ import annotations

import getpass
import json
import os
import re
import shutil
import socket
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

import swiftrec

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def needs(notebook: Any) -> "str | None":
    """The data set that the notebook's metadata ask for."""
    found: "str | None" = notebook.metadata.get("swiftrec", {}).get("data")
    return found


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook(path: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    notebook = nbformat.read(path, as_version=4)
    data = needs(notebook)
    if data is not None:
        try:
            swiftrec.Dataset.load(data)
        except swiftrec.DataError as fault:
            pytest.skip(f"{data} is not here: {fault}")
    # What a notebook reads beside itself, and nothing that it writes.
    shutil.copytree(FOLDER.parent / "configs", tmp_path / "configs")
    work = tmp_path / "notebooks"
    work.mkdir()
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(work)}}).execute()
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert "assert" in cells[-1].source, "the last cell asserts what the notebook claims"
    assert any("image/png" in output.get("data", {}) for cell in cells for output in cell.outputs), "there is a plot"
    if request.config.getoption("--write"):
        for cell in notebook.cells:
            cell.metadata.pop("execution", None)
        # Nothing of the machine that ran it.
        notebook.metadata.get("language_info", {}).pop("version", None)
        nbformat.write(notebook, path)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_committed_outputs(path: Path) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(cell["execution_count"] for cell in cells), f"{path.name} is committed with its outputs: make notebooks"
    outputs = json.dumps([cell["outputs"] for cell in cells])
    places = [str(Path.home()), os.getcwd(), str(FOLDER.parent), socket.gethostname(), f"/{getpass.getuser()}/"]
    for place in places + ["/tmp/", "/home/", "site-packages"]:
        assert place not in outputs or len(place) < 4, f"{path.name} shows {place}"
    assert not re.search(r'"output_type": "error"', outputs)
    assert path.stat().st_size < 400_000
