package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.AssetInfo;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rasterizer;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/// CVAT for images 1.1: one XML file for the data set, with an `image` for each asset.
///
/// | annotation | becomes |
/// |---|---|
/// | box | `box` |
/// | rotated box | `box` with `rotation`, about its centre |
/// | polygon | `polygon`; several parts several of them in one group |
/// | polygon with holes | by the option `holes`: `polygon-with-holes-to-mask` or `polygon-holes-filled` |
/// | mask | `mask`: run lengths along the rows of its smallest rectangle |
/// | polyline | `polyline` |
/// | keypoints | `skeleton`; an absent joint is `outside` |
/// | classification | `tag` |
///
/// Coordinates have two decimals, as CVAT writes them. The score is an attribute, by default `confidence`, which CVAT keeps where the
/// task's labels have a text attribute of that name; the attribute `occluded` of value 1 is the shape's own mark; joints' scores have no
/// place (`joint-scores-left-out`). An attribute that is called as the score is gives way to it: `attribute-name-taken`. `meta` names the
/// model's classes; CVAT itself passes over it.
///
/// What XML has no way to write becomes `?`: `letter-not-in-xml`.
final class CvatXmlFormat implements LabelFormat {
    static final String SCORE = "confidence";

    /// What shapes have a mark of their own for.
    static final String OCCLUDED = "occluded";

    private static final FormatOption SCORE_ATTRIBUTE =
            new FormatOption("scoreAttribute", "attribute of the labels that has the score", SCORE);

