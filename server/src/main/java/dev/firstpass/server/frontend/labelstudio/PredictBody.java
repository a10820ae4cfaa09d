package dev.firstpass.server.frontend.labelstudio;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.RequestRules;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/// What Label Studio sends to `/predict` and `/setup`, read as a stream: a task comes with all its drafts, predictions and
/// annotations, which may be megabytes that nothing here looks at, and are not kept.
///
/// Immutable.
///
/// @param tasks in their order; none in a `/setup`
/// @param labelConfig of the project; called `schema` in a `/setup`
/// @param gestures what a labeler drew for the model to answer; empty where nobody did
record PredictBody(List<StudioTask> tasks, Optional<String> labelConfig, List<Gesture> gestures) {
    static final int MAX_TASKS = 5000;

    private static final int MAX_DEPTH = 64;
    private static final int MAX_FIELDS = 1000;
    private static final String BODY = "body";

    private static final JsonFactory JSON = Json.stream(MAX_DEPTH);

    PredictBody {
        tasks = List.copyOf(tasks);
        gestures = List.copyOf(gestures);
    }

    /// @throws FailureException ARGUMENT_INVALID with the field that is not as it must be
    static PredictBody read(byte[] bytes) {
        try (JsonParser json = JSON.createParser(bytes)) {
            PredictBody body = new Reading(json).all();
            if (json.nextToken() != null) {
                throw RequestRules.invalid(BODY, "body: more than one JSON value");
            }
            return body;
        } catch (StreamConstraintsException _) {
            throw RequestRules.invalid(BODY, "body: too deep or too long (expected: at most " + MAX_DEPTH + " levels)");
        } catch (JsonProcessingException e) {
            throw RequestRules.invalid(
                    BODY,
                    "body: not valid JSON"
                            + (e.getLocation() == null
                                    ? ""
                                    : " at line " + e.getLocation().getLineNr() + ", column "
                                            + e.getLocation().getColumnNr()));
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory does not fail", e);
        }
    }

    /// Of one body. Each method begins on the first token of its value and ends on its last.
    ///
    /// For one thread.
    private static final class Reading {
        private final JsonParser json;
        private final List<StudioTask> tasks = new ArrayList<>();
        private final List<Gesture> gestures = new ArrayList<>();
        private Optional<String> labelConfig = Optional.empty();

        Reading(JsonParser json) {
            this.json = json;
        }

        PredictBody all() throws IOException {
            json.nextToken();
            members(BODY, name -> {
                switch (name) {
                    case "tasks" -> items("tasks", MAX_TASKS, this::task);
                    case "label_config", "schema" -> labelConfig = Optional.of(text(name));
                    case "params" -> whereThere(() -> members("params", this::param));
                    default -> json.skipChildren();
                }
            });
            return new PredictBody(tasks, labelConfig, gestures);
        }

        private void task(String field) throws IOException {
            String[] id = {""};
            boolean[] isOpen = {false};
            Map<String, String> data = new HashMap<>();
            members(field, name -> {
                switch (name) {
                    case "id" -> id[0] = json.currentToken().isScalarValue() ? json.getText() : "";
                    case "data" -> members(field + ".data", key -> datum(field, data, key));
                    case "drafts" -> {
                        isOpen[0] = true;
                        json.skipChildren();
                    }
                    default -> json.skipChildren();
                }
            });
            tasks.add(new StudioTask(id[0], data, isOpen[0]));
        }

        private void datum(String field, Map<String, String> data, String key) throws IOException {
            if (json.currentToken() != JsonToken.VALUE_STRING) {
                json.skipChildren();
            } else if (data.size() < MAX_FIELDS) {
                data.put(key, json.getText());
            } else {
                throw RequestRules.invalid(field + ".data", field + ".data: more than " + MAX_FIELDS + " texts");
            }
        }

        private void param(String name) throws IOException {
            if (name.equals("context")) {
                whereThere(() -> members("params.context", this::context));
            } else {
                json.skipChildren();
            }
        }

        private void context(String name) throws IOException {
            if (name.equals("result")) {
                whereThere(() -> items("params.context.result", RequestRules.MAX_CLICKS, this::gesture));
            } else {
                json.skipChildren();
            }
        }

