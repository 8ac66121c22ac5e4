"""Sum-pooled lookups in tables quantised by row, on the CPU: the peers of our quantised tables.

  --variant tbe_int8, tbe_int4      FBGEMM's IntNBitTableBatchedEmbeddingBagsCodegen
            torch_byte, torch_4bit  torch.ops.quantized.embedding_bag_{byte,4bit}_rowwise_offsets, a call a table
  --dim D                           of the rows
  --pooling P                       ids a bag
  --ids zipf|uniform
  --tables T --rows R --batch B

One process measures one setting; outputs are fp32. forward_ms is a step's median; units are lookups, T * B * P a step.
The turns are in serving.py.
"""
import logging
import warnings

import torch

from serving import Turn, parser_for, require_memory, take_turns
from synthetic import ID_EXPONENTS, draw_ids

VARIANTS = ("tbe_int8", "tbe_int4", "torch_byte", "torch_4bit")


def options():
    parser = parser_for(__doc__, "lookups")
    parser.add_argument("--variant", choices=VARIANTS, default="tbe_int8")
    parser.add_argument("--dim", type=int, default=64)
    parser.add_argument("--pooling", type=int, default=1)
    parser.add_argument("--ids", choices=sorted(ID_EXPONENTS), default="zipf")
    parser.add_argument("--tables", type=int, default=26)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--batch", type=int, default=2048)
    return parser.parse_args()


class TableBatched:
    """All tables in one module; 32-bit ids, flat and table by table."""

    def __init__(self, arguments):
        from fbgemm_gpu.split_embedding_configs import SparseType
        from fbgemm_gpu.split_table_batched_embeddings_ops_common import BoundsCheckMode, EmbeddingLocation
        from fbgemm_gpu.split_table_batched_embeddings_ops_inference import IntNBitTableBatchedEmbeddingBagsCodegen

        stored = {"tbe_int8": SparseType.INT8, "tbe_int4": SparseType.INT4}[arguments.variant]
        specification = ("", arguments.rows, arguments.dim, stored, EmbeddingLocation.HOST)
        self.module = IntNBitTableBatchedEmbeddingBagsCodegen(
            [specification] * arguments.tables, device="cpu", output_dtype=SparseType.FP32,
            bounds_check_mode=BoundsCheckMode.NONE)
        self.module.fill_random_weights()
        bags = arguments.tables * arguments.batch
        self.offsets = torch.arange(bags + 1, dtype=torch.int32) * arguments.pooling
        self.row_bytes = sum(part.shape[1] for part in self.module.split_embedding_weights()[0] if part is not None)

    def layout(self, ids):
        return ids.int().flatten()

    def forward(self, ids):
        return self.module(ids, self.offsets)


class SeparateTables:
    """An operator call a table; ids [T, B * P]."""

    def __init__(self, arguments):
        quantized = torch.ops.quantized
        if arguments.variant == "torch_byte":
            pack, self.operator = quantized.embedding_bag_byte_prepack, quantized.embedding_bag_byte_rowwise_offsets
        else:
            pack, self.operator = quantized.embedding_bag_4bit_prepack, quantized.embedding_bag_4bit_rowwise_offsets

        def table():
            # A thousand rows stand for all: time does not depend on what a row holds, only on where it lies.
            rows = pack(torch.rand(1024, arguments.dim) - 0.5)
            return rows.repeat(-(-arguments.rows // len(rows)), 1)[:arguments.rows].contiguous()

        self.tables = [table() for _ in range(arguments.tables)]
        self.offsets = torch.arange(arguments.batch + 1) * arguments.pooling
        self.row_bytes = self.tables[0].shape[1]

    def layout(self, ids):
        return ids

    def forward(self, ids):
        # scale_grad_by_freq, mode (sum), pruned_weights, per_sample_weights, compressed_indices_mapping, last offset
        rest = (False, 0, False, None, None, True)
        return torch.cat([self.operator(table, column, self.offsets, *rest)
                          for table, column in zip(self.tables, ids)], dim=1)


def main():
    arguments = options()
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    torch.set_num_threads(arguments.threads)
    torch.set_grad_enabled(False)
    torch.manual_seed(0)
    tables, rows = arguments.tables, arguments.rows
    require_memory(tables * rows * (arguments.dim + 8), f"{tables} tables of {rows:,} x {arguments.dim}")

    embeddings = (TableBatched if arguments.variant.startswith("tbe") else SeparateTables)(arguments)
    per_table = arguments.batch * arguments.pooling
    generator = torch.Generator().manual_seed(3)
    exponent = ID_EXPONENTS[arguments.ids]

    def draw():
        return embeddings.layout(torch.stack([draw_ids(per_table, rows, exponent, generator) for _ in range(tables)]))

    batches = [draw() for _ in range(10 if arguments.pooling == 1 else 3)]
    steps = 0

    def step(watch):
        nonlocal steps
        steps += 1
        embeddings.forward(batches[steps % len(batches)])
        watch.lap("forward")
        return tables * per_table

    def turn(seconds):
        return Turn().repeat(seconds, step).record()

    turn(0.1)
    facts = {"task": "quantized", "variant": arguments.variant, "dim": arguments.dim, "pooling": arguments.pooling,
             "ids": arguments.ids, "tables": tables, "rows": rows, "batch": arguments.batch,
             "row_bytes": int(embeddings.row_bytes), "threads": torch.get_num_threads(), "torch": torch.__version__}
    take_turns(arguments, facts, turn)


if __name__ == "__main__":
    main()
