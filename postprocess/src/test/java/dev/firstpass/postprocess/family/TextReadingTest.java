package dev.firstpass.postprocess.family;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.geometry.RotatedRect;
import dev.firstpass.postprocess.geometry.RowSource;
import dev.firstpass.postprocess.spec.LabelingSpec;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.Prompt;
import dev.firstpass.postprocess.spec.StageRows;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Lines of text that a second stage reads.
final class TextReadingTest {
    private static final ImageTransform SAME = FamilyInputs.stretch(new ImageSize(128, 128), new ImageSize(128, 128));

    private final ModelFamily family = new TextRegionsFamily();

    /// Steps that are sure of a column each, by 0.9; the rest is spread.
    private static FakeOutputs steps(int columns, int... sure) {
        float[] values = new float[sure.length * columns];
        for (int i = 0; i < sure.length; i++) {
            for (int column = 0; column < columns; column++) {
                values[i * columns + column] = column == sure[i] ? .9f : .1f / (columns - 1);
            }
        }
        return new FakeOutputs().with("softmax", Shape.of(1, sure.length, columns), values);
    }

    private static CtcText read(int columns, int... sure) {
        Tensor tensor = steps(columns, sure).tensors().getFirst();
        return CtcText.of(tensor, "ab\uD83D\uDE00".codePoints().toArray());
    }

    @Test
    void ctc_repeatsAreOne_andWhatIsBetweenIsLeftOut() {
        assertEquals("abba", read(4, 0, 1, 1, 0, 2, 2, 0, 2, 1, 0).text());
        assertEquals(.9f, read(4, 1, 1).score());
        assertEquals(new CtcText("", 0), read(4, 0, 0));
    }

    @Test
    void ctc_lastColumn_isABlankWhereThereIsOneMore() {
        assertEquals("a b\uD83D\uDE00", read(5, 1, 4, 2, 3).text());
        assertThrows(OutputInvalidException.class, () -> read(6, 1));
        assertThrows(OutputInvalidException.class, () -> read(3, 1));
    }

    private ModelSpec spec(Map<String, String> parameters) {
        ModelSpec one = family.recognise(FamilySample.of("text-regions").openBatch())
                .orElseThrow()
                .spec();
        StageSpec reader = new StageSpec("read", one.firstStage().input(), Map.of(), 8);
        return new ModelSpec(
                one.family(),
                List.of(one.firstStage(), reader),
                one.classes(),
                one.thresholds(),
                one.suppression(),
                Map.of(),
                parameters);
    }

    private Interpretation interpret(ModelSpec spec, String stage, List<RowOutput> rows, List<Annotation> findings) {
        return family.interpret(rows, new FamilyInput(spec, stage, findings, new Prompt.None(), LabelingSpec.NONE));
    }

    private static List<RowSource> parts(Interpretation.Next next) {
        return ((StageRows.Parts) next.rows()).parts();
    }

    /// A line of 60 x 12 cells, one of 12 x 60, and one that is too unlikely to be read.
    private static FakeOutputs map() {
        float[] map = new float[128 * 128];
        FamilySample.fill(map, 128, 40, 20, 100, 32, .9f);
        FamilySample.fill(map, 128, 10, 40, 22, 100, .8f);
        FamilySample.fill(map, 128, 60, 80, 100, 90, .5f);
        return new FakeOutputs().with("sigmoid_0.tmp_0", Shape.of(1, 1, 128, 128), map);
    }

    @Test
    void interpret_twoStages_readsTheLinesThatReachTheirThreshold() {
        ModelSpec spec = spec(Map.of("characters", "ab,"));
        family.check(spec);
        Interpretation.Next next =
                (Interpretation.Next) interpret(spec, "main", List.of(new RowOutput(map(), SAME)), List.of());

        assertEquals("read", next.stage());
        assertEquals(3, next.findings().size());
        assertEquals(2, parts(next).size());
        RotatedRect lying = ((RowSource.Turned) parts(next).getFirst()).area();
        RotatedRect high = ((RowSource.Turned) parts(next).getLast()).area();
        assertEquals(0, lying.angle(), 1e-6);
        assertTrue(lying.width() > 2 * lying.height());
        // Its top is on the row's left: a quarter turn.
        assertEquals(90, high.angle(), 1e-6);
        assertTrue(high.width() > 2 * high.height());

        List<RowOutput> rows = List.of(new RowOutput(steps(4, 1, 0, 2, 3), SAME), new RowOutput(steps(4, 0, 0), SAME));
        List<Annotation> done = FamilyInputs.done(interpret(spec, "read", rows, next.findings()));
        assertEquals(3, done.size());
        assertEquals(
                Map.of("text", "ab,", "textScore", "0.9000"),
                done.getFirst().candidate().attributes());
        assertEquals(Map.of(), done.get(1).candidate().attributes());
        assertEquals(
                next.findings().stream().map(one -> one.candidate().index()).toList(),
                done.stream().map(one -> one.candidate().index()).toList());
    }

    @Test
    void interpret_manyLines_areReadSomeAtATime() {
        float[] map = new float[128 * 1280];
        for (int line = 0; line < 70; line++) {
            FamilySample.fill(map, 128, 10, 18 * line + 2, 110, 18 * line + 10, .9f);
        }
        FakeOutputs page = new FakeOutputs().with("sigmoid_0.tmp_0", Shape.of(1, 1, 1280, 128), map);
        ImageTransform same = FamilyInputs.stretch(new ImageSize(128, 1280), new ImageSize(128, 1280));
        ModelSpec spec = spec(Map.of("characters", "ab"));

        Interpretation.Next first =
                (Interpretation.Next) interpret(spec, "main", List.of(new RowOutput(page, same)), List.of());
        assertEquals(64, parts(first).size());
        List<RowOutput> many =
                parts(first).stream().map(_ -> new RowOutput(steps(3, 1), same)).toList();
        Interpretation.Next second = (Interpretation.Next) interpret(spec, "read", many, first.findings());
        assertEquals(6, parts(second).size());
        List<RowOutput> few = parts(second).stream()
                .map(_ -> new RowOutput(steps(3, 2), same))
                .toList();
        List<Annotation> done = FamilyInputs.done(interpret(spec, "read", few, second.findings()));
        assertEquals(
                64,
                done.stream()
                        .filter(one -> "a".equals(one.candidate().attributes().get("text")))
                        .count());
        assertEquals(
                6,
                done.stream()
                        .filter(one -> "b".equals(one.candidate().attributes().get("text")))
                        .count());
    }

    @Test
    void interpret_textThatIsUnlikely_isLeftOut() {
        ModelSpec spec = spec(Map.of("characters", "ab,", "textScore", "0.95"));
        Interpretation.Next next =
                (Interpretation.Next) interpret(spec, "main", List.of(new RowOutput(map(), SAME)), List.of());
        List<RowOutput> rows = List.of(new RowOutput(steps(4, 1), SAME), new RowOutput(steps(4, 2), SAME));

        assertTrue(FamilyInputs.done(interpret(spec, "read", rows, next.findings())).stream()
                .allMatch(one -> one.candidate().attributes().isEmpty()));
    }

    @Test
    void check_secondStageWithoutCharacters_isRefused() {
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> family.check(spec(Map.of())));
        assertTrue(String.valueOf(refused.getMessage()).startsWith("parameters.characters: missing"));
    }
}
