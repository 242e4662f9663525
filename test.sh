#!/usr/bin/env bash
# Installs what is missing, builds everything, and runs every test.
# Usage: ./test.sh [--full] [NAME]
#   --full  the sanitizer builds (address and undefined behaviour, threads) too: unit and system tests on each
#   NAME    only tests whose name contains it
# The last line is `N passed, N failed`. Exits 1 when a test failed, or when a stage ran none.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
full=no
filter=
for argument in "$@"; do
  case $argument in
    --full) full=yes ;;
    -h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0" && exit ;;
    -*) echo "test.sh: unknown option $argument (see ./test.sh --help)" >&2 && exit 2 ;;
    *) filter=$argument ;;
  esac
done
logs=$root/build/test-logs
rm -rf "$logs"
mkdir -p "$logs"
python=/usr/bin/python3 # Debian's, which has the packages of tools/packages.txt
passed=0 failed=0 trouble=0
summary=()

headline() { printf '\n== %s\n' "$1"; }

# Keeps a line for the end: name, seconds, then what there is to say.
note() { summary+=("$(printf '%-22s %5d s   %s' "$1" "$2" "$3")"); }

# stage NAME KIND COMMAND …: runs it, shows and keeps its output, and counts by KIND (see tools/count_tests.py).
stage() {
  local name=$1 kind=$2 began=$SECONDS status=0 counts p f s
  shift 2
  headline "$name"
  "$@" 2>&1 | tee "$logs/$name.log" || status=$?
  case $kind in
    none)
      ((status == 0)) && note "$name" $((SECONDS - began)) done && return
      trouble=1
      note "$name" $((SECONDS - began)) "FAILED, see build/test-logs/$name.log"
      return 1
      ;;
    ctest) counts=$("$python" "$root/tools/count_tests.py" ctest "$logs/$name.xml" "$logs/$name.gtest") ;;
    pytest) counts=$("$python" "$root/tools/count_tests.py" pytest "$logs/$name.xml") ;;
    tap) counts=$("$python" "$root/tools/count_tests.py" tap "$logs/$name.log") ;;
  esac
  read -r p f s <<<"$counts"
  account "$name" $((SECONDS - began)) "$status" "${p:-0}" "${f:-0}" "${s:-0}"
}

account() {
  local name=$1 seconds=$2 status=$3 p=$4 f=$5 s=$6 text
  ((passed += p, failed += f))
  text="$p passed, $f failed"
  ((s == 0)) || text+=", $s skipped"
  if ((p + f == 0)) && [[ -z $filter ]]; then
    trouble=1
    text+=": NO TESTS RAN"
  elif ((status != 0 && f == 0 && p + s > 0)); then
    trouble=1
    text+=": the runner failed, see build/test-logs/$name.log"
  fi
  note "$name" "$seconds" "$text"
}

# A folder of tests that is not there is a stage that ran none, never one to pass over.
missing() {
  headline "$1"
  echo "test.sh: $2 is missing"
  account "$1" 0 1 0 0 0
}

build() {
  stage "build-$1" none "$root/tools/build.sh" "$1" all -- -DBLOTTER_TESTS=ON
}

# unit NAME BUILD_DIR
unit() {
  local arguments=(--test-dir "$2" --output-on-failure -j2 --no-tests=error --output-junit "$logs/$1.xml")
  local environment=("GTEST_OUTPUT=json:$logs/$1.gtest/" GTEST_BRIEF=1)
  if [[ -n $filter ]]; then
    # The name of a test program means all of it; any other name is looked for among the cases.
    if ctest --test-dir "$2" -N -R "$filter" | grep -q 'Test  *#'; then
      arguments+=(-R "$filter")
    else
      environment+=("GTEST_FILTER=*$filter*")
      arguments+=(-E '^(layers|layers_refusals|format)$')
    fi
  fi
  stage "$1" ctest env "${environment[@]}" ctest "${arguments[@]}"
}

