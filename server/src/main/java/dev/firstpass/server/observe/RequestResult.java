package dev.firstpass.server.observe;

import dev.firstpass.server.failure.Reason;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// How a request ended, as those see it who keep the server running: what burns the budget of errors, and what does not.
enum RequestResult {
    OK,
    /// The caller's doing.
    REFUSED,
    /// Turned away since there is too much to do, or the caller had more than its share.
    SHED,
    /// Not in time.
    LATE,
    /// The caller went away.
    CANCELLED,
    /// The server's doing, or of something that it needs.
    FAILED;

    private static final Map<String, RequestResult> BY_REASON =
            Arrays.stream(Reason.values()).collect(Collectors.toUnmodifiableMap(Enum::name, RequestResult::of));

    private static final int TOO_MANY = 429;
    private static final int CLIENT_GONE = 499;
    private static final int TIMEOUT = 504;
    private static final int SERVER_ERRORS = 500;
    private static final int CLIENT_ERRORS = 400;

    /// @param reason a reason's name, or `OK`
    /// @param code that tells where there is no reason
    static RequestResult of(String reason, String code) {
        RequestResult known = BY_REASON.get(reason);
        if (known != null) {
            return known;
        }
        return switch (code.isEmpty() ? ' ' : code.charAt(0)) {
            case '4' -> REFUSED;
            case '5' -> FAILED;
            default -> OK;
        };
    }

    private static RequestResult of(Reason reason) {
        return switch (reason.httpStatus()) {
            case TOO_MANY -> SHED;
            case CLIENT_GONE -> CANCELLED;
            case TIMEOUT -> LATE;
            default -> {
                if (reason.httpStatus() >= SERVER_ERRORS) {
                    yield FAILED;
                }
                yield reason.httpStatus() >= CLIENT_ERRORS ? REFUSED : OK;
            }
        };
    }

    String id() {
        return name().toLowerCase(Locale.ROOT);
    }
}
