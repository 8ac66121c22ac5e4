#!/usr/bin/env python3
"""Starts the lab: JupyterLab behind a token and, where keys are given, SSH for them alone. Docker's PID 1, or any process.

Environment, each with its default:

    JUPYTER_TOKEN        made at each start where none is given; white space is none
    JUPYTER_TOKEN_FILE   a mounted file that holds the token, in place of JUPYTER_TOKEN
    JUPYTER_PORT         8888
    AUTHORIZED_KEYS      public keys, one a line; where none is given, SSH is off
    AUTHORIZED_KEYS_FILE WORKSPACE/.ssh/authorized_keys: a file with more of them, read at the start
    SSH_PORT             22
    SSH_HOST_KEYS        WORKSPACE/.ssh-host: the folder of the host key, which is made at the first start
    LAB_ADDRESS          0.0.0.0, the address that both listen on
    WORKSPACE            /workspace: what persists

Both end with the lab, and the lab ends with either of them.
"""
import http.client
import json
import os
import pathlib
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
START_SECONDS = 60
# Docker kills ten seconds after it has asked.
STOP_SECONDS = 8
# What sessions over SSH do not inherit: secrets, and what sshd sets itself.
NOT_FOR_SESSIONS = {
    "JUPYTER_TOKEN", "JUPYTER_TOKEN_FILE", "AUTHORIZED_KEYS", "HOME", "USER", "LOGNAME", "SHELL", "PWD", "OLDPWD", "SHLVL", "_",
    "TERM", "MAIL",
}


class Refused(Exception):
    """The lab does not start. The message says what was met; `remedy` is the line that mends it."""

    def __init__(self, message, remedy):
        super().__init__(message)
        self.remedy = remedy


class Stop(BaseException):
    """A signal asked the lab to stop."""


def say(text):
    print(f"lab: {text}", flush=True)


def setting(name, default=""):
    return os.environ.get(name, "").strip() or default


def port(name, default):
    text = setting(name, default)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise Refused(f"{name}={text!r} is no port", f"{name}={default}, or another number from 1 to 65535")
    return int(text)


