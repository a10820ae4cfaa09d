package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.geometry.CocoRle;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedSet;

/// COCO's spellings of geometry.
final class CocoJson {
    private CocoJson() {}

    /// `"bbox": [x, y, width, height]`.
    static void bbox(JsonGenerator json, Rect box) throws IOException {
        json.writeArrayFieldStart("bbox");
        Decimals.PIXELS.write(json, box.x());
        Decimals.PIXELS.write(json, box.y());
        Decimals.PIXELS.write(json, box.width());
        Decimals.PIXELS.write(json, box.height());
        json.writeEndArray();
    }

    /// An image that was written.
    ///
    /// Immutable.
    record WrittenImage(String fileName, ImageSize size) {}

    /// `"images": [...]`, numbered from `firstId` on.
    static void images(JsonGenerator json, List<WrittenImage> images, long firstId) throws IOException {
        json.writeArrayFieldStart("images");
        long id = firstId;
        for (WrittenImage image : images) {
            json.writeStartObject();
            json.writeNumberField("id", id++);
            json.writeStringField("file_name", image.fileName());
            json.writeNumberField("width", image.size().width());
            json.writeNumberField("height", image.size().height());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    /// `"info": {...}`, with the versions that the labels are of; without a date, so that the same labels make the same file.
    static void info(JsonGenerator json, SortedSet<String> versions) throws IOException {
        json.writeObjectFieldStart("info");
        json.writeStringField("description", "Pre-labels by Firstpass");
        json.writeStringField("version", String.join(", ", versions));
        json.writeEndObject();
    }

    /// A value, compressed run lengths: `{"size": [h, w], "counts": "..."}`.
    static void rle(JsonGenerator json, RunLengths runs) throws IOException {
        json.writeStartObject();
        json.writeArrayFieldStart("size");
        json.writeNumber(runs.size().height());
        json.writeNumber(runs.size().width());
        json.writeEndArray();
        json.writeStringField("counts", CocoRle.encode(runs));
        json.writeEndObject();
    }

    /// 0 for an absent joint, 1 for an occluded one, 2 for one that is seen.
    static int visibility(Keypoint joint) {
        return switch (joint.visibility()) {
            case ABSENT -> 0;
            case OCCLUDED -> 1;
            case VISIBLE -> 2;
        };
    }

    /// `"keypoints": [x, y, v, ...]`, v being 0 for an absent joint (x and y are 0 too), 1 occluded, 2 visible.
    static void keypoints(JsonGenerator json, List<Keypoint> joints) throws IOException {
        json.writeArrayFieldStart("keypoints");
        for (Keypoint joint : joints) {
            int visibility = visibility(joint);
            Decimals.PIXELS.write(json, visibility == 0 ? 0 : joint.at().x());
            Decimals.PIXELS.write(json, visibility == 0 ? 0 : joint.at().y());
            json.writeNumber(visibility);
        }
        json.writeEndArray();
    }

    /// An annotation or a detection, as what it says most exactly: key points, else a segmentation, else its box.
    ///
    /// @throws IllegalArgumentException with the field and what was expected
    static TrueLabel label(JsonNode json, int index, Map<Long, CocoDataSet.Category> categories, ImageSize size) {
        CocoDataSet.Category category = categories.get(json.path("category_id").asLong());
        if (category == null) {
            throw new IllegalArgumentException(
                    "category_id: " + LabelJson.shown(json.path("category_id")) + " (expected: one of the categories)");
        }
        Candidate candidate = new Candidate(
                index,
                category.name(),
                LabelJson.score(json.path("score"), "score"),
                LabelJson.attributes(json.path("attributes")));
        Optional<Annotation> outline = joints(json.path("keypoints"), candidate, category.joints())
                .or(() -> outline(json.path("segmentation"), candidate, size));
        Rect box = json.hasNonNull("bbox")
                ? box(json.path("bbox"))
                : outline.flatMap(Annotation::bounds)
                        .orElseThrow(
                                () -> new IllegalArgumentException("bbox: none (expected: [x, y, width, height])"));
        return new TrueLabel(
                outline.orElseGet(() -> new Annotation.Box(candidate, box)),
                Optional.of(box),
                json.path("iscrowd").asInt() != 0,
                json.path("area").isNumber()
                        ? OptionalDouble.of(json.path("area").asDouble())
                        : OptionalDouble.empty());
    }

    /// `[x, y, width, height]`.
    ///
    /// @throws IllegalArgumentException if it is none
    static Rect box(JsonNode json) {
        if (json.size() != 4) {
            throw new IllegalArgumentException("bbox: " + LabelJson.shown(json) + " (expected: [x, y, width, height])");
        }
        return new Rect(coordinate(json, 0), coordinate(json, 1), coordinate(json, 2), coordinate(json, 3));
    }

    private static double coordinate(JsonNode json, int index) {
        return LabelJson.number(json.path(index), "coordinate");
    }

    /// A `segmentation`: rings, each a part, or run lengths, compressed or not. Empty where it has nothing.
    ///
    /// @throws IllegalArgumentException if it is none, or is for another size
    static Optional<Annotation> outline(JsonNode json, Candidate candidate, ImageSize size) {
        if (json.isObject()) {
            return Optional.of(new Annotation.Mask(candidate, runs(json, size)));
        }
        List<PolygonPart> parts = new ArrayList<>();
        for (JsonNode ring : json) {
            parts.add(new PolygonPart(ring(ring), List.of()));
        }
        return parts.isEmpty() ? Optional.empty() : Optional.of(new Annotation.Polygon(candidate, parts));
    }

    private static Ring ring(JsonNode json) {
        if (json.size() % 2 != 0 || json.size() < 6) {
            throw new IllegalArgumentException(
                    "segmentation: a ring of " + json.size() + " numbers (expected: x and y of at least 3 points)");
        }
        List<Point> points = new ArrayList<>();
        for (int i = 0; i < json.size(); i += 2) {
            points.add(new Point(coordinate(json, i), coordinate(json, i + 1)));
        }
        return new Ring(points);
    }

    private static RunLengths runs(JsonNode json, ImageSize size) {
        ImageSize said = new ImageSize(
                json.path("size").path(1).asInt(), json.path("size").path(0).asInt());
        if (!said.equals(size)) {
            throw new IllegalArgumentException("segmentation.size: " + LabelJson.shown(json.path("size"))
                    + " (expected: [" + size.height() + ", " + size.width() + "], the image's)");
        }
        JsonNode counts = json.path("counts");
        if (counts.isTextual()) {
            return CocoRle.decode(counts.asText(), size);
        }
        int[] numbers = new int[counts.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = counts.path(i).asInt(-1);
        }
        return new RunLengths(size, numbers);
    }

    /// Detectors write a joint's score in its place.
    private static Keypoint.Visibility visibility(double said) {
        if (said == 1) {
            return Keypoint.Visibility.OCCLUDED;
        }
        if (said == 2 || (said > 0 && said < 1)) {
            return Keypoint.Visibility.VISIBLE;
        }
        if (said == 0) {
            return Keypoint.Visibility.ABSENT;
        }
        throw new IllegalArgumentException("keypoints: visibility " + said + " (expected: 0, 1 or 2, or a score)");
    }

    /// `[x, y, v, ...]`, a joint's score being 1 where it is there and v is none; empty where nothing is said or the category names no
    /// joints.
    ///
    /// @param names in their order
    /// @throws IllegalArgumentException if there are not as many, or what is said of one is no joint
    static Optional<Annotation> joints(JsonNode json, Candidate candidate, List<String> names) {
        if (json.isEmpty() || names.isEmpty()) {
            return Optional.empty();
        }
        if (json.size() != 3 * names.size()) {
            throw new IllegalArgumentException("keypoints: " + json.size() + " numbers (expected: 3 for each of the "
                    + names.size() + " of its category)");
        }
        List<Keypoint> joints = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            double said = coordinate(json, 3 * i + 2);
            joints.add(new Keypoint(
                    names.get(i),
                    new Point(coordinate(json, 3 * i), coordinate(json, 3 * i + 1)),
                    visibility(said),
                    Math.min(said, 1)));
        }
        boolean hasAny = joints.stream().anyMatch(joint -> joint.visibility() != Keypoint.Visibility.ABSENT);
        return hasAny ? Optional.of(new Annotation.Keypoints(candidate, joints)) : Optional.empty();
    }
}
