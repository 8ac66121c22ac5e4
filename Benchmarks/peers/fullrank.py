"""Full ranking in plain PyTorch: the scores of every user over every item, seen items masked, the top 100.

  (no mode)   prints the median seconds of --rounds rounds as one JSON line
  --serve     prints {"ready": true, ...}; then each line on standard input is answered by one timed round: {"seconds": s}

PyTorch is run at its best: the whole matrix at once and blocks of users, the mask as a boolean matrix and as index
pairs are each tried before the first answer, and the fastest is kept.

Data: --input FILE.safetensors with users [U, D], items [N, D] float32, seen_offsets [U + 1] and seen_ids int64;
without it random vectors of MovieLens-1M's size and density, the same on every run.
"""
import argparse
import itertools
import json
import statistics
import sys
import time

import torch


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--input")
    parser.add_argument("--users", type=int, default=6040)
    parser.add_argument("--items", type=int, default=3706)
    parser.add_argument("--dim", type=int, default=64)
    parser.add_argument("--seen", type=int, default=165, help="seen items a user, when the data is random")
    parser.add_argument("--k", type=int, default=100)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", action="store_true")
    return parser.parse_args()


def load(arguments):
    """Users [U, D], items [N, D], and the seen pairs as CSR."""
    if arguments.input:
        from safetensors.torch import load_file

        tensors = load_file(arguments.input)
        return tensors["users"], tensors["items"], tensors["seen_offsets"], tensors["seen_ids"]
    generator = torch.Generator().manual_seed(1)
    users = torch.randn(arguments.users, arguments.dim, generator=generator)
    items = torch.randn(arguments.items, arguments.dim, generator=generator)
    offsets = torch.arange(arguments.users + 1) * arguments.seen
    order = [torch.randperm(arguments.items, generator=generator)[: arguments.seen] for _ in range(arguments.users)]
    return users, items, offsets, torch.stack(order).flatten()


class Ranking:
    def __init__(self, users, items, offsets, ids, k):
        self.users, self.items, self.offsets, self.ids, self.k = users, items, offsets.tolist(), ids, k
        self.rows = torch.repeat_interleave(torch.arange(len(users)), offsets[1:] - offsets[:-1])
        self.mask = torch.zeros(len(users), len(items), dtype=torch.bool)
        self.mask[self.rows, ids] = True

    def run(self, block, pairs):
        """Scores and ids [U, k], `block` users at a time."""
        best, where = [], []
        for start in range(0, len(self.users), block):
            end = min(len(self.users), start + block)
            scores = self.users[start:end] @ self.items.T
            if pairs:
                first, last = self.offsets[start], self.offsets[end]
                scores[self.rows[first:last] - start, self.ids[first:last]] = float("-inf")
            else:
                scores.masked_fill_(self.mask[start:end], float("-inf"))
            top = scores.topk(self.k)
            best.append(top.values)
            where.append(top.indices)
        return torch.cat(best), torch.cat(where)

    def seconds(self, block, pairs):
        began = time.perf_counter()
        self.run(block, pairs)
        return time.perf_counter() - began


def main():
    arguments = parse()
    torch.set_num_threads(arguments.threads)
    torch.set_grad_enabled(False)
    users, items, offsets, ids = load(arguments)
    ranking = Ranking(users, items, offsets, ids, arguments.k)
    ways = list(itertools.product([len(users), 512], [False, True]))
    tried = {way: min(ranking.seconds(*way) for _ in range(3)) for way in ways}
    block, pairs = min(tried, key=tried.get)
    facts = {"task": "fullrank", "users": len(users), "items": len(items), "dim": users.shape[1], "k": arguments.k,
             "threads": arguments.threads, "block": block, "mask": "pairs" if pairs else "matrix", "torch": torch.__version__}
    if not arguments.serve:
        rounds = [ranking.seconds(block, pairs) for _ in range(arguments.rounds)]
        print(json.dumps(facts | {"seconds": statistics.median(rounds)}))
        return
    print(json.dumps({"ready": True} | facts), flush=True)
    for _ in sys.stdin:
        print(json.dumps({"seconds": ranking.seconds(block, pairs)}), flush=True)


if __name__ == "__main__":
    main()
