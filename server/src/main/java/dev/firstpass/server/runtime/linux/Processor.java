package dev.firstpass.server.runtime.linux;

import java.util.Arrays;
import java.util.Optional;

/// The processors whose system calls are known here.
///
/// Immutable.
public enum Processor {
    X86_64("amd64", 0xC000_003E),
    AARCH64("aarch64", 0xC000_00B7);

    /// The newest call of Linux 6.1, whose numbers these are; later ones have the same number on all processors.
    static final int NEWEST_CALL = 450;

    private final String javaName;
    private final int auditArchitecture;

    Processor(String javaName, int auditArchitecture) {
        this.javaName = javaName;
        this.auditArchitecture = auditArchitecture;
    }

    /// The one that this process runs on; empty if it is none of these.
    public static Optional<Processor> current() {
        String name = System.getProperty("os.arch");
        return Arrays.stream(values())
                .filter(processor -> processor.javaName.equals(name))
                .findFirst();
    }

    /// How the kernel names it to a filter: AUDIT_ARCH_X86_64 and so on.
    int auditArchitecture() {
        return auditArchitecture;
    }
}
