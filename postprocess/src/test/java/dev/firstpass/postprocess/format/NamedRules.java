package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Conversion;
import dev.firstpass.postprocess.annotation.Conversions;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.geometry.Clipping;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/// What each rule that a writer can report makes of an annotation, said a second time, without the writers.
///
/// Pure functions.
final class NamedRules {
    /// By name, in the order in which rules are applied where an annotation needs several.
    private static final Map<String, BiFunction<Annotation, ImageSize, List<Annotation>>> RULES = rules();

    private NamedRules() {}

    /// @throws AssertionError if one of them is no rule
    static List<Annotation> apply(Set<String> rules, Annotation annotation, ImageSize size) {
        List<Annotation> all = List.of(annotation);
        List<String> unknown =
                rules.stream().filter(rule -> !RULES.containsKey(rule)).toList();
        if (!unknown.isEmpty()) {
            throw new AssertionError("rules that are not named in the test: " + unknown);
        }
        for (Map.Entry<String, BiFunction<Annotation, ImageSize, List<Annotation>>> rule : RULES.entrySet()) {
            if (rules.contains(rule.getKey())) {
                List<Annotation> next = new ArrayList<>();
                all.forEach(one -> next.addAll(rule.getValue().apply(one, size)));
                all = next;
            }
        }
        return all;
    }

    private static Map<String, BiFunction<Annotation, ImageSize, List<Annotation>>> rules() {
        Map<String, BiFunction<Annotation, ImageSize, List<Annotation>>> rules = new LinkedHashMap<>();
        for (String mask : List.of("rle", "brush", "mask")) {
            rules.put("polygon-with-holes-to-" + mask, (one, size) -> List.of(to(GeometryKind.MASK, one, size)));
        }
        for (GeometryKind from : GeometryKind.values()) {
            for (GeometryKind to : GeometryKind.values()) {
                if (from != to) {
                    rules.put(from.id() + "-to-" + to.id(), (one, size) -> List.of(to(to, one, size)));
                }
            }
        }
        rules.put("clipped-to-image", NamedRules::clipped);
        rules.put("polygon-holes-filled", (one, _) -> List.of(filled((Annotation.Polygon) one)));
        rules.put("polygon-holes-bridged", (one, _) -> List.of(bridged((Annotation.Polygon) one)));
        for (String places : List.of("lines", "regions", "annotations")) {
            rules.put("polygon-parts-to-" + places, (one, _) -> parts((Annotation.Polygon) one));
        }
        rules.put("absent-joints-left-out", (one, _) -> List.of(withoutAbsentJoints((Annotation.Keypoints) one)));
        rules.put("keypoints-to-points", (one, _) -> points((Annotation.Keypoints) one));
        rules.put("keypoints-to-joints-in-box", (one, _) -> List.of(presentJoints((Annotation.Keypoints) one)));
        rules.put(
                "bounds-in-image",
                (one, size) -> List.of(to(GeometryKind.ROTATED_BOX, to(GeometryKind.BOX, one, size), size)));
        rules.put("clamped-to-image", (one, size) -> List.of(clamped(one, size)));
        rules.put("floored-to-pixels", (one, size) -> List.of(WholePixels.of(one, size)));
        rules.put("attributes-left-out", (one, _) -> List.of(with(one, NamedRules::withoutAttributes)));
        rules.put("score-left-out", (one, _) -> List.of(with(one, NamedRules::withoutScore)));
        rules.put("joint-scores-left-out", (one, _) -> List.of(withoutJointScores((Annotation.Keypoints) one)));
        return rules;
    }

    private static Annotation to(GeometryKind kind, Annotation annotation, ImageSize size) {
        if (!(Conversions.to(kind, annotation, size, 0) instanceof Conversion.Converted converted)) {
            throw new AssertionError(annotation + " as " + kind);
        }
        return converted.annotation();
    }

    private static Annotation filled(Annotation.Polygon polygon) {
        return new Annotation.Polygon(
                polygon.candidate(),
                polygon.parts().stream()
                        .map(part -> new PolygonPart(part.outer(), List.of()))
                        .toList());
    }

