package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.DataSetFiles;
import dev.firstpass.postprocess.dataset.LabeledDataSet;
import dev.firstpass.postprocess.dataset.LabeledImage;
import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.geometry.ImageSize;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A COCO file whose annotations are read from where they stand when their image's turn comes.
///
/// A polygon's rings are united, as pycocotools has it: COCO cannot say that a ring is a hole.
///
/// Thread-safe, as its files are.
final class CocoDataSet implements LabeledDataSet {
    private static final JsonMapper JSON = new JsonMapper();

    private final DataSetFiles files;
    private final String file;
    private final List<LabeledImage> images;
    private final List<Optional<ImageSize>> sizes;
    private final Map<Long, Category> categories;
    private final Set<GeometryKind> kinds;
    private final Map<String, Long> notes;
    private final Places places;

    /// @param joints names of its key points in their order; empty for most categories
    record Category(String name, List<String> joints) {
        Category {
            joints = List.copyOf(joints);
        }
    }

    /// Where annotations stand in the file.
    ///
    /// @param starts image i's are those from `starts[i]` to `starts[i + 1]`
    record Places(int[] starts, long[] offsets, int[] lengths) {}

    CocoDataSet(
            DataSetFiles files,
            String file,
            List<LabeledImage> images,
            List<Optional<ImageSize>> sizes,
            Map<Long, Category> categories,
            Set<GeometryKind> kinds,
            Map<String, Long> notes,
            Places places) {
        this.files = files;
        this.file = file;
        this.images = List.copyOf(images);
        this.sizes = List.copyOf(sizes);
        this.categories = Map.copyOf(categories);
        this.kinds = Set.copyOf(kinds);
        this.notes = Map.copyOf(notes);
        this.places = places;
    }

    @Override
    public List<String> classes() {
        return categories.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(category -> category.getValue().name())
                .distinct()
                .toList();
    }

    @Override
    public List<LabeledImage> images() {
        return images;
    }

    @Override
    public Set<GeometryKind> kinds() {
        return kinds;
    }

    @Override
    public Map<String, Long> notes() {
        return notes;
    }

    @Override
    public Optional<ImageSize> size(LabeledImage image) {
        return sizes.get(image.index());
    }

    @Override
    public List<TrueLabel> labels(LabeledImage image, ImageSize size) throws IOException {
        Optional<ImageSize> said = sizes.get(image.index());
        if (said.isPresent() && !said.get().equals(size)) {
            throw DataSetException.otherSize(file + ", " + image.name() + ": ", said.get(), size);
        }
        List<TrueLabel> labels = new ArrayList<>();
        for (int i = places.starts[image.index()]; i < places.starts[image.index() + 1]; i++) {
            JsonNode annotation = annotation(places.offsets[i], places.lengths[i]);
            try {
                labels.add(CocoJson.label(annotation, labels.size(), categories, size));
            } catch (IllegalArgumentException e) {
                String id = annotation.has("id") ? LabelJson.shown(annotation.path("id")) : "without id";
                throw new DataSetException(file + ", annotation " + id + ": " + e.getMessage(), e);
            }
        }
        return labels;
    }

    private JsonNode annotation(long offset, int length) throws IOException {
        try {
            return JSON.readTree(files.read(file, offset, length));
        } catch (JacksonException e) {
            throw new DataSetException(
                    file + ": no JSON that can be read at byte " + offset + ": " + e.getOriginalMessage(), e);
        }
    }
}
