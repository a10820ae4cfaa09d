package dev.firstpass.server.cli;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// What stands between the files of a tar, after POSIX.1-2017, "pax Interchange Format". The same names and sizes give the
/// same bytes: owners, times and modes are left out.
///
/// Pure functions.
final class TarHeaders {
    private static final int BLOCK = 512;
    private static final int NAME_BYTES = 100;
    private static final int MODE_AT = 100;
    private static final int OWNER_AT = 108;
    private static final int GROUP_AT = 116;
    private static final int SIZE_AT = 124;
    private static final int TIME_AT = 136;
    private static final int CHECKSUM_AT = 148;
    private static final int TYPE_AT = 156;
    private static final int MAGIC_AT = 257;

    /// Larger ones do not fit eleven octal digits.
    private static final long MOST_BYTES = (1L << 33) - 1;

    private TarHeaders() {}

    /// In front of a file. A name or a size that does not fit a plain header gets one that tells it.
    ///
    /// @param name relative, with slashes
    static byte[] of(String name, long size) {
        byte[] encoded = name.getBytes(StandardCharsets.UTF_8);
        boolean isPlain = encoded.length <= NAME_BYTES && encoded.length == name.length() && size <= MOST_BYTES;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (!isPlain) {
            byte[] records =
                    (record("path", name) + record("size", Long.toString(size))).getBytes(StandardCharsets.UTF_8);
            out.writeBytes(header("pax", records.length, 'x'));
            out.writeBytes(records);
            out.writeBytes(padding(records.length));
        }
        out.writeBytes(isPlain ? header(name, size, '0') : header("file", size <= MOST_BYTES ? size : 0, '0'));
        return out.toByteArray();
    }

    /// Behind a file, up to the next block.
    static byte[] padding(long size) {
        return new byte[(int) Math.floorMod(-size, (long) BLOCK)];
    }

    /// Behind all files.
    static byte[] end() {
        return new byte[2 * BLOCK];
    }

    private static byte[] header(String name, long size, char type) {
        byte[] header = new byte[BLOCK];
        put(header, 0, name);
        put(header, MODE_AT, "0000644");
        put(header, OWNER_AT, "0000000");
        put(header, GROUP_AT, "0000000");
        put(header, SIZE_AT, String.format("%011o", size));
        put(header, TIME_AT, "00000000000");
        put(header, CHECKSUM_AT, "        ");
        header[TYPE_AT] = (byte) type;
        put(header, MAGIC_AT, "ustar\00000");
        int sum = 0;
        for (byte one : header) {
            sum += one & 0xFF;
        }
        put(header, CHECKSUM_AT, String.format("%06o\0 ", sum));
        return header;
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }

    /// `LENGTH KEY=VALUE\n`, the length counting itself.
    private static String record(String key, String value) {
        int rest = (" " + key + "=" + value + "\n").getBytes(StandardCharsets.UTF_8).length;
        int length = rest + Integer.toString(rest).length();
        length = rest + Integer.toString(length).length();
        return length + " " + key + "=" + value + "\n";
    }
}
