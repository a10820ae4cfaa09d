#!/usr/bin/env bash
# What one tenant notices of another, in real time, on a virtual GPU: see README.md.
#
#   loadtest/tenants.sh [--runs 3] [--seconds 10]
set -euo pipefail

# shellcheck source=loadtest/run.sh
. "$(dirname "${BASH_SOURCE[0]}")/run.sh"
run_class overload/TenantsCommand "$@"
