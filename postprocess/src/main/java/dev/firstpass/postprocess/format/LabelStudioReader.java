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
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Label Studio's tasks, exported (format `JSON`) or to be imported: what people drew, or where they drew nothing, the
/// predictions. A task is an image; one at a time is in memory.
///
/// Stateless.
final class LabelStudioReader implements LabelReader {
    private static final JsonMapper JSON = new JsonMapper();

    @Override
    public String id() {
        return "label-studio";
    }

    @Override
    public String description() {
        return "Label Studio tasks: a .json with annotations or predictions; rectangles, polygons, brushes, key points,"
                + " vectors, ellipses, choices";
    }

    @Override
    public boolean recognises(DataSetSource source) throws IOException {
        return source.file().isPresent()
                ? JsonFiles.isNamed(source.file().get())
                        && isTasks(source, source.file().get())
                : !JsonFiles.of(source, LabelStudioReader::isTasks).isEmpty();
    }

    /// An array whose first element has `data` and what was said of it.
    private static boolean isTasks(DataSetSource source, String name) throws IOException {
        try (InputStream in = source.files().open(name);
                JsonParser json = JSON.createParser(in)) {
            if (json.nextToken() != JsonToken.START_ARRAY || json.nextToken() != JsonToken.START_OBJECT) {
                return false;
            }
            boolean hasData = false;
            boolean hasResults = false;
            for (Optional<String> member = CocoReader.member(json);
                    member.isPresent() && !(hasData && hasResults);
                    member = CocoReader.member(json)) {
                JsonToken value = json.nextToken();
                hasData |= member.get().equals("data") && value == JsonToken.START_OBJECT;
                hasResults |= value == JsonToken.START_ARRAY && LabelStudioTask.RESULTS.contains(member.get());
                json.skipChildren();
            }
            return hasData && hasResults;
        } catch (JacksonException _) {
            return false;
        }
    }

    @Override
    public LabeledDataSet open(DataSetSource source) throws IOException {
        String file = JsonFiles.only(source, LabelStudioReader::isTasks, "tasks of Label Studio", "one .json");
        try (InputStream in = source.files().open(file);
                JsonParser json = JSON.createParser(in)) {
            if (json.nextToken() != JsonToken.START_ARRAY) {
                throw new DataSetException(file + ": no array (expected: Label Studio's tasks)");
            }
            Index index = new Index(source);
            while (json.nextToken() == JsonToken.START_OBJECT) {
                index.task(json, file);
            }
            if (json.currentToken() != JsonToken.END_ARRAY) {
                throw new DataSetException(
                        file + ": ends early, or has something else than tasks (expected: an array of objects)");
            }
            return index.finish(source, file);
        } catch (JacksonException e) {
            throw LabelJson.unreadable(file, e);
        }
    }

    /// Of a whole file, one piece an image.
    private static List<TrueLabel> labels(List<JsonNode> tasks, ImageSize size) {
        List<TrueLabel> labels = new ArrayList<>();
        for (JsonNode task : tasks) {
            for (LabelStudioTask.Finding finding : LabelStudioTask.of(task).findings()) {
                try {
                    labels.add(finding.label(labels.size(), size));
                } catch (IllegalArgumentException e) {
                    throw new IllegalArgumentException("region " + finding.region() + ": " + e.getMessage(), e);
                }
            }
        }
        return labels;
    }

    /// What is learnt of the tasks as they pass. Mutable, for one thread.
    private static final class Index {
        private final Set<String> names;
        private final List<LabeledImage> images = new ArrayList<>();
        private final List<Optional<ImageSize>> sizes = new ArrayList<>();
        private final Set<String> classes = new LinkedHashSet<>();
        private final Set<GeometryKind> kinds = EnumSet.noneOf(GeometryKind.class);
        private final Notes notes = new Notes();
        private final JsonPlaces places = new JsonPlaces();

        Index(DataSetSource source) {
            this.names = source.images().names();
        }

        void task(JsonParser json, String file) throws IOException {
            JsonPiece piece = JsonPiece.read(json, file);
            LabelStudioTask task;
            try {
                task = LabelStudioTask.of(piece.value());
            } catch (IllegalArgumentException e) {
                throw new DataSetException(file + ", task " + images.size() + ": " + e.getMessage(), e);
            }
            for (LabelStudioTask.Finding finding : task.findings()) {
                classes.add(finding.candidate().label());
                kinds.add(finding.kind());
            }
            for (Map.Entry<String, Long> note : task.notes().entrySet()) {
                notes.count(note.getKey(), note.getValue());
            }
            places.add(images.size(), piece.offset(), piece.length());
            images.add(new LabeledImage(images.size(), task.image(), task.file(names)));
            sizes.add(task.size());
        }

        LabeledDataSet finish(DataSetSource source, String file) {
            if (images.isEmpty()) {
                throw new DataSetException(file + ": no task (expected: one for each image)");
            }
            return new JsonDataSet(
                    source.files(),
                    file,
                    images,
                    sizes,
                    List.copyOf(classes),
                    kinds,
                    notes.counts(),
                    places.byImage(images.size()),
                    (_, tasks, size) -> labels(tasks, size));
        }
    }
}
