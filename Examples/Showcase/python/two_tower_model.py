"""TwoTowerModel in plain PyTorch: two embeddings, summed product, BCE on logits, Adam, batch 1,024.
Twin of ../Programs/TwoTowerModel.swift.

usage: python two_tower_model.py [--steps 20] [--small]
"""
import torch
from torch import nn

from twin import Program, main


class TwoTowerModel(nn.Module):
    def __init__(self, users=100_000, items=50_000, dimension=64):
        super().__init__()
        self.user_embedding = nn.Embedding(users, dimension)
        self.item_embedding = nn.Embedding(items, dimension)

    def forward(self, users, items):
        return (self.user_embedding(users) * self.item_embedding(items)).sum(1)


class TwoTowerModelProgram(Program):
    name = "TwoTowerModel"

    def __init__(self, small=False):
        self.users, self.items = (60, 90) if small else (100_000, 50_000)
        self.batch = 16 if small else 1024
        self.model = TwoTowerModel(self.users, self.items, 8 if small else 64)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-3, fused=True)

    def make_batch(self):
        return {
            "users": torch.randint(self.users, (self.batch,)),
            "items": torch.randint(self.items, (self.batch,)),
            "labels": torch.randint(2, (self.batch,)).float(),
        }

    def forward(self, batch):
        return self.model(batch["users"], batch["items"])

    def loss(self, answer, batch):
        return nn.functional.binary_cross_entropy_with_logits(answer, batch["labels"])


if __name__ == "__main__":
    main(TwoTowerModelProgram)
