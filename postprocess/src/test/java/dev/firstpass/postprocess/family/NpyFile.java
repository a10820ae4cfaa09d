package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads NumPy's `.npy` files: little-endian numbers in C order.
///
/// Pure functions.
final class NpyFile {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final Pattern TYPE = Pattern.compile("'descr': '([^']*)'");
    private static final Pattern SHAPE = Pattern.compile("'shape': \\(([^)]*)\\)");
    private static final Map<String, ElementType> TYPES = Map.of(
            "<f4", ElementType.FLOAT32,
            "<f2", ElementType.FLOAT16,
            "<f8", ElementType.FLOAT64,
            "|u1", ElementType.UINT8,
            "|i1", ElementType.INT8,
            "|b1", ElementType.BOOL,
            "<i4", ElementType.INT32,
            "<i8", ElementType.INT64);

    private NpyFile() {}

    /// A tensor of that name on the heap.
    ///
    /// @throws IllegalArgumentException if the file is something else
    static Tensor read(Path file, String name) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        if (bytes.length < 10 || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new IllegalArgumentException(file + ": no .npy file");
        }
        boolean isFirst = bytes[6] == 1;
        int at = isFirst ? 10 : 12;
        int length = (bytes[8] & 0xff) | (bytes[9] & 0xff) << 8;
        length |= isFirst ? 0 : (bytes[10] & 0xff) << 16 | (bytes[11] & 0xff) << 24;
        String header = new String(bytes, at, length, StandardCharsets.US_ASCII);
        ElementType type = TYPES.get(found(TYPE, header, file));
        if (type == null || !header.contains("'fortran_order': False")) {
            throw new IllegalArgumentException(
                    file + ": " + header + " (expected: one of " + TYPES.keySet() + " in C order)");
        }
        long[] extents = Pattern.compile("[0-9]+")
                .matcher(found(SHAPE, header, file))
                .results()
                .mapToLong(match -> Long.parseLong(match.group()))
                .toArray();
        MemorySegment data = MemorySegment.ofArray(Arrays.copyOfRange(bytes, at + length, bytes.length));
        return new Tensor(name, type, Shape.of(extents), data);
    }

    private static String found(Pattern pattern, String header, Path file) {
        Matcher matcher = pattern.matcher(header);
        if (!matcher.find()) {
            throw new IllegalArgumentException(file + ": " + header + " (expected: " + pattern + ")");
        }
        return matcher.group(1);
    }
}
