package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.AnnotationIds;
import dev.firstpass.postprocess.annotation.AssetInfo;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Dropped;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.annotation.Provenance;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import dev.firstpass.postprocess.geometry.RotatedRect;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// Firstpass' own format, which says all that was found and what was left out: docs and clients read it, the other
/// formats are derived from the same annotations.
///
/// One JSON object per asset, each on a line of its own: the answer for one asset is one JSON document, a data set of
/// several is JSON Lines. Nothing is converted or left out. A joint that is absent has no `x` and `y`; bounds of a
/// finding that has none (a classification, keypoints all absent) are not written. Labels that were converted from
/// another format have neither `prediction` nor `model`, and no `digest` of the asset.
final class FirstpassFormat implements LabelFormat {
    @Override
    public String id() {
        return "firstpass";
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
        return "everything Firstpass knows: one JSON object per asset, one per line";
    }

    @Override
    public List<FormatOption> options() {
        return List.of();
    }

    @Override
    public Optional<LabelReader> reader() {
        return Optional.of(new FirstpassLinesReader(new LabelFilesReader(
                id(),
                "Firstpass: a .json in the format firstpass for each image, or one with a line for each",
                new FirstpassParser())));
    }

    @Override
    public DataSetWriter begin(FormatContext context, EntrySink sink) throws IOException {
        FormatOptions.of(this, context.options());
        return new Writer(JsonEntry.open(this, sink));
    }

    private record Writer(JsonGenerator json) implements DataSetWriter {
        @Override
        public void write(Prelabels prelabels) throws IOException {
            Provenance provenance = prelabels.provenance();
            json.writeStartObject();
            if (!provenance.prediction().isEmpty()) {
                json.writeStringField("prediction", provenance.prediction());
                model(provenance);
            }
            if (!provenance.specVersion().isEmpty()) {
                json.writeStringField("project", provenance.specVersion());
            }
            asset(prelabels.asset());
            json.writeArrayFieldStart("annotations");
            for (Annotation annotation : prelabels.annotations()) {
                annotation(prelabels, annotation);
            }
            json.writeEndArray();
            dropped(prelabels.dropped());
            json.writeEndObject();
            json.writeRaw('\n');
        }

        private void model(Provenance provenance) throws IOException {
            json.writeObjectFieldStart("model");
            json.writeStringField("name", provenance.model());
            json.writeNumberField("version", provenance.version());
            json.writeStringField("digest", provenance.digest());
            json.writeEndObject();
        }

        private void asset(AssetInfo asset) throws IOException {
            json.writeObjectFieldStart("asset");
            json.writeStringField("id", asset.id());
            json.writeNumberField("width", asset.size().width());
            json.writeNumberField("height", asset.size().height());
            if (!asset.digest().isEmpty()) {
                json.writeStringField("digest", asset.digest());
            }
            json.writeEndObject();
        }

        private void dropped(List<Dropped> dropped) throws IOException {
            json.writeArrayFieldStart("dropped");
            for (Dropped one : dropped) {
                json.writeStartObject();
                json.writeStringField("reason", one.reason().name());
                json.writeNumberField("count", one.count());
                json.writeEndObject();
            }
            json.writeEndArray();
        }

        private void annotation(Prelabels prelabels, Annotation annotation) throws IOException {
            Candidate candidate = annotation.candidate();
            json.writeStartObject();
            json.writeStringField(
                    "id",
                    AnnotationIds.of(prelabels.provenance(), prelabels.asset(), candidate)
                            .toString());
            json.writeNumberField("index", candidate.index());
            json.writeStringField("type", annotation.kind().id());
            json.writeStringField("label", candidate.label());
            Decimals.SCORE.write(json, "score", candidate.score());
            Optional<Rect> bounds = annotation.bounds();
            if (bounds.isPresent()) {
                box(bounds.get());
            }
            switch (annotation) {
                case Annotation.Box _, Annotation.Classification _ -> {}
                case Annotation.RotatedBox rotated -> rotatedBox(rotated.box());
                case Annotation.Polygon polygon -> polygon(polygon.parts());
                case Annotation.Mask mask -> mask(mask.runs());
                case Annotation.Polyline polyline -> polyline(polyline.points());
                case Annotation.Keypoints keypoints -> keypoints(keypoints.points());
            }
            JsonEntry.attributes(json, candidate.attributes());
            json.writeEndObject();
        }

        private void box(Rect box) throws IOException {
            json.writeObjectFieldStart("box");
            Decimals.PIXELS.write(json, "x", box.x());
            Decimals.PIXELS.write(json, "y", box.y());
            Decimals.PIXELS.write(json, "width", box.width());
            Decimals.PIXELS.write(json, "height", box.height());
            json.writeEndObject();
        }

        private void rotatedBox(RotatedRect box) throws IOException {
            json.writeObjectFieldStart("rotatedBox");
            Decimals.PIXELS.write(json, "cx", box.cx());
            Decimals.PIXELS.write(json, "cy", box.cy());
            Decimals.PIXELS.write(json, "width", box.width());
            Decimals.PIXELS.write(json, "height", box.height());
            Decimals.DEGREES.write(json, "angle", box.angle());
            json.writeEndObject();
        }

        private void polygon(List<PolygonPart> parts) throws IOException {
            json.writeObjectFieldStart("polygon");
            json.writeArrayFieldStart("parts");
            for (PolygonPart part : parts) {
                json.writeStartArray();
                points(part.outer().points());
                for (Ring hole : part.holes()) {
                    points(hole.points());
                }
                json.writeEndArray();
            }
            json.writeEndArray();
            json.writeEndObject();
        }

        private void mask(RunLengths runs) throws IOException {
            json.writeFieldName("mask");
            CocoJson.rle(json, runs);
        }

        private void polyline(List<Point> points) throws IOException {
            json.writeObjectFieldStart("polyline");
            json.writeFieldName("points");
            points(points);
            json.writeEndObject();
        }

        private void keypoints(List<Keypoint> joints) throws IOException {
            json.writeArrayFieldStart("keypoints");
            for (Keypoint joint : joints) {
                json.writeStartObject();
                json.writeStringField("name", joint.name());
                if (joint.visibility() != Keypoint.Visibility.ABSENT) {
                    Decimals.PIXELS.write(json, "x", joint.at().x());
                    Decimals.PIXELS.write(json, "y", joint.at().y());
                }
                json.writeStringField("visibility", joint.visibility().id());
                Decimals.SCORE.write(json, "score", joint.score());
                json.writeEndObject();
            }
            json.writeEndArray();
        }

        private void points(List<Point> points) throws IOException {
            json.writeStartArray();
            for (Point point : points) {
                json.writeStartArray();
                Decimals.PIXELS.write(json, point.x());
                Decimals.PIXELS.write(json, point.y());
                json.writeEndArray();
            }
            json.writeEndArray();
        }

        @Override
        public void end() throws IOException {
            json.flush();
        }

        @Override
        public FormatReport report() {
            return FormatReport.NOTHING;
        }

        @Override
        public void close() throws IOException {
            json.close();
        }
    }
}
