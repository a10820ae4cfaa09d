package dev.firstpass.postprocess.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class PackedStringsTest {
    @Test
    void write_ofText_isLengthAndUtf8() {
        assertArrayEquals(
                new byte[] {2, 0, 0, 0, 'o', 'k', 0, 0, 0, 0, 2, 0, 0, 0, (byte) 0xc3, (byte) 0xa9},
                packed("ok", "", "é").toArray(ValueLayout.JAVA_BYTE));
    }

    @Test
    void write_intoMoreRoomThanNeeded_isRefused() {
        assertThrows(
                IllegalArgumentException.class,
                () -> PackedStrings.write(List.of(new byte[2]), MemorySegment.ofArray(new byte[7])));
    }

    @Test
    void text_ofWhatWasWritten_isTheSame() {
        List<String> words = List.of("", "Rübe", "杂草", "\uD83C\uDF31");
        assertEquals(words, PackedStrings.text(packed(words.toArray(String[]::new)), 4));
        assertEquals(List.of(), PackedStrings.text(MemorySegment.ofArray(new byte[0]), 0));
    }

    @Test
    void part_ofSome_isThoseAlone() {
        MemorySegment data = packed("a", "bcd", "", "ef");
        assertEquals(List.of("bcd", ""), PackedStrings.text(PackedStrings.part(data, 1, 2), 2));
        assertEquals(0, PackedStrings.part(data, 4, 0).byteSize());
        assertThrows(IllegalArgumentException.class, () -> PackedStrings.part(data, 3, 2));
    }

    static Stream<Arguments> malformed() {
        return Stream.of(
                Arguments.of("a length that is cut off", new byte[] {1, 0, 0}, 1),
                Arguments.of("more than there is", new byte[] {3, 0, 0, 0, 'a', 'b'}, 1),
                Arguments.of("a negative length", new byte[] {-1, -1, -1, -1, 'a', 'b'}, 1),
                Arguments.of("the greatest length", new byte[] {-1, -1, -1, 0x7f, 'a'}, 1),
                Arguments.of("a string too few", new byte[] {1, 0, 0, 0, 'a'}, 2),
                Arguments.of("a string too many", new byte[] {1, 0, 0, 0, 'a', 0, 0, 0, 0}, 1),
                Arguments.of("bytes after the last", new byte[] {1, 0, 0, 0, 'a', 'b'}, 1));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformed")
    void read_ofWhatIsNoStrings_isRefused(String what, byte[] data, long count) {
        assertThrows(
                IllegalArgumentException.class, () -> PackedStrings.read(MemorySegment.ofArray(data), count), what);
        assertThrows(
                IllegalArgumentException.class,
                () -> new Tensor("y", ElementType.STRING, Shape.of(count), MemorySegment.ofArray(data)),
                what);
    }

    private static MemorySegment packed(String... words) {
        List<byte[]> bytes = Stream.of(words)
                .map(word -> word.getBytes(StandardCharsets.UTF_8))
                .toList();
        MemorySegment data = MemorySegment.ofArray(new byte[(int) PackedStrings.size(bytes)]);
        PackedStrings.write(bytes, data);
        return data;
    }
}
