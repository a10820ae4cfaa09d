package dev.firstpass.postprocess.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.DataSetSource;
import dev.firstpass.postprocess.dataset.LabeledDataSet;
import dev.firstpass.postprocess.dataset.LabeledImage;
import dev.firstpass.postprocess.geometry.ImageSize;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every reader is given damaged files: it may refuse them, by an exception that names file and place, and nothing else may
/// happen. `-Dfirstpass.long=true` damages a million files in all, else some hundreds of them; a failure names the seed, which
/// `-Dfirstpass.seed=N` repeats alone, and `-Dfirstpass.corpus=NAME` damages one data set only.
final class ReaderFuzzTest {
    private static final int FILES = Boolean.getBoolean("firstpass.long") ? 1_000_000 : 1_500;
    private static final Optional<Long> ONLY = Optional.ofNullable(Long.getLong("firstpass.seed"));
    private static final Optional<String> ONLY_CORPUS = Optional.ofNullable(System.getProperty("firstpass.corpus"));
    private static final ImageSize SIZE = new ImageSize(64, 48);

    /// Of one file, which is far below a megabyte.
    private static final long MOST_BYTES = 256L << 20;

    /// On a machine that does nothing else; a file that took longer is tried again, since a machine may do much else.
    private static final Duration LONGEST = Duration.ofSeconds(1);

    private static final int TRIES = 4;

    /// What is said of a data set as a whole, of which no file can be named.
    private static final Pattern NO_FILE =
            Pattern.compile("(?s)(no |labels in |labels of |label rows of |tasks of |results in |panoptic ).*");

    /// `line 3`, `annotation 5`, `segmentation.size: ... (expected: ...)`.
    private static final Pattern PLACE = Pattern.compile(
            "(?s).*(line \\d|byte \\d|annotation |detection |region |uuid |segment |instance |object|\\(expected: |PNG: |no JSON|no XML).*");

    /// Files of one data set.
    ///
    /// @param file named with the data set
    /// @param content by name; those of images are empty
    /// @param size of images whose labels do not say it
    record Corpus(String name, LabelReader reader, Optional<String> file, Map<String, byte[]> content, ImageSize size) {
        /// Names of what can be damaged.
        List<String> damageable() {
            return content.entrySet().stream()
                    .filter(entry -> entry.getValue().length > 0)
                    .map(Map.Entry::getKey)
                    .toList();
        }

