#!/usr/bin/env bash
# What the schedule of batches gains, in virtual time, against queues: see docs/batching.md.
#
#   loadtest/batching.sh [--svg docs/batching.svg]      (with a plot)
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# The launcher builds the server where it is missing or old.
"$root/firstpass" --version >/dev/null

# shellcheck source=loadtest/jdk.sh
. "$root/loadtest/jdk.sh"

simulation=$root/server/src/test/java/dev/firstpass/server/runtime/batch/schedule/simulation
exec "$java" -cp "$root/server/target/classes" "$simulation/BatchingSimulation.java" "$@"
