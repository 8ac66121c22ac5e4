#!/usr/bin/env bash
# The GPU tests travel: `gpu.sh bundle` links them here, `gpu.sh test` runs them on any machine with PyTorch, cmake and g++.
# .build-static/bundle/*.gz and the sources are all that has to be carried; no Swift is needed there.
set -euo pipefail
. "$(dirname "$0")/common.sh"
bundle=.build-static/bundle
program=$bundle/swiftrec-test-gpu

make_bundle() {
  export_package_paths
  swift_static --product swiftrec-test-gpu
  mkdir -p "$bundle"
  strip -o "$program" "$(static_bin)/swiftrec-test-gpu"
  gzip -6 -c "$program" >"$program.gz"
  say "gpu-bundle: $program.gz, $(du -m "$program.gz" | cut -f1) MB to carry"
}

run_tests() {
  local python=python3 torch_dir torch_version cuda generator=("-G" "Unix Makefiles") cmake build=native/build-gpu
  "$python" -c 'import torch' 2>/dev/null || python=$venv/bin/python
  read -r torch_version cuda torch_dir < <("$python" -c '
import os, torch
print(torch.__version__, torch.version.cuda or "none", os.path.dirname(torch.__file__))' 2>/dev/null) ||
    die "neither python3 nor .venv can import torch" "make setup"
  say "test-gpu: PyTorch $torch_version, CUDA $cuda, in $torch_dir"
  if [ -f "$program.gz" ] && [ ! "$program" -nt "$program.gz" ]; then
    gunzip -c "$program.gz" >"$program"
    chmod +x "$program"
  fi
  if [ ! -x "$program" ]; then
    command -v swift >/dev/null || die "$program is not here and neither is Swift" "make gpu-bundle where Swift is, then carry .build-static/bundle"
    make -s gpu-bundle
  fi
  cmake=$(command -v cmake || true)
  [ -n "$cmake" ] || cmake=$venv/bin/cmake
  [ -x "$cmake" ] || die "cmake was not found" "python3 -m pip install cmake ninja"
  if command -v ninja >/dev/null; then
    generator=("-G" Ninja)
  elif [ -x "$venv/bin/ninja" ]; then
    generator=("-G" Ninja "-DCMAKE_MAKE_PROGRAM=$venv/bin/ninja")
  fi
  grep -qxF "TORCH_ROOT:PATH=$torch_dir" "$build/CMakeCache.txt" 2>/dev/null || rm -rf "$build"
  step "native: configured" "$cmake" -S native -B "$build" "${generator[@]}" -DCMAKE_BUILD_TYPE=Release -DTORCH_ROOT="$torch_dir"
  step "native: built" "$cmake" --build "$build" --parallel "$(nproc)"
  LD_LIBRARY_PATH="$root/$build${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" "$program" "$@"
}

case ${1:-} in
  bundle) make_bundle ;;
  test) shift; run_tests "$@" ;;
  *) die "gpu.sh does not know '${1:-}'" "gpu.sh bundle or gpu.sh test" ;;
esac
