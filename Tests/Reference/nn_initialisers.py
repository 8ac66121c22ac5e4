"""Golden values of TorchNN's initialisers and default weights: the same bits for the same seed.

usage: python nn_initialisers.py   writes nn_initialisers.safetensors beside itself

Each case seeds the default generator with 7.
"""
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn

tensors = {}
for case, fill in {
    "uniform": lambda t: nn.init.uniform_(t, -0.5, 2.0),
    "normal": lambda t: nn.init.normal_(t, 1.0, 0.2),
    "truncated_normal": lambda t: nn.init.trunc_normal_(t, 0.1, 0.5, -0.4, 0.6),
    "truncated_normal_tail": lambda t: nn.init.trunc_normal_(t, 0.0, 1.0, 1.5, 3.0),
    "xavier_uniform": lambda t: nn.init.xavier_uniform_(t, 1.5),
    "xavier_normal": lambda t: nn.init.xavier_normal_(t),
    "kaiming_uniform": lambda t: nn.init.kaiming_uniform_(t, a=0.2),
    "kaiming_normal": lambda t: nn.init.kaiming_normal_(t, mode="fan_out"),
    "ones": nn.init.ones_,
    "constant": lambda t: nn.init.constant_(t, 0.25),
}.items():
    torch.manual_seed(7)
    tensors[f"fill.{case}"] = fill(torch.empty(6, 40))

for case, make in {
    "linear": lambda: nn.Linear(20, 10),
    "embedding": lambda: nn.Embedding(9, 5, padding_idx=3),
    "lstm": lambda: nn.LSTM(4, 6, num_layers=2, bidirectional=True),
    "gru": lambda: nn.GRU(4, 6),
    "mlp": lambda: nn.Sequential(nn.Linear(8, 6), nn.ReLU(), nn.Linear(6, 4)),
    "batch_norm": lambda: nn.BatchNorm1d(3),
    "layer_norm": lambda: nn.LayerNorm(3),
}.items():
    torch.manual_seed(7)
    for name, value in make().state_dict().items():
        tensors[f"layer.{case}.{name}"] = value

torch.manual_seed(7)
tensors["dropout"] = nn.functional.dropout(torch.ones(200), 0.3)

save_file({k: v.contiguous().clone() for k, v in tensors.items()}, pathlib.Path(__file__).with_suffix(".safetensors"))
