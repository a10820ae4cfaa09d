package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.AssetInfo;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Conversion;
import dev.firstpass.postprocess.annotation.Conversions;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import dev.firstpass.postprocess.geometry.RotatedRect;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/// Ultralytics' data sets: `labels/` with a text file for each asset, a line for each label, and a `data.yaml` that says
/// the classes and that the images are in `images/`. Numbers are fractions of the image's width and height with 6
/// decimals; an asset without labels has an empty file.
///
/// | annotation | `yolo` | `yolo.segment` | `yolo.obb` | `yolo.pose` |
/// |---|---|---|---|---|
/// | box | `class cx cy w h` | its corners: `box-to-polygon` | `box-to-rotated-box` | left out |
/// | rotated box | `rotated-box-to-box` | `rotated-box-to-polygon` | `class x1 y1 ... x4 y4` | left out |
/// | polygon | `polygon-to-box` | `class x1 y1 x2 y2 ...` | `polygon-to-rotated-box` | left out |
/// | mask | `mask-to-box` | its outline: `mask-to-polygon` | `mask-to-rotated-box` | left out |
/// | keypoints | `keypoints-to-box` | left out | left out | `class cx cy w h x1 y1 v1 ...`, `joint-scores-left-out` |
/// | polyline | `polyline-to-box` | left out | left out | left out |
/// | classification | left out | left out | left out | left out |
///
/// A ring cannot have holes: by the option `holes` they are joined to it by a cut of no width (`polygon-holes-bridged`) or
/// filled (`polygon-holes-filled`). Several parts are several lines (`polygon-parts-to-lines`). Nothing may reach out of
/// the image: boxes and polygons are cut (`clipped-to-image`), joints moved to its border (`clamped-to-image`), what has no
/// area there is left out. Of a rotated box corners may reach out, as Ultralytics takes them, if the centre of its bounds does not and
/// those are no larger than the image; else its bounds in the image are written (`bounds-in-image`).
///
/// Poses have the joints of the first one; others are left out. Scores are written at the end of a line where the option
/// `confidence` asks for it, as Ultralytics writes predictions, which its trainers refuse. Attributes have no place. The
/// model's version stands in a comment of `data.yaml`.
final class YoloFormat implements LabelFormat {
    private static final FormatOption CONFIDENCE = new FormatOption(
            "confidence", "'yes' ends each line with the score, which trainers refuse and viewers take", "no");
    private static final FormatOption HOLES = new FormatOption(
            "holes",
            "polygons with holes: 'bridge' joins them by a cut of no width, 'fill' leaves them away",
            "bridge");

    private static final String IMAGES = "images/";

    private final YoloTask task;

    private enum Confidence {
        NO,
        YES
    }

    private enum HoleRule {
        BRIDGE,
        FILL
    }

    YoloFormat(YoloTask task) {
        this.task = task;
    }

    @Override
    public String id() {
        return task.id();
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
        return task.description();
    }

    @Override
    public List<FormatOption> options() {
        return task == YoloTask.SEGMENT ? List.of(CONFIDENCE, HOLES) : List.of(CONFIDENCE);
    }

    @Override
    public Optional<LabelReader> reader() {
        return Optional.of(new YoloReader(task));
    }

    @Override
    public DataSetWriter begin(FormatContext context, EntrySink sink) {
        FormatOptions options = FormatOptions.of(this, context.options());
        boolean withScores = options.choice(CONFIDENCE.name(), Confidence.class) == Confidence.YES;
        boolean bridge = task == YoloTask.SEGMENT && options.choice(HOLES.name(), HoleRule.class) == HoleRule.BRIDGE;
        return new LinesWriter(task, new ClassNumbers(context.classes()), sink, withScores, bridge);
    }

    private static final class LinesWriter implements DataSetWriter {
        private final YoloTask task;
        private final ClassNumbers classes;
        private final EntrySink sink;
        private final boolean withScores;
        private final boolean bridge;
        private final Tally tally = new Tally();
        private final EntryNames names = new EntryNames(tally);
        private final TreeSet<String> versions = new TreeSet<>();
        private List<String> joints = List.of();

        LinesWriter(YoloTask task, ClassNumbers classes, EntrySink sink, boolean withScores, boolean bridge) {
            this.task = task;
            this.classes = classes;
            this.sink = sink;
            this.withScores = withScores;
            this.bridge = bridge;
        }

