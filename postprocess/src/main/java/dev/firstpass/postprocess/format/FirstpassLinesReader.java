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
import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.geometry.ImageSize;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Data sets in the `firstpass` format: a file for each image, or one file with an object for each, as JSON Lines. An image is the
/// asset that its object names.
///
/// Stateless.
final class FirstpassLinesReader implements LabelReader {
    private static final JsonMapper JSON = new JsonMapper();
    private static final List<String> FOLDERS = List.of("", "images", "data");

    /// Files that are looked into for several objects.
    private static final int MOST_LOOKED_INTO = 5;

    private final LabelReader files;

    /// @param files reads a file for each image
    FirstpassLinesReader(LabelReader files) {
        this.files = files;
    }

    @Override
    public String id() {
        return files.id();
    }

    @Override
    public String description() {
        return files.description();
    }

    @Override
    public boolean recognises(DataSetSource source) throws IOException {
        return files.recognises(source) || !lines(source).isEmpty();
    }

    @Override
    public LabeledDataSet open(DataSetSource source) throws IOException {
        List<String> lines = lines(source);
        if (lines.isEmpty()) {
            return files.open(source);
        }
        if (lines.size() > 1) {
            throw new DataSetException("files of several images: " + lines + " (expected: one; name it)");
        }
        String file = lines.getFirst();
        Index index = new Index(source, file);
        try (InputStream in = source.files().open(file);
                JsonParser json = JSON.createParser(in)) {
            while (json.nextToken() == JsonToken.START_OBJECT) {
                index.object(json);
            }
            if (json.currentToken() != null) {
                throw new DataSetException(file + ", line "
                        + json.currentTokenLocation().getLineNr() + ": " + json.currentToken()
                        + " (expected: an object)");
            }
        } catch (JacksonException e) {
            throw LabelJson.unreadable(file, e);
        }
        return index.finish();
    }

    /// Files with several objects, or of the endings that such have.
    private static List<String> lines(DataSetSource source) throws IOException {
        List<String> candidates = source.file().isPresent()
                ? List.of(source.file().get())
                : source.files().names().stream()
                        .filter(FirstpassLinesReader::isNamed)
                        .limit(MOST_LOOKED_INTO)
                        .toList();
        List<String> lines = new ArrayList<>();
        for (String name : candidates) {
            if (isNamed(name) && isLines(source, name)) {
                lines.add(name);
            }
        }
        return lines;
    }

    private static boolean isNamed(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return JsonFiles.isNamed(name) || lower.endsWith(".jsonl") || lower.endsWith(".ndjson");
    }

    private static boolean isLines(DataSetSource source, String name) throws IOException {
        try (InputStream in = source.files().open(name);
                JsonParser json = JSON.createParser(in)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                return false;
            }
            boolean hasAsset = false;
            boolean hasAnnotations = false;
            for (Optional<String> member = CocoReader.member(json);
                    member.isPresent();
                    member = CocoReader.member(json)) {
                JsonToken value = json.nextToken();
                hasAsset |= member.get().equals("asset") && value == JsonToken.START_OBJECT;
                hasAnnotations |= member.get().equals("annotations") && value == JsonToken.START_ARRAY;
                json.skipChildren();
            }
            boolean isSingle = JsonFiles.isNamed(name) && json.nextToken() != JsonToken.START_OBJECT;
            return hasAsset && hasAnnotations && !isSingle;
        } catch (JacksonException _) {
            return false;
        }
    }

    /// What is learnt of the objects as they pass. Mutable, for one thread.
    private static final class Index {
        private final DataSetSource source;
        private final String file;
        private final Set<String> names;
        private final List<LabeledImage> images = new ArrayList<>();
        private final List<Optional<ImageSize>> sizes = new ArrayList<>();
        private final Set<String> classes = new LinkedHashSet<>();
        private final Set<GeometryKind> kinds = EnumSet.noneOf(GeometryKind.class);
        private final JsonPlaces places = new JsonPlaces();

        Index(DataSetSource source, String file) {
            this.source = source;
            this.file = file;
            this.names = source.images().names();
        }

        void object(JsonParser json) throws IOException {
            int line = json.currentTokenLocation().getLineNr();
            JsonPiece piece = JsonPiece.read(json, file + ", line " + line);
            JsonNode object = piece.value();
            String name = object.path("asset").path("id").asText();
            if (name.isEmpty()) {
                throw new DataSetException(file + ", line " + line + ": asset.id: none (expected: the image's name)");
            }
            LabelFile read = parsedIfReadable(object);
            for (TrueLabel label : read.labels()) {
                classes.add(label.label());
                kinds.add(label.annotation().kind());
            }
            places.add(images.size(), piece.offset(), piece.length());
            images.add(new LabeledImage(images.size(), name, ImageNames.find(name, FOLDERS, names)));
            sizes.add(read.size());
        }

        /// Nothing of one that cannot be read: [LabeledDataSet#labels] says why, when its image's turn comes.
        private static LabelFile parsedIfReadable(JsonNode object) {
            try {
                return FirstpassParser.parse(object, Optional.empty());
            } catch (DataSetException | IllegalArgumentException _) {
                return new LabelFile(Optional.empty(), Optional.empty(), List.of(), List.of(), Map.of());
            }
        }

        LabeledDataSet finish() {
            return new JsonDataSet(
                    source.files(),
                    file,
                    images,
                    sizes,
                    List.copyOf(classes),
                    kinds,
                    Map.of(),
                    places.byImage(images.size()),
                    (_, objects, size) -> FirstpassParser.parse(objects.getFirst(), Optional.of(size))
                            .labels());
        }
    }
}
