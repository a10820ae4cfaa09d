package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.DataSetSource;
import dev.firstpass.postprocess.dataset.LabeledDataSet;
import dev.firstpass.postprocess.dataset.LabeledImage;
import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import dev.firstpass.postprocess.geometry.RotatedRect;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Encord's label rows, [EncordFormat]: an array of them, or one. Each data unit that is an image is an image; of groups, which have
/// several in a row, all are. Frames of videos are not read.
///
/// Text answers of an object are its attributes, of what is chosen the names, joined by a comma; answers to a
/// classification are labels of the image.
///
/// Stateless.
final class EncordReader implements LabelReader {
    private static final JsonMapper JSON = new JsonMapper();
    private static final List<String> FOLDERS = List.of("", "images", "data");

    /// Stands for an image's size while it is not known.
    private static final ImageSize UNKNOWN = new ImageSize(1, 1);

    static String visibility(Keypoint.Visibility visibility) {
        return switch (visibility) {
            case VISIBLE -> "visible";
            case OCCLUDED -> "occluded";
            case ABSENT -> "invisible";
        };
    }

    @Override
    public String id() {
        return "encord";
    }

    @Override
    public String description() {
        return "Encord label rows: a .json with data_units; boxes, polygons, polylines, points, bitmasks, skeletons, answers";
    }

    @Override
    public boolean recognises(DataSetSource source) throws IOException {
        return source.file().isPresent()
                ? JsonFiles.isNamed(source.file().get())
                        && isRows(source, source.file().get())
                : !JsonFiles.of(source, EncordReader::isRows).isEmpty();
    }

    private static boolean isRows(DataSetSource source, String name) throws IOException {
        try (InputStream in = source.files().open(name);
                JsonParser json = JSON.createParser(in)) {
            JsonToken first = json.nextToken();
            boolean isRow = first == JsonToken.START_OBJECT
                    || (first == JsonToken.START_ARRAY && json.nextToken() == JsonToken.START_OBJECT);
            return isRow && CocoReader.hasMember(json, "data_units");
        } catch (JacksonException _) {
            return false;
        }
    }

    @Override
    public LabeledDataSet open(DataSetSource source) throws IOException {
        String file = JsonFiles.only(source, EncordReader::isRows, "label rows of Encord", "one .json");
        try (InputStream in = source.files().open(file);
                JsonParser json = JSON.createParser(in)) {
            Index index = new Index(source, file);
            JsonToken first = json.nextToken();
            if (first == JsonToken.START_OBJECT) {
                index.row(json);
            } else if (first == JsonToken.START_ARRAY) {
                while (json.nextToken() == JsonToken.START_OBJECT) {
                    index.row(json);
                }
                if (json.currentToken() != JsonToken.END_ARRAY) {
                    throw new DataSetException(file
                            + ": ends early, or has something else than label rows (expected: an array of objects)");
                }
            } else {
                throw new DataSetException(file + ": no array (expected: Encord's label rows)");
            }
            return index.finish();
        } catch (JacksonException e) {
            throw LabelJson.unreadable(file, e);
        }
    }

    /// What is learnt of the rows as they pass. Mutable, for one thread.
    private static final class Index {
        private final DataSetSource source;
        private final String file;
        private final Set<String> names;
        private final List<LabeledImage> images = new ArrayList<>();
        private final List<Optional<ImageSize>> sizes = new ArrayList<>();
        private final List<String> units = new ArrayList<>();
        private final Set<String> classes = new LinkedHashSet<>();
        private final Set<GeometryKind> kinds = EnumSet.noneOf(GeometryKind.class);
        private final Notes notes = new Notes();
        private final JsonPlaces places = new JsonPlaces();

        Index(DataSetSource source, String file) {
            this.source = source;
            this.file = file;
            this.names = source.images().names();
        }

        void row(JsonParser json) throws IOException {
            JsonPiece piece = JsonPiece.read(json, file);
            JsonNode row = piece.value();
            for (Map.Entry<String, JsonNode> unit : row.path("data_units").properties()) {
                JsonNode labels = unit.getValue().path("labels");
                if (!labels.isEmpty() && !labels.has("objects") && !labels.has("classifications")) {
                    notes.count("videos: not read");
                    continue;
                }
                unit(row, unit.getKey(), unit.getValue());
                places.add(images.size() - 1, piece.offset(), piece.length());
            }
        }

