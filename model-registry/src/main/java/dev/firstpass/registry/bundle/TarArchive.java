package dev.firstpass.registry.bundle;

import dev.firstpass.registry.RegistryException.ArtifactRejected;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/// Tar archives: ustar, with the long names of pax (`x`) and GNU tar (`L`). Links and devices are refused.
///
/// Layout after POSIX.1-2017, "pax Interchange Format".
final class TarArchive {
    private static final int BLOCK = 512;
    private static final int NAME_AT = 0;
    private static final int NAME_BYTES = 100;
    private static final int SIZE_AT = 124;
    private static final int SIZE_BYTES = 12;
    private static final int TYPE_AT = 156;
    private static final int PREFIX_AT = 345;
    private static final int PREFIX_BYTES = 155;
    private static final int LONGEST_HEADER = 1 << 16;

    private TarArchive() {}

    /// The same of a tar within gzip.
    static void unpackCompressed(InputStream in, Unpacking unpacking) throws IOException {
        try (InputStream tar = new BufferedInputStream(new GZIPInputStream(in))) {
            unpack(tar, unpacking);
        } catch (EOFException | ZipException e) {
            throw new ArtifactRejected("archive: the gzip is damaged or cut off");
        }
    }

    /// @throws ArtifactRejected if it is damaged or not safe
    static void unpack(InputStream in, Unpacking unpacking) throws IOException {
        try {
            Map<String, String> next = new HashMap<>();
            for (byte[] header = block(in); header.length == BLOCK && header[0] != 0; header = block(in)) {
                unpacking.count(BLOCK);
                next = entry(in, header, next, unpacking);
            }
        } catch (EOFException | ZipException | NumberFormatException e) {
            throw new ArtifactRejected("archive: the tar is damaged or cut off");
        }
    }

    /// Reads one entry with what stands behind it.
    ///
    /// @param attributes what the entry before said of this one
    /// @return what this entry says of the next one
    private static Map<String, String> entry(
            InputStream in, byte[] header, Map<String, String> attributes, Unpacking unpacking) throws IOException {
        long size = attributes.containsKey("size") ? Long.parseLong(attributes.get("size")) : number(header);
        if (size < 0) {
            throw new ArtifactRejected("archive: an entry of " + size + " bytes (expected: >= 0)");
        }
        String name = attributes.getOrDefault("path", name(header));
        Map<String, String> next = Map.of();
        switch ((char) header[TYPE_AT]) {
            case '0', '\0', '7' -> {
                if (name.endsWith("/")) {
                    passOver(in, size, unpacking); // Before ustar, folders were files with such names.
                } else {
                    Entry content = new Entry(in, size);
                    unpacking.write(name, content);
                    content.requireWhole();
                }
            }
            case '5', 'g' -> passOver(in, size, unpacking);
            case 'x' -> next = pax(small(in, size, unpacking));
            case 'L' -> next = Map.of("path", text(small(in, size, unpacking), 0, (int) size));
            default ->
                throw new ArtifactRejected(
                        "archive: " + Unpacking.shown(name) + " is a link or a device (expected: files)");
        }
        in.skipNBytes(Math.floorMod(-size, BLOCK));
        return next;
    }

    private static byte[] block(InputStream in) throws IOException {
        byte[] block = in.readNBytes(BLOCK);
        if (block.length > 0 && block.length < BLOCK) {
            throw new EOFException();
        }
        return block;
    }

    private static void passOver(InputStream in, long size, Unpacking unpacking) throws IOException {
        unpacking.count(size);
        in.skipNBytes(size);
    }

    private static byte[] small(InputStream in, long size, Unpacking unpacking) throws IOException {
        if (size > LONGEST_HEADER) {
            throw new ArtifactRejected("archive: a header of " + size + " bytes (expected: <= " + LONGEST_HEADER + ")");
        }
        unpacking.count(size);
        byte[] bytes = in.readNBytes((int) size);
        if (bytes.length < size) {
            throw new EOFException();
        }
        return bytes;
    }

    /// `LENGTH KEY=VALUE\n`, the length counting itself.
    private static Map<String, String> pax(byte[] records) {
        Map<String, String> attributes = new HashMap<>();
        int at = 0;
        while (at < records.length) {
            int space = at;
            while (space < records.length && records[space] != ' ') {
                space++;
            }
            int length = Integer.parseInt(new String(records, at, space - at, StandardCharsets.US_ASCII));
            if (length <= space - at || length > records.length - at) {
                throw new NumberFormatException("record length");
            }
            String record = new String(records, space + 1, at + length - space - 2, StandardCharsets.UTF_8);
            int equals = record.indexOf('=');
            if (equals > 0) {
                attributes.put(record.substring(0, equals), record.substring(equals + 1));
            }
            at += length;
        }
        return attributes;
    }

    private static String name(byte[] header) {
        String prefix = text(header, PREFIX_AT, PREFIX_BYTES);
        String name = text(header, NAME_AT, NAME_BYTES);
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    private static String text(byte[] bytes, int at, int most) {
        int end = at;
        while (end < at + most && bytes[end] != 0) {
            end++;
        }
        return new String(bytes, at, end - at, StandardCharsets.UTF_8);
    }

    /// The size in octal digits, or, for files over 8 GiB, as a binary number with the highest bit set.
    private static long number(byte[] header) {
        if (header[SIZE_AT] < 0) {
            long value = 0;
            for (int i = SIZE_AT + SIZE_BYTES - Long.BYTES; i < SIZE_AT + SIZE_BYTES; i++) {
                value = (value << 8) | (header[i] & 0xff);
            }
            return value;
        }
        String digits = text(header, SIZE_AT, SIZE_BYTES).strip();
        return digits.isEmpty() ? 0 : Long.parseLong(digits, 8);
    }

    /// The content of one entry.
    private static final class Entry extends FilterInputStream {
        private long left;

        Entry(InputStream in, long size) {
            super(in);
            this.left = size;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int at, int length) throws IOException {
            if (left == 0) {
                return -1;
            }
            int read = super.read(buffer, at, (int) Math.min(length, left));
            if (read > 0) {
                left -= read;
            }
            return read;
        }

        void requireWhole() throws EOFException {
            if (left > 0) {
                throw new EOFException();
            }
        }
    }
}
