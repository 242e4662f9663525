#!/usr/bin/env bash
# Installs what is missing, builds, and starts Blotter on a simulated market; it prints the address of its page.
# Usage: ./run.sh [arguments of `blotter up`], as in ./run.sh --http 127.0.0.1:9000
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$root/tools/setup.sh" build run
"$root/tools/build.sh" release blotter
exec "$root/build/blotter" up "$@"
