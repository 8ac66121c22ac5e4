"""Logits, losses and gradients of every ranker, by plain PyTorch models with the same parameter names.

usage: python rankers.py          writes rankers.safetensors beside itself
       python rankers.py FILE     loads the states that Swift wrote into FILE and compares the logits

The space: 3 numbers; `user` and `item` with one id a row, `tags` with a weighted bag, `history` with a sequence; a vector `text`.
"""
import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as F

ROWS, NUMBERS, WIDTH, D = 12, 3, 5, 4
TABLES = {"user": 7, "item": 5, "tags": 9, "history": 6}
BAGS = {
    "user": [[(r * 5 + 1) % 7] for r in range(ROWS)],
    "item": [[(r * 3) % 5] for r in range(ROWS)],
    "tags": [[(r + 2 * k) % 9 for k in range(r % 4)] for r in range(ROWS)],
    "history": [[(2 * r + k * k) % 6 for k in range((r + 1) % 5)] for r in range(ROWS)],
}
WEIGHTS = {name: [[1.0] * len(bag) for bag in bags] for name, bags in BAGS.items()}
WEIGHTS["tags"] = [[0.5 + 0.25 * ((r + k) % 5) for k in range(len(bag))] for r, bag in enumerate(BAGS["tags"])]
FIELDS = len(TABLES) + 1


class Embeddings(nn.Module):
    def __init__(self, dimension, first_order):
        super().__init__()
        self.dimension = dimension
        self.embedding_bags = nn.ModuleDict()
        if dimension:
            for name, rows in TABLES.items():
                self.embedding_bags[name] = nn.Embedding(rows, dimension)
        if first_order:
            for name, rows in TABLES.items():
                self.embedding_bags[name + ":linear" if dimension else name] = nn.Embedding(rows, 1)

    def bag(self, table, name):
        """One bag at a time: the sum of the weighted rows, for a sequence the mean."""
        out = []
        for ids, weights in zip(BAGS[name], WEIGHTS[name]):
            row = torch.zeros(table.weight.shape[1])
            for i, w in zip(ids, weights):
                row = row + w * table.weight[i]
            out.append(row / len(ids) if name == "history" and ids else row)
        return torch.stack(out)


class Features(nn.Module):
    def __init__(self, dimension, first_order=False):
        super().__init__()
        self.embeddings = Embeddings(dimension, first_order)
        if dimension:
            self.vectors = nn.ModuleDict({"text": nn.Linear(WIDTH, dimension)})

    def fields(self, x):
        """[B, M, D]"""
        bags = [self.embeddings.bag(self.embeddings.embedding_bags[name], name) for name in TABLES]
        return torch.stack(bags + [self.vectors["text"](x["text"])], 1)

    def first_order(self):
        tables = self.embeddings.embedding_bags
        own = ":linear" if self.embeddings.dimension else ""
        return sum(self.embeddings.bag(tables[name + own], name) for name in TABLES)

    def joined(self, x):
        return torch.cat([self.fields(x).flatten(1), x["dense"]], 1)


def perceptron(sizes, last=True):
    layers = []
    for a, b in zip(sizes, sizes[1:]):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*(layers if last else layers[:-1]))


class Numeric(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(NUMBERS, D))

    def forward(self, dense):
        return dense.unsqueeze(2) * self.weight


class Ranker(nn.Module):
    """What most models have; the rest is the body of each."""

    first = False

    def __init__(self, dimension=D):
        super().__init__()
        self.features = Features(dimension, self.first)
        self.width = FIELDS * D + NUMBERS
        if self.first:
            self.linear = nn.Linear(NUMBERS + WIDTH, 1)
        self.build()

    def first_order(self, x):
        return self.features.first_order() + self.linear(torch.cat([x["dense"], x["text"]], 1))


class LR(Ranker):
    first = True

    def __init__(self):
        super().__init__(None)

    def build(self):
        pass

    def forward(self, x):
        return self.first_order(x)


