"""DLRM (Naumov et al. 2019, arXiv:1906.00091) training on the CPU: the peers of our sparse engine.

The tables are those of Criteo Kaggle, one id a bag; bottom MLP 13-512-256-D, the dot products of all pairs, top MLP
...-512-256-1, binary cross entropy, Adagrad with a learning rate of 0.01 in the dense part.

  --variant torchrec      TorchRec's FusedEmbeddingBagCollection, row-wise Adagrad inside the backward pass
            tbe           FBGEMM's SplitTableBatchedEmbeddingBagsCodegen called by hand, row-wise Adagrad likewise
            embeddingbag  nn.EmbeddingBag with sparse gradients and torch.optim.Adagrad
  --dim D --batch B       of the embeddings; of a step

Batches are drawn beforehand; the layout that a variant wants of the ids is made within the step. Units are samples. The
laps of a step: data, lookup, dense (forward and backward), dense_optimizer, update (backward and optimiser of the
embeddings); step is all of it. The turns are in serving.py. At its best under jemalloc that keeps its pages:
LD_PRELOAD=libjemalloc.so.2 MALLOC_CONF=dirty_decay_ms:-1,muzzy_decay_ms:-1.
"""
import logging
import time
import warnings

import torch
from torch import nn
from torch.nn import functional as F

from serving import Turn, parser_for, require_memory, take_turns
from synthetic import CRITEO_KAGGLE, ID_EXPONENTS, draw_ids

DENSE_FEATURES = 13
LEARNING_RATE = 0.01


def options():
    parser = parser_for(__doc__, "samples")
    parser.add_argument("--variant", choices=sorted(VARIANTS), default="tbe")
    parser.add_argument("--dim", type=int, default=16)
    parser.add_argument("--batch", type=int, default=2048)
    parser.add_argument("--row-cap", type=int, help="most rows of a table, for a quick look")
    return parser.parse_args()


def mlp(widths, ends_in_relu):
    layers = []
    for wide, narrow in zip(widths, widths[1:]):
        layers += [nn.Linear(wide, narrow), nn.ReLU()]
    return nn.Sequential(*(layers if ends_in_relu else layers[:-1]))


class DensePart(nn.Module):
    """Everything but the tables: dense features [B, 13] and looked-up rows [B, T, D] to logits [B]."""

    def __init__(self, tables, dim):
        super().__init__()
        vectors = tables + 1
        pairs = torch.tril_indices(vectors, vectors, offset=-1)
        self.register_buffer("pairs", pairs[0] * vectors + pairs[1])
        self.bottom = mlp([DENSE_FEATURES, 512, 256, dim], ends_in_relu=True)
        self.top = mlp([pairs.shape[1] + dim, 512, 256, 1], ends_in_relu=False)

    def forward(self, dense, rows):
        bottom = self.bottom(dense)
        vectors = torch.cat([bottom.unsqueeze(1), rows], dim=1)
        products = torch.bmm(vectors, vectors.transpose(1, 2)).flatten(1)
        # index_select on the flattened products: faster here than indexing by pairs.
        return self.top(torch.cat([bottom, products.index_select(1, self.pairs)], dim=1)).squeeze(1)


class TorchRec:
    state_values_per_weight = 0

    def __init__(self, rows, dim, batch):
        from torchrec.modules.embedding_configs import EmbeddingBagConfig, PoolingType
        from torchrec.modules.fused_embedding_modules import FusedEmbeddingBagCollection
        from torchrec.optim import RowWiseAdagrad
        from torchrec.sparse.jagged_tensor import KeyedJaggedTensor

        self.keys = [f"feature_{index}" for index in range(len(rows))]
        self.lengths = torch.ones(len(rows) * batch, dtype=torch.int64)
        self.shape = (batch, len(rows), dim)
        self.jagged = KeyedJaggedTensor
        self.tables = FusedEmbeddingBagCollection(
            tables=[EmbeddingBagConfig(
                name=f"table_{key}", embedding_dim=dim, num_embeddings=count, feature_names=[key],
                pooling=PoolingType.SUM) for key, count in zip(self.keys, rows)],
            optimizer_type=RowWiseAdagrad, optimizer_kwargs={"lr": LEARNING_RATE}, device=torch.device("cpu"))

    def layout(self, ids):
        return self.jagged(keys=self.keys, values=ids.t().contiguous().view(-1), lengths=self.lengths)

    def lookup(self, features):
        return self.tables(features).values().view(self.shape)

    def update(self, rows, gradient):
        rows.backward(gradient)


