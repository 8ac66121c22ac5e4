"""Runs `swiftrec pipeline` as a user would, over small data, and takes its steps, data and servers away.

    test-pipeline.py            the program alone
    test-pipeline.py --airflow DIR   then the DAG, by the `airflow` of the virtual environment DIR

The interactions are those of MovieLens-100K where SWIFTREC_DATA has them, else made-up ones. Prints a line a check, passed or failed.
"""
import argparse
import gzip
import http.server
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = str(ROOT / "bin/swiftrec")
WEAK = {"rate": 1e-7, "epochs": 1}
failures = 0


def check(name, holds, seen=""):
    global failures
    if holds:
        print(f"passed: {name}", flush=True)
    else:
        failures += 1
        print(f"failed: {name}\n{seen}", flush=True)


class Server:
    """A webhook that keeps what it gets, and a page of metrics."""

    def __init__(self):
        self.posts, self.page = [], lambda: ""
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                outer.posts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def do_GET(self):
                body = outer.page().encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def interactions():
    """Rows of user, item and rating: the same ones each time."""
    for folder in filter(None, os.environ.get("SWIFTREC_DATA", "").split(":")):
        path = pathlib.Path(folder, "ml-100k/ml-100k.inter.gz")
        if path.exists():
            with gzip.open(path, "rt") as file:
                next(file)
                return "MovieLens-100K", [line.split("\t")[:3] for line in file]
    draw = random.Random(7)
    rows = []
    for user in range(900):
        taste = user % 12
        items = {taste * 40 + int(40 * draw.random() ** 2) for _ in range(60)}
        rows += [[f"u{user}", f"i{item}", str(draw.choice([3, 4, 4, 5, 2]))] for item in sorted(items)]
    draw.shuffle(rows)
    return "made-up data", rows


class Work:
    def __init__(self, folder, server):
        self.folder, self.server = pathlib.Path(folder), server
        self.source, self.rows = interactions()
        self.day = 0
        self.write()

    def write(self, rating=lambda value: value):
        """A new dataset version: a few rows more each day. Written beside and renamed, as the data should be."""
        self.day += 1
        count = min(len(self.rows), 20_000 + 500 * self.day)
        text = "user,item,rating\n" + "".join(f"{u},{i},{rating(r)}\n" for u, i, r in self.rows[:count])
        beside = self.folder / "log.csv.new"
        beside.write_text(text)
        beside.rename(self.folder / "log.csv")

    def configure(self, rate=0.005, epochs=40, extra="", webhook=None):
        """By default weights that are much better than none; with WEAK ones that have learnt nothing."""
        (self.folder / "train.yaml").write_text(
            f"""data: {{name: csv, path: log.csv}}
model: {{name: mf, factors: 16}}
train: {{epochs: {epochs}, batch: 256, loss: {{name: bpr, negatives: 1}}, optimizer: {{name: adam, lr: {rate}}}, checkpoint_steps: 20}}
threads: 1
device: cpu
"""
        )
        (self.folder / "pipeline.yaml").write_text(
            f"""model: films
data:
  files: [log.csv]
  columns: {{user: token, item: token, rating: number}}
  volume: {{rows: 1000, least: 0.5, most: 3}}
train: train.yaml
compare: {{metric: ndcg@10, min_delta: 0.01}}
notify: [{{url: "{webhook or self.server.url}", attempts: 2, backoff: 0.2}}]
{extra}"""
        )

    def start(self, *arguments):
        return subprocess.Popen(
            [PROGRAM, "pipeline", *arguments], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *arguments):
        process = self.start(*arguments)
        out, errors = process.communicate(timeout=300)
        return process.returncode, out, errors

    def pipeline(self, *options):
        return self.run("run", "pipeline.yaml", *options)

    def step_back(self):
        """The first version, which has learnt nothing, is champion again: what comes next is better."""
        subprocess.run([PROGRAM, "models", "promote", "films", "--version", "1"], cwd=self.folder, capture_output=True)
        return self.aliases()["champion"]

    def aliases(self):
        listed = subprocess.run([PROGRAM, "models", "list", "--json"], cwd=self.folder, capture_output=True, text=True)
        return {alias: v["version"] for v in json.loads(listed.stdout)["versions"] for alias in v["aliases"]}


