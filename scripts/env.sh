#!/usr/bin/env bash
# Prints what a package outside this repository needs in its environment to build with SwiftRec: eval "$(make env)"
set -euo pipefail
. "$(dirname "$0")/common.sh"
load_record
PKG_CONFIG_PATH='' export_package_paths
printf 'export PKG_CONFIG_PATH=%q\n' "$PKG_CONFIG_PATH"
printf 'export LD_LIBRARY_PATH=%q\n' "$native_build"
