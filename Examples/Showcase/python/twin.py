"""What the twins share: a training step and a small command line."""
import argparse
import contextlib
import time

import torch


class Program:
    """A model with its loss, its optimiser and generated data."""

    mixed_precision = None

    def step(self, batch):
        self.optimizer.zero_grad()
        with self.mixed():
            loss = self.loss(self.forward(batch), batch)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def mixed(self):
        if self.mixed_precision is None:
            return contextlib.nullcontext()
        return torch.autocast("cpu", dtype=self.mixed_precision)


def main(program):
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--steps", type=int, default=20)
    arguments.add_argument("--threads", type=int)
    arguments.add_argument("--small", action="store_true")
    given = arguments.parse_args()
    if given.threads:
        torch.set_num_threads(given.threads)
    torch.manual_seed(0)
    twin = program(small=given.small)
    batches = [twin.make_batch() for _ in range(min(given.steps, 16))]
    first = last = twin.step(batches[0])
    start = time.time()
    for step in range(1, given.steps):
        last = twin.step(batches[step % len(batches)])
    rows = (given.steps - 1) * twin.batch
    print(f"{twin.name}: loss {first:.4f} -> {last:.4f} after {given.steps} steps, {rows / (time.time() - start):.0f} samples/s")
