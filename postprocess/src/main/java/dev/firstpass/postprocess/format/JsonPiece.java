package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.postprocess.dataset.DataSetException;
import java.io.IOException;

/// A value of a file, and where it stands, so that it can be read again by itself.
///
/// @param offset of its first byte
/// @param length in bytes
record JsonPiece(JsonNode value, long offset, int length) {
    private static final JsonMapper JSON = new JsonMapper();

    /// The value that begins at the parser's token; afterwards the parser stands at its end.
    ///
    /// @param place of the file, for the message
    /// @throws DataSetException if the parser does not know its bytes, since the file is in another encoding
    static JsonPiece read(JsonParser json, String place) throws IOException {
        long from = json.currentTokenLocation().getByteOffset();
        JsonNode value = JSON.readTree(json);
        long to = json.currentLocation().getByteOffset();
        if (from < 0 || to - from > Integer.MAX_VALUE) {
            throw new DataSetException(place + ": cannot be read in pieces (expected: UTF-8)");
        }
        return new JsonPiece(value, from, (int) (to - from));
    }
}
