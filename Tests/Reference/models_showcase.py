"""One training step of each showcase program and one lookup, written by the Python twins in Examples/Showcase/python.

usage: python models_showcase.py      writes models_showcase.safetensors beside itself
"""
import pathlib
import sys

import torch
from safetensors.torch import save_file

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parents[1] / "Examples" / "Showcase" / "python"))

from dnn_recommender import DNNRecommenderProgram  # noqa: E402
from embedding_lookup import EmbeddingLookup  # noqa: E402
from seq_recommender import SeqRecommenderProgram  # noqa: E402
from simple_net import SimpleNetProgram  # noqa: E402
from two_tower_model import TwoTowerModelProgram  # noqa: E402

torch.manual_seed(7)
torch.set_num_threads(1)
out = {}
# Dropout is off: its masks depend on the order in which a process draws.
programs = [
    ("SimpleNet", SimpleNetProgram(small=True), None),
    ("DNNRecommender", DNNRecommenderProgram(small=True, dropout=0.0), None),
    ("DNNRecommender.bfloat16", DNNRecommenderProgram(small=True, dropout=0.0), torch.bfloat16),
    ("SeqRecommender", SeqRecommenderProgram(small=True), None),
    ("TwoTowerModel", TwoTowerModelProgram(small=True), None),
]
for name, program, mixed in programs:
    program.mixed_precision = mixed
    batch = program.make_batch()
    for key, tensor in program.model.state_dict().items():
        out[f"{name}/before/{key}"] = tensor.clone()
    for key, tensor in batch.items():
        out[f"{name}/batch/{key}"] = tensor.clone()
    with torch.no_grad(), program.mixed():
        out[f"{name}/answer"] = program.forward(batch).float()
    out[f"{name}/loss"] = torch.tensor(program.step(batch))
    for key, tensor in program.model.state_dict().items():
        out[f"{name}/after/{key}"] = tensor.clone()
lookup = EmbeddingLookup(small=True)
ids = lookup.make_ids()
for key, tensor in lookup.model.state_dict().items():
    out[f"EmbeddingLookup/before/{key}"] = tensor.clone()
out["EmbeddingLookup/batch/ids"] = ids
out["EmbeddingLookup/answer"] = lookup.forward(lookup.features(ids))
save_file({key: tensor.contiguous() for key, tensor in out.items()}, here / "models_showcase.safetensors")
