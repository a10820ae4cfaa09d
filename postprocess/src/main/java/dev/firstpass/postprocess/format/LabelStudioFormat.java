package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.AnnotationIds;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rasterizer;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;

/// Label Studio's import file: an array of tasks, each with one prediction.
///
/// | annotation | becomes |
/// |---|---|
/// | box | `rectanglelabels` |
/// | rotated box | `rectanglelabels`, turned about the corner it is given by |
/// | polygon | `polygonlabels`; several parts several regions: `polygon-parts-to-regions` |
/// | polygon with holes | by the option `holes`: `polygon-with-holes-to-brush` or `polygon-holes-filled` |
/// | mask | `brushlabels` |
/// | polyline | `vectorlabels`, not closed |
/// | keypoints | a rectangle, and in it (`parentID`) a `keypointlabels` per present joint: `keypoints-to-joints-in-box` |
/// | classification | `choices` |
///
/// Joints whose rectangle would be a line or a point stand alone: `keypoints-to-points`.
///
/// Coordinates are percent of the upright image. Label Studio refuses more than 100, so boxes and polygons that reach out
/// of the image are cut (`clipped-to-image`), points of lines and joints are moved to its border (`clamped-to-image`), and what
/// lies outside altogether is left out. Of a rotated box the first corner is given that can be; one with none is left out.
///
/// A single choice takes the best label, the others are left out as `choice-is-single`; a multiple one takes all.
/// Attributes are written as text in the region's `meta`. A prediction's score is the mean of its annotations'
/// scores.
///
/// Region ids are the high half of the annotation's id, or for one of several regions, of an id made from it.
final class LabelStudioFormat implements LabelFormat {
    private static final FormatOption FROM_NAME = new FormatOption(
            "from_name", "control tag of all regions whose type has no option of its own below", "by type");
    private static final FormatOption TO_NAME = new FormatOption("to_name", "object tag of the image", "image");
    private static final FormatOption DATA_KEY =
            new FormatOption("data-key", "field of the task's data that holds the image", "image");
    private static final FormatOption IMAGE =
            new FormatOption("image", "value of that field; {id} is the asset's id", AssetText.ID);
    private static final FormatOption CHOICE = new FormatOption(
            "choice",
            "what the Choices tag takes: 'single' one label of the whole image, 'multiple' several",
            "single");

    private enum Choice {
        SINGLE,
        MULTIPLE
    }

    /// A type of region, with the name its control tag has in Label Studio's own templates.
    private enum Region {
        RECTANGLELABELS("label"),
        POLYGONLABELS("label"),
        BRUSHLABELS("tag"),
        KEYPOINTLABELS("kp-1"),
        VECTORLABELS("vector"),
        CHOICES("choice");

        private final String defaultFromName;

        Region(String defaultFromName) {
            this.defaultFromName = defaultFromName;
        }

        String type() {
            return name().toLowerCase(Locale.ROOT);
        }

        FormatOption fromName() {
            return new FormatOption("from_name." + type(), "control tag of " + type() + " regions", defaultFromName);
        }
    }

    @Override
    public String id() {
        return "label-studio";
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
        return "Label Studio tasks with predictions";
    }

    @Override
    public List<FormatOption> options() {
        return Stream.concat(
                        Stream.of(FROM_NAME, TO_NAME, DATA_KEY, IMAGE, CHOICE, Holes.OPTION),
                        Stream.of(Region.values()).map(Region::fromName))
                .toList();
    }

    @Override
    public Optional<LabelReader> reader() {
        return Optional.of(new LabelStudioReader());
    }

    @Override
    public DataSetWriter begin(FormatContext context, EntrySink sink) throws IOException {
        FormatOptions options = FormatOptions.of(this, context.options());
        Map<Region, String> fromNames = new EnumMap<>(Region.class);
        for (Region region : Region.values()) {
            String own = region.fromName().name();
            fromNames.put(
                    region,
                    options.given(own).or(() -> options.given(FROM_NAME.name())).orElse(options.text(own)));
        }
        Names names = new Names(
                fromNames,
                options.text(TO_NAME.name()),
                options.text(DATA_KEY.name()),
                new AssetText(IMAGE.name(), options.text(IMAGE.name())));
        Choice choice = options.choice(CHOICE.name(), Choice.class);
        Holes holes = options.choice(Holes.OPTION.name(), Holes.class);
        JsonGenerator json = JsonEntry.openArray(this, sink);
        return new Writer(names, choice, holes, json);
    }

