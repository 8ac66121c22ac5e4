"""Runs the commands of README.md, so that it stays true.

Every fenced block marked `sh` is run, line by line, in a scratch folder that looks like the checkout. A line that begins
with `make` is only looked up (`make -n`): this script is itself part of `make test`. A block marked `sh needs=NAME` is
skipped where the dataset NAME cannot be found. Blocks with another mark show output and are not run.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"^```sh(?: needs=(\S+))?\n(.*?)^```$", re.M | re.S)


def commands(text):
    """The commands of a block; a backslash at the end of a line continues it."""
    for line in text.replace("\\\n", " ").splitlines():
        line = line.split(" #")[0].strip()
        if line and not line.startswith("#"):
            yield line


def is_available(dataset):
    return subprocess.run(["bin/swiftrec", "datasets", "describe", dataset], cwd=ROOT, capture_output=True).returncode == 0


def run(command, folder):
    if command.startswith("make "):
        return subprocess.run(["make", "-n", *command.split()[1:]], cwd=ROOT, capture_output=True, text=True)
    return subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=folder, capture_output=True, text=True, timeout=300)


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        for name in ("bin", "configs", "scripts", ".venv", "Benchmarks", "Examples"):
            os.symlink(ROOT / name, folder / name)
        for needs, text in BLOCK.findall((ROOT / "README.md").read_text()):
            for command in commands(text):
                if needs and not is_available(needs):
                    print(f"skipped README: {command} (dataset {needs} is absent)")
                    continue
                result = run(command, folder)
                if result.returncode == 0:
                    print(f"passed README: {command}")
                else:
                    failed += 1
                    print(f"failed README: {command} (exit {result.returncode})\n{result.stdout[-800:]}{result.stderr[-800:]}")
    sys.exit(1 if failed else 0)


main()
