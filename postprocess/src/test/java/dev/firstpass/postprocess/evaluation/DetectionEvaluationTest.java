package dev.firstpass.postprocess.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Average precision is held against pycocotools in [CocoFiguresTest]; this is about the rest.
final class DetectionEvaluationTest {
    private static final ImageSize SIZE = new ImageSize(1000, 1000);
    private static final Rect PLACE = new Rect(100, 100, 100, 100);
    private static final Rect NEAR = new Rect(101, 99, 100, 102);
    private static final Rect OFF = new Rect(110, 100, 100, 100);
    private static final Rect ELSEWHERE = new Rect(600, 600, 50, 50);
    private static final ClassMap CLASSES =
            ClassMap.of(List.of("cat", "dog", "cow"), List.of("cat", "dog", "hen"), List.of());

    private final DetectionEvaluation boxes = new DetectionEvaluation(CLASSES, Compared.BOXES);

    @Test
    void edits_ofEachKind_areTold() {
        assertEquals(new Edits(1, 0, 0, 0, 0), edits(label("cat", PLACE), finding("cat", NEAR, 0.9)));
        assertEquals(new Edits(0, 1, 0, 0, 0), edits(label("cat", PLACE), finding("cat", OFF, 0.9)));
        assertEquals(new Edits(0, 0, 1, 0, 0), edits(label("cat", PLACE), finding("dog", NEAR, 0.9)));
        assertEquals(new Edits(0, 0, 0, 1, 1), edits(label("cat", PLACE), finding("cat", ELSEWHERE, 0.9)));
        assertEquals(new Edits(0, 0, 0, 0, 1), edits(label("cat", PLACE), finding("cat", NEAR, 0.4)), "not shown");
        assertEquals(new Edits(0, 0, 0, 0, 0), edits(crowd("cat", PLACE), finding("cat", NEAR, 0.9)));
        assertEquals(5, boxes.figures().edits().labels(), "a crowd is no label to be drawn");
    }

    @Test
    void edits_ofTwoFindingsOnOneLabel_keepTheOneOfItsClass() {
        Edits edits = boxes.add(
                SIZE,
                List.of(label("cat", PLACE)),
                List.of(finding("dog", PLACE, 0.99), finding("cat", OFF, 0.6)),
                DetectionEvaluationTest::isShown);

        assertEquals(new Edits(0, 1, 0, 1, 0), edits);
    }

    @Test
    void shown_atTheThreshold_countsWhatPeopleSee() {
        boxes.add(
                SIZE,
                List.of(label("cat", PLACE), label("cat", ELSEWHERE)),
                List.of(finding("cat", NEAR, 0.9), finding("cat", OFF, 0.8), finding("cat", ELSEWHERE, 0.3)),
                DetectionEvaluationTest::isShown);

        ClassFigures cat = boxes.figures().classes().getFirst();

        assertEquals(1, cat.shown().hits());
        assertEquals(1, cat.shown().extra());
        assertEquals(1, cat.shown().missed());
        assertEquals(PLACE.iou(NEAR), cat.shown().meanOverlap().orElseThrow());
        assertEquals(0.5, cat.shown().f1().orElseThrow());
        assertEquals(OptionalDouble.of(0.3), cat.bestThreshold(), "one more hit is worth it");
        assertEquals(2 * 2.0 / (3 + 2), cat.bestF1().orElseThrow());
    }

    @Test
    void bestThreshold_amongEqualScores_takesAllOfThem() {
        boxes.add(
                SIZE,
                List.of(label("cat", PLACE), label("cat", ELSEWHERE)),
                List.of(
                        finding("cat", NEAR, 0.5),
                        finding("cat", new Rect(0, 0, 9, 9), 0.5),
                        finding("cat", new Rect(20, 0, 9, 9), 0.5),
                        finding("cat", new Rect(40, 0, 9, 9), 0.2)),
                DetectionEvaluationTest::isShown);

        ClassFigures cat = boxes.figures().classes().getFirst();

        assertEquals(OptionalDouble.of(0.5), cat.bestThreshold());
        assertEquals(2.0 / (3 + 2), cat.bestF1().orElseThrow());
    }

