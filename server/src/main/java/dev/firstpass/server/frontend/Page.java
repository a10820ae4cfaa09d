package dev.firstpass.server.frontend;

import dev.firstpass.registry.ModelEntry;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.failure.Words;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/// A part of a list, and where the next part begins. A page token is for the server that gave it to read, and goes on
/// after the last thing of its page, whatever was added or removed meanwhile.
///
/// Immutable.
///
/// @param nextToken empty on the last page
public record Page<T>(List<T> items, Optional<String> nextToken) {
    public static final int USUAL_SIZE = 100;
    public static final int MAX_SIZE = 1000;

    private static final Pattern NAME = Pattern.compile("[a-z0-9._-]{1,128}");
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");

    public Page {
        items = List.copyOf(items);
    }

    /// @param all by name
    /// @throws dev.firstpass.server.failure.FailureException ARGUMENT_INVALID
    public static Page<ModelEntry> ofModels(List<ModelEntry> all, Optional<Long> size, Optional<String> token) {
        Optional<String> after = token.map(text -> decoded(text, 'm', NAME));
        int from =
                after.isEmpty() ? 0 : first(all, entry -> entry.name().value().compareTo(after.get()) > 0);
        return of(all, from, size, entry -> encoded('m', entry.name().value()));
    }

    /// @param all by number
    /// @throws dev.firstpass.server.failure.FailureException ARGUMENT_INVALID
    public static Page<ModelVersion> ofVersions(List<ModelVersion> all, Optional<Long> size, Optional<String> token) {
        Optional<Long> after = token.map(text -> Long.valueOf(decoded(text, 'v', NUMBER)));
        int from = after.isEmpty() ? 0 : first(all, version -> version.number() > after.get());
        return of(all, from, size, version -> encoded('v', Long.toString(version.number())));
    }

    private static <T> int first(List<T> all, Function<T, Boolean> isAfter) {
        int low = 0;
        int high = all.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (isAfter.apply(all.get(middle))) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    private static <T> Page<T> of(List<T> all, int from, Optional<Long> size, Function<T, String> token) {
        long wanted = size.orElse((long) USUAL_SIZE);
        if (wanted < 1 || wanted > MAX_SIZE) {
            throw RequestRules.invalid("pageSize", "pageSize: " + wanted + " (expected: 1 to " + MAX_SIZE + ")");
        }
        int to = (int) Math.min(all.size(), from + wanted);
        List<T> items = all.subList(from, to);
        return new Page<>(items, to < all.size() ? Optional.of(token.apply(all.get(to - 1))) : Optional.empty());
    }

    private static String encoded(char kind, String key) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString((kind + key).getBytes(StandardCharsets.UTF_8));
    }

    private static String decoded(String token, char kind, Pattern key) {
        try {
            String text = new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
            if (!text.isEmpty()
                    && text.charAt(0) == kind
                    && key.matcher(text.substring(1)).matches()) {
                return text.substring(1);
            }
        } catch (IllegalArgumentException _) {
            // It is refused below.
        }
        throw RequestRules.invalid(
                "pageToken", "pageToken: " + Words.quoted(token) + " (expected: nextPageToken of the page before)");
    }
}
