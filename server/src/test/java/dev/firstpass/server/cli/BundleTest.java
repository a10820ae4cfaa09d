package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.Sha256;
import dev.firstpass.registry.bundle.OfferedFile;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BundleTest {
    @TempDir
    private Path temp;

    private Path folder;

    @BeforeEach
    void lay() throws IOException {
        folder = temp.resolve("weeds");
        write("model.onnx", "m".repeat(1500));
        write("firstpass.yaml", "family: boxes\n");
        write("golden/a.txt", "");
        write("golden/" + "n".repeat(150) + ".txt", "b".repeat(512));
        write("golden/Möhre.txt", "c");
    }

    private void write(String path, String text) throws IOException {
        Files.createDirectories(folder.resolve(path).getParent());
        Files.writeString(folder.resolve(path), text);
    }

    private static byte[] bytes(Bundle bundle, long from) throws IOException {
        try (InputStream in = bundle.from(from)) {
            return in.readAllBytes();
        }
    }

    private static Map<String, String> files(Path root) throws IOException {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(root)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                files.put(root.relativize(file).toString(), Files.readString(file));
            }
        }
        return files;
    }

    /// As a server gets it.
    private Map<String, String> unpacked(Bundle bundle) throws IOException {
        Path sent = Files.write(temp.resolve("sent"), bytes(bundle, 0));
        try (OfferedFile offered = OfferedFile.open(sent, temp)) {
            return files(offered.source());
        }
    }

    @Test
    void folder_isATarOfItsFiles() throws IOException {
        Bundle bundle = Bundle.of(folder, Optional.empty());

        assertEquals("application/x-tar", bundle.mediaType());
        assertEquals(files(folder), unpacked(bundle));
    }

    @Test
    void hiddenFiles_areLeftOut() throws IOException {
        Map<String, String> before = files(folder);
        write(".git/config", "x");
        write("golden/.DS_Store", "x");

        assertEquals(before, unpacked(Bundle.of(folder, Optional.empty())));
    }

    @Test
    void manifest_takesThePlaceOfTheBundlesOwn() throws IOException {
        Path manifest = Files.writeString(temp.resolve("other.yaml"), "family: ssd\n");
        Map<String, String> expected = files(folder);
        expected.put("firstpass.yaml", "family: ssd\n");

        assertEquals(expected, unpacked(Bundle.of(folder, Optional.of(manifest))));
        assertEquals(
                Map.of("model.onnx", "m".repeat(1500), "firstpass.yaml", "family: ssd\n"),
                unpacked(Bundle.of(folder.resolve("model.onnx"), Optional.of(manifest))));
    }

    @Test
    void file_isItself() throws IOException {
        Bundle bundle = Bundle.of(folder.resolve("model.onnx"), Optional.empty());

        assertEquals("application/octet-stream", bundle.mediaType());
        assertArrayEquals(Files.readAllBytes(folder.resolve("model.onnx")), bytes(bundle, 0));
    }

    @Test
    void from_anyPlace_isTheRest() throws IOException {
        Bundle bundle = Bundle.of(folder, Optional.empty());
        byte[] whole = bytes(bundle, 0);

        assertEquals(whole.length, bundle.length());
        assertEquals(Sha256.of(whole), bundle.sha256());
        for (int offset = 0; offset <= whole.length; offset += 37) {
            assertArrayEquals(Arrays.copyOfRange(whole, offset, whole.length), bytes(bundle, offset));
        }
        assertEquals(0, bytes(bundle, whole.length).length);
    }

    @Test
    void fileThatChangesMeanwhile_isNoticed() throws IOException {
        Bundle bundle = Bundle.of(folder, Optional.empty());
        bundle.requireUnchanged();
        write("model.onnx", "shorter");

        assertThrows(EOFException.class, () -> bytes(bundle, 0));
        CliException refused = assertThrows(CliException.class, bundle::requireUnchanged);
        assertTrue(String.valueOf(refused.getMessage()).endsWith("model.onnx changed while it was sent"));
    }

    /// Eleven octal digits end at 8 GiB.
    @Test
    void sizeThatFitsNoPlainHeader_isToldByOneOfItsOwn() {
        assertEquals(512, TarHeaders.of("model.onnx", (1L << 33) - 1).length);
        byte[] headers = TarHeaders.of("model.onnx", 1L << 33);

        assertEquals(3 * 512, headers.length);
        assertTrue(new String(headers, StandardCharsets.UTF_8).contains("19 size=8589934592\n"));
        assertTrue(new String(headers, StandardCharsets.UTF_8).contains("19 path=model.onnx\n"));
    }
}
