package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Rect;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/// A Pascal VOC file. `truncated`, `difficult` and `occluded` are attributes where they are 1, those in `attributes` are as
/// they are. Files that Firstpass wrote say where they count from, of others the id of the format does.
///
/// XML is read as a stream, without DTDs and entities.
///
/// Stateless.
final class VocParser implements LabelFileParser {
    private static final int DEEPEST = 64;

    private final int origin;

    /// @param origin number of the first pixel, where the file does not say; where it is 1, the last one of a box is taken in
    VocParser(int origin) {
        this.origin = origin;
    }

    @Override
    public boolean isNamed(String name) {
        return name.toLowerCase(Locale.ROOT).endsWith(".xml");
    }

    @Override
    public boolean recognises(byte[] content) {
        try {
            XMLStreamReader xml = open(content);
            try {
                while (xml.hasNext()) {
                    if (xml.next() == XMLStreamConstants.START_ELEMENT) {
                        return xml.getLocalName().equals("annotation");
                    }
                }
                return false;
            } finally {
                xml.close();
            }
        } catch (XMLStreamException _) {
            return false;
        }
    }

    private static XMLStreamReader open(byte[] content) throws XMLStreamException {
        try {
            return XmlIn.open(new ByteArrayInputStream(content));
        } catch (IOException e) {
            throw new XMLStreamException("not in its encoding", e);
        }
    }

    @Override
    public LabelFile parse(byte[] content, Optional<ImageSize> size) {
        try {
            XMLStreamReader xml = open(content);
            try {
                return new Document(xml, origin).read();
            } finally {
                xml.close();
            }
        } catch (XMLStreamException e) {
            throw new DataSetException(
                    "no XML that can be read"
                            + (e.getLocation() == null
                                    ? ""
                                    : ", line " + e.getLocation().getLineNumber()),
                    e);
        }
    }

    /// One pass over a file. Mutable, for one thread.
    private static final class Document {
        private final XMLStreamReader xml;
        private final Deque<String> path = new ArrayDeque<>();
        private final List<TrueLabel> labels = new ArrayList<>();
        private final List<Found> found = new ArrayList<>();
        private final Notes notes = new Notes();
        private int origin;
        private Optional<String> image = Optional.empty();
        private final Map<String, Integer> size = new HashMap<>();

        /// Of the object at hand: text by the path of its element below it.
        private final Map<String, String> texts = new HashMap<>();

        private final Map<String, String> attributes = new TreeMap<>();
        private int line;

        /// @param line where it begins
        private record Found(Map<String, String> texts, Map<String, String> attributes, int line) {}

        Document(XMLStreamReader xml, int origin) {
            this.xml = xml;
            this.origin = origin;
        }

        LabelFile read() throws XMLStreamException {
            StringBuilder text = new StringBuilder();
            while (xml.hasNext()) {
                switch (xml.next()) {
                    case XMLStreamConstants.START_ELEMENT -> {
                        path.addLast(xml.getLocalName());
                        text.setLength(0);
                        if (path.size() > DEEPEST) {
                            throw new DataSetException("line " + lineNumber() + ": elements more than " + DEEPEST
                                    + " deep (expected: Pascal VOC's)");
                        }
                        if (path.size() == 2 && path.getLast().equals("object")) {
                            texts.clear();
                            attributes.clear();
                            line = lineNumber();
                        }
                    }
                    case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> text.append(xml.getText());
                    case XMLStreamConstants.END_ELEMENT -> {
                        ended(String.join("/", path.stream().skip(1).toList()), text.toString());
                        path.removeLast();
                        text.setLength(0);
                    }
                    default -> {
                        // Comments and the like.
                    }
                }
            }
            for (Found object : found) {
                label(object);
            }
            Optional<ImageSize> said = size.getOrDefault("width", 0) > 0 && size.getOrDefault("height", 0) > 0
                    ? Optional.of(new ImageSize(size.getOrDefault("width", 1), size.getOrDefault("height", 1)))
                    : Optional.empty();
            return new LabelFile(image, said, List.of(), labels, notes.counts());
        }

        private int lineNumber() {
            return xml.getLocation().getLineNumber();
        }

        private void ended(String where, String text) {
            switch (where) {
                case "filename" -> image = Optional.of(text.strip()).filter(name -> !name.isEmpty());
                case "source/annotation" -> origin = text.strip().endsWith(VocFormat.FROM_ONE) ? 1 : origin;
                case "size/width", "size/height" ->
                    size.put(where.substring(5), (int) number(where, text, lineNumber()));
                case "object" -> found.add(new Found(Map.copyOf(texts), Map.copyOf(attributes), line));
                case "object/part" -> notes.count("parts of objects: not read");
                case "object/attributes/attribute" ->
                    attributes.put(
                            texts.getOrDefault("attributes/attribute/name", ""),
                            texts.getOrDefault("attributes/attribute/value", ""));
                default -> {
                    if (where.startsWith("object/")) {
                        texts.put(where.substring(7), text);
                    }
                }
            }
        }

        private void label(Found object) {
            if (object.texts().keySet().stream().noneMatch(name -> name.startsWith("bndbox"))) {
                notes.count("objects without bndbox: left out");
                return;
            }
            Map<String, String> said = new TreeMap<>(object.attributes());
            for (String flag : VocFormat.FLAGS) {
                String value = object.texts().getOrDefault(flag, "0").strip();
                if (value.equals("1") || value.equalsIgnoreCase("true")) {
                    said.put(flag, "1");
                }
            }
            String score = object.texts().getOrDefault("score", "1");
            double left = coordinate(object, "xmin") - origin;
            double top = coordinate(object, "ymin") - origin;
            double right = coordinate(object, "xmax");
            double bottom = coordinate(object, "ymax");
            if (right < left || bottom < top) {
                throw new DataSetException("line " + object.line() + ": bndbox: xmax or ymax before xmin or ymin"
                        + " (expected: after it)");
            }
            try {
                Candidate candidate = new Candidate(
                        labels.size(),
                        object.texts().getOrDefault("name", ""),
                        number("object/score", score, object.line()),
                        said);
                labels.add(
                        TrueLabel.of(new Annotation.Box(candidate, new Rect(left, top, right - left, bottom - top))));
            } catch (IllegalArgumentException e) {
                throw new DataSetException("line " + object.line() + ": object: " + e.getMessage(), e);
            }
        }

        private static double coordinate(Found object, String name) {
            return number("bndbox/" + name, object.texts().getOrDefault("bndbox/" + name, "none"), object.line());
        }

        private static double number(String where, String text, int line) {
            double number;
            try {
                number = Double.parseDouble(text.strip());
            } catch (NumberFormatException _) {
                number = Double.NaN;
            }
            if (!Double.isFinite(number)) {
                String shown = text.length() > 40 ? text.substring(0, 40) + "..." : text;
                throw new DataSetException("line " + line + ": " + where + ": " + shown + " (expected: a number)");
            }
            return number;
        }
    }
}
