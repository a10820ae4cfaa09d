package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.AnnotationIds;
import dev.firstpass.postprocess.annotation.AssetInfo;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/// Encord's label rows, as its SDK has them: one JSON array with a row for each asset.
///
/// | annotation | becomes |
/// |---|---|
/// | box | `bounding_box` |
/// | rotated box | `rotatable_bounding_box`, turned about its centre by `theta` degrees |
/// | polygon | `polygon`, with all parts and holes in `polygons` |
/// | mask | `bitmask` of the whole image: run lengths along the rows in the letters of COCO's |
/// | polyline | `polyline` |
/// | keypoints | `skeleton` |
/// | classification | the answer to the classification named by the option `classification`; it takes one, the best (`radio-has-one-answer`) |
///
/// Coordinates are fractions of the image's sides. Of boxes and polygons, what is in the image is written (`clipped-to-image`);
/// points of lines and joints are moved into it (`clamped-to-image`); rotated boxes stay. Attributes of objects are text answers; those of classifications have no place (`attributes-left-out`), nor have joints'
/// scores (`joint-scores-left-out`).
///
/// Hashes of the ontology's features, which only the project knows, are made from their names and are the same each time; rows find
/// their data by `data_hash` (option `dataHash`) or title.
final class EncordFormat implements LabelFormat {
    /// For features of the ontology; itself a random UUID, fixed for ever.
    private static final UUID FEATURES = UUID.fromString("5a0e7e0c-3c55-4d3c-9d0f-6f0f2b8f4b1d");

    private static final FormatOption DATA_HASH =
            new FormatOption("dataHash", "hash of the data unit; {id} is the asset's id", AssetText.ID);
    private static final FormatOption CLASSIFICATION = new FormatOption(
            "classification", "the ontology's classification that whole-image labels answer", "classification");

