#!/usr/bin/env bash
# Runs `swiftrec pipeline` as a user would, then the same steps as the DAG of deploy/airflow. Makes .venv-airflow for the latter.
set -euo pipefail
. "$(dirname "$0")/common.sh"
command -v curl >/dev/null || apt_packages curl
tools="$root/.venv-airflow"
wanted=$(lock python.airflow)
if [ "$wanted" != "$(cat "$tools/requirements.txt" 2>/dev/null)" ]; then
  need_venv
  rm -rf "$tools"
  step "python3 -m venv .venv-airflow" python3 -m venv "$tools"
  printf '%s\n' "$wanted" >"$tools/wanted.txt"
  step "pip install of [python.airflow] (minutes)" "$tools/bin/pip" --disable-pip-version-check install -q -r "$tools/wanted.txt"
  mv "$tools/wanted.txt" "$tools/requirements.txt"
fi
exec python3 scripts/test-pipeline.py --airflow "$tools"
