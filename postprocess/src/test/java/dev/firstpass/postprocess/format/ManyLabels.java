package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.dataset.DataSetFiles;
import dev.firstpass.postprocess.dataset.DataSetSource;
import dev.firstpass.postprocess.dataset.LabeledDataSet;
import dev.firstpass.postprocess.dataset.LabeledImage;
import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rect;
import java.io.EOFException;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Labels that are made up when they are asked for, written to files in a format and read back from there: in memory is what
/// the writer and the reader keep, and nothing else.
///
/// Pure functions, but for the files.
final class ManyLabels {
    static final int PER_IMAGE = 100;

    private static final ImageSize SIZE = new ImageSize(200, 160);
    private static final List<String> CLASSES = List.of("crop", "weed");

    private ManyLabels() {}

    /// @param written as the writer counts them: those that it converted to fewer are one each
    /// @param differing labels that were read and are not where they were written, by more than a hundredth of a pixel
    /// @param bytes of the files
    /// @param files that were written
    /// @param writes to them: each is a call of the operating system where a sink does not collect them
    /// @param kept bytes of the heap that the opened data set has, and all else that was there before
    record Passed(long written, long read, long differing, long bytes, int files, long writes, long kept) {}

    /// `FORMAT LABELS FOLDER`.
    public static void main(String[] arguments) throws IOException {
        Passed passed = through(Samples.format(arguments[0]), Integer.parseInt(arguments[1]), Path.of(arguments[2]));
        System.out.println(passed);
        System.exit(passed.read() == passed.written() && passed.differing() == 0 ? 0 : 1);
    }

    /// @param folder that is empty
    static Passed through(LabelFormat format, int labels, Path folder) throws IOException {
        boolean hasBoxes = !(FormatMatrix.of(format).of(FormatMatrix.Shape.BOX) instanceof FormatMatrix.Said.LeftOut);
        MadeUp made = new MadeUp(images(labels / PER_IMAGE), hasBoxes);
        Counted sink = new Counted(folder);
        boolean isResults = format.id().equals("coco.results");
        if (isResults) {
            // They are for a data set, which has to be there.
            new DataSetConversion(made, Samples.format("coco"), Map.of(), _ -> SIZE)
                    .run(() -> Instant.EPOCH, _ -> entry(folder.resolve("instances.json")), () -> {});
        }
        DataSetConversion.Result result =
                new DataSetConversion(made, format, Map.of(), _ -> SIZE).run(() -> Instant.EPOCH, sink, () -> {});
        OnDisk files = OnDisk.of(folder, made.images());
        LabeledDataSet data = format.reader()
                .orElseThrow()
                .open(new DataSetSource(
                        files, isResults ? Optional.of("labels.json") : Optional.empty(), files, Optional.empty()));
        long read = 0;
        long differing = 0;
        for (LabeledImage image : data.images()) {
            for (TrueLabel label : data.labels(image, data.size(image).orElse(SIZE))) {
                read++;
                differing += isOneOf(made, label) ? 0 : 1;
            }
        }
        System.gc();
        long kept = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
        long united = result.converted().getOrDefault("united-with-class", 0L);
        long left =
                result.leftOut().values().stream().mapToLong(Long::longValue).sum();
        return new Passed(
                result.labels() - united - left,
                read,
                united > 0 ? 0 : differing,
                files.bytes(),
                sink.entries,
                sink.writes,
                data.images().isEmpty() ? 0 : kept);
    }

    private static boolean isOneOf(MadeUp made, TrueLabel label) {
        Rect box = label.annotation().bounds().orElseThrow();
        int index = (int) (box.x() / 20) + 10 * (int) (box.y() / 16);
        Rect there = made.annotation(index).bounds().orElseThrow();
        return Math.abs(there.x() - box.x()) < 0.01
                && Math.abs(there.y() - box.y()) < 0.01
                && Math.abs(there.right() - box.right()) < 0.01
                && Math.abs(there.bottom() - box.bottom()) < 0.01
                && label.label().equals(made.annotation(index).candidate().label());
    }

