#!/usr/bin/env bash
# Checks the tools, makes .venv and puts PyTorch and Arrow into it. A second run with the same inputs does nothing.
#
#   TORCH_VARIANT=auto|cpu|cuda  the build of PyTorch to install; auto takes CUDA where an NVIDIA driver answers
#   TORCH_ROOT=DIR               use this LibTorch, or this `torch` package folder, and install none
set -euo pipefail
. "$(dirname "$0")/common.sh"
began_all=$EPOCHREALTIME

# ---- tools -------------------------------------------------------------------------------------------------------
version_at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

check_swift() {
  local found
  command -v swift >/dev/null || die "swift was not found on the PATH; Swift 6.3 or later is needed" \
    "curl -O https://download.swift.org/swiftly/linux/swiftly-$(uname -m).tar.gz && tar zxf swiftly-$(uname -m).tar.gz && ./swiftly init && swiftly install 6.3"
  found=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1)
  version_at_least "${found:-0}" 6.3 || die "swift is ${found:-of an unknown version}; 6.3 or later is needed" "swiftly install 6.3"
  swift_version=$found
}

# Those of [debian.build] that are not there, however they came: from Debian, from another system or by hand.
missing_packages() {
  local package
  for package in $(lock debian.build | sed 's/==.*//'); do
    case $package in
      make | g++ | python3) command -v "$package" >/dev/null ;;
      python3-venv) python3 -c 'import venv, ensurepip' 2>/dev/null ;;
      zlib1g-dev) printf '#include <zlib.h>\n' | g++ -E -x c++ - >/dev/null 2>&1 ;;
      libsqlite3-dev) printf '#include <sqlite3.h>\n' | g++ -E -x c++ - >/dev/null 2>&1 ;;
      *) dpkg-query -W "$package" >/dev/null 2>&1 ;;
    esac || echo "$package"
  done
}

check_tools() {
  local missing
  check_swift
  missing=$(missing_packages | tr '\n' ' ')
  missing=${missing% }
  if [ -n "$missing" ]; then
    # shellcheck disable=SC2086  # a list of package names
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
      step "apt-get update" apt-get update -q
      step "apt-get install $missing" env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $missing
      [ -z "$(missing_packages)" ] || die "still missing after the installation: $(missing_packages | tr '\n' ' ')"
    else
      die "missing: $missing" "sudo apt-get install -y $missing"
    fi
  fi
  gxx_version=$(g++ -dumpfullversion)
  version_at_least "$gxx_version" 11 || die "g++ is $gxx_version; 11 or later is needed for C++20" "sudo apt-get install -y g++-$(lock debian.build g++ | cut -d. -f1)"
  python_version=$(python3 -c 'import platform; print(platform.python_version())')
  version_at_least "$python_version" 3.10 || die "python3 is $python_version; 3.10 or later is needed by PyTorch $(lock python torch)" \
    "sudo apt-get install -y python$(lock python python) python$(lock python python)-venv"
  say "  tools: Swift $swift_version, g++ $gxx_version, Python $python_version, headers of zlib and SQLite"
}

# ---- which PyTorch -----------------------------------------------------------------------------------------------
has_driver() { [ -e /proc/driver/nvidia/version ] || { command -v nvidia-smi >/dev/null && nvidia-smi -L >/dev/null 2>&1; }; }

choose() {
  asked=${TORCH_VARIANT:-auto}
  # Without new instructions the choice of the last set-up stands.
  if [ -z "${TORCH_VARIANT:-}${TORCH_ROOT:-}" ] && [ -f "$record" ]; then
    TORCH_ROOT=$(sed -n "s/^GIVEN_ROOT='\(.*\)'$/\1/p" "$record")
    TORCH_VARIANT=$(sed -n "s/^VARIANT='\(.*\)'$/\1/p" "$record")
  fi
  given_root=${TORCH_ROOT:-}
  variant=${TORCH_VARIANT:-auto}
  if [ -n "$given_root" ]; then
    [ -f "$given_root/include/ATen/ATen.h" ] && [ -e "$given_root/lib/libtorch_cpu.so" ] ||
      die "TORCH_ROOT='$given_root' holds no include/ATen/ATen.h and lib/libtorch_cpu.so" \
        "pass an unpacked LibTorch, or the folder printed by: python3 -c 'import torch, os; print(os.path.dirname(torch.__file__))'"
    given_root=$(cd "$given_root" && pwd)
    variant=given
    return
  fi
  case $variant in
    auto) if has_driver; then variant=cuda; else variant=cpu; fi ;;
    cpu | cuda) ;;
    *) die "TORCH_VARIANT='$variant' is no variant" "TORCH_VARIANT=auto, cpu or cuda" ;;
  esac
}

# The PyPI wheel of torch is the CUDA build; the CPU build stands in PyTorch's own index, or in a folder that pip was told of.
install_torch() {
  local wanted index="https://download.pytorch.org/whl/cpu"
  wanted="torch==$(lock python torch)"
  if [ "$variant" = cpu ]; then
    pip install "$wanted+cpu" && return
    if python3 -c "import urllib.request as u; u.urlopen('$index/', timeout=15)" 2>/dev/null; then
      pip install --extra-index-url "$index" "$wanted+cpu" && return
    fi
    echo "the CPU build could be had neither from pip's own sources nor from $index: taking $wanted as pip finds it"
  fi
  # The CPU build satisfies the plain requirement too: it has to go first.
  if pip show torch 2>/dev/null | grep -q '^Version:.*+cpu'; then pip uninstall -y torch; fi
  pip install "$wanted"
}

