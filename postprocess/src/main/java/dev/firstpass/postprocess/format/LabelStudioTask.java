package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.geometry.Ellipse;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import dev.firstpass.postprocess.geometry.RotatedRect;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// One task of Label Studio, read as far as that goes without the image's size.
///
/// Regions of one id are one thing: its geometry, its label (`labels` beside a bare `rectangle`), and attributes by the
/// names of their controls (choices, text). Key points whose `parentID` is a rectangle are the joints of one skeleton, which
/// has that rectangle's label; others are each a joint of its own name. Choices of no region are labels of the image. Lines
/// of `meta` that have a colon are attributes.
///
/// Immutable.
///
/// @param image as the task's data has it
/// @param size of the image, where a region says it
/// @param notes what was met and is no label, with how often
record LabelStudioTask(String image, Optional<ImageSize> size, List<Finding> findings, Map<String, Long> notes) {
    /// Fields of a task that have results, the first that has some being read.
    static final List<String> RESULTS = List.of("annotations", "completions", "predictions");

    /// How far an ellipse's polygon may be from it, in pixels.
    private static final double ELLIPSE_TOLERANCE = 0.1;

    private static final Set<String> EXTRAS = Set.of("choices", "textarea", "labels", "rating", "number");

    LabelStudioTask {
        findings = List.copyOf(findings);
        notes = Map.copyOf(notes);
    }

    /// Makes the geometry, once the image's size is known.
    @FunctionalInterface
    private interface Shape {
        /// @throws IllegalArgumentException with the field and what was expected
        Annotation of(Candidate candidate, ImageSize size);
    }

    /// Immutable.
    ///
    /// @param region its id
    /// @param candidate its index says nothing
    /// @param box of a skeleton, as it was drawn
    record Finding(String region, GeometryKind kind, Candidate candidate, Shape shape, Optional<JsonNode> box) {
        TrueLabel label(int index, ImageSize size) {
            Annotation annotation =
                    shape.of(new Candidate(index, candidate.label(), candidate.score(), candidate.attributes()), size);
            return box.isPresent()
                    ? new TrueLabel(annotation, Optional.of(rect(box.get(), size)), false)
                    : TrueLabel.of(annotation);
        }
    }

    /// @throws IllegalArgumentException if what it says of a score is none
    static LabelStudioTask of(JsonNode task) {
        Reading reading = new Reading();
        reading.read(task);
        return new LabelStudioTask(image(task), reading.size, reading.findings, reading.notes.counts());
    }

    private static String image(JsonNode task) {
        JsonNode data = task.path("data");
        if (data.path("image").isTextual()) {
            return data.path("image").asText();
        }
        Optional<String> first = Optional.empty();
        for (Map.Entry<String, JsonNode> field : data.properties()) {
            String text = field.getValue().asText();
            if (field.getValue().isTextual() && ImageNames.isImage(path(text))) {
                return text;
            }
            first = first.isEmpty() && field.getValue().isTextual() ? Optional.of(text) : first;
        }
        return first.orElse("task " + task.path("id").asText("without id"));
    }

    /// Of a URL; local files are named in their query.
    private static String path(String url) {
        int local = url.indexOf("?d=");
        if (local >= 0) {
            return url.substring(local + 3);
        }
        boolean isUrl = url.contains("://") || url.startsWith("/data/");
        int query = url.indexOf('?');
        return isUrl && query > 0 ? url.substring(0, query) : url;
    }

    /// The image's file. What was uploaded to Label Studio has eight digits and a dash before its name there.
    Optional<String> file(Set<String> names) {
        List<String> folders = List.of("", "images", "data");
        String path = path(image);
        String last = ImageNames.last(path);
        return ImageNames.find(path, folders, names)
                .or(() -> last.matches("[0-9a-f]{8}-.+")
                        ? ImageNames.find(last.substring(9), folders, names)
                        : Optional.empty());
    }

    private static Rect rect(JsonNode value, ImageSize size) {
        return new Rect(x(value, "x", size), y(value, "y", size), x(value, "width", size), y(value, "height", size));
    }

    private static double x(JsonNode value, String field, ImageSize size) {
        return LabelJson.numberOf(value, field) * size.width() / 100;
    }

    private static double y(JsonNode value, String field, ImageSize size) {
        return LabelJson.numberOf(value, field) * size.height() / 100;
    }

    private static Point point(JsonNode value, ImageSize size) {
        return new Point(x(value, "x", size), y(value, "y", size));
    }

    /// Given by its corner, about which it is turned.
    private static RotatedRect turned(JsonNode value, ImageSize size) {
        Rect rect = rect(value, size);
        double rotation = rotation(value);
        double cos = Math.cos(Math.toRadians(rotation));
        double sin = Math.sin(Math.toRadians(rotation));
        return new RotatedRect(
                rect.x() + rect.width() / 2 * cos - rect.height() / 2 * sin,
                rect.y() + rect.width() / 2 * sin + rect.height() / 2 * cos,
                rect.width(),
                rect.height(),
                rotation);
    }

