# Sourced after common.sh: the program that builds images, where they are kept, and the Debian that they begin with.
#
# buildah, else docker where its daemon answers, else (root, apt) buildah is installed. buildah and podman get their whole
# configuration by environment variables that point into .images/: nothing is written under /etc, no daemon is needed.
images=${SWIFTREC_IMAGES:-$root/.images}
variant=${IMAGE_VARIANT:-cpu}
version=$(sed -n 's/.*let version = "\(.*\)".*/\1/p' Sources/Environment/Release.swift)
[ -n "$version" ] || die "Sources/Environment/Release.swift holds no version" "git checkout Sources/Environment/Release.swift"
torch_release=$(lock python torch)
tag="$version-torch${torch_release%.*}-$variant"
ca_file=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
suite=$(lock debian suite)
host_packages=(buildah podman runc mmdebstrap skopeo conmon catatonit netavark)

case $variant in
  cpu | cu[0-9]*) ;;
  *) die "IMAGE_VARIANT='$variant' is no variant" "IMAGE_VARIANT=cpu or cu130" ;;
esac

image() { printf 'localhost/swiftrec-%s:%s' "$1" "$tag"; }

choose_engine() {
  engine=${IMAGE_ENGINE:-}
  if [ -z "$engine" ]; then
    if command -v buildah >/dev/null; then
      engine=buildah
    elif command -v docker >/dev/null && timeout 20 docker info >/dev/null 2>&1; then
      engine=docker
    else
      engine=buildah
    fi
  fi
  case $engine in
    buildah | docker) ;;
    *) die "IMAGE_ENGINE='$engine' is not known" "IMAGE_ENGINE=buildah or docker" ;;
  esac
  [ "$engine" = docker ] || install_host_packages "${host_packages[@]}"
}

install_host_packages() {
  local missing=() package
  for package in "$@"; do
    case $package in
      catatonit | netavark | conmon)
        PATH=$PATH:/usr/lib/podman:/usr/libexec/podman command -v "$package" >/dev/null || missing+=("$package")
        ;;
      *) command -v "$package" >/dev/null || missing+=("$package") ;;
    esac
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    die "missing: ${missing[*]}" "sudo apt-get install -y ${missing[*]}"
  fi
  step "apt-get update" apt-get -o DPkg::Lock::Timeout=300 update -q
  step "apt-get install ${missing[*]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -o DPkg::Lock::Timeout=300 install -qy --no-install-recommends "${missing[@]}"
}

# Everything that containers/storage, containers/image and podman read, in a folder of this checkout's own.
configure_storage() {
  local configuration=$images/configuration
  mkdir -p "$configuration" "$images/storage" "$images/run" "$images/tmp"
  cat >"$configuration/storage.conf" <<CONF
[storage]
driver = "overlay"
graphroot = "$images/storage"
runroot = "$images/run"
CONF
  cat >"$configuration/registries.conf" <<CONF
unqualified-search-registries = ["localhost"]
[aliases]
"debian" = "localhost/debian"
CONF
  printf '{"default": [{"type": "insecureAcceptAnything"}]}\n' >"$configuration/policy.json"
  # The limits are for machines whose hard limits are lower than podman's defaults; the host's network needs no firewall.
  cat >"$configuration/containers.conf" <<CONF
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=32768:32768"]
netns = "host"
log_driver = "k8s-file"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
CONF
  export CONTAINERS_STORAGE_CONF=$configuration/storage.conf CONTAINERS_REGISTRIES_CONF=$configuration/registries.conf
  export CONTAINERS_CONF=$configuration/containers.conf TMPDIR=$images/tmp
}

prepare_engine() {
  choose_engine
  mkdir -p "$images/configuration" "$images/tmp"
  [ "$engine" != docker ] || return 0
  configure_storage
  import_debian
}

# The sources of this machine's apt for the suite, as one-line entries; Debian's own where it has none.
apt_lines() {
  local found
  # shellcheck disable=SC2016  # apt fills these in
  found=$(apt-get indextargets --format '$(REPO_URI) $(SUITE) $(CODENAME) $(RELEASE) $(COMPONENT)' \
    'Created-By: Packages' 2>/dev/null |
    awk -v suite="$suite" '$NF == "main" {
      for (i = 2; i < NF; i++) if (index($i, suite) == 1) { print "deb", $1, $i, "main"; next }
    }' | sort -u)
  printf '%s\n' "${found:-$(debian_lines)}"
}

debian_lines() {
  printf 'deb http://deb.debian.org/debian %s main\n' "$suite" "$suite-updates"
  printf 'deb http://deb.debian.org/debian-security %s-security main\n' "$suite"
}

# FROM debian:bookworm-slim: pulled where a registry answers, otherwise bootstrapped from the mirror that apt uses here. What
# is imported names deb.debian.org, whatever it came from.
import_debian() {
  local name=localhost/debian:$suite-slim tar=$images/tmp/debian.tar
  if buildah images -q "$name" >/dev/null 2>&1; then return; fi
  if timeout 60 buildah pull -q "docker.io/library/debian:$suite-slim" >/dev/null 2>&1; then
    buildah tag "docker.io/library/debian:$suite-slim" "$name"
    say "  debian:$suite-slim: pulled"
    return
  fi
  [ "$(id -u)" = 0 ] || die "debian:$suite-slim can't be pulled here, and bootstrapping it takes root" \
    "run make images as root, or where a registry answers"
  local clean="rm -rf \"\$1\"/etc/apt/sources.list.d/*" list="install -m 644 $images/tmp/sources.list \"\$1/etc/apt/sources.list\""
  mapfile -t sources < <(apt_lines)
  debian_lines >"$images/tmp/sources.list"
  # The paths that Debian's own slim image leaves out.
  step "debian:$suite-slim, bootstrapped from apt's sources" mmdebstrap --variant=minbase --mode=root --include=ca-certificates \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --dpkgopt='path-exclude=/usr/share/info/*' \
    --customize-hook="$clean && $list" \
    --customize-hook="rm -f \"\$1/etc/hostname\" \"\$1/etc/resolv.conf\" && rm -rf \"\$1\"/var/log/*" \
    "$suite" "$tar" "${sources[@]}"
  podman import -q "$tar" "$name" >/dev/null
  rm -f "$tar"
}

# build_image IMAGE DOCKERFILE CONTEXT OPTIONS...
build_image() {
  local name=$1 file=$2 context=$3; shift 3
  if [ "$engine" = docker ]; then
    docker build --network host -f "$file" -t "$name" "$@" "$context"
  else
    local lend=()
    # This machine's certificates are lent where pip runs (it may stand behind a proxy), and leave no trace in a layer.
    if [ "$name" = "$(plain lab)" ] || [ "$name" = "localhost/swiftrec-builder:$tag" ]; then
      lend+=(-v "$ca_file:/etc/ssl/certs/ca-certificates.crt:ro")
    fi
    # So are the sources of apt, where they are not the ones that the image names.
    if [ "$(apt_lines)" != "$(debian_lines)" ] && ! apt_lines | grep -q deb.debian.org; then
      apt_lines >"$images/configuration/sources.list"
      lend+=(-v "$images/configuration/sources.list:/etc/apt/sources.list:ro")
    fi
    buildah bud --isolation chroot --network host --pull-never --layers --format docker "${lend[@]}" \
      -f "$file" -t "$name" "$@" "$context"
  fi
}
