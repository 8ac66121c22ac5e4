#!/usr/bin/env bash
# Style: formatting is an error; what is not installed is named and passed over. (Compiler warnings are errors in every build.)
set -euo pipefail
. "$(dirname "$0")/common.sh"
swift format lint --strict --parallel --recursive Package.swift Sources Tests Examples
say "passed: swift format lint --strict"
for script in scripts/*.sh deploy/images/lab/stage.sh .ci/run; do bash -n "$script"; done
if command -v shellcheck >/dev/null; then
  # What common.sh defines is out of its sight (1091, 2034, 2153, 2154); `A && B || die` is meant so (2015).
  shellcheck -s bash -e SC1091,SC2034,SC2153,SC2154,SC2015,SC2164 scripts/*.sh deploy/images/lab/stage.sh .ci/run
  say "passed: shellcheck"
else
  say "skipped: shellcheck is not installed (apt-get install shellcheck)"
fi
if command -v clang-format >/dev/null; then
  find native -path 'native/build*' -prune -o \( -name '*.cpp' -o -name '*.h' \) -print | grep -v generated |
    xargs clang-format --dry-run -Werror
  say "passed: clang-format"
else
  say "skipped: clang-format is not installed (apt-get install clang-format)"
fi
