"""SimpleNet in plain PyTorch: 784-128-10, cross entropy, SGD, batch 64. Twin of ../Programs/SimpleNet.swift.

usage: python simple_net.py [--steps 20] [--small]
"""
import torch
from torch import nn

from twin import Program, main


class SimpleNet(nn.Module):
    def __init__(self, inputs=784, hidden=128, classes=10):
        super().__init__()
        self.fc1 = nn.Linear(inputs, hidden)
        self.fc2 = nn.Linear(hidden, classes)

    def forward(self, x):
        return self.fc2(torch.relu(self.fc1(x)))


class SimpleNetProgram(Program):
    name = "SimpleNet"

    def __init__(self, small=False):
        self.inputs, self.classes = (12, 4) if small else (784, 10)
        self.batch = 8 if small else 64
        self.model = SimpleNet(self.inputs, 16 if small else 128, self.classes)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.1)
        self.patterns = torch.randn(self.classes, self.inputs)

    def make_batch(self):
        labels = torch.randint(self.classes, (self.batch,))
        return {"x": self.patterns[labels] + torch.randn(self.batch, self.inputs), "labels": labels}

    def forward(self, batch):
        return self.model(batch["x"])

    def loss(self, answer, batch):
        return nn.functional.cross_entropy(answer, batch["labels"])


if __name__ == "__main__":
    main(SimpleNetProgram)
