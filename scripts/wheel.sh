#!/usr/bin/env bash
# Builds the Python package: dist/swiftrec-VERSION-py3-none-linux_x86_64.whl, one wheel for every Python 3.
#
# In it: the engine with Swift's runtime (libswiftrec_python.so), and for each PyTorch a bridge of its own, since LibTorch's
# C++ interface changes between releases: lib/torch-2.13-cpu/libswiftrec_native.so. The one of .venv is built here; further
# ones come in through SWIFTREC_BRIDGES="DIR ...", build folders of native/ for other releases.
set -euo pipefail
. "$(dirname "$0")/common.sh"
load_record
export_package_paths
began=$EPOCHREALTIME
libraries=python/build/lib

# What is not the engine's own stays hidden: a process may hold another Swift library. Versions bear the library's name: without
# one of its own, the path that it is linked at.
swift_static --product swiftrec_python -Xlinker --version-script="$root/Sources/SwiftRecC/exports.map" \
  -Xlinker -soname=libswiftrec_python.so
rm -rf "$libraries"
mkdir -p "$libraries" dist
strip -o "$libraries/libswiftrec_python.so" "$(static_bin)/libswiftrec_python.so"

# The runpath of a build folder names this machine's folders; in site-packages PyTorch and pyarrow stand three folders up.
relocate() {
  local library=$1 runpath=$2
  "$venv/bin/cmake" -DFILE="$library" -DRUNPATH="$runpath" -P scripts/set-runpath.cmake ||
    die "the runpath of $library cannot be set" "rm -rf native/build && make native"
}

# bridge BUILD_FOLDER: takes what CMake built there.
bridge() {
  local build=$1 torch_dir release kind folder library
  torch_dir=$(sed -n 's/^TORCH_ROOT:PATH=//p' "$build/CMakeCache.txt" 2>/dev/null) ||
    die "$build is no build folder of native/" "cmake -S native -B $build -DTORCH_ROOT=..."
  release=$(sed -n "s/^__version__ = '\([0-9]*\.[0-9]*\)\..*/\1/p" "$torch_dir/version.py" 2>/dev/null)
  [ -n "$release" ] || die "$torch_dir is no PyTorch wheel's folder: its release is unknown" "build against pip's torch"
  kind=cpu
  if readelf -d "$build/libswiftrec_native.so" | grep -q libtorch_cuda; then kind=cuda; fi
  folder=$libraries/torch-$release-$kind
  mkdir -p "$folder"
  for library in libswiftrec_native.so libswiftrec_columnar.so; do
    [ -f "$build/$library" ] || continue
    strip -o "$folder/$library" "$build/$library"
  done
  # shellcheck disable=SC2016
  relocate "$folder/libswiftrec_native.so" '$ORIGIN/../../../torch/lib'
  # shellcheck disable=SC2016
  [ ! -f "$folder/libswiftrec_columnar.so" ] || relocate "$folder/libswiftrec_columnar.so" '$ORIGIN/../../../pyarrow'
  say "  bridge for PyTorch $release, $kind"
}
bridge native/build
for build in ${SWIFTREC_BRIDGES:-}; do bridge "$build"; done

wheel=$("$venv/bin/python" python/backend/swiftrec_build.py dist)
# A wheel travels: nothing in it may tell of this machine.
if "$venv/bin/python" - "dist/$wheel" "$root" "$venv" <<'PYTHON'
import sys, zipfile
wheel, *paths = sys.argv[1:]
with zipfile.ZipFile(wheel) as file:
    for name in file.namelist():
        for path in paths:
            if path.encode() in file.read(name):
                print(f"error: {name} holds the path {path}", file=sys.stderr)
                sys.exit(0)
sys.exit(1)
PYTHON
then
  die "dist/$wheel holds a path of this machine" "build with a prefix map for the file named above"
fi
say "wheel: dist/$wheel, $(du -m "dist/$wheel" | cut -f1) MB ($(seconds_since "$began") s)"
