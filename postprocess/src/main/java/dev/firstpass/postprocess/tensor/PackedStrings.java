package dev.firstpass.postprocess.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Strings in a tensor's memory: one after the other in row-major order, each as its length, a little-endian number of
/// four bytes, and that many bytes of UTF-8. The Open Inference Protocol sends them in the same form.
///
/// Reading expects anything, memory that changes meanwhile included: it never leaves the segment, and what is not made
/// of whole strings is refused.
///
/// Pure functions.
public final class PackedStrings {
    private static final ValueLayout.OfInt LENGTH = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private PackedStrings() {}

    /// Bytes that `strings` take.
    public static long size(List<byte[]> strings) {
        long size = 0;
        for (byte[] string : strings) {
            size += LENGTH.byteSize() + string.length;
        }
        return size;
    }

    /// Fills `target`, which has exactly the size of the strings.
    public static void write(List<byte[]> strings, MemorySegment target) {
        long at = 0;
        for (byte[] string : strings) {
            target.set(LENGTH, at, string.length);
            at += LENGTH.byteSize();
            MemorySegment.copy(string, 0, target, ValueLayout.JAVA_BYTE, at, string.length);
            at += string.length;
        }
        if (at != target.byteSize()) {
            throw new IllegalArgumentException("target: " + target.byteSize() + " bytes (expected: " + at + ")");
        }
    }

    /// The bytes of all strings, in new arrays.
    ///
    /// @throws IllegalArgumentException if `data` is not exactly `count` strings
    public static List<byte[]> read(MemorySegment data, long count) {
        List<byte[]> strings = new ArrayList<>();
        long end = walk(data, count, string -> strings.add(string.toArray(ValueLayout.JAVA_BYTE)));
        requireEnd(data, end);
        return strings;
    }

    /// The same as text. What is no UTF-8 becomes U+FFFD.
    ///
    /// @throws IllegalArgumentException if `data` is not exactly `count` strings
    public static List<String> text(MemorySegment data, long count) {
        return read(data, count).stream()
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                .toList();
    }

    /// @throws IllegalArgumentException if `data` is not exactly `count` strings
    static void check(MemorySegment data, long count) {
        requireEnd(data, walk(data, count, _ -> {}));
    }

    /// The memory of `count` strings after the first `skipped`.
    ///
    /// @throws IllegalArgumentException if `data` has fewer
    public static MemorySegment part(MemorySegment data, long skipped, long count) {
        MemorySegment rest = data.asSlice(walk(data, skipped, _ -> {}));
        return rest.asSlice(0, walk(rest, count, _ -> {}));
    }

    /// @return where the last of the strings ends
    private static long walk(MemorySegment data, long count, Visitor visitor) {
        long at = 0;
        for (long i = 0; i < count; i++) {
            if (data.byteSize() - at < LENGTH.byteSize()) {
                throw new IllegalArgumentException("string " + i + " of " + count + " is missing");
            }
            int length = data.get(LENGTH, at);
            at += LENGTH.byteSize();
            if (length < 0 || length > data.byteSize() - at) {
                throw new IllegalArgumentException(
                        "string " + i + ": " + length + " bytes (expected: 0.." + (data.byteSize() - at) + ")");
            }
            visitor.visit(data.asSlice(at, length));
            at += length;
        }
        return at;
    }

    private static void requireEnd(MemorySegment data, long end) {
        if (end != data.byteSize()) {
            throw new IllegalArgumentException(
                    "data: " + data.byteSize() + " bytes (expected: " + end + ", where the last string ends)");
        }
    }

    @FunctionalInterface
    private interface Visitor {
        void visit(MemorySegment string);
    }
}
