"""How long a notebook waits: import of the package, then to the end of the first training step.

Prints, and fails only where the steps do not happen: the figure depends on the machine. The best of some fresh processes.
"""

from __future__ import annotations

import json
import subprocess
import sys

CODE = """
import time
start = time.perf_counter()
import swiftrec
imported = time.perf_counter()
import tempfile
first = []
def report(event):
    if event["event"] == "progress" and not first:
        first.append(time.perf_counter())
config = {"data": "synthetic:implicit", "model": "mf", "train": {"epochs": 1}, "device": "cpu"}
with tempfile.TemporaryDirectory() as folder:
    swiftrec.train(config, out=folder + "/run", progress=report)
import json
print(json.dumps([imported - start, first[0] - start]))
"""


def main() -> None:
    found = []
    for _ in range(5):
        done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"failed: {done.stderr.strip()}")
        found.append(json.loads(done.stdout.strip().split("\n")[-1]))
    imported, first = sorted(found, key=lambda pair: pair[1])[len(found) // 2]
    print(f"passed: import swiftrec {imported:.2f} s, first training step {first:.2f} s after it began (median of 5)")


if __name__ == "__main__":
    main()
