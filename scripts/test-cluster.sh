#!/usr/bin/env bash
# Asks a real API server whether it would take deploy/kubernetes: `kubectl apply --dry-run=server` of every overlay (test-cluster.py). It is
# the one that kubectl talks to: KUBECONFIG, CONTEXT and NAMESPACE name another one. Exit code 77: no API server answers.
#
#   test-cluster.sh          the cluster
#   test-cluster.sh --self   the script itself, against a made-up API server (fake_api_server.py)
set -euo pipefail
. "$(dirname "$0")/common.sh"
scripts/deploy-venv.sh
exec "$root/.venv-deploy/bin/python" scripts/test-cluster.py "$@"
