package dev.firstpass.registry.bundle;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;

/// A tar archive written byte by byte, in which everything can be a lie. Pure functions.
final class TarBytes {
    static final int SIZE_AT = 124;
    static final int CHECKSUM_AT = 148;
    static final int BLOCK = 512;

    private TarBytes() {}

    /// The entries, and the mark of the end.
    static byte[] of(byte[]... entries) {
        return ZipBytes.join(ZipBytes.join(entries), new byte[2 * BLOCK]);
    }

    static byte[] file(String name, byte[] content) {
        return entry(name, '0', content);
    }

    static byte[] entry(String name, char type, byte[] content) {
        return entry(name, type, content, _ -> {});
    }

    /// @param change of the header, before its checksum is made
    static byte[] entry(String name, char type, byte[] content, Consumer<byte[]> change) {
        byte[] entry = new byte[BLOCK + (content.length + BLOCK - 1) / BLOCK * BLOCK];
        put(entry, 0, name);
        put(entry, 100, "0000644\0");
        put(entry, SIZE_AT, String.format("%011o", content.length));
        entry[156] = (byte) type;
        put(entry, 257, "ustar\00000");
        change.accept(entry);
        sum(entry);
        System.arraycopy(content, 0, entry, BLOCK, content.length);
        return entry;
    }

    /// Writes the checksum of the header in the first block.
    static void sum(byte[] entry) {
        Arrays.fill(entry, CHECKSUM_AT, CHECKSUM_AT + 8, (byte) ' ');
        int sum = 0;
        for (int i = 0; i < BLOCK; i++) {
            sum += entry[i] & 0xff;
        }
        put(entry, CHECKSUM_AT, String.format("%06o\0 ", sum));
    }

    /// A header with attributes of the next entry (`x`) or of all that follow (`g`).
    static byte[] pax(char type, String... records) {
        return entry("PaxHeaders/0", type, String.join("", records).getBytes(StandardCharsets.UTF_8));
    }

    /// One attribute with its length in front.
    static String record(String key, String value) {
        String rest = " " + key + "=" + value + "\n";
        int bytes = rest.getBytes(StandardCharsets.UTF_8).length;
        int length = bytes + 1;
        while (length != bytes + Integer.toString(length).length()) {
            length++;
        }
        return length + rest;
    }

    static void put(byte[] bytes, int at, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(utf8, 0, bytes, at, utf8.length);
    }

    static byte[] gzip(byte[] plain) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(plain);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return packed.toByteArray();
    }
}
