"""Sum-pooled embedding lookups and their exact row-wise Adagrad updates on the CPU: the peers of our sparse engine.

  --variant tbe           FBGEMM's SplitTableBatchedEmbeddingBagsCodegen, the update inside the backward pass
            embeddingbag  nn.EmbeddingBag with sparse gradients, coalesced, and row-wise Adagrad written by hand
  --dim D                 of the rows
  --pooling P             ids a bag
  --ids zipf|uniform
  --tables T --rows R --batch B

One process measures one setting. Half of a turn is forward alone, without gradients; half is forward and backward, in
which the gradient of the output is a constant. forward_ms is a step's median in the first half, backward_ms the median
of backward and update in the second, training_forward_ms that of the forward pass before it. Units are lookups, T * B *
P a forward pass. The turns are in serving.py. At its best with THP_MEM_ALLOC_ENABLE=1 or under jemalloc, where the
machine has huge pages.
"""
import logging
import warnings

import torch
from torch import nn

from serving import Turn, parser_for, require_memory, take_turns
from synthetic import ID_EXPONENTS, draw_ids

LEARNING_RATE = 0.01
EPS = 1e-8
START, START_STATE, GRADIENT = 0.01, 0.1, 1e-3


def options():
    parser = parser_for(__doc__, "lookups")
    parser.add_argument("--variant", choices=("tbe", "embeddingbag"), default="tbe")
    parser.add_argument("--dim", type=int, default=64)
    parser.add_argument("--pooling", type=int, default=1)
    parser.add_argument("--ids", choices=sorted(ID_EXPONENTS), default="zipf")
    parser.add_argument("--tables", type=int, default=26)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--batch", type=int, default=2048)
    return parser.parse_args()


class TableBatched:
    """All tables in one module; ids flat and table by table."""

    def __init__(self, tables, rows, dim, batch, pooling):
        from fbgemm_gpu.split_embedding_configs import EmbOptimType, SparseType
        from fbgemm_gpu.split_table_batched_embeddings_ops_training import (
            ComputeDevice, EmbeddingLocation, PoolingMode, SplitTableBatchedEmbeddingBagsCodegen)

        self.module = SplitTableBatchedEmbeddingBagsCodegen(
            [(rows, dim, EmbeddingLocation.HOST, ComputeDevice.CPU)] * tables,
            optimizer=EmbOptimType.EXACT_ROWWISE_ADAGRAD, learning_rate=LEARNING_RATE, eps=EPS,
            weights_precision=SparseType.FP32, output_dtype=SparseType.FP32, pooling_mode=PoolingMode.SUM,
            device=torch.device("cpu"))
        for table in self.module.split_embedding_weights():
            table.data.fill_(START)
        for state in self.module.split_optimizer_states():
            state[0].fill_(START_STATE)
        self.offsets = torch.arange(0, tables * batch * pooling + 1, pooling)

    def layout(self, ids):
        return ids.flatten()

    def forward(self, ids):
        return self.module(ids, self.offsets)

    def backward(self, output, gradient):
        output.backward(gradient)


class SeparateBags:
    """A module a table; ids [T, B * P]."""

    def __init__(self, tables, rows, dim, batch, pooling):
        self.bags = [nn.EmbeddingBag(rows, dim, mode="sum", sparse=True, _weight=torch.full((rows, dim), START))
                     for _ in range(tables)]
        self.states = [torch.full((rows,), START_STATE) for _ in range(tables)]
        self.offsets = torch.arange(0, batch * pooling, pooling)

    def layout(self, ids):
        return ids

    def forward(self, ids):
        return torch.cat([bag(column, self.offsets) for bag, column in zip(self.bags, ids)], dim=1)

    def backward(self, output, gradient):
        output.backward(gradient)
        with torch.no_grad():
            for bag, state in zip(self.bags, self.states):
                summed = bag.weight.grad.coalesce()
                touched, values = summed.indices()[0], summed.values()
                state.index_add_(0, touched, values.square().mean(dim=1))
                rate = -LEARNING_RATE / (state[touched].sqrt() + EPS)
                bag.weight.index_add_(0, touched, values * rate.unsqueeze(1))
                bag.weight.grad = None


def main():
    arguments = options()
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    torch.set_num_threads(arguments.threads)
    tables, rows, dim = arguments.tables, arguments.rows, arguments.dim
    lookups = tables * arguments.batch * arguments.pooling
    require_memory(tables * rows * (dim + 1) * 4, f"{tables} tables of {rows:,} x {dim}")

    make = TableBatched if arguments.variant == "tbe" else SeparateBags
    embeddings = make(tables, rows, dim, arguments.batch, arguments.pooling)
    generator = torch.Generator().manual_seed(3)
    exponent = ID_EXPONENTS[arguments.ids]

    def draw():
        columns = [draw_ids(lookups // tables, rows, exponent, generator) for _ in range(tables)]
        return embeddings.layout(torch.stack(columns))

    batches = [draw() for _ in range(12 if arguments.pooling == 1 else 3)]
    gradient = torch.full((arguments.batch, tables * dim), GRADIENT)
    steps = 0

    def following():
        nonlocal steps
        steps += 1
        return batches[steps % len(batches)]

    def look_up(watch):
        ids = following()
        with torch.no_grad():
            embeddings.forward(ids)
        watch.lap("forward")
        return lookups

    def train(watch):
        output = embeddings.forward(following())
        watch.lap("training_forward")
        embeddings.backward(output, gradient)
        watch.lap("backward")
        return lookups

    def turn(seconds):
        return Turn().repeat(seconds / 2, look_up).repeat(seconds / 2, train).record()

    for _ in range(3):
        turn(0)
    facts = {"task": "embeddings", "variant": arguments.variant, "dim": dim, "pooling": arguments.pooling,
             "ids": arguments.ids, "tables": tables, "rows": rows, "batch": arguments.batch,
             "threads": torch.get_num_threads(), "torch": torch.__version__}
    take_turns(arguments, facts, turn)


if __name__ == "__main__":
    main()
