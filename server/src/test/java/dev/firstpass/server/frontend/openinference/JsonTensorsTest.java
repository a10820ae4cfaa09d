package dev.firstpass.server.frontend.openinference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import dev.firstpass.postprocess.family.OutputInvalidException;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.PackedStrings;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.pipeline.TensorOutput;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/// What is written as JSON is read back as the same bytes.
final class JsonTensorsTest {
    private static final List<ElementType> EXACT = List.of(
            ElementType.UINT8,
            ElementType.INT8,
            ElementType.UINT16,
            ElementType.INT16,
            ElementType.UINT32,
            ElementType.INT32,
            ElementType.UINT64,
            ElementType.INT64);

    @Property(tries = 50)
    void numbers_writtenAndRead_areTheSame(@ForAll long[] bits) throws IOException {
        for (ElementType type : EXACT) {
            byte[] packed = MemorySegment.ofArray(bits).toArray(ValueLayout.JAVA_BYTE);
            roundTrip(type, packed, packed.length / type.bytes());
        }
    }

    @Property(tries = 50)
    void floats_writtenAndRead_areTheSame(@ForAll float[] values, @ForAll double[] others) throws IOException {
        for (float value : values) {
            Assume.that(Float.isFinite(value));
        }
        roundTrip(ElementType.FLOAT32, MemorySegment.ofArray(values).toArray(ValueLayout.JAVA_BYTE), values.length);
        roundTrip(ElementType.FLOAT64, MemorySegment.ofArray(others).toArray(ValueLayout.JAVA_BYTE), others.length);
    }

    private static void roundTrip(ElementType type, byte[] packed, int count) throws IOException {
        String json = written(type, Shape.of(count), List.of(MemorySegment.ofArray(packed)));
        JsonRequest request = JsonRequest.read(
                ("{\"inputs\":[{\"name\":\"x\",\"datatype\":\"" + DataTypes.name(type) + "\",\"shape\":[" + count
                                + "],\"data\":" + json + "}]}")
                        .getBytes(StandardCharsets.UTF_8),
                MemorySegment.NULL);
        assertArrayEquals(packed, request.inputs().getFirst().data().toArray(ValueLayout.JAVA_BYTE), type.toString());
    }

    @Test
    void write_partsAndKinds_isWhatTheProtocolSays() throws IOException {
        assertEquals("[1,255,0]", written(ElementType.UINT8, Shape.of(3), parts("01ff", "00")));
        assertEquals("[true,false]", written(ElementType.BOOL, Shape.of(2), parts("0100")));
        assertEquals("[1.0,-0.5]", written(ElementType.FLOAT32, Shape.of(2), parts("0000803f", "000000bf")));
        assertEquals("[]", written(ElementType.FLOAT64, Shape.of(0), parts("")));
        List<byte[]> strings = List.of("a\"b".getBytes(StandardCharsets.UTF_8), new byte[0]);
        MemorySegment packed = MemorySegment.ofArray(new byte[(int) PackedStrings.size(strings)]);
        PackedStrings.write(strings, packed);
        assertEquals("[\"a\\\"b\",\"\"]", written(ElementType.STRING, Shape.of(2), List.of(packed)));
    }

    /// Memory is for what has come, and not for what is said to come.
    @Test
    void read_ofAShapeThatIsNotThere_takesNoMemoryForIt() throws IOException {
        for (long elements : new long[] {200_000_000, 300_000_000, Integer.MAX_VALUE, 1L << 40}) {
            try (JsonParser parser = new JsonFactory().createParser("[1, 2]")) {
                FailureException thrown = assertThrows(
                        FailureException.class,
                        () -> JsonTensors.read(parser, "x", ElementType.FLOAT64, Shape.of(elements), Long.MAX_VALUE));
                assertEquals(Reason.ARGUMENT_INVALID, thrown.failure().reason());
            }
        }
    }

    @Test
    void write_whatHasNoForm_isRefused() {
        assertThrows(OutputInvalidException.class, () -> written(ElementType.FLOAT32, Shape.of(1), parts("0000c07f")));
        assertThrows(
                OutputInvalidException.class,
                () -> written(ElementType.FLOAT64, Shape.of(1), parts("000000000000f07f")));
        assertThrows(FailureException.class, () -> written(ElementType.FLOAT16, Shape.of(1), parts("003c")));
    }

    private static List<MemorySegment> parts(String... hex) {
        return Arrays.stream(hex)
                .map(part -> MemorySegment.ofArray(HexFormat.of().parseHex(part)))
                .toList();
    }

    private static String written(ElementType type, Shape shape, List<MemorySegment> parts) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            JsonTensors.write(json, new TensorOutput("y", type, shape, parts));
        }
        return text.toString();
    }
}