        @Override
        public void write(Prelabels prelabels) throws IOException {
            versions.add(prelabels.provenance().versionString());
            ImageSize size = prelabels.asset().size();
            try (Writer out = utf8(sink.entry("labels/" + names.of(below(prelabels.asset())) + ".txt"))) {
                for (Annotation annotation : prelabels.annotations()) {
                    switch (task) {
                        case DETECT -> box(out, annotation, size);
                        case SEGMENT -> polygon(out, annotation, size);
                        case OBB -> rotatedBox(out, annotation, size);
                        case POSE -> pose(out, annotation, size);
                    }
                }
            }
        }

        /// Images are in `images/`: an id that says so is the rest of it.
        private static AssetInfo below(AssetInfo asset) {
            String id = asset.id();
            return id.startsWith(IMAGES) && id.length() > IMAGES.length()
                    ? new AssetInfo(id.substring(IMAGES.length()), asset.size(), asset.digest())
                    : asset;
        }

        private static Writer utf8(OutputStream out) {
            return new OutputStreamWriter(out, StandardCharsets.UTF_8);
        }

        /// The annotation as `kind`, where there is a rule; what was done, or that nothing could be, is counted.
        private Optional<Annotation> as(GeometryKind kind, Annotation annotation, ImageSize size) {
            if (!Conversions.hasRule(annotation.kind(), kind)) {
                tally.leftOut(annotation.kind().id());
                return Optional.empty();
            }
            return switch (Conversions.to(kind, annotation, size, 0)) {
                case Conversion.Unchanged same -> Optional.of(same.annotation());
                case Conversion.Converted converted -> {
                    // Counted by whoever writes it: what is left out is not converted too.
                    yield Optional.of(converted.annotation());
                }
                case Conversion.Unsupported _ -> {
                    tally.leftOut("no-area-in-image");
                    yield Optional.empty();
                }
            };
        }

        private void countConversion(Annotation from, GeometryKind to) {
            if (from.kind() != to) {
                tally.converted(from.kind().id() + "-to-" + to.id());
            }
        }

        private void countCandidate(Candidate candidate) {
            Losses.attributes(tally, candidate);
            if (!withScores) {
                Losses.score(tally, candidate);
            }
        }

        private void box(Writer out, Annotation annotation, ImageSize size) throws IOException {
            Optional<Annotation> as = as(GeometryKind.BOX, annotation, size);
            if (as.isEmpty()) {
                return;
            }
            Rect box = ((Annotation.Box) as.get()).box();
            Rect clipped = box.clippedTo(size);
            if (clipped.area() == 0) {
                tally.leftOut("no-area-in-image");
                return;
            }
            countConversion(annotation, GeometryKind.BOX);
            if (Bounds.reachesOut(box, size)) {
                tally.converted("clipped-to-image");
            }
            Candidate candidate = annotation.candidate();
            countCandidate(candidate);
            line(out, candidate, centred(clipped, size));
        }

        private static List<String> centred(Rect box, ImageSize size) {
            return List.of(
                    fraction(box.x() + box.width() / 2, size.width()),
                    fraction(box.y() + box.height() / 2, size.height()),
                    fraction(box.width(), size.width()),
                    fraction(box.height(), size.height()));
        }

        private void polygon(Writer out, Annotation annotation, ImageSize size) throws IOException {
            Optional<Annotation> as = as(GeometryKind.POLYGON, annotation, size);
            if (as.isEmpty()) {
                return;
            }
            List<PolygonPart> parts = Bounds.clipped((Annotation.Polygon) as.get(), size, tally);
            if (parts.isEmpty()) {
                return;
            }
            countConversion(annotation, GeometryKind.POLYGON);
            if (Holes.in(parts)) {
                tally.converted(bridge ? "polygon-holes-bridged" : "polygon-holes-filled");
            }
            if (parts.size() > 1) {
                tally.converted("polygon-parts-to-lines");
            }
            countCandidate(annotation.candidate());
            for (PolygonPart part : parts) {
                Ring ring = bridge && !part.holes().isEmpty() ? Bridges.bridged(part) : part.outer();
                line(out, annotation.candidate(), fractions(ring.points(), size));
            }
        }

