#!/usr/bin/env bash
# What an answer from the cache costs the server's process, beyond the digest of the image: see README.md.
#
#   loadtest/cached.sh [REQUESTS [WINDOWS]]     (default: 20000 requests a window, 5 windows)
#
# FIRSTPASS_JAVA_OPTS holds more options for the JVM of the server.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=$root/server/target

# The launcher builds the server where it is missing or old.
"$root/firstpass" --version >/dev/null

# shellcheck source=loadtest/jdk.sh
. "$root/loadtest/jdk.sh"

exec "$java" -cp "$target/classes:$target/lib/*" -Dfirstpass.launcher="$root/firstpass" \
    "$root/loadtest/src/main/java/dev/firstpass/loadtest/CachedBenchmark.java" "$@"
