"""Full ranking in plain PyTorch: every user's scores over every item, seen items masked, the top 100.

usage: python fullrank.py [--input FILE.safetensors] [--users 6040] [--items 3706] [--dim 64] [--k 100] [--threads 2]
FILE holds users [U, D], items [N, D] float32, seen_offsets [U + 1] and seen_ids int64; without it both are generated.
prints one JSON line: median seconds of the whole matrix at once, of blocks of users, and of the faster mask for each.
"""
import argparse, json, statistics, time
import torch

a = argparse.ArgumentParser()
a.add_argument("--input"); a.add_argument("--users", type=int, default=6040); a.add_argument("--items", type=int, default=3706)
a.add_argument("--dim", type=int, default=64); a.add_argument("--k", type=int, default=100); a.add_argument("--threads", type=int, default=2)
a.add_argument("--seen", type=int, default=165); a.add_argument("--rounds", type=int, default=5); a.add_argument("--block", type=int, default=512)
a = a.parse_args(); torch.set_num_threads(a.threads); torch.set_grad_enabled(False)

if a.input:
    from safetensors.torch import load_file
    t = load_file(a.input); users, items = t["users"], t["items"]; offsets, ids = t["seen_offsets"], t["seen_ids"]
else:
    g = torch.Generator().manual_seed(1)
    users, items = torch.randn(a.users, a.dim, generator=g), torch.randn(a.items, a.dim, generator=g)
    offsets = torch.arange(a.users + 1) * a.seen
    ids = torch.stack([torch.randperm(a.items, generator=g)[: a.seen] for _ in range(a.users)]).flatten()

U, N = users.shape[0], items.shape[0]
rows = torch.repeat_interleave(torch.arange(U), offsets[1:] - offsets[:-1])
dense = torch.zeros(U, N, dtype=torch.bool); dense[rows, ids] = True


def rank(block, mask):
    """Scores and ids [U, k], `block` users at a time."""
    best, where = [], []
    for s in range(0, U, block):
        e = min(U, s + block); scores = users[s:e] @ items.T
        if mask == "bool": scores.masked_fill_(dense[s:e], float("-inf"))
        else:
            lo, hi = int(offsets[s]), int(offsets[e]); scores[rows[lo:hi] - s, ids[lo:hi]] = float("-inf")
        v, i = scores.topk(a.k); best.append(v); where.append(i)
    return torch.cat(best), torch.cat(where)


def median(block, mask):
    rank(block, mask); seconds = []
    for _ in range(a.rounds):
        t = time.perf_counter(); rank(block, mask); seconds.append(time.perf_counter() - t)
    return statistics.median(seconds)


whole = {m: median(U, m) for m in ("bool", "index")}; blocks = {m: median(a.block, m) for m in ("bool", "index")}
print(json.dumps({"task": "fullrank", "users": U, "items": N, "dim": users.shape[1], "k": a.k, "threads": a.threads,
                  "seconds": min(whole.values()), "mask": min(whole, key=whole.get), "seconds_in_blocks": min(blocks.values()),
                  "block": a.block, "torch": torch.__version__}))
