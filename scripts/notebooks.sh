#!/usr/bin/env bash
# Tests the Python package as a user has it: the wheel in a virtual environment of its own, its tests, mypy, the notebooks.
#
#   notebooks.sh           tests
#   notebooks.sh --write   tests, and keeps what the notebooks print and plot
set -euo pipefail
. "$(dirname "$0")/common.sh"
load_record
environment="$root/.venv-notebooks"
python="$environment/bin/python"
key=$({ lock python; lock python.notebooks; echo "$TORCH_DIR"; } | sha256sum | cut -d' ' -f1)

# The packages stay as long as their pins; the wheel is installed afresh each time.
if [ "$(cat "$environment/key" 2>/dev/null)" != "$key" ]; then
  step "virtual environment .venv-notebooks" python3 -m venv --clear "$environment"
  mapfile -t pins < <(lock python.notebooks)
  step "packages of [python.notebooks]" "$python" -m pip --disable-pip-version-check -q install \
    "torch==$TORCH_VERSION" "numpy==$(lock python numpy)" "pyarrow==$(lock python pyarrow)" "${pins[@]}"
  echo "$key" >"$environment/key"
fi
wheels=(dist/swiftrec-*.whl)
[ -f "${wheels[0]}" ] && [ "${#wheels[@]}" -eq 1 ] || die "dist/ holds ${#wheels[*]} wheels or none" "rm -rf dist && make wheel"
"$python" -m pip --disable-pip-version-check -q install --force-reinstall --no-deps "${wheels[0]}"

# Away from the sources, so that what is tested is what was installed.
cd python/tests
say "swiftrec $("$python" -c 'import swiftrec; print(swiftrec.engine())')"
"$python" measure_start.py
"$environment/bin/mypy" --strict --config-file ../pyproject.toml -p swiftrec && echo "passed: mypy --strict"
exec "$python" -m pytest -q -rs -p no:cacheprovider . "$@"
