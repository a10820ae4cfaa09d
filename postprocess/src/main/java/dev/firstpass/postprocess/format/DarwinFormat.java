package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.AnnotationIds;
import dev.firstpass.postprocess.annotation.AssetInfo;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.annotation.Provenance;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/// V7 Darwin JSON 2.0: a file for each asset.
///
/// | annotation | becomes |
/// |---|---|
/// | box | `bounding_box` |
/// | rotated box | its corners as `polygon`: `rotated-box-to-polygon` |
/// | polygon | `polygon`, a path for each ring, which are filled by the even-odd rule |
/// | mask | `mask`, and its pixels in the one `__raster_layer__` of the file |
/// | polyline | `line` |
/// | keypoints | `skeleton`; absent joints are left away: `absent-joints-left-out` |
/// | classification | `tag` |
///
/// Rings of parts that lie over each other would be holes by the even-odd rule: a polygon whose parts' bounds overlap becomes one
/// annotation for each part (`polygon-parts-to-annotations`), whose ids are made from the annotation's.
///
/// The raster layer has one value for a pixel: of masks that overlap, the better score lies on top (`overlap-cut`; hidden
/// wholly: left out as `overlap-hidden`). It is written along the rows, as value and count in turn.
///
/// The score and the model stand in `inference`; the attribute `text` in `text`, others in `attributes` as `name: value`, those of value
/// 1 as their name. Scores of joints have no place (`joint-scores-left-out`).
final class DarwinFormat implements LabelFormat {
    static final String RASTER_LAYER = "__raster_layer__";
    static final String TEXT = "text";

    /// Between name and value of an attribute.
    static final String COLON = ": ";

    private static final String SCHEMA = "https://darwin-public.s3.eu-west-1.amazonaws.com/darwin_json/2.0/schema.json";
    private static final String SLOT = "0";

    @Override
    public String id() {
        return "darwin";
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
        return "V7 Darwin JSON 2.0: a file for each image";
    }

    @Override
    public List<FormatOption> options() {
        return List.of();
    }

    @Override
    public Optional<LabelReader> reader() {
        return Optional.of(new LabelFilesReader(
                id(), "V7 Darwin JSON: a .json with item and annotations for each image", new DarwinParser()));
    }

    @Override
    public DataSetWriter begin(FormatContext context, EntrySink sink) {
        FormatOptions.of(this, context.options());
        return new Writer(sink);
    }

    private static final class Writer implements DataSetWriter {
        private final EntrySink sink;
        private final Tally tally = new Tally();
        private final EntryNames names = new EntryNames(tally);

        Writer(EntrySink sink) {
            this.sink = sink;
        }

        @Override
        public void write(Prelabels prelabels) throws IOException {
            try (JsonGenerator json = JsonEntry.open("annotations/" + names.of(prelabels.asset()) + ".json", sink)) {
                json.writeStartObject();
                json.writeStringField("version", "2.0");
                json.writeStringField("schema_ref", SCHEMA);
                item(json, prelabels.asset());
                json.writeArrayFieldStart("annotations");
                Annotations annotations = new Annotations(json, prelabels);
                for (Annotation annotation : prelabels.annotations()) {
                    annotations.write(annotation);
                }
                annotations.rasterLayer();
                json.writeEndArray();
                json.writeEndObject();
                json.writeRaw('\n');
            }
        }

