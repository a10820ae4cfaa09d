package dev.firstpass.postprocess.format;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Names of image files, and names that data sets give for them.
///
/// Pure functions.
final class ImageNames {
    private static final Set<String> ENDINGS =
            Set.of("jpg", "jpeg", "jpe", "jfif", "png", "tif", "tiff", "bmp", "webp");

    /// Folders that data sets have for labels, and for images.
    private static final Set<String> OF_LABELS = Set.of("ann", "annotations", "Annotations", "labels");

    private static final List<String> OF_IMAGES = List.of("images", "img", "JPEGImages");

    private ImageNames() {}

    static boolean isImage(String name) {
        int dot = name.lastIndexOf('.');
        return dot > name.lastIndexOf('/')
                && ENDINGS.contains(name.substring(dot + 1).toLowerCase(Locale.ROOT));
    }

    /// Without the ending.
    static String stem(String name) {
        int dot = name.lastIndexOf('.');
        return dot > name.lastIndexOf('/') + 1 ? name.substring(0, dot) : name;
    }

    static String folder(String name) {
        return name.substring(0, Math.max(0, name.lastIndexOf('/')));
    }

    static String last(String name) {
        return name.substring(name.lastIndexOf('/') + 1);
    }

    /// The image that a file of labels is named after: `a.json` and `a.jpg.json` after `a.jpg`.
    static Optional<String> beside(String name, Set<String> names) {
        String stem = stem(name);
        if (isImage(stem) && names.contains(stem)) {
            return Optional.of(stem);
        }
        return ENDINGS.stream()
                .flatMap(ending -> Stream.of(stem + "." + ending, stem + "." + ending.toUpperCase(Locale.ROOT)))
                .filter(names::contains)
                .sorted()
                .findFirst();
    }

    /// The image that a file of labels is named after, in a folder of images: in the place of the file's folder of labels, else at the
    /// same place below the data set's folder or one of its folders of images, where leading folders may be missing.
    static Optional<String> paired(String labels, Set<String> names) {
        List<String> folders = Arrays.stream(folder(labels).split("/"))
                .filter(folder -> !folder.isEmpty())
                .toList();
        for (int i = folders.size() - 1; i >= 0; i--) {
            if (OF_LABELS.contains(folders.get(i))) {
                for (String images : OF_IMAGES) {
                    List<String> replaced = new ArrayList<>(folders);
                    replaced.set(i, images);
                    Optional<String> found = beside(String.join("/", replaced) + "/" + last(labels), names);
                    if (found.isPresent()) {
                        return found;
                    }
                }
            }
        }
        List<String> rest = folders.stream()
                .filter(folder -> !OF_LABELS.contains(folder) && !folder.equals("datasets"))
                .toList();
        for (int start = 0; start <= rest.size(); start++) {
            String place = Stream.concat(rest.subList(start, rest.size()).stream(), Stream.of(last(labels)))
                    .collect(Collectors.joining("/"));
            Optional<String> found = Stream.concat(
                            Stream.of(""), OF_IMAGES.stream().map(folder -> folder + "/"))
                    .flatMap(folder -> beside(folder + place, names).stream())
                    .findFirst();
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    /// The places below a data set's folder that a path may mean, the longest first: data sets move, and what their
    /// files say of absolute folders, or of folders above, was true where they were made.
    static List<String> meant(String path) {
        List<String> segments = Arrays.stream(path.replace('\\', '/').split("/", -1))
                .filter(segment -> !segment.isEmpty() && !segment.equals(".") && !segment.equals(".."))
                .toList();
        List<String> meant = new ArrayList<>();
        for (int i = 0; i < segments.size(); i++) {
            meant.add(String.join("/", segments.subList(i, segments.size())));
        }
        return meant;
    }

    /// The first of `folders` that has a file which `path` may mean.
    static Optional<String> find(String path, List<String> folders, Set<String> names) {
        for (String meant : meant(path)) {
            for (String folder : folders) {
                String name = folder.isEmpty() ? meant : folder + "/" + meant;
                if (names.contains(name)) {
                    return Optional.of(name);
                }
            }
        }
        return Optional.empty();
    }
}
