#!/usr/bin/env bash
# How soon a server is back that was killed under load, and whether anything is lost: see README.md.
#
#   loadtest/kills.sh [KILLS]     (default: 10)
set -euo pipefail

# shellcheck source=loadtest/run.sh
. "$(dirname "${BASH_SOURCE[0]}")/run.sh"

run_class kills/KillsCommand --tree "$root" "$@"
