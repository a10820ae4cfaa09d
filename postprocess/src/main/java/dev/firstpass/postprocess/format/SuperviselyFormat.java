package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.firstpass.postprocess.annotation.Annotation;
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
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.DeflaterOutputStream;

/// A project of Supervisely: for each asset `ann/NAME.json` in a data set (`ds0`, or the asset's folder), and `meta.json` with its
/// classes and tags.
///
/// | annotation | becomes |
/// |---|---|
/// | box | `rectangle`, its last column and row being part of it |
/// | rotated box | `oriented_bbox`, in radians about its centre |
/// | polygon | `polygon` with its holes; several parts a `multipolygon` |
/// | mask | `bitmap`: a PNG of its smallest rectangle, one bit for each pixel, compressed once more |
/// | polyline | `polyline` |
/// | keypoints | `graph`, an occluded joint being `disabled`; absent ones are left away: `absent-joints-left-out` |
/// | classification | a tag of the image, whose value is the score |
///
/// **Coordinates are those of whole pixels**: `floored-to-pixels`, as Supervisely's own library has it. A point is the pixel that it
/// lies in, and read back as that pixel's centre. A box is of the pixels that it covers by 0.3 at least, and whole if its sides
/// are whole numbers; a rotated one likewise, before it is turned. Boxes and
/// polygons are cut where they reach out of the image (`clipped-to-image`), points of lines and joints are moved into it
/// (`clamped-to-image`), rotated boxes stay.
///
/// Score and attributes of an object are tags, `confidence` being the score's. A tag has one type in a project: an attribute that is
/// called `confidence` or like a label of images is left away, and so is such a label: `tag-name-taken`.
final class SuperviselyFormat implements LabelFormat {
    static final String CONFIDENCE = "confidence";

    @Override
    public String id() {
        return "supervisely";
    }

    @Override
    public String mediaType() {
        return "application/zip";
    }

    @Override
    public String fileExtension() {
        return ".zip";
    }

    @Override
    public String description() {
        return "Supervisely project: a JSON file for each image in ann/, and meta.json";
    }

    @Override
    public List<FormatOption> options() {
        return List.of();
    }

    @Override
    public Optional<LabelReader> reader() {
        return Optional.of(new LabelFilesReader(
                id(), "Supervisely: a .json for each image in ann/, images in img/", new SuperviselyParser()));
    }

    @Override
    public DataSetWriter begin(FormatContext context, EntrySink sink) {
        FormatOptions.of(this, context.options());
        return new Writer(context.classes(), sink);
    }

    private static final class Writer implements DataSetWriter {
        private static final String NUMBER = "any_number";
        private static final String STRING = "any_string";

        private final EntrySink sink;
        private final Tally tally = new Tally();
        private final EntryNames names = new EntryNames(tally);

        /// Of each class, the geometries that it has been met with.
        private final Map<String, Set<String>> classes = new LinkedHashMap<>();

        /// Of each class, the joints that it has been met with.
        private final Map<String, Set<String>> joints = new TreeMap<>();

        private final Map<String, String> tagTypes = new LinkedHashMap<>();

        Writer(List<String> classes, EntrySink sink) {
            this.sink = sink;
            classes.forEach(label -> this.classes.put(label, new TreeSet<>()));
            tagTypes.put(CONFIDENCE, NUMBER);
        }

        @Override
        public void write(Prelabels prelabels) throws IOException {
            AssetInfo asset = prelabels.asset();
            try (JsonGenerator json = JsonEntry.open(place(names.withEnding(asset)) + ".json", sink)) {
                json.writeStartObject();
                json.writeStringField("description", prelabels.provenance().versionString());
                json.writeObjectFieldStart("size");
                json.writeNumberField("height", asset.size().height());
                json.writeNumberField("width", asset.size().width());
                json.writeEndObject();
                json.writeArrayFieldStart("tags");
                for (Annotation annotation : prelabels.annotations()) {
                    if (annotation instanceof Annotation.Classification) {
                        imageTag(json, annotation.candidate());
                    }
                }
                json.writeEndArray();
                json.writeArrayFieldStart("objects");
                for (Annotation annotation : prelabels.annotations()) {
                    object(json, annotation, asset.size());
                }
                json.writeEndArray();
                json.writeObjectFieldStart("customBigData");
                json.writeEndObject();
                json.writeEndObject();
                json.writeRaw('\n');
            }
        }

        /// Folders are data sets, those in them data sets of data sets.
        private static String place(String name) {
            String folder = ImageNames.folder(name);
            return (folder.isEmpty() ? "ds0" : folder.replace("/", "/datasets/")) + "/ann/" + ImageNames.last(name);
        }

