package dev.firstpass.postprocess.format;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import javax.xml.stream.Location;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/// A labeling configuration of Label Studio, as far as pre-labels of images go: which controls there are, which labels
/// they have, and which field of a task holds the image.
///
/// Of other tags nothing is kept. Beside Label Studio's own attributes it knows those by which backends for it say which
/// class of a model becomes a label: `predicted_values`, `model_score_threshold` and `model_skip`.
///
/// Immutable.
///
/// @param images name of an `Image` tag -> the field of a task's data that it shows
/// @param controls in the order of the configuration, without those with `model_skip`
public record LabelStudioConfig(Map<String, String> images, List<Control> controls) {
    private static final int MAX_LENGTH = 1 << 20;
    private static final int MAX_DEPTH = 64;
    private static final int MAX_TAGS = 20_000;

    public LabelStudioConfig {
        images = Map.copyOf(images);
        controls = List.copyOf(controls);
    }

    /// What a control is for.
    public enum Kind {
        RECTANGLELABELS,
        POLYGONLABELS,
        BRUSHLABELS,
        KEYPOINTLABELS,
        VECTORLABELS,
        CHOICES;

        /// The type of its regions: `rectanglelabels`.
        public String type() {
            return name().toLowerCase(Locale.ROOT);
        }

        private static Optional<Kind> ofTag(String tag) {
            return Arrays.stream(values())
                    .filter(kind -> kind.type().equals(tag.toLowerCase(Locale.ROOT)))
                    .findFirst();
        }
    }

    /// A control tag whose object is an image.
    ///
    /// @param image name of the image's tag
    /// @param labels in the order of the configuration; empty where each task brings its own
    /// @param isMultiple whether several choices may be taken
    /// @param isSmart whether what is drawn with it goes to a model
    /// @param threshold least score of what a model may give it
    public record Control(
            Kind kind,
            String name,
            String image,
            List<Label> labels,
            boolean isMultiple,
            boolean isSmart,
            Optional<Double> threshold) {
        public Control {
            labels = List.copyOf(labels);
        }

        /// The label that a class of a model becomes: the one that names it among its `predicted_values`, else the one
        /// of the same name, else one that differs in case alone.
        ///
        /// @param names of the class; the first that leads to a label counts
        public Optional<String> label(List<String> names) {
            return first(names, (label, name) -> label.predicted().contains(name))
                    .or(() -> first(names, (label, name) -> label.value().equals(name)))
                    .or(() -> first(names, (label, name) -> label.value().equalsIgnoreCase(name)));
        }

        private Optional<String> first(List<String> names, Match match) {
            return names.stream()
                    .flatMap(name -> labels.stream().filter(label -> match.of(label, name)))
                    .map(Label::value)
                    .findFirst();
        }

        @FunctionalInterface
        private interface Match {
            boolean of(Label label, String name);
        }
    }

    /// @param predicted classes of models that become this label
    public record Label(String value, List<String> predicted) {
        public Label {
            predicted = List.copyOf(predicted);
        }
    }

    /// Controls of a kind, in order.
    public List<Control> of(Kind kind) {
        return controls.stream().filter(control -> control.kind() == kind).toList();
    }

    /// @throws IllegalArgumentException if it is no XML, or too long, or too deep; the message may be shown
    public static LabelStudioConfig read(String xml) {
        if (xml.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("more than " + MAX_LENGTH + " characters");
        }
        try {
            XMLStreamReader reader = XmlIn.open(
                    new ByteArrayInputStream(xml.strip().getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
            try {
                return new Reading(reader).all();
            } finally {
                reader.close();
            }
        } catch (XMLStreamException e) {
            @Nullable Location at = e.getLocation();
            throw new IllegalArgumentException(
                    "no well-formed XML"
                            + (at == null ? "" : " at line " + at.getLineNumber() + ", column " + at.getColumnNumber()),
                    e);
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory does not fail", e);
        }
    }

    /// For one thread.
    private static final class Reading {
        private final XMLStreamReader xml;
        private final Map<String, String> images = new HashMap<>();
        private final List<Open> found = new ArrayList<>();

        /// The control within which the reader is.
        private Optional<Open> within = Optional.empty();

        Reading(XMLStreamReader xml) {
            this.xml = xml;
        }

        private record Open(
                int depth,
                Kind kind,
                String name,
                List<String> objects,
                List<Label> labels,
                boolean isMultiple,
                boolean isSmart,
                Optional<Double> threshold) {
            /// Of the first of its objects that is an image.
            Optional<Control> of(Map<String, String> images) {
                return objects.stream()
                        .filter(images::containsKey)
                        .findFirst()
                        .map(image -> new Control(kind, name, image, labels, isMultiple, isSmart, threshold));
            }
        }

        LabelStudioConfig all() throws XMLStreamException {
            int depth = 0;
            int tags = 0;
            while (xml.hasNext()) {
                int event = xml.next();
                if (event == XMLStreamConstants.START_ELEMENT) {
                    tags++;
                    if (++depth > MAX_DEPTH || tags > MAX_TAGS) {
                        throw new IllegalArgumentException(
                                "more than " + MAX_DEPTH + " levels or " + MAX_TAGS + " tags");
                    }
                    begin(depth, xml.getLocalName());
                } else if (event == XMLStreamConstants.END_ELEMENT) {
                    int ended = depth--;
                    within = within.filter(control -> control.depth() != ended);
                } else if (event == XMLStreamConstants.DTD || event == XMLStreamConstants.ENTITY_REFERENCE) {
                    throw new IllegalArgumentException("a document type or an entity of its own");
                }
            }
            return new LabelStudioConfig(
                    images,
                    found.stream().flatMap(open -> open.of(images).stream()).toList());
        }

        private void begin(int depth, String tag) {
            Optional<Kind> kind = Kind.ofTag(tag);
            if (tag.equalsIgnoreCase("Image")) {
                image();
            } else if (tag.equals("Label") || tag.equals("Choice")) {
                within.ifPresent(control -> label(control.labels()));
            } else if (kind.isPresent() && within.isEmpty() && !flag("model_skip") && !flag("perRegion")) {
                Open control = new Open(
                        depth,
                        kind.get(),
                        text("name"),
                        words(text("toName")),
                        new ArrayList<>(),
                        text("choice").equals("multiple"),
                        flag("smart"),
                        threshold());
                found.add(control);
                within = Optional.of(control);
            }
        }

        /// One whose field is not one of the task's own, such as a list of images, is none that can be labeled here.
        private void image() {
            String value = text("value");
            if (value.startsWith("$") && value.length() > 1) {
                images.put(text("name"), value.substring(1));
            }
        }

        private void label(List<Label> labels) {
            String value = text("value");
            if (!value.isEmpty()) {
                labels.add(new Label(value, words(text("predicted_values"))));
            }
        }

        private Optional<Double> threshold() {
            try {
                return Optional.of(text("model_score_threshold"))
                        .filter(text -> !text.isEmpty())
                        .map(Double::valueOf)
                        .filter(value -> value >= 0 && value <= 1);
            } catch (NumberFormatException _) {
                return Optional.empty();
            }
        }

        private boolean flag(String name) {
            return text(name).equalsIgnoreCase("true");
        }

        private String text(String name) {
            @Nullable String value = xml.getAttributeValue(null, name);
            return value == null ? "" : value.strip();
        }

        private static List<String> words(String text) {
            return Arrays.stream(text.split(","))
                    .map(String::strip)
                    .filter(word -> !word.isEmpty())
                    .toList();
        }
    }
}