def child(process, word, seconds=60):
    """The process of a step, once it is at work."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            pids = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        except OSError:
            pids = []
        for pid in pids:
            try:
                if word in pathlib.Path(f"/proc/{pid}/cmdline").read_text().split("\0"):
                    return int(pid)
            except OSError:
                pass
        time.sleep(0.005)
    return None


def until(holds, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.02)
    return holds()


def branches(work):
    work.configure(**WEAK)
    code, out, errors = work.pipeline()
    check("the first version is promoted", code == 0 and work.aliases() == {"champion": 1}, out + errors)
    print(errors + out, end="")
    posts = work.server.posts
    check("the webhook is told", len(posts) == 1 and posts[0]["outcome"] == "promoted" and posts[0]["metrics"], posts)
    work.write()
    work.configure(**WEAK)
    code, out, errors = work.pipeline()
    print(errors + out, end="")
    check("what is not better leaves the champion", code == 0 and "kept" in out and work.aliases() == {"champion": 1}, out + errors)
    check("and the webhook knows", posts[-1]["outcome"] == "kept", posts[-1])


def kills(work):
    work.write()
    work.configure(epochs=60)
    process = work.start("run", "pipeline.yaml")
    pid = child(process, "train")
    steps = work.folder / "pipelines/films/runs/3/run/checkpoints"
    until(lambda: steps.is_dir() and any(steps.iterdir()), 60)
    os.kill(pid, signal.SIGKILL)
    out, errors = process.communicate(timeout=60)
    print(errors + out, end="")
    check("kill -9 of the training fails the run", process.returncode == 3 and "killed by signal 9" in errors, errors)
    check("nothing is deployed", work.aliases() == {"champion": 1}, work.aliases())
    told = work.server.posts[-1]
    check("the webhook is told of the step", told["outcome"] == "failed" and told["step"] == "train", told)

    # The same with the pipeline itself: its step must not go on alone.
    process = work.start("run", "pipeline.yaml", "--resume")
    pid = child(process, "train")
    process.kill()
    process.communicate()
    check("kill -9 of the pipeline ends its training", until(lambda: not os.path.exists(f"/proc/{pid}"), 30))
    began = time.monotonic()
    process = work.start("run", "pipeline.yaml", "--resume")
    pid = child(process, "train")
    seconds = time.monotonic() - began
    check(f"a step is at work again after {seconds:.2f} s (2 are allowed)", pid is not None and seconds < 2)
    out, errors = process.communicate(timeout=300)
    print(errors + out, end="")
    check("--resume goes on from the checkpoint", process.returncode == 0 and "resumed" in errors, errors)
    check("and promotes", work.aliases() == {"champion": 3}, errors)


def data(work):
    champion = work.aliases()
    work.write(rating=lambda value: 5 if float(value) > 2 else 1)
    code, out, errors = work.pipeline()
    print(errors + out, end="")
    check(
        "drifted data is refused with its column",
        code == 4 and "column rating: drifted: PSI" in errors and "column user" not in errors, errors)
    check("and nothing is deployed", work.aliases() == champion, work.aliases())
    check("and the webhook is told", work.server.posts[-1]["outcome"] == "refused", work.server.posts[-1])
    work.write()


def webhook(work):
    work.configure(**WEAK, webhook="http://127.0.0.1:9/services/secret")
    code, out, errors = work.pipeline()
    print(errors + out, end="")
    check("a webhook that is gone is said", code == 0 and "was not told, 2 attempts" in errors and "secret" not in errors, errors)
    count = len(work.server.posts)
    work.configure(**WEAK)
    code, _, errors = work.pipeline("--from", "notify")
    check("and told later", code == 0 and len(work.server.posts) == count + 1, errors)


def together(work):
    work.write()
    work.configure(epochs=60)
    first = work.start("run", "pipeline.yaml")
    child(first, "train")
    code, _, errors = work.pipeline()
    check("a second run at once is refused", code == 2 and f"another run is at work (process {first.pid}" in errors, errors)
    first.send_signal(signal.SIGTERM)
    _, errors = first.communicate(timeout=60)
    check("SIGTERM saves and says how to go on", first.returncode == 143 and "--resume" in errors, errors)


def canaries(work):
    extra = """canary:
  metrics: %s/metrics
  requests: 'swiftrec_exposures_total{arm="$arm"}'
  min_requests: 20
  seconds: 1
  deadline: 30
  interval: 0.2
  checks: [{name: errors, value: 'app_errors_total{arm="$arm"}', per: 'swiftrec_exposures_total{arm="$arm"}', max: 0.02}]
""" % work.server.url
    began = time.monotonic()

    def page(share):
        # Even, so that half of what came since the last look is a whole number.
        count = 2 * int(20 * (time.monotonic() - began))
        return f'swiftrec_exposures_total{{arm="canary"}} {count}\napp_errors_total{{arm="canary"}} {int(share * count)}\n'

    champion = work.step_back()
    work.configure(extra=extra)
    work.server.page = lambda: page(0.5)
    code, out, errors = work.pipeline()
    print(errors + out, end="")
    check(
        "a canary that does worse is taken back",
        code == 4 and "worse: errors 0.5" in errors and work.aliases() == {"champion": champion, "canary": champion}, out + errors)
    work.server.page = lambda: page(0.001)
    code, out, errors = work.pipeline("--from", "canary")
    print(errors + out, end="")
    check("one that does well is promoted", code == 0 and work.aliases() == {"champion": 5, "canary": 5}, errors)


def port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def serving(work):
    """A server that follows both names, and users who ask it."""
    champion = work.step_back()
    subprocess.run([PROGRAM, "models", "alias", "films", "canary", "--version", "1"], cwd=work.folder, capture_output=True)
    http, admin = f"http://127.0.0.1:{port()}", f"http://127.0.0.1:{port()}"
    work.configure(extra=f"""canary:
  metrics: {admin}/metrics
  requests: 'swiftrec_exposures_total{{arm="$arm"}}'
  min_requests: 30
  seconds: 2
  deadline: 60
  interval: 0.5
  checks: [{{name: errors, value: 'swiftrec_requests_total{{status=~"5.."}}', per: swiftrec_requests_total, max: 0.001}}]
