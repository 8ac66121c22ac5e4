"""Packs src/swiftrec and the libraries that `make wheel` put into build/lib into a wheel: a zip file with a list of what is in it.

A build backend in the sense of PEP 517, without dependencies. The wheel fits every Python 3 on Linux x86-64, since ctypes
opens the libraries. The same inputs give the same bytes.
"""

import base64
import hashlib
import re
import zipfile
from pathlib import Path

import tomllib

ROOT = Path(__file__).resolve().parent.parent
LIBRARIES = ROOT / "build" / "lib"
TAG = "py3-none-linux_x86_64"
# Zip files know no earlier day.
DAY = (1980, 1, 1, 0, 0, 0)


def version():
    text = (ROOT.parent / "Sources" / "Environment" / "Release.swift").read_text(encoding="utf-8")
    return re.search(r'version = "([^"]+)"', text).group(1)


def metadata():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [
        "Metadata-Version: 2.4",
        f"Name: {project['name']}",
        f"Version: {version()}",
        f"Summary: {project['description']}",
        f"License-Expression: {project['license']}",
        f"Requires-Python: {project['requires-python']}",
    ]
    lines += [f"Classifier: {one}" for one in project["classifiers"]]
    lines += [f"Requires-Dist: {one}" for one in project["dependencies"]]
    lines += ["License-File: LICENSE", "License-File: NOTICE", "Description-Content-Type: text/markdown", ""]
    return "\n".join(lines) + "\n" + (ROOT / "README.md").read_text(encoding="utf-8")


def contents():
    """Name in the wheel and bytes, of everything but the list itself."""
    source = ROOT / "src" / "swiftrec"
    for path in sorted(source.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield f"swiftrec/{path.relative_to(source).as_posix()}", path.read_bytes()
    yield "swiftrec/_version.py", f'"""Written by the build."""\n\n__version__ = "{version()}"\n'.encode()
    found = sorted(path for path in LIBRARIES.rglob("*.so"))
    if not any(path.name == "libswiftrec_python.so" for path in found):
        raise SystemExit(f"error: {LIBRARIES} holds no libswiftrec_python.so\n  remedy: make wheel")
    for path in found:
        yield f"swiftrec/lib/{path.relative_to(LIBRARIES).as_posix()}", path.read_bytes()
    information = f"swiftrec-{version()}.dist-info"
    yield f"{information}/METADATA", metadata().encode()
    yield f"{information}/WHEEL", f"Wheel-Version: 1.0\nGenerator: swiftrec_build\nRoot-Is-Purelib: false\nTag: {TAG}\n".encode()
    for name in ("LICENSE", "NOTICE"):
        yield f"{information}/licenses/{name}", (ROOT.parent / name).read_bytes()


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name = f"swiftrec-{version()}-{TAG}.whl"
    record = f"swiftrec-{version()}.dist-info/RECORD"
    lines = []
    with zipfile.ZipFile(Path(wheel_directory) / name, "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, data in contents():
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            lines.append(f"{path},sha256={digest},{len(data)}")
            write(wheel, path, data)
        write(wheel, record, ("\n".join([*lines, f"{record},,"]) + "\n").encode())
    return name


def write(wheel, path, data):
    entry = zipfile.ZipInfo(path, DAY)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o100644 << 16
    wheel.writestr(entry, data)


def build_sdist(sdist_directory, config_settings=None):
    raise NotImplementedError("there is no source distribution: the libraries need Swift; build the wheel with make wheel")


if __name__ == "__main__":
    import sys

    print(build_wheel(sys.argv[1]))
