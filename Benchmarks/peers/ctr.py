"""CTR models in plain PyTorch from Criteo's text on disk to AUC: the peer of `swiftrec train` on raw click logs.

pyarrow parses blocks in a thread of its own, ids come from the hexadecimal tokens by arithmetic on whole columns, and the tables
have sparse gradients: no row is touched by itself. Numbers are log1p, tables have --buckets rows and one for what is missing.

  train: one pass over --train, AUC and LogLoss on --test; prints one JSON line
  parse: pyarrow's own reader over --train on one core, columns typed as above; prints MB/s
"""
import argparse
import json
import queue
import threading
import time

import numpy
import pyarrow
import pyarrow.csv
import torch
from torch.nn import functional as F

from rankers import FEATURES, MODELS, NUMBERS, Tables

NAMES = ["label"] + [f"I{i}" for i in range(1, NUMBERS + 1)] + [f"C{i}" for i in range(1, FEATURES + 1)]
TYPES = {name: pyarrow.string() if name[0] == "C" else pyarrow.float32() for name in NAMES}
NIBBLES = numpy.zeros(256, numpy.int64)
for digit, character in enumerate(b"0123456789abcdef"):
    NIBBLES[character] = digit


def blocks(path, threads):
    return pyarrow.csv.open_csv(
        path, read_options=pyarrow.csv.ReadOptions(column_names=NAMES, block_size=16 << 20, use_threads=threads),
        parse_options=pyarrow.csv.ParseOptions(delimiter="\t"),
        convert_options=pyarrow.csv.ConvertOptions(column_types=TYPES, strings_can_be_null=True))


def numbers(column):
    return numpy.nan_to_num(column.to_numpy(zero_copy_only=False), nan=0.0)


def ids(column, buckets):
    """0 for a missing token, else 1 + its value modulo the buckets. Tokens have 8 hexadecimal digits."""
    present = numpy.asarray(column.is_valid())
    offsets = numpy.frombuffer(column.buffers()[1], numpy.int32)[column.offset:column.offset + len(column) + 1]
    text = numpy.frombuffer(column.buffers()[2], numpy.uint8)[offsets[0]:offsets[-1]].reshape(-1, 8)
    value = numpy.zeros(len(text), numpy.int64)
    for place in range(8):
        value = value << 4 | NIBBLES[text[:, place]]
    found = numpy.zeros(len(column), numpy.int64)
    found[present] = 1 + value % buckets
    return found


def tensors(block, buckets):
    columns = block.columns
    dense = numpy.stack([numpy.log1p(numpy.maximum(numbers(c), 0)) for c in columns[1:1 + NUMBERS]], 1)
    sparse = numpy.stack([ids(c, buckets) for c in columns[1 + NUMBERS:]], 1)
    return torch.from_numpy(numbers(columns[0])), torch.from_numpy(dense), torch.from_numpy(sparse)


def batches(path, arguments):
    """Batches in order, parsed ahead by another thread."""
    ready = queue.Queue(4)

    def parse():
        for block in blocks(path, True):
            ready.put(tensors(block, arguments.buckets))
        ready.put(None)

    threading.Thread(target=parse, daemon=True).start()
    while (parsed := ready.get()) is not None:
        yield from zip(*(part.split(arguments.batch) for part in parsed))


def area(scores, labels):
    """AUC, ties by their mean rank."""
    order = scores.argsort()
    sorted_scores, sorted_labels = scores[order], labels[order].double()
    _, inverse, counts = torch.unique_consecutive(sorted_scores, return_inverse=True, return_counts=True)
    last = counts.cumsum(0).double()
    ranks = (last - (counts.double() - 1) / 2)[inverse]
    positives = sorted_labels.sum()
    negatives = len(labels) - positives
    return float(((ranks * sorted_labels).sum() - positives * (positives + 1) / 2) / (positives * negatives))


def train(arguments):
    began = time.perf_counter()
    torch.manual_seed(0)
    model = MODELS[arguments.model](arguments.buckets + 1, arguments.dim, True)
    tables = [table.weight for part in model.modules() if isinstance(part, Tables) for table in part.tables]
    others = [p for p in model.parameters() if not any(p is table for table in tables)]
    optimizers = (torch.optim.Adagrad(tables, lr=arguments.table_rate), torch.optim.Adam(others, lr=arguments.rate))
    rows = 0
    for labels, dense, sparse in batches(arguments.train, arguments):
        loss = F.binary_cross_entropy_with_logits(model(dense, sparse)[0], labels)
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        rows += len(labels)
    trained = time.perf_counter() - began
    with torch.no_grad():
        found = [(model(dense, sparse)[0], labels) for labels, dense, sparse in batches(arguments.test, arguments)]
    scores, labels = (torch.cat(part) for part in zip(*found))
    print(json.dumps({
        "model": arguments.model, "rows": rows, "auc": area(scores, labels),
        "logloss": float(F.binary_cross_entropy_with_logits(scores, labels)), "train_seconds": trained,
        "samples_per_second": rows / trained}))


def parse(arguments):
    best = 0.0
    for _ in range(arguments.repeats):
        began = time.perf_counter()
        size = 0
        for block in blocks(arguments.train, False):
            size += block.num_rows
        seconds = time.perf_counter() - began
        with open(arguments.train, "rb") as file:
            best = max(best, file.seek(0, 2) / 1e6 / seconds)
    print(json.dumps({"rows": size, "megabytes_per_second": best}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=("train", "parse"))
    parser.add_argument("--train", required=True)
    parser.add_argument("--test")
    parser.add_argument("--model", choices=("fm", "deepfm"), default="fm")
    parser.add_argument("--buckets", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=16)
    parser.add_argument("--batch", type=int, default=4096)
    parser.add_argument("--rate", type=float, default=0.001)
    parser.add_argument("--table-rate", type=float, default=0.05)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=1)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    pyarrow.set_cpu_count(chosen.threads)
    {"train": train, "parse": parse}[chosen.task](chosen)
