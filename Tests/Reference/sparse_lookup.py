"""Golden values of pooled and sequence lookups with the optimiser in backward, from TorchRec and FBGEMM on the CPU.

usage: python sparse_lookup.py   writes sparse_lookup.safetensors beside itself; the environment is that of
                                 [python.peers] in environment.lock

Tables: user 12 x 4, item 17 x 8, shop 9 x 16, city 6 x 20. Features, in this order: user, item, clicked (table item),
shop, city. Batch 5, ten steps, each with its own ids. Learning rate 0.05, eps 1e-8, state from 0.

  ids.<step> [N], offsets.<step> [5 * 5 + 1] int64, weights.<step> [N]
                                                            key-major, step 0 to 9; empty bags, ids repeated
  gradients [10, 5, 56]                                     of the output, a step
  start.<table>                                             tables before the first step, exact in fp16 too
  <pooling>.output [5, 56]                                  first forward; pooling: sum, mean, sum_weighted,
                                                            mean_weighted
  fp16.<pooling>.output [5, 56] fp32                        the same from fp16 tables
  <pooling>.<optimizer>.table.<table>                       after ten steps; optimizer: sgd, adagrad, rowwise_adagrad
  <pooling>.<optimizer>.state.<table>                       [rows, D] of adagrad, [rows] of rowwise_adagrad
  fp16.<pooling>.<optimizer>.table.<table> fp16, .state.<table> fp32

FBGEMM rounds an fp16 row to nearest after each step: once with rowwise_adagrad; with sgd and adagrad the update is
rounded to fp16 by itself before it is subtracted and the difference rounded again, so that they lie up to a few units
in the last place from a single rounding (that one is in sparse_optimizers.py). mean_weighted has no training: the
forward pass divides by the count of ids, FBGEMM's backward pass on the CPU does not. It refuses bf16 tables.

Sequences, all of dimension 8 (an EmbeddingCollection wants one), tables user 12 x 8, item 17 x 8, shop 9 x 8, features
user, item, clicked, shop; ids.<step> and offsets.<step> are those above, cut after shop:

  sequence.start.<table>, sequence.gradients.<step> [N', 8]
  sequence.output [N', 8]                                   first forward, key-major
  sequence.<optimizer>.table.<table>, .state.<table>        after ten steps, by FBGEMM
"""
import logging
import pathlib
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

import torch
from fbgemm_gpu.split_embedding_configs import EmbOptimType, SparseType
from fbgemm_gpu.split_table_batched_embeddings_ops_training import (
    ComputeDevice, EmbeddingLocation, PoolingMode, SplitTableBatchedEmbeddingBagsCodegen)
from safetensors.torch import save_file
from torchrec.modules.embedding_configs import EmbeddingBagConfig, EmbeddingConfig, PoolingType
from torchrec.modules.embedding_modules import EmbeddingBagCollection, EmbeddingCollection
from torchrec.modules.fused_embedding_modules import FusedEmbeddingBagCollection
from torchrec.optim import RowWiseAdagrad
from torchrec.sparse.jagged_tensor import KeyedJaggedTensor

STEPS, BATCH = 10, 5
LEARNING_RATE, EPS = 0.05, 1e-8
TABLES = {"user": (12, 4), "item": (17, 8), "shop": (9, 16), "city": (6, 20)}
FEATURES = {"user": ["user"], "item": ["item", "clicked"], "shop": ["shop"], "city": ["city"]}
KEYS = [key for keys in FEATURES.values() for key in keys]
SEQUENCE_TABLES = {"user": (12, 8), "item": (17, 8), "shop": (9, 8)}
SEQUENCE_KEYS = KEYS[:-1]
OPTIMIZERS = {
    "sgd": EmbOptimType.EXACT_SGD,
    "adagrad": EmbOptimType.EXACT_ADAGRAD,
    "rowwise_adagrad": EmbOptimType.EXACT_ROWWISE_ADAGRAD,
}

