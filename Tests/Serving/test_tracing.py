"""Spans as a collector gets them that was made from OpenTelemetry's own protocol files (PyPI's opentelemetry-proto), over gRPC."""
import concurrent.futures
import json
import os
import pathlib
import re
import secrets
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

import grpc
from google.protobuf.unknown_fields import UnknownFieldSet
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from tritonclient.grpc import InferenceServerClient, InferInput

from common import PROGRAM, ROOT, Server, certificates, check, small_run, small_script

SECRET = "user-whom-nobody-may-know"


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    """Keeps what it is sent; `port` 0 takes a free one."""

    def __init__(self, port=0, credentials=None):
        self.requests, self.metadata, self.changed = [], [], threading.Condition()
        self.server = grpc.server(concurrent.futures.ThreadPoolExecutor(4))
        trace_service_pb2_grpc.add_TraceServiceServicer_to_server(self, self.server)
        address = f"127.0.0.1:{port}"
        self.port = self.server.add_secure_port(address, credentials) if credentials else self.server.add_insecure_port(address)
        self.server.start()

    def Export(self, request, context):
        with self.changed:
            self.requests.append(request)
            self.metadata.append(dict(context.invocation_metadata()))
            self.changed.notify_all()
        return trace_service_pb2.ExportTraceServiceResponse()

    def spans(self):
        return [s for request in self.requests for r in request.resource_spans for scope in r.scope_spans for s in scope.spans]

    def of(self, trace, count):
        """The spans of a trace, once there are as many."""
        mine = lambda: [s for s in self.spans() if s.trace_id.hex() == trace]
        with self.changed:
            assert self.changed.wait_for(lambda: len(mine()) >= count, 20), f"{len(mine())} of {count} spans: {self.spans()}"
            return mine()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.stop(None).wait()


def environment(port, scheme="http", **more):
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"{scheme}://127.0.0.1:{port}", "OTEL_BSP_SCHEDULE_DELAY": "100",
        "OTEL_SERVICE_NAME": "shop", "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test,team=a%2Cb",
        "OTEL_EXPORTER_OTLP_HEADERS": "x-collector-key=open%20sesame", **more}


def ask(server, path, body=None, trace=None, sampled=True, method=None):
    """Answers with the trace's id, the client's span, the answer's header and its status."""
    trace, parent = trace or secrets.token_hex(16), secrets.token_hex(8)
    fields = {"Content-Type": "application/json", "traceparent": f"00-{trace}-{parent}-{'01' if sampled else '00'}"}
    request = urllib.request.Request(f"http://{server.http}{path}", body and json.dumps(body).encode(), fields, method=method)
    try:
        answer = urllib.request.urlopen(request, timeout=30)
    except urllib.error.HTTPError as error:
        answer = error
    return trace, parent, answer.headers["traceparent"], answer.status


def value(pair):
    return getattr(pair.value, pair.value.WhichOneof("value"))


def attributes(span):
    names = [pair.key for pair in span.attributes]
    assert len(names) == len(set(names)), names
    return {pair.key: value(pair) for pair in span.attributes}


def tree(spans):
    """The server's span, and its steps by name, with what holds for all of them."""
    [whole] = [s for s in spans if s.kind == Span.SPAN_KIND_SERVER]
    steps = {s.name: s for s in spans if s is not whole}
    assert len({s.span_id for s in spans}) == len(spans) == len(steps) + 1
    now = time.time_ns()
    for span in spans:
        assert len(span.trace_id) == 16 and len(span.span_id) == 8
        assert now - 60e9 < span.start_time_unix_nano <= span.end_time_unix_nano <= now, span
        assert whole.start_time_unix_nano <= span.start_time_unix_nano and span.end_time_unix_nano <= whole.end_time_unix_nano, span
    for step in steps.values():
        assert step.kind == Span.SPAN_KIND_INTERNAL and step.parent_span_id == whole.span_id
    return whole, steps


def unknown(message):
    """Fields that the protocol does not have, of a message and all in it."""
    found = [f.field_number for f in UnknownFieldSet(message)]
    for field, content in message.ListFields():
        if field.message_type is not None:
            for part in content if field.is_repeated else [content]:
                found += unknown(part)
    return found


