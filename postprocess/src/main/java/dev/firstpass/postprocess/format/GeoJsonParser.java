package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Ring;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// GeoJSON of one image, [GeoJsonFormat]. Coordinates are pixels, unless the collection has a `geotransform`; where it says neither,
/// that is noted. The label is `label`, `class`, `name`, `category` or `classification` of the properties; a feature without one is left
/// out. Points without `joints` are each a joint that is called as its label is.
///
/// Stateless.
final class GeoJsonParser implements LabelFileParser {
    private static final List<String> LABELS = List.of("label", "classification", "class", "category", "name");

    @Override
    public boolean isNamed(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".geojson") || lower.endsWith(".json");
    }

    @Override
    public boolean recognises(byte[] content) {
        return JsonFiles.root(content).filter(GeoJsonParser::isCollection).isPresent();
    }

    private static boolean isCollection(JsonNode root) {
        return root.path("type").asText().equals("FeatureCollection")
                && root.path("features").isArray();
    }

    @Override
    public LabelFile parse(byte[] content, Optional<ImageSize> size) {
        JsonNode root = JsonFiles.root(content)
                .filter(GeoJsonParser::isCollection)
                .orElseThrow(() -> new DataSetException("no FeatureCollection (expected: GeoJSON)"));
        Reading reading = new Reading(transform(root.path(GeoJsonFormat.GEOTRANSFORM)));
        if (!root.has("space") && !root.has(GeoJsonFormat.GEOTRANSFORM)) {
            reading.notes.count("coordinates that are not said to be pixels: read as such");
        }
        int number = 0;
        for (JsonNode feature : root.path("features")) {
            try {
                reading.feature(feature);
            } catch (DataSetException | IllegalArgumentException e) {
                throw new DataSetException("feature " + number + ": " + e.getMessage(), e);
            }
            number++;
        }
        Optional<String> image =
                root.path("image").isTextual() ? Optional.of(root.path("image").asText()) : Optional.empty();
        return new LabelFile(
                image,
                LabelJson.size(root.path("width"), root.path("height")),
                List.of(),
                reading.labels,
                reading.notes.counts());
    }

    private static Optional<GeoTransform> transform(JsonNode json) {
        if (json.isMissingNode() || json.isNull()) {
            return Optional.empty();
        }
        List<String> numbers = new ArrayList<>();
        json.forEach(number -> numbers.add(number.asText()));
        return Optional.of(GeoTransform.of(numbers)
                .orElseThrow(() -> new DataSetException(GeoJsonFormat.GEOTRANSFORM + ": " + LabelJson.shown(json)
                        + " (expected: six numbers, b f - c e not being 0)")));
    }

    /// One pass over a file. Mutable, for one thread.
    private static final class Reading {
        private final Optional<GeoTransform> transform;
        private final List<TrueLabel> labels = new ArrayList<>();
        private final Notes notes = new Notes();

        Reading(Optional<GeoTransform> transform) {
            this.transform = transform;
        }

        void feature(JsonNode feature) {
            JsonNode properties = feature.path("properties");
            Optional<String> label = label(properties);
            if (label.isEmpty()) {
                notes.count("features without a label: left out");
                return;
            }
            Candidate candidate = new Candidate(
                    labels.size(),
                    label.get(),
                    LabelJson.score(properties.path("score"), "score"),
                    LabelJson.attributes(properties.path("attributes")));
            JsonNode geometry = feature.path("geometry");
            Optional<GeometryKind> kind =
                    GeometryKind.ofId(properties.path("kind").asText());
            if (geometry.isNull() || geometry.isMissingNode()) {
                add(
                        kind.equals(Optional.of(GeometryKind.KEYPOINTS))
                                ? new Annotation.Keypoints(candidate, joints(properties.path("joints"), List.of()))
                                : new Annotation.Classification(candidate));
                return;
            }
            JsonNode coordinates = geometry.path("coordinates");
            switch (geometry.path("type").asText()) {
                case "Polygon" -> add(polygon(candidate, List.of(part(coordinates)), kind));
                case "MultiPolygon" -> {
                    List<PolygonPart> parts = new ArrayList<>();
                    coordinates.forEach(part -> parts.add(part(part)));
                    add(polygon(candidate, parts, kind));
                }
                case "LineString" -> add(new Annotation.Polyline(candidate, points(coordinates)));
                case "MultiLineString" ->
                    coordinates.forEach(line -> add(new Annotation.Polyline(
                            new Candidate(labels.size(), candidate.label(), candidate.score(), candidate.attributes()),
                            points(line))));
                case "Point" ->
                    add(new Annotation.Keypoints(
                            candidate,
                            named(candidate, List.of(placed(JsonPoints.ofPair(coordinates, "coordinates"))))));
                case "MultiPoint" -> {
                    List<Point> points = points(coordinates);
                    add(new Annotation.Keypoints(
                            candidate,
                            properties.has("joints")
                                    ? joints(properties.path("joints"), points)
                                    : named(candidate, points)));
                }
                default -> notes.count("geometries of type " + LabelJson.shown(geometry.path("type")) + ": not read");
            }
        }

        private void add(Annotation annotation) {
            labels.add(TrueLabel.of(annotation));
        }

        private static Optional<String> label(JsonNode properties) {
            for (String field : LABELS) {
                JsonNode said = properties.path(field);
                JsonNode text = said.isObject() ? said.path("name") : said;
                if (text.isTextual() && !text.asText().isEmpty()) {
                    return Optional.of(text.asText());
                }
            }
            return Optional.empty();
        }

        private static Annotation polygon(Candidate candidate, List<PolygonPart> parts, Optional<GeometryKind> kind) {
            Ring outer = parts.isEmpty() ? none() : parts.getFirst().outer();
            boolean isSimple = parts.size() == 1
                    && parts.getFirst().holes().isEmpty()
                    && outer.points().size() == 4;
            if (isSimple && kind.equals(Optional.of(GeometryKind.BOX))) {
                return new Annotation.Box(candidate, outer.bounds());
            }
            if (isSimple && kind.equals(Optional.of(GeometryKind.ROTATED_BOX))) {
                // Clockwise as seen, as corners are: GeoJSON of a world whose Y goes up has them the other way round.
                List<Point> corners = outer.signedArea() >= 0
                        ? outer.points()
                        : List.of(
                                outer.points().get(0),
                                outer.points().get(3),
                                outer.points().get(2),
                                outer.points().get(1));
                return new Annotation.RotatedBox(candidate, Quadrilaterals.rotated(corners));
            }
            return new Annotation.Polygon(candidate, parts);
        }

        private static Ring none() {
            throw new IllegalArgumentException("coordinates: none (expected: a polygon at least)");
        }

        private PolygonPart part(JsonNode rings) {
            List<Ring> all = new ArrayList<>();
            rings.forEach(ring -> all.add(JsonPoints.ring(points(ring))));
            if (all.isEmpty()) {
                throw new IllegalArgumentException("coordinates: no ring (expected: one at least)");
            }
            return new PolygonPart(all.getFirst(), all.subList(1, all.size()));
        }

        private List<Point> points(JsonNode json) {
            return JsonPoints.ofPairs(json, "coordinates").stream()
                    .map(this::placed)
                    .toList();
        }

        private Point placed(Point point) {
            return transform.map(world -> world.toPixel(point)).orElse(point);
        }

        private static List<Keypoint> named(Candidate candidate, List<Point> points) {
            List<Keypoint> joints = new ArrayList<>();
            for (Point point : points) {
                String name = points.size() == 1 ? candidate.label() : Integer.toString(joints.size() + 1);
                joints.add(new Keypoint(name, point, Keypoint.Visibility.VISIBLE, candidate.score()));
            }
            return joints;
        }

        /// In the order of the points, those apart that are absent.
        private static List<Keypoint> joints(JsonNode json, List<Point> points) {
            List<Keypoint> joints = new ArrayList<>();
            int next = 0;
            for (JsonNode joint : json) {
                boolean isAbsent = joint.path("visibility").asText().equals(Keypoint.Visibility.ABSENT.id());
                boolean isOccluded = joint.path("visibility").asText().equals(Keypoint.Visibility.OCCLUDED.id());
                if (!isAbsent && next == points.size()) {
                    throw new IllegalArgumentException("joints: more than points (expected: as many)");
                }
                joints.add(new Keypoint(
                        LabelJson.text(joint, "name"),
                        isAbsent ? new Point(0, 0) : points.get(next++),
                        isAbsent
                                ? Keypoint.Visibility.ABSENT
                                : isOccluded ? Keypoint.Visibility.OCCLUDED : Keypoint.Visibility.VISIBLE,
                        LabelJson.score(joint.path("score"), "score")));
            }
            return joints;
        }
    }
}
