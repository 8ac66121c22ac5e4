"""Golden values for Tests/TorchTests: inputs and what PyTorch makes of them; a traced module; a state_dict.

usage: python Tests/Reference/torch_golden.py        (writes torch_golden.safetensors and torch_script.pt beside itself)
"""
import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).resolve().parent
torch.manual_seed(7)
a, b = torch.randn(4, 5), torch.randn(5, 3)
target = torch.rand(4, 5).round()
classes = torch.tensor([0, 4, 2, 1])
ids = torch.tensor([3, 0, 3, 1])
table = torch.randn(6, 2)

out = dict(a=a, b=b, target=target, classes=classes, ids=ids, table=table)
out["matmul"] = a @ b
out["softmax"] = a.softmax(1)
out["gelu"] = F.gelu(a)
out["sum_dim"] = a.sum(1, keepdim=True)
out["std"] = a.std(1)
out["topk_values"], out["topk_indices"] = (t.contiguous() for t in a.topk(3, dim=1))
out["bce"] = F.binary_cross_entropy_with_logits(a, target)
out["ce"] = F.cross_entropy(a, classes)
out["embedding"] = F.embedding(ids, table)
out["where"] = torch.where(a > 0, a, torch.full_like(a, -1.0))
out["clamp"] = a.clamp(-0.5, 0.5)
out["einsum"] = torch.einsum("ij,jk->ki", a, b).contiguous()
out["cumsum"] = a.cumsum(0)
out["norm"] = torch.linalg.vector_norm(a)
x = a.clone().requires_grad_()
((x @ b).tanh().sum() + x.pow(3).mean()).backward()
out["grad"] = x.grad
w = table.clone().requires_grad_()
F.embedding(ids, w, sparse=True).square().sum().backward()
out["sparse_grad_dense"] = w.grad.to_dense()
for dtype, name in [(torch.float16, "f16"), (torch.bfloat16, "bf16"), (torch.float64, "f64"), (torch.int32, "i32"),
                    (torch.uint8, "u8"), (torch.bool, "bool")]:
    out[f"dtype_{name}"] = torch.tensor([0, 1, 2, 3]).to(dtype)

# torch.optim.SparseAdam over three steps, ids repeated.
weight = torch.nn.Parameter(table.clone())
optimizer = torch.optim.SparseAdam([weight], lr=0.1)
for step in range(3):
    optimizer.zero_grad()
    (F.embedding(ids + step % 2, weight, sparse=True) * torch.arange(1.0, 9.0).view(4, 2)).square().sum().backward()
    optimizer.step()
out["row_adam"] = weight.detach()
save_file(out, HERE / "torch_golden.safetensors", metadata={"made by": "Tests/Reference/torch_golden.py"})


class Scripted(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(5, 3)
        with torch.no_grad():
            self.linear.weight.copy_(b.t())
            self.linear.bias.zero_()

    def forward(self, x):
        return self.linear(x).relu()


torch.jit.save(torch.jit.trace(Scripted(), a, check_trace=False), str(HERE / "torch_script.pt"))
print("written")
