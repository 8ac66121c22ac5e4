#!/usr/bin/env bash
# Lints the workflows with actionlint and zizmor, and holds their steps against the Makefile. Makes .venv-ci for the two.
set -euo pipefail
. "$(dirname "$0")/common.sh"
tools="$root/.venv-ci"
wanted=$(lock python.ci)
if [ "$wanted" != "$(cat "$tools/requirements.txt" 2>/dev/null)" ]; then
  need_venv
  rm -rf "$tools"
  step "python3 -m venv .venv-ci" python3 -m venv "$tools"
  printf '%s\n' "$wanted" >"$tools/wanted.txt"
  step "pip install of actionlint and zizmor" "$tools/bin/pip" --disable-pip-version-check install -q --only-binary :all: -r "$tools/wanted.txt"
  mv "$tools/wanted.txt" "$tools/requirements.txt"
fi
failed=0
"$tools/bin/actionlint" -no-color .github/workflows/*.yml && say "passed: actionlint" || { say "failed: actionlint"; failed=1; }
"$tools/bin/zizmor" --offline --no-progress --quiet --persona pedantic .github/workflows && say "passed: zizmor" || { say "failed: zizmor"; failed=1; }
"$tools/bin/python" scripts/test-ci.py || failed=1
exit "$failed"
