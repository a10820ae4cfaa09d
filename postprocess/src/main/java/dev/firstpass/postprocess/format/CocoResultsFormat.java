package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Conversion;
import dev.firstpass.postprocess.annotation.Conversions;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.geometry.ImageSize;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// A COCO results file, as pycocotools' `loadRes` reads it for evaluation: an array of detections of **one kind**,
/// since readers take the kind of all from the first. Image ids count up in the order of the assets, category ids are
/// index of the class + 1, as in the `coco` format.
///
/// What is of another kind is converted where that makes sense (`box-to-mask`, `polygon-to-mask`,
/// `rotated-box-to-mask`, and `...-to-box` for all that have bounds but polylines), else left out.
final class CocoResultsFormat implements LabelFormat {
    private static final FormatOption IMAGE_ID =
            new FormatOption("image-id", "id of the first image, the next ones count up", "1");
    private static final FormatOption KIND = new FormatOption(
            "kind", "what detections are: 'bbox', 'segmentation' or 'keypoints'; 'first' asks the first one", "first");

    private enum Kind {
        FIRST,
        BBOX,
        SEGMENTATION,
        KEYPOINTS
    }

    @Override
    public String id() {
        return "coco.results";
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
        return "COCO results: an array of detections, for evaluation with pycocotools";
    }

    @Override
    public List<FormatOption> options() {
        return List.of(KIND, IMAGE_ID);
    }

    @Override
    public Optional<LabelReader> reader() {
        return Optional.of(new CocoResultsReader());
    }

    @Override
    public DataSetWriter begin(FormatContext context, EntrySink sink) throws IOException {
        FormatOptions options = FormatOptions.of(this, context.options());
        Kind kind = options.choice(KIND.name(), Kind.class);
        long imageId = options.number(IMAGE_ID.name());
        JsonGenerator json = JsonEntry.openArray(this, sink);
        return new Writer(json, new CocoCategories(context.classes()), kind, imageId);
    }

    private static final class Writer implements DataSetWriter {
        private final JsonGenerator json;
        private final CocoCategories categories;
        private final Tally tally = new Tally();
        private Kind kind;
        private long imageId;

        Writer(JsonGenerator json, CocoCategories categories, Kind kind, long firstImageId) {
            this.json = json;
            this.categories = categories;
            this.kind = kind;
            this.imageId = firstImageId;
        }

        @Override
        public void write(Prelabels prelabels) throws IOException {
            for (Annotation annotation : prelabels.annotations()) {
                if (kind == Kind.FIRST) {
                    kind = kindOf(annotation);
                }
                write(annotation, prelabels.asset().size());
            }
            imageId++;
        }

        private static Kind kindOf(Annotation annotation) {
            return switch (annotation) {
                case Annotation.Box _ -> Kind.BBOX;
                case Annotation.RotatedBox _, Annotation.Polygon _, Annotation.Mask _ -> Kind.SEGMENTATION;
                case Annotation.Keypoints _ -> Kind.KEYPOINTS;
                case Annotation.Polyline _, Annotation.Classification _ -> Kind.FIRST;
            };
        }

        private void write(Annotation annotation, ImageSize size) throws IOException {
            switch (annotation) {
                case Annotation.Polyline _ -> tally.leftOut("polyline");
                case Annotation.Classification _ -> tally.leftOut("classification");
                case Annotation.Box _,
                        Annotation.RotatedBox _,
                        Annotation.Polygon _,
                        Annotation.Mask _,
                        Annotation.Keypoints _ -> {
                    switch (kind) {
                        case BBOX -> bbox(annotation, size);
                        case SEGMENTATION -> segmentation(annotation, size);
                        case KEYPOINTS -> keypoints(annotation);
                        case FIRST -> throw new IllegalStateException("kind: first (expected: settled)");
                    }
                }
            }
        }

        private void bbox(Annotation annotation, ImageSize size) throws IOException {
            if (annotation.bounds().isEmpty()) {
                tally.leftOut("no-joint-present");
                return;
            }
            switch (Conversions.to(GeometryKind.BOX, annotation, size, 0)) {
                case Conversion.Unchanged same -> bbox((Annotation.Box) same.annotation());
                case Conversion.Converted converted -> {
                    tally.converted(converted.rule());
                    bbox((Annotation.Box) converted.annotation());
                }
                case Conversion.Unsupported _ -> tally.leftOut("no-area-in-image");
            }
        }

        private void bbox(Annotation.Box box) throws IOException {
            begin(box.candidate());
            CocoJson.bbox(json, box.box());
            finish(box.candidate());
        }

        private void segmentation(Annotation annotation, ImageSize size) throws IOException {
            if (!Conversions.hasRule(annotation.kind(), GeometryKind.MASK)) {
                tally.leftOut(annotation.kind().id() + "-among-segmentations");
                return;
            }
            switch (Conversions.to(GeometryKind.MASK, annotation, size, 0)) {
                case Conversion.Unchanged same -> rle(same.annotation());
                case Conversion.Converted converted -> {
                    tally.converted(converted.rule());
                    rle(converted.annotation());
                }
                case Conversion.Unsupported _ -> tally.leftOut("no-pixel");
            }
        }

        private void rle(Annotation mask) throws IOException {
            begin(mask.candidate());
            json.writeFieldName("segmentation");
            CocoJson.rle(json, ((Annotation.Mask) mask).runs());
            finish(mask.candidate());
        }

        private void keypoints(Annotation annotation) throws IOException {
            if (!(annotation instanceof Annotation.Keypoints keypoints)) {
                tally.leftOut(annotation.kind().id() + "-among-keypoints");
                return;
            }
            if (keypoints.bounds().isEmpty()) {
                tally.leftOut("no-joint-present");
                return;
            }
            if (!categories.accepts(keypoints.candidate().label(), keypoints.points())) {
                tally.leftOut("other-joints-than-category");
                return;
            }
            Losses.jointScores(tally, keypoints);
            begin(keypoints.candidate());
            CocoJson.keypoints(json, keypoints.points());
            finish(keypoints.candidate());
        }

        private void begin(Candidate candidate) throws IOException {
            Losses.attributes(tally, candidate);
            json.writeStartObject();
            json.writeNumberField("image_id", imageId);
            json.writeNumberField("category_id", categories.idOf(candidate.label()));
        }

        private void finish(Candidate candidate) throws IOException {
            Decimals.SCORE.write(json, "score", candidate.score());
            json.writeEndObject();
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
    }
}
