package dev.firstpass.postprocess.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.AssetInfo;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.dataset.DataSetSource;
import dev.firstpass.postprocess.dataset.LabeledDataSet;
import dev.firstpass.postprocess.dataset.LabeledImage;
import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Ring;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Writing and reading back is the identity for what a format says by itself, and the named rule for what it converts;
/// what it leaves out is not there. Each format's own report tells which of the three it is, so there is no table here of
/// what a format can say: a format that claims less than it does, or more, fails.
///
/// Random data sets by their seeds; `-Dfirstpass.long=true` takes 10,000 of them for each format.
final class FormatIdentityTest {
    private static final int SEEDS = Boolean.getBoolean("firstpass.long") ? 10_000 : 24;

    /// Formats that are only written, each with why.
    private static final Map<String, String> ONLY_WRITTEN = Map.of();

    /// Formats in which annotations of every kind always have to do with each other: pixels have one value, and results are of
    /// one kind.
    private static final Set<String> ONE_OF_ALL = Set.of("png", "png.instances", "coco.panoptic", "coco.results");

    private static final Set<GeometryKind> IN_EACH_OTHERS_WAY = Set.of(GeometryKind.CLASSIFICATION, GeometryKind.MASK);

    private static final double PIXELS = 0.01;
    private static final double SCORE = 1e-6;

    static Stream<LabelFormat> formats() {
        return LabelFormats.STANDARD.stream().filter(format -> !ONLY_WRITTEN.containsKey(format.id()));
    }

    @Test
    void formats_onlyWritten_areThoseListedWithAReason() {
        Set<String> without = new java.util.TreeSet<>();
        LabelFormats.STANDARD.stream()
                .filter(format -> format.reader().isEmpty())
                .forEach(format -> without.add(format.id()));
        assertEquals(new java.util.TreeSet<>(ONLY_WRITTEN.keySet()), without);
    }

    @ParameterizedTest
    @MethodSource("formats")
    void reader_ofAFormat_hasItsId(LabelFormat format) {
        assertEquals(format.id(), format.reader().orElseThrow().id());
    }

