package dev.firstpass.server.labelbox;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;

/// One line: an object or a classification of a data row.
///
/// Immutable.
///
/// @param uuid unique in its data row
/// @param dataRow `id ...` or `globalKey ...`
/// @param feature name or schema id of what it is in the ontology
record Row(String uuid, String dataRow, String feature) {
    private static final int MOST_DEPTH = 64;

    /// Of which a row has one.
    private static final Set<String> VALUES = Set.of(
            "bbox", "polygon", "line", "point", "mask", "answer", "answers", "location", "segments", "relationship");

    private static final ObjectReader JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MOST_DEPTH)
                            .maxStringLength(Integer.MAX_VALUE)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .build()
            .readerFor(JsonNode.class)
            .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    /// What Labelbox's own library looks at before it sends rows.
    ///
    /// @throws RowException if it is no row
    static Row of(byte[] line) throws RowException {
        JsonNode row;
        try {
            row = JSON.readTree(line);
        } catch (IOException _) {
            throw new RowException("it is no JSON");
        }
        if (!row.isObject()) {
            throw new RowException("it is no JSON object");
        }
        String uuid = text(row, "uuid");
        if (uuid.isEmpty()) {
            throw new RowException("uuid: missing");
        }
        String name = text(row, "name");
        String feature = name.isEmpty() ? text(row, "schemaId") : name;
        if (feature.isEmpty() && !row.has("relationship")) {
            throw new RowException("name: missing, and schemaId too (expected: one of them)");
        }
        Set<String> values = new TreeSet<>(VALUES);
        values.removeIf(value -> !row.has(value));
        if (values.size() != 1) {
            throw new RowException("no value, or several: " + values + " (expected: one, for instance bbox)");
        }
        return new Row(uuid, dataRow(row.path("dataRow")), feature);
    }

    private static String dataRow(JsonNode dataRow) throws RowException {
        String id = text(dataRow, "id");
        String key = text(dataRow, "globalKey");
        if (id.isEmpty() == key.isEmpty()) {
            throw new RowException("dataRow: " + (id.isEmpty() ? "neither id nor" : "both id and")
                    + " globalKey (expected: one of them)");
        }
        return id.isEmpty() ? "globalKey " + key : "id " + id;
    }

    private static String text(JsonNode object, String field) {
        return object.path(field).isTextual() ? object.path(field).textValue() : "";
    }
}
