#!/usr/bin/env bash
# What the raw-tensor door makes of a detector and of a tiny model, against the engine in process: see README.md.
#
#   loadtest/tensors.sh [ROUNDS [SECONDS]]     (default: 3 rounds of 4 seconds for each figure)
#
# FIRSTPASS_JAVA_OPTS holds more options for the JVMs.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=$root/server/target
classes=$(mktemp -d)
trap 'rm -rf "$classes"' EXIT

# The launcher builds the server where it is missing or old.
"$root/firstpass" --version >/dev/null

# shellcheck source=loadtest/jdk.sh
. "$root/loadtest/jdk.sh"

# Two programs, one of which starts the other: compiled first.
sources=$root/loadtest/src/main/java
"$(dirname "$java")/javac" -proc:none -d "$classes" -cp "$target/classes:$target/lib/*" -sourcepath "$sources" \
    "$sources"/dev/firstpass/loadtest/TensorBenchmark.java

# As the launcher starts a server.
export ORT_DISABLE_TELEMETRY=1 OPENCV_LOG_LEVEL=SILENT OPENBLAS_NUM_THREADS=1 MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-2}"
# shellcheck disable=SC2086 # FIRSTPASS_JAVA_OPTS is a list
"$java" \
    --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -XX:+UseG1GC -Djava.awt.headless=true \
    -Donnxruntime.native.path="$target/natives/ai/onnxruntime/native/linux-x64" \
    -Dorg.bytedeco.javacpp.cachedir="$target/natives/javacpp" -Dio.netty.leakDetection.level=disabled \
    -cp "$classes:$target/classes:$target/lib/*" ${FIRSTPASS_JAVA_OPTS:-} \
    dev.firstpass.loadtest.TensorBenchmark "${1:-3}" "${2:-4}"
