package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.AnnotationIds;
import dev.firstpass.postprocess.annotation.AssetInfo;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rasterizer;
import dev.firstpass.postprocess.geometry.Rect;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/// Labelbox NDJSON for model-assisted labeling: one line per annotation, tied to the ontology by name.
///
/// | annotation | becomes |
/// |---|---|
/// | box | `bbox` |
/// | rotated box | its corners as `polygon`: `rotated-box-to-polygon` |
/// | polygon | `polygon`; several parts several lines: `polygon-parts-to-lines` |
/// | polygon with holes | by the option `holes`: `polygon-with-holes-to-mask` or `polygon-holes-filled` |
/// | mask | `mask`, a PNG of the asset's size with samples 0 and 1 |
/// | polyline | `line` |
/// | keypoints | one `point` per joint that is present, named as the joint: `keypoints-to-points` |
/// | classification | an answer to the feature named by the option `classification` |
///
/// A radio takes one answer, the best one; the others are left out as `radio-has-one-answer`. A checklist takes all
/// in one line. Attributes become nested text classifications named as they are. Labelbox takes 5000 annotations of
/// one name per data row: an annotation whose lines would go beyond is left out.
///
/// The `uuid` of a line is the annotation's id; those of parts and joints are made from it and their number.
final class LabelboxFormat implements LabelFormat {
    private static final int MOST_PER_NAME = 5000;
    private static final String OVER_LIMIT = "over-5000-per-name";
    private static final int DATA_ROW_ID_LENGTH = 25;

    private static final FormatOption GLOBAL_KEY =
            new FormatOption("globalKey", "global key of the data row; {id} is the asset's id", AssetText.ID);
    private static final FormatOption DATA_ROW_ID =
            new FormatOption("dataRowId", "id of the data row instead of its global key; {id} is the asset's id", "");
    private static final FormatOption CLASSIFICATION = new FormatOption(
            "classification", "the ontology's classification that whole-image labels answer", "classification");
    private static final FormatOption ANSWER = new FormatOption(
            "answer", "what that classification takes: 'radio' one answer, 'checklist' several", "radio");

    private enum Answer {
        RADIO,
        CHECKLIST
    }

    @Override
    public String id() {
        return "labelbox";
    }

    @Override
    public String mediaType() {
        return "application/x-ndjson";
    }

    @Override
    public String fileExtension() {
        return ".ndjson";
    }

    @Override
    public String description() {
        return "Labelbox NDJSON for model-assisted labeling: one line per annotation";
    }

    @Override
    public List<FormatOption> options() {
        return List.of(GLOBAL_KEY, DATA_ROW_ID, CLASSIFICATION, ANSWER, Holes.OPTION);
    }

    @Override
    public Optional<LabelReader> reader() {
        return Optional.of(new LabelboxReader());
    }

    @Override
    public DataSetWriter begin(FormatContext context, EntrySink sink) throws IOException {
        FormatOptions options = FormatOptions.of(this, context.options());
        return new Writer(
                dataRow(options),
                options.text(CLASSIFICATION.name()),
                options.choice(ANSWER.name(), Answer.class),
                options.choice(Holes.OPTION.name(), Holes.class),
                JsonEntry.open(this, sink));
    }

    private static DataRowKey dataRow(FormatOptions options) {
        String name = DATA_ROW_ID.name();
        if (options.given(name).isEmpty()) {
            return new DataRowKey("globalKey", new AssetText(GLOBAL_KEY.name(), options.text(GLOBAL_KEY.name())));
        }
        String id = options.text(name);
        if (options.given(GLOBAL_KEY.name()).isPresent()) {
            throw new FormatOptionException(
                    name, "format option " + name + ": given beside globalKey (expected: one of the two)");
        }
        if (!id.contains(AssetText.ID) && id.length() != DATA_ROW_ID_LENGTH) {
            throw new FormatOptionException(
                    name, "format option " + name + ": " + id + " (expected: " + DATA_ROW_ID_LENGTH + " characters)");
        }
        return new DataRowKey("id", new AssetText(name, id));
    }

    /// How lines name their data row: `{"globalKey": ...}` or `{"id": ...}`.
    private record DataRowKey(String field, AssetText value) {}

