#!/usr/bin/env bash
# How long models are loaded in all, in virtual time, against least-recently-used: see docs/residency.md.
#
#   loadtest/residency.sh
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# The launcher builds the server where it is missing or old.
"$root/firstpass" --version >/dev/null

# shellcheck source=loadtest/jdk.sh
. "$root/loadtest/jdk.sh"

exec "$java" -cp "$root/server/target/classes" \
    "$root/server/src/test/java/dev/firstpass/server/runtime/residency/ResidencySimulation.java"
