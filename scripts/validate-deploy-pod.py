"""Runs the serving pod of deploy/kubernetes under podman, from the image that `make images` built, and asks it.

    validate-deploy-pod.py

The pod is the Deployment's own template, with what a cluster would put in its place: folders of this machine for volumes and
secrets, the host's network, and ports that are free here.
"""
import atexit
import json
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from image_podman import ROOT, USER, Images, expect, podman, run, run_checks  # noqa: E402

OVERLAY = ROOT / "deploy/kubernetes/overlays/cpu"
scratch = pathlib.Path(tempfile.mkdtemp(prefix="swiftrec-pod-"))
atexit.register(shutil.rmtree, scratch, True)


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def owned(path):
    """For the pod's user, as fsGroup does in a cluster."""
    shutil.chown(path, USER, USER)
    for child in path.rglob("*"):
        shutil.chown(child, USER, USER)
    return path


def package():
    """A small model's package, and a key that opens the server."""
    run("bin/swiftrec", "train", "configs/mf-synthetic.yaml", "--set", "train.epochs=1", "--out", scratch / "run")
    run("bin/swiftrec", "export", scratch / "run", "--out", scratch / "models/champion")
    (scratch / "keys").mkdir()
    made = run("bin/swiftrec", "keys", "create", "--keys", scratch / "keys/keys.sqlite", "--name", "test", "--json")
    (scratch / "logs").mkdir()
    return json.loads(made)["key"]


def manifest(image, ports):
    built = yaml.safe_load_all(run("kubectl", "kustomize", OVERLAY))
    deployment = next(thing for thing in built if thing and thing["kind"] == "Deployment")
    spec = deployment["spec"]["template"]["spec"]
    container = spec["containers"][0]
    container["image"] = image
    container["imagePullPolicy"] = "Never"
    container["args"] += [f"--port={ports[0]}", f"--grpc-port={ports[1]}", f"--admin-port={ports[2]}"]
    # podman runs a probe as a command inside, and the image has no client; the checks ask from outside.
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        container.pop(probe)
    container.pop("ports")
    # The scheduler's, which is not here.
    for key in ("topologySpreadConstraints", "priorityClassName", "serviceAccountName"):
        spec.pop(key)
    spec["hostNetwork"] = True
    places = {name: {"hostPath": {"path": str(owned(scratch / name))}} for name in ("models", "logs", "keys")}
    places["tmp"] = {"emptyDir": {}}
    spec["volumes"] = [{"name": volume["name"], **places[volume["name"]]} for volume in spec["volumes"]]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "swiftrec-serve", **deployment["spec"]["template"]["metadata"]}, "spec": spec}


def get(port, path, key=None):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"authorization": f"Bearer {key}"} if key else {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def the_serving_pod_answers():
    images = Images()
    key = package()
    ports = free_ports(3)
    file = scratch / "pod.yaml"
    file.write_text(yaml.safe_dump(manifest(images.name("serve"), ports)))
    atexit.register(podman, "play", "kube", "--down", file, code=None)
    podman("play", "kube", file)
    deadline = time.monotonic() + 60
    while get(ports[0], "/readyz")[0] != 200:
        expect(time.monotonic() < deadline, podman("pod", "logs", "swiftrec-serve", code=None).everything[-2000:])
        time.sleep(0.1)
    status, text = get(ports[0], "/v1/recommend/1?top=3", key)
    expect(status == 200 and len(json.loads(text)["items"]) == 3, text)
    expect(get(ports[0], "/v1/recommend/1")[0] == 401, "it answers without a key")
    status, metrics = get(ports[2], "/metrics")
    expect(status in (200, 401), f"{status}: {metrics[:400]}")
    name = podman("ps", "--filter", "pod=swiftrec-serve", "--format", "{{.Names}} {{.Image}}").splitlines()
    container = next(line.split()[0] for line in name if "serve:" in line)
    found = json.loads(podman("inspect", container))[0]
    expect(found["HostConfig"]["ReadonlyRootfs"] and not found["EffectiveCaps"], "it is not hardened")
    podman("pod", "stop", "-t", "30", "swiftrec-serve")
    state = json.loads(podman("inspect", container))[0]["State"]
    expect(state["ExitCode"] == 0, f"exit {state['ExitCode']} after SIGTERM")
    return f"{json.loads(text)['items'][0]}; read-only, no capabilities; ends with 0 at SIGTERM"


if __name__ == "__main__":
    if not (ROOT / "bin/swiftrec").exists() or subprocess.run(["which", "podman"], capture_output=True).returncode:
        print("skipped: the serving pod: podman or bin/swiftrec is not here (make images)")
    elif not Images().has("serve"):
        print("skipped: the serving pod: its image is not built (make images)")
    else:
        run_checks([the_serving_pod_answers], [])
