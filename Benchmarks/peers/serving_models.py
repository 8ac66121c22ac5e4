"""The two models of `make bench-serving` as TorchScript files with their signatures, and one request for each.

    serving_models.py FOLDER

DLRM (Naumov et al. 2019): 13 numbers, 26 ids, tables of 100,000 rows of 16, bottom MLP 64-32-16, all pairs, top MLP 64-32-1.
Two towers: a user's and an item's id, tables of 100,000 rows of 64, towers 128-64, the cosine.
"""
import json
import pathlib
import sys

import torch
from torch import nn

torch.manual_seed(1)


def mlp(sizes, last=True):
    layers = []
    for first, second in zip(sizes, sizes[1:]):
        layers += [nn.Linear(first, second), nn.ReLU()]
    return nn.Sequential(*(layers if last else layers[:-1]))


class DLRM(nn.Module):
    def __init__(self, rows=100_000, dim=16, fields=26):
        super().__init__()
        # One table with an offset for each field, as a fused lookup has it: both sides load the same file.
        self.table = nn.Embedding(rows * fields, dim)
        self.register_buffer("offsets", torch.arange(fields) * rows)
        self.bottom = mlp([13, 64, 32, dim])
        pairs = torch.tril_indices(fields + 1, fields + 1, -1)
        self.register_buffer("first", pairs[0])
        self.register_buffer("second", pairs[1])
        self.top = mlp([dim + pairs.shape[1], 64, 32, 1], last=False)

    def forward(self, dense, ids):
        bottom = self.bottom(dense)
        stacked = torch.cat([bottom.unsqueeze(1), self.table(ids + self.offsets)], 1)
        products = torch.bmm(stacked, stacked.transpose(1, 2))
        return torch.sigmoid(self.top(torch.cat([bottom, products[:, self.first, self.second]], 1)).squeeze(1))


class TwoTower(nn.Module):
    def __init__(self, rows=100_000, dim=64):
        super().__init__()
        self.users, self.items = nn.Embedding(rows, dim), nn.Embedding(rows, dim)
        self.user_tower, self.item_tower = mlp([dim, 128, 64], last=False), mlp([dim, 128, 64], last=False)

    def forward(self, user, item):
        return torch.cosine_similarity(self.user_tower(self.users(user)), self.item_tower(self.items(item)), 1)


def write(folder, name, model, inputs):
    folder = pathlib.Path(folder)
    torch.jit.freeze(torch.jit.script(model.eval())).save(str(folder / f"{name}.pt"))
    types = {torch.float32: "FP32", torch.int64: "INT64"}
    signature = {
        "inputs": [{"name": n, "type": types[t.dtype], "shape": [-1, *t.shape[1:]]} for n, t in inputs.items()],
        "outputs": [{"name": "score", "type": "FP32", "shape": [-1]}], "isBatched": True}
    (folder / f"{name}.signature.json").write_text(json.dumps(signature))
    request = {"inputs": [
        {"name": n, "datatype": types[t.dtype], "shape": list(t.shape), "data": [round(v, 4) for v in t.flatten().tolist()]}
        for n, t in inputs.items()]}
    (folder / f"{name}.json").write_text(json.dumps(request))


if __name__ == "__main__":
    folder = sys.argv[1]
    write(folder, "dlrm", DLRM(), {"dense": torch.rand(1, 13), "ids": torch.randint(100_000, (1, 26))})
    write(folder, "two-tower", TwoTower(), {"user": torch.randint(100_000, (1,)), "item": torch.randint(100_000, (1,))})
