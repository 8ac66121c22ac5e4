"""Reference of the optimisers in backward: pooled lookups and updates of the rows touched, in float64 by plain PyTorch.

usage: python sparse_optimizers.py   writes sparse_optimizers.safetensors beside itself

Tables: user 9 x 4, item 11 x 8. Features, in this order: user, item, clicked (table item). Batch 4, ten steps. Step 4
has no id of user. Everything is computed in float64 and stored as float32; starts and gradients are float32 numbers.

  ids.<step> [N], offsets.<step> [3 * 4 + 1] int64, weights.<step> [N]  key-major, step 0 to 9; empty bags, ids repeated
  gradients [10, 4, 20], start.<table>, learning_rates [10] float64 (of the case `schedule`; all others use 0.05)
  <pooling>.<setting>.<optimizer>.table.<table>              after ten steps
  <pooling>.<setting>.<optimizer>.state.<table>.<name>       sum [rows, D] of adagrad, sum [rows] of rowwise_adagrad;
                                                             first [rows, D] and second [rows, D] of adam, adamw; first
                                                             [rows, D] and second [rows] of rowwise_adam

pooling: sum, mean, sum_weighted, mean_weighted (the weighted sum over the count of ids)
setting: plain; decay (weight decay 0.1); clip (max gradient 0.5); schedule; all (the three together). Other poolings
         than sum have plain and all. With sum also fp16 and bf16: the start and, after each step, the rows touched
         are rounded to nearest in that type. Another precision may round to the neighbour now and then.
optimizer: sgd, adagrad, rowwise_adagrad, adam, adamw, rowwise_adam

A step, for each table: G[row] is the sum of the gradients of all ids that name the row, through every feature of the
table. Rows named by no id keep weights and state. lr is that of the step, wd 0 without decay, t counts the steps of the
table from 1, those without an id included.

  clip            G = min(max(G, -max_gradient), max_gradient), element by element, before decay
  sgd             G += wd w;  w -= lr G
  adagrad         G += wd w;  sum += G^2;  w -= lr G / (sqrt(sum) + eps)
  rowwise_adagrad G += wd w;  sum[row] += mean(G^2);  w -= lr G / (sqrt(sum[row]) + eps)
  adam            G += wd w;  moments;  w -= lr mhat / (sqrt(vhat) + eps)
  adamw           w *= 1 - lr wd;  moments;  w -= lr mhat / (sqrt(vhat) + eps)
  rowwise_adam    w *= 1 - lr wd;  first as adam;  second[row] = b2 second[row] + (1 - b2) mean(G^2);  w as adam
  moments         first = b1 first + (1 - b1) G;  second = b2 second + (1 - b2) G^2
  mhat, vhat      first / (1 - b1^t), second / (1 - b2^t)

eps 1e-8, b1 0.9, b2 0.999, all states from 0.
"""
import pathlib

import torch
from safetensors.torch import save_file

STEPS, BATCH = 10, 4
TABLES = {"user": (9, 4), "item": (11, 8)}
FEATURES = {"user": "user", "item": "item", "clicked": "item"}
LEARNING_RATE, EPS, BETAS = 0.05, 1e-8, (0.9, 0.999)
WEIGHT_DECAY, MAX_GRADIENT = 0.1, 0.5
STEP_WITHOUT_USER = 4

torch.manual_seed(37)
tensors = {}
for step in range(STEPS):
    lengths = torch.randint(0, 4, (len(FEATURES), BATCH))
    lengths[:, step % BATCH] = 0
    lengths[:, (step + 1) % BATCH] = 3
    if step == STEP_WITHOUT_USER:
        lengths[0] = 0
    ids = []
    for counts, table in zip(lengths, FEATURES.values()):
        drawn = torch.randint(0, TABLES[table][0], (int(counts.sum()),))
        drawn[1:2] = drawn[:1]
        ids.append(drawn)
    tensors[f"ids.{step}"] = torch.cat(ids)
    tensors[f"offsets.{step}"] = torch.cat([torch.zeros(1, dtype=torch.int64), lengths.flatten().cumsum(0)])
    tensors[f"weights.{step}"] = torch.rand(len(tensors[f"ids.{step}"])) + 0.25
