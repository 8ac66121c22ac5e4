"""Golden values of TorchNN's losses: values and gradients in PyTorch.

usage: python nn_losses.py   writes nn_losses.safetensors beside itself

Keys: <case>.<argument>, and for each reduction r (none, mean, sum): <case>.<r>.value, <case>.<r>.grad.<argument>.
"""
import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

torch.manual_seed(22)
tensors = {}


def record(case, arguments, differentiate, loss):
    for name, value in arguments.items():
        tensors[f"{case}.{name}"] = value
    for reduction in ("none", "mean", "sum"):
        live = {k: v.clone().requires_grad_() if k in differentiate else v for k, v in arguments.items()}
        value = loss(reduction=reduction, **live)
        value.sum().backward()
        tensors[f"{case}.{reduction}.value"] = value.detach()
        for name in differentiate:
            tensors[f"{case}.{reduction}.grad.{name}"] = live[name].grad


def reduce(values, reduction):
    return {"none": values, "mean": values.mean(), "sum": values.sum()}[reduction]


big = torch.tensor([80.0, -80.0])
record("bce", dict(logits=torch.cat([torch.randn(6), big]), targets=torch.tensor([0, 1, 1, 0, 0.3, 1, 0, 1])), ["logits"],
       lambda logits, targets, reduction: F.binary_cross_entropy_with_logits(logits, targets, reduction=reduction))
record("bce_weighted",
       dict(logits=torch.randn(4, 3), targets=torch.rand(4, 3).round(), weight=torch.rand(3), positive=torch.rand(3) * 5),
       ["logits"],
       lambda logits, targets, weight, positive, reduction: F.binary_cross_entropy_with_logits(
           logits, targets, weight, pos_weight=positive, reduction=reduction))
record("cross_entropy", dict(logits=torch.randn(5, 4), targets=torch.tensor([0, 3, 3, 1, 2])), ["logits"],
       lambda logits, targets, reduction: F.cross_entropy(logits, targets, reduction=reduction))
record("cross_entropy_full",
       dict(logits=torch.randn(5, 4), targets=torch.tensor([0, 3, 0, 1, 2]), weight=torch.rand(4)), ["logits"],
       lambda logits, targets, weight, reduction: F.cross_entropy(
           logits, targets, weight, ignore_index=0, label_smoothing=0.1, reduction=reduction))
record("cross_entropy_probabilities", dict(logits=torch.randn(5, 4), targets=torch.randn(5, 4).softmax(1)), ["logits"],
       lambda logits, targets, reduction: F.cross_entropy(logits, targets, reduction=reduction))
record("mse", dict(prediction=torch.randn(3, 2), target=torch.randn(3, 2)), ["prediction"],
       lambda prediction, target, reduction: F.mse_loss(prediction, target, reduction=reduction))
record("bpr", dict(positive=torch.randn(5), negative=torch.randn(5)), ["positive", "negative"],
       lambda positive, negative, reduction: reduce(-F.logsigmoid(positive - negative), reduction))
record("bpr_many", dict(positive=torch.randn(5), negative=torch.randn(5, 3)), ["positive", "negative"],
       lambda positive, negative, reduction: reduce(-F.logsigmoid(positive[:, None] - negative), reduction))
record("hinge", dict(positive=torch.randn(5), negative=torch.randn(5)), ["positive", "negative"],
       lambda positive, negative, reduction: F.margin_ranking_loss(
           positive, negative, torch.ones(5), margin=0.5, reduction=reduction))

save_file({k: v.contiguous().clone() for k, v in tensors.items()}, pathlib.Path(__file__).with_suffix(".safetensors"))