torch.manual_seed(31)
torch.set_num_threads(1)
tensors = {}


def draw():
    """Bags of 0 to 4 ids; the first bag of a step repeats an id, and each step leaves some bag empty."""
    for step in range(STEPS):
        lengths = torch.randint(0, 5, (len(KEYS), BATCH))
        lengths[:, step % BATCH] = 0
        lengths[:, (step + 1) % BATCH] = 4
        ids = []
        for key, counts in zip(KEYS, lengths):
            rows = next(TABLES[table][0] for table, keys in FEATURES.items() if key in keys)
            drawn = torch.randint(0, rows, (int(counts.sum()),))
            drawn[1] = drawn[0]
            ids.append(drawn)
        tensors[f"ids.{step}"] = torch.cat(ids)
        tensors[f"offsets.{step}"] = torch.cat([torch.zeros(1, dtype=torch.int64), lengths.flatten().cumsum(0)])
        tensors[f"weights.{step}"] = torch.rand(len(tensors[f"ids.{step}"])) + 0.25
    width = sum(dim * len(FEATURES[table]) for table, (_, dim) in TABLES.items())
    tensors["gradients"] = torch.randn(STEPS, BATCH, width)
    for table, shape in TABLES.items():
        tensors[f"start.{table}"] = torch.randn(shape).half().float()
    for table, shape in SEQUENCE_TABLES.items():
        tensors[f"sequence.start.{table}"] = torch.randn(shape)
    for step in range(STEPS):
        tensors[f"sequence.gradients.{step}"] = torch.randn(sequence_ids(step).numel(), 8)


def sequence_offsets(step):
    return tensors[f"offsets.{step}"][: len(SEQUENCE_KEYS) * BATCH + 1]


def sequence_ids(step):
    return tensors[f"ids.{step}"][: sequence_offsets(step)[-1]]


def fbgemm(tables, optimizer, pooling, precision, prefix=""):
    module = SplitTableBatchedEmbeddingBagsCodegen(
        [(rows, dim, EmbeddingLocation.HOST, ComputeDevice.CPU) for rows, dim in tables.values()],
        feature_table_map=[index for index, table in enumerate(tables) for _ in FEATURES[table]],
        optimizer=optimizer, learning_rate=LEARNING_RATE, eps=EPS, weights_precision=precision,
        output_dtype=SparseType.FP32, pooling_mode=pooling, stochastic_rounding=False, device=torch.device("cpu"))
    for weight, table in zip(module.split_embedding_weights(), tables):
        weight.data.copy_(tensors[f"{prefix}start.{table}"])
    return module


def record(case, module, tables):
    for weight, table in zip(module.split_embedding_weights(), tables):
        tensors[f"{case}.table.{table}"] = weight.detach().clone()
    for state, table in zip(module.split_optimizer_states(), tables):
        if state:
            rows, dim = tables[table]
            tensors[f"{case}.state.{table}"] = state[0].detach().reshape((rows, -1)).squeeze(1).clone()


def pooled(pooling, precision, prefix):
    weighted = pooling.endswith("_weighted")
    mode = PoolingMode.SUM if pooling.startswith("sum") else PoolingMode.MEAN
    for name, optimizer in OPTIMIZERS.items():
        module = fbgemm(TABLES, optimizer, mode, precision)
        for step in range(STEPS):
            weights = tensors[f"weights.{step}"] if weighted else None
            output = module(tensors[f"ids.{step}"], tensors[f"offsets.{step}"], weights)
            if step == 0:
                tensors[f"{prefix}{pooling}.output"] = output.detach().clone()
                if pooling == "mean_weighted":
                    return
            output.backward(tensors["gradients"][step])
        record(f"{prefix}{pooling}.{name}", module, TABLES)