        private void unit(JsonNode row, String key, JsonNode unit) {
            String title = unit.path("data_title").asText(key);
            Optional<ImageSize> size;
            try {
                size = LabelJson.size(unit.path("width"), unit.path("height"));
            } catch (IllegalArgumentException e) {
                throw new DataSetException(file + ", " + title + ": " + e.getMessage(), e);
            }
            for (TrueLabel label : labelsIfReadable(row, key, size.orElse(UNKNOWN))) {
                classes.add(label.label());
                kinds.add(label.annotation().kind());
            }
            images.add(new LabeledImage(images.size(), title, ImageNames.find(title, FOLDERS, names)));
            sizes.add(size);
            units.add(key);
        }

        /// None of one that cannot be read: [LabeledDataSet#labels] says why, when its image's turn comes.
        private List<TrueLabel> labelsIfReadable(JsonNode row, String unit, ImageSize size) {
            try {
                return new Unit(row, unit, size, notes).labels();
            } catch (DataSetException | IllegalArgumentException _) {
                return List.of();
            }
        }

        LabeledDataSet finish() {
            if (images.isEmpty()) {
                throw new DataSetException(file + ": no image (expected: data_units of images)");
            }
            List<String> keys = List.copyOf(units);
            return new JsonDataSet(
                    source.files(),
                    file,
                    images,
                    sizes,
                    List.copyOf(classes),
                    kinds,
                    notes.counts(),
                    places.byImage(images.size()),
                    (image, rows, size) ->
                            new Unit(rows.getFirst(), keys.get(image.index()), size, new Notes()).labels());
        }
    }

    /// One pass over the labels of a data unit. For one thread.
    private record Unit(JsonNode row, String key, ImageSize size, Notes notes) {
        List<TrueLabel> labels() {
            List<TrueLabel> labels = new ArrayList<>();
            JsonNode said = row.path("data_units").path(key).path("labels");
            for (JsonNode object : said.path("objects")) {
                try {
                    annotation(object, labels.size()).map(TrueLabel::of).ifPresent(labels::add);
                } catch (DataSetException | IllegalArgumentException e) {
                    throw new DataSetException(
                            "object " + object.path("objectHash").asText("without a hash") + ": " + e.getMessage(), e);
                }
            }
            for (JsonNode classification : said.path("classifications")) {
                for (String answer : answers(classification)) {
                    labels.add(TrueLabel.of(new Annotation.Classification(new Candidate(
                            labels.size(), answer, LabelJson.score(classification.path("confidence"), "confidence")))));
                }
            }
            return labels;
        }

        /// Names of what is chosen, or the name of the classification where it is something else.
        private List<String> answers(JsonNode classification) {
            List<String> names = new ArrayList<>();
            row.path("classification_answers")
                    .path(classification.path("classificationHash").asText())
                    .path("classifications")
                    .forEach(one -> one.path("answers").forEach(answer -> {
                        if (answer.path("name").isTextual()) {
                            names.add(answer.path("name").asText());
                        }
                    }));
            return names.isEmpty() ? List.of(LabelJson.text(classification, "name")) : names;
        }

        private Map<String, String> attributes(JsonNode object) {
            Map<String, String> attributes = new HashMap<>();
            for (JsonNode one : row.path("object_answers")
                    .path(object.path("objectHash").asText())
                    .path("classifications")) {
                JsonNode answers = one.path("answers");
                List<String> names = new ArrayList<>();
                answers.forEach(answer -> names.add(answer.path("name").asText()));
                attributes.put(
                        one.path("name").asText(), answers.isValueNode() ? answers.asText() : String.join(", ", names));
            }
            return attributes;
        }

        private Optional<Annotation> annotation(JsonNode object, int index) {
            Candidate candidate = new Candidate(
                    index,
                    LabelJson.text(object, "name"),
                    LabelJson.score(object.path("confidence"), "confidence"),
                    attributes(object));
            String shape = object.path("shape").asText();
            return switch (shape) {
                case "bounding_box" -> Optional.of(new Annotation.Box(candidate, box(object.path("boundingBox"))));
                case "rotatable_bounding_box" -> {
                    JsonNode said = object.path("rotatableBoundingBox");
                    Rect box = box(said);
                    yield Optional.of(new Annotation.RotatedBox(
                            candidate,
                            new RotatedRect(
                                    box.x() + box.width() / 2,
                                    box.y() + box.height() / 2,
                                    box.width(),
                                    box.height(),
                                    LabelJson.numberOf(said, "theta"))));
                }
                case "polygon" -> Optional.of(new Annotation.Polygon(candidate, parts(object)));
                case "polyline" -> Optional.of(new Annotation.Polyline(candidate, numbered(object.path("polyline"))));
                case "point" -> {
                    List<Point> at = numbered(object.path("point"));
                    if (at.size() != 1) {
                        throw new IllegalArgumentException("point: " + at.size() + " points (expected: 1)");
                    }
                    yield Optional.of(new Annotation.Keypoints(
                            candidate,
                            List.of(new Keypoint(
                                    candidate.label(),
                                    at.getFirst(),
                                    Keypoint.Visibility.VISIBLE,
                                    candidate.score()))));
                }
                case "bitmask" ->
                    Optional.of(new Annotation.Mask(
                            candidate, mask(object.path("bitmask")).in(masked())));
                case "skeleton" -> Optional.of(new Annotation.Keypoints(candidate, joints(object.path("skeleton"))));
                default -> {
                    notes.count("objects of shape " + LabelJson.shown(object.path("shape")) + ": not read");
                    yield Optional.empty();
                }
            };
        }