INFER = {"inputs": [{"name": "dense", "datatype": "FP32", "shape": [2, 4], "data": [1] * 8}]}


def over_http(server, collector):
    trace, parent, header, _ = ask(server, "/v2/models/small/infer", INFER)
    whole, steps = tree(collector.of(trace, 3))
    assert whole.parent_span_id.hex() == parent and header == f"00-{trace}-{whole.span_id.hex()}-01"
    assert whole.name == "POST /v2/models/{model}/infer" and whole.status.code == Status.STATUS_CODE_UNSET
    told = attributes(whole)
    assert told.pop("swiftrec.request.id") and told == {
        "http.request.method": "POST", "http.route": "/v2/models/{model}/infer", "http.response.status_code": 200,
        "url.scheme": "http", "swiftrec.model.name": "small", "swiftrec.model.version": "1"}, told
    assert set(steps) == {"queue", "run"} and steps["queue"].end_time_unix_nano == steps["run"].start_time_unix_nano
    assert attributes(steps["run"]) == {"swiftrec.batch.requests": 1, "swiftrec.batch.rows": 2}
    assert collector.metadata[0]["x-collector-key"] == "open sesame"
    [resource] = {str(attributes(r.resource)) for request in collector.requests for r in request.resource_spans}
    resource = attributes(collector.requests[0].resource_spans[0].resource)
    assert resource["service.name"] == "shop" and resource["team"] == "a,b" and resource["deployment.environment.name"] == "test"
    assert resource["process.pid"] == server.process.pid and resource["service.version"] and resource["host.name"]


def recommendations(server, collector):
    trace, *_ = ask(server, "/v1/recommend/17?top=3")
    whole, steps = tree(collector.of(trace, 3))
    assert whole.name == "GET /v1/recommend/{user}" and set(steps) == {"queue", "run"}
    again, *_ = ask(server, "/v1/recommend/17?top=3")
    whole, steps = tree(collector.of(again, 1))
    assert not steps and attributes(whole)["swiftrec.cache.hit"] is True and attributes(whole)["swiftrec.model.name"] == "run"


def faults(server, collector):
    for path, status, name in [("/v1/similar/nobody", 404, "GET /v1/similar/{item}"), ("/none", 404, "GET"),
                               ("/v2/models/nobody/infer", 405, "GET")]:
        trace, *_, got = ask(server, path)
        whole = next(s for s in collector.of(trace, 1) if s.kind == Span.SPAN_KIND_SERVER)
        assert got == status == attributes(whole)["http.response.status_code"] and whole.name == name, whole
        assert whole.status.code == Status.STATUS_CODE_UNSET


def over_grpc(server, collector):
    trace, parent = secrets.token_hex(16), secrets.token_hex(8)
    fields = {"traceparent": f"00-{trace}-{parent}-01"}
    tensor = InferInput("dense", [2, 4], "FP32")
    import numpy
    tensor.set_data_from_numpy(numpy.ones((2, 4), numpy.float32))
    with InferenceServerClient(server.grpc) as client:
        client.infer("small", [tensor], headers=fields)
        whole, steps = tree(collector.of(trace, 3))
        assert whole.parent_span_id.hex() == parent and whole.name == "inference.GRPCInferenceService/ModelInfer"
        assert attributes(whole) == {
            "rpc.system.name": "grpc", "rpc.method": whole.name, "rpc.response.status_code": "OK",
            "swiftrec.model.name": "small", "swiftrec.model.version": "1"}
        assert attributes(steps["run"])["swiftrec.batch.rows"] == 2
        other = secrets.token_hex(16)
        try:
            client.get_model_metadata("nobody", headers={"traceparent": f"00-{other}-{parent}-01"})
        except Exception:  # noqa: BLE001: it must fail, the span says how
            pass
        [span] = collector.of(other, 1)
        assert attributes(span)["rpc.response.status_code"] == "NOT_FOUND" and span.status.code == Status.STATUS_CODE_UNSET
        # Requests of a stream are steps of one call.
        trace = secrets.token_hex(16)
        answers = []
        client.start_stream(lambda result, error: answers.append(error or result), headers={"traceparent": f"00-{trace}-{parent}-01"})
        for _ in range(3):
            client.async_stream_infer("small", [tensor])
        client.stop_stream()
        spans = collector.of(trace, 7)
        assert len(answers) == 3 and [s.name for s in spans].count("run") == 3
        assert [s.name for s in spans if s.kind == Span.SPAN_KIND_SERVER] == ["inference.GRPCInferenceService/ModelStreamInfer"]


