#!/usr/bin/env bash
# Makes .venv-serving, the clients that `make test-serving` needs; `serving-venv.sh peers` adds the servers of `make bench-serving`.
# A second run does nothing.
set -euo pipefail
. "$(dirname "$0")/common.sh"
place="$root/.venv-serving"
load_record
need_venv
if [ ! -x "$place/bin/python" ]; then
  step "python3 -m venv .venv-serving" python3 -m venv "$place"
  # PyTorch is the project's own, lent by a path file: no second copy.
  dirname "$TORCH_DIR" >"$("$place/bin/python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')/swiftrec-torch.pth"
fi
for section in python.serving ${1:+python.serving.peers}; do
  stamp="$place/$section.txt"
  if [ -f "$stamp" ] && [ "$(lock "$section")" = "$(cat "$stamp")" ]; then continue; fi
  lock "$section" >"$stamp.new"
  step "pip install of $section" "$place/bin/pip" install -q -r "$stamp.new"
  mv "$stamp.new" "$stamp"
done
