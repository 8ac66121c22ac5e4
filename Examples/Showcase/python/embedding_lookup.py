"""EmbeddingLookup in Python: 1,024 ids, one a bag, in a table of 10,000,000 x 64; forward only.
Twin of ../Programs/EmbeddingLookup.swift. TorchRec's EmbeddingBagCollection where it is installed, else plain PyTorch's
EmbeddingBag under the same name.

usage: python embedding_lookup.py [--steps 2000] [--threads 2] [--small] [--plain]
"""
import argparse
import statistics
import time

import torch
from torch import nn


class PlainCollection(nn.Module):
    """One table as TorchRec names it; features are (ids, offsets)."""

    def __init__(self, rows, dimension):
        super().__init__()
        self.embedding_bags = nn.ModuleDict(
            {"item": nn.EmbeddingBag(rows, dimension, mode="sum", include_last_offset=True,
                                     _weight=torch.empty(rows, dimension))})

    def forward(self, features):
        return self.embedding_bags["item"](*features)


def torchrec():
    """The module, or None where it is not installed."""
    try:
        import torchrec
    except ImportError:
        return None
    return torchrec


class EmbeddingLookup:
    name = "EmbeddingLookup"

    def __init__(self, small=False, plain=False):
        self.rows, dimension = (100, 8) if small else (10_000_000, 64)
        self.batch = 16 if small else 1024
        self.library = None if plain else torchrec()
        if self.library is None:
            self.model = PlainCollection(self.rows, dimension)
        else:
            self.model = self.library.EmbeddingBagCollection(
                tables=[self.library.EmbeddingBagConfig(
                    name="item", num_embeddings=self.rows, embedding_dim=dimension, feature_names=["item"])])
        bound = self.rows ** -0.5
        for parameter in self.model.parameters():
            nn.init.uniform_(parameter, -bound, bound)

    def features(self, ids):
        offsets = torch.arange(len(ids) + 1)
        if self.library is None:
            return ids, offsets
        return self.library.KeyedJaggedTensor.from_offsets_sync(keys=["item"], values=ids, offsets=offsets)

    def make_ids(self):
        return torch.randint(self.rows, (self.batch,))

    @torch.no_grad()
    def forward(self, features):
        pooled = self.model(features)
        return pooled if self.library is None else pooled.values()

    def median_milliseconds(self, forwards):
        warm_up = 100
        features = [self.features(self.make_ids()) for _ in range(warm_up + forwards)]
        times = []
        for batch in features:
            start = time.perf_counter()
            self.forward(batch)
            times.append(time.perf_counter() - start)
        return 1000 * statistics.median(times[warm_up:])


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--steps", type=int, default=2000)
    arguments.add_argument("--threads", type=int)
    arguments.add_argument("--small", action="store_true")
    arguments.add_argument("--plain", action="store_true", help="torch.nn.EmbeddingBag even where TorchRec is installed")
    given = arguments.parse_args()
    if given.threads:
        torch.set_num_threads(given.threads)
    torch.manual_seed(0)
    twin = EmbeddingLookup(given.small, given.plain)
    library = "torch.nn.EmbeddingBag" if twin.library is None else f"torchrec {twin.library.__version__}"
    median = twin.median_milliseconds(given.steps)
    print(f"{twin.name}: {twin.rows} x {next(twin.model.parameters()).shape[1]}, {twin.batch} ids, {library} on cpu, "
          f"{median:.3f} ms a forward (median of {given.steps})")


if __name__ == "__main__":
    main()
