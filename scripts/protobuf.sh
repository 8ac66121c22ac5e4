#!/usr/bin/env bash
# Writes Sources/Serving/GRPC/Generated anew from inference.proto. What it writes is committed: the plugins take minutes to
# build, and the protocol does not change.
set -euo pipefail
. "$(dirname "$0")/common.sh"
command -v protoc >/dev/null || apt_packages protobuf-compiler
load_record
export_package_paths
swift package resolve
for plugin in swift-protobuf/protoc-gen-swift grpc-swift-protobuf/protoc-gen-grpc-swift-2; do
  # In its own folder: the project's package does not build the plugins.
  step "swift build ${plugin#*/}" swift build -c release --package-path ".build/checkouts/${plugin%/*}" \
    --scratch-path ".build-protobuf/${plugin%/*}" --product "${plugin#*/}"
done
plugins="$root/.build-protobuf"
folder=Sources/Serving/GRPC
rm -rf "$folder/Generated"
mkdir -p "$folder/Generated"
protoc --proto_path "$folder" inference.proto \
  --plugin="$plugins/swift-protobuf/release/protoc-gen-swift" \
  --plugin="$plugins/grpc-swift-protobuf/release/protoc-gen-grpc-swift-2" \
  --swift_out="$folder/Generated" --swift_opt=UseAccessLevelOnImports=false \
  --grpc-swift-2_out="$folder/Generated" --grpc-swift-2_opt=Server=true,Client=false,UseAccessLevelOnImports=false
say "protobuf: $folder/Generated is written"
