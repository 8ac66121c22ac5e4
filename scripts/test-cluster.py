"""Asks an API server whether it would take deploy/kubernetes: every overlay as `kubectl apply --dry-run=server`, in a namespace that is made
for it and deleted afterwards. Nothing else is written there. Exit code 1: it refused something. 77: no API server answers.

    CONTEXT=staging test-cluster.py            another context of the kubeconfig
    NAMESPACE=recommenders test-cluster.py     an existing namespace, where you may make none
    test-cluster.py --self                     this script, against a made-up API server
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import uuid

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "deploy/kubernetes"
NO_CLUSTER = 77
# Of the cluster, not of a namespace.
CLUSTER = {"Namespace", "PriorityClass", "PersistentVolume"}
counts = {"passed": 0, "failed": 0, "skipped": 0}


def report(outcome, what, lines=()):
    counts[outcome] += 1
    print(f"{outcome}: {what}")
    for line in lines:
        print(f"  {line}")


def kubectl(*arguments, given=None, seconds=120):
    command = ["kubectl", *([f"--context={os.environ['CONTEXT']}"] if os.environ.get("CONTEXT") else []), *arguments]
    try:
        return subprocess.run(command, input=given, capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", f"no answer within {seconds} s")


def lines_of(result):
    """What a person needs of kubectl's words: no log lines of its own, no advice for a terminal, nothing twice."""
    lines = [line.strip() for line in (result.stderr or result.stdout).splitlines() if line.strip()]
    kept = [re.sub(r'error when (creating|patching) "[^"]*": ', "", line) for line in lines if not re.match(r"[EIW]\d{4} ", line)]
    return list(dict.fromkeys(kept or lines))


def namespaced(things, namespace):
    for thing in things:
        if thing["kind"] not in CLUSTER:
            thing["metadata"]["namespace"] = namespace
    # The namespace itself is there.
    return [thing for thing in things if thing["kind"] != "Namespace"]


def ask(what, things, namespace):
    """Warnings count: a Pod that violates the namespace's security standard is one, and would not start."""
    for group in sorted({thing["apiVersion"] for thing in things if re.match(r"(?!.*\.k8s\.io/).*\..*/", thing["apiVersion"])}):
        if kubectl("get", "--raw", f"/apis/{group}").returncode:
            report("skipped", f"{what}: the cluster does not know {group}", ["install its operator to have this asked too"])
            return
    result = kubectl("apply", "--dry-run=server", "-f", "-", given=yaml.safe_dump_all(namespaced(things, namespace)))
    refused = [line for line in lines_of(result) if "kubectl.kubernetes.io/last-applied-configuration" not in line] if result.stderr else []
    if result.returncode and not refused:
        refused = [f"kubectl ended with {result.returncode} and said nothing"]
    if refused:
        report("failed", f"{what}: the API server refused", refused[:20])
    else:
        report("passed", f"{what}: {len(result.stdout.splitlines())} objects would be taken")


def documents(text):
    return [thing for thing in yaml.safe_load_all(text) if thing]


def ask_all(namespace):
    for overlay in sorted((FOLDER / "overlays").iterdir()):
        built = kubectl("kustomize", str(overlay))
        if built.returncode:
            report("failed", f"kustomize {overlay.name}", lines_of(built))
        else:
            ask(f"overlay {overlay.name}", documents(built.stdout), namespace)
    for file in sorted((FOLDER / "variants").glob("*.yaml")):
        ask(f"variant {file.stem}", documents(file.read_text()), namespace)