        private void rotatedBox(Writer out, Annotation annotation, ImageSize size) throws IOException {
            Optional<Annotation> as = as(GeometryKind.ROTATED_BOX, annotation, size);
            if (as.isEmpty()) {
                return;
            }
            RotatedRect box = ((Annotation.RotatedBox) as.get()).box();
            Rect visible = box.bounds().clippedTo(size);
            if (visible.area() == 0) {
                tally.leftOut("no-area-in-image");
                return;
            }
            countConversion(annotation, GeometryKind.ROTATED_BOX);
            List<Point> corners = box.corners();
            if (!isAccepted(box.bounds(), size)) {
                tally.converted("bounds-in-image");
                corners = visible.corners();
            }
            countCandidate(annotation.candidate());
            List<String> numbers = new ArrayList<>();
            for (Point corner : corners) {
                numbers.add(fraction(corner.x(), size.width()));
                numbers.add(fraction(corner.y(), size.height()));
            }
            line(out, annotation.candidate(), numbers);
        }

        /// Ultralytics takes corners out of the image as long as the centre of their bounds is in it and those are no
        /// larger than it.
        private static boolean isAccepted(Rect bounds, ImageSize size) {
            double cx = bounds.x() + bounds.width() / 2;
            double cy = bounds.y() + bounds.height() / 2;
            return cx >= 0
                    && cy >= 0
                    && cx <= size.width()
                    && cy <= size.height()
                    && bounds.width() <= size.width()
                    && bounds.height() <= size.height();
        }

        private void pose(Writer out, Annotation annotation, ImageSize size) throws IOException {
            if (!(annotation instanceof Annotation.Keypoints keypoints)) {
                tally.leftOut(annotation.kind().id() + "-among-keypoints");
                return;
            }
            Optional<Rect> bounds = keypoints.bounds();
            List<String> names = keypoints.points().stream().map(Keypoint::name).toList();
            if (bounds.isEmpty()) {
                tally.leftOut("no-joint-present");
                return;
            }
            if (!joints.isEmpty() && !joints.equals(names)) {
                tally.leftOut("other-joints-than-data-set");
                return;
            }
            joints = names;
            Losses.jointScores(tally, keypoints);
            List<Point> present = new ArrayList<>();
            List<String> numbers = new ArrayList<>(centred(bounds.get().clippedTo(size), size));
            for (Keypoint joint : keypoints.points()) {
                boolean isAbsent = joint.visibility() == Keypoint.Visibility.ABSENT;
                numbers.addAll(isAbsent ? List.of("0", "0") : fractions(List.of(joint.at()), size));
                numbers.add(Integer.toString(CocoJson.visibility(joint)));
                if (!isAbsent) {
                    present.add(joint.at());
                }
            }
            if (Bounds.reachesOut(present, size)) {
                tally.converted("clamped-to-image");
            }
            countCandidate(keypoints.candidate());
            line(out, keypoints.candidate(), numbers);
        }

        private static List<String> fractions(List<Point> points, ImageSize size) {
            List<String> fractions = new ArrayList<>();
            for (Point point : Bounds.clamped(points, size)) {
                fractions.add(fraction(point.x(), size.width()));
                fractions.add(fraction(point.y(), size.height()));
            }
            return fractions;
        }

        private static String fraction(double pixels, int extent) {
            return Decimals.FRACTION.text(pixels / extent);
        }

        private void line(Writer out, Candidate candidate, List<String> numbers) throws IOException {
            out.write(Integer.toString(classes.of(candidate.label())));
            for (String number : numbers) {
                out.write(' ');
                out.write(number);
            }
            if (withScores) {
                out.write(' ');
                out.write(Decimals.SCORE.text(candidate.score()));
            }
            out.write('\n');
        }

        @Override
        public void end() throws IOException {
            try (Writer yaml = utf8(sink.entry("data.yaml"))) {
                yaml.write("# Pre-labels by Firstpass: " + quoted(String.join(", ", versions)) + "\n");
                yaml.write("train: images\nval: images\ntask: " + task.word() + "\n");
                if (!joints.isEmpty()) {
                    yaml.write("kpt_shape: [" + joints.size() + ", 3]\n");
                }
                List<String> labels = classes.names();
                yaml.write(labels.isEmpty() ? "names: {}\n" : "names:\n");
                for (int i = 0; i < labels.size(); i++) {
                    yaml.write("  " + i + ": " + quoted(labels.get(i)) + "\n");
                }
                if (!joints.isEmpty()) {
                    String names = String.join(
                            ", ", joints.stream().map(LinesWriter::quoted).toList());
                    yaml.write("kpt_names:\n");
                    for (int i = 0; i < labels.size(); i++) {
                        yaml.write("  " + i + ": [" + names + "]\n");
                    }
                }
            }
        }

        /// JSON's strings are YAML's.
        private static String quoted(String text) {
            return "\"" + String.valueOf(JsonStringEncoder.getInstance().quoteAsString(text)) + "\"";
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