class TableBatched:
    state_values_per_weight = 0

    def __init__(self, rows, dim, batch):
        from fbgemm_gpu.split_embedding_configs import EmbOptimType, SparseType
        from fbgemm_gpu.split_table_batched_embeddings_ops_training import (
            ComputeDevice, EmbeddingLocation, PoolingMode, SplitTableBatchedEmbeddingBagsCodegen)

        self.tables = SplitTableBatchedEmbeddingBagsCodegen(
            [(count, dim, EmbeddingLocation.HOST, ComputeDevice.CPU) for count in rows],
            optimizer=EmbOptimType.EXACT_ROWWISE_ADAGRAD, learning_rate=LEARNING_RATE, eps=1e-10,
            weights_precision=SparseType.FP32, output_dtype=SparseType.FP32, pooling_mode=PoolingMode.SUM,
            device=torch.device("cpu"))
        for table, count in zip(self.tables.split_embedding_weights(), rows):
            table.data.uniform_(-count**-0.5, count**-0.5)
        self.offsets = torch.arange(len(rows) * batch + 1)
        self.shape = (batch, len(rows), dim)

    def layout(self, ids):
        return ids.t().contiguous().view(-1)

    def lookup(self, ids):
        return self.tables(ids, self.offsets).view(self.shape)

    def update(self, rows, gradient):
        rows.backward(gradient)


class SeparateBags:
    state_values_per_weight = 1

    def __init__(self, rows, dim, batch):
        self.bags = [nn.EmbeddingBag(
            count, dim, mode="sum", sparse=True,
            _weight=torch.empty(count, dim).uniform_(-count**-0.5, count**-0.5)) for count in rows]
        self.optimizer = torch.optim.Adagrad([bag.weight for bag in self.bags], lr=LEARNING_RATE)
        self.offsets = torch.arange(batch)

    def layout(self, ids):
        return ids.t().contiguous()

    def lookup(self, ids):
        return torch.stack([bag(column, self.offsets) for bag, column in zip(self.bags, ids)], dim=1)

    def update(self, rows, gradient):
        rows.backward(gradient)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)


VARIANTS = {"torchrec": TorchRec, "tbe": TableBatched, "embeddingbag": SeparateBags}


class Batches:
    """Batches drawn once and handed out in turn: dense features, ids [B, T] and labels."""

    def __init__(self, rows, batch):
        generator = torch.Generator().manual_seed(1)
        count = min(96, max(8, 40_000_000 // (batch * len(rows) * 8)))
        ids = [draw_ids(count * batch, each, ID_EXPONENTS["zipf"], generator).view(count, batch) for each in rows]
        self.ids = torch.stack(ids, dim=2).contiguous()
        self.dense = torch.rand(count, batch, DENSE_FEATURES, generator=generator)
        truth = self.dense @ torch.randn(DENSE_FEATURES, generator=generator)
        noise = 0.3 * torch.randn(count, batch, generator=generator)
        self.labels = (truth + noise > truth.mean()).float()
        self.next = 0

    def take(self):
        index = self.next % len(self.ids)
        self.next += 1
        return self.dense[index], self.ids[index], self.labels[index]


def main():
    arguments = options()
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    rows = [min(count, arguments.row_cap or count) for count in CRITEO_KAGGLE]
    variant = VARIANTS[arguments.variant]
    values = sum(rows) * (arguments.dim * (1 + variant.state_values_per_weight) + 1)
    require_memory(4 * values, f"DLRM with {sum(rows):,} rows of {arguments.dim}")

    model = DensePart(len(rows), arguments.dim)
    optimizer = torch.optim.Adagrad(model.parameters(), lr=LEARNING_RATE)
    tables = variant(rows, arguments.dim, arguments.batch)
    batches = Batches(rows, arguments.batch)
    losses = []

    def step(watch):
        began = time.perf_counter(), time.thread_time()
        dense, ids, labels = batches.take()
        features = tables.layout(ids)
        watch.lap("data")
        looked_up = tables.lookup(features)
        watch.lap("lookup")
        leaf = looked_up.detach().requires_grad_()
        loss = F.binary_cross_entropy_with_logits(model(dense, leaf), labels)
        loss.backward()
        watch.lap("dense")
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        watch.lap("dense_optimizer")
        tables.update(looked_up, leaf.grad)
        losses.append(loss.item())
        watch.lap("update")
        watch.wall, watch.cpu = began
        watch.lap("step")
        return len(labels)

    def turn(seconds):
        losses.clear()
        return Turn().repeat(seconds, step).record() | {"loss": sum(losses) / len(losses)}

    turn(0.5)
    facts = {"task": "dlrm", "variant": arguments.variant, "dim": arguments.dim, "batch": arguments.batch,
             "rows": sum(rows), "threads": torch.get_num_threads(), "torch": torch.__version__}
    take_turns(arguments, facts, turn)


if __name__ == "__main__":
    main()
