#!/usr/bin/env bash
# Validates what deploy/ gives to a cluster: schemas, kustomize, policies (validate-deploy.py), and the serving pod for real under podman
# where the images are (validate-deploy-pod.py). Makes .venv-deploy for the validators.
set -euo pipefail
. "$(dirname "$0")/common.sh"
scripts/deploy-venv.sh
tools="$root/.venv-deploy"
"$tools/bin/python" scripts/validate-deploy.py "$@"
[ $# -gt 0 ] || { scripts/test-cluster.sh --self && "$tools/bin/python" scripts/validate-deploy-pod.py; }
