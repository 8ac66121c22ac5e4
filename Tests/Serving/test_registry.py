"""A server that follows a registry's alias under load, and a package whose bytes were changed."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.request

from common import PROGRAM, Server, check, small_run
from test_faults import Load


def swiftrec(folder, *arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], cwd=folder, check=True, capture_output=True, text=True).stdout


def packages(folder):
    """Two versions of one model in a registry, the first its champion."""
    run = small_run(folder)
    for number in (1, 2):
        swiftrec(folder, "export", run, "--out", f"package-{number}")
        # The time of the export makes them two.
        swiftrec(folder, "models", "register", f"package-{number}", "--name", "films", "--registry", "registry")
        time.sleep(1.1)
    swiftrec(folder, "models", "promote", "films", "--version", "1", "--registry", "registry")
    os.environ["SWIFTREC_REGISTRY"] = f"{folder}/registry"


def wait_for(condition, seconds=30):
    for _ in range(int(seconds * 20)):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come to pass")


def version(server):
    return server.get("/v1/recommend/7?top=3")["version"]


class Recommendations(Load):
    """Load of recommendations; what answered is counted by version."""

    def work(self):
        connection = __import__("http.client").client.HTTPConnection("127.0.0.1", self.server.ports["http"], timeout=30)
        while not self.stopping.is_set():
            connection.request("GET", "/v1/recommend/7?top=3")
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 200:
                self.faults.append((answer.status, text))
            else:
                name = json.loads(text)["version"]
                self.answers[name] = self.answers.get(name, 0) + 1


def follows(folder):
    with Server("registry:films@champion", "--watch", "0.1", folder=folder) as server:
        assert version(server) == "1"
        with Recommendations(server) as load:
            for number in range(4):
                goes_to = "2" if number % 2 == 0 else "1"
                swiftrec(folder, "models", "promote", "films", "--version", goes_to, "--registry", "registry")
                wait_for(lambda: version(server) == goes_to)
            swiftrec(folder, "models", "rollback", "films", "--registry", "registry")
            wait_for(lambda: version(server) == "2")
        assert not load.faults, load.faults[:3]
        assert set(load.answers) == {"1", "2"}, load.answers
        print(f"  {sum(load.answers.values())} requests while the alias moved five times, 0 failed: {load.answers}")


def one_byte(folder):
    """A byte that is flipped behind the server's back: the package leaves the rotation, what it replaced answers again."""
    package = pathlib.Path(folder) / "package-2"
    with Server(f"films={folder}/package-1", folder=folder) as server:
        def checks(result):
            with urllib.request.urlopen(f"http://{server.admin}/metrics") as answer:
                return f'swiftrec_package_checks_total{{result="{result}"}} 1' in answer.read().decode()

        wait_for(lambda: checks("ok"))
        weights = package / "weights.safetensors"
        content = bytearray(weights.read_bytes())
        content[-1] ^= 1
        weights.write_bytes(content)
        server.post("/v2/repository/models/films/load", {"parameters": {"source": str(package)}}, admin=True)
        wait_for(lambda: checks("failed"))
        assert "model withdrawn" in server.errors() and "SHA-256" in server.errors()
        assert server.get("/v1/recommend/7?top=3")["items"]
    with Server(f"films={package}", folder=folder) as server:
        def ready():
            try:
                urllib.request.urlopen(f"http://{server.http}/v2/health/ready")
                return True
            except urllib.error.HTTPError as error:
                assert error.code == 503
                return False

        wait_for(lambda: not ready())
        entry = server.post("/v2/repository/index", {})[0]
        assert entry["state"] == "UNAVAILABLE" and "SHA-256" in entry["reason"], entry


def main():
    results = []
    with tempfile.TemporaryDirectory() as folder:
        packages(folder)
        for name, body in [("an alias that moves under load", follows), ("a package with one flipped byte", one_byte)]:
            results.append(check(name, lambda: body(folder)))
    sys.exit(not all(results))


main()