    /// Writes the geometry of one line.
    @FunctionalInterface
    private interface Geometry {
        void write() throws IOException;
    }

    private static final class Writer implements DataSetWriter {
        private final DataRowKey dataRowKey;
        private final String classification;
        private final Answer answer;
        private final Holes holes;
        private final JsonGenerator json;
        private final Tally tally = new Tally();

        /// Of the asset being written.
        private String dataRow = "";

        private final Map<String, Integer> linesPerName = new HashMap<>();

        Writer(DataRowKey dataRowKey, String classification, Answer answer, Holes holes, JsonGenerator json) {
            this.dataRowKey = dataRowKey;
            this.classification = classification;
            this.answer = answer;
            this.holes = holes;
            this.json = json;
        }

        @Override
        public void write(Prelabels prelabels) throws IOException {
            AssetInfo asset = prelabels.asset();
            dataRow = dataRowKey.value().of(asset);
            linesPerName.clear();
            for (Annotation annotation : prelabels.annotations()) {
                UUID id = AnnotationIds.of(prelabels.provenance(), asset, annotation.candidate());
                write(annotation, id, asset);
            }
            classifications(prelabels);
        }

        private void write(Annotation annotation, UUID id, AssetInfo asset) throws IOException {
            Candidate candidate = annotation.candidate();
            String label = candidate.label();
            switch (annotation) {
                case Annotation.Box box -> {
                    if (fits(label, 1)) {
                        line(id, candidate, () -> bbox(box.box()));
                    }
                }
                case Annotation.RotatedBox rotated -> {
                    if (fits(label, 1)) {
                        tally.converted("rotated-box-to-polygon");
                        line(
                                id,
                                candidate,
                                () -> points("polygon", rotated.box().corners()));
                    }
                }
                case Annotation.Polygon polygon -> polygon(polygon, id, asset);
                case Annotation.Mask mask -> {
                    if (fits(label, 1)) {
                        line(id, candidate, () -> mask(mask.runs().toBitMask()));
                    }
                }
                case Annotation.Polyline polyline -> {
                    if (fits(label, 1)) {
                        line(id, candidate, () -> points("line", polyline.points()));
                    }
                }
                case Annotation.Keypoints keypoints -> joints(keypoints, id);
                case Annotation.Classification _ -> {
                    // Together, after all others: a checklist takes them in one line.
                }
            }
        }

        private void polygon(Annotation.Polygon polygon, UUID id, AssetInfo asset) throws IOException {
            Candidate candidate = polygon.candidate();
            boolean hasHoles = Holes.in(polygon);
            if (hasHoles && holes == Holes.MASK) {
                BitMask mask = Rasterizer.rasterize(polygon.parts(), asset.size());
                if (mask.area() == 0) {
                    tally.leftOut("no-pixel");
                } else if (fits(candidate.label(), 1)) {
                    tally.converted("polygon-with-holes-to-mask");
                    line(id, candidate, () -> mask(mask));
                }
                return;
            }
            List<PolygonPart> parts = polygon.parts();
            if (!fits(candidate.label(), parts.size())) {
                return;
            }
            if (hasHoles) {
                tally.converted("polygon-holes-filled");
            }
            if (parts.size() > 1) {
                tally.converted("polygon-parts-to-lines");
            }
            for (int part = 0; part < parts.size(); part++) {
                List<Point> ring = parts.get(part).outer().points();
                UUID lineId = parts.size() == 1 ? id : AnnotationIds.ofPart(id, Integer.toString(part));
                line(lineId, candidate, () -> points("polygon", ring));
            }
        }

        private void joints(Annotation.Keypoints keypoints, UUID id) throws IOException {
            List<Keypoint> joints = keypoints.points();
            List<Keypoint> present = joints.stream()
                    .filter(joint -> joint.visibility() != Keypoint.Visibility.ABSENT)
                    .toList();
            if (present.isEmpty()) {
                tally.leftOut("no-joint-present");
                return;
            }
            if (present.stream().anyMatch(joint -> linesOf(joint.name()) >= MOST_PER_NAME)) {
                tally.leftOut(OVER_LIMIT);
                return;
            }
            tally.converted("keypoints-to-points");
            for (int joint = 0; joint < joints.size(); joint++) {
                if (joints.get(joint).visibility() != Keypoint.Visibility.ABSENT) {
                    joint(keypoints.candidate(), joints.get(joint), AnnotationIds.ofPart(id, Integer.toString(joint)));
                }
            }
        }

