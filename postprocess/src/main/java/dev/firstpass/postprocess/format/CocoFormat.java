package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rasterizer;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/// A COCO data set file, with the scores that tools read from it: `annotations`, then `images`, `categories` and
/// `info`, which are known at the end only. What is kept until then: name and size of each image.
///
/// | annotation | becomes |
/// |---|---|
/// | box | `bbox`, empty `segmentation` |
/// | rotated box | its four corners as polygon: `rotated-box-to-polygon` |
/// | polygon | one ring per part; with holes, which COCO would fill, run lengths: `polygon-with-holes-to-rle` |
/// | mask | compressed run lengths |
/// | keypoints | `keypoints` and `num_keypoints`, the joints' own scores left out: `joint-scores-left-out` |
/// | polyline, classification | left out |
///
/// `area` is that of the segmentation, in pixels where it is run lengths, else of the box. `iscrowd` is always 0.
/// There is no date: the same labels make the same file.
final class CocoFormat implements LabelFormat {
    private static final FormatOption IMAGE_ID =
            new FormatOption("image-id", "id of the first image, the next ones count up", "1");
    private static final FormatOption ANNOTATION_ID =
            new FormatOption("annotation-id", "id of the first annotation, the next ones count up", "1");
    private static final FormatOption FILE_NAME =
            new FormatOption("file-name", "file_name of an image; {id} is the asset's id", AssetText.ID);

    @Override
    public String id() {
        return "coco";
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
        return "COCO data set: images, annotations with scores, categories";
    }

    @Override
    public List<FormatOption> options() {
        return List.of(FILE_NAME, IMAGE_ID, ANNOTATION_ID);
    }

    @Override
    public Optional<LabelReader> reader() {
        return Optional.of(new CocoReader());
    }

    @Override
    public DataSetWriter begin(FormatContext context, EntrySink sink) throws IOException {
        FormatOptions options = FormatOptions.of(this, context.options());
        AssetText fileName = new AssetText(FILE_NAME.name(), options.text(FILE_NAME.name()));
        long imageId = options.number(IMAGE_ID.name());
        long annotationId = options.number(ANNOTATION_ID.name());
        JsonGenerator json = JsonEntry.open(this, sink);
        json.writeStartObject();
        json.writeArrayFieldStart("annotations");
        return new Writer(json, new CocoCategories(context.classes()), fileName, imageId, annotationId);
    }

    private static final class Writer implements DataSetWriter {
        private final JsonGenerator json;
        private final CocoCategories categories;
        private final AssetText fileName;
        private final long firstImageId;
        private final Tally tally = new Tally();
        private final List<CocoJson.WrittenImage> images = new ArrayList<>();
        private final TreeSet<String> versions = new TreeSet<>();
        private long nextAnnotationId;

        Writer(
                JsonGenerator json,
                CocoCategories categories,
                AssetText fileName,
                long firstImageId,
                long firstAnnotationId) {
            this.json = json;
            this.categories = categories;
            this.fileName = fileName;
            this.firstImageId = firstImageId;
            this.nextAnnotationId = firstAnnotationId;
        }

        @Override
        public void write(Prelabels prelabels) throws IOException {
            ImageSize size = prelabels.asset().size();
            images.add(new CocoJson.WrittenImage(fileName.of(prelabels.asset()), size));
            versions.add(prelabels.provenance().versionString());
            for (Annotation annotation : prelabels.annotations()) {
                write(annotation, size);
            }
        }

