"""SeqRecommender in plain PyTorch: item embedding, LSTM, last real step, logits over all items.
Twin of ../Programs/SeqRecommender.swift.

usage: python seq_recommender.py [--steps 20] [--small]
"""
import torch
from torch import nn

from twin import Program, main


class SeqRecommender(nn.Module):
    def __init__(self, items=50_000, dimension=128, hidden=128):
        super().__init__()
        self.item_embedding = nn.Embedding(items, dimension)
        self.lstm = nn.LSTM(dimension, hidden, batch_first=True)
        self.output = nn.Linear(hidden, items)

    def forward(self, histories, lengths):
        steps, _ = self.lstm(self.item_embedding(histories))
        return self.output(steps[torch.arange(len(lengths)), lengths - 1])


class SeqRecommenderProgram(Program):
    name = "SeqRecommender"

    def __init__(self, small=False):
        self.items, self.longest = (40, 6) if small else (50_000, 20)
        self.batch = 8 if small else 128
        self.model = SeqRecommender(self.items, *((8, 8) if small else (128, 128)))
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-3, fused=True)

    def make_batch(self):
        start = torch.randint(self.items, (self.batch, 1))
        lengths = torch.randint(1, self.longest + 1, (self.batch,))
        return {
            "histories": (start + torch.arange(self.longest)) % self.items,
            "lengths": lengths,
            "next": (start.squeeze(1) + lengths) % self.items,
        }

    def forward(self, batch):
        return self.model(batch["histories"], batch["lengths"])

    def loss(self, answer, batch):
        return nn.functional.cross_entropy(answer, batch["next"])


if __name__ == "__main__":
    main(SeqRecommenderProgram)
