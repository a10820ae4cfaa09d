package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.DataSetSource;
import dev.firstpass.postprocess.dataset.LabeledDataSet;
import dev.firstpass.postprocess.dataset.LabeledImage;
import dev.firstpass.postprocess.geometry.ImageSize;
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

/// Labelbox's NDJSON: a line for each annotation, in any order, of which where each stands is kept by its data row. The
/// data row's key is the image's name.
///
/// Stateless.
final class LabelboxReader implements LabelReader {
    private static final JsonMapper JSON = new JsonMapper();
    private static final List<String> FOLDERS = List.of("", "images", "data");

    @Override
    public String id() {
        return "labelbox";
    }

    @Override
    public String description() {
        return "Labelbox NDJSON: boxes, polygons, masks, lines, points and classifications of data rows";
    }

    @Override
    public boolean recognises(DataSetSource source) throws IOException {
        Optional<String> file = source.file().or(() -> files(source).stream().findFirst());
        if (file.isEmpty() || !isNdjson(file.get())) {
            return false;
        }
        try (InputStream in = source.files().open(file.get());
                JsonParser json = JSON.createParser(in)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                return false;
            }
            for (Optional<String> member = CocoReader.member(json);
                    member.isPresent();
                    member = CocoReader.member(json)) {
                if (member.get().equals("dataRow")) {
                    return json.nextToken() == JsonToken.START_OBJECT;
                }
                json.nextToken();
                json.skipChildren();
            }
            return false;
        } catch (JacksonException _) {
            return false;
        }
    }

    private static boolean isNdjson(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".ndjson") || lower.endsWith(".jsonl");
    }

    private static List<String> files(DataSetSource source) {
        return source.files().names().stream().filter(LabelboxReader::isNdjson).toList();
    }

    @Override
    public LabeledDataSet open(DataSetSource source) throws IOException {
        List<String> files = source.file().map(List::of).orElseGet(() -> files(source));
        if (files.size() != 1) {
            throw new DataSetException("labels in Labelbox's format: " + (files.isEmpty() ? "none" : files)
                    + " (expected: one .ndjson; name it)");
        }
        Index index = new Index(source);
        try (InputStream in = source.files().open(files.getFirst());
                JsonParser json = JSON.createParser(in)) {
            while (json.nextToken() == JsonToken.START_OBJECT) {
                int line = json.currentTokenLocation().getLineNr();
                try {
                    index.line(json);
                } catch (DataSetException | IllegalArgumentException e) {
                    throw new DataSetException(files.getFirst() + ", line " + line + ": " + e.getMessage(), e);
                }
            }
            if (json.currentToken() != null) {
                throw new DataSetException(files.getFirst() + ", line "
                        + json.currentTokenLocation().getLineNr() + ": " + json.currentToken()
                        + " (expected: an object)");
            }
        } catch (JacksonException e) {
            throw LabelJson.unreadable(files.getFirst(), e);
        }
        return index.finish(source, files.getFirst());
    }

    /// What is learnt of the lines as they pass. Mutable, for one thread.
    private static final class Index {
        private final Set<String> names;
        private final Map<String, Integer> rows = new HashMap<>();
        private final List<LabeledImage> images = new ArrayList<>();
        private final Set<String> classes = new LinkedHashSet<>();
        private final Set<GeometryKind> kinds = EnumSet.noneOf(GeometryKind.class);
        private final Notes notes = new Notes();
        private final JsonPlaces places = new JsonPlaces();

        Index(DataSetSource source) {
            this.names = source.images().names();
        }

        void line(JsonParser json) throws IOException {
            long from = json.currentTokenLocation().getByteOffset();
            Optional<String> row = Optional.empty();
            Optional<String> name = Optional.empty();
            Optional<LabelboxLines.Shape> shape = Optional.empty();
            List<String> answers = List.of();
            for (Optional<String> member = CocoReader.member(json);
                    member.isPresent();
                    member = CocoReader.member(json)) {
                JsonToken value = json.nextToken();
                switch (member.get()) {
                    case "dataRow" -> row = row(JSON.readTree(json));
                    case "name" -> name = Optional.of(json.getValueAsString(""));
                    case "answer", "answers" -> {
                        JsonNode answer = JSON.readTree(json);
                        shape = Optional.of(LabelboxLines.Shape.ANSWER);
                        answers = LabelboxLines.answers(answer);
                    }
                    default -> {
                        Optional<LabelboxLines.Shape> known = LabelboxLines.Shape.ofField(member.get());
                        shape = known.isPresent() ? known : shape;
                        if (value.isStructStart()) {
                            json.skipChildren();
                        }
                    }
                }
            }
            long to = json.currentLocation().getByteOffset();
            if (row.isEmpty()) {
                throw new DataSetException("dataRow: none (expected: {\"globalKey\": ...} or {\"id\": ...})");
            }
            if (from < 0 || to - from > Integer.MAX_VALUE) {
                throw new DataSetException("cannot be read in pieces (expected: UTF-8)");
            }
            if (shape.isEmpty()) {
                notes.count("lines of other kinds: left out");
                return;
            }
            kinds.add(shape.get().kind());
            if (shape.get() == LabelboxLines.Shape.ANSWER) {
                classes.addAll(answers.isEmpty() ? name.stream().toList() : answers);
            } else {
                name.ifPresent(classes::add);
            }
            places.add(image(row.get()), from, (int) (to - from));
        }

        private static Optional<String> row(JsonNode json) {
            return json.hasNonNull("globalKey")
                    ? Optional.of(json.path("globalKey").asText())
                    : json.hasNonNull("id") ? Optional.of(json.path("id").asText()) : Optional.empty();
        }

        private int image(String row) {
            Integer known = rows.get(row);
            if (known != null) {
                return known;
            }
            rows.put(row, images.size());
            images.add(new LabeledImage(images.size(), row, ImageNames.find(row, FOLDERS, names)));
            return images.size() - 1;
        }

        LabeledDataSet finish(DataSetSource source, String file) {
            List<Optional<ImageSize>> sizes =
                    images.stream().map(_ -> Optional.<ImageSize>empty()).toList();
            return new JsonDataSet(
                    source.files(),
                    file,
                    images,
                    sizes,
                    List.copyOf(classes),
                    kinds,
                    notes.counts(),
                    places.byImage(images.size()),
                    (_, lines, size) -> LabelboxLines.labels(lines, size));
        }
    }
}