        private void joint(Candidate candidate, Keypoint joint, UUID id) throws IOException {
            linesPerName.merge(joint.name(), 1, Integer::sum);
            Candidate point = new Candidate(candidate.index(), joint.name(), joint.score(), candidate.attributes());
            line(id, point, () -> {
                json.writeFieldName("point");
                point(joint.at());
            });
        }

        private void classifications(Prelabels prelabels) throws IOException {
            List<Candidate> all = Classifications.bestFirst(prelabels);
            if (all.isEmpty()) {
                return;
            }
            begin(AnnotationIds.of(prelabels.provenance(), prelabels.asset(), all.getFirst()), classification);
            switch (answer) {
                case RADIO -> {
                    json.writeFieldName("answer");
                    answer(all.getFirst());
                    all.stream().skip(1).forEach(_ -> tally.leftOut("radio-has-one-answer"));
                }
                case CHECKLIST -> {
                    json.writeArrayFieldStart("answer");
                    for (Candidate candidate : all) {
                        answer(candidate);
                    }
                    json.writeEndArray();
                }
            }
            finish();
        }

        private void answer(Candidate candidate) throws IOException {
            json.writeStartObject();
            json.writeStringField("name", candidate.label());
            Decimals.SCORE.write(json, "confidence", candidate.score());
            attributes(candidate);
            json.writeEndObject();
        }

        /// Counts `lines` of `name` against the limit; what does not fit is left out.
        private boolean fits(String name, int lines) {
            if (linesOf(name) + lines > MOST_PER_NAME) {
                tally.leftOut(OVER_LIMIT);
                return false;
            }
            linesPerName.merge(name, lines, Integer::sum);
            return true;
        }

        private int linesOf(String name) {
            return linesPerName.getOrDefault(name, 0);
        }

        private void line(UUID id, Candidate candidate, Geometry geometry) throws IOException {
            begin(id, candidate.label());
            Decimals.SCORE.write(json, "confidence", candidate.score());
            attributes(candidate);
            geometry.write();
            finish();
        }

        private void begin(UUID id, String name) throws IOException {
            json.writeStartObject();
            json.writeStringField("uuid", id.toString());
            json.writeObjectFieldStart("dataRow");
            json.writeStringField(dataRowKey.field(), dataRow);
            json.writeEndObject();
            json.writeStringField("name", name);
        }

        private void finish() throws IOException {
            json.writeEndObject();
            json.writeRaw('\n');
        }

        private void attributes(Candidate candidate) throws IOException {
            if (candidate.attributes().isEmpty()) {
                return;
            }
            json.writeArrayFieldStart("classifications");
            for (Map.Entry<String, String> attribute : new TreeMap<>(candidate.attributes()).entrySet()) {
                json.writeStartObject();
                json.writeStringField("name", attribute.getKey());
                json.writeStringField("answer", attribute.getValue());
                json.writeEndObject();
            }
            json.writeEndArray();
        }

        private void bbox(Rect box) throws IOException {
            json.writeObjectFieldStart("bbox");
            Decimals.PIXELS.write(json, "top", box.y());
            Decimals.PIXELS.write(json, "left", box.x());
            Decimals.PIXELS.write(json, "height", box.height());
            Decimals.PIXELS.write(json, "width", box.width());
            json.writeEndObject();
        }

        private void mask(BitMask mask) throws IOException {
            json.writeObjectFieldStart("mask");
            json.writeBinaryField("png", GreyPng.of(mask));
            json.writeEndObject();
        }

        private void points(String field, List<Point> points) throws IOException {
            json.writeArrayFieldStart(field);
            for (Point point : points) {
                point(point);
            }
            json.writeEndArray();
        }

        private void point(Point point) throws IOException {
            json.writeStartObject();
            Decimals.PIXELS.write(json, "x", point.x());
            Decimals.PIXELS.write(json, "y", point.y());
            json.writeEndObject();
        }

        @Override
        public void end() throws IOException {
            json.flush();
        }

        @Override
        public FormatReport report() {
            return tally.report();
        }

        @Override
        public void close() throws IOException {
            json.close();
        }
    }
}
