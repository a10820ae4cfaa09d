package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.Ellipse;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A file of shapes as CVAT's detectors answer them, [CvatFormat]. `confidence` may be a number or, as is the custom, a text.
/// Polygons of one group and label are the parts of one. An array without anything is one too: nothing was found.
///
/// Stateless.
final class CvatParser implements LabelFileParser {
    private static final Set<String> TYPES =
            Set.of("rectangle", "polygon", "polyline", "points", "ellipse", "mask", "skeleton", "tag", "cuboid");

    @Override
    public boolean isNamed(String name) {
        return JsonFiles.isNamed(name);
    }

    @Override
    public boolean recognises(byte[] content) {
        return JsonFiles.root(content)
                .filter(root -> root.isArray() && (root.isEmpty() || isShape(root.path(0))))
                .isPresent();
    }

    private static boolean isShape(JsonNode json) {
        return json.path("label").isTextual()
                && TYPES.contains(json.path("type").asText());
    }

    @Override
    public LabelFile parse(byte[] content, Optional<ImageSize> size) {
        JsonNode root = JsonFiles.root(content)
                .filter(JsonNode::isArray)
                .orElseThrow(() -> new DataSetException("no array (expected: shapes as CVAT's detectors answer them)"));
        GroupedPolygons labels = new GroupedPolygons();
        Notes notes = new Notes();
        for (int i = 0; i < root.size(); i++) {
            JsonNode json = root.path(i);
            String type = json.path("type").asText();
            if (type.equals("cuboid")) {
                notes.count("cuboids: not read");
                continue;
            }
            if (type.equals("ellipse")) {
                notes.count("ellipses: read as polygons (" + Ellipse.TO_POLYGON + ")");
            }
            try {
                Candidate candidate = new Candidate(
                        labels.size(),
                        LabelJson.text(json, "label"),
                        score(json.path("confidence")),
                        attributes(json.path("attributes")));
                int group = json.path("group_id").asInt();
                labels.add(annotation(type, json, candidate, size), group > 0 ? Integer.toString(group) : "");
            } catch (DataSetException | IllegalArgumentException e) {
                throw new DataSetException("shape " + i + ": " + e.getMessage(), e);
            }
        }
        return new LabelFile(Optional.empty(), Optional.empty(), List.of(), labels.labels(), notes.counts());
    }

    private static double score(JsonNode json) {
        return json.isTextual()
                ? CvatShapes.score(json.asText())
                        .orElseThrow(() -> new IllegalArgumentException(
                                "confidence: " + LabelJson.shown(json) + " (expected: 0..1)"))
                : LabelJson.score(json, "confidence");
    }

    private static Map<String, String> attributes(JsonNode json) {
        Map<String, String> attributes = new HashMap<>();
        json.forEach(attribute -> attributes.put(
                attribute.path("name").asText(), attribute.path("value").asText()));
        return attributes;
    }

    private static Annotation annotation(String type, JsonNode json, Candidate candidate, Optional<ImageSize> size) {
        return switch (type) {
            case "mask" ->
                new Annotation.Mask(candidate, mask(json.path("mask")).in(size));
            case "tag" -> new Annotation.Classification(candidate);
            case "skeleton" -> skeleton(json.path("elements"), candidate);
            default ->
                CvatShapes.of(
                        type,
                        candidate,
                        numbers(json.path("points")),
                        json.hasNonNull("rotation") ? LabelJson.numberOf(json, "rotation") : 0);
        };
    }

    private static double[] numbers(JsonNode json) {
        double[] numbers = new double[json.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = LabelJson.number(json.path(i), "points");
        }
        return numbers;
    }

    /// Set pixels are those that are not 0.
    private static CroppedMask mask(JsonNode json) {
        int pixels = json.size() - 4;
        if (pixels < 1) {
            throw new IllegalArgumentException("mask: " + json.size() + " numbers (expected: pixels and 4 bounds)");
        }
        int left = LabelJson.whole(json.path(pixels), "mask");
        int top = LabelJson.whole(json.path(pixels + 1), "mask");
        long width = LabelJson.whole(json.path(pixels + 2), "mask") - (long) left + 1;
        long height = LabelJson.whole(json.path(pixels + 3), "mask") - (long) top + 1;
        if (width < 1 || height < 1 || width > pixels || width * height != pixels) {
            throw new IllegalArgumentException(
                    "mask: " + pixels + " pixels (expected: " + width + "x" + height + ", as its bounds say)");
        }
        BitMask mask = new BitMask(new ImageSize((int) width, (int) height));
        for (int i = 0; i < pixels; i++) {
            if (LabelJson.number(json.path(i), "mask") != 0) {
                RowMajor.set(mask, i, i + 1L);
            }
        }
        return new CroppedMask(left, top, mask);
    }

    private static Annotation skeleton(JsonNode elements, Candidate candidate) {
        List<Keypoint> joints = new ArrayList<>();
        for (JsonNode element : elements) {
            double[] at = numbers(element.path("points"));
            if (at.length != 2) {
                throw new IllegalArgumentException("elements: " + at.length + " numbers (expected: x and y)");
            }
            boolean isAbsent = isTrue(element.path("outside"));
            boolean isOccluded = isTrue(element.path("occluded"));
            joints.add(new Keypoint(
                    LabelJson.text(element, "label"),
                    new Point(at[0], at[1]),
                    isAbsent
                            ? Keypoint.Visibility.ABSENT
                            : isOccluded ? Keypoint.Visibility.OCCLUDED : Keypoint.Visibility.VISIBLE,
                    element.has("confidence") ? score(element.path("confidence")) : isAbsent ? 0 : 1));
        }
        return new Annotation.Keypoints(candidate, joints);
    }

    private static boolean isTrue(JsonNode json) {
        return json.asBoolean() || json.asInt() != 0;
    }
}
