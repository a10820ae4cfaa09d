package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.Ellipse;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A file of V7's Darwin JSON, version 2, of an image, [DarwinFormat]. Of several slots the first is read; annotations of videos' frames
/// are not.
///
/// Stateless.
final class DarwinParser implements LabelFileParser {
    /// How far an ellipse's polygon may be from it, in pixels.
    private static final double ELLIPSE_TOLERANCE = 0.1;

    @Override
    public boolean isNamed(String name) {
        return JsonFiles.isNamed(name);
    }

    @Override
    public boolean recognises(byte[] content) {
        return JsonFiles.root(content).filter(DarwinParser::isDarwin).isPresent();
    }

    private static boolean isDarwin(JsonNode root) {
        return root.path("item").path("slots").isArray()
                && root.path("annotations").isArray();
    }

    @Override
    public LabelFile parse(byte[] content, Optional<ImageSize> size) {
        JsonNode root = JsonFiles.root(content)
                .filter(DarwinParser::isDarwin)
                .orElseThrow(() -> new DataSetException("no item with slots (expected: Darwin JSON 2.0)"));
        JsonNode item = root.path("item");
        JsonNode slot = item.path("slots").path(0);
        Optional<ImageSize> said = LabelJson.size(slot.path("width"), slot.path("height"));
        Reading reading = new Reading(slot.path("slot_name").asText(), said.or(() -> size));
        int number = 0;
        for (JsonNode annotation : root.path("annotations")) {
            try {
                reading.annotation(annotation);
            } catch (DataSetException | IllegalArgumentException e) {
                throw new DataSetException("annotation " + number + ": " + e.getMessage(), e);
            }
            number++;
        }
        reading.masks();
        String folder = item.path("path").asText("/").replaceFirst("^/", "").replaceFirst("/$", "");
        String name = item.path("name").asText();
        Optional<String> image =
                name.isEmpty() ? Optional.empty() : Optional.of(folder.isEmpty() ? name : folder + "/" + name);
        return new LabelFile(image, said, List.of(), reading.labels, reading.notes.counts());
    }

    /// One pass over a file. Mutable, for one thread.
    private static final class Reading {
        private final String slot;
        private final Optional<ImageSize> size;
        private final List<TrueLabel> labels = new ArrayList<>();
        private final Notes notes = new Notes();

        /// Masks by their ids, and layers that have their pixels.
        private final Map<String, JsonNode> masks = new LinkedHashMap<>();

        private final List<JsonNode> layers = new ArrayList<>();

        Reading(String slot, Optional<ImageSize> size) {
            this.slot = slot;
            this.size = size;
        }

        void annotation(JsonNode json) {
            if (isOfAnotherSlot(json)) {
                notes.count("annotations of further slots: not read");
            } else if (json.has("frames")) {
                notes.count("annotations of videos: not read");
            } else if (json.has("raster_layer")) {
                layers.add(json.path("raster_layer"));
            } else if (json.has("mask")) {
                masks.put(json.path("id").asText(), json);
            } else {
                drawn(json);
            }
        }

        private boolean isOfAnotherSlot(JsonNode json) {
            if (slot.isEmpty() || json.path("slot_names").isEmpty()) {
                return false;
            }
            for (JsonNode name : json.path("slot_names")) {
                if (name.asText().equals(slot)) {
                    return false;
                }
            }
            return true;
        }

        /// A polygon brings its bounds too.
        private void drawn(JsonNode json) {
            if (json.has("polygon")) {
                add(new Annotation.Polygon(candidate(json), EvenOdd.parts(paths(json.path("polygon")))));
            } else if (json.has("ellipse")) {
                notes.count("ellipses: read as polygons (" + Ellipse.TO_POLYGON + ")");
                add(new Annotation.Polygon(
                        candidate(json), List.of(new PolygonPart(ellipse(json.path("ellipse")), List.of()))));
            } else if (json.has("skeleton")) {
                List<Keypoint> joints = new ArrayList<>();
                for (JsonNode node : json.path("skeleton").path("nodes")) {
                    joints.add(new Keypoint(
                            LabelJson.text(node, "name"),
                            LabelJson.point(node),
                            node.path("occluded").asBoolean()
                                    ? Keypoint.Visibility.OCCLUDED
                                    : Keypoint.Visibility.VISIBLE,
                            1));
                }
                add(new Annotation.Keypoints(candidate(json), joints));
            } else if (json.has("keypoint")) {
                Candidate candidate = candidate(json);
                add(new Annotation.Keypoints(
                        candidate,
                        List.of(new Keypoint(
                                candidate.label(),
                                LabelJson.point(json.path("keypoint")),
                                Keypoint.Visibility.VISIBLE,
                                candidate.score()))));
            } else if (json.has("line")) {
                add(new Annotation.Polyline(
                        candidate(json), JsonPoints.ofObjects(json.path("line").path("path"))));
            } else if (json.has("tag")) {
                add(new Annotation.Classification(candidate(json)));
            } else if (json.has("bounding_box")) {
                JsonNode box = json.path("bounding_box");
                add(new Annotation.Box(
                        candidate(json),
                        new Rect(
                                LabelJson.numberOf(box, "x"),
                                LabelJson.numberOf(box, "y"),
                                LabelJson.numberOf(box, "w"),
                                LabelJson.numberOf(box, "h"))));
            } else {
                notes.count("annotations of other types: not read");
            }
        }

