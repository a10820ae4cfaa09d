package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.geometry.Ellipse;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/// An `image` of CVAT's XML: its shapes as they are said, made into labels when the image's size is known. Polygons of one group and
/// label are the parts of one.
///
/// Immutable.
///
/// @param notes what was met and is no label, with how often
record CvatImage(String name, Optional<ImageSize> size, List<Shape> shapes, Map<String, Long> notes) {
    private static final Set<String> KNOWN =
            Set.of("box", "polygon", "polyline", "points", "ellipse", "mask", "skeleton", "tag");
    private static final int DEEPEST = 16;

    CvatImage {
        shapes = List.copyOf(shapes);
        notes = Map.copyOf(notes);
    }

    /// Immutable.
    ///
    /// @param said the XML's attributes
    /// @param attributes the label's
    /// @param joints of a skeleton, each its XML's attributes
    record Shape(
            String element,
            Map<String, String> said,
            Map<String, String> attributes,
            List<Map<String, String>> joints) {}

    /// @throws DataSetException if it is no XML, or the size is none
    static CvatImage of(InputStream in, Charset encoding) {
        try {
            XMLStreamReader xml = XmlIn.open(in, encoding);
            try {
                return new Reading(xml).read();
            } finally {
                xml.close();
            }
        } catch (XMLStreamException | IOException e) {
            throw new DataSetException("no XML that can be read", e);
        } catch (IllegalArgumentException e) {
            throw new DataSetException("image: " + e.getMessage(), e);
        }
    }

    /// @param known size of the image; empty while there is none: masks are parts of it then
    /// @throws DataSetException if one of them cannot be read
    List<TrueLabel> labels(Optional<ImageSize> known) {
        GroupedPolygons labels = new GroupedPolygons();
        for (int i = 0; i < shapes.size(); i++) {
            Shape shape = shapes.get(i);
            try {
                Map<String, String> attributes = new HashMap<>(shape.attributes());
                if (isTrue(shape, CvatXmlFormat.OCCLUDED) && !shape.element().equals("skeleton")) {
                    attributes.put(CvatXmlFormat.OCCLUDED, "1");
                }
                Candidate candidate = CvatShapes.candidate(
                        labels.size(), required(shape.said(), "label"), CvatXmlFormat.SCORE, attributes);
                String group = shape.said().getOrDefault("group_id", "0").strip();
                labels.add(annotation(shape, candidate, known), group.equals("0") ? "" : group);
            } catch (IllegalArgumentException e) {
                throw new DataSetException("shape " + i + ", " + shape.element() + ": " + e.getMessage(), e);
            }
        }
        return labels.labels();
    }

    private static boolean isTrue(Shape shape, String name) {
        return shape.said().getOrDefault(name, "0").equals("1");
    }

    private static Annotation annotation(Shape shape, Candidate candidate, Optional<ImageSize> size) {
        Map<String, String> said = shape.said();
        double rotation = said.containsKey("rotation") ? number(said, "rotation") : 0;
        return switch (shape.element()) {
            case "box" ->
                CvatShapes.of(
                        "rectangle",
                        candidate,
                        new double[] {number(said, "xtl"), number(said, "ytl"), number(said, "xbr"), number(said, "ybr")
                        },
                        rotation);
            case "ellipse" -> {
                double cx = number(said, "cx");
                double cy = number(said, "cy");
                yield CvatShapes.of(
                        "ellipse",
                        candidate,
                        new double[] {cx, cy, cx + number(said, "rx"), cy - number(said, "ry")},
                        rotation);
            }
            case "mask" -> new Annotation.Mask(candidate, mask(said).in(size));
            case "tag" -> new Annotation.Classification(candidate);
            case "skeleton" -> skeleton(shape.joints(), candidate);
            default -> CvatShapes.of(shape.element(), candidate, points(said), rotation);
        };
    }

    private static CroppedMask mask(Map<String, String> said) {
        ImageSize size = LabelJson.size(number(said, "width"), number(said, "height"));
        String[] texts = required(said, "rle").split(",", -1);
        int[] counts = new int[texts.length];
        for (int i = 0; i < texts.length; i++) {
            counts[i] = (int) number("rle", texts[i]);
        }
        return new CroppedMask((int) number(said, "left"), (int) number(said, "top"), RowMajor.mask(counts, size));
    }

