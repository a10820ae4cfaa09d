package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.DataSetSource;
import dev.firstpass.postprocess.dataset.LabeledDataSet;
import dev.firstpass.postprocess.dataset.LabeledImage;
import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.geometry.ImageSize;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// Classified images in a folder for each class, `cats/tom.jpg`, possibly within a folder for each part, `val/cats/tom.jpg`:
/// what torchvision calls ImageFolder, and Ultralytics trains classifiers on.
///
/// Stateless.
final class ClassFolderReader implements LabelReader {
    private static final List<String> SPLITS = List.of("val", "test", "train");

    @Override
    public String id() {
        return "folders";
    }

    @Override
    public String description() {
        return "classified images in a folder for each class";
    }

    @Override
    public boolean recognises(DataSetSource source) {
        return source.file().isEmpty()
                && classes(images(source), prefix(source)).size() > 1;
    }

    @Override
    public LabeledDataSet open(DataSetSource source) {
        String prefix = prefix(source);
        List<String> names = images(source);
        Set<String> classes = classes(names, prefix);
        if (classes.isEmpty()) {
            throw new DataSetException("no folder of images (expected: one for each class)");
        }
        List<LabeledImage> images = new ArrayList<>();
        List<String> labels = new ArrayList<>();
        for (String name : names) {
            className(name, prefix).ifPresent(label -> {
                images.add(new LabeledImage(images.size(), name, Optional.of(name)));
                labels.add(label);
            });
        }
        Notes notes = new Notes();
        notes.count("images in no class's folder: left out", names.size() - images.size());
        return new Folders(List.copyOf(classes), images, labels, notes.counts());
    }

    private static List<String> images(DataSetSource source) {
        return source.images().names().stream().filter(ImageNames::isImage).toList();
    }

    private static Set<String> classes(List<String> images, String prefix) {
        Set<String> classes = new TreeSet<>();
        images.forEach(image -> className(image, prefix).ifPresent(classes::add));
        return classes;
    }

    /// The folder of the part, with its `/`; empty where there are no parts.
    private static String prefix(DataSetSource source) {
        if (source.split().isPresent()) {
            return source.split().get() + "/";
        }
        return SPLITS.stream()
                .map(split -> split + "/")
                .filter(split -> source.images().names().stream().anyMatch(name -> name.startsWith(split)))
                .findFirst()
                .orElse("");
    }

    private static Optional<String> className(String image, String prefix) {
        String rest = image.startsWith(prefix) ? image.substring(prefix.length()) : "";
        int slash = rest.indexOf('/');
        return slash > 0 && rest.indexOf('/', slash + 1) < 0 ? Optional.of(rest.substring(0, slash)) : Optional.empty();
    }

    /// Immutable.
    ///
    /// @param labels of each image
    private record Folders(
            List<String> classes, List<LabeledImage> images, List<String> labels, Map<String, Long> notes)
            implements LabeledDataSet {
        @Override
        public Set<GeometryKind> kinds() {
            return Set.of(GeometryKind.CLASSIFICATION);
        }

        @Override
        public Optional<ImageSize> size(LabeledImage image) {
            return Optional.empty();
        }

        @Override
        public List<TrueLabel> labels(LabeledImage image, ImageSize size) {
            return List.of(TrueLabel.of(new Annotation.Classification(new Candidate(0, labels.get(image.index()), 1))));
        }
    }
}