class FM(Ranker):
    first = True

    def build(self):
        self.numeric = Numeric()

    def forward(self, x):
        """Every pair of fields by itself: no pooling identity here."""
        v = torch.cat([self.features.fields(x), self.numeric(x["dense"])], 1)
        pairs = sum((v[:, f] * v[:, g]).sum(1, keepdim=True) for f in range(v.shape[1]) for g in range(f))
        return self.first_order(x) + pairs


class DeepFM(FM):
    def build(self):
        super().build()
        self.mlp = perceptron([self.width, 8, 6, 1], last=False)

    def forward(self, x):
        return super().forward(x) + self.mlp(self.features.joined(x))


class WideDeep(Ranker):
    first = True

    def build(self):
        self.mlp = perceptron([self.width, 8, 6, 1], last=False)

    def forward(self, x):
        return self.first_order(x) + self.mlp(self.features.joined(x))


class DLRM(Ranker):
    def build(self):
        self.bottom = perceptron([NUMBERS, 6, D])
        self.top = perceptron([D + (FIELDS + 1) * FIELDS // 2, 8, 1], last=False)

    def forward(self, x):
        bottom = self.bottom(x["dense"])
        t = torch.cat([bottom.unsqueeze(1), self.features.fields(x)], 1)
        pairs = [(t[:, i] * t[:, j]).sum(1, keepdim=True) for i in range(t.shape[1]) for j in range(i)]
        return self.top(torch.cat([bottom] + pairs, 1))


class Cross(nn.Module):
    def __init__(self, width, rank):
        super().__init__()
        if rank:
            self.v, self.u = nn.Linear(width, rank, bias=False), nn.Linear(rank, width)
        else:
            self.w = nn.Linear(width, width)

    def forward(self, x, start):
        inner = self.u(self.v(x)) if hasattr(self, "u") else self.w(x)
        return start * inner + x


class DCNv2(Ranker):
    rank, stacked = 0, True

    def build(self):
        self.cross = nn.Module()
        self.cross.layers = nn.ModuleList([Cross(self.width, self.rank) for _ in range(2)])
        self.mlp = perceptron([self.width, 8, 6])
        self.out = nn.Linear(6 if self.stacked else self.width + 6, 1)

    def forward(self, x):
        start = self.features.joined(x)
        crossed = start
        for layer in self.cross.layers:
            crossed = layer(crossed, start)
        return self.out(self.mlp(crossed) if self.stacked else torch.cat([crossed, self.mlp(start)], 1))


class DCNv2Parallel(DCNv2):
    rank, stacked = 3, False


class XDeepFM(Ranker):
    first, maps = True, [5, 3]

    def build(self):
        self.numeric = Numeric()
        count = FIELDS + NUMBERS
        self.cin = nn.Module()
        self.cin.layers = nn.ModuleList(
            [nn.Linear(below * count, maps, bias=False) for below, maps in zip([count] + self.maps, self.maps)])
        self.out = nn.Linear(sum(self.maps), 1, bias=False)
        self.mlp = perceptron([self.width, 8, 1], last=False)

    def forward(self, x):
        start = torch.cat([self.features.fields(x), self.numeric(x["dense"])], 1)
        maps, pooled = start, []
        for layer in self.cin.layers:
            weight = layer.weight.reshape(layer.weight.shape[0], maps.shape[1], start.shape[1])
            maps = torch.einsum("hij,bid,bjd->bhd", weight, maps, start)
            pooled.append(maps.sum(2))
        return self.first_order(x) + self.mlp(self.features.joined(x)) + self.out(torch.cat(pooled, 1))


class Attention(nn.Module):
    def __init__(self, width, heads, size):
        super().__init__()
        self.heads, self.size = heads, size
        self.projection = nn.Linear(width, 4 * heads * size, bias=False)

    def forward(self, x):
        query, key, value, residual = self.projection.weight.chunk(4)
        out = []
        for h in range(self.heads):
            rows = slice(h * self.size, (h + 1) * self.size)
            q, k, v = x @ query[rows].T, x @ key[rows].T, x @ value[rows].T
            out.append((q @ k.transpose(1, 2)).softmax(2) @ v)
        return torch.relu(torch.cat(out, 2) + x @ residual.T)


class AutoInt(Ranker):
    deep = False

    def build(self):
        self.numeric = Numeric()
        self.attention = nn.ModuleList([Attention(D, 2, 3), Attention(6, 2, 3)])
        self.out = nn.Linear((FIELDS + NUMBERS) * 6, 1)
        if self.deep:
            self.mlp = perceptron([self.width, 8, 1], last=False)

    def forward(self, x):
        e = torch.cat([self.features.fields(x), self.numeric(x["dense"])], 1)
        for layer in self.attention:
            e = layer(e)
        logits = self.out(e.flatten(1))
        return logits + self.mlp(self.features.joined(x)) if self.deep else logits


class AutoIntPlus(AutoInt):
    deep = True


class Gate(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.context = nn.Parameter(torch.randn(1, D))
        self.mlp = perceptron([D, 5, width], last=False)

    def forward(self, x):
        return x * 2 * torch.sigmoid(self.mlp(self.context))


class Fusion(nn.Module):
    def __init__(self, first, second, heads):
        super().__init__()
        self.first, self.second = nn.Linear(first, 1), nn.Linear(second, 1, bias=False)
        self.weight = nn.Parameter(torch.randn(heads, first // heads, second // heads))

    def forward(self, x, y):
        score = self.first(x) + self.second(y)
        for k, weight in enumerate(self.weight):
            a, b = weight.shape
            score = score + ((x[:, k * a:(k + 1) * a] @ weight) * y[:, k * b:(k + 1) * b]).sum(1, keepdim=True)
        return score


class FinalMLP(Ranker):
    gated = True

    def build(self):
        if self.gated:
            self.gate1, self.gate2 = Gate(self.width), Gate(self.width)
        self.mlp1, self.mlp2 = perceptron([self.width, 8, 6]), perceptron([self.width, 4])
        self.fusion = Fusion(6, 4, 2)

    def forward(self, x):
        e = self.features.joined(x)
        first, second = (self.gate1(e), self.gate2(e)) if self.gated else (e, e)
        return self.fusion(self.mlp1(first), self.mlp2(second))


class FinalMLPUngated(FinalMLP):
    gated = False


class ExpertGate(nn.Module):
    def __init__(self, width, experts):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(experts, width) * 0.3)

    def forward(self, x):
        return (x @ self.weight.T).softmax(1)


class MMoE(Ranker):
    goals, experts_count, top_k, balance = 2, 3, 0, 0.5

    def build(self):
        self.experts = nn.ModuleList([perceptron([self.width, 8, 5]) for _ in range(self.experts_count)])
        self.gates = nn.ModuleList([ExpertGate(self.width, self.experts_count) for _ in range(self.goals)])
        self.towers = nn.ModuleList([perceptron([5, 4, 1], last=False) for _ in range(self.goals)])

    def forward(self, x):
        e = self.features.joined(x)
        answers = torch.stack([expert(e) for expert in self.experts], 1)
        logits, imbalances = [], []
        for gate, tower in zip(self.gates, self.towers):
            shares = gate(e)
            if self.top_k:
                chosen = torch.zeros_like(shares)
                for row, best in enumerate(shares.argsort(1, descending=True)[:, :self.top_k]):
                    chosen[row, best] = 1
                imbalances.append(
                    self.experts_count * (chosen.mean(0) / self.top_k * shares.mean(0)).sum())
                shares = shares * chosen / (shares * chosen).sum(1, keepdim=True)
            logits.append(tower((shares.unsqueeze(2) * answers).sum(1)))
        self.auxiliary = self.balance * torch.stack(imbalances).mean() if imbalances else None
        return torch.cat(logits, 1)


class MMoESparse(MMoE):
    top_k = 2


class Level(nn.Module):
    def __init__(self, width, goals, own, shared, last):
        super().__init__()
        sizes = [width, 8, 5]
        self.shared = nn.ModuleList([perceptron(sizes) for _ in range(shared)])
        self.goals = nn.ModuleList([nn.ModuleList([perceptron(sizes) for _ in range(own)]) for _ in range(goals)])
        self.gates = nn.ModuleList([ExpertGate(width, own + shared) for _ in range(goals)])
        if not last:
            self.shared_gate = ExpertGate(width, goals * own + shared)

    def forward(self, inputs, common):
        mix = lambda gate, x, answers: (gate(x).unsqueeze(2) * torch.stack(answers, 1)).sum(1)
        shared = [expert(common) for expert in self.shared]
        own = [[expert(x) for expert in experts] for experts, x in zip(self.goals, inputs)]
        mixed = [mix(gate, x, answers + shared) for gate, x, answers in zip(self.gates, inputs, own)]
        if not hasattr(self, "shared_gate"):
            return mixed, common
        return mixed, mix(self.shared_gate, common, sum(own, []) + shared)


class PLE(Ranker):
    goals = 2

    def build(self):
        self.levels = nn.ModuleList(
            [Level(self.width, 2, 2, 1, last=False), Level(5, 2, 2, 1, last=True)])
        self.towers = nn.ModuleList([perceptron([5, 4, 1], last=False) for _ in range(2)])

    def forward(self, x):
        common = self.features.joined(x)
        inputs = [common] * 2
        for level in self.levels:
            inputs, common = level(inputs, common)
        return torch.cat([tower(e) for tower, e in zip(self.towers, inputs)], 1)


def batch():
    flat = lambda bags, dtype: torch.tensor([v for name in TABLES for bag in bags[name] for v in bag], dtype=dtype)
    return {
        "dense": torch.randn(ROWS, NUMBERS), "text": torch.randn(ROWS, WIDTH),
        "labels": torch.randint(2, (ROWS, 2)).float(), "ids": flat(BAGS, torch.int64),
        "weights": flat(WEIGHTS, torch.float32),
        "lengths": torch.tensor([len(bag) for name in TABLES for bag in BAGS[name]]),
    }


def write(models, path):
    x = batch()
    out = {f"batch/{key}": tensor for key, tensor in x.items()}
    for name, model in models.items():
        logits = model(x)
        loss = F.binary_cross_entropy_with_logits(logits, x["labels"][:, :logits.shape[1]])
        if getattr(model, "auxiliary", None) is not None:
            loss = loss + model.auxiliary
        loss.backward()
        out[f"{name}/logits"], out[f"{name}/loss"] = logits.detach(), loss.detach()
        for key, tensor in model.state_dict().items():
            out[f"{name}/state/{key}"] = tensor
        for key, parameter in model.named_parameters():
            out[f"{name}/gradient/{key}"] = parameter.grad
    save_file({key: tensor.contiguous().clone() for key, tensor in out.items()}, path)


def check(models, path):
    """Every name must fit strictly, every logit to 1e-5."""
    file, good = load_file(path), True
    x = {key.removeprefix("batch/"): value for key, value in file.items() if key.startswith("batch/")}
    for name, model in models.items():
        prefix = f"{name}/state/"
        model.load_state_dict({k.removeprefix(prefix): v for k, v in file.items() if k.startswith(prefix)}, strict=True)
        with torch.no_grad():
            difference = (model(x) - file[f"{name}/logits"]).abs().max().item()
        print(f"{name}: largest difference {difference:.2e}")
        good = good and difference < 1e-5
    return good


torch.manual_seed(5)
torch.set_num_threads(1)
rankers = {
    "lr": LR(), "fm": FM(), "deepfm": DeepFM(), "wide-deep": WideDeep(), "dlrm": DLRM(), "dcn-v2": DCNv2(),
    "dcn-v2 parallel": DCNv2Parallel(), "xdeepfm": XDeepFM(), "autoint": AutoInt(), "autoint plus": AutoIntPlus(),
    "finalmlp": FinalMLP(), "finalmlp ungated": FinalMLPUngated(), "mmoe": MMoE(), "mmoe sparse": MMoESparse(),
    "ple": PLE(),
}
for ranker in rankers.values():
    with torch.no_grad():
        for parameter in ranker.parameters():
            parameter.mul_(0.7)
if len(sys.argv) > 1:
    sys.exit(0 if check(rankers, sys.argv[1]) else 1)
write(rankers, pathlib.Path(__file__).resolve().parent / "rankers.safetensors")