    @Test
    void classes_ofOneSideOnly_areLeftOutAndCounted() {
        boxes.add(
                SIZE,
                List.of(label("cow", PLACE), label("cat", ELSEWHERE)),
                List.of(finding("hen", PLACE, 0.9), finding("hen", PLACE, 0.1), finding("cat", ELSEWHERE, 0.9)),
                DetectionEvaluationTest::isShown);

        DetectionFigures figures = boxes.figures();

        assertEquals(Map.of("cow", 1L), figures.labelsLeftOut());
        assertEquals(Map.of("hen", 1L), figures.findingsLeftOut(), "of those that people see");
        assertEquals(1, figures.ap().orElseThrow(), 1e-12, "no dog is labelled");
        assertEquals(new Edits(1, 0, 0, 0, 0), figures.edits());
    }

    @Test
    void empty_always_hasNoFigures() {
        boxes.add(SIZE, List.of(), List.of(), DetectionEvaluationTest::isShown);

        assertEquals(OptionalDouble.empty(), boxes.figures().ap());
        assertEquals(OptionalDouble.empty(), boxes.figures().shown().f1());
        assertEquals(1, boxes.figures().images());
    }

    @Test
    void holes_ofFindings_countInShapes() {
        DetectionEvaluation shapes = new DetectionEvaluation(CLASSES, Compared.SHAPES);
        PolygonPart frame =
                new PolygonPart(new Ring(PLACE.corners()), List.of(new Ring(new Rect(110, 110, 80, 80).corners())));
        Annotation found = new Annotation.Polygon(new Candidate(0, "cat", 0.9), List.of(frame));

        Edits edits = shapes.add(SIZE, List.of(label("cat", PLACE)), List.of(found), DetectionEvaluationTest::isShown);

        assertEquals(new Edits(0, 0, 0, 1, 1), edits, "it covers little more than a third");
    }

    @Test
    void confusions_withWhatIsNotThere_areCounted() {
        boxes.add(
                SIZE,
                List.of(label("cat", PLACE), label("dog", ELSEWHERE), crowd("dog", new Rect(0, 0, 50, 50))),
                List.of(
                        finding("dog", NEAR, 0.9),
                        finding("dog", new Rect(0, 0, 40, 40), 0.9),
                        finding("cat", new Rect(300, 300, 9, 9), 0.9),
                        finding("cat", ELSEWHERE, 0.4)),
                DetectionEvaluationTest::isShown);
        boxes.add(
                SIZE,
                List.of(label("cat", PLACE)),
                List.of(finding("cat", NEAR, 0.9)),
                DetectionEvaluationTest::isShown);

        assertEquals(
                Map.of(
                        new DetectionFigures.Confusion(Optional.of("cat"), Optional.of("dog")), 1L,
                        new DetectionFigures.Confusion(Optional.of("dog"), Optional.empty()), 1L,
                        new DetectionFigures.Confusion(Optional.empty(), Optional.of("cat")), 1L,
                        new DetectionFigures.Confusion(Optional.of("cat"), Optional.of("cat")), 1L),
                boxes.figures().confusions());
    }

    @Test
    void intervals_ofFewImages_areNone() {
        for (int i = 0; i < 9; i++) {
            boxes.add(
                    SIZE,
                    List.of(label("cat", PLACE)),
                    List.of(finding("cat", NEAR, 0.9)),
                    DetectionEvaluationTest::isShown);
        }

        assertEquals(Optional.empty(), boxes.intervals().all().ap());
        assertEquals(Optional.empty(), boxes.intervals().apAbove(boxes.intervals()));
        assertEquals(2, boxes.intervals().classes().size());
    }

    @Test
    void intervals_ofAClassInFewImages_areNone() {
        for (int i = 0; i < 12; i++) {
            boxes.add(
                    SIZE,
                    i < 9 ? List.of(label("cat", PLACE), label("dog", ELSEWHERE)) : List.of(label("cat", PLACE)),
                    List.of(finding("cat", PLACE, 0.9)),
                    DetectionEvaluationTest::isShown);
        }
        DetectionIntervals ofNine = boxes.intervals();
        boxes.add(SIZE, List.of(), List.of(finding("dog", PLACE, 0.9)), DetectionEvaluationTest::isShown);
        DetectionIntervals ofTen = boxes.intervals();

        assertEquals(new Interval(1, 1), ofNine.classes().getFirst().recall().orElseThrow());
        assertEquals(DetectionIntervals.OfFigures.NONE, ofNine.classes().get(1));
        assertEquals(new Interval(0, 0), ofTen.classes().get(1).recall().orElseThrow());
    }

