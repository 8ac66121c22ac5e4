# Sourced by scripts/images.sh with the build context: puts into its lab/ what the lab has more than the train image.
#
#   SWIFT_TOOLCHAIN=DIR   the toolchain to carry (DIR/usr/bin/swift); that of `swift` where it is the pinned one; none: leave it out
lab=$1/lab

{ lock python.lab; lock python.lab.science; } >"$lab/requirements.txt"

# The Python package, for the image's Python.
mkdir -p "$lab/wheels"
if compgen -G "dist/swiftrec-*.whl" >/dev/null; then
  cp "$(printf '%s\n' dist/swiftrec-*.whl | sort -V | tail -n 1)" "$lab/wheels/"
else
  say "  note: the lab is built without the Python package, dist/ holds no wheel (make wheel)"
fi

# What a package outside the checkout is built on, as it would find it in a checkout.
source=$lab/source
mkdir -p "$source/native" "$source/scripts"
cp -a Package.swift environment.lock Sources Tests Examples configs "$source/"
cp -a native/include native/start "$source/native/"
cp -a scripts/env.sh scripts/common.sh "$source/scripts/"
cat >"$lab/swiftrec-native.pc" <<PC
Name: swiftrec-native
Description: SwiftRec's bridge over LibTorch
Version: $version
Cflags: -I/opt/swiftrec/source/native/include
Libs: -L/opt/swiftrec/lib -lswiftrec_native
PC

# The Swift packages at their pins, each a repository of one commit, and the line that sends git there instead of to GitHub.
mkdir -p "$lab/packages"
: >"$lab/gitconfig"
while read -r url pin; do
  name=$(basename "$url" .git)
  git -c advice.detachedHead=false clone -q --bare --depth 1 --branch "$pin" "${url%.git}" "$lab/packages/$name" 2>/dev/null ||
    die "$url could not be cloned at $pin" "look at the network, or at what git config --get-regexp url says"
  git -C "$lab/packages/$name" remote remove origin
  rm -rf "$lab/packages/$name"/{FETCH_HEAD,hooks,description}
  ln -s "$name" "$lab/packages/$name.git"
  for suffix in "" .git; do printf '[safe]\n\tdirectory = /opt/swiftrec/packages/%s%s\n' "$name" "$suffix"; done >>"$lab/gitconfig"
  printf '[url "/opt/swiftrec/packages/%s"]\n\tinsteadOf = %s\n' "$name" "${url%.git}" >>"$lab/gitconfig"
done < <(python3 -c '
import json
for pin in json.load(open("Package.resolved"))["pins"]:
    print(pin["location"], pin["state"]["version"])')

# Of the toolchain what compiles, links and formats. Left out: debuggers, documentation, language servers, embedded Swift.
# A whole one can be mounted over /opt/swift.
toolchain=${SWIFT_TOOLCHAIN:-}
wanted=$(lock swift toolchain)
if [ -z "$toolchain" ] && command -v swift >/dev/null && [[ $(swift --version 2>/dev/null) == *"Swift version $wanted "* ]]; then
  toolchain=$(dirname "$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")")
fi
mkdir -p "$lab/swift"
if [ -z "$toolchain" ] || [ "$toolchain" = none ]; then
  say "  note: the lab is built without a Swift toolchain (SWIFT_TOOLCHAIN=DIR names one; or mount one over /opt/swift)"
else
  [ -x "$toolchain/usr/bin/swift-frontend" ] || die "SWIFT_TOOLCHAIN='$toolchain' holds no usr/bin/swift-frontend" "SWIFT_TOOLCHAIN=DIR, an unpacked toolchain"
  (
    cd "$toolchain"
    find usr/bin -maxdepth 1 \( -name 'swift*' -o -name 'clang*' -o -name 'lld' -o -name 'ld*' -o -name 'llvm-ar' -o -name 'llvm-ranlib' \
      -o -name 'llvm-profdata' -o -name 'llvm-cov' \) ! -name clangd ! -name swift-build-sdk-interfaces ! -name '*musl*' -print0
    find usr/libexec/swift usr/share/swift usr/share/pm usr/lib/swift usr/lib/swift_static usr/lib/clang \
      \( -name embedded -o -name FrameworkABIBaseline -o -name migrator \) -prune -o ! -type d -print0
    find usr/lib -maxdepth 1 -name 'libIndexStore.so*' -print0
  ) >"$lab/swift.files" 2>/dev/null || true
  copy() { (cd "$toolchain" && xargs -0 cp "$@" --parents -t "$lab/swift" <"$lab/swift.files") 2>/dev/null; }
  # By links where both are on one file system.
  copy -al || copy -a || die "the toolchain in $toolchain could not be copied" "df -h; SWIFT_TOOLCHAIN=DIR names another"
  say "  Swift toolchain: $(du -sm "$lab/swift" | cut -f1) MB of $toolchain's $(du -sm "$toolchain/usr" | cut -f1) MB"
fi
