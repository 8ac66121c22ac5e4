"""/metrics as Prometheus' own parser reads it, and log lines as JSON."""
import json
import subprocess
import sys
import tempfile
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

from common import Server, check, small_run, small_script


def exposition(server):
    for _ in range(5):
        server.get("/v1/recommend/1")
        server.post("/v2/models/small/infer", {"inputs": [{"name": "dense", "datatype": "FP32", "shape": [2, 4], "data": [1] * 8}]})
    server.post("/v1/events", {"type": "click", "user": "1", "item": "3"})
    with urllib.request.urlopen(f"http://{server.admin}/metrics") as answer:
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        families = {family.name: family for family in text_string_to_metric_families(answer.read().decode())}
    requests = {(s.labels.get("route"), s.labels.get("status")): s.value for s in families["swiftrec_requests"].samples}
    assert requests[("recommend", "200")] == 5 and requests[("infer", "200")] == 5 and requests[("events", "202")] == 1
    for name in ["swiftrec_request_seconds", "swiftrec_batch_rows", "swiftrec_queue_seconds", "swiftrec_compute_seconds"]:
        assert families[name].type == "histogram" and families[name].samples, name
    cache = families["swiftrec_cache_hits"].samples[0].value
    assert cache == 4, cache
    versions = {(s.labels["model"], s.labels["version"]) for s in families["swiftrec_model_info"].samples}
    assert ("small", "1") in versions, versions
    for name in ["swiftrec_live_handles", "process_resident_memory_bytes", "process_open_fds", "process_cpu_seconds"]:
        assert families[name].samples[0].value > 0, name


def logs(server):
    lines = [json.loads(line) for line in server.errors().splitlines()]
    assert lines and all({"time", "level", "message", "logger"} <= set(line) for line in lines), server.errors()[:500]
    answered = [line for line in lines if line["message"] == "answered"]
    assert answered and {"request", "trace", "route", "status", "milliseconds"} <= set(answered[0])


def main():
    with tempfile.TemporaryDirectory() as folder:
        run, script = small_run(folder), small_script(folder)
        with Server(run, script, "--log", "json", "--log-level", "debug") as server:
            results = [check("metrics in Prometheus' format", lambda: exposition(server)), check("log lines in JSON", lambda: logs(server))]
    sys.exit(not all(results))


main()
