package dev.firstpass.postprocess.format;

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
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Data sets in which each image's labels are a file of their own: beside the image or in another folder, and the images
/// need not be there. A file belongs to the image that it names, which is looked for where the file's own place says, beside it, in
/// the data set's folder and in its folders `images` and `JPEGImages`, else to the one that it is named after (`a.json` or
/// `a.jpg.json` to `a.jpg`), beside it or in a folder of images (`annotations/a.json` to `images/a.jpg`). An image without such a file was not labelled, and is no part of the data set.
///
/// Each file is read when the data set is opened, for its classes and what else is to be known before, and once more when
/// its image's turn comes; one at a time is in memory.
///
/// Stateless.
final class LabelFilesReader implements LabelReader {
    /// The longest file that is read: the labels of one image, masks as text among them, are far shorter.
    private static final int MOST_BYTES = 256 << 20;

    /// Files that are looked into: in a folder of labels all are such, but for one or two.
    private static final int MOST_LOOKED_INTO = 5;

    private final String id;
    private final String description;
    private final LabelFileParser parser;

    LabelFilesReader(String id, String description, LabelFileParser parser) {
        this.id = id;
        this.description = description;
        this.parser = parser;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public String description() {
        return description;
    }

    /// The first few files that may be one tell.
    @Override
    public boolean recognises(DataSetSource source) throws IOException {
        for (String name : candidates(source).limit(MOST_LOOKED_INTO).toList()) {
            if (parser.recognises(bytes(source.files(), name))) {
                return true;
            }
        }
        return false;
    }

    @Override
    public LabeledDataSet open(DataSetSource source) throws IOException {
        Notes notes = new Notes();
        Set<String> classes = new LinkedHashSet<>();
        Set<GeometryKind> kinds = EnumSet.noneOf(GeometryKind.class);
        List<LabeledImage> images = new ArrayList<>();
        List<Located> located = new ArrayList<>();
        for (String name : candidates(source).toList()) {
            byte[] content = bytes(source.files(), name);
            if (!parser.recognises(content)) {
                notes.count("files that hold no labels: left out");
                continue;
            }
            LabelFile file = parsedIfReadable(content);
            classes.addAll(file.classes());
            for (TrueLabel label : file.labels()) {
                classes.add(label.label());
                kinds.add(label.annotation().kind());
            }
            file.notes().forEach(notes::count);
            Optional<String> image = image(source, name, file);
            images.add(new LabeledImage(images.size(), image.or(file::image).orElse(ImageNames.stem(name)), image));
            located.add(new Located(name, file.size()));
        }
        if (images.isEmpty()) {
            throw new DataSetException("no file with labels (expected: " + description + ")");
        }
        notes.count("images without labels: left out", unlabelled(source, images));
        return new LabelFiles(
                source.files(), parser, List.copyOf(classes), images, located, Set.copyOf(kinds), notes.counts());
    }

    private Stream<String> candidates(DataSetSource source) {
        Stream<String> names = source.file().isPresent() ? source.file().stream() : source.files().names().stream();
        return names.filter(name -> !ImageNames.isImage(name) && parser.isNamed(name));
    }

    private static Optional<String> image(DataSetSource source, String name, LabelFile file) {
        Set<String> names = source.images().names();
        Optional<String> paired = ImageNames.paired(name, names);
        return file.image()
                .flatMap(said -> paired.filter(image -> ImageNames.last(image).equals(ImageNames.last(said)))
                        .or(() -> ImageNames.find(
                                said, List.of(ImageNames.folder(name), "", "images", "JPEGImages"), names)))
                .or(() -> ImageNames.beside(name, names))
                .or(() -> paired);
    }

    private static long unlabelled(DataSetSource source, List<LabeledImage> labelled) {
        Set<String> files = new HashSet<>();
        labelled.forEach(image -> image.file().ifPresent(files::add));
        return source.images().names().stream()
                .filter(name -> ImageNames.isImage(name) && !files.contains(name))
                .count();
    }

    /// Nothing of one that cannot be read: [LabeledDataSet#labels] says why, when its image's turn comes.
    private LabelFile parsedIfReadable(byte[] content) {
        try {
            return parser.parse(content, Optional.empty());
        } catch (DataSetException | IllegalArgumentException _) {
            return new LabelFile(Optional.empty(), Optional.empty(), List.of(), List.of(), Map.of());
        }
    }

    private static LabelFile parsed(LabelFileParser parser, String name, byte[] content, Optional<ImageSize> size) {
        try {
            return parser.parse(content, size);
        } catch (DataSetException | IllegalArgumentException e) {
            throw new DataSetException(name + ": " + e.getMessage(), e);
        }
    }

    private static byte[] bytes(DataSetFiles files, String name) throws IOException {
        try (InputStream in = files.open(name)) {
            byte[] content = in.readNBytes(MOST_BYTES + 1);
            if (content.length > MOST_BYTES) {
                throw new DataSetException(
                        name + ": longer than " + MOST_BYTES + " bytes (expected: one image's labels)");
            }
            return content;
        }
    }

    /// A file of labels.
    private record Located(String name, Optional<ImageSize> size) {}

    /// Thread-safe, as its files are.
    ///
    /// @param located of each image
    private record LabelFiles(
            DataSetFiles files,
            LabelFileParser parser,
            List<String> classes,
            List<LabeledImage> images,
            List<Located> located,
            Set<GeometryKind> kinds,
            Map<String, Long> notes)
            implements LabeledDataSet {
        @Override
        public Optional<ImageSize> size(LabeledImage image) {
            return located.get(image.index()).size();
        }

        @Override
        public List<TrueLabel> labels(LabeledImage image, ImageSize size) throws IOException {
            Located file = located.get(image.index());
            if (file.size().isPresent() && !file.size().get().equals(size)) {
                throw DataSetException.otherSize(file.name() + ": ", file.size().get(), size);
            }
            return parsed(parser, file.name(), bytes(files, file.name()), Optional.of(size))
                    .labels();
        }
    }
}
