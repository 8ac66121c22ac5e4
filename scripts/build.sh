#!/usr/bin/env bash
# Builds the Swift package once, in release; `build.sh --build-tests` adds the tests to the same build.
set -euo pipefail
. "$(dirname "$0")/common.sh"
load_record
export_package_paths
began=$EPOCHREALTIME
say "swift build -c release $*"
swift build -c release --explicit-target-dependency-import-check error "$@"
bin=$(swift build -c release --show-bin-path)

# Executables look for shared libraries beside themselves (their runpath is $ORIGIN); through a link they still do.
ln -sfn "$native_build/libswiftrec_native.so" "$bin/libswiftrec_native.so"
mkdir -p bin
for program in swiftrec swiftrec-bench; do ln -sfn "$bin/$program" "bin/$program"; done
say "build: bin/swiftrec is up to date ($(seconds_since "$began") s)"