    @Override
    public String id() {
        return "cvat.xml";
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
    public String description() {
        return "CVAT for images 1.1: one XML file with the shapes of all images";
    }

    @Override
    public List<FormatOption> options() {
        return List.of(SCORE_ATTRIBUTE, Holes.OPTION);
    }

    @Override
    public Optional<LabelReader> reader() {
        return Optional.of(new CvatXmlReader());
    }

    @Override
    public DataSetWriter begin(FormatContext context, EntrySink sink) throws IOException {
        FormatOptions options = FormatOptions.of(this, context.options());
        Holes holes = options.choice(Holes.OPTION.name(), Holes.class);
        OutputStream out = new BufferedOutputStream(sink.entry("annotations.xml"));
        try {
            XMLStreamWriter xml =
                    XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(out, StandardCharsets.UTF_8.name());
            Writer writer = new Writer(out, xml, options.text(SCORE_ATTRIBUTE.name()), holes);
            writer.head(context.classes());
            return writer;
        } catch (XMLStreamException e) {
            out.close();
            throw new IOException(e);
        }
    }

    private static final class Writer implements DataSetWriter {
        private final OutputStream out;
        private final XMLStreamWriter xml;
        private final String scoreAttribute;
        private final Holes holes;
        private final Tally tally = new Tally();
        private int images;

        /// Of the image being written.
        private int groups;

        Writer(OutputStream out, XMLStreamWriter xml, String scoreAttribute, Holes holes) {
            this.out = out;
            this.xml = xml;
            this.scoreAttribute = scoreAttribute;
            this.holes = holes;
        }

        void head(List<String> classes) throws XMLStreamException {
            xml.writeStartDocument(StandardCharsets.UTF_8.name(), "1.0");
            xml.writeCharacters("\n");
            xml.writeStartElement("annotations");
            line(1);
            text("version", "1.1");
            line(1);
            xml.writeStartElement("meta");
            xml.writeStartElement("task");
            text("name", "Pre-labels by Firstpass");
            xml.writeStartElement("labels");
            for (String label : new LinkedHashSet<>(classes)) {
                line(2);
                xml.writeStartElement("label");
                text("name", XmlText.legal(label));
                xml.writeStartElement("attributes");
                xml.writeStartElement("attribute");
                text("name", XmlText.legal(scoreAttribute));
                text("mutable", "False");
                text("input_type", "text");
                text("default_value", "");
                text("values", "");
                xml.writeEndElement();
                xml.writeEndElement();
                xml.writeEndElement();
            }
            line(1);
            xml.writeEndElement();
            xml.writeEndElement();
            xml.writeEndElement();
        }

        private void line(int depth) throws XMLStreamException {
            xml.writeCharacters("\n" + "  ".repeat(depth));
        }

        private void text(String name, String text) throws XMLStreamException {
            xml.writeStartElement(name);
            xml.writeCharacters(text);
            xml.writeEndElement();
        }

        @Override
        public void write(Prelabels prelabels) throws IOException {
            AssetInfo asset = prelabels.asset();
            groups = 0;
            try {
                line(1);
                xml.writeStartElement("image");
                xml.writeAttribute("id", Integer.toString(images++));
                xml.writeAttribute("name", XmlText.inAttribute(asset.id()));
                xml.writeAttribute("width", Integer.toString(asset.size().width()));
                xml.writeAttribute("height", Integer.toString(asset.size().height()));
                for (Annotation annotation : prelabels.annotations()) {
                    annotation(annotation, asset.size());
                }
                line(1);
                xml.writeEndElement();
            } catch (XMLStreamException e) {
                throw new IOException(e);
            }
        }

        private void annotation(Annotation annotation, ImageSize size) throws XMLStreamException {
            switch (annotation) {
                case Annotation.Box box -> box(box.candidate(), box.box(), 0);
                case Annotation.RotatedBox box ->
                    box(box.candidate(), CvatShapes.upright(box.box()), CvatShapes.rotation(box.box()));
                case Annotation.Polygon polygon -> polygon(polygon, size);
                case Annotation.Mask mask -> mask(mask.candidate(), mask.runs());
                case Annotation.Polyline polyline -> {
                    begin("polyline", polyline.candidate());
                    xml.writeAttribute("points", points(polyline.points()));
                    finish(polyline.candidate());
                }
                case Annotation.Keypoints keypoints -> skeleton(keypoints);
                case Annotation.Classification tag -> {
                    count(tag.candidate());
                    line(2);
                    xml.writeStartElement("tag");
                    xml.writeAttribute("label", label(tag.candidate()));
                    xml.writeAttribute("source", "auto");
                    finish(tag.candidate(), tag.candidate().attributes());
                }
            }
        }

        private void box(Candidate candidate, Rect box, double rotation) throws XMLStreamException {
            begin("box", candidate);
            xml.writeAttribute("xtl", Decimals.HUNDREDTHS.text(box.x()));
            xml.writeAttribute("ytl", Decimals.HUNDREDTHS.text(box.y()));
            xml.writeAttribute("xbr", Decimals.HUNDREDTHS.text(box.right()));
            xml.writeAttribute("ybr", Decimals.HUNDREDTHS.text(box.bottom()));
            if (rotation != 0) {
                xml.writeAttribute("rotation", Decimals.DEGREES.text(rotation));
            }
            finish(candidate);
        }

        private void polygon(Annotation.Polygon polygon, ImageSize size) throws XMLStreamException {
            boolean hasHoles = Holes.in(polygon);
            if (hasHoles && holes == Holes.MASK) {
                BitMask mask = Rasterizer.rasterize(polygon.parts(), size);
                if (mask.area() == 0) {
                    tally.leftOut("no-pixel");
                    return;
                }
                tally.converted("polygon-with-holes-to-mask");
                mask(polygon.candidate(), RunLengths.of(mask));
                return;
            }
            if (hasHoles) {
                tally.converted("polygon-holes-filled");
            }
            count(polygon.candidate());
            int group = polygon.parts().size() > 1 ? ++groups : 0;
            for (PolygonPart part : polygon.parts()) {
                open("polygon", polygon.candidate());
                xml.writeAttribute("points", points(part.outer().points()));
                if (group > 0) {
                    xml.writeAttribute("group_id", Integer.toString(group));
                }
                finish(polygon.candidate());
            }
        }

        private void mask(Candidate candidate, RunLengths runs) throws XMLStreamException {
            CroppedMask crop = CroppedMask.of(runs);
            ImageSize size = crop.pixels().size();
            begin("mask", candidate);
            xml.writeAttribute(
                    "rle",
                    Arrays.stream(RowMajor.counts(crop.pixels()))
                            .mapToObj(Integer::toString)
                            .collect(Collectors.joining(", ")));
            xml.writeAttribute("left", Integer.toString(crop.left()));
            xml.writeAttribute("top", Integer.toString(crop.top()));
            xml.writeAttribute("width", Integer.toString(size.width()));
            xml.writeAttribute("height", Integer.toString(size.height()));
            finish(candidate);
        }

        private void skeleton(Annotation.Keypoints keypoints) throws XMLStreamException {
            boolean isAnyPresent =
                    keypoints.points().stream().anyMatch(joint -> joint.visibility() != Keypoint.Visibility.ABSENT);
            if (!isAnyPresent) {
                tally.leftOut("no-joint-present");
                return;
            }
            Losses.jointScores(tally, keypoints);
            count(keypoints.candidate());
            line(2);
            xml.writeStartElement("skeleton");
            xml.writeAttribute("label", label(keypoints.candidate()));
            xml.writeAttribute("source", "auto");
            xml.writeAttribute("z_order", "0");
            for (Keypoint joint : keypoints.points()) {
                boolean isAbsent = joint.visibility() == Keypoint.Visibility.ABSENT;
                line(3);
                xml.writeStartElement("points");
                xml.writeAttribute("label", XmlText.inAttribute(joint.name()));
                xml.writeAttribute("source", "auto");
                xml.writeAttribute("occluded", joint.visibility() == Keypoint.Visibility.OCCLUDED ? "1" : "0");
                xml.writeAttribute("outside", isAbsent ? "1" : "0");
                xml.writeAttribute("points", points(List.of(isAbsent ? new Point(0, 0) : joint.at())));
                xml.writeEndElement();
            }
            finish(keypoints.candidate(), keypoints.candidate().attributes());
        }

        private static String points(List<Point> points) {
            return points.stream()
                    .map(point -> Decimals.HUNDREDTHS.text(point.x()) + "," + Decimals.HUNDREDTHS.text(point.y()))
                    .collect(Collectors.joining(";"));
        }

        private static String label(Candidate candidate) {
            return XmlText.inAttribute(candidate.label());
        }

        /// What XML cannot write of the candidate, and what gives way.
        private void count(Candidate candidate) {
            boolean isAllLegal = label(candidate).equals(candidate.label())
                    && candidate.attributes().entrySet().stream()
                            .allMatch(
                                    entry -> XmlText.inAttribute(entry.getKey()).equals(entry.getKey())
                                            && XmlText.legal(entry.getValue()).equals(entry.getValue()));
            if (!isAllLegal) {
                tally.converted("letter-not-in-xml");
            }
            if (candidate.attributes().containsKey(scoreAttribute)) {
                tally.converted("attribute-name-taken");
            }
        }

        private void begin(String element, Candidate candidate) throws XMLStreamException {
            count(candidate);
            open(element, candidate);
        }

        private void open(String element, Candidate candidate) throws XMLStreamException {
            line(2);
            xml.writeStartElement(element);
            xml.writeAttribute("label", label(candidate));
            xml.writeAttribute("source", "auto");
            xml.writeAttribute(
                    "occluded",
                    candidate.attributes().getOrDefault(OCCLUDED, "0").equals("1") ? "1" : "0");
            xml.writeAttribute("z_order", "0");
        }

        /// Of an element that was begun by [#open].
        private void finish(Candidate candidate) throws XMLStreamException {
            Map<String, String> rest = new TreeMap<>(candidate.attributes());
            rest.remove(OCCLUDED, "1");
            finish(candidate, rest);
        }

        private void finish(Candidate candidate, Map<String, String> rest) throws XMLStreamException {
            Map<String, String> attributes = new TreeMap<>(rest);
            attributes.put(scoreAttribute, Decimals.SCORE.text(candidate.score()));
            for (Map.Entry<String, String> attribute : attributes.entrySet()) {
                line(3);
                xml.writeStartElement("attribute");
                xml.writeAttribute("name", XmlText.inAttribute(attribute.getKey()));
                xml.writeCharacters(XmlText.legal(attribute.getValue()));
                xml.writeEndElement();
            }
            line(2);
            xml.writeEndElement();
        }

        @Override
        public void end() throws IOException {
            try {
                xml.writeCharacters("\n");
                xml.writeEndElement();
                xml.writeEndDocument();
                xml.flush();
                out.write('\n');
                out.flush();
            } catch (XMLStreamException e) {
                throw new IOException(e);
            }
        }

        @Override
        public FormatReport report() {
            return tally.report();
        }

        @Override
        public void close() throws IOException {
            try (out) {
                xml.flush();
            } catch (XMLStreamException e) {
                throw new IOException(e);
            }
        }
    }
}
