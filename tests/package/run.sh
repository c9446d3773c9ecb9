#!/bin/bash
# Installs omegate::omemo into an empty directory, builds a small program against it and runs that.
# Exits non-zero if any of this fails.
#
# usage: tests/package/run.sh [BUILD_DIR]     default: build/release, made if it is not there
set -euo pipefail
cd "$(dirname "$0")/../.."

build=${1:-build/release}
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

[ -f "$build/CMakeCache.txt" ] || cmake --preset release -B "$build"
cmake --build "$build" --target omegate_omemo
cmake --install "$build" --component omemo --prefix "$place/prefix"
cmake -S tests/package -B "$place/build" -DCMAKE_PREFIX_PATH="$place/prefix" -DCMAKE_BUILD_TYPE=Release
cmake --build "$place/build"
"$place/build/talk"
