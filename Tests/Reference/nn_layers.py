"""Golden values of TorchNN's layers: outputs and gradients of the same layers in PyTorch.

usage: python nn_layers.py   writes nn_layers.safetensors beside itself

Keys: <case>.state.<parameter> before the call, <case>.input, <case>.cotangent (what is sent backward),
<case>.output, <case>.grad.<parameter>, <case>.grad_input, <case>.after.<buffer>.
"""
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn

torch.manual_seed(20)
torch.set_num_threads(1)
tensors = {}


def record(case, module, x, calls=1):
    for name, value in module.state_dict().items():
        tensors[f"{case}.state.{name}"] = value.detach().clone()
    if x.is_floating_point():
        x = x.clone().requires_grad_()
    for _ in range(calls):
        module.zero_grad()
        x.grad = None
        y = module(x)
        cotangent = torch.randn(y.shape, generator=torch.Generator().manual_seed(3))
        if y.requires_grad:
            y.backward(cotangent)
    tensors[f"{case}.input"] = x.detach()
    tensors[f"{case}.cotangent"] = cotangent
    tensors[f"{case}.output"] = y.detach()
    if x.grad is not None:
        tensors[f"{case}.grad_input"] = x.grad
    for name, parameter in module.named_parameters():
        gradient = parameter.grad
        tensors[f"{case}.grad.{name}"] = gradient.to_dense() if gradient.is_sparse else gradient
    for name, value in module.named_buffers():
        tensors[f"{case}.after.{name}"] = value.detach().clone()


def affine(module):
    """Weights that are not all one or zero, so that their place in the formula shows."""
    for parameter in module.parameters():
        nn.init.normal_(parameter)
    return module


record("linear", nn.Linear(5, 3), torch.randn(2, 4, 5))
record("linear_without_bias", nn.Linear(5, 3, bias=False), torch.randn(4, 5))
record("embedding", nn.Embedding(7, 4, padding_idx=2), torch.tensor([[0, 2, 6], [6, 6, 1]]))
record("embedding_sparse", nn.Embedding(7, 4, sparse=True), torch.tensor([5, 0, 5]))
record("layer_norm", affine(nn.LayerNorm(6)), torch.randn(3, 6))
record("layer_norm_2d", affine(nn.LayerNorm([2, 6], eps=1e-3)), torch.randn(3, 2, 6))
record("batch_norm", affine(nn.BatchNorm1d(4)), torch.randn(5, 4), calls=3)
record("batch_norm_sequence", affine(nn.BatchNorm1d(4, momentum=0.3)), torch.randn(5, 4, 2), calls=2)
record("batch_norm_cumulative", affine(nn.BatchNorm1d(4, momentum=None)), torch.randn(5, 4), calls=3)
evaluated = affine(nn.BatchNorm1d(4))
evaluated.running_mean.normal_()
evaluated.running_var.uniform_(0.5, 2)
record("batch_norm_eval", evaluated.eval(), torch.randn(5, 4))
record("mlp", nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 2)), torch.randn(3, 6))
record("mlp_activate_last", nn.Sequential(nn.Linear(6, 5), nn.GELU(), nn.Linear(5, 4), nn.GELU()), torch.randn(3, 6))
record("mlp_dropout_eval",
       nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Dropout(0.5), nn.Linear(5, 2)).eval(), torch.randn(3, 6))

points = torch.linspace(-4, 4, 33)
for name, module in {
    "identity": nn.Identity(), "relu": nn.ReLU(), "leaky_relu": nn.LeakyReLU(), "gelu": nn.GELU(), "silu": nn.SiLU(),
    "sigmoid": nn.Sigmoid(), "tanh": nn.Tanh(), "softplus": nn.Softplus(),
}.items():
    record(f"activation_{name}", module, points)

save_file({k: v.contiguous().clone() for k, v in tensors.items()}, pathlib.Path(__file__).with_suffix(".safetensors"))
