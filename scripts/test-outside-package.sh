#!/usr/bin/env bash
# Builds Tests/External as a stranger would: a package in another folder that knows SwiftRec by its path, and trains its own model.
set -euo pipefail
. "$(dirname "$0")/common.sh"
eval "$(scripts/env.sh)"
away=$(mktemp -d)
trap 'rm -rf "$away"' EXIT
cp -r Tests/External/. "$away"
# The checkout may stand in a folder of any name; the package asks for one called swiftrec.
ln -s "$root" "$away/swiftrec"
if ! swift build -c release --package-path "$away" --scratch-path "$root/.build-outside" >"$away/log" 2>&1; then
  tail -n 40 "$away/log"
  say "failed: the outside package does not build"
  exit 1
fi
bin=$(swift build -c release --package-path "$away" --scratch-path "$root/.build-outside" --show-bin-path)
if "$bin/outside"; then
  say "passed: a package outside the repository trains its own model"
else
  say "failed: the outside package's program"
  exit 1
fi
