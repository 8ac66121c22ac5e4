# Sourced by the other scripts: where things are, and how they speak.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
venv="$root/.venv"
record="$venv/swiftrec.env"        # what set-up chose: read by every later step
native_build="$root/native/build"

say() { printf '%s\n' "$*"; }
die() { printf 'error: %s\n' "$1" >&2; [ $# -lt 2 ] || printf '  remedy: %s\n' "$2" >&2; exit 1; }

# lock SECTION [NAME]: the pins of a section of environment.lock, one a line as pip takes them; with NAME, its version alone.
lock() {
  awk -v section="[$1]" -v name="${2:-}" '
    { sub(/#.*/, ""); gsub(/[ \t\r]/, "") }
    /^\[.*\]$/ { inside = $0 == section; known = known || inside; next }
    inside && $0 != "" {
      if (name == "") { print; next }
      if (split($0, pin, "==") == 2 && pin[1] == name) { print pin[2]; found = 1; exit }
    }
    END { exit !(known && (name == "" || found)) }
  ' "$root/environment.lock" || die "environment.lock holds no [$1]${2:+ with a version of $2}" "git checkout environment.lock"
}

# step NAME COMMAND...: runs it, quietly unless it fails, and says how long it took.
step() {
  local name=$1 began=$EPOCHREALTIME log code=0; shift
  log=$(mktemp)
  "$@" >"$log" 2>&1 || code=$?
  if [ "$code" -ne 0 ]; then
    tail -n 60 "$log" >&2; rm -f "$log"
    die "$name failed (exit $code)"
  fi
  rm -f "$log"
  say "  $name: $(seconds_since "$began") s"
}

# apt_packages NAME...: with apt-get, as root; for anybody else the line that does it.
apt_packages() {
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    step "apt-get update" apt-get -o DPkg::Lock::Timeout=300 update -q
    step "apt-get install $*" env DEBIAN_FRONTEND=noninteractive \
      apt-get -o DPkg::Lock::Timeout=300 install -qy --no-install-recommends "$@"
  else
    die "missing: $*" "sudo apt-get install -y --no-install-recommends $*"
  fi
}

# What `python3 -m venv` needs.
need_venv() { python3 -c 'import venv, ensurepip' 2>/dev/null || apt_packages python3 python3-venv; }

seconds_since() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }'; }

# Reads what set-up chose: TORCH_DIR, TORCH_VERSION, TORCH_BUILD, and ARROW_DIR, which is empty where there is no Arrow.
load_record() {
  ARROW_DIR=
  [ -f "$record" ] || die "there is no set-up in .venv yet" "make setup"
  # shellcheck source=/dev/null
  . "$record"
}

# What SwiftPM needs to find the bridge and zlib.
export_package_paths() {
  local multiarch
  multiarch=$(g++ -print-multiarch 2>/dev/null || true)
  export PKG_CONFIG_PATH="$native_build:/usr/lib/$multiarch/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
}

# What runs without Swift's runtime is built in a folder of its own: objects for static linking differ. It travels, so the
# C files in it don't name this checkout in their asserts.
# SwiftPM gives -static-stdlib to programs alone; the Python package's library needs it too, and one set of flags keeps objects.
swift_static() {
  local anonymous="-fmacro-prefix-map=$root/="
  say "swift build -c release --static-swift-stdlib $*"
  swift build -c release --static-swift-stdlib --scratch-path .build-static --explicit-target-dependency-import-check error \
    -Xswiftc -static-stdlib -Xcc "$anonymous" -Xcxx "$anonymous" "$@"
}
static_bin() { swift build -c release --static-swift-stdlib --scratch-path .build-static --show-bin-path; }
