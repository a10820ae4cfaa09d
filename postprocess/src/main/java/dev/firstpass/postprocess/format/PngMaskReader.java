package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.DataSetFiles;
import dev.firstpass.postprocess.dataset.DataSetSource;
import dev.firstpass.postprocess.dataset.LabeledDataSet;
import dev.firstpass.postprocess.dataset.LabeledImage;
import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.geometry.ImageSize;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// Label masks in a folder `masks`, as [PngFormat] writes them: 8 or 16 bits, grey or palette, with a `classes.json`, or
/// each with a JSON file of its instances. The images are in `images`, in the data set's folder, or nowhere.
///
/// In a mask of 8 bits 255, in one of 16 bits 65535, is not looked at, unless it is said to be a class.
///
/// Stateless.
final class PngMaskReader implements LabelReader {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String MASKS = "masks/";
    private static final String CLASSES = "classes.json";
    private static final int MOST_BYTES = 64 << 20;

    private final String id;
    private final boolean instances;

    PngMaskReader(String id, boolean instances) {
        this.id = id;
        this.instances = instances;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public String description() {
        return instances
                ? "PNG masks of instances: masks/ with a .png and a .json for each image"
                : "PNG masks of classes: masks/ with a .png for each image, and classes.json";
    }

    @Override
    public boolean recognises(DataSetSource source) throws IOException {
        if (source.file().isPresent()) {
            return !instances
                    && ImageNames.last(source.file().get()).equals(CLASSES)
                    && isClasses(source.files(), source.file().get());
        }
        Set<String> names = source.files().names();
        List<String> masks = masks(source.files());
        if (masks.isEmpty()) {
            return false;
        }
        return instances
                ? names.contains(sidecar(masks.getFirst()))
                : names.contains(CLASSES) && isClasses(source.files(), CLASSES);
    }

    private static boolean isClasses(DataSetFiles files, String name) throws IOException {
        try {
            return json(files, name).path("classes").isObject();
        } catch (DataSetException _) {
            return false;
        }
    }

    private static List<String> masks(DataSetFiles files) {
        return files.names().stream()
                .filter(name ->
                        name.startsWith(MASKS) && name.toLowerCase(Locale.ROOT).endsWith(".png"))
                .toList();
    }

    private static String sidecar(String mask) {
        return ImageNames.stem(mask) + ".json";
    }

    private static JsonNode json(DataSetFiles files, String name) throws IOException {
        try (InputStream in = files.open(name)) {
            byte[] content = in.readNBytes(MOST_BYTES + 1);
            if (content.length > MOST_BYTES) {
                throw new DataSetException(name + ": longer than " + MOST_BYTES + " bytes");
            }
            return JSON.readTree(content);
        } catch (JacksonException e) {
            throw LabelJson.unreadable(name, e);
        }
    }

    @Override
    public LabeledDataSet open(DataSetSource source) throws IOException {
        DataSetFiles files = source.files();
        List<String> masks = masks(files);
        if (masks.isEmpty()) {
            throw new DataSetException("no PNG in " + MASKS + " (expected: " + description() + ")");
        }
        Map<Integer, Candidate> classes =
                instances ? Map.of() : classes(json(files, source.file().orElse(CLASSES)));
        Set<String> labels = new LinkedHashSet<>();
        classes.values().forEach(candidate -> labels.add(candidate.label()));
        List<LabeledImage> images = new ArrayList<>();
        List<ImageSize> sizes = new ArrayList<>();
        for (String mask : masks) {
            Optional<String> said = Optional.empty();
            if (instances) {
                JsonNode json = instancesOf(files, mask);
                said = json.hasNonNull("image") ? Optional.of(json.path("image").asText()) : said;
                values(sidecar(mask), json).values().forEach(candidate -> labels.add(candidate.label()));
            }
            String rest = ImageNames.stem(mask.substring(MASKS.length()));
            Optional<String> image = image(source, said, rest);
            images.add(new LabeledImage(images.size(), said.or(() -> image).orElse(rest), image));
            sizes.add(size(files, mask));
        }
        return new Masks(files, masks, List.copyOf(labels), images, sizes, instances, classes);
    }

    private static JsonNode instancesOf(DataSetFiles files, String mask) throws IOException {
        String name = sidecar(mask);
        if (!files.names().contains(name)) {
            throw new DataSetException(mask + ": without " + name + " (expected: both)");
        }
        return json(files, name);
    }

    private static Optional<String> image(DataSetSource source, Optional<String> said, String rest) {
        Set<String> names = source.images().names();
        return said.flatMap(name -> ImageNames.find(name, List.of("images", "JPEGImages", ""), names))
                .or(() -> ImageNames.beside("images/" + rest + ".mask", names))
                .or(() -> ImageNames.beside("JPEGImages/" + rest + ".mask", names))
                .or(() -> ImageNames.beside(rest + ".mask", names));
    }

    private static ImageSize size(DataSetFiles files, String mask) throws IOException {
        try (InputStream in = files.open(mask)) {
            return PngReader.header(in).size();
        } catch (DataSetException e) {
            throw new DataSetException(mask + ": " + e.getMessage(), e);
        }
    }

    private static Map<Integer, Candidate> classes(JsonNode json) {
        Map<Integer, Candidate> classes = new TreeMap<>();
        json.path("classes")
                .properties()
                .forEach(entry -> classes.put(
                        number(CLASSES, entry.getKey()),
                        new Candidate(0, entry.getValue().asText(), 1)));
        if (classes.isEmpty()) {
            throw new DataSetException(CLASSES + ": no classes (expected: {\"classes\": {\"1\": name, ...}})");
        }
        return classes;
    }

    private static int number(String file, String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new DataSetException(file + ": class " + text + " (expected: a number)", e);
        }
    }

