"""The main job on real data: trains five recommenders on MovieLens-100K, compares them, names ten films for a user, and serves the best.

Each model is trained by `bin/swiftrec train` from its file in configs/ into runs/demo/<model>, and evaluated by
`bin/swiftrec evaluate`. A model whose run is complete and whose configuration has not changed since is not trained again.
"""
import hashlib
import json
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
RUNS = ROOT / "runs" / "demo"
MODELS = ["popularity", "mf", "fm", "neumf", "two-tower"]
USER = "196"


def swiftrec(*arguments, capture=False):
    result = subprocess.run([ROOT / "bin/swiftrec", *map(str, arguments)], cwd=ROOT, capture_output=capture, text=True)
    if result.returncode:
        if capture:
            sys.stderr.write(result.stderr)
        sys.exit(result.returncode)
    return result.stdout


def train(model):
    """Trains unless that is done; returns what `evaluate` says of the run."""
    config = ROOT / "configs" / f"{model}-ml100k.yaml"
    run = RUNS / model
    answer = run / "demo.json"
    key = hashlib.sha256(config.read_bytes()).hexdigest()
    if answer.exists() and (stored := json.loads(answer.read_text()))["key"] == key:
        print(f"{model}: trained before, in runs/demo/{model}")
        return stored
    if run.exists():
        subprocess.run(["rm", "-r", run], check=True)
    print(f"\n== {model} (configs/{config.name})", flush=True)
    began = time.perf_counter()
    swiftrec("train", config, "--out", run)
    seconds = time.perf_counter() - began
    metrics = json.loads(swiftrec("evaluate", run, "--json", capture=True))["metrics"]
    stored = {"key": key, "seconds": seconds, "samples_per_second": training_speed(model, run), "metrics": metrics}
    answer.write_text(json.dumps(stored))
    return stored


def training_speed(model, run):
    """The median samples a second over the epochs; nothing for popularity, which only counts."""
    speeds = []
    if model == "popularity":
        return None
    for line in (run / "metrics.jsonl").read_text().splitlines():
        record = json.loads(line)
        if record["kind"] == "epoch":
            speeds.append(record["samples_per_second"])
    return sorted(speeds)[len(speeds) // 2] if speeds else None


def table(results):
    print("\nMovieLens-100K, temporal leave-one-out: each user's last film is the test; ranked among all films, seen ones masked.\n")
    print(f"{'model':<12}{'HR@10':>8}{'NDCG@10':>9}{'recall':>8}{'coverage':>10}{'samples/s':>12}{'seconds':>9}{'  NDCG over popularity'}")
    base = results["popularity"]["metrics"]["ndcg@10"]
    for model, result in results.items():
        metrics = result["metrics"]
        speed = f"{result['samples_per_second']:,.0f}" if result["samples_per_second"] else "-"
        gain = "" if model == "popularity" else f"{100 * (metrics['ndcg@10'] / base - 1):+.0f} %"
        print(
            f"{model:<12}{metrics['hr@10']:>8.4f}{metrics['ndcg@10']:>9.4f}{metrics['recall@10']:>8.4f}"
            f"{metrics['coverage@10']:>10.4f}{speed:>12}{result['seconds']:>9.1f}{gain:>12}")


def serve(model):
    """Starts `swiftrec serve` on free ports, asks it twice with curl, and ends it."""
    command = ["bin/swiftrec", "serve", f"runs/demo/{model}", "--port", "0", "--grpc-port", "0", "--admin-port", "0"]
    print("\n$ " + " ".join(command), flush=True)
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        address = ""
        for line in server.stdout:
            print(line, end="", flush=True)
            address = line.split()[1] if line.startswith("http:") else address
            if line.startswith("ready in"):
                break
        if not address:
            sys.exit(f"error: the server did not start (exit {server.wait()})")
        for path in (f"/v1/recommend/{USER}?top=3", "/v1/similar/50?top=3"):
            print(f"\n$ curl '{address}{path}'", flush=True)
            subprocess.run(["curl", "-sS", "--fail-with-body", "--max-time", "30", f"{address}{path}"], check=True)
            print(flush=True)
    finally:
        server.terminate()
        code = server.wait(60)
    if code:
        sys.exit(f"error: the server ended with {code}")


def main():
    print("demo: MovieLens-100K", flush=True)
    swiftrec("datasets", "fetch", "ml-100k")
    results = {model: train(model) for model in MODELS}
    table(results)
    best = max(results, key=lambda model: results[model]["metrics"]["ndcg@10"])
    print(f"\nten films for user {USER}, by {best}:\n", flush=True)
    swiftrec("recommend", RUNS / best, "--user", USER, "--top", 10)
    serve(best)


main()
