package dev.firstpass.server.frontend.tfserving;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.RequestRules;
import dev.firstpass.server.frontend.TensorElements;
import dev.firstpass.server.frontend.tfserving.PredictBody.Form;
import dev.firstpass.server.pipeline.TensorOutput;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;

/// Predictions in JSON, in the form of their request: `predictions` row by row, or `outputs` output by output. A single output has no
/// name there.
///
/// Pure functions.
final class PredictAnswer {
    /// What ends so and is text is bytes.
    private static final String BYTES = "_bytes";

    private static final JsonFactory JSON = Json.streamWithNonNumbers(64);
    private static final int FIRST_BYTES = 512;

    private PredictAnswer() {}

    /// Elements that are to be written, or bytes of text; what takes time grows with it.
    static long size(List<TensorOutput> outputs) {
        long size = 0;
        for (TensorOutput output : outputs) {
            size += output.type().isFixedSize()
                    ? output.byteSize() / output.type().bytes()
                    : output.byteSize();
        }
        return size;
    }

    /// @throws dev.firstpass.server.failure.FailureException ARGUMENT_INVALID for outputs that have no such form
    static byte[] json(Form form, List<TensorOutput> outputs) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(FIRST_BYTES);
        List<Elements> all = outputs.stream().map(Elements::new).toList();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            switch (form) {
                case ROWS -> {
                    long rows = rows(outputs);
                    json.writeArrayFieldStart("predictions");
                    for (long row = 0; row < rows; row++) {
                        write(json, all, 1);
                    }
                    json.writeEndArray();
                }
                case COLUMNS -> {
                    json.writeFieldName("outputs");
                    write(json, all, 0);
                }
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory does not fail", e);
        }
        return bytes.toByteArray();
    }

    private static long rows(List<TensorOutput> outputs) {
        long rows = -1;
        for (TensorOutput output : outputs) {
            String what = "output " + Words.quoted(output.name());
            if (output.shape().rank() == 0) {
                throw RequestRules.invalid("instances", what + " has no rows (expected: asked for with inputs)");
            }
            long own = output.shape().extent(0);
            if (rows != -1 && rows != own) {
                throw RequestRules.invalid(
                        "instances",
                        what + " has " + own + " rows, another " + rows + " (expected: asked for with inputs)");
            }
            rows = own;
        }
        return rows;
    }

    private static void write(JsonGenerator json, List<Elements> outputs, int axis) throws IOException {
        if (outputs.size() == 1) {
            outputs.getFirst().write(json, axis);
            return;
        }
        json.writeStartObject();
        for (Elements output : outputs) {
            json.writeFieldName(output.output.name());
            output.write(json, axis);
        }
        json.writeEndObject();
    }

    /// The elements of an output, one after the other.
    ///
    /// For one thread.
    private static final class Elements {
        private final TensorOutput output;
        private final Shape shape;
        private final boolean isBytes;
        private final Iterator<MemorySegment> parts;

        private MemorySegment part = MemorySegment.NULL;
        private long at;

        Elements(TensorOutput output) {
            if (output.type() == ElementType.FLOAT16 || output.type() == ElementType.BFLOAT16) {
                throw RequestRules.invalid(
                        output.name(),
                        "output " + Words.quoted(output.name()) + ": " + DataTypes.of(output.type())
                                + " has no form in JSON (expected: asked for by gRPC)");
            }
            this.output = output;
            this.shape = output.shape();
            this.isBytes = output.name().endsWith(BYTES);
            this.parts = output.parts().iterator();
        }

        /// Writes what comes next, which has the axes from there on.
        void write(JsonGenerator json, int axis) throws IOException {
            if (axis >= shape.rank()) {
                element(json);
                return;
            }
            json.writeStartArray();
            for (long i = 0; i < shape.extent(axis); i++) {
                write(json, axis + 1);
            }
            json.writeEndArray();
        }

        private void element(JsonGenerator json) throws IOException {
            while (at == part.byteSize()) {
                part = parts.next();
                at = 0;
            }
            if (output.type() == ElementType.STRING) {
                int length = part.get(TensorElements.I32, at);
                byte[] bytes = part.asSlice(at + Integer.BYTES, length).toArray(ValueLayout.JAVA_BYTE);
                at += Integer.BYTES + (long) length;
                string(json, bytes);
            } else {
                TensorElements.write(
                        json, output.type(), part, at / output.type().bytes());
                at += output.type().bytes();
            }
        }

        private void string(JsonGenerator json, byte[] bytes) throws IOException {
            if (isBytes) {
                json.writeStartObject();
                json.writeBinaryField(PredictBody.BASE64, bytes);
                json.writeEndObject();
            } else {
                json.writeString(new String(bytes, StandardCharsets.UTF_8));
            }
        }
    }
}