""")
    server = subprocess.Popen(
        [PROGRAM, "serve", "main=registry:films@champion", "next=registry:films@canary", "--canary", "next",
         "--canary-share", "0.5", "--port", http.rsplit(":")[-1], "--grpc-port=-1", "--admin-port", admin.rsplit(":")[-1],
         "--threads", "1"], cwd=work.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def get(url):
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.read().decode()
        except OSError:
            return ""

    def ask():
        users = [row[0] for row in work.rows[:500]]
        while server.poll() is None:
            for user in users:
                get(f"{http}/v1/recommend/{user}?top=3")

    def served():
        lines = [line for line in get(f"{admin}/metrics").splitlines() if line.startswith("swiftrec_model_info{")]
        return sorted(line.split("{")[1].split("}")[0] for line in lines)

    try:
        check("a server follows champion and canary", until(lambda: len(served()) == 2, 30), served())
        threading.Thread(target=ask, daemon=True).start()
        code, out, errors = work.pipeline()
        print(errors + out, end="")
        version = work.aliases()["champion"]
        check("its figures promote the canary", code == 0 and version > champion and "as good: " in errors, out + errors)
        names = [f'model="{name}",version="{version}"' for name in ("main", "next")]
        check("and it serves the new champion", until(lambda: served() == names, 30), served())
    finally:
        server.terminate()
        server.wait(30)


def watch(work):
    work.configure(**WEAK)
    code, _, errors = work.run("watch", "pipeline.yaml", "--wait", "0")
    check("the same data is nothing new", code == 4, errors)
    process = work.start("watch", "pipeline.yaml", "--every", "0.3")
    time.sleep(1)
    count = len(work.server.posts)
    work.write()
    check("a new dataset version starts a run", until(lambda: len(work.server.posts) > count, 60))
    process.send_signal(signal.SIGTERM)
    out, errors = process.communicate(timeout=60)
    check("SIGTERM ends the watch", process.returncode == 143 and "is new" in errors and "kept" in out, out + errors)


def airflow(work, folder):
    home = work.folder / "airflow"
    environment = {
        **os.environ, "AIRFLOW_HOME": str(home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "deploy/airflow/dags"), "SWIFTREC_MODE": "local",
        "SWIFTREC_PIPELINE": str(work.folder / "pipeline.yaml"), "SWIFTREC_PROGRAM": PROGRAM,
        "SWIFTREC_FOLDER": str(work.folder), "PATH": f"{folder}/bin:{os.environ['PATH']}",
    }

    def call(*arguments):
        return subprocess.run(
            [f"{folder}/bin/airflow", *arguments], env=environment, capture_output=True, text=True, timeout=600)

    result = call("db", "migrate")
    check("airflow db migrate", result.returncode == 0, result.stderr[-2000:])
    code = (
        "import sys; from airflow.dag_processing.dagbag import DagBag; b = DagBag(); "
        "print(b.import_errors, [type(t).__name__ for t in b.dags['swiftrec_retrain'].tasks]); sys.exit(bool(b.import_errors))"
    )
    result = subprocess.run(
        [f"{folder}/bin/python", "-c", code], env={**environment, "SWIFTREC_MODE": "kubernetes"}, capture_output=True, text=True)
    check("the DAG imports with KubernetesPodOperator", result.returncode == 0 and "KubernetesPodOperator" in result.stdout, result.stderr[-2000:])

    def day(number, name, outcome, succeeds=True):
        began = time.monotonic()
        result = call("dags", "test", "swiftrec_retrain", f"2026-01-{number:02}")
        state = json.loads(work.run("status", "pipeline.yaml", "--json")[1])
        seen = result.stdout[-3000:] + result.stderr[-3000:]
        check(
            f"{name}: {outcome} in {time.monotonic() - began:.0f} s",
            state["outcome"] == outcome and (result.returncode == 0) == succeeds and work.server.posts[-1]["outcome"] == outcome, seen)
        return state

    champion = work.aliases()["champion"]
    work.write()
    work.configure(**WEAK)
    day(1, "airflow dags test, not better", "kept")
    check("the champion stays", work.aliases()["champion"] == champion)
    work.write()
    work.configure()
    work.step_back()
    champion = work.aliases()["champion"]
    day(2, "airflow dags test, better", "promoted")
    check("the champion moves", work.aliases()["champion"] > champion)
    work.write(rating=lambda value: 1)
    day(3, "airflow dags test, drifted data", "refused", succeeds=False)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--airflow")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="swiftrec-pipeline-") as folder:
        work = Work(folder, Server())
        print(f"over {work.source}")
        for part in (branches, kills, data, webhook, together, canaries, serving, watch):
            part(work)
        if options.airflow:
            airflow(work, options.airflow)
    sys.exit(1 if failures else 0)


main()
