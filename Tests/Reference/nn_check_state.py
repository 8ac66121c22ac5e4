"""Loads a state that Swift wrote into the PyTorch twin and compares outputs: the way from Swift to Python.

usage: python nn_check_state.py FILE   exits 0 when the names fit strictly and the output agrees to 1e-6

FILE holds `input` (ids [B, L]), `output` [B, 2] and the state under `model.`.
"""
import sys

import torch
from safetensors.torch import load_file
from torch import nn


class Twin(nn.Module):
    def __init__(self):
        super().__init__()
        self.items = nn.Embedding(11, 6)
        self.lstm = nn.LSTM(6, 5, batch_first=True)
        self.norm = nn.BatchNorm1d(5)
        self.head = nn.Sequential(nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 2))

    def forward(self, ids):
        _, (hidden, _) = self.lstm(self.items(ids))
        return self.head(self.norm(hidden[-1]))


file = load_file(sys.argv[1])
model = Twin()
model.load_state_dict({k.removeprefix("model."): v for k, v in file.items() if k.startswith("model.")}, strict=True)
with torch.no_grad():
    difference = (model.eval()(file["input"]) - file["output"]).abs().max().item()
print(f"largest difference {difference:.2e}")
sys.exit(0 if difference < 1e-6 else 1)
