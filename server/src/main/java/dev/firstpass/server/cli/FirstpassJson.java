package dev.firstpass.server.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.format.FirstpassReader;
import java.io.IOException;

/// A server's answer in the `firstpass` format as pre-labels, for pictures and for data sets in other formats.
///
/// Pure functions.
final class FirstpassJson {
    private static final JsonMapper JSON = new JsonMapper();

    private FirstpassJson() {}

    /// @throws CliException if `body` is not in that format
    static Prelabels read(byte[] body) {
        try {
            return FirstpassReader.read(JSON.readTree(body));
        } catch (IOException | IllegalArgumentException e) {
            throw CliException.failed("the server's answer is not in the firstpass format: " + e.getMessage(), e);
        }
    }
}
