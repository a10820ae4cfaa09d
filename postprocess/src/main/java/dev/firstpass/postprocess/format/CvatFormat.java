package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Conversions;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.OutlineRule;
import dev.firstpass.postprocess.geometry.Outlines;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rasterizer;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What CVAT's detectors answer (its serverless functions): for each asset a JSON array with an object for each annotation.
///
/// | annotation | becomes |
/// |---|---|
/// | box | `rectangle` |
/// | rotated box | `rectangle` with `rotation`, about its centre |
/// | polygon | `polygon`; several parts several of them in one group |
/// | polygon with holes | by the option `holes`: `polygon-with-holes-to-mask` or `polygon-holes-filled` |
/// | mask | `mask`: the pixels of its smallest rectangle row by row, and that rectangle with its last column and row |
/// | polyline | `polyline` |
/// | keypoints | `skeleton`; an absent joint is `outside` |
/// | classification | `tag` |
///
/// A mask brings its largest outline as `points` too: CVAT takes that where a user ticks "convert masks to polygons", and does not
/// convert without it. CVAT passes over `confidence`; the option `scoreAttribute` names a text attribute of the labels that has the
/// score as well, where CVAT shows it and filters by it. Neither ids nor the model have a place.
final class CvatFormat implements LabelFormat {
    private static final FormatOption SCORE_ATTRIBUTE = new FormatOption(
            "scoreAttribute", "text attribute of the labels that has the score as well, for instance 'confidence'", "");

    @Override
    public String id() {
        return "cvat";
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
        return "what CVAT's detectors answer: a JSON array of shapes for each asset";
    }

    @Override
    public List<FormatOption> options() {
        return List.of(SCORE_ATTRIBUTE, Holes.OPTION);
    }

    @Override
    public Optional<LabelReader> reader() {
        return Optional.of(new LabelFilesReader(
                id(), "CVAT's detectors: a .json with an array of shapes for each image", new CvatParser()));
    }

    @Override
    public DataSetWriter begin(FormatContext context, EntrySink sink) {
        FormatOptions options = FormatOptions.of(this, context.options());
        return new Writer(
                sink, options.given(SCORE_ATTRIBUTE.name()), options.choice(Holes.OPTION.name(), Holes.class));
    }

    private static final class Writer implements DataSetWriter {
        private final EntrySink sink;
        private final Optional<String> scoreAttribute;
        private final Holes holes;
        private final Tally tally = new Tally();
        private final EntryNames names = new EntryNames(tally);

        Writer(EntrySink sink, Optional<String> scoreAttribute, Holes holes) {
            this.sink = sink;
            this.scoreAttribute = scoreAttribute;
            this.holes = holes;
        }

