#!/usr/bin/env bash
# What a request costs over HTTP, against the sum of its parts alone: see README.md.
#
#   loadtest/walk.sh [MODEL [ROUNDS [worker|in-process]]]     (default: coco 500 worker)
#
# MODEL is one of the demo's; it is fetched the first time. FIRSTPASS_JAVA_OPTS holds more options for the JVM.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=$root/server/target

# The launcher builds the server where it is missing or old.
"$root/firstpass" --version >/dev/null

# shellcheck source=loadtest/jdk.sh
. "$root/loadtest/jdk.sh"

# As the launcher starts a server.
export ORT_DISABLE_TELEMETRY=1 OPENCV_LOG_LEVEL=SILENT OPENBLAS_NUM_THREADS=1 MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-2}"
# shellcheck disable=SC2086 # FIRSTPASS_JAVA_OPTS is a list
exec "$java" \
    --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -XX:+UseG1GC -Djava.awt.headless=true \
    -Donnxruntime.native.path="$target/natives/ai/onnxruntime/native/linux-x64" \
    -Dorg.bytedeco.javacpp.cachedir="$target/natives/javacpp" \
    -cp "$target/classes:$target/lib/*" ${FIRSTPASS_JAVA_OPTS:-} \
    "$root/loadtest/src/main/java/dev/firstpass/loadtest/WalkBenchmark.java" "$@"
