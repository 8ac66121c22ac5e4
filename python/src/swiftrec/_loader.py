"""Finds PyTorch without importing it, and opens the engine's libraries beside it.

Importing torch takes seconds; its libraries alone take a third of one. A notebook that imports torch too, before or
after, gets the very same files: the process holds one LibTorch and one OpenMP runtime.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import platform
import re
import sys
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, List, NamedTuple, Optional, Tuple

LIBRARIES = Path(__file__).with_name("lib")
REQUIRED = "torch>=2.11,<2.16"


class Torch(NamedTuple):
    """The PyTorch that this Python finds."""

    folder: Path
    version: str
    #: CUDA's version, None for a CPU build.
    cuda: Optional[str]

    @property
    def release(self) -> str:
        """``2.13``"""
        return ".".join(self.version.split("+")[0].split(".")[:2])


class Bridge(NamedTuple):
    """A bridge over LibTorch that this wheel brings: `lib/torch-2.13-cpu`."""

    folder: Path
    release: str
    has_cuda: bool


def find_torch() -> Torch:
    """Where PyTorch is installed, and which one; nothing of it is imported.

    Raises:
        ImportError: there is none, or none whose version can be read.
    """
    spec = importlib.util.find_spec("torch")
    folders = list(spec.submodule_search_locations or []) if spec is not None else []
    if not folders:
        raise ImportError(
            f"swiftrec needs PyTorch, and {sys.executable} finds none; install it: pip install '{REQUIRED}'"
        )
    folder = Path(folders[0])
    try:
        text = (folder / "version.py").read_text(encoding="utf-8")
    except OSError as error:
        raise ImportError(
            f"{folder} holds no PyTorch that can be read ({error.strerror}); "
            f"install it anew: pip install --force-reinstall '{REQUIRED}'"
        ) from None
    version = re.search(r"^__version__\s*=\s*['\"]([^'\"]+)['\"]", text, re.MULTILINE)
    cuda = re.search(r"^cuda\b[^=]*=\s*['\"]([^'\"]+)['\"]", text, re.MULTILINE)
    if version is None or not (folder / "lib" / "libtorch_cpu.so").exists():
        raise ImportError(
            f"{folder} holds no PyTorch for Linux (no version, or no lib/libtorch_cpu.so); "
            f"install it anew: pip install --force-reinstall '{REQUIRED}'"
        )
    return Torch(folder, version.group(1), cuda.group(1) if cuda else None)


def bridges() -> List[Bridge]:
    """The bridges that this wheel brings, each built and tested against one release of PyTorch."""
    found = []
    for folder in sorted(LIBRARIES.glob("torch-*")):
        parts = folder.name.split("-")
        if len(parts) == 3:
            found.append(Bridge(folder, parts[1], parts[2] == "cuda"))
    return found


def choose(torch: Torch, available: List[Bridge]) -> Bridge:
    """The bridge for a PyTorch.

    Raises:
        ImportError: none was tested with this release, with the line that mends it.
    """
    fitting = [bridge for bridge in available if bridge.release == torch.release]
    if not fitting:
        tested = sorted({bridge.release for bridge in available}, key=lambda r: [int(part) for part in r.split(".")])
        if not tested:
            raise ImportError(f"{LIBRARIES} holds no library; install the wheel that `make wheel` writes")
        raise ImportError(
            f"PyTorch {torch.version} in {torch.folder} is not among those that this swiftrec was tested with "
            f"({', '.join(tested)}); install one: pip install 'torch=={tested[-1]}.*'"
        )
    exact = [bridge for bridge in fitting if bridge.has_cuda == (torch.cuda is not None)]
    if exact:
        return exact[0]
    # A bridge with CUDA needs libtorch_cuda; one without works in both, on the CPU.
    plain = [bridge for bridge in fitting if not bridge.has_cuda]
    if not plain:
        raise ImportError(
            f"this swiftrec was built for a CUDA build of PyTorch {torch.release}, and {torch.folder} is a CPU build; "
            "install a CUDA build of PyTorch, or a swiftrec that was built for the CPU"
        )
    warnings.warn(
        f"PyTorch {torch.version} can use GPUs and this swiftrec was built without CUDA: it trains on the CPU",
        RuntimeWarning,
        stacklevel=4,
    )
    return plain[0]


def check_platform() -> None:
    """Refuses a machine that the libraries were not built for.

    Raises:
        ImportError: another system, processor or C library.
    """
    system, machine = platform.system(), platform.machine()
    if system != "Linux" or machine not in ("x86_64", "AMD64"):
        raise ImportError(
            f"this swiftrec was built for Linux on x86-64, and this is {system} on {machine}; "
            "use a Linux container or machine"
        )
    if sys.maxsize <= 2**32:
        raise ImportError("this swiftrec needs a 64-bit Python; install one")


@contextmanager
def bounded_spinning() -> Iterator[None]:
    """Lets OpenMP's idle threads spin for half a millisecond, not ten: they would take the core from who works.

    libgomp reads the setting once, when it is loaded. What the user has set wins.
    """
    name = "GOMP_SPINCOUNT"
    if name in os.environ or "OMP_WAIT_POLICY" in os.environ:
        yield
        return
    os.environ[name] = "10000"
    try:
        yield
    finally:
        os.environ.pop(name, None)


def load() -> Tuple[Torch, ctypes.CDLL, ctypes.CDLL]:
    """Opens LibTorch, the bridge over it and the engine.

    Returns:
        the PyTorch that is used, the engine's library and the bridge.

    Raises:
        ImportError: the machine, PyTorch or a library does not fit; the text says what to do.
    """
    check_platform()
    torch = find_torch()
    bridge = choose(torch, bridges())
    folder = torch.folder / "lib"
    # With their full paths, so that no other LibTorch in the search path can come first; what follows finds them by name.
    names = [folder / "libc10.so", folder / "libtorch_cpu.so"]
    if bridge.has_cuda:
        names += [folder / "libc10_cuda.so", folder / "libtorch_cuda.so"]
    names += [bridge.folder / "libswiftrec_native.so", LIBRARIES / "libswiftrec_python.so"]
    opened: List[ctypes.CDLL] = []
    with bounded_spinning():
        for name in names:
            try:
                opened.append(ctypes.CDLL(str(name)))
            except OSError as error:
                raise ImportError(explain(str(error), torch)) from None
    return torch, opened[-1], opened[-2]


def explain(message: str, torch: Torch) -> str:
    """What the dynamic linker says, with what to do about it."""
    if "GLIBC" in message:
        return f"the C library here is older than swiftrec's ({message}); use Debian 12, Ubuntu 24.04 or newer"
    if "undefined symbol" in message:
        return (
            f"PyTorch {torch.version} in {torch.folder} is not the build that swiftrec was made for ({message}); "
            f"install PyPI's: pip install --force-reinstall 'torch=={torch.release}.*'"
        )
    return f"swiftrec's libraries can't be opened: {message}; install PyTorch and swiftrec anew"
