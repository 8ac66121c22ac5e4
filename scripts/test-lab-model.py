"""An own model in the lab's image: `swiftrec new model`, then its tests and its training, over SSH as a user would.

    test-lab-model.py IMAGE

The lab has no network for it: the toolchain, SwiftRec's sources and its Swift packages are in the image.
"""
import pathlib
import re
import sys
import tempfile
import time

import lab_image_under_test as image_labs
from lab_under_test import Keys, ssh

STEPS = [
    ("new", "swiftrec new model TasteMap"),
    ("test", "make -C TasteMap test"),
    ("train", "make -C TasteMap train"),
    ("evaluate", "cd TasteMap && .build/release/taste-map evaluate runs/taste-map --json"),
    ("recommend", "cd TasteMap && .build/release/taste-map recommend runs/taste-map --user 1 --top 3"),
]


def main():
    image = sys.argv[1]
    if why := image_labs.cannot_run_image(image):
        print(f"skipped: an own model in the lab: {why}")
        return 0
    with tempfile.TemporaryDirectory(prefix="lab-model-", ignore_cleanup_errors=True) as folder:
        keys = Keys(folder)
        lab = image_labs.ImageLab(folder, image)
        lab.memory = "8g"
        with lab.running(AUTHORIZED_KEYS=keys.public):
            for name, command in STEPS:
                began = time.monotonic()
                answer = ssh(lab, f"bash -lc '{command}'", key=keys.right, seconds=3600)
                seconds = time.monotonic() - began
                if answer.returncode:
                    print(f"failed: {command} (exit {answer.returncode})\n{answer.stdout[-3000:]}{answer.stderr[-3000:]}")
                    return 1
                print(f"passed: {command} ({seconds:.1f} s)", flush=True)
                if name == "evaluate":
                    ndcg = float(re.search(r'"ndcg@10": ([0-9.]+)', answer.stdout)[1])
        kept = (pathlib.Path(lab.workspace) / "TasteMap/runs/taste-map/config.yaml").exists()
        good = ndcg > 0.05 and kept
        verdict = "passed" if good else "failed"
        print(f"{verdict}: its NDCG@10 is {ndcg}, and its run is on the volume after the lab is gone: {kept}")
        return 0 if good else 1


sys.exit(main())
