"""The recommender API on a trained run: sessions, experiments, keys, TLS, and one user's events never in another's answer."""
import json
import ssl
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

from common import PROGRAM, Server, certificates, check, small_run


def names(answer):
    return [item["item"] for item in answer["items"]]


def sessions(folder, run):
    with Server(run, "--events", f"{folder}/s.sqlite") as server:
        before = server.get("/v1/recommend/7?top=5")
        assert before["source"] == "model" and len(names(before)) == 5
        popular = names(server.get("/v1/popular?top=5"))
        assert names(server.get("/v1/recommend/nobody?top=5")) == popular
        clicked = names(before)[0]
        assert server.post("/v1/events", {"type": "purchase", "user": "7", "item": clicked})["stored"] == 1
        after = server.get("/v1/recommend/7?top=5")
        assert clicked not in names(after), (clicked, after)
        # Nobody else's answer changes.
        assert names(server.get("/v1/recommend/nobody?top=5")) == popular
        session = server.post("/v1/session/recommend", {"items": [clicked], "top": 5})
        assert session["source"] == "session" and clicked not in names(session)
        similar = server.get(f"/v1/similar/{clicked}?top=3")
        assert len(names(similar)) == 3 and clicked not in names(similar)
        ranked = server.post("/v1/rank", {"user": "7", "items": names(before)[::-1] + ["no-such-item"]})
        assert names(ranked)[-1] == "no-such-item" and len(names(ranked)) == 6


def experiment(folder, run):
    with Server(f"main={run}", f"next={run}", "--canary", "next", "--canary-share", "0.2", "--shadow", "next",
                "--events", f"{folder}/ab.sqlite") as server:
        arms = {}
        for user in range(120):
            answer = server.get(f"/v1/recommend/{user}?top=3")
            assert answer["model"] == {"control": "main", "canary": "next"}[answer["arm"]]
            assert server.get(f"/v1/recommend/{user}?top=3")["arm"] == answer["arm"]
            arms.setdefault(answer["arm"], []).append(user)
        assert 10 <= len(arms["canary"]) <= 40, {k: len(v) for k, v in arms.items()}
        for arm, share in (("control", 4), ("canary", 2)):
            for user in arms[arm][::share]:
                server.post("/v1/events", {"type": "click", "user": str(user), "item": "3"})
        with urllib.request.urlopen(f"http://{server.admin}/metrics") as answer:
            text = answer.read().decode()
        assert 'swiftrec_shadow_requests_total{result="ok"}' in text and "swiftrec_shadow_overlap_count 240" in text, text
    report = subprocess.run([PROGRAM, "ab", "report", "--events", f"{folder}/ab.sqlite", "--json"], capture_output=True, text=True)
    result = {arm["arm"]: arm for arm in json.loads(report.stdout)["arms"]}
    assert result["control"]["users"] + result["canary"]["users"] == 120
    lift = result["canary"]["conversion_lift"]
    assert lift["relative"] > 0.5 and lift["low"] < lift["relative"] < lift["high"], lift
    print("  " + subprocess.run([PROGRAM, "ab", "report", "--events", f"{folder}/ab.sqlite"], capture_output=True, text=True).stdout.replace("\n", "\n  "))


def status(url, key=None, method="GET", body=None, context=None):
    request = urllib.request.Request(url, body, {"Authorization": f"Bearer {key}"} if key else {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10, context=context) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def keys(folder, run):
    file = f"{folder}/keys.sqlite"

    def create(*arguments):
        return subprocess.run([PROGRAM, "keys", "create", "--keys", file, "--name", "test", *arguments],
                              capture_output=True, text=True, check=True).stdout.strip()

    predict, events, admin = create(), create("--scopes", "events"), create("--scopes", "admin")
    slow, expired = create("--rate", "1"), create("--days", "0.0000001")
    with Server(run, "--keys", file) as server:
        url = f"http://{server.http}/v1/recommend/7"
        click = json.dumps({"type": "click", "user": "7", "item": "3"}).encode()
        assert status(url) == 401 and status(url, "srk_00_zz") == 401 and status(url, predict[:-1] + "A") in (401, 200)
        assert status(url, predict) == 200 and status(url, admin) == 200 and status(url, events) == 403
        assert status(url, expired) == 401
        assert status(f"http://{server.http}/v1/events", events, "POST", click) == 202
        assert status(f"http://{server.http}/v1/events", predict, "POST", click) == 403
        assert status(f"http://{server.admin}/metrics", predict) == 403 and status(f"http://{server.admin}/metrics", admin) == 200
        assert status(f"http://{server.http}/v2/health/ready") == 200
        assert status(url, slow) == 200 and status(url, slow) == 429
        listed = json.loads(subprocess.run([PROGRAM, "keys", "list", "--keys", file, "--json"], capture_output=True, text=True).stdout)
        assert all("hash" not in key for key in listed["keys"]) and predict.split("_")[2] not in open(file, "rb").read().decode("latin-1")
        subprocess.run([PROGRAM, "keys", "revoke", predict.split("_")[1], "--keys", file], check=True, capture_output=True)
        import time
        time.sleep(1.5)
        assert status(url, predict) == 401 and status(url, admin) == 200


def tls(folder, run):
    certificates(folder)

    def refused(what, context):
        try:
            status(url, context=context)
        except (ssl.SSLError, urllib.error.URLError, ConnectionError):
            return
        raise AssertionError(f"{what} was let in")

    def client_of(name=None, authority="ca"):
        context = ssl.create_default_context(cafile=f"{folder}/{authority}.pem")
        if name:
            context.load_cert_chain(f"{folder}/{name}.pem", f"{folder}/{name}.key")
        return context

    with Server(run, "--tls-cert", f"{folder}/server.pem", "--tls-key", f"{folder}/server.key") as server:
        url = f"https://{server.http}/v1/recommend/7"
        assert status(url, context=client_of()) == 200
        refused("a server that the client does not trust", client_of(authority="other"))
    with Server(run, "--tls-cert", f"{folder}/server.pem", "--tls-key", f"{folder}/server.key",
                "--tls-client-ca", f"{folder}/ca.pem") as server:
        url = f"https://{server.http}/v1/recommend/7"
        refused("a client without a certificate", client_of())
        refused("a client with another authority's certificate", client_of("stranger"))
        assert status(url, context=client_of("client")) == 200
        import grpc
        from tritonclient.grpc import InferenceServerClient
        read = lambda name: open(f"{folder}/{name}", "rb").read()
        credentials = grpc.ssl_channel_credentials(read("ca.pem"), read("client.key"), read("client.pem"))
        with InferenceServerClient(server.grpc, ssl=True, creds=credentials) as client:
            assert client.is_server_ready()


def main():
    results = []
    with tempfile.TemporaryDirectory() as folder:
        run = small_run(folder)
        for name, body in [("sessions", sessions), ("a canary, a shadow and the report", experiment), ("keys", keys),
                           ("TLS, with client certificates and without", tls)]:
            results.append(check(name, lambda: body(folder, run)))
    sys.exit(not all(results))


main()
