"""Checks deploy/monitoring/fluent-bit without the program, which neither Debian nor PyPI has: each section, plugin and option against those
that its manual documents, and what becomes of real log lines on their way to Loki, by the manual's own words.

    fluent_bit.py FILE LOG      the configuration, and log lines of `swiftrec serve --log json`
"""
import datetime
import json
import pathlib
import re
import sys

import yaml

# Fluent Bit's manual, August 2026 (github.com/fluent/fluent-bit-docs), of the plugins that the configuration uses.
COMMON = {
    "inputs": "name tag alias log_level processors threaded storage.type storage.pause_on_chunks_overlimit routes",
    "filters": "name match match_regex alias log_level",
    "outputs": "name match match_regex alias log_level host port retry_limit workers storage.total_limit_size net.connect_timeout "
    "net.keepalive net.keepalive_idle_timeout tls tls.verify tls.ca_file tls.crt_file tls.key_file tls.vhost tls.verify_hostname",
}
PLUGINS = {
    ("inputs", "tail"): "buffer_chunk_size buffer_max_size db db.compare_filename db.journal_mode db.locking db.sync exclude_path "
    "exit_on_eof ignore_older inotify_watcher key mem_buf_limit multiline.parser offset_key parser path path_key read_from_head "
    "refresh_interval rotate_wait skip_empty_lines skip_long_lines static_batch_size tag_regex truncate_long_lines watcher_interval",
    ("filters", "parser"): "key_name parser preserve_key reserve_data unescape_key",
    ("filters", "kubernetes"): "annotations buffer_size cache_use_docker_id dns_retries dns_wait_time dummy_meta k8s-logging.exclude "
    "k8s-logging.parser keep_log kube_ca_file kube_ca_path kube_meta_cache_ttl kube_tag_prefix kube_token_file kube_url kubelet_host "
    "kubelet_port labels merge_log merge_log_key merge_log_trim merge_parser namespace_annotations namespace_labels owner_references "
    "regex_parser tls.verify use_kubelet",
    ("filters", "nest"): "add_prefix nest_under nested_under operation remove_prefix wildcard",
    ("outputs", "loki"): "uri http_user http_passwd bearer_token header tenant_id labels label_keys label_map_path structured_metadata "
    "structured_metadata_map_keys remove_keys drop_single_key line_format auto_kubernetes_labels tenant_id_key buffer_size compress",
    ("outputs", "es"): "aws_auth aws_region buffer_size cloud_auth cloud_id compress current_time_index generate_id http_api_key "
    "http_passwd http_user id_key include_tag_key index logstash_dateformat logstash_format logstash_prefix logstash_prefix_key "
    "logstash_prefix_separator path pipeline replace_dots suppress_type_name tag_key time_key time_key_format time_key_nanos "
    "trace_error trace_output type write_operation",
}
SERVICE = (
    "daemon dns.mode dns.resolver flush grace hc_errors_count hc_period hc_retry_failure_count health_check hot_reload http_listen "
    "http_port http_server log_file log_level parsers_file plugins_file scheduler.base scheduler.cap storage.backlog.mem_limit "
    "storage.checksum storage.delete_irrecoverable_chunks storage.max_chunks_up storage.metrics storage.path storage.sync")
PARSER = (
    "name format regex decode_field decode_field_as skip_empty_values time_key time_format time_keep time_offset time_strict "
    "time_system_timezone time_zone types")
ON_OFF = {
    "http_server", "health_check", "time_keep", "skip_long_lines", "reserve_data", "preserve_key", "merge_log", "labels",
    "annotations", "logstash_format", "suppress_type_name", "replace_dots"}
NEEDED = {"tail": ["path"], "parser": ["key_name", "parser"], "nest": ["operation"], "loki": ["host"], "es": ["host"]}


def option_faults(what, options, known):
    for key, value in options.items():
        if key.lower() not in known.split():
            yield f"{what}: {key} is no option of it"
        elif key.lower() in ON_OFF and not (key == "labels" and what.startswith("outputs")) and value not in (True, False, "on", "off"):
            yield f"{what}: {key} is {value!r}, neither on nor off"


def faults(configuration):
    """What Fluent Bit's manual does not know of, a line each."""
    for section in set(configuration) - {"service", "parsers", "pipeline"}:
        yield f"{section} is no section"
    yield from option_faults("service", configuration.get("service", {}), SERVICE)
    parsers = {parser.get("name") for parser in configuration.get("parsers", [])}
    for parser in configuration.get("parsers", []):
        yield from option_faults(f"parser {parser.get('name')}", parser, PARSER)
        if parser.get("format") not in ("json", "regex", "logfmt", "ltsv"):
            yield f"parser {parser.get('name')}: format {parser.get('format')} is none"
    tags = [plugin.get("tag", "") for plugin in configuration["pipeline"].get("inputs", [])]
    for kind, plugins in configuration["pipeline"].items():
        if kind not in COMMON:
            yield f"pipeline.{kind} is no part of a pipeline"
            continue
        for plugin in plugins:
            name = plugin.get("name")
            if (kind, name) not in PLUGINS:
                yield f"{kind}: {name} is no plugin that this check knows"
                continue
            yield from option_faults(f"{kind}: {name}", plugin, f"{COMMON[kind]} {PLUGINS[kind, name]}")
            for key in NEEDED.get(name, []):
                if key not in plugin:
                    yield f"{kind}: {name} lacks {key}"
            if kind == "filters" and name == "parser" and plugin.get("parser") not in parsers:
                yield f"{kind}: {name}: there is no parser {plugin.get('parser')}"
            match = plugin.get("match", "*")
            if kind != "inputs" and not any(re.fullmatch(re.escape(match).replace(r"\*", ".*"), tag) for tag in tags):
                yield f"{kind}: {name}: match {match} meets no tag of the inputs ({', '.join(tags)})"


