"""AUC of click models beside the best that anybody can reach: trains each of the configurations below with three seeds.

usage: .venv/bin/python scripts/quality-ctr.py [NAME ...] [--seeds 1,2,3] [--out runs/quality-ctr]

NAME is a configuration in configs/ without its ending: fm-pairwise. A seed draws effects and rows as well as first weights, so
that no two of a configuration's runs share anything. Finished runs under --out are taken as they stand. Ends with a table, with
one JSON line a configuration, and with exit code 1 where one is short of what is asked for.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# What is asked for: at most so far below the ceiling, or at least so far above another model on the same rows.
WITHIN, AHEAD = 0.002, 0.003
NEAR = ["lr-first-order", "fm-pairwise", "deepfm-pairwise", "dlrm-pairwise", "dcn-v2-pairwise"]
DEEP = ["deepfm-nested", "dlrm-nested", "dcn-v2-nested"]
# lr-pairwise says how much of the pairwise preset lies in pairs.
NAMES = [NEAR[0], "lr-pairwise", *NEAR[1:], "fm-nested", *DEEP]


def train(name, seed, out):
    """The metrics on the test rows, and the seconds of training."""
    run = out / f"{name}-{seed}"
    state = run / "state.json"
    if not (state.exists() and json.loads(state.read_text())["isFinished"]):
        command = [ROOT / "bin/swiftrec", "train", ROOT / f"configs/{name}.yaml", "--out", run, "--seed", seed,
                   "--set", f"data.data_seed={seed}"] + (["--resume"] if run.exists() else [])
        result = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        if result.returncode:
            sys.stderr.write(result.stderr)
            sys.exit(result.returncode)
    answer = subprocess.run([ROOT / "bin/swiftrec", "evaluate", run, "--json"], check=True, stdout=subprocess.PIPE)
    return json.loads(answer.stdout)["metrics"], json.loads(state.read_text())["seconds"]


def judge(name, means):
    """What is asked of a configuration, and whether it is reached; nothing where nothing is asked."""
    if name in NEAR:
        return f"within {WITHIN:.3f} of the ceiling", means[name]["short"] <= WITHIN
    if name in DEEP and "fm-nested" in means:
        return f"FM + {AHEAD:.3f}", means[name]["auc"] - means["fm-nested"]["auc"] >= AHEAD
    return "", None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="all without one")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--out", default=ROOT / "runs/quality-ctr", type=pathlib.Path)
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in NAMES]
    if unknown:
        parser.error(f"no such configuration: {', '.join(unknown)}; known are {', '.join(NAMES)}")
    names, seeds = arguments.names or NAMES, arguments.seeds.split(",")
    means = {}
    print(f"{'configuration':<18} {'seed':>4}  AUC      ceiling  short    seconds", flush=True)
    for name in names:
        rows = []
        for seed in seeds:
            metrics, seconds = train(name, seed, arguments.out)
            auc, ceiling = metrics["auc"], metrics["auc_ceiling"]
            rows.append({"auc": auc, "ceiling": ceiling, "short": ceiling - auc, "seconds": seconds})
            print(f"{name:<18} {seed:>4}  {auc:.5f}  {ceiling:.5f}  {ceiling - auc:.5f}  {seconds:7.1f}", flush=True)
        means[name] = {key: statistics.mean(row[key] for row in rows) for key in rows[0]}
        means[name]["spread"] = max(row["short"] for row in rows) - min(row["short"] for row in rows)
    print("\n| configuration | AUC | ceiling | short | spread | seconds | at least | |")
    print("|---|---|---|---|---|---|---|---|")
    failed = False
    for name, mean in means.items():
        wanted, reached = judge(name, means)
        verdict = "" if reached is None else "reached" if reached else "short"
        failed = failed or reached is False
        print(f"| {name} | {mean['auc']:.4f} | {mean['ceiling']:.4f} | {mean['short']:.4f} | {mean['spread']:.4f} | "
              f"{mean['seconds']:.0f} | {wanted} | {verdict} |")
    for name, mean in means.items():
        print(json.dumps({"config": name, "seeds": len(seeds), **{key: round(value, 5) for key, value in mean.items()}}))
    sys.exit(failed)


main()
