#!/usr/bin/env bash
# Configures a preset and builds targets of it, with condensed progress on stderr; standard input is left alone.
# Usage: tools/build.sh PRESET TARGET [TARGET …] [-- CMAKE_ARGUMENT …]
# JOBS: compilers at once. Default: one a core, and one for each 1.2 GB of free memory at most.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
preset=$1
shift
targets=()
while [[ $# -gt 0 && $1 != -- ]]; do
  targets+=("$1")
  shift
done
[[ ${1:-} == -- ]] && shift
case $preset in
  release) dir=$root/build ;;
  *) dir=$root/build-$preset ;;
esac

default_jobs() {
  local free_mb jobs
  free_mb=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)
  jobs=$(nproc)
  ((free_mb / 1200 < jobs)) && jobs=$((free_mb / 1200))
  ((jobs > 1)) && echo "$jobs" || echo 1
}

# On a terminal ninja overwrites one line by itself. Elsewhere: a line each tenth part, and all that is no progress.
condense() {
  awk -F'[][/ ]+' '
    /^\[[0-9]+\/[0-9]+\]/ { part = int(10 * $2 / $3); if (part != last) { print; fflush(); last = part } next }
    /^-- |^ninja: (Entering|no work)/ { next }
    { print; fflush() }' >&2
}

configure() {
  local log=$dir/configure.log
  mkdir -p "$dir"
  # A checkout that was moved takes its cache along, which CMake then refuses.
  if [[ -f $dir/CMakeCache.txt ]] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$dir/CMakeCache.txt"; then
    rm -rf "$dir/CMakeCache.txt" "$dir/CMakeFiles"
  fi
  cmake -S "$root" --preset "$preset" "$@" </dev/null >"$log" 2>&1 && return
  cat "$log" >&2
  exit 1
}

# Without arguments of its own a configured build configures itself again when it must.
[[ $# -eq 0 && -f $dir/build.ninja ]] && grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$dir/CMakeCache.txt" || configure "$@"
export NINJA_STATUS='[%f/%t] '
jobs=${JOBS:-$(default_jobs)}
if [[ -t 2 ]]; then
  ninja -C "$dir" -j "$jobs" "${targets[@]}" </dev/null >&2
else
  ninja -C "$dir" -j "$jobs" "${targets[@]}" </dev/null 2>&1 | condense
fi
