package dev.firstpass.postprocess.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Dropped;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import dev.firstpass.postprocess.geometry.RunLengths;
import dev.firstpass.postprocess.tensor.ElementType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

final class AppliedLabelingTest {
    private static final ImageSize SIZE = new ImageSize(100, 50);

    @Test
    void of_noWishes_keepsAllAboveTheModelsThresholdBestFirst() {
        AppliedLabeling applied = apply(LabelingSpec.NONE, box(0, "dog", .5), box(1, "cat", .9), box(2, "dog", .49));
        assertEquals(List.of(1, 0), indices(applied));
        assertEquals(List.of(new Dropped(Dropped.Reason.BELOW_THRESHOLD, 1)), applied.dropped());
    }

    @Test
    void of_thresholdOfALabel_isItsOwnUntilTheRequestReplacesAll() {
        ModelSpec strict = model(new Thresholds(.5, Map.of("cat", .8)), Map.of());
        List<Annotation> found = List.of(box(0, "dog", .6), box(1, "cat", .7));
        assertEquals(List.of(0), indices(AppliedLabeling.of(found, strict, LabelingSpec.NONE, SIZE)));
        LabelingSpec asked = new Wishes().threshold(.65).spec();
        assertEquals(List.of(1), indices(AppliedLabeling.of(found, strict, asked, SIZE)));
    }

    @Test
    void of_wantedClasses_goByTheModelsLabels() {
        LabelingSpec spec =
                new Wishes().classes("cat").mapping(Map.of("cat", "Katze")).spec();
        AppliedLabeling applied = apply(spec, box(0, "dog", .9), box(1, "cat", .8));
        assertEquals("Katze", applied.annotations().getFirst().candidate().label());
        assertEquals(List.of(new Dropped(Dropped.Reason.CLASS_NOT_WANTED, 1)), applied.dropped());
    }

    @Test
    void of_labelWithoutEntryInTheMapping_isDroppedAsUnmapped() {
        AppliedLabeling applied =
                apply(new Wishes().mapping(Map.of("cat", "Katze")).spec(), box(0, "dog", .9), box(1, "cat", .8));
        assertEquals(List.of(1), indices(applied));
        assertEquals(List.of(new Dropped(Dropped.Reason.LABEL_UNMAPPED, 1)), applied.dropped());
    }

    @Test
    void of_ontologyOfTheModel_holdsUntilTheSpecHasAMapping() {
        ModelSpec model = model(Thresholds.of(.5), Map.of("dog", "Hund"));
        List<Annotation> found = List.of(box(0, "dog", .9), box(1, "cat", .8));
        AppliedLabeling byModel = AppliedLabeling.of(found, model, LabelingSpec.NONE, SIZE);
        assertEquals(List.of("Hund"), labels(byModel));
        LabelingSpec own = new Wishes().mapping(Map.of("cat", "Katze")).spec();
        assertEquals(List.of("Katze"), labels(AppliedLabeling.of(found, model, own, SIZE)));
    }

    @Test
    void of_limit_keepsTheBest() {
        AppliedLabeling applied =
                apply(new Wishes().max(1).spec(), box(0, "dog", .6), box(1, "dog", .9), box(2, "dog", .7));
        assertEquals(List.of(1), indices(applied));
        assertEquals(List.of(new Dropped(Dropped.Reason.OVER_LIMIT, 2)), applied.dropped());
    }

    @Test
    void of_geometryThatOneCannotTake_dropsItAndDoesNotCountAgainstTheLimit() {
        Annotation line =
                new Annotation.Polyline(new Candidate(0, "dog", .9), List.of(new Point(1, 1), new Point(5, 9)));
        AppliedLabeling applied =
                apply(new Wishes().max(1).geometry(GeometryKind.MASK).spec(), line, box(1, "dog", .8));
        assertEquals(List.of(1), indices(applied));
        assertEquals(GeometryKind.MASK, applied.annotations().getFirst().kind());
        assertEquals(List.of(new Dropped(Dropped.Reason.GEOMETRY_NOT_EXPRESSIBLE, 1)), applied.dropped());
    }

    @Test
    void of_simplify_isForOutlinesTracedAndGiven() {
        BitMask stairs = new BitMask(SIZE);
        for (int y = 0; y < 20; y++) {
            stairs.setRun(y, 0, 2 * y + 2);
        }
        Annotation mask = new Annotation.Mask(new Candidate(0, "dog", .9), RunLengths.of(stairs));
        Wishes polygons = new Wishes().geometry(GeometryKind.POLYGON);
        int all = corners(apply(polygons.simplify(0).spec(), mask));
        int usual = corners(apply(new Wishes().geometry(GeometryKind.POLYGON).spec(), mask));
        assertEquals(42, all);
        assertTrue(usual < 8);
        Ring bent = new Ring(List.of(new Point(0, 0), new Point(5, .2), new Point(10, 0), new Point(10, 9)));
        Annotation given =
                new Annotation.Polygon(new Candidate(0, "dog", .9), List.of(new PolygonPart(bent, List.of())));
        assertEquals(4, corners(apply(LabelingSpec.NONE, given)));
        assertEquals(3, corners(apply(new Wishes().simplify(1).spec(), given)));
    }