        private void imageTag(JsonGenerator json, Candidate candidate) throws IOException {
            if (!isFree(candidate.label(), NUMBER)) {
                tally.leftOut("tag-name-taken");
                return;
            }
            Losses.attributes(tally, candidate);
            json.writeStartObject();
            json.writeStringField("name", candidate.label());
            Decimals.SCORE.write(json, "value", candidate.score());
            json.writeEndObject();
        }

        private boolean isFree(String tag, String type) {
            return tagTypes.computeIfAbsent(tag, _ -> type).equals(type)
                    && (type.equals(STRING) || !tag.equals(CONFIDENCE));
        }

        private void object(JsonGenerator json, Annotation annotation, ImageSize size) throws IOException {
            switch (annotation) {
                case Annotation.Box box -> rectangle(json, box, size);
                case Annotation.RotatedBox box -> oriented(json, box);
                case Annotation.Polygon polygon -> polygon(json, polygon, size);
                case Annotation.Mask mask -> {
                    begin(json, mask.candidate(), "bitmap");
                    bitmap(json, mask.runs());
                    json.writeEndObject();
                }
                case Annotation.Polyline line -> {
                    count(line.points(), size);
                    begin(json, line.candidate(), "line");
                    points(json, line.points(), List.of(), size);
                    json.writeEndObject();
                }
                case Annotation.Keypoints keypoints -> graph(json, keypoints, size);
                case Annotation.Classification _ -> {
                    // A tag of the image.
                }
            }
        }

        private void rectangle(JsonGenerator json, Annotation.Box box, ImageSize size) throws IOException {
            Rect clipped = box.box().clippedTo(size);
            if (clipped.area() == 0) {
                tally.leftOut("no-area-in-image");
                return;
            }
            if (Bounds.reachesOut(box.box(), size)) {
                tally.converted("clipped-to-image");
            }
            Rect whole = PixelBoxes.coveredIn(clipped, size);
            if (!whole.equals(clipped)) {
                tally.converted(PixelBoxes.RULE);
            }
            begin(json, box.candidate(), "rectangle");
            json.writeObjectFieldStart("points");
            json.writeFieldName("exterior");
            inclusive(json, whole);
            json.writeArrayFieldStart("interior");
            json.writeEndArray();
            json.writeEndObject();
            json.writeEndObject();
        }

        private void oriented(JsonGenerator json, Annotation.RotatedBox box) throws IOException {
            Rect upright = CvatShapes.upright(box.box());
            Rect whole = PixelBoxes.covered(upright);
            if (!whole.equals(upright)) {
                tally.converted(PixelBoxes.RULE);
            }
            begin(json, box.candidate(), "oriented_bbox");
            json.writeFieldName("points");
            inclusive(json, whole);
            Decimals.RADIANS.write(json, "angle", Math.toRadians(box.box().angle()));
            json.writeEndObject();
        }

        /// First and last pixel.
        private static void inclusive(JsonGenerator json, Rect whole) throws IOException {
            JsonPoints.pairs(
                    json, List.of(new Point(whole.x(), whole.y()), new Point(whole.right() - 1, whole.bottom() - 1)));
        }

        private void polygon(JsonGenerator json, Annotation.Polygon polygon, ImageSize size) throws IOException {
            List<PolygonPart> parts = Bounds.clipped(polygon, size, tally);
            if (parts.isEmpty()) {
                return;
            }
            tally.converted(PixelBoxes.RULE);
            if (parts.size() == 1) {
                begin(json, polygon.candidate(), "polygon");
                points(json, parts.getFirst().outer().points(), parts.getFirst().holes(), size);
            } else {
                begin(json, polygon.candidate(), "multipolygon");
                json.writeArrayFieldStart("parts");
                for (PolygonPart part : parts) {
                    json.writeStartObject();
                    rings(json, part.outer().points(), part.holes(), size);
                    json.writeEndObject();
                }
                json.writeEndArray();
            }
            json.writeEndObject();
        }

        private void count(List<Point> points, ImageSize size) {
            if (Bounds.reachesOut(points, size)) {
                tally.converted("clamped-to-image");
            }
            tally.converted(PixelBoxes.RULE);
        }

        private static void points(JsonGenerator json, List<Point> exterior, List<Ring> interior, ImageSize size)
                throws IOException {
            json.writeObjectFieldStart("points");
            rings(json, exterior, interior, size);
            json.writeEndObject();
        }

        private static void rings(JsonGenerator json, List<Point> exterior, List<Ring> interior, ImageSize size)
                throws IOException {
            json.writeFieldName("exterior");
            JsonPoints.pairs(json, PixelBoxes.pixels(exterior, size));
            json.writeArrayFieldStart("interior");
            for (Ring ring : interior) {
                JsonPoints.pairs(json, PixelBoxes.pixels(ring.points(), size));
            }
            json.writeEndArray();
        }

