#!/usr/bin/env bash
# Installs what is missing of the named groups of tools/packages.txt and nothing else, as root or through sudo.
# Usage: tools/setup.sh [build] [run] [kafka] [test] [fuzz]     (no group: build and run)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
list=$here/packages.txt

say() { printf '%s\n' "$*" >&2; }
fail() { say "setup: $*"; exit 1; }

# `unless` is a command, or a command and its least version: node, java>=17.
stands_in() {
  local unless=$1 command=${1%%>=*} version
  [[ -n $unless ]] && command -v "$command" >/dev/null || return 1
  [[ $unless == *'>='* ]] || return 0
  version=$("$command" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p;q')
  [[ -n $version && $version -ge ${unless#*>=} ]]
}

# Prints the packages of groups "$@" that are not installed, one a line.
missing_packages() {
  local groups=" $* " group package unless
  local -A installed=()
  if command -v dpkg-query >/dev/null; then
    while read -r package state; do
      [[ $state == installed ]] && installed[$package]=1
    done < <(awk '!/^#/ && NF { print $2 }' "$list" |
      xargs dpkg-query -W -f='${Package} ${db:Status-Status}\n' 2>/dev/null || true)
  fi
  while read -r group package _ unless; do
    [[ -z $group || $group == '#'* || $groups != *" $group "* ]] && continue
    [[ -n ${installed[$package]:-} ]] || stands_in "$unless" || printf '%s\n' "$package"
  done <"$list"
}

# Runs apt-get quietly: its output goes to a log, of which only the end is shown, and only when it fails.
apt() {
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get -q -o DPkg::Lock::Timeout=120 "$@" </dev/null >>"$log" 2>&1
}

install_packages() {
  local total watcher status=0
  say "setup: reading Debian's package lists"
  # A list that cannot be had (a mirror of somebody else's) matters only if a package is then not found.
  apt update || say "setup: some package lists could not be read; going on with those that there are"
  total=$(apt-get -s install --no-install-recommends "$@" 2>/dev/null | grep -c '^Inst' || true)
  say "setup: installing ${#@} packages, ${total:-?} with what they need: $*"
  (
    while sleep 5; do
      say "setup: $(grep -c '^Get:[0-9]* .*' "$log" || true) fetched," \
        "$(grep -c '^Setting up ' "$log" || true) of $total set up"
    done
  ) &
  watcher=$!
  apt install -y --no-install-recommends "$@" || status=$?
  kill "$watcher" 2>/dev/null || true
  wait "$watcher" 2>/dev/null || true
  [[ $status == 0 ]] && return
  tail -n 15 "$log" >&2
  if grep -qE 'Temporary failure resolving|Could not resolve|Could not connect|Unable to fetch|Failed to fetch' "$log"; then
    fail "the packages could not be fetched: no network? Needed: $*"
  fi
  fail "apt-get could not install: $* (its output: see above)"
}

[[ $# -gt 0 ]] || set -- build run
for group in "$@"; do
  grep -q "^$group " "$list" || fail "no group '$group' in $list"
done
mapfile -t missing < <(missing_packages "$@")
[[ ${#missing[@]} -gt 0 ]] || exit 0

# shellcheck source=/dev/null
system=$(. /etc/os-release 2>/dev/null && printf '%s %s' "${ID:-unknown}" "${VERSION_ID:-}" || printf unknown)
[[ $system == 'debian 12' ]] || fail "this is not Debian 12 but $system: needs ${missing[*]}"
as_root=()
if [[ $(id -u) != 0 ]]; then
  command -v sudo >/dev/null || fail "needs ${missing[*]}: be root, or have sudo"
  as_root=(sudo --preserve-env=DEBIAN_FRONTEND)
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install_packages "${missing[@]}"
mapfile -t missing < <(missing_packages "$@")
[[ ${#missing[@]} -eq 0 ]] || fail "still missing after apt-get: ${missing[*]}"
say "setup: done"