    @Test
    void of_thresholdsOfLabels_standAboveThatOfAll() {
        LabelingSpec spec = wishes(Map.of("cat", .9), Optional.of(.6), Outlining.USUAL, MinimumSize.NONE);
        AppliedLabeling applied = apply(spec, box(0, "cat", .8), box(1, "dog", .7), box(2, "cow", .55));
        assertEquals(List.of(1), indices(applied));
        assertEquals(.6, spec.lowestThreshold(model(Thresholds.of(.5), Map.of())));
        LabelingSpec lower = wishes(Map.of("cow", .1), Optional.empty(), Outlining.USUAL, MinimumSize.NONE);
        assertEquals(.1, lower.lowestThreshold(model(Thresholds.of(.5), Map.of())));
        assertEquals(List.of(0, 1), indices(apply(lower, box(0, "dog", .5), box(1, "cow", .1), box(2, "cat", .1))));
    }

    @Test
    void of_minimumSize_dropsAsTooSmall_andDoesNotCountAgainstTheLimit() {
        LabelingSpec spec = new LabelingSpec(
                "",
                Map.of(),
                Optional.empty(),
                Map.of(),
                Set.of(),
                1,
                Optional.empty(),
                Outlining.USUAL,
                new MinimumSize(21, 0));
        Annotation large = new Annotation.Box(new Candidate(1, "dog", .6), new Rect(1, 2, 30, 21));
        AppliedLabeling applied = apply(spec, box(0, "dog", .9), large);
        assertEquals(List.of(1), indices(applied));
        assertEquals(List.of(new Dropped(Dropped.Reason.TOO_SMALL, 1)), applied.dropped());
    }

    @Test
    void of_minimumIsland_goesFromMasksAndPolygons_andWhatIsNothingElseIsTooSmall() {
        BitMask islands = new BitMask(SIZE);
        islands.setRun(3, 2, 12);
        islands.setRun(8, 40, 43);
        Annotation mask = new Annotation.Mask(new Candidate(0, "dog", .9), RunLengths.of(islands));
        BitMask specks = new BitMask(SIZE);
        specks.setRun(8, 40, 43);
        Annotation speck = new Annotation.Mask(new Candidate(1, "dog", .8), RunLengths.of(specks));
        Annotation polygon = new Annotation.Polygon(
                new Candidate(2, "dog", .7),
                List.of(
                        new PolygonPart(square(0, 0, 10), List.of(square(2, 2, 1), square(5, 5, 3))),
                        new PolygonPart(square(20, 20, 2), List.of())));
        Outlining atLeastFive = new Outlining(Optional.empty(), OptionalInt.empty(), 5, Optional.empty());
        LabelingSpec spec = wishes(Map.of(), Optional.empty(), atLeastFive, MinimumSize.NONE);

        AppliedLabeling applied = apply(spec, mask, speck, polygon);

        assertEquals(List.of(0, 2), indices(applied));
        assertEquals(List.of(new Dropped(Dropped.Reason.TOO_SMALL, 1)), applied.dropped());
        assertEquals(
                10, ((Annotation.Mask) applied.annotations().getFirst()).runs().area());
        List<PolygonPart> parts = ((Annotation.Polygon) applied.annotations().getLast()).parts();
        assertEquals(1, parts.size());
        assertEquals(1, parts.getFirst().holes().size());
        assertEquals(91, parts.getFirst().area());
    }

    @Test
    void of_numberOfVertices_isKept_andSmoothingMakesMore() {
        BitMask disc = new BitMask(SIZE);
        for (int y = 0; y < 41; y++) {
            int half = (int) Math.sqrt(400 - (y - 20) * (y - 20));
            disc.setRun(y, 30 - half, 31 + half);
        }
        Annotation mask = new Annotation.Mask(new Candidate(0, "dog", .9), RunLengths.of(disc));
        Outlining eight = new Outlining(Optional.empty(), OptionalInt.of(8), 1, Optional.empty());
        Outlining rounded = new Outlining(Optional.empty(), OptionalInt.of(8), 1, Optional.of(1.0));

        assertTrue(corners(apply(polygons(eight), mask)) <= 8);
        assertTrue(corners(apply(polygons(rounded), mask)) > 8);
        AppliedLabeling given = apply(
                polygons(eight),
                apply(polygons(Outlining.USUAL), mask).annotations().getFirst());
        assertTrue(corners(given) <= 8);
    }

    private static Ring square(double x, double y, double side) {
        return new Ring(List.of(
                new Point(x, y), new Point(x + side, y), new Point(x + side, y + side), new Point(x, y + side)));
    }

    private static LabelingSpec polygons(Outlining outlining) {
        return new LabelingSpec(
                "",
                Map.of(),
                Optional.empty(),
                Map.of(),
                Set.of(),
                LabelingSpec.DEFAULT_MAX,
                Optional.of(GeometryKind.POLYGON),
                outlining,
                MinimumSize.NONE);
    }

