"""Proves who gets into the lab and who does not, over real connections on loopback.

    test-lab.py processes     start.py run from this checkout
    test-lab.py image TAG     the image, with a read-only root and no capabilities

Prints lines that begin with passed, failed or skipped, and closes with their counts.
"""
import functools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
import uuid

import requests
import websocket

import lab_under_test as labs
from lab_under_test import Keys, path_text, ssh

GIVEN = "a-token-of-the-users-own-0123456789"
counts = {"passed": 0, "failed": 0, "skipped": 0}


def report(verdict, text):
    counts[verdict] += 1
    print(f"{verdict}: {text}", flush=True)


class Checks:
    """Named conditions; the first that does not hold ends the group it stands in."""

    def __init__(self, kind):
        self.kind = kind

    def that(self, text, holds, seen=""):
        report("passed" if holds else "failed", f"{self.kind}: {text}" + ("" if holds else f": saw {seen!r}"))

    def group(self, function, *arguments):
        try:
            function(self, *arguments)
        except Exception:
            report("failed", f"{self.kind}: {function.__name__}\n{traceback.format_exc()}")


# ---- JupyterLab ------------------------------------------------------------------------------------------------------


def status(lab, path, token=None, **arguments):
    headers = {} if token is None else {"Authorization": f"token {token}"}
    return requests.get(lab.url + path, headers=headers, allow_redirects=False, timeout=20, **arguments)


def token_in(log):
    return re.search(r"/lab\?token=(\S+)", log)


def a_made_token_guards_jupyter(check, lab):
    lab.start()
    found = token_in(lab.log)
    check.that("without a token given, one is made and its URL is in the log", found is not None, lab.log)
    token = found[1]
    check.that("the made token has 32 random bytes", len(token) >= 43, token)
    check.that("the token is in the log once", lab.log.count(token) == 1, lab.log)
    check.that(f"up in {lab.seconds:.1f} s", True)
    for path in ("/api/contents", "/api/kernels", "/api/terminals", "/api/sessions"):
        check.that(f"no token: {path} is refused", status(lab, path).status_code == 403, status(lab, path).status_code)
        check.that(f"wrong token: {path} is refused", status(lab, path, "0" * 43).status_code == 403)
    channel = opens(lab.url.replace("http", "ws") + "/lsp/ws/python-lsp-server")
    check.that("no token: the language server is refused", channel == 403, channel)
    check.that("an empty token is refused", status(lab, "/api/contents?token=").status_code == 403)
    page = status(lab, "/lab")
    leads = page.status_code == 302 and "/login" in page.headers.get("Location", "")
    check.that("no token: the page leads to the login form", leads, page.headers)
    check.that("the right token in a header is let in", status(lab, "/api/contents", token).status_code == 200)
    check.that("the right token in the URL opens JupyterLab", b"JupyterLab" in status(lab, f"/lab?token={token}").content)
    for text, password, code in (("a wrong password", "swiftrec", 401), ("an empty password", "", 401), ("the token", token, 302)):
        answer = login(lab, password).status_code
        check.that(f"{text} at the login form is {'let in' if code == 302 else 'refused'}", answer == code, answer)
    kernel_runs_code(check, lab, token)
    terminal_runs_commands(check, lab, token)
    check.that("SSH is off without keys, and the log says so", "SSH is off" in lab.log and not listens(lab.ssh_port), lab.log)
    check.that("it stops when asked, with code 0", (code := lab.stop()) == 0, code)
    check.that("nothing of it is left", not lab.leftovers(), lab.leftovers())


def login(lab, password):
    with requests.Session() as session:
        session.get(f"{lab.url}/login", timeout=20)
        form = {"password": password, "_xsrf": session.cookies.get("_xsrf")}
        return session.post(f"{lab.url}/login", data=form, allow_redirects=False, timeout=20)


def opens(url):
    """A connection, or the status that refused it."""
    try:
        return websocket.create_connection(url, timeout=30)
    except websocket.WebSocketBadStatusException as refused:
        return refused.status_code


