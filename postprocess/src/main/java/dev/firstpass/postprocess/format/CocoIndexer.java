package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.DataSetSource;
import dev.firstpass.postprocess.dataset.LabeledImage;
import dev.firstpass.postprocess.geometry.ImageSize;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Goes once through a COCO file and remembers where each annotation stands, so that a file of any size can be read image
/// by image. Images come in the order of their ids, as pycocotools takes them.
///
/// Mutable, for one thread.
final class CocoIndexer {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String INSTANCES = "instances_";

    private final String file;
    private final List<CocoImage> images = new ArrayList<>();
    private final Map<Long, CocoDataSet.Category> categories = new LinkedHashMap<>();
    private final Map<Long, WithJoints> withJoints = new HashMap<>();
    private final LongTable annotations = new LongTable(3);
    private final Set<GeometryKind> kinds = EnumSet.noneOf(GeometryKind.class);
    private final Notes notes = new Notes();

    private CocoIndexer(String file) {
        this.file = file;
    }

    /// @param name as the file has it
    record CocoImage(long id, String name, Optional<ImageSize> size) {}

    /// @throws DataSetException if it is not in COCO's format
    static CocoDataSet index(DataSetSource source, String file, JsonParser json) throws IOException {
        CocoIndexer indexer = new CocoIndexer(file);
        indexer.read(json);
        return indexer.finish(source);
    }

    private void read(JsonParser json) throws IOException {
        if (json.nextToken() != JsonToken.START_OBJECT) {
            throw new DataSetException(
                    file + ": not a JSON object (expected: COCO's images, annotations and categories)");
        }
        for (Optional<String> member = CocoReader.member(json); member.isPresent(); member = CocoReader.member(json)) {
            boolean isArray = json.nextToken() == JsonToken.START_ARRAY;
            if (isArray && member.get().equals("images")) {
                while (json.nextToken() == JsonToken.START_OBJECT) {
                    image(JSON.readTree(json));
                }
                CocoReader.requireEnd(json, file, "images");
            } else if (isArray && member.get().equals("categories")) {
                while (json.nextToken() == JsonToken.START_OBJECT) {
                    JsonNode category = JSON.readTree(json);
                    categories.put(category.path("id").asLong(), CocoHeads.category(category));
                }
                CocoReader.requireEnd(json, file, "categories");
            } else if (isArray && member.get().equals("annotations")) {
                while (json.nextToken() == JsonToken.START_OBJECT) {
                    annotation(json);
                }
                CocoReader.requireEnd(json, file, "annotations");
            } else {
                json.skipChildren();
            }
        }
    }

    private void image(JsonNode image) {
        int width = image.path("width").asInt();
        int height = image.path("height").asInt();
        String name = image.path("file_name").asText();
        if (!image.path("id").isIntegralNumber() || name.isEmpty()) {
            throw new DataSetException(file + ": an image without id or file_name (expected: both)");
        }
        images.add(new CocoImage(
                image.path("id").asLong(),
                name,
                width > 0 && height > 0 ? Optional.of(new ImageSize(width, height)) : Optional.empty()));
    }

    private void annotation(JsonParser json) throws IOException {
        long from = json.currentTokenLocation().getByteOffset();
        long image = Long.MIN_VALUE;
        long category = Long.MIN_VALUE;
        boolean hasJoints = false;
        boolean hasOutline = false;
        boolean isMask = false;
        for (Optional<String> member = CocoReader.member(json); member.isPresent(); member = CocoReader.member(json)) {
            JsonToken value = json.nextToken();
            switch (member.get()) {
                case "image_id" -> image = json.getValueAsLong(Long.MIN_VALUE);
                case "segmentation" -> {
                    isMask = value == JsonToken.START_OBJECT;
                    hasOutline = isMask || (value == JsonToken.START_ARRAY && json.nextToken() != JsonToken.END_ARRAY);
                    skipRest(json, value);
                }
                case "category_id" -> category = json.getValueAsLong(Long.MIN_VALUE);
                case "keypoints" -> hasJoints = value == JsonToken.START_ARRAY && hasAnyJoint(json);
                default -> json.skipChildren();
            }
        }
        long to = json.currentLocation().getByteOffset();
        if (from < 0 || to - from > Integer.MAX_VALUE) {
            throw new DataSetException(file + ": cannot be read in pieces (expected: UTF-8)");
        }
        annotations.add(image, from, to - from);
        GeometryKind kind = !hasOutline ? GeometryKind.BOX : isMask ? GeometryKind.MASK : GeometryKind.POLYGON;
        if (hasJoints) {
            withJoints.computeIfAbsent(category, _ -> new WithJoints()).add(kind);
        } else {
            kinds.add(kind);
        }
    }

