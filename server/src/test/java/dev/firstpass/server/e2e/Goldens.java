package dev.firstpass.server.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/// The bundled photos, and what the published models' own libraries found on them.
final class Goldens {
    static final List<String> PHOTOS =
            List.of("astronaut.jpg", "chelsea.jpg", "coffee.jpg", "dog.jpg", "eagle.jpg", "page.png");

    private static final ObjectMapper JSON = new ObjectMapper();

    private Goldens() {}

    static byte[] photo(String name) {
        return bytes("/samples/" + name);
    }

    static JsonNode json(String path) {
        try {
            return JSON.readTree(bytes("/goldens/" + path));
        } catch (IOException e) {
            throw new IllegalStateException(path, e);
        }
    }

    static byte[] bytes(String resource) {
        try (InputStream in = Goldens.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException(resource + " is not on the class path");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException(resource, e);
        }
    }

    /// `dog` for `dog.jpg`.
    static String stem(String photo) {
        return photo.substring(0, photo.lastIndexOf('.'));
    }
}
