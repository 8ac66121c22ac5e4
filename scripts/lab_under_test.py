"""A lab that a test starts and stops: the start script as a process of its own, or the image in a container.

Both listen on loopback at ports that were free, keep their workspace in a folder of the test's, and end with the test.
"""
import contextlib
import os
import pathlib
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
START = ROOT / "deploy/images/lab/start.py"
START_SECONDS = 120
IMAGE_USER = (10001, "swiftrec")


def free_port():
    """Below the ports that the system gives to clients, one of which would hold it when a lab is started on it again."""
    while True:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", random.randrange(20_000, 32_000)))
            except OSError:
                continue
            return probe.getsockname()[1]


class DidNotStart(Exception):
    """Carries the exit code and what the lab said."""

    def __init__(self, code, log):
        super().__init__(f"the lab ended with code {code}:\n{log}")
        self.code, self.log = code, log


class Lab:
    """What processes and containers share. `begin` and `end` are theirs."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.workspace = self.folder / "workspace"
        self.workspace.mkdir(exist_ok=True)
        self.log_path = self.folder / "lab.log"
        self.jupyter_port, self.ssh_port = free_port(), free_port()
        self.process = None
        self.seconds = None
        self.as_root = False

    @property
    def url(self):
        return f"http://127.0.0.1:{self.jupyter_port}"

    @property
    def log(self):
        return self.log_path.read_text(errors="replace")

    def defaults(self):
        return {"LAB_ADDRESS": "127.0.0.1", "JUPYTER_PORT": str(self.jupyter_port), "SSH_PORT": str(self.ssh_port)}

    def start(self, **environment):
        """Returns when the lab says that it is up; `DidNotStart` when it ends before."""
        began = time.monotonic()
        with self.log_path.open("w") as log:
            self.process = self.begin(self.defaults() | environment, log)
        while "lab: up in" not in self.log:
            if self.process.poll() is not None:
                raise DidNotStart(self.process.returncode, self.log)
            if time.monotonic() - began > START_SECONDS:
                self.stop()
                raise DidNotStart(None, self.log)
            time.sleep(0.05)
        self.seconds = time.monotonic() - began

    def stop(self):
        """Asks it to stop; returns its exit code."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.end()
        try:
            code = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.process = None
        return code

    @contextlib.contextmanager
    def running(self, **environment):
        self.start(**environment)
        try:
            yield self
        finally:
            self.stop()


class ProcessLab(Lab):
    """start.py run from the checkout. Root gives it a user in namespaces of its own; anybody else runs it as himself."""

    kind = "processes"

    def __init__(self, folder):
        super().__init__(folder)
        self.is_namespaced = os.geteuid() == 0
        self.user = IMAGE_USER[1] if self.is_namespaced else pwd.getpwuid(os.geteuid()).pw_name
        self.uid = IMAGE_USER[0] if self.is_namespaced else os.geteuid()
        self.inner_workspace = self.workspace
        self.home = self.workspace if self.is_namespaced else pathlib.Path(pwd.getpwuid(os.geteuid()).pw_dir)

    def begin(self, environment, log):
        path = os.environ["PATH"]
        environment = {"PATH": path, "WORKSPACE": str(self.workspace), "TMPDIR": str(self.folder)} | environment
        command = [sys.executable, str(START)]
        if self.is_namespaced and not self.as_root:
            command = self.in_namespaces(command)
        return subprocess.Popen(command, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)

    def in_namespaces(self, command):
        """The lab's user exists in these namespaces alone, and whatever runs in them ends with the first process."""
        uid, name = IMAGE_USER
        passwd, group = self.folder / "passwd", self.folder / "group"
        passwd.write_text(f"root:x:0:0::/root:/bin/bash\n{name}:x:{uid}:{uid}::{self.workspace}:/bin/bash\n")
        group.write_text(f"root:x:0:\n{name}:x:{uid}:\n")
        script = (
            'mount --bind "$1" /etc/passwd && mount --bind "$2" /etc/group && shift 2 &&'
            " mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts /dev/pts && mount --bind /dev/pts/ptmx /dev/ptmx &&"
            f' exec unshare --user --map-user={uid} --map-group={uid} "$@"'
        )
        return [
            "unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
            "sh", "-c", script, "sh", str(passwd), str(group), *command,
        ]

    def end(self):
        """SIGTERM to start.py: unshare, its parent here, does not pass signals on."""
        pid = self.process.pid
        if self.is_namespaced and not self.as_root:
            children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            pid = int(children[0]) if children else pid
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)

    def can_be_root(self):
        return self.is_namespaced

    def leftovers(self):
        """Processes that still work in this lab's folder."""
        found = []
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if os.readlink(entry / "cwd").startswith(str(self.workspace)):
                    found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
            except OSError:
                pass
        return found


def cannot_run_processes():
    """Why the start script cannot be run here; nothing where it can."""
    if os.geteuid() != 0:
        return None
    if shutil.which("unshare") is None:
        return "root needs unshare for a user of the lab's own (apt-get install util-linux)"
    probe = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--mount-proc", "true"],
        capture_output=True, text=True)
    return f"root may not make namespaces here ({probe.stderr.strip()}); run it as another user" if probe.returncode else None


class Keys:
    """A pair that is let in and one that is not."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.right, self.wrong = self.folder / "right", self.folder / "wrong"
        for path in (self.right, self.wrong):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
        self.public = path_text(self.right.with_suffix(".pub"))


def path_text(path):
    return pathlib.Path(path).read_text().strip()


def ssh(lab, *command, user=None, key=None, options=(), stdin=None, seconds=60):
    """One try to log in, apart from any configuration, agent and known host of the person who runs this."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SSH_")}
    askpass = lab.folder / "askpass"
    askpass.write_text("#!/bin/sh\necho swiftrec\n")
    askpass.chmod(0o700)
    environment |= {"SSH_ASKPASS": str(askpass), "SSH_ASKPASS_REQUIRE": "force"}
    arguments = ["ssh", "-F", "none", "-p", str(lab.ssh_port), "-o", f"UserKnownHostsFile={lab.folder}/known_hosts"]
    for option in ("StrictHostKeyChecking=accept-new", "IdentitiesOnly=yes", "ConnectTimeout=10", "LogLevel=ERROR"):
        arguments += ["-o", option]
    arguments += ["-i", str(key)] if key else ["-o", "PubkeyAuthentication=no"]
    arguments += [*options, f"{user or lab.user}@127.0.0.1", *command]
    return subprocess.run(arguments, env=environment, capture_output=True, text=True, timeout=seconds, input=stdin or "")
