package dev.firstpass.postprocess.evaluation;

import java.util.Arrays;
import java.util.Comparator;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/// What is kept of one class over all images: for each finding its score, and at which overlaps it was right. 12 bytes
/// for a finding, and 40 more while its figures are made.
///
/// The figures are those of `accumulate` and `summarize` in pycocotools' `cocoeval.py` for all areas and 100 findings an
/// image: precision is made falling from the end, read at recalls 0, 0.01, ..., 1 and averaged over them and over the
/// overlaps 0.5, 0.55, ..., 0.95. Findings with equal scores stay in the order in which they came.
///
/// Mutable, for one thread.
final class ClassRecord {
    /// `numpy.linspace(0.5, 0.95, 10)`, to the bit.
    static final double[] OVERLAPS = spaced(0.5, 0.95, 10);

    private static final double[] RECALLS = spaced(0, 1, 101);
    private static final int MOST = 1 << OVERLAPS.length;

    private double[] scores = new double[16];
    private short[] right = new short[16];
    private short[] ignored = new short[16];
    private int size;
    private long labels;
    private ClassFigures.Shown shown = ClassFigures.Shown.NONE;

    void addLabels(int more) {
        labels += more;
    }

    /// @param rightBits bit i set where it took a label at overlap i
    /// @param ignoredBits bit i set where that was a crowd
    void addFinding(double score, int rightBits, int ignoredBits) {
        if (rightBits >= MOST || ignoredBits >= MOST) {
            throw new IllegalArgumentException(
                    "bits: " + rightBits + ", " + ignoredBits + " (expected: < " + MOST + ")");
        }
        if (size == scores.length) {
            scores = Arrays.copyOf(scores, 2 * size);
            right = Arrays.copyOf(right, 2 * size);
            ignored = Arrays.copyOf(ignored, 2 * size);
        }
        scores[size] = score;
        right[size] = (short) rightBits;
        ignored[size] = (short) ignoredBits;
        size++;
    }

    void addShown(ClassFigures.Shown more) {
        shown = shown.plus(more);
    }

    ClassFigures figures(String name) {
        if (labels == 0) {
            return ClassFigures.withoutLabels(name, size, shown);
        }
        int[] order = IntStream.range(0, size)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> scores[i]).reversed())
                .mapToInt(Integer::intValue)
                .toArray();
        double[] precisions = new double[OVERLAPS.length];
        double[] recalls = new double[OVERLAPS.length];
        for (int t = 0; t < OVERLAPS.length; t++) {
            Curve curve = curve(order, t);
            precisions[t] = curve.averagePrecision();
            recalls[t] = curve.lastRecall();
        }
        Best best = best(order);
        return new ClassFigures(
                name,
                labels,
                size,
                OptionalDouble.of(Arrays.stream(precisions).average().orElse(0)),
                OptionalDouble.of(precisions[0]),
                OptionalDouble.of(precisions[precisions.length / 2]),
                OptionalDouble.of(Arrays.stream(recalls).average().orElse(0)),
                shown,
                best.f1 > 0 ? OptionalDouble.of(best.score) : OptionalDouble.empty(),
                best.f1 > 0 ? OptionalDouble.of(best.f1) : OptionalDouble.empty());
    }

    private Curve curve(int[] order, int overlap) {
        double[] recall = new double[size];
        double[] precision = new double[size];
        double hits = 0;
        double misses = 0;
        for (int i = 0; i < size; i++) {
            boolean isIgnored = (ignored[order[i]] >> overlap & 1) != 0;
            boolean isRight = (right[order[i]] >> overlap & 1) != 0;
            hits += isRight && !isIgnored ? 1 : 0;
            misses += !isRight && !isIgnored ? 1 : 0;
            recall[i] = hits / labels;
            precision[i] = hits / (misses + hits + Math.ulp(1.0));
        }
        for (int i = size - 1; i > 0; i--) {
            precision[i - 1] = Math.max(precision[i - 1], precision[i]);
        }
        return new Curve(recall, precision);
    }

    /// @param recall rising
    /// @param precision falling
    private record Curve(double[] recall, double[] precision) {
        double averagePrecision() {
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

        double lastRecall() {
            return recall.length == 0 ? 0 : recall[recall.length - 1];
        }
    }

    private record Best(double score, double f1) {}

    /// Of the scores that findings have, the one from which on F1 at an overlap of 0.5 is best; the highest of several.
    private Best best(int[] order) {
        Best best = new Best(0, 0);
        long hits = 0;
        long all = 0;
        for (int i = 0; i < size; i++) {
            boolean isIgnored = (ignored[order[i]] & 1) != 0;
            hits += !isIgnored && (right[order[i]] & 1) != 0 ? 1 : 0;
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
