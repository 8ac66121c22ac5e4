#!/usr/bin/env bash
# Runs the tests and closes with one line: N passed, N failed, N skipped.
#
#   test.sh fast         every Swift test but the slow suites, then the checks written in Python
#   test.sh distributed  the tests of ranks that work together, which are part of the fast ones
#   test.sh object-store  those of an object store, which skip what needs one: scripts/with-object-store.sh starts it
#   test.sh soak         workers of a training killed at SWIFTREC_KILLS random moments
#   test.sh slow         the slow suites (those with Slow in their name), then the packages outside the repository
#
# SWIFTREC_TEST_SECONDS, where set, is the time that is left: a slow part that needs more is skipped, and says so.
set -euo pipefail
. "$(dirname "$0")/common.sh"
export_package_paths
kind=${1:-fast}
results=$(mktemp)
# What failed, in its own words: told again at the end, where a log that keeps only its tail still has it.
failures=$(mktemp)
trap 'rm -f "$results" "$failures"' EXIT

# One at a time: tests that count live handles share their process with all others, and PyTorch has threads of its own.
swift_tests() {
  local log code=0
  log="$root/.build/test-$kind.log"
  swift test -c release --skip-build --disable-xctest --no-parallel "$@" 2>&1 | tee "$log" |
    { grep -vE '^◇ |^↳ |^\[|^Building|^Build complete' || true; } || code=$?
  # Console lines, not the XML report: the report counts a cancelled (skipped) test as passed.
  awk '
    /^[^ ]+ Test run with / { closed = 1; next }
    /^[^ ]+ Test case / { next }
    /^[^ ]+ Test .* passed after / { print "passed" }
    /^[^ ]+ Test .* failed after / { print "failed" }
    /^[^ ]+ Test .* skipped(:|\.|$)/ || /^[^ ]+ Test .* was cancelled after / { print "skipped" }
    /No matching test cases were run/ { closed = 1 }
    END { if (!closed) { print "failed"; print "the test process ended before its last test" > "/dev/stderr" } }
  ' "$log" >>"$results"
  grep -E '^[^ ]+ Test .*( recorded an issue | failed after )|^swift-test|[Ff]atal error|[Ss]ignal code' "$log" |
    grep -v 'Test run with' | cut -c1-600 >>"$failures" || true
  if [ "$code" -ne 0 ] && ! grep -q failed "$results"; then echo failed >>"$results"; fi
}

# A check is a program that prints lines beginning with passed, failed or skipped.
check() {
  local log code=0
  log=$(mktemp)
  "$@" 2>&1 | tee "$log" || code=$?
  grep -oE '^(passed|failed|skipped)' "$log" >>"$results" || echo failed >>"$results"
  if [ "$code" -ne 0 ] && ! grep -q '^failed' "$log"; then echo failed >>"$results"; fi
  if [ "$code" -ne 0 ] || grep -q '^failed' "$log"; then tail -n 20 "$log" | cut -c1-600 >>"$failures"; fi
  rm -f "$log"
}

# The generated bridge must be what the allow list says.
operators_are_current() {
  if ! "$venv/bin/python" -c 'import torchgen' 2>/dev/null; then
    echo "skipped: the generated operators are not checked, .venv has no torchgen"
  elif "$venv/bin/python" native/tensor/generate.py --check; then
    echo "passed: the generated operators are up to date"
  else
    echo "failed: the generated operators are stale"
  fi
}

# within SECONDS COMMAND...: runs it unless less than that is left.
within() {
  local needed=$1; shift
  if [ -n "${SWIFTREC_TEST_SECONDS:-}" ] && [ $((SWIFTREC_TEST_SECONDS - SECONDS)) -lt "$needed" ]; then
    say "skipped: $* needs up to $needed s, $((SWIFTREC_TEST_SECONDS - SECONDS)) s are left"
    echo skipped >>"$results"
  else
    "$@"
  fi
}

case $kind in
  fast)
    swift_tests --skip Slow
    check operators_are_current
    check "$venv/bin/python" scripts/test-checkpoint.py
    check "$venv/bin/python" scripts/test-readme.py
    check "$venv/bin/python" scripts/test-ci.py
    check scripts/test-two-hosts.sh
    check scripts/test-elastic-hosts.sh
    ;;
  distributed)
    swift_tests --filter 'TorchDistributedTests|ShardingTests|DistributedTrainTests|CollectiveCommandTests|LaunchCommandTests'
    check scripts/test-two-hosts.sh
    check scripts/test-elastic-hosts.sh
    ;;
  slow)
    within 420 check scripts/test-outside-package.sh
    within 420 check scripts/test-new-model.sh
    within 600 swift_tests --filter Slow
    ;;
  object-store) swift_tests --filter 'CheckpointMirrorTests|ModelStoreTests|MirrorWriterTests|ObjectFilesTests' ;;
  soak) swift_tests --filter aKilledWorkerIsReplaced ;;
  *) die "test.sh does not know '$kind'" "test.sh fast, distributed, object-store, soak or slow" ;;
esac

count() { grep -c "^$1$" "$results" || true; }
failed=$(count failed)
if [ "$failed" -gt 0 ]; then
  say "What failed:"
  head -n 100 "$failures" >&2
fi
say "$(count passed) passed, $failed failed, $(count skipped) skipped ($SECONDS s)"
[ "$failed" -eq 0 ]
