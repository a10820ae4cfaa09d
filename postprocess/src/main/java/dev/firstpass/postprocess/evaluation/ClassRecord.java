package dev.firstpass.postprocess.evaluation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/// What is kept of one class over all images: for each finding its score, its image, and for all things and those of each
/// size at which overlaps it was right. 28 bytes for a finding, some 40 for an image that has the class, and 40 more for a
/// finding while figures are made.
///
/// The figures are those of `accumulate` and `summarize` in pycocotools' `cocoeval.py` for 100 findings an image:
/// precision is made falling from the end, read at recalls 0, 0.01, ..., 1 and averaged over them and over the overlaps 0.5,
/// 0.55, ..., 0.95. Findings with equal scores stay in the order in which they came.
///
/// Mutable, for one thread.
final class ClassRecord {
    /// `numpy.linspace(0.5, 0.95, 10)`, to the bit.
    static final double[] OVERLAPS = spaced(0.5, 0.95, 10);

    private static final double[] RECALLS = spaced(0, 1, 101);
    private static final int MOST = 1 << OVERLAPS.length;
    private static final List<SizeRange> RANGES = List.of(SizeRange.values());

    /// Place of [SizeRange#ALL] in what is kept for each range.
    private static final int ALL = RANGES.indexOf(SizeRange.ALL);

    private double[] scores = new double[16];
    private int[] imageOf = new int[16];
    private final short[][] right = new short[RANGES.size()][16];
    private final short[][] ignored = new short[RANGES.size()][16];
    private int size;
    private final List<InImage> images = new ArrayList<>();

    /// Of an image that has the class.
    ///
    /// @param labels in each range, crowds not among them
    record InImage(int image, int[] labels, ClassFigures.Shown shown) {}

    void addImage(InImage more) {
        images.add(more);
    }

    /// @param rightBits in each range: bit i set where it took a label at overlap i
    /// @param ignoredBits in each range: bit i set where it does not count there: it took a crowd, or a label of another size, or
    ///     none and is of another size itself
    void addFinding(int image, double score, int[] rightBits, int[] ignoredBits) {
        if (size == scores.length) {
            scores = Arrays.copyOf(scores, 2 * size);
            imageOf = Arrays.copyOf(imageOf, 2 * size);
            for (int range = 0; range < RANGES.size(); range++) {
                right[range] = Arrays.copyOf(right[range], 2 * size);
                ignored[range] = Arrays.copyOf(ignored[range], 2 * size);
            }
        }
        scores[size] = score;
        imageOf[size] = image;
        for (int range = 0; range < RANGES.size(); range++) {
            if (rightBits[range] >= MOST || ignoredBits[range] >= MOST) {
                throw new IllegalArgumentException(
                        "bits: " + rightBits[range] + ", " + ignoredBits[range] + " (expected: < " + MOST + ")");
            }
            right[range][size] = (short) rightBits[range];
            ignored[range][size] = (short) ignoredBits[range];
        }
        size++;
    }

    /// Of images in which the class has labels, or findings that people get to see.
    long imageCount() {
        return images.stream()
                .filter(image -> image.labels[ALL] > 0 || image.shown.hits() + image.shown.extra() > 0)
                .count();
    }

    private long labels(SizeRange range) {
        int place = RANGES.indexOf(range);
        return images.stream().mapToLong(image -> image.labels[place]).sum();
    }

    private ClassFigures.Shown shown() {
        return images.stream().map(InImage::shown).reduce(ClassFigures.Shown.NONE, ClassFigures.Shown::plus);
    }

