#!/usr/bin/env bash
# How long worker processes take from their start to their first answer, the CPU time they have used by then, and the
# memory that is theirs alone, as `firstpass doctor` finds it; with and without the caches that they start from.
#
#   loadtest/workers.sh [RUNS]     (default: 5; the first run of each kind, which warms the disk, does not count)
#
# On a busy machine only the CPU time means much.
set -euo pipefail

runs=${1:-5}
launcher=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/firstpass
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# once: one line "ROLE WALL CPU MEMORY" for each role.
once() {
    "$launcher" doctor --data "$scratch/data" --port 0 --admin-port 0 |
        sed -n 's/^ok  *sandbox \([a-z]*\) .* answered \([0-9]*\) ms .*(CPU \([0-9]*\) ms) with \([0-9]*\) MiB.*/\1 \2 \3 \4/p'
}

# measure NAME
measure() {
    once >/dev/null
    for _ in $(seq "$runs"); do once; done | sort -k1,1 -k2,2n | awk -v name="$1" '
        $1 != role { if (n) show(); role = $1; n = 0 }
        { n++; wall[n] = $2; cpu[n] = $3; memory[n] = $4 }
        function show() { middle = int((n + 1) / 2)
            printf "%-14s %-10s wall: min %d, median %d ms; CPU of that one: %d ms; memory: %d MiB\n",
                name, role, wall[1], wall[middle], cpu[middle], memory[middle] }
        END { if (n) show() }'
}

echo "$(nproc) cores, load average $(cut -d' ' -f1 /proc/loadavg), $runs runs each"
measure "with caches"
FIRSTPASS_JAVA_OPTS="${FIRSTPASS_JAVA_OPTS:-} -Dfirstpass.worker.caches=/nonexistent" measure "without caches"
echo "load average $(cut -d' ' -f1 /proc/loadavg)"
