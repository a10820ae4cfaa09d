package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.AssetInfo;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Conversion;
import dev.firstpass.postprocess.annotation.Conversions;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Rect;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/// Pascal VOC: an XML file for each asset, in `Annotations`, with a `bndbox` for each label.
///
/// | annotation | becomes |
/// |---|---|
/// | box | `xmin`, `ymin`, `xmax`, `ymax`, cut to the image: `clipped-to-image` |
/// | rotated box, polygon, mask, polyline, keypoints | its bounds: `rotated-box-to-box`, ... |
/// | classification | left out |
///
/// Coordinates are those of pixel edges, with decimals, from 0 on, as Datumaro and CVAT have them; with `origin=1` they are
/// those of the challenge's devkit and of supervision, which count pixels from 1 and take the last one in: `xmin` and `ymin`
/// are one more, `xmax` and `ymax` the same. Attributes `truncated`, `difficult` and `occluded` of value 1 have elements of their own, others
/// stand in `attributes`, as Datumaro has them. The score is an element `score`, which readers pass over, and the model's
/// version is in `source`.
///
/// Of a label, letters that XML has no way to write become `?`: `letter-not-in-xml`.
final class VocFormat implements LabelFormat {
    static final Set<String> FLAGS = Set.of("truncated", "difficult", "occluded");

    /// How `source/annotation` of a file that counts pixels from 1 ends.
    static final String FROM_ONE = ", pixels counted from 1";

    private static final FormatOption ORIGIN = new FormatOption(
            "origin", "number of the first pixel: '0', or '1' with the last pixel of a box taken in", "0");

    @Override
    public String id() {
        return "voc";
    }

    @Override
    public String mediaType() {
        return "application/xml";
    }

    @Override
    public String fileExtension() {
        return ".xml";
    }

    @Override
    public boolean isPerAsset() {
        return true;
    }

    @Override
    public String description() {
        return "Pascal VOC: an XML file with boxes for each image";
    }

    @Override
    public List<FormatOption> options() {
        return List.of(ORIGIN);
    }

    @Override
    public Optional<LabelReader> reader() {
        return Optional.of(new LabelFilesReader(
                id(), "Pascal VOC: an .xml with boxes for each image, pixels counted from 0", new VocParser(0)));
    }

    @Override
    public DataSetWriter begin(FormatContext context, EntrySink sink) {
        FormatOptions options = FormatOptions.of(this, context.options());
        String origin = options.text(ORIGIN.name());
        if (!origin.equals("0") && !origin.equals("1")) {
            throw new FormatOptionException(
                    ORIGIN.name(), "format option " + ORIGIN.name() + ": " + origin + " (expected: 0 or 1)");
        }
        return new Writer(sink, origin.equals("1") ? 1 : 0);
    }

    private static final class Writer implements DataSetWriter {
        private final XMLOutputFactory xmls = XMLOutputFactory.newDefaultFactory();
        private final EntrySink sink;
        private final int origin;
        private final Tally tally = new Tally();
        private final EntryNames names = new EntryNames(tally);

        Writer(EntrySink sink, int origin) {
            this.sink = sink;
            this.origin = origin;
        }

        @Override
        public void write(Prelabels prelabels) throws IOException {
            // The XML writer passes on each word as it comes.
            try (OutputStream out =
                    new BufferedOutputStream(sink.entry("Annotations/" + names.of(prelabels.asset()) + ".xml"))) {
                XMLStreamWriter xml = xmls.createXMLStreamWriter(out, StandardCharsets.UTF_8.name());
                document(new Elements(xml), prelabels);
                xml.flush();
                out.write('\n');
            } catch (XMLStreamException e) {
                throw new IOException(e);
            }
        }

