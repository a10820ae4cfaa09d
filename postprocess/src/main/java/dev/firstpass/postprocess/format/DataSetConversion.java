package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.AssetInfo;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.annotation.Provenance;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.LabeledDataSet;
import dev.firstpass.postprocess.dataset.LabeledImage;
import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Rect;
import java.io.IOException;
import java.io.OutputStream;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// Writes a labelled data set in another format, image by image, and tells what the other format could not say.
///
/// Scores and attributes go along. Ids are made of the image's name and the label's place among those of its image, so that
/// the same data set gives the same ids each time, and correcting one label moves no other's. There is no model to name:
/// where a format has a place for its version, it is `labels@1`.
///
/// For one thread. In memory are what the data set and the writer keep (a few dozen bytes for each label and image) and the
/// labels of one image.
public final class DataSetConversion {
    /// The rules that are applied here, before any writer; the writers have theirs.
    static final String CROWD = "crowd-to-single";

    static final String OWN_BOX = "box-beside-outline-left-out";
    static final String EMPTY_IMAGE = "image-without-labels";
    static final String UNUSED_CLASS = "class-without-labels";

    /// Pixels by which a label's box and the bounds of its outline may differ that mean the same: tools round both.
    private static final double NEAR = 1;

    /// Failures that are told one by one.
    private static final int MOST_FAILED = 1000;

    private static final Provenance LABELS = new Provenance("", "labels", 1, "", "", "");

    private final LabeledDataSet from;
    private final LabelFormat to;
    private final Map<String, String> options;
    private final Sizes sizes;

    private final Map<String, Long> converted = new TreeMap<>();
    private final Map<String, Long> leftOut = new TreeMap<>();
    private final Set<String> unused = new HashSet<>();
    private final List<Failed> failed = new ArrayList<>();
    private long failedImages;
    private long images;
    private long labels;

    /// Looks into an image where the data set does not say how large it is.
    @FunctionalInterface
    public interface Sizes {
        /// The upright size.
        ///
        /// @throws DataSetException if it cannot be told, with why
        ImageSize of(LabeledImage image) throws IOException;
    }

    /// Hears of progress.
    @FunctionalInterface
    public interface Listener {
        /// An image is done, written or not.
        void imageDone();
    }

    /// An image that is not in the new data set because its size is not known, or one of its labels cannot be read.
    public record Failed(String image, String detail) {}

    /// What became of a data set.
    ///
    /// Immutable.
    ///
    /// @param images written
    /// @param labels of those, as the data set has them
    /// @param converted rule -> how many labels, or files' names, it was applied to
    /// @param leftOut reason -> how many labels, or images or classes without any, are not in the new data set
    /// @param notes what the reader met that is no label, with how often
    /// @param failedImages how many are not in the new data set
    /// @param failed the first 1000 of those
    public record Result(
            long images,
            long labels,
            Map<String, Long> converted,
            Map<String, Long> leftOut,
            Map<String, Long> notes,
            long failedImages,
            List<Failed> failed) {
        public Result {
            failed = List.copyOf(failed);
        }

        /// Whether all that the data set says is said as it was.
        public boolean isWithoutLoss() {
            return converted.isEmpty() && leftOut.isEmpty() && notes.isEmpty() && failedImages == 0;
        }
    }

    /// @param options of the format written, by name
    public DataSetConversion(LabeledDataSet from, LabelFormat to, Map<String, String> options, Sizes sizes) {
        this.from = from;
        this.to = to;
        this.options = Map.copyOf(options);
        this.sizes = sizes;
    }

    /// Converts it all; to be called once. When it throws, the sink has part of a data set.
    ///
    /// @param clock for formats that carry a time of writing
    /// @param sink receives the entries; not closed
    /// @throws FormatOptionException if an option is unknown, cannot be read, or names one image where there are several
    public Result run(InstantSource clock, EntrySink sink, Listener listener) throws IOException {
        FormatContext context = new FormatContext(from.classes(), options, clock);
        unused.addAll(from.classes());
        if (to.isPerAsset()) {
            writeApart(context, sink, listener);
        } else {
            writeTogether(context, sink, listener);
        }
        if (!unused.isEmpty() && !FormatMatrix.listsClasses(to)) {
            leftOut.merge(UNUSED_CLASS, (long) unused.size(), Long::sum);
        }
        return new Result(images, labels, converted, leftOut, new TreeMap<>(from.notes()), failedImages, failed);
    }

