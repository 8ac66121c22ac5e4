#!/usr/bin/env bash
# Proves who gets into the lab and who does not. Installs OpenSSH where it is missing, and JupyterLab into .venv-lab.
#
#   test-lab.sh             the start script by itself, then the lab's image where one was built
#   test-lab.sh processes   the start script alone
#   test-lab.sh image       the image alone
#   test-lab.sh model       a package of one's own, made, built and trained in the image (minutes)
set -euo pipefail
. "$(dirname "$0")/common.sh"
lab_venv="$root/.venv-lab"

has_ssh() { PATH=$PATH:/usr/sbin:/sbin command -v sshd >/dev/null && command -v ssh >/dev/null && command -v ssh-keygen >/dev/null; }

install_jupyter() {
  local wanted
  wanted=$(lock python.lab)
  [ "$wanted" = "$(cat "$lab_venv/requirements.txt" 2>/dev/null)" ] && "$lab_venv/bin/python" -c '' 2>/dev/null && return
  rm -rf "$lab_venv"
  step "python3 -m venv .venv-lab" python3 -m venv "$lab_venv"
  printf '%s\n' "$wanted" >"$lab_venv/wanted.txt"
  # [python.lab] is complete: nothing is resolved, and `pip check` says whether it still fits together.
  step "pip install of JupyterLab" "$lab_venv/bin/pip" --disable-pip-version-check install -q --no-deps -r "$lab_venv/wanted.txt"
  step "pip check" "$lab_venv/bin/pip" check
  mv "$lab_venv/wanted.txt" "$lab_venv/requirements.txt"
}

kind=${1:-all}
case $kind in
  all | processes | image | model) ;;
  *) die "test-lab.sh does not know '$kind'" "test-lab.sh, or test-lab.sh processes, image or model" ;;
esac
has_ssh || apt_packages openssh-server openssh-client
need_venv
install_jupyter
code=0
run() { "$lab_venv/bin/python" "$@" || code=1; }
case $kind in all | processes) run scripts/test-lab.py processes ;; esac
if [ "$kind" != processes ]; then
  exported=$(scripts/images.sh env)
  eval "$exported"
  lab_image=localhost/swiftrec-lab:$SWIFTREC_IMAGE_TAG
  case $kind in
    model) run scripts/test-lab-model.py "$lab_image" ;;
    *) run scripts/test-lab.py image "$lab_image" ;;
  esac
fi
exit "$code"
