package dev.firstpass.server.frontend.openinference;

import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;

/// What both wires refuse in the same words.
///
/// Pure functions.
final class Wire {
    /// More inputs, and more outputs, than any model has.
    static final int MOST_TENSORS = 1024;

    static final int MOST_ID = 256;

    private Wire() {}

    static FailureException invalid(String field, String detail) {
        return Failure.ofField(Reason.ARGUMENT_INVALID, field, detail).asException();
    }

    static FailureException notSupported(String what) {
        return Failure.of(Reason.NOT_SUPPORTED, what).asException();
    }

    /// @throws FailureException ARGUMENT_INVALID if it is too long to be kept and repeated
    static String id(String id) {
        if (id.length() > MOST_ID) {
            throw invalid("id", "id: " + id.length() + " characters (expected: <= " + MOST_ID + ")");
        }
        return id;
    }
}
