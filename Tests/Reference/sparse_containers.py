"""Golden values of Sparse's containers: the same calls on TorchRec's JaggedTensor, KeyedJaggedTensor and KeyedTensor.

usage: python sparse_containers.py   writes sparse_containers.safetensors beside itself

Needs torchrec 1.8.0 and fbgemm-gpu-cpu 1.8.0. Text is kept as its UTF-8 bytes; lists of names are joined by newlines.
"""
import pathlib

import torch
from safetensors.torch import save_file
from torchrec.sparse.jagged_tensor import JaggedTensor, KeyedJaggedTensor, KeyedTensor

torch.manual_seed(5)
tensors = {}


def text(value):
    return torch.tensor(list(value.encode()), dtype=torch.uint8)


def put(key, value):
    if isinstance(value, str):
        value = text(value)
    elif isinstance(value, list) and value and isinstance(value[0], str):
        value = text("\n".join(value))
    elif isinstance(value, (int, list)):
        value = torch.tensor(value, dtype=torch.int64)
    if value is not None:
        tensors[key] = value


def put_jagged(prefix, jagged):
    put(f"{prefix}.values", jagged.values())
    put(f"{prefix}.lengths", jagged.lengths())
    put(f"{prefix}.offsets", jagged.offsets())
    put(f"{prefix}.weights", jagged.weights_or_none())


def put_keyed(prefix, keyed):
    put(f"{prefix}.keys", keyed.keys())
    put_jagged(prefix, keyed)
    put(f"{prefix}.length_per_key", keyed.length_per_key())


# One JaggedTensor at a time.
bags = JaggedTensor(
    values=torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0, 6.5, 7.0, 1e-05]),
    offsets=torch.tensor([0, 2, 2, 3, 4, 5, 8]),
    weights=torch.tensor([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]),
)
put_jagged("bags", bags)
put("bags.text", str(bags))
put("bags.text_unweighted", str(JaggedTensor(values=bags.values(), offsets=bags.offsets())))
for sample, (dense, weights) in enumerate(zip(bags.to_dense(), bags.to_dense_weights())):
    put(f"bags.dense.{sample}", dense.clone())
    put(f"bags.dense_weights.{sample}", weights.clone())
for length in (None, 0, 1, 2, 5):
    put(f"bags.padded.{length}", bags.to_padded_dense(length, 10.0))
    put(f"bags.padded_weights.{length}", bags.to_padded_dense_weights(length, -1.0))
put_jagged("from_dense", JaggedTensor.from_dense(bags.to_dense(), bags.to_dense_weights()))
grid, lengths = torch.randn(4, 3), torch.tensor([0, 3, 1, 2])
put("grid", grid)
put("grid.lengths", lengths)
put_jagged("from_dense_lengths", JaggedTensor.from_dense_lengths(grid, lengths, grid * 2))

for case, shape in {"vector": (7,), "matrix": (7, 3)}.items():
    values = torch.randn(shape, requires_grad=True)
    rows = JaggedTensor(values=values, lengths=torch.tensor([2, 0, 4, 1]))
    for length in (2, 5):
        values.grad = None
        padded = rows.to_padded_dense(length, 0.5)
        cotangent = torch.randn(padded.shape)
        padded.backward(cotangent)
        put(f"gradient.{case}.{length}.padded", padded.detach())
        put(f"gradient.{case}.{length}.cotangent", cotangent)
        put(f"gradient.{case}.{length}.grad", values.grad.clone())
    put(f"gradient.{case}.values", values.detach())
    put(f"gradient.{case}.text", str(rows))

# KeyedJaggedTensors.
PLAIN = torch.tensor([2, 0, 1, 1, 1, 3])
MIXED = torch.tensor([0, 2, 1, 0, 0, 0, 0, 0, 3, 1, 0, 4])
VARIABLE = torch.tensor([1, 2, 0, 3, 1, 2])
INVERSE = torch.tensor([[1, 0, 0, 1], [0, 1, 2, 2], [0, 0, 0, 0]])


def ids(lengths, dtype=torch.int64):
    return torch.randint(0, 50, (int(lengths.sum()),), dtype=dtype)


