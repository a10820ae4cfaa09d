package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.DataSetFiles;
import dev.firstpass.postprocess.dataset.DataSetSource;
import dev.firstpass.postprocess.dataset.LabeledDataSet;
import dev.firstpass.postprocess.dataset.LabeledImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// Ultralytics' data sets: a `data.yaml` with `names` and folders of images, and beside each folder `images` one called
/// `labels` with a text file for each image; or, without a `data.yaml`, names in `classes.txt` or `obj.names`, a line
/// each, and the text files in `labels` or beside the images.
///
/// A `data.yaml` that names no part, as supervision writes it, is one for all images there are.
///
/// An image without a text file shows nothing, as Ultralytics has it.
///
/// Which of the shapes a line has its numbers for is said by `task` (which Firstpass writes) or `kpt_shape` in data.yaml, or
/// by the id of the format that is named: a line of a class and 8 numbers is a rotated box as well as a polygon of four
/// corners.
///
/// Stateless.
final class YoloReader implements LabelReader {
    private static final List<String> NAME_FILES = List.of("classes.txt", "obj.names", "names.txt");

    /// Parts in the order in which one is taken where none is asked for.
    static final List<String> SPLITS = List.of("val", "test", "train");

    /// Which of the formats it is. That for boxes reads the others too where the data set says what its lines are.
    private final YoloTask format;

    YoloReader(YoloTask format) {
        this.format = format;
    }

    /// What the lines are, where that is asked for.
    private Optional<YoloTask> asked() {
        return format == YoloTask.DETECT ? Optional.empty() : Optional.of(format);
    }

    @Override
    public String id() {
        return format.id();
    }

    @Override
    public String description() {
        return "Ultralytics YOLO: data.yaml, or classes.txt, with images/ and labels/; "
                + switch (format) {
                    case DETECT ->
                        "boxes and polygons, rotated boxes and key points where data.yaml says task or kpt_shape";
                    case SEGMENT -> "boxes and polygons";
                    case OBB -> "rotated boxes by their corners";
                    case POSE -> "key points, with kpt_shape";
                };
    }

    @Override
    public boolean recognises(DataSetSource source) throws IOException {
        boolean isOther = source.file().filter(file -> !YoloYaml.isNamed(file)).isPresent();
        Optional<JsonNode> yaml;
        try {
            yaml = isOther ? Optional.empty() : YoloYaml.find(source).map(YoloYaml::content);
        } catch (DataSetException _) {
            // Opening it says what is wrong.
            return format == YoloTask.DETECT;
        }
        if (format == YoloTask.DETECT) {
            return yaml.isPresent()
                    || (source.file().isEmpty() && nameFile(source).isPresent());
        }
        return yaml.filter(node -> node.path("task").asText().equals(format.word()))
                .isPresent();
    }

    @Override
    public LabeledDataSet open(DataSetSource source) throws IOException {
        Optional<YoloYaml> yaml = YoloYaml.find(source);
        List<String> classes;
        List<String> images;
        YoloLayout layout = new YoloLayout(asked(), List.of(), 3);
        if (yaml.isPresent()) {
            JsonNode content = yaml.get().content();
            try {
                layout = YoloLayout.of(content, asked());
                classes = classes(content.path("names"));
                boolean isSplit = SPLITS.stream().anyMatch(content::hasNonNull);
                images = isSplit || source.split().isPresent() ? images(source, content) : allImages(source);
            } catch (DataSetException e) {
                throw new DataSetException(yaml.get().name() + ": " + e.getMessage(), e);
            }
        } else {
            String file = nameFile(source)
                    .orElseThrow(() -> new DataSetException("no data.yaml and no classes.txt (expected: one of them)"));
            classes = lines(source.files(), file);
            images = allImages(source);
        }
        if (images.isEmpty()) {
            throw new DataSetException("no images found"
                    + source.split().map(split -> " of " + split).orElse("")
                    + " (expected: a folder 'images', or what data.yaml names)");
        }
        return dataSet(source, classes, layout, images);
    }

    private static List<String> allImages(DataSetSource source) {
        return source.images().names().stream()
                .filter(ImageNames::isImage)
                .filter(name -> source.split().isEmpty()
                        || ("/" + name).contains("/" + source.split().get() + "/"))
                .toList();
    }