    /// What things are called in the user's labeling configuration and task data.
    private record Names(Map<Region, String> from, String to, String dataKey, AssetText image) {}

    /// A rectangle turned by `rotation` degrees about its own corner (x, y).
    private record Turned(double x, double y, double width, double height, double rotation) {
        /// 100, and what is rounded to it.
        private static final double LARGEST_PERCENT = 100 + 4e-7;

        /// The same rectangle given by its corner `k`, the quarter turn that this takes included.
        static Turned about(int k, Annotation.RotatedBox rotated) {
            Point corner = rotated.box().corners().get(k);
            double rotation = (rotated.box().angle() + 90.0 * k) % 360;
            boolean upended = k % 2 == 1;
            return new Turned(
                    corner.x(),
                    corner.y(),
                    upended ? rotated.box().height() : rotated.box().width(),
                    upended ? rotated.box().width() : rotated.box().height(),
                    rotation < 0 ? rotation + 360 : rotation);
        }

        boolean canBeSaidOf(ImageSize size) {
            return percent(x, size.width()) <= LARGEST_PERCENT
                    && percent(y, size.height()) <= LARGEST_PERCENT
                    && percent(width, size.width()) <= LARGEST_PERCENT
                    && percent(height, size.height()) <= LARGEST_PERCENT;
        }
    }

    private static double percent(double pixels, int extent) {
        return 100 * pixels / extent;
    }

    private static final class Writer implements DataSetWriter {
        /// Diameter of a keypoint's dot, in percent of the image's width.
        private static final double DOT = 0.5;

        private final Names names;
        private final Choice choice;
        private final Holes holes;
        private final JsonGenerator json;
        private final Tally tally = new Tally();

        /// Of the prediction being written: size of its image, how many annotations it has and the sum of their
        /// scores.
        private ImageSize size = new ImageSize(1, 1);

        private int written;
        private double scores;

        Writer(Names names, Choice choice, Holes holes, JsonGenerator json) {
            this.names = names;
            this.choice = choice;
            this.holes = holes;
            this.json = json;
        }

        @Override
        public void write(Prelabels prelabels) throws IOException {
            json.writeStartObject();
            json.writeObjectFieldStart("data");
            json.writeStringField(names.dataKey(), names.image().of(prelabels.asset()));
            json.writeEndObject();
            json.writeArrayFieldStart("predictions");
            prediction(prelabels);
            json.writeEndArray();
            json.writeEndObject();
        }

        private void prediction(Prelabels prelabels) throws IOException {
            size = prelabels.asset().size();
            written = 0;
            scores = 0;
            json.writeStartObject();
            json.writeStringField("model_version", prelabels.provenance().versionString());
            json.writeArrayFieldStart("result");
            for (Annotation annotation : prelabels.annotations()) {
                annotation(annotation, idOf(prelabels, annotation.candidate()));
            }
            choices(prelabels);
            json.writeEndArray();
            if (written > 0) {
                Decimals.SCORE.write(json, "score", scores / written);
            }
            json.writeEndObject();
        }

        private static UUID idOf(Prelabels prelabels, Candidate candidate) {
            return AnnotationIds.of(prelabels.provenance(), prelabels.asset(), candidate);
        }

        private void annotation(Annotation annotation, UUID id) throws IOException {
            Optional<Rect> bounds = annotation.bounds();
            if (bounds.isPresent() && isOutside(bounds.get())) {
                tally.leftOut("outside-image");
                return;
            }
            switch (annotation) {
                case Annotation.Box box -> box(box, id);
                case Annotation.RotatedBox rotated -> rotatedBox(rotated, id);
                case Annotation.Polygon polygon -> polygon(polygon, id);
                case Annotation.Mask mask ->
                    brush(mask.candidate(), id, mask.runs().toBitMask());
                case Annotation.Polyline polyline -> vector(polyline, id);
                case Annotation.Keypoints keypoints -> keypoints(keypoints, id);
                case Annotation.Classification _ -> {
                    // Together, after all others: they share one region.
                }
            }
        }

        private boolean isOutside(Rect bounds) {
            return bounds.x() > size.width() || bounds.y() > size.height() || bounds.right() < 0 || bounds.bottom() < 0;
        }

        private void box(Annotation.Box annotation, UUID id) throws IOException {
            Rect box = annotation.box();
            Rect clipped = box.clippedTo(size);
            if (Bounds.reachesOut(box, size)) {
                tally.converted("clipped-to-image");
            }
            count(annotation.candidate());
            rectangle(
                    annotation.candidate(),
                    id,
                    new Turned(clipped.x(), clipped.y(), clipped.width(), clipped.height(), 0));
        }

