#!/usr/bin/env bash
# What is too slow for every change and needs clang: each fuzzer for a minute, from its seeds and from what earlier
# nights found, which build-fuzz/corpus/ keeps. Installs what is missing.
# Usage: tools/nightly.sh
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$here/setup.sh" build fuzz
exec "$here/fuzz.sh" 60
