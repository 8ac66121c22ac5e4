"""Ranking quality: trains each configuration with three seeds and prints the mean on the test items.

usage: .venv/bin/python Benchmarks/quality.py configs/mf-ml1m.yaml [configs/...] [--seeds 1,2,3] [--out runs/quality]

The best epoch is chosen on held-out training items (by seed), or is the last where the configuration holds none out; the test
items are looked at once, at the end. Finished runs under --out are taken as they stand. Ends with one JSON line a configuration.
"""
import argparse
import json
import pathlib
import statistics
import subprocess

parser = argparse.ArgumentParser()
parser.add_argument("configs", nargs="+")
parser.add_argument("--seeds", default="1,2,3")
parser.add_argument("--out", default="runs/quality")
arguments = parser.parse_args()
swiftrec = pathlib.Path(__file__).resolve().parent.parent / "bin/swiftrec"
lines = []
print(f"{'config':<16} {'seed':>4}  HR@10   NDCG@10  best epoch  seconds", flush=True)
for config in arguments.configs:
    results = []
    for seed in arguments.seeds.split(","):
        run = pathlib.Path(arguments.out) / f"{pathlib.Path(config).stem}-{seed}"
        state = run / "state.json"
        if not (state.exists() and json.loads(state.read_text())["isFinished"]):
            resume = ["--resume"] if run.exists() else []
            subprocess.run([swiftrec, "train", config, "--out", run, "--seed", seed, *resume], check=True,
                           stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        found = json.loads(subprocess.run([swiftrec, "evaluate", run, "--json"], check=True, capture_output=True).stdout)
        facts = json.loads(state.read_text())
        row = (found["metrics"]["hr@10"], found["metrics"]["ndcg@10"], facts["seconds"])
        results.append(row)
        print(f"{pathlib.Path(config).stem:<16} {seed:>4}  {row[0]:.4f}  {row[1]:.4f}   {facts['bestEpoch'] + 1:>9}  {row[2]:7.1f}", flush=True)
    hr, ndcg, seconds = (statistics.mean(column) for column in zip(*results))
    print(f"{pathlib.Path(config).stem:<16} mean  {hr:.4f}  {ndcg:.4f}              {seconds:7.1f}", flush=True)
    spread = max(r[0] for r in results) - min(r[0] for r in results)
    lines.append({"config": config, "hr@10": round(hr, 4), "ndcg@10": round(ndcg, 4), "hr_spread": round(spread, 4),
                  "seeds": len(results), "seconds": round(seconds, 1)})
for line in lines:
    print(json.dumps(line))