    /// Whether one of the joints is there: of those of a thing that is too small all are absent.
    private static boolean hasAnyJoint(JsonParser json) throws IOException {
        boolean hasAny = false;
        int at = 0;
        while (json.nextToken() != JsonToken.END_ARRAY && json.currentToken() != null) {
            hasAny |= at++ % 3 == 2 && json.getValueAsInt() > 0;
            json.skipChildren();
        }
        return hasAny;
    }

    /// The annotations of one category that have joints, and what else they have. Which of the two is read depends on the
    /// category, which may come later in the file. Mutable, for one thread.
    private static final class WithJoints {
        private final Map<GeometryKind, Integer> besides = new EnumMap<>(GeometryKind.class);

        void add(GeometryKind kind) {
            besides.merge(kind, 1, Integer::sum);
        }
    }

    private void settleJoints() {
        withJoints.forEach((id, annotations) -> {
            CocoDataSet.Category category = categories.get(id);
            boolean isRead = category != null && !category.joints().isEmpty();
            if (isRead) {
                kinds.add(GeometryKind.KEYPOINTS);
            }
            annotations.besides.forEach((kind, count) -> {
                if (!isRead) {
                    kinds.add(kind);
                    notes.count("keypoints of a category that names none: not read", count);
                } else if (kind != GeometryKind.BOX) {
                    notes.count("outlines beside keypoints: not read", count);
                }
            });
        });
    }

    /// Up to the end of the value that began with `first`, of which a token more was read where it is an array.
    private static void skipRest(JsonParser json, JsonToken first) throws IOException {
        if (first == JsonToken.START_OBJECT) {
            json.skipChildren();
        } else if (first == JsonToken.START_ARRAY) {
            while (json.currentToken() != JsonToken.END_ARRAY) {
                json.skipChildren();
                json.nextToken();
            }
        }
    }

    private CocoDataSet finish(DataSetSource source) {
        if (images.isEmpty() || categories.isEmpty()) {
            throw new DataSetException(file + ": no " + (images.isEmpty() ? "images" : "categories")
                    + " (expected: COCO's images, annotations and categories)");
        }
        settleJoints();
        images.sort(Comparator.comparingLong(CocoImage::id));
        Map<Long, Integer> places = new HashMap<>();
        for (int i = 0; i < images.size(); i++) {
            if (places.put(images.get(i).id(), i) != null) {
                throw new DataSetException(
                        file + ": image id " + images.get(i).id() + " is there twice (expected: once)");
            }
        }
        int[] starts = new int[images.size() + 1];
        int[] place = new int[annotations.size()];
        for (int i = 0; i < place.length; i++) {
            place[i] = places.getOrDefault(annotations.get(i, 0), -1);
            if (place[i] < 0) {
                notes.count("annotations of an image that is not in the file: left out");
            } else {
                starts[place[i] + 1]++;
            }
        }
        Arrays.parallelPrefix(starts, Integer::sum);
        int[] next = starts.clone();
        long[] offsets = new long[starts[images.size()]];
        int[] lengths = new int[offsets.length];
        for (int i = 0; i < place.length; i++) {
            if (place[i] >= 0) {
                int at = next[place[i]]++;
                offsets[at] = annotations.get(i, 1);
                lengths[at] = (int) annotations.get(i, 2);
            }
        }
        return new CocoDataSet(
                source.files(),
                file,
                located(source),
                images.stream().map(CocoImage::size).toList(),
                categories,
                kinds,
                notes.counts(),
                new CocoDataSet.Places(starts, offsets, lengths));
    }

    private List<LabeledImage> located(DataSetSource source) {
        Set<String> names = source.images().names();
        String stem = ImageNames.last(ImageNames.stem(file));
        String named = stem.startsWith(INSTANCES) ? stem.substring(INSTANCES.length()) : stem;
        String beside = source.images().equals(source.files()) ? ImageNames.folder(file) : "";
        List<String> folders = List.of(beside, "", "images", "data", named, "images/" + named, "data/" + named);
        List<LabeledImage> located = new ArrayList<>();
        for (CocoImage image : images) {
            located.add(new LabeledImage(located.size(), image.name(), ImageNames.find(image.name(), folders, names)));
        }
        return located;
    }

    /// Rows of whole numbers. Mutable, for one thread.
    private static final class LongTable {
        private final int columns;
        private long[] cells = new long[3 * 256];
        private int used;

        LongTable(int columns) {
            this.columns = columns;
        }

        void add(long... row) {
            if (used + columns > cells.length) {
                cells = Arrays.copyOf(cells, 2 * cells.length);
            }
            System.arraycopy(row, 0, cells, used, columns);
            used += columns;
        }

        long get(int row, int column) {
            return cells[row * columns + column];
        }

        int size() {
            return used / columns;
        }
    }
}
