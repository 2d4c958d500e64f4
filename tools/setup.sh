#!/usr/bin/env bash
# Everything a fresh clone needs, once: dependencies, the build, a NATS server.
# Safe to repeat: a step with nothing to do takes no time.
#
#   tools/setup.sh                  what `make demo` needs
#   tools/setup.sh --test           also the oldest and a new NATS server to test against; compiling
#                                   is left to the tests, which count it
#   tools/setup.sh --with-browser   also Chromium for the page test (root or passwordless sudo)
#
# KWM_NATS_SERVER=/path/to/nats-server is taken as it is.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

pnpm_version=12.21.0
node_minimum=20.19
nats_minimum=2.9.10
logs=.kwm/setup
bin=.kwm/bin
for_test='' with_browser=''
for argument; do
  case $argument in
    --test) for_test=1 ;;
    --with-browser) with_browser=1 ;;
    *) echo "unknown option: $argument (there are --test and --with-browser)" >&2; exit 2 ;;
  esac
done
mkdir -p "$logs" "$bin"
export TURBO_TELEMETRY_DISABLED=1 DO_NOT_TRACK=1

say() { printf 'setup  %-12s %s\n' "$1" "$2"; }
die() { say "$1" "$2" >&2; exit 1; }

# timed NAME WHAT COMMAND...: one line before, one after; the output is shown only on failure.
timed() {
  local name=$1 what=$2 log="$logs/$1.log" started=$SECONDS
  shift 2
  say "$name" "$what ..."
  if ! "$@" >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    die "$name" "failed; the whole output is in $log"
  fi
  say "$name" "done in $((SECONDS - started)) s"
}

# attempt COMMAND...: what needs the network gets three tries.
attempt() {
  local try
  for try in 1 2 3; do
    if "$@"; then return; fi
    [ "$try" = 3 ] || { echo "try $try of 3 failed: $*" >&2; sleep $((try * 5)); }
  done
  return 1
}

# A mirror that hiccups is asked again; another apt that runs is waited for.
apt_patience=(-o Acquire::Retries=3 -o Acquire::http::Timeout=30 -o DPkg::Lock::Timeout=120)

# at_least WANTED GOT: versions compared as numbers, field by field.
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -t. -k1,1n -k2,2n -k3,3n | head -n 1)" = "$1" ]; }

