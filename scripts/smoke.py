"""Trains a small model on made-up interactions, evaluates it, and holds it against popularity, the floor.

    smoke.py [PROGRAM...]     the swiftrec to run: bin/swiftrec, or a command line that runs the one of an image

Needs no data and no network. Exits with 4 where the model is not better than popularity by the factor below.
"""
import json
import pathlib
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
CONFIG = ROOT / "configs/mf-synthetic.yaml"
RUNS = ROOT / "runs/smoke"
METRIC = "hr@10"
# Users of the synthetic data have planted tastes that popularity cannot see. 1.5 is far below what a sound model reaches.
FACTOR = 1.5


def swiftrec(*arguments):
    result = subprocess.run([*PROGRAM, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True)
    if result.returncode:
        sys.stderr.write(result.stdout[-2000:] + result.stderr[-2000:])
        sys.exit(f"failed: swiftrec {arguments[0]} (exit {result.returncode})")
    return result.stdout


def measured(name, config):
    began = time.perf_counter()
    swiftrec("train", config.relative_to(ROOT), "--out", (RUNS / name).relative_to(ROOT))
    metrics = json.loads(swiftrec("evaluate", (RUNS / name).relative_to(ROOT), "--json"))["metrics"]
    print(f"{name}: {METRIC} {metrics[METRIC]:.4f}, trained and evaluated in {time.perf_counter() - began:.1f} s", flush=True)
    return metrics[METRIC]


def main():
    shutil.rmtree(RUNS, ignore_errors=True)
    RUNS.mkdir(parents=True)
    # The same data, counted.
    floor = RUNS / "popularity.yaml"
    data = next(line for line in CONFIG.read_text().splitlines() if line.startswith("data:"))
    floor.write_text(f"{data}\nmodel: {{name: popularity}}\n")
    popularity, model = measured("popularity", floor), measured("mf", CONFIG)
    verdict = f"mf reaches {model / popularity if popularity else float('inf'):.2f} times the {METRIC} of popularity; {FACTOR} is asked for"
    if model < FACTOR * popularity or model == 0:
        print(f"failed: {verdict}")
        sys.exit(4)
    print(f"passed: {verdict}")


PROGRAM = sys.argv[1:] or [ROOT / "bin/swiftrec"]
main()
