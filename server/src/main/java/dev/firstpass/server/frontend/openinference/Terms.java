package dev.firstpass.server.frontend.openinference;

import dev.firstpass.server.call.Priority;
import dev.firstpass.server.call.TimeLimit;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.failure.FailureException;
import java.time.Duration;
import java.util.Optional;

/// What a request's parameters ask for beyond its tensors. Both wires have the same ones; those that are not known here
/// are the caller's own, and are ignored.
///
/// For one thread; filled while a request is read.
final class Terms {
    private static final String SEQUENCE = "sequence_id";
    private static final String TIMEOUT = "timeout";
    private static final String PRIORITY = "priority";
    private static final String BINARY = "binary_data_output";
    private static final String FINAL = "triton_enable_empty_final_response";

    private Optional<Duration> timeout = Optional.empty();
    private Priority priority = Priority.INTERACTIVE;
    private boolean isBinary;
    private boolean saysFinal;

    /// A whole number.
    ///
    /// @throws FailureException ARGUMENT_INVALID or NOT_SUPPORTED
    void put(String name, long value) {
        switch (name) {
            case TIMEOUT -> timeout(value);
            case PRIORITY -> priority(value);
            case SEQUENCE -> {
                if (value != 0) {
                    throw noSequences();
                }
            }
            case BINARY -> throw wrongKind(name, "a boolean");
            default -> {}
        }
    }

    /// @throws FailureException ARGUMENT_INVALID
    void put(String name, boolean value) {
        switch (name) {
            case BINARY -> isBinary = value;
            case FINAL -> saysFinal = value;
            case TIMEOUT, PRIORITY -> throw wrongKind(name, "a whole number");
            default -> {}
        }
    }

    /// @throws FailureException ARGUMENT_INVALID or NOT_SUPPORTED
    void put(String name, String value) {
        switch (name) {
            case TIMEOUT, PRIORITY -> throw wrongKind(name, "a whole number");
            case BINARY -> throw wrongKind(name, "a boolean");
            case SEQUENCE -> {
                if (!value.isEmpty()) {
                    throw noSequences();
                }
            }
            default -> {}
        }
    }

    /// Something of another kind.
    ///
    /// @throws FailureException ARGUMENT_INVALID
    void putOther(String name) {
        switch (name) {
            case TIMEOUT, PRIORITY, SEQUENCE -> throw wrongKind(name, "a whole number");
            case BINARY -> throw wrongKind(name, "a boolean");
            default -> {}
        }
    }

    private void timeout(long micros) {
        if (micros < 0) {
            throw Wire.invalid(TIMEOUT, "timeout: " + micros + " us (expected: >= 0)");
        }
        timeout = micros == 0
                ? Optional.empty()
                : Optional.of(Duration.ofSeconds(micros / 1_000_000, micros % 1_000_000 * 1000));
    }

    /// 0 is whatever is usual, which is that somebody waits; 1 is the most urgent, and what is less has time.
    private void priority(long level) {
        if (level < 0) {
            throw Wire.invalid(PRIORITY, "priority: " + level + " (expected: >= 0)");
        }
        priority = level <= 1 ? Priority.INTERACTIVE : Priority.BULK;
    }

    private static FailureException wrongKind(String name, String expected) {
        return Wire.invalid(name, name + ": of another kind (expected: " + expected + ")");
    }

    private static FailureException noSequences() {
        return Wire.notSupported("sequences of requests are not served");
    }

    Priority priority() {
        return priority;
    }

    /// Whether outputs are binary that do not say otherwise.
    boolean isBinary() {
        return isBinary;
    }

    /// Whether an answer on a stream is to say that it is the last of its request.
    boolean saysFinal() {
        return saysFinal;
    }

    /// How long the answer is of use.
    ///
    /// @throws FailureException ARGUMENT_INVALID if that is longer than any request may take
    TimeLimit timeout(Limits limits) {
        Duration wanted = timeout.orElseGet(limits::timeout);
        if (wanted.compareTo(limits.maxTimeout()) > 0) {
            throw Wire.invalid(
                    TIMEOUT,
                    "timeout: " + wanted.toSeconds() + " s (expected: <= "
                            + limits.maxTimeout().toSeconds() + " s)");
        }
        return new TimeLimit(wanted, timeout.isPresent());
    }
}
