package dev.firstpass.server.frontend;

import dev.firstpass.server.failure.Words;
import java.util.Optional;
import java.util.regex.Pattern;

/// A caller's name for one change, by which a repetition of it is known.
///
/// Immutable.
///
/// @param key the caller's
/// @param request tells apart what is asked for: another request under the same key is refused
public record IdempotencyKey(String key, String request) {
    private static final Pattern WELL_FORMED = Pattern.compile("[\\x21-\\x7e]{1,128}");

    public IdempotencyKey {
        requireWellFormed(key);
    }

    /// @throws dev.firstpass.server.failure.FailureException ARGUMENT_INVALID
    public static void requireWellFormed(String key) {
        if (!WELL_FORMED.matcher(key).matches()) {
            throw RequestRules.invalid(
                    "Idempotency-Key",
                    "Idempotency-Key: " + Words.quoted(key)
                            + " (expected: 1 to 128 printable characters of ASCII, no blanks)");
        }
    }

    /// @param parts of the request, in an order of their own for each kind of request
    public static Optional<IdempotencyKey> of(Optional<String> key, Operation.Kind kind, Object... parts) {
        return key.map(given -> {
            StringBuilder request = new StringBuilder(kind.id());
            for (Object part : parts) {
                request.append('\n').append(part);
            }
            return new IdempotencyKey(given, request.toString());
        });
    }
}
