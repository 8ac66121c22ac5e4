#!/usr/bin/env bash
# Tests deploy/monitoring by running it: rules, a live Prometheus over a training, a server and GPUs, an alert that reaches a webhook;
# and spans of a server by running a collector.
set -euo pipefail
. "$(dirname "$0")/common.sh"
missing=()
for pair in promtool:prometheus amtool:prometheus-alertmanager prometheus-node-exporter:prometheus-node-exporter; do
  command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
done
[ "${#missing[@]}" -eq 0 ] || apt_packages "${missing[@]}"
load_record
"$venv/bin/python" scripts/test-monitoring.py
scripts/test-serving.sh tracing
