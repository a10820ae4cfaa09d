#!/usr/bin/env bash
# How well batching foretells how long runs of real models take, on one thread: see docs/batching.md.
#
#   loadtest/profile.sh [ROUNDS [MODEL...]]     (default: 40 coco text salient; a minute each at most)
#
# Models are the demo's; they are fetched the first time. Each round has a run of 1, 2, ... 8 rows.
set -euo pipefail

# shellcheck source=loadtest/run.sh
. "$(dirname "${BASH_SOURCE[0]}")/run.sh"
run_class ProfileBenchmark "$@"
