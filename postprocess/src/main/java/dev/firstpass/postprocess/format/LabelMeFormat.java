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
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rasterizer;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// LabelMe: a JSON file for each asset, to stand beside it, and the dialect of X-AnyLabeling by the option `dialect`.
///
/// | annotation | becomes in LabelMe | in X-AnyLabeling, where it differs |
/// |---|---|---|
/// | box | `rectangle` of 2 points | of 4 |
/// | rotated box | `oriented_rectangle` | `rotation` with a `direction` |
/// | polygon | `polygon`; several parts several of them in one group | |
/// | polygon with holes | by the option `holes`: `polygon-with-holes-to-mask` or `polygon-holes-filled` | `polygon-holes-bridged` or filled |
/// | mask | `mask`: a PNG of its smallest rectangle, whose last column and row are part of it | `mask-to-polygon` |
/// | polyline | `linestrip` | |
/// | keypoints | a `rectangle` around them, and a `point` for each in its group; absent ones are left away: `absent-joints-left-out` | |
/// | classification | a flag of the image; its score and attributes have no place (`score-left-out`, `attributes-left-out`) | |
///
/// Each shape has `score`, `id` and `attributes` besides, which X-AnyLabeling knows and LabelMe keeps; the file has the model's version in
/// `model`. An occluded joint has a flag `occluded`, and is `difficult` in X-AnyLabeling.
final class LabelMeFormat implements LabelFormat {
    static final String OCCLUDED = "occluded";

    private static final String VERSION = "6.3.1";
    private static final FormatOption DIALECT =
            new FormatOption("dialect", "which tool's: 'labelme' or 'x-anylabeling'", "labelme");

    private enum Dialect {
        LABELME,
        X_ANYLABELING
    }

    @Override
    public String id() {
        return "labelme";
    }

    @Override
    public String mediaType() {
        return "application/json";
    }

    @Override
    public String fileExtension() {
        return ".json";
    }

    @Override
    public boolean isPerAsset() {
        return true;
    }

    @Override
    public String description() {
        return "LabelMe and X-AnyLabeling: a JSON file beside each image";
    }

    @Override
    public List<FormatOption> options() {
        return List.of(DIALECT, Holes.OPTION);
    }

    @Override
    public Optional<LabelReader> reader() {
        return Optional.of(new LabelFilesReader(
                id(), "LabelMe and X-AnyLabeling: a .json with shapes for each image", new LabelMeParser()));
    }

    @Override
    public DataSetWriter begin(FormatContext context, EntrySink sink) {
        FormatOptions options = FormatOptions.of(this, context.options());
        return new Writer(
                sink, dialect(options.text(DIALECT.name())), options.choice(Holes.OPTION.name(), Holes.class));
    }

    private static Dialect dialect(String text) {
        return switch (text) {
            case "labelme" -> Dialect.LABELME;
            case "x-anylabeling" -> Dialect.X_ANYLABELING;
            default ->
                throw new FormatOptionException(
                        DIALECT.name(),
                        "format option " + DIALECT.name() + ": " + text + " (expected: labelme or x-anylabeling)");
        };
    }

    private static final class Writer implements DataSetWriter {
        private final EntrySink sink;
        private final Dialect dialect;
        private final Holes holes;
        private final Tally tally = new Tally();
        private final EntryNames names = new EntryNames(tally);

        Writer(EntrySink sink, Dialect dialect, Holes holes) {
            this.sink = sink;
            this.dialect = dialect;
            this.holes = holes;
        }

        @Override
        public void write(Prelabels prelabels) throws IOException {
            AssetInfo asset = prelabels.asset();
            try (JsonGenerator json = JsonEntry.open(names.of(asset) + ".json", sink)) {
                json.writeStartObject();
                json.writeStringField("version", VERSION);
                flags(json, prelabels);
                json.writeArrayFieldStart("shapes");
                Shapes shapes = new Shapes(json, prelabels);
                for (Annotation annotation : prelabels.annotations()) {
                    shapes.write(annotation);
                }
                json.writeEndArray();
                json.writeStringField("imagePath", ImageNames.last(asset.id()));
                json.writeNullField("imageData");
                json.writeNumberField("imageHeight", asset.size().height());
                json.writeNumberField("imageWidth", asset.size().width());
                json.writeStringField("model", prelabels.provenance().versionString());
                json.writeEndObject();
                json.writeRaw('\n');
            }
        }

