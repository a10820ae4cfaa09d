package dev.firstpass.server.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/// The sample photos inside the jar, as `samples/index.json` lists them. `SOURCES.md` beside it says where they come
/// from.
public final class DemoPhotos {
    private static final String INDEX = "index.json";

    private DemoPhotos() {}

    /// In the order in which they are shown. Reads the list anew each time.
    public static List<DemoPhoto> all() {
        try {
            return new JsonMapper()
                    .readTree(read(INDEX)).properties().stream()
                            .map(entry -> photo(entry.getKey(), entry.getValue()))
                            .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static DemoPhoto photo(String fileName, JsonNode known) {
        return new DemoPhoto(
                fileName,
                known.required("title").textValue(),
                known.required("credit").textValue());
    }

    private static byte[] read(String name) {
        try (InputStream in = DemoPhotos.class.getResourceAsStream("/samples/" + name)) {
            if (in == null) {
                throw new IllegalStateException("samples/" + name + ": not in this build");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("samples/" + name + ": cannot be read", e);
        }
    }

    /// @param fileName with its ending
    /// @param title what it shows
    /// @param credit who made it and under which licence
    public record DemoPhoto(String fileName, String title, String credit) {
        /// The file's bytes, in a new array.
        public byte[] bytes() {
            return read(fileName);
        }
    }
}
