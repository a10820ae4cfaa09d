package dev.firstpass.registry.bundle;

import dev.firstpass.registry.RegistryException.ArtifactRejected;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/// Tar archives: ustar, with the long names of pax (`x`) and GNU tar (`L`). Links and devices are refused, and so is what
/// programs read differently: sparse files, one name or size for all files, headers that overrule each other, sizes that
/// are no plain numbers, bytes behind the end.
///
/// Layout after POSIX.1-2017, "pax Interchange Format".
final class TarArchive {
    private static final int BLOCK = 512;
    private static final int NAME_AT = 0;
    private static final int NAME_BYTES = 100;
    private static final int SIZE_AT = 124;
    private static final int SIZE_BYTES = 12;
    private static final int CHECKSUM_AT = 148;
    private static final int CHECKSUM_BYTES = 8;
    private static final int TYPE_AT = 156;
    private static final int PREFIX_AT = 345;
    private static final int PREFIX_BYTES = 155;
    private static final int LONGEST_HEADER = 1 << 16;
    private static final Pattern OCTAL = Pattern.compile("-?[0-7]+");
    private static final Pattern DECIMAL = Pattern.compile("-?[0-9]+");
    private static final String PATH = "path";
    private static final String SIZE = "size";
    private static final String SPARSE = "GNU.sparse.";

    private TarArchive() {}

    /// The same of a tar within gzip.
    static void unpackCompressed(InputStream in, Unpacking unpacking) throws IOException {
        try (InputStream tar = new BufferedInputStream(new GZIPInputStream(in))) {
            unpack(tar, unpacking);
        } catch (EOFException | ZipException _) {
            throw new ArtifactRejected("archive: the gzip is damaged or cut off");
        }
    }

    /// @throws ArtifactRejected if it is damaged or not safe
    static void unpack(InputStream in, Unpacking unpacking) throws IOException {
        try {
            Map<String, String> next = Map.of();
            for (byte[] header = block(in); !isEmpty(header); header = block(in)) {
                unpacking.count(BLOCK);
                requireChecksum(header);
                next = entry(in, header, next, unpacking);
            }
            if (!next.isEmpty()) {
                throw new EOFException();
            }
            requireNothingBehind(in, unpacking);
        } catch (EOFException | ZipException | NumberFormatException _) {
            throw new ArtifactRejected("archive: the tar is damaged or cut off");
        }
    }

    /// Reads one entry with what stands behind it.
    ///
    /// @param attributes what the entry before said of this one
    /// @return what this entry says of the next one
    private static Map<String, String> entry(
            InputStream in, byte[] header, Map<String, String> attributes, Unpacking unpacking) throws IOException {
        char type = (char) (header[TYPE_AT] & 0xff);
        if (!attributes.isEmpty() && (type == 'x' || type == 'g' || type == 'L')) {
            throw new ArtifactRejected("archive: two headers in front of one entry (expected: one)");
        }
        long size = attributes.containsKey(SIZE) ? number(attributes.get(SIZE), DECIMAL, 10) : size(header);
        if (size < 0) {
            throw new ArtifactRejected("archive: an entry of " + size + " bytes (expected: >= 0)");
        }
        String name = attributes.getOrDefault(PATH, name(header));
        if (attributes.keySet().stream().anyMatch(key -> key.startsWith(SPARSE))) {
            throw Unpacking.refusal(name, "a sparse file");
        }
        Map<String, String> next = Map.of();
        switch (type) {
            case '0', '\0', '7' -> file(in, name, size, unpacking);
            case '5' -> {
                unpacking.folder(name);
                passOver(in, size, unpacking);
            }
            case 'g' -> requireNothingOfFiles(pax(small(in, size, unpacking)));
            case 'x' -> next = pax(small(in, size, unpacking));
            case 'L' -> next = Map.of(PATH, text(small(in, size, unpacking), 0, (int) size));
            case '1', '2', 'K' -> throw Unpacking.refusal(name, "a link");
            case '3', '4' -> throw Unpacking.refusal(name, "a device");
            case '6' -> throw Unpacking.refusal(name, "a pipe");
            case 'S' -> throw Unpacking.refusal(name, "a sparse file");
            default -> throw Unpacking.refusal(name, "of another kind");
        }
        in.skipNBytes(Math.floorMod(-size, BLOCK));
        return next;
    }