class Lab:
    def __init__(self, run):
        self.run = run
        self.address = setting("LAB_ADDRESS", "0.0.0.0")
        self.workspace = pathlib.Path(setting("WORKSPACE", "/workspace"))
        self.jupyter_port = port("JUPYTER_PORT", "8888")
        self.ssh_port = port("SSH_PORT", "22")
        self.children = {}

    # ---- what must hold before anything starts -------------------------------------------------------------------

    def check_user(self):
        if os.geteuid() == 0:
            raise Refused("the lab was started as root", "start it as the image's own user: leave --user out, or --user 10001:10001")

    def prepare_workspace(self):
        try:
            for name in ("data", "models", "logs"):
                (self.workspace / name).mkdir(parents=True, exist_ok=True)
            # An empty file fits on a full disk; a few bytes do not.
            with tempfile.TemporaryFile(dir=self.workspace) as probe:
                probe.write(bytes(4096))
                probe.flush()
        except OSError as error:
            raise Refused(
                f"{self.workspace} cannot be written by uid {os.geteuid()}: {error.strerror}",
                f"give it a volume with room (-v swiftrec-lab:{self.workspace}), or a folder of that user's: chown {os.geteuid()} FOLDER",
            ) from None

    def check_port(self, name, number):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.address, number))
            except PermissionError:
                raise Refused(
                    f"{name}={number}: uid {os.geteuid()} may not open ports below 1024 here",
                    f"--sysctl net.ipv4.ip_unprivileged_port_start={number}, or -e {name}=2222 -p 2222:2222",
                ) from None
            except OSError as error:
                raise Refused(
                    f"{name}={number}: {self.address}:{number} cannot be opened: {error.strerror}", f"-e {name}= another port"
                ) from None

    # ---- secrets ----------------------------------------------------------------------------------------------------

    def token(self):
        """The token, and whether it was made here."""
        path = setting("JUPYTER_TOKEN_FILE")
        if path:
            try:
                given = pathlib.Path(path).read_text().strip()
            except (OSError, UnicodeDecodeError) as error:
                raise Refused(f"JUPYTER_TOKEN_FILE={path!r} cannot be read: {error}", "mount it so that the lab's user may read it") from None
        else:
            given = setting("JUPYTER_TOKEN")
        if not given:
            return secrets.token_urlsafe(32), True
        if not re.fullmatch(r"[!-~]+", given):
            raise Refused("the Jupyter token holds white space or letters that no URL takes", "JUPYTER_TOKEN=$(openssl rand -hex 32)")
        return given, False

    def public_keys(self):
        """The lines of every key that may log in; each must be one that ssh-keygen can read."""
        sources = [("AUTHORIZED_KEYS", os.environ.get("AUTHORIZED_KEYS", ""))]
        named = setting("AUTHORIZED_KEYS_FILE")
        path = pathlib.Path(named) if named else self.workspace / ".ssh/authorized_keys"
        try:
            sources.append((str(path), path.read_text()))
        except FileNotFoundError:
            if named:
                raise Refused(f"AUTHORIZED_KEYS_FILE={named!r} does not exist", f"-v $HOME/.ssh/id_ed25519.pub:{named}:ro") from None
        except (OSError, UnicodeDecodeError) as error:
            raise Refused(f"{path} cannot be read: {error}", "mount it so that the lab's user may read it") from None
        keys = []
        for source, text in sources:
            for number, line in enumerate(text.splitlines(), 1):
                line = line.strip()
                if not line or line.startswith("#"):
                    continue
                if "PRIVATE KEY" in line:
                    raise Refused(f"{source} holds a private key", "give the public half, the file that ends in .pub, and make a new pair")
                read = subprocess.run(["ssh-keygen", "-l", "-f", "-"], input=line + "\n", capture_output=True, text=True)
                if read.returncode:
                    raise Refused(f"{source}, line {number} is no public key: {line[:60]!r}", 'AUTHORIZED_KEYS="$(cat ~/.ssh/id_ed25519.pub)"')
                keys.append(line)
        return keys

    def host_key(self):
        folder = pathlib.Path(setting("SSH_HOST_KEYS", str(self.workspace / ".ssh-host")))
        key = folder / "ssh_host_ed25519_key"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not key.exists():
                subprocess.run(
                    ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "swiftrec-lab", "-f", key], check=True, capture_output=True, text=True)
        except OSError as error:
            raise Refused(f"SSH_HOST_KEYS={folder} cannot be written: {error.strerror}", "give a folder of the lab's user, or leave it out") from None
        except subprocess.CalledProcessError as error:
            raise Refused(f"no host key could be made in {folder}: {error.stderr.strip()}", "look at the room left: df -h") from None
        read = subprocess.run(["ssh-keygen", "-l", "-f", key], capture_output=True, text=True)
        if read.returncode:
            raise Refused(f"{key} is no host key: {read.stderr.strip()}", f"rm {key}: the next start makes another")
        return key, read.stdout.split()[1]

    # ---- the two servers ----------------------------------------------------------------------------------------------

    def start(self, name, command, environment):
        self.children[subprocess.Popen(command, env=environment, cwd=self.workspace, start_new_session=True).pid] = name

    def start_jupyter(self, token):
        secret = self.run / "token"
        secret.touch(mode=0o600)
        secret.write_text(token)
        environment = {key: value for key, value in os.environ.items() if key not in ("JUPYTER_TOKEN", "AUTHORIZED_KEYS")}
        environment |= {
            "JUPYTER_TOKEN_FILE": str(secret), "JUPYTER_RUNTIME_DIR": str(self.run), "JUPYTER_PORT": str(self.jupyter_port),
            "LAB_ADDRESS": self.address, "WORKSPACE": str(self.workspace), "HOME": str(self.workspace), "SHELL": "/bin/bash",
        }
        self.start("JupyterLab", [sys.executable, "-m", "jupyterlab", f"--config={HERE / 'jupyter_server_config.py'}"], environment)

    def start_ssh(self, keys):
        """Returns the host key's fingerprint and the user's name."""
        try:
            user = pwd.getpwuid(os.geteuid()).pw_name
        except KeyError:
            raise Refused(f"uid {os.geteuid()} has no name in /etc/passwd, which SSH needs", "--user 10001:10001") from None
        self.check_port("SSH_PORT", self.ssh_port)
        key, fingerprint = self.host_key()
        allowed = self.run / "authorized_keys"
        allowed.touch(mode=0o600)
        allowed.write_text("\n".join(keys) + "\n")
        values = {
            "PORT": self.ssh_port, "ADDRESS": self.address, "HOST_KEY": key, "AUTHORIZED_KEYS": allowed, "USER": user,
            "ENVIRONMENT": self.session_environment(),
        }
        config = self.run / "sshd_config"
        config.touch(mode=0o600)
        config.write_text(re.sub(r"@([A-Z_]+)@", lambda match: str(values[match[1]]), (HERE / "sshd_config").read_text()))
        sshd = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
        if sshd is None:
            raise Refused("sshd is not installed", "apt-get install -y --no-install-recommends openssh-server")
        self.start("SSH", [sshd, "-D", "-e", "-f", str(config)], dict(os.environ))
        return fingerprint, user

    def session_environment(self):
        """The container's environment as arguments of SetEnv: sshd gives a session none of it otherwise."""
        pairs = {key: value for key, value in os.environ.items() if key not in NOT_FOR_SESSIONS and "\n" not in value}
        pairs["WORKSPACE"] = str(self.workspace)
        quoted = (f"{key}={value}".replace("\\", "\\\\").replace('"', '\\"') for key, value in sorted(pairs.items()))
        return " ".join(f'"{pair}"' for pair in quoted)

    # ---- from start to end --------------------------------------------------------------------------------------------

    def answers(self, path):
        """The status of a request that shows no token; nothing while the server does not listen."""
        host = "127.0.0.1" if self.address == "0.0.0.0" else self.address
        connection = http.client.HTTPConnection(host, self.jupyter_port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return None
        finally:
            connection.close()

    def await_jupyter(self):
        began = time.monotonic()
        while self.answers("/api") != 200:
            self.reap(os.WNOHANG)
            if time.monotonic() - began > START_SECONDS:
                raise Refused(f"JupyterLab has not answered for {START_SECONDS} s", "look at its lines above; more memory or processors may help")
            time.sleep(0.05)
        # The lab's own configuration leads to the login form; one that the workspace brings could undo that.
        if (status := self.answers("/lab")) != 302:
            raise Refused(
                f"JupyterLab answers without a token (status {status})", f"look for what switches it off in {self.workspace}/.jupyter")

    def reap(self, options):
        """Takes a child that has ended, orphans too: the first process of a container inherits them."""
        pid, status = os.waitpid(-1, options)
        if (name := self.children.pop(pid, None)) is not None:
            raise Refused(f"{name} ended with code {os.waitstatus_to_exitcode(status)}", "look at its lines above")

    def supervise(self):
        while True:
            self.reap(0)

    def stop(self):
        for pid in self.children:
            os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while self.children and time.monotonic() < deadline:
            try:
                self.children.pop(os.waitpid(-1, os.WNOHANG)[0], None)
            except ChildProcessError:
                break
            time.sleep(0.02)
        for pid in self.children:
            os.kill(pid, signal.SIGKILL)

    def run_until_stopped(self, began):
        self.check_user()
        self.prepare_workspace()
        self.check_port("JUPYTER_PORT", self.jupyter_port)
        token, is_made = self.token()
        keys = self.public_keys()
        if keys:
            fingerprint, user = self.start_ssh(keys)
        self.start_jupyter(token)
        self.await_jupyter()
        say(f"JupyterLab: http://127.0.0.1:{self.jupyter_port}/lab" + (f"?token={token}" if is_made else " with the token that was given"))
        if keys:
            say(f"SSH: port {self.ssh_port}, user {user}, {len(keys)} key{'s' * (len(keys) > 1)}, host key {fingerprint}")
        else:
            say('SSH is off: no key was given (-e AUTHORIZED_KEYS="$(cat ~/.ssh/id_ed25519.pub)")')
        say(f"up in {time.monotonic() - began:.1f} s; {self.workspace} is what persists")
        self.supervise()


def asked_to_stop(number, frame):
    raise Stop


def main():
    began = time.monotonic()
    signal.signal(signal.SIGTERM, asked_to_stop)
    signal.signal(signal.SIGINT, asked_to_stop)
    code = 0
    with tempfile.TemporaryDirectory(prefix="lab-", ignore_cleanup_errors=True) as run:
        lab = None
        try:
            lab = Lab(pathlib.Path(run))
            lab.run_until_stopped(began)
        except Refused as refused:
            print(f"error: {refused}\n  remedy: {refused.remedy}", file=sys.stderr, flush=True)
            code = 1
        except Stop:
            say("stops")
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if lab:
            lab.stop()
    sys.exit(code)


if __name__ == "__main__":
    main()
