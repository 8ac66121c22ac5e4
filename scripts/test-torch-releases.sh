#!/usr/bin/env bash
# Builds the bridge for each PyTorch of [python.releases] and runs one Swift program with each, on the CPU.
#
#   test-torch-releases.sh            all of them
#   test-torch-releases.sh 2.12.1     one
#
# PyPI's wheels are CUDA builds: only their CPU part is taken, and of NVIDIA's packages the two that it loads. A release stands
# in .build-torch/VERSION, about 1.2 GB; KEEP=0 removes it after its test.
set -euo pipefail
. "$(dirname "$0")/common.sh"
load_record
program=$(readlink -f bin/swiftrec) || die "bin/swiftrec is not there" "make build"
work=$root/.build-torch
mkdir -p "$work"
passed=0 failed=0 skipped=0

install_release() {
  local version=$1 folder=$2 partial=$2.partial toolkit
  local pip=("$venv/bin/python" -m pip --disable-pip-version-check -q install --no-compile --target "$partial")
  [ ! -d "$folder" ] || return 0
  rm -rf "$partial"
  "${pip[@]}" --no-deps --only-binary :all: "torch==$version" || return 1
  # libtorch_cpu.so of a CUDA build is linked with CUDA's run time and its profiler's library.
  toolkit=$(sed -n 's/^Requires-Dist: cuda-toolkit\[.*\]==\([0-9.]*\);.*/\1/p' "$partial"/torch-*.dist-info/METADATA | head -n 1)
  [ -z "$toolkit" ] || "${pip[@]}" --upgrade "cuda-toolkit[cudart,cupti]==$toolkit" || return 1
  mv "$partial" "$folder"
}

build_bridge() {
  "$venv/bin/cmake" -S native -B "$2" -G Ninja -DCMAKE_MAKE_PROGRAM="$venv/bin/ninja" -DCMAKE_BUILD_TYPE=Release \
    -DTORCH_ROOT="$1/torch" -DSWIFTREC_CUDA=OFF && "$venv/bin/ninja" -C "$2" -j "$(nproc)"
}

# The same program as ever, with another bridge beside it: an executable looks there first.
run_program() {
  local version=$1 place=$2 said
  rm -rf "$place/run"
  said=$("$place/swiftrec" --version)
  [[ $said == *"(LibTorch $version)"* ]] || { echo "it says: $said"; return 1; }
  "$place/swiftrec" doctor || return 1
  "$place/swiftrec" train configs/mf-synthetic.yaml --out "$place/run" || return 1
  "$place/swiftrec" evaluate "$place/run" --json || return 1
  "$place/swiftrec" recommend "$place/run" --user 1 --top 3 || return 1
  # A run of the pinned PyTorch answers too, and is told of.
  said=$("$place/swiftrec" evaluate "$work/pinned" 2>&1)
  [[ $said == *"was trained with"* ]] || { echo "another PyTorch's run is not told of: $said"; return 1; }
}

# The pinned bridge with this release in its PyTorch's place: told of, with the line that mends it, and no crash.
put_in_place() {
  local version=$1 libraries=$2/torch/lib command said code
  for command in doctor "evaluate $work/pinned"; do
    code=0
    # shellcheck disable=SC2086  # a command and its argument
    said=$(LD_PRELOAD="$libraries/libc10.so:$libraries/libtorch_cpu.so" "$program" $command 2>&1) || code=$?
    if [ "$code" -ne 5 ] || [[ $said != *"compiled for PyTorch ${TORCH_VERSION%%+*}, but $version"* ]]; then
      echo "swiftrec ${command%% *} with PyTorch $version in place of $TORCH_VERSION ended with code $code: $said"
      return 1
    fi
  done
}

try_release() {
  local version=$1 folder=$work/$1 began=$EPOCHREALTIME code=0
  step "bridge for PyTorch $version" build_bridge "$folder" "$folder/native"
  ln -sfn native/libswiftrec_native.so "$folder/libswiftrec_native.so"
  # A hard link, or a copy: through a symbolic link the program would look beside its own place.
  rm -f "$folder/swiftrec"
  ln "$program" "$folder/swiftrec" 2>/dev/null || cp "$program" "$folder/swiftrec"
  { put_in_place "$version" "$folder" && run_program "$version" "$folder"; } >"$folder/log" 2>&1 || code=$?
  if [ "$code" -eq 0 ]; then
    say "passed: PyTorch $version: $(grep -c '^ok ' "$folder/log") checks, trained, evaluated, recommended" \
      "($(seconds_since "$began") s)"
  else
    tail -n 30 "$folder/log"
    say "failed: PyTorch $version"
  fi
  return "$code"
}

versions=("$@")
[ $# -gt 0 ] || mapfile -t versions < <(lock python.releases | sed -n 's/^torch==//p')
rm -rf "$work/pinned"
step "a run of PyTorch $TORCH_VERSION" "$program" train configs/mf-synthetic.yaml --set train.epochs=1 --out "$work/pinned"
for version in "${versions[@]}"; do
  if ! (step "PyTorch $version installed" install_release "$version" "$work/$version"); then
    say "skipped: PyTorch $version could not be had from pip's sources"
    skipped=$((skipped + 1))
  elif (try_release "$version"); then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
  fi
  [ "${KEEP:-1}" = 1 ] || rm -rf "${work:?}/$version"
done
say "$passed passed, $failed failed, $skipped skipped ($SECONDS s)"
[ "$failed" -eq 0 ]