    @ParameterizedTest
    @MethodSource("formats")
    void readBack_oneAnnotation_isWhatTheReportSays(LabelFormat format) throws IOException {
        for (int seed = 0; seed < SEEDS; seed++) {
            ImageSize size = size(seed);
            for (Annotation annotation : new RandomAnnotations(seed, size).ofEveryKind(0)) {
                Written written = Written.of(format, List.of(prelabels("a.png", size, List.of(annotation))));
                List<TrueLabel> labels = written.labels("a.png", size);
                String what = format.id() + " seed " + seed + " " + annotation + " " + written.report;
                assertMatch(expected(annotation, size, written.report), labels, what);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("formats")
    void readBack_dataSet_isAllItsAnnotations(LabelFormat format) throws IOException {
        int claimed = 0;
        for (int seed = 0; seed < SEEDS / 4; seed++) {
            ImageSize size = size(seed);
            ImageSize other = size(seed + 1000);
            List<Annotation> some = new RandomAnnotations(seed, size).ofEveryKind(0);
            List<Annotation> more = new ArrayList<>(new RandomAnnotations(seed + 1000, other).ofEveryKind(0));
            // Every other time without a second answer, and without masks that could overlap.
            boolean isAsItComes = seed % 2 == 0;
            new RandomAnnotations(seed + 2000, other)
                    .ofEveryKind(more.size()).stream()
                            .filter(annotation -> isAsItComes || !IN_EACH_OTHERS_WAY.contains(annotation.kind()))
                            .forEach(more::add);
            List<Prelabels> assets = List.of(
                    prelabels("a.png", size, some),
                    prelabels("empty.jpg", size, List.of()),
                    prelabels("sub/größe 2.jpg", other, more));
            Written written = Written.of(format, assets);
            List<Annotation> first = new ArrayList<>();
            List<Annotation> third = new ArrayList<>();
            Map<String, Integer> sum = new HashMap<>();
            for (Annotation annotation : some) {
                first.addAll(alone(format, annotation, size, sum));
            }
            for (Annotation annotation : more) {
                third.addAll(alone(format, annotation, other, sum));
            }
            // Where annotations have to do with each other (one answer to a radio, masks that overlap) there is more to
            // report of them together than of each alone, and less to be claimed here.
            Map<String, Integer> together = new HashMap<>(written.report.converted());
            written.report.leftOut().forEach((reason, count) -> together.merge(reason, count, Integer::sum));
            String what = format.id() + " seed " + seed + " " + written.report;
            if (together.equals(sum)) {
                claimed++;
                assertMatch(first, written.labels("a.png", size), what);
                assertMatch(third, written.labels("sub/größe 2.jpg", other), what);
            }
            assertEquals(List.of(), written.labels("empty.jpg", size), what);
        }
        assertTrue(claimed > 0 || ONE_OF_ALL.contains(format.id()), "nothing was held against what was written");
    }

    private static List<Annotation> alone(
            LabelFormat format, Annotation annotation, ImageSize size, Map<String, Integer> sum) {
        FormatReport report = Written.of(format, List.of(prelabels("a.png", size, List.of(annotation)))).report;
        report.converted().forEach((rule, count) -> sum.merge(rule, count, Integer::sum));
        report.leftOut().forEach((reason, count) -> sum.merge(reason, count, Integer::sum));
        return expected(annotation, size, report);
    }

    private static List<Annotation> expected(Annotation annotation, ImageSize size, FormatReport report) {
        return report.leftOut().isEmpty() ? NamedRules.apply(report.converted().keySet(), annotation, size) : List.of();
    }

    private static ImageSize size(long seed) {
        Random random = new Random(seed);
        return new ImageSize(8 + random.nextInt(120), 8 + random.nextInt(90));
    }

    private static Prelabels prelabels(String id, ImageSize size, List<Annotation> annotations) {
        return new Prelabels(
                new AssetInfo(id, size, "sha256:" + "cd".repeat(32)), Samples.PROVENANCE, annotations, List.of());
    }

    /// Files that were written, with empty ones in the places of images.
    private record Written(LabelFormat format, FilesInMemory files, Optional<String> file, FormatReport report) {
        static Written of(LabelFormat format, List<Prelabels> assets) {
            FilesInMemory files = new FilesInMemory();
            for (Prelabels asset : assets) {
                files.with("images/" + asset.asset().id(), "");
            }
            if (format.id().equals("coco.results")) {
                // Results say ids, and which these are is said by the data set that they are results for.
                byte[] companion = LabelFormats.write(Samples.format("coco"), Samples.context(Map.of()), assets)
                        .content();
                WrittenDataSet results = LabelFormats.write(format, Samples.context(Map.of()), assets);
                files.with("instances.json", companion).with("results.json", results.content());
                return new Written(format, files, Optional.of("results.json"), results.report());
            }
            List<List<Prelabels>> sets =
                    format.isPerAsset() ? assets.stream().map(List::of).toList() : List.of(assets);
            Map<String, Integer> converted = new HashMap<>();
            Map<String, Integer> leftOut = new HashMap<>();
            for (List<Prelabels> set : sets) {
                WrittenDataSet written = LabelFormats.write(format, Samples.context(Map.of()), set);
                written.entries().forEach((name, bytes) -> {
                    boolean isOnly = format.isPerAsset() && name.equals("labels" + format.fileExtension());
                    String id = set.getFirst().asset().id();
                    files.with(isOnly ? ImageNames.stem(id) + format.fileExtension() : name, bytes);
                });
                written.report().converted().forEach((rule, count) -> converted.merge(rule, count, Integer::sum));
                written.report().leftOut().forEach((reason, count) -> leftOut.merge(reason, count, Integer::sum));
            }
            return new Written(format, files, Optional.empty(), new FormatReport(converted, leftOut));
        }

        List<TrueLabel> labels(String id, ImageSize size) throws IOException {
            DataSetSource source = new DataSetSource(files, file, files, Optional.empty());
            LabeledDataSet data = format.reader().orElseThrow().open(source);
            List<LabeledImage> images = data.images().stream()
                    .filter(image -> image.file().equals(Optional.of("images/" + id)))
                    .toList();
            if (images.isEmpty()) {
                // Formats in which an image is not there where nothing is said of it.
                return List.of();
            }
            assertEquals(1, images.size(), id);
            Optional<ImageSize> said = data.size(images.getFirst());
            assertTrue(said.isEmpty() || said.get().equals(size), () -> "size: " + said);
            List<TrueLabel> labels = data.labels(images.getFirst(), size);
            assertTrue(labels.isEmpty() || format.reader().orElseThrow().recognises(source), format.id());
            labels.forEach(label -> assertTrue(data.classes().contains(label.label()), label.label()));
            labels.forEach(label ->
                    assertTrue(data.kinds().contains(label.annotation().kind()), () -> data.kinds() + " " + label));
            return labels;
        }
    }

    /// In any order: each is found once.
    private static void assertMatch(List<Annotation> expected, List<TrueLabel> read, String what) {
        List<Annotation> rest = new ArrayList<>(expected);
        for (TrueLabel label : read) {
            Optional<Annotation> match =
                    rest.stream().filter(one -> same(one, label.annotation())).findFirst();
            assertTrue(match.isPresent(), () -> what + "\nread, and not expected: " + label + "\nof: " + rest);
            rest.remove(match.orElseThrow());
        }
        assertTrue(rest.isEmpty(), () -> what + "\nnot read: " + rest + "\nread: " + read);
    }

    private static boolean same(Annotation a, Annotation b) {
        return sameCandidate(a.candidate(), b.candidate()) && sameGeometry(a, b);
    }

    private static boolean sameCandidate(Candidate a, Candidate b) {
        return a.label().equals(b.label())
                && Math.abs(a.score() - b.score()) <= SCORE
                && a.attributes().equals(b.attributes());
    }

    private static boolean sameGeometry(Annotation a, Annotation b) {
        return switch (a) {
            case Annotation.Box box ->
                b instanceof Annotation.Box other
                        && close(box.box().corners(), other.box().corners());
            case Annotation.RotatedBox box ->
                b instanceof Annotation.RotatedBox other
                        && sameTurned(box.box().corners(), other.box().corners());
            case Annotation.Polygon polygon ->
                b instanceof Annotation.Polygon other && sameParts(polygon.parts(), other.parts());
            case Annotation.Mask mask ->
                b instanceof Annotation.Mask other && mask.runs().equals(other.runs());
            case Annotation.Polyline line ->
                b instanceof Annotation.Polyline other && close(line.points(), other.points());
            case Annotation.Keypoints joints ->
                b instanceof Annotation.Keypoints other && sameJoints(joints.points(), other.points());
            case Annotation.Classification _ -> b instanceof Annotation.Classification;
        };
    }

    private static boolean close(List<Point> a, List<Point> b) {
        if (a.size() != b.size()) {
            return false;
        }
        for (int i = 0; i < a.size(); i++) {
            if (Math.hypot(a.get(i).x() - b.get(i).x(), a.get(i).y() - b.get(i).y()) > PIXELS) {
                return false;
            }
        }
        return true;
    }

    /// Whichever corner comes first.
    private static boolean sameTurned(List<Point> a, List<Point> b) {
        for (int turn = 0; turn < 4; turn++) {
            List<Point> turned = new ArrayList<>(b.subList(turn, 4));
            turned.addAll(b.subList(0, turn));
            if (close(a, turned)) {
                return true;
            }
        }
        return false;
    }

    private static boolean sameParts(List<PolygonPart> a, List<PolygonPart> b) {
        if (a.size() != b.size()) {
            return false;
        }
        for (int i = 0; i < a.size(); i++) {
            List<Ring> holes = a.get(i).holes();
            List<Ring> others = b.get(i).holes();
            if (!close(a.get(i).outer().points(), b.get(i).outer().points()) || holes.size() != others.size()) {
                return false;
            }
            for (int hole = 0; hole < holes.size(); hole++) {
                if (!close(holes.get(hole).points(), others.get(hole).points())) {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean sameJoints(List<Keypoint> a, List<Keypoint> b) {
        if (a.size() != b.size()) {
            return false;
        }
        for (int i = 0; i < a.size(); i++) {
            Keypoint x = a.get(i);
            Keypoint y = b.get(i);
            boolean absent = x.visibility() == Keypoint.Visibility.ABSENT;
            if (!x.name().equals(y.name())
                    || x.visibility() != y.visibility()
                    || Math.abs(x.score() - y.score()) > SCORE
                    || !(absent || close(List.of(x.at()), List.of(y.at())))) {
                return false;
            }
        }
        return true;
    }
}