tensors["gradients"] = torch.randn(STEPS, BATCH, sum(TABLES[table][1] for table in FEATURES.values()))
tensors["learning_rates"] = torch.tensor([0.1 / (1 + step) for step in range(STEPS)], dtype=torch.float64)
for table, shape in TABLES.items():
    tensors[f"start.{table}"] = torch.randn(shape)


def table_gradients(step, pooling):
    """Per table: the rows touched and the summed gradient of each, from autograd through the lookup."""
    tables = {name: torch.zeros(shape, dtype=torch.float64, requires_grad=True) for name, shape in TABLES.items()}
    touched = {name: torch.zeros(shape[0], dtype=torch.bool) for name, shape in TABLES.items()}
    ids, offsets = tensors[f"ids.{step}"], tensors[f"offsets.{step}"]
    weights = tensors[f"weights.{step}"].double()
    columns = []
    for index, name in enumerate(FEATURES.values()):
        bags = []
        for bag in range(index * BATCH, (index + 1) * BATCH):
            mine = slice(int(offsets[bag]), int(offsets[bag + 1]))
            rows = tables[name][ids[mine]]
            if pooling.endswith("_weighted"):
                rows = rows * weights[mine, None]
            pooled = rows.sum(dim=0)
            bags.append(pooled / max(1, len(rows)) if pooling.startswith("mean") else pooled)
            touched[name][ids[mine]] = True
        columns.append(torch.stack(bags))
    torch.cat(columns, dim=1).backward(tensors["gradients"][step].double())
    return {name: (touched[name].nonzero().squeeze(1), tables[name].grad) for name in TABLES}


class Optimizer:
    """Weights and state of one table."""

    def __init__(self, start, storage, weight_decay, max_gradient):
        self.weights, self.storage = start.to(storage).double(), storage
        self.weight_decay, self.max_gradient = weight_decay, max_gradient
        self.state, self.steps = {}, 0

    def step(self, rows, gradient, learning_rate):
        self.steps += 1
        summed = gradient[rows]
        if self.max_gradient is not None:
            summed = summed.clamp(-self.max_gradient, self.max_gradient)
        self.update(rows, summed, learning_rate)
        if self.storage is not torch.float32:
            self.weights[rows] = self.weights[rows].to(self.storage).double()

    def remember(self, name, rows, value, keep=1.0):
        """state[rows] = keep * state[rows] + value, from 0; returns the new rows."""
        if name not in self.state:
            self.state[name] = torch.zeros(self.weights.shape[:1] + value.shape[1:], dtype=torch.float64)
        self.state[name][rows] = keep * self.state[name][rows] + value
        return self.state[name][rows]

    def with_decay(self, rows, summed):
        return summed + self.weight_decay * self.weights[rows]


class SGD(Optimizer):
    def update(self, rows, summed, learning_rate):
        self.weights[rows] -= learning_rate * self.with_decay(rows, summed)


class Adagrad(Optimizer):
    def update(self, rows, summed, learning_rate):
        summed = self.with_decay(rows, summed)
        squares = self.remember("sum", rows, summed.square())
        self.weights[rows] -= learning_rate * summed / (squares.sqrt() + EPS)


class RowWiseAdagrad(Optimizer):
    def update(self, rows, summed, learning_rate):
        summed = self.with_decay(rows, summed)
        squares = self.remember("sum", rows, summed.square().mean(dim=1))
        self.weights[rows] -= learning_rate * summed / (squares.sqrt() + EPS)[:, None]


