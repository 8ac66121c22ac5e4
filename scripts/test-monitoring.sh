#!/usr/bin/env bash
# Tests deploy/monitoring by running it: rules, a live Prometheus over a training, a server and GPUs, an alert that reaches a webhook.
set -euo pipefail
. "$(dirname "$0")/common.sh"
missing=()
for pair in promtool:prometheus amtool:prometheus-alertmanager prometheus-node-exporter:prometheus-node-exporter; do
  command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
done
[ "${#missing[@]}" -eq 0 ] || apt_packages "${missing[@]}"
load_record
exec "$venv/bin/python" scripts/test-monitoring.py