    private static Annotation skeleton(List<Map<String, String>> elements, Candidate candidate) {
        List<Keypoint> joints = new ArrayList<>();
        for (Map<String, String> element : elements) {
            double[] at = points(element);
            if (at.length != 2) {
                throw new IllegalArgumentException("points: " + at.length + " numbers (expected: x and y)");
            }
            boolean isAbsent = element.getOrDefault("outside", "0").equals("1");
            boolean isOccluded = element.getOrDefault("occluded", "0").equals("1");
            joints.add(new Keypoint(
                    required(element, "label"),
                    new Point(at[0], at[1]),
                    isAbsent
                            ? Keypoint.Visibility.ABSENT
                            : isOccluded ? Keypoint.Visibility.OCCLUDED : Keypoint.Visibility.VISIBLE,
                    isAbsent ? 0 : 1));
        }
        return new Annotation.Keypoints(candidate, joints);
    }

    private static double[] points(Map<String, String> said) {
        String[] texts = required(said, "points").split("[,;]", -1);
        double[] points = new double[texts.length];
        for (int i = 0; i < texts.length; i++) {
            points[i] = number("points", texts[i]);
        }
        return points;
    }

    private static String required(Map<String, String> said, String name) {
        String text = said.getOrDefault(name, "");
        if (text.isBlank()) {
            throw new IllegalArgumentException(name + ": none (expected: it is said)");
        }
        return text;
    }

    private static double number(Map<String, String> said, String name) {
        return number(name, required(said, name));
    }

    private static double number(String name, String text) {
        double number;
        try {
            number = Double.parseDouble(text.strip());
        } catch (NumberFormatException _) {
            number = Double.NaN;
        }
        if (!Double.isFinite(number)) {
            throw new IllegalArgumentException(name + ": " + (text.length() > 40 ? text.substring(0, 40) + "..." : text)
                    + " (expected: a number)");
        }
        return number;
    }

    /// One pass over an element. Mutable, for one thread.
    private static final class Reading {
        private final XMLStreamReader xml;
        private final List<Shape> shapes = new ArrayList<>();
        private final Notes notes = new Notes();
        private Map<String, String> image = Map.of();

        /// Of the shape at hand.
        private Map<String, String> said = Map.of();

        private final Map<String, String> attributes = new HashMap<>();
        private final List<Map<String, String>> joints = new ArrayList<>();

        Reading(XMLStreamReader xml) {
            this.xml = xml;
        }

        CvatImage read() throws XMLStreamException {
            int depth = 0;
            String attribute = "";
            StringBuilder text = new StringBuilder();
            while (xml.hasNext()) {
                switch (xml.next()) {
                    case XMLStreamConstants.START_ELEMENT -> {
                        depth++;
                        if (depth > DEEPEST) {
                            throw new DataSetException("elements more than " + DEEPEST + " deep (expected: CVAT's)");
                        }
                        String element = xml.getLocalName();
                        text.setLength(0);
                        if (depth == 1) {
                            image = said();
                        } else if (depth == 2) {
                            said = said();
                            attributes.clear();
                            joints.clear();
                        } else if (element.equals("attribute")) {
                            attribute = said().getOrDefault("name", "");
                        } else if (element.equals("points")) {
                            joints.add(said());
                        }
                    }
                    case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> text.append(xml.getText());
                    case XMLStreamConstants.END_ELEMENT -> {
                        String element = xml.getLocalName();
                        // Those of a skeleton's joints say nothing of the skeleton.
                        if (depth == 3 && element.equals("attribute")) {
                            attributes.put(attribute, text.toString());
                        }
                        if (depth == 2) {
                            shape(element);
                        }
                        depth--;
                    }
                    default -> {
                        // Comments and the like.
                    }
                }
            }
            Optional<ImageSize> size = image.containsKey("width") && image.containsKey("height")
                    ? Optional.of(LabelJson.size(number(image, "width"), number(image, "height")))
                    : Optional.empty();
            return new CvatImage(
                    image.getOrDefault("name", "image " + image.getOrDefault("id", "without a name")),
                    size,
                    shapes,
                    notes.counts());
        }

        private Map<String, String> said() {
            Map<String, String> all = new HashMap<>();
            for (int i = 0; i < xml.getAttributeCount(); i++) {
                all.put(xml.getAttributeLocalName(i), xml.getAttributeValue(i));
            }
            return all;
        }

        private void shape(String element) {
            if (!KNOWN.contains(element)) {
                notes.count("shapes of type " + (element.length() > 40 ? "unknown" : element) + ": not read");
                return;
            }
            if (element.equals("ellipse")) {
                notes.count("ellipses: read as polygons (" + Ellipse.TO_POLYGON + ")");
            }
            shapes.add(new Shape(element, Map.copyOf(said), Map.copyOf(attributes), List.copyOf(joints)));
        }
    }
}
