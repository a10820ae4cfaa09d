package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.DataSetFiles;
import dev.firstpass.postprocess.dataset.LabeledDataSet;
import dev.firstpass.postprocess.dataset.LabeledImage;
import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.geometry.CocoRle;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import dev.firstpass.postprocess.geometry.RunLengths;
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
    private final Map<Long, String> categories;
    private final Set<GeometryKind> kinds;
    private final Map<String, Long> notes;
    private final Places places;

    /// Where annotations stand in the file.
    ///
    /// @param starts image i's are those from `starts[i]` to `starts[i + 1]`
    record Places(int[] starts, long[] offsets, int[] lengths) {}

    CocoDataSet(
            DataSetFiles files,
            String file,
            List<LabeledImage> images,
            List<Optional<ImageSize>> sizes,
            Map<Long, String> categories,
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
                .map(Map.Entry::getValue)
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
            throw DataSetException.otherSize("", said.get(), size);
        }
        List<TrueLabel> labels = new ArrayList<>();
        for (int i = places.starts[image.index()]; i < places.starts[image.index() + 1]; i++) {
            JsonNode annotation = JSON.readTree(files.read(file, places.offsets[i], places.lengths[i]));
            try {
                labels.add(label(annotation, labels.size(), size));
            } catch (IllegalArgumentException e) {
                throw new DataSetException(
                        "annotation " + annotation.path("id").asText("without id") + ": " + e.getMessage(), e);
            }
        }
        return labels;
    }

    private TrueLabel label(JsonNode json, int index, ImageSize size) {
        String label = categories.get(json.path("category_id").asLong());
        if (label == null) {
            throw new IllegalArgumentException(
                    "category_id: " + json.path("category_id") + " (expected: one of the categories)");
        }
        Candidate candidate = new Candidate(index, label, 0);
        Optional<Annotation> outline = outline(json.path("segmentation"), candidate, size);
        Rect box = json.hasNonNull("bbox")
                ? box(json.path("bbox"))
                : outline.flatMap(Annotation::bounds)
                        .orElseThrow(
                                () -> new IllegalArgumentException("bbox: none (expected: [x, y, width, height])"));
        return new TrueLabel(
                outline.orElseGet(() -> new Annotation.Box(candidate, box)),
                Optional.of(box),
                json.path("iscrowd").asInt() != 0);
    }

    private static Rect box(JsonNode json) {
        if (json.size() != 4) {
            throw new IllegalArgumentException("bbox: " + json + " (expected: [x, y, width, height])");
        }
        return new Rect(number(json.path(0)), number(json.path(1)), number(json.path(2)), number(json.path(3)));
    }

    private static double number(JsonNode json) {
        if (!json.isNumber() || !Double.isFinite(json.asDouble())) {
            throw new IllegalArgumentException("coordinate: " + json + " (expected: a number)");
        }
        return json.asDouble();
    }

    private static Optional<Annotation> outline(JsonNode json, Candidate candidate, ImageSize size) {
        if (json.isObject()) {
            RunLengths runs = runs(json, size);
            return Optional.of(new Annotation.Mask(candidate, runs));
        }
        List<PolygonPart> parts = new ArrayList<>();
        for (JsonNode ring : json) {
            parts.add(new PolygonPart(ring(ring), List.of()));
        }
        return parts.isEmpty() ? Optional.empty() : Optional.of(new Annotation.Polygon(candidate, parts));
    }

    private static Ring ring(JsonNode json) {
        if (json.size() % 2 != 0 || json.size() < 6) {
            throw new IllegalArgumentException(
                    "segmentation: a ring of " + json.size() + " numbers (expected: x and y of at least 3 points)");
        }
        List<Point> points = new ArrayList<>();
        for (int i = 0; i < json.size(); i += 2) {
            points.add(new Point(number(json.path(i)), number(json.path(i + 1))));
        }
        return new Ring(points);
    }

    /// Compressed, or as a list of numbers.
    private static RunLengths runs(JsonNode json, ImageSize size) {
        ImageSize said = new ImageSize(
                json.path("size").path(1).asInt(), json.path("size").path(0).asInt());
        if (!said.equals(size)) {
            throw new IllegalArgumentException("segmentation.size: " + json.path("size") + " (expected: ["
                    + size.height() + ", " + size.width() + "], the image's)");
        }
        JsonNode counts = json.path("counts");
        if (counts.isTextual()) {
            return CocoRle.decode(counts.asText(), size);
        }
        int[] numbers = new int[counts.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = counts.path(i).asInt(-1);
        }
        return new RunLengths(size, numbers);
    }
}