def kernel_runs_code(check, lab, token):
    headers = {"Authorization": f"token {token}"}
    kernel = requests.post(f"{lab.url}/api/kernels", headers=headers, json={"name": "python3"}, timeout=30).json()["id"]
    path = f"{lab.url.replace('http', 'ws')}/api/kernels/{kernel}/channels"
    for text, query in (("no token", ""), ("a wrong token", "?token=wrong")):
        answer = opens(path + query)
        check.that(f"{text}: the kernel's channel is refused", answer == 403, answer)
    channel = opens(f"{path}?token={token}")
    session = uuid.uuid4().hex
    channel.send(json.dumps({
        "header": {"msg_id": uuid.uuid4().hex, "username": "", "session": session, "msg_type": "execute_request", "version": "5.3"},
        "parent_header": {}, "metadata": {}, "channel": "shell",
        "content": {"code": "import os; print(sum(range(10)), os.getcwd(), os.getuid())", "silent": False},
    }))
    seen = ""
    while "idle" not in seen or "execute_reply" not in seen:
        message = json.loads(channel.recv())
        if message["msg_type"] == "stream":
            seen += message["content"]["text"]
        if message.get("parent_header", {}).get("session") == session:
            seen += message["msg_type"] + message["content"].get("execution_state", "")
    channel.close()
    check.that("a kernel runs code, in the workspace and not as root", f"45 {lab.inner_workspace} {lab.uid}\n" in seen, seen)


def terminal_runs_commands(check, lab, token):
    headers = {"Authorization": f"token {token}"}
    name = requests.post(f"{lab.url}/api/terminals", headers=headers, timeout=30).json()["name"]
    path = f"{lab.url.replace('http', 'ws')}/terminals/websocket/{name}"
    answer = opens(path)
    check.that("no token: the terminal is refused", answer == 403, answer)
    terminal = opens(f"{path}?token={token}")
    terminal.send(json.dumps(["stdin", "echo sum $((40 + 2))\r"]))
    seen = ""
    while "sum 42" not in seen:
        kind, *rest = json.loads(terminal.recv())
        seen += rest[0] if kind == "stdout" else ""
    terminal.close()
    check.that("a terminal runs commands", True)


def an_empty_token_is_none(check, lab):
    for empty in ("", "   "):
        with lab.running(JUPYTER_TOKEN=empty):
            found = token_in(lab.log)
            check.that(f"JUPYTER_TOKEN={empty!r} counts as none: one is made", found is not None and len(found[1]) >= 43, lab.log)
            check.that(f"JUPYTER_TOKEN={empty!r}: nobody gets in without it", status(lab, "/api/contents").status_code == 403)


def a_given_token_is_used(check, lab):
    with lab.running(JUPYTER_TOKEN=GIVEN):
        check.that("a given token is let in", status(lab, "/api/contents", GIVEN).status_code == 200)
        check.that("another is refused", status(lab, "/api/contents", GIVEN[:-1]).status_code == 403)
        check.that("a given token is not in the log", GIVEN not in lab.log, lab.log)


def a_token_file_is_read(check, lab):
    file = lab.workspace / "token"
    for text, expected in ((GIVEN + "\n", True), ("\n", False)):
        file.write_text(text)
        with lab.running(JUPYTER_TOKEN_FILE=f"{lab.inner_workspace}/token"):
            answer = status(lab, "/api/contents", GIVEN).status_code
            check.that(f"a token file that holds {text!r} is {'used' if expected else 'none: one is made'}",
                       (answer == 200) == expected and (token_in(lab.log) is None) == expected, (answer, lab.log))


# ---- SSH -------------------------------------------------------------------------------------------------------------