    private static List<LabeledImage> images(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new LabeledImage(i, "images/%06d.jpg".formatted(i), Optional.empty()))
                .toList();
    }

    private static OutputStream entry(Path file) throws IOException {
        Files.createDirectories(file.getParent());
        return Files.newOutputStream(file);
    }

    /// Mutable, for one thread.
    private static final class Counted implements EntrySink {
        private final Path folder;
        private int entries;
        private long writes;

        Counted(Path folder) {
            this.folder = folder;
        }

        @Override
        public OutputStream entry(String name) throws IOException {
            entries++;
            return new FilterOutputStream(ManyLabels.entry(folder.resolve(name))) {
                @Override
                public void write(int b) throws IOException {
                    writes++;
                    out.write(b);
                }

                @Override
                public void write(byte[] bytes, int offset, int length) throws IOException {
                    writes++;
                    out.write(bytes, offset, length);
                }
            };
        }
    }

    /// A grid of things in each image, as boxes or as figures of joints in their corners.
    ///
    /// Immutable.
    private record MadeUp(List<LabeledImage> images, boolean isBoxes) implements LabeledDataSet {
        @Override
        public List<String> classes() {
            return CLASSES;
        }

        @Override
        public Set<GeometryKind> kinds() {
            return Set.of(isBoxes ? GeometryKind.BOX : GeometryKind.KEYPOINTS);
        }

        @Override
        public Map<String, Long> notes() {
            return Map.of();
        }

        @Override
        public Optional<ImageSize> size(LabeledImage image) {
            return Optional.of(SIZE);
        }

        @Override
        public List<TrueLabel> labels(LabeledImage image, ImageSize size) {
            return IntStream.range(0, PER_IMAGE)
                    .mapToObj(i -> TrueLabel.of(annotation(i)))
                    .toList();
        }

        Annotation annotation(int index) {
            Candidate candidate = new Candidate(index, CLASSES.get(index % 2), 1);
            Rect box = new Rect(20 * (index % 10) + 2, 16 * (index / 10) + 2, 12, 9);
            return isBoxes
                    ? new Annotation.Box(candidate, box)
                    : new Annotation.Keypoints(
                            candidate,
                            List.of(joint("left", box.x(), box.y()), joint("right", box.right(), box.bottom())));
        }

        private static Keypoint joint(String name, double x, double y) {
            return new Keypoint(name, new Point(x, y), Keypoint.Visibility.VISIBLE, 1);
        }
    }

    /// Thread-safe.
    ///
    /// @param names of the folder's files, and of images that are not there
    private record OnDisk(Path folder, SequencedSet<String> names) implements DataSetFiles {
        static OnDisk of(Path folder, List<LabeledImage> images) throws IOException {
            SequencedSet<String> names = new TreeSet<>();
            images.forEach(image -> names.add(image.name()));
            try (Stream<Path> files = Files.walk(folder)) {
                files.filter(Files::isRegularFile)
                        .forEach(file -> names.add(folder.relativize(file).toString()));
            }
            return new OnDisk(folder, Collections.unmodifiableSequencedSet(names));
        }

        long bytes() throws IOException {
            try (Stream<Path> files = Files.walk(folder)) {
                return files.mapToLong(file -> file.toFile().length()).sum();
            }
        }

        @Override
        public InputStream open(String name) throws IOException {
            return Files.newInputStream(folder.resolve(name));
        }

        @Override
        public byte[] read(String name, long offset, int length) throws IOException {
            ByteBuffer bytes = ByteBuffer.allocate(length);
            try (FileChannel channel = FileChannel.open(folder.resolve(name))) {
                while (bytes.hasRemaining()) {
                    if (channel.read(bytes, offset + bytes.position()) < 0) {
                        throw new EOFException(name);
                    }
                }
            }
            return bytes.array();
        }
    }
}