        private void gesture(String field) throws IOException {
            Map<String, Double> numbers = new HashMap<>();
            Map<String, String> texts = new HashMap<>();
            Map<String, String> labels = new HashMap<>();
            members(field, name -> {
                switch (name) {
                    case "type" -> texts.put(name, text(field + "." + name));
                    case "original_width", "original_height" -> numbers.put(name, number(field + "." + name));
                    case "is_positive" -> numbers.put(name, truth());
                    case "value" -> members(field + ".value", key -> value(field, numbers, labels, key));
                    default -> json.skipChildren();
                }
            });
            String type = texts.getOrDefault("type", "");
            gestures.add(new Gesture(
                    type,
                    Optional.ofNullable(labels.get(type)),
                    number(numbers, "x"),
                    number(numbers, "y"),
                    number(numbers, numbers.containsKey("radiusX") ? "radiusX" : "width"),
                    number(numbers, numbers.containsKey("radiusY") ? "radiusY" : "height"),
                    number(numbers, "original_width"),
                    number(numbers, "original_height"),
                    numbers.getOrDefault("is_positive", 1.0) != 0));
        }

        private void value(String field, Map<String, Double> numbers, Map<String, String> labels, String name)
                throws IOException {
            switch (name) {
                case "x", "y", "width", "height", "radiusX", "radiusY" ->
                    numbers.put(name, number(field + ".value." + name));
                default -> {
                    if (json.currentToken() == JsonToken.START_ARRAY) {
                        firstText().ifPresent(label -> labels.put(name, label));
                    } else {
                        json.skipChildren();
                    }
                }
            }
        }

        private static OptionalDouble number(Map<String, Double> numbers, String name) {
            Double value = numbers.get(name);
            return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
        }

        private Optional<String> firstText() throws IOException {
            Optional<String> first = Optional.empty();
            while (json.nextToken() != JsonToken.END_ARRAY) {
                if (first.isEmpty() && json.currentToken() == JsonToken.VALUE_STRING) {
                    first = Optional.of(json.getText());
                }
                json.skipChildren();
            }
            return first;
        }

        private double number(String field) throws IOException {
            double value = json.currentToken().isNumeric() ? json.getDoubleValue() : Double.NaN;
            if (!Double.isFinite(value)) {
                throw unexpected(field, "a finite number");
            }
            return value;
        }

        /// `true`, `1`, or what a page wrote by mistake as text.
        private double truth() throws IOException {
            boolean isFalse = json.currentToken() == JsonToken.VALUE_FALSE
                    || (json.currentToken().isNumeric() && json.getDoubleValue() == 0)
                    || (json.currentToken() == JsonToken.VALUE_STRING
                            && List.of("0", "false").contains(json.getText()));
            json.skipChildren();
            return isFalse ? 0 : 1;
        }

        private String text(String field) throws IOException {
            if (json.currentToken() != JsonToken.VALUE_STRING) {
                throw unexpected(field, "a string");
            }
            return json.getText();
        }

        private void whereThere(Step step) throws IOException {
            if (json.currentToken() != JsonToken.VALUE_NULL) {
                step.run();
            }
        }

        private void members(String field, Member member) throws IOException {
            if (json.currentToken() != JsonToken.START_OBJECT) {
                throw unexpected(field, "an object");
            }
            while (json.nextToken() != JsonToken.END_OBJECT) {
                String name = json.currentName();
                json.nextToken();
                member.read(name);
            }
        }

        private void items(String field, int most, Member item) throws IOException {
            if (json.currentToken() != JsonToken.START_ARRAY) {
                throw unexpected(field, "an array");
            }
            int count = 0;
            while (json.nextToken() != JsonToken.END_ARRAY) {
                if (count == most) {
                    throw RequestRules.invalid(field, field + ": more than " + most + " (expected: at most so many)");
                }
                item.read(field + "[" + count++ + "]");
            }
        }

        private FailureException unexpected(String field, String expected) {
            JsonToken token = json.currentToken();
            String found = token == null
                    ? "nothing"
                    : switch (token) {
                        case START_ARRAY -> "an array";
                        case START_OBJECT -> "an object";
                        case VALUE_STRING -> "a string";
                        case VALUE_TRUE, VALUE_FALSE -> "a boolean";
                        case VALUE_NULL -> "null";
                        case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
                        case END_ARRAY, END_OBJECT, FIELD_NAME, NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT -> "nothing";
                    };
            return RequestRules.invalid(field, field + ": " + found + " (expected: " + expected + ")");
        }

        @FunctionalInterface
        private interface Member {
            void read(String name) throws IOException;
        }

        @FunctionalInterface
        private interface Step {
            void run() throws IOException;
        }
    }
}
