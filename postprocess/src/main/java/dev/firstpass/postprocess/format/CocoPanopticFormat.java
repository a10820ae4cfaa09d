package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.firstpass.postprocess.annotation.AnnotationIds;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Rect;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

/// COCO's panoptic format: for each asset `panoptic/NAME.png`, in which a pixel's colour is the number of its segment (red +
/// 256 green + 65536 blue, 0 for none), and `panoptic.json` with `segments_info`: category, area and box of each.
///
/// | annotation | becomes |
/// |---|---|
/// | mask | a segment |
/// | box, rotated box, polygon | pixels whose centre is inside: `box-to-mask`, ...; one without any is left out |
/// | polyline, keypoints, classification | left out |
///
/// A pixel has one segment: of areas that overlap, the better score lies on top (`overlap-cut`; hidden wholly: left out as
/// `overlap-hidden`). Every category is said to be one of things. A segment has, beside what COCO knows, `score`,
/// `attributes` and, as `uuid`, the annotation's id; tools pass over these.
///
/// What is kept until the end: name and size of each image, and what is said of its segments, compressed to some
/// 30 bytes for each.
final class CocoPanopticFormat implements LabelFormat {
    private static final FormatOption IMAGE_ID =
            new FormatOption("image-id", "id of the first image, the next ones count up", "1");
    private static final FormatOption FILE_NAME =
            new FormatOption("file-name", "file_name of an image; {id} is the asset's id", AssetText.ID);

    @Override
    public String id() {
        return "coco.panoptic";
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
        return "COCO panoptic: a PNG of segments for each image, and a JSON file that says what they are";
    }

    @Override
    public List<FormatOption> options() {
        return List.of(FILE_NAME, IMAGE_ID);
    }

    @Override
    public Optional<LabelReader> reader() {
        return Optional.of(new CocoPanopticReader());
    }

    @Override
    public DataSetWriter begin(FormatContext context, EntrySink sink) throws IOException {
        FormatOptions options = FormatOptions.of(this, context.options());
        return new Writer(
                new CocoCategories(context.classes()),
                new AssetText(FILE_NAME.name(), options.text(FILE_NAME.name())),
                options.number(IMAGE_ID.name()),
                sink);
    }

    private static final class Writer implements DataSetWriter {
        private final CocoCategories categories;
        private final AssetText fileName;
        private final long firstImageId;
        private final EntrySink sink;
        private final Tally tally = new Tally();
        private final EntryNames names = new EntryNames(tally);
        private final List<CocoJson.WrittenImage> images = new ArrayList<>();
        private final TreeSet<String> versions = new TreeSet<>();
        private final KeptBytes compressed = new KeptBytes();
        private final JsonGenerator annotations;

        Writer(CocoCategories categories, AssetText fileName, long firstImageId, EntrySink sink) throws IOException {
            this.categories = categories;
            this.fileName = fileName;
            this.firstImageId = firstImageId;
            this.sink = sink;
            this.annotations = JsonEntry.open("annotations", _ -> new DeflaterOutputStream(compressed));
            annotations.writeStartArray();
        }

        @Override
        public void write(Prelabels prelabels) throws IOException {
            ImageSize size = prelabels.asset().size();
            String name = names.of(prelabels.asset()) + ".png";
            PaintedMasks painted = PaintedMasks.of(prelabels, false, tally);
            Segment[] segments = image("panoptic/" + name, painted);
            annotations.writeStartObject();
            annotations.writeNumberField("image_id", firstImageId + images.size());
            annotations.writeStringField("file_name", name);
            annotations.writeArrayFieldStart("segments_info");
            for (int i = 0; i < segments.length; i++) {
                Candidate candidate = painted.shown().get(i);
                annotations.writeStartObject();
                annotations.writeNumberField("id", i + 1);
                annotations.writeNumberField("category_id", categories.idOf(candidate.label()));
                annotations.writeNumberField("area", segments[i].area);
                CocoJson.bbox(annotations, segments[i].bounds());
                annotations.writeNumberField("iscrowd", 0);
                Decimals.SCORE.write(annotations, "score", candidate.score());
                annotations.writeStringField(
                        "uuid",
                        AnnotationIds.of(prelabels.provenance(), prelabels.asset(), candidate)
                                .toString());
                JsonEntry.attributes(annotations, candidate.attributes());
                annotations.writeEndObject();
            }
            annotations.writeEndArray();
            annotations.writeEndObject();
            images.add(new CocoJson.WrittenImage(fileName.of(prelabels.asset()), size));
            versions.add(prelabels.provenance().versionString());
        }

        private Segment[] image(String name, PaintedMasks painted) throws IOException {
            ImageSize size = painted.size();
            Segment[] segments = new Segment[painted.shown().size()];
            Arrays.setAll(segments, _ -> new Segment());
            byte[] row = new byte[3 * size.width()];
            try (PngWriter png = new PngWriter(sink.entry(name), size, PngWriter.Form.RGB)) {
                for (int y = 0; y < size.height(); y++) {
                    for (int x = 0; x < size.width(); x++) {
                        int value = painted.owner(x, y);
                        row[3 * x] = (byte) value;
                        row[3 * x + 1] = (byte) (value >> 8);
                        row[3 * x + 2] = (byte) (value >> 16);
                        if (value > 0) {
                            segments[value - 1].add(x, y);
                        }
                    }
                    png.row(row);
                }
            }
            return segments;
        }

        /// The whole JSON file: annotations are known after the last image only, and one entry is open at a time.
        @Override
        public void end() throws IOException {
            annotations.writeEndArray();
            annotations.close();
            try (OutputStream out = sink.entry("panoptic.json")) {
                out.write("{\"annotations\":".getBytes(StandardCharsets.US_ASCII));
                try (InflaterInputStream in = new InflaterInputStream(compressed.read())) {
                    in.transferTo(out);
                }
                ByteArrayOutputStream rest = new ByteArrayOutputStream();
                try (JsonGenerator json = JsonEntry.open("rest", _ -> rest)) {
                    json.writeStartObject();
                    CocoJson.images(json, images, firstImageId);
                    categories.writePanoptic(json);
                    CocoJson.info(json, versions);
                    json.writeEndObject();
                }
                // The rest goes on where the array ended: its opening brace becomes a comma.
                byte[] tail = rest.toByteArray();
                tail[0] = ',';
                out.write(tail);
                out.write('\n');
            }
        }

        @Override
        public FormatReport report() {
            return tally.report();
        }

        @Override
        public void close() throws IOException {
            annotations.close();
        }
    }

    /// Mutable, for one thread.
    private static final class Segment {
        private long area;
        private int left = Integer.MAX_VALUE;
        private int top = Integer.MAX_VALUE;
        private int right;
        private int bottom;

        void add(int x, int y) {
            area++;
            left = Math.min(left, x);
            top = Math.min(top, y);
            right = Math.max(right, x + 1);
            bottom = Math.max(bottom, y + 1);
        }

        Rect bounds() {
            return Rect.ofCorners(left, top, right, bottom);
        }
    }
}
