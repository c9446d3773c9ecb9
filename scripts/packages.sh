#!/bin/bash
# The Debian 12 packages omegate needs, by purpose, and nothing else about them: every script asks here.
#
# usage: scripts/packages.sh install GROUP...   install what is missing (as root, or through sudo)
#        scripts/packages.sh list GROUP...      print the names
#        scripts/packages.sh missing GROUP...   print those that are not installed
# Groups: build  compile the program and its worker
#         demo   what scripts/demo starts: a server, a client with OMEMO, a capture
#         package scripts/deb, beside build
#         test   all tests: the peers, the libraries to compare with
#         roots  tests that make a Debian of their own and run only by name: the container, a Matrix homeserver
#         bench  scripts/bench
#         fuzz   scripts/fuzz (all tests replay its corpus without it)
#         mutate scripts/mutate
#         run    the shared libraries alone, for a machine that gets a built program
set -euo pipefail

build=(
  g++ cmake ninja-build pkg-config
  python3-minimal                  # manual pages and completions are made of the help texts
  libboost1.81-dev libboost-json1.81-dev libboost-url1.81-dev  # Asio, Beast, JSON, URL
  libexpat1-dev                    # XML
  libicu-dev                       # stringprep of JIDs
  libsodium-dev libssl-dev         # primitives; TLS, AES
  libprotozero-dev                 # OMEMO's protobuf messages
  libsqlitecpp-dev libsqlite3-dev  # the store
  libyaml-cpp-dev libcli11-dev     # configuration, command line
  libspdlog-dev                    # log
  libc-ares-dev                    # SRV records
  libqrencode-dev                  # QR codes of fingerprints
  libgmime-3.0-dev                 # MIME
  liblua5.4-dev libseccomp-dev     # the plugin worker and its cage
  libre2-dev                       # regular expressions of plugins
)
peers=(
  prosody openssl ca-certificates tcpdump
  python3 python3-slixmpp python3-omemo python3-oldmemo python3-twomemo
  python3-xmlschema                # python-omemo wants it for its XML and does not say so
)
demo=("${peers[@]}" profanity tmux curl)
package=(debhelper fakeroot)       # fakeroot: for who is not root
test=(
  "${peers[@]}" profanity tmux curl strace sqlite3 git
  prosody-modules                  # SASL2 and its company
  libgtest-dev libgmock-dev libomemo-c-dev
  systemd man-db zsh fish iproute2   # the service, its manual, its completions
  debhelper lintian                # the Debian package
  valgrind                         # sees what depends on secrets
  prometheus                       # promtool: alert rules, the page of numbers
  prometheus-alertmanager apprise  # send to hooks
  ejabberd                         # the other server
  nginx-light caddy                # stand before the hooks
  postfix                          # delivers mail to us, takes ours
  dovecot-core dovecot-imapd dovecot-lmtpd  # and lets us in and keeps what we send
  dino-im xvfb xdotool             # a client with windows, its screen, its keyboard and mouse
  at-spi2-core dbus-daemon python3-gi  # reads and presses what stands on that screen
  zbar-tools                       # reads QR codes in pictures
)
roots=(podman runc debootstrap)    # the container; a Debian with a Matrix homeserver
bench=("${peers[@]}" libbenchmark-dev libomemo-c-dev)
fuzz=(clang libclang-rt-14-dev)
mutate=(python3 python3-clang-14)  # libclang finds the places
run=(
  libexpat1 libicu72 libsodium23 libssl3 libsqlite3-0 libyaml-cpp0.7 libspdlog1.10 libfmt9
  libc-ares2 libqrencode4 libgmime-3.0-0 liblua5.4-0 libseccomp2 libre2-9 ca-certificates
)

main() {
  local verb=${1:-}
  [ $# -ge 2 ] || usage
  shift
  case $verb in
    list) names "$@" ;;
    missing) missing "$@" ;;
    install) install_groups "$@" ;;
    *) usage ;;
  esac
}

usage() {
  sed -n '4,15s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

names() {
  local group
  for group; do
    case $group in
      build | package | demo | test | roots | bench | fuzz | mutate | run) local -n list=$group; printf '%s\n' "${list[@]}" ;;
      *) echo "packages.sh: there is no group '$group' (build, package, demo, test, roots, bench, fuzz, mutate, run)" >&2; exit 2 ;;
    esac
  done | sort -u
}

missing() {
  comm -23 <(names "$@") <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' | sort -u)
}

install_groups() {
  names "$@" >/dev/null
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    echo "packages.sh: this installs packages of Debian 12 with apt-get, and there is no apt-get here." >&2
    echo "packages.sh: install the equivalents of these by hand: $(names "$@" | paste -sd' ')" >&2
    exit 1
  fi
  local wanted
  mapfile -t wanted < <(missing "$@")
  if [ ${#wanted[@]} -eq 0 ]; then
    echo "packages: all there ($*)"
    return
  fi
  become_root
  echo "packages: installing ${#wanted[@]} for $*: ${wanted[*]}"
  log=$(mktemp)
  trap cleanup EXIT
  hold_services
  local start=$SECONDS
  case " ${wanted[*]} " in *' postfix '*) leave_postfix_alone ;; esac
  quietly update
  quietly install --no-install-recommends "${wanted[@]}"
  echo "packages: installed in $((SECONDS - start)) s"
}

become_root() {
  if [ "$(id -u)" = 0 ]; then
    root=()
  elif command -v sudo >/dev/null; then
    root=(sudo)
  else
    echo "packages.sh: packages are missing, and this is neither root nor is there sudo." >&2
    exit 1
  fi
}

# Installing a server must not start it. A policy that is already there is left alone.
policy=/usr/sbin/policy-rc.d
hold_services() {
  [ -e "$policy" ] && return
  printf '#!/bin/sh\n# put here by omegate while it installs packages\nexit 101\n' | "${root[@]}" tee "$policy" >/dev/null
  "${root[@]}" chmod 755 "$policy"
  policy_is_ours=yes
}

# The tests bring Postfix a configuration of their own; the machine is to get none.
leave_postfix_alone() {
  echo 'postfix postfix/main_mailer_type select No configuration' | "${root[@]}" debconf-set-selections
}

cleanup() {
  rm -f "$log"
  [ "${policy_is_ours:-no}" = no ] || "${root[@]}" rm -f "$policy"
}

quietly() { # VERB ARGUMENT...: apt-get, told in one line; everything it said if it failed
  if ! "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -o Dpkg::Use-Pty=0 "$@" </dev/null 2>&1 | tee "$log" | progress "$1"; then
    cat "$log" >&2
    echo "packages.sh: apt-get $1 failed" >&2
    exit 1
  fi
}

progress() { # VERB: counts what passes by
  local line total='?' fetched=0 ready=0
  while IFS= read -r line; do
    case $line in
      *' newly installed, '*) [[ $line =~ ([0-9]+)' newly' ]] && total=${BASH_REMATCH[1]} ;;
      Get:*) fetched=$((fetched + 1)); show "$1, fetched $fetched" ;;
      'Setting up '*) ready=$((ready + 1)); show "$1, set up $ready of $total" ;;
    esac
  done
  [ ! -t 1 ] || printf '\r\033[K'
}

show() { # TEXT: in place on a terminal, else a line every five seconds
  if [ -t 1 ]; then
    printf '\r\033[Kpackages: %s' "$1"
  elif [ $((SECONDS - ${shown:--5})) -ge 5 ]; then
    printf 'packages: %s\n' "$1"
    shown=$SECONDS
  fi
}

main "$@"
