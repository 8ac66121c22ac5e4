#!/usr/bin/env bash
# Builds native/ against the PyTorch and the Arrow that set-up chose: libswiftrec_native.so, swiftrec-native.pc and, where
# there is an Arrow, libswiftrec_columnar.so in native/build.
set -euo pipefail
. "$(dirname "$0")/common.sh"
load_record
began=$EPOCHREALTIME

# Another PyTorch or Arrow, or a folder that has moved: configure afresh.
if ! grep -qxF "TORCH_ROOT:PATH=$TORCH_DIR" "$native_build/CMakeCache.txt" 2>/dev/null ||
  ! grep -qxF "ARROW_ROOT:PATH=$ARROW_DIR" "$native_build/CMakeCache.txt" ||
  ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root/native" "$native_build/CMakeCache.txt" ||
  [ ! -f "$native_build/build.ninja" ]; then
  rm -rf "$native_build"
  step "native: configured for PyTorch $TORCH_VERSION" "$venv/bin/cmake" -S native -B "$native_build" -G Ninja \
    -DCMAKE_MAKE_PROGRAM="$venv/bin/ninja" -DCMAKE_BUILD_TYPE=Release -DTORCH_ROOT="$TORCH_DIR" -DARROW_ROOT="$ARROW_DIR"
fi
"$venv/bin/ninja" -C "$native_build" -j "$(nproc)" --quiet
say "native: libswiftrec_native.so${ARROW_DIR:+, libswiftrec_columnar.so} up to date ($(seconds_since "$began") s)"
