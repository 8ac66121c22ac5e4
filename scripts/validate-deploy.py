"""Holds deploy/kubernetes to its schema and to the policies of deploy_policies.py, and each policy to a fault that it must find.

    validate-deploy.py            every overlay, and the variants
    validate-deploy.py FILE...    manifests of your own, `kubectl kustomize` beforehand
"""
import copy
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

import deploy_policies as policies

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "deploy/kubernetes"
KUBERNETES = "1.30"
# Kinds of operators: no schema comes with Kubernetes.
CUSTOM = {"PyTorchJob"}
counts = {"passed": 0, "failed": 0}


def report(what, faults, ok=""):
    faults = list(faults)
    counts["failed" if faults else "passed"] += 1
    print(f"{'failed' if faults else 'passed'}: {what}{': ' + ok if ok and not faults else ''}")
    for fault in faults:
        print(f"  {fault}")


def release():
    lock = (ROOT / "environment.lock").read_text()
    version = re.search(r'version = "([^"]+)"', (ROOT / "Sources/Environment/Release.swift").read_text())[1]
    torch = re.search(r"torch==(\d+\.\d+)", lock)[1]
    return f"{version}-torch{torch}"


def help_of(command):
    file = ROOT / f"Tests/Reference/help/swiftrec-{command}.txt"
    return file.read_text() if file.exists() else ""


def faults_of(things):
    for policy in policies.POLICIES:
        for fault in policy(things, version=release(), help_of=help_of):
            yield f"{policy.__name__}: {fault}"


def built(overlay):
    result = subprocess.run(["kubectl", "kustomize", str(overlay)], capture_output=True, text=True)
    if result.returncode:
        raise SystemExit(f"failed: kustomize {overlay}: {result.stderr.strip()}")
    return [thing for thing in yaml.safe_load_all(result.stdout) if thing]


def schema_faults(things):
    plain = [thing for thing in things if thing["kind"] not in CUSTOM]
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        yaml.safe_dump_all(plain, file)
        file.flush()
        result = subprocess.run(
            [pathlib.Path(sys.executable).parent / "kubernetes-validate", "--strict", "-k", KUBERNETES, file.name],
            capture_output=True, text=True)
    return [] if result.returncode == 0 else (result.stdout + result.stderr).strip().splitlines()[:20]


def check(what, things):
    report(f"{what}: schema of Kubernetes {KUBERNETES}", schema_faults(things), f"{len(things)} objects")
    report(f"{what}: policies", faults_of(things), f"{len(policies.POLICIES)} kept")


def pick(things, kind):
    return policies.of_kind(things, kind)[0]


def spec(things, kind="Deployment"):
    return pick(things, kind)["spec"]["template"]["spec"]


def drop(things, kind, named):
    things[:] = [t for t in things if (t["kind"], t["metadata"]["name"]) != (kind, named)]


# A fault, and the policy that must name it.
FAULTS = [
    ("pods_are_hardened", "root", lambda t: spec(t)["securityContext"].update(runAsUser=0)),
    ("pods_are_hardened", "a writable root", lambda t: spec(t)["containers"][0]["securityContext"].pop("readOnlyRootFilesystem")),
    ("pods_are_hardened", "the node's network", lambda t: spec(t, "Job").update(hostNetwork=True)),
    ("resources_are_bounded", "no limit of memory", lambda t: spec(t)["containers"][0]["resources"]["limits"].pop("memory")),
    ("images_are_this_release", "latest", lambda t: spec(t)["containers"][0].update(image="swiftrec-serve:latest")),
    ("images_are_this_release", "an older release", lambda t: spec(t)["containers"][0].update(image="x/swiftrec-serve:0.0.9-torch2.13-cpu")),
    ("gpus_have_their_image", "a GPU for the CPU's image", lambda t: spec(t, "Job")["containers"][0]["resources"]["limits"].update({"nvidia.com/gpu": "1"})),
    ("servers_are_asked_how_they_are", "no readiness", lambda t: spec(t)["containers"][0].pop("readinessProbe")),
    ("nobody_has_rights", "a token", lambda t: spec(t).update(automountServiceAccountToken=True)),
    ("nobody_has_rights", "a role", lambda t: t.append({"kind": "RoleBinding", "metadata": {"name": "x"}})),
    ("secrets_are_references", "a password", lambda t: spec(t)["containers"][0]["env"].append({"name": "S3_SECRET_KEY", "value": "x"})),
    ("secrets_are_references", "a secret", lambda t: t.append({"kind": "Secret", "metadata": {"name": "x"}})),
    ("traffic_is_named", "no policy that refuses", lambda t: drop(t, "NetworkPolicy", "nothing")),
    ("traffic_is_named", "a server without a policy", lambda t: drop(t, "NetworkPolicy", "serving")),
    ("references_are_met", "another selector", lambda t: pick(t, "Service")["spec"].update(selector={"app": "x"})),
    ("references_are_met", "no claim", lambda t: drop(t, "PersistentVolumeClaim", "models")),
    ("references_are_met", "an autoscaler of nothing", lambda t: pick(t, "HorizontalPodAutoscaler")["spec"]["scaleTargetRef"].update(name="x")),
    ("commands_are_known", "an option that is none", lambda t: spec(t)["containers"][0]["args"].append("--hots=0.0.0.0")),
]


def faults_are_found(things):
    for policy, what, damage in FAULTS:
        damaged = copy.deepcopy(things)
        damage(damaged)
        found = list(faults_of(damaged))
        if not any(fault.startswith(policy + ":") for fault in found):
            yield f"{what}: {policy} says nothing of it; others said {found}"
    broken = copy.deepcopy(things)
    pick(broken, "Deployment")["spec"]["replica"] = 2
    if not schema_faults(broken):
        yield "an unknown key in a Deployment: the schema says nothing of it"


if len(sys.argv) > 1:
    for path in sys.argv[1:]:
        check(path, [thing for thing in yaml.safe_load_all(pathlib.Path(path).read_text()) if thing])
else:
    overlays = {folder.name: built(folder) for folder in sorted((FOLDER / "overlays").iterdir())}
    for overlay, things in overlays.items():
        check(f"overlay {overlay}", things)
    base = [t for t in overlays["cpu"] if t["kind"] not in ("Job", "ConfigMap")]
    for file in sorted((FOLDER / "variants").glob("*.yaml")):
        own = [thing for thing in yaml.safe_load_all(file.read_text()) if thing]
        training = [{"kind": "ConfigMap", "metadata": {"name": "swiftrec-training"}}]
        report(f"variant {file.stem}: policies, beside the overlay cpu", faults_of(base + own + training))
    report("every fault is found", faults_are_found(overlays["cpu"]), f"{len(FAULTS) + 1} of {len(FAULTS) + 1}")
    lint = subprocess.run(
        [pathlib.Path(sys.executable).parent / "yamllint", "-s", "-c", FOLDER / ".yamllint", FOLDER], capture_output=True, text=True)
    report("yamllint", lint.stdout.strip().splitlines())
sys.exit(1 if counts["failed"] else 0)
