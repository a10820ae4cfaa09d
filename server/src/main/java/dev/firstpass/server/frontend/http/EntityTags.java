package dev.firstpass.server.frontend.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import dev.firstpass.registry.Sha256;
import dev.firstpass.server.frontend.Json;
import org.jspecify.annotations.Nullable;

/// Answers that a client may keep, if it asks each time whether they still hold (RFC 9110, 8.8 and 13.1.2).
///
/// Pure functions.
final class EntityTags {
    private static final int TAG_DIGITS = 32;

    private EntityTags() {}

    /// Tagged by what it says.
    static HttpResponse response(RequestHeaders request, JsonNode body) {
        byte[] bytes = Json.bytes(body);
        return response(request, Sha256.of(bytes).substring(0, TAG_DIGITS), bytes);
    }

    /// @param tag of the state that the body shows
    static HttpResponse response(RequestHeaders request, String tag, JsonNode body) {
        return response(request, tag, Json.bytes(body));
    }

    private static HttpResponse response(RequestHeaders request, String tag, byte[] body) {
        boolean known = matches(request.get("if-none-match"), "\"" + tag + "\"");
        ResponseHeaders headers = ResponseHeaders.builder(known ? HttpStatus.NOT_MODIFIED : HttpStatus.OK)
                .contentType(MediaType.JSON)
                .set("cache-control", "no-cache")
                .set("etag", "\"" + tag + "\"")
                .build();
        return known ? HttpResponse.of(headers) : HttpResponse.of(headers, HttpData.wrap(body));
    }

    /// Weakly, as `If-None-Match` compares.
    private static boolean matches(@Nullable String ifNoneMatch, String tag) {
        if (ifNoneMatch == null) {
            return false;
        }
        for (String candidate : ifNoneMatch.split(",", -1)) {
            String bare = candidate.strip();
            if (bare.equals("*") || (bare.startsWith("W/") ? bare.substring(2) : bare).equals(tag)) {
                return true;
            }
        }
        return false;
    }
}
