package dev.firstpass.server.frontend.tfserving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.PackedStrings;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.server.failure.Failures;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.tfserving.PredictBody.Form;
import dev.firstpass.server.pipeline.TensorOutput;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class PredictAnswerTest {
    private static final TensorOutput SCORES = floats("scores", Shape.of(2, 2), 0.5f, 2, 1e10f, -0.25f);
    private static final TensorOutput COUNTS = ints("counts", Shape.of(2), 7, -1);

    @Test
    void rows_ofOneOutput_haveNoNames() {
        assertEquals("{\"predictions\":[[0.5,2.0],[1.0E10,-0.25]]}", json(Form.ROWS, SCORES));
        assertEquals("{\"predictions\":[7,-1]}", json(Form.ROWS, COUNTS));
    }

    @Test
    void rows_ofSeveralOutputs_areObjects() {
        assertEquals(
                "{\"predictions\":[{\"scores\":[0.5,2.0],\"counts\":7},{\"scores\":[1.0E10,-0.25],\"counts\":-1}]}",
                json(Form.ROWS, SCORES, COUNTS));
    }

    @Test
    void columns_areWholeTensors() {
        assertEquals("{\"outputs\":[7,-1]}", json(Form.COLUMNS, COUNTS));
        assertEquals(
                "{\"outputs\":{\"counts\":[7,-1],\"scores\":[[0.5,2.0],[1.0E10,-0.25]]}}",
                json(Form.COLUMNS, COUNTS, SCORES));
        assertEquals("{\"outputs\":3}", json(Form.COLUMNS, ints("n", Shape.of(), 3)));
        assertEquals("{\"outputs\":[[],[]]}", json(Form.COLUMNS, ints("n", Shape.of(2, 0))));
    }

    @Test
    void parts_areOneTensor() {
        TensorOutput output = new TensorOutput(
                "y",
                ElementType.INT32,
                Shape.of(3, 2),
                List.of(segment(1, 2), MemorySegment.ofArray(new byte[0]), segment(3, 4, 5, 6)));

        assertEquals("{\"predictions\":[[1,2],[3,4],[5,6]]}", json(Form.ROWS, output));
        assertEquals(6, PredictAnswer.size(List.of(output)));
    }

    @Test
    void numbers_thatAreNone_areWordsOfJavaScript() {
        assertEquals(
                "{\"outputs\":[NaN,Infinity,-Infinity,-0.0]}",
                json(
                        Form.COLUMNS,
                        floats("y", Shape.of(4), Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, -0f)));
    }

    @Test
    void strings_whoseNameSaysBytes_areBase64() {
        assertEquals("{\"predictions\":[\"a\",\"\\\"\u00fc\"]}", json(Form.ROWS, strings("text", "a", "\"\u00fc")));
        assertEquals(
                "{\"predictions\":[{\"b64\":\"YQ==\"},{\"b64\":\"\"}]}",
                json(Form.ROWS, strings("image_bytes", "a", "")));
        assertEquals("{\"predictions\":[7,-1]}", json(Form.ROWS, ints("number_bytes", Shape.of(2), 7, -1)));
    }

    @Test
    void outputs_withoutTheFormWanted_areRefused() {
        assertRefused(Form.ROWS, ints("n", Shape.of(), 3));
        assertRefused(Form.ROWS, SCORES, ints("n", Shape.of(1), 3));
        assertRefused(
                Form.COLUMNS,
                new TensorOutput(
                        "half", ElementType.FLOAT16, Shape.of(1), List.of(MemorySegment.ofArray(new byte[2]))));
    }

    private static void assertRefused(Form form, TensorOutput... outputs) {
        assertEquals(
                Reason.ARGUMENT_INVALID,
                Failures.of(assertThrows(RuntimeException.class, () -> json(form, outputs)))
                        .reason());
    }

    private static String json(Form form, TensorOutput... outputs) {
        return new String(PredictAnswer.json(form, List.of(outputs)), StandardCharsets.UTF_8);
    }

    private static TensorOutput floats(String name, Shape shape, float... values) {
        MemorySegment data = MemorySegment.ofArray(new byte[values.length * Float.BYTES]);
        for (int i = 0; i < values.length; i++) {
            data.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i, values[i]);
        }
        return new TensorOutput(name, ElementType.FLOAT32, shape, List.of(data));
    }

    private static TensorOutput ints(String name, Shape shape, int... values) {
        return new TensorOutput(name, ElementType.INT32, shape, List.of(segment(values)));
    }

    private static MemorySegment segment(int... values) {
        MemorySegment data = MemorySegment.ofArray(new byte[values.length * Integer.BYTES]);
        for (int i = 0; i < values.length; i++) {
            data.setAtIndex(ValueLayout.JAVA_INT_UNALIGNED, i, values[i]);
        }
        return data;
    }

    private static TensorOutput strings(String name, String... values) {
        List<byte[]> all = Stream.of(values)
                .map(value -> value.getBytes(StandardCharsets.UTF_8))
                .toList();
        MemorySegment packed = MemorySegment.ofArray(new byte[Math.toIntExact(PackedStrings.size(all))]);
        PackedStrings.write(all, packed);
        return new TensorOutput(name, ElementType.STRING, Shape.of(values.length), List.of(packed));
    }
}
