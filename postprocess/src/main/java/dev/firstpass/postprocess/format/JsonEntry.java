package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/// The one JSON entry of a data set and the pieces that several formats share.
final class JsonEntry {
    /// Values at the root follow each other without a separator (writers of JSON Lines put a line feed after each),
    /// and closing does not complete what is open: an abandoned data set must not look like a whole one.
    private static final JsonFactory JSON = new JsonFactoryBuilder()
            .rootValueSeparator("")
            .disable(StreamWriteFeature.AUTO_CLOSE_CONTENT)
            .build();

    private JsonEntry() {}

    /// Opens the data set's only entry, UTF-8. Closing the generator closes the entry.
    static JsonGenerator open(LabelFormat format, EntrySink sink) throws IOException {
        return open("labels" + format.fileExtension(), sink);
    }

    /// The same, with the array begun that is all of it.
    static JsonGenerator openArray(LabelFormat format, EntrySink sink) throws IOException {
        JsonGenerator json = open(format, sink);
        json.writeStartArray();
        return json;
    }

    /// Ends that array, and a line: what has been written is a whole document.
    static void endArray(JsonGenerator json) throws IOException {
        json.writeEndArray();
        json.writeRaw('\n');
        json.flush();
    }

    /// Opens one of several entries, UTF-8. Closing the generator closes the entry.
    static JsonGenerator open(String name, EntrySink sink) throws IOException {
        return JSON.createGenerator(sink.entry(name), JsonEncoding.UTF8);
    }

    /// Writes `attributes` as an object in the order of their names; nothing where there are none.
    static void attributes(JsonGenerator json, Map<String, String> attributes) throws IOException {
        if (attributes.isEmpty()) {
            return;
        }
        json.writeObjectFieldStart("attributes");
        for (Map.Entry<String, String> attribute : new TreeMap<>(attributes).entrySet()) {
            json.writeStringField(attribute.getKey(), attribute.getValue());
        }
        json.writeEndObject();
    }
}
