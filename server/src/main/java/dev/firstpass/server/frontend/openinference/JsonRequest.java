package dev.firstpass.server.frontend.openinference;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.TensorElements;
import dev.firstpass.server.pipeline.TensorInput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/// A request's JSON, and the tensors that follow it. Elements in the JSON are passed over first and read once their type
/// and number are known, so that members may come in any order and all of it is read twice at most.
///
/// Immutable.
///
/// @param outputs those wanted, by name; all in the protocol's default form where it is empty
record JsonRequest(Optional<String> id, Terms terms, List<TensorInput> inputs, List<Wanted> outputs) {
    private static final int MAX_DEPTH = 64;

    private static final JsonFactory JSON = Json.stream(MAX_DEPTH);

    JsonRequest {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }

    /// An output that is wanted.
    ///
    /// @param isBinary where the request says so for this one
    /// @param classes how many of its greatest elements, where the request wants it so
    record Wanted(String name, Optional<Boolean> isBinary, OptionalInt classes) {}

    /// The names of the outputs wanted.
    List<String> wantedNames() {
        return outputs.stream().map(Wanted::name).toList();
    }

    /// Output -> how many of its greatest elements, of those that are wanted so.
    Map<String, Integer> classes() {
        return outputs.stream()
                .filter(wanted -> wanted.classes.isPresent())
                .collect(Collectors.toMap(Wanted::name, wanted -> wanted.classes.getAsInt(), (first, _) -> first));
    }

    /// Whether an output is to be binary.
    boolean isBinary(String output) {
        for (Wanted wanted : outputs) {
            if (wanted.name.equals(output)) {
                return wanted.isBinary.orElseGet(terms::isBinary);
            }
        }
        return terms.isBinary();
    }

    /// @param json all of the JSON
    /// @param binary the tensors behind it, one after the other
    /// @throws FailureException ARGUMENT_INVALID, or NOT_SUPPORTED for extensions that are not served
    static JsonRequest read(byte[] json, MemorySegment binary) {
        try (JsonParser parser = JSON.createParser(json)) {
            return new Reader(json, parser, binary).read();
        } catch (JsonProcessingException e) {
            throw Json.unreadable(e, MAX_DEPTH);
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory does not fail", e);
        }
    }

    /// For one thread, once.
    private static final class Reader {
        private final byte[] json;
        private final JsonParser parser;
        private final MemorySegment binary;

        private final Terms terms = new Terms();
        private Optional<String> id = Optional.empty();
        private final List<Declared> declared = new ArrayList<>();
        private final List<Wanted> wanted = new ArrayList<>();

        Reader(byte[] json, JsonParser parser, MemorySegment binary) {
            this.json = json;
            this.parser = parser;
            this.binary = binary;
        }

        JsonRequest read() throws IOException {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw Wire.invalid("", "the request is no JSON object");
            }
            boolean hasInputs = false;
            for (String member = parser.nextFieldName(); member != null; member = parser.nextFieldName()) {
                switch (member) {
                    case "id" -> id = Optional.of(Wire.id(text("id")));
                    case "parameters" -> forEachParameter(this::requestParameter);
                    case "inputs" -> {
                        hasInputs = true;
                        forEachObject("inputs", this::input);
                    }
                    case "outputs" -> forEachObject("outputs", this::output);
                    default -> skip();
                }
            }
            requireEnd(parser.currentToken(), JsonToken.END_OBJECT);
            if (parser.nextToken() != null) {
                throw Wire.invalid("", "something follows the request's JSON");
            }
            if (!hasInputs) {
                throw Wire.invalid("inputs", "inputs: missing");
            }
            return new JsonRequest(id, terms, inputs(), wanted);
        }

