"""DNNRecommender in plain PyTorch: BCE on logits under bfloat16 autocast, Adam, batch 4,096.
Twin of ../Programs/DNNRecommender.swift.

usage: python dnn_recommender.py [--steps 20] [--small]
"""
import torch
from torch import nn

from twin import Program, main


class DNNRecommender(nn.Module):
    def __init__(self, users=100_000, items=500_000, dimension=128, hidden=(256, 128), dropout=0.1):
        super().__init__()
        self.user_embedding = nn.Embedding(users, dimension)
        self.item_embedding = nn.Embedding(items, dimension)
        layers, width = [], 2 * dimension
        for size in hidden:
            layers += [nn.Linear(width, size), nn.ReLU(), nn.Dropout(dropout)]
            width = size
        self.mlp = nn.Sequential(*layers, nn.Linear(width, 1))

    def forward(self, users, items):
        return self.mlp(torch.cat([self.user_embedding(users), self.item_embedding(items)], 1)).squeeze(1)


class DNNRecommenderProgram(Program):
    name = "DNNRecommender"
    mixed_precision = torch.bfloat16

    def __init__(self, small=False, dropout=0.1):
        self.users, self.items = (60, 90) if small else (100_000, 500_000)
        self.batch = 16 if small else 4096
        self.model = DNNRecommender(
            self.users, self.items, 8 if small else 128, (16, 8) if small else (256, 128), dropout)
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
        return nn.functional.binary_cross_entropy_with_logits(answer.float(), batch["labels"])


if __name__ == "__main__":
    main(DNNRecommenderProgram)
