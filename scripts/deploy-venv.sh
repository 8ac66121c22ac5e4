#!/usr/bin/env bash
# Makes .venv-deploy with [python.deploy] of environment.lock, where it is not there already, and says what is missing of kubectl.
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
