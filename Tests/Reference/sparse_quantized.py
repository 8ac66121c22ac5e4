"""Golden values of tables quantised by row: PyTorch's packed rows and what its lookups make of them.

usage: python sparse_quantized.py   writes sparse_quantized.safetensors beside itself

  d<D>.table [24, D]           float32, D: 8, 16, 20, 64; row 3 is all zeros, row 4 all 0.75, row 5 all -2, row 6 one
                               large value among zeros, row 7 all positive, row 8 all negative
  d<D>.byte [24, D + 8]        uint8: D codes, then scale and bias as float32; value = code * scale + bias
  d<D>.4bit [24, D / 2 + 4]    uint8: two codes a byte, the low half first, then scale and bias as float16
  d<D>.<format>.unpacked [24, D]
  d<D>.<format>.sum [7, D], d<D>.<format>.sum_weighted [7, D]
  ids [N], offsets [8] int64, weights [N]      7 bags, the last offset included; empty bags, repeated ids, every row
"""
import pathlib

import torch
from safetensors.torch import save_file

ROWS = 24
FORMATS = {
    "byte": (torch.ops.quantized.embedding_bag_byte_prepack, torch.ops.quantized.embedding_bag_byte_unpack,
             torch.ops.quantized.embedding_bag_byte_rowwise_offsets),
    "4bit": (torch.ops.quantized.embedding_bag_4bit_prepack, torch.ops.quantized.embedding_bag_4bit_unpack,
             torch.ops.quantized.embedding_bag_4bit_rowwise_offsets),
}

torch.manual_seed(41)
torch.set_num_threads(1)
lengths = torch.tensor([3, 0, 12, 1, 0, 20, 0])
ids = torch.cat([torch.tensor([5, 5, 5]), torch.randperm(ROWS), torch.randint(0, ROWS, (9,))])
tensors = {
    "ids": ids,
    "offsets": torch.cat([torch.zeros(1, dtype=torch.int64), lengths.cumsum(0)]),
    "weights": torch.rand(len(ids)) * 2 - 0.5,
}
for dim in (8, 16, 20, 64):
    table = torch.randn(ROWS, dim)
    table[3], table[4], table[5], table[6] = 0, 0.75, -2, 0
    table[6, dim // 2] = 1000
    table[7], table[8] = table[7].abs() + 0.5, -table[8].abs() - 0.5
    tensors[f"d{dim}.table"] = table
    for name, (pack, unpack, look_up) in FORMATS.items():
        packed = pack(table)
        tensors[f"d{dim}.{name}"] = packed
        tensors[f"d{dim}.{name}.unpacked"] = unpack(packed)
        for case, weights in (("sum", None), ("sum_weighted", tensors["weights"])):
            tensors[f"d{dim}.{name}.{case}"] = look_up(
                packed, ids, tensors["offsets"], scale_grad_by_freq=False, mode=0, pruned_weights=False,
                per_sample_weights=weights, compressed_indices_mapping=None, include_last_offset=True)
save_file({key: value.contiguous().clone() for key, value in tensors.items()},
          pathlib.Path(__file__).with_suffix(".safetensors"))
