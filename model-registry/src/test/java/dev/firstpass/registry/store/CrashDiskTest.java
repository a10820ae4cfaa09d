package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.store.CrashDisk.Image;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// What a disk may hold when the power goes.
final class CrashDiskTest {
    private static final int DISK = 3;
    private static final int FILE = 4;
    private static final String WRITING = "O_WRONLY|O_CREAT";

    private final CrashDisk model = new CrashDisk(Path.of("/disk"), _ -> false);
    private int calls;

    private void call(String name, long result, Object... arguments) {
        List<String> texts = new ArrayList<>();
        for (Object argument : arguments) {
            texts.add(
                    argument instanceof String text && (text.startsWith("/") || text.startsWith("'"))
                            ? quoted(text)
                            : argument.toString());
        }
        model.apply(new TracedCall(calls, name, texts, result));
        calls++;
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        String plain = text.startsWith("'") ? text.substring(1) : text;
        for (byte b : plain.getBytes(StandardCharsets.UTF_8)) {
            quoted.append("\\x").append(HexFormat.of().toHexDigits(b));
        }
        return quoted.append('"').toString();
    }

    private void openDisk() {
        call("openat", DISK, "AT_FDCWD", "/disk", "O_RDONLY");
    }

    private void write(String path, String text) {
        call("openat", FILE, "AT_FDCWD", path, WRITING, "0644");
        call("write", text.length(), FILE, "'" + text, text.length());
    }

    private static Map<String, String> texts(Image image) {
        Map<String, String> texts = new TreeMap<>();
        image.entries()
                .forEach((path, bytes) ->
                        texts.put(path, bytes == null ? "folder" : new String(bytes, StandardCharsets.UTF_8)));
        return texts;
    }

    @Test
    void synced_afterASyncOfTheFileAlone_hasNoName() {
        openDisk();
        write("/disk/a", "text");
        call("fsync", 0, FILE);

        assertEquals(Map.of(), texts(model.synced()));
        assertEquals(Map.of("a", "text"), texts(model.all()));

        call("fsync", 0, DISK);
        assertEquals(Map.of("a", "text"), texts(model.synced()));
    }

    @Test
    void synced_afterASyncOfTheFolderAlone_hasAnEmptyFile() {
        openDisk();
        write("/disk/a", "text");
        call("fsync", 0, DISK);

        assertEquals(Map.of("a", ""), texts(model.synced()));
    }

    @Test
    void synced_afterASyncThatFailed_neverHasWhatItWasToWrite() {
        openDisk();
        write("/disk/a", "text");
        call("fsync", 0, DISK);
        call("fsync", -1, FILE);
        call("fsync", 0, FILE);

        assertEquals(Map.of("a", ""), texts(model.synced()));
        assertEquals(Map.of("a", "text"), texts(model.all()));
    }

    @Test
    void synced_whileASyncWasUnderWay_hasWhatWasWrittenBefore() {
        openDisk();
        write("/disk/a", "text");
        call("fsync", 0, DISK);
        int begun = calls;
        call("pwrite64", 1, FILE, "'T", 1, 0);
        model.apply(new TracedCall(begun, "fsync", List.of(Integer.toString(FILE)), 0));

        assertEquals(Map.of("a", "text"), texts(model.synced()));
        assertEquals(Map.of("a", "Text"), texts(model.all()));
    }

    /// The new name never comes without the file having been somewhere.
    @Test
    void some_ofAMoveBetweenFolders_losesNoFile() {
        openDisk();
        call("mkdir", 0, "/disk/from", "0755");
        call("mkdir", 0, "/disk/to", "0755");
        write("/disk/from/a", "text");
        call("fsync", 0, FILE);
        call("fsync", 0, DISK);
        call("openat", 5, "AT_FDCWD", "/disk/from", "O_RDONLY");
        call("fsync", 0, 5);
        call("rename", 0, "/disk/from/a", "/disk/to/b");

        TreeSet<String> seen = new TreeSet<>();
        for (int seed = 0; seed < 200; seed++) {
            Map<String, String> texts = texts(model.some(new Random(seed)));
            assertTrue(texts.containsKey("from/a") || texts.containsKey("to/b"), texts::toString);
            seen.add(texts.keySet().toString());
        }
        assertEquals(3, seen.size(), seen::toString);
    }

    @Test
    void some_ofWhatWasNotSynced_isTornAtSectors() {
        openDisk();
        write("/disk/a", "a".repeat(2048));
        call("fsync", 0, FILE);
        call("fsync", 0, DISK);
        call("pwrite64", 2048, FILE, "'" + "b".repeat(2048), 2048, 0);

        boolean isTorn = false;
        for (int seed = 0; seed < 100; seed++) {
            String text = texts(model.some(new Random(seed))).getOrDefault("a", "");
            for (int at = 0; at < 2048; at += 512) {
                assertEquals(1, text.substring(at, at + 512).chars().distinct().count(), "a sector is whole");
            }
            isTorn |= text.contains("a") && text.contains("b");
        }
        assertTrue(isTorn);
        assertFalse(texts(model.synced()).getOrDefault("a", "").contains("b"));
    }

    @Test
    void said_isWhatCameOutInWholeLines() {
        call("write", 5, 1, "'one\nt", 5);
        assertEquals(List.of("one"), model.said());

        call("write", 3, 1, "'wo\n", 3);
        assertEquals(List.of("one", "two"), model.said());
    }
}
