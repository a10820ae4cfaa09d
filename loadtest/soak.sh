#!/usr/bin/env bash
# Whether a server that is used, abused and disturbed for long holds more and more: see README.md.
#
#   loadtest/soak.sh [MINUTES]     (default: 30; --help says more)
set -euo pipefail

# shellcheck source=loadtest/run.sh
. "$(dirname "${BASH_SOURCE[0]}")/run.sh"

run_class soak/SoakCommand --tree "$root" "$@"