        private Optional<ImageSize> masked() {
            return size.equals(UNKNOWN) ? Optional.empty() : Optional.of(size);
        }

        private Rect box(JsonNode json) {
            return new Rect(
                    LabelJson.numberOf(json, "x") * size.width(),
                    LabelJson.numberOf(json, "y") * size.height(),
                    LabelJson.numberOf(json, "w") * size.width(),
                    LabelJson.numberOf(json, "h") * size.height());
        }

        private List<PolygonPart> parts(JsonNode object) {
            if (!object.path("polygons").isArray() || object.path("polygons").isEmpty()) {
                return List.of(new PolygonPart(JsonPoints.ring(numbered(object.path("polygon"))), List.of()));
            }
            List<PolygonPart> parts = new ArrayList<>();
            for (JsonNode rings : object.path("polygons")) {
                List<Ring> all = new ArrayList<>();
                rings.forEach(ring -> all.add(ring(ring)));
                if (all.isEmpty()) {
                    throw new IllegalArgumentException("polygons: a part without a ring (expected: one at least)");
                }
                parts.add(new PolygonPart(all.getFirst(), all.subList(1, all.size())));
            }
            return parts;
        }

        private Ring ring(JsonNode flat) {
            List<Point> points = new ArrayList<>();
            for (int i = 0; i + 1 < flat.size(); i += 2) {
                points.add(new Point(
                        LabelJson.number(flat.path(i), "polygons") * size.width(),
                        LabelJson.number(flat.path(i + 1), "polygons") * size.height()));
            }
            return JsonPoints.ring(points);
        }

        /// `{"0": {"x": ..., "y": ...}, ...}` in the order of the numbers, or a list.
        private List<Point> numbered(JsonNode json) {
            List<Point> points = new ArrayList<>();
            for (JsonNode point : inOrder(json)) {
                points.add(at(point));
            }
            return points;
        }

        private static List<JsonNode> inOrder(JsonNode json) {
            List<JsonNode> all = new ArrayList<>();
            if (json.isArray()) {
                json.forEach(all::add);
                return all;
            }
            for (int i = 0; i < json.size(); i++) {
                JsonNode one = json.path(Integer.toString(i));
                if (one.isMissingNode()) {
                    throw new IllegalArgumentException("point " + i + ": none (expected: numbers from 0 on)");
                }
                all.add(one);
            }
            return all;
        }

        private Point at(JsonNode point) {
            return new Point(
                    LabelJson.numberOf(point, "x") * size.width(), LabelJson.numberOf(point, "y") * size.height());
        }

        private static CroppedMask mask(JsonNode json) {
            ImageSize of = LabelJson.size(LabelJson.numberOf(json, "width"), LabelJson.numberOf(json, "height"));
            BitMask pixels = RowMajor.ofText(LabelJson.text(json, "rleString"), of);
            return new CroppedMask(
                    LabelJson.whole(json.path("left"), "left"), LabelJson.whole(json.path("top"), "top"), pixels);
        }

        private List<Keypoint> joints(JsonNode json) {
            List<Keypoint> joints = new ArrayList<>();
            for (JsonNode joint : inOrder(json)) {
                Keypoint.Visibility visibility = visibility(joint);
                joints.add(new Keypoint(
                        LabelJson.text(joint, "name"),
                        at(joint),
                        visibility,
                        visibility == Keypoint.Visibility.ABSENT ? 0 : 1));
            }
            return joints;
        }

        /// Said in a word, or, as once, by marks of their own.
        private static Keypoint.Visibility visibility(JsonNode joint) {
            String said = joint.path("visibility").asText("").toLowerCase(Locale.ROOT);
            if (said.equals("invisible") || joint.path("invisible").asBoolean()) {
                return Keypoint.Visibility.ABSENT;
            }
            return said.contains("occluded") || joint.path("occluded").asBoolean()
                    ? Keypoint.Visibility.OCCLUDED
                    : Keypoint.Visibility.VISIBLE;
        }
    }
}
