package dev.firstpass.server.runtime.engine.onnx;

import dev.firstpass.registry.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Tells processors apart for which ONNX Runtime would optimise differently.
///
/// Pure functions.
final class ProcessorIdentity {
    /// Of `/proc/cpuinfo`, on x86-64 and on ARM. What changes while a machine runs, its clock for instance, is left out.
    private static final Set<String> TELLING = Set.of(
            "vendor_id",
            "cpu family",
            "model",
            "model name",
            "stepping",
            "cache size",
            "flags",
            "Features",
            "CPU implementer",
            "CPU architecture",
            "CPU variant",
            "CPU part");

    private ProcessorIdentity() {}

    /// 16 hex digits.
    ///
    /// @param cpuinfo lines of `/proc/cpuinfo`; only the first processor's count
    static String of(Stream<String> cpuinfo) {
        String telling = cpuinfo.takeWhile(line -> !line.isBlank())
                .filter(line -> TELLING.contains(line.split(":", 2)[0].strip()))
                .collect(Collectors.joining("\n"));
        return Sha256.of(telling.getBytes(StandardCharsets.UTF_8)).substring(0, 16);
    }
}