class Adam(Optimizer):
    def update(self, rows, summed, learning_rate):
        self.move(rows, self.with_decay(rows, summed), learning_rate)

    def square(self, summed):
        return summed.square()

    def move(self, rows, summed, learning_rate):
        first = self.remember("first", rows, (1 - BETAS[0]) * summed, keep=BETAS[0])
        second = self.remember("second", rows, (1 - BETAS[1]) * self.square(summed), keep=BETAS[1])
        first, second = first / (1 - BETAS[0] ** self.steps), second / (1 - BETAS[1] ** self.steps)
        divisor = second.sqrt() + EPS
        self.weights[rows] -= learning_rate * first / (divisor if divisor.ndim == 2 else divisor[:, None])


class AdamW(Adam):
    def update(self, rows, summed, learning_rate):
        self.weights[rows] *= 1 - learning_rate * self.weight_decay
        self.move(rows, summed, learning_rate)


class RowWiseAdam(AdamW):
    def square(self, summed):
        return summed.square().mean(dim=1)


OPTIMIZERS = {"sgd": SGD, "adagrad": Adagrad, "rowwise_adagrad": RowWiseAdagrad, "adam": Adam, "adamw": AdamW,
              "rowwise_adam": RowWiseAdam}
SETTINGS = {"plain": (), "decay": ("decay",), "clip": ("clip",), "schedule": ("schedule",),
            "all": ("decay", "clip", "schedule"), "fp16": (), "bf16": ()}
STORAGE = {"fp16": torch.float16, "bf16": torch.bfloat16}


def train(pooling, setting, kind):
    """A trained optimiser a table."""
    parts = SETTINGS[setting]
    found = {table: kind(tensors[f"start.{table}"], STORAGE.get(setting, torch.float32),
                         WEIGHT_DECAY if "decay" in parts else 0.0,
                         MAX_GRADIENT if "clip" in parts else None) for table in TABLES}
    for step in range(STEPS):
        learning_rate = tensors["learning_rates"][step].item() if "schedule" in parts else LEARNING_RATE
        for table, (rows, gradient) in table_gradients(step, pooling).items():
            found[table].step(rows, gradient, learning_rate)
    return found


def check_against_torch():
    """torch.optim knows three of them for sparse gradients, in their plain setting."""
    twins = {"sgd": lambda p: torch.optim.SGD(p, lr=LEARNING_RATE),
             "adagrad": lambda p: torch.optim.Adagrad(p, lr=LEARNING_RATE, eps=EPS),
             "adam": lambda p: torch.optim.SparseAdam(p, lr=LEARNING_RATE, betas=BETAS, eps=1e-12)}
    for name, make in twins.items():
        tables = {table: tensors[f"start.{table}"].double().requires_grad_() for table in TABLES}
        optimizer = make(list(tables.values()))
        for step in range(STEPS):
            for table, (rows, gradient) in table_gradients(step, "sum").items():
                tables[table].grad = torch.sparse_coo_tensor(
                    rows[None], gradient[rows], gradient.shape, is_coalesced=True, check_invariants=True)
            optimizer.step()
        for table, mine in train("sum", "plain", OPTIMIZERS[name]).items():
            torch.testing.assert_close(mine.weights, tables[table].detach(), rtol=1e-6, atol=1e-7)


check_against_torch()
for pooling in ("sum", "mean", "sum_weighted", "mean_weighted"):
    for setting in SETTINGS if pooling == "sum" else ("plain", "all"):
        for name, kind in OPTIMIZERS.items():
            for table, optimizer in train(pooling, setting, kind).items():
                case = f"{pooling}.{setting}.{name}"
                tensors[f"{case}.table.{table}"] = optimizer.weights.float()
                for state, value in optimizer.state.items():
                    tensors[f"{case}.state.{table}.{state}"] = value.float()
save_file({key: value.contiguous().clone() for key, value in tensors.items()},
          pathlib.Path(__file__).with_suffix(".safetensors"))
