"""`swiftrec serve` beside FastAPI with torch, and TorchServe where it is installed, on the same TorchScript files.

One row a request over 16 connections, client and servers on this machine, in turn: ours, the peers, ours again, several rounds.
The client is `swiftrec loadtest` for all. Prints a table; the median round counts.

    bench-serving.py [--rounds N] [--seconds S] [--models dlrm,two-tower] [--torchserve]
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "bin" / "swiftrec"
PEERS = ROOT / "Benchmarks" / "peers"


def free_port():
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return opened.getsockname()[1]


def wait_for(url, process, seconds=90):
    for _ in range(int(seconds * 10)):
        if process.poll() is not None:
            raise RuntimeError(f"{process.args[0]} ended with {process.returncode}")
        try:
            urllib.request.urlopen(url, timeout=1)
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"{url} does not answer")


class Served:
    """A server of one model, in a process group of its own."""

    def __init__(self, name, arguments, ready, path, environment=None, cwd=None):
        self.name, self.url = name, path
        self.process = subprocess.Popen(
            [str(a) for a in arguments], env={**os.environ, **(environment or {})}, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True, cwd=cwd)
        wait_for(ready, self.process)

    def stop(self):
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def ours(folder, model):
    port = free_port()
    return Served(
        "swiftrec serve", [PROGRAM, "serve", folder / f"{model}.pt", "--port", port, "--grpc-port=-1", "--admin-port=-1"],
        f"http://127.0.0.1:{port}/v2/health/ready", f"http://127.0.0.1:{port}/v2/models/{model}/infer")


def fastapi(folder, model, workers):
    port = free_port()
    return Served(
        f"FastAPI, {workers} worker{'s' if workers > 1 else ''}",
        [sys.executable, "-m", "uvicorn", "fastapi_server:app", "--port", port, "--workers", workers, "--loop", "uvloop",
         "--http", "httptools", "--no-access-log", "--log-level", "warning"],
        f"http://127.0.0.1:{port}/v2/health/ready", f"http://127.0.0.1:{port}/v2/models/{model}/infer",
        {"PEER_MODEL": str(folder / f"{model}.pt"), "OMP_NUM_THREADS": "1"}, cwd=PEERS)


def torchserve(folder, model):
    store = folder / f"store-{model}"
    if not store.exists():
        store.mkdir()
        subprocess.run(
            [pathlib.Path(sys.executable).parent / "torch-model-archiver", "--model-name", model, "--version", "1",
             "--serialized-file", folder / f"{model}.pt", "--handler", PEERS / "torchserve_handler.py", "--export-path", store],
            check=True, capture_output=True)
        (store / "ts.properties").write_text("")
    ports = [free_port() for _ in range(3)]
    (store / "ts.properties").write_text(
        "".join(f"{name}_address=http://127.0.0.1:{port}\n" for name, port in zip(("inference", "management", "metrics"), ports))
        + f"model_store={store}\nload_models={model}.mar\ndefault_workers_per_model=2\ndisable_token_authorization=true\n"
        + "enable_envvars_config=false\nnumber_of_netty_threads=2\n"
        + f'models={{"{model}": {{"1.0": {{"defaultVersion": true, "marName": "{model}.mar", "minWorkers": 2, "maxWorkers": 2, '
        + '"batchSize": 16, "maxBatchDelay": 1, "responseTimeout": 60}}}\n')
    served = Served(
        "TorchServe 0.12",
        [pathlib.Path(sys.executable).parent / "torchserve", "--foreground", "--ncs", "--ts-config", store / "ts.properties",
         "--disable-token-auth"],
        f"http://127.0.0.1:{ports[0]}/ping", f"http://127.0.0.1:{ports[0]}/predictions/{model}",
        {"OMP_NUM_THREADS": "1", "PATH": f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}",
         "LOG_LOCATION": str(store), "METRICS_LOCATION": str(store)}, cwd=store)
    # The workers come up behind the ping.
    body = (folder / f"{model}.json").read_bytes()
    for _ in range(600):
        try:
            urllib.request.urlopen(urllib.request.Request(served.url, body, {"Content-Type": "application/json"}), timeout=5)
            return served
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError("TorchServe's workers do not answer")


def measure(served, folder, model, seconds):
    answer = subprocess.run(
        [PROGRAM, "loadtest", served.url, "--body", folder / f"{model}.json", "--connections", "16", "--seconds", str(seconds),
         "--warm-up", "2", "--json"], capture_output=True, text=True)
    if answer.returncode:
        raise RuntimeError(f"{served.name}: {answer.stdout} {answer.stderr}")
    report = json.loads(answer.stdout)
    if report["failures"]:
        raise RuntimeError(f"{served.name}: {report}")
    return report["requests_per_second"], report["p99_ms"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--models", default="dlrm,two-tower")
    parser.add_argument("--torchserve", action="store_true", help="TorchServe 0.12 too; it must be installed in .venv-serving, with Java 17")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        subprocess.run([sys.executable, PEERS / "serving_models.py", folder], check=True, stderr=subprocess.DEVNULL)
        makers = {"ours": ours, "fastapi-1": lambda f, m: fastapi(f, m, 1), "fastapi-2": lambda f, m: fastapi(f, m, 2)}
        if options.torchserve:
            if not shutil.which("java") or not (pathlib.Path(sys.executable).parent / "torchserve").exists():
                sys.exit("error: no TorchServe; .venv-serving/bin/pip install torchserve==0.12.0 torch-model-archiver==0.12.0 nvgpu captum; apt-get install openjdk-17-jre-headless")
            makers["torchserve"] = torchserve
        for model in options.models.split(","):
            figures, names = {}, {}
            for _ in range(options.rounds):
                for key, make in makers.items():
                    served = make(folder, model)
                    try:
                        figures.setdefault(key, []).append(measure(served, folder, model, options.seconds))
                        names[key] = served.name
                    finally:
                        served.stop()
            print(f"\n{model}: one row a request, 16 connections, median of {options.rounds} rounds\n")
            print(f"{'server':<22}{'requests/s':>12}{'p99 ms':>10}{'ours: times as many':>22}{'at of its p99':>16}")
            best = {key: (statistics.median(r for r, _ in rounds), statistics.median(p for _, p in rounds)) for key, rounds in figures.items()}
            for key, (rate, p99) in best.items():
                ratio = "" if key == "ours" else f"{best['ours'][0] / rate:.1f}x"
                part = "" if key == "ours" else f"{best['ours'][1] / p99:.2f}"
                print(f"{names[key]:<22}{rate:>12,.0f}{p99:>10.2f}{ratio:>22}{part:>16}")


main()
