package dev.firstpass.registry.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.RegistryException.ArtifactRejected;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OfferedFileTest {
    private static final boolean LONG = Boolean.getBoolean("firstpass.long");
    private static final int[] CHANGES = {0x01, 0x08, 0x80, 0xff};
    private static final String CONTENT = "0123456789".repeat(60);

    @TempDir
    Path folder = Path.of("");

    @Test
    void modelFile_withItsName_isTakenAsItIs() throws IOException {
        Path model = Files.writeString(folder.resolve("weeds.onnx"), "m");

        try (OfferedFile offered = OfferedFile.open(model)) {
            assertEquals(model, offered.source());
        }
        assertTrue(Files.exists(model));
    }

    @Test
    void modelFile_withoutAName_getsOneAndStays() throws IOException {
        Path upload = Files.writeString(folder.resolve("upload.part"), "m");
        Path source;

        try (OfferedFile offered = OfferedFile.open(upload)) {
            source = offered.source();
            assertEquals("model.onnx", source.getFileName().toString());
            assertEquals("m", Files.readString(source));
        }
        assertFalse(Files.exists(source));
        assertTrue(Files.exists(upload));
    }

    @Test
    void modelFile_whoseNameOnlyHoldsTheEnding_getsItsName() throws IOException {
        Path upload = Files.writeString(folder.resolve("weeds.onnx.part"), "m");

        try (OfferedFile offered = OfferedFile.open(upload)) {
            assertEquals("model.onnx", offered.source().getFileName().toString());
        }
    }

    /// Its variables would be left behind.
    @Test
    void savedModelWithoutItsFolder_isRejected() throws IOException {
        Path model = Files.writeString(folder.resolve("saved_model.pb"), "m");

        ArtifactRejected rejected = assertThrows(ArtifactRejected.class, () -> OfferedFile.open(model));
        assertEquals("saved_model.pb: a part of a SavedModel (expected: its folder)", rejected.getMessage());
    }

    @Test
    void zip_ofAFolder_isThatFolder() throws IOException {
        Path zip = zip("weeds/firstpass.yaml", "weeds/deeper/model.onnx");

        try (OfferedFile offered = OfferedFile.open(zip)) {
            assertEquals(List.of("deeper/model.onnx", "firstpass.yaml"), files(offered.source()));
        }
    }

    @Test
    void tar_madeByTheSystem_isUnpacked() throws Exception {
        String longName = "n".repeat(120) + ".onnx";
        Path bundle = Files.createDirectories(folder.resolve("bundle"));
        Files.writeString(bundle.resolve(longName), "long");
        Files.writeString(bundle.resolve("firstpass.yaml"), "family: ssd");
        for (String kind : new String[] {"--format=gnu -cf", "--format=pax -cf", "--format=pax -czf"}) {
            Path archive = folder.resolve("offered.part");
            Process tar =
                    new ProcessBuilder(("tar " + kind + " " + archive + " -C " + bundle + " .").split(" ")).start();
            assertEquals(0, tar.waitFor());

            try (OfferedFile offered = OfferedFile.open(archive)) {
                assertEquals(List.of("firstpass.yaml", longName), files(offered.source()), kind);
                assertEquals("long", Files.readString(offered.source().resolve(longName)));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"../evil", "/evil", "a/../../evil", "a\\..\\evil", "a//b", "./../evil", "C:/evil", "a\nb"})
    void entry_thatLeadsOut_isRefused(String name) throws IOException {
        for (Path archive : List.of(zip("model.onnx", name), tar(name, '0', "x"))) {
            assertThrows(ArtifactRejected.class, () -> OfferedFile.open(archive), archive.toString());
        }
        assertFalse(Files.exists(folder.resolve("evil")));
    }

    @ParameterizedTest
    @ValueSource(chars = {'1', '2', '3', '4', '6'})
    void tarLinkOrDevice_isRefused(char type) throws IOException {
        Path archive = tar("model.onnx", type, "");

        assertThrows(ArtifactRejected.class, () -> OfferedFile.open(archive));
    }

    @Test
    void zipBomb_isRefusedBeforeItFillsTheDisk() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry("model.onnx"));
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < 80; i++) {
                zip.write(zeros);
            }
        }
        Path bomb = Files.write(folder.resolve("bomb.zip"), bytes.toByteArray());

        ArtifactRejected refused = assertThrows(ArtifactRejected.class, () -> OfferedFile.open(bomb));

        assertTrue(String.valueOf(refused.getMessage()).contains("unpacks to over"), refused.getMessage());
    }

    /// What is passed over costs time as much as what is written.
    @ParameterizedTest
    @ValueSource(chars = {'5', 'g'})
    void tarBomb_ofWhatIsPassedOver_isRefused(char type) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(bytes)) {
            byte[] header = tarEntry("folder", type, "");
            TarBytes.put(header, TarBytes.SIZE_AT, String.format("%011o", 80L << 20));
            TarBytes.sum(header);
            gzip.write(header);
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < 80; i++) {
                gzip.write(zeros);
            }
            gzip.write(tarEntry("model.onnx", '0', "m"));
        }
        Path bomb = Files.write(folder.resolve("bomb.tar.gz"), bytes.toByteArray());

        ArtifactRejected refused = assertThrows(ArtifactRejected.class, () -> OfferedFile.open(bomb));

        assertTrue(String.valueOf(refused.getMessage()).contains("unpacks to over"), refused.getMessage());
    }

    @Test
    void tarBomb_ofEntriesThatAreNoFiles_isRefused() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(bytes)) {
            byte[] entry = tarEntry("folder/", '5', "");
            for (int i = 0; i < 150_000; i++) {
                gzip.write(entry);
            }
        }
        Path bomb = Files.write(folder.resolve("bomb.tar.gz"), bytes.toByteArray());

        assertThrows(ArtifactRejected.class, () -> OfferedFile.open(bomb));
    }

    @Test
    void zipEntry_whoseContentChanged_isRefused() throws IOException {
        byte[] bytes = stored("model.onnx", CONTENT);
        bytes[30 + "model.onnx".length() + 5] ^= 1;
        Path zip = Files.write(folder.resolve("changed.zip"), bytes);

        ArtifactRejected refused = assertThrows(ArtifactRejected.class, () -> OfferedFile.open(zip));

        assertEquals("archive: 'model.onnx' is damaged", refused.getMessage());
    }

    /// The directory at the end promises fewer compressed bytes than the entry needs.
    @Test
    void zipEntry_cutOffInsideTheArchive_isRefused() throws IOException {
        byte[] bytes = Files.readAllBytes(zip("model.onnx"));
        int directory = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("PK\u0001\u0002");
        bytes[directory + 20] = (byte) (bytes[directory + 20] - 4);
        Path zip = Files.write(folder.resolve("cut.zip"), bytes);

        assertThrows(ArtifactRejected.class, () -> OfferedFile.open(zip));
    }

    @Test
    void name_longerThanFileSystemsTake_isRefused() throws IOException {
        for (String name : List.of("n".repeat(256), "ä".repeat(128), "a/".repeat(600) + "b")) {
            Path zip = zip(name);
            ArtifactRejected refused = assertThrows(ArtifactRejected.class, () -> OfferedFile.open(zip));
            assertTrue(String.valueOf(refused.getMessage()).contains("expected: a shorter name"), refused.getMessage());
        }
    }

    @Test
    void name_thatComesTwice_isRefused() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(tarEntry("a.onnx", '0', "first"));
        bytes.write(tarEntry("a.onnx", '0', "second"));
        bytes.write(new byte[1024]);
        Path archive = Files.write(folder.resolve("twice.tar"), bytes.toByteArray());

        assertThrows(ArtifactRejected.class, () -> OfferedFile.open(archive));
    }

    @Test
    void everyTruncation_ofAnArchive_isRefusedOrUnpacksWhole() throws IOException {
        byte[] tar = TarBytes.of(tarEntry("model.onnx", '0', CONTENT));
        ByteArrayOutputStream gzip = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(gzip)) {
            out.write(tar);
        }
        int refused = 0;
        for (byte[] whole : List.of(Files.readAllBytes(zip("model.onnx")), tar, gzip.toByteArray())) {
            // Shorter than that, a tar cannot be told from a model file.
            for (int length = Arrays.equals(whole, tar) ? 300 : 10; length < whole.length; length += 7) {
                Path cut = Files.write(folder.resolve("cut"), Arrays.copyOf(whole, length));
                try (OfferedFile offered = OfferedFile.open(cut)) {
                    assertEquals(CONTENT, Files.readString(offered.source().resolve("model.onnx")));
                } catch (ArtifactRejected e) {
                    refused++;
                    assertTrue(String.valueOf(e.getMessage()).startsWith("archive: "), e.getMessage());
                }
            }
        }
        assertTrue(refused > 100, () -> "too few cases");
    }

    /// Whatever a change is worth to whom: what is unpacked is what was packed, or nothing. One change of each byte, all
    /// four in the long run.
    @Test
    void everyByteChanged_ofAnArchiveWithChecksums_isRefusedOrUnpacksTheSame() throws IOException {
        byte[] content = CONTENT.getBytes(StandardCharsets.US_ASCII);
        byte[] zip = ZipBytes.of(
                ZipBytes.stored("folder/", new byte[0]).with(e -> e.mode = 0x41ED),
                ZipBytes.stored("model.onnx", content),
                ZipBytes.deflated("folder/a", content).streamed());
        byte[] gzip = TarBytes.gzip(TarBytes.of(
                TarBytes.pax('x', TarBytes.record("path", "folder/a")),
                TarBytes.file("x", content),
                TarBytes.file("model.onnx", content)));
        int refused = 0;
        for (byte[] whole : List.of(zip, gzip)) {
            // The first bytes tell the kind.
            for (int i = 4; i < whole.length; i++) {
                for (int change : LONG ? CHANGES : new int[] {CHANGES[i % CHANGES.length]}) {
                    byte[] changed = whole.clone();
                    changed[i] ^= (byte) change;
                    Path archive = Files.write(folder.resolve("changed"), changed);
                    try (OfferedFile offered = OfferedFile.open(archive)) {
                        assertEquals(List.of("folder/a", "model.onnx"), files(offered.source()), "byte " + i);
                        assertEquals(CONTENT, Files.readString(offered.source().resolve("folder/a")));
                        assertEquals(CONTENT, Files.readString(offered.source().resolve("model.onnx")));
                    } catch (ArtifactRejected e) {
                        refused++;
                        assertTrue(String.valueOf(e.getMessage()).startsWith("archive: "), e.getMessage());
                    }
                }
            }
        }
        assertTrue(refused > (LONG ? 1000 : 250), "too few cases: " + refused);
    }

    private Path zip(String... names) throws IOException {
        Path file = folder.resolve("offered.zip");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            for (String name : names) {
                zip.putNextEntry(new ZipEntry(name));
                zip.write(CONTENT.getBytes(StandardCharsets.US_ASCII));
            }
        }
        return file;
    }

    private static byte[] stored(String name, String content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] ascii = content.getBytes(StandardCharsets.US_ASCII);
        CRC32 crc = new CRC32();
        crc.update(ascii);
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            ZipEntry entry = new ZipEntry(name);
            entry.setMethod(ZipEntry.STORED);
            entry.setSize(ascii.length);
            entry.setCrc(crc.getValue());
            zip.putNextEntry(entry);
            zip.write(ascii);
        }
        return bytes.toByteArray();
    }

    private Path tar(String name, char type, String content) throws IOException {
        return Files.write(folder.resolve("offered.tar"), TarBytes.of(tarEntry(name, type, content)));
    }

    private static byte[] tarEntry(String name, char type, String content) {
        return TarBytes.entry(name, type, content.getBytes(StandardCharsets.US_ASCII));
    }

    private static List<String> files(Path root) throws IOException {
        try (var files = Files.walk(root)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> root.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }
}
