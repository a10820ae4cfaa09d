package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.DataSetSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// JSON files of a data set that a look inside tells to be in a format, and small ones that are read as a whole.
///
/// Pure functions, but for the files.
final class JsonFiles {
    /// Files that are looked into: more than that are something else.
    static final int MOST_LOOKED_INTO = 50;

    private static final JsonMapper JSON = new JsonMapper();

    private JsonFiles() {}

    static boolean isNamed(String name) {
        return name.toLowerCase(Locale.ROOT).endsWith(".json");
    }

    static List<String> of(DataSetSource source, Look look) throws IOException {
        List<String> files = new ArrayList<>();
        int looked = 0;
        for (String name : source.files().names()) {
            if (isNamed(name) && looked++ < MOST_LOOKED_INTO && look.tells(source, name)) {
                files.add(name);
            }
        }
        return files;
    }

    /// The file that was named, or else the only one that there is.
    ///
    /// @param what they hold, for the message
    /// @param wanted of them, for the message
    /// @throws DataSetException if there is none, or several
    static String only(DataSetSource source, Look look, String what, String wanted) throws IOException {
        if (source.file().isPresent()) {
            return source.file().get();
        }
        List<String> files = of(source, look);
        if (files.size() != 1) {
            throw new DataSetException(
                    what + ": " + (files.isEmpty() ? "none" : files) + " (expected: " + wanted + "; name it)");
        }
        return files.getFirst();
    }

    /// The first value of a file's content; empty where it is no JSON.
    static Optional<JsonNode> root(byte[] content) {
        try {
            return Optional.ofNullable(JSON.readTree(content));
        } catch (JacksonException _) {
            return Optional.empty();
        } catch (IOException e) {
            throw new IllegalStateException("reading from memory does not fail", e);
        }
    }

    /// Whether a file is in the format.
    @FunctionalInterface
    interface Look {
        boolean tells(DataSetSource source, String name) throws IOException;
    }
}
