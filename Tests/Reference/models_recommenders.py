"""Scores of every recommender, by plain PyTorch models with the same parameter names.

usage: python models_recommenders.py          writes models_recommenders.safetensors beside itself
       python models_recommenders.py FILE     loads the states that Swift wrote into FILE and compares the scores

The space: 7 users, 11 items; one user field (3 values, one each) and one item field (5 values, one to three each).
"""
import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file
from torch import nn

USERS, ITEMS = 7, 11
USER_FIELD = [[u % 3] for u in range(USERS)]
ITEM_FIELD = [[i % 5] if i % 2 == 0 else [i % 5, (i + 2) % 5, (i + 3) % 5][: 2 + i % 3 // 2] for i in range(ITEMS)]
HISTORIES = [[1, 4, 2], [3], [0, 5, 6, 7, 8], [10, 9], [2, 2, 1, 0], [7, 3, 5], [6]]


class Popularity(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("counts", torch.randint(0, 50, (ITEMS,)).float())

    def forward(self, u, i):
        return self.counts[i]


class MF(nn.Module):
    def __init__(self, d=6):
        super().__init__()
        self.user_factors, self.item_factors = nn.Embedding(USERS, d), nn.Embedding(ITEMS, d)
        self.user_bias, self.item_bias = nn.Embedding(USERS, 1), nn.Embedding(ITEMS, 1)
        self.bias = nn.Parameter(torch.randn(1))

    def forward(self, u, i):
        dot = (self.user_factors(u) * self.item_factors(i)).sum(1)
        return dot + self.user_bias(u).squeeze(1) + self.item_bias(i).squeeze(1) + self.bias


class FM(nn.Module):
    """Every pair of features by itself: no pooling identity here."""

    def __init__(self, d=6):
        super().__init__()
        n = USERS + 3 + ITEMS + 5
        self.bias = nn.Parameter(torch.randn(1))
        self.linear, self.factors = nn.Embedding(n, 1), nn.Embedding(n, d)

    def features(self, u, i):
        x = [(u, 1.0)] + [(USERS + v, 1 / len(USER_FIELD[u])) for v in USER_FIELD[u]]
        first = USERS + 3
        return x + [(first + i, 1.0)] + [(first + ITEMS + v, 1 / len(ITEM_FIELD[i])) for v in ITEM_FIELD[i]]

    def forward(self, u, i):
        scores = []
        for a, b in zip(u.tolist(), i.tolist()):
            x = self.features(a, b)
            score = self.bias[0]
            for f, value in x:
                score = score + self.linear.weight[f, 0] * value
            for p, (f, value) in enumerate(x):
                for g, other in x[p + 1:]:
                    score = score + self.factors.weight[f].dot(self.factors.weight[g]) * value * other
            scores.append(score)
        return torch.stack(scores)


class GMF(nn.Module):
    def __init__(self, f=6):
        super().__init__()
        self.gu, self.gi, self.out = nn.Embedding(USERS, f), nn.Embedding(ITEMS, f), nn.Linear(f, 1)

    def forward(self, u, i):
        return self.out(self.gu(u) * self.gi(i)).squeeze(1)


def perceptron(sizes):
    layers = []
    for a, b in zip(sizes, sizes[1:]):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*layers)


class MLP(nn.Module):
    def __init__(self, e=6, hidden=(8, 4)):
        super().__init__()
        self.mu, self.mi = nn.Embedding(USERS, e), nn.Embedding(ITEMS, e)
        self.mlp, self.out = perceptron([2 * e, *hidden]), nn.Linear(hidden[-1], 1)

    def forward(self, u, i):
        return self.out(self.mlp(torch.cat([self.mu(u), self.mi(i)], 1))).squeeze(1)


class NeuMF(nn.Module):
    def __init__(self, f=5, e=6, hidden=(8, 4)):
        super().__init__()
        self.gu, self.gi = nn.Embedding(USERS, f), nn.Embedding(ITEMS, f)
        self.mu, self.mi = nn.Embedding(USERS, e), nn.Embedding(ITEMS, e)
        self.mlp, self.out = perceptron([2 * e, *hidden]), nn.Linear(hidden[-1] + f, 1)

    def forward(self, u, i):
        deep = self.mlp(torch.cat([self.mu(u), self.mi(i)], 1))
        return self.out(torch.cat([self.gu(u) * self.gi(i), deep], 1)).squeeze(1)


class DNN(nn.Module):
    def __init__(self, d=6, hidden=(8, 4), dropout=0.1):
        super().__init__()
        self.user_embedding, self.item_embedding = nn.Embedding(USERS, d), nn.Embedding(ITEMS, d)
        layers, width = [], 2 * d
        for size in hidden:
            layers += [nn.Linear(width, size), nn.ReLU(), nn.Dropout(dropout)]
            width = size
        self.mlp = nn.Sequential(*layers, nn.Linear(width, 1))

    def forward(self, u, i):
        return self.mlp(torch.cat([self.user_embedding(u), self.item_embedding(i)], 1)).squeeze(1)


class TwoTower(nn.Module):
    def __init__(self, d=6, hidden=(8, 5)):
        super().__init__()
        self.user_embedding, self.item_embedding = nn.Embedding(USERS, d), nn.Embedding(ITEMS, d)
        self.user_tower, self.item_tower = (perceptron([d, *hidden])[:-1] for _ in range(2))

    def forward(self, u, i):
        users = nn.functional.normalize(self.user_tower(self.user_embedding(u)))
        return (users * nn.functional.normalize(self.item_tower(self.item_embedding(i)))).sum(1)


class Sequence(nn.Module):
    def __init__(self, d=6, hidden=5, longest=4):
        super().__init__()
        self.item_embedding, self.longest = nn.Embedding(ITEMS, d), longest
        self.lstm, self.output = nn.LSTM(d, hidden, batch_first=True), nn.Linear(hidden, ITEMS)

    def forward(self, u, i):
        """One history at a time, so that no padding takes part."""
        logits = []
        for user in u.tolist():
            steps, _ = self.lstm(self.item_embedding(torch.tensor([HISTORIES[user][-self.longest:]])))
            logits.append(self.output(steps[0, -1]))
        return torch.stack(logits).gather(1, i.unsqueeze(1)).squeeze(1)


users = torch.arange(USERS).repeat_interleave(ITEMS)
items = torch.arange(ITEMS).repeat(USERS)


def write(models, path):
    labels = torch.randint(2, (USERS * ITEMS,)).float()
    out = {"labels": labels}
    for name, model in models.items():
        scores = model(users, items)
        out[f"{name}/scores"] = scores.detach().reshape(USERS, ITEMS)
        for key, tensor in model.state_dict().items():
            out[f"{name}/state/{key}"] = tensor
        if name == "popularity":
            continue
        nn.functional.binary_cross_entropy_with_logits(scores, labels).backward()
        for key, parameter in model.named_parameters():
            out[f"{name}/gradient/{key}"] = parameter.grad
    save_file({key: tensor.contiguous().clone() for key, tensor in out.items()}, path)


def check(models, path):
    """Every name must fit strictly, every score to 1e-5."""
    file, good = load_file(path), True
    for name, model in models.items():
        prefix = f"{name}/state/"
        model.load_state_dict({k.removeprefix(prefix): v for k, v in file.items() if k.startswith(prefix)}, strict=True)
        with torch.no_grad():
            difference = (model(users, items) - file[f"{name}/scores"].flatten()).abs().max().item()
        print(f"{name}: largest difference {difference:.2e}")
        good = good and difference < 1e-5
    return good


torch.manual_seed(11)
torch.set_num_threads(1)
recommenders = {
    "popularity": Popularity(), "mf": MF(), "fm": FM(), "gmf": GMF(), "mlp": MLP(), "neumf": NeuMF(), "dnn": DNN(),
    "two-tower": TwoTower(), "sequence": Sequence(),
}
for recommender in recommenders.values():
    recommender.eval()
if len(sys.argv) > 1:
    sys.exit(0 if check(recommenders, sys.argv[1]) else 1)
write(recommenders, pathlib.Path(__file__).resolve().parent / "models_recommenders.safetensors")
