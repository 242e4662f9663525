#!/usr/bin/env bash
# Holds C++ files to .clang-format.
# Usage: tools/check_format.sh [--all | --changed | --fix]     (no argument: --all)
# --changed: files that differ from the last commit, and new ones. --fix: writes all files as they should be.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if ! command -v clang-format >/dev/null; then
  echo "format: skipped, clang-format is not installed (tools/setup.sh test installs it)"
  exit 77 # CTest counts it as skipped
fi
case ${1:---all} in
  --all | --fix) mapfile -t files < <(find src bench fuzz tests -name '*.[ch]pp' 2>/dev/null | sort) ;;
  --changed)
    mapfile -t files < <({
      git diff --name-only --diff-filter=d HEAD -- '*.[ch]pp'
      git ls-files --others --exclude-standard -- '*.[ch]pp'
    } | sort)
    ;;
  *) sed -n '3s/^# //p' "$0" && exit 2 ;;
esac
[[ ${#files[@]} -gt 0 ]] || exit 0
if [[ ${1:-} == --fix ]]; then
  printf '%s\0' "${files[@]}" | xargs -0 -n 16 -P 2 clang-format -i
elif ! said=$(printf '%s\0' "${files[@]}" | xargs -0 -n 16 -P 2 clang-format --dry-run -Werror 2>&1); then
  grep 'error:' <<<"$said" | sort -u -t: -k1,1 | sed 's/: error: .*/: not as .clang-format says/' >&2
  echo "format: run tools/check_format.sh --fix" >&2
  exit 1
fi