    private static double rotation(JsonNode value) {
        return value.hasNonNull("rotation") ? LabelJson.numberOf(value, "rotation") : 0;
    }

    private static Ring ellipse(JsonNode value, ImageSize size) {
        Point centre = point(value, size);
        return new Ellipse(
                        centre.x(), centre.y(), x(value, "radiusX", size), y(value, "radiusY", size), rotation(value))
                .toPolygon(ELLIPSE_TOLERANCE);
    }

    /// One pass over a task. Mutable, for one thread.
    private static final class Reading {
        private final List<Finding> findings = new ArrayList<>();
        private final Notes notes = new Notes();
        private Optional<ImageSize> size = Optional.empty();

        /// Regions of an id, in the order of their coming.
        private final Map<String, Group> groups = new LinkedHashMap<>();

        private JsonNode defaultScore = MissingNode.getInstance();

        private static final class Group {
            private final List<JsonNode> regions = new ArrayList<>();
            private final List<JsonNode> joints = new ArrayList<>();
        }

        void read(JsonNode task) {
            for (JsonNode region : results(task)) {
                String type = region.path("type").asText();
                if (type.equals("relation")) {
                    notes.count("relations: not read");
                    continue;
                }
                if (size.isEmpty()
                        && region.path("original_width").asInt() > 0
                        && region.path("original_height").asInt() > 0) {
                    size = Optional.of(new ImageSize(
                            region.path("original_width").asInt(),
                            region.path("original_height").asInt()));
                }
                String id = region.path("id").asText("without id " + groups.size());
                groups.computeIfAbsent(id, _ -> new Group()).regions.add(region);
            }
            groups.values().stream().toList().forEach(this::adopt);
            groups.forEach(this::finding);
        }

        /// Of several people's annotations the first that was not cancelled, of predictions the last.
        private JsonNode results(JsonNode task) {
            for (String field : RESULTS) {
                List<JsonNode> all = new ArrayList<>();
                task.path(field).forEach(one -> {
                    if (!one.path("was_cancelled").asBoolean()
                            && one.path("result").isArray()) {
                        all.add(one);
                    }
                });
                if (!all.isEmpty()) {
                    notes.count("further " + field + " of a task: not read", all.size() - 1L);
                    boolean isPrediction = field.equals("predictions");
                    JsonNode chosen = isPrediction ? all.getLast() : all.getFirst();
                    if (isPrediction
                            && chosen.path("score").asDouble(-1) >= 0
                            && chosen.path("score").asDouble() <= 1) {
                        defaultScore = chosen.path("score");
                    }
                    return chosen.path("result");
                }
            }
            return MissingNode.getInstance();
        }

        /// Gives key points to the rectangle that is their parent.
        private void adopt(Group group) {
            JsonNode first = group.regions.getFirst();
            Optional<Group> parent = Optional.ofNullable(
                            groups.get(first.path("parentID").asText()))
                    .filter(one -> one.regions.stream().anyMatch(region -> is(region, "rectangle")));
            if (is(first, "keypoint") && parent.isPresent()) {
                parent.get().joints.add(first);
                group.regions.clear();
            }
        }

        private static boolean is(JsonNode region, String tool) {
            String type = region.path("type").asText();
            return type.equals(tool) || type.equals(tool + "labels");
        }

        private void finding(String id, Group group) {
            if (group.regions.isEmpty()) {
                return;
            }
            Optional<JsonNode> drawn = group.regions.stream()
                    .filter(region -> !EXTRAS.contains(region.path("type").asText()))
                    .findFirst();
            if (drawn.isEmpty()) {
                group.regions.forEach(region -> choices(id, region));
                return;
            }
            JsonNode region = drawn.get();
            Candidate candidate = candidate(group, region);
            JsonNode value = region.path("value");
            if (!group.joints.isEmpty()) {
                List<Keypoint> unplaced = new ArrayList<>();
                List<JsonNode> places = new ArrayList<>();
                for (JsonNode joint : group.joints) {
                    unplaced.add(new Keypoint(
                            label(List.of(joint)), new Point(0, 0), Keypoint.Visibility.VISIBLE, score(joint)));
                    places.add(joint.path("value"));
                }
                findings.add(new Finding(
                        id,
                        GeometryKind.KEYPOINTS,
                        candidate,
                        (who, image) -> new Annotation.Keypoints(who, placed(unplaced, places, image)),
                        Optional.of(value)));
                return;
            }
            shape(id, region, value, candidate);
        }

        private static List<Keypoint> placed(List<Keypoint> joints, List<JsonNode> places, ImageSize size) {
            List<Keypoint> placed = new ArrayList<>();
            for (int i = 0; i < joints.size(); i++) {
                Keypoint joint = joints.get(i);
                placed.add(new Keypoint(joint.name(), point(places.get(i), size), joint.visibility(), joint.score()));
            }
            return placed;
        }