        private static void bitmap(JsonGenerator json, RunLengths runs) throws IOException {
            CroppedMask crop = CroppedMask.of(runs);
            json.writeObjectFieldStart("bitmap");
            json.writeFieldName("origin");
            JsonPoints.pair(json, new Point(crop.left(), crop.top()));
            json.writeBinaryField("data", compressed(BitPng.of(crop.pixels())));
            json.writeEndObject();
        }

        private static byte[] compressed(byte[] png) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (DeflaterOutputStream zlib = new DeflaterOutputStream(bytes)) {
                zlib.write(png);
            } catch (IOException e) {
                throw new UncheckedIOException("writing to memory does not fail", e);
            }
            return bytes.toByteArray();
        }

        private void graph(JsonGenerator json, Annotation.Keypoints keypoints, ImageSize size) throws IOException {
            List<Keypoint> present = Losses.presentJoints(tally, keypoints);
            if (present.isEmpty()) {
                return;
            }
            count(present.stream().map(Keypoint::at).toList(), size);
            begin(json, keypoints.candidate(), "graph");
            Set<String> known = joints.computeIfAbsent(keypoints.candidate().label(), _ -> new LinkedHashSet<>());
            json.writeObjectFieldStart("nodes");
            for (Keypoint joint : present) {
                known.add(joint.name());
                json.writeObjectFieldStart(joint.name());
                json.writeFieldName("loc");
                JsonPoints.pair(
                        json, PixelBoxes.pixels(List.of(joint.at()), size).getFirst());
                if (joint.visibility() == Keypoint.Visibility.OCCLUDED) {
                    json.writeBooleanField("disabled", true);
                }
                json.writeEndObject();
            }
            json.writeEndObject();
            json.writeEndObject();
        }

        private void begin(JsonGenerator json, Candidate candidate, String geometry) throws IOException {
            classes.computeIfAbsent(candidate.label(), _ -> new TreeSet<>()).add(geometry);
            json.writeStartObject();
            json.writeStringField("classTitle", candidate.label());
            json.writeStringField("description", "");
            json.writeStringField("geometryType", geometry);
            json.writeStringField("shape", geometry);
            json.writeBooleanField("nnCreated", true);
            json.writeBooleanField("nnUpdated", true);
            json.writeArrayFieldStart("tags");
            json.writeStartObject();
            json.writeStringField("name", CONFIDENCE);
            Decimals.SCORE.write(json, "value", candidate.score());
            json.writeEndObject();
            for (Map.Entry<String, String> attribute : new TreeMap<>(candidate.attributes()).entrySet()) {
                if (isFree(attribute.getKey(), STRING)) {
                    json.writeStartObject();
                    json.writeStringField("name", attribute.getKey());
                    json.writeStringField("value", attribute.getValue());
                    json.writeEndObject();
                } else {
                    tally.converted("tag-name-taken");
                }
            }
            json.writeEndArray();
        }

        @Override
        public void end() throws IOException {
            try (JsonGenerator json = JsonEntry.open("meta.json", sink)) {
                json.writeStartObject();
                json.writeArrayFieldStart("classes");
                int number = 1;
                for (Map.Entry<String, Set<String>> one : classes.entrySet()) {
                    Set<String> shapes = one.getValue();
                    json.writeStartObject();
                    json.writeStringField("title", one.getKey());
                    json.writeStringField(
                            "shape", shapes.size() == 1 ? shapes.iterator().next() : "any");
                    json.writeStringField("color", colour(number++));
                    json.writeObjectFieldStart("geometry_config");
                    nodes(json, joints.getOrDefault(one.getKey(), Set.of()));
                    json.writeEndObject();
                    json.writeEndObject();
                }
                json.writeEndArray();
                json.writeArrayFieldStart("tags");
                for (Map.Entry<String, String> tag : tagTypes.entrySet()) {
                    json.writeStartObject();
                    json.writeStringField("name", tag.getKey());
                    json.writeStringField("value_type", tag.getValue());
                    json.writeStringField("color", colour(number++));
                    json.writeEndObject();
                }
                json.writeEndArray();
                json.writeStringField("projectType", "images");
                json.writeEndObject();
                json.writeRaw('\n');
            }
        }

        private static void nodes(JsonGenerator json, Set<String> names) throws IOException {
            if (names.isEmpty()) {
                return;
            }
            json.writeObjectFieldStart("nodes");
            int place = 0;
            for (String name : names) {
                json.writeObjectFieldStart(name);
                json.writeStringField("label", name);
                json.writeFieldName("loc");
                JsonPoints.pair(json, new Point(0, place++));
                json.writeEndObject();
            }
            json.writeEndObject();
            json.writeArrayFieldStart("edges");
            json.writeEndArray();
        }

        /// Of Pascal VOC, whose first ones differ well.
        private static String colour(int number) {
            return String.format(Locale.ROOT, "#%06X", PngWriter.vocColour(1 + (number - 1) % 255));
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
