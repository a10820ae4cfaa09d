package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class DataDirectoryTest {
    private static final Map<String, String> ALL =
            Map.of("HOME", "/home/ann", "XDG_DATA_HOME", "/xdg", "FIRSTPASS_DATA", "/srv/fp");

    @Test
    void option_standsAboveAll() {
        assertEquals(Path.of("/given"), DataDirectory.resolve(Optional.of(Path.of("/given")), ALL));
    }

    @Test
    void variable_standsAboveXdg() {
        assertEquals(Path.of("/srv/fp"), DataDirectory.resolve(Optional.empty(), ALL));
    }

    @Test
    void xdg_standsAboveHome() {
        assertEquals(
                Path.of("/xdg/firstpass"),
                DataDirectory.resolve(Optional.empty(), Map.of("HOME", "/home/ann", "XDG_DATA_HOME", "/xdg")));
    }

    @Test
    void relativeOrEmptyXdg_isIgnored() {
        for (String wrong : new String[] {"", "relative"}) {
            assertEquals(
                    Path.of("/home/ann/.local/share/firstpass"),
                    DataDirectory.resolve(Optional.empty(), Map.of("HOME", "/home/ann", "XDG_DATA_HOME", wrong)));
        }
    }
}
