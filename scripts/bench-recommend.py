"""`swiftrec serve` over a million items: recommendations at an open-loop rate, and a package of a gigabyte from start to ready.

A request asks for a user's 500 best of 1,000,000 items by vectors of 64 numbers, by exact search, and then for their order by a DLRM of
26 tables: two answers of the server, timed as one from when the request was due. No answer comes from the cache.

    bench-recommend.py [--rate 100] [--seconds 20] [--starts 5] [--items 1000000]
"""
import argparse
import http.client
import json
import pathlib
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import numpy

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "bin" / "swiftrec"
USERS = 2_000


def packaged(folder, name, items, factors):
    """A package of matrix factorisation whose every item was taken once."""
    orders = folder / "orders.csv"
    if not orders.exists():
        taken = numpy.random.default_rng(1).permutation(items)
        with open(orders, "w") as file:
            file.write("user,item,rating,timestamp\n")
            file.writelines(f"{place % USERS},{item},1,{place}\n" for place, item in enumerate(taken))
    (folder / f"{name}.yaml").write_text(
        f"data: {{name: csv, path: {orders}, split: leave-one-out}}\nmodel: {{name: mf, factors: {factors}}}\n"
        "train: {epochs: 1, batch: 8192, loss: {name: bpr, negatives: 1}, optimizer: {name: sgd, lr: 0.05}}\n")
    for arguments in ([["train", folder / f"{name}.yaml", "--out", folder / f"{name}-run"],
                       ["export", folder / f"{name}-run", "--out", folder / name]]):
        done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"error: swiftrec {arguments[0]}: {done.stderr}")
    return folder / name


class Server:
    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [PROGRAM, "serve", *map(str, arguments), "--port", "0", "--grpc-port=-1", "--admin-port=-1"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in self.process.stdout:
            if match := re.match(r"http: .*:(\d+)$", line.strip()):
                self.port = int(match[1])
            if line.startswith("ready in"):
                return
        raise RuntimeError(f"the server did not start: {self.process.wait()}")

    def stop(self):
        self.process.terminate()
        self.process.wait(60)
        self.process.stdout.close()


def rank_body(rows, generator):
    """500 rows for the DLRM as binary tensors: one user's numbers, each item's ids."""
    dense, ids = generator.random((rows, 13), numpy.float32), generator.integers(0, 100_000, (rows, 26))
    head = json.dumps({"inputs": [
        {"name": "dense", "datatype": "FP32", "shape": [rows, 13], "parameters": {"binary_data_size": dense.nbytes}},
        {"name": "ids", "datatype": "INT64", "shape": [rows, 26], "parameters": {"binary_data_size": ids.nbytes}}],
        "parameters": {"binary_data_output": True}}).encode()
    return head + dense.tobytes() + ids.tobytes(), {"Inference-Header-Content-Length": str(len(head))}


def load(port, rate, seconds, workers=16):
    """Poisson arrivals; a request that begins late counts from when it was due."""
    generator = random.Random(2)
    due, arrivals = 0.0, []
    while due < seconds:
        due += generator.expovariate(rate)
        arrivals.append((due, generator.randrange(USERS)))
    body, fields = rank_body(500, numpy.random.default_rng(3))
    times, lock, begun = {"recommend": [], "rank": [], "both": []}, threading.Lock(), time.perf_counter() + 0.5
    queue = iter(arrivals)

    def work():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

        def ask(*request):
            connection.request(*request)
            answer = connection.getresponse()
            content = answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{answer.status}: {content[:300]}")
            return content

        while True:
            with lock:
                arrival = next(queue, None)
            if arrival is None:
                return
            due = begun + arrival[0]
            time.sleep(max(0, due - time.perf_counter()))
            first = time.perf_counter()
            found = ask("GET", f"/v1/recommend/{arrival[1]}?top=500")
            second = time.perf_counter()
            ask("POST", "/v2/models/dlrm/infer", body, fields)
            end = time.perf_counter()
            assert found.count(b'"item"') == 500
            if arrival[0] > 2:
                with lock:
                    times["recommend"].append(second - first)
                    times["rank"].append(end - second)
                    times["both"].append(end - due)

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, default=100)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--items", type=int, default=1_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        subprocess.run([sys.executable, ROOT / "Benchmarks/peers/serving_models.py", folder], check=True, stderr=subprocess.DEVNULL)
        package = packaged(folder, "films", options.items, 64)
        server = Server(package, folder / "dlrm.pt", "--cache", "0")
        times = load(server.port, options.rate, options.seconds)
        server.stop()
        print(f"{options.items} items of 64 numbers, 500 of them ranked by a DLRM, {options.rate:g} requests a second, open loop\n")
        print(f"{'':<12}{'p50 ms':>10}{'p90 ms':>10}{'p99 ms':>10}")
        for name, values in times.items():
            values.sort()
            print(f"{name:<12}" + "".join(f"{values[int(len(values) * part)] * 1000:>10.1f}" for part in (0.5, 0.9, 0.99)))
        large = packaged(folder, "large", options.items, 256)
        size = sum(file.stat().st_size for file in large.rglob("*") if file.is_file())
        starts = []
        for _ in range(options.starts):
            began = time.perf_counter()
            server = Server(large)
            starts.append(time.perf_counter() - began)
            server.stop()
        print(f"\na package of {size / 2**30:.2f} GiB from the start of the process to ready: "
              f"{statistics.median(starts):.2f} s, median of {options.starts} ({min(starts):.2f} .. {max(starts):.2f})")


main()
