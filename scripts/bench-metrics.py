"""How long `GET /metrics` takes where 100 models are served, each of which has answered: alone, and while clients ask the models.

Prints a table and the size of the answer. The time is a client's on the same machine, over one connection, from its request to the last byte.

    bench-metrics.py [--models N] [--asks N] [--rate R] [--program bin/swiftrec]
"""
import argparse
import http.client
import json
import pathlib
import signal
import socket
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
CONFIG = """data: {name: "synthetic:implicit", users: 200, items: 80}
model: {name: mf, factors: 4}
train: {epochs: 1, batch: 64, loss: {name: bpr, negatives: 1}}
threads: 1
device: cpu
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def answer(port, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST" if body else "GET", path, body)
    reply = connection.getresponse()
    data = reply.read()
    if reply.status != 200:
        raise SystemExit(f"{path}: {reply.status} {data[:300]!r}")
    return data


def scrape(port, asks):
    """Milliseconds of each ask, and the bytes of the last answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    times = []
    for number in range(asks + 20):
        began = time.perf_counter()
        connection.request("GET", "/metrics")
        data = connection.getresponse().read()
        if number >= 20:
            times.append((time.perf_counter() - began) * 1e3)
        time.sleep(0.005)
    return times, len(data)


def row(what, times):
    ordered = sorted(times)
    print(f"| {what} | {statistics.median(ordered):.2f} ms | {ordered[int(len(ordered) * 0.99)]:.2f} ms |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--models", type=int, default=100)
    parser.add_argument("--asks", type=int, default=500)
    parser.add_argument("--rate", type=int, default=500, help="requests a second, open loop")
    parser.add_argument("--program", default=str(ROOT / "bin/swiftrec"))
    options = parser.parse_args()
    program = str(pathlib.Path(options.program).resolve())
    with tempfile.TemporaryDirectory(prefix="swiftrec-metrics-") as folder:
        def run(*arguments):
            subprocess.run([program, *arguments], cwd=folder, check=True, capture_output=True, text=True)

        (pathlib.Path(folder) / "small.yaml").write_text(CONFIG)
        run("train", "small.yaml", "--out", "small")
        run("export", "small", "--out", "package")
        http_port, admin = free_port(), free_port()
        names = [f"model-{number}" for number in range(options.models)]
        # One version under many names: what is served, counted and told does not depend on the bytes.
        run("models", "register", "package", "--name", "small")
        server = subprocess.Popen(
            [program, "serve", *(f"{name}=registry:small@1" for name in names), "--port", str(http_port),
             "--admin-port", str(admin), "--grpc-port=-1", "--threads", "1"],
            cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            for _ in range(1200):
                try:
                    answer(http_port, "/v2/health/ready")
                    break
                except OSError:
                    if server.poll() is not None:
                        raise SystemExit(f"the server ended with {server.returncode}")
                    time.sleep(0.1)
            shape = json.loads(answer(http_port, f"/v2/models/{names[0]}"))["inputs"]
            body = json.dumps({"inputs": [
                {"name": i["name"], "datatype": i["datatype"], "shape": [1], "data": ["1" if i["datatype"] == "BYTES" else 1]}
                for i in shape]}).encode()
            for name in names:
                for _ in range(3):
                    answer(http_port, f"/v2/models/{name}/infer", body)
            print(f"| {options.models} models | p50 | p99 |\n|---|---|---|")
            times, size = scrape(admin, options.asks)
            row("nobody asks the models", times)
            (pathlib.Path(folder) / "body.json").write_bytes(body)
            load = subprocess.Popen(
                [program, "loadtest", f"http://127.0.0.1:{http_port}/v2/models/{names[0]}/infer", "--body", "body.json",
                 "--rate", str(options.rate), "--seconds", "120"],
                cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                time.sleep(2)
                times, size = scrape(admin, options.asks)
                row(f"{options.rate} requests/s beside it", times)
            finally:
                load.send_signal(signal.SIGTERM)
                load.wait(20)
            print(f"\nThe answer has {size / 1e3:.0f} kB.")
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)


main()
