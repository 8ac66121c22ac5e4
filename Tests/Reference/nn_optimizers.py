"""Golden values of TorchNN's optimisers, clipping, gradient scaler and schedules, from torch.optim.

usage: python nn_optimizers.py   writes nn_optimizers.safetensors and nn_schedules.json beside itself

Dense cases step the parameters start.a [4, 3] and start.b [3] with gradients grad.<step>.a and .b (b has none in step
2). Sparse cases step start.table [6, 3] with COO gradients rows.<step> [n] and values.<step> [n, 3], ids repeated.
Keys: <case>.<step>.<parameter> after each step, <case>.state.<parameter>.<name> at the end.
"""
import json
import pathlib

import torch
from safetensors.torch import save_file

torch.manual_seed(23)
STEPS = 5
here = pathlib.Path(__file__)
tensors = {"start.a": torch.randn(4, 3), "start.b": torch.randn(3), "start.table": torch.randn(6, 3)}
for step in range(STEPS):
    tensors[f"grad.{step}.a"] = torch.randn(4, 3)
    if step != 2:
        tensors[f"grad.{step}.b"] = torch.randn(3)
    tensors[f"rows.{step}"] = torch.randint(0, 4, (5,))  # rows 4 and 5 are never touched
    tensors[f"values.{step}"] = torch.randn(5, 3)


def record(case, parameters, optimizer, gradient):
    for step in range(STEPS):
        for name, parameter in parameters.items():
            parameter.grad = gradient(step, name)
        optimizer.step()
        for name, parameter in parameters.items():
            tensors[f"{case}.{step}.{name}"] = parameter.detach().clone()
    for name, parameter in parameters.items():
        for key, value in optimizer.state[parameter].items():
            if value is not None:
                tensors[f"{case}.state.{name}.{key}"] = torch.as_tensor(value, dtype=torch.float32).detach().clone()


def dense(case, make):
    parameters = {name: tensors[f"start.{name}"].clone().requires_grad_() for name in ("a", "b")}

    def gradient(step, name):
        found = tensors.get(f"grad.{step}.{name}")
        return None if found is None else found.clone()

    record(case, parameters, make(list(parameters.values())), gradient)


def sparse(case, make):
    table = tensors["start.table"].clone().requires_grad_()

    def gradient(step, name):
        return torch.sparse_coo_tensor(
            tensors[f"rows.{step}"][None], tensors[f"values.{step}"], (6, 3), check_invariants=True)

    record(case, {"table": table}, make([table]), gradient)


plain = dict(foreach=False)
dense("sgd", lambda p: torch.optim.SGD(p, lr=0.1, **plain))
dense("sgd_momentum", lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.2, weight_decay=0.01, **plain))
dense("sgd_nesterov", lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, **plain))
dense("adagrad", lambda p: torch.optim.Adagrad(p, lr=0.1, **plain))
dense("adagrad_full", lambda p: torch.optim.Adagrad(
    p, lr=0.1, lr_decay=0.05, weight_decay=0.01, initial_accumulator_value=0.3, eps=1e-6, **plain))
dense("adam", lambda p: torch.optim.Adam(p, lr=0.05, **plain))
dense("adam_decay", lambda p: torch.optim.Adam(p, lr=0.05, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1, **plain))
dense("adamw", lambda p: torch.optim.AdamW(p, lr=0.05, weight_decay=0.1, **plain))
sparse("sparse_sgd", lambda p: torch.optim.SGD(p, lr=0.1, **plain))
sparse("sparse_adagrad", lambda p: torch.optim.Adagrad(p, lr=0.1, lr_decay=0.05, initial_accumulator_value=0.1))
sparse("sparse_adam", lambda p: torch.optim.SparseAdam(p, lr=0.05))

# Clipping: gradients of step 0, a sparse one with repeated rows among them.
for kind, order in {"two": 2.0, "one": 1.0, "inf": float("inf")}.items():
    a, b, t = (tensors[f"start.{n}"].clone().requires_grad_() for n in ("a", "b", "table"))
    a.grad, b.grad = tensors["grad.0.a"].clone(), tensors["grad.0.b"].clone()
    t.grad = torch.sparse_coo_tensor(
        tensors["rows.0"][None], tensors["values.0"], (6, 3), check_invariants=True).to_dense()
    tensors[f"clip.{kind}.norm"] = torch.nn.utils.clip_grad_norm_([a, b, t], 1.5, norm_type=order)
    for name, parameter in (("a", a), ("b", b), ("table", t)):
        tensors[f"clip.{kind}.{name}"] = parameter.grad

# The scaler: step 1 overflows, the scale grows after two good steps.
scaler = torch.amp.GradScaler("cpu", init_scale=1024.0, growth_interval=2)
a = tensors["start.a"].clone().requires_grad_()
optimizer = torch.optim.SGD([a], lr=0.1, **plain)
scales = []
for step in range(STEPS):
    optimizer.zero_grad()
    factor = torch.full_like(a, float("inf")) if step == 1 else tensors[f"grad.{step}.a"]
    scaler.scale((a * factor).sum()).backward()
    scaler.step(optimizer)
    scaler.update()
    tensors[f"scaler.{step}.a"] = a.detach().clone()
    scales.append(scaler.get_scale())
tensors["scaler.scales"] = torch.tensor(scales)

save_file({k: v.contiguous().clone() for k, v in tensors.items()}, here.with_suffix(".safetensors"))


def factors(make, steps=12):
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    scheduler = make(optimizer)
    found = []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


lr = torch.optim.lr_scheduler
schedules = {
    "step": factors(lambda o: lr.StepLR(o, 3, 0.5)),
    "exponential": factors(lambda o: lr.ExponentialLR(o, 0.9)),
    "linear": factors(lambda o: lr.LinearLR(o, 1.0, 0.2, total_iters=8)),
    "cosine": factors(lambda o: lr.CosineAnnealingLR(o, 11, eta_min=0.1)),
    "warmup_linear": factors(lambda o: lr.SequentialLR(
        o, [lr.LambdaLR(o, lambda s: (s + 1) / 4), lr.LinearLR(o, 1.0, 0.2, total_iters=5)], [4])),
}
here.with_name("nn_schedules.json").write_text(json.dumps(schedules, indent=1) + "\n")