        private void write(Annotation annotation, ImageSize size) throws IOException {
            Candidate candidate = annotation.candidate();
            switch (annotation) {
                case Annotation.Box box -> {
                    begin(candidate, box.box(), box.box().area());
                    rings(List.of());
                    finish(candidate);
                }
                case Annotation.RotatedBox rotated -> {
                    tally.converted("rotated-box-to-polygon");
                    Ring ring = new Ring(rotated.box().corners());
                    begin(candidate, ring.bounds(), Math.abs(ring.signedArea()));
                    rings(List.of(ring));
                    finish(candidate);
                }
                case Annotation.Polygon polygon -> polygon(polygon, size);
                case Annotation.Mask mask -> mask(candidate, mask.runs());
                case Annotation.Keypoints keypoints -> keypoints(keypoints);
                case Annotation.Polyline _ -> tally.leftOut("polyline");
                case Annotation.Classification _ -> tally.leftOut("classification");
            }
        }

        private void polygon(Annotation.Polygon polygon, ImageSize size) throws IOException {
            Candidate candidate = polygon.candidate();
            if (Holes.in(polygon)) {
                RunLengths runs = RunLengths.of(Rasterizer.rasterize(polygon.parts(), size));
                if (runs.area() == 0) {
                    tally.leftOut("no-pixel");
                    return;
                }
                tally.converted("polygon-with-holes-to-rle");
                mask(candidate, runs);
                return;
            }
            List<Ring> rings =
                    polygon.parts().stream().map(part -> part.outer()).toList();
            double area = rings.stream()
                    .mapToDouble(ring -> Math.abs(ring.signedArea()))
                    .sum();
            begin(candidate, Ring.boundsOf(pointsOf(rings)), area);
            rings(rings);
            finish(candidate);
        }

        private static List<Point> pointsOf(List<Ring> rings) {
            return rings.stream().flatMap(ring -> ring.points().stream()).toList();
        }

        private void mask(Candidate candidate, RunLengths runs) throws IOException {
            begin(candidate, runs.bounds(), (double) runs.area());
            json.writeFieldName("segmentation");
            CocoJson.rle(json, runs);
            finish(candidate);
        }

        private void keypoints(Annotation.Keypoints keypoints) throws IOException {
            Candidate candidate = keypoints.candidate();
            Optional<Rect> bounds = keypoints.bounds();
            if (bounds.isEmpty()) {
                tally.leftOut("no-joint-present");
                return;
            }
            if (!categories.accepts(candidate.label(), keypoints.points())) {
                tally.leftOut("other-joints-than-category");
                return;
            }
            Losses.jointScores(tally, keypoints);
            begin(candidate, bounds.get(), bounds.get().area());
            rings(List.of());
            CocoJson.keypoints(json, keypoints.points());
            json.writeNumberField(
                    "num_keypoints",
                    keypoints.points().stream()
                            .filter(joint -> joint.visibility() != Keypoint.Visibility.ABSENT)
                            .count());
            finish(candidate);
        }

        private void begin(Candidate candidate, Rect box, double area) throws IOException {
            json.writeStartObject();
            json.writeNumberField("id", nextAnnotationId++);
            json.writeNumberField("image_id", firstImageId + images.size() - 1);
            json.writeNumberField("category_id", categories.idOf(candidate.label()));
            json.writeNumberField("iscrowd", 0);
            Decimals.PIXELS.write(json, "area", area);
            CocoJson.bbox(json, box);
        }

        private void rings(List<Ring> rings) throws IOException {
            json.writeArrayFieldStart("segmentation");
            for (Ring ring : rings) {
                json.writeStartArray();
                for (Point point : ring.points()) {
                    Decimals.PIXELS.write(json, point.x());
                    Decimals.PIXELS.write(json, point.y());
                }
                json.writeEndArray();
            }
            json.writeEndArray();
        }

        private void finish(Candidate candidate) throws IOException {
            Decimals.SCORE.write(json, "score", candidate.score());
            JsonEntry.attributes(json, candidate.attributes());
            json.writeEndObject();
        }

        @Override
        public void end() throws IOException {
            json.writeEndArray();
            CocoJson.images(json, images, firstImageId);
            categories.write(json);
            json.writeArrayFieldStart("licenses");
            json.writeEndArray();
            CocoJson.info(json, versions);
            json.writeEndObject();
            json.writeRaw('\n');
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
