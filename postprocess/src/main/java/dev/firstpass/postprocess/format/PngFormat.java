package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.firstpass.postprocess.annotation.AnnotationIds;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.geometry.ImageSize;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/// Label masks: for each asset `masks/NAME.png` of its size, in which a pixel's value is the number of its class (`png`) or
/// of its instance (`png.instances`), 0 for none.
///
/// 8 bits with the palette of Pascal VOC, always of 256 colours, where the numbers are up to 254; else 16 bits of grey. (255
/// and 65535 are what readers take for pixels not to be looked at; they are not written.)
///
/// What the numbers mean is said by JSON: `classes.json` for all of `png` (`{"classes": {"1": "cat", ...}}`: number of the
/// class + 1), `masks/NAME.json` beside each image of `png.instances`, with class, score, id and attributes of each.
///
/// | annotation | becomes |
/// |---|---|
/// | mask | its pixels |
/// | box, rotated box, polygon | pixels whose centre is inside: `box-to-mask`, ...; one without any is left out |
/// | polyline, keypoints, classification | left out |
///
/// A pixel has one value: of areas that overlap, the better score lies on top (`overlap-cut`; hidden wholly: left out as
/// `overlap-hidden`). In `png` several areas of a class are one (`united-with-class`), and neither scores nor attributes
/// have a place (`score-left-out`, `attributes-left-out`).
final class PngFormat implements LabelFormat {
    private static final int MOST_OF_8_BITS = 254;

    private final boolean instances;

    /// @param instances whether values are instances, else classes
    PngFormat(boolean instances) {
        this.instances = instances;
    }

    @Override
    public String id() {
        return instances ? "png.instances" : "png";
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
        return instances
                ? "PNG masks whose values are instances, with a JSON file that says each one's class"
                : "PNG masks whose values are classes, with a JSON file that names them";
    }

    @Override
    public List<FormatOption> options() {
        return List.of();
    }

    @Override
    public Optional<LabelReader> reader() {
        return Optional.of(new PngMaskReader(id(), instances));
    }

    @Override
    public DataSetWriter begin(FormatContext context, EntrySink sink) {
        FormatOptions.of(this, context.options());
        return new Writer(instances, new ClassNumbers(context.classes()), sink);
    }

    private static final class Writer implements DataSetWriter {
        private final boolean instances;
        private final ClassNumbers classes;
        private final EntrySink sink;
        private final Tally tally = new Tally();
        private final EntryNames names = new EntryNames(tally);
        private final TreeSet<String> versions = new TreeSet<>();

        Writer(boolean instances, ClassNumbers classes, EntrySink sink) {
            this.instances = instances;
            this.classes = classes;
            this.sink = sink;
        }

        @Override
        public void write(Prelabels prelabels) throws IOException {
            versions.add(prelabels.provenance().versionString());
            String name = "masks/" + names.of(prelabels.asset());
            PaintedMasks painted = PaintedMasks.of(prelabels, !instances, tally);
            int[] values = new int[painted.shown().size() + 1];
            for (int i = 1; i < values.length; i++) {
                Candidate candidate = painted.shown().get(i - 1);
                values[i] = instances ? i : 1 + classes.of(candidate.label());
                if (!instances) {
                    Losses.score(tally, candidate);
                    Losses.attributes(tally, candidate);
                }
            }
            image(name + ".png", painted, values);
            if (instances) {
                instances(name + ".json", prelabels, painted.shown());
            }
        }

        private void image(String name, PaintedMasks painted, int[] values) throws IOException {
            int largest = 0;
            for (int value : values) {
                largest = Math.max(largest, value);
            }
            PngWriter.Form form = largest > MOST_OF_8_BITS ? PngWriter.Form.GREY_16 : PngWriter.Form.VOC_PALETTE;
            ImageSize size = painted.size();
            byte[] row = new byte[size.width() * form.bytesPerPixel()];
            try (PngWriter png = new PngWriter(sink.entry(name), size, form)) {
                for (int y = 0; y < size.height(); y++) {
                    for (int x = 0; x < size.width(); x++) {
                        int value = values[painted.owner(x, y)];
                        if (form == PngWriter.Form.GREY_16) {
                            row[2 * x] = (byte) (value >> 8);
                            row[2 * x + 1] = (byte) value;
                        } else {
                            row[x] = (byte) value;
                        }
                    }
                    png.row(row);
                }
            }
        }

        private void instances(String name, Prelabels prelabels, List<Candidate> shown) throws IOException {
            try (JsonGenerator json = JsonEntry.open(name, sink)) {
                json.writeStartObject();
                json.writeStringField("image", prelabels.asset().id());
                json.writeNumberField("width", prelabels.asset().size().width());
                json.writeNumberField("height", prelabels.asset().size().height());
                json.writeStringField("model", prelabels.provenance().versionString());
                json.writeArrayFieldStart("instances");
                for (int i = 0; i < shown.size(); i++) {
                    Candidate candidate = shown.get(i);
                    json.writeStartObject();
                    json.writeNumberField("value", i + 1);
                    json.writeStringField("class", candidate.label());
                    Decimals.SCORE.write(json, "score", candidate.score());
                    json.writeStringField(
                            "id",
                            AnnotationIds.of(prelabels.provenance(), prelabels.asset(), candidate)
                                    .toString());
                    JsonEntry.attributes(json, candidate.attributes());
                    json.writeEndObject();
                }
                json.writeEndArray();
                json.writeEndObject();
                json.writeRaw('\n');
            }
        }

        @Override
        public void end() throws IOException {
            if (instances) {
                return;
            }
            try (JsonGenerator json = JsonEntry.open("classes.json", sink)) {
                json.writeStartObject();
                json.writeStringField("model", String.join(", ", versions));
                json.writeNumberField("background", 0);
                json.writeObjectFieldStart("classes");
                List<String> labels = classes.names();
                for (int i = 0; i < labels.size(); i++) {
                    json.writeStringField(Integer.toString(i + 1), labels.get(i));
                }
                json.writeEndObject();
                json.writeEndObject();
                json.writeRaw('\n');
            }
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
