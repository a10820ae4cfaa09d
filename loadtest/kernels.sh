#!/usr/bin/env bash
# What the CPU does for an image beside running the model, each part by itself on one thread, with JMH: time, and garbage.
#
#   loadtest/kernels.sh [JMH OPTION...]      for instance: loadtest/kernels.sh headSsd -f 3
#
# JMH is no part of any build: Maven fetches it for this script alone, into loadtest/target/jmh (see docs/dependencies.md).
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
server=$root/server/target
out=$root/loadtest/target/jmh

# The launcher builds the server where it is missing or old.
"$root/firstpass" --version >/dev/null

# shellcheck source=loadtest/jdk.sh
. "$root/loadtest/jdk.sh"

if [ ! -d "$out/lib" ]; then
    mkdir -p "$out"
    (cd "$root" && JAVA_HOME="${java%/bin/java}" mvn -q -B -N -Pjmh dependency:copy-dependencies \
        -DincludeScope=runtime -DoutputDirectory="$out/lib.tmp")
    mv "$out/lib.tmp" "$out/lib"
fi

rm -rf "$out/classes"
mkdir -p "$out/classes"
processors=$(printf '%s:' "$out"/lib/*.jar)
"${java%java}javac" --release 25 -nowarn -d "$out/classes" -cp "$server/classes:$server/lib/*:$out/lib/*" \
    -processorpath "$processors" "$root"/loadtest/src/jmh/java/dev/firstpass/loadtest/*.java

export OPENCV_LOG_LEVEL=SILENT OPENBLAS_NUM_THREADS=1 MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-2}"
printf '%s cores, load %s\n' "$(nproc)" "$(cut -d' ' -f1-3 /proc/loadavg)"
exec "$java" -Dorg.bytedeco.javacpp.cachedir="$server/natives/javacpp" \
    -cp "$out/classes:$server/classes:$server/lib/*:$out/lib/*" org.openjdk.jmh.Main -prof gc \
    -jvmArgs "--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -Djava.awt.headless=true \
-Dorg.bytedeco.javacpp.cachedir=$server/natives/javacpp" "$@"