def untraced(server, collector):
    before = {s.trace_id for s in collector.spans()}
    for path in ("/v1/popular", "/v1/recommend/3"):
        trace, _, header, _ = ask(server, path, sampled=False)
        assert re.fullmatch(f"00-{trace}-[0-9a-f]{{16}}-00", header), header
    with urllib.request.urlopen(f"http://{server.http}/v1/popular") as answer:
        assert answer.headers["traceparent"].endswith("-00")
    # A later one that is traced has come: so would these have.
    trace, *_ = ask(server, "/v1/popular")
    collector.of(trace, 3)
    assert {s.trace_id.hex() for s in collector.spans()} - {t.hex() for t in before} == {trace}


def no_user(server, collector):
    last = None
    for path, body, method in [
        (f"/v1/recommend/{SECRET}?session={SECRET}&category={SECRET}", None, None), (f"/v1/similar/{SECRET}", None, None),
        ("/v1/rank", {"user": SECRET, "items": [SECRET]}, None), ("/v1/session/recommend", {"session": SECRET, "items": [SECRET]}, None),
        ("/v1/events", {"type": "click", "user": SECRET, "item": SECRET}, None), (f"/{SECRET}", None, None),
        (f"/v1/users/{SECRET}/events", None, "DELETE"), ("/v1/popular", None, None),
    ]:
        last, *_ = ask(server, path, body, method=method)
    collector.of(last, 1)
    assert not any(SECRET.encode() in request.SerializeToString() for request in collector.requests)
    assert len({s.trace_id for s in collector.spans()}) > 8


def known_fields(collector):
    assert collector.requests and not [f for request in collector.requests for f in unknown(request)]


def result_counts(server):
    with urllib.request.urlopen(f"http://{server.admin}/metrics") as answer:
        return {k: float(v) for k, v in re.findall(r'swiftrec_trace_spans_total\{result="(\w+)"\} (\S+)', answer.read().decode())}


def counted(server, spans):
    """Waits until so many have come to an end, good or bad."""
    end = time.monotonic() + 20
    while time.monotonic() < end and sum(result_counts(server).values()) < spans:
        time.sleep(0.1)


def collector_goes(script):
    """Requests go on while it is away; the log says so once, and once that it is back."""
    collector = Collector()
    port = collector.port
    with Server(script, environment=environment(port, OTEL_EXPORTER_OTLP_TIMEOUT="300", OTEL_BSP_MAX_QUEUE_SIZE="30",
                                                OTEL_BSP_MAX_EXPORT_BATCH_SIZE="9")) as server:
        trace, *_ = ask(server, "/v2/models/small/infer", INFER)
        collector.of(trace, 3)
        # The collector's answer is on its way: without it these three would count as lost.
        counted(server, 3)
        assert result_counts(server) == {"exported": 3}
        collector.server.stop(None).wait()
        slowest = 0
        for _ in range(200):
            began = time.perf_counter()
            *_, status = ask(server, "/v2/models/small/infer", INFER)
            slowest = max(slowest, time.perf_counter() - began)
            assert status == 200
        counted(server, 603)
        counts = result_counts(server)
        assert counts["exported"] == 3 and counts.get("failed", 0) + counts.get("dropped", 0) == 600, counts
        with Collector(port) as back:
            deadline = time.monotonic() + 20
            while not back.requests and time.monotonic() < deadline:
                ask(server, "/v2/models/small/infer", INFER)
                time.sleep(0.2)
            assert back.requests
            time.sleep(0.3)
        log = server.errors()
        print("  " + "\n  ".join(line for line in log.splitlines() if "spans" in line))
        assert log.count("the collector takes no spans") == 1 and log.count("the collector takes spans again") == 1, log
        print(f"  200 requests beside a collector that is away: the slowest {slowest * 1000:.1f} ms, {counts}")


