"""Training steps of CTR models in plain PyTorch with sparse gradients: the peers of our rankers.

13 numbers, 26 features of one id each, tables of --rows rows, binary cross entropy, Adagrad with a learning rate of 0.01 in the
dense part. The layers are those of our defaults.

  --model fm | deepfm | dlrm | dcn-v2 | xdeepfm
  --tables joint       one nn.Embedding for all features, the ids shifted: the fastest way that plain PyTorch has
           separate    an nn.Embedding a feature
  --optimizer adagrad | sparse-adam     of the tables

Batches are drawn beforehand. Units are samples. The laps of a step: forward, backward, update; step is all of it. The turns are
in serving.py.
"""
import time

import torch
from torch import nn
from torch.nn import functional as F

from serving import Turn, parser_for, take_turns
from synthetic import ID_EXPONENTS, draw_ids

NUMBERS, FEATURES, LEARNING_RATE = 13, 26, 0.01


def options():
    parser = parser_for(__doc__, "samples")
    parser.add_argument("--model", choices=sorted(MODELS), default="fm")
    parser.add_argument("--tables", choices=("joint", "separate"), default="joint")
    parser.add_argument("--optimizer", choices=("adagrad", "sparse-adam"), default="adagrad")
    parser.add_argument("--dim", type=int, default=16)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--batch", type=int, default=4096)
    return parser.parse_args()


class Tables(nn.Module):
    """[B, F] ids to [B, F, D]."""

    def __init__(self, rows, dim, joint, std):
        super().__init__()
        self.joint = joint
        sizes = [rows * FEATURES] if joint else [rows] * FEATURES
        self.tables = nn.ModuleList(
            nn.Embedding(size, dim, sparse=True, _weight=torch.randn(size, dim) * std) for size in sizes)
        self.register_buffer("shift", torch.arange(FEATURES) * rows)

    def forward(self, ids):
        if self.joint:
            return self.tables[0](ids + self.shift)
        return torch.stack([table(column) for table, column in zip(self.tables, ids.unbind(1))], 1)


def mlp(sizes, ends_in_relu=False):
    layers = []
    for wide, narrow in zip(sizes, sizes[1:]):
        layers += [nn.Linear(wide, narrow), nn.ReLU()]
    return nn.Sequential(*(layers if ends_in_relu else layers[:-1]))


class FM(nn.Module):
    def __init__(self, rows, dim, joint):
        super().__init__()
        self.vectors, self.weights = Tables(rows, dim, joint, 0.01), Tables(rows, 1, joint, 0.0)
        self.linear = nn.Linear(NUMBERS, 1)
        self.numeric = nn.Parameter(torch.randn(NUMBERS, dim) * 0.01)

    def pairs(self, dense, rows):
        # The sums over the numbers as products: faster than their fields written out.
        total = rows.sum(1) + dense @ self.numeric
        squares = rows.square().sum((1, 2)) + dense.square() @ self.numeric.square().sum(1)
        return 0.5 * (total.square().sum(1) - squares)

    def forward(self, dense, ids):
        rows = self.vectors(ids)
        return self.weights(ids).sum((1, 2)) + self.linear(dense).squeeze(1) + self.pairs(dense, rows), rows


class DeepFM(FM):
    def __init__(self, rows, dim, joint):
        super().__init__(rows, dim, joint)
        self.mlp = mlp([FEATURES * dim + NUMBERS, 400, 400, 400, 1])

    def forward(self, dense, ids):
        score, rows = super().forward(dense, ids)
        return score + self.mlp(torch.cat([rows.flatten(1), dense], 1)).squeeze(1), rows


class DLRM(nn.Module):
    def __init__(self, rows, dim, joint):
        super().__init__()
        self.vectors = Tables(rows, dim, joint, 0.01)
        count = FEATURES + 1
        pairs = torch.tril_indices(count, count, offset=-1)
        self.register_buffer("pairs", pairs[0] * count + pairs[1])
        self.bottom = mlp([NUMBERS, 512, 256, dim], ends_in_relu=True)
        self.top = mlp([dim + pairs.shape[1], 512, 256, 1])

    def forward(self, dense, ids):
        bottom = self.bottom(dense)
        t = torch.cat([bottom.unsqueeze(1), self.vectors(ids)], 1)
        products = torch.bmm(t, t.transpose(1, 2)).flatten(1).index_select(1, self.pairs)
        return self.top(torch.cat([bottom, products], 1)).squeeze(1), None