        private void shape(String id, JsonNode region, JsonNode value, Candidate candidate) {
            if (is(region, "rectangle")) {
                boolean isTurned = rotation(value) % 360 != 0;
                add(
                        id,
                        isTurned ? GeometryKind.ROTATED_BOX : GeometryKind.BOX,
                        candidate,
                        (who, image) -> isTurned
                                ? new Annotation.RotatedBox(who, turned(value, image))
                                : new Annotation.Box(who, rect(value, image)));
            } else if (is(region, "polygon")) {
                add(id, GeometryKind.POLYGON, candidate, (who, image) -> polygon(who, points(value, image)));
            } else if (is(region, "ellipse")) {
                notes.count("ellipses: read as polygons (" + Ellipse.TO_POLYGON + ")");
                add(
                        id,
                        GeometryKind.POLYGON,
                        candidate,
                        (who, image) -> polygon(who, ellipse(value, image).points()));
            } else if (is(region, "brush")) {
                add(
                        id,
                        GeometryKind.MASK,
                        candidate,
                        (who, image) ->
                                new Annotation.Mask(who, RunLengths.of(BrushRleReader.read(value.path("rle"), image))));
            } else if (is(region, "keypoint")) {
                add(
                        id,
                        GeometryKind.KEYPOINTS,
                        candidate,
                        (who, image) -> new Annotation.Keypoints(
                                who,
                                List.of(new Keypoint(
                                        who.label(), point(value, image), Keypoint.Visibility.VISIBLE, who.score()))));
            } else if (is(region, "vector")) {
                boolean isClosed = value.path("closed").asBoolean()
                        && value.path("vertices").size() >= 3;
                add(
                        id,
                        isClosed ? GeometryKind.POLYGON : GeometryKind.POLYLINE,
                        candidate,
                        (who, image) -> isClosed
                                ? polygon(who, vertices(value, image))
                                : new Annotation.Polyline(who, vertices(value, image)));
            } else {
                notes.count("regions of type " + LabelJson.shown(region.path("type")) + ": not read");
            }
        }

        private void add(String id, GeometryKind kind, Candidate candidate, Shape shape) {
            findings.add(new Finding(id, kind, candidate, shape, Optional.empty()));
        }

        private static Annotation polygon(Candidate candidate, List<Point> points) {
            return new Annotation.Polygon(candidate, List.of(new PolygonPart(new Ring(points), List.of())));
        }

        private static List<Point> points(JsonNode value, ImageSize size) {
            List<Point> points = new ArrayList<>();
            for (JsonNode point : value.path("points")) {
                points.add(new Point(
                        LabelJson.number(point.path(0), "points") * size.width() / 100,
                        LabelJson.number(point.path(1), "points") * size.height() / 100));
            }
            return points;
        }

        private static List<Point> vertices(JsonNode value, ImageSize size) {
            List<Point> points = new ArrayList<>();
            value.path("vertices").forEach(vertex -> points.add(point(vertex, size)));
            return points;
        }

        private void choices(String id, JsonNode region) {
            if (!region.path("type").asText().equals("choices")) {
                notes.count("regions of type " + LabelJson.shown(region.path("type")) + ": not read");
                return;
            }
            for (JsonNode choice : region.path("value").path("choices")) {
                findings.add(new Finding(
                        id,
                        GeometryKind.CLASSIFICATION,
                        new Candidate(0, choice.asText(), score(region), meta(region)),
                        (who, _) -> new Annotation.Classification(who),
                        Optional.empty()));
            }
        }

        private Candidate candidate(Group group, JsonNode drawn) {
            Map<String, String> attributes = meta(drawn);
            for (JsonNode region : group.regions) {
                String type = region.path("type").asText();
                if (EXTRAS.contains(type) && !type.equals("labels")) {
                    JsonNode said = region.path("value").path(type.equals("textarea") ? "text" : type);
                    attributes.put(region.path("from_name").asText(), joined(said));
                }
            }
            return new Candidate(0, label(group.regions), score(drawn), attributes);
        }

        /// The first of the labels, which are in the field that is called as the region's type is; without one, the name
        /// of the control.
        private static String label(List<JsonNode> regions) {
            for (JsonNode region : regions) {
                String type = region.path("type").asText();
                JsonNode labels = region.path("value").path(type);
                if (type.endsWith("labels") && labels.isArray() && !labels.isEmpty()) {
                    return labels.path(0).asText();
                }
            }
            return regions.getFirst().path("from_name").asText();
        }

        private double score(JsonNode region) {
            return LabelJson.score(region.hasNonNull("score") ? region.path("score") : defaultScore, "score");
        }

        private static Map<String, String> meta(JsonNode region) {
            Map<String, String> attributes = new TreeMap<>();
            for (JsonNode line : region.path("meta").path("text")) {
                String text = line.asText();
                int colon = text.indexOf(": ");
                attributes.put(
                        colon > 0 ? text.substring(0, colon) : "meta", colon > 0 ? text.substring(colon + 2) : text);
            }
            return attributes;
        }

        private static String joined(JsonNode said) {
            if (!said.isArray()) {
                return said.asText();
            }
            List<String> words = new ArrayList<>();
            said.forEach(word -> words.add(word.asText()));
            return String.join(", ", words);
        }
    }
}
