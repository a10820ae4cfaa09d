#!/usr/bin/env bash
# A server whose GPUs are not there: see README.md.
#
#   loadtest/paced-server.sh [--devices N] [--model NAME=TIMES]...     (--help says more)
set -euo pipefail

# shellcheck source=loadtest/run.sh
. "$(dirname "${BASH_SOURCE[0]}")/run.sh"
run_class paced/PacedServerCommand "$@"
