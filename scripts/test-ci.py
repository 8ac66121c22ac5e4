"""Reads the workflows: each step of ours is a make target that exists, actions are commits, rights are few, jobs end.

Prints lines that begin with passed or failed.
"""
import pathlib
import re
import subprocess
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
# What a push must go through, in the words of the issue that asked for it.
WANTED = ["check", "lint-ci", "build", "test", "smoke", "images", "test-images", "smoke-image"]
# What comes before the first make target: make itself.
BOOTSTRAP = "apt-get update -q && apt-get install -qy --no-install-recommends make"


def faults(path):
    workflow = yaml.safe_load(path.read_text())
    if workflow.get("permissions") != {}:
        yield "its default permissions are not empty"
    if "concurrency" not in workflow:
        yield "it says nothing of concurrency"
    for name, job in workflow["jobs"].items():
        if not 0 < job.get("timeout-minutes", 0) <= 120:
            yield f"job {name} has no timeout of at most 120 minutes"
        if any(right != "read" for right in job.get("permissions", {"all": "default"}).values()):
            yield f"job {name} may do more than read: {job.get('permissions')}"
        for step in job["steps"]:
            yield from step_faults(f"job {name}, step {step.get('name')!r}", step)


def step_faults(place, step):
    if "uses" in step and not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", step["uses"]):
        yield f"{place} uses {step['uses']}, which is no commit"
    if str(step.get("uses", "")).startswith("actions/checkout@") and step.get("with", {}).get("persist-credentials") is not False:
        yield f"{place} leaves its token in the checkout"
    if step.get("run") == BOOTSTRAP:
        return
    if "run" in step and (target := target_of(step)) is None:
        yield f"{place} runs {step['run']!r}, which is not one make target"
    elif "run" in step and not exists(target):
        yield f"{place} runs make {target}, which the Makefile does not have"


def target_of(step):
    """The make target of a step of ours; nothing where it runs anything else."""
    match = re.fullmatch(r"make ([a-z][a-z-]*)\s*", step.get("run", ""))
    return match and match[1]


def exists(target):
    return re.search(rf"^{re.escape(target)}:.*##", (ROOT / "Makefile").read_text(), re.M) is not None and subprocess.run(
        ["make", "-n", target], cwd=ROOT, capture_output=True).returncode == 0


def main():
    failed = not WORKFLOWS
    targets = []
    for path in WORKFLOWS:
        found = list(faults(path))
        for fault in found:
            print(f"failed: {path.name}: {fault}")
        jobs = yaml.safe_load(path.read_text())["jobs"].values()
        targets += [target_of(step) for job in jobs for step in job["steps"] if "run" in step]
        if not found:
            print(f"passed: {path.name}: its steps are make targets, its actions commits, its rights few")
        failed |= bool(found)
    absent = [target for target in WANTED if target not in targets]
    print(f"failed: no step runs make {', make '.join(absent)}" if absent else f"passed: steps run make {', '.join(WANTED)}")
    sys.exit(1 if failed or absent else 0)


if __name__ == "__main__":
    main()
