package dev.firstpass.server.demo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PackageEntriesTest {
    private static final byte[] CONTENT = new byte[700];

    static {
        for (int i = 0; i < CONTENT.length; i++) {
            CONTENT[i] = (byte) i;
        }
    }

    @TempDir
    Path folder;

    private Path target;

    @BeforeEach
    void target() throws IOException {
        target = Files.createDirectory(folder.resolve("target"));
    }

    @Test
    void extract_wantedEntryOfATar_isWrittenUnderTheGivenName() throws IOException {
        Path archive = Archives.tgz(
                folder.resolve("a.tgz"),
                new TreeMap<>(Map.of("package/a", new byte[3], "package/b", CONTENT, "package/c", new byte[512])));

        assertEquals(1, PackageEntries.extract(archive, only("package/b", "model"), target));

        assertArrayEquals(CONTENT, Files.readAllBytes(target.resolve("model")));
        assertEquals(1, count());
    }

    @Test
    void extract_wantedEntryOfAJar_isWrittenUnderTheGivenName() throws IOException {
        Path archive = Archives.jar(
                folder.resolve("a.jar"), Map.of("models/b", CONTENT, "models/a", new byte[3], "models/", new byte[0]));

        assertEquals(1, PackageEntries.extract(archive, only("models/b", "model"), target));

        assertArrayEquals(CONTENT, Files.readAllBytes(target.resolve("model")));
    }

    @Test
    void extract_links_areNoFiles() throws IOException {
        Path archive = folder.resolve("a.tgz");
        try (GZIPOutputStream out = new GZIPOutputStream(Files.newOutputStream(archive))) {
            out.write(Archives.tarEntry("package/b", '2', new byte[0]));
            out.write(new byte[1024]);
        }

        assertEquals(0, PackageEntries.extract(archive, only("package/b", "model"), target));
        assertEquals(0, count());
    }

    @Test
    void extract_nameThatLeavesTheFolder_isRefused() throws IOException {
        Path archive = Archives.tgz(folder.resolve("a.tgz"), Map.of("package/../up", CONTENT));

        for (String name : new String[] {"../up", "sub/up", "..", "."}) {
            assertThrows(
                    IOException.class, () -> PackageEntries.extract(archive, entry -> Optional.of(name), target), name);
        }
        assertEquals(0, count());
    }

    @Test
    void extract_tarThatEndsEarly_isRefused() throws IOException {
        ByteArrayOutputStream tar = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(tar)) {
            byte[] entry = Archives.tarEntry("package/b", '0', CONTENT);
            out.write(entry, 0, 900);
        }
        Path archive = Files.write(folder.resolve("a.tgz"), tar.toByteArray());

        assertThrows(IOException.class, () -> PackageEntries.extract(archive, only("package/b", "model"), target));
        assertThrows(IOException.class, () -> PackageEntries.extract(archive, only("package/x", "model"), target));
    }

    @Test
    void extract_notAnArchive_isRefused() throws IOException {
        Path archive = Files.write(folder.resolve("a.tgz"), CONTENT);

        assertThrows(IOException.class, () -> PackageEntries.extract(archive, only("package/b", "model"), target));
    }

    private static PackageEntries.Wanted only(String path, String name) {
        return entry -> entry.equals(path) ? Optional.of(name) : Optional.empty();
    }

    private long count() throws IOException {
        try (Stream<Path> files = Files.list(target)) {
            return files.count();
        }
    }
}