    private static void file(InputStream in, String name, long size, Unpacking unpacking) throws IOException {
        if (name.endsWith("/") && size > 0) {
            throw new ArtifactRejected("archive: " + Unpacking.shown(name) + " is a folder with content");
        }
        if (name.endsWith("/")) {
            unpacking.folder(name); // Before ustar, folders were files with such names.
            return;
        }
        Entry content = new Entry(in, size);
        unpacking.write(name, content);
        content.requireWhole();
    }

    /// What is said of all files is passed over, which is right for comments and times alone.
    private static void requireNothingOfFiles(Map<String, String> attributes) {
        for (String key : attributes.keySet()) {
            if (key.equals(PATH) || key.equals(SIZE) || key.startsWith(SPARSE)) {
                throw new ArtifactRejected(
                        "archive: a header gives all files one " + key + " (expected: each its own)");
            }
        }
    }

    /// A program that went on reading would find more files, or would not.
    private static void requireNothingBehind(InputStream in, Unpacking unpacking) throws IOException {
        for (byte[] rest = in.readNBytes(BLOCK); rest.length > 0; rest = in.readNBytes(BLOCK)) {
            unpacking.count(rest.length);
            if (!isEmpty(rest)) {
                throw new ArtifactRejected("archive: bytes behind the end of the tar (expected: none)");
            }
        }
    }

    private static byte[] block(InputStream in) throws IOException {
        byte[] block = in.readNBytes(BLOCK);
        if (block.length < BLOCK) {
            throw new EOFException();
        }
        return block;
    }

    private static boolean isEmpty(byte[] block) {
        for (byte one : block) {
            if (one != 0) {
                return false;
            }
        }
        return true;
    }

    /// The sum of the header's bytes, its own taken as spaces. Some old programs took bytes as signed.
    private static void requireChecksum(byte[] header) throws ZipException {
        long unsigned = 0;
        long signed = 0;
        for (int i = 0; i < BLOCK; i++) {
            byte one = i >= CHECKSUM_AT && i < CHECKSUM_AT + CHECKSUM_BYTES ? (byte) ' ' : header[i];
            unsigned += one & 0xff;
            signed += one;
        }
        long told = number(text(header, CHECKSUM_AT, CHECKSUM_BYTES).strip(), OCTAL, 8);
        if (told != unsigned && told != signed) {
            throw new ZipException("checksum");
        }
    }

    private static void passOver(InputStream in, long size, Unpacking unpacking) throws IOException {
        unpacking.count(size);
        in.skipNBytes(size);
    }

    private static byte[] small(InputStream in, long size, Unpacking unpacking) throws IOException {
        unpacking.count(size);
        if (size > LONGEST_HEADER) {
            throw new ArtifactRejected("archive: a header of " + size + " bytes (expected: <= " + LONGEST_HEADER + ")");
        }
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
            long length = number(new String(records, at, space - at, StandardCharsets.US_ASCII), DECIMAL, 10);
            if (length < space - at + 2 || length > records.length - at || records[at + (int) length - 1] != '\n') {
                throw new NumberFormatException("record length");
            }
            String record = new String(records, space + 1, at + (int) length - space - 2, StandardCharsets.UTF_8);
            int equals = record.indexOf('=');
            if (equals > 0) {
                attributes.put(record.substring(0, equals), record.substring(equals + 1));
            }
            at += (int) length;
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

    /// In octal digits, or, for files over 8 GiB, as a binary number with the highest bit set.
    private static long size(byte[] header) {
        if (header[SIZE_AT] >= 0) {
            String digits = text(header, SIZE_AT, SIZE_BYTES).strip();
            return digits.isEmpty() ? 0 : number(digits, OCTAL, 8);
        }
        byte[] binary = Arrays.copyOfRange(header, SIZE_AT, SIZE_AT + SIZE_BYTES);
        binary[0] = (byte) ((byte) (binary[0] << 1) >> 1); // The next bit is the sign.
        try {
            return new BigInteger(binary).longValueExact();
        } catch (ArithmeticException e) {
            throw new NumberFormatException(e.getMessage());
        }
    }

    /// @param digits that the number may be made of; Java would take more
    private static long number(String text, Pattern digits, int radix) {
        if (!digits.matcher(text).matches()) {
            throw new NumberFormatException(text);
        }
        return Long.parseLong(text, radix);
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
