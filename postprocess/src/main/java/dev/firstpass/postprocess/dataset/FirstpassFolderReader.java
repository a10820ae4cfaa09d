package dev.firstpass.postprocess.dataset;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.format.FirstpassReader;
import dev.firstpass.postprocess.geometry.ImageSize;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// A folder of images with, for some of them, a file in the `firstpass` format beside it: `a.jpg` and `a.json`, or
/// `a.jpg.json`, as `firstpass prelabel` writes them and people correct them. An image without such a file was not
/// labelled, and is no part of the data set.
///
/// Stateless.
final class FirstpassFolderReader implements LabelReader {
    private static final JsonMapper JSON = new JsonMapper();

    @Override
    public String id() {
        return "firstpass";
    }

    @Override
    public String description() {
        return "Firstpass: images with a .json in the format firstpass beside each";
    }

    @Override
    public boolean recognises(DataSetSource source) throws IOException {
        if (source.file().isPresent()) {
            return false;
        }
        Optional<String> first = source.images().names().stream()
                .filter(ImageNames::isImage)
                .flatMap(image -> json(source, image).stream())
                .findFirst();
        return first.isPresent()
                && root(source.files(), first.get())
                        .filter(root -> root.path("annotations").isArray())
                        .isPresent();
    }

    @Override
    public LabeledDataSet open(DataSetSource source) throws IOException {
        Notes notes = new Notes();
        Set<String> classes = new TreeSet<>();
        Set<GeometryKind> kinds = EnumSet.noneOf(GeometryKind.class);
        List<LabeledImage> images = new ArrayList<>();
        List<String> files = new ArrayList<>();
        for (String image : source.images().names()) {
            if (!ImageNames.isImage(image)) {
                continue;
            }
            Optional<String> json = json(source, image);
            notes.count("images without a .json: not labelled, left out", json.isPresent() ? 0 : 1);
            if (json.isPresent()) {
                root(source.files(), json.get())
                        .ifPresent(root -> root.path("annotations").forEach(annotation -> {
                            classes.add(annotation.path("label").asText());
                            GeometryKind.ofId(annotation.path("type").asText()).ifPresent(kinds::add);
                        }));
                images.add(new LabeledImage(images.size(), image, Optional.of(image)));
                files.add(json.get());
            }
        }
        if (images.isEmpty()) {
            throw new DataSetException("no image with a .json beside it (expected: a.jpg and a.json)");
        }
        return new Folder(source.files(), List.copyOf(classes), images, files, kinds, notes.counts());
    }

    private static Optional<String> json(DataSetSource source, String image) {
        Set<String> names = source.files().names();
        return List.of(image + ".json", ImageNames.stem(image) + ".json").stream()
                .filter(names::contains)
                .findFirst();
    }

    /// Empty where it is no JSON.
    private static Optional<JsonNode> root(DataSetFiles files, String name) throws IOException {
        try (InputStream in = files.open(name)) {
            return Optional.ofNullable(JSON.readTree(in));
        } catch (JacksonException _) {
            return Optional.empty();
        }
    }

    /// Thread-safe, as its files are.
    ///
    /// @param jsons of each image
    private record Folder(
            DataSetFiles files,
            List<String> classes,
            List<LabeledImage> images,
            List<String> jsons,
            Set<GeometryKind> kinds,
            Map<String, Long> notes)
            implements LabeledDataSet {
        @Override
        public List<TrueLabel> labels(LabeledImage image, ImageSize size) throws IOException {
            String name = jsons.get(image.index());
            JsonNode root = root(files, name)
                    .filter(node -> node.path("annotations").isArray())
                    .orElseThrow(() -> new DataSetException(name + ": not in the firstpass format"));
            JsonNode asset = root.path("asset");
            if (asset.has("width")
                    && (asset.path("width").asInt() != size.width()
                            || asset.path("height").asInt() != size.height())) {
                throw new DataSetException(name + ": labels are for an image of "
                        + asset.path("width").asInt() + "x"
                        + asset.path("height").asInt() + " (expected: " + size.width() + "x" + size.height() + ")");
            }
            List<TrueLabel> labels = new ArrayList<>();
            for (JsonNode json : root.path("annotations")) {
                try {
                    Annotation annotation = FirstpassReader.annotation(json, labels.size());
                    if (annotation instanceof Annotation.Mask mask
                            && !mask.runs().size().equals(size)) {
                        throw new IllegalArgumentException(
                                "mask.size: " + json.path("mask").path("size") + " (expected: [" + size.height() + ", "
                                        + size.width() + "], the image's)");
                    }
                    labels.add(TrueLabel.of(annotation));
                } catch (IllegalArgumentException e) {
                    throw new DataSetException(name + ": " + e.getMessage(), e);
                }
            }
            return labels;
        }
    }
}
