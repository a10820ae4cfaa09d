package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.AnnotationIds;
import dev.firstpass.postprocess.annotation.AssetInfo;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Conversion;
import dev.firstpass.postprocess.annotation.Conversions;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Ring;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// GeoJSON (RFC 7946): a `FeatureCollection` for each asset, in pixels, or in the world where the option `geotransform` says where the
/// image lies.
///
/// | annotation | becomes |
/// |---|---|
/// | box, rotated box | `Polygon` of its corners |
/// | polygon | `Polygon` with its holes; several parts a `MultiPolygon` |
/// | mask | its outline: `mask-to-polygon` |
/// | polyline | `LineString` |
/// | keypoints | `MultiPoint`, its joints in `properties.joints` |
/// | classification | a feature without a geometry |
///
/// Rings are closed, outer ones run counter-clockwise and holes clockwise, as the coordinates are: in pixels, whose y goes down, that looks the other
/// way round. `properties` has `kind`, so that a box is read back as one, `label`, `score`, `classification` as QuPath has it, and
/// `attributes`; the collection has the image, its size, the model's version and `space`: `pixel`, or `world` with the transform.
/// The coordinates of the world are those of the transform; RFC 7946 wants degrees of longitude and latitude.
final class GeoJsonFormat implements LabelFormat {
    static final String GEOTRANSFORM = "geotransform";

    private static final FormatOption OPTION = new FormatOption(
            GEOTRANSFORM, "six numbers a,b,c,d,e,f: X = a + b column + c row, Y = d + e column + f row", "");

    @Override
    public String id() {
        return "geojson";
    }

    @Override
    public String mediaType() {
        return "application/geo+json";
    }

    @Override
    public String fileExtension() {
        return ".geojson";
    }

    @Override
    public boolean isPerAsset() {
        return true;
    }

    @Override
    public String description() {
        return "GeoJSON: a FeatureCollection for each image, in pixels or in the world";
    }

    @Override
    public List<FormatOption> options() {
        return List.of(OPTION);
    }

    @Override
    public Optional<LabelReader> reader() {
        return Optional.of(
                new LabelFilesReader(id(), "GeoJSON: a .geojson with features for each image", new GeoJsonParser()));
    }

    @Override
    public DataSetWriter begin(FormatContext context, EntrySink sink) {
        Optional<String> given = FormatOptions.of(this, context.options()).given(GEOTRANSFORM);
        Optional<GeoTransform> transform =
                given.flatMap(text -> GeoTransform.of(Arrays.asList(text.strip().split("[,;\\s]+", -1))));
        if (given.isPresent() && transform.isEmpty()) {
            throw new FormatOptionException(
                    GEOTRANSFORM,
                    "format option " + GEOTRANSFORM + ": " + given.get()
                            + " (expected: six numbers, b f - c e not being 0)");
        }
        return new Writer(sink, transform);
    }

    private static final class Writer implements DataSetWriter {
        private final EntrySink sink;
        private final Optional<GeoTransform> transform;
        private final Tally tally = new Tally();
        private final EntryNames names = new EntryNames(tally);

        Writer(EntrySink sink, Optional<GeoTransform> transform) {
            this.sink = sink;
            this.transform = transform;
        }

        @Override
        public void write(Prelabels prelabels) throws IOException {
            AssetInfo asset = prelabels.asset();
            try (JsonGenerator json = JsonEntry.open(names.of(asset) + ".geojson", sink)) {
                json.writeStartObject();
                json.writeStringField("type", "FeatureCollection");
                json.writeStringField("image", asset.id());
                json.writeNumberField("width", asset.size().width());
                json.writeNumberField("height", asset.size().height());
                json.writeStringField("model", prelabels.provenance().versionString());
                json.writeStringField("space", transform.isPresent() ? "world" : "pixel");
                if (transform.isPresent()) {
                    json.writeArrayFieldStart(GEOTRANSFORM);
                    for (String number : transform.get().text()) {
                        json.writeNumber(number);
                    }
                    json.writeEndArray();
                }
                json.writeArrayFieldStart("features");
                for (Annotation annotation : prelabels.annotations()) {
                    feature(json, annotation, prelabels);
                }
                json.writeEndArray();
                json.writeEndObject();
                json.writeRaw('\n');
            }
        }

        private void feature(JsonGenerator json, Annotation annotation, Prelabels prelabels) throws IOException {
            if (!(annotation instanceof Annotation.Mask)) {
                write(json, annotation, prelabels);
                return;
            }
            switch (Conversions.to(
                    GeometryKind.POLYGON, annotation, prelabels.asset().size(), 0)) {
                case Conversion.Converted converted -> {
                    tally.converted(converted.rule());
                    write(json, converted.annotation(), prelabels);
                }
                case Conversion.Unchanged _, Conversion.Unsupported _ -> tally.leftOut("no-pixel");
            }
        }