    private static LabeledDataSet dataSet(
            DataSetSource source, List<String> classes, YoloLayout layout, List<String> images) throws IOException {
        Set<String> names = source.files().names();
        Notes notes = new Notes();
        List<LabeledImage> located = new ArrayList<>();
        List<Optional<String>> texts = new ArrayList<>();
        Set<GeometryKind> kinds = EnumSet.noneOf(GeometryKind.class);
        for (String image : images) {
            Optional<String> text = text(image, names);
            notes.count("images without a text file: taken as showing nothing", text.isPresent() ? 0 : 1);
            if (text.isPresent()) {
                kinds.addAll(YoloLabels.kinds(lines(source.files(), text.get()), layout));
            }
            located.add(new LabeledImage(located.size(), image, Optional.of(image)));
            texts.add(text);
        }
        return new YoloDataSet(source.files(), classes, layout, located, texts, kinds, notes.counts());
    }

    /// In the folder `labels` in place of the last one called `images`, else beside the image.
    private static Optional<String> text(String image, Set<String> names) {
        String stem = ImageNames.stem(image);
        String rooted = "/" + stem;
        int at = rooted.lastIndexOf("/images/");
        String elsewhere =
                at < 0 ? stem : (rooted.substring(0, at) + "/labels/" + rooted.substring(at + 8)).substring(1);
        return List.of(elsewhere + ".txt", stem + ".txt").stream()
                .filter(names::contains)
                .findFirst();
    }

    private static List<String> images(DataSetSource source, JsonNode yaml) throws IOException {
        String split = source.split()
                .orElseGet(() ->
                        SPLITS.stream().filter(yaml::hasNonNull).findFirst().orElse(SPLITS.getFirst()));
        JsonNode places = yaml.path(split);
        if (places.isMissingNode() || places.isNull()) {
            throw new DataSetException(split + ": not there (expected: one of "
                    + SPLITS.stream().filter(yaml::hasNonNull).toList() + ")");
        }
        List<JsonNode> each = new ArrayList<>();
        if (places.isArray()) {
            places.forEach(each::add);
        } else {
            each.add(places);
        }
        Set<String> images = new LinkedHashSet<>();
        for (JsonNode place : each) {
            images.addAll(images(source, split, place.asText()));
        }
        return images.stream().sorted().toList();
    }

    /// Of a folder, or of a text file with a path a line.
    private static Collection<String> images(DataSetSource source, String split, String place) throws IOException {
        Set<String> names = source.images().names();
        if (place.endsWith(".txt")) {
            String list = ImageNames.find(place, List.of(""), source.files().names())
                    .orElseThrow(
                            () -> new DataSetException(split + ": " + place + " (expected: a file of the data set)"));
            List<String> images = new ArrayList<>();
            for (String line : lines(source.files(), list)) {
                images.add(ImageNames.find(line, List.of(""), names)
                        .orElseThrow(() ->
                                new DataSetException(list + ": " + line + " (expected: an image of the data set)")));
            }
            return images;
        }
        for (String folder : ImageNames.meant(place)) {
            List<String> found = source.images().in(folder).stream()
                    .filter(ImageNames::isImage)
                    .toList();
            if (!found.isEmpty()) {
                return found;
            }
        }
        throw new DataSetException(split + ": " + place + " (expected: a folder with images)");
    }

    private static List<String> classes(JsonNode names) {
        if (names.isArray()) {
            List<String> classes = new ArrayList<>();
            names.forEach(name -> classes.add(name.asText()));
            return classes;
        }
        Map<Integer, String> byNumber = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry : names.properties()) {
            try {
                byNumber.put(Integer.valueOf(entry.getKey()), entry.getValue().asText());
            } catch (NumberFormatException e) {
                throw new DataSetException("names: " + entry.getKey() + " (expected: a class's number)", e);
            }
        }
        List<String> classes = new ArrayList<>();
        byNumber.forEach((number, name) -> {
            if (number < 0 || number > 100_000) {
                throw new DataSetException("names: " + number + " (expected: 0..100000)");
            }
            while (classes.size() < number) {
                classes.add("");
            }
            classes.add(name);
        });
        return classes;
    }

    private static Optional<String> nameFile(DataSetSource source) {
        return NAME_FILES.stream().filter(source.files().names()::contains).findFirst();
    }

    /// Those that are not blank.
    static List<String> lines(DataSetFiles files, String name) throws IOException {
        try (InputStream in = files.open(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .toList();
        }
    }
}
