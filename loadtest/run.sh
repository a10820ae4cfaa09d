# Read by the commands here: `run_class NAME ARGUMENT...` becomes Java with a class of loadtest/, compiled on the way, over
# the server's classes as the launcher starts them. FIRSTPASS_JAVA_OPTS holds more options for the JVM.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# The launcher builds the server where it is missing or old.
"$root/firstpass" --version >/dev/null

# shellcheck source=loadtest/jdk.sh
. "$root/loadtest/jdk.sh"

# As the launcher starts a server.
export ORT_DISABLE_TELEMETRY=1 OPENCV_LOG_LEVEL=SILENT OPENBLAS_NUM_THREADS=1 MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-2}"

# run_class NAME ARGUMENT...: NAME from dev/firstpass/loadtest/ on, without its ending
run_class() {
    local class=$1 target=$root/server/target
    shift
    # shellcheck disable=SC2086 # FIRSTPASS_JAVA_OPTS is a list
    exec "$java" \
        --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -XX:+UseG1GC -Djava.awt.headless=true \
        -Donnxruntime.native.path="$target/natives/ai/onnxruntime/native/linux-x64" \
        -Dorg.bytedeco.javacpp.cachedir="$target/natives/javacpp" \
        -Dcom.linecorp.armeria.tlsEngineType=jdk -Djava.util.logging.config.file="$root/loadtest/logging.properties" \
        -cp "$target/classes:$target/lib/*" ${FIRSTPASS_JAVA_OPTS:-} \
        "$root/loadtest/src/main/java/dev/firstpass/loadtest/$class.java" "$@"
}
