#!/usr/bin/env bash
# Builds the Swift package once, in release; `build.sh --build-tests` adds the tests to the same build.
# `build.sh --static` builds what travels to machines without Swift instead: bin/static/swiftrec, with Swift's runtime in it.
set -euo pipefail
. "$(dirname "$0")/common.sh"
load_record
export_package_paths
began=$EPOCHREALTIME

if [ "${1:-}" = --static ]; then
  shift
  swift_static --product swiftrec "$@"
  mkdir -p bin/static
  # Without debugging symbols and by renaming: a program that runs keeps its file.
  strip -o bin/static/swiftrec.new "$(static_bin)/swiftrec"
  mv bin/static/swiftrec.new bin/static/swiftrec
  ln -sfn "$native_build/libswiftrec_native.so" bin/static/libswiftrec_native.so
  ln -sfn "$native_build/libswiftrec_columnar.so" bin/static/libswiftrec_columnar.so
  say "build: bin/static/swiftrec, $(du -m bin/static/swiftrec | cut -f1) MB, needs no Swift ($(seconds_since "$began") s)"
  exit 0
fi

say "swift build -c release $*"
swift build -c release --explicit-target-dependency-import-check error "$@"
bin=$(swift build -c release --show-bin-path)

# Executables look for shared libraries beside themselves (their runpath is $ORIGIN); through a link they still do.
ln -sfn "$native_build/libswiftrec_native.so" "$bin/libswiftrec_native.so"
mkdir -p bin
for program in swiftrec swiftrec-bench; do ln -sfn "$bin/$program" "bin/$program"; done
say "build: bin/swiftrec is up to date ($(seconds_since "$began") s)"