    /// The best score first.
    private int[] order() {
        return IntStream.range(0, size)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> scores[i]).reversed())
                .mapToInt(Integer::intValue)
                .toArray();
    }

    ClassFigures figures(String name) {
        int[] order = order();
        Map<SizeRange, ClassFigures.OfSize> sizes = new EnumMap<>(SizeRange.class);
        for (SizeRange range : SizeRange.values()) {
            sizes.put(range, ofSize(range, order));
        }
        long labels = labels(SizeRange.ALL);
        if (labels == 0) {
            return ClassFigures.withoutLabels(name, size, shown(), sizes);
        }
        Curves curves = new Curves(SizeRange.ALL, order, once(), labels);
        Best best = best(order, labels);
        return new ClassFigures(
                name,
                labels,
                size,
                OptionalDouble.of(curves.averagePrecision()),
                OptionalDouble.of(curves.averagePrecisionAt(0)),
                OptionalDouble.of(curves.averagePrecisionAt(OVERLAPS.length / 2)),
                OptionalDouble.of(curves.averageRecall()),
                sizes,
                shown(),
                best.f1 > 0 ? OptionalDouble.of(best.score) : OptionalDouble.empty(),
                best.f1 > 0 ? OptionalDouble.of(best.f1) : OptionalDouble.empty());
    }

    private ClassFigures.OfSize ofSize(SizeRange range, int[] order) {
        long labels = labels(range);
        if (labels == 0) {
            return ClassFigures.OfSize.WITHOUT_LABELS;
        }
        Curves curves = new Curves(range, order, once(), labels);
        return new ClassFigures.OfSize(
                labels, OptionalDouble.of(curves.averagePrecision()), OptionalDouble.of(curves.averageRecall()));
    }

    private int[] once() {
        int last = Math.max(
                Arrays.stream(imageOf, 0, size).max().orElse(-1),
                images.stream().mapToInt(InImage::image).max().orElse(-1));
        int[] times = new int[last + 1];
        Arrays.fill(times, 1);
        return times;
    }

    /// A class' figures of one draw of the images.
    ///
    /// @param ap NaN where no image with a label was drawn, as are the others where they do not exist
    record Drawn(double ap, double ap50, ClassFigures.Shown shown) {}

    /// Figures of draws. For one thread.
    final class Draws {
        private final int[] order = order();

        /// @param times how often each image was drawn
        Drawn of(int[] times) {
            long labels = 0;
            ClassFigures.Shown shown = ClassFigures.Shown.NONE;
            for (InImage image : images) {
                int often = times[image.image];
                if (often > 0) {
                    labels += (long) often * image.labels[ALL];
                    shown = shown.plus(image.shown.times(often));
                }
            }
            if (labels == 0) {
                return new Drawn(Double.NaN, Double.NaN, shown);
            }
            Curves curves = new Curves(SizeRange.ALL, order, times, labels);
            return new Drawn(curves.averagePrecision(), curves.averagePrecisionAt(0), shown);
        }
    }

    /// Precision and recall at each overlap, of images that are there as often as `times` says. An image that is there
    /// twice has each finding twice, one after the other.
    private final class Curves {
        private final double[] precisions = new double[OVERLAPS.length];
        private final double[] recalls = new double[OVERLAPS.length];

        Curves(SizeRange range, int[] order, int[] times, long labels) {
            double[] recall = new double[size];
            double[] precision = new double[size];
            for (int overlap = 0; overlap < OVERLAPS.length; overlap++) {
                trace(RANGES.indexOf(range), overlap, order, times, (double) labels, recall, precision);
                precisions[overlap] = area(recall, precision);
                recalls[overlap] = size == 0 ? 0 : recall[size - 1];
            }
        }

        private void trace(
                int range, int overlap, int[] order, int[] times, double labels, double[] recall, double[] precision) {
            double hits = 0;
            double misses = 0;
            for (int i = 0; i < size; i++) {
                int finding = order[i];
                if ((ignored[range][finding] >> overlap & 1) == 0) {
                    int often = times[imageOf[finding]];
                    boolean isRight = (right[range][finding] >> overlap & 1) != 0;
                    hits += isRight ? often : 0;
                    misses += isRight ? 0 : often;
                }
                recall[i] = hits / labels;
                precision[i] = hits / (misses + hits + Math.ulp(1.0));
            }
            for (int i = size - 1; i > 0; i--) {
                precision[i - 1] = Math.max(precision[i - 1], precision[i]);
            }
        }

        double averagePrecision() {
            return Arrays.stream(precisions).average().orElse(0);
        }

        double averagePrecisionAt(int overlap) {
            return precisions[overlap];
        }

        double averageRecall() {
            return Arrays.stream(recalls).average().orElse(0);
        }
    }

    /// @param recall rising
    /// @param precision falling
    private static double area(double[] recall, double[] precision) {
        double sum = 0;
        int at = 0;
        for (double wanted : RECALLS) {
            while (at < recall.length && recall[at] < wanted) {
                at++;
            }
            sum += at < recall.length ? precision[at] : 0;
        }
        return sum / RECALLS.length;
    }

    private record Best(double score, double f1) {}

    /// Of the scores that findings have, the one from which on F1 at an overlap of 0.5 is best; the highest of several.
    private Best best(int[] order, long labels) {
        short[] rightOfAll = right[ALL];
        short[] ignoredOfAll = ignored[ALL];
        Best best = new Best(0, 0);
        long hits = 0;
        long all = 0;
        for (int i = 0; i < size; i++) {
            boolean isIgnored = (ignoredOfAll[order[i]] & 1) != 0;
            hits += !isIgnored && (rightOfAll[order[i]] & 1) != 0 ? 1 : 0;
            all += isIgnored ? 0 : 1;
            boolean isLastOfScore = i + 1 == size || scores[order[i + 1]] < scores[order[i]];
            double f1 = 2.0 * hits / (all + labels);
            if (isLastOfScore && f1 > best.f1) {
                best = new Best(scores[order[i]], f1);
            }
        }
        return best;
    }

    private static double[] spaced(double from, double to, int count) {
        double step = (to - from) / (count - 1);
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = i * step + from;
        }
        values[count - 1] = to;
        return values;
    }
}
