"""What clients, disks and operators do wrong: always an answer of its own kind, never a crash, a hang or a stack trace."""
import http.client
import json
import os
import pathlib
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time

from common import PROGRAM, Server, check, small_run, small_script

ROW = {"inputs": [{"name": "dense", "datatype": "FP32", "shape": [1, 4], "data": [1, 2, 3, 4]}]}


def ask(server, method, path, body=None, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", server.ports["http"], timeout=30)
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, text, answer.headers


def random_bodies(count, seed):
    """Requests of all kinds of wrongness, most of them near a right one."""
    generator = random.Random(seed)
    values = [None, True, -1, 0, 1, 2**63, -2**63, 1e308, 0.5, "", "x", "é" * 300, [], {}, [[1]], {"a": 1}, float("nan")]
    paths = ["/v2/models/small/infer", "/v1/models/small:predict", "/v1/rank", "/v1/session/recommend", "/v1/events",
             "/v2/repository/index", "/v2/models/small/versions/1/infer"]
    gets = ["/v1/recommend/{}", "/v1/similar/{}", "/v1/popular?top={}", "/v1/recommend/1?top={}", "/v2/models/{}",
            "/v1/recommend/1?category={}&exclude-seen={}", "/{}", "/v2/models/{}/stats", "/v1/models/{}"]
    keys = ["inputs", "name", "datatype", "shape", "data", "items", "user", "session", "top", "events", "type", "item",
            "weight", "time", "instances", "outputs", "parameters", "id", "category"]
    good = [ROW, {"items": ["0", "1"], "user": "1"}, {"instances": [[1, 2, 3, 4]]}, {"type": "click", "user": "1", "item": "2"}]

    def mutate(value, depth=0):
        if generator.random() < 0.15 or depth > 6:
            return generator.choice(values)
        if isinstance(value, dict):
            changed = {generator.choice(keys) if generator.random() < 0.08 else k: mutate(v, depth + 1) for k, v in value.items()}
            if generator.random() < 0.2:
                changed[generator.choice(keys)] = generator.choice(values)
            return changed
        if isinstance(value, list):
            return [mutate(v, depth + 1) for v in value] * generator.choice([1, 1, 1, 0, 3])
        return value

    for _ in range(count):
        kind = generator.random()
        if kind < 0.25:
            text = "".join(generator.choice("abc%/?&=.\\é 0123456789-+:#") for _ in range(generator.randrange(30)))
            path = generator.choice(gets).replace("{}", text)
            yield "GET", path.encode("utf-8").decode("latin-1").replace(" ", "%20"), None, {}
        else:
            body = json.dumps(mutate(generator.choice(good))).encode()
            headers = {}
            if kind > 0.85:
                body = bytearray(body)
                for _ in range(generator.randrange(1, 6)):
                    body[generator.randrange(len(body))] = generator.randrange(256)
                body = bytes(body)
            if kind > 0.95:
                headers["Inference-Header-Content-Length"] = str(generator.choice([0, 1, len(body), len(body) + 9, -1, "x"]))
            yield "POST", generator.choice(paths), body, headers


def fuzz(server):
    count = int(os.environ.get("SWIFTREC_FUZZ", "10000"))
    statuses = {}
    connection = http.client.HTTPConnection("127.0.0.1", server.ports["http"], timeout=30)
    for method, path, body, headers in random_bodies(count, 5):
        try:
            connection.request(method, path, body, headers)
        except (http.client.InvalidURL, UnicodeEncodeError):
            connection.close()
            continue
        answer = connection.getresponse()
        text = answer.read()
        statuses[answer.status] = statuses.get(answer.status, 0) + 1
        assert answer.status < 500, (method, path, body, text)
        for leak in (b".swift", b".cpp", b"Traceback", b"frame #", b"/work/", b"fatal"):
            assert leak not in text, (method, path, body, text)
        if answer.status >= 400 and answer.getheader("content-length") != "0":
            assert "detail" in json.loads(text)
        if answer.getheader("connection") == "close" or answer.will_close:
            connection.close()
    connection.close()
    assert server.process.poll() is None and server.get("/v2/models/small")["name"] == "small"
    print(f"  {sum(statuses.values())} requests: {dict(sorted(statuses.items()))}")


def random_bytes(server):
    """Bytes that are no HTTP, on connections of their own."""
    generator = random.Random(6)
    for port in (server.ports["http"], server.ports["grpc"], server.ports["admin"]):
        for _ in range(60):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                try:
                    connection.sendall(generator.randbytes(generator.randrange(1, 2000)))
                    connection.shutdown(socket.SHUT_WR)
                    while connection.recv(4096):
                        pass
                except (ConnectionResetError, BrokenPipeError, socket.timeout):
                    pass
    assert server.get("/v2/models/small")["name"] == "small"


def large_bodies(server):
    # Announced: refused before it is read.
    with socket.create_connection(("127.0.0.1", server.ports["http"]), timeout=30) as connection:
        connection.sendall(b"POST /v1/rank HTTP/1.1\r\nHost: a\r\nContent-Length: 104857600\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 413")
    # Not announced: refused when it is too much.
    with socket.create_connection(("127.0.0.1", server.ports["http"]), timeout=30) as connection:
        connection.sendall(b"POST /v1/rank HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
        try:
            for _ in range(1600):
                connection.sendall(chunk)
        except (BrokenPipeError, ConnectionResetError, socket.timeout):
            pass
        try:
            assert connection.recv(4096).startswith(b"HTTP/1.1 413")
        except ConnectionResetError:
            pass
    status, _, _ = ask(server, "GET", "/v2", headers={"x-large": "y" * 200_000})
    assert 400 <= status < 500, status
    assert server.get("/v2/models/small")["name"] == "small"


def slow_clients(server):
    """Heads and bodies that drip, and connections that only listen: closed within the limit of 2 seconds and some."""
    def drip(first, piece):
        with socket.create_connection(("127.0.0.1", server.ports["http"]), timeout=30) as connection:
            connection.sendall(first)
            began = time.monotonic()
            connection.settimeout(0.2)
            while time.monotonic() - began < 20:
                try:
                    connection.sendall(piece)
                    if not connection.recv(4096):
                        return
                except socket.timeout:
                    continue
                except (BrokenPipeError, ConnectionResetError):
                    return
            raise AssertionError("the connection is still open after 20 s")

    cases = [(b"GET / HTTP/1.1\r\nX-A: ", b"a"), (b"POST /v1/rank HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n", b" "), (b"G", b"")]
    faults = []

    def guarded(case):
        try:
            drip(*case)
        except AssertionError as error:
            faults.append((case, error))

    threads = [threading.Thread(target=guarded, args=(case,)) for case in cases for _ in range(20)]
    for thread in threads:
        thread.start()
    # Others are answered all the while.
    for _ in range(50):
        assert ask(server, "POST", "/v2/models/small/infer", json.dumps(ROW))[0] == 200
    for thread in threads:
        thread.join()
    assert not faults, faults[0]


def half_closed(server):
    with socket.create_connection(("127.0.0.1", server.ports["http"]), timeout=10) as connection:
        body = json.dumps(ROW).encode()
        connection.sendall(b"POST /v2/models/small/infer HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        connection.shutdown(socket.SHUT_WR)
        text = b""
        while piece := connection.recv(4096):
            text += piece
        assert text.startswith(b"HTTP/1.1 200") and b"10.0" in text, text


def pipelined(server):
    """Requests that are sent before the first is answered, of both kinds and bad ones: answered in their order."""
    body = json.dumps(ROW).encode()
    infer = b"POST /v2/models/small/infer HTTP/1.1\r\nHost: a\r\nx-request-id: %d\r\nContent-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body
    other = b"GET /v1/popular?top=1 HTTP/1.1\r\nHost: a\r\nx-request-id: %d\r\n\r\n"
    bad = b"POST /v2/models/small/infer HTTP/1.1\r\nHost: a\r\nx-request-id: %d\r\nContent-Length: 1\r\n\r\n{"
    generator = random.Random(3)
    for _ in range(20):
        kinds = [generator.choice([infer, other, bad]) for _ in range(30)]
        with socket.create_connection(("127.0.0.1", server.ports["http"]), timeout=10) as connection:
            text = b"".join(kind % number for number, kind in enumerate(kinds))
            for start in range(0, len(text), 1000):
                connection.sendall(text[start:start + 1000])
            connection.shutdown(socket.SHUT_WR)
            answers = b""
            while piece := connection.recv(65536):
                answers += piece
        ids = [int(number) for number in re.findall(rb"x-request-id: (\d+)", answers, re.I)]
        statuses = [int(status) for status in re.findall(rb"HTTP/1.1 (\d+)", answers)]
        assert ids == list(range(30)), ids
        assert statuses == [400 if kind is bad else 200 for kind in kinds], statuses


class Load:
    """Requests on several connections until it is told to stop; what went wrong is kept."""

    def __init__(self, server, path="/v2/models/small/infer", workers=4):
        self.server, self.path = server, path
        self.faults, self.answers, self.times = [], {}, []
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.work) for _ in range(workers)]

    def work(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.ports["http"], timeout=30)
        body = json.dumps(ROW)
        while not self.stopping.is_set():
            began = time.perf_counter()
            try:
                connection.request("POST", self.path, body)
                answer = connection.getresponse()
                text = answer.read()
            except OSError as error:
                self.faults.append(repr(error))
                connection.close()
                continue
            self.times.append(time.perf_counter() - began)
            if answer.status != 200:
                self.faults.append((answer.status, text))
            else:
                score = json.loads(text)["outputs"][0]["data"][0]
                self.answers[score] = self.answers.get(score, 0) + 1

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join()


def p99(times):
    return sorted(times)[int(len(times) * 0.99)] * 1000


def reloads(folder):
    """A hundred loads, every other one of another file, and a rollback, under load: no request fails."""
    first = small_script(folder)
    other = pathlib.Path(folder) / "other"
    other.mkdir()
    second = small_script(other, scale=2.0)
    with Server(first) as server:
        with Load(server) as quiet:
            time.sleep(4)
        with Load(server) as load:
            for number in range(100):
                source = str(second if number % 2 == 0 else first)
                server.post("/v2/repository/models/small/load", {"parameters": {"source": source}}, admin=True)
            server.post("/v2/repository/models/small/rollback", {}, admin=True)
            time.sleep(0.3)
        assert not load.faults, load.faults[:3]
        assert set(load.answers) == {10.0, 20.0}, load.answers
        assert server.post("/v2/models/small/infer", ROW)["outputs"][0]["data"] == [20.0]
        try:
            server.post("/v2/repository/models/small/load", {"parameters": {"source": "/no/such"}}, admin=True)
            raise AssertionError("a missing source was loaded")
        except OSError as error:
            assert error.code == 409, error
        assert server.post("/v2/models/small/infer", ROW)["outputs"][0]["data"] == [20.0]
        print(f"  {len(load.times)} requests during 100 loads, 0 failed; p99 {p99(quiet.times):.1f} ms before, {p99(load.times):.1f} ms during")


def shutdown(folder):
    """SIGTERM under load: what was asked has its answer, and the process ends with 0."""
    server = Server(small_script(folder), "--max-delay", "200000")
    results = []

    def one():
        results.append(ask(server, "POST", "/v2/models/small/infer", json.dumps(ROW))[0])

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(0.1)
    server.process.terminate()
    for thread in threads:
        thread.join()
    code = server.process.wait(30)
    assert results == [200] * 8, results
    assert code == 0, (code, server.errors())


def full_disk(folder):
    """A disk that fills: requests go on, lost events are counted; when there is room again events are stored again."""
    small = pathlib.Path(folder) / "disk"
    small.mkdir()
    if os.geteuid() != 0 or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", small], capture_output=True).returncode:
        print("skipped: a full disk: a small file system can't be mounted here; run as root with mounts allowed")
        return
    try:
        with Server(small_run(folder), "--events", small / "events.sqlite") as server:
            event = {"type": "click", "user": "1", "item": "3", "request_id": "x" * 200}
            stored = lost = 0
            for _ in range(60):
                answer = server.post("/v1/events", {"events": [event] * 50})
                assert answer["accepted"] == 50 and answer["stored"] + answer["lost"] == 50
                stored, lost = stored + answer["stored"], lost + answer["lost"]
                assert server.get("/v1/recommend/1")["items"]
            assert stored > 0 and lost > 0, (stored, lost)
            import urllib.request
            with urllib.request.urlopen(f"http://{server.admin}/metrics") as answer:
                assert f"swiftrec_events_lost_total {lost}" in answer.read().decode()
            assert "events lost" in server.errors()
            subprocess.run(["mount", "-o", "remount,size=8m", small], check=True)
            assert server.post("/v1/events", event)["stored"] == 1
            print(f"  {stored} events stored, {lost} lost and counted")
            assert server.stop() == 0
    finally:
        subprocess.run(["umount", small], check=False)


def killed(folder):
    """kill -9: every event that was confirmed is in the file."""
    path = pathlib.Path(folder) / "events.sqlite"
    server = Server(small_run(folder), "--events", path)
    confirmed = 0
    for number in range(200):
        confirmed += server.post("/v1/events", {"type": "click", "user": f"{number}", "item": "3"})["stored"]
    server.process.kill()
    server.process.wait()
    server.process.stdout.close()
    answer = subprocess.run([PROGRAM, "events", "export", "--events", path, "--out", f"{folder}/e.csv", "--json"],
                            capture_output=True, text=True, check=True)
    assert json.loads(answer.stdout)["events"] == confirmed == 200


def main():
    results = []
    with tempfile.TemporaryDirectory() as folder:
        run, script = small_run(folder), small_script(folder)
        with Server(run, script, "--read-timeout", 2, "--idle-timeout", 2) as server:
            for name, body in [("fuzzed requests", fuzz), ("random bytes", random_bytes), ("large bodies", large_bodies),
                               ("slow clients", slow_clients), ("half-closed connections", half_closed), ("requests sent ahead", pipelined)]:
                results.append(check(name, lambda: body(server)))
            results.append(check("a clean end", lambda: (_ for _ in ()).throw(AssertionError(server.errors())) if server.stop() else None))
    for name, body in [("a hundred loads under load", reloads), ("SIGTERM under load", shutdown),
                       ("a full disk", full_disk), ("kill -9", killed)]:
        with tempfile.TemporaryDirectory() as folder:
            results.append(check(name, lambda: body(folder)))
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
