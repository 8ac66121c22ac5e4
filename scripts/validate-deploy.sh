#!/usr/bin/env bash
# Validates what deploy/ gives to a cluster: schemas, kustomize, policies (validate-deploy.py), and the serving pod for real under podman
# where the images are (validate-deploy-pod.py). Makes .venv-deploy for the validators.
set -euo pipefail
. "$(dirname "$0")/common.sh"
tools="$root/.venv-deploy"
wanted=$(lock python.deploy)
if [ "$wanted" != "$(cat "$tools/requirements.txt" 2>/dev/null)" ]; then
  need_venv
  rm -rf "$tools"
  step "python3 -m venv .venv-deploy" python3 -m venv "$tools"
  printf '%s\n' "$wanted" >"$tools/wanted.txt"
  step "pip install of kubernetes-validate and yamllint" "$tools/bin/pip" --disable-pip-version-check install -q -r "$tools/wanted.txt"
  mv "$tools/wanted.txt" "$tools/requirements.txt"
fi
kubectl kustomize --help >/dev/null 2>&1 || die "kubectl was not found" "install kubectl 1.27 or later: https://kubernetes.io/docs/tasks/tools/"
"$tools/bin/python" scripts/validate-deploy.py "$@"
[ $# -gt 0 ] || { scripts/test-cluster.sh --self && "$tools/bin/python" scripts/validate-deploy-pod.py; }
