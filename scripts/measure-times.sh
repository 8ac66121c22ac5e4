#!/usr/bin/env bash
# Measures what a newcomer waits for, and prints the lines of README.md's table:
#   from a clone to the first trained model, from an edited configuration to its metric, from a checkpoint to a recommendation,
#   and from nothing to a trained model of one's own.
#
#   measure-times.sh              all of them, the clone in a folder of its own (its .venv takes 1.5 GB while it runs)
#   measure-times.sh --no-clone   what is asked of a build that stands here
set -euo pipefail
. "$(dirname "$0")/common.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# timed COMMAND...: how long it took, in seconds; its output is shown where it fails.
timed() {
  local began=$EPOCHREALTIME
  "$@" >"$scratch/log" 2>&1 || { tail -n 30 "$scratch/log" >&2; die "$* failed"; }
  seconds_since "$began"
}

# The middle of three: single commands are short enough to be disturbed.
median() { for _ in 1 2 3; do timed "$@"; done | sort -n | sed -n 2p; }

row() { printf '| %s | %s s |\n' "$1" "$2"; }

edit_and_measure() {
  rm -rf "$scratch/edited"
  bin/swiftrec train configs/mf-synthetic.yaml --set model.factors=32 --out "$scratch/edited" && bin/swiftrec evaluate "$scratch/edited"
}

own_model() {
  bin/swiftrec new model MeasuredMap --path "$scratch/own" && make -C "$scratch/own" test train
}

say "| from | to | time |"
say "|---|---|---|"
if [ "${1:-}" != --no-clone ]; then
  git clone -q "$root" "$scratch/clone"
  row "\`git clone\` | \`make build\`: tools checked, PyTorch fetched, everything compiled" "$(timed make -s -C "$scratch/clone" build)"
  row "that build | first trained model, \`configs/mf-synthetic.yaml\`" \
    "$(timed "$scratch/clone/bin/swiftrec" train configs/mf-synthetic.yaml --out "$scratch/first")"
fi
row "an edited configuration | its metric: trained and evaluated" "$(median edit_and_measure)"
row "a checkpoint | ten recommendations" "$(median bin/swiftrec recommend "$scratch/edited" --user 1 --top 10)"
row "\`swiftrec new model\` | its package built, tested and trained" "$(timed own_model)"
