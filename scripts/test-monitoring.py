"""Runs what deploy/monitoring describes, on loopback, and asks it everything that its dashboards and alerts ask.

A training with --metrics, `swiftrec monitor gpus` over a made-up driver, a node exporter, a server, Prometheus and Alertmanager, with the
files of deploy/monitoring: only addresses and waiting times are others. Prints a line a check, passed, failed or skipped.
"""
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

import yaml

import fluent_bit

ROOT = pathlib.Path(__file__).resolve().parent.parent
MONITORING = ROOT / "deploy/monitoring"
PROGRAM = str(ROOT / "bin/swiftrec")
failures = 0


def check(name, holds, seen=""):
    global failures
    if holds:
        print(f"passed: {name}", flush=True)
    else:
        failures += 1
        print(f"failed: {name}\n{seen}", flush=True)


def port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def get(url):
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.read().decode()


def until(holds, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if holds():
                return True
        except OSError:
            pass
        time.sleep(0.2)
    return False


class Webhook:
    def __init__(self):
        self.posts = posts = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                posts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()


class Fleet:
    """Programs that end with the test."""

    def __init__(self, folder):
        self.folder, self.running = folder, {}

    def start(self, name, *command, environment=None):
        log = open(self.folder / f"{name}.log", "w")
        self.running[name] = subprocess.Popen(
            command, cwd=self.folder, stdout=log, stderr=log, env={**os.environ, **(environment or {})})

    def stop(self, name):
        process = self.running.pop(name)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()

    def log(self, name):
        return (self.folder / f"{name}.log").read_text()[-2000:]


def files():
    rules = [str(path) for path in sorted((MONITORING / "prometheus/rules").glob("*.yml"))]
    tests = [str(path) for path in sorted((MONITORING / "prometheus/tests").glob("*.yml"))]
    for name, command in [
        ("promtool check rules", ["promtool", "check", "rules", *rules]),
        ("promtool check config", ["promtool", "check", "config", str(MONITORING / "prometheus/prometheus.yml")]),
        ("promtool test rules", ["promtool", "test", "rules", *tests]),
        ("amtool check-config", ["amtool", "check-config", str(MONITORING / "alertmanager/alertmanager.yml")]),
    ]:
        result = subprocess.run(command, capture_output=True, text=True)
        check(name, result.returncode == 0, result.stdout + result.stderr)
    named = set(re.findall(r"alertname: (\w+)", "".join(pathlib.Path(t).read_text() for t in tests)))
    alerts = {r["alert"] for path in rules for g in yaml.safe_load(open(path))["groups"] for r in g["rules"] if "alert" in r}
    check(f"each of {len(alerts)} alerts has a test", alerts <= named, alerts - named)


def metrics_are_clean(name, text):
    result = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
    # DCGM's names are NVIDIA's own, in capitals; so are `process_cpu_seconds` and others the server's.
    faults = [line for line in result.stderr.splitlines() if "DCGM_" not in line]
    check(f"promtool check metrics: {name}", text and not faults, "\n".join(faults))


def gpus(folder):
    library = folder / "nvml"
    library.mkdir()
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-o", library / "libnvidia-ml.so.1", ROOT / "native/testing/fake_nvml.c"], check=True)
    environment = {**os.environ, "LD_LIBRARY_PATH": f"{library}:{os.environ.get('LD_LIBRARY_PATH', '')}"}
    result = subprocess.run([PROGRAM, "monitor", "gpus"], env=environment, capture_output=True, text=True)
    text = result.stdout
    labels = 'gpu="0",UUID="GPU-00000000",device="nvidia0",modelName="Fake \\"H100\\""'
    for line in [
        f"DCGM_FI_DEV_GPU_UTIL{{{labels}}} 90", f"DCGM_FI_DEV_FB_USED{{{labels}}} 20480", f"DCGM_FI_DEV_FB_FREE{{{labels}}} 61440",
        f"DCGM_FI_DEV_GPU_TEMP{{{labels}}} 61", f"DCGM_FI_DEV_POWER_USAGE{{{labels}}} 412.5",
    ]:
        check(f"GPU figures: {line.split('{')[0]}", line in text.splitlines(), text + result.stderr)
    check("a GPU that does not tell its power lacks that line alone", text.count("POWER_USAGE{") == 1 and text.count("GPU_TEMP{") == 2, text)
    metrics_are_clean("GPU figures", text)
    bare = subprocess.run([PROGRAM, "monitor", "gpus"], capture_output=True, text=True)
    check(
        "without a driver it says so",
        bare.returncode == 5 and "libnvidia-ml.so.1" in bare.stderr or bare.returncode == 0, bare.stderr)
    return environment


TRAINING = """data: {name: "synthetic:criteo", rows: {train: 20_000, validation: 2_000, test: 2_000}}
model: {name: deepfm, dimension: 4, hidden: [8]}
train: {epochs: 400, batch: 256, checkpoint_steps: 40, optimizer: {name: adam, lr: 0.001}}
threads: 1
device: cpu
"""

class Serving:
    """A server with a canary, asked all the time."""

    def __init__(self, fleet, folder):
        self.fleet = fleet
        self.http, self.address = (f"127.0.0.1:{port()}" for _ in range(2))
        (folder / "served.yaml").write_text(
            'data: {name: "synthetic:implicit", users: 200, items: 80}\nmodel: {name: mf, factors: 4}\n'
            "train: {epochs: 1, batch: 64, loss: {name: bpr, negatives: 1}}\nthreads: 1\ndevice: cpu\n")
        subprocess.run([PROGRAM, "train", "served.yaml", "--out", "served"], cwd=folder, check=True, capture_output=True)
        fleet.start(
            "serving", PROGRAM, "serve", "main=served", "next=served", "--canary", "next", "--canary-share", "0.3",
            "--port", self.http.split(":")[1], "--grpc-port=-1", "--admin-port", self.address.split(":")[1],
            "--threads", "1", "--events", "events.sqlite", "--log", "json")
        threading.Thread(target=self.ask, daemon=True).start()

    def ask(self):
        count = 0
        while "serving" in self.fleet.running:
            count += 1
            event = json.dumps({"type": "click", "user": str(count % 150), "item": "1"}).encode()
            for place, body in [(f"v1/recommend/{count % 150}?top=3", None), ("v1/events", event)]:
                try:
                    urllib.request.urlopen(f"http://{self.http}/{place}", body, timeout=5).read()
                except OSError:
                    pass
            time.sleep(0.02)


def configure(folder, targets, alertmanager):
    """The files as they stand, with addresses of this machine and without the waiting."""
    shutil.copytree(MONITORING / "prometheus", folder / "prometheus")
    place = folder / "prometheus"
    text = (place / "prometheus.yml").read_text().replace("15s", "1s").replace("alertmanager:9093", alertmanager)
    (place / "prometheus.yml").write_text(text)
    for name, address in targets.items():
        target = place / f"targets/{name}.yml"
        target.write_text(re.sub(r'"[^"]+:\d+"', f'"{address}"', target.read_text()))
    rules = place / "rules/alerts.yml"
    rules.write_text(re.sub(r"for: \w+", "for: 1s", rules.read_text()).replace("[5m]", "[10s]"))


def queries(name):
    """Title and query of each panel, the variables filled in as Grafana does for All."""
    board = json.loads((MONITORING / f"grafana/dashboards/{name}.json").read_text())
    for panel in board["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], re.sub(r"\$\w+", ".*", target["expr"])


def ask(prometheus, query):
    url = f"http://{prometheus}/api/v1/query?" + urllib.parse.urlencode({"query": query})
    return json.loads(get(url))["data"]["result"]


def main():
    files()
    with tempfile.TemporaryDirectory(prefix="swiftrec-monitoring-") as name:
        folder = pathlib.Path(name)
        (folder / "textfiles").mkdir()
        environment = gpus(folder)
        fleet, webhook = Fleet(folder), Webhook()
        node, prometheus, alertmanager = (f"127.0.0.1:{port()}" for _ in range(3))
        try:
            run(fleet, folder, webhook, environment, node, prometheus, alertmanager)
        finally:
            for program in list(fleet.running):
                fleet.stop(program)
    sys.exit(1 if failures else 0)


def run(fleet, folder, webhook, environment, node, prometheus, alertmanager):
    (folder / "train.yaml").write_text(TRAINING)
    metrics = folder / "textfiles/training.prom"
    fleet.start("training", PROGRAM, "train", "train.yaml", "--out", "clicks", "--metrics", str(metrics))
    # Idle GPUs beside a loader that is waited for.
    fleet.start(
        "gpus", PROGRAM, "monitor", "gpus", str(folder / "textfiles/gpus.prom"), "--every", "0.5",
        environment={**environment, "FAKE_NVML_UTILISATION": "12"})
    fleet.start(
        "node", "prometheus-node-exporter", f"--web.listen-address={node}", f"--collector.textfile.directory={folder}/textfiles")
    serving = Serving(fleet, folder)
    configure(folder, {"serving": serving.address, "node": node}, alertmanager)
    text = (MONITORING / "alertmanager/alertmanager.yml").read_text()
    text = re.sub(r"url: \S+", f"url: {webhook.url}", text).replace("group_wait: 10s", "group_wait: 0s")
    (folder / "alertmanager.yml").write_text(text)
    fleet.start(
        "alertmanager", "prometheus-alertmanager", f"--config.file={folder}/alertmanager.yml", f"--storage.path={folder}/am",
        f"--web.listen-address={alertmanager}", "--cluster.listen-address=")
    fleet.start(
        "prometheus", "prometheus", f"--config.file={folder}/prometheus/prometheus.yml", f"--storage.tsdb.path={folder}/tsdb",
        f"--web.listen-address={prometheus}")
    ready = until(lambda: get(f"http://{prometheus}/-/ready"), 30)
    check("Prometheus is ready with these files", ready, fleet.log("prometheus"))
    up = lambda: sorted(r["value"][1] for r in ask(prometheus, "up")) == ["1", "1"]
    check("it scrapes the server and the node", until(up, 30), fleet.log("prometheus"))
    until(lambda: "validation" in metrics.read_text(), 60)
    metrics_are_clean("a training", metrics.read_text())
    metrics_are_clean("a server", get(f"http://{serving.address}/metrics"))

    for name in ("training", "serving"):
        left = dict(enumerate(queries(name)))
        count = len(left)
        end = time.monotonic() + 60
        while left and time.monotonic() < end:
            left = {k: (title, query) for k, (title, query) in left.items() if not ask(prometheus, query)}
            time.sleep(1)
        check(f"dashboard {name}: none of {count} queries is empty", count and not left, list(left.values()))

    # What the training says of its loader is replaced: this one does not starve anything.
    fleet.stop("training")
    text = metrics.read_text()
    check("a training that ended says so", re.search(r"swiftrec_training_running\{[^}]*\} 0", text), text)
    text = re.sub(r"(swiftrec_training_running\{[^}]*\}) 0", r"\1 1", text)
    text = re.sub(r"(swiftrec_training_loader_wait_ratio\{[^}]*\}) \S+", r"\1 0.8", text)
    beside = metrics.with_suffix(".new")
    beside.write_text(text)
    beside.rename(metrics)
    fleet.stop("serving")
    for name, wrong in fluent_bit.check(MONITORING / "fluent-bit/fluent-bit.yaml", (folder / "serving.log").read_text()):
        check(name, not wrong, "\n".join(map(str, wrong)))

    def arrived(alert, status="firing"):
        return [a for post in webhook.posts for a in post["alerts"] if a["labels"]["alertname"] == alert and a["status"] == status]

    check("ServerDown reaches the webhook", until(lambda: arrived("ServerDown"), 60), webhook.posts)
    check("StarvedGPU reaches the webhook", until(lambda: arrived("StarvedGPU"), 60), webhook.posts)
    if arrived("StarvedGPU"):
        print(json.dumps(arrived("StarvedGPU")[0]["annotations"], indent=2))


main()
