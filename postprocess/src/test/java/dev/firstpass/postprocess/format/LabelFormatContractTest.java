package dev.firstpass.postprocess.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.AssetInfo;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.RotatedRect;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What every label format keeps, whatever it is.
final class LabelFormatContractTest {
    /// Assets of which each may leave half a kilobyte in memory.
    private static final int MANY = Boolean.getBoolean("firstpass.long") ? 4_000 : 500;

    private static final int TRIES = 3;

    static Stream<LabelFormat> formats() {
        return LabelFormats.STANDARD.stream();
    }

    /// Every kind, and the hard cases of each.
    static List<Annotation> annotations() {
        Candidate candidate = new Candidate(20, "late", 0.5);
        return List.of(
                Samples.BOX,
                Samples.ROTATED_BOX,
                Samples.TRIANGLE,
                Samples.TWO_PARTS,
                Samples.FRAME,
                Samples.MASK,
                Samples.POLYLINE,
                Samples.KEYPOINTS,
                Samples.OUTDOOR,
                Samples.PLATE,
                new Annotation.Box(candidate, new Rect(-10, -10, 200, 200)),
                new Annotation.Box(candidate, new Rect(100, 100, 5, 5)),
                new Annotation.RotatedBox(candidate, new RotatedRect(60, 44, 30, 20, -200)),
                new Annotation.RotatedBox(candidate, new RotatedRect(32, 24, 500, 500, 45)),
                new Annotation.Polygon(candidate, List.of(Samples.solid(100, 100, 110, 100, 110, 110))),
                new Annotation.Polygon(
                        candidate,
                        List.of(new PolygonPart(
                                Samples.ring(1.1, 1.1, 1.2, 1.1, 1.2, 1.2),
                                List.of(Samples.ring(1.1, 1.1, 1.2, 1.1, 1.2, 1.2))))),
                new Annotation.Keypoints(
                        candidate, List.of(new Keypoint("nose", new Point(0, 0), Keypoint.Visibility.ABSENT, 0))),
                new Annotation.Keypoints(
                        candidate, List.of(new Keypoint("nose", new Point(3, 3), Keypoint.Visibility.VISIBLE, 1))));
    }

    static Stream<Arguments> formatsAndAnnotations() {
        return formats()
                .flatMap(format -> annotations().stream()
                        .map(annotation -> Arguments.argumentSet(
                                format.id() + " " + annotation.kind().id() + " "
                                        + annotation.candidate().index(),
                                format,
                                annotation)));
    }

    @Test
    void annotations_asListedHere_areOfEveryKind() {
        Set<GeometryKind> kinds = annotations().stream().map(Annotation::kind).collect(Collectors.toSet());
        assertEquals(Set.of(GeometryKind.values()), kinds);
    }

    @ParameterizedTest
    @MethodSource("formatsAndAnnotations")
    void write_anyAnnotation_saysItOrReportsIt(LabelFormat format, Annotation annotation) {
        FormatContext context = Samples.context(Map.of());
        Map<String, String> without = bytes(LabelFormats.write(format, context, List.of(Samples.prelabels())));
        WrittenDataSet with = LabelFormats.write(format, context, List.of(Samples.prelabels(annotation)));
        int leftOut = sum(with.report().leftOut());
        assertTrue(leftOut == 0 || leftOut == 1, () -> "left out: " + with.report());
        assertEquals(leftOut == 1, without.equals(bytes(with)), () -> "reported: " + with.report());
        if (leftOut == 1) {
            assertEquals(Map.of(), with.report().converted());
        }
    }

    @ParameterizedTest
    @MethodSource("formats")
    void write_twoAssets_hasNamesBelowItsFolderAndPlainNumbers(LabelFormat format) {
        WrittenDataSet written = LabelFormats.write(format, Samples.context(Map.of()), Samples.dataSet());
        assertFalse(written.entries().isEmpty());
        written.entries().forEach((name, content) -> {
            assertTrue(name.matches("[^/\\\\]+(/[^/\\\\]+)*") && !name.contains(".."), name);
            if (name.endsWith("json")) {
                assertFalse(JsonValues.all(content).isEmpty());
                for (String number : JsonValues.numbers(content)) {
                    assertTrue(number.matches("-?\\d+(\\.\\d{1,6})?"), number);
                }
            }
        });
    }

