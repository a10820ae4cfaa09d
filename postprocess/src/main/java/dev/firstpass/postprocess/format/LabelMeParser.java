package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.geometry.Ellipse;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A file of LabelMe or X-AnyLabeling, [LabelMeFormat].
///
/// Polygons of one group and label are the parts of one. Points in the group of a rectangle are the joints of one figure, which has the
/// rectangle's label; other points are each a joint of its own name. A flag that is set is an attribute of value 1, at the file's
/// root a label of the image; `difficult` is an attribute too. Circles are read as polygons.
///
/// Stateless.
final class LabelMeParser implements LabelFileParser {
    /// How far a circle's polygon may be from it, in pixels.
    private static final double CIRCLE_TOLERANCE = 0.1;

    @Override
    public boolean isNamed(String name) {
        return JsonFiles.isNamed(name);
    }

    @Override
    public boolean recognises(byte[] content) {
        return JsonFiles.root(content).filter(LabelMeParser::isLabelMe).isPresent();
    }

    private static boolean isLabelMe(JsonNode root) {
        return root.path("shapes").isArray() && root.path("imagePath").isTextual();
    }

    @Override
    public LabelFile parse(byte[] content, Optional<ImageSize> size) {
        JsonNode root = JsonFiles.root(content)
                .filter(LabelMeParser::isLabelMe)
                .orElseThrow(
                        () -> new DataSetException("no shapes and imagePath (expected: LabelMe's labels of an image)"));
        Optional<ImageSize> said = LabelJson.size(root.path("imageWidth"), root.path("imageHeight"));
        Notes notes = new Notes();
        GroupedPolygons labels = new GroupedPolygons();
        Map<String, List<JsonNode>> joints = joints(root.path("shapes"));
        int number = 0;
        for (JsonNode shape : root.path("shapes")) {
            String group = group(shape);
            boolean isJoint = shape.path("shape_type").asText().equals("point") && joints.containsKey(group);
            if (!isJoint) {
                try {
                    Candidate candidate = candidate(shape, labels.size());
                    List<JsonNode> own = shape.path("shape_type").asText().equals("rectangle")
                            ? joints.getOrDefault(group, List.of())
                            : List.of();
                    if (own.isEmpty()) {
                        Optional<Annotation> annotation = annotation(shape, candidate, said.or(() -> size), notes);
                        annotation.ifPresent(one -> labels.add(one, group));
                    } else {
                        labels.add(figure(candidate, shape, own));
                    }
                } catch (DataSetException | IllegalArgumentException e) {
                    throw new DataSetException("shape " + number + ": " + e.getMessage(), e);
                }
            }
            number++;
        }
        for (Map.Entry<String, JsonNode> flag : root.path("flags").properties()) {
            if (flag.getValue().asBoolean()) {
                labels.add(new Annotation.Classification(new Candidate(labels.size(), flag.getKey(), 1)));
            }
        }
        String path = root.path("imagePath").asText();
        return new LabelFile(
                path.isEmpty() ? Optional.empty() : Optional.of(path),
                said,
                List.of(),
                labels.labels(),
                notes.counts());
    }

    /// Empty for none.
    private static String group(JsonNode shape) {
        return shape.path("group_id").isNumber() ? shape.path("group_id").asText() : "";
    }

    /// Points by their group, of groups in which there is one rectangle.
    private static Map<String, List<JsonNode>> joints(JsonNode shapes) {
        Map<String, Integer> rectangles = new HashMap<>();
        Map<String, List<JsonNode>> joints = new HashMap<>();
        for (JsonNode shape : shapes) {
            String group = group(shape);
            String type = shape.path("shape_type").asText();
            if (!group.isEmpty() && type.equals("rectangle")) {
                rectangles.merge(group, 1, Integer::sum);
            } else if (!group.isEmpty() && type.equals("point")) {
                joints.computeIfAbsent(group, _ -> new ArrayList<>()).add(shape);
            }
        }
        joints.keySet().removeIf(group -> rectangles.getOrDefault(group, 0) != 1);
        return joints;
    }

    private static Candidate candidate(JsonNode shape, int index) {
        Map<String, String> attributes = new HashMap<>(LabelJson.attributes(shape.path("attributes")));
        shape.path("flags").properties().forEach(flag -> {
            if (flag.getValue().asBoolean()) {
                attributes.put(flag.getKey(), "1");
            }
        });
        if (shape.path("difficult").asBoolean() && !attributes.containsKey(LabelMeFormat.OCCLUDED)) {
            attributes.put("difficult", "1");
        }
        String description = shape.path("description").asText("");
        if (!description.isEmpty() && !shape.path("description").isNull()) {
            attributes.put("description", description);
        }
        return new Candidate(
                index, LabelJson.text(shape, "label"), LabelJson.score(shape.path("score"), "score"), attributes);
    }

