#!/usr/bin/env bash
# Collectives between two hosts, and what is said where their names mean loopback. A check for test.sh.
set -euo pipefail
. "$(dirname "$0")/common.sh"

swiftrec=bin/swiftrec
[ -x "$swiftrec" ] || swiftrec=.build/release/swiftrec
folder=$(mktemp -d)
log=$folder/log config=$folder/config.yaml
trap 'rm -rf "$folder"' EXIT

# expect NAME PATTERN COMMAND...: the command's output between two hosts holds PATTERN.
expect() {
  local name=$1 pattern=$2 code=0; shift 2
  timeout 120 scripts/two-hosts.sh "$@" >"$log" 2>&1 || code=$?
  if [ "$code" -eq 77 ]; then
    tail -n 1 "$log"
    exit 0
  elif grep -qE "$pattern" "$log"; then
    say "passed: two hosts: $name"
  else
    tail -n 40 "$log"
    say "failed: two hosts: $name (status $code, no line with '$pattern')"
    exit 1
  fi
}

expect "collectives over the cable" "^gloo, 2 processes on 2 hosts:" \
  "$swiftrec" bench collectives --sizes 64KiB --rounds 1
grep -q "transport: gloo, TCP on link0 (10.77.0.1)" "$log" || { say "failed: two hosts: no line about the transport"; exit 1; }
expect "names that mean loopback" "spans 2 hosts, but ranks 0 and 1 would listen on loopback" \
  env -u GLOO_SOCKET_IFNAME "$swiftrec" bench collectives --sizes 64KiB --rounds 1 --timeout 20
printf 'data: {name: ml-100k}\nmodel: {name: mf, factors: 8}\n' >"$config"
expect "launch knows which host serves" "rdzv-conf=is_host=false --local-addr=10.77.0.2" \
  --plain "$swiftrec" launch --hosts 2 --meet 10.77.0.1:29400 --dry-run "$config"
grep -q "rdzv-conf=is_host=true --local-addr=10.77.0.1" "$log" || { say "failed: two hosts: no host serves the meeting"; exit 1; }
cat >"$config" <<'END'
data: {name: "synthetic:criteo", rows: {train: 4_000, validation: 500, test: 500}}
model: {name: dlrm, dimension: 4, bottom: [8], top: [8]}
train: {epochs: 1, batch: 128}
threads: 1
END
expect "a ranker trains, its tables divided" "^auc 0\\.[0-9]+ .*\\(500 test rows\\)" \
  "$swiftrec" train "$config" --out "$folder/run"
[ -f "$folder/run/checkpoints/last.safetensors" ] || { say "failed: two hosts: no checkpoint"; exit 1; }