    private static Map<Integer, Candidate> values(String file, JsonNode json) {
        Map<Integer, Candidate> values = new HashMap<>();
        try {
            for (JsonNode instance : json.path("instances")) {
                if (!instance.path("value").isInt() || !instance.path("class").isTextual()) {
                    throw new DataSetException(file + ": instance " + LabelJson.shown(instance)
                            + " (expected: value, a number, and class)");
                }
                values.put(
                        instance.path("value").asInt(),
                        new Candidate(
                                0,
                                instance.path("class").asText(),
                                LabelJson.score(instance.path("score"), "score"),
                                LabelJson.attributes(instance.path("attributes"))));
            }
        } catch (IllegalArgumentException e) {
            throw new DataSetException(file + ": " + e.getMessage(), e);
        }
        return values;
    }

    /// Thread-safe, as its files are.
    ///
    /// @param masks names of the PNGs, one for each image
    /// @param named what values mean, where it is the same in all of them
    private record Masks(
            DataSetFiles files,
            List<String> masks,
            List<String> classes,
            List<LabeledImage> images,
            List<ImageSize> sizes,
            boolean instances,
            Map<Integer, Candidate> named)
            implements LabeledDataSet {
        @Override
        public Set<GeometryKind> kinds() {
            return Set.of(GeometryKind.MASK);
        }

        @Override
        public Map<String, Long> notes() {
            return Map.of();
        }

        @Override
        public Optional<ImageSize> size(LabeledImage image) {
            return Optional.of(sizes.get(image.index()));
        }

        @Override
        public List<TrueLabel> labels(LabeledImage image, ImageSize size) throws IOException {
            String mask = masks.get(image.index());
            Map<Integer, Candidate> values = instances ? values(sidecar(mask), instancesOf(files, mask)) : named;
            ValueRuns runs = new ValueRuns(size);
            PngReader.Header header;
            try (InputStream in = files.open(mask)) {
                header = PngReader.read(in, size, runs);
            } catch (DataSetException e) {
                throw new DataSetException(mask + ": " + e.getMessage(), e);
            }
            List<TrueLabel> labels = new ArrayList<>();
            for (int value : runs.values()) {
                Candidate said = values.get(value);
                if (said != null) {
                    Candidate candidate = new Candidate(labels.size(), said.label(), said.score(), said.attributes());
                    labels.add(TrueLabel.of(new Annotation.Mask(candidate, runs.mask(value))));
                } else if (value != header.largest()) {
                    throw new DataSetException(mask + ": value " + value + " (expected: one of "
                            + (instances ? sidecar(mask) : CLASSES) + ")");
                }
            }
            return labels;
        }
    }
}