    private static Annotation figure(Candidate candidate, JsonNode rectangle, List<JsonNode> points) {
        List<Keypoint> joints = new ArrayList<>();
        for (JsonNode point : points) {
            Map<String, String> said = candidate(point, 0).attributes();
            boolean isOccluded = said.containsKey(LabelMeFormat.OCCLUDED) || said.containsKey("difficult");
            joints.add(new Keypoint(
                    LabelJson.text(point, "label"),
                    points(point, 1).getFirst(),
                    isOccluded ? Keypoint.Visibility.OCCLUDED : Keypoint.Visibility.VISIBLE,
                    LabelJson.score(point.path("score"), "score")));
        }
        return new Annotation.Keypoints(candidate, joints, Optional.of(rectangle(rectangle)));
    }

    private static Optional<Annotation> annotation(
            JsonNode shape, Candidate candidate, Optional<ImageSize> size, Notes notes) {
        String type = shape.path("shape_type").asText("polygon");
        return switch (type) {
            case "rectangle" -> Optional.of(new Annotation.Box(candidate, rectangle(shape)));
            case "oriented_rectangle", "rotation" ->
                Optional.of(new Annotation.RotatedBox(candidate, Quadrilaterals.rotated(points(shape, 4))));
            case "polygon" -> {
                Ring ring = JsonPoints.ring(JsonPoints.ofPairs(shape.path("points"), "points"));
                yield Optional.of(new Annotation.Polygon(candidate, List.of(new PolygonPart(ring, List.of()))));
            }
            case "line", "linestrip" ->
                Optional.of(new Annotation.Polyline(candidate, JsonPoints.ofPairs(shape.path("points"), "points")));
            case "circle" -> {
                notes.count("circles: read as polygons (" + Ellipse.TO_POLYGON + ")");
                List<Point> points = points(shape, 2);
                Point centre = points.getFirst();
                double radius = Math.hypot(
                        points.getLast().x() - centre.x(), points.getLast().y() - centre.y());
                Ring ring = new Ellipse(centre.x(), centre.y(), radius, radius, 0).toPolygon(CIRCLE_TOLERANCE);
                yield Optional.of(new Annotation.Polygon(candidate, List.of(new PolygonPart(ring, List.of()))));
            }
            case "point", "points" -> {
                List<Point> points = JsonPoints.ofPairs(shape.path("points"), "points");
                List<Keypoint> joints = new ArrayList<>();
                for (Point point : points) {
                    String name = points.size() == 1 ? candidate.label() : Integer.toString(joints.size() + 1);
                    joints.add(new Keypoint(name, point, Keypoint.Visibility.VISIBLE, candidate.score()));
                }
                yield Optional.of(new Annotation.Keypoints(candidate, joints));
            }
            case "mask" ->
                Optional.of(new Annotation.Mask(candidate, mask(shape).in(size)));
            default -> {
                notes.count("shapes of type " + LabelJson.shown(shape.path("shape_type")) + ": not read");
                yield Optional.empty();
            }
        };
    }

    /// Of two corners, or of four.
    private static Rect rectangle(JsonNode shape) {
        List<Point> points = JsonPoints.ofPairs(shape.path("points"), "points");
        if (points.size() != 2 && points.size() != 4) {
            throw new IllegalArgumentException("points: " + points.size() + " (expected: 2 or 4)");
        }
        return Ring.boundsOf(points);
    }

    private static List<Point> points(JsonNode shape, int count) {
        List<Point> points = JsonPoints.ofPairs(shape.path("points"), "points");
        if (points.size() != count) {
            throw new IllegalArgumentException("points: " + points.size() + " (expected: " + count + ")");
        }
        return points;
    }

    private static CroppedMask mask(JsonNode shape) {
        List<Point> corners = points(shape, 2);
        CroppedMask mask;
        try {
            mask = CroppedMask.ofPng(
                    LabelJson.base64(shape.path("mask"), "mask"),
                    (int) corners.getFirst().x(),
                    (int) corners.getFirst().y());
        } catch (IOException e) {
            throw new IllegalArgumentException("mask: no PNG that can be read: " + e.getMessage(), e);
        }
        if (mask.right() != (int) corners.getLast().x()
                || mask.bottom() != (int) corners.getLast().y()) {
            throw new IllegalArgumentException("mask: " + mask.pixels().size().width() + "x"
                    + mask.pixels().size().height() + " (expected: as large as its points say)");
        }
        return mask;
    }
}
