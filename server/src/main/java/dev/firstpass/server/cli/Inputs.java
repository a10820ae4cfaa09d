package dev.firstpass.server.cli;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// The files that a command was pointed at.
final class Inputs {
    private static final Set<String> IMAGE_ENDINGS =
            Set.of("jpg", "jpeg", "jpe", "jfif", "png", "tif", "tiff", "bmp", "webp");

    private Inputs() {}

    /// @throws CliException if there is nothing at `path`
    static void requireExists(Path path) {
        if (!Files.exists(path)) {
            throw CliException.usage("no such file: " + path);
        }
    }

    /// One photo to be labeled.
    ///
    /// @param relative where its label file goes below the output folder, with the photo's own ending
    record Photo(Path file, Path relative) {}

    /// The photos that `paths` stand for, in the order of their names within each path. A file that is named is taken
    /// whatever its ending, a folder gives its image files; hidden files and what lies in `except` are left out.
    ///
    /// @param recursive whether the folders in folders are searched too
    /// @param except the output folder, whose overlays are images as well
    static List<Photo> photos(List<Path> paths, boolean recursive, Path except) {
        List<Photo> photos = new ArrayList<>();
        for (Path path : paths) {
            requireExists(path);
            if (Files.isDirectory(path)) {
                photos.addAll(
                        inDirectory(path, recursive, except.toAbsolutePath().normalize()));
            } else {
                photos.add(new Photo(path, path.getFileName()));
            }
        }
        return photos;
    }

    private static List<Photo> inDirectory(Path directory, boolean recursive, Path except) {
        List<Photo> photos = new ArrayList<>();
        try {
            Files.walkFileTree(directory, Set.of(), recursive ? Integer.MAX_VALUE : 1, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                    boolean left = folder.toAbsolutePath().normalize().equals(except)
                            || (!folder.equals(directory) && isHidden(folder));
                    return left ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    if (isImage(file) && !isHidden(file) && Files.isRegularFile(file)) {
                        photos.add(new Photo(file, directory.relativize(file)));
                    }
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw CliException.failed("cannot read " + directory + ": " + e.getMessage(), e);
        }
        photos.sort(Comparator.comparing(photo -> photo.relative.toString()));
        return photos;
    }

    private static boolean isHidden(Path file) {
        return file.getFileName().toString().startsWith(".");
    }

    private static boolean isImage(Path file) {
        return IMAGE_ENDINGS.contains(ending(file.getFileName().toString()).toLowerCase(Locale.ROOT));
    }

    /// The letters after the last dot of a file name, or nothing.
    static String ending(String fileName) {
        int dot = fileName.lastIndexOf('.');
        return dot <= 0 ? "" : fileName.substring(dot + 1);
    }

    /// A file name without its last ending.
    static String stem(String fileName) {
        int dot = fileName.lastIndexOf('.');
        return dot <= 0 ? fileName : fileName.substring(0, dot);
    }
}