def parsed(parser, line):
    """The record that a line becomes, and its time; none where the parser can't read it."""
    if parser["format"] != "json":
        raise ValueError(f"format {parser['format']} is not tried here")
    try:
        record = json.loads(line)
    except ValueError:
        return None, None
    if not isinstance(record, dict):
        return None, None
    # strptime(3), and %L, which is Fluent Bit's own: digits after a point.
    form = parser["time_format"].replace("%S.%L", "%S.%f")
    try:
        time = datetime.datetime.strptime(record[parser["time_key"]], form).replace(tzinfo=datetime.timezone.utc)
    except (KeyError, ValueError):
        return record, None
    if not parser.get("time_keep"):
        del record[parser["time_key"]]
    return record, time


def value(record, accessor):
    """What an accessor such as `$a['b.c']` finds."""
    found = re.fullmatch(r"\$(\w+)((?:\['[^']+'\])*)", accessor)
    if not found:
        return None
    for key in [found[1], *re.findall(r"\['([^']+)'\]", found[2])]:
        record = record.get(key) if isinstance(record, dict) else None
    return record


def labels(configuration, line, pod):
    """The labels in Loki, and the time, of a line that a Pod wrote.

    pod: what the filter `kubernetes` adds under `kubernetes`: namespace_name, container_name, labels, ...
    """
    record, time = {"log": line, "stream": "stderr"}, None
    parsers = {parser["name"]: parser for parser in configuration["parsers"]}
    for plugin in configuration["pipeline"]["filters"]:
        if plugin["name"] == "parser" and plugin["key_name"] in record:
            given, found = parsed(parsers[plugin["parser"]], record[plugin["key_name"]])
            if given is not None:
                kept = {k: v for k, v in record.items() if k != plugin["key_name"]} if plugin.get("reserve_data") else {}
                record, time = {**kept, **given}, found
        elif plugin["name"] == "kubernetes":
            record["kubernetes"] = dict(pod)
        elif plugin["name"] == "nest" and plugin["operation"] == "lift":
            nested = record.pop(plugin["nested_under"], {})
            record.update({plugin.get("add_prefix", "") + key: value for key, value in nested.items()})
    loki = next(plugin for plugin in configuration["pipeline"]["outputs"] if plugin["name"] == "loki")
    keys = [key.strip() for key in loki["label_keys"].split(",")]
    return {key: value(record, key) for key in keys}, time, record


PLANTED = [
    ("an option that is none", lambda c: c["pipeline"]["outputs"][0].update(label_key="$level")),
    ("a plugin that is none", lambda c: c["pipeline"]["outputs"][1].update(name="elastic")),
    ("a parser that is not there", lambda c: c["pipeline"]["filters"][0].update(parser="json")),
    ("a tag that nothing has", lambda c: c["pipeline"]["filters"][1].update(match="docker.*")),
    ("no path", lambda c: c["pipeline"]["inputs"][0].pop("path")),
    ("neither on nor off", lambda c: c["service"].update(http_server="yes please")),
    ("a section that is none", lambda c: c.update(services={})),
]


def check(path, log):
    """Pairs of what was checked and what is wrong, nothing where it holds."""
    serving = pod()
    text = pathlib.Path(path).read_text()
    configuration = yaml.safe_load(text)
    yield "Fluent Bit: every plugin and option is documented", list(faults(configuration))
    missed = []
    for what, damage in PLANTED:
        damaged = yaml.safe_load(text)
        damage(damaged)
        missed += [] if list(faults(damaged)) else [f"{what} is not found"]
    yield f"Fluent Bit: each of {len(PLANTED)} planted faults is found", missed
    lines = [line for line in log.splitlines() if line.startswith("{")]
    wrong = [] if lines else ["the server wrote no JSON"]
    for line in lines:
        found, time, record = labels(configuration, line, serving)
        if time is None or record.get("time") is None:
            wrong.append(f"time_format does not read {record.get('time')!r}")
        wrong += [f"{key} finds nothing in {line}" for key, text in found.items() if not isinstance(text, str)]
    yield f"Fluent Bit: {len(lines)} log lines of a server get their time and Loki's labels", wrong[:5]
    crash, _, record = labels(configuration, "Fatal error: a crash", serving)
    kept = record.get("log") == "Fatal error: a crash" and crash["$kubernetes_container_name"] == serving["container_name"]
    yield "Fluent Bit: a line that is no JSON stays as it is", [] if kept else [record]


def pod():
    """What Kubernetes says of a serving Pod, by its manifest."""
    manifest = pathlib.Path(__file__).resolve().parent.parent / "deploy/kubernetes/base/serving.yaml"
    deployment = next(thing for thing in yaml.safe_load_all(manifest.read_text()) if thing["kind"] == "Deployment")
    template = deployment["spec"]["template"]
    return {
        "namespace_name": "swiftrec", "pod_name": "swiftrec-serve-1", "labels": template["metadata"]["labels"],
        "container_name": template["spec"]["containers"][0]["name"]}


if __name__ == "__main__":
    bad = 0
    for what, wrong in check(sys.argv[1], pathlib.Path(sys.argv[2]).read_text()):
        bad += bool(wrong)
        print(f"{'failed' if wrong else 'passed'}: {what}", *wrong, sep="\n  ")
    sys.exit(1 if bad else 0)
