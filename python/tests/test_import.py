"""What happens when the package is imported: which PyTorch is taken, and what is said where none fits."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from conftest import python

import swiftrec
from swiftrec import _loader

MAPPED = """
import re
def mapped(name):
    lines = open("/proc/self/maps").read().split("\\n")
    return sorted({line.split()[-1] for line in lines if re.search(name + r"[^/]*\\.so", line.rpartition("/")[2])})
"""


def test_torch_is_not_imported() -> None:
    done = python("import sys, swiftrec; print('torch' in sys.modules)")
    assert done.stdout.strip() == "False", done.stderr


@pytest.mark.parametrize("order", ["import swiftrec, torch", "import torch, swiftrec"])
def test_one_libtorch_and_one_openmp(order: str) -> None:
    code = f"""
{order}
{MAPPED}
import json, os
x = torch.ones(64, 64) @ torch.ones(64, 64)
print(json.dumps([mapped("libtorch_cpu"), mapped("libc10"), mapped("libgomp"), torch.__file__]))
"""
    done = python(code)
    assert done.returncode == 0, done.stderr
    torch_cpu, c10, gomp, where = ast.literal_eval(done.stdout.strip().split("\n")[-1])
    assert len(torch_cpu) == 1 and torch_cpu[0].startswith(str(Path(where).resolve().parent))
    assert len([one for one in c10 if one.endswith("libc10.so")]) == 1
    assert len(gomp) == 1


def test_both_work_in_one_process() -> None:
    done = python(
        """
import tempfile, numpy as np, swiftrec, torch
users = np.repeat(np.arange(50), 8); items = (users * 7 + np.tile(np.arange(8), 50)) % 40
data = swiftrec.Dataset.from_arrays(users, items)
layer = torch.nn.Linear(8, 1)
config = {"model": {"name": "mf", "factors": 8}, "train": {"epochs": 1, "batch": 64}, "device": "cpu"}
with tempfile.TemporaryDirectory() as folder:
    model = swiftrec.train(config, data, out=folder + "/run", progress=False)
    loss = layer(torch.from_dlpack(model.users)).square().mean()
    loss.backward()
    print(bool(layer.weight.grad.isfinite().all()), torch.get_num_threads() == swiftrec.engine()["threads"])
"""
    )
    assert done.stdout.strip() == "True True", done.stderr


def test_no_torch_is_said() -> None:
    done = python("import importlib.util as u; u.find_spec = lambda name: None\nimport swiftrec")
    assert "ImportError: swiftrec needs PyTorch" in done.stderr
    assert "pip install 'torch>=2.11,<2.16'" in done.stderr


def fake_torch(folder: Path, version: str) -> str:
    (folder / "torch" / "lib").mkdir(parents=True)
    (folder / "torch" / "__init__.py").write_text("")
    (folder / "torch" / "version.py").write_text(f"__version__ = '{version}'\ncuda = None\n")
    (folder / "torch" / "lib" / "libtorch_cpu.so").write_text("")
    return str(folder)


@pytest.mark.parametrize("version", ["2.9.1", "2.16.0+cpu", "3.0.0"])
def test_an_untested_torch_is_refused(tmp_path: Path, version: str) -> None:
    done = python("import swiftrec", PYTHONPATH=fake_torch(tmp_path, version))
    assert done.returncode != 0
    assert f"PyTorch {version} in {tmp_path}/torch is not among those" in done.stderr
    tested = swiftrec.engine()["torch"].rpartition(".")[0]
    assert f"pip install 'torch=={tested}.*'" in done.stderr


def test_a_broken_torch_is_said(tmp_path: Path) -> None:
    folder = fake_torch(tmp_path, swiftrec.engine()["torch"])
    done = python("import swiftrec", PYTHONPATH=folder)
    assert "ImportError: swiftrec's libraries can't be opened" in done.stderr
    (tmp_path / "torch" / "version.py").unlink()
    done = python("import swiftrec", PYTHONPATH=folder)
    assert "holds no PyTorch that can be read" in done.stderr


def test_another_platform_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    monkeypatch.setattr("platform.machine", lambda: "arm64")
    with pytest.raises(ImportError, match="built for Linux on x86-64, and this is Darwin on arm64"):
        _loader.check_platform()


def torch_of(version: str, cuda: "str | None") -> _loader.Torch:
    return _loader.Torch(Path("/site/torch"), version, cuda)


def test_which_bridge_is_taken() -> None:
    cpu = _loader.Bridge(Path("/lib/torch-2.13-cpu"), "2.13", False)
    gpu = _loader.Bridge(Path("/lib/torch-2.13-cuda"), "2.13", True)
    older = _loader.Bridge(Path("/lib/torch-2.9-cpu"), "2.9", False)
    assert _loader.choose(torch_of("2.13.1+cpu", None), [older, cpu, gpu]) == cpu
    assert _loader.choose(torch_of("2.13.0+cu130", "13.0"), [older, cpu, gpu]) == gpu
    with pytest.warns(RuntimeWarning, match="was built without CUDA: it trains on the CPU"):
        assert _loader.choose(torch_of("2.13.0+cu130", "13.0"), [cpu]) == cpu
    with pytest.raises(ImportError, match="was built for a CUDA build of PyTorch 2.13"):
        _loader.choose(torch_of("2.13.0+cpu", None), [gpu])
    with pytest.raises(ImportError, match=r"tested with \(2.9, 2.13\); install one: pip install 'torch==2.13.\*'"):
        _loader.choose(torch_of("2.12.0", None), [cpu, older])


def test_what_the_linker_says_is_explained() -> None:
    torch = torch_of("2.13.0", None)
    assert "use Debian 12" in _loader.explain("version `GLIBC_2.38' not found", torch)
    assert "is not the build that swiftrec was made for" in _loader.explain("undefined symbol: _ZN2at", torch)


def test_sources_are_python_3_9() -> None:
    for path in Path(swiftrec.__file__).parent.glob("*.py"):
        ast.parse(path.read_text(), filename=str(path), feature_version=(3, 9))


def test_the_environment_is_left_alone() -> None:
    done = python("import os; before = dict(os.environ); import swiftrec; print(dict(os.environ) == before)")
    assert done.stdout.strip() == "True", done.stderr
