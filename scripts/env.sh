#!/usr/bin/env bash
# Prints what a package outside this repository needs in its environment to build with SwiftRec: eval "$(make env)"
# Where the environment has it already, as in an image, there is nothing to print.
set -euo pipefail
. "$(dirname "$0")/common.sh"
if [ ! -f "$record" ]; then
  IFS=: read -ra folders <<<"${PKG_CONFIG_PATH:-}"
  for folder in "${folders[@]}"; do [ ! -f "$folder/swiftrec-native.pc" ] || exit 0; done
fi
load_record
PKG_CONFIG_PATH='' export_package_paths
printf 'export PKG_CONFIG_PATH=%q\n' "$PKG_CONFIG_PATH"
printf 'export LD_LIBRARY_PATH=%q\n' "$native_build"