    private static Annotation bridged(Annotation.Polygon polygon) {
        return new Annotation.Polygon(
                polygon.candidate(),
                polygon.parts().stream()
                        .map(part -> part.holes().isEmpty() ? part : new PolygonPart(Bridges.bridged(part), List.of()))
                        .toList());
    }

    private static List<Annotation> parts(Annotation.Polygon polygon) {
        return polygon.parts().stream()
                .<Annotation>map(part -> new Annotation.Polygon(polygon.candidate(), List.of(part)))
                .toList();
    }

    private static Annotation.Keypoints withoutAbsentJoints(Annotation.Keypoints keypoints) {
        return new Annotation.Keypoints(
                keypoints.candidate(),
                keypoints.points().stream()
                        .filter(joint -> joint.visibility() != Keypoint.Visibility.ABSENT)
                        .toList());
    }

    private static List<Annotation> points(Annotation.Keypoints keypoints) {
        return presentJoints(keypoints).points().stream()
                .<Annotation>map(joint -> new Annotation.Keypoints(
                        new Candidate(
                                keypoints.candidate().index(),
                                joint.name(),
                                joint.score(),
                                keypoints.candidate().attributes()),
                        List.of(joint)))
                .toList();
    }

    private static Annotation.Keypoints presentJoints(Annotation.Keypoints keypoints) {
        return new Annotation.Keypoints(
                keypoints.candidate(),
                keypoints.points().stream()
                        .filter(joint -> joint.visibility() != Keypoint.Visibility.ABSENT)
                        .map(joint ->
                                new Keypoint(joint.name(), joint.at(), Keypoint.Visibility.VISIBLE, joint.score()))
                        .toList());
    }

    private static List<Annotation> clipped(Annotation annotation, ImageSize size) {
        return switch (annotation) {
            case Annotation.Box box ->
                List.of(new Annotation.Box(box.candidate(), box.box().clippedTo(size)));
            case Annotation.Polygon polygon ->
                List.of(new Annotation.Polygon(polygon.candidate(), Clipping.clipped(polygon.parts(), size)));
            case Annotation.RotatedBox _,
                    Annotation.Mask _,
                    Annotation.Polyline _,
                    Annotation.Keypoints _,
                    Annotation.Classification _ -> List.of(annotation);
        };
    }

    private static Annotation clamped(Annotation annotation, ImageSize size) {
        UnaryOperator<Point> clamp =
                point -> new Point(Math.clamp(point.x(), 0.0, size.width()), Math.clamp(point.y(), 0.0, size.height()));
        return switch (annotation) {
            case Annotation.Polyline line ->
                new Annotation.Polyline(
                        line.candidate(), line.points().stream().map(clamp).toList());
            case Annotation.Keypoints keypoints ->
                new Annotation.Keypoints(
                        keypoints.candidate(),
                        keypoints.points().stream()
                                .map(joint -> new Keypoint(
                                        joint.name(), clamp.apply(joint.at()), joint.visibility(), joint.score()))
                                .toList());
            case Annotation.Box _,
                    Annotation.RotatedBox _,
                    Annotation.Polygon _,
                    Annotation.Mask _,
                    Annotation.Classification _ -> throw new AssertionError("clamped: " + annotation);
        };
    }

    private static Annotation with(Annotation annotation, UnaryOperator<Candidate> change) {
        return annotation.withCandidate(change.apply(annotation.candidate()));
    }

    private static Candidate withoutAttributes(Candidate candidate) {
        return new Candidate(candidate.index(), candidate.label(), candidate.score());
    }

    private static Candidate withoutScore(Candidate candidate) {
        return new Candidate(candidate.index(), candidate.label(), 1, candidate.attributes());
    }

    private static Annotation withoutJointScores(Annotation.Keypoints keypoints) {
        return new Annotation.Keypoints(
                keypoints.candidate(),
                keypoints.points().stream()
                        .map(joint -> new Keypoint(
                                joint.name(),
                                joint.at(),
                                joint.visibility(),
                                joint.visibility() == Keypoint.Visibility.ABSENT ? 0 : 1))
                        .toList());
    }
}