    private void writeTogether(FormatContext context, EntrySink sink, Listener listener) throws IOException {
        boolean listsEmpty = FormatMatrix.listsEmptyImages(to);
        try (DataSetWriter writer = to.begin(context, sink)) {
            for (LabeledImage image : from.images()) {
                Optional<Prelabels> read = read(image);
                if (read.isPresent()) {
                    writer.write(read.get());
                    count(read.get(), listsEmpty);
                }
                listener.imageDone();
            }
            writer.end();
            count(writer.report());
        }
    }

    /// A data set for each image, of which the only entry is named after it.
    private void writeApart(FormatContext context, EntrySink sink, Listener listener) throws IOException {
        Names names = new Names();
        // Options are looked at whether there are images or not.
        to.begin(context, _ -> OutputStream.nullOutputStream()).close();
        for (LabeledImage image : from.images()) {
            Optional<Prelabels> read = read(image);
            if (read.isPresent()) {
                AssetInfo asset = read.get().asset();
                try (DataSetWriter writer =
                        to.begin(context, entry -> sink.entry(names.of(entry, asset, to.fileExtension())))) {
                    writer.write(read.get());
                    writer.end();
                    count(read.get(), true);
                    count(writer.report());
                }
            }
            listener.imageDone();
        }
        count(names.tally.report());
    }

    /// Names of entries that belong to one image each, in one folder. For one thread.
    private static final class Names {
        private final Tally tally = new Tally();
        private final EntryNames byAsset = new EntryNames(tally);
        private final Set<String> used = new HashSet<>();

        /// @param entry as a data set of this image alone has it
        String of(String entry, AssetInfo asset, String extension) {
            if (entry.equals("labels" + extension)) {
                return byAsset.of(asset) + extension;
            }
            String name = entry;
            for (int i = 2; !used.add(name.toLowerCase(Locale.ROOT)); i++) {
                name = ImageNames.stem(entry) + "-" + i + extension;
            }
            if (!name.equals(entry)) {
                tally.converted("file-name-taken");
            }
            return name;
        }
    }

    /// @return nothing where it cannot be converted, which is noted
    private Optional<Prelabels> read(LabeledImage image) throws IOException {
        try {
            Optional<ImageSize> said = from.size(image);
            ImageSize size = said.isPresent() ? said.get() : sizes.of(image);
            List<Annotation> annotations = new ArrayList<>();
            for (TrueLabel label : from.labels(image, size)) {
                annotations.add(annotation(label, annotations.size()));
            }
            return Optional.of(new Prelabels(new AssetInfo(image.name(), size, ""), LABELS, annotations, List.of()));
        } catch (DataSetException e) {
            failedImages++;
            if (failed.size() < MOST_FAILED) {
                failed.add(new Failed(image.name(), String.valueOf(e.getMessage())));
            }
            return Optional.empty();
        }
    }

    private Annotation annotation(TrueLabel label, int index) {
        Annotation annotation = withOwnBox(label);
        Candidate candidate = annotation.candidate();
        if (label.isCrowd()) {
            converted.merge(CROWD, 1L, Long::sum);
        }
        return annotation.withCandidate(
                new Candidate(index, candidate.label(), candidate.score(), candidate.attributes()));
    }

    /// A figure's box goes along, as it has room around the joints. Beside an outline there is no place for one.
    private Annotation withOwnBox(TrueLabel label) {
        Annotation annotation = label.annotation();
        Optional<Rect> own = label.box()
                .filter(box -> annotation
                        .bounds()
                        .filter(bounds -> isNear(bounds, box))
                        .isEmpty());
        if (own.isEmpty()) {
            return annotation;
        }
        if (annotation instanceof Annotation.Keypoints keypoints) {
            return new Annotation.Keypoints(keypoints.candidate(), keypoints.points(), own);
        }
        converted.merge(OWN_BOX, 1L, Long::sum);
        return annotation;
    }

    private static boolean isNear(Rect a, Rect b) {
        return Math.abs(a.x() - b.x()) <= NEAR
                && Math.abs(a.y() - b.y()) <= NEAR
                && Math.abs(a.right() - b.right()) <= NEAR
                && Math.abs(a.bottom() - b.bottom()) <= NEAR;
    }

    private void count(Prelabels written, boolean listsEmpty) {
        images++;
        labels += written.annotations().size();
        for (Annotation annotation : written.annotations()) {
            unused.remove(annotation.candidate().label());
        }
        if (written.annotations().isEmpty() && !listsEmpty) {
            leftOut.merge(EMPTY_IMAGE, 1L, Long::sum);
        }
    }

    private void count(FormatReport report) {
        report.converted().forEach((rule, count) -> converted.merge(rule, (long) count, Long::sum));
        report.leftOut().forEach((reason, count) -> leftOut.merge(reason, (long) count, Long::sum));
    }
}
