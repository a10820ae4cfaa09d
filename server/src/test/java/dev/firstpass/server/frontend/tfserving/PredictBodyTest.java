package dev.firstpass.server.frontend.tfserving;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.PackedStrings;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.registry.savedmodel.SavedModelFile;
import dev.firstpass.server.failure.Failures;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.pipeline.DescribedModels;
import dev.firstpass.server.pipeline.TensorInput;
import dev.firstpass.server.pipeline.TensorModel;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PredictBodyTest {
    private static final TensorModel ONE = model(new TensorInfo("x", ElementType.FLOAT32, Shape.of(-1, 2)));
    private static final TensorModel TEXT = model(new TensorInfo("x", ElementType.STRING, Shape.of(-1)));
    private static final TensorModel TWO = model(
            new TensorInfo("tag", ElementType.STRING, Shape.of(-1)),
            new TensorInfo("signal", ElementType.INT32, Shape.of(-1, 2)));

    private static TensorModel model(TensorInfo... inputs) {
        return DescribedModels.of(List.of(inputs), List.of(), Map.of(SavedModelFile.SIGNATURE, "mine"));
    }

    @Test
    void rows_ofOneInput_areBatched() {
        PredictBody body = read("{\"instances\":[[1,2.5],[-3e2,NaN],[Infinity,-Infinity]]}", ONE);

        assertEquals(PredictBody.Form.ROWS, body.form());
        TensorInput input = body.inputs().getFirst();
        assertEquals(Shape.of(3, 2), input.shape());
        assertArrayEquals(
                new float[] {1, 2.5f, -300, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY},
                input.data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED));
    }

    @Test
    void rows_ofSeveralInputs_areTakenApart() {
        PredictBody body = read(
                "{\"instances\":[{\"tag\":\"foo\",\"signal\":[1,2]},{\"signal\":[3,4],\"tag\":{\"b64\":\"YmFy\"}}]}",
                TWO);

        assertEquals(Shape.of(2), body.inputs().get(0).shape());
        assertEquals(List.of("foo", "bar"), strings(body.inputs().get(0), 2));
        assertEquals(Shape.of(2, 2), body.inputs().get(1).shape());
        assertArrayEquals(new int[] {1, 2, 3, 4}, body.inputs().get(1).data().toArray(ValueLayout.JAVA_INT_UNALIGNED));
    }

    @Test
    void rows_ofOneInput_mayHaveItsName() {
        assertEquals(
                read("{\"instances\":[[1,2]]}", ONE).inputs().getFirst().shape(),
                read("{\"instances\":[{\"x\":[1,2]}]}", ONE).inputs().getFirst().shape());
    }

    @Test
    void rows_ofScalarsAndBytes_areOneAxis() {
        TensorInput input = read("{\"instances\":[\"a\",{\"b64\":\"Yg==\"},\"\"]}", TEXT)
                .inputs()
                .getFirst();

        assertEquals(Shape.of(3), input.shape());
        assertEquals(List.of("a", "b", ""), strings(input, 3));
    }

    @Test
    void columns_haveTheShapesThatTheyHave() {
        PredictBody body = read("{\"inputs\":{\"signal\":[[[1],[2]]],\"tag\":{\"b64\":\"YQ==\"}}}", TWO);

        assertEquals(PredictBody.Form.COLUMNS, body.form());
        assertEquals(Shape.of(), body.inputs().get(0).shape());
        assertEquals(Shape.of(1, 2, 1), body.inputs().get(1).shape());
        assertEquals(
                Shape.of(2, 2),
                read("{\"inputs\":[[1,2],[3,4]]}", ONE).inputs().getFirst().shape());
        assertEquals(
                Shape.of(),
                read("{\"inputs\":{\"b64\":\"YQ==\"}}", TEXT)
                        .inputs()
                        .getFirst()
                        .shape());
        assertEquals(
                Shape.of(2, 0),
                read("{\"inputs\":[[],[]]}", ONE).inputs().getFirst().shape());
        assertEquals(Shape.of(), read("{\"inputs\":7}", ONE).inputs().getFirst().shape());
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"serving_default\"", "\"mine\"", "\"\""})
    void signature_thatIsServed_isTaken(String name) {
        read("{\"instances\":[[1,2]],\"signature_name\":" + name + ",\"other\":[{\"x\":1}]}", ONE);
    }

    /// More than the memory that is taken at first.
    @Test
    void elements_inAnyNumber_areRead() {
        String row = IntStream.range(0, 1000).mapToObj(Integer::toString).collect(Collectors.joining(",", "[", "]"));
        TensorInput input =
                read("{\"instances\":[" + row + "," + row + "]}", ONE).inputs().getFirst();

        assertEquals(Shape.of(2, 1000), input.shape());
        float[] values = input.data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
        assertEquals(999f, values[999]);
        assertArrayEquals(Arrays.copyOf(values, 1000), Arrays.copyOfRange(values, 1000, 2000));
    }

    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"STRING", "BOOL", "FLOAT16", "BFLOAT16"})
    void numbers_ofEveryType_areRead(ElementType type) {
        TensorInput input = read("{\"instances\":[1,0,127]}", model(new TensorInfo("x", type, Shape.of(-1))))
                .inputs()
                .getFirst();

        assertEquals(3L * type.bytes(), input.data().byteSize());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "ONE | ~~",
                "ONE | ~[]~",
                "ONE | ~null~",
                "ONE | ~{}~",
                "ONE | ~{\"instances\":[[1,2]]~",
                "ONE | ~{\"instances\":[[1,2]]} {}~",
                "ONE | ~{\"instances\":[]}~",
                "ONE | ~{\"instances\":{}}~",
                "ONE | ~{\"instances\":7}~",
                "ONE | ~{\"instances\":[[1,2]],\"inputs\":[[1,2]]}~",
                "ONE | ~{\"inputs\":[[1,2]],\"instances\":[[1,2]]}~",
                "ONE | ~{\"instances\":[[1,2]],\"instances\":[[1,2]]}~",
                "ONE | ~{\"instances\":[[1,2],[3]]}~",
                "ONE | ~{\"instances\":[[1,2],3]}~",
                "ONE | ~{\"instances\":[3,[1,2]]}~",
                "ONE | ~{\"instances\":[[1,[2]]]}~",
                "ONE | ~{\"instances\":[[[1],2]]}~",
                "ONE | ~{\"instances\":[[[],[1]]]}~",
                "ONE | ~{\"instances\":[[1,\"2\"]]}~",
                "ONE | ~{\"instances\":[[1,true]]}~",
                "ONE | ~{\"instances\":[[1,null]]}~",
                "ONE | ~{\"instances\":[[1,1e39]]}~",
                "ONE | ~{\"instances\":[[1,1e999]]}~",
                "ONE | ~{\"instances\":[[1,nan]]}~",
                "ONE | ~{\"instances\":[{\"y\":[1,2]}]}~",
                "ONE | ~{\"instances\":[{\"x\":[1,2]},[1,2]]}~",
                "ONE | ~{\"instances\":[[1,2],{\"x\":[1,2]}]}~",
                "ONE | ~{\"instances\":[{}]}~",
                "ONE | ~{\"instances\":[{\"b64\":\"AAAA\"}]}~",
                "ONE | ~{\"instances\":[[{\"b64\":\"AAAA\"}]]}~",
                "ONE | ~{\"instances\":[[1,2]],\"signature_name\":7}~",
                "ONE | ~{\"instances\":[[1,2]],\"signature_name\":\"other\"}~",
                "ONE | ~{\"inputs\":{}}~",
                "TEXT | ~{\"instances\":[{\"b64\":\"?\"}]}~",
                "TEXT | ~{\"instances\":[{\"b64\":\"AA\",\"x\":1}]}~",
                "TEXT | ~{\"instances\":[{\"b64\":7}]}~",
                "TEXT | ~{\"instances\":[[{\"b64\":7}]]}~",
                "TEXT | ~{\"instances\":[[{\"b64\":\"AA==\",\"x\":1}]]}~",
                "TEXT | ~{\"instances\":[[{\"B64\":\"AA==\"}]]}~",
                "TEXT | ~{\"instances\":[7]}~",
                "TEXT | ~{\"instances\":[[\"a\"],{\"b64\":\"AA==\"}]}~",
                "TWO | ~{\"instances\":[[1,2]]}~",
                "TWO | ~{\"instances\":[{\"tag\":\"a\"}]}~",
                "TWO | ~{\"instances\":[{\"tag\":\"a\",\"signal\":[1,2],\"more\":1}]}~",
                "TWO | ~{\"instances\":[{\"tag\":\"a\",\"signal\":[1,2],\"signal\":[1,2]}]}~",
                "TWO | ~{\"instances\":[{\"tag\":\"a\",\"signal\":[1,2]},{\"tag\":\"a\",\"signal\":[1]}]}~",
                "TWO | ~{\"instances\":[{\"tag\":\"a\",\"signal\":[1,2.5]}]}~",
                "TWO | ~{\"instances\":[{\"tag\":\"a\",\"signal\":[1,2147483648]}]}~",
                "TWO | ~{\"instances\":[{\"tag\":\"a\",\"signal\":[1,99999999999999999999]}]}~",
                "TWO | ~{\"inputs\":[[1,2]]}~",
                "TWO | ~{\"inputs\":{\"tag\":\"a\"}}~",
            })
    void request_thatIsNone_isRefused(String model, String json) {
        assertRefused(json, model.equals("ONE") ? ONE : model.equals("TWO") ? TWO : TEXT);
    }

    @Test
    void request_thatIsTooDeepOrHasNoForm_isRefused() {
        assertRefused("{\"instances\":" + "[".repeat(100_000), ONE);
        assertRefused("{\"instances\":" + "[".repeat(50) + "1" + "]".repeat(50) + "}", ONE);
        assertRefused("{\"x\":" + "{\"a\":".repeat(100_000), ONE);
        assertRefused("{\"instances\":[1]}", model(new TensorInfo("x", ElementType.FLOAT16, Shape.of(-1))));
    }

    private static void assertRefused(String json, TensorModel model) {
        assertEquals(
                Reason.ARGUMENT_INVALID,
                Failures.of(assertThrows(RuntimeException.class, () -> read(json, model)))
                        .reason());
    }

    private static PredictBody read(String json, TensorModel model) {
        return PredictBody.read(json.getBytes(StandardCharsets.UTF_8), model);
    }

    private static List<String> strings(TensorInput input, int count) {
        return PackedStrings.text(input.data(), count);
    }
}
