#!/usr/bin/env bash
# Writes Sources/Serving/GRPC/Generated anew from the .proto files beside it. What it writes is committed: the plugins take minutes to
# build, and the protocols do not change.
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
# generate FILE VISIBILITY SIDES
generate() {
  local all="UseAccessLevelOnImports=false,Visibility=$2"
  protoc --proto_path "$folder" "$1" \
    --plugin="$plugins/swift-protobuf/release/protoc-gen-swift" \
    --plugin="$plugins/grpc-swift-protobuf/release/protoc-gen-grpc-swift-2" \
    --swift_out="$folder/Generated" --swift_opt="$all" --grpc-swift-2_out="$folder/Generated" --grpc-swift-2_opt="$3,$all"
}
generate inference.proto Internal Server=true,Client=false
# The tests read what the exporter sends.
generate traces.proto Package Server=false,Client=true
say "protobuf: $folder/Generated is written"
