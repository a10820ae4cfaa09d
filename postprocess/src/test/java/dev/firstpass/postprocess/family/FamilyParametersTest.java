package dev.firstpass.postprocess.family;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.tensor.ModelSignature;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FamilyParametersTest {
    private static final ModelFamily FAMILY = new Declaring(List.of(
            new FamilyParameter("mode", "quick-scan or deep", "quick-scan"),
            new FamilyParameter("layers", "1 to 9", "3"),
            new FamilyParameter("ratio", "-1 to 2", "0.5"),
            new FamilyParameter("names", "a list", ""),
            new FamilyParameter("strides", "a list", "8,16"),
            new FamilyParameter("charset", "text", "")));

    private enum Mode {
        QUICK_SCAN,
        DEEP
    }

    private static FamilyParameters of(String... namesAndValues) {
        Map<String, String> given =
                namesAndValues.length == 0 ? Map.of() : Map.of(namesAndValues[0], namesAndValues[1]);
        return of(FAMILY, given);
    }

    private static FamilyParameters of(ModelFamily family, Map<String, String> given) {
        ModelSpec spec = new TextRegionsFamily()
                .recognise(FamilySample.of("text-regions").openBatch())
                .orElseThrow()
                .spec();
        return FamilyParameters.of(family, spec.withParameters(given));
    }

    private static Object read(FamilyParameters parameters, String name) {
        return switch (name) {
            case "mode" -> parameters.choice(name, Mode.class);
            case "layers" -> parameters.whole(name, 1, 9);
            case "ratio" -> parameters.decimal(name, -1, 2);
            case "names", "strides" -> parameters.list(name);
            default -> parameters.text(name);
        };
    }

    @Test
    void nothingGiven_isTheDefaults() {
        assertEquals(Mode.QUICK_SCAN, read(of(), "mode"));
        assertEquals(3, read(of(), "layers"));
        assertEquals(0.5, read(of(), "ratio"));
        assertEquals(List.of(), read(of(), "names"));
        assertEquals(List.of("8", "16"), read(of(), "strides"));
        assertEquals("quick-scan", of().text("mode"));
        assertEquals(Optional.empty(), of().given("mode"));
    }

    @Test
    void given_winsOverTheDefault() {
        assertEquals(Mode.DEEP, read(of("mode", "deep"), "mode"));
        assertEquals(9, read(of("layers", "9"), "layers"));
        assertEquals(-1.0, read(of("ratio", "-1"), "ratio"));
        assertEquals(0.015, read(of("ratio", "1.5e-2"), "ratio"));
        assertEquals(List.of("left eye", "nose"), read(of("names", "left eye, nose"), "names"));
        assertEquals("a,b", of("charset", "a,b").text("charset"));
        assertEquals(Optional.of("deep"), of("mode", "deep").given("mode"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            mode    | fast                 | quick-scan or deep
            mode    | DEEP                 | quick-scan or deep
            layers  | 0                    | a whole number from 1 to 9
            layers  | 10                   | a whole number from 1 to 9
            layers  | 3.0                  | a whole number from 1 to 9
            layers  | 99999999999999999999 | a whole number from 1 to 9
            layers  | 4294967299           | a whole number from 1 to 9
            ratio   | 2.01                 | a number from -1.0 to 2.0
            ratio   | NaN                  | a number from -1.0 to 2.0
            ratio   | 1d                   | a number from -1.0 to 2.0
            ratio   | 0x1p0                | a number from -1.0 to 2.0
            ratio   | .                    | a number from -1.0 to 2.0
            names   | a,,b                 | texts with one comma between them
            names   | a,                   | texts with one comma between them
            """)
    void unreadable_isRefusedWithNameValueAndWhatWasExpected(String name, String value, String expected) {
        FamilyParameters parameters = of(name, value);
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> read(parameters, name));
        assertEquals("parameters." + name + ": " + value + " (expected: " + expected + ")", refused.getMessage());
    }

    @Test
    void withoutValueAndDefault_isRefusedAsMissing() {
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> of().text("charset"));
        assertEquals("parameters.charset: missing (expected: a value)", refused.getMessage());
    }

    @Test
    void unknownOrBlank_isRefused() {
        assertEquals(
                "parameters.mood: unknown (expected: mode, layers, ratio, names, strides, charset)",
                assertThrows(IllegalArgumentException.class, () -> of("mood", "x"))
                        .getMessage());
        assertEquals(
                "parameters.mood: unknown (expected: no parameter)",
                assertThrows(IllegalArgumentException.class, () -> of(new Declaring(List.of()), Map.of("mood", "x")))
                        .getMessage());
        assertEquals(
                "parameters.mode: empty (expected: a value)",
                assertThrows(IllegalArgumentException.class, () -> of("mode", " "))
                        .getMessage());
    }

    @Test
    void longValue_isShortenedInTheComplaint() {
        String message = assertThrows(IllegalArgumentException.class, () -> read(of("mode", "x".repeat(1000)), "mode"))
                .getMessage();
        assertTrue(String.valueOf(message).length() < 200, message);
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void decimal_asJavaWritesIt_isReadBackExactly(@ForAll @DoubleRange(min = -1, max = 2) double value) {
        assertEquals(value, of("ratio", Double.toString(value)).decimal("ratio", -1, 2));
    }

    /// Declares what a test wants and nothing else.
    private record Declaring(List<FamilyParameter> parameters) implements ModelFamily {
        @Override
        public String id() {
            return "declaring";
        }

        @Override
        public String description() {
            return "for tests";
        }

        @Override
        public GeometryKind nativeGeometry() {
            return GeometryKind.BOX;
        }

        @Override
        public Optional<Recognition> recognise(ModelSignature signature) {
            return Optional.empty();
        }

        @Override
        public Interpretation interpret(List<RowOutput> rows, FamilyInput input) {
            return new Interpretation.Done(List.of());
        }
    }
}
