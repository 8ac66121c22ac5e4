"""As much of a Kubernetes API server as `kubectl apply --dry-run=server` asks for, so that test-cluster.py can be tested without a cluster. It
knows the kinds, not what is right: a test says what it refuses."""
import http.server
import json
import re
import threading

# Group and version, and its kinds: plural, kind, whether in a namespace.
KINDS = {
    "v1": [("namespaces", "Namespace", False), ("serviceaccounts", "ServiceAccount", True), ("configmaps", "ConfigMap", True),
           ("services", "Service", True), ("persistentvolumes", "PersistentVolume", False),
           ("persistentvolumeclaims", "PersistentVolumeClaim", True)],
    "apps/v1": [("deployments", "Deployment", True)],
    "batch/v1": [("jobs", "Job", True)],
    "policy/v1": [("poddisruptionbudgets", "PodDisruptionBudget", True)],
    "autoscaling/v2": [("horizontalpodautoscalers", "HorizontalPodAutoscaler", True)],
    "networking.k8s.io/v1": [("ingresses", "Ingress", True), ("networkpolicies", "NetworkPolicy", True)],
    "scheduling.k8s.io/v1": [("priorityclasses", "PriorityClass", False)],
}


class FakeAPIServer:
    """A server on loopback. `refuses`: a kind that it does not take, `because`; `warns`: what it says of every Deployment."""

    def __init__(self, refuses=None, because="", warns=None):
        self.refuses, self.because, self.warns = refuses, because, warns
        # Namespaces that were made; what else was written, or was not deleted again; kinds that were asked about.
        self.made, self.written, self.asked = [], [], set()

    def __enter__(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Handler,), {"fake": self}))
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def status(code, reason, message):
    return code, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": message, "code": code}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, code, body, warning=None):
        data = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if warning:
            self.send_header("Warning", f'299 - "{warning}"'.replace('"restricted:latest"', '\\"restricted:latest\\"'))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        path = self.path.split("?")[0]
        found = re.fullmatch(r"/(?:api|apis)/(.+)", path)
        if path == "/version":
            self.answer(200, {"major": "1", "minor": "30", "gitVersion": "v1.30.0"})
        elif path == "/api":
            self.answer(200, {"kind": "APIVersions", "versions": ["v1"]})
        elif path == "/apis":
            groups = [dict(zip(("name", "version"), group.split("/"))) for group in KINDS if "/" in group]
            versions = [{"groupVersion": f"{g['name']}/{g['version']}", "version": g["version"]} for g in groups]
            self.answer(200, {"kind": "APIGroupList", "apiVersion": "v1", "groups": [
                {"name": g["name"], "versions": [v], "preferredVersion": v} for g, v in zip(groups, versions)]})
        elif found and found[1] in KINDS:
            self.answer(200, {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": found[1], "resources": [
                {"name": plural, "singularName": kind.lower(), "kind": kind, "namespaced": inside,
                 "verbs": ["create", "delete", "get", "patch"]} for plural, kind, inside in KINDS[found[1]]]})
        elif path == "/openapi/v3":
            self.answer(200, {"paths": {
                f"{'api' if group == 'v1' else 'apis'}/{group}": {"serverRelativeURL": f"/openapi/v3/{group}"} for group in KINDS}})
        elif path.startswith("/openapi/v3/"):
            self.answer(200, openapi(path.removeprefix("/openapi/v3/")))
        else:
            self.answer(*status(404, "NotFound", f"{path} is not there"))

    def do_POST(self):
        thing = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        kind, name = thing["kind"], thing["metadata"]["name"]
        is_dry = "dryRun=All" in self.path
        if kind == self.fake.refuses:
            self.answer(*status(422, "Invalid", f'{kind} "{name}" is invalid: {self.fake.because}'))
            return
        if is_dry:
            self.fake.asked.add(kind)
        elif kind == "Namespace":
            self.fake.made.append(name)
            self.fake.written.append(name)
        else:
            self.fake.written.append(f"{kind} {name}")
        self.answer(201, thing, self.fake.warns if kind == "Deployment" else None)

    def do_DELETE(self):
        size = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(size)
        name = self.path.split("?")[0].rsplit("/", 1)[1]
        if name in self.fake.written:
            self.fake.written.remove(name)
        self.answer(200, {"kind": "Status", "apiVersion": "v1", "status": "Success"})


def openapi(group):
    """Which questions may be asked of each kind: kubectl looks whether fields are checked by the server."""
    name, _, version = group.rpartition("/")
    parameters = [{"name": word, "in": "query"} for word in ("dryRun", "fieldValidation")]
    paths = {}
    for plural, kind, _ in KINDS.get(group, []):
        mark = [{"group": name, "version": version, "kind": kind}]
        action = {"parameters": parameters, "x-kubernetes-group-version-kind": mark[0]}
        paths[f"/{plural}/{{name}}"] = {"patch": action, "post": action}
    return {"openapi": "3.0.0", "info": {"title": "made up", "version": "v1"}, "paths": paths}
