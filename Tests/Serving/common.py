"""Starts `swiftrec serve` for the tests of this folder, and ends it."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "bin" / "swiftrec"


class Server:
    """A server on free ports; what it prints tells which."""

    def __init__(self, *arguments, folder=None, environment=None):
        self.log = tempfile.NamedTemporaryFile("w+", suffix=".log")
        self.process = subprocess.Popen(
            [PROGRAM, "serve", *map(str, arguments), "--port", "0", "--grpc-port", "0", "--admin-port", "0"],
            stdout=subprocess.PIPE, stderr=self.log, text=True, cwd=folder or ROOT, env={**os.environ, **(environment or {})})
        self.lines = []
        self.ports = {}
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            if match := re.match(r"(http|admin|grpc): .*:(\d+)$", line.rstrip()):
                self.ports[match[1]] = int(match[2])
            if line.startswith("ready in"):
                break
        if len(self.ports) != 3:
            self.process.wait()
            raise RuntimeError(f"the server did not start: {self.lines} {self.errors()}")
        self.http = f"127.0.0.1:{self.ports['http']}"
        self.admin = f"127.0.0.1:{self.ports['admin']}"
        self.grpc = f"127.0.0.1:{self.ports['grpc']}"

    def errors(self):
        return pathlib.Path(self.log.name).read_text()

    def get(self, path, admin=False):
        with urllib.request.urlopen(f"http://{self.admin if admin else self.http}{path}", timeout=30) as answer:
            return json.loads(answer.read())

    def post(self, path, body, admin=False):
        request = urllib.request.Request(
            f"http://{self.admin if admin else self.http}{path}", json.dumps(body).encode(),
            {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
            return json.loads(text) if text else None

    def stop(self):
        """Ends it as an orchestrator does; returns the exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        code = self.process.wait(60)
        self.process.stdout.close()
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def small_script(folder, scale=1.0):
    """A TorchScript file that sums dense values, and its signature."""
    import torch

    class Small(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = torch.nn.Linear(4, 1)
            with torch.no_grad():
                self.linear.weight.fill_(scale)
                self.linear.bias.zero_()

        def forward(self, dense):
            return self.linear(dense).squeeze(1)

    path = pathlib.Path(folder) / "small.pt"
    torch.jit.script(Small().eval()).save(str(path))
    signature = {
        "inputs": [{"name": "dense", "type": "FP32", "shape": [-1, 4]}],
        "outputs": [{"name": "score", "type": "FP32", "shape": [-1]}], "isBatched": True}
    path.with_suffix(".signature.json").write_text(json.dumps(signature))
    return path


def small_run(folder):
    """A run of a small recommender on made-up interactions."""
    folder = pathlib.Path(folder)
    (folder / "small.yaml").write_text(
        'data: {name: "synthetic:implicit", users: 120, items: 80, clusters: 8, interactions_per_user: 10}\n'
        "model: {name: mf, factors: 8}\n"
        "train: {epochs: 2, batch: 64, loss: {name: bpr, negatives: 1}}\nthreads: 1\n")
    subprocess.run([PROGRAM, "train", "small.yaml", "--out", "run"], cwd=folder, check=True, capture_output=True)
    return folder / "run"


def certificates(folder):
    """PEM files of two authorities, `ca` and `other`; of `server` and `client`, whom the first one vouches for; and of a `stranger`."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=folder)

    for authority in ("ca", "other"):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{authority}.key", "-out", f"{authority}.pem",
                "-subj", f"/CN={authority}", "-days", "2")
    for name, authority in (("server", "ca"), ("client", "ca"), ("stranger", "other")):
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", "/CN=localhost",
                "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key", "-CAcreateserial",
                "-out", f"{name}.pem", "-days", "2", "-copy_extensions", "copy")


def check(name, body):
    """Runs one test, and prints a line that begins with passed or failed."""
    began = time.perf_counter()
    try:
        body()
    except Exception as error:  # noqa: BLE001: a test may fail in any way, and the next ones run all the same
        import traceback

        traceback.print_exc()
        print(f"failed: {name}: {type(error).__name__}: {str(error)[:300]}", flush=True)
        return False
    print(f"passed: {name} ({time.perf_counter() - began:.1f} s)", flush=True)
    return True
