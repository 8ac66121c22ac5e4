"""What the image tests share: how a container is started, and how a check reports."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
# As strict as a cluster would be: everything that an image needs beyond this is a fault of the image.
HARDENED = [
    "--read-only", "--tmpfs", "/tmp:rw,size=64m", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
    "--memory", "2g", "--memory-swap", "2g", "--cpus", "2", "--pids-limit", "256", "--no-healthcheck",
]
USER = 10001


class Fault(Exception):
    """A check that did not hold; the text says what was found."""


class Skip(Exception):
    """A check that can't be made here, and why."""


def expect(holds, found):
    if not holds:
        raise Fault(found)


def run(*command, code=0, timeout=300, environment=None, folder=ROOT):
    """Runs a command in a folder and returns what it printed; `code` None takes any exit code."""
    result = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, timeout=timeout, env=environment, cwd=folder)
    if code is not None and result.returncode != code:
        raise Fault(
            f"exit {result.returncode} instead of {code}: {' '.join(map(str, command))}\n"
            f"{result.stdout[-1500:]}{result.stderr[-1500:]}")
    return Output(result)


class Output(str):
    """Standard output, with the exit code and standard error beside it."""

    def __new__(cls, result):
        self = super().__new__(cls, result.stdout)
        self.code, self.errors, self.everything = result.returncode, result.stderr, result.stdout + result.stderr
        return self


def podman(*arguments, **options):
    return run("podman", *arguments, **options)


class Images:
    """The images of one variant, by role."""

    def __init__(self):
        for line in run("scripts/images.sh", "env").splitlines():
            name, value = line.removeprefix("export ").split("=", 1)
            os.environ[name] = value
        self.tag = os.environ["SWIFTREC_IMAGE_TAG"]
        self.folder = pathlib.Path(os.environ["SWIFTREC_IMAGES"])

    def name(self, role):
        return f"localhost/swiftrec-{role}:{self.tag}"

    def has(self, role):
        return podman("image", "exists", self.name(role), code=None).code == 0

    def inspect(self, role):
        return json.loads(podman("image", "inspect", self.name(role)))[0]

    def run(self, role, *command, options=(), code=0, timeout=300):
        """Runs a command in a container that is gone afterwards."""
        return podman("run", "--rm", *HARDENED, *options, self.name(role), *command, code=code, timeout=timeout)

    def shell(self, role, script, **options):
        return self.run(role, "bash", "-c", script, **options)


class Container:
    """A container in the background; removed at the end."""

    def __init__(self, images, role, *command, options=(), checks_health=False):
        hardened = [option for option in HARDENED if not (checks_health and option == "--no-healthcheck")]
        # Where it is started, podman leaves a file called oom when the container's memory is at its end.
        self.id = podman(
            "run", "-d", *hardened, *options, images.name(role), *command, folder=tempfile.gettempdir()).strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        podman("rm", "-f", "-t", "0", self.id, code=None)

    def logs(self):
        return podman("logs", self.id).everything

    def state(self):
        return json.loads(podman("inspect", self.id))[0]["State"]

    def wait(self, seconds=120):
        """Its exit code."""
        return int(podman("wait", self.id, timeout=seconds))

    def wait_for(self, text, seconds=60):
        deadline = time.monotonic() + seconds
        while text not in self.logs():
            expect(time.monotonic() < deadline and self.state()["Running"], f"no '{text}' in:\n{self.logs()[-1500:]}")
            time.sleep(0.1)


def volume(folder, name, owner=USER):
    """A folder of the host for the containers' user, and how it is mounted."""
    path = pathlib.Path(folder) / name
    path.mkdir(exist_ok=True)
    os.chown(path, owner, owner)
    return path


def run_checks(checks, chosen):
    """Runs the checks and closes with one line; a name on the command line chooses those that contain it."""
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for check in checks:
        name = check.__name__.replace("_", " ")
        if chosen and not any(word in name for word in chosen):
            continue
        began = time.monotonic()
        try:
            said = check()
            ending, text = "passed", f": {said}" if said else ""
        except Skip as reason:
            ending, text = "skipped", f": {reason}"
        except (Fault, subprocess.TimeoutExpired, OSError, ValueError, KeyError) as fault:
            ending, text = "failed", f": {type(fault).__name__}: {fault}"
        counts[ending] += 1
        print(f"{ending}: {name}{text} ({time.monotonic() - began:.1f} s)", flush=True)
    print(", ".join(f"{count} {ending}" for ending, count in counts.items()))
    sys.exit(1 if counts["failed"] or not counts["passed"] else 0)
