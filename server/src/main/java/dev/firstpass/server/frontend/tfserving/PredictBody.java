package dev.firstpass.server.frontend.tfserving;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.RequestRules;
import dev.firstpass.server.frontend.TensorElements;
import dev.firstpass.server.pipeline.TensorInput;
import dev.firstpass.server.pipeline.TensorModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A request for predictions in JSON. It names neither types nor shapes: types are the model's, shapes those of the nested arrays.
///
/// Immutable.
///
/// @param form of the request, and of its answer
record PredictBody(Form form, List<TensorInput> inputs) {
    static final String BASE64 = "b64";

    private static final int MAX_DEPTH = 64;
    private static final JsonFactory JSON = Json.streamWithNonNumbers(MAX_DEPTH);

    PredictBody {
        inputs = List.copyOf(inputs);
    }

    /// How tensors are told.
    enum Form {
        /// `instances`: row by row, each with all inputs.
        ROWS("instances"),

        /// `inputs`: input by input, each with all rows.
        COLUMNS("inputs");

        private final String key;

        Form(String key) {
            this.key = key;
        }
    }

    /// @throws FailureException ARGUMENT_INVALID if it is no request for that model
    static PredictBody read(byte[] json, TensorModel model) {
        try (JsonParser parser = JSON.createParser(json)) {
            return new Reader(parser, model).read();
        } catch (JsonProcessingException e) {
            throw Json.unreadable(e, MAX_DEPTH);
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory does not fail", e);
        }
    }

    /// For one thread, once.
    private static final class Reader {
        private final JsonParser parser;
        private final TensorModel model;
        private final Map<String, NestedTensor> tensors = new LinkedHashMap<>();

        Reader(JsonParser parser, TensorModel model) {
            this.parser = parser;
            this.model = model;
        }

        PredictBody read() throws IOException {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw RequestRules.invalid("", "the request is no JSON object");
            }
            model.signature().inputs().forEach(input -> tensors.put(input.name(), new NestedTensor(input)));
            Optional<Form> form = Optional.empty();
            Optional<String> signature = Optional.empty();
            for (String member = parser.nextFieldName(); member != null; member = parser.nextFieldName()) {
                JsonToken value = parser.nextToken();
                switch (member) {
                    case "signature_name" -> {
                        if (value != JsonToken.VALUE_STRING) {
                            throw RequestRules.invalid(member, "signature_name: no string");
                        }
                        signature = Optional.of(parser.getText()).filter(name -> !name.isEmpty());
                    }
                    case "instances" -> {
                        requireNone(form);
                        form = Optional.of(Form.ROWS);
                        rows(value);
                    }
                    case "inputs" -> {
                        requireNone(form);
                        form = Optional.of(Form.COLUMNS);
                        columns(value);
                    }
                    default -> parser.skipChildren();
                }
            }
            if (parser.nextToken() != null) {
                throw RequestRules.invalid("", "something follows the request's JSON");
            }
            Signatures.requireServed(signature, model);
            Form found = form.orElseThrow(
                    () -> RequestRules.invalid("instances", "neither instances nor inputs (expected: one of them)"));
            return new PredictBody(
                    found,
                    tensors.values().stream()
                            .map(found == Form.ROWS ? NestedTensor::rows : NestedTensor::whole)
                            .toList());
        }

        private static void requireNone(Optional<Form> earlier) {
            if (earlier.isPresent()) {
                throw RequestRules.invalid("instances", "both instances and inputs (expected: one of them)");
            }
        }

        private void rows(JsonToken begin) throws IOException {
            if (begin != JsonToken.START_ARRAY) {
                throw RequestRules.invalid(Form.ROWS.key, "instances: no array");
            }
            int count = 0;
            boolean isNamed = false;
            for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
                boolean hasNames = !isValue(Form.ROWS, token);
                if (count > 0 && hasNames != isNamed) {
                    throw RequestRules.invalid(
                            Form.ROWS.key,
                            "instances: item " + count
                                    + " differs from those before (expected: all of them objects, or none)");
                }
                isNamed = hasNames;
                count++;
            }
            if (count == 0) {
                throw RequestRules.invalid(Form.ROWS.key, "instances: empty (expected: a row at least)");
            }
        }

        private void columns(JsonToken begin) throws IOException {
            var _ = isValue(Form.COLUMNS, begin);
        }

        /// Reads what stands here: an object with a value for each input, or the value of the only one.
        ///
        /// @return whether it was that value
        private boolean isValue(Form form, JsonToken begin) throws IOException {
            if (begin != JsonToken.START_OBJECT) {
                only(form).read(parser);
                return true;
            }
            String first = parser.nextFieldName();
            JsonToken value = first == null ? JsonToken.END_OBJECT : parser.nextToken();
            if (BASE64.equals(first) && value == JsonToken.VALUE_STRING && !tensors.containsKey(BASE64)) {
                String text = parser.getText();
                if (parser.nextToken() != JsonToken.END_OBJECT) {
                    throw RequestRules.invalid(form.key, form.key + ": an object with more in it than b64");
                }
                only(form).addBase64(text);
                return true;
            }
            named(form, first);
            return false;
        }

        /// @param first name of the member whose value stands here; null if there is none
        private void named(Form form, @Nullable String first) throws IOException {
            int count = 0;
            for (String name = first; name != null; name = parser.nextFieldName()) {
                if (count++ > 0) {
                    parser.nextToken();
                }
                NestedTensor tensor = tensors.get(name);
                if (tensor == null) {
                    throw TensorElements.invalid(
                            name, "the model has none of that name (expected: " + tensors.keySet() + ")");
                }
                tensor.read(parser);
            }
            if (count != tensors.size()) {
                throw RequestRules.invalid(
                        form.key, form.key + ": " + count + " inputs (expected: " + tensors.keySet() + ")");
            }
        }

        private NestedTensor only(Form form) {
            if (tensors.size() != 1) {
                throw RequestRules.invalid(
                        form.key,
                        form.key + ": values without names (expected: objects with the inputs "
                                + Words.quoted(String.join(", ", tensors.keySet())) + ")");
            }
            return tensors.values().iterator().next();
        }
    }
}
