"""NeuMF (He et al. 2017, arXiv:1708.05031) in plain PyTorch: the peer that `swiftrec-bench` runs beside ours.

The model, the sampled negatives, the loss and the optimiser are those of the paper and of our own `NeuMF`: 32 factors, a
tower of three layers that halve, 4 negatives a positive drawn anew for each epoch, binary cross entropy on logits, Adam
over all rows (PyTorch's fused one, its fastest).

  --serve             prints {"ready": true}; then each line on standard input is answered by one timed round of --steps
                      steps: {"samples": n, "seconds": s}. The making of an epoch counts in proportion to its steps.
  --until-hr 0.70     trains from the raw files and stops at the first epoch whose HR@10 on the given candidates reaches
                      the value, or after --give-up seconds: {"seconds": from the raw files on, "epochs": n, "hr@10": x,
                      "ndcg@10": y, "reached": true}; --weight-decay, --gamma and --average make it the recipe of
                      configs/neumf-ml1m.yaml

Data: the folder `ncf-ml-1m` under --data, or under a folder of SWIFTREC_DATA. Without it, --serve makes random
interactions of the same size.
"""
import argparse
import gzip
import json
import os
import pathlib
import sys
import time

import numpy as np
import torch
from torch import nn

USERS, ITEMS, RATINGS = 6040, 3706, 994_169


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--factors", type=int, default=32)
    parser.add_argument("--negatives", type=int, default=4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=500, help="steps a round")
    parser.add_argument("--max-epochs", type=int, default=40)
    parser.add_argument("--weight-decay", type=float, default=0.0, help="L2 penalty of the embeddings")
    parser.add_argument("--gamma", type=float, default=1.0, help="the learning rate's factor an epoch")
    parser.add_argument("--average", type=float, default=0.0, help="decay of the average of the epochs' weights that is judged")
    parser.add_argument("--give-up", type=float, default=float("inf"))
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--serve", action="store_true")
    mode.add_argument("--until-hr", type=float)
    return parser.parse_args()


def data_folder(given):
    places = [given] if given else [pathlib.Path(p) / "ncf-ml-1m" for p in os.environ.get("SWIFTREC_DATA", "").split(":") if p]
    return next((place for place in places if (place / "train.tsv.gz").exists()), None)


def read_columns(path, first, last):
    """The integer columns first..<last of a tab-separated gzip file, a row a line."""
    with gzip.open(path, "rt") as lines:
        return np.array([line.split("\t")[first:last] for line in lines], dtype=np.int64)


