#!/usr/bin/env bash
# Builds the image and starts it, without an engine: buildah in a chroot, on a base that debootstrap makes and that
# takes the place of the official one. Says so and ends with 0 where that cannot be done.
#   scripts/check-image.sh
set -euo pipefail
cd "$(dirname "$0")/.."

for tool in buildah debootstrap npm curl; do
  command -v "$tool" >/dev/null || { echo "image: left out, $tool is not here (scripts/install-tools.sh image)"; exit 0; }
done
[ "$(id -u)" = 0 ] || { echo "image: left out, needs root"; exit 0; }
node_home="${SLIPWAY_TOOLS:-$HOME/.slipway-tools}/nodes/24"
node_program=$(echo "$node_home"/node_modules/node-linux-*/bin/node)
[ -x "$node_program" ] || { echo "image: left out, no Node 24 (scripts/install-tools.sh nodes)"; exit 0; }

work="${SLIPWAY_IMAGE_WORK:-$(mktemp -d)}"
export BUILDAH_ISOLATION=chroot
image() { buildah --root "$work/store" --runroot "$work/run" --storage-driver vfs "$@"; }
server=""
finish() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  [ -n "${SLIPWAY_IMAGE_WORK:-}" ] || rm -rf "$work"
}
trap finish EXIT

if [ ! -f "$work/base/rootfs.tar" ]; then
  mkdir -p "$work/base"
  debootstrap --variant=minbase bookworm "$work/rootfs" >"$work/debootstrap.log"
  cp "$node_program" "$work/rootfs/usr/local/bin/node"
  mkdir -p "$work/rootfs/usr/local/lib/node_modules"
  cp -r "$(npm root --global)/npm" "$work/rootfs/usr/local/lib/node_modules/"
  ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$work/rootfs/usr/local/bin/npm"
  tar -C "$work/rootfs" -cf "$work/base/rootfs.tar" .
  rm -rf "$work/rootfs"
fi
printf 'FROM scratch\nADD rootfs.tar /\nENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n' >"$work/base/Dockerfile"
base=$(sed -n 's/^ARG NODE_IMAGE=//p' Dockerfile)
image bud --pull-never -q -t "$base" "$work/base" >/dev/null

# The registry is reached as from here: its settings, certificates and cache are lent to the build.
lent=(-v "$(npm config get cache):/root/.npm" -v /etc/ssl:/etc/ssl:ro)
settings=$(npm config get globalconfig)
[ ! -f "$settings" ] || lent+=(-v "$settings:/usr/local/etc/npmrc:ro")
image bud --pull-never --format docker "${lent[@]}" -t slipway:check -f Dockerfile . >"$work/build.log" 2>&1 || { tail -20 "$work/build.log"; exit 1; }

container=$(image from --pull-never slipway:check)
port=$((20000 + RANDOM % 20000))
image run --isolation chroot --env SLIPWAY_PORT="$port" --env SLIPWAY_ADMIN_TOKEN=check "$container" -- node /app/dist/slipway.js serve >"$work/server.log" 2>&1 &
server=$!
for _ in $(seq 60); do
  curl -fs "http://127.0.0.1:$port/healthz" >/dev/null && break
  kill -0 "$server" 2>/dev/null || { cat "$work/server.log"; exit 1; }
  sleep 0.5
done
curl -fs "http://127.0.0.1:$port/" | grep -q Slipway
[ "$(image run --isolation chroot "$container" -- id -u)" = 10001 ]
image inspect --type image slipway:check | grep -q '"User": "10001:10001"'
echo "image: built, serves a page as 10001, $(image images --format '{{.Size}}' slipway:check)"
