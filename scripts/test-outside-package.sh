#!/usr/bin/env bash
# Builds Tests/External as a stranger would: a package in another folder that knows SwiftRec by its path, and trains its own model.
set -euo pipefail
. "$(dirname "$0")/common.sh"
eval "$(scripts/env.sh)"
# The same folder each time, so that a second run compiles only what has changed.
away=${TMPDIR:-/tmp}/swiftrec-outside-$(printf %s "$root" | sha256sum | cut -c1-12)
mkdir -p "$away"
rm -rf "$away/Sources"
cp -r Tests/External/. "$away"
# The checkout may stand in a folder of any name; the package asks for one called swiftrec.
ln -sfn "$root" "$away/swiftrec"
cd "$away"
if ! swift build -c release >log 2>&1; then
  tail -n 40 log
  say "failed: the outside package does not build"
  exit 1
fi
if .build/release/outside; then
  say "passed: a package outside the repository trains its own model"
else
  say "failed: the outside package's program (exit $?)"
  exit 1
fi