        private void input() throws IOException {
            Optional<String> name = Optional.empty();
            Optional<String> datatype = Optional.empty();
            Optional<List<Long>> shape = Optional.empty();
            BinarySize size = new BinarySize();
            OptionalInt data = OptionalInt.empty();
            for (String member = parser.nextFieldName(); member != null; member = parser.nextFieldName()) {
                switch (member) {
                    case "name" -> name = Optional.of(text("name"));
                    case "datatype" -> datatype = Optional.of(text("datatype"));
                    case "shape" -> shape = Optional.of(extents());
                    case "parameters" -> forEachParameter(size::parameter);
                    case "data" -> {
                        if (parser.nextToken() != JsonToken.START_ARRAY) {
                            throw Wire.invalid("data", "data is no array");
                        }
                        data = OptionalInt.of(Math.toIntExact(offset()));
                        parser.skipChildren();
                    }
                    default -> skip();
                }
            }
            requireEnd(parser.currentToken(), JsonToken.END_OBJECT);
            String called = name.orElseThrow(() -> Wire.invalid("inputs", "an input without a name"));
            String what = "input " + Words.quoted(called);
            declared.add(new Declared(
                    called,
                    DataTypes.of(datatype.orElseThrow(() -> Wire.invalid("datatype", what + ": no datatype")), called),
                    TensorElements.shape(shape.orElseThrow(() -> Wire.invalid("shape", what + ": no shape")), called),
                    size.bytes,
                    data));
        }

        private long offset() {
            long offset = parser.currentTokenLocation().getByteOffset();
            if (offset < 0) {
                throw Wire.invalid("", "the request is not in UTF-8");
            }
            return offset;
        }

        private void output() throws IOException {
            Optional<String> name = Optional.empty();
            OutputForm form = new OutputForm();
            for (String member = parser.nextFieldName(); member != null; member = parser.nextFieldName()) {
                switch (member) {
                    case "name" -> name = Optional.of(text("name"));
                    case "parameters" -> forEachParameter(form::parameter);
                    default -> skip();
                }
            }
            requireEnd(parser.currentToken(), JsonToken.END_OBJECT);
            wanted.add(new Wanted(
                    name.orElseThrow(() -> Wire.invalid("outputs", "an output without a name")),
                    form.isBinary,
                    form.classes));
        }

        private void requestParameter(String name, JsonToken value) throws IOException {
            switch (value) {
                case VALUE_NUMBER_INT -> terms.put(name, parser.getLongValue());
                case VALUE_TRUE -> terms.put(name, true);
                case VALUE_FALSE -> terms.put(name, false);
                case VALUE_STRING -> terms.put(name, parser.getText());
                default -> terms.putOther(name);
            }
        }

        /// Takes the tensors where they are.
        private List<TensorInput> inputs() throws IOException {
            List<TensorInput> inputs = new ArrayList<>(declared.size());
            long at = 0;
            for (Declared input : declared) {
                if (input.bytes.isPresent()) {
                    long bytes = input.bytes.getAsLong();
                    if (input.data.isPresent()) {
                        throw Wire.invalid(
                                input.name, "input " + Words.quoted(input.name) + ": both data and binary data");
                    }
                    if (bytes > binary.byteSize() - at) {
                        throw Wire.invalid(
                                input.name,
                                "unexpected size for input " + Words.quoted(input.name) + ": " + bytes
                                        + " bytes (expected: <= " + (binary.byteSize() - at) + ", what is there)");
                    }
                    inputs.add(new TensorInput(input.name, input.type, input.shape, binary.asSlice(at, bytes)));
                    at += bytes;
                } else {
                    inputs.add(new TensorInput(input.name, input.type, input.shape, elements(input)));
                }
            }
            if (at != binary.byteSize()) {
                throw Wire.invalid(
                        "inputs",
                        "unexpected additional input data: " + (binary.byteSize() - at) + " bytes (expected: 0)");
            }
            return inputs;
        }

        private MemorySegment elements(Declared input) throws IOException {
            int begin = input.data.orElseThrow(
                    () -> Wire.invalid(input.name, "input " + Words.quoted(input.name) + ": no data (expected: some)"));
            try (JsonParser elements = JSON.createParser(json, begin, json.length - begin)) {
                return JsonTensors.read(elements, input.name, input.type, input.shape, json.length - begin);
            }
        }