        private void rotatedBox(Annotation.RotatedBox annotation, UUID id) throws IOException {
            for (int corner = 0; corner < 4; corner++) {
                Turned turned = Turned.about(corner, annotation);
                if (turned.canBeSaidOf(size)) {
                    count(annotation.candidate());
                    rectangle(annotation.candidate(), id, turned);
                    return;
                }
            }
            tally.leftOut("rotated-box-beyond-image");
        }

        private void rectangle(Candidate candidate, UUID id, Turned box) throws IOException {
            begin(Region.RECTANGLELABELS, candidate, id);
            Decimals.PERCENT.write(json, "x", percent(box.x(), size.width()));
            Decimals.PERCENT.write(json, "y", percent(box.y(), size.height()));
            Decimals.PERCENT.write(json, "width", percent(box.width(), size.width()));
            Decimals.PERCENT.write(json, "height", percent(box.height(), size.height()));
            Decimals.DEGREES.write(json, "rotation", box.rotation());
            finish(Region.RECTANGLELABELS, candidate);
        }

        private void polygon(Annotation.Polygon polygon, UUID id) throws IOException {
            if (Holes.in(polygon) && holes == Holes.MASK) {
                BitMask mask = Rasterizer.rasterize(polygon.parts(), size);
                if (mask.area() == 0) {
                    tally.leftOut("no-pixel");
                    return;
                }
                tally.converted("polygon-with-holes-to-brush");
                brush(polygon.candidate(), id, mask);
                return;
            }
            List<PolygonPart> parts = Bounds.clipped(polygon, size, tally);
            if (parts.isEmpty()) {
                return;
            }
            if (Holes.in(parts)) {
                tally.converted("polygon-holes-filled");
            }
            if (parts.size() > 1) {
                tally.converted("polygon-parts-to-regions");
            }
            count(polygon.candidate());
            for (int part = 0; part < parts.size(); part++) {
                UUID regionId = parts.size() == 1 ? id : AnnotationIds.ofPart(id, Integer.toString(part));
                ring(polygon.candidate(), regionId, parts.get(part).outer());
            }
        }

        private void ring(Candidate candidate, UUID id, Ring ring) throws IOException {
            begin(Region.POLYGONLABELS, candidate, id);
            json.writeArrayFieldStart("points");
            for (Point point : Bounds.clamped(ring.points(), size)) {
                json.writeStartArray();
                Decimals.PERCENT.write(json, percent(point.x(), size.width()));
                Decimals.PERCENT.write(json, percent(point.y(), size.height()));
                json.writeEndArray();
            }
            json.writeEndArray();
            json.writeBooleanField("closed", true);
            finish(Region.POLYGONLABELS, candidate);
        }

        private void brush(Candidate candidate, UUID id, BitMask mask) throws IOException {
            count(candidate);
            begin(Region.BRUSHLABELS, candidate, id);
            json.writeStringField("format", "rle");
            json.writeArrayFieldStart("rle");
            BrushRle.write(mask, json::writeNumber);
            json.writeEndArray();
            finish(Region.BRUSHLABELS, candidate);
        }

        private void vector(Annotation.Polyline polyline, UUID id) throws IOException {
            Candidate candidate = polyline.candidate();
            count(candidate);
            countClamped(polyline.points());
            begin(Region.VECTORLABELS, candidate, id);
            json.writeBooleanField("closed", false);
            json.writeArrayFieldStart("vertices");
            for (int i = 0; i < polyline.points().size(); i++) {
                Point point = polyline.points().get(i);
                json.writeStartObject();
                json.writeStringField("id", shortId(id) + "-" + i);
                if (i > 0) {
                    json.writeStringField("prevPointId", shortId(id) + "-" + (i - 1));
                }
                place(point);
                json.writeBooleanField("isBezier", false);
                json.writeEndObject();
            }
            json.writeEndArray();
            finish(Region.VECTORLABELS, candidate);
        }

