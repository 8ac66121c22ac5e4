#!/usr/bin/env bash
# Makes a package with `swiftrec new model`, builds it, runs its tests, trains its model and asks it.
set -euo pipefail
. "$(dirname "$0")/common.sh"
# The same folder each time, so that a second run compiles only what has changed.
away=${TMPDIR:-/tmp}/swiftrec-new-$(printf %s "$root" | sha256sum | cut -c1-12)
mkdir -p "$away"
cd "$away"
rm -rf fresh runs
"$root/bin/swiftrec" new model TasteMap --path fresh >/dev/null
mkdir -p TasteMap
rm -rf TasteMap/{Sources,Tests,configs,runs}
cp -r fresh/. TasteMap
cd TasteMap
if ! make test >log 2>&1; then
  tail -n 40 log
  say "failed: the new package does not build, or its tests fail"
  exit 1
fi
say "passed: swiftrec new model: the package builds and its tests pass ($(grep -oE '[0-9]+ tests?' log | tail -n 1))"
if ! make train >log 2>&1; then
  tail -n 20 log
  say "failed: the new package's model does not train from YAML"
  exit 1
fi
eval "$("$root/scripts/env.sh")"
ndcg() { sed -n 's/.*"ndcg@10": \([0-9.]*\).*/\1/p'; }
trained=$(.build/release/taste-map evaluate runs/taste-map --json | ndcg)
.build/release/taste-map train configs/taste-map.yaml --set train.epochs=1 --set train.optimizer.lr=1e-9 --out runs/untrained >log 2>&1
untrained=$(.build/release/taste-map evaluate runs/untrained --json | ndcg)
.build/release/taste-map recommend runs/taste-map --user 1 --top 3 | grep -q '^for user 1:' || { say "failed: no recommendation"; exit 1; }
if awk -v a="$trained" -v b="$untrained" 'BEGIN { exit !(a > 2 * b && a > 0.02) }'; then
  say "passed: its model trains from YAML, NDCG@10 $trained (untrained $untrained), and recommends"
else
  say "failed: its model has learnt nothing: NDCG@10 $trained, untrained $untrained"
  exit 1
fi