    @Override
    public String id() {
        return "encord";
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
    public String description() {
        return "Encord label rows: one JSON array with a row for each image";
    }

    @Override
    public List<FormatOption> options() {
        return List.of(DATA_HASH, CLASSIFICATION);
    }

    @Override
    public Optional<LabelReader> reader() {
        return Optional.of(new EncordReader());
    }

    @Override
    public DataSetWriter begin(FormatContext context, EntrySink sink) throws IOException {
        FormatOptions options = FormatOptions.of(this, context.options());
        String now = DateTimeFormatter.RFC_1123_DATE_TIME.format(
                context.clock().instant().atOffset(ZoneOffset.UTC));
        JsonGenerator json = JsonEntry.openArray(this, sink);
        return new Writer(
                json,
                now,
                new AssetText(DATA_HASH.name(), options.text(DATA_HASH.name())),
                options.text(CLASSIFICATION.name()));
    }

    /// How Encord's values are called after their names: `Left eye` -> `left_eye`.
    private static String value(String name) {
        return name.strip().toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}]+", "_");
    }

    /// 48 bits of it, in 8 letters.
    private static String hash(UUID id) {
        byte[] bytes =
                ByteBuffer.allocate(8).putLong(id.getMostSignificantBits()).array();
        return Base64.getUrlEncoder().encodeToString(Arrays.copyOf(bytes, 6));
    }

    private static String feature(String... path) {
        return hash(AnnotationIds.ofPart(FEATURES, String.join("/", path)));
    }

    private static final class Writer implements DataSetWriter {
        private final JsonGenerator json;
        private final String now;
        private final AssetText dataHash;
        private final String classification;
        private final Tally tally = new Tally();

        Writer(JsonGenerator json, String now, AssetText dataHash, String classification) {
            this.json = json;
            this.now = now;
            this.dataHash = dataHash;
            this.classification = classification;
        }

        @Override
        public void write(Prelabels prelabels) throws IOException {
            AssetInfo asset = prelabels.asset();
            String data = dataHash.of(asset);
            json.writeStartObject();
            json.writeNullField("label_hash");
            json.writeStringField("branch_name", "main");
            json.writeStringField("created_at", now);
            json.writeStringField("last_edited_at", now);
            json.writeStringField("dataset_hash", "");
            json.writeStringField("dataset_title", "");
            json.writeStringField("data_hash", data);
            json.writeStringField("data_title", asset.id());
            json.writeStringField("data_type", "image");
            json.writeStringField("label_status", "LABEL_IN_PROGRESS");
            json.writeStringField("annotation_task_status", "QUEUED");
            json.writeBooleanField("is_shadow_data", false);
            json.writeObjectFieldStart("data_units");
            json.writeObjectFieldStart(data);
            json.writeStringField("data_hash", data);
            json.writeStringField("data_title", asset.id());
            json.writeStringField("data_link", "");
            json.writeStringField("data_type", "image/" + subtype(asset.id()));
            json.writeStringField("data_sequence", "0");
            json.writeNumberField("width", asset.size().width());
            json.writeNumberField("height", asset.size().height());
            json.writeObjectFieldStart("labels");
            Row row = new Row(prelabels);
            json.writeArrayFieldStart("objects");
            for (Annotation annotation : prelabels.annotations()) {
                row.object(annotation);
            }
            json.writeEndArray();
            Optional<Candidate> answer = answer(prelabels);
            json.writeArrayFieldStart("classifications");
            if (answer.isPresent()) {
                row.classification(answer.get());
            }
            json.writeEndArray();
            json.writeEndObject();
            json.writeEndObject();
            json.writeEndObject();
            row.objectAnswers();
            json.writeObjectFieldStart("classification_answers");
            if (answer.isPresent()) {
                row.classificationAnswer(answer.get());
            }
            json.writeEndObject();
            json.writeObjectFieldStart("object_actions");
            json.writeEndObject();
            json.writeEndObject();
        }

        private static String subtype(String name) {
            String ending = ImageNames.isImage(name)
                    ? name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT)
                    : "jpeg";
            return ending.equals("jpg") ? "jpeg" : ending;
        }

        private Optional<Candidate> answer(Prelabels prelabels) {
            List<Candidate> all = Classifications.bestFirst(prelabels);
            all.stream().skip(1).forEach(_ -> tally.leftOut("radio-has-one-answer"));
            all.stream().limit(1).forEach(one -> Losses.attributes(tally, one));
            return all.stream().findFirst();
        }

        @Override
        public void end() throws IOException {
            JsonEntry.endArray(json);
        }

        @Override
        public FormatReport report() {
            return tally.report();
        }

        @Override
        public void close() throws IOException {
            json.close();
        }

        /// Of one asset.
        private final class Row {
            private final Prelabels prelabels;
            private final ImageSize size;
            private final List<Candidate> objects = new ArrayList<>();

            Row(Prelabels prelabels) {
                this.prelabels = prelabels;
                this.size = prelabels.asset().size();
            }

            private String hashOf(Candidate candidate) {
                return hash(AnnotationIds.of(prelabels.provenance(), prelabels.asset(), candidate));
            }

            void object(Annotation annotation) throws IOException {
                switch (annotation) {
                    case Annotation.Box box -> box(box);
                    case Annotation.RotatedBox box -> {
                        begin(box.candidate(), "rotatable_bounding_box");
                        json.writeObjectFieldStart("rotatableBoundingBox");
                        members(CvatShapes.upright(box.box()));
                        Decimals.DEGREES.write(json, "theta", CvatShapes.rotation(box.box()));
                        json.writeEndObject();
                        json.writeEndObject();
                    }
                    case Annotation.Polygon polygon -> polygon(polygon);
                    case Annotation.Mask mask -> {
                        begin(mask.candidate(), "bitmask");
                        bitmask(mask.runs());
                        json.writeEndObject();
                    }
                    case Annotation.Polyline line -> {
                        countClamped(line.points());
                        begin(line.candidate(), "polyline");
                        numbered("polyline", line.points());
                        json.writeEndObject();
                    }
                    case Annotation.Keypoints keypoints -> skeleton(keypoints);
                    case Annotation.Classification _ -> {
                        // An answer of the row.
                    }
                }
            }

            private void box(Annotation.Box box) throws IOException {
                Rect clipped = box.box().clippedTo(size);
                if (clipped.area() == 0) {
                    tally.leftOut("no-area-in-image");
                    return;
                }
                if (Bounds.reachesOut(box.box(), size)) {
                    tally.converted("clipped-to-image");
                }
                begin(box.candidate(), "bounding_box");
                json.writeObjectFieldStart("boundingBox");
                members(clipped);
                json.writeEndObject();
                json.writeEndObject();
            }

            private void members(Rect box) throws IOException {
                Decimals.FRACTION.write(json, "h", box.height() / size.height());
                Decimals.FRACTION.write(json, "w", box.width() / size.width());
                Decimals.FRACTION.write(json, "x", box.x() / size.width());
                Decimals.FRACTION.write(json, "y", box.y() / size.height());
            }

            private void polygon(Annotation.Polygon polygon) throws IOException {
                List<PolygonPart> parts = Bounds.clipped(polygon, size, tally);
                if (parts.isEmpty()) {
                    return;
                }
                begin(polygon.candidate(), "polygon");
                numbered("polygon", parts.getFirst().outer().points());
                json.writeArrayFieldStart("polygons");
                for (PolygonPart part : parts) {
                    json.writeStartArray();
                    flat(part.outer());
                    for (Ring hole : part.holes()) {
                        flat(hole);
                    }
                    json.writeEndArray();
                }
                json.writeEndArray();
                json.writeEndObject();
            }

            private void countClamped(List<Point> points) {
                if (Bounds.reachesOut(points, size)) {
                    tally.converted("clamped-to-image");
                }
            }

            private void flat(Ring ring) throws IOException {
                json.writeStartArray();
                for (Point point : Bounds.clamped(ring.points(), size)) {
                    Decimals.FRACTION.write(json, point.x() / size.width());
                    Decimals.FRACTION.write(json, point.y() / size.height());
                }
                json.writeEndArray();
            }

            private void numbered(String field, List<Point> points) throws IOException {
                json.writeObjectFieldStart(field);
                int number = 0;
                for (Point point : points) {
                    json.writeObjectFieldStart(Integer.toString(number++));
                    fractions(point);
                    json.writeEndObject();
                }
                json.writeEndObject();
            }

            private void fractions(Point point) throws IOException {
                Point within = Bounds.clamped(point, size);
                Decimals.FRACTION.write(json, "x", within.x() / size.width());
                Decimals.FRACTION.write(json, "y", within.y() / size.height());
            }

            private void bitmask(RunLengths runs) throws IOException {
                json.writeObjectFieldStart("bitmask");
                json.writeNumberField("top", 0);
                json.writeNumberField("left", 0);
                json.writeNumberField("height", size.height());
                json.writeNumberField("width", size.width());
                json.writeStringField("rleString", RowMajor.text(runs.toBitMask()));
                json.writeEndObject();
            }

            private void skeleton(Annotation.Keypoints keypoints) throws IOException {
                List<Point> present = keypoints.points().stream()
                        .filter(joint -> joint.visibility() != Keypoint.Visibility.ABSENT)
                        .map(Keypoint::at)
                        .toList();
                if (present.isEmpty()) {
                    tally.leftOut("no-joint-present");
                    return;
                }
                Losses.jointScores(tally, keypoints);
                countClamped(present);
                String label = keypoints.candidate().label();
                begin(keypoints.candidate(), "skeleton");
                json.writeObjectFieldStart("skeleton");
                int number = 0;
                for (Keypoint joint : keypoints.points()) {
                    json.writeObjectFieldStart(Integer.toString(number++));
                    fractions(joint.visibility() == Keypoint.Visibility.ABSENT ? new Point(0, 0) : joint.at());
                    json.writeStringField("name", joint.name());
                    json.writeStringField("featureHash", feature(label, joint.name()));
                    json.writeStringField("value", value(joint.name()));
                    json.writeStringField("visibility", EncordReader.visibility(joint.visibility()));
                    json.writeEndObject();
                }
                json.writeEndObject();
                json.writeEndObject();
            }

            private void begin(Candidate candidate, String shape) throws IOException {
                objects.add(candidate);
                json.writeStartObject();
                head(candidate, candidate.label(), feature(candidate.label()));
                json.writeStringField("color", "#D33115");
                json.writeStringField("shape", shape);
                json.writeStringField("objectHash", hashOf(candidate));
            }

            private void head(Candidate candidate, String name, String featureHash) throws IOException {
                json.writeStringField("name", name);
                json.writeStringField("value", value(name));
                json.writeStringField("createdAt", now);
                json.writeStringField("createdBy", prelabels.provenance().versionString());
                Decimals.SCORE.write(json, "confidence", candidate.score());
                json.writeStringField("featureHash", featureHash);
                json.writeBooleanField("manualAnnotation", false);
            }

            void classification(Candidate candidate) throws IOException {
                json.writeStartObject();
                head(candidate, classification, feature(classification));
                json.writeStringField("classificationHash", hashOf(candidate));
                json.writeEndObject();
            }

            void classificationAnswer(Candidate candidate) throws IOException {
                json.writeObjectFieldStart(hashOf(candidate));
                json.writeStringField("classificationHash", hashOf(candidate));
                json.writeStringField("featureHash", feature(classification));
                json.writeArrayFieldStart("classifications");
                json.writeStartObject();
                json.writeStringField("name", classification);
                json.writeStringField("value", value(classification));
                json.writeStringField("featureHash", feature(classification, ""));
                json.writeBooleanField("manualAnnotation", false);
                json.writeArrayFieldStart("answers");
                json.writeStartObject();
                json.writeStringField("name", candidate.label());
                json.writeStringField("value", value(candidate.label()));
                json.writeStringField("featureHash", feature(classification, "", candidate.label()));
                json.writeEndObject();
                json.writeEndArray();
                json.writeEndObject();
                json.writeEndArray();
                json.writeEndObject();
            }

            void objectAnswers() throws IOException {
                json.writeObjectFieldStart("object_answers");
                for (Candidate candidate : objects) {
                    json.writeObjectFieldStart(hashOf(candidate));
                    json.writeStringField("objectHash", hashOf(candidate));
                    json.writeArrayFieldStart("classifications");
                    for (Map.Entry<String, String> attribute : new TreeMap<>(candidate.attributes()).entrySet()) {
                        json.writeStartObject();
                        json.writeStringField("name", attribute.getKey());
                        json.writeStringField("value", value(attribute.getKey()));
                        json.writeStringField("answers", attribute.getValue());
                        json.writeStringField("featureHash", feature(candidate.label(), attribute.getKey()));
                        json.writeBooleanField("manualAnnotation", false);
                        json.writeEndObject();
                    }
                    json.writeEndArray();
                    json.writeEndObject();
                }
                json.writeEndObject();
            }
        }
    }
}
