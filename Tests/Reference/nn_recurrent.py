"""Golden values of TorchNN's LSTM and GRU, padded and packed: outputs, states and gradients in PyTorch.

usage: python nn_recurrent.py   writes nn_recurrent.safetensors beside itself

Keys: <case>.state.<parameter>, <case>.input, <case>.lengths (packed cases), <case>.h0 and .c0 (cases with a given
state), <case>.output, <case>.hidden, <case>.cell, <case>.cotangent, <case>.grad.<parameter>, <case>.grad_input.
The cotangent goes into the output; the hidden state adds its sum to the loss.
"""
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

torch.manual_seed(21)
torch.set_num_threads(1)
tensors = {}


def record(case, module, x, lengths=None, given=False):
    for name, value in module.state_dict().items():
        tensors[f"{case}.state.{name}"] = value.detach().clone()
    x = x.clone().requires_grad_()
    is_lstm = isinstance(module, nn.LSTM)
    shape = (module.num_layers * (2 if module.bidirectional else 1), x.shape[0], module.hidden_size)
    state = None
    if given:
        h0, c0 = torch.randn(shape), torch.randn(shape)
        tensors[f"{case}.h0"] = h0
        if is_lstm:
            tensors[f"{case}.c0"] = c0
        state = (h0, c0) if is_lstm else h0
    if lengths is None:
        y, state = module(x, state)
    else:
        tensors[f"{case}.lengths"] = torch.tensor(lengths)
        packed = pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
        y, state = module(packed, state)
        y, _ = pad_packed_sequence(y, batch_first=True, total_length=x.shape[1])
    hidden = state[0] if is_lstm else state
    cotangent = torch.randn(y.shape)
    ((y * cotangent).sum() + hidden.sum()).backward()
    tensors[f"{case}.input"] = x.detach()
    tensors[f"{case}.output"] = y.detach()
    tensors[f"{case}.hidden"] = hidden.detach()
    if is_lstm:
        tensors[f"{case}.cell"] = state[1].detach()
    tensors[f"{case}.cotangent"] = cotangent
    tensors[f"{case}.grad_input"] = x.grad
    for name, parameter in module.named_parameters():
        tensors[f"{case}.grad.{name}"] = parameter.grad


for kind, make in {"lstm": nn.LSTM, "gru": nn.GRU}.items():
    record(f"{kind}_padded", make(3, 4, batch_first=True), torch.randn(2, 5, 3))
    record(f"{kind}_given_state", make(3, 4, batch_first=True), torch.randn(2, 5, 3), given=True)
    record(f"{kind}_without_bias", make(3, 4, bias=False, batch_first=True), torch.randn(2, 5, 3))
    record(f"{kind}_packed", make(3, 4, batch_first=True), torch.randn(4, 6, 3), lengths=[2, 6, 1, 4])
    record(f"{kind}_packed_given_state", make(3, 4, batch_first=True), torch.randn(3, 5, 3), [1, 3, 2], given=True)
    record(f"{kind}_packed_deep", make(3, 4, num_layers=2, batch_first=True, bidirectional=True),
           torch.randn(4, 6, 3), lengths=[3, 3, 5, 1])

save_file({k: v.contiguous().clone() for k, v in tensors.items()}, pathlib.Path(__file__).with_suffix(".safetensors"))
