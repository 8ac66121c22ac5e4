#!/usr/bin/env bash
# Makes .venv-torchrec, the environment of the sparse engine's peers. A second run does nothing.
set -euo pipefail
. "$(dirname "$0")/common.sh"
peers="$root/.venv-torchrec"
load_record
stamp="$peers/requirements.txt"
if [ -f "$stamp" ] && [ "$(lock python.peers)" = "$(cat "$stamp")" ]; then
  say "peers: .venv-torchrec is ready"
  exit 0
fi
rm -rf "$peers"
step "python3 -m venv .venv-torchrec" python3 -m venv "$peers"
# Their own requirements contradict each other: all that they need is named in [python.peers].
# PyTorch is the project's own, lent by a path file: the same engine on both sides, and no second copy.
dirname "$TORCH_DIR" >"$("$peers/bin/python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')/swiftrec-torch.pth"
lock python.peers >"$peers/wanted.txt"
step "pip install of TorchRec and FBGEMM" "$peers/bin/pip" install -q --no-deps -r "$peers/wanted.txt"
"$peers/bin/python" -W ignore -c "import torchrec, fbgemm_gpu" 2>/dev/null ||
  die "TorchRec or FBGEMM does not load" "look at: .venv-torchrec/bin/python -c 'import torchrec, fbgemm_gpu'"
mv "$peers/wanted.txt" "$stamp"
