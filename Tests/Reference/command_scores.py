"""Scores a run's NeuMF checkpoint with a plain PyTorch model and prints the largest difference to a file of scores.

usage: python command_scores.py RUN SCORES.tsv
"""
import sys

import torch
import torch.nn as nn
from safetensors.torch import load_file

run, scores = sys.argv[1:3]
# What belongs to the run, not to the model, has a slash in its name.
state = {name: value for name, value in load_file(f"{run}/checkpoints/best.safetensors").items() if "/" not in name}
users, items = ([line for line in open(f"{run}/catalogue/{name}.vocabulary").read().split("\n")[1:-1]] for name in ("users", "items"))
row = {name: {token: i for i, token in enumerate(tokens)} for name, tokens in (("user", users), ("item", items))}


class NeuMF(nn.Module):
    def __init__(self):
        super().__init__()
        for name in ("gu", "gi", "mu", "mi"):
            setattr(self, name, nn.Embedding(*state[f"{name}.weight"].shape))
        sizes = [state[key].shape for key in sorted(state) if key.startswith("mlp.") and key.endswith(".weight")]
        layers = []
        for out, inner in sizes:
            layers += [nn.Linear(inner, out), nn.ReLU()]
        self.mlp = nn.Sequential(*layers)
        self.out = nn.Linear(state["out.weight"].shape[1], 1)

    def forward(self, u, i):
        deep = self.mlp(torch.cat([self.mu(u), self.mi(i)], 1))
        return self.out(torch.cat([self.gu(u) * self.gi(i), deep], 1)).squeeze(1)


model = NeuMF()
model.load_state_dict(state)
rows = [line.rstrip("\n").split("\t") for line in open(scores)][1:]
u = torch.tensor([row["user"][r[0]] for r in rows])
i = torch.tensor([row["item"][r[1]] for r in rows])
with torch.no_grad():
    mine = model(u, i)
theirs = torch.tensor([float(r[2]) for r in rows])
print(f"{(mine - theirs).abs().max().item():.3e}")
