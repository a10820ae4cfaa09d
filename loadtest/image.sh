#!/usr/bin/env bash
# Images a second of a real server process over HTTP, 16 in flight, against the sum of the fastest parts: see README.md.
#
#   loadtest/image.sh [MODEL [WINDOWS [SERVE OPTION...]]]     (default: coco 7)
#
# MODEL is one of the demo's; it is fetched the first time. The two take turns of 4 s. The server's settings
# are those of FIRSTPASS_... variables; FIRSTPASS_JAVA_OPTS holds more options for this JVM.
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
    -Dorg.bytedeco.javacpp.cachedir="$target/natives/javacpp" -Dfirstpass.worker.caches="$target/worker-caches" \
    -cp "$target/classes:$target/lib/*" ${FIRSTPASS_JAVA_OPTS:-} \
    "$root/loadtest/src/main/java/dev/firstpass/loadtest/ImageBenchmark.java" "$@"