        private void flags(JsonGenerator json, Prelabels prelabels) throws IOException {
            json.writeObjectFieldStart("flags");
            Set<String> labels = new HashSet<>();
            for (Annotation annotation : prelabels.annotations()) {
                if (annotation instanceof Annotation.Classification
                        && !labels.add(annotation.candidate().label())) {
                    tally.leftOut("flag-is-set-already");
                } else if (annotation instanceof Annotation.Classification) {
                    Losses.score(tally, annotation.candidate());
                    Losses.attributes(tally, annotation.candidate());
                    json.writeBooleanField(annotation.candidate().label(), true);
                }
            }
            json.writeEndObject();
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

        /// Of one asset.
        private final class Shapes {
            private final JsonGenerator json;
            private final Prelabels prelabels;
            private int groups;

            Shapes(JsonGenerator json, Prelabels prelabels) {
                this.json = json;
                this.prelabels = prelabels;
            }

            void write(Annotation annotation) throws IOException {
                switch (annotation) {
                    case Annotation.Box box -> rectangle(box.candidate(), box.box(), 0);
                    case Annotation.RotatedBox box -> {
                        begin(
                                box.candidate(),
                                dialect == Dialect.LABELME ? "oriented_rectangle" : "rotation",
                                box.box().corners(),
                                0);
                        if (dialect == Dialect.X_ANYLABELING) {
                            Decimals.RADIANS.write(json, "direction", Math.toRadians(CvatShapes.rotation(box.box())));
                        }
                        finish(box.candidate());
                    }
                    case Annotation.Polygon polygon -> polygon(polygon);
                    case Annotation.Mask mask -> mask(mask);
                    case Annotation.Polyline line -> {
                        begin(line.candidate(), "linestrip", line.points(), 0);
                        finish(line.candidate());
                    }
                    case Annotation.Keypoints keypoints -> joints(keypoints);
                    case Annotation.Classification _ -> {
                        // A flag of the image.
                    }
                }
            }

            private void rectangle(Candidate candidate, Rect box, int group) throws IOException {
                List<Point> corners = dialect == Dialect.LABELME
                        ? List.of(new Point(box.x(), box.y()), new Point(box.right(), box.bottom()))
                        : box.corners();
                begin(candidate, "rectangle", corners, group);
                finish(candidate);
            }

            private void polygon(Annotation.Polygon polygon) throws IOException {
                boolean hasHoles = Holes.in(polygon);
                if (hasHoles && holes == Holes.MASK && dialect == Dialect.LABELME) {
                    BitMask mask = Rasterizer.rasterize(
                            polygon.parts(), prelabels.asset().size());
                    if (mask.area() == 0) {
                        tally.leftOut("no-pixel");
                        return;
                    }
                    tally.converted("polygon-with-holes-to-mask");
                    mask(polygon.candidate(), RunLengths.of(mask));
                    return;
                }
                if (hasHoles) {
                    tally.converted(holes == Holes.MASK ? "polygon-holes-bridged" : "polygon-holes-filled");
                }
                int group = polygon.parts().size() > 1 ? ++groups : 0;
                for (PolygonPart part : polygon.parts()) {
                    Ring ring = !part.holes().isEmpty() && holes == Holes.MASK ? Bridges.bridged(part) : part.outer();
                    begin(polygon.candidate(), "polygon", ring.points(), group);
                    finish(polygon.candidate());
                }
            }

            private void mask(Annotation.Mask mask) throws IOException {
                if (dialect == Dialect.LABELME) {
                    mask(mask.candidate(), mask.runs());
                    return;
                }
                switch (Conversions.to(
                        GeometryKind.POLYGON, mask, prelabels.asset().size(), Conversions.DEFAULT_SIMPLIFY)) {
                    case Conversion.Converted converted -> {
                        tally.converted(converted.rule());
                        polygon((Annotation.Polygon) converted.annotation());
                    }
                    case Conversion.Unchanged _, Conversion.Unsupported _ -> tally.leftOut("no-pixel");
                }
            }

            private void mask(Candidate candidate, RunLengths runs) throws IOException {
                CroppedMask crop = CroppedMask.of(runs);
                begin(
                        candidate,
                        "mask",
                        List.of(new Point(crop.left(), crop.top()), new Point(crop.right(), crop.bottom())),
                        0);
                json.writeBinaryField("mask", GreyPng.of(crop.pixels()));
                finish(candidate);
            }

            private void joints(Annotation.Keypoints keypoints) throws IOException {
                List<Keypoint> present = keypoints.points().stream()
                        .filter(joint -> joint.visibility() != Keypoint.Visibility.ABSENT)
                        .toList();
                Optional<Rect> box = keypoints.bounds();
                if (present.isEmpty() || box.isEmpty()) {
                    tally.leftOut("no-joint-present");
                    return;
                }
                if (present.size() < keypoints.points().size()) {
                    tally.converted("absent-joints-left-out");
                }
                int group = ++groups;
                rectangle(keypoints.candidate(), box.get(), group);
                for (Keypoint joint : present) {
                    boolean isOccluded = joint.visibility() == Keypoint.Visibility.OCCLUDED;
                    Candidate point = new Candidate(
                            keypoints.candidate().index(),
                            joint.name(),
                            joint.score(),
                            isOccluded ? Map.of(OCCLUDED, "1") : Map.of());
                    begin(point, "point", List.of(joint.at()), group);
                    finish(point);
                }
            }

            private void begin(Candidate candidate, String type, List<Point> points, int group) throws IOException {
                json.writeStartObject();
                json.writeStringField("label", candidate.label());
                json.writeFieldName("points");
                JsonPoints.pairs(json, points);
                if (group > 0) {
                    json.writeNumberField("group_id", group);
                } else {
                    json.writeNullField("group_id");
                }
                json.writeStringField("description", "");
                json.writeStringField("shape_type", type);
            }

            private void finish(Candidate candidate) throws IOException {
                boolean isOccluded =
                        candidate.attributes().getOrDefault(OCCLUDED, "").equals("1");
                json.writeObjectFieldStart("flags");
                if (isOccluded) {
                    json.writeBooleanField(OCCLUDED, true);
                }
                json.writeEndObject();
                Decimals.SCORE.write(json, "score", candidate.score());
                json.writeStringField(
                        "id",
                        AnnotationIds.of(prelabels.provenance(), prelabels.asset(), candidate)
                                .toString());
                Map<String, String> attributes = new TreeMap<>(candidate.attributes());
                attributes.remove(OCCLUDED, "1");
                JsonEntry.attributes(json, attributes);
                if (dialect == Dialect.X_ANYLABELING) {
                    json.writeBooleanField("difficult", isOccluded);
                    json.writeArrayFieldStart("kie_linking");
                    json.writeEndArray();
                }
                json.writeEndObject();
            }
        }
    }
}
