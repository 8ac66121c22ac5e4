"""Loads TorchScript files that SwiftRec exported and compares what they give with what SwiftRec's models gave.

    python torchscript_exports.py FOLDER FILE...

FOLDER/questions.safetensors holds FILE/N/input.I and FILE/N/expected for each file and question N.
"""

import sys

import torch
from safetensors.torch import load_file


def main() -> None:
    folder, files = sys.argv[1], sys.argv[2:]
    tensors = load_file(f"{folder}/questions.safetensors")
    for file in files:
        module = torch.jit.load(f"{folder}/{file}")
        module.eval()
        numbers = sorted({name.split("/")[1] for name in tensors if name.startswith(f"{file}/")})
        assert numbers, file
        for number in numbers:
            inputs = []
            while (name := f"{file}/{number}/input.{len(inputs)}") in tensors:
                inputs.append(tensors[name])
            with torch.no_grad():
                found = module(*inputs)
            expected = tensors[f"{file}/{number}/expected"]
            assert found.shape == expected.shape, f"{file} question {number}: {found.shape}, expected {expected.shape}"
            difference = (found - expected).abs().max().item() / max(1, expected.abs().max().item())
            assert difference <= 1e-5, f"{file} question {number}: differs by {difference}"
        operators = {node.kind() for node in module.inlined_graph.nodes()}
        strange = {kind for kind in operators if not kind.startswith(("aten::", "prim::"))}
        assert not strange, f"{file}: {strange}"
    print(f"{len(files)} exports agree")


main()