def listens(port):
    with labs.socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def only_the_right_key_logs_in(check, lab, keys):
    lab.start(AUTHORIZED_KEYS=keys.public, JUPYTER_TOKEN=GIVEN, A_SETTING="two words, a \"quote\" and a \\")
    answer = ssh(lab, "id -un; pwd; echo $A_SETTING; echo [$JUPYTER_TOKEN$AUTHORIZED_KEYS]", key=keys.right)
    lines = answer.stdout.splitlines()
    check.that("the right key is let in, as the lab's user", answer.returncode == 0 and lines[0] == lab.user, answer)
    check.that("a session begins at home, which in the lab is the workspace", lines[1:2] == [str(lab.home)], lines)
    check.that("a session has the lab's environment", lines[2:3] == ['two words, a "quote" and a \\'], lines)
    check.that("a session has none of its secrets", lines[3:4] == ["[]"], lines)
    terminal = ssh(lab, "tty", key=keys.right, options=["-tt"])
    check.that("a session has a terminal", terminal.stdout.startswith("/dev/pts/"), terminal)
    refusals = {
        "a wrong key": {"key": keys.wrong},
        "a password": {
            "options": ["-o", "PreferredAuthentications=password,keyboard-interactive", "-o", "NumberOfPasswordPrompts=1"]},
        "no key and no password": {"options": ["-o", "PreferredAuthentications=none"]},
        "root with the right key": {"user": "root", "key": keys.right},
        "root with a password": {"user": "root"},
        "another user with the right key": {"user": "nobody", "key": keys.right},
    }
    for text, arguments in refusals.items():
        answer = ssh(lab, "id", **arguments)
        refused = answer.returncode == 255 and "Permission denied (publickey)" in answer.stderr and not answer.stdout
        check.that(f"{text} is refused; only keys are offered", refused, answer)
    files_and_tunnels(check, lab, keys)
    restart_keeps_what_persists(check, lab, keys)


