package dev.firstpass.postprocess.family;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.CocoRle;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.RotatedRect;
import dev.firstpass.postprocess.geometry.RunLengths;
import dev.firstpass.postprocess.spec.LabelingSpec;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.Prompt;
import dev.firstpass.postprocess.spec.Suppression;
import dev.firstpass.postprocess.spec.Thresholds;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every family against what the models' own libraries make of the same outputs: postprocess/src/test/exports/README.md says
/// how the cases came about.
final class FamilyGoldenTest {
    private static final double PIXELS = 0.01;
    private static final double SCORE = 1e-5;

    /// Cases of families that exist.
    static Stream<GoldenCase> cases() {
        return GoldenCase.all().stream()
                .filter(one -> ModelFamilies.byId(one.family()).isPresent());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void recognise_realExport_asksNothingThatTheFileTells(GoldenCase one) {
        Recognition recognition = recognised(one);
        assertEquals(one.family(), recognition.spec().family());
        Set<String> expected = new HashSet<>();
        one.answer().path("questions").forEach(key -> expected.add(key.asText()));
        assertEquals(
                expected,
                recognition.questions().keySet(),
                () -> recognition.questions().toString());
        family(one).check(spec(one));
        family(one)
                .checkOutputs(spec(one), spec(one).firstStage(), one.signature().outputs());
    }

    /// The surest of all families, as at registration.
    private static Recognition recognised(GoldenCase one) {
        List<Recognition> all = ModelFamilies.STANDARD.stream()
                .flatMap(family -> family.recognise(one.signature()).stream())
                .sorted((a, b) -> Double.compare(b.confidence(), a.confidence()))
                .toList();
        assertTrue(!all.isEmpty(), "recognised by no family");
        assertTrue(all.size() == 1 || all.get(0).confidence() > all.get(1).confidence(), "two families are as sure");
        return all.getFirst();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void interpret_realOutputs_isTheLibrarysAnswer(GoldenCase one) {
        ModelSpec spec = spec(one);
        List<Annotation> found = found(one);
        List<JsonNode> expected =
                new ArrayList<>(one.answer().path("annotations").valueStream().toList());
        assertTrue(expected.size() >= one.answer().path("least").asInt(20), "too few to tell anything");
        Map<String, Integer> classes = new HashMap<>();
        IntStream.range(0, spec.classes().size())
                .forEach(index -> classes.putIfAbsent(spec.classes().get(index), index));
        assertEquals(expected.size(), found.size());
        assertEquals(
                found.size(),
                found.stream().map(a -> a.candidate().index()).distinct().count());
        double least = one.answer().path("maskIou").asDouble(1);
        for (Annotation annotation : found) {
            int index = classes.getOrDefault(annotation.candidate().label(), -1);
            JsonNode match = expected.stream()
                    .filter(wanted -> wanted.path("class").asInt() == index && matches(annotation, wanted, least))
                    .findFirst()
                    .orElseThrow(
                            () -> new AssertionError("not in the library's answer: " + shown(annotation, expected)));
            expected.remove(match);
        }
        assertEquals(List.of(), expected);
    }

    /// What the family finds, at the threshold that the library was told.
    static List<Annotation> found(GoldenCase one) {
        ModelSpec spec = spec(one);
        double threshold = one.answer().path("threshold").asDouble();
        LabelingSpec labeling = new LabelingSpec(
                "", Map.of(), Optional.of(threshold), Set.of(), 300, Optional.empty(), Optional.empty());
        FamilyInput input = new FamilyInput(spec, spec.firstStage().name(), List.of(), new Prompt.None(), labeling);
        return FamilyInputs.done(family(one), one.outputs(), one.transform(), input).stream()
                .filter(annotation -> annotation.candidate().score() >= threshold)
                .toList();
    }

    /// The annotation, and what there is of about its score.
    private static String shown(Annotation annotation, List<JsonNode> expected) {
        return annotation + "; of its score: "
                + expected.stream()
                        .filter(wanted -> isScore(annotation, wanted))
                        .toList();
    }

    private static boolean isScore(Annotation annotation, JsonNode wanted) {
        return isNear(annotation.candidate().score(), wanted.path("score").asDouble(), SCORE);
    }

    private static boolean matches(Annotation annotation, JsonNode wanted, double maskIou) {
        if (!isScore(annotation, wanted)) {
            return false;
        }
        return switch (annotation) {
            case Annotation.Box box -> isBox(box.box(), wanted.path("box"));
            case Annotation.RotatedBox box -> isRotated(box.box(), wanted.path("rotated"));
            case Annotation.Mask mask -> isMask(mask.runs(), wanted.path("mask"), maskIou);
            case Annotation.Keypoints joints ->
                isJoints(joints.points(), wanted.path("keypoints"))
                        && (wanted.path("box").isMissingNode()
                                || joints.box()
                                        .filter(box -> isBox(box, wanted.path("box")))
                                        .isPresent());
            case Annotation.Polygon polygon ->
                isPoints(polygon.parts().getFirst().outer().points(), wanted.path("polygon"));
            case Annotation.Polyline line -> isPoints(line.points(), wanted.path("polyline"));
            case Annotation.Classification _ -> true;
        };
    }

    private static boolean isBox(Rect box, JsonNode corners) {
        return isNear(box.x(), corners.path(0).asDouble(), PIXELS)
                && isNear(box.y(), corners.path(1).asDouble(), PIXELS)
                && isNear(box.right(), corners.path(2).asDouble(), PIXELS)
                && isNear(box.bottom(), corners.path(3).asDouble(), PIXELS);
    }

    /// By corners: a rectangle has several angles. Centre, sides, radians.
    private static boolean isRotated(RotatedRect box, JsonNode said) {
        RotatedRect wanted = new RotatedRect(
                said.path(0).asDouble(),
                said.path(1).asDouble(),
                said.path(2).asDouble(),
                said.path(3).asDouble(),
                Math.toDegrees(said.path(4).asDouble()));
        return box.corners().stream()
                .allMatch(corner -> wanted.corners().stream()
                        .anyMatch(other -> Math.hypot(corner.x() - other.x(), corner.y() - other.y()) <= 2 * PIXELS));
    }

    private static boolean isMask(RunLengths runs, JsonNode said, double least) {
        RunLengths wanted = CocoRle.decode(said.path("counts").asText(), runs.size());
        if (runs.equals(wanted)) {
            return true;
        }
        BitMask first = runs.toBitMask();
        BitMask second = wanted.toBitMask();
        long both = 0;
        for (int y = 0; y < runs.size().height(); y++) {
            for (int x = 0; x < runs.size().width(); x++) {
                both += first.get(x, y) && second.get(x, y) ? 1 : 0;
            }
        }
        double iou = (double) both / (first.area() + second.area() - both);
        return iou >= least;
    }

    /// A joint's position counts only where it is there.
    private static boolean isJoints(List<Keypoint> joints, JsonNode said) {
        boolean same = joints.size() == said.size();
        for (int i = 0; same && i < joints.size(); i++) {
            Keypoint joint = joints.get(i);
            JsonNode wanted = said.get(i);
            same = isNear(joint.at().x(), wanted.path(0).asDouble(), PIXELS)
                    && isNear(joint.at().y(), wanted.path(1).asDouble(), PIXELS)
                    && (wanted.size() < 3
                            || isNear(joint.score(), wanted.path(2).asDouble(), SCORE));
        }
        return same;
    }

    private static boolean isPoints(List<Point> points, JsonNode said) {
        boolean same = points.size() == said.size();
        for (int i = 0; same && i < points.size(); i++) {
            same = isNear(points.get(i).x(), said.get(i).path(0).asDouble(), PIXELS)
                    && isNear(points.get(i).y(), said.get(i).path(1).asDouble(), PIXELS);
        }
        return same;
    }

    private static boolean isNear(double value, double wanted, double most) {
        return Math.abs(value - wanted) <= most;
    }

    private static ModelFamily family(GoldenCase one) {
        return ModelFamilies.byId(one.family()).orElseThrow();
    }

    /// As recognised, with the figures that the library was told, and what the case says of what no file tells.
    private static ModelSpec spec(GoldenCase one) {
        ModelSpec spec = recognised(one).spec();
        JsonNode answer = one.answer();
        Suppression suppression = new Suppression(
                answer.path("iou").asDouble(spec.suppression().iou()),
                spec.suppression().perClass(),
                answer.path("limit").asInt(spec.suppression().limit()));
        List<String> classes = answer.path("classes").isArray()
                ? answer.path("classes").valueStream().map(JsonNode::asText).toList()
                : spec.classes();
        Map<String, String> parameters = new HashMap<>(spec.parameters());
        answer.path("parameters")
                .properties()
                .forEach(
                        entry -> parameters.put(entry.getKey(), entry.getValue().asText()));
        return new ModelSpec(
                spec.family(),
                spec.stages(),
                classes,
                Thresholds.of(answer.path("threshold").asDouble()),
                suppression,
                Map.of(),
                parameters);
    }
}