        /// The rectangle is left away where it would be a line or a point.
        private void keypoints(Annotation.Keypoints keypoints, UUID id) throws IOException {
            Optional<Rect> bounds = keypoints.bounds();
            if (bounds.isEmpty()) {
                tally.leftOut("no-joint-present");
                return;
            }
            Candidate candidate = keypoints.candidate();
            List<Keypoint> joints = keypoints.points();
            countClamped(joints.stream()
                    .filter(joint -> joint.visibility() != Keypoint.Visibility.ABSENT)
                    .map(Keypoint::at)
                    .toList());
            count(candidate);
            Rect box = bounds.get().clippedTo(size);
            boolean hasParent = box.area() > 0;
            tally.converted(hasParent ? "keypoints-to-joints-in-box" : "keypoints-to-points");
            if (hasParent) {
                rectangle(candidate, id, new Turned(box.x(), box.y(), box.width(), box.height(), 0));
            }
            for (int joint = 0; joint < joints.size(); joint++) {
                if (joints.get(joint).visibility() != Keypoint.Visibility.ABSENT) {
                    UUID jointId = AnnotationIds.ofPart(id, Integer.toString(joint));
                    Candidate dot = new Candidate(
                            candidate.index(),
                            joints.get(joint).name(),
                            joints.get(joint).score(),
                            hasParent ? Map.of() : candidate.attributes());
                    joint(dot, joints.get(joint).at(), jointId, hasParent ? Optional.of(id) : Optional.empty());
                }
            }
        }

        private void joint(Candidate dot, Point at, UUID id, Optional<UUID> parent) throws IOException {
            header(Region.KEYPOINTLABELS, dot.score(), id);
            if (parent.isPresent()) {
                json.writeStringField("parentID", shortId(parent.get()));
            }
            json.writeObjectFieldStart("value");
            place(at);
            Decimals.PERCENT.write(json, "width", DOT);
            finish(Region.KEYPOINTLABELS, dot);
        }

        private void choices(Prelabels prelabels) throws IOException {
            List<Candidate> all = Classifications.bestFirst(prelabels);
            if (all.isEmpty()) {
                return;
            }
            List<Candidate> chosen = switch (choice) {
                case SINGLE -> List.of(all.getFirst());
                case MULTIPLE -> all;
            };
            all.stream().skip(chosen.size()).forEach(_ -> tally.leftOut("choice-is-single"));
            chosen.forEach(this::count);
            Candidate best = all.getFirst();
            header(Region.CHOICES, best.score(), idOf(prelabels, best));
            json.writeObjectFieldStart("value");
            json.writeArrayFieldStart("choices");
            for (Candidate candidate : chosen) {
                json.writeString(candidate.label());
            }
            json.writeEndArray();
            json.writeEndObject();
            meta(chosen);
            json.writeEndObject();
        }

        private void begin(Region region, Candidate candidate, UUID id) throws IOException {
            header(region, candidate.score(), id);
            json.writeObjectFieldStart("value");
        }

        private void header(Region region, double score, UUID id) throws IOException {
            json.writeStartObject();
            json.writeStringField("id", shortId(id));
            json.writeStringField("from_name", names.from().getOrDefault(region, region.defaultFromName));
            json.writeStringField("to_name", names.to());
            json.writeStringField("type", region.type());
            json.writeNumberField("original_width", size.width());
            json.writeNumberField("original_height", size.height());
            json.writeNumberField("image_rotation", 0);
            Decimals.SCORE.write(json, "score", score);
        }

        /// Ends the value with its label, then the region.
        private void finish(Region region, Candidate candidate) throws IOException {
            json.writeArrayFieldStart(region.type());
            json.writeString(candidate.label());
            json.writeEndArray();
            json.writeEndObject();
            meta(List.of(candidate));
            json.writeEndObject();
        }

        private void meta(List<Candidate> candidates) throws IOException {
            if (candidates.stream().allMatch(candidate -> candidate.attributes().isEmpty())) {
                return;
            }
            json.writeObjectFieldStart("meta");
            json.writeArrayFieldStart("text");
            for (Candidate candidate : candidates) {
                for (Map.Entry<String, String> attribute : new TreeMap<>(candidate.attributes()).entrySet()) {
                    json.writeString(attribute.getKey() + ": " + attribute.getValue());
                }
            }
            json.writeEndArray();
            json.writeEndObject();
        }

        private static String shortId(UUID id) {
            return String.format(Locale.ROOT, "%016x", id.getMostSignificantBits());
        }

        private void count(Candidate candidate) {
            written++;
            scores += candidate.score();
        }

        /// `x` and `y`, of the nearest point of the image.
        private void place(Point point) throws IOException {
            Point within = Bounds.clamped(point, size);
            Decimals.PERCENT.write(json, "x", percent(within.x(), size.width()));
            Decimals.PERCENT.write(json, "y", percent(within.y(), size.height()));
        }

        private void countClamped(List<Point> points) {
            if (Bounds.reachesOut(points, size)) {
                tally.converted("clamped-to-image");
            }
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