        private static void item(JsonGenerator json, AssetInfo asset) throws IOException {
            String name = ImageNames.last(asset.id());
            json.writeObjectFieldStart("item");
            json.writeStringField("name", name);
            json.writeStringField("path", "/" + ImageNames.folder(asset.id()));
            json.writeObjectFieldStart("source_info");
            json.writeEndObject();
            json.writeArrayFieldStart("slots");
            json.writeStartObject();
            json.writeStringField("type", "image");
            json.writeStringField("slot_name", SLOT);
            json.writeNumberField("width", asset.size().width());
            json.writeNumberField("height", asset.size().height());
            json.writeArrayFieldStart("source_files");
            json.writeStartObject();
            json.writeStringField("file_name", name);
            json.writeStringField("url", "");
            json.writeEndObject();
            json.writeEndArray();
            json.writeEndObject();
            json.writeEndArray();
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
        private final class Annotations {
            private final JsonGenerator json;
            private final Prelabels prelabels;

            Annotations(JsonGenerator json, Prelabels prelabels) {
                this.json = json;
                this.prelabels = prelabels;
            }

            private UUID id(Candidate candidate) {
                return AnnotationIds.of(prelabels.provenance(), prelabels.asset(), candidate);
            }

            void write(Annotation annotation) throws IOException {
                Candidate candidate = annotation.candidate();
                switch (annotation) {
                    case Annotation.Box box -> {
                        begin(candidate, id(candidate));
                        boundingBox(box.box());
                        json.writeEndObject();
                    }
                    case Annotation.RotatedBox box -> {
                        tally.converted("rotated-box-to-polygon");
                        polygon(
                                candidate,
                                id(candidate),
                                List.of(new PolygonPart(new Ring(box.box().corners()), List.of())));
                    }
                    case Annotation.Polygon polygon -> polygon(polygon);
                    case Annotation.Mask _ -> {
                        // Together, after all others: they share one layer.
                    }
                    case Annotation.Polyline line -> {
                        begin(candidate, id(candidate));
                        json.writeObjectFieldStart("line");
                        json.writeFieldName("path");
                        JsonPoints.objects(json, line.points());
                        json.writeEndObject();
                        json.writeEndObject();
                    }
                    case Annotation.Keypoints keypoints -> skeleton(keypoints);
                    case Annotation.Classification _ -> {
                        begin(candidate, id(candidate));
                        json.writeObjectFieldStart("tag");
                        json.writeEndObject();
                        json.writeEndObject();
                    }
                }
            }

            private void polygon(Annotation.Polygon polygon) throws IOException {
                Candidate candidate = polygon.candidate();
                if (!EvenOdd.isApart(polygon.parts())) {
                    tally.converted("polygon-parts-to-annotations");
                    for (int part = 0; part < polygon.parts().size(); part++) {
                        polygon(
                                candidate,
                                AnnotationIds.ofPart(id(candidate), Integer.toString(part)),
                                List.of(polygon.parts().get(part)));
                    }
                    return;
                }
                polygon(candidate, id(candidate), polygon.parts());
            }

            private void polygon(Candidate candidate, UUID id, List<PolygonPart> parts) throws IOException {
                begin(candidate, id);
                json.writeObjectFieldStart("polygon");
                json.writeArrayFieldStart("paths");
                for (PolygonPart part : parts) {
                    JsonPoints.objects(json, part.outer().points());
                    for (Ring hole : part.holes()) {
                        JsonPoints.objects(json, hole.points());
                    }
                }
                json.writeEndArray();
                json.writeEndObject();
                boundingBox(Ring.boundsOf(parts.stream()
                        .flatMap(part -> part.outer().points().stream())
                        .toList()));
                json.writeEndObject();
            }

            private void skeleton(Annotation.Keypoints keypoints) throws IOException {
                List<Keypoint> present = Losses.presentJoints(tally, keypoints);
                if (present.isEmpty()) {
                    return;
                }
                begin(keypoints.candidate(), id(keypoints.candidate()));
                json.writeObjectFieldStart("skeleton");
                json.writeArrayFieldStart("nodes");
                for (Keypoint joint : present) {
                    json.writeStartObject();
                    json.writeStringField("name", joint.name());
                    json.writeBooleanField("occluded", joint.visibility() == Keypoint.Visibility.OCCLUDED);
                    JsonPoints.members(json, joint.at());
                    json.writeEndObject();
                }
                json.writeEndArray();
                json.writeEndObject();
                json.writeEndObject();
            }

            void rasterLayer() throws IOException {
                List<Annotation> masks = prelabels.annotations().stream()
                        .filter(Annotation.Mask.class::isInstance)
                        .toList();
                if (masks.isEmpty()) {
                    return;
                }
                PaintedMasks painted = PaintedMasks.of(
                        new Prelabels(prelabels.asset(), prelabels.provenance(), masks, List.of()), false, tally);
                for (Candidate candidate : painted.shown()) {
                    begin(candidate, id(candidate));
                    json.writeObjectFieldStart("mask");
                    json.writeNullField("sparse_rle");
                    json.writeEndObject();
                    json.writeEndObject();
                }
                json.writeStartObject();
                json.writeStringField(
                        "id",
                        AnnotationIds.ofPart(id(masks.getFirst().candidate()), RASTER_LAYER)
                                .toString());
                json.writeStringField("name", RASTER_LAYER);
                slots();
                json.writeObjectFieldStart("raster_layer");
                denseRle(painted);
                json.writeObjectFieldStart("mask_annotation_ids_mapping");
                for (int i = 0; i < painted.shown().size(); i++) {
                    json.writeNumberField(id(painted.shown().get(i)).toString(), i + 1);
                }
                json.writeEndObject();
                json.writeNumberField("total_pixels", painted.size().pixels());
                json.writeEndObject();
                json.writeEndObject();
            }

            private void denseRle(PaintedMasks painted) throws IOException {
                json.writeArrayFieldStart("dense_rle");
                int value = painted.owner(0, 0);
                long count = 0;
                for (int y = 0; y < painted.size().height(); y++) {
                    for (int x = 0; x < painted.size().width(); x++) {
                        int owner = painted.owner(x, y);
                        if (owner != value) {
                            json.writeNumber(value);
                            json.writeNumber(count);
                            value = owner;
                            count = 0;
                        }
                        count++;
                    }
                }
                json.writeNumber(value);
                json.writeNumber(count);
                json.writeEndArray();
            }

            private void begin(Candidate candidate, UUID id) throws IOException {
                json.writeStartObject();
                json.writeStringField("id", id.toString());
                json.writeStringField("name", candidate.label());
                slots();
                attributes(candidate);
                inference(candidate);
            }

            private void slots() throws IOException {
                json.writeArrayFieldStart("slot_names");
                json.writeString(SLOT);
                json.writeEndArray();
            }

            private void attributes(Candidate candidate) throws IOException {
                Map<String, String> rest = new TreeMap<>(candidate.attributes());
                Optional<String> text = Optional.ofNullable(rest.remove(TEXT));
                if (text.isPresent()) {
                    json.writeObjectFieldStart(TEXT);
                    json.writeStringField(TEXT, text.get());
                    json.writeEndObject();
                }
                if (!rest.isEmpty()) {
                    json.writeArrayFieldStart("attributes");
                    for (Map.Entry<String, String> attribute : rest.entrySet()) {
                        String value = attribute.getValue();
                        json.writeString(attribute.getKey() + (value.equals("1") ? "" : COLON + value));
                    }
                    json.writeEndArray();
                }
            }

            private void inference(Candidate candidate) throws IOException {
                Provenance provenance = prelabels.provenance();
                json.writeObjectFieldStart("inference");
                Decimals.SCORE.write(json, "confidence", candidate.score());
                json.writeObjectFieldStart("model");
                json.writeStringField("id", provenance.digest());
                json.writeStringField("name", provenance.versionString());
                json.writeStringField("type", provenance.family());
                json.writeEndObject();
                json.writeEndObject();
            }

            private void boundingBox(Rect box) throws IOException {
                json.writeObjectFieldStart("bounding_box");
                Decimals.PIXELS.write(json, "h", box.height());
                Decimals.PIXELS.write(json, "w", box.width());
                Decimals.PIXELS.write(json, "x", box.x());
                Decimals.PIXELS.write(json, "y", box.y());
                json.writeEndObject();
            }
        }
    }
}