class NeuMF(nn.Module):
    """Two pairs of embeddings: one multiplied (GMF), one through a tower (MLP); a last layer weighs both."""

    def __init__(self, factors):
        super().__init__()
        self.gu = nn.Embedding(USERS, factors)
        self.gi = nn.Embedding(ITEMS, factors)
        self.mu = nn.Embedding(USERS, 2 * factors)
        self.mi = nn.Embedding(ITEMS, 2 * factors)
        widths = [4 * factors, 2 * factors, factors, factors // 2]
        tower = []
        for wide, narrow in zip(widths, widths[1:]):
            tower += [nn.Linear(wide, narrow), nn.ReLU()]
        self.mlp = nn.Sequential(*tower)
        self.out = nn.Linear(factors + widths[-1], 1)
        for table in (self.gu, self.gi, self.mu, self.mi):
            nn.init.normal_(table.weight, std=0.01)

    def forward(self, users, items):
        product = self.gu(users) * self.gi(items)
        tower = self.mlp(torch.cat([self.mu(users), self.mi(items)], dim=1))
        return self.out(torch.cat([product, tower], dim=1)).squeeze(1)


class Samples:
    """The samples of one epoch after another: every positive with freshly drawn, unseen negatives, in random order."""

    def __init__(self, positives, negatives, batch, rng):
        self.positives, self.negatives, self.batch, self.rng = positives, negatives, batch, rng
        self.seen = np.zeros((USERS, ITEMS), dtype=bool)
        self.seen[positives[:, 0], positives[:, 1]] = True
        self.steps = -(-len(positives) * (1 + negatives) // batch)
        self.seconds_to_make = 0.0

    def epoch(self):
        began = time.perf_counter()
        width = 1 + self.negatives
        users = np.repeat(self.positives[:, 0], width).reshape(-1, width)
        items = np.empty_like(users)
        items[:, 0] = self.positives[:, 1]
        items[:, 1:] = self.rng.integers(0, ITEMS, (len(items), self.negatives))
        rows, columns = np.nonzero(self.seen[users[:, 1:], items[:, 1:]])
        while len(rows):
            items[rows, columns + 1] = self.rng.integers(0, ITEMS, len(rows))
            again = self.seen[users[rows, 0], items[rows, columns + 1]]
            rows, columns = rows[again], columns[again]
        labels = np.zeros(users.shape, dtype=np.float32)
        labels[:, 0] = 1
        users, items, labels = (torch.from_numpy(column.reshape(-1)) for column in (users, items, labels))
        order = torch.randperm(len(users))
        self.seconds_to_make = time.perf_counter() - began
        for chosen in order.split(self.batch):
            yield users[chosen], items[chosen], labels[chosen]


def evaluate(model, test, candidates):
    """HR@10 and NDCG@10 of the held-out item among its 99 given negatives; a tie counts for the held-out item."""
    items = torch.from_numpy(np.concatenate([test[:, 1:2], candidates], axis=1))
    users = torch.from_numpy(test[:, :1]).expand(items.shape)
    with torch.inference_mode():
        scores = torch.cat([model(u.reshape(-1), i.reshape(-1)).view(u.shape) for u, i in zip(users.split(1024), items.split(1024))])
    rank = (scores[:, 1:] > scores[:, :1]).sum(dim=1)
    hit = rank < 10
    return hit.float().mean().item(), (hit / torch.log2(rank + 2.0)).mean().item()


def trainer(arguments, positives):
    model = NeuMF(arguments.factors)
    tables = [model.gu.weight, model.gi.weight, model.mu.weight, model.mi.weight]
    dense = [*model.mlp.parameters(), *model.out.parameters()]
    groups = [{"params": tables, "weight_decay": arguments.weight_decay}, {"params": dense}]
    optimizer = torch.optim.Adam(groups, lr=arguments.lr, fused=True)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, arguments.gamma)
    loss = nn.BCEWithLogitsLoss()
    samples = Samples(positives, arguments.negatives, arguments.batch, np.random.default_rng(arguments.seed))

    def step(users, items, labels):
        optimizer.zero_grad()
        loss(model(users, items), labels).backward()
        optimizer.step()

    return model, samples, step, schedule


def answer(record):
    print(json.dumps(record), flush=True)


def serve(arguments, positives):
    _, samples, step, _ = trainer(arguments, positives)
    batches = iter(())

    def round_of(steps):
        nonlocal batches
        count, seconds = 0, 0.0
        for _ in range(steps):
            began = time.perf_counter()
            batch = next(batches, None)
            if batch is None:
                batches = samples.epoch()
                batch = next(batches)
                began += samples.seconds_to_make
            step(*batch)
            seconds += time.perf_counter() - began
            count += len(batch[0])
        return count, seconds + samples.seconds_to_make * steps / samples.steps

    round_of(20)
    answer({"ready": True, "torch": torch.__version__, "threads": torch.get_num_threads()})
    for _ in sys.stdin:
        count, seconds = round_of(arguments.steps)
        answer({"samples": count, "seconds": seconds})


def until(arguments, folder):
    began = time.perf_counter()
    positives = read_columns(folder / "train.tsv.gz", 0, 2)
    test = read_columns(folder / "test.rating.gz", 0, 2)
    candidates = read_columns(folder / "test.negative.gz", 1, 100)
    model, samples, step, schedule = trainer(arguments, positives)
    judged = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(arguments.average))
    hr = ndcg = 0.0
    for epoch in range(1, arguments.max_epochs + 1):
        for batch in samples.epoch():
            step(*batch)
        schedule.step()
        judged.update_parameters(model)
        hr, ndcg = evaluate(judged, test, candidates)
        seconds = time.perf_counter() - began
        print(f"epoch {epoch}: HR@10 {hr:.4f}, NDCG@10 {ndcg:.4f}, {seconds:.1f} s", file=sys.stderr, flush=True)
        if hr >= arguments.until_hr or seconds > arguments.give_up:
            break
    answer({"seconds": seconds, "epochs": epoch, "hr@10": hr, "ndcg@10": ndcg, "reached": hr >= arguments.until_hr})


def main():
    arguments = options()
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    folder = data_folder(arguments.data)
    if arguments.until_hr is not None:
        if folder is None:
            sys.exit("ncf-ml-1m is in no folder of SWIFTREC_DATA; pass --data")
        until(arguments, folder)
        return
    if folder is not None:
        positives = read_columns(folder / "train.tsv.gz", 0, 2)
    else:
        rng = np.random.default_rng(7)
        positives = np.stack([rng.integers(0, USERS, RATINGS), rng.integers(0, ITEMS, RATINGS)], axis=1)
    serve(arguments, positives)


main()
