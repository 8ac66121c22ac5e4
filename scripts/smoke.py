"""Trains a small model on made-up interactions, evaluates it, and holds it against popularity, the floor.

    smoke.py                  with bin/swiftrec, on this machine
    smoke.py --image NAME     asks the model that the line above trained, in an image: it must measure and answer as here

Needs no data and no network. Exits with 4 where the model is not better than popularity by --factor.
"""
import argparse
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
# Users of the synthetic data have planted tastes that popularity cannot see: a sound model reaches 13 times its hit rate.
FACTOR = 5.0


def run(program, *arguments):
    result = subprocess.run([*program, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True)
    if result.returncode:
        sys.stderr.write(result.stdout[-2000:] + result.stderr[-2000:])
        sys.exit(f"failed: swiftrec {arguments[0]} (exit {result.returncode})")
    return result.stdout


def evaluate(program, folder):
    return json.loads(run(program, "evaluate", folder, "--json"))["metrics"][METRIC]


def train(program, name, config):
    began = time.perf_counter()
    folder = (RUNS / name).relative_to(ROOT)
    run(program, "train", config.relative_to(ROOT), "--out", folder)
    metric = evaluate(program, folder)
    print(f"{name}: {METRIC} {metric:.4f}, trained and evaluated in {time.perf_counter() - began:.1f} s", flush=True)
    return metric


def recommend(program, folder):
    return run(program, "recommend", folder, "--user", 1, "--top", 5)


def train_and_evaluate(factor):
    program = [ROOT / "bin/swiftrec"]
    shutil.rmtree(RUNS, ignore_errors=True)
    RUNS.mkdir(parents=True)
    # The same data, counted.
    floor = RUNS / "popularity.yaml"
    data = next(line for line in CONFIG.read_text().splitlines() if line.startswith("data:"))
    floor.write_text(f"{data}\nmodel: {{name: popularity}}\n")
    popularity, model = train(program, "popularity", floor), train(program, "mf", CONFIG)
    answer = {METRIC: model, "recommend": recommend(program, RUNS / "mf")}
    (RUNS / "answer.json").write_text(json.dumps(answer))
    times = model / popularity if popularity else float("inf")
    verdict = f"mf reaches {times:.1f} times the {METRIC} of popularity; {factor:g} is asked for"
    if model == 0 or model < factor * popularity:
        print(f"failed: {verdict}")
        sys.exit(4)
    print(f"passed: {verdict}")


def ask_in_image(image):
    if not (RUNS / "answer.json").exists():
        sys.exit("error: runs/smoke holds no trained model\n  remedy: make smoke")
    answer = json.loads((RUNS / "answer.json").read_text())
    engine = "podman" if shutil.which("podman") else "docker"
    program = [
        engine, "run", "--rm", "--network", "host" if engine == "podman" else "none",
        "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
        "-v", f"{RUNS}:/workspace/models:ro", image, "swiftrec",
    ]
    metric = evaluate(program, "/workspace/models/mf")
    here, there = answer["recommend"], recommend(program, "/workspace/models/mf")
    shared = len(items(here) & items(there))
    # Another processor rounds differently: a user's rank may move, the model may not.
    good = abs(metric - answer[METRIC]) <= 0.01 and shared >= 4
    verdict = "passed" if good else "failed"
    print(f"{verdict}: {image}: {METRIC} {metric:.4f}, outside {answer[METRIC]:.4f}; {shared} of 5 items the same")
    sys.exit(0 if good else 1)


def items(text):
    """The items of `swiftrec recommend`: the second column of the lines that begin with a rank."""
    return {line.split()[1] for line in text.splitlines() if line.split()[:1] and line.split()[0].isdigit()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--factor", type=float, default=FACTOR)
    parser.add_argument("--image")
    options = parser.parse_args()
    ask_in_image(options.image) if options.image else train_and_evaluate(options.factor)


main()