        private void forEachObject(String field, Member each) throws IOException {
            if (parser.nextToken() != JsonToken.START_ARRAY) {
                throw Wire.invalid(field, field + ": no array");
            }
            int count = 0;
            for (JsonToken token = parser.nextToken(); token == JsonToken.START_OBJECT; token = parser.nextToken()) {
                if (count++ == Wire.MOST_TENSORS) {
                    throw Wire.invalid(field, field + ": too many (expected: <= " + Wire.MOST_TENSORS + ")");
                }
                each.read();
            }
            if (parser.currentToken() != JsonToken.END_ARRAY) {
                throw Wire.invalid(field, field + ": an element is no object");
            }
        }

        private void forEachParameter(Parameter each) throws IOException {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw Wire.invalid("parameters", "parameters: no object");
            }
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                each.read(name, parser.nextToken());
                parser.skipChildren();
            }
            requireEnd(parser.currentToken(), JsonToken.END_OBJECT);
        }

        private List<Long> extents() throws IOException {
            if (parser.nextToken() != JsonToken.START_ARRAY) {
                throw Wire.invalid("shape", "shape: no array");
            }
            List<Long> extents = new ArrayList<>();
            for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
                if (token != JsonToken.VALUE_NUMBER_INT) {
                    throw Wire.invalid("shape", "shape: an axis is no whole number");
                }
                if (extents.size() > TensorElements.MOST_AXES) {
                    throw Wire.invalid("shape", "shape: more than " + TensorElements.MOST_AXES + " axes");
                }
                extents.add(parser.getLongValue());
            }
            return extents;
        }

        private String text(String field) throws IOException {
            if (parser.nextToken() != JsonToken.VALUE_STRING) {
                throw Wire.invalid(field, field + ": no string");
            }
            return parser.getText();
        }

        private void skip() throws IOException {
            parser.nextToken();
            parser.skipChildren();
        }

        private static void requireEnd(JsonToken token, JsonToken end) {
            if (token != end) {
                throw Wire.invalid("", "the request's JSON does not end");
            }
        }

        /// What is said of an input's bytes.
        private final class BinarySize {
            private OptionalLong bytes = OptionalLong.empty();

            void parameter(String name, JsonToken value) throws IOException {
                switch (name) {
                    case "binary_data_size" -> {
                        if (value != JsonToken.VALUE_NUMBER_INT || parser.getLongValue() < 0) {
                            throw Wire.invalid(name, name + ": no size (expected: a whole number >= 0)");
                        }
                        bytes = OptionalLong.of(parser.getLongValue());
                    }
                    case "shared_memory_region" -> throw Wire.notSupported("shared memory is not served");
                    default -> {}
                }
            }
        }

        /// What is said of an output's form.
        private final class OutputForm {
            private Optional<Boolean> isBinary = Optional.empty();
            private OptionalInt classes = OptionalInt.empty();

            void parameter(String name, JsonToken value) throws IOException {
                switch (name) {
                    case "binary_data" -> {
                        if (!value.isBoolean()) {
                            throw Wire.invalid(name, name + ": no boolean");
                        }
                        isBinary = Optional.of(parser.getBooleanValue());
                    }
                    case "shared_memory_region" -> throw Wire.notSupported("shared memory is not served");
                    case "classification" -> {
                        if (value != JsonToken.VALUE_NUMBER_INT) {
                            throw Wire.invalid(name, name + ": no whole number");
                        }
                        classes = OptionalInt.of(Classification.count(parser.getLongValue()));
                    }
                    default -> {}
                }
            }
        }

        /// @param bytes of its part of the binary data, where it has one
        /// @param data where its elements begin in the JSON, where they are there
        private record Declared(String name, ElementType type, Shape shape, OptionalLong bytes, OptionalInt data) {}

        @FunctionalInterface
        private interface Member {
            void read() throws IOException;
        }

        @FunctionalInterface
        private interface Parameter {
            void read(String name, JsonToken value) throws IOException;
        }
    }
}