check_node() {
  command -v node >/dev/null || die node "not found: install Node $node_minimum or newer, with npm"
  local version; version=$(node --version); version=${version#v}
  at_least "$node_minimum" "$version" || die node "$version is too old: Node $node_minimum or newer is needed"
  say node "$version"
}

install_dependencies() {
  local stamp=node_modules/.kwm-installed now
  now=$(node --version; cat pnpm-lock.yaml pnpm-workspace.yaml package.json {packages,services}/*/package.json | cksum)
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$now" ]; then say dependencies 'up to date'; return; fi
  timed dependencies 'installing (a minute or two the first time)' \
    attempt npx -y "pnpm@$pnpm_version" install --frozen-lockfile
  printf '%s\n' "$now" >"$stamp"
}

build() { # turbo looks for pnpm on PATH
  PATH="$PWD/node_modules/.bin:$PATH" timed build 'compiling what changed' \
    turbo run build --output-logs=errors-only --no-update-notifier
}

# --- NATS ---------------------------------------------------------------------------------------

nats_version() { "$1" --version 2>/dev/null | sed -n 's/^nats-server: v//p'; }

find_nats() {
  local candidate version
  local named=${KWM_NATS_SERVER:-}
  for candidate in "${named%%,*}" "$(command -v nats-server || true)" "$bin/nats-server"; do
    [ -x "$candidate" ] || continue
    version=$(nats_version "$candidate")
    if [ -n "$version" ] && at_least "$nats_minimum" "$version"; then printf '%s\n' "$candidate"; return; fi
  done
  return 1
}

# keep_nats DIRECTORY_OF_A_DEB: into .kwm/bin under the name of its version, which it prints.
keep_nats() {
  local version
  (cd "$1" && rm -rf root && dpkg -x ./nats-server_*.deb root) || return 1
  version=$(nats_version "$1/root/usr/sbin/nats-server") && [ -n "$version" ] || return 1
  install -m755 "$1/root/usr/sbin/nats-server" "$bin/nats-server-$version"
  rm -rf "$1"
  printf '%s\n' "$version"
}

# private_apt DIRECTORY COMMAND...: apt with its own lists, so that it needs no root and touches
# nothing of the system. Sources are the system's, or those of DIRECTORY/sources.list if it exists.
private_apt() {
  local directory=$1 sources=()
  shift
  mkdir -p "$directory/lists/partial" "$directory/cache/archives/partial"
  if [ -f "$directory/sources.list" ]; then
    # A mirror may be a snapshot, whose lists are past their date; signatures are still checked.
    sources=(-o "Dir::Etc::sourcelist=$directory/sources.list" -o Dir::Etc::sourceparts=-
      -o Acquire::Check-Valid-Until=false)
  fi
  (cd "$directory" && apt-get -qq "${apt_patience[@]}" ${sources[@]+"${sources[@]}"} -o "Dir::State::Lists=$directory/lists" \
    -o "Dir::Cache=$directory/cache" -o "APT::Sandbox::User=$(id -un)" "$@")
}

# The mirror this machine is configured with, so that a local one is used where there is one.
debian_mirror() {
  local found=''
  [ -f /etc/apt/sources.list.d/debian.sources ] &&
    found=$(awk '/^URIs:/ { print $2; exit }' /etc/apt/sources.list.d/debian.sources)
  [ -z "$found" ] && [ -f /etc/apt/sources.list ] &&
    found=$(sed -E 's/\[[^]]*\]//' /etc/apt/sources.list | awk '$1 == "deb" { print $2; exit }')
  [ -n "$found" ] && printf '%s\n' "$found"
}

# Into DIRECTORY: the package of this machine's own release, from the system's lists if they know it.
download_own() {
  mkdir -p "$1" && { (cd "$1" && apt-get -qq "${apt_patience[@]}" -o "APT::Sandbox::User=$(id -un)" download nats-server) ||
    { private_apt "$1" update && private_apt "$1" download nats-server; }; }
}

download_from_suite() { # DIRECTORY SUITE
  local mirror; mirror=$(debian_mirror) || return 1
  mkdir -p "$1"
  printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "$mirror" "$2" >"$1/sources.list"
  private_apt "$1" update && private_apt "$1" download nats-server
}

# fetch_nats NAME DOWNLOAD...: prints the version that is now in .kwm/bin, or fails quietly.
fetch_nats() {
  local directory="$PWD/.kwm/apt/$1" log="$logs/nats-$1.log"
  command -v apt-get >/dev/null && command -v dpkg >/dev/null || return 1
  rm -rf "$directory"
  "$2" "$directory" ${3+"$3"} >"$log" 2>&1 && keep_nats "$directory" 2>>"$log"
}

provide_nats() {
  local server version
  if server=$(find_nats); then say nats-server "$(nats_version "$server") at $server"; return; fi
  say nats-server 'fetching the Debian package ...'
  if version=$(fetch_nats own download_own); then
    ln -sf "nats-server-$version" "$bin/nats-server"
    say nats-server "$version at $bin/nats-server"
    return
  fi
  say nats-server "not here and not to be had by apt. Install nats-server $nats_minimum or newer"
  say '' '(apt-get install nats-server, brew install nats-server, or a release of nats-io/nats-server)'
  say '' 'and put it on PATH or name it in KWM_NATS_SERVER. Without it the demo runs in one process,'
  say '' 'and the tests that need a server are skipped.'
}

# The tests run against the oldest server supported and a new one.
provide_nats_for_test() {
  local server suite version
  if server=$(find_nats); then
    version=$(nats_version "$server")
    case $server in */*"$bin"/* | "$bin"/*) ;; *) ln -sf "$server" "$bin/nats-server-$version" ;; esac
  fi
  for suite in bookworm sid; do
    version=$(cat "$logs/nats-$suite.version" 2>/dev/null || true)
    if [ -n "$version" ] && [ -x "$bin/nats-server-$version" ]; then
      say nats-server "$version for the tests"
    elif [ "$suite" = bookworm ] && [ -x "$bin/nats-server-$nats_minimum" ]; then
      say nats-server "$nats_minimum for the tests"
    else
      say nats-server "fetching the one of Debian $suite for the tests ..."
      if version=$(fetch_nats "$suite" download_from_suite "$suite"); then
        printf '%s\n' "$version" >"$logs/nats-$suite.version"
        say nats-server "$version for the tests"
      else
        say nats-server "none from Debian $suite (see $logs/nats-$suite.log): tests that want it are skipped"
      fi
    fi
  done
}

# --- Chromium -----------------------------------------------------------------------------------

install_browser() { # SUDO_OR_NOTHING
  $1 apt-get -qq "${apt_patience[@]}" update &&
    $1 env DEBIAN_FRONTEND=noninteractive \
      apt-get -qq "${apt_patience[@]}" install -y --no-install-recommends chromium
}

provide_browser() {
  local as_root=''
  if command -v chromium >/dev/null; then say browser "$(command -v chromium)"; return; fi
  if [ "$(id -u)" != 0 ]; then
    if ! sudo -n true 2>/dev/null; then
      say browser 'no Chromium, and installing it needs root: the page test is skipped'
      return
    fi
    as_root=sudo
  fi
  say browser 'installing Chromium (a minute or two) ...'
  if attempt install_browser "$as_root" >"$logs/browser.log" 2>&1; then
    say browser "$(command -v chromium)"
  else
    say browser "could not be installed (see $logs/browser.log): the page test is skipped"
  fi
}

check_node
install_dependencies
[ -n "$for_test" ] || build
provide_nats
[ -z "$for_test" ] || provide_nats_for_test
[ -z "$with_browser" ] || provide_browser