        private void add(Annotation annotation) {
            labels.add(TrueLabel.of(annotation));
        }

        private Candidate candidate(JsonNode json) {
            Map<String, String> attributes = new HashMap<>();
            for (JsonNode attribute : json.path("attributes")) {
                String text = attribute.asText();
                int colon = text.indexOf(DarwinFormat.COLON);
                attributes.put(
                        colon > 0 ? text.substring(0, colon) : text,
                        colon > 0 ? text.substring(colon + DarwinFormat.COLON.length()) : "1");
            }
            JsonNode text = json.path(DarwinFormat.TEXT).path(DarwinFormat.TEXT);
            if (text.isTextual()) {
                attributes.put(DarwinFormat.TEXT, text.asText());
            }
            return new Candidate(
                    labels.size(),
                    LabelJson.text(json, "name"),
                    LabelJson.score(json.path("inference").path("confidence"), "confidence"),
                    attributes);
        }

        /// `paths`, or, as in version 1, `path` and `additional_paths`.
        private static List<Ring> paths(JsonNode polygon) {
            List<Ring> rings = new ArrayList<>();
            if (polygon.has("paths")) {
                polygon.path("paths").forEach(path -> rings.add(JsonPoints.ring(JsonPoints.ofObjects(path))));
            } else {
                rings.add(JsonPoints.ring(JsonPoints.ofObjects(polygon.path("path"))));
                polygon.path("additional_paths")
                        .forEach(path -> rings.add(JsonPoints.ring(JsonPoints.ofObjects(path))));
            }
            return rings;
        }

        private static Ring ellipse(JsonNode json) {
            return new Ellipse(
                            LabelJson.numberOf(json.path("center"), "x"),
                            LabelJson.numberOf(json.path("center"), "y"),
                            LabelJson.numberOf(json.path("radius"), "x"),
                            LabelJson.numberOf(json.path("radius"), "y"),
                            json.has("angle") ? Math.toDegrees(LabelJson.numberOf(json, "angle")) : 0)
                    .toPolygon(ELLIPSE_TOLERANCE);
        }

        /// @throws DataSetException if a layer does not fit the image, or a mask has no pixel in it
        void masks() {
            for (JsonNode layer : layers) {
                Map<Integer, String> ids = new HashMap<>();
                layer.path("mask_annotation_ids_mapping")
                        .properties()
                        .forEach(entry -> ids.put(entry.getValue().asInt(), entry.getKey()));
                Map<Integer, BitMask> pixels = pixels(layer, ids);
                for (Map.Entry<Integer, BitMask> one : pixels.entrySet()) {
                    Optional<JsonNode> mask = Optional.ofNullable(masks.remove(ids.getOrDefault(one.getKey(), "")));
                    if (mask.isEmpty()) {
                        notes.count("values of a raster layer that no mask has: not read");
                    } else {
                        add(new Annotation.Mask(candidate(mask.get()), RunLengths.of(one.getValue())));
                    }
                }
            }
            masks.forEach((_, _) -> notes.count("masks without pixels: left out"));
        }

        private Map<Integer, BitMask> pixels(JsonNode layer, Map<Integer, String> ids) {
            JsonNode rle = layer.path("dense_rle");
            long total = 0;
            for (int i = 1; i < rle.size(); i += 2) {
                total += LabelJson.whole(rle.path(i), "dense_rle");
            }
            if (rle.size() % 2 != 0 || total < 1) {
                throw new DataSetException("dense_rle: " + rle.size() + " numbers (expected: value and count in turn)");
            }
            // While the size is not known, one pixel stands for all.
            ImageSize of = size.orElse(new ImageSize(1, 1));
            if (size.isPresent() && total != of.pixels()) {
                throw new DataSetException("dense_rle: " + total + " pixels (expected: " + of.pixels() + ", those of "
                        + of.width() + "x" + of.height() + ")");
            }
            Map<Integer, BitMask> masks = new LinkedHashMap<>();
            long at = 0;
            for (int i = 0; i < rle.size(); i += 2) {
                int value = LabelJson.whole(rle.path(i), "dense_rle");
                int count = LabelJson.whole(rle.path(i + 1), "dense_rle");
                if (count < 0) {
                    throw new DataSetException("dense_rle: count " + count + " (expected: >= 0)");
                }
                if (value != 0 && ids.containsKey(value) && count > 0) {
                    RowMajor.set(
                            masks.computeIfAbsent(value, _ -> new BitMask(of)),
                            size.isPresent() ? at : 0,
                            size.isPresent() ? at + count : 1);
                } else if (value != 0 && count > 0) {
                    notes.count("values of a raster layer that no mask has: not read");
                }
                at += count;
            }
            return masks;
        }
    }
}
