#!/usr/bin/env bash
# Two hosts on this machine: network namespaces with names of their own, joined by a virtual cable. Runs a command under
# torchrun on both, and ends with the first status that is not 0.
#
#   two-hosts.sh [--ranks N] COMMAND...    N processes on each host, 1 by default
#   two-hosts.sh --plain COMMAND...        COMMAND itself on each host, without torchrun
#
# Both ends of the cable are called link0 (10.77.0.1 and 10.77.0.2). Nothing outlives the script: the kernel takes the cable and
# the namespaces away with their last process. Exit code 77: this machine makes no such hosts; the reason is on the last line.
set -euo pipefail
. "$(dirname "$0")/common.sh"

skip() { say "skipped: two hosts need network namespaces, $1"; exit 77; }

# host NUMBER RANKS COMMAND...: inside the namespaces of one host.
if [ "${1:-}" = --inside ]; then
  number=$2 ranks=$3; shift 3
  hostname "node$number"
  # The cable is plugged in from outside.
  for _ in $(seq 600); do ip link show link0 >/dev/null 2>&1 && break; sleep 0.05; done
  ip link set lo up
  ip addr add "10.77.0.$((number + 1))/24" dev link0
  ip link set link0 up
  export GLOO_SOCKET_IFNAME=link0 NCCL_SOCKET_IFNAME="=link0"
  [ "$ranks" -ne 0 ] || exec "$@"
  is_host=false; [ "$number" -ne 0 ] || is_host=true
  exec "$venv/bin/python3" -m torch.distributed.run --no-python --nnodes 2 --nproc-per-node "$ranks" \
    --rdzv-backend c10d --rdzv-endpoint 10.77.0.1:29400 --rdzv-id two-hosts --rdzv-conf "is_host=$is_host" \
    --local-addr "10.77.0.$((number + 1))" --max-restarts "${SWIFTREC_RESTARTS:-0}" --monitor-interval 0.2 "$@"
fi

ranks=1
case ${1:-} in
  --ranks) ranks=$2; shift 2 ;;
  --plain) ranks=0; shift ;;
esac
[ $# -gt 0 ] || die "two-hosts.sh was given no command" "scripts/two-hosts.sh bin/swiftrec bench collectives"
"$venv/bin/python3" -c 'import torch.distributed.run' 2>/dev/null ||
  die "two-hosts.sh starts ranks with torchrun, which .venv lacks" "make setup"
if ! command -v ip >/dev/null; then apt_packages iproute2; fi

# Anybody but root becomes it in a user namespace, where the system allows that.
if [ "$(id -u)" != 0 ]; then
  unshare --user --map-root-user --net true 2>/dev/null || skip "and this user may make none (unshare --user --net)"
  exec unshare --user --map-root-user --net "$0" --ranks "$ranks" "$@"
fi
why=$(unshare --net --uts true 2>&1) || skip "and this machine allows none: $why"

hosts=()
# torchrun ends its workers when it is told to end.
clean() {
  for host in "${hosts[@]}"; do kill -TERM "$host" 2>/dev/null || true; done
  wait 2>/dev/null || true
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

for number in 0 1; do
  setpriv --pdeathsig TERM unshare --net --uts "$0" --inside "$number" "$ranks" "$@" &
  hosts+=($!)
done
here=$(readlink /proc/self/ns/net)
for host in "${hosts[@]}"; do
  for _ in $(seq 1500); do
    [ "$(readlink "/proc/$host/ns/net" 2>/dev/null || say "$here")" = "$here" ] || break
    sleep 0.02
  done
done
why=$(ip link add name link0 netns "${hosts[0]}" type veth peer name link0 netns "${hosts[1]}" 2>&1) ||
  skip "and this machine makes no virtual cable: $why"

code=0
for host in "${hosts[@]}"; do
  status=0
  wait "$host" || status=$?
  [ "$code" -ne 0 ] || code=$status
done
(exit "$code")