cases = {
    "plain": dict(keys=["a", "b"], values=ids(PLAIN), lengths=PLAIN),
    "weighted": dict(keys=["a", "b", "c"], values=ids(MIXED), lengths=MIXED, weights=torch.rand(11)),
    "int32": dict(keys=["a", "b"], values=ids(PLAIN, torch.int32), lengths=PLAIN),
    "float": dict(keys=["a", "b"], values=torch.randn(8), lengths=PLAIN),
    "offsets": dict(keys=["a", "b", "c"], values=ids(MIXED), offsets=torch.cat([torch.zeros(1).long(), MIXED.cumsum(0)])),
    "all_empty": dict(keys=["a", "b"], values=ids(PLAIN * 0), lengths=PLAIN * 0),
    "one_sample": dict(keys=["a", "b", "c"], values=ids(PLAIN[:3]), lengths=PLAIN[:3]),
    "variable": dict(
        keys=["a", "b", "c"], values=ids(VARIABLE), lengths=VARIABLE, weights=torch.rand(9),
        stride_per_key_per_rank=[[2], [3], [1]], inverse_indices=(["a", "b", "c"], INVERSE),
    ),
}
for case, arguments in cases.items():
    keyed = KeyedJaggedTensor(**arguments)
    put_keyed(case, keyed)
    put(f"{case}.offset_per_key", keyed.offset_per_key())
    put(f"{case}.stride", keyed.stride())
    put(f"{case}.stride_per_key", keyed.stride_per_key())
    put(f"{case}.text", str(keyed))
    features = keyed.to_dict()
    for key in keyed.keys():
        put_jagged(f"{case}.feature.{key}", keyed[key])
        assert torch.equal(features[key].values(), keyed[key].values())
        assert torch.equal(features[key].offsets(), keyed[key].offsets())
        put(f"{case}.feature.{key}.padded", keyed[key].to_padded_dense(2, -1.0))
    for position, part in enumerate(keyed.split([1, len(keyed.keys()) - 1])):
        put_keyed(f"{case}.split.{position}", part)
    put_keyed(f"{case}.permuted", keyed.permute(list(range(len(keyed.keys())))[::-1]))
    put_keyed(f"{case}.from_dictionary", KeyedJaggedTensor.from_jt_dict(features))

first = KeyedJaggedTensor(**cases["plain"])
second = KeyedJaggedTensor(keys=["c"], values=torch.tensor([4, 5, 6]), lengths=torch.tensor([1, 2, 0]))
put_keyed("concat", KeyedJaggedTensor.concat([first, second]))

# Every sample of the variable batch reads the bag that its inverse index names.
variable = KeyedJaggedTensor(**cases["variable"])
expanded = {}
for row, key in zip(INVERSE, variable.keys()):
    dense, weights = variable[key].to_dense(), variable[key].to_dense_weights()
    expanded[key] = JaggedTensor.from_dense([dense[i] for i in row], [weights[i] for i in row])
put("variable.inverse_indices", INVERSE)
put_keyed("variable.expanded", KeyedJaggedTensor.from_jt_dict(expanded))

# KeyedTensors.
pooled = {key: torch.randn(3, width, requires_grad=True) for key, width in {"u": 2, "v": 3, "w": 1, "x": 4}.items()}
for key, tensor in pooled.items():
    put(f"pooled.{key}", tensor.detach())
users = KeyedTensor.from_tensor_list(["u", "v"], [pooled["u"], pooled["v"]])
items = KeyedTensor.from_tensor_list(["w", "x"], [pooled["w"], pooled["x"]])
put("keyed.values", users.values().detach())
put("keyed.length_per_key", users.length_per_key())
put("keyed.offset_per_key", users.offset_per_key())
put("keyed.text", str(users))
for case, groups in {
    "once": [["x", "u"], ["w", "v"]],
    "neighbours": [["u", "v"], ["w", "x"]],
    "repeated": [["u", "x", "v"], ["v", "w"], ["u"]],
    "part": [["x"]],
}.items():
    for tensor in pooled.values():
        tensor.grad = None
    outputs = KeyedTensor.regroup([users, items], groups)
    cotangents = [torch.randn(output.shape) for output in outputs]
    torch.autograd.backward(outputs, cotangents, retain_graph=True)
    for position, (output, cotangent) in enumerate(zip(outputs, cotangents)):
        put(f"regroup.{case}.{position}.output", output.detach())
        put(f"regroup.{case}.{position}.cotangent", cotangent)
    for key, tensor in pooled.items():
        put(f"regroup.{case}.grad.{key}", torch.zeros_like(tensor) if tensor.grad is None else tensor.grad.clone())

save_file({k: v.contiguous().clone() for k, v in tensors.items()}, pathlib.Path(__file__).with_suffix(".safetensors"))
