package dev.firstpass.server.call;

import java.util.List;
import java.util.Locale;

/// What a request says of caches: whether it may be answered from what is known, and whether its answer may be kept.
///
/// Immutable.
///
/// @param reads false for one that wants to have the work done anew
/// @param keeps false for one whose answer is not to be remembered
public record CacheUse(boolean reads, boolean keeps) {
    /// Of a request that says nothing.
    public static final CacheUse FULL = new CacheUse(true, true);

    /// What `Cache-Control` says, as RFC 9111 has it for requests: `no-cache` goes around what is known, `no-store` has
    /// nothing remembered. Other directives mean nothing here.
    ///
    /// @param values of the header's lines, or of the metadata of that name
    public static CacheUse of(List<String> values) {
        if (values.isEmpty()) {
            return FULL;
        }
        List<String> directives = values.stream()
                .flatMap(value -> List.of(value.split(",", -1)).stream())
                .map(directive -> directive.split("=", 2)[0].strip().toLowerCase(Locale.ROOT))
                .toList();
        return new CacheUse(!directives.contains("no-cache"), !directives.contains("no-store"));
    }
}