        DataSetSource source(Map<String, byte[]> files) {
            FilesInMemory memory = new FilesInMemory();
            files.forEach(memory::with);
            return new DataSetSource(memory, file, memory, Optional.empty());
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static List<Corpus> corpora() {
        List<Corpus> corpora = new ArrayList<>();
        for (LabelFormat format : LabelFormats.STANDARD) {
            format.reader().ifPresent(reader -> corpora.add(written(format, reader)));
        }
        corpora.add(theirs("supervision/yolo", "data.yaml", "labels/a.txt", "images/a.png"));
        corpora.add(theirs("supervision/voc.origin1", "annotations/a.xml", "images/a.png"));
        corpora.add(theirs("supervision/coco", "labels.json", "images/a.png"));
        corpora.add(theirs("datumaro/voc", "Annotations/a.xml", "JPEGImages/a.jpg"));
        corpora.add(theirs("labelbox/labelbox", "import.ndjson"));
        corpora.add(theirs("label-studio-sdk/label-studio", "tasks.json"));
        corpora.add(theirs(
                "datumaro/coco.panoptic",
                "annotations/panoptic_train.json",
                "annotations/panoptic_train/a.png",
                "images/train/a.jpg"));
        corpora.add(of(
                "yolo without yaml",
                "yolo",
                Map.of(
                        "classes.txt",
                        "cat\ndog\n",
                        "images/a.jpg",
                        "",
                        "labels/a.txt",
                        "0 0.5 0.5 0.2 0.2\n1 0.1 0.1 0.2 0.2 0.3 0.4\n")));
        corpora.add(of("coco by hand", "coco", Map.of("labels.json", """
                {"images": [{"id": 1, "file_name": "a.jpg", "width": 64, "height": 48}],
                 "categories": [{"id": 1, "name": "p", "keypoints": ["a", "b"]}, {"id": 2, "name": "q"}],
                 "annotations": [
                  {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 30, 40], "keypoints": [3, 4, 2, 0, 0, 0]},
                  {"id": 2, "image_id": 1, "category_id": 2, "bbox": [0, 0, 64, 48], "iscrowd": 1,
                   "segmentation": {"size": [48, 64], "counts": [100, 50, 2922]}}]}""")));
        corpora.add(of("label-studio by hand", "label-studio", Map.of("tasks.json", """
                [{"id": 1, "data": {"image": "/data/upload/1/a1b2c3d4-a.jpg"}, "annotations": [{"result": [
                  {"id": "e", "type": "ellipselabels", "from_name": "l", "original_width": 64, "original_height": 48,
                   "value": {"x": 50, "y": 50, "radiusX": 10, "radiusY": 20, "rotation": 30, "ellipselabels": ["cat"]}},
                  {"id": "c", "type": "choices", "from_name": "c", "value": {"choices": ["outdoor"]}},
                  {"id": "r", "type": "rectanglelabels", "from_name": "l", "meta": {"text": ["a: b"]},
                   "value": {"x": 1, "y": 2, "width": 3, "height": 4, "rotation": 10, "rectanglelabels": ["dog"]}},
                  {"id": "k", "type": "keypointlabels", "parentID": "r", "value": {"x": 1, "y": 2, "keypointlabels": ["nose"]}}
                ]}]}]""")));
        return corpora;
    }

    private static Corpus written(LabelFormat format, LabelReader reader) {
        Map<String, byte[]> content = new TreeMap<>();
        WrittenDataSet written = LabelFormats.write(
                format,
                Samples.context(Map.of()),
                format.isPerAsset() ? List.of(Samples.everyKind()) : Samples.dataSet());
        content.putAll(written.entries());
        Samples.dataSet().forEach(asset -> content.put("images/" + asset.asset().id(), new byte[0]));
        boolean isResults = format.id().equals("coco.results");
        if (isResults) {
            content.put(
                    "instances.json",
                    LabelFormats.write(Samples.format("coco"), Samples.context(Map.of()), Samples.dataSet())
                            .content());
        }
        return new Corpus(
                format.id(),
                reader,
                isResults ? Optional.of("labels.json") : Optional.empty(),
                Map.copyOf(content),
                SIZE);
    }

    private static Corpus theirs(String folder, String... names) {
        Map<String, byte[]> content = new TreeMap<>();
        for (String name : names) {
            FilesInMemory files = new FilesInMemory().withResource(name, "/format/theirs/" + folder + "/" + name);
            boolean isPhoto = name.matches(".*(I|i)mages/.*");
            try {
                content.put(name, isPhoto ? new byte[0] : files.open(name).readAllBytes());
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
        return new Corpus(
                folder,
                LabelReaders.byId(folder.substring(folder.indexOf('/') + 1)).orElseThrow(),
                Optional.empty(),
                Map.copyOf(content),
                TheirFilesTest.SIZE);
    }

    private static Corpus of(String name, String reader, Map<String, String> texts) {
        Map<String, byte[]> content = new TreeMap<>();
        texts.forEach((file, text) -> content.put(file, text.getBytes(StandardCharsets.UTF_8)));
        return new Corpus(name, LabelReaders.byId(reader).orElseThrow(), Optional.empty(), Map.copyOf(content), SIZE);
    }

    @Test
    void corpora_areOfEveryReaderThatOpensFiles() {
        Set<String> readers = new HashSet<>();
        corpora().forEach(corpus -> readers.add(corpus.reader().id()));
        readers.add("folders"); // has names and no files
        assertEquals(
                Set.copyOf(LabelReaders.STANDARD.stream().map(LabelReader::id).toList()), readers);
    }

    @ParameterizedTest
    @MethodSource("corpora")
    void undamaged_isRead(Corpus corpus) throws IOException {
        Read read = read(corpus, corpus.source(corpus.content()));
        assertEquals(Optional.empty(), read.refusal());
        assertTrue(read.labels() > 0, corpus.name());
    }

    /// Of a number that is too long the parser knows no place.
    @ParameterizedTest
    @MethodSource("corpora")
    void everyNumberTooLong_isReadOrRefusedByName(Corpus corpus) throws IOException {
        for (String name : corpus.damageable()) {
            byte[] whole = Optional.ofNullable(corpus.content().get(name)).orElseThrow();
            String text = new String(whole, StandardCharsets.ISO_8859_1);
            List<MatchResult> numbers =
                    Pattern.compile("[:\\[,] ?\\d+").matcher(text).results().toList();
            for (int i = 0; i < numbers.size(); i += 1 + numbers.size() / 20) {
                int at = numbers.get(i).end();
                String damaged = text.substring(0, at) + "9".repeat(1200) + text.substring(at);
                Map<String, byte[]> files = new TreeMap<>(corpus.content());
                files.put(name, damaged.getBytes(StandardCharsets.ISO_8859_1));
                String what = corpus.name() + " number " + i + " of " + name + "\n";
                Read read = within(() -> read(corpus, corpus.source(files)), what);
                read.refusal().ifPresent(refusal -> assertNames(refusal, files.keySet(), what));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("corpora")
    void damaged_isReadOrRefusedByName(Corpus corpus) throws IOException {
        if (ONLY_CORPUS.filter(name -> !name.equals(corpus.name())).isPresent()) {
            return;
        }
        if (ONLY.isPresent()) {
            one(corpus, ONLY.get());
            return;
        }
        int count = FILES / corpora().size() + 1;
        int refused = 0;
        for (int i = 0; i < count; i++) {
            refused += one(corpus, i) ? 1 : 0;
        }
        // Of few damages to a format that checks all of its bytes none may pass.
        boolean isAnyRead = refused < count || count < 1000;
        assertTrue(refused > count / 20 && isAnyRead, corpus.name() + ": refused " + refused + " of " + count);
    }

    /// What became of a data set.
    ///
    /// @param refusal the first
    private record Read(int labels, Optional<Exception> refusal) {}

    private static boolean one(Corpus corpus, long seed) throws IOException {
        List<String> names =
                corpus.damageable().stream().sorted(Comparator.naturalOrder()).toList();
        Random random = new Random(seed);
        String name = names.get(random.nextInt(names.size()));
        byte[] damaged = new DamagedFiles(random.nextLong())
                .damaged(Optional.ofNullable(corpus.content().get(name)).orElseThrow());
        Map<String, byte[]> files = new TreeMap<>(corpus.content());
        files.put(name, damaged);
        DataSetSource source = corpus.source(files);
        String what = corpus.name() + " -Dfirstpass.seed=" + seed + " " + name + ":\n" + shown(damaged) + "\n";
        Read read;
        try {
            read = within(() -> read(corpus, source), what);
            if (seed % 16 == 0) {
                // Every reader looks at it, to say whether it is its own.
                LabelReaders.recognise(DataSetSource.of(source.files()));
            }
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            throw new AssertionError(what + e, e);
        }
        read.refusal().ifPresent(refusal -> assertNames(refusal, files.keySet(), what));
        return read.refusal().isPresent();
    }

    @FunctionalInterface
    private interface Reading {
        Read read() throws IOException;
    }

    private static Read within(Reading reading, String what) throws IOException {
        ThreadMXBean memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = memory.getCurrentThreadAllocatedBytes();
        long start = System.nanoTime();
        Read read = reading.read();
        long took = System.nanoTime() - start;
        long allocated = memory.getCurrentThreadAllocatedBytes() - before;
        assertTrue(allocated < MOST_BYTES, () -> what + "bytes allocated: " + allocated);
        for (int i = 1; i < TRIES && took > LONGEST.toNanos(); i++) {
            start = System.nanoTime();
            reading.read();
            took = Math.min(took, System.nanoTime() - start);
        }
        long shortest = took;
        assertTrue(shortest <= LONGEST.toNanos(), () -> what + "ns: " + shortest);
        return read;
    }

    private static Read read(Corpus corpus, DataSetSource source) {
        Optional<Exception> refusal = Optional.empty();
        int labels = 0;
        try {
            corpus.reader().recognises(source);
            LabeledDataSet data = corpus.reader().open(source);
            for (LabeledImage image : data.images()) {
                try {
                    boolean isSecond =
                            image.name().endsWith(Samples.second().asset().id())
                                    && corpus.size().equals(SIZE);
                    ImageSize size = data.size(image)
                            .orElse(isSecond ? Samples.second().asset().size() : corpus.size());
                    labels += data.labels(image, size).size();
                } catch (DataSetException | IOException e) {
                    refusal = refusal.or(() -> Optional.of(e));
                }
            }
        } catch (DataSetException | IOException e) {
            refusal = Optional.of(e);
        }
        return new Read(labels, refusal);
    }

    private static void assertNames(Exception refusal, Set<String> files, String what) {
        String message = String.valueOf(refusal.getMessage());
        boolean isNamed = NO_FILE.matcher(message).matches()
                || (files.stream().anyMatch(message::contains)
                        && PLACE.matcher(message).matches());
        assertTrue(isNamed, () -> what + "message: " + message);
        assertTrue(message.length() < 1000, () -> what + "message of " + message.length() + " characters");
    }

    private static String shown(byte[] content) {
        String text = new String(content, StandardCharsets.ISO_8859_1);
        return text.length() > 3000 ? text.substring(0, 3000) + "... of " + text.length() : text;
    }
}