    @ParameterizedTest
    @MethodSource("formats")
    void write_secondAsset_addsToTheFirst(LabelFormat format) {
        FormatContext context = Samples.context(Map.of());
        WrittenDataSet one = LabelFormats.write(format, context, List.of(Samples.everyKind()));
        WrittenDataSet two = LabelFormats.write(format, context, Samples.dataSet());
        assertTrue(
                two.entries().size() > one.entries().size() || length(two) > length(one) + 100,
                length(two) + " after " + length(one));
    }

    @ParameterizedTest
    @MethodSource("formats")
    void write_underAnyLocale_givesTheSameBytes(LabelFormat format) {
        Locale before = Locale.getDefault();
        Map<String, String> expected = bytes(LabelFormats.write(format, Samples.context(Map.of()), Samples.dataSet()));
        try {
            for (Locale locale : List.of(Locale.GERMANY, Locale.forLanguageTag("ar-EG-u-nu-arab"), Locale.of("tr"))) {
                Locale.setDefault(locale);
                assertEquals(
                        expected,
                        bytes(LabelFormats.write(format, Samples.context(Map.of()), Samples.dataSet())),
                        locale.toLanguageTag());
            }
        } finally {
            Locale.setDefault(before);
        }
    }

    @ParameterizedTest
    @MethodSource("formats")
    void begin_unknownOption_isRefusedWithTheKnownOnes(LabelFormat format) {
        FormatContext context = Samples.context(Map.of("no-such-option", "1"));
        FormatOptionException refusal =
                assertThrows(FormatOptionException.class, () -> LabelFormats.write(format, context, Samples.dataSet()));
        assertEquals("no-such-option", refusal.option());
        String message = String.valueOf(refusal.getMessage());
        assertTrue(message.contains("no-such-option") && message.contains(format.id()), message);
        for (FormatOption option : format.options()) {
            assertTrue(message.contains(option.name()), message);
        }
    }

    @ParameterizedTest
    @MethodSource("formats")
    void begin_everyOptionEmpty_isRefused(LabelFormat format) {
        for (FormatOption option : format.options()) {
            FormatContext context = Samples.context(Map.of(option.name(), " "));
            FormatOptionException refusal =
                    assertThrows(FormatOptionException.class, () -> LabelFormats.write(format, context, List.of()));
            assertEquals(option.name(), refusal.option());
        }
    }

    @ParameterizedTest
    @MethodSource("formats")
    void write_manyAssets_keepsMemoryBounded(LabelFormat format) throws IOException {
        // Others in this JVM keep something meanwhile, too: the least of a few counts.
        long kept = keptOfMany(format);
        for (int i = 1; i < TRIES && kept >= 512L * MANY; i++) {
            kept = Math.min(kept, keptOfMany(format));
        }
        assertTrue(kept < 512L * MANY, "bytes of heap kept: " + kept);
    }

    private static long keptOfMany(LabelFormat format) throws IOException {
        CountingSink sink = new CountingSink();
        long kept;
        try (DataSetWriter writer = format.begin(Samples.context(Map.of()), sink)) {
            // What is made once, and what the JVM keeps of code that runs for the first time, is there before.
            writeAssets(writer, 0, 20);
            long before = usedHeap();
            writeAssets(writer, 20, MANY);
            long written = sink.bytes;
            kept = usedHeap() - before;
            writer.end();
            assertTrue(written > 50L * MANY, "bytes in the sink before the end: " + written);
            assertTrue(sum(writer.report().leftOut()) % MANY == 0, () -> "left out: " + writer.report());
        }
        assertTrue(sink.closed);
        return kept;
    }

