#!/usr/bin/env bash
# Asks a real API server whether it would take deploy/kubernetes: `kubectl apply --dry-run=server` of every overlay (test-cluster.py). It is
# the one that kubectl talks to: KUBECONFIG, CONTEXT and NAMESPACE name another one. Exit code 77: no API server answers.
#
#   test-cluster.sh          the cluster
#   test-cluster.sh --self   the script itself, against a made-up API server (fake_api_server.py)
set -euo pipefail
. "$(dirname "$0")/common.sh"
tools="$root/.venv-deploy"
[ -x "$tools/bin/python" ] || { need_venv; step "python3 -m venv .venv-deploy" python3 -m venv "$tools"; }
"$tools/bin/python" -c 'import yaml' 2>/dev/null ||
  step "pip install of PyYAML" "$tools/bin/pip" --disable-pip-version-check install -q "PyYAML==$(lock python.deploy PyYAML)"
command -v kubectl >/dev/null || die "kubectl was not found" "install kubectl 1.27 or later: https://kubernetes.io/docs/tasks/tools/"
exec "$tools/bin/python" scripts/test-cluster.py "$@"
