package dev.firstpass.server.frontend.openinference;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.firstpass.server.pipeline.TensorOutput;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/// An answer's JSON, and the outputs that follow it.
///
/// Immutable by convention: nobody writes to the array.
///
/// @param json all of the JSON
/// @param binary outputs that are not in it, to be sent behind it in this order; valid as long as the answer
record JsonAnswer(byte[] json, List<TensorOutput> binary) {
    private static final JsonFactory JSON = new JsonFactory();
    private static final int HEADER_BYTES = 512;

    JsonAnswer {
        binary = List.copyOf(binary);
    }

    /// @throws RuntimeException for an output that has no form in JSON, as `JsonTensors.write` says
    static JsonAnswer of(String name, long version, List<TensorOutput> outputs, JsonRequest request) {
        List<TensorOutput> binary = new ArrayList<>();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(HEADER_BYTES);
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            if (request.id().isPresent()) {
                json.writeStringField("id", request.id().get());
            }
            json.writeStringField("model_name", name);
            json.writeStringField("model_version", Long.toString(version));
            json.writeArrayFieldStart("outputs");
            for (TensorOutput output : outputs) {
                json.writeStartObject();
                json.writeStringField("name", output.name());
                json.writeStringField("datatype", DataTypes.name(output.type()));
                json.writeArrayFieldStart("shape");
                for (long extent : output.shape().extents()) {
                    json.writeNumber(extent);
                }
                json.writeEndArray();
                if (request.isBinary(output.name())) {
                    json.writeObjectFieldStart("parameters");
                    json.writeNumberField("binary_data_size", output.byteSize());
                    json.writeEndObject();
                    binary.add(output);
                } else {
                    json.writeFieldName("data");
                    JsonTensors.write(json, output);
                }
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory does not fail", e);
        }
        return new JsonAnswer(bytes.toByteArray(), binary);
    }
}
