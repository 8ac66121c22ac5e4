"""A checkpoint is an ordinary safetensors file that plain PyTorch reads.

Trains a small NeuMF with `bin/swiftrec`, reads its checkpoint with `safetensors` into a plain PyTorch model of the same
shape, and compares the scores of 200 pairs with those of `swiftrec predict`.
"""
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
CONFIG = """
data: {name: "synthetic:implicit", users: 300, items: 200, clusters: 10, interactions_per_user: 20}
model: {name: neumf, factors: 8, mlp_factors: 16, hidden: [32, 16, 8]}
train: {epochs: 2, batch: 256, loss: {name: bce, negatives: 2}, optimizer: {name: adam, lr: 0.005}}
seed: 3
device: cpu
"""

try:
    import torch
    from safetensors import safe_open
    from torch import nn
except ImportError as missing:
    print(f"skipped checkpoint: .venv has no {missing.name} (a bare LibTorch was given in TORCH_ROOT)")
    sys.exit()


class NeuMF(nn.Module):
    def __init__(self, users, items):
        super().__init__()
        self.gu, self.gi = nn.Embedding(users, 8), nn.Embedding(items, 8)
        self.mu, self.mi = nn.Embedding(users, 16), nn.Embedding(items, 16)
        self.mlp = nn.Sequential(nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 8), nn.ReLU())
        self.out = nn.Linear(16, 1)

    def forward(self, users, items):
        deep = self.mlp(torch.cat([self.mu(users), self.mi(items)], dim=1))
        return self.out(torch.cat([self.gu(users) * self.gi(items), deep], dim=1)).squeeze(1)


def swiftrec(*arguments):
    result = subprocess.run([ROOT / "bin/swiftrec", *map(str, arguments)], capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"failed checkpoint: swiftrec {arguments[0]} ended with {result.returncode}\n{result.stderr[-800:]}")


def predict(run, pairs, folder):
    swiftrec("predict", run, pairs, "--out", folder / "scores.tsv")
    lines = (folder / "scores.tsv").read_text().splitlines()[1:]
    return torch.tensor([float(line.split("\t")[2]) for line in lines])


def compare(what, ours, theirs):
    difference = (ours - theirs).abs().max().item()
    good = ours.shape == theirs.shape and difference < 1e-5
    print(f"{'passed' if good else 'failed'} checkpoint: {what}, greatest difference {difference:.1e}")
    return good


def main():
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        run = folder / "run"
        (folder / "neumf.yaml").write_text(CONFIG)
        swiftrec("train", folder / "neumf.yaml", "--out", run)
        swiftrec("embeddings", "export", run, "--out", folder / "ids")
        tokens = [(folder / "ids" / name).read_text().split("\n")[:-1] for name in ("users.txt", "items.txt")]
        generator = torch.Generator().manual_seed(0)
        users, items = (torch.randint(len(column), (200,), generator=generator) for column in tokens)
        pairs = folder / "pairs.tsv"
        pairs.write_text("".join(f"{tokens[0][u]}\t{tokens[1][i]}\n" for u, i in zip(users, items)))

        with safe_open(run / "checkpoints/best.safetensors", "pt") as file:
            # What belongs to the run, not to the model, has a slash in its name.
            weights = {name: file.get_tensor(name) for name in file.keys() if "/" not in name}
        model = NeuMF(len(tokens[0]), len(tokens[1]))
        model.load_state_dict(weights)
        with torch.inference_mode():
            good = compare("PyTorch scores with weights that Swift trained", predict(run, pairs, folder), model(users, items))
        sys.exit(0 if good else 1)


main()
