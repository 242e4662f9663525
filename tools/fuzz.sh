#!/usr/bin/env bash
# Builds every src/*/*_fuzz.cpp with clang, and runs each for some seconds. A crash is kept in build-fuzz/found/.
# Usage: tools/fuzz.sh [SECONDS, 30 each] [NAME, as in bookmark_fuzz]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
seconds=${1:-30}
name=${2:-}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || { echo "usage: tools/fuzz.sh [SECONDS] [NAME]" >&2 && exit 2; }
if ! command -v clang++ >/dev/null; then
  echo "fuzz: clang++ is missing (Debian packages clang and libclang-rt-14-dev)" >&2
  exit 1
fi
mapfile -t fuzzers < <(find "$root/src" -name "*_fuzz.cpp" -printf '%f\n' | sed 's/\.cpp$//' | grep -F "$name" | sort)
[[ ${#fuzzers[@]} -gt 0 ]] || { echo "fuzz: no fuzzer${name:+ is named $name}" >&2 && exit 1; }
"$root/tools/build.sh" fuzz fuzzers
failed=0
for fuzzer in "${fuzzers[@]}"; do
  corpus=$root/build-fuzz/corpus/$fuzzer
  mkdir -p "$corpus" "$root/build-fuzz/found"
  echo "== $fuzzer"
  "$root/build-fuzz/$fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$root/build-fuzz/found/$fuzzer-" "$corpus" 2>&1 | tail -n 15 || failed=1
done
exit $failed
