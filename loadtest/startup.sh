#!/usr/bin/env bash
# How long `firstpass serve` takes on an empty data directory to the line `ready ...`, with and without the AOT cache.
#
#   loadtest/startup.sh [RUNS]     (default: 5; the first run of each kind, which warms the disk, does not count)
#
# Prints the wall time, and the CPU time that the process had used by then: on a busy machine only the latter means much.
set -euo pipefail

runs=${1:-5}
launcher=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/firstpass
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# start_once: one start; prints "WALL CPU" in milliseconds.
start_once() {
    local began server cpu ended
    rm -rf "$scratch/data" "$scratch/out"
    mkfifo "$scratch/out"
    began=$(date +%s%N)
    "$launcher" serve --data "$scratch/data" --port 0 --admin-port 0 >"$scratch/out" 2>"$scratch/err" &
    server=$!
    if ! read -r _ <"$scratch/out"; then
        cat "$scratch/err" >&2
        return 1
    fi
    ended=$(date +%s%N)
    # Fields 14 and 15 of /proc/PID/stat: time in user and system mode, in ticks.
    cpu=$(awk -v hz="$(getconf CLK_TCK)" '{ print int(($14 + $15) * 1000 / hz) }' "/proc/$server/stat")
    kill "$server"
    wait "$server" || :
    echo "$(((ended - began) / 1000000)) $cpu"
}

# summary NAME: least and median of both columns on stdin.
summary() {
    awk -v name="$1" '
        function sort(a, n,    i, j, t) { for (i = 2; i <= n; i++) for (j = i; j > 1 && a[j] < a[j - 1]; j--) { t = a[j]; a[j] = a[j - 1]; a[j - 1] = t } }
        { wall[NR] = $1; cpu[NR] = $2 }
        END {
            sort(wall, NR); sort(cpu, NR); middle = int((NR + 1) / 2)
            printf "%-18s wall: min %d, median %d ms; CPU: min %d, median %d ms\n", name, wall[1], wall[middle], cpu[1], cpu[middle]
        }'
}

# measure NAME
measure() {
    start_once >/dev/null
    for _ in $(seq "$runs"); do start_once; done | tee "$scratch/times" | summary "$1"
}

echo "$(nproc) cores, load average $(cut -d' ' -f1 /proc/loadavg), $runs runs each"
measure "with AOT cache"
FIRSTPASS_JAVA_OPTS="${FIRSTPASS_JAVA_OPTS:-} -XX:AOTMode=off" measure "without AOT cache"
echo "load average $(cut -d' ' -f1 /proc/loadavg)"
