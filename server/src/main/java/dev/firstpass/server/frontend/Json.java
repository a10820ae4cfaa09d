package dev.firstpass.server.frontend;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import dev.firstpass.server.failure.FailureException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;

/// JSON as the doors read and write it: strictly, no name twice, nothing after the end, at most 32 levels deep and
/// 100,000 tokens long, since a tree of small things takes some thirty times the bytes that it is written in.
///
/// Thread-safe.
public final class Json {
    /// Longer JSON is not read on an event loop, since that would hold up other requests.
    public static final int LONG_BYTES = 64 << 10;

    /// Longest string: base64 of the largest body.
    private static final int MAX_STRING = Integer.MAX_VALUE;

    private static final int MAX_DEPTH = 32;
    private static final int MAX_TOKENS = 100_000;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxTokenCount(MAX_TOKENS)
                            .maxNumberLength(100)
                            .maxNameLength(256)
                            .maxStringLength(MAX_STRING)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final JsonMapper OWN = new JsonMapper();

    private Json() {}

    /// What reads JSON as a stream, as strictly, however long it is: what is not kept costs nothing.
    ///
    /// @param maxDepth levels
    public static JsonFactory stream(int maxDepth) {
        return strict(maxDepth).build();
    }

    /// The same for protocols that have `NaN`, `Infinity` and `-Infinity` as JavaScript has them, read and written.
    public static JsonFactory streamWithNonNumbers(int maxDepth) {
        return strict(maxDepth)
                .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                .disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS)
                .build();
    }

    private static JsonFactoryBuilder strict(int maxDepth) {
        return new JsonFactoryBuilder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(maxDepth)
                        .maxNumberLength(100)
                        .maxNameLength(1024)
                        .maxStringLength(MAX_STRING)
                        .build())
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION);
    }

    public static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /// @param field names what is read, for the error
    /// @throws dev.firstpass.server.failure.FailureException ARGUMENT_INVALID, if it is no JSON
    public static JsonNode read(String field, byte[] bytes) {
        try {
            return MAPPER.readTree(bytes);
        } catch (StreamConstraintsException _) {
            throw RequestRules.invalid(
                    field,
                    field + ": too deep or too long (expected: at most " + MAX_DEPTH + " levels, " + MAX_TOKENS
                            + " tokens)");
        } catch (JsonProcessingException e) {
            throw RequestRules.invalid(field, field + ": not valid JSON" + at(e.getLocation()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// As [#read].
    ///
    /// @throws dev.firstpass.server.failure.FailureException ARGUMENT_INVALID, if it is no JSON object
    public static ObjectNode readObject(String field, byte[] bytes) {
        JsonNode node = read(field, bytes);
        if (node instanceof ObjectNode object) {
            return object;
        }
        throw RequestRules.invalid(field, field + ": " + kind(node) + " (expected: a JSON object)");
    }

    /// @throws dev.firstpass.server.failure.FailureException ARGUMENT_INVALID for a member that is not `known`
    public static void requireKnown(String field, ObjectNode object, Collection<String> known) {
        object.fieldNames().forEachRemaining(name -> {
            if (!known.contains(name)) {
                String path = field.isEmpty() ? name : field + "." + name;
                throw RequestRules.invalid(path, Options.unknown(path, name, known));
            }
        });
    }

    /// What a node is, in JSON's own words.
    public static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case ARRAY -> "an array";
            case BOOLEAN -> "a boolean";
            case MISSING -> "nothing";
            case NULL -> "null";
            case NUMBER -> "a number";
            case OBJECT -> "an object";
            case STRING -> "a string";
            case BINARY, POJO -> "something else";
        };
    }

    /// What is said of a request that [#stream] could not read.
    ///
    /// @param maxDepth levels that it may have
    public static FailureException unreadable(JsonProcessingException e, int maxDepth) {
        return RequestRules.invalid(
                "",
                switch (e) {
                    case StreamConstraintsException _ ->
                        "the request is too deep (expected: at most " + maxDepth + " levels)";
                    case InputCoercionException _ -> "a number of the request is out of range";
                    default -> "the request is not valid JSON" + at(e.getLocation());
                });
    }

    private static String at(JsonLocation location) {
        return location == null ? "" : " at line " + location.getLineNr() + ", column " + location.getColumnNr();
    }

    public static byte[] bytes(JsonNode node) {
        try {
            return MAPPER.writeValueAsBytes(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree is always writable", e);
        }
    }

    public static JsonNode tree(Object value) {
        return MAPPER.valueToTree(value);
    }

    /// JSON that this server has written itself, however much of it.
    public static JsonNode readOwn(byte[] bytes) {
        try {
            return OWN.readTree(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("what was written here can be read", e);
        }
    }

    /// An answer that is not to be cached.
    public static HttpResponse response(HttpStatus status, JsonNode body) {
        return aggregated(status, body).toHttpResponse();
    }

    /// The same, whose length can be asked.
    public static AggregatedHttpResponse aggregated(HttpStatus status, JsonNode body) {
        ResponseHeaders headers = ResponseHeaders.builder(status)
                .contentType(MediaType.JSON)
                .set("cache-control", "no-store")
                .build();
        return AggregatedHttpResponse.of(headers, HttpData.wrap(bytes(body)));
    }
}