        @Override
        public void write(Prelabels prelabels) throws IOException {
            try (JsonGenerator json = JsonEntry.open("annotations/" + names.of(prelabels.asset()) + ".json", sink)) {
                Shapes shapes = new Shapes(json, prelabels.asset().size());
                json.writeStartArray();
                for (Annotation annotation : prelabels.annotations()) {
                    shapes.write(annotation);
                }
                json.writeEndArray();
                json.writeRaw('\n');
            }
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
            private final ImageSize size;
            private int groups;

            Shapes(JsonGenerator json, ImageSize size) {
                this.json = json;
                this.size = size;
            }

            void write(Annotation annotation) throws IOException {
                switch (annotation) {
                    case Annotation.Box box -> rectangle(box.candidate(), box.box(), 0);
                    case Annotation.RotatedBox box ->
                        rectangle(box.candidate(), CvatShapes.upright(box.box()), CvatShapes.rotation(box.box()));
                    case Annotation.Polygon polygon -> polygon(polygon);
                    case Annotation.Mask mask -> mask(mask.candidate(), mask.runs());
                    case Annotation.Polyline line -> {
                        begin(line.candidate(), "polyline");
                        points(line.points());
                        json.writeEndObject();
                    }
                    case Annotation.Keypoints keypoints -> skeleton(keypoints);
                    case Annotation.Classification tag -> {
                        begin(tag.candidate(), "tag");
                        json.writeEndObject();
                    }
                }
            }

            private void rectangle(Candidate candidate, Rect box, double rotation) throws IOException {
                begin(candidate, "rectangle");
                points(List.of(new Point(box.x(), box.y()), new Point(box.right(), box.bottom())));
                if (rotation != 0) {
                    Decimals.DEGREES.write(json, "rotation", rotation);
                }
                json.writeEndObject();
            }

            private void polygon(Annotation.Polygon polygon) throws IOException {
                boolean hasHoles = Holes.in(polygon);
                if (hasHoles && holes == Holes.MASK) {
                    BitMask mask = Rasterizer.rasterize(polygon.parts(), size);
                    if (mask.area() == 0) {
                        tally.leftOut("no-pixel");
                        return;
                    }
                    tally.converted("polygon-with-holes-to-mask");
                    mask(polygon.candidate(), RunLengths.of(mask));
                    return;
                }
                if (hasHoles) {
                    tally.converted("polygon-holes-filled");
                }
                int group = polygon.parts().size() > 1 ? ++groups : 0;
                for (PolygonPart part : polygon.parts()) {
                    begin(polygon.candidate(), "polygon");
                    points(part.outer().points());
                    if (group > 0) {
                        json.writeNumberField("group_id", group);
                    }
                    json.writeEndObject();
                }
            }

            private void mask(Candidate candidate, RunLengths runs) throws IOException {
                CroppedMask crop = CroppedMask.of(runs);
                begin(candidate, "mask");
                json.writeArrayFieldStart("mask");
                for (int y = 0; y < crop.pixels().size().height(); y++) {
                    for (int x = 0; x < crop.pixels().size().width(); x++) {
                        json.writeNumber(crop.pixels().get(x, y) ? 1 : 0);
                    }
                }
                for (int bound : new int[] {crop.left(), crop.top(), crop.right(), crop.bottom()}) {
                    json.writeNumber(bound);
                }
                json.writeEndArray();
                Optional<PolygonPart> largest =
                        Outlines.of(runs.toBitMask(), OutlineRule.tolerance(Conversions.DEFAULT_SIMPLIFY)).stream()
                                .max(Comparator.comparingDouble(PolygonPart::area));
                if (largest.isPresent()) {
                    points(largest.get().outer().points());
                }
                json.writeEndObject();
            }

            private void skeleton(Annotation.Keypoints keypoints) throws IOException {
                boolean isAnyPresent =
                        keypoints.points().stream().anyMatch(joint -> joint.visibility() != Keypoint.Visibility.ABSENT);
                if (!isAnyPresent) {
                    tally.leftOut("no-joint-present");
                    return;
                }
                begin(keypoints.candidate(), "skeleton");
                json.writeArrayFieldStart("elements");
                for (Keypoint joint : keypoints.points()) {
                    boolean isAbsent = joint.visibility() == Keypoint.Visibility.ABSENT;
                    json.writeStartObject();
                    json.writeStringField("label", joint.name());
                    json.writeStringField("type", "points");
                    json.writeFieldName("points");
                    JsonPoints.flat(json, List.of(isAbsent ? new Point(0, 0) : joint.at()));
                    json.writeNumberField("outside", isAbsent ? 1 : 0);
                    json.writeNumberField("occluded", joint.visibility() == Keypoint.Visibility.OCCLUDED ? 1 : 0);
                    json.writeStringField("confidence", Decimals.SCORE.text(joint.score()));
                    json.writeEndObject();
                }
                json.writeEndArray();
                json.writeEndObject();
            }

            private void begin(Candidate candidate, String type) throws IOException {
                json.writeStartObject();
                json.writeStringField("label", candidate.label());
                json.writeStringField("type", type);
                String score = Decimals.SCORE.text(candidate.score());
                json.writeStringField("confidence", score);
                Map<String, String> attributes = new TreeMap<>(candidate.attributes());
                scoreAttribute.ifPresent(name -> attributes.put(name, score));
                if (!attributes.isEmpty()) {
                    json.writeArrayFieldStart("attributes");
                    for (Map.Entry<String, String> attribute : attributes.entrySet()) {
                        json.writeStartObject();
                        json.writeStringField("name", attribute.getKey());
                        json.writeStringField("value", attribute.getValue());
                        json.writeEndObject();
                    }
                    json.writeEndArray();
                }
            }

            private void points(List<Point> points) throws IOException {
                json.writeFieldName("points");
                JsonPoints.flat(json, points);
            }
        }
    }
}
