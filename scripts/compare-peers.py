"""Holds our peers in Benchmarks/peers to the speed of the scripts that they were written after.

  python3 scripts/compare-peers.py ORIGINALS [--rounds 3] [--threads 2] [NAME ...]

ORIGINALS is the folder of those scripts (dlrm.py, embbench.py, quantbench.py). For each setting the two take turns as
whole processes; the fastest of each one's medians counts, since whoever shares the machine only ever slows. A peer that
is slower than its original would flatter our own figures: 0.9 of its speed is the least. Ends with code 4 below that.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".venv-torchrec/bin/python"
LEAST = 0.9


def settings():
    """(name, original's arguments, its figure, our peer's arguments, its figure); figures are milliseconds a step."""
    for dim, batch in ((16, 2048), (16, 8192), (64, 2048)):
        for letter, variant in (("c", "torchrec"), ("d", "tbe")):
            at = ["--dim", dim, "--batch", batch]
            yield (f"DLRM {variant}, D {dim}, batch {batch:,}", ["dlrm.py", "--variant", letter, "--reps", 12, "--max-s", 15, *at],
                   [("step_ms", "step_ms", "step")], ["dlrm.py", "--variant", variant, *at])
    laps = [("fwd_ms", "forward_ms", "forward"), ("bwd_ms", "backward_ms", "backward")]
    for impl, variant, dim, pooling, tables in (("tbe", "tbe", 64, 1, 26), ("tbe", "tbe", 64, 20, 26), ("tbe", "tbe", 128, 1, 13),
                                                ("torch_rwada", "embeddingbag", 64, 1, 26), ("torch_rwada", "embeddingbag", 64, 20, 26)):
        at = ["--dim", dim, "--tables", tables]
        yield (f"lookups {variant}, D {dim}, pooling {pooling}, Zipf", ["embbench.py", "--impl", impl, "--pool", pooling, "--dist", "zipf", *at],
               laps, ["embeddings.py", "--variant", variant, "--pooling", pooling, "--ids", "zipf", *at])
    for variant in ("tbe_int8", "tbe_int4", "torch_byte", "torch_4bit"):
        for pooling in (1, 20):
            yield (f"{variant}, D 64, pooling {pooling}, Zipf", ["quantbench.py", "--impl", variant, "--pool", pooling, "--dist", "zipf"],
                   [("ms", "forward_ms", "forward")], ["quantized.py", "--variant", variant, "--pooling", pooling, "--ids", "zipf"])


def measure(script, arguments, threads):
    """The record that a script prints as its last line of JSON."""
    command = [PYTHON, script, *map(str, arguments), "--threads", str(threads)]
    result = subprocess.run(command, cwd=script.parent, capture_output=True, text=True)
    lines = [line for line in result.stdout.splitlines() if line.startswith("{")]
    if result.returncode or not lines:
        sys.exit(f"{' '.join(map(str, command))} ended with code {result.returncode}:\n{result.stderr[-2000:]}")
    return json.loads(lines[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("originals", type=pathlib.Path)
    parser.add_argument("names", nargs="*", help="only the settings whose names hold one of these")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2, choices=(1, 2))
    arguments = parser.parse_intermixed_args()
    if not (arguments.originals / "dlrm.py").exists():
        sys.exit(f"{arguments.originals} holds no dlrm.py; pass the folder of the original scripts")
    if not PYTHON.exists():
        sys.exit(f"{PYTHON} is missing; run scripts/peers.sh")
    os.environ["THP_MEM_ALLOC_ENABLE"] = "1"
    print("| setting | original | our peer | original's time over ours | at least | |\n|---|---|---|---|---|---|", flush=True)
    short = 0
    for name, original, figures, own in settings():
        if arguments.names and not any(wanted in name for wanted in arguments.names):
            continue
        theirs, ours = [], []
        for _ in range(arguments.rounds):
            theirs.append(measure(arguments.originals.resolve() / original[0], original[1:], arguments.threads))
            ours.append(measure(ROOT / "Benchmarks/peers" / own[0], own[1:], arguments.threads))
        for their_key, our_key, lap in figures:
            before, now = min(record[their_key] for record in theirs), min(record[our_key] for record in ours)
            reached = before / now >= LEAST
            short += not reached
            print(f"| {name}, {lap} | {before:.2f} ms | {now:.2f} ms | {before / now:.2f}x | {LEAST}x | {'reached' if reached else 'short'} |",
                  flush=True)
    sys.exit(4 if short else 0)


if __name__ == "__main__":
    main()