        private void document(Elements xml, Prelabels prelabels) throws XMLStreamException {
            AssetInfo asset = prelabels.asset();
            xml.begin("annotation");
            xml.text("folder", "");
            xml.text("filename", XmlText.legal(asset.id()));
            xml.begin("source");
            xml.text("database", "Pre-labels by Firstpass");
            xml.text(
                    "annotation",
                    XmlText.legal(prelabels.provenance().versionString()) + (origin == 1 ? FROM_ONE : ""));
            xml.end();
            xml.begin("size");
            xml.text("width", Integer.toString(asset.size().width()));
            xml.text("height", Integer.toString(asset.size().height()));
            xml.text("depth", "3");
            xml.end();
            xml.text("segmented", "0");
            for (Annotation annotation : prelabels.annotations()) {
                object(xml, annotation, asset.size());
            }
            xml.end();
        }

        private void object(Elements xml, Annotation annotation, ImageSize size) throws XMLStreamException {
            if (!Conversions.hasRule(annotation.kind(), GeometryKind.BOX)) {
                tally.leftOut(annotation.kind().id());
                return;
            }
            switch (Conversions.to(GeometryKind.BOX, annotation, size, 0)) {
                case Conversion.Unchanged same -> {
                    Rect box = ((Annotation.Box) same.annotation()).box();
                    if (box.clippedTo(size).area() == 0) {
                        tally.leftOut("no-area-in-image");
                        return;
                    }
                    if (Bounds.reachesOut(box, size)) {
                        tally.converted("clipped-to-image");
                    }
                    object(xml, annotation.candidate(), box.clippedTo(size));
                }
                case Conversion.Converted converted -> {
                    tally.converted(converted.rule());
                    object(xml, annotation.candidate(), ((Annotation.Box) converted.annotation()).box());
                }
                case Conversion.Unsupported _ -> tally.leftOut("no-area-in-image");
            }
        }

        private void object(Elements xml, Candidate candidate, Rect box) throws XMLStreamException {
            Map<String, String> attributes = new TreeMap<>(candidate.attributes());
            String label = XmlText.legal(candidate.label());
            boolean isAllLegal = label.equals(candidate.label())
                    && attributes.entrySet().stream()
                            .allMatch(entry -> XmlText.legal(entry.getKey()).equals(entry.getKey())
                                    && XmlText.legal(entry.getValue()).equals(entry.getValue()));
            if (!isAllLegal) {
                tally.converted("letter-not-in-xml");
            }
            xml.begin("object");
            xml.text("name", label);
            xml.text("pose", "Unspecified");
            for (String flag : List.of("truncated", "difficult", "occluded")) {
                xml.text(flag, attributes.remove(flag, "1") ? "1" : "0");
            }
            xml.text("score", Decimals.SCORE.text(candidate.score()));
            xml.begin("bndbox");
            xml.text("xmin", Decimals.PIXELS.text(box.x() + origin));
            xml.text("ymin", Decimals.PIXELS.text(box.y() + origin));
            xml.text("xmax", Decimals.PIXELS.text(box.right()));
            xml.text("ymax", Decimals.PIXELS.text(box.bottom()));
            xml.end();
            if (!attributes.isEmpty()) {
                xml.begin("attributes");
                for (Map.Entry<String, String> attribute : attributes.entrySet()) {
                    xml.begin("attribute");
                    xml.text("name", XmlText.legal(attribute.getKey()));
                    xml.text("value", XmlText.legal(attribute.getValue()));
                    xml.end();
                }
                xml.end();
            }
            xml.end();
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
    }

    /// Elements on lines of their own, indented.
    private static final class Elements {
        private final XMLStreamWriter xml;
        private int depth;

        Elements(XMLStreamWriter xml) {
            this.xml = xml;
        }

        void begin(String name) throws XMLStreamException {
            line();
            xml.writeStartElement(name);
            depth++;
        }

        void end() throws XMLStreamException {
            depth--;
            xml.writeCharacters("\n" + "  ".repeat(depth));
            xml.writeEndElement();
        }

        void text(String name, String text) throws XMLStreamException {
            line();
            xml.writeStartElement(name);
            xml.writeCharacters(text);
            xml.writeEndElement();
        }

        private void line() throws XMLStreamException {
            // Nothing stands before or after the root.
            if (depth > 0) {
                xml.writeCharacters("\n" + "  ".repeat(depth));
            }
        }
    }
}