class DCNv2(nn.Module):
    def __init__(self, rows, dim, joint):
        super().__init__()
        self.vectors = Tables(rows, dim, joint, 0.01)
        width = FEATURES * dim + NUMBERS
        self.cross = nn.ModuleList(nn.Linear(width, width) for _ in range(3))
        self.mlp = mlp([width, 256, 128, 1])

    def forward(self, dense, ids):
        start = torch.cat([self.vectors(ids).flatten(1), dense], 1)
        x = start
        for layer in self.cross:
            x = torch.addcmul(x, start, layer(x))
        return self.mlp(x).squeeze(1), None


class XDeepFM(FM):
    """The products written out and given to a convolution of width 1, as DeepCTR-Torch does."""

    def __init__(self, rows, dim, joint):
        super().__init__(rows, dim, joint)
        count, maps = FEATURES + NUMBERS, [64, 64]
        self.layers = nn.ModuleList(
            nn.Conv1d(below * count, above, 1, bias=False) for below, above in zip([count] + maps, maps))
        self.out = nn.Linear(sum(maps), 1, bias=False)
        self.mlp = mlp([FEATURES * dim + NUMBERS, 400, 400, 1])

    def forward(self, dense, ids):
        rows = self.vectors(ids)
        start = torch.cat([rows, dense.unsqueeze(2) * self.numeric], 1)
        maps, pooled = start, []
        for layer in self.layers:
            maps = layer((maps.unsqueeze(2) * start.unsqueeze(1)).flatten(1, 2))
            pooled.append(maps.sum(2))
        linear = self.weights(ids).sum((1, 2)) + self.linear(dense).squeeze(1)
        deep = self.mlp(torch.cat([rows.flatten(1), dense], 1)).squeeze(1)
        return linear + deep + self.out(torch.cat(pooled, 1)).squeeze(1), rows


MODELS = {"fm": FM, "deepfm": DeepFM, "dlrm": DLRM, "dcn-v2": DCNv2, "xdeepfm": XDeepFM}


def main():
    arguments = options()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    model = MODELS[arguments.model](arguments.rows, arguments.dim, arguments.tables == "joint")
    tables = [table.weight for part in model.modules() if isinstance(part, Tables) for table in part.tables]
    others = [p for p in model.parameters() if not any(p is table for table in tables)]
    dense_optimizer = torch.optim.Adagrad(others, lr=LEARNING_RATE)
    if arguments.optimizer == "adagrad":
        table_optimizer = torch.optim.Adagrad(tables, lr=LEARNING_RATE)
    else:
        table_optimizer = torch.optim.SparseAdam(tables, lr=LEARNING_RATE)

    generator = torch.Generator().manual_seed(1)
    count, batch = 24, arguments.batch
    ids = torch.stack(
        [draw_ids(count * batch, arguments.rows, ID_EXPONENTS["zipf"], generator) for _ in range(FEATURES)], 1)
    ids = ids.view(count, batch, FEATURES)
    dense = torch.rand(count, batch, NUMBERS, generator=generator)
    truth = dense @ torch.randn(NUMBERS, generator=generator)
    labels = (truth + 0.3 * torch.randn(count, batch, generator=generator) > truth.mean()).float()
    losses, taken = [], [0]

    def step(watch):
        began = time.perf_counter(), time.thread_time()
        index = taken[0] % count
        taken[0] += 1
        loss = F.binary_cross_entropy_with_logits(model(dense[index], ids[index])[0], labels[index])
        watch.lap("forward")
        loss.backward()
        watch.lap("backward")
        dense_optimizer.step()
        dense_optimizer.zero_grad(set_to_none=True)
        table_optimizer.step()
        table_optimizer.zero_grad(set_to_none=True)
        losses.append(loss.item())
        watch.lap("update")
        watch.wall, watch.cpu = began
        watch.lap("step")
        return batch

    def turn(seconds):
        losses.clear()
        return Turn().repeat(seconds, step).record() | {"loss": sum(losses) / len(losses)}

    turn(0.5)
    facts = {"task": "rankers", "model": arguments.model, "tables": arguments.tables, "optimizer": arguments.optimizer,
             "dim": arguments.dim, "batch": batch, "rows": arguments.rows * FEATURES,
             "threads": torch.get_num_threads(), "torch": torch.__version__}
    take_turns(arguments, facts, turn)


if __name__ == "__main__":
    main()
