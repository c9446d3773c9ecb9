#!/bin/bash
# Configures and builds one preset, with a progress line; everything the compiler said if it fails.
#
# usage: scripts/build.sh PRESET [TARGET...]     presets: release, dev, tsan, fuzz; the result is in build/PRESET
set -euo pipefail
cd "$(dirname "$0")/.."

preset=${1:?usage: scripts/build.sh PRESET [TARGET...]}
shift
memory_per_job=1500 # MiB: what the heaviest file takes from the compiler, with sanitizers

jobs() {
  local by_memory cores
  cores=$(nproc)
  by_memory=$(($(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo) / memory_per_job))
  [ "$by_memory" -ge 1 ] || by_memory=1
  echo $((cores < by_memory ? cores : by_memory))
}

progress() { # passes Ninja's [done/total] on: in place on a terminal, else every ten seconds
  local line shown=-10
  while IFS= read -r line; do
    [[ $line =~ ^\[[0-9]+/[0-9]+\] ]] || continue
    if [ -t 1 ]; then
      printf '\r\033[Kbuild %s: %.100s' "$preset" "$line"
    elif [ $((SECONDS - shown)) -ge 10 ]; then
      printf 'build %s: %s\n' "$preset" "${BASH_REMATCH[0]}"
      shown=$SECONDS
    fi
  done
  [ ! -t 1 ] || printf '\r\033[K'
}

fail() { # MESSAGE
  grep -v '^\[[0-9]*/[0-9]*\] Building' "$log" >&2 || true
  echo "build $preset: $1" >&2
  exit 1
}

mkdir -p build
log=$(mktemp)
trap 'rm -f "$log"' EXIT
cmake --preset "$preset" >"$log" 2>&1 || fail "cmake cannot configure it (scripts/packages.sh install build)"
cmake --build --preset "$preset" -j "$(jobs)" ${1:+--target "$@"} 2>&1 </dev/null | tee "$log" | progress || fail "does not compile"
echo "build $preset: done in $SECONDS s"