    @Test
    void intervals_areThoseOfDrawnImages() {
        for (int i = 0; i < 100; i++) {
            boxes.add(
                    SIZE,
                    List.of(label("cat", PLACE)),
                    List.of(finding("cat", i % 4 == 0 ? ELSEWHERE : PLACE, 0.9)),
                    DetectionEvaluationTest::isShown);
        }

        DetectionIntervals intervals = boxes.intervals();

        // Three of four are found: the share of hits in a draw is binomial, its 95 % from 0.66 to 0.83.
        Interval recall = intervals.classes().getFirst().recall().orElseThrow();
        assertEquals(0.66, recall.low(), 0.02);
        assertEquals(0.83, recall.high(), 0.02);
        assertEquals(intervals.classes().getFirst(), intervals.all(), "the dog has no labels");
        assertEquals(intervals.all().precision(), intervals.all().recall());
        assertEquals(DetectionIntervals.OfFigures.NONE, intervals.classes().get(1));
        assertEquals(boxes.intervals(), intervals, "the same each time");
        assertEquals(Optional.of(new Interval(0, 0)), intervals.apAbove(boxes.intervals()));
    }

    /// Drawing an image twice is the same as having it twice.
    @Test
    void draw_ofEachImageTwice_hasTheFiguresOfThoseImages() {
        Random random = new Random(7);
        ClassRecord once = new ClassRecord();
        ClassRecord twice = new ClassRecord();
        for (int image = 0; image < 40; image++) {
            int labels = random.nextInt(3);
            int found = random.nextInt(4);
            int[] perRange = {labels, labels, 0, 0};
            ClassFigures.Shown shown = new ClassFigures.Shown(Math.min(labels, found), 1, 2, 0.5);
            once.addImage(new ClassRecord.InImage(image, perRange, shown));
            twice.addImage(new ClassRecord.InImage(2 * image, perRange, shown));
            twice.addImage(new ClassRecord.InImage(2 * image + 1, perRange, shown));
            for (int i = 0; i < found; i++) {
                double score = random.nextInt(1000) / 1000.0;
                int bits = i < labels ? random.nextInt(1024) : 0;
                int[] right = {bits, bits, 0, 0};
                once.addFinding(image, score, right, new int[4]);
                twice.addFinding(2 * image, score, right, new int[4]);
                twice.addFinding(2 * image + 1, score, right, new int[4]);
            }
        }
        int[] times = new int[40];
        Arrays.fill(times, 2);
        ClassRecord.Drawn drawn = once.new Draws().of(times);
        ClassFigures figures = twice.figures("cat");

        assertEquals(figures.ap().orElseThrow(), drawn.ap(), 0.01, "but for the order among equal scores");
        assertEquals(figures.shown(), drawn.shown());
        Arrays.fill(times, 1);
        assertEquals(
                once.figures("cat").ap().orElseThrow(),
                once.new Draws().of(times).ap());
    }

    @Test
    void figures_ofEachSize_areOfLabelsOfThatSize() {
        boxes.add(
                SIZE,
                List.of(
                        label("cat", PLACE),
                        label("cat", new Rect(600, 600, 20, 20)),
                        label("cat", new Rect(0, 0, 50, 50))),
                List.of(finding("cat", PLACE, 0.9), finding("cat", new Rect(600, 600, 20, 20), 0.8)),
                DetectionEvaluationTest::isShown);

        DetectionFigures figures = boxes.figures();

        assertEquals(1, figures.ap(SizeRange.LARGE).orElseThrow(), 1e-9);
        assertEquals(1, figures.ap(SizeRange.SMALL).orElseThrow(), 1e-9);
        assertEquals(0, figures.ap(SizeRange.MEDIUM).orElseThrow(), 1e-9);
        assertEquals(1, figures.labels(SizeRange.SMALL));
        assertEquals(
                OptionalDouble.empty(),
                figures.classes().get(1).of(SizeRange.SMALL).ap());
    }

    private Edits edits(TrueLabel label, Annotation finding) {
        return boxes.add(SIZE, List.of(label), List.of(finding), DetectionEvaluationTest::isShown);
    }

    private static boolean isShown(Annotation finding) {
        return finding.candidate().score() >= 0.5;
    }

    private static TrueLabel label(String name, Rect box) {
        return new TrueLabel(new Annotation.Box(new Candidate(0, name, 0), box), Optional.of(box), false);
    }

    private static TrueLabel crowd(String name, Rect box) {
        return new TrueLabel(new Annotation.Box(new Candidate(0, name, 0), box), Optional.of(box), true);
    }

    private static Annotation finding(String name, Rect box, double score) {
        return new Annotation.Box(new Candidate(0, name, score), box);
    }
}