pip() { "$venv/bin/python" -m pip --disable-pip-version-check -q "$@"; }

describe_torch() {
  if [ -n "$given_root" ]; then
    torch_dir=$given_root
    torch_version=$(cat "$given_root/build-version" 2>/dev/null ||
      sed -n "s/^__version__ = '\(.*\)'$/\1/p" "$given_root/version.py" 2>/dev/null || true)
    torch_version=${torch_version:-unknown}
    if [ -e "$given_root/lib/libtorch_cuda.so" ]; then torch_build=cuda; else torch_build=cpu; fi
  else
    read -r torch_version torch_build torch_dir < <("$venv/bin/python" -c '
import os, torch
print(torch.__version__, torch.version.cuda or "cpu", os.path.dirname(torch.__file__))')
  fi
}

# A torch package folder also serves this project's Python: checks and benchmarks import it. A bare LibTorch cannot.
lend_given_torch() {
  local site
  site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
  rm -f "$site/swiftrec-torch.pth"
  if [ -n "$given_root" ] && [ -f "$given_root/__init__.py" ]; then
    dirname "$given_root" >"$site/swiftrec-torch.pth"
  fi
}

install_packages() {
  local others
  others=$(mktemp)
  { lock python; lock python.test; } | grep -vE '^(python|torch|pyarrow|nvidia-cuda-nvrtc)==' >"$others"
  pip install -r "$others" || return 1
  rm -f "$others"
}

# A CUDA build of PyTorch brings the NVRTC that belongs to it. Elsewhere only a test needs one, which is skipped without it.
install_nvrtc() {
  local wanted
  wanted="nvidia-cuda-nvrtc==$(lock python.test nvidia-cuda-nvrtc)"
  compgen -G "$venv/lib/python3*/site-packages/nvidia/*/lib/libnvrtc.so*" >/dev/null ||
    pip install --only-binary :all: "$wanted" >/dev/null 2>&1 ||
    say "  note: $wanted could not be had: the GPU's kernels are not compiled by the tests"
}

# Parquet is optional: everything else is built without Arrow.
install_arrow() {
  local wanted
  wanted="pyarrow==$(lock python pyarrow)"
  arrow_dir=
  if pip install --only-binary :all: "$wanted" >/dev/null 2>&1; then
    arrow_dir=$("$venv/bin/python" -c 'import importlib.util as u; print(u.find_spec("pyarrow").submodule_search_locations[0])')
    [ -f "$arrow_dir/include/parquet/arrow/reader.h" ] || arrow_dir=
  fi
  if [ -n "$arrow_dir" ]; then
    say "  Arrow from $wanted: Parquet can be read"
  else
    say "  note: $wanted could not be had with its headers: SwiftRec is built without Parquet"
    say "        (to try again: rm .venv/swiftrec.env && make build)"
  fi
}

# ---- do it -------------------------------------------------------------------------------------------------------
say "set-up:"
check_tools
choose
key=$(cat <(lock python; lock python.test) <(echo "$variant|$given_root|$python_version|$venv") | sha256sum | cut -d' ' -f1)
# What stands there may have been replaced since by a pip of somebody else.
stands() { (load_record; [ ! -f "$TORCH_DIR/version.py" ] || grep -qF "'$TORCH_VERSION'" "$TORCH_DIR/version.py"); }
if [ -f "$record" ] && grep -q "^KEY='$key'$" "$record" && "$venv/bin/python" -c '' 2>/dev/null && stands; then
  load_record
  say "  PyTorch $TORCH_VERSION ($TORCH_BUILD) stands in ${TORCH_DIR#"$root"/}: nothing to do"
  exit 0
fi

rm -f "$record"
if [ "$("$venv/bin/python" -c 'import sys; print(sys.prefix)' 2>/dev/null)" != "$venv" ]; then
  step "virtual environment .venv" python3 -m venv --clear "$venv"
fi
if [ -z "$given_root" ]; then
  say "  installing PyTorch, variant $variant (the CPU build is 200 MB to fetch, a CUDA build several GB)"
  step "PyTorch" install_torch
fi
step "Python packages" install_packages
install_nvrtc
install_arrow
lend_given_torch
describe_torch
if [ "$variant" = cuda ] && [ "$torch_build" = cpu ]; then
  say "  note: a CUDA build was wanted, pip gave the CPU build: GPUs will not be used"
  [ "$asked" != cuda ] || die "TORCH_VARIANT=cuda, but pip's sources give only the CPU build" \
    "unset PIP_FIND_LINKS and pip's find-links, or point TORCH_ROOT at a CUDA build"
elif [ "$variant" = cpu ] && [ "$torch_build" != cpu ]; then
  say "  note: this is the CUDA build; it runs on the CPU too, only larger"
fi
cat >"$record" <<RECORD
KEY='$key'
VARIANT='$variant'
GIVEN_ROOT='$given_root'
TORCH_DIR='$torch_dir'
TORCH_VERSION='$torch_version'
TORCH_BUILD='$torch_build'
ARROW_DIR='$arrow_dir'
RECORD
say "  PyTorch $torch_version ($torch_build) in ${torch_dir#"$root"/}; set-up took $(seconds_since "$began_all") s"
