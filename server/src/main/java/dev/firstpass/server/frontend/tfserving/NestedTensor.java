package dev.firstpass.server.frontend.tfserving;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.PackedStrings;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.frontend.GrowingTensor;
import dev.firstpass.server.frontend.TensorElements;
import dev.firstpass.server.pipeline.TensorInput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/// An input as it is read from nested arrays, whose shape is that of the nesting: of one value, or of several alike, each of which
/// is a row.
///
/// For one thread.
final class NestedTensor {
    private static final int UNKNOWN = -1;
    private static final int MOST_BYTES = Integer.MAX_VALUE - 8;

    private final TensorInfo info;

    /// Of a value, known with its first element.
    private int rank = UNKNOWN;

    private final List<Long> extents = new ArrayList<>();
    private int values;

    private final GrowingTensor numbers;
    private long elements;
    private final List<byte[]> strings = new ArrayList<>();

    NestedTensor(TensorInfo info) {
        this.info = info;
        ElementType type = info.type().isFixedSize() ? info.type() : ElementType.UINT8;
        this.numbers = new GrowingTensor(type, MOST_BYTES / type.bytes());
        if (info.type() == ElementType.FLOAT16 || info.type() == ElementType.BFLOAT16) {
            throw invalid(DataTypes.of(info.type()) + " has no form in JSON (expected: by gRPC)");
        }
    }

    String name() {
        return info.name();
    }

    /// Values that were read.
    int values() {
        return values;
    }

    /// Reads the value at which `parser` stands.
    ///
    /// @throws dev.firstpass.server.failure.FailureException ARGUMENT_INVALID if it is none of the input's type, is not as long
    ///     everywhere, or differs in its shape from the ones before
    void read(JsonParser parser) throws IOException {
        value(parser, 0);
        values++;
    }

    private void value(JsonParser parser, int level) throws IOException {
        JsonToken token = parser.currentToken();
        if (token == JsonToken.START_ARRAY) {
            array(parser, level);
            return;
        }
        if (rank == UNKNOWN) {
            rank = level;
        } else if (rank != level) {
            throw invalid("an element in " + level + " arrays (expected: in " + rank + ", as those before)");
        }
        if (info.type() == ElementType.STRING) {
            strings.add(string(parser, token));
        } else {
            number(parser, token);
        }
        elements++;
    }

    private void array(JsonParser parser, int level) throws IOException {
        if (rank != UNKNOWN && level >= rank) {
            throw invalid("arrays more than " + rank + " deep (expected: as those before)");
        }
        if (extents.size() == level) {
            extents.add((long) UNKNOWN);
        }
        long count = 0;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() == null) {
                throw invalid("its data does not end");
            }
            value(parser, level + 1);
            count++;
        }
        if (rank == UNKNOWN) {
            rank = level + 1;
        }
        if (extents.get(level) == UNKNOWN) {
            extents.set(level, count);
        } else if (extents.get(level) != count) {
            throw invalid("an array of " + count + " elements (expected: " + extents.get(level) + ", as those before)");
        }
    }

    private void number(JsonParser parser, JsonToken token) throws IOException {
        if (elements == MOST_BYTES / info.type().bytes()) {
            throw invalid("too many elements");
        }
        TensorElements.read(parser, token, info.name(), info.type(), numbers.roomFor(elements), elements);
    }

    private byte[] string(JsonParser parser, JsonToken token) throws IOException {
        if (token == JsonToken.START_OBJECT) {
            return base64(parser);
        }
        if (token != JsonToken.VALUE_STRING) {
            throw invalid("an element is no string");
        }
        return parser.getText().getBytes(StandardCharsets.UTF_8);
    }

    /// `{"b64": "..."}`.
    private byte[] base64(JsonParser parser) throws IOException {
        if (!PredictBody.BASE64.equals(parser.nextFieldName()) || parser.nextToken() != JsonToken.VALUE_STRING) {
            throw invalid("an object (expected: {\"b64\": \"...\"})");
        }
        String text = parser.getText();
        if (parser.nextToken() != JsonToken.END_OBJECT) {
            throw invalid("an object with more in it than b64");
        }
        return decoded(text);
    }

    private byte[] decoded(String text) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException _) {
            throw invalid("b64 is no base64");
        }
    }

    /// Takes a value that was read as the text of `{"b64": text}`.
    void addBase64(String text) {
        if (info.type() != ElementType.STRING) {
            throw invalid("b64 (expected: elements of " + DataTypes.of(info.type()) + ")");
        }
        if (rank == UNKNOWN) {
            rank = 0;
        } else if (rank != 0) {
            throw invalid("an element in no array (expected: in " + rank + ", as those before)");
        }
        strings.add(decoded(text));
        elements++;
        values++;
    }

    /// All values as rows of one tensor.
    TensorInput rows() {
        List<Long> all = new ArrayList<>(extents.size() + 1);
        all.add((long) values);
        all.addAll(extents);
        return tensor(all);
    }

    /// The only value.
    TensorInput whole() {
        return tensor(extents);
    }

    private TensorInput tensor(List<Long> shape) {
        return new TensorInput(info.name(), info.type(), TensorElements.shape(shape, info.name()), data());
    }

    private MemorySegment data() {
        if (info.type() != ElementType.STRING) {
            return numbers.memory().asSlice(0, elements * info.type().bytes());
        }
        MemorySegment packed = MemorySegment.ofArray(new byte[Math.toIntExact(PackedStrings.size(strings))]);
        PackedStrings.write(strings, packed);
        return packed;
    }

    private FailureException invalid(String problem) {
        return TensorElements.invalid(info.name(), problem);
    }
}