        private void write(JsonGenerator json, Annotation annotation, Prelabels prelabels) throws IOException {
            Candidate candidate = annotation.candidate();
            json.writeStartObject();
            json.writeStringField("type", "Feature");
            json.writeStringField(
                    "id",
                    AnnotationIds.of(prelabels.provenance(), prelabels.asset(), candidate)
                            .toString());
            json.writeFieldName("geometry");
            geometry(json, annotation);
            json.writeObjectFieldStart("properties");
            json.writeStringField("kind", annotation.kind().id());
            json.writeStringField("label", candidate.label());
            Decimals.SCORE.write(json, "score", candidate.score());
            json.writeObjectFieldStart("classification");
            json.writeStringField("name", candidate.label());
            json.writeEndObject();
            if (annotation instanceof Annotation.Keypoints keypoints) {
                joints(json, keypoints.points());
            }
            JsonEntry.attributes(json, candidate.attributes());
            json.writeEndObject();
            json.writeEndObject();
        }

        private static void joints(JsonGenerator json, List<Keypoint> joints) throws IOException {
            json.writeArrayFieldStart("joints");
            for (Keypoint joint : joints) {
                json.writeStartObject();
                json.writeStringField("name", joint.name());
                json.writeStringField("visibility", joint.visibility().id());
                Decimals.SCORE.write(json, "score", joint.score());
                json.writeEndObject();
            }
            json.writeEndArray();
        }

        private void geometry(JsonGenerator json, Annotation annotation) throws IOException {
            switch (annotation) {
                case Annotation.Box box ->
                    polygon(json, new PolygonPart(new Ring(box.box().corners()), List.of()));
                case Annotation.RotatedBox box ->
                    polygon(json, new PolygonPart(new Ring(box.box().corners()), List.of()));
                case Annotation.Polygon polygon -> {
                    if (polygon.parts().size() == 1) {
                        polygon(json, polygon.parts().getFirst());
                    } else {
                        begin(json, "MultiPolygon");
                        json.writeStartArray();
                        for (PolygonPart part : polygon.parts()) {
                            rings(json, part);
                        }
                        json.writeEndArray();
                        json.writeEndObject();
                    }
                }
                case Annotation.Polyline line -> {
                    begin(json, "LineString");
                    positions(json, placed(line.points()));
                    json.writeEndObject();
                }
                case Annotation.Keypoints keypoints -> {
                    List<Point> present = keypoints.points().stream()
                            .filter(joint -> joint.visibility() != Keypoint.Visibility.ABSENT)
                            .map(Keypoint::at)
                            .toList();
                    if (present.isEmpty()) {
                        json.writeNull();
                    } else {
                        begin(json, "MultiPoint");
                        positions(json, placed(present));
                        json.writeEndObject();
                    }
                }
                case Annotation.Mask _, Annotation.Classification _ -> json.writeNull();
            }
        }

        private static void begin(JsonGenerator json, String type) throws IOException {
            json.writeStartObject();
            json.writeStringField("type", type);
            json.writeFieldName("coordinates");
        }

        private void polygon(JsonGenerator json, PolygonPart part) throws IOException {
            begin(json, "Polygon");
            rings(json, part);
            json.writeEndObject();
        }

        private void rings(JsonGenerator json, PolygonPart part) throws IOException {
            json.writeStartArray();
            positions(json, closed(part.outer(), true));
            for (Ring hole : part.holes()) {
                positions(json, closed(hole, false));
            }
            json.writeEndArray();
        }

        /// From the same point on, whichever way round.
        private List<Point> closed(Ring ring, boolean counterClockwise) {
            Ring placed = new Ring(placed(ring.points()));
            List<Point> points = new ArrayList<>(placed.points());
            // Of coordinates as they are: positive where Y, which goes up for the RFC, is gone around
            // counter-clockwise.
            if (placed.signedArea() > 0 != counterClockwise && placed.signedArea() != 0) {
                points = new ArrayList<>(points.subList(1, points.size()).reversed());
                points.addFirst(placed.points().getFirst());
            }
            points.add(points.getFirst());
            return points;
        }

        private List<Point> placed(List<Point> points) {
            return transform
                    .map(world -> points.stream().map(world::toWorld).toList())
                    .orElse(points);
        }

        private void positions(JsonGenerator json, List<Point> points) throws IOException {
            json.writeStartArray();
            for (Point point : points) {
                json.writeStartArray();
                json.writeNumber(text(point.x()));
                json.writeNumber(text(point.y()));
                json.writeEndArray();
            }
            json.writeEndArray();
        }

        private String text(double coordinate) {
            return transform.map(world -> world.text(coordinate)).orElseGet(() -> Decimals.PIXELS.text(coordinate));
        }

        @Override
        public void end() {
            // Each file is complete.
        }

        @Override
        public FormatReport report() {
            return tally.report();
        }

        @Override
        public void close() {
            // Nothing is open between two calls.
        }
    }
}
