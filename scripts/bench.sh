#!/usr/bin/env bash
# Runs swiftrec-bench in the checkout; its arguments are passed on.
set -euo pipefail
. "$(dirname "$0")/common.sh"
# Both sides get huge pages for large tensors: PyTorch asks for them only when told.
export THP_MEM_ALLOC_ENABLE=1
exec bin/swiftrec-bench --root "$root" "$@"
