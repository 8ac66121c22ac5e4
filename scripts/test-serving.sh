#!/usr/bin/env bash
# Clients that were not written here against `swiftrec serve`: tritonclient over HTTP and gRPC, schemathesis on the OpenAPI file,
# a parser of Prometheus, a collector of OpenTelemetry, 10,000 fuzzed requests (SWIFTREC_FUZZ), and the faults of clients, disks and operators.
#
#   test-serving.sh          all of it
#   test-serving.sh NAME...  Tests/Serving/test_NAME.py alone
set -euo pipefail
. "$(dirname "$0")/common.sh"
scripts/serving-venv.sh
results=$(mktemp)
trap 'rm -f "$results"' EXIT
[ $# -gt 0 ] || set -- triton recommender registry metrics tracing contract faults
for name in "$@"; do
  say "== $name"
  PYTHONPATH="$root/Tests/Serving" .venv-serving/bin/python "Tests/Serving/test_$name.py" 2>&1 | tee -a "$results" || echo "failed: $name" >>"$results"
done
count() { grep -c "^$1" "$results" || true; }
failed=$(count failed)
say "$(count passed) passed, $failed failed, $(count skipped) skipped ($SECONDS s)"
[ "$failed" -eq 0 ]
