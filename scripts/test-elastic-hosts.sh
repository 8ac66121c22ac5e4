#!/usr/bin/env bash
# A training between one host and two: a host comes while the other trains, and is lost. Each time the ranks that are there go on from
# the last checkpoint, and the result is that of one process that nothing disturbed. A check for test.sh.
set -euo pipefail
. "$(dirname "$0")/common.sh"

swiftrec=bin/swiftrec
[ -x "$swiftrec" ] || swiftrec=.build/release/swiftrec

# what HOST sees: host 0 trains to the end; host 1 comes after the first checkpoint, stays for some, and is gone at once.
if [ "${1:-}" = --host ]; then
  folder=$2
  launch=("$swiftrec" launch -n 1 --hosts 1:2 --wait 1 --meet 10.77.0.1:29400 "$folder/config.yaml" --out "$folder/run" --resume)
  if [ "$(hostname)" = node0 ]; then
    code=0
    "${launch[@]}" >"$folder/node0.log" 2>&1 || code=$?
    touch "$folder/done"
    exit "$code"
  fi
  checkpoint=$folder/run/checkpoints/last.safetensors
  await() { for _ in $(seq 600); do "$@" && return; sleep 0.1; done; return 1; }
  await test -e "$checkpoint"
  "${launch[@]}" >"$folder/node1.log" 2>&1 &
  await grep -qs "^processes: 2" "$folder/node0.log" "$folder/node1.log"
  touch "$folder/together"
  await test "$checkpoint" -nt "$folder/together"
  # As if its power had gone: nothing is sent any more, no connection is closed. The script keeps the cable, and with it the address
  # of the other host.
  ip link set link0 down
  here=$(readlink /proc/self/ns/net)
  for process in /proc/[0-9]*; do
    if [ "$(readlink "$process/ns/net" 2>/dev/null)" = "$here" ] && [ "${process#/proc/}" != $$ ]; then
      kill -KILL "${process#/proc/}" 2>/dev/null || true
    fi
  done
  touch "$folder/lost"
  for _ in $(seq 2000); do [ ! -e "$folder/done" ] || break; sleep 0.1; done
  exit 0
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/config.yaml" <<'END'
data: {name: "synthetic:criteo", rows: {train: 60_000, validation: 500, test: 2_000}}
model: {name: dlrm, dimension: 4, bottom: [8], top: [8]}
train: {epochs: 12, batch: 128, checkpoint_steps: 100, validate_every: 0}
threads: 1
END
code=0
timeout 240 scripts/two-hosts.sh --plain "$0" --host "$folder" >"$folder/log" 2>&1 || code=$?
if [ "$code" -eq 77 ]; then
  tail -n 1 "$folder/log"
  exit 0
fi
fail() { tail -n 30 "$folder"/log "$folder"/node*.log; say "failed: elastic hosts: $1"; exit 1; }
[ "$code" -eq 0 ] || fail "status $code"
[ -e "$folder/lost" ] || fail "the training ended before the second host was lost"
grep -q "^processes: 2" "$folder"/node*.log || fail "the second host never took part"
"$swiftrec" train "$folder/config.yaml" --out "$folder/alone" >/dev/null 2>"$folder/alone.log" || fail "alone"
auc() { "$swiftrec" evaluate "$1" --json | "$venv/bin/python3" -c 'import json, sys; print(json.load(sys.stdin)["metrics"]["auc"])'; }
elastic=$(auc "$folder/run") alone=$(auc "$folder/alone")
awk -v a="$elastic" -v b="$alone" 'BEGIN { exit !(a > b - 0.002 && a < b + 0.002) }' || fail "auc $elastic, alone $alone"
say "passed: elastic hosts: one, two, one again; auc $elastic, $alone by one process"