    private static LabelingSpec wishes(
            Map<String, Double> thresholds, Optional<Double> threshold, Outlining outlining, MinimumSize minimum) {
        return new LabelingSpec(
                "",
                Map.of(),
                threshold,
                thresholds,
                Set.of(),
                LabelingSpec.DEFAULT_MAX,
                Optional.empty(),
                outlining,
                minimum);
    }

    @Property(tries = 200)
    void of_anything_losesNothingUncounted(@ForAll long seed) {
        Random random = new Random(seed);
        List<Annotation> found = new ArrayList<>();
        for (int i = 0; i < random.nextInt(40); i++) {
            found.add(box(i, List.of("dog", "cat", "cow").get(random.nextInt(3)), random.nextInt(101) / 100.0));
        }
        LabelingSpec spec = new Wishes()
                .max(1 + random.nextInt(10))
                .mapping(random.nextBoolean() ? Map.of() : Map.of("dog", "d", "cow", "c"))
                .classes(random.nextBoolean() ? new String[0] : new String[] {"dog", "cat"})
                .spec();
        AppliedLabeling applied = AppliedLabeling.of(found, model(Thresholds.of(.5), Map.of()), spec, SIZE);
        int dropped = applied.dropped().stream().mapToInt(Dropped::count).sum();
        assertEquals(found.size(), applied.annotations().size() + dropped);
        List<Annotation> shuffled = new ArrayList<>(found);
        Collections.shuffle(shuffled, random);
        assertEquals(applied, AppliedLabeling.of(shuffled, model(Thresholds.of(.5), Map.of()), spec, SIZE));
    }

    /// A labeling spec wish by wish.
    private static final class Wishes {
        private Map<String, String> mapping = Map.of();
        private Optional<Double> threshold = Optional.empty();
        private Set<String> classes = Set.of();
        private int max = LabelingSpec.DEFAULT_MAX;
        private Optional<GeometryKind> geometry = Optional.empty();
        private Optional<Double> simplify = Optional.empty();

        Wishes mapping(Map<String, String> wanted) {
            mapping = wanted;
            return this;
        }

        Wishes threshold(double wanted) {
            threshold = Optional.of(wanted);
            return this;
        }

        Wishes classes(String... wanted) {
            classes = Set.of(wanted);
            return this;
        }

        Wishes max(int wanted) {
            max = wanted;
            return this;
        }

        Wishes geometry(GeometryKind wanted) {
            geometry = Optional.of(wanted);
            return this;
        }

        Wishes simplify(double wanted) {
            simplify = Optional.of(wanted);
            return this;
        }

        LabelingSpec spec() {
            return new LabelingSpec("", mapping, threshold, classes, max, geometry, simplify);
        }
    }

    private static AppliedLabeling apply(LabelingSpec spec, Annotation... found) {
        return AppliedLabeling.of(List.of(found), model(Thresholds.of(.5), Map.of()), spec, SIZE);
    }

    private static Annotation box(int index, String label, double score) {
        return new Annotation.Box(new Candidate(index, label, score), new Rect(1, 2, 30, 20));
    }

    @Test
    void labelsOfAModel_areThoseThatAnswersCarry_withTheLowestThresholdOfTheirClasses() {
        Thresholds thresholds = new Thresholds(0.5, Map.of("dog", 0.25, "cow", 0.75));

        ModelSpec plain = model(thresholds, Map.of());
        ModelSpec mapped = model(thresholds, Map.of("dog", "pet", "cat", "pet"));

        assertEquals(List.of("dog", "cat", "cow"), plain.labels(plain.classes()));
        assertEquals(0.75, plain.threshold("cow"));
        assertEquals(0.5, plain.threshold("cat"));
        assertEquals(List.of("pet"), mapped.labels(mapped.classes()));
        assertEquals(0.25, mapped.threshold("pet"));
    }

    private static List<Integer> indices(AppliedLabeling applied) {
        return applied.annotations().stream().map(a -> a.candidate().index()).toList();
    }

    private static List<String> labels(AppliedLabeling applied) {
        return applied.annotations().stream().map(a -> a.candidate().label()).toList();
    }

    private static int corners(AppliedLabeling applied) {
        Annotation.Polygon polygon = (Annotation.Polygon) applied.annotations().getFirst();
        return polygon.parts().getFirst().outer().points().size();
    }

    private static ModelSpec model(Thresholds thresholds, Map<String, String> ontology) {
        InputSpec input = new InputSpec(
                "image",
                new SizeRule.Fixed(new ImageSize(8, 8)),
                InputSpec.Resize.STRETCH,
                InputSpec.Sampling.HALF_PIXEL,
                0,
                InputSpec.ColorOrder.GRAY,
                InputSpec.Layout.NCHW,
                ElementType.FLOAT32,
                1,
                List.of(0.0),
                List.of(1.0));
        return new ModelSpec(
                "ssd",
                List.of(new StageSpec(StageSpec.MAIN, input, Map.of(), 1)),
                List.of("dog", "cat", "cow"),
                thresholds,
                Suppression.STANDARD,
                ontology);
    }
}