# node_tests NAME FOLDER: its *.test.mjs and *.test.js, each in a process of its own.
node_tests() {
  local files arguments=(--test --test-concurrency=1 --test-reporter=tap)
  mapfile -t files < <(find "$2" -name node_modules -prune -o -name '*.test.*js' -print 2>/dev/null | sort)
  [[ ${#files[@]} -gt 0 ]] || { missing "$1" "$2 with *.test.mjs" && return; }
  [[ -z $filter ]] || arguments+=("--test-name-pattern=$filter")
  stage "$1" tap env "BLOTTER=$root/build/blotter" node "${arguments[@]}" "${files[@]}"
}

# system_tests NAME BUILD_DIR
system_tests() {
  local folder=$root/tests/system arguments=(-q -p no:cacheprovider --color=no "--junitxml=$logs/$1.xml")
  compgen -G "$folder/test_*.py" >/dev/null || compgen -G "$folder/*_test.py" >/dev/null ||
    { missing "$1" "$folder with test_*.py" && return; }
  [[ -z $filter ]] || arguments+=(-k "$filter")
  stage "$1" pytest env "BLOTTER=$2/blotter" PYTHONDONTWRITEBYTECODE=1 "$python" -m pytest "${arguments[@]}" "$folder"
}

# node_packages NAME FOLDER: what its lock file names, unless that is what is there.
node_packages() {
  [[ -f $2/package.json ]] || { missing "$1" "$2 with package.json" && return 1; }
  cmp -s "$2/package-lock.json" "$2/node_modules/.installed-lock.json" || stage "$1-setup" none install_packages "$2"
}

install_packages() {
  (cd "$1" && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund) &&
    cp "$1/package-lock.json" "$1/node_modules/.installed-lock.json"
}

client_tests() {
  local folder=$root/web/client
  node_packages client "$folder" || return
  stage client-build none npm --prefix "$folder" run --silent build || return
  node_tests client "$folder/test"
}

browser_tests() {
  node_packages browser "$root/tests/browser" || return
  node_tests browser "$root/tests/browser"
}

# The cluster in virtual time: always the same lives, then new ones, whose first seed is printed.
simulation() {
  local sim=$root/build/blotter-sim lives=20000 status=0
  local seed=$(($(date +%s) * 1000000))
  echo "fixed seeds from 1, then fresh seeds from $seed"
  "$sim" --seed 1 --lives "$lives" --jobs 0 --situations || status=1
  "$sim" --seed "$seed" --lives "$lives" --jobs 0 || status=1
  return "$status"
}

# The whole cluster as processes under faults for five minutes. Needs what client_tests has built.
chaos() {
  BLOTTER=$root/build/blotter PYTHONDONTWRITEBYTECODE=1 "$python" "$root/tests/system/big_chaos.py" --seconds 300
}

sanitized() {
  local preset=$1 dir=$root/build-$1
  export ASAN_OPTIONS=abort_on_error=1 UBSAN_OPTIONS=print_stacktrace=1
  export TSAN_OPTIONS="halt_on_error=1 suppressions=$root/tools/tsan.supp"
  build "$preset" || return
  unit "unit-$preset" "$dir"
  system_tests "system-$preset" "$dir"
}

if stage setup none "$root/tools/setup.sh" build run kafka test && build release; then
  unit unit "$root/build"
  [[ -n $filter ]] || stage sim none simulation
  node_tests page "$root/web/page/test"
  client_tests
  system_tests system "$root/build"
  browser_tests
  [[ -n $filter ]] || stage chaos none chaos
  if [[ $full == yes ]]; then
    sanitized asan
    sanitized tsan
  fi
fi

headline summary
printf '%s\n' "${summary[@]}"
((passed + failed > 0)) || trouble=1
printf '%d passed, %d failed\n' "$passed" "$failed"
exit $((trouble != 0 || failed != 0))
