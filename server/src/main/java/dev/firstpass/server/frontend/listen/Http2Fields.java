package dev.firstpass.server.frontend.listen;

import io.netty.handler.codec.http2.Http2Headers;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What RFC 9113 (8.2.1, 8.3.1) calls a malformed request, and the wire library takes: it reads one of two paths, makes up a host where there is
/// none, and fails over a path that is missing. A request that is read in two ways, here and in a proxy in front, is how requests are
/// smuggled.
///
/// Refused by the library itself: pseudo fields after others and in trailers, those of answers, fields of a connection, `te` other
/// than `trailers`, values with line ends. Names in upper case it has made lower case before anybody can see them; they mean what
/// the same names mean in lower case.
///
/// Spaces around the values of other fields are left, which the RFC forbids too: `Bearer` and a token that is empty is what clients send whose
/// token was never set, and they are to be told so.
///
/// Pure functions.
final class Http2Fields {
    /// What says which place is meant, each once.
    private static final Set<String> PLACE = Set.of(":method", ":scheme", ":path", ":authority", "host");

    private Http2Fields() {}

    /// Costs a step for each field.
    ///
    /// @param head of a request, no trailers
    /// @return what is wrong with it
    static Optional<String> violation(Http2Headers head) {
        Map<String, CharSequence> place = new HashMap<>();
        for (Map.Entry<CharSequence, CharSequence> field : head) {
            String name = field.getKey().toString();
            if (PLACE.contains(name)) {
                if (place.put(name, field.getValue()) != null) {
                    return Optional.of(name + " twice");
                }
                if (hasSpaceAround(field.getValue())) {
                    return Optional.of(name + " that begins or ends with a space");
                }
            } else if (name.isEmpty() || name.charAt(0) == ':') {
                return Optional.of("a pseudo field that is none of a request");
            }
        }
        if (isMissing(place.get(":method")) || isMissing(place.get(":path"))) {
            return Optional.of("no :method or :path");
        }
        if (!isOfHttp(place.get(":scheme"))) {
            return Optional.of("no :scheme, or neither http nor https");
        }
        return violation(place.get(":authority"), place.get("host"));
    }

    private static Optional<String> violation(@Nullable CharSequence authority, @Nullable CharSequence host) {
        if (authority == null) {
            return isMissing(host) ? Optional.of("neither :authority nor host") : Optional.empty();
        }
        if (authority.isEmpty()) {
            return Optional.of("an empty :authority");
        }
        return host == null || authority.toString().equalsIgnoreCase(host.toString())
                ? Optional.empty()
                : Optional.of("a host that is not the :authority");
    }

    private static boolean isOfHttp(@Nullable CharSequence scheme) {
        return scheme != null
                && (scheme.toString().equals("http") || scheme.toString().equals("https"));
    }

    private static boolean hasSpaceAround(CharSequence value) {
        return !value.isEmpty() && (isSpace(value.charAt(0)) || isSpace(value.charAt(value.length() - 1)));
    }

    private static boolean isSpace(char c) {
        return c == ' ' || c == '\t';
    }

    private static boolean isMissing(@Nullable CharSequence value) {
        return value == null || value.isEmpty();
    }
}