    private static void writeAssets(DataSetWriter writer, int first, int end) throws IOException {
        Prelabels sheet = Samples.everyKind();
        for (int i = first; i < end; i++) {
            AssetInfo asset = new AssetInfo(
                    "photo-" + i + ".jpg", Samples.SIZE, sheet.asset().digest());
            writer.write(new Prelabels(asset, sheet.provenance(), sheet.annotations(), sheet.dropped()));
        }
    }

    @ParameterizedTest
    @MethodSource("formats")
    void close_withoutEnd_leavesNoWholeDocument(LabelFormat format) throws IOException {
        Map<String, ByteArrayOutputStream> abandoned = new HashMap<>();
        EntrySink sink = name -> {
            ByteArrayOutputStream entry = new ByteArrayOutputStream();
            abandoned.put(name, entry);
            return entry;
        };
        try (DataSetWriter writer = format.begin(Samples.context(Map.of()), sink)) {
            writer.write(Samples.everyKind());
        }
        WrittenDataSet whole = LabelFormats.write(format, Samples.context(Map.of()), List.of(Samples.everyKind()));
        Map<String, byte[]> left = new HashMap<>();
        abandoned.forEach((name, entry) -> left.put(name, entry.toByteArray()));
        boolean isAPieceForEachAssetOrLine = format.isPerAsset()
                || format.id().equals("labelbox")
                || format.id().equals("png.instances");
        if (isAPieceForEachAssetOrLine) {
            assertEquals(bytes(whole), bytes(new WrittenDataSet(left, FormatReport.NOTHING)));
        } else if (whole.entries().size() > 1) {
            assertTrue(left.size() < whole.entries().size(), () -> "entries: " + left.keySet());
        } else {
            left.values().forEach(json -> assertThrows(UncheckedIOException.class, () -> JsonValues.all(json)));
        }
    }

    @ParameterizedTest
    @MethodSource("formats")
    void description_ofAFormat_isOneLineAndItsNamesAreWellFormed(LabelFormat format) {
        assertTrue(format.id().matches("[a-z]+(-[a-z]+)*(\\.[a-z]+)?"), format.id());
        assertFalse(format.description().isBlank());
        assertFalse(format.description().contains("\n"));
        assertTrue(format.fileExtension().startsWith("."));
        Set<String> names = new HashSet<>();
        for (FormatOption option : format.options()) {
            assertTrue(names.add(option.name()), option.name());
            assertFalse(option.description().isBlank(), option.name());
        }
    }

    @Test
    void byId_ofEachFormat_findsIt() {
        Set<String> ids = new HashSet<>();
        for (LabelFormat format : LabelFormats.STANDARD) {
            assertTrue(ids.add(format.id()), format.id());
            assertEquals(format, LabelFormats.byId(format.id()).orElseThrow());
        }
        assertTrue(LabelFormats.byId("word-perfect").isEmpty());
        assertNotEquals(0, ids.size());
    }

    /// What is in each entry, so that it can be compared.
    private static Map<String, String> bytes(WrittenDataSet written) {
        Map<String, String> bytes = new HashMap<>();
        written.entries().forEach((name, content) -> bytes.put(name, new String(content, StandardCharsets.ISO_8859_1)));
        return bytes;
    }

    private static int length(WrittenDataSet written) {
        return written.entries().values().stream()
                .mapToInt(content -> content.length)
                .sum();
    }

    private static int sum(Map<String, Integer> counts) {
        return counts.values().stream().mapToInt(Integer::intValue).sum();
    }

    private static long usedHeap() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static final class CountingSink extends OutputStream implements EntrySink {
        private long bytes;
        private boolean closed;

        @Override
        public OutputStream entry(String name) {
            return this;
        }

        @Override
        public void write(int b) {
            bytes++;
        }

        @Override
        public void write(byte[] buffer, int offset, int length) {
            bytes += length;
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