def main():
    server = kubectl("get", "--raw", "/version", "--request-timeout=10s", seconds=30)
    if server.returncode:
        print(f"skipped: no API server answers: {(lines_of(server) or ['kubectl said nothing'])[-1]}")
        print("  name one: KUBECONFIG=FILE make test-cluster, or CONTEXT=NAME (`kubectl config get-contexts` lists them)")
        return NO_CLUSTER
    version = (re.search(r'"gitVersion":\s*"([^"]+)"', server.stdout) or [None, "of an unknown version"])[1]
    print(f"API server {version}, context {(kubectl('config', 'current-context').stdout if not os.environ.get('CONTEXT') else os.environ['CONTEXT']).strip() or '-'}")
    namespace = os.environ.get("NAMESPACE")
    if namespace:
        ask_all(namespace)
    else:
        namespace = f"swiftrec-check-{uuid.uuid4().hex[:8]}"
        # As the base has it, the security standard too.
        made = yaml.safe_load((FOLDER / "base/namespace.yaml").read_text())
        made["metadata"]["name"] = namespace
        result = kubectl("create", "-f", "-", given=yaml.safe_dump(made))
        if result.returncode:
            report("failed", f"the namespace {namespace} can't be made", lines_of(result))
            print("  name one that is there: NAMESPACE=NAME make test-cluster")
            return 1
        try:
            ask_all(namespace)
        finally:
            gone = kubectl("delete", "namespace", namespace, "--wait=false")
            if gone.returncode:
                report("failed", f"the namespace {namespace} can't be deleted: do it by hand", lines_of(gone))
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 1 if counts["failed"] else 0


def self_test():
    """This script as a user runs it, beside a server that takes all, one that refuses, and none."""
    from fake_api_server import FakeAPIServer

    def run(url, **more):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            yaml.safe_dump({
                "apiVersion": "v1", "kind": "Config", "current-context": "made-up",
                "clusters": [{"name": "a", "cluster": {"server": url}}], "users": [{"name": "a", "user": {}}],
                "contexts": [{"name": "made-up", "context": {"cluster": "a", "user": "a"}}]}, file)
            file.flush()
            with tempfile.TemporaryDirectory() as home:
                environment = {**os.environ, "KUBECONFIG": file.name, "HOME": home, **more}
                for name in {"CONTEXT", "NAMESPACE"} - set(more):
                    environment.pop(name, None)
                return subprocess.run([sys.executable, __file__], capture_output=True, text=True, env=environment)

    def check(what, holds, result):
        report("passed" if holds else "failed", what, [] if holds else (result.stdout + result.stderr).splitlines())

    overlays = len(list((FOLDER / "overlays").iterdir()))
    with FakeAPIServer() as server:
        result = run(server.url)
        check("an API server that takes all", result.returncode == 0 and f"{overlays} passed, 0 failed, 1 skipped" in result.stdout, result)
        check("only the namespace was written, and is gone", server.written == [] and len(server.made) == 1, result)
        kinds = {"Deployment", "Job", "HorizontalPodAutoscaler", "NetworkPolicy", "Ingress", "PersistentVolumeClaim"}
        check("it was asked about each kind", kinds <= server.asked, result)
        result = run(server.url, NAMESPACE="recommenders")
        check("an existing namespace is left alone", result.returncode == 0 and len(server.made) == 1, result)
        check("a context that is none", run(server.url, CONTEXT="none").returncode == NO_CLUSTER, result)
    with FakeAPIServer(refuses="Service", because="spec.ports[0].port: Invalid value: 80800: must be between 1 and 65535") as server:
        result = run(server.url)
        said = 'Service "swiftrec-serve" is invalid: spec.ports[0].port: Invalid value: 80800' in result.stdout
        check("what it refused is said", result.returncode == 1 and said and f"{overlays} failed" in result.stdout, result)
        check("the namespace is gone after a refusal", server.written == [] and len(server.made) == 1, result)
    with FakeAPIServer(warns='would violate PodSecurity "restricted:latest": runAsNonRoot != true') as server:
        result = run(server.url)
        check("a warning of the server counts", result.returncode == 1 and "would violate PodSecurity" in result.stdout, result)
    with FakeAPIServer(refuses="Namespace", because="you may not") as server:
        result = run(server.url)
        check("who may make no namespace is told", result.returncode == 1 and "NAMESPACE=NAME" in result.stdout, result)
    result = run("http://127.0.0.1:9")
    check("without a cluster it says what to set", result.returncode == NO_CLUSTER and "KUBECONFIG=FILE" in result.stdout, result)
    return 1 if counts["failed"] else 0


sys.exit(self_test() if sys.argv[1:] == ["--self"] else main())
