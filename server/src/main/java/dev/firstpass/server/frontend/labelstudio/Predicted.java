package dev.firstpass.server.frontend.labelstudio;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.frontend.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/// What is answered to one task, as the bytes of a JSON object.
///
/// Immutable, all variants; nobody writes to the arrays.
sealed interface Predicted {
    JsonFactory JSON = new JsonFactory();

    /// A prediction.
    record Prediction(byte[] json) implements Predicted {}

    /// What has no `result`, and so is left out by Label Studio, which asks again another time.
    record Missing(Failure failure) implements Predicted {}

    /// The one prediction of an import file with one task.
    ///
    /// @param importFile as the label format writes it
    /// @param salt what tells this answer from others about the same image, whose regions Label Studio keeps side by side;
    ///     empty where there are none, and ids stay as they are
    static Predicted of(byte[] importFile, String salt) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(importFile.length);
        try (JsonParser in = JSON.createParser(importFile);
                JsonGenerator copy = JSON.createGenerator(out)) {
            toPrediction(in);
            copy(in, copy, salt);
        } catch (IOException e) {
            throw new UncheckedIOException("the label format wrote no import file", e);
        }
        return new Prediction(out.toByteArray());
    }

    private static void toPrediction(JsonParser in) throws IOException {
        int depth = 0;
        while (true) {
            JsonToken token = in.nextToken();
            if (token == null) {
                throw new IOException("no predictions");
            }
            if (token.isStructStart()) {
                depth++;
            } else if (token.isStructEnd()) {
                depth--;
            } else if (depth == 2
                    && token == JsonToken.FIELD_NAME
                    && in.currentName().equals("predictions")) {
                in.nextToken();
                if (in.nextToken() != JsonToken.START_OBJECT) {
                    throw new IOException("no prediction");
                }
                return;
            }
        }
    }

    private static void copy(JsonParser in, JsonGenerator out, String salt) throws IOException {
        int depth = 0;
        do {
            boolean isRegion = depth == 3;
            if (in.currentToken().isStructStart()) {
                depth++;
            } else if (in.currentToken().isStructEnd()) {
                depth--;
            }
            boolean isId = isRegion
                    && !salt.isEmpty()
                    && in.currentToken() == JsonToken.FIELD_NAME
                    && Set.of("id", "parentID").contains(in.currentName());
            out.copyCurrentEvent(in);
            if (isId) {
                in.nextToken();
                out.writeString(salted(in.getText(), salt));
            }
        } while (depth > 0 && in.nextToken() != null);
    }

    private static String salted(String id, String salt) {
        UUID other = UUID.nameUUIDFromBytes((id + '\n' + salt).getBytes(StandardCharsets.UTF_8));
        return String.format("%016x", other.getMostSignificantBits());
    }

    /// `{"results": [...]}`, one for each task.
    static byte[] together(List<Predicted> all) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes("{\"results\":[".getBytes(StandardCharsets.UTF_8));
        for (int i = 0; i < all.size(); i++) {
            if (i > 0) {
                out.write(',');
            }
            switch (all.get(i)) {
                case Prediction(byte[] json) -> out.writeBytes(json);
                case Missing(Failure failure) -> {
                    ObjectNode told = Json.object();
                    LabelStudioFailures.tell(told, failure);
                    out.writeBytes(Json.bytes(told));
                }
            }
        }
        out.writeBytes("]}".getBytes(StandardCharsets.UTF_8));
        return out.toByteArray();
    }
}
