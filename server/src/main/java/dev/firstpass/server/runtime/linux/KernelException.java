package dev.firstpass.server.runtime.linux;

import java.util.Locale;

/// The kernel refused a call.
///
/// Immutable.
public final class KernelException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// ENOENT.
    static final int NO_SUCH_FILE = 2;
    /// EINVAL.
    static final int INVALID = 22;
    /// ENOSYS.
    static final int NO_SUCH_CALL = 38;
    /// EOPNOTSUPP.
    static final int SWITCHED_OFF = 95;

    private final int error;

    KernelException(SystemCall call, int error) {
        super(call.name().toLowerCase(Locale.ROOT) + ": " + word(error));
        this.error = error;
    }

    private static String word(int error) {
        return switch (error) {
            case 1 -> "not permitted";
            case NO_SUCH_FILE -> "no such file";
            case 13 -> "access denied";
            case INVALID -> "invalid argument";
            case NO_SUCH_CALL -> "not in this kernel";
            case SWITCHED_OFF -> "switched off in this kernel";
            default -> "error " + error;
        };
    }

    int error() {
        return error;
    }
}
