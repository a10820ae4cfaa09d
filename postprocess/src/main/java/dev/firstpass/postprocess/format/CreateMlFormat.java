package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Conversion;
import dev.firstpass.postprocess.annotation.Conversions;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.DataSetSource;
import dev.firstpass.postprocess.dataset.LabeledDataSet;
import dev.firstpass.postprocess.dataset.LabeledImage;
import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Rect;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Create ML's annotations for object detection, which Apple's tools train on and labeling tools import: an array with an object for
/// each image, which has its name as `image` and as `annotations` boxes, each a `label` and `coordinates`: the **centre** and the size
/// in pixels from the top left (Apple, "Building an object detector data source"). Nothing else has a place in it: what has bounds
/// is converted to them, scores and attributes are left out, and so are lines and labels of the image.
final class CreateMlFormat implements LabelFormat {
    private static final JsonMapper JSON = new JsonMapper();

    @Override
    public String id() {
        return "createml";
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
        return "Create ML: one JSON array with the boxes of each image";
    }

    @Override
    public List<FormatOption> options() {
        return List.of();
    }

    @Override
    public Optional<LabelReader> reader() {
        return Optional.of(new Reader());
    }

    @Override
    public DataSetWriter begin(FormatContext context, EntrySink sink) throws IOException {
        FormatOptions.of(this, context.options());
        JsonGenerator json = JsonEntry.openArray(this, sink);
        return new Writer(json, new Tally());
    }

    private record Writer(JsonGenerator json, Tally tally) implements DataSetWriter {
        @Override
        public void write(Prelabels prelabels) throws IOException {
            json.writeStartObject();
            json.writeStringField("image", prelabels.asset().id());
            json.writeArrayFieldStart("annotations");
            for (Annotation annotation : prelabels.annotations()) {
                annotation(annotation, prelabels.asset().size());
            }
            json.writeEndArray();
            json.writeEndObject();
        }

        private void annotation(Annotation annotation, ImageSize size) throws IOException {
            if (!Conversions.hasRule(annotation.kind(), GeometryKind.BOX)) {
                tally.leftOut(annotation.kind().id());
                return;
            }
            switch (Conversions.to(GeometryKind.BOX, annotation, size, 0)) {
                case Conversion.Unchanged same -> box((Annotation.Box) same.annotation());
                case Conversion.Converted converted -> {
                    tally.converted(converted.rule());
                    box((Annotation.Box) converted.annotation());
                }
                case Conversion.Unsupported _ -> tally.leftOut("no-area-in-image");
            }
        }

        private void box(Annotation.Box annotation) throws IOException {
            Losses.score(tally, annotation.candidate());
            Losses.attributes(tally, annotation.candidate());
            Rect box = annotation.box();
            json.writeStartObject();
            json.writeStringField("label", annotation.candidate().label());
            json.writeObjectFieldStart("coordinates");
            Decimals.PIXELS.write(json, "x", box.x() + box.width() / 2);
            Decimals.PIXELS.write(json, "y", box.y() + box.height() / 2);
            Decimals.PIXELS.write(json, "width", box.width());
            Decimals.PIXELS.write(json, "height", box.height());
            json.writeEndObject();
            json.writeEndObject();
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

    /// Stateless.
    private static final class Reader implements LabelReader {
        private static final List<String> FOLDERS = List.of("", "images");

        @Override
        public String id() {
            return "createml";
        }

        @Override
        public String description() {
            return "Create ML: a .json with an array of images and the centres and sizes of their boxes";
        }

        @Override
        public boolean recognises(DataSetSource source) throws IOException {
            return source.file().isPresent()
                    ? JsonFiles.isNamed(source.file().get())
                            && isCreateMl(source, source.file().get())
                    : !JsonFiles.of(source, Reader::isCreateMl).isEmpty();
        }

        /// Looks at the first object of the array.
        private static boolean isCreateMl(DataSetSource source, String name) throws IOException {
            try (InputStream in = source.files().open(name);
                    JsonParser json = JSON.createParser(in)) {
                if (json.nextToken() != JsonToken.START_ARRAY || json.nextToken() != JsonToken.START_OBJECT) {
                    return false;
                }
                boolean isNamed = false;
                boolean hasAnnotations = false;
                while (json.nextToken() == JsonToken.FIELD_NAME) {
                    String member = json.currentName();
                    JsonToken value = json.nextToken();
                    isNamed |= member.equals("image") && value == JsonToken.VALUE_STRING;
                    hasAnnotations |= member.equals("annotations") && value == JsonToken.START_ARRAY;
                    json.skipChildren();
                }
                return isNamed && hasAnnotations;
            } catch (JacksonException _) {
                return false;
            }
        }

        @Override
        public LabeledDataSet open(DataSetSource source) throws IOException {
            String file = JsonFiles.only(source, Reader::isCreateMl, "labels of Create ML", "one .json");
            Set<String> names = source.images().names();
            List<LabeledImage> images = new ArrayList<>();
            Set<String> classes = new LinkedHashSet<>();
            JsonPlaces places = new JsonPlaces();
            try (InputStream in = source.files().open(file);
                    JsonParser json = JSON.createParser(in)) {
                if (json.nextToken() != JsonToken.START_ARRAY) {
                    throw new DataSetException(file + ": no array (expected: an array of images)");
                }
                while (json.nextToken() == JsonToken.START_OBJECT) {
                    JsonPiece piece = JsonPiece.read(json, file);
                    JsonNode image = piece.value();
                    places.add(images.size(), piece.offset(), piece.length());
                    String name = name(image, file, images.size());
                    images.add(new LabeledImage(images.size(), name, ImageNames.find(name, FOLDERS, names)));
                    image.path("annotations").forEach(label -> {
                        if (label.path("label").isTextual()) {
                            classes.add(label.path("label").asText());
                        }
                    });
                }
                CocoReader.requireEnd(json, file, "images");
            } catch (JacksonException e) {
                throw LabelJson.unreadable(file, e);
            }
            return new JsonDataSet(
                    source.files(),
                    file,
                    images,
                    images.stream().map(_ -> Optional.<ImageSize>empty()).toList(),
                    List.copyOf(classes),
                    Set.of(GeometryKind.BOX),
                    Map.of(),
                    places.byImage(images.size()),
                    (_, pieces, _) -> labels(pieces.getFirst()));
        }

        private static String name(JsonNode image, String file, int index) {
            try {
                return LabelJson.text(image, "image");
            } catch (IllegalArgumentException e) {
                throw new DataSetException(file + ", object " + index + ": " + e.getMessage(), e);
            }
        }

        private static List<TrueLabel> labels(JsonNode image) {
            List<TrueLabel> labels = new ArrayList<>();
            for (JsonNode label : image.path("annotations")) {
                try {
                    JsonNode at = label.path("coordinates");
                    double width = LabelJson.numberOf(at, "width");
                    double height = LabelJson.numberOf(at, "height");
                    Rect box = new Rect(
                            LabelJson.numberOf(at, "x") - width / 2,
                            LabelJson.numberOf(at, "y") - height / 2,
                            width,
                            height);
                    Candidate candidate = new Candidate(labels.size(), LabelJson.text(label, "label"), 1);
                    labels.add(TrueLabel.of(new Annotation.Box(candidate, box)));
                } catch (IllegalArgumentException e) {
                    throw new DataSetException("annotation " + labels.size() + ": " + e.getMessage(), e);
                }
            }
            return labels;
        }
    }
}