def secure(folder, script):
    certificates(folder)
    read = lambda name: (pathlib.Path(folder) / name).read_bytes()
    files = {"OTEL_EXPORTER_OTLP_CERTIFICATE": f"{folder}/ca.pem"}
    own = {"OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE": f"{folder}/client.pem", "OTEL_EXPORTER_OTLP_CLIENT_KEY": f"{folder}/client.key"}
    plain = grpc.ssl_server_credentials([(read("server.key"), read("server.pem"))])
    mutual = grpc.ssl_server_credentials([(read("server.key"), read("server.pem"))], read("ca.pem"), True)
    for host in ("localhost", "127.0.0.1"):
        with Collector(credentials=plain) as collector:
            address = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"https://{host}:{collector.port}"}
            with Server(script, environment=environment(0, **files, **address)) as server:
                trace, *_ = ask(server, "/v2/models/small/infer", INFER)
                collector.of(trace, 3)
    with Collector(credentials=mutual) as collector:
        address = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"https://localhost:{collector.port}"}
        with Server(script, environment=environment(0, OTEL_EXPORTER_OTLP_COMPRESSION="gzip", **files, **own, **address)) as server:
            trace, *_ = ask(server, "/v2/models/small/infer", INFER)
            collector.of(trace, 3)
        # Without a certificate of its own, and with an authority that does not vouch for the collector.
        for wrong in (files, {**own, "OTEL_EXPORTER_OTLP_CERTIFICATE": f"{folder}/other.pem"}):
            with Server(script, environment=environment(0, OTEL_EXPORTER_OTLP_TIMEOUT="500", **wrong, **address)) as server:
                ask(server, "/v2/models/small/infer", INFER)
                end = time.monotonic() + 20
                while time.monotonic() < end and not result_counts(server).get("failed"):
                    time.sleep(0.1)
                assert result_counts(server) == {"failed": 3}
                assert server.errors().count("the collector takes no spans") == 1


def at_the_end(script):
    """What waits goes out when the server is told to end."""
    with Collector() as collector:
        with Server(script, environment=environment(collector.port, OTEL_BSP_SCHEDULE_DELAY="600000")) as server:
            trace, *_ = ask(server, "/v2/models/small/infer", INFER)
            assert not collector.requests and server.stop() == 0
        collector.of(trace, 3)


def refused_at_start(script):
    wrong = {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf", "OTEL_TRACES_SAMPLER": "x", "OTEL_BSP_MAX_QUEUE_SIZE": "-1"}
    result = subprocess.run(
        [PROGRAM, "serve", script, "--port", "0"], env={**os.environ, **environment(4317, **wrong)}, capture_output=True, text=True, cwd=ROOT)
    assert result.returncode == 2 and all(name in result.stderr for name in wrong), (result.returncode, result.stderr)
    print("  " + result.stderr.strip().replace("\n", "\n  "))


def main():
    results = []
    with tempfile.TemporaryDirectory() as folder, Collector() as collector:
        run, script = small_run(folder), small_script(folder)
        sampler = {"OTEL_TRACES_SAMPLER": "parentbased_always_off"}
        with Server(run, script, environment=environment(collector.port, **sampler)) as server:
            for name, body in [
                ("spans of HTTP requests", over_http), ("spans of recommendations", recommendations), ("spans of faults", faults),
                ("spans of gRPC calls", over_grpc), ("what is not sampled is not sent", untraced), ("no user in any span", no_user),
            ]:
                results.append(check(name, lambda: body(server, collector)))
        results.append(check("the protocol knows every field", lambda: known_fields(collector)))
        results.append(check("a collector that goes and comes back", lambda: collector_goes(script)))
        results.append(check("TLS, client certificates and gzip", lambda: secure(folder, script)))
        results.append(check("spans that wait when the server ends", lambda: at_the_end(script)))
        results.append(check("variables that make no sense", lambda: refused_at_start(script)))
    sys.exit(not all(results))


main()
