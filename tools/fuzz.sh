#!/usr/bin/env bash
# Builds every src/*/*_fuzz.cpp with clang, and runs each for some seconds from its seeds and what earlier runs found.
# A crash is kept in build-fuzz/found/, beside each fuzzer's whole output. The last lines say what each one did.
# Usage: tools/fuzz.sh [SECONDS, 30 each] [NAME, as in bookmark_fuzz]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
seconds=${1:-30}
name=${2:-}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || { echo "usage: tools/fuzz.sh [SECONDS] [NAME]" >&2 && exit 2; }
# GCC has no fuzzer, and Debian's default clang, 14, has no std::source_location.
if ! command -v clang++-16 >/dev/null; then
  echo "fuzz: clang++-16 is missing: tools/setup.sh fuzz" >&2
  exit 1
fi
mapfile -t fuzzers < <(find "$root/src" -name "*_fuzz.cpp" -printf '%f\n' | sed 's/\.cpp$//' | grep -F "$name" | sort)
[[ ${#fuzzers[@]} -gt 0 ]] || { echo "fuzz: no fuzzer${name:+ is named $name}" >&2 && exit 1; }
"$root/tools/build.sh" fuzz fuzzers
found=$root/build-fuzz/found

# No input is 2 MB long: what takes a hundred times as much at once takes a length at its word.
run() {
  local corpus=$root/build-fuzz/corpus/$1
  mkdir -p "$corpus" "$found"
  "$root/build-fuzz/$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -malloc_limit_mb=256 \
    -print_final_stats=1 -artifact_prefix="$found/$1-" "$corpus" >"$found/$1.log" 2>&1
}

# From the output: executions, covered edges, features, and how many inputs and bytes the corpus has.
figures() {
  awk '/^#[0-9]+.* cov: / { for (i = 1; i < NF; ++i) seen[$i] = $(i + 1) }
    /^stat::number_of_executed_units/ { runs = $2 }
    END { printf "%11d runs, cov %s, ft %s, corpus %s", runs, seen["cov:"], seen["ft:"], seen["corp:"] }' "$1"
}

failed=0
summary=()
for fuzzer in "${fuzzers[@]}"; do
  echo "== $fuzzer, $seconds s"
  verdict=
  run "$fuzzer" || { failed=1 verdict=", FAILED" && tail -n 40 "$found/$fuzzer.log"; }
  summary+=("$(printf '%-18s %s%s' "$fuzzer" "$(figures "$found/$fuzzer.log")" "$verdict")")
done
printf '%s\n' "${summary[@]}"
exit $failed