def files_and_tunnels(check, lab, keys):
    sent = ssh(lab, f"cat > {lab.inner_workspace}/sent && wc -c < {lab.inner_workspace}/sent", key=keys.right, stdin="x" * 70_000)
    whole = sent.stdout.strip() == "70000" and (lab.workspace / "sent").exists()
    check.that("a file goes in over SSH, into the workspace", whole, sent)
    port = labs.free_port()
    tunnel = ["-o", "ExitOnForwardFailure=yes", "-L", f"127.0.0.1:{port}:127.0.0.1:{lab.jupyter_port}"]
    inside = "python3 -c 'import time; print(1, flush=True); time.sleep(5)'"
    process = subprocess.Popen(
        ["ssh", "-F", "none", "-p", str(lab.ssh_port), "-i", str(keys.right), "-o", "IdentitiesOnly=yes", "-o", "LogLevel=ERROR",
         "-o", f"UserKnownHostsFile={lab.folder}/known_hosts", *tunnel, f"{lab.user}@127.0.0.1", inside],
        stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
    try:
        process.stdout.readline()
        answer = requests.get(f"http://127.0.0.1:{port}/api/contents", headers={"Authorization": f"token {GIVEN}"}, timeout=20)
        check.that("JupyterLab is reached through a tunnel", answer.status_code == 200, answer.status_code)
    finally:
        process.terminate()
        process.wait()
    reverse = ["-o", "ExitOnForwardFailure=yes", "-R", f"{labs.free_port()}:127.0.0.1:1"]
    backwards = ssh(lab, "true", key=keys.right, options=reverse)
    check.that("a tunnel out of the lab is refused", backwards.returncode == 255, backwards)


def host_key_of(lab):
    return subprocess.run(["ssh-keyscan", "-p", str(lab.ssh_port), "127.0.0.1"], capture_output=True, text=True).stdout.split()[-1:]


def restart_keeps_what_persists(check, lab, keys):
    before = host_key_of(lab)
    offered = subprocess.run(["ssh-keygen", "-l", "-f", lab.folder / "known_hosts"], capture_output=True, text=True).stdout.split()
    check.that("the log names the host key that is offered", offered[1] in lab.log, (offered, lab.log))
    check.that("it stops when asked, with code 0", (code := lab.stop()) == 0, code)
    check.that("its ports are closed", not listens(lab.ssh_port) and not listens(lab.jupyter_port))
    check.that("nothing of it is left", not lab.leftovers(), lab.leftovers())
    (lab.workspace / ".ssh").mkdir(exist_ok=True)
    (lab.workspace / ".ssh/authorized_keys").write_text("# the team\n" + keys.public + "\n")
    with lab.running():
        check.that("a restart keeps the host key", before and host_key_of(lab) == before, (before, host_key_of(lab)))
        answer = ssh(lab, f"wc -c < {lab.inner_workspace}/sent", key=keys.right)
        check.that("a restart keeps the workspace, and reads the keys that it holds", answer.stdout.strip() == "70000", answer)
        check.that("each start makes a token of its own", (found := token_in(lab.log)) and found[1] != GIVEN, lab.log)
        key = lab.workspace / ".ssh-host/ssh_host_ed25519_key"
        check.that("only its user may read the host key", key.stat().st_mode & 0o077 == 0, oct(key.stat().st_mode))
    with lab.running(AUTHORIZED_KEYS=keys.public, SSH_HOST_KEYS=f"{lab.inner_workspace}/other"):
        answer = ssh(lab, "true", key=keys.right)
        check.that("another folder for the host key is another host", "HOST IDENTIFICATION HAS CHANGED" in answer.stderr, answer)


# ---- bad input -------------------------------------------------------------------------------------------------------


def bad_input_is_named(check, lab, keys):
    private = path_text(keys.right)
    with labs.socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        occupied = str(taken.getsockname()[1])
        cases = [
            ("a key that is none", {"AUTHORIZED_KEYS": f"{keys.public}\nssh-ed25519 nonsense"},
             "AUTHORIZED_KEYS, line 2 is no public key"),
            ("a private key", {"AUTHORIZED_KEYS": private}, "holds a private key"),
            ("a file of keys that is absent", {"AUTHORIZED_KEYS_FILE": "/nowhere/keys"}, "'/nowhere/keys' does not exist"),
            ("a token file that is absent", {"JUPYTER_TOKEN_FILE": "/nowhere/token"}, "'/nowhere/token' cannot be read"),
            ("a token with a blank in it", {"JUPYTER_TOKEN": "two words"}, "holds white space"),
            ("a port that is none", {"JUPYTER_PORT": "80800"}, "JUPYTER_PORT='80800' is no port"),
            ("a port that is taken", {"JUPYTER_PORT": occupied}, f"127.0.0.1:{occupied} cannot be opened"),
            ("a port below 1024", {"AUTHORIZED_KEYS": keys.public, "SSH_PORT": "22"}, "may not open ports below 1024"),
            ("a workspace that cannot be written", {"WORKSPACE": "/proc/workspace"}, "/proc/workspace cannot be written"),
        ]
        for text, environment, expected in cases:
            try:
                with lab.running(**environment):
                    report("failed", f"{check.kind}: {text} is refused: the lab started")
            except labs.DidNotStart as ended:
                named = ended.code == 1 and expected in ended.log and "  remedy: " in ended.log
                check.that(f"{text} is refused with its remedy", named and private.splitlines()[1] not in ended.log, ended.log)


def root_is_refused(check, lab):
    if not lab.can_be_root():
        report("skipped", f"{check.kind}: starting as root is not tried, this user is not root")
        return
    lab.as_root = True
    try:
        with lab.running():
            report("failed", f"{check.kind}: started as root, it is refused: the lab started")
    except labs.DidNotStart as ended:
        check.that("started as root, it is refused with its remedy", ended.code == 1 and "started as root" in ended.log, ended.log)


# ---- the image -------------------------------------------------------------------------------------------------------

PACKAGES = "numpy pandas pyarrow matplotlib sklearn torch ipywidgets swiftrec"


def the_image_is_what_it_should_be(check, lab, keys):
    with lab.running(AUTHORIZED_KEYS=keys.public):
        check.that(f"up in {lab.seconds:.1f} s", True)
        check.that("its health check passes", lab.is_healthy())
        status = lab.inside("cat", "/proc/1/status").stdout
        check.that("it has no capabilities", "CapEff:\t0000000000000000" in status, status)
        check.that("it can gain no privileges", "NoNewPrivs:\t1" in status, status)
        written = lab.inside("touch", "/opt/swiftrec/written")
        check.that("its root cannot be written", "Read-only file system" in written.stderr, written)
        keys_inside = lab.inside("sh", "-c", "ls /etc/ssh/ssh_host_* 2>/dev/null | wc -l").stdout.strip()
        check.that("the image carries no host key", keys_inside == "0", keys_inside)
        for module in PACKAGES.split():
            answer = ssh(lab, f"python -c 'import {module}; print({module}.__version__)'", key=keys.right)
            check.that(f"import {module} ({answer.stdout.strip()})", answer.returncode == 0, answer)
        asked = "swiftrec --version && swiftrec doctor >/dev/null && command -v swiftrec python swift"
        answer = ssh(lab, f"bash -lc '{asked}'", key=keys.right)
        expected = ["/opt/swiftrec/bin/swiftrec", "/opt/swiftrec/lab/bin/python", "/opt/swift/usr/bin/swift"]
        found = answer.stdout.startswith("swiftrec ") and answer.stdout.split()[-3:] == expected
        check.that("a login shell finds its programs, and doctor passes", found, answer)
        asked = "echo kept > data/kept && pip install --help >/dev/null && python -c 'import site; print(site.USER_SITE)'"
        answer = ssh(lab, asked, key=keys.right)
        kept = (lab.workspace / "data/kept").exists()
        kept = kept and answer.stdout.startswith("/workspace/")
        check.that("what is written to data/ lies on the volume; pip installs there too", kept, answer)


def a_lab_that_forgets_its_token_stops(check, lab):
    settings = lab.workspace / ".jupyter"
    settings.mkdir(exist_ok=True)
    for name in ("jupyter_server_config.py", "jupyter_lab_config.py", "jupyter_config.py"):
        (settings / name).write_text("c.IdentityProvider.token = ''\nc.ServerApp.token = ''\n")
    try:
        with lab.running():
            answer = status(lab, "/api/contents").status_code
            check.that("a workspace that switches the token off does not get its way", answer == 403, answer)
    except labs.DidNotStart as ended:
        check.that("a workspace that switches the token off ends the lab", "answers without a token" in ended.log, ended.log)
    finally:
        shutil.rmtree(settings)


def main():
    kind, *rest = sys.argv[1:] or ["processes"]
    began = time.monotonic()
    if kind == "processes":
        if why := labs.cannot_run_processes():
            report("skipped", f"processes: {why}")
        make = labs.ProcessLab if not why else None
    else:
        from lab_image_under_test import ImageLab, cannot_run_image

        if why := cannot_run_image(rest[0]):
            report("skipped", f"image: {why}")
        make = None if why else functools.partial(ImageLab, image=rest[0])
    with tempfile.TemporaryDirectory(prefix="lab-test-") as folder:
        if make:
            check = Checks(kind)
            keys = Keys(folder)
            groups = [
                (a_made_token_guards_jupyter,), (an_empty_token_is_none,), (a_given_token_is_used,), (a_token_file_is_read,),
                (only_the_right_key_logs_in, keys),
                (bad_input_is_named, keys), (root_is_refused,), (a_lab_that_forgets_its_token_stops,),
            ]
            if kind == "image":
                groups.insert(0, (the_image_is_what_it_should_be, keys))
            for number, (function, *arguments) in enumerate(groups):
                own = pathlib.Path(folder) / str(number)
                own.mkdir()
                lab = make(own)
                try:
                    check.group(function, lab, *arguments)
                finally:
                    lab.stop()
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped ({time.monotonic() - began:.0f} s)")
    sys.exit(1 if counts["failed"] else 0)


main()