def sequences():
    for name, optimizer in OPTIMIZERS.items():
        module = fbgemm(SEQUENCE_TABLES, optimizer, PoolingMode.NONE, SparseType.FP32, "sequence.")
        for step in range(STEPS):
            output = module(sequence_ids(step), sequence_offsets(step))
            if step == 0:
                tensors["sequence.output"] = output.detach().clone()
            output.backward(tensors[f"sequence.gradients.{step}"])
        record(f"sequence.{name}", module, SEQUENCE_TABLES)


def features(step, weighted):
    return KeyedJaggedTensor(
        keys=KEYS, values=tensors[f"ids.{step}"], offsets=tensors[f"offsets.{step}"],
        weights=tensors[f"weights.{step}"] if weighted else None)


def check_against_torchrec():
    """TorchRec's own collections give the same numbers, its fused one to the bit."""
    for pooling, kind in (("sum", PoolingType.SUM), ("mean", PoolingType.MEAN), ("sum_weighted", PoolingType.SUM)):
        weighted = pooling.endswith("_weighted")
        configs = [EmbeddingBagConfig(name=table, num_embeddings=rows, embedding_dim=dim, pooling=kind,
                                      feature_names=FEATURES[table]) for table, (rows, dim) in TABLES.items()]
        plain = EmbeddingBagCollection(tables=configs, is_weighted=weighted, device=torch.device("cpu"))
        for table in TABLES:
            plain.embedding_bags[table].weight.data.copy_(tensors[f"start.{table}"])
        torch.testing.assert_close(plain(features(0, weighted)).values(), tensors[f"{pooling}.output"])

        for name, optimizer in (("sgd", torch.optim.SGD), ("adagrad", torch.optim.Adagrad),
                                ("rowwise_adagrad", RowWiseAdagrad)):
            hyperparameters = {"lr": LEARNING_RATE} | ({} if name == "sgd" else {"eps": EPS})
            fused = FusedEmbeddingBagCollection(
                tables=configs, is_weighted=weighted, optimizer_type=optimizer, optimizer_kwargs=hyperparameters,
                device=torch.device("cpu"))
            weights = {table: fused.state_dict()[f"embedding_bags.{table}.weight"] for table in TABLES}
            for table in TABLES:
                weights[table].copy_(tensors[f"start.{table}"])
            for step in range(STEPS):
                fused(features(step, weighted)).values().backward(tensors["gradients"][step])
            for table in TABLES:
                assert torch.equal(weights[table], tensors[f"{pooling}.{name}.table.{table}"]), (pooling, name, table)

    configs = [EmbeddingConfig(name=table, num_embeddings=rows, embedding_dim=dim, feature_names=FEATURES[table])
               for table, (rows, dim) in SEQUENCE_TABLES.items()]
    collection = EmbeddingCollection(tables=configs, device=torch.device("cpu"))
    for table in SEQUENCE_TABLES:
        collection.embeddings[table].weight.data.copy_(tensors[f"sequence.start.{table}"])
    plain_adagrad = torch.optim.Adagrad(collection.parameters(), lr=LEARNING_RATE, eps=EPS)
    for step in range(STEPS):
        found = collection(KeyedJaggedTensor(
            keys=SEQUENCE_KEYS, values=sequence_ids(step), offsets=sequence_offsets(step)))
        output = torch.cat([found[key].values() for key in SEQUENCE_KEYS])
        if step == 0:
            assert torch.equal(output, tensors["sequence.output"])
        plain_adagrad.zero_grad()
        output.backward(tensors[f"sequence.gradients.{step}"])
        plain_adagrad.step()
    for table in SEQUENCE_TABLES:
        torch.testing.assert_close(
            collection.embeddings[table].weight.data, tensors[f"sequence.adagrad.table.{table}"], rtol=1e-5, atol=1e-6)


draw()
for pooling in ("sum", "mean", "sum_weighted", "mean_weighted"):
    pooled(pooling, SparseType.FP32, "")
    pooled(pooling, SparseType.FP16, "fp16.")
sequences()
check_against_torchrec()
save_file({key: value.contiguous().clone() for key, value in tensors.items()},
          pathlib.Path(__file__).with_suffix(".safetensors"))
